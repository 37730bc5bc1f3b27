"""What every port of a unit of work promises, on disk and in memory alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest

from app.domain.change import AuthorId, Change
from app.domain.facts import Moment
from app.domain.folding import index_text
from app.domain.referral import ReferralFacts
from app.domain.value import Absent, Value
from app.services.ports import FieldKey, StoredField, UnitOfWork
from app.services.read_models import CaseFilter, CaseRow
from app.services.referral_ports import ReferralEntry
from db.store import Store, create_store, memory_store
from tests.support.storage import AUTHOR, KEY, REGISTRY, Writer, record_id

CODE = FieldKey("case", record_id(1), "code")
PHONE = FieldKey("survivor", record_id(2), "phone")
SURVIVOR = FieldKey("case", record_id(1), "survivor")


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = (
        create_store(tmp_path, KEY, REGISTRY) if request.param == "disk" else memory_store(REGISTRY)
    )
    yield opened
    opened.close()


@pytest.fixture
def unit(store: Store) -> Iterator[UnitOfWork]:
    with store.unit() as opened:
        yield opened


def _show(unit: UnitOfWork, change: Change, *, is_conflict: bool = False) -> StoredField:
    stored = StoredField(change.value, change.id, is_conflict, change.stamp.wall_ms, change.author)
    key = FieldKey(change.kind, change.record_id, change.field)
    unit.records.put(key, stored, refers_to=None)
    return stored


# --- the unit ------------------------------------------------------------------------------------


def test_what_is_not_committed_is_undone(store: Store) -> None:
    with store.unit() as unit:
        unit.changes.append([Writer().change(CODE, "2026-A0001")], is_own=True)
        unit.local.put("name", b"content")
    with pytest.raises(ValueError, match="stop"), store.unit() as unit:
        unit.audit.append(actor=AUTHOR, action="edit", object_id="x", at_ms=1)
        raise ValueError("stop")
    with store.unit() as unit:
        assert unit.changes.count() == 0
        assert unit.local.get("name") is None
        assert unit.audit.count() == 0


def test_what_is_committed_stays_and_the_unit_may_go_on(store: Store) -> None:
    with store.unit() as unit:
        unit.local.put("first", b"1")
        unit.commit()
        assert unit.local.get("first") == b"1"
        unit.local.put("second", b"2")
    with store.unit() as unit:
        assert unit.local.get("first") == b"1"
        assert unit.local.get("second") is None


def test_a_read_only_unit_needs_no_commit(store: Store) -> None:
    for _ in range(3):
        with store.unit() as unit:
            assert unit.changes.count() == 0


def test_a_part_that_fails_is_undone_alone(store: Store) -> None:
    with store.unit() as unit:
        unit.local.put("before", b"1")
        with pytest.raises(ValueError, match="stop"), unit.savepoint():
            unit.local.put("within", b"2")
            raise ValueError("stop")
        with unit.savepoint():
            unit.local.put("after", b"3")
        unit.commit()
    with store.unit() as unit:
        assert [unit.local.get(name) for name in ("before", "within", "after")] == [
            b"1",
            None,
            b"3",
        ]


# --- changes -------------------------------------------------------------------------------------


def test_a_change_replaces_its_bases_and_the_history_keeps_all(unit: UnitOfWork) -> None:
    writer = Writer()
    first = writer.change(PHONE, "999 000 001")
    second = writer.change(PHONE, Absent.DECLINED, bases=(first.id,))
    assert unit.changes.append([first], is_own=True) == (PHONE,)
    assert unit.changes.append([second], is_own=True) == (PHONE,)
    assert unit.changes.heads(PHONE) == (second,)
    assert unit.changes.history(PHONE) == (first, second)
    assert unit.changes.heads(CODE) == ()
    assert list(unit.changes.fields()) == [PHONE]


def test_a_change_that_arrives_after_its_successor_is_history_at_once(unit: UnitOfWork) -> None:
    writer = Writer()
    first = writer.change(PHONE, "999 000 001")
    second = writer.change(PHONE, "999 000 002", bases=(first.id,))
    unit.changes.append([second], is_own=False)
    unit.changes.append([first], is_own=False)
    assert unit.changes.heads(PHONE) == (second,)


def test_unknown_kinds_and_fields_are_kept_unharmed(unit: UnitOfWork) -> None:
    writer = Writer()
    strange = FieldKey("#900", record_id(5), "#70000")
    newer = FieldKey("case", record_id(6), "#300")
    changes = [writer.change(strange, ("a", "b")), writer.change(newer, -(2**70))]
    assert unit.changes.append(changes, is_own=False) == (strange, newer)
    assert unit.changes.heads(strange) == (changes[0],)
    assert unit.changes.heads(newer) == (changes[1],)


def test_a_record_of_two_kinds_is_the_same_kind_on_every_laptop(unit: UnitOfWork) -> None:
    writer = Writer()
    as_case = writer.change(CODE, "v")
    as_survivor = writer.change(FieldKey("survivor", CODE.record_id, "phone"), "w")
    unit.changes.append([as_survivor, as_case], is_own=False)
    _show(unit, as_survivor)
    stored = _show(unit, as_case)
    assert unit.records.kind_of(CODE.record_id) == "case"
    assert unit.records.fields(CODE.record_id) == {"code": stored}


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**90, "", "ñandú 'kuyay' \0 ɨ", (), ("1", "2"), *Absent],
)
def test_every_kind_of_value_comes_back(unit: UnitOfWork, value: Value) -> None:
    change = Writer().change(CODE, value)
    unit.changes.append([change], is_own=True)
    (held,) = unit.changes.heads(CODE)
    assert held == change
    assert type(held.value) is type(value)


def test_own_changes_wait_in_the_order_made_and_received_ones_do_not(unit: UnitOfWork) -> None:
    writer = Writer()
    own = [writer.change(CODE, f"v{number}") for number in range(5)]
    unit.changes.append(own[:2], is_own=True)
    unit.changes.append([writer.change(PHONE, "received")], is_own=False)
    unit.changes.append(own[2:], is_own=True)
    assert unit.changes.pending(100) == tuple(own)
    assert unit.changes.pending(3) == tuple(own[:3])
    assert unit.changes.pending_by_record() == {CODE.record_id: (5, own[0].stamp.wall_ms)}


def test_an_own_change_that_comes_back_still_waits(unit: UnitOfWork) -> None:
    change = Writer().change(CODE, "v")
    unit.changes.append([change], is_own=True)
    assert unit.changes.append([change], is_own=False) == ()
    assert unit.changes.pending(10) == (change,)


# --- derived values ------------------------------------------------------------------------------


def test_a_derived_value_is_written_and_replaced(unit: UnitOfWork) -> None:
    writer = Writer()
    first, second = writer.change(CODE, "2026-A0001"), writer.change(CODE, 7)
    assert unit.records.kind_of(CODE.record_id) is None
    assert unit.records.fields(CODE.record_id) == {}
    _show(unit, first, is_conflict=True)
    assert unit.records.conflicts() == (CODE,)
    stored = _show(unit, second)
    assert unit.records.fields(CODE.record_id) == {"code": stored}
    assert unit.records.conflicts() == ()
    assert unit.records.kind_of(CODE.record_id) == "case"
    unit.records.clear()
    assert unit.records.kind_of(CODE.record_id) is None
    assert list(unit.records.ids("case")) == []


def test_references_are_found_from_both_ends_oldest_first(unit: UnitOfWork) -> None:
    writer = Writer()
    target = record_id(50)
    for number in (3, 1, 2):
        key = dataclasses.replace(SURVIVOR, record_id=record_id(number))
        change = writer.change(key, target)
        stored = StoredField(change.value, change.id, False, 1, AUTHOR)
        unit.records.put(key, stored, refers_to=target)
    assert unit.records.referring("case", "survivor", target) == tuple(map(record_id, (1, 2, 3)))
    assert unit.records.referring("case", "code", target) == ()
    links = unit.records.links([record_id(2), record_id(3), record_id(99)])
    assert links == {record_id(2): (target,), record_id(3): (target,)}
    named_by = unit.records.referrers([target, record_id(1)])
    assert named_by == {target: tuple(map(record_id, (1, 2, 3)))}
    key = dataclasses.replace(SURVIVOR, record_id=record_id(2))
    unit.records.put(
        key, StoredField(None, writer.change(key, None).id, False, 2, AUTHOR), refers_to=None
    )
    assert unit.records.referring("case", "survivor", target) == tuple(map(record_id, (1, 3)))


def test_every_id_of_a_kind_is_given_even_while_values_are_written(unit: UnitOfWork) -> None:
    writer = Writer()
    for number in range(4_500):
        key = dataclasses.replace(CODE, record_id=record_id(number))
        change = writer.change(key, "x")
        unit.records.put(key, StoredField("x", change.id, False, 1, AUTHOR), refers_to=None)
    seen = []
    for one in unit.records.ids("case"):
        seen.append(one)
        key = dataclasses.replace(CODE, record_id=one)
        unit.records.put(
            key, StoredField("y", writer.change(key, "y").id, False, 2, AUTHOR), refers_to=None
        )
    assert seen == [record_id(number) for number in range(4_500)]


def test_the_fields_of_an_unsent_change_are_named_until_the_log_has_it(unit: UnitOfWork) -> None:
    writer = Writer()
    change, received = writer.change(CODE, "v"), writer.change(PHONE, "w")
    unit.changes.append([change], is_own=True)
    unit.changes.append([received], is_own=False)
    _show(unit, change)
    _show(unit, received)
    both = [CODE.record_id, PHONE.record_id]
    assert unit.records.unsent(both) == {(CODE.record_id, "code")}
    assert unit.records.unsent([PHONE.record_id]) == frozenset()
    newer = writer.change(CODE, "from elsewhere", bases=(change.id,))
    unit.changes.append([newer], is_own=False)
    _show(unit, newer)
    assert unit.records.unsent(both) == frozenset(), "what shows is not the change that waits"


# --- the case list -------------------------------------------------------------------------------


def _case(number: int, **other: object) -> CaseRow:
    row = CaseRow(
        case_id=record_id(number),
        code=f"2026-A{number:04d}",
        person="Persona Inventada",
        age=30,
        risk_level="1",
        violence_type="2",
        district="010401",
        entered_on=date(2026, 11, 23),
        changed_ms=1_000 + number,
        has_conflict=False,
        call_warning=False,
    )
    return dataclasses.replace(row, **other)  # type: ignore[arg-type]  # fields by name


def test_the_list_shows_conflicts_then_risk_then_the_newest(unit: UnitOfWork) -> None:
    rows = [
        _case(1, risk_level=None, age=None, district=None, entered_on=None, violence_type=None),
        _case(2, risk_level="3"),
        _case(3, risk_level="1"),
        _case(4, risk_level="3"),
        _case(5, risk_level="2", has_conflict=True),
        _case(6, risk_level="strange", call_warning=True),
    ]
    for row in rows:
        unit.cases.put(row, "palabras")
    everything = CaseFilter()
    page = unit.cases.page(everything, offset=0, limit=10)
    # What nobody valued stands with the moderate ones: not to know is no calm.
    assert [row.code[-1] for row in page] == ["5", "4", "2", "6", "1", "3"]
    assert set(page) == set(rows)
    assert unit.cases.page(everything, offset=2, limit=2) == page[2:4]
    assert unit.cases.page(everything, offset=6, limit=2) == ()
    assert unit.cases.count(everything) == 6
    severe = CaseFilter(risk_level="3")
    assert [row.code[-1] for row in unit.cases.page(severe, offset=0, limit=10)] == ["4", "2"]
    assert unit.cases.count(severe) == 2
    open_ones = CaseFilter(only_conflicts=True)
    assert [row.code[-1] for row in unit.cases.page(open_ones, offset=0, limit=9)] == ["5"]
    assert unit.cases.count(open_ones) == 1


def test_a_case_is_found_by_the_beginnings_of_its_words(unit: UnitOfWork) -> None:
    unit.cases.put(_case(1), "2026 a0001 nantip ejemplo kispi 999000001")
    unit.cases.put(_case(2), "2026 a0002 rosa ejemplo quispe")
    unit.cases.put(_case(3), "2026 a0003 ɨjamat ʉru")

    def found(query: str) -> list[str]:
        return [row.code[-1] for row in unit.cases.search(query, limit=10)]

    assert found("nan") == ["1"]
    assert found("ejem") == ["2", "1"]
    assert found("ejemplo ro") == ["2"]
    assert found("quispe|kispi") == ["2", "1"]
    assert found("quispe|kispi n|r ejem") == ["2", "1"]
    assert found("antip") == []
    assert found("999000") == ["1"]
    assert found("ɨja") == ["3"]
    assert found("a") == ["3", "2", "1"]
    assert [row.code[-1] for row in unit.cases.search("a", limit=2)] == ["3", "2"]


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', "* OR x", "folded : nan", "NEAR(a b)", "a AND NOT b", "(", "nan^", "-nan",
     "|", "| |", "x" * 5000, " ".join(["w"] * 900), "\0", "'; DROP TABLE case_row; --", "a|" * 99],
)  # fmt: skip
def test_nothing_typed_is_taken_for_search_syntax(unit: UnitOfWork, query: str) -> None:
    unit.cases.put(_case(1), "nantip")
    unit.cases.search(query, limit=10)
    assert unit.cases.count(CaseFilter()) == 1


def test_a_row_that_changes_loses_its_old_words(unit: UnitOfWork) -> None:
    unit.cases.put(_case(1), "antes comun")
    unit.cases.put(_case(1, age=31), "antes comun")
    assert [row.age for row in unit.cases.search("antes", limit=5)] == [31]
    unit.cases.put(_case(1, age=32), "despues comun")
    assert unit.cases.search("antes", limit=5) == ()
    assert [row.age for row in unit.cases.search("despues comun", limit=5)] == [32]
    unit.cases.remove(record_id(1))
    unit.cases.remove(record_id(1))
    assert unit.cases.search("despues", limit=5) == ()
    unit.cases.put(_case(2), "otra")
    unit.cases.clear()
    assert unit.cases.search("otra", limit=5) == ()
    assert unit.cases.count(CaseFilter()) == 0


# --- the referrals --------------------------------------------------------------------------------


def _entry(number: int, **facts: object) -> ReferralEntry:
    return ReferralEntry(
        referral_id=record_id(number),
        case_id=record_id(1),
        folio=f"2026-A0001-DA{number}",
        institution="eess",
        institution_name="Posta Inventada",
        urgency="hoy",
        facts=ReferralFacts(is_issued=True, **facts),  # type: ignore[arg-type]
    )


def test_only_open_referrals_are_given_and_each_comes_back_as_it_was(unit: UnitOfWork) -> None:
    day = date(2026, 11, 26)
    opened = _entry(
        2,
        issued=Moment(day, time(9, 30)),
        reply_within="h24",
        received_on=day,
        answer="not_arrived",
        revoked_on=day,
    )
    closed = _entry(3, issued=Moment(day), answer="attended", attended_on=day)
    for one in (opened, closed):
        unit.referrals.put(one)
    (found,) = unit.referrals.open()
    assert (found.entry, found.case_code, found.risk_level) == (opened, "", "")
    assert unit.referrals.count_open() == 1
    assert unit.referrals.with_folio(closed.folio) == (closed,)
    assert unit.referrals.with_folio("2026-A0001-DA9") == ()
    unit.cases.put(_case(1), "")
    assert unit.referrals.open()[0].case_code == "2026-A0001"


def test_the_folios_of_one_beginning_are_those_that_go_on_with_a_digit(unit: UnitOfWork) -> None:
    folios = ("N-DA1", "N-DA12", "N-DA12", "N-DA9x", "N-DA", "N-DAB1", "N-DB1", "M-DA1", "n-da1")
    for number, folio in enumerate(folios):
        unit.referrals.put(dataclasses.replace(_entry(number), folio=folio))
    assert unit.referrals.folios("N-DA") == {"N-DA1", "N-DA12", "N-DA9x"}
    assert unit.referrals.folios("N-DC") == frozenset()


def test_the_cases_of_a_number_are_counted_to_the_letter(unit: UnitOfWork) -> None:
    for number, code in enumerate(("2026-A0001", "2026-A0001", "2026-A00011", "2026-a0001", "—")):
        row = dataclasses.replace(_case(number), code=code)
        unit.cases.put(row, index_text(code))
    counts = [unit.cases.bearers(code) for code in ("2026-A0001", "2026-a0001", "2026-A", "—", "")]
    assert counts == [2, 1, 0, 1, 0]


def test_a_referral_is_replaced_removed_and_cleared(unit: UnitOfWork) -> None:
    unit.referrals.put(_entry(2))
    unit.referrals.put(_entry(2, answer="attended"))
    assert unit.referrals.open() == ()
    unit.referrals.put(_entry(2))
    unit.referrals.remove(record_id(2))
    unit.referrals.remove(record_id(2))
    assert unit.referrals.count_open() == 0
    unit.referrals.put(_entry(2))
    unit.referrals.clear()
    assert unit.referrals.with_folio("2026-A0001-DA2") == ()


# --- audit and local facts -----------------------------------------------------------------------


def test_the_audit_is_a_chain_that_holds(unit: UnitOfWork) -> None:
    assert unit.audit.verify() is None
    for number in range(30):
        unit.audit.append(
            actor=AuthorId("b1" * 16), action="edit", object_id=record_id(number), at_ms=number,
            detail="names,phone",
        )  # fmt: skip
    assert unit.audit.count() == 30
    assert unit.audit.verify() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET detail = 'phone' WHERE number = 7",
        "UPDATE audit SET actor = x'00000000000000000000000000000000' WHERE number = 7",
        "UPDATE audit SET at_ms = 0 WHERE number = 7",
        "DELETE FROM audit WHERE number = 7",
        "UPDATE audit SET number = number + 100 WHERE number >= 7",
    ],
)
def test_the_audit_names_the_entry_that_was_touched(store: Store, statement: str) -> None:
    """(A1)"""
    with store.unit() as unit:
        for number in range(1, 13):
            unit.audit.append(actor=AUTHOR, action="view", object_id="x", at_ms=number)
        unit.commit()
    with store._engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with store.unit() as unit:
        assert unit.audit.verify() == 7


def test_local_facts_are_stored_replaced_and_removed(unit: UnitOfWork) -> None:
    unit.local.put("key", b"\0\1")
    unit.local.put("key", b"")
    assert unit.local.get("key") == b""
    unit.local.put("key", None)
    unit.local.put("key", None)
    assert unit.local.get("key") is None
