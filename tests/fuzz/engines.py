"""What drives the decoders: hypothesis here, atheris in a process of its own for each of them."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.inputs import inputs
from tests.fuzz.targets import TARGETS, Target

__all__ = ["Find", "Tally", "bound_memory", "by_atheris", "by_hypothesis", "found_before"]

FOUND = Path(__file__).parent / "found"
MEMORY = 512 << 20
"""What a decoder may take beside what the process has: far above any limit of the protocol."""
SECONDS_MAX = 5.0
"""For one input, on a machine that does other things too."""
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Find:
    """An input that a decoder neither read nor refused by name."""

    target: str
    content: bytes
    error: str


@dataclass(slots=True)
class Tally:
    """What an engine did to one target."""

    target: str
    engine: str
    runs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    edges: int = 0
    find: Find | None = None

    def __str__(self) -> str:
        covered = f", {self.edges} edges" if self.edges else ""
        slow = f", slowest {self.slowest * 1000:.0f} ms" if self.slowest else ""
        state = "found" if self.find else "ok"
        return (
            f"{state:5} {self.engine:10} {self.target:15} {self.runs:9} inputs in "
            f"{self.seconds:6.1f} s{slow}{covered}"
        )


def bound_memory() -> None:
    """Have this process take no more than :data:`MEMORY` beside what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def found_before() -> Iterator[tuple[Target, Path]]:
    """Yield the inputs that were finds once, with their targets."""
    for path in sorted(FOUND.glob("*.bin")):
        yield TARGETS[path.name.partition("-")[0]], path


def by_hypothesis(target: Target, seconds: float, number: int = 0) -> Tally:
    """Try inputs for so many seconds; ``number`` and the runs before decide which."""
    tally = Tally(target.name, "hypothesis")
    began = time.monotonic()
    last = b""

    @settings(
        max_examples=AT_ONCE,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs(list(target.seeds())))
    def one(content: bytes) -> None:
        nonlocal last
        last = content
        at = time.monotonic()
        target.run(content)
        took = time.monotonic() - at
        tally.runs += 1
        tally.slowest = max(tally.slowest, took)
        assert took < SECONDS_MAX, "an input that costs too long"

    while time.monotonic() - began < seconds and tally.find is None:
        number += 1
        try:
            seed(number)(one)()
        except Exception as error:  # whatever it is, it is not by name
            tally.find = Find(target.name, last, repr(error)[:300])
    tally.seconds = time.monotonic() - began
    return tally


def by_atheris(python: Path, target: Target, seconds: float, place: Path) -> Tally:
    """Fuzz in a process of its own, guided by coverage; what it learns stays below ``place``."""
    corpus = place / "corpus" / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(content)
    finds = place / "finds"
    finds.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    done = subprocess.run(
        [
            python,
            "-m",
            "tests.fuzz.under_atheris",
            target.name,
            corpus,
            f"-max_total_time={max(1, round(seconds))}",
            "-max_len=65536",
            f"-timeout={round(SECONDS_MAX * 2)}",
            f"-rss_limit_mb={MEMORY >> 19}",
            f"-artifact_prefix={finds}/{target.name}-",
            "-print_final_stats=1",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    said = done.stdout
    tally = Tally(target.name, "atheris", seconds=time.monotonic() - began)
    tally.runs = _last(r"stat::number_of_executed_units:\s+(\d+)", said)
    tally.edges = _last(r"cov: (\d+)", said)
    tally.slowest = float(_last(r"stat::slowest_unit_time_sec:\s+(\d+)", said))
    if done.returncode != 0:
        written = re.search(r"Test unit written to (\S+)", said)
        if written is None:
            raise RuntimeError(f"atheris did not run: {said[-1_500:]}")
        content = Path(written[1]).read_bytes()
        tally.find = Find(target.name, content, said[-1_500:])
    return tally


def _last(pattern: str, said: str) -> int:
    found = re.findall(pattern, said)
    return int(found[-1]) if found else 0
