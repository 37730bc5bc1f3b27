"""A round over areas: the mutants, what is known of them, and the trials of the others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.mutation.areas import Area
from tests.mutation.chosen import traced
from tests.mutation.refusals import Mutant, mutants
from tests.mutation.report import Finding
from tests.mutation.tree import copied, digest
from tests.mutation.trials import LIBRARIES, Outcome, Trial, preload, trials

__all__ = ["Round"]

SECONDS: Final = 60.0
"""The tests of one mutant took no longer than this together, while nothing was off."""


@dataclass(slots=True)
class Round:
    """``root``: what is asked; ``kept``: where what is known stands; ``place``: for the copies.
    ``only``: a part of the names of the mutants to ask about. ``is_told``: say each outcome.
    ``libraries``: what most tests need."""

    root: Path
    kept: Path
    place: Path
    jobs: int = 1
    only: str = ""
    is_told: bool = True
    libraries: tuple[str, ...] = LIBRARIES

    def mutants(self, areas: Mapping[str, Area]) -> Iterator[tuple[str, Mutant, bytes]]:
        """Yield every mutant with the name of its area and the source of its module; once, though
        two areas have it."""
        seen = set[str]()
        for name, area in areas.items():
            for module in area.files(self.root):
                source = (self.root / module).read_bytes()
                for one in mutants(module, source, decides=area.decides, doors=area.doors):
                    if self.only in one.name and one.name not in seen:
                        seen.add(one.name)
                        yield name, one, source

    def told(self, areas: Mapping[str, Area]) -> list[Finding]:
        """Return what is known so far, and run nothing."""
        known = self._known()
        findings = []
        for area, one, source in self.mutants(areas):
            row = known.get(one.name)
            is_known = row is not None and row["source"] == digest(source)
            outcome: Outcome = row["outcome"] if row and is_known else "unknown"
            by = row["by"] if row and is_known else ""
            findings.append(Finding(area, one, outcome, by))
        return findings

    def run(self, areas: Mapping[str, Area], *, is_fresh: bool = False) -> list[Finding]:
        """Return what became of every mutant; slow."""
        self.kept.mkdir(parents=True, exist_ok=True)
        copies = [copied(self.root, self.place / str(at)) for at in range(self.jobs)]
        reached = traced(self.root, copies[0], self.kept / "reach.jsonl", areas.values())
        preload(self.libraries)
        known = {} if is_fresh else self._known()
        asked = (
            Trial(one, one.applied(source), _first(known, one, tests), reached.seconds(tests))
            for area, one, source in self.mutants(areas)
            if (tests := reached.asked(one, SECONDS, areas[area])) is not None
            and not self._stands(known.get(one.name), source, tests)
        )
        for trial, outcome, by in trials(copies, self._told_at_once(asked)):
            self._keep(trial.mutant, trial.tests, outcome, by)
        return self.told(areas)

    def _told_at_once(self, asked: Iterator[Trial]) -> Iterator[Trial]:
        for trial in asked:
            if trial.tests:
                yield trial
            else:
                self._keep(trial.mutant, (), "unreached", "")

    def _stands(self, row: dict[str, Any] | None, source: bytes, tests: list[str]) -> bool:
        if row is None or row["source"] != digest(source):
            return False
        return bool(row["outcome"] == "killed" or row["tests"] == self._tests(tests))

    def _tests(self, tests: Any) -> str:
        files = sorted({one.partition("::")[0] for one in tests})
        return digest(
            *(one.encode() for one in tests), *((self.root / one).read_bytes() for one in files)
        )

    def _keep(self, mutant: Mutant, tests: Any, outcome: str, by: str) -> None:
        source = (self.root / mutant.module).read_bytes()
        row = {"name": mutant.name, "line": mutant.line, "outcome": outcome, "by": by}
        row |= {"source": digest(source), "tests": self._tests(tests)}
        with (self.kept / "found.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        if self.is_told:
            print(f"{outcome:9} {mutant.name}" + (f"\n          {by}" if by else ""), flush=True)

    def _known(self) -> dict[str, dict[str, Any]]:
        path = self.kept / "found.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return {row["name"]: row for row in map(json.loads, lines)}


def _first(known: Mapping[str, Mapping[str, Any]], mutant: Mutant, tests: list[str]) -> list[str]:
    """Return the tests with that before the others that killed the mutant in an earlier module."""
    by = known.get(mutant.name, {}).get("by")
    return [by, *(one for one in tests if one != by)] if by in tests else tests
