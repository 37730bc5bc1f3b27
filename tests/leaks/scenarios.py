"""What happens on a disk before it is read raw: a day of work that ends badly, or a planted leak."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from app.demo.region_server import running_server
from tests.leaks.disk import Disks, mounted
from tests.leaks.planted import EVERY_PLACE, LEAKS
from tests.leaks.world import dumps_lie_beside, killed_at_the_end, run_to_the_end
from tests.support.leakscan import Finding, patterns_of, scan
from tests.support.one_day import MARKERS, Places, make_root
from tests.support.storage import PASSPHRASE

__all__ = ["DAYS", "PLANTED", "Outcome", "Scenario", "play"]

_WINDOW: Final = "tests.leaks.window"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens; ``leaves`` whether it has to be found."""

    name: str
    happen: Callable[[Disks], None]
    leaves: bool
    most: int = 50
    """More markers than so many have to be found of what leaves some."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What two raw disks said of 400 markers in so many shapes."""

    scenario: Scenario
    findings: tuple[Finding, ...]
    files: int
    written: int
    """Bytes that the images take."""
    patterns: int
    seconds: float
    scan_seconds: float

    @property
    def markers(self) -> int:
        """How many of the markers were found at least once."""
        return len({one.marker for one in self.findings})

    @property
    def is_good(self) -> bool:
        """Nothing of a day, much of a planted leak."""
        return self.markers > self.scenario.most if self.scenario.leaves else not self.findings


def play(scenario: Scenario, folder: Path) -> Outcome:
    """Let it happen on new disks in ``folder``, read them raw, and remove them."""
    begun = time.monotonic()
    with mounted(folder) as disks:
        scenario.happen(disks)
        os.sync()
        files = sum(1 for one in disks.world.rglob("*") if one.is_file())
    happened = time.monotonic()
    findings = scan(disks.images, MARKERS)
    ended = time.monotonic()
    written = sum(one.stat().st_blocks * 512 for one in disks.images)
    for image in disks.images:
        image.unlink()
    return Outcome(
        scenario,
        tuple(findings),
        files,
        written,
        patterns_of(MARKERS),
        ended - begun,
        ended - happened,
    )


@contextmanager
def _region(places: Places) -> Iterator[str]:
    make_root(places)
    with running_server(places.server, places.root, name="Región Inventada") as server:
        yield server.folder.url


def _day(disks: Disks, *, sent: signal.Signals) -> None:
    """A day without a window that ends by ``sent``; the evening at the window, locked; the
    commands; the window again, killed while somebody types."""
    places = Places(disks.world)
    with _region(places) as url:
        with killed_at_the_end(disks.world, sent, "tests.support.one_day", str(places.place), url):
            pass
        said = run_to_the_end(disks.world, _WINDOW, str(places.data), "lock")
        assert said == "ready\n", "the window locked before anything was typed"
        for command in (
            ("backup", str(places.stick)),
            ("export", "ra-cem", "--extended", "--out", str(places.home / "datos.age")),
            ("audit", "export", "--out", str(places.home / "registro.age")),
            ("figures",),
        ):
            run_to_the_end(
                disks.world,
                *("app", "--data", str(places.data), *command),
                typed=f"{PASSPHRASE}\n",
            )
        with killed_at_the_end(disks.world, sent, _WINDOW, str(places.data), "stay"):
            pass


def _leak(disks: Disks, *, name: str, sent: signal.Signals) -> None:
    arguments = (name, str(disks.world))
    with killed_at_the_end(disks.world, sent, "tests.leaks.planted", *arguments):
        pass


DAYS: Final = (
    Scenario("a day, killed", partial(_day, sent=signal.SIGKILL), leaves=False),
    Scenario("a day, aborted", partial(_day, sent=signal.SIGABRT), leaves=False),
)


def _planted() -> Iterator[Scenario]:
    for name in LEAKS:
        dumps = name == "a core dump"
        if dumps and not dumps_lie_beside():
            continue
        sent = signal.SIGABRT if dumps else signal.SIGKILL
        most = len(MARKERS) - 1 if name == EVERY_PLACE else 50
        leak = partial(_leak, name=name, sent=sent)
        yield Scenario(f"planted: {name}", leak, leaves=True, most=most)


PLANTED: Final = tuple(_planted())
