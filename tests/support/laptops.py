"""A laptop for tests: real definitions, real storage, real use cases; time and chance given."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import pytest

from app.clock import FixedClock
from app.definitions import load
from app.domain.change import AuthorId, Change, RecordId
from app.domain.definitions import Definitions
from app.domain.form import Problem
from app.domain.stamp import Stamper
from app.domain.value import Value
from app.ids import SeededIds
from app.peru_calendar import PeruHolidays
from app.services import casework, forms, ledger
from app.services.ports import Actor, Desk, UnitOfWork
from app.services.read_models import FormFile
from app.similarity import likeness
from db.store import Store, memory_store

__all__ = ["EVERY_SERVICE", "NOON_MS", "Laptop", "definitions", "exchange", "laptop", "make_desk"]

T = TypeVar("T")

NOON_MS = 1_795_712_400_000  # 2026-11-26 12:00 in Lima


@cache
def definitions() -> Definitions:
    """Return the program's definitions, read once for the whole test run."""
    return load()


EVERY_SERVICE = ("social", "psicologia", "legal", "coordinacion", "admision")
"""Of a centre in which one person does the work of all: nothing but a block is closed to her."""


def make_desk(
    *,
    seed: int = 1,
    letter: str = "A",
    author: str = "a0",
    ms: int = NOON_MS,
    roles: tuple[str, ...] = EVERY_SERVICE,
) -> Desk:
    """Return a desk whose time and chance come from a seed. ``roles``: those of who works at it,
    her service first."""
    clock = FixedClock(ms)
    chance = random.Random(seed)
    return Desk(
        definitions=definitions(),
        actor=Actor(AuthorId(author * 16), f"Persona Inventada {letter}", roles[0], roles),
        stamper=Stamper(chance.randbytes(8)),
        clock=clock,
        ids=SeededIds(clock, chance),
        likeness=likeness,
        holidays=PeruHolidays(),
        device_letter=letter,
    )


@dataclass(frozen=True, slots=True)
class Laptop:
    """One store and the desk that works on it."""

    store: Store
    desk: Desk

    def __post_init__(self) -> None:
        self.store.work_at(self.desk)

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in a unit of its own; the work commits."""
        with self.store.unit() as uow:
            return work(uow)

    def open_case(self) -> RecordId:
        """Open a new case."""
        return self.run(lambda uow: casework.open_case(uow, self.desk))

    def fill(self, case_id: RecordId, **values: Value) -> list[Problem]:
        """Fill in fields of the ficha, each saved on its own; return the remarks."""
        remarks = []
        for field_id, value in values.items():
            remark = self.run(
                lambda uow, field_id=field_id, value=value: forms.set_field(  # type: ignore[misc]
                    uow, self.desk, forms.FICHA, case_id, field_id, value
                )
            )
            if remark:
                remarks.append(remark)
        return remarks

    def ficha(self, case_id: RecordId) -> FormFile:
        """Return the ficha of a case."""
        return self.run(lambda uow: forms.form_file(uow, self.desk, forms.FICHA, case_id))


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    """A laptop whose store lives in memory."""
    store = memory_store(definitions().registry)
    yield Laptop(store, make_desk())
    store.close()


def exchange(*laptops: Laptop) -> None:
    """Give every laptop the changes that the others made, as a synchronisation does."""
    made = {id(one): one.run(lambda uow: uow.changes.pending(100_000)) for one in laptops}
    for target in laptops:
        for source in laptops:
            if source is not target:
                _receive(target, made[id(source)])


def _receive(laptop: Laptop, changes: Sequence[Change]) -> None:
    with laptop.store.unit() as uow:
        ledger.record(uow, laptop.desk.definitions, changes, is_own=False)
        uow.commit()
