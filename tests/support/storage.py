"""Stores for tests: real SQLCipher in a temporary folder, or in memory, opened in milliseconds.

``pytest`` finds the fixtures through ``from tests.support.storage import …`` in a ``conftest.py``.
Everything here is invented; no value is anybody's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.crypto.passphrase import Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.registry import FieldRegistry, RegistryEntry
from app.domain.stamp import Stamp, Stamper
from app.domain.value import Value
from app.services.ports import FieldKey
from db.store import Store, create_store, memory_store

__all__ = [
    "AUTHOR",
    "CHEAP",
    "CHEAP_BOUNDS",
    "KEY",
    "PASSPHRASE",
    "REGISTRY",
    "Writer",
    "file_store",
    "ram_store",
    "record_id",
]

CHEAP = Argon2Cost(memory_kib=64, passes=1, lanes=1)
CHEAP_BOUNDS = Argon2Bounds(memory_kib_min=8, passes_min=1)
"""For tests alone: a passphrase opens in a millisecond."""

PASSPHRASE = "cinco palabras inventadas para probar"  # of tests
KEY = SecretKey(bytes(range(32)))
AUTHOR = AuthorId("a0" * 16)

REGISTRY = FieldRegistry.of(
    RegistryEntry(kind, kind_number, name, number)
    for kind, kind_number, names in (
        ("case", 1, ("code", "survivor", "NIVEL_DE_RIESGO_VICTIMA", "TIPO_VIOLENCIA", "narrative")),
        ("survivor", 2, ("names", "surname_1", "phone", "languages", "never_call")),
    )
    for number, name in enumerate(names, 1)
)


def record_id(number: int) -> RecordId:
    """Return the record id of a small number; a larger number is a later id."""
    return RecordId(f"{0x0190_0000_0000_7000_8000_0000_0000_0000 + number:032x}")


@dataclass(slots=True)
class Writer:
    """Makes changes as one laptop does, in one run of the program."""

    session: bytes = b"session1"
    author: AuthorId = AUTHOR
    registry: FieldRegistry = field(default=REGISTRY)
    _stamper: Stamper = field(init=False)
    _now: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self._stamper = Stamper(self.session)
        self._now = itertools.count(1_790_000_000_000, 1_000)

    def stamp(self) -> Stamp:
        """Return the next stamp: one second later."""
        return self._stamper.next(next(self._now))

    def change(self, key: FieldKey, value: Value, bases: tuple[ChangeId, ...] = ()) -> Change:
        """Return a new change of a field."""
        return new_change(
            self.registry,
            kind=key.kind,
            record_id=key.record_id,
            field=key.field,
            value=value,
            stamp=self.stamp(),
            author=self.author,
            bases=bases,
        )


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """A new database on disk, under :data:`KEY`, in ``tmp_path``."""
    store = create_store(tmp_path, KEY, REGISTRY)
    yield store
    store.close()


@pytest.fixture
def ram_store() -> Iterator[Store]:
    """A new database in memory."""
    store = memory_store(REGISTRY)
    yield store
    store.close()
