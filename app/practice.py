"""Practice: the whole program over a database in memory, with invented people and cases.

Nobody's words are asked and nothing is kept: it is gone with the process. The same code as at work,
so that what is learnt is true. Part of the composition root; storage thread.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import msgspec

from app.crypto.secret import SecretKey
from app.definitions import load
from app.domain.change import AuthorId
from app.laptop import CENTRE, DEVICE_SEED, PERSON, FirstPerson, Laptop, laptop_of
from app.opening import introduce
from app.samples import load_samples
from app.services import casework, forms
from app.services.ports import Clock, Ids
from db.store import memory_store

__all__ = ["practice_laptop"]

_PERSON: Final = "Persona de práctica"
_ROLE: Final = "social"
_BESIDES: Final = ("admision", "psicologia", "legal", "coordinacion")
"""Every service of a centre: whoever practises may try all of it."""
_CENTRE: Final = "Centro de práctica"


def practice_laptop(clock: Clock, ids: Ids) -> Laptop:
    """Return an open laptop with the invented cases of this release, that lives in memory only."""
    definitions, samples = load(day=clock.today()), load_samples()
    store = memory_store(definitions.registry)
    centre = dataclasses.replace(samples.centre, name=_CENTRE)
    with store.unit() as uow:
        author = AuthorId(ids.new_record_id())
        uow.local.put(PERSON, msgspec.msgpack.encode(FirstPerson(author, _PERSON, _ROLE)))
        uow.local.put(CENTRE, msgspec.msgpack.encode(centre))
        uow.local.put(DEVICE_SEED, SecretKey.random().reveal())
        uow.commit()
    laptop = laptop_of(store, definitions, clock, ids)
    introduce(laptop, _BESIDES)
    desk = laptop.desk
    for values in samples.cases:
        with store.unit() as uow:
            case_id = casework.open_case(uow, desk)
        for field_id, value in values.items():
            with store.unit() as uow:
                forms.set_field(uow, desk, forms.FICHA, case_id, field_id, value)
    return laptop
