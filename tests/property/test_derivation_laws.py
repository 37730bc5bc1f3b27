"""Whatever a colleague's program wrote into a field, the tables are derived, and rebuilt alike."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.blocking import keys_of
from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value
from app.services import (
    agenda,
    case_records,
    casework,
    conflicts,
    ficha_sheet,
    figures,
    forms,
    handover,
    ledger,
    letters,
    referral_answers,
    replication,
    risk,
    task_view,
    work_calendar,
)
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import CaseFilter, CentreProfile
from app.services.work_ports import AgendaFilter
from db.store import Store, memory_store
from tests.support.every import some
from tests.support.laptops import definitions, make_desk
from tests.support.storage import record_id

DESK = make_desk()
CENTRE = CentreProfile("", "", "", "", "", "")
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
WORK_FIELDS = (
    ("case", "survivor"),
    ("case", "code"),
    ("case", "FECHA_INGRESO"),
    ("case", "NIVEL_DE_RIESGO_VICTIMA"),
    ("case", "risk_valued_on"),
    ("case", "closed_on"),
    ("case", "rape_on"),
    ("case", "last_event_on"),
    ("case", "tombstone"),
    ("survivor", "district"),
    ("survivor", "alias"),
    *(("event", name) for name in ("case", "code", "happened_on", "happened_at", "tombstone")),
    *(("measure", name) for name in ("case", "type", "given_on", "notified_on", "ended_on")),
    ("measure", "notified_at"),
    ("measure", "execution_report_on"),
    *(("action", name) for name in ("case", "action", "state", "done_on", "tombstone")),
    *(("task", name) for name in ("case", "key", "state", "done_on", "role", "postponed_until")),
    *(("risk_valuation", name) for name in ("case", "level", "valued_on", "tombstone")),
    *(("fvr", name) for name in ("case", "instrument", "version", "level", "points_on_paper")),
    ("fvr", "pareja_1"),
    *(("calendar_day", name) for name in ("day", "last_day", "sort", "district", "tombstone")),
    *(("distance_term", name) for name in ("district", "days", "valid_from")),
    *(("handover", name) for name in ("given_on", "given_at", "open_tasks")),
    *(("referral", name) for name in ("case", "consent", "state", "issued_on", "institution")),
    ("consent", "referral"),
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


DAYS: tuple[Value, ...] = (
    *("0001-01-01", "0206-11-26", "2026-05-26", "2026-11-26", "9999-12-31", "20261126"),
    *("00:00", "23:59", "10:00+14:00", "11:30:59.999999-23:59", "24:00"),
    *("1", "2", "3", "hecha", "no_corresponde", "pospuesta", "abierta", "coordinacion", "nadie"),
    *("medidas_dictadas", "medida_notificada", "seguimiento_realizado", "llamada_pnp"),
    *("informe_periodico_recibido", "feriado_local", "suspension", "laborable", "FVR-PAREJA"),
    *("R-CEM-BASE/1", "R-CEM-BASE/10/1", "R-30364/11/1"),
)
WALLS = (0, 1, 1_795_712_400_000, 2**53 - 1)
"""What the clock of another laptop may say, in ms: also a time after the year 9999."""


def _change(
    record: RecordId, kind: str, name: str, value: Value, number: int, wall_ms: int | None = None
) -> Change:
    return new_change(
        definitions().registry,
        kind=kind,
        record_id=record,
        field=name,
        value=value,
        stamp=Stamp(number if wall_ms is None else wall_ms, b"session1", number),
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

# Mostly each record keeps to its kind and names the case, as a program would write it.
_OWN_RECORD = {
    kind: record_id(10 + at)
    for at, kind in enumerate(dict.fromkeys(kind for kind, _ in WORK_FIELDS if kind != "case"))
}
_work_values = st.one_of(st.sampled_from(DAYS), st.sampled_from(DAYS), values)


@st.composite
def work_written(draw: st.DrawFn) -> list[Change]:
    """Return changes to the records of two cases: some true to their kind, some of any kind."""
    changes = [_change(RECORDS[0], "case", "code", "2026-A0001", 0)]
    for number in range(1, draw(st.integers(3, 24))):
        kind, name = draw(st.sampled_from(WORK_FIELDS))
        own = RECORDS[0] if kind == "case" else _OWN_RECORD[kind]
        record = draw(st.sampled_from((own, own, own, own, *RECORDS)))
        value = draw(_work_values)
        if name in ("case", "survivor", "consent", "referral") and draw(st.integers(0, 4)):
            named = {"survivor": "survivor", "consent": "consent", "referral": "referral"}
            value = _OWN_RECORD.get(named.get(name, ""), draw(st.sampled_from(RECORDS[:2])))
        changes.append(_change(record, kind, name, value, number, draw(st.sampled_from(WALLS))))
    return changes


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
            # Cases that nothing tells apart stand in the order in which they came.
            sorted(casework.list_cases(uow, everything, 0, 100), key=lambda one: one.case_id),
            casework.count_cases(uow, everything),
            {key: uow.records.fields(key.record_id) for key in keys},
            conflicts.list_conflicts(uow, DESK),
            replication.sync_view(uow),
            _people(uow),
            _open_referrals(uow),
            [_opened(uow, key) for key in keys if key.kind in ("case", "referral")],
        )


@settings(max_examples=some(25, 70), deadline=None)
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
    store.work_at(DESK)
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


def _told(work: Callable[[], object]) -> object:
    """Return what a page shows, or why it is refused; any other error is a fault."""
    try:
        return work()
    except DomainError as refusal:
        return refusal.message_id


def _work(uow: UnitOfWork, cases: list[RecordId]) -> object:
    """Return what the agenda and the pages of these cases show, after all tasks were worked out."""
    while agenda.refresh(uow, DESK, 100):
        pass
    shown = agenda.agenda(uow, DESK, AgendaFilter())
    return (
        sorted(shown.rows, key=lambda one: (one.task.case_id, one.task.key)),
        shown.counts,
        # Cases that nothing tells apart stand in the order in which they came.
        sorted(casework.list_cases(uow, CaseFilter(), 0, 100), key=lambda one: one.case_id),
        referral_answers.ageing(uow, DESK),
        work_calendar.list_days(uow, DESK, 9999),
        work_calendar.own_years(uow),
        handover.handovers(uow, 10),
        figures.figures_of_own(uow, DESK),
        [_pages(uow, one) for one in cases],
    )


def _pages(uow: UnitOfWork, case_id: RecordId) -> list[object]:
    definitions = DESK.definitions
    return [
        uow.agenda.of_case(case_id),
        _told(lambda: task_view.plan_view(uow, DESK, case_id)),
        _told(lambda: risk.risk_history(uow, DESK, case_id)),
        _told(lambda: risk.warnings_of(uow, DESK, case_id)),
        _told(lambda: ficha_sheet.filled(uow, DESK, case_id, CENTRE)),
        _told(lambda: referral_answers.of_case(uow, DESK, case_id)),
        *(
            _told(lambda form=form: case_records.list_records(uow, DESK, form, case_id))  # type: ignore[misc]
            for form in ("suceso", "medida", "accion")
        ),
        *(
            _told(lambda slug=slug: letters.draft(uow, DESK, case_id, slug))  # type: ignore[misc]
            for slug in definitions.letters
        ),
    ]


@settings(max_examples=some(10, 30), deadline=None)
@given(work_written())
# A valuation without a day, by a clock that is after the year 9999.
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[2], "risk_valuation", "case", RECORDS[0], 1, 2**53 - 1),
        _change(RECORDS[2], "risk_valuation", "level", "3", 2, 2**53 - 1),
    ]
)
# A survivor that is none.
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[0], "case", "survivor", "nadie", 1),
    ]
)
# A report in the year 9999 on a measure of this year.
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[1], "measure", "case", RECORDS[0], 1),
        _change(RECORDS[1], "measure", "notified_on", "2026-11-26", 2),
        _change(RECORDS[2], "event", "case", RECORDS[0], 3),
        _change(RECORDS[2], "event", "code", "informe_periodico_recibido", 4),
        _change(RECORDS[2], "event", "happened_on", "9999-12-31", 5),
    ]
)
# A valuation and an event that are moved to another case, and an event that turns out to be a case.
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[1], "case", "code", "2026-A0002", 1),
        _change(RECORDS[2], "risk_valuation", "case", RECORDS[0], 2),
        _change(RECORDS[2], "risk_valuation", "level", "3", 3),
        _change(_OWN_RECORD["event"], "event", "case", RECORDS[0], 4),
        _change(_OWN_RECORD["event"], "event", "code", "llamada_pnp", 5),
        _change(RECORDS[2], "risk_valuation", "case", RECORDS[1], 10),
        _change(_OWN_RECORD["event"], "event", "case", RECORDS[1], 11),
    ]
)
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[2], "risk_valuation", "case", RECORDS[0], 1),
        _change(RECORDS[2], "risk_valuation", "level", "3", 2),
        _change(RECORDS[2], "event", "case", RECORDS[0], 5),
        _change(RECORDS[2], "event", "code", "llamada_pnp", 6),
        _change(RECORDS[2], "case", "code", "2026-A0003", 10),
    ]
)
# A closed case that somebody's error made an event of another case, too.
@example(
    [
        _change(RECORDS[0], "case", "code", "2026-A0001", 0),
        _change(RECORDS[0], "case", "closed_on", "2026-11-26", 1),
        _change(RECORDS[1], "case", "rape_on", "2026-11-26", 2),
        _change(_OWN_RECORD["measure"], "measure", "notified_at", "00:00", 5),
        _change(RECORDS[0], "event", "case", RECORDS[1], 6),
    ]
)
def test_no_value_stops_the_work_and_its_tables_are_what_a_rebuild_gives(
    changes: list[Change],
) -> None:
    store = memory_store(definitions().registry)
    store.work_at(DESK)
    for one in changes:
        with store.unit() as uow:
            ledger.record(uow, DESK.definitions, [one], is_own=True)
            uow.commit()
        if one.stamp.counter % 5 == 0:
            with store.unit() as uow:
                agenda.refresh(uow, DESK, 100)
    with store.unit() as uow:
        before = _work(uow, [*RECORDS])
    with store.unit() as uow:
        ledger.rebuild(uow, DESK.definitions)
        uow.commit()
    with store.unit() as uow:
        assert _work(uow, [*RECORDS]) == before
    store.close()
