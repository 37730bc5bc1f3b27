"""A field in which more values met than anybody reads: the newest are told, the rest is counted, and
a decision replaces them all. A malicious laptop seals tens of thousands in a kilobyte."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.domain.change import Change, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services import conflicts, joined, ledger, settled
from app.services.conflict_models import ConflictRow
from app.services.conflict_values import TOLD_MAX
from app.services.forms import FICHA
from app.services.ports import FieldKey
from tests.support.laptops import NOON_MS, Laptop

CROWD = 1_500


def _crowd(
    laptop: Laptop, field_id: str, values: Sequence[Value], *, case_id: RecordId | None = None
) -> FieldKey:
    """Have another laptop write each of these beside the others, one after the other."""
    case_id = case_id or laptop.open_case()
    definition = laptop.desk.definitions.form(FICHA).get(field_id)
    assert definition is not None
    record_id = laptop.ficha(case_id).records[definition.kind]
    key = FieldKey(definition.kind, record_id, definition.field)

    def wrote(number: int, value: Value) -> Change:
        return new_change(
            laptop.desk.definitions.registry,
            kind=key.kind,
            record_id=key.record_id,
            field=key.field,
            value=value,
            stamp=Stamp(NOON_MS + number, b"crowding", number),
            author=laptop.desk.actor.id,
            bases=(),
        )

    changes = [wrote(*one) for one in enumerate(values)]
    with laptop.store.unit() as uow:
        ledger.record(uow, laptop.desk.definitions, changes, is_own=False)
        uow.commit()
    return key


def _only(laptop: Laptop) -> ConflictRow:
    (row,) = laptop.run(lambda uow: conflicts.list_conflicts(uow, laptop.desk))
    return row


def _heads(laptop: Laptop, key: FieldKey) -> list[Value]:
    return [one.value for one in laptop.run(lambda uow: uow.changes.heads(key))]


@pytest.fixture
def texts() -> list[str]:
    """What a crowd wrote, the oldest first."""
    return [f"Texto {number}" for number in range(CROWD)]


def test_the_newest_are_told_and_the_rest_is_counted(laptop: Laptop, texts: list[str]) -> None:
    _crowd(laptop, "relato", texts)
    row = _only(laptop)
    assert [one.value for one in row.values] == texts[: -TOLD_MAX - 1 : -1]
    assert row.more == CROWD - TOLD_MAX
    assert not row.can_keep_both, "nobody wants a thousand notes"


def test_a_crowd_of_one_laptop_hides_nothing_of_another(laptop: Laptop, texts: list[str]) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, relato="Lo que ella contó")
    key = _crowd(laptop, "relato", texts, case_id=case_id)
    row = _only(laptop)
    assert [one.value for one in row.values if one.is_here] == ["Lo que ella contó"]
    decision = laptop.run(lambda uow: conflicts.settle(uow, laptop.desk, key, None, row.heads))
    laptop.run(lambda uow: conflicts.undo_settlement(uow, laptop.desk, key, decision))
    assert "Lo que ella contó" in [one.value for one in _only(laptop).values]


def test_what_shows_meanwhile_is_told_however_old_it_is(laptop: Laptop) -> None:
    severe, moderate, mild = "3", "2", "1"
    _crowd(laptop, "NIVEL_DE_RIESGO_VICTIMA", [severe, *[moderate, mild] * CROWD])
    row = _only(laptop)
    assert {one.value for one in row.values} == {severe, moderate, mild}
    (shown,) = [one.value for one in row.values if one.change_id == row.shown]
    assert shown == severe
    assert len(row.values) == 3 + TOLD_MAX
    assert row.more == 2 * CROWD + 1 - len(row.values)


def test_a_decision_replaces_all_of_them_and_undoing_it_brings_all_back(
    laptop: Laptop, texts: list[str]
) -> None:
    key = _crowd(laptop, "relato", texts)
    row = _only(laptop)
    decision = laptop.run(
        lambda uow: conflicts.settle(uow, laptop.desk, key, "Decidido", row.heads)
    )
    assert _heads(laptop, key) == ["Decidido"]
    (decided,) = laptop.run(lambda uow: settled.list_settled(uow, laptop.desk))
    assert [one.value for one in decided.replaced] == texts[: -TOLD_MAX - 1 : -1]
    assert (decided.more, decided.can_undo) == (CROWD - TOLD_MAX, True)

    laptop.run(lambda uow: conflicts.undo_settlement(uow, laptop.desk, key, decision))
    assert sorted(_heads(laptop, key)) == sorted(texts)
    again = _only(laptop)
    assert all(one.is_reopened for one in again.values)
    assert again.more == CROWD - TOLD_MAX
    assert again.undone is not None
    assert again.undone.value == "Decidido"


def test_of_what_joined_by_itself_the_newest_are_told_and_the_rest_is_counted(
    laptop: Laptop, texts: list[str]
) -> None:
    _crowd(laptop, "names", texts)
    (row,) = laptop.run(lambda uow: joined.list_joined(uow, laptop.desk))
    assert row.value == texts[-1]
    assert [one.value for one in row.others] == texts[-2 : -TOLD_MAX - 2 : -1]
    assert row.more == CROWD - 1 - TOLD_MAX
