"""What the demo did, step by step, with times and bytes, as a page for the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Step", "Summary"]


@dataclass(slots=True)
class Step:
    """One step: what it was, how long it took, what it showed."""

    title: str
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Add a line below the step."""
        self.notes.append(text)


@dataclass(slots=True)
class Summary:
    """Collects the steps and prints each as it ends."""

    say: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Time one step and print it when it ends."""
        step = Step(title)
        began = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - began
        self.steps.append(step)
        self.say(f"{len(self.steps):2}. {title:<66} {step.seconds:6.2f} s")
        for note in step.notes:
            self.say(f"      {note}")

    def text(self) -> str:
        """Return the whole summary, for the file in the output folder."""
        lines = []
        for number, step in enumerate(self.steps, 1):
            lines.append(f"{number:2}. {step.title:<66} {step.seconds:6.2f} s")
            lines.extend(f"      {note}" for note in step.notes)
        lines.append(f"    {'total':<66} {sum(step.seconds for step in self.steps):6.2f} s")
        return "\n".join(lines) + "\n"
