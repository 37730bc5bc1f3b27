"""What many seeds came to: of one run, and of all the runs that were kept in a file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from tests.simulation.runner import Result

__all__ = ["Totals"]


@dataclass(slots=True)
class Totals:
    """Seeds, what they did, how long it took, which failed, and what was met."""

    seeds: int = 0
    seconds: float = 0.0
    steps: int = 0
    changes: int = 0
    batches: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count a seed."""
        self.seeds += 1
        self.steps += result.steps
        self.changes += result.changes
        self.batches += result.batches
        self.met += result.met
        if result.violation is not None:
            self.failed[str(result.seed)] = result.violation.partition("\n")[0]

    def line(self) -> str:
        """Return all of it but what was met, in a line."""
        rate = self.seeds / self.seconds if self.seconds else 0.0
        return (
            f"{self.seeds} seeds, {len(self.failed)} failures, {self.steps} steps, "
            f"{self.changes} changes, {self.batches} batches in the logs; "
            f"{self.seconds:.1f} s, {rate:.2f} seeds/s"
        )

    def keep(self, file: Path) -> Totals:
        """Add this to what a file says of other parts, write both there, and return the sum."""
        whole = Totals()
        if file.exists():
            said = json.loads(file.read_text(encoding="utf-8"))
            whole = Totals(**{**said, "met": Counter(said["met"])})
        whole.seeds += self.seeds
        whole.seconds += self.seconds
        whole.steps += self.steps
        whole.changes += self.changes
        whole.batches += self.batches
        whole.failed |= self.failed
        whole.met += self.met
        said = {one.name: getattr(whole, one.name) for one in fields(whole)}
        text = json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True)
        file.write_text(text + "\n", encoding="utf-8")
        return whole
