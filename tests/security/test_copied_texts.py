"""Z: a text that was copied out of its field is read by whom the field is, and by nobody else.

Where two laptops wrote different things and both were right, one becomes a note of the case; so
does a text that somebody had begun to write to join them. A note is read by all who attend.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.change import RecordId
from app.services import case_records, conflict_drafts, conflicts, forms
from app.services.ports import FieldKey
from app.services.read_models import FieldView
from db.store import memory_store
from tests.support.laptops import Laptop, definitions, exchange, make_desk

PSYCHOLOGICAL = "psychological_assessment"
SAFE_HOURS = "safe_hours"
SAID = "Texto Inventado Uno"
OTHER = "Texto Inventado Dos"


def _laptop(number: int, *roles: str) -> Laptop:
    desk = make_desk(seed=number, letter="ABC"[number - 1], author=f"{number}0", roles=roles)
    return Laptop(memory_store(definitions().registry), desk)


@pytest.fixture
def centre() -> Iterator[tuple[Laptop, Laptop, Laptop, RecordId]]:
    """Two psychologists and a social worker, who share a case."""
    made = (_laptop(1, "psicologia"), _laptop(2, "psicologia"), _laptop(3, "social"))
    case_id = made[0].open_case()
    exchange(*made)
    yield (*made, case_id)
    for one in made:
        one.store.close()


def _disagree(centre: tuple[Laptop, Laptop, Laptop, RecordId], field_id: str) -> FieldKey:
    first, second, third, case_id = centre
    first.fill(case_id, **{field_id: SAID})
    second.fill(case_id, **{field_id: OTHER})
    exchange(first, second, third)
    (row,) = first.run(lambda uow: conflicts.list_conflicts(uow, first.desk))
    return FieldKey(row.kind, row.record_id, row.field)


def _text_of_note(reader: Laptop, case_id: RecordId) -> FieldView:
    (note,) = reader.run(lambda uow: case_records.list_records(uow, reader.desk, "nota", case_id))
    file = reader.run(lambda uow: forms.form_file(uow, reader.desk, "nota", note.id))
    return file.fields["note_text"]


def _keep_both(laptop: Laptop) -> None:
    (row,) = laptop.run(lambda uow: conflicts.list_conflicts(uow, laptop.desk))
    key = FieldKey(row.kind, row.record_id, row.field)
    keep = next(one for one in row.values if one.value == SAID)
    laptop.run(lambda uow: conflicts.settle_both(uow, laptop.desk, key, keep.change_id, row.heads))


@pytest.mark.parametrize("by", [0, 1])
def test_the_other_of_two_psychological_assessments_is_read_by_psychology_alone(
    centre: tuple[Laptop, Laptop, Laptop, RecordId], by: int
) -> None:
    """(Z1)"""
    first, second, social, case_id = centre
    _disagree(centre, PSYCHOLOGICAL)
    _keep_both((first, second)[by])
    exchange(first, second, social)

    assert _text_of_note(first, case_id).value == OTHER
    assert _text_of_note(second, case_id).value == OTHER
    closed = _text_of_note(social, case_id)
    assert closed.value is None
    assert closed.closed is not None and closed.closed.act == "see_psychological"


def test_what_is_open_to_all_in_its_field_is_open_in_the_note(
    centre: tuple[Laptop, Laptop, Laptop, RecordId],
) -> None:
    """(control of Z1)"""
    first, second, social, case_id = centre
    _disagree(centre, SAFE_HOURS)
    _keep_both(first)
    exchange(first, second, social)

    assert _text_of_note(social, case_id).value == OTHER


def test_a_text_begun_to_join_two_assessments_is_a_note_for_psychology_alone(
    centre: tuple[Laptop, Laptop, Laptop, RecordId],
) -> None:
    first, second, social, case_id = centre
    key = _disagree(centre, PSYCHOLOGICAL)
    (row,) = first.run(lambda uow: conflicts.list_conflicts(uow, first.desk))
    first.run(lambda uow: conflict_drafts.keep_draft(uow, key, f"{SAID}. {OTHER}", row.heads))
    second.run(lambda uow: conflicts.settle(uow, second.desk, key, SAID, row.heads))
    exchange(first, second, social)
    first.run(lambda uow: conflict_drafts.note_left(uow, first.desk, key))
    exchange(first, second, social)

    assert _text_of_note(second, case_id).value == f"{SAID}. {OTHER}"
    assert _text_of_note(social, case_id).value is None


def test_a_copy_of_a_copy_is_read_by_whom_the_first_field_is(
    centre: tuple[Laptop, Laptop, Laptop, RecordId],
) -> None:
    first, second, social, case_id = centre
    _disagree(centre, PSYCHOLOGICAL)
    _keep_both(first)
    exchange(first, second, social)
    (note,) = first.run(lambda uow: case_records.list_records(uow, first.desk, "nota", case_id))
    for one, text in ((first, SAID), (second, OTHER)):
        one.run(
            lambda uow, one=one, text=f"{text}, más": forms.set_field(  # type: ignore[misc]
                uow, one.desk, "nota", note.id, "note_text", text
            )
        )
    exchange(first, second, social)
    (row,) = first.run(lambda uow: conflicts.list_conflicts(uow, first.desk))
    key = FieldKey(row.kind, row.record_id, row.field)
    keep = row.values[0].change_id
    first.run(lambda uow: conflicts.settle_both(uow, first.desk, key, keep, row.heads))
    exchange(first, second, social)

    notes = social.run(lambda uow: case_records.list_records(uow, social.desk, "nota", case_id))
    assert len(notes) == 2
    for note in notes:
        file = social.run(
            lambda uow, note=note: forms.form_file(uow, social.desk, "nota", note.id)  # type: ignore[misc]
        )
        assert file.fields["note_text"].value is None
