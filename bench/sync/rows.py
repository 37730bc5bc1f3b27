"""One row: a contestant does the work over a link, phase by phase, and every phase is counted."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.sync.contest import Contestant, Given, Running
from bench.sync.installed import NotInstalled
from bench.sync.links import Link
from bench.sync.listeners import Ports
from bench.sync.orders import Fell
from bench.sync.proxy import Counters

__all__ = ["PHASES", "Phase", "Row", "measure"]

PHASES: Final[Mapping[str, str]] = {
    "push cases": "a",
    "pull cases": "b",
    "push edits": "a",
    "pull edits": "b",
    "nothing": "a",
}
"""What is counted, in this order, and which replica synchronises."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase took. ``seconds`` are None when it was not done in time (DNF): it was then
    completed past the link, and the bytes are those that were spent in vain."""

    seconds: float | None
    counters: Counters
    tries: int
    faults: Mapping[str, int]
    more: Mapping[str, Any] = field(default_factory=dict)
    """What only ours tells: steps, changes, seconds of the storage thread, peak of memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """A contestant over a link. ``remark`` says why there are no figures, or what broke."""

    id: str
    name: str
    link: str
    phases: Mapping[str, Phase]
    are_equal: bool | None
    remark: str = ""

    def as_plain(self) -> dict[str, Any]:
        """Return the row for a program: JSON."""
        return dataclasses.asdict(self)


def measure(
    contestant: Contestant,
    link: Link,
    folder: Path,
    work: Path,
    ports: Ports,
    *,
    seed: int,
    limit: float,
) -> Row:
    """Return the row; whatever happens to the contestant, there is one."""
    done: dict[str, Phase] = {}
    are_equal: bool | None = None
    remark = ""
    # The folder may hold what a peer still writes when it is ended.
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        try:
            with contestant.run(Given(Path(name), work, seed, ports)) as running:
                done.update(_phases(running, link, limit))
                are_equal = running.are_equal()
        except (NotInstalled, Fell) as fault:
            remark = str(fault)
    return Row(contestant.id, contestant.name, link.name, done, are_equal, remark)


def _phases(running: Running, link: Link, limit: float) -> Iterator[tuple[str, Phase]]:
    running.write_cases()
    running.link.use(link)
    for name, which in PHASES.items():
        if name == "push edits":
            running.write_edits()
        yield name, _phase(running, which, link, limit)


def _phase(running: Running, which: str, link: Link, limit: float) -> Phase:
    running.link.zero()
    found = dict(running.sync(which, limit))
    counters = running.link.counters()
    if not found["is_level"]:
        running.link.past()
        running.sync(which, limit)
        running.link.use(link)
    seconds = found.pop("seconds") if found.pop("is_level") else None
    return Phase(seconds, counters, found.pop("tries"), found.pop("faults"), found)
