"""Z: each question about a person, answered both ways: whose slot it is, and who is told of a repetition."""

from __future__ import annotations

from app.domain.change import RecordId
from app.domain.records import Name
from app.services import accounts, people
from app.services.accounts import Account
from app.services.people_models import RepeatAlert
from app.services.ports import Desk, UnitOfWork
from tests.security.test_closed_cases import PROBE, Centre, new_case, person
from tests.security.test_closed_cases import centre as centre


def test_a_slot_that_is_somebodys_is_given_to_nobody_else(centre: Centre) -> None:
    """Though it would be the one after hers. Control: of nobody, it is given to her."""
    beto, carla = Account(b"old", person("Beto"), 5), Account(b"old+", person("Carla"), 5)

    def adopted(*held: Account) -> tuple[bool, list[str]]:
        def adopt(uow: UnitOfWork, desk: Desk) -> tuple[bool, list[str]]:
            accounts.keep(uow, held)
            is_written = accounts.adopt(uow, desk.actor, b"old+", lambda one: one + b"+", 9)
            there = accounts.accounts_of(uow)
            return is_written, [one.person for one in there if one.slot == b"old+"]

        return centre.run("Ana", adopt)

    assert adopted(beto, carla) == (False, [person("Carla")])
    assert adopted(beto) == (True, [person("Beto")])


def test_a_repetition_is_told_of_an_alleged_perpetrator_alone(centre: Centre) -> None:
    """Neither of her whom the case is about, nor of a record that is not here."""
    case_id = new_case(centre, perpetrator_names="Etsa", perpetrator_surname_1="Inventado")

    def alert(record: RecordId) -> RepeatAlert | None:
        return centre.run(
            "Elsa", lambda uow, desk: people.repeat_alert_of(uow, desk, record, is_new_case=True)
        )

    held = centre.run("Elsa", lambda uow, _: uow.records.fields(case_id))
    perpetrator, survivor = held[Name.ALLEGED_PERPETRATOR].value, held[Name.SURVIVOR].value
    found = alert(RecordId(str(perpetrator)))
    assert found is not None and found.survivors == 2
    assert alert(RecordId(str(survivor))) is None
    assert alert(RecordId("5a" * 16)) is None


def test_somebody_whose_age_nobody_wrote_is_found_without_one(centre: Centre) -> None:
    """Control: who has one is shown with it."""
    new_case(centre)
    new_case(centre, EDAD_VICTIMA=None)  # type: ignore[arg-type]
    found = centre.run("Beto", lambda uow, desk: people.find_people(uow, desk, PROBE))
    assert sorted(str(one.age) for one in found) == ["31", "None"]
