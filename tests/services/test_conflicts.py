"""What is shown of values that met, how a person settles them, and how that is undone."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.clock import FixedClock
from app.domain.change import Change, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.merge import MergeRule
from app.domain.records import Kind, Name
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value
from app.services import case_records, conflicts, joined, ledger, settled
from app.services.conflict_drafts import draft, keep_draft, left_texts
from app.services.conflict_models import ConflictRow, Severity, TimeQuality
from app.services.forms import FICHA, change_fields
from app.services.ports import FieldKey
from db.store import memory_store
from tests.support.laptops import NOON_MS, Laptop, definitions, exchange, make_desk

HOURS = "safe_hours"
DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Pair:
    """Two laptops that hold one case."""

    a: Laptop
    b: Laptop
    case_id: RecordId

    def disagree(self, field_id: str, one: Value, other: Value) -> ConflictRow:
        """Let both write one field without seeing each other; return the conflict that A shows."""
        self.a.fill(self.case_id, **{field_id: one})
        self.b.fill(self.case_id, **{field_id: other})
        exchange(self.a, self.b)
        return only(self.a)

    def fields(self, field_id: str) -> tuple[Value, Value]:
        """Return what both laptops show in a field of the ficha."""
        return tuple(one.ficha(self.case_id).fields[field_id].value for one in (self.a, self.b))  # type: ignore[return-value]


def new_laptop(number: int, ms: int = NOON_MS) -> Laptop:
    desk = make_desk(seed=number, letter="AB"[number - 1], author=f"{number}0", ms=ms)
    made = Laptop(memory_store(definitions().registry), desk)
    person = RecordId(desk.actor.id)
    with made.store.unit() as uow:
        change_fields(uow, desk, {FieldKey(Kind.PERSON, person, "name"): desk.actor.name})
        uow.commit()
    return made


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two laptops that share a case."""
    a, b = new_laptop(1), new_laptop(2, NOON_MS + 60_000)
    case_id = a.open_case()
    exchange(a, b)
    yield Pair(a, b, case_id)
    a.store.close()
    b.store.close()


def listed(one: Laptop) -> tuple[ConflictRow, ...]:
    return one.run(lambda uow: conflicts.list_conflicts(uow, one.desk))


def only(one: Laptop) -> ConflictRow:
    (row,) = listed(one)
    return row


def key_of(row: ConflictRow) -> FieldKey:
    return FieldKey(row.kind, row.record_id, row.field)


def seen(row: ConflictRow) -> tuple[bytes, ...]:
    return tuple(one.change_id for one in row.values)


def settle(one: Laptop, value: Value) -> bytes:
    row = only(one)
    return one.run(lambda uow: conflicts.settle(uow, one.desk, key_of(row), value, seen(row)))


def notes(one: Laptop, case_id: RecordId) -> list[tuple[str, ...]]:
    rows = one.run(lambda uow: case_records.list_records(uow, one.desk, "nota", case_id))
    texts = one.run(lambda uow: [uow.records.fields(row.id)["text"].value for row in rows])
    return [(*row.columns, str(text)) for row, text in zip(rows, texts, strict=True)]


# What is shown.


def test_each_value_says_who_wrote_it_where_when_and_what_stood_there_before(pair: Pair) -> None:
    pair.a.fill(pair.case_id, safe_hours="lunes")
    exchange(pair.a, pair.b)
    row = pair.disagree(HOURS, "martes", "viernes")

    theirs, ours = row.values
    assert (ours.value, ours.author_name, ours.is_own, ours.is_here) == (
        "martes",
        "Persona Inventada A",
        True,
        True,
    )
    assert ours.device_letter == "A"
    assert (theirs.value, theirs.author_name, theirs.is_here) == (
        "viernes",
        "Persona Inventada B",
        False,
    )
    assert ours.before == theirs.before == row.base == ("lunes",)
    assert {one.time for one in row.values} == {TimeQuality.FITS}


def test_the_base_is_what_both_had_seen_however_often_each_wrote_since(pair: Pair) -> None:
    pair.a.fill(pair.case_id, safe_hours="lunes")
    exchange(pair.a, pair.b)
    pair.a.fill(pair.case_id, safe_hours="martes")
    pair.a.fill(pair.case_id, safe_hours="miércoles")
    row = pair.disagree(HOURS, "jueves", "viernes")
    assert row.base == ("lunes",)
    assert row.values[1].before == ("miércoles",)


