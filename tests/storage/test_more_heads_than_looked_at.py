"""More heads of one field than are looked at to say what it shows: those of each person in turn."""

from __future__ import annotations

from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services import ledger
from app.services.ports import FieldKey, UnitOfWork
from db.heads import HEADS_MAX
from db.store import Store
from tests.support.laptops import NOON_MS, definitions

LEVEL = FieldKey("case", RecordId(f"{1:032x}"), "NIVEL_DE_RIESGO_VICTIMA")
SEVERE, MODERATE, MILD = "3", "2", "1"
HER, CROWDING = AuthorId("0a" * 16), AuthorId("0b" * 16)


def wrote(author: AuthorId, value: Value, at: int) -> Change:
    """What somebody wrote, so many milliseconds after noon."""
    return new_change(
        definitions().registry,
        kind=LEVEL.kind,
        record_id=LEVEL.record_id,
        field=LEVEL.field,
        value=value,
        stamp=Stamp(NOON_MS + at, b"crowding", at),
        author=author,
        bases=(),
    )


def shows(uow: UnitOfWork) -> Value:
    return uow.records.fields(LEVEL.record_id)[LEVEL.field].value


def test_what_one_person_wrote_shows_beside_any_number_of_another_s(ram_store: Store) -> None:
    hers = [wrote(HER, SEVERE, 0)]
    crowd = [wrote(CROWDING, (MODERATE, MILD)[at % 2], at) for at in range(1, HEADS_MAX + 2)]
    with ram_store.unit() as uow:
        ledger.record(uow, definitions(), hers, is_own=False)
        ledger.record(uow, definitions(), crowd, is_own=False)
        assert shows(uow) == SEVERE
        looked_at = uow.changes.heads_of([LEVEL], {})[LEVEL]
        assert (len(looked_at), looked_at[0], looked_at[-1]) == (HEADS_MAX, hers[0], crowd[-1])

        ledger.rebuild(uow, definitions())
        assert shows(uow) == SEVERE
        assert uow.changes.heads_of([LEVEL], {})[LEVEL] == looked_at
