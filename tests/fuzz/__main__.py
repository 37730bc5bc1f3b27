"""``python -m tests.fuzz``: every decoder, by hypothesis and (where it is installed) atheris."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from tests.fuzz.engines import Tally, bound_memory, by_atheris, by_hypothesis, found_before
from tests.fuzz.targets import TARGETS

PLACE = Path(__file__).parent.parent.parent / "out" / "fuzz"


def main() -> int:
    """Return 1 when something was found."""
    asked = _asked()
    names = asked.target or list(TARGETS)
    if asked.replay is not None:
        TARGETS[names[0]].run(asked.replay.read_bytes())
        print("read, or refused by name")
        return 0
    bound_memory()
    for target, path in found_before():
        target.run(path.read_bytes())
    share = 60 * asked.minutes / len(names)
    tallies: list[Tally] = []
    for name in names:
        target = TARGETS[name]
        hypothesis_share = share / 4 if asked.atheris else share
        tallies.append(_said(by_hypothesis(target, hypothesis_share, asked.seed)))
        if asked.atheris:
            rest = share - hypothesis_share
            tallies.append(_said(by_atheris(asked.atheris, target, rest, PLACE)))
    runs = sum(one.runs for one in tallies)
    finds = [one.find for one in tallies if one.find]
    print(f"{len(names)} decoders, {runs:,} inputs, {len(finds)} finds")
    return 1 if finds else 0


def _said(tally: Tally) -> Tally:
    print(tally, flush=True)
    if tally.find:
        digest = hashlib.sha256(tally.find.content).hexdigest()[:16]
        path = PLACE / "finds" / f"{tally.find.target}-{digest}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tally.find.content)
        print(tally.find.error)
        print(f"  again: python -m tests.fuzz --target {tally.find.target} --replay {path}")
    return tally


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--target", action="append", choices=list(TARGETS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", type=Path, help="a Python that has atheris")
    parser.add_argument("--replay", type=Path, help="an input that was found")
    return parser.parse_args()


sys.exit(main())
