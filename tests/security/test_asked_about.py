"""Z: which case a use case asks about: that of the record, of the field, or of the paper."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from app.domain.change import ChangeId
from app.domain.errors import DomainError
from app.domain.folio import check_code
from app.domain.records import Kind
from app.services import (
    casework,
    conflicts,
    forms,
    people,
    referral_answers,
    risk,
    task_view,
    teams,
)
from app.services.audit_ports import AuditFilter
from app.services.ports import Desk, FieldKey, UnitOfWork
from tests.security.test_closed_cases import Centre, meet, new_case, person
from tests.security.test_closed_cases import centre as centre

FIELD = "psychological_assessment"


def test_who_is_blocked_does_not_know_of_a_field_of_the_case(centre: Centre) -> None:
    """(Z1) Control: before the block she settles what two laptops wrote."""
    case_id = new_case(centre)
    meet(centre, case_id)
    key = FieldKey(Kind.CASE, case_id, FIELD)
    (row,) = centre.run("Carla", lambda uow, desk: conflicts.list_conflicts(uow, desk))
    heads: tuple[ChangeId, ...] = row.heads
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Carla")))
    settle = lambda uow, desk: conflicts.settle(uow, desk, key, "X", heads)  # noqa: E731
    with pytest.raises(DomainError, match="record_unknown"):
        centre.run("Carla", settle)
    centre.run("Ana", lambda uow, desk: teams.lift_block(uow, desk, case_id, person("Carla")))
    assert centre.run("Carla", settle)


def test_what_cannot_wait_is_filled_in_also_where_the_file_is_closed(centre: Centre) -> None:
    """(Z1) A case in reserve, and a reason for what is urgent alone. Control: the ficha of the same
    case stays closed."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, [], "Urgente"))
    valuation = centre.run("Beto", lambda uow, desk: risk.open_valuation(uow, desk, case_id))
    centre.run("Beto", lambda uow, desk: forms.form_file(uow, desk, "valoracion", valuation))
    centre.run(
        "Beto", lambda uow, desk: forms.set_field(uow, desk, "valoracion", valuation, "level", "3")
    )
    for work in (
        lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id),
        lambda uow, desk: forms.set_field(uow, desk, forms.FICHA, case_id, "names", "X"),
    ):
        with pytest.raises(DomainError, match="access_reason"):
            centre.run("Beto", work)


def test_a_slip_of_a_case_in_reserve_needs_a_reason(centre: Centre) -> None:
    """(Z1) Control: with one it is registered."""
    case_id = new_case(centre)
    (sent,) = centre.run("Ana", lambda uow, desk: referral_answers.of_case(uow, desk, case_id))
    code = f"{sent.folio} {check_code(sent.folio)}"
    slip = lambda uow, desk: referral_answers.register_slip(uow, desk, code)  # noqa: E731
    assert centre.run("Beto", slip).referral_id == sent.referral_id
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    with pytest.raises(DomainError, match="access_reason"):
        centre.run("Beto", slip)
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, [], "Urgente"))
    assert centre.run("Beto", slip).referral_id == sent.referral_id


def test_the_number_of_a_case_in_reserve_is_told_to_the_centre(centre: Centre) -> None:
    """(A3) That, and not whose it is. Control: to whom is kept from the case it is not there."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    number = lambda uow, _: casework.number_of(uow, case_id)  # noqa: E731
    assert centre.run("Beto", number) == centre.run("Ana", number) != ""
    with pytest.raises(DomainError, match="access_"):
        centre.run("Beto", lambda uow, _: people.initials_of_case(uow, case_id))
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    with pytest.raises(DomainError, match="record_unknown"):
        centre.run("Beto", number)


def test_what_a_page_asks_by_itself_is_no_attempt_of_hers(centre: Centre) -> None:
    """(A3) Of a case in reserve. Control: opening its file is one."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    asked_by_the_page = (
        lambda uow, desk: people.initials_of_case(uow, case_id),
        lambda uow, desk: casework.doubled_number(uow, case_id),
        lambda uow, desk: conflicts.count_of(uow, case_id),
        lambda uow, desk: teams.count_came(uow, desk, case_id),
        # *Hoy* asks it of the row on which its list begins, and of each over which she passes.
        lambda uow, desk: task_view.task_view(uow, desk, case_id, "crisis"),
    )

    def noted(name: str, works: tuple[Callable[[UnitOfWork, Desk], object], ...]) -> list[str]:
        before = centre.run("Ana", lambda uow, _: uow.audit.count())
        for work in works:
            with contextlib.suppress(DomainError):
                centre.run(name, work)
        found = centre.run("Ana", lambda uow, _: uow.audit.entries(AuditFilter(), most=99))
        return [one.detail for one in found if one.number > before and one.action == "refused"]

    for work in asked_by_the_page:
        with pytest.raises(DomainError, match="access_"):
            centre.run("Beto", work)
    assert noted("Beto", asked_by_the_page) == []
    opens = lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id)  # noqa: E731
    assert noted("Beto", (opens,)) == ["open_file"]
