"""Z: what a reason does not open: what it was not given for, what came after it, and what a
newer program wrote. What is no reason at all: test_permission_edges."""

from __future__ import annotations

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import SEE_NARRATIVE
from app.domain.records import Kind, Name
from app.services import access, forms, teams
from app.services.ports import Desk, UnitOfWork
from tests.security.test_closed_cases import Centre, new_case, person
from tests.security.test_closed_cases import centre as centre


def opened(centre: Centre, name: str, case_id: RecordId, act: str) -> None:
    centre.run(name, lambda uow, desk: teams.open_access(uow, desk, case_id, [act], "reemplazo"))


def looks(centre: Centre, name: str, case_id: RecordId) -> object:
    return centre.run(
        name, lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id).case_id
    )


def test_a_reason_opens_nothing_to_whoever_is_blocked_afterwards(centre: Centre) -> None:
    """Control: until then it does."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [], person("Ana")))
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    opened(centre, "Beto", case_id, "open_file")
    assert looks(centre, "Beto", case_id) == case_id

    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))

    with pytest.raises(DomainError, match="record_unknown"):
        looks(centre, "Beto", case_id)
    with pytest.raises(DomainError, match="record_unknown"):
        centre.run("Beto", lambda uow, desk: access.ask(uow, desk, "open_file", case_id))


def test_a_reason_for_one_case_opens_nothing_that_is_of_none(centre: Centre) -> None:
    """What is of no case may be of any. Control: in that case it is open."""
    case_id = new_case(centre)
    opened(centre, "Dora", case_id, "see_section")

    def may(about: RecordId | None) -> bool:
        return centre.run(
            "Dora", lambda uow, desk: access.reach_of(uow, desk, about).may("see_section")
        )

    assert may(case_id)
    assert not may(None)


def test_what_a_newer_program_wrote_is_read_by_whoever_reads_the_narrative(centre: Centre) -> None:
    """A field that no form here names may be anything. Control: what admission may read it reads."""
    case_id = new_case(centre)

    def closed(name: str, field: str) -> object:
        def work(uow: UnitOfWork, desk: Desk) -> object:
            return access.reach_of(uow, desk, case_id).closed(Kind.CASE, field, {})

        return centre.run(name, work)

    assert closed("Dora", Name.CODE) is None
    assert closed("Dora", "campo_de_otra_version") is not None
    assert closed("Elsa", "campo_de_otra_version") is not None, "the psychologist's, it may be"
    assert closed("Ana", "campo_de_otra_version") is None
    assert centre.run(
        "Elsa", lambda uow, desk: access.reach_of(uow, desk, case_id).may(SEE_NARRATIVE)
    )
