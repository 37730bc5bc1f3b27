"""Who comes to a simulated centre: her name, which case is hers, what happened, what is due."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import agenda
from app.services.forms import change_fields
from app.services.ports import FieldKey, UnitOfWork
from tests.simulation.fields import RECORDS

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["Clients"]

COME: Final = 0.3
"""Of the runs in which somebody asks who they are."""
OFTEN: Final = 0.6
"""Of the steps of such a run behind which something of it is done."""
LOOKED_AT: Final = 0.3
"""Of these, somebody looks at what is due."""
TASKS_AT_ONCE: Final = 2

CASES: Final = (RECORDS[0], RECORDS[2])
PEOPLE: Final = (RECORDS[1], RecordId(f"{RECORDS[1][:-1]}8"))
NAMED: Final = (PEOPLE[0], PEOPLE[0], PEOPLE[1], None)
EVENT: Final = RecordId(f"{RECORDS[1][:-1]}9")
DAYS: Final = ("2026-11-25", "1996-05-26", "2026", "")
TRAITS: Final[Mapping[str, tuple[Value, ...]]] = {
    "names": ("Ñunkuí", "Nantip", "Urpi Sisa", None),
    "surname_1": ("Inventada", "Ynventada", "Tsamajáin"),
    "document_number": ("00000001", "00000010", None),
    "birth_date": DAYS,
    Name.TOMBSTONE: (True, None, None, None),
}


class Clients:
    """Names people, ties them to cases, notes what happened, and looks at what is due: of all this
    lists are kept that are made from the log. Drawn from a source of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = random.Random(f"{world.run} clients")
        self._come = self._chance.random() < COME

    def may_come(self) -> None:
        """Let somebody do some of it at one laptop, or nobody."""
        if not self._come or self._chance.random() >= OFTEN:
            return
        laptop = self._chance.choice(self._world.laptops)
        is_look = self._chance.random() < LOOKED_AT
        self._world.act(laptop, self._look if is_look else self._note)

    def _look(self, laptop: SimLaptop) -> None:
        """Look at what is due: the tasks of some cases are worked out."""
        try:
            with laptop.unit() as uow:
                agenda.refresh(uow, laptop.desk, TASKS_AT_ONCE)
        except QispiError:
            return
        self._world.faults.met["agenda looked at"] += 1

    def _note(self, laptop: SimLaptop) -> None:
        key, value = self._drawn()

        def work(uow: UnitOfWork) -> None:
            change_fields(uow, laptop.desk, {key: value})
            uow.commit()
            self._world.faults.met["somebody named"] += key.kind == Kind.SURVIVOR

        laptop.type(work)

    def _drawn(self) -> tuple[FieldKey, Value]:
        """Return what is typed: whose a case is, what happened in it, or something of a person."""
        choice = self._chance.choice
        match self._chance.randrange(8):
            case 0 | 1:
                return FieldKey(Kind.CASE, choice(CASES), Name.SURVIVOR), choice(NAMED)
            case 2:
                happened: tuple[tuple[str, Value], ...] = (
                    ("case", choice(CASES)),
                    ("code", choice(("medidas_dictadas", "caso_cerrado", "llamada_pnp"))),
                    ("happened_on", choice(DAYS)),
                    (Name.TOMBSTONE, choice((True, None))),
                )
                name, value = choice(happened)
                return FieldKey("event", EVENT, name), value
            case _:
                name = choice(tuple(TRAITS))
                return FieldKey(Kind.SURVIVOR, choice(PEOPLE), name), choice(TRAITS[name])
