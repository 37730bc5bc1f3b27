"""``python -m tests.mutation``: switch every refusal off, one at a time, and see which test breaks.

What was found is kept in ``out/mutation``, and a run goes on where another stopped: asked again is
what is new, what changed, and what survived although other tests reach it now.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mutation.areas import AREAS
from tests.mutation.report import accepted, page, summary, verdict
from tests.mutation.rounds import Round

ROOT = Path(__file__).parent.parent.parent


def main() -> int:
    """Return 1 when too few were killed, or one survived without a reason."""
    asked = _asked()
    reasons = accepted(Path(__file__).parent / "accepted.txt")
    with tempfile.TemporaryDirectory(prefix="mutation-") as place:
        one = Round(ROOT, ROOT / "out" / "mutation", Path(place), jobs=asked.jobs, only=asked.only)
        areas = {name: AREAS[name] for name in asked.area or AREAS}
        findings = one.told(areas) if asked.told else one.run(areas, is_fresh=asked.fresh)
    report = ROOT / "out" / "mutation" / "report.md"
    report.write_text(page(findings, reasons), encoding="utf-8")
    faults = verdict(findings, reasons)
    print(*faults, summary(findings, reasons), f"the table: {report}", sep="\n")
    return 1 if faults else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__)
    parser.add_argument("--area", action="append", choices=list(AREAS))
    parser.add_argument("--only", default="", help="mutants whose name has this in it")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="ask about those of before again")
    parser.add_argument("--told", action="store_true", help="run nothing: what is known so far")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
