"""The same work on two stores, turn about, so that noise hits both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from app.services.ports import UnitOfWork
from bench.figures import Figure
from db.store import Store

__all__ = ["Samples", "median_of_sums"]


@dataclass(slots=True)
class Samples:
    """Times in ms of one kind of work on the encrypted store and on its plain twin, by round."""

    sealed: list[list[float]] = field(default_factory=list)
    plain: list[list[float]] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Of the encrypted store's times, what its thread really worked: other programs that want the
    processor too lengthen the time on the wall, not this."""

    def round(
        self,
        sealed: Store,
        plain: Store,
        works: Iterable[Sequence[Callable[[UnitOfWork], object]]],
    ) -> None:
        """Do each work once in each store; a work is one unit of work or several in a row."""
        of_sealed: list[float] = []
        of_plain: list[float] = []
        pair = ((sealed, of_sealed), (plain, of_plain))
        for number, work in enumerate(works):
            # Neither is always the first: what the first finds cold, the second finds warm.
            for store, times in pair if number % 2 else pair[::-1]:
                wall, worked = _timed(store, work)
                times.append(wall)
                if store is sealed:
                    self.processor.append(worked)
        self.sealed.append(of_sealed)
        self.plain.append(of_plain)

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """The figures of both, over all rounds."""
        sealed, plain = (
            Figure.of(one for times in rounds for one in times)
            for rounds in (self.sealed, self.plain)
        )
        return sealed, plain

    @property
    def ratio(self) -> float:
        """How much longer the encrypted store takes: by the medians of the rounds' sums."""
        return median_of_sums(self.sealed) / median_of_sums(self.plain)


def median_of_sums(rounds: Iterable[Iterable[float]]) -> float:
    """Return the median over the rounds of what each took in all."""
    return statistics.median(sum(times) for times in rounds)


def _timed(store: Store, work: Sequence[Callable[[UnitOfWork], object]]) -> tuple[float, float]:
    worked, began = time.thread_time(), time.perf_counter()
    for part in work:
        with store.unit() as uow:
            part(uow)
    ended = time.perf_counter()
    return (ended - began) * 1000, (time.thread_time() - worked) * 1000
