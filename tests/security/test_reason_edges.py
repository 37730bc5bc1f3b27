"""Z: what a reason does not open: what it was not given for, what came after it, and what somebody
else's program wrote in its place."""

from __future__ import annotations

import pytest

from app.domain.change import RecordId, new_change
from app.domain.errors import DomainError
from app.domain.permission import SEE_NARRATIVE
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import access, forms, ledger, teams
from app.services.access_records import ACTS, FROM, REASON, UNTIL
from app.services.ports import Desk, UnitOfWork
from tests.security.test_closed_cases import Centre, new_case, person
from tests.security.test_closed_cases import centre as centre

HOUR_MS = 3_600_000


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


def written(centre: Centre, name: str, case_id: RecordId, **other: Value) -> None:
    """Write that somebody came in, as a laptop may that is broken, or lies."""

    def work(uow: UnitOfWork, desk: Desk) -> None:
        now_ms = desk.clock.now_ms()
        values: dict[str, Value] = {
            Name.CASE: case_id,
            Name.PERSON: person(name),
            ACTS: ("open_file",),
            REASON: "reemplazo",
            FROM: now_ms - HOUR_MS,
            UNTIL: now_ms + HOUR_MS,
        }
        record_id = desk.ids.new_record_id()
        changes = [
            new_change(
                desk.definitions.registry,
                kind=Kind.ACCESS,
                record_id=record_id,
                field=field,
                value=value,
                stamp=desk.stamper.next(now_ms),
                author=desk.actor.id,
                bases=(),
            )
            for field, value in (values | other).items()
            if value is not None
        ]
        ledger.record(uow, desk.definitions, changes, is_own=False)
        uow.commit()

    centre.run("Ana", work)


@pytest.mark.parametrize(
    "other",
    [{FROM: None}, {UNTIL: None}, {REASON: None}, {REASON: ""}],
    ids=["no beginning", "no end", "no reason", "an empty one"],
)
def test_a_coming_in_that_says_too_little_opens_nothing_and_stops_nobody(
    centre: Centre, other: dict[str, Value]
) -> None:
    """Control: one that says all of it opens."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.set_team(uow, desk, case_id, [], person("Ana")))
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    written(centre, "Beto", case_id, **other)
    with pytest.raises(DomainError, match="access_reason"):
        looks(centre, "Beto", case_id)

    written(centre, "Beto", case_id)

    assert looks(centre, "Beto", case_id) == case_id


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
