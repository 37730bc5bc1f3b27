"""Which tests are asked about a mutant: those that run its line, the fastest first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mutation.areas import Area
from tests.mutation.refusals import Mutant
from tests.mutation.tree import digest

__all__ = ["Known", "traced"]


@dataclass(slots=True)
class Known:
    """What each test runs, as it was traced: by id its seconds and its lines of each module."""

    tests: dict[str, tuple[float, dict[str, list[int]]]] = field(default_factory=dict)

    def asked(self, mutant: Mutant, seconds: float, area: Area) -> list[str]:
        """Return the tests of an area that run a mutant's lines, the fastest first, of so many
        seconds together, and at least one; before them those that only look at it."""
        first, last = mutant.reached
        looking = sorted(one for one in self.tests if one.partition("::")[0] in area.first)
        found = [
            (not test.startswith(area.near), took, test)
            for test, (took, lines) in self.tests.items()
            if test not in looking
            and any(first <= line <= last for line in lines.get(mutant.module, ()))
        ]
        chosen: list[str] = []
        for _, took, test in sorted(found):
            seconds -= took
            if chosen and seconds < 0:
                break
            chosen.append(test)
        return looking + chosen

    def seconds(self, tests: Iterable[str]) -> float:
        """Return how long these tests took while they were traced."""
        return sum(self.tests[one][0] for one in tests)


def traced(root: Path, copy: Path, kept: Path, areas: Iterable[Area]) -> Known:
    """Return what the tests of these areas run; those that are not known are run, in the ``copy``
    of ``root``. ``kept``: the file of what is known."""
    now, files, stale = dict[str, str](), set[str](), set[str]()
    done = [row for row in _rows(kept) if "done" in row]
    for area in areas:
        own = {one: digest((root / one).read_bytes()) for one in area.files(root)}
        tests = {one: digest((root / one).read_bytes()) for one in area.test_files(root)}
        now |= own | tests
        files |= tests.keys()
        known = {row["done"] for row in done if _is_as_now(row, own | tests)}
        stale |= tests.keys() - known
    if stale:
        _trace(root, copy, kept, sorted(now.keys() - files), sorted(stale))
    return _known(kept, now)


def _is_as_now(row: dict[str, Any], now: dict[str, str]) -> bool:
    """Return whether a file of tests was traced with these modules as they are."""
    wanted = {one: version for one, version in now.items() if not one.startswith("tests/")}
    return bool(row["file"] == now.get(row["done"])) and wanted.items() <= row["versions"].items()


def _trace(root: Path, copy: Path, kept: Path, modules: list[str], files: list[str]) -> None:
    told, asked = copy / "reach.jsonl", copy / "reach.json"
    told.unlink(missing_ok=True)
    asked.write_text(json.dumps({"modules": modules, "told": str(told)}), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutation.reach"]
    # A hung test is ended by its own limit; a slow one is traced at a third of its speed.
    command += ["-p", "no:cacheprovider", "-o", "timeout=600", *files]
    versions = {one: digest((copy / one).read_bytes()) for one in modules}
    try:
        env = os.environ | {"QISPI_REACH": str(asked)}
        # Whether they pass is known by test: those that do not are not asked.
        subprocess.run(command, cwd=copy, env=env, stdout=sys.stderr, check=False)
    finally:
        rows = list(_rows(told))
        whole = {row["done"] for row in rows if "done" in row}
        with kept.open("a", encoding="utf-8") as file:
            for row in rows:
                if "done" in row:
                    content = digest((copy / row["done"]).read_bytes())
                    row |= {"file": content, "versions": versions}
                elif row["test"].partition("::")[0] not in whole:
                    continue
                file.write(json.dumps(row) + "\n")


def _known(kept: Path, now: dict[str, str]) -> Known:
    known = Known()
    before: list[dict[str, Any]] = []
    for row in _rows(kept):
        before.append(row)
        if "done" not in row:
            continue
        # The tests of a file stand before the row that ends it.
        as_now = {one for one, version in row["versions"].items() if now.get(one) == version}
        for one in before[:-1] if row["file"] == now.get(row["done"]) else ():
            _, lines = known.tests.get(one["test"], (0.0, {}))
            lines = lines | {each: own for each, own in one["lines"].items() if each in as_now}
            if one["ok"]:
                known.tests[one["test"]] = (one["seconds"], lines)
        before = []
    return known


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
