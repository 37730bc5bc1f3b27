"""A centre's laptop with many cases behind it, and its twin without encryption.

Both hold the same rows, so that the same statements can be timed on both.
"""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from app.clock import FixedClock
from app.domain.change import RecordId
from app.domain.records import Kind
from app.domain.stamp import SESSION_BYTES, Stamper
from app.domain.value import Value
from app.ids import SeededIds
from app.laptop import Laptop
from app.samples import Samples, load_samples
from app.services import casework, forms
from app.services.ports import Desk, FieldKey, SealedBatch, UnitOfWork
from bench.bulk import SEARCH, Tray, driver
from bench.cases import case_values
from db.schema import metadata
from db.store import Store

__all__ = ["UNSENT_CASES", "differences", "fill", "register_all", "send", "twin"]

UNSENT_CASES: Final = 200
"""The newest cases are not sent yet: some weeks without a network."""

CASES_A_DAY: Final = 25
_CORRECTED_EACH: Final = 4
_CORRECTED: Final = ("relato", "community", "route")
_DAY_MS: Final = 24 * 3600 * 1000
_BATCH_BYTES_A_CHANGE: Final = 40
_BUILDING_CACHE_KIB: Final = 256 * 1024
_DAYS_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class _Day:
    """What was registered in one run of the program, and whether it was sent since."""

    number: int
    desk: Desk
    clock: FixedClock
    cases: tuple[Mapping[str, Value], ...]
    is_sent: bool

    def work(self, uow: UnitOfWork) -> None:
        """Register the cases and, when they were sent, keep their batch as seen in the log."""
        for number, values in enumerate(self.cases):
            self.clock.ms += _DAY_MS // 2 // len(self.cases)
            case_id = casework.open_case(uow, self.desk)
            _type(uow, self.desk, case_id, values)
            if number % _CORRECTED_EACH == 0:
                _type(
                    uow,
                    self.desk,
                    case_id,
                    {one: f"{values[one]}, corregido" for one in _CORRECTED},
                )
        if self.is_sent:
            # The first position has what there was before the first case.
            send(uow, self.desk, self.number + 1)