def test_a_field_that_nobody_had_written_has_no_base(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    assert row.base == ()
    assert [one.before for one in row.values] == [(), ()]
    assert not any(one.is_before_unknown for one in row.values)


def test_what_a_colleague_had_seen_and_did_not_arrive_is_said_to_be_unknown(pair: Pair) -> None:
    pair.a.fill(pair.case_id, safe_hours="martes")
    pair.b.fill(pair.case_id, safe_hours="jueves")
    pair.b.fill(pair.case_id, safe_hours="viernes")
    last = pair.b.run(lambda uow: uow.changes.pending(10_000))[-1]
    with pair.a.store.unit() as uow:
        ledger.record(uow, pair.a.desk.definitions, [last], is_own=False)
        uow.commit()
    theirs = next(one for one in only(pair.a).values if one.value == "viernes")
    assert theirs.is_before_unknown
    assert theirs.before == ()


def test_a_clock_that_runs_ahead_or_behind_is_said_to_be_doubtful(pair: Pair) -> None:
    assert isinstance(pair.b.desk.clock, FixedClock)
    pair.a.fill(pair.case_id, safe_hours="lunes")
    exchange(pair.a, pair.b)
    ahead = dataclasses.replace(
        pair.b, desk=dataclasses.replace(pair.b.desk, clock=FixedClock(NOON_MS + 400 * DAY_MS))
    )
    ahead.fill(pair.case_id, safe_hours="viernes")
    old = make_desk(seed=9, ms=NOON_MS - 400 * DAY_MS)
    behind = dataclasses.replace(pair.a, desk=old)
    behind.fill(pair.case_id, safe_hours="martes")
    exchange(pair.a, pair.b)
    quality = {one.value: one.time for one in only(pair.a).values}
    assert quality == {"viernes": TimeQuality.AHEAD, "martes": TimeQuality.BEHIND}


def test_what_her_safety_depends_on_stands_first(pair: Pair) -> None:
    pair.a.fill(pair.case_id, alias="Flor", relato="Uno", NIVEL_DE_RIESGO_VICTIMA="1")
    pair.b.fill(pair.case_id, alias="Sol", relato="Otro", NIVEL_DE_RIESGO_VICTIMA="3")
    exchange(pair.a, pair.b)
    found = [row.severity for row in listed(pair.a)]
    assert found == [Severity.SAFETY, Severity.RIGHTS, Severity.OTHER]


REACHED = {
    Kind.SURVIVOR: (
        "district",
        "CENTRO_POBLADO_DOMICILIO",
        "community",
        "native_community",
        "address",
        "address_reference",
        "route",
        "phone",
        "safe_phone",
        "safe_hours",
        "meeting_point",
        "trusted_person_phone",
    ),
    Kind.SUPPORT_PERSON: ("phone",),
}


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in REACHED.items() for field in fields]
)
def test_where_she_lives_and_how_she_is_reached_is_a_question_of_safety(
    kind: str, field: str
) -> None:
    """A wrong door, or one that he learns of, is no other datum: she may be in hiding."""
    key = FieldKey(kind, RecordId("7a" * 16), field)
    assert conflicts.severity_of(definitions(), key) is Severity.SAFETY


SAFE = [
    one for form in definitions().forms.values() for one in form.fields() if one.most_cautious_first
]


