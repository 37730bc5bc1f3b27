"""What was promised of ours, held against the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.sync.floor import Floor
from bench.sync.rows import Phase, Row

__all__ = ["IN_CLEAR", "OVER_TLS", "Target", "targets"]

OVER_TLS: Final = "Qispi"
IN_CLEAR: Final = "Qispi, the link in clear"

FLOOR_RATIO: Final = 1.20
PUSH_SECONDS: Final = 80
CUT_RATIO: Final = 1.10
EDITS_BYTES: Final = 5_000
EDITS_SECONDS: Final = 1.3
NOTHING_BYTES: Final = 120
CHANGES_A_SECOND: Final = 150_000


@dataclass(frozen=True, slots=True)
class Target:
    """One figure beside what it must be; ``limit`` is the most, or the least."""

    what: str
    figure: float | None
    limit: float
    unit: str
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure is there and within its limit."""
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.is_least else self.figure <= self.limit

    def __str__(self) -> str:
        figure = "none" if self.figure is None else _number(self.figure)
        sign = "≥" if self.is_least else "≤"
        said = "met" if self.is_met else "NOT MET"
        limit = f"{sign} {_number(self.limit)} {self.unit}".rstrip()
        return f"{self.what:<62}{figure:>11}  {limit:<18}  {said}"


def targets(rows: Sequence[Row], floor: Floor) -> list[Target]:
    """Return the targets of what was measured; peers are in clear, so bytes are held in clear."""
    own = {(row.name, row.link): row for row in rows if row.id == "own"}
    found: list[Target] = []
    for name in (IN_CLEAR, OVER_TLS):
        for link in ("loopback", "2g", "cut"):
            if (row := own.get((name, link))) is not None:
                found += _of_row(row, floor, own.get((name, "2g")))
    return found


def _of_row(row: Row, floor: Floor, uncut: Row | None) -> Iterator[Target]:
    push, pull = row.phases.get("push cases"), row.phases.get("pull cases")
    edits, nothing = row.phases.get("push edits"), row.phases.get("nothing")
    where = f"{row.link}, {'in clear' if row.name == IN_CLEAR else 'TLS'}"
    if row.link == "loopback" and row.name == IN_CLEAR:
        up = None if push is None else push.counters.up / floor.cases
        yield Target(f"cases, bytes up against the floor ({where})", up, FLOOR_RATIO, "×")
        if (lane := _lane(push)) is not None:
            ratio = lane[1] / floor.cases
            yield Target(f"  of it before the lane of blobs ({where})", ratio, FLOOR_RATIO, "×")
        yield Target(f"edits, bytes up ({where})", _up(edits), EDITS_BYTES, "B")
        yield Target(f"nothing to do, bytes up ({where})", _up(nothing), NOTHING_BYTES, "B")
        asked = None if nothing is None else nothing.counters.requests
        yield Target(f"nothing to do, requests ({where})", asked, 1, "")
        yield Target(
            "taking in, changes a second of the storage thread", _applied(pull),
            CHANGES_A_SECOND, "/s", is_least=True,
        )  # fmt: skip
    elif row.link == "2g":
        yield Target(f"cases pushed ({where})", _seconds(push), PUSH_SECONDS, "s")
        if (lane := _lane(push)) is not None:
            yield Target(f"  until the lane of blobs ({where})", lane[0], PUSH_SECONDS, "s")
        yield Target(f"cases pulled ({where})", _seconds(pull), PUSH_SECONDS, "s")
        yield Target(f"edits pushed ({where})", _seconds(edits), EDITS_SECONDS, "s")
    elif row.link == "cut" and uncut is not None:
        for what, phase in (("push cases", push), ("pull cases", pull)):
            still = _seconds(uncut.phases.get(what))
            ratio = None
            if still is not None and (seconds := _seconds(phase)) is not None:
                ratio = seconds / still
            yield Target(
                f"{what}, against the link that is not cut ({where})", ratio, CUT_RATIO, "×"
            )


def _up(phase: Phase | None) -> float | None:
    return None if phase is None or phase.seconds is None else phase.counters.up


def _seconds(phase: Phase | None) -> float | None:
    return None if phase is None else phase.seconds


def _lane(phase: Phase | None) -> tuple[float, int] | None:
    """Return when the lane of large things (a snapshot) began, in seconds, and the bytes that
    messages had carried up by then, HTTP not included; None when nothing went on it."""
    found = None if phase is None else phase.more.get("steps", {}).get("lane")
    return None if found is None else (float(found[0]), int(found[1]))


def _applied(phase: Phase | None) -> float | None:
    if phase is None or not phase.more.get("storage_seconds"):
        return None
    return float(phase.more["changes"]) / float(phase.more["storage_seconds"])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