def _days(desk: Desk, samples: Samples, cases: int, seed: int, unsent: int) -> Iterator[_Day]:
    """Yield the days on which so many cases were registered, ending with the desk's today."""
    chance = random.Random(seed)
    count = -(-cases // CASES_A_DAY)
    start = desk.clock.now_ms() - count * _DAY_MS
    for number in range(count):
        clock = FixedClock(start + number * _DAY_MS)
        then = dataclasses.replace(
            desk,
            clock=clock,
            ids=SeededIds(clock, chance),
            stamper=Stamper(chance.randbytes(SESSION_BYTES)),
        )
        left = cases - number * CASES_A_DAY
        values = tuple(case_values(samples, chance) for _ in range(min(CASES_A_DAY, left)))
        yield _Day(number + 1, then, clock, values, left > unsent)


def fill(
    stores: tuple[Store, ...],
    desk: Desk,
    *,
    cases: int,
    seed: int,
    done: Callable[[int], None] = lambda _: None,
    unsent: int = UNSENT_CASES,
) -> None:
    """Register so many cases in stores that hold the same so far; ``done`` hears how many are.

    The stores are to be opened anew before anything is measured.
    """
    tray = Tray(desk.definitions.registry, stores[0])
    for store in stores:
        _hurry(driver(store))
    # Hundreds of thousands of rows wait in lists, and none is garbage: looking through them for
    # cycles costs a tenth of the time.
    gc.disable()
    try:
        _fill(stores, tray, _days(desk, load_samples(), cases, seed, unsent), cases, done)
    finally:
        gc.enable()


def _fill(
    stores: tuple[Store, ...],
    tray: Tray,
    days: Iterator[_Day],
    cases: int,
    done: Callable[[int], None],
) -> None:
    registered = 0
    for day in days:
        day.work(cast(UnitOfWork, tray))
        registered += len(day.cases)
        if day.number % _DAYS_AT_ONCE == 0 or registered == cases:
            rows = tray.take()
            for store in stores:
                _write(driver(store), rows)
            done(registered)


def register_all(store: Store, desk: Desk, *, cases: int, seed: int, unsent: int) -> None:
    """Register so many cases as the program does, in real units of work: what :func:`fill` must
    equal."""
    for day in _days(desk, load_samples(), cases, seed, unsent):
        with store.unit() as uow:
            day.work(uow)


def send(uow: UnitOfWork, desk: Desk, position: int) -> None:
    """Keep what waits as a batch that was seen in the region's log. Commits.

    Its content is as long as a sealed one, and stands for it: nothing here opens batches.
    """
    changes = uow.changes.pending(1_000_000)
    content = desk.ids.random_bytes(_BATCH_BYTES_A_CHANGE * len(changes))
    batch = SealedBatch(hashlib.blake2b(content, digest_size=16).digest(), content)
    uow.batches.add(
        batch,
        device=bytes(16),
        session=desk.stamper.session,
        number=1,
        is_own=True,
        change_ids=[one.id for one in changes],
        at_ms=desk.clock.now_ms(),
    )
    uow.batches.mark_seen(batch.id, position)
    uow.commit()


def twin(laptop: Laptop, store: Store) -> None:
    """Copy everything of a laptop that has no cases yet into an empty store."""
    source, target = driver(laptop.store), driver(store)
    rows = {
        str(table): source.execute(f"SELECT * FROM {table}").fetchall()
        for table in metadata.sorted_tables
    }
    _write(target, rows)


def differences(one: Store, other: Store) -> list[str]:
    """Return the tables in which two stores do not hold the same rows and the same words."""
    found = [
        str(table)
        for table in metadata.sorted_tables
        if _rows(one, f"SELECT * FROM {table}") != _rows(other, f"SELECT * FROM {table}")
    ]
    words = "SELECT term, doc, col, offset FROM words_of_search"
    for store in (one, other):
        driver(store).execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.words_of_search "
            f"USING fts5vocab(main, {SEARCH}, instance)"
        )
    return found + ([SEARCH] if _rows(one, words) != _rows(other, words) else [])


def _type(uow: UnitOfWork, desk: Desk, case_id: RecordId, values: Mapping[str, Value]) -> None:
    """Fill in fields of a ficha, through the use case. Commits."""
    form = desk.definitions.form(forms.FICHA)
    held = uow.records.fields(case_id)
    records = {Kind.CASE: case_id} | {
        kind: RecordId(str(held[kind].value)) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)
    }
    typed: dict[FieldKey, Value] = {}
    for field_id, value in values.items():
        field = form.get(field_id)
        assert field is not None, field_id
        typed[FieldKey(field.kind, records[field.kind], field.field)] = value
    forms.change_fields(uow, desk, typed)
    uow.commit()


def _hurry(connection: Any) -> None:
    connection.set_authorizer(None)
    for setting in (f"cache_size = -{_BUILDING_CACHE_KIB}", "foreign_keys = OFF"):
        connection.execute(f"PRAGMA {setting}")


def _write(connection: Any, rows: Mapping[str, list[tuple[Any, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    # In the order of the schema: a row follows those that it names.
    for table in (*(str(one) for one in metadata.sorted_tables), SEARCH):
        if some := rows.get(table):
            into = f"{table}(rowid, folded)" if table == SEARCH else table
            verb = "REPLACE" if table == "local" else "INSERT"
            places = ", ".join("?" * len(some[0]))
            connection.executemany(f"{verb} INTO {into} VALUES ({places})", some)
    connection.execute("COMMIT")


def _rows(store: Store, statement: str) -> list[tuple[Any, ...]]:
    return sorted(driver(store).execute(statement).fetchall(), key=repr)
