"""Timing of repeated work, as median and 95th percentile."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["Figure", "measure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """Median and 95th percentile of one measurement, in milliseconds."""

    median_ms: float
    p95_ms: float
    runs: int

    @classmethod
    def of(cls, samples_ms: Iterable[float]) -> Figure:
        """Return the figure of these samples."""
        ordered = sorted(samples_ms)
        return cls(
            statistics.median(ordered),
            ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
            len(ordered),
        )

    def __str__(self) -> str:
        return f"median {self.median_ms:8.2f} ms   p95 {self.p95_ms:8.2f} ms   ({self.runs} runs)"


def measure(works: Iterable[Callable[[], object]]) -> Figure:
    """Run each piece of work once, in order, and return the figure of their times."""
    samples = []
    for work in works:
        began = time.perf_counter()
        work()
        samples.append((time.perf_counter() - began) * 1000)
    return Figure.of(samples)