@pytest.mark.parametrize("definition", SAFE, ids=lambda one: f"{one.kind}.{one.field}")
def test_until_a_person_has_chosen_the_most_cautious_value_shows(definition) -> None:
    """Every field of the definitions that has an order of caution, whichever laptop wrote last."""
    assert definition.merge is MergeRule.ASK
    cautious = definition.most_cautious_first[0]
    others = [*definition.most_cautious_first[1:], None, Absent.NOT_ASKED]
    pairs = [(cautious, one) for one in others if one != cautious]
    pairs += [(second, first) for first, second in pairs]
    records = {RecordId(f"{number:02x}" * 16): pair for number, pair in enumerate(pairs, 1)}
    laptops = new_laptop(1), new_laptop(2, NOON_MS + DAY_MS // 2)
    for record, pair in records.items():
        key = FieldKey(definition.kind, record, definition.field)
        for one, value in zip(laptops, pair, strict=True):
            with one.store.unit() as uow:
                change_fields(uow, one.desk, {key: "valor anterior"})
                change_fields(uow, one.desk, {key: value})
                uow.commit()
    exchange(*laptops)
    for one in laptops:
        for record, pair in records.items():
            shown = one.run(lambda uow: uow.records.fields(record)[definition.field])  # noqa: B023
            assert (shown.value, shown.is_conflict) == (cautious, True), pair
        one.store.close()


# Settling.


@pytest.mark.parametrize("value", ["martes", "viernes", "martes y viernes"])
def test_one_is_kept_or_another_written_and_the_decision_travels(pair: Pair, value: str) -> None:
    pair.disagree(HOURS, "martes", "viernes")
    settle(pair.b, value)
    exchange(pair.a, pair.b)
    assert pair.fields(HOURS) == (value, value)
    assert listed(pair.a) == listed(pair.b) == ()


def test_both_were_right_keeps_the_other_as_a_note_with_its_author(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    keep = next(one for one in row.values if one.value == "martes")
    pair.a.run(
        lambda uow: conflicts.settle_both(uow, pair.a.desk, key_of(row), keep.change_id, seen(row))
    )
    exchange(pair.a, pair.b)
    assert pair.fields(HOURS) == ("martes", "martes")
    for one in (pair.a, pair.b):
        assert notes(one, pair.case_id) == [
            ("26/11/2026", "Horario seguro", "Persona Inventada B", "viernes")
        ]


def test_two_people_who_find_both_right_write_one_note_of_each_value(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    for one, kept in ((pair.a, "martes"), (pair.b, "viernes")):
        keep = next(value for value in row.values if value.value == kept)
        one.run(
            lambda uow, one=one, keep=keep: conflicts.settle_both(  # type: ignore[misc]
                uow, one.desk, key_of(row), keep.change_id, seen(row)
            )
        )
    exchange(pair.a, pair.b)
    assert {one.value for one in only(pair.a).values} == {"martes", "viernes"}
    texts = [sorted(note[-1] for note in notes(one, pair.case_id)) for one in (pair.a, pair.b)]
    assert texts == [["martes", "viernes"]] * 2


def test_deciding_again_that_both_were_right_leaves_a_note_that_somebody_went_on_with(
    pair: Pair,
) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")

    def keep_both() -> bytes:
        row = only(pair.a)
        keep = next(one for one in row.values if one.value == "martes")
        return pair.a.run(
            lambda uow: conflicts.settle_both(
                uow, pair.a.desk, key_of(row), keep.change_id, seen(row)
            )
        )

    decision = keep_both()
    (note,) = pair.a.run(
        lambda uow: case_records.list_records(uow, pair.a.desk, "nota", pair.case_id)
    )
    with pair.a.store.unit() as uow:
        text = FieldKey(Kind.NOTE, note.id, "text")
        change_fields(uow, pair.a.desk, {text: "viernes, después del colegio"})
        uow.commit()
    pair.a.run(lambda uow: conflicts.undo_settlement(uow, pair.a.desk, key_of(row), decision))
    keep_both()
    assert [one[-1] for one in notes(pair.a, pair.case_id)] == ["viernes, después del colegio"]


def test_what_belongs_to_no_case_cannot_become_a_note_of_one(pair: Pair) -> None:
    key = FieldKey(Kind.HANDOVER, RecordId("7b" * 16), "note")
    for one, text in ((pair.a, "Uno"), (pair.b, "Otro")):
        with one.store.unit() as uow:
            change_fields(uow, one.desk, {key: text})
            uow.commit()
    exchange(pair.a, pair.b)
    row = only(pair.a)
    assert not row.can_keep_both
    with pytest.raises(DomainError, match="both_needs_case"):
        pair.a.run(
            lambda uow: conflicts.settle_both(
                uow, pair.a.desk, key, row.values[0].change_id, seen(row)
            )
        )


def test_a_value_that_came_meanwhile_keeps_the_conflict_open(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    pair.b.fill(pair.case_id, safe_hours="sábado")
    pair.a.run(lambda uow: conflicts.settle(uow, pair.a.desk, key_of(row), "martes", seen(row)))
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        assert {value.value for value in only(one).values} == {"martes", "sábado"}


# Undoing.


@pytest.mark.parametrize("value", ["martes", "domingo"])
def test_a_decision_that_is_undone_is_open_again_on_every_laptop(pair: Pair, value: str) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    decision = settle(pair.a, value)
    exchange(pair.a, pair.b)
    pair.b.run(lambda uow: conflicts.undo_settlement(uow, pair.b.desk, key_of(row), decision))
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        again = only(one)
        assert {each.value for each in again.values} == {"martes", "viernes"}
        # Each still says who wrote it; and who opened the question again.
        assert {each.value: each.author_name for each in again.values} == {
            "martes": "Persona Inventada A",
            "viernes": "Persona Inventada B",
        }
        assert all(each.is_reopened for each in again.values)
        assert again.base == (), "nobody had written anything before the two"
        assert again.undone is not None
        assert again.undone.author_name == "Persona Inventada B"
        assert again.undone.value == value, "what had been decided is not lost"
    settle(pair.a, "viernes")
    exchange(pair.a, pair.b)
    assert pair.fields(HOURS) == ("viernes", "viernes")


def undo(one: Laptop, row: ConflictRow, decision: bytes) -> None:
    one.run(lambda uow: conflicts.undo_settlement(uow, one.desk, key_of(row), decision))


def test_what_stood_before_is_what_the_sides_replaced_also_once_a_decision_is_undone(
    pair: Pair,
) -> None:
    pair.a.fill(pair.case_id, relato="Primero")
    exchange(pair.a, pair.b)
    row = pair.disagree("relato", "De A", "De B")
    for _ in range(2):  # and undone again
        undo(pair.a, row, settle(pair.a, "De B"))
        again = only(pair.a)
        assert again.base == ("Primero",)
        assert [one.before for one in again.values] == [("Primero",), ("Primero",)]


@pytest.mark.parametrize("value", ["De A", "De B"])
def test_undoing_a_decision_does_not_change_what_shows_meanwhile(pair: Pair, value: str) -> None:
    row = pair.disagree("relato", "De A", "De B")
    undo(pair.a, row, settle(pair.a, value))
    exchange(pair.a, pair.b)
    assert pair.fields("relato") == (value, value)


def test_a_decision_that_was_undone_says_by_whom_and_when(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    decision = settle(pair.a, "martes")
    exchange(pair.a, pair.b)
    undo(pair.b, row, decision)
    exchange(pair.a, pair.b)
    settle(pair.a, "viernes")
    rows = pair.a.run(lambda uow: settled.list_settled(uow, pair.a.desk))
    (undone,) = [one.undone for one in rows if one.decision == decision]
    assert undone is not None
    assert (undone.author_name, undone.value) == ("Persona Inventada B", "martes")
    assert undone.at_ms >= NOON_MS


def test_who_writes_an_old_value_again_over_a_decision_undoes_nothing(pair: Pair) -> None:
    pair.disagree(HOURS, "martes", "viernes")
    settle(pair.a, "martes")
    exchange(pair.a, pair.b)
    pair.a.fill(pair.case_id, safe_hours="viernes")
    pair.b.fill(pair.case_id, safe_hours="domingo")
    exchange(pair.a, pair.b)
    row = only(pair.a)
    assert row.undone is None
    assert not any(one.is_reopened for one in row.values)
    (decided,) = pair.a.run(lambda uow: settled.list_settled(uow, pair.a.desk))
    assert (decided.can_undo, decided.undone) == (False, None)


def test_two_people_who_undo_one_decision_ask_one_question(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    decision = settle(pair.a, "martes")
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        one.run(
            lambda uow, one=one: conflicts.undo_settlement(uow, one.desk, key_of(row), decision)  # type: ignore[misc]
        )
    exchange(pair.a, pair.b)
    assert {one.value for one in only(pair.a).values} == {"martes", "viernes"}
    settle(pair.b, "viernes")
    exchange(pair.a, pair.b)
    assert pair.fields(HOURS) == ("viernes", "viernes")


@pytest.mark.parametrize("begun", ["Una hora de trabajo que une las dos", "", None])
def test_undoing_a_decision_leaves_the_text_that_somebody_is_writing(
    pair: Pair, begun: str | None
) -> None:
    row = pair.disagree("relato", "De A", "De B")
    decision = settle(pair.a, "Unido por A")
    settle(pair.b, "Unido por B")
    exchange(pair.a, pair.b)
    if begun is not None:
        pair.a.run(lambda uow: keep_draft(uow, key_of(row), begun, ()))
    undo(pair.a, row, decision)
    left = pair.a.run(lambda uow: draft(uow, key_of(row)))
    assert left is not None
    expected = begun or "Unido por A"
    assert left.text == expected, "where nothing is begun, one goes on from the old text"
    again = only(pair.a)
    assert again.undone is not None
    assert again.undone.value == "Unido por A", "it is shown beside"


def test_a_text_of_an_earlier_question_stays_when_a_later_one_is_decided(pair: Pair) -> None:
    row = pair.disagree("relato", "De A", "De B")
    pair.a.run(lambda uow: keep_draft(uow, key_of(row), "Unido a medias", row.heads))
    settle(pair.b, "De B")
    exchange(pair.a, pair.b)
    pair.disagree("relato", "Otra de A", "Otra de B")
    settle(pair.a, "Otra de A")
    (left,) = pair.a.run(lambda uow: left_texts(uow, pair.a.desk))
    assert left.text == "Unido a medias"


def test_a_decision_that_somebody_wrote_over_is_not_undone(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    decision = settle(pair.a, "martes")
    pair.a.fill(pair.case_id, safe_hours="domingo")
    with pytest.raises(DomainError, match="settlement_passed"):
        pair.a.run(lambda uow: conflicts.undo_settlement(uow, pair.a.desk, key_of(row), decision))
    (row_of_it,) = pair.a.run(lambda uow: settled.list_settled(uow, pair.a.desk))
    assert not row_of_it.can_undo
    assert row_of_it.undone is None, "nobody undid it"
    assert pair.fields(HOURS)[0] == "domingo"


def written_elsewhere(one: Laptop, key: FieldKey, value: Value) -> Change:
    """Return what a third laptop wrote without having seen anything."""
    return new_change(
        definitions().registry,
        kind=key.kind,
        record_id=key.record_id,
        field=key.field,
        value=value,
        stamp=Stamp(NOON_MS, b"third_00", 1),
        author=one.desk.actor.id,
        bases=(),
    )


def receive(one: Laptop, *changes: Change) -> None:
    with one.store.unit() as uow:
        ledger.record(uow, one.desk.definitions, changes, is_own=False)
        uow.commit()


def test_a_decision_of_which_a_side_has_not_arrived_is_undone_once_it_has(pair: Pair) -> None:
    row = pair.disagree(HOURS, "martes", "viernes")
    third = written_elsewhere(pair.a, key_of(row), "sábado")
    receive(pair.a, third)
    decision = settle(pair.a, "martes")
    exchange(pair.a, pair.b)

    (partial,) = pair.b.run(lambda uow: settled.list_settled(uow, pair.b.desk))
    assert (partial.can_undo, partial.is_partial) == (False, True)
    with pytest.raises(DomainError, match="settlement_partial"):
        undo(pair.b, row, decision)

    receive(pair.b, third)
    (whole,) = pair.b.run(lambda uow: settled.list_settled(uow, pair.b.desk))
    assert (whole.can_undo, whole.is_partial) == (True, False)
    undo(pair.b, row, decision)
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        assert {each.value for each in only(one).values} == {"martes", "viernes", "sábado"}


def test_a_decision_stays_listed_however_much_joins_by_itself_after_it(pair: Pair) -> None:
    pair.disagree(HOURS, "martes", "viernes")
    settle(pair.a, "martes")
    for number in range(12):
        meet(pair, "names", f"Flor {number}", f"Flora {number}")
        pair.a.fill(pair.case_id, names=f"Florinda {number}")
        exchange(pair.a, pair.b)
    rows = pair.a.run(lambda uow: settled.list_settled(uow, pair.a.desk, limit=10))
    assert [row.value for row in rows] == ["martes"]


def test_what_was_settled_is_listed_with_what_it_replaced_on_both(pair: Pair) -> None:
    pair.disagree(HOURS, "martes", "viernes")
    decision = settle(pair.a, "domingo")
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        (row,) = one.run(lambda uow, one=one: settled.list_settled(uow, one.desk))  # type: ignore[misc]
        assert (row.decision, row.value, row.author_name) == (
            decision,
            "domingo",
            "Persona Inventada A",
        )
        assert {each.value for each in row.replaced} == {"martes", "viernes"}
        assert row.can_undo


# What joined by itself.


def joined_of(one: Laptop) -> list[tuple[str, Value, list[Value], bool]]:
    rows = one.run(lambda uow: joined.list_joined(uow, one.desk))
    return [
        (row.field, row.value, [each.value for each in row.others], row.is_whole) for row in rows
    ]


def meet(pair: Pair, field_id: str, one: Value, other: Value) -> None:
    pair.a.fill(pair.case_id, **{field_id: one})
    pair.b.fill(pair.case_id, **{field_id: other})
    exchange(pair.a, pair.b)


def test_the_value_that_lost_its_place_is_listed_and_comes_back(pair: Pair) -> None:
    meet(pair, "names", "Flor", "Flora")
    assert pair.fields("names") == ("Flora", "Flora")
    for one in (pair.a, pair.b):
        assert joined_of(one) == [("names", "Flora", ["Flor"], False)]
    (row,) = pair.a.run(lambda uow: joined.list_joined(uow, pair.a.desk))
    pair.a.run(
        lambda uow: joined.bring_back(uow, pair.a.desk, key_of(row), row.others[0].change_id)  # type: ignore[arg-type]
    )
    exchange(pair.a, pair.b)
    assert pair.fields("names") == ("Flor", "Flor")


def test_a_value_that_lost_its_place_is_listed_although_somebody_wrote_over_both(
    pair: Pair,
) -> None:
    meet(pair, "names", "Flor", "Flora")
    pair.b.fill(pair.case_id, names="Florinda")
    exchange(pair.a, pair.b)
    for one in (pair.a, pair.b):
        assert joined_of(one) == [("names", "Florinda", ["Flora", "Flor"], False)]


def test_sets_hold_what_both_ticked_and_say_so(pair: Pair) -> None:
    (definition,) = [
        one
        for one in definitions().form(FICHA).fields()
        if one.merge is MergeRule.UNION and one.kind == Kind.CASE
    ][:1]
    catalogue = definitions().catalogues[definition.catalogue or ""]
    first, second = [term.code for term in catalogue.terms][:2]
    meet(pair, definition.id, (first,), (second,))
    both = tuple(sorted((first, second)))
    assert pair.fields(definition.id) == (both, both)
    ((_, shown, others, is_whole),) = joined_of(pair.a)
    assert (shown, sorted(others), is_whole) == (both, sorted([(first,), (second,)]), True)


def test_what_joined_stays_listed_however_much_is_decided_after_it(pair: Pair) -> None:
    meet(pair, "names", "Flor", "Flora")
    pair.b.fill(pair.case_id, names="Florinda")
    exchange(pair.a, pair.b)
    for number in range(12):
        pair.disagree(HOURS, f"martes {number}", f"viernes {number}")
        settle(pair.a, f"martes {number}")
        exchange(pair.a, pair.b)
    rows = pair.a.run(lambda uow: joined.list_joined(uow, pair.a.desk, limit=10))
    assert [(row.field, row.value) for row in rows] == [("names", "Florinda")]


def test_values_that_agree_are_no_news(pair: Pair) -> None:
    meet(pair, "names", "Flor", "Flor")
    assert joined_of(pair.a) == joined_of(pair.b) == []


def test_an_open_conflict_is_not_said_to_have_joined(pair: Pair) -> None:
    pair.disagree(HOURS, "martes", "viernes")
    assert joined_of(pair.a) == []


def test_a_change_of_another_field_is_not_brought_back(pair: Pair) -> None:
    meet(pair, "names", "Flor", "Flora")
    (row,) = pair.a.run(lambda uow: joined.list_joined(uow, pair.a.desk))
    other = dataclasses.replace(key_of(row), field="alias")  # type: ignore[arg-type]
    with pytest.raises(DomainError, match="change_unknown"):
        pair.a.run(lambda uow: joined.bring_back(uow, pair.a.desk, other, row.others[0].change_id))


# Records taken out.


def test_a_record_of_which_laptops_disagree_is_there_until_a_person_chose(pair: Pair) -> None:
    a, b = pair.a, pair.b
    note = a.run(lambda uow: case_records.begin(uow, a.desk, "nota", pair.case_id, {"text": "N"}))
    a.run(lambda uow: case_records.discard(uow, a.desk, note))
    exchange(a, b)
    a.run(lambda uow: case_records.restore(uow, a.desk, note))
    a.run(lambda uow: case_records.discard(uow, a.desk, note))
    b.run(lambda uow: case_records.restore(uow, b.desk, note))
    exchange(a, b)
    for one in (a, b):
        assert [each[-1] for each in notes(one, pair.case_id)] == ["N"]
        row = only(one)
        assert (row.field, row.label) == (Name.TOMBSTONE, "Retirado de la lista")
    settle(b, True)
    exchange(a, b)
    for one in (a, b):
        assert notes(one, pair.case_id) == []
