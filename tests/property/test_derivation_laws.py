"""Whatever a colleague's program wrote into a field, the tables are derived, and rebuilt alike."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.blocking import keys_of
from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value
from app.services import casework, conflicts, forms, ledger, referral_answers, replication
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import CaseFilter
from db.store import Store, memory_store
from tests.support.laptops import definitions, make_desk
from tests.support.storage import record_id

DESK = make_desk()
RECORDS = tuple(record_id(number) for number in range(3))
FIELDS = (
    ("case", "survivor"),
    ("case", "alleged_perpetrator"),
    ("case", "code"),
    ("case", "EDAD_VICTIMA"),
    ("case", "NIVEL_DE_RIESGO_VICTIMA"),
    ("case", "TIPO_VIOLENCIA"),
    ("case", "FECHA_INGRESO"),
    ("case", "tombstone"),
    ("survivor", "names"),
    ("survivor", "surname_1"),
    ("survivor", "document_number"),
    ("survivor", "birth_date"),
    ("survivor", "tombstone"),
    ("alleged_perpetrator", "names"),
    ("alleged_perpetrator", "workplace"),
    ("alleged_perpetrator", "tombstone"),
    ("survivor", "phone"),
    ("survivor", "never_call"),
    ("survivor", "safe_phone_answered_by"),
    ("survivor", "district"),
    ("referral", "case"),
    ("referral", "consent"),
    ("referral", "folio"),
    ("referral", "state"),
    ("referral", "issued_on"),
    ("referral", "issued_time"),
    ("referral", "outcome"),
    ("referral", "tombstone"),
    ("consent", "form"),
    ("consent", "revoked_on"),
    ("person", "name"),
)
POISON: tuple[Value, ...] = (
    "no es un número de registro",
    "0190",
    "Z" * 32,
    "AB" * 16,
    "ab" * 16 + "\n",
    "é" * 32,
    "²" * 32,
    *RECORDS,
    2**63 - 1,
    2**63,
    -1,
    10**3000,
)
values = st.one_of(
    st.sampled_from(POISON),
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(list(Absent)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.text("012", max_size=2), unique=True, max_size=3).map(
        lambda codes: tuple(sorted(codes))
    ),
)


def _change(record: RecordId, kind: str, name: str, value: Value, number: int) -> Change:
    return new_change(
        definitions().registry,
        kind=kind,
        record_id=record,
        field=name,
        value=value,
        stamp=Stamp(number, b"session1", number),
        author=AuthorId("a0" * 16),
        bases=(),
    )


written = st.lists(
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(FIELDS), values), min_size=1, max_size=12
).map(
    lambda all_of_it: [
        _change(record, *field, value, number)
        for number, (record, field, value) in enumerate(all_of_it)
    ]
)


def _opened(uow: UnitOfWork, key: FieldKey) -> object:
    form_id = forms.FICHA if key.kind == "case" else forms.REFERRAL_FORM
    try:
        return forms.form_file(uow, DESK, form_id, key.record_id)
    except DomainError as refusal:
        return refusal.message_id


def _people(uow: UnitOfWork) -> object:
    entries = {one: uow.people.get(one) for one in RECORDS}
    keys = {key for entry in entries.values() if entry for key in keys_of(entry.traits)}
    found = {key: frozenset(one.record_id for one in uow.people.near({key}, 10)) for key in keys}
    return entries, found


def _open_referrals(uow: UnitOfWork) -> object:
    found = sorted(uow.referrals.open(), key=lambda one: one.entry.referral_id)
    folios = {one.entry.folio for one in found}
    named = {folio: uow.referrals.with_folio(folio) for folio in folios}
    return found, named, uow.referrals.count_open(), referral_answers.ageing(uow, DESK)


def _shown(store: Store, keys: list[FieldKey]) -> object:
    with store.unit() as uow:
        everything = CaseFilter()
        return (
            casework.list_cases(uow, everything, 0, 100),
            casework.count_cases(uow, everything),
            {key: uow.records.fields(key.record_id) for key in keys},
            conflicts.list_conflicts(uow, DESK),
            replication.sync_view(uow),
            _people(uow),
            _open_referrals(uow),
            [_opened(uow, key) for key in keys if key.kind in ("case", "referral")],
        )


@settings(max_examples=150, deadline=None)
@given(written)
@example([_change(RECORDS[0], "referral", "case", "no es un caso", 1)])
@example([_change(RECORDS[0], "case", "survivor", "nadie", 1)])
@example([_change(RECORDS[0], "case", "EDAD_VICTIMA", 2**63, 1)])
# A case that names another person than before, and a person who turns out to be a case.
@example(
    [
        _change(RECORDS[1], "survivor", "names", "Nantip", 1),
        _change(RECORDS[0], "case", "survivor", RECORDS[1], 2),
        _change(RECORDS[0], "case", "survivor", RECORDS[2], 3),
        _change(RECORDS[2], "survivor", "names", "Urpi", 4),
        _change(RECORDS[2], "case", "code", "2026-A0001", 5),
    ]
)
# A referral that turns out to be a person, and its consent that turns out to be a case.
@example(
    [
        _change(RECORDS[0], "referral", "case", RECORDS[1], 1),
        _change(RECORDS[0], "referral", "issued_on", "2026-11-26", 2),
        _change(RECORDS[0], "survivor", "names", "Urpi", 3),
    ]
)
@example(
    [
        _change(RECORDS[0], "referral", "case", RECORDS[1], 1),
        _change(RECORDS[0], "referral", "consent", RECORDS[2], 2),
        _change(RECORDS[0], "referral", "issued_on", "2026-11-26", 3),
        _change(RECORDS[2], "consent", "revoked_on", "2026-11-26", 4),
        _change(RECORDS[2], "case", "code", "2026-A0001", 5),
    ]
)
def test_no_value_stops_the_derivation_and_a_rebuild_gives_the_same(changes: list[Change]) -> None:
    store = memory_store(definitions().registry)
    with store.unit() as uow:
        ledger.record(uow, DESK.definitions, changes, is_own=True)
        uow.commit()
        keys = list(uow.changes.fields())
    assert {FieldKey(one.kind, one.record_id, one.field) for one in changes} == set(keys)
    before = _shown(store, keys)
    with store.unit() as uow:
        assert ledger.rebuild(uow, DESK.definitions) == len(keys)
        uow.commit()
    assert _shown(store, keys) == before
    store.close()
