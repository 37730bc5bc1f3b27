"""Z: what is asked inside a use case that is open: of which field, and with what on the paper.

Whoever may settle a conflict may not therefore write the part of another service, nor does who may
print the ficha print what happened to her.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.services import case_records, conflicts, ficha_sheet, forms, joined
from app.services.access_records import grant
from app.services.ports import UnitOfWork
from db.store import memory_store
from tests.security.test_copied_texts import (
    PSYCHOLOGICAL,
    SAFE_HOURS,
    SAID,
    _disagree,
    _keep_both,
)
from tests.security.test_copied_texts import centre as centre
from tests.support.centres import PROFILE
from tests.support.laptops import Laptop, definitions, exchange, make_desk

Centre = tuple[Laptop, Laptop, Laptop, RecordId]


def refused(laptop: Laptop, work: Callable[[UnitOfWork], object]) -> str:
    before = laptop.run(lambda uow: uow.changes.count())
    with pytest.raises(DomainError) as fault:
        laptop.run(work)
    assert laptop.run(lambda uow: uow.changes.count()) == before
    return fault.value.message_id


def test_a_conflict_of_another_service_is_neither_settled_nor_opened_again(centre: Centre) -> None:
    """(Z1) Control: who fills that part settles it, undoes it, and brings a value back."""
    first, second, social, _ = centre
    key = _disagree(centre, PSYCHOLOGICAL)
    (row,) = first.run(lambda uow: conflicts.list_conflicts(uow, first.desk))
    keep = row.values[0].change_id
    desk = social.desk
    for work in (
        lambda uow: conflicts.settle(uow, desk, key, SAID, row.heads),
        lambda uow: conflicts.settle_both(uow, desk, key, keep, row.heads),
        lambda uow: joined.bring_back(uow, desk, key, keep),
    ):
        assert refused(social, work) == "access_role"
    decision = first.run(lambda uow: conflicts.settle(uow, first.desk, key, SAID, row.heads))
    exchange(first, second, social)
    undo = lambda uow: conflicts.undo_settlement(uow, desk, key, decision)  # noqa: E731
    assert refused(social, undo) == "access_role"
    assert second.run(lambda uow: conflicts.undo_settlement(uow, second.desk, key, decision))
    second.run(lambda uow: joined.bring_back(uow, second.desk, key, keep))


def test_what_all_of_the_team_write_all_of_them_settle(centre: Centre) -> None:
    """(control of Z1)"""
    first, second, social, _ = centre
    key = _disagree(centre, SAFE_HOURS)
    (row,) = social.run(lambda uow: conflicts.list_conflicts(uow, social.desk))
    decision = social.run(lambda uow: conflicts.settle(uow, social.desk, key, SAID, row.heads))
    exchange(first, second, social)
    assert social.run(lambda uow: conflicts.undo_settlement(uow, social.desk, key, decision))


def test_what_somebody_may_not_read_she_does_not_write_over(centre: Centre) -> None:
    """(Z1) A note is written by all of the team. Control: one that holds a text of all."""
    first, second, social, case_id = centre
    for field_id, why in ((SAFE_HOURS, ""), (PSYCHOLOGICAL, "access_reason")):
        before = set(_notes(social, case_id))
        _disagree(centre, field_id)
        _keep_both(first)
        exchange(first, second, social)
        (note,) = set(_notes(social, case_id)) - before
        write = lambda uow, note=note: forms.set_field(  # noqa: E731
            uow, social.desk, "nota", note, "note_text", "X"
        )
        if why:
            assert refused(social, write) == why
        else:
            social.run(write)
            exchange(first, second, social)


def _notes(laptop: Laptop, case_id: RecordId) -> list[RecordId]:
    listed = laptop.run(lambda uow: case_records.list_records(uow, laptop.desk, "nota", case_id))
    return [one.id for one in listed]


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    one = Laptop(memory_store(definitions().registry), make_desk(roles=("social",)))
    yield one
    one.store.close()


def test_what_happened_is_printed_with_a_reason_alone(laptop: Laptop) -> None:
    """(Z1) Control: the ficha without it is printed, and with it once a reason was given."""
    case_id = laptop.open_case()
    desk = laptop.desk

    def printed(uow: UnitOfWork, *, with_narrative: bool = True) -> bool:
        return ficha_sheet.filled(
            uow, desk, case_id, PROFILE, with_narrative=with_narrative
        ).has_narrative

    assert not laptop.run(lambda uow: printed(uow, with_narrative=False))
    assert refused(laptop, printed) == "access_reason"
    laptop.run(lambda uow: (grant(uow, desk, case_id, ["print_narrative"], "x"), uow.commit()))
    assert laptop.run(printed)
