"""``./run leaks``: days of work on a disk of their own, and the whole disk read for 400 markers."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.leaks.disk import why_not
from tests.leaks.scenarios import DAYS, PLANTED, Outcome, play
from tests.leaks.world import CHECKOUT, dumps_lie_beside

REPORT = CHECKOUT / "out" / "leaks" / "report.md"
NOT_LOOKED = 3


def main() -> int:
    """Return 0 when the days left nothing and every planted leak was found, 1 when not, 3 when
    no disk can be made here."""
    parser = argparse.ArgumentParser(prog="leaks", description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="", help="scenarios with this word")
    parser.add_argument("--show", type=int, default=5, help="findings to show of each day")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qispi-leaks-") as place:
        reason = why_not(Path(place))
        if reason:
            print(f"not looked at: {reason}")
            return NOT_LOOKED
        outcomes = []
        for scenario in (*DAYS, *PLANTED):
            if asked.only in scenario.name:
                outcomes.append(play(scenario, Path(place)))
                print("\n".join(_said(outcomes[-1], asked.show)), flush=True)
    text = "\n".join(_table(outcomes)) + "\n"
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    print(f"\n{text}\n{REPORT}")
    if not dumps_lie_beside():
        print("No core dump was planted: this system keeps them elsewhere.")
    return 0 if outcomes and all(one.is_good for one in outcomes) else 1


def _said(outcome: Outcome, most: int) -> Iterator[str]:
    word = "as it has to be" if outcome.is_good else "NOT AS IT HAS TO BE"
    yield f"{outcome.scenario.name}: {len(outcome.findings)} hits, {word}"
    if not outcome.scenario.leaves:
        for one in outcome.findings[:most]:
            yield f"  {one.path.name} {one.where}: {one.form}"


def _table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    heads = ("what happened", "files at the end", "MiB on both disks", "shapes looked for")
    heads += ("hits", "of 400 markers", "s, of it reading")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for one in outcomes:
        cells = (
            one.scenario.name,
            one.files,
            f"{one.written / (1 << 20):.0f}",
            f"{one.patterns:,}",
            f"{len(one.findings):,}",
            one.markers,
            f"{one.seconds:.0f}, {one.scan_seconds:.0f}",
        )
        yield f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
