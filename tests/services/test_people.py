"""Who is on file is found again, and the condition of a new ficha is proposed with its reasons."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.matching import SHOWN_FROM
from app.domain.records import Kind, Name
from app.domain.value import Absent, Value
from app.services import casework, forms, intake, ledger, people
from app.services.intake import Intake
from app.services.people_index import bring_up_to_date
from app.services.people_models import ConditionProposal, Match, PersonProbe
from app.services.people_words import WORDS, reason_words
from app.services.ports import FieldKey
from db.store import memory_store
from tests.support.laptops import Laptop, exchange, make_desk

DAY_MS = 24 * 3600 * 1000
NANTIP = PersonProbe(names="Nantip", surname_1="Ejemplo", surname_2="Wajai", age=34)


def person_of(laptop: Laptop, case_id: RecordId, kind: str) -> RecordId:
    return laptop.ficha(case_id).records[kind]


def filed(laptop: Laptop, **values: Value) -> RecordId:
    case_id = laptop.open_case()
    laptop.fill(
        case_id,
        **{"names": "Nantip", "surname_1": "Ejemplo", "surname_2": "Wajai", "EDAD_VICTIMA": 34}
        | values,
    )
    return case_id


def find(laptop: Laptop, probe: PersonProbe, *, role: str = "social") -> tuple[Match, ...]:
    actor = dataclasses.replace(laptop.desk.actor, role=role, roles=(role,))
    desk = dataclasses.replace(laptop.desk, actor=actor)
    return laptop.run(lambda uow: people.find_people(uow, desk, probe))


def said(match: Match) -> list[str]:
    return [reason_words(one, str) for one in match.reasons]


# --- finding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "probe",
    [
        NANTIP,
        PersonProbe(names="Nantip", surname_1="Wajai", surname_2="Ejemplo"),
        PersonProbe(names="Náantip", surname_1="Ejenplo", surname_2="Guajai", age=36),
        PersonProbe(names="Nantip", surname_1="Ejemplo", age=32),
        PersonProbe(names="Ejemplo", surname_1="Nantip", surname_2="Wajai"),
        PersonProbe(names="Otra", document="9999 9001"),
        PersonProbe(names="Lucero", surname_1="Wajai", age=34, community="comunidad inventada"),
    ],
    ids=["the same", "swapped", "spelling", "one surname", "fields mixed", "document", "alias"],
)
def test_who_is_on_file_is_suggested(laptop: Laptop, probe: PersonProbe) -> None:
    filed(laptop, document_number="99999001", alias="Lucero", community="Comunidad Inventada")
    for names in ("Urpi", "Sisa", "Flor"):
        filed(laptop, names=names, surname_1="Quispe", surname_2="Mamani")

    found = find(laptop, probe)

    assert found
    assert "Nantip" in found[0].name
    assert found[0].score >= SHOWN_FROM
    assert found[0].reasons
    assert not {one.message_id for one in found[0].reasons} - set(WORDS)


def test_a_suggestion_says_why_and_what_speaks_against_it(laptop: Laptop) -> None:
    case_id = filed(
        laptop,
        document_number="99999001",
        community="Comunidad Inventada",
        district="010401",
        perpetrator_names="Persona",
        perpetrator_surname_1="Supuesta",
    )

    (match,) = find(
        laptop,
        PersonProbe(
            names="Nantip",
            surname_1="Wajái",
            surname_2="Ejemplo",
            document="99888777",
            age=36,
            community="Comunidad inventada",
            district="010401",
        ),
    )

    assert said(match) == [
        "mismos apellidos: Wajái Ejemplo",
        "apellidos en otro orden",
        "mismo nombre: Nantip",
        "edad parecida (±3)",
        "misma comunidad",
        "mismo distrito",
        "otro número de documento",
    ]
    assert match.reasons[-1].speaks_against
    assert (match.age, match.community, match.district) == (34, "Comunidad Inventada", "Nieva")
    (case,) = match.cases
    assert (case.case_id, case.entered_on) == (case_id, date(2026, 11, 26))
    assert case.other_party == "P. S."


def test_somebody_else_is_not_suggested(laptop: Laptop) -> None:
    filed(laptop)
    for probe in (
        PersonProbe(names="Urpi", surname_1="Ejemplo", surname_2="Wajai", age=34),
        PersonProbe(names="Nantip", surname_1="Quispe", surname_2="Mamani", age=34),
        PersonProbe(names="Nantip", age=70),
        PersonProbe(),
    ):
        assert find(laptop, probe) == ()


def test_alleged_perpetrators_are_found_as_such(laptop: Laptop) -> None:
    filed(laptop, perpetrator_names="Etsa", perpetrator_surname_1="Kuji", EDAD_AGRESOR=40)

    (match,) = find(laptop, PersonProbe(names="Etsa", surname_1="Cuji", age=41))

    assert match.kind == Kind.ALLEGED_PERPETRATOR
    assert match.age == 40


def test_of_a_case_that_was_taken_out_nobody_shows(laptop: Laptop) -> None:
    first, second = filed(laptop), filed(laptop, names="Nantip Flor")
    assert len(find(laptop, NANTIP)) == 2

    bury(laptop, first)

    assert [one.cases[0].case_id for one in find(laptop, NANTIP)] == [second]


def bury(laptop: Laptop, case_id: RecordId) -> None:
    with laptop.store.unit() as uow:
        key = FieldKey(Kind.CASE, case_id, Name.TOMBSTONE)
        forms.change_fields(uow, laptop.desk, {key: True})
        uow.commit()


def test_a_case_of_another_laptop_is_searched_as_soon_as_it_arrives(laptop: Laptop) -> None:
    other = Laptop(memory_store(laptop.desk.definitions.registry), make_desk(seed=2, letter="B"))
    filed(other)
    assert find(laptop, NANTIP) == ()
    exchange(laptop, other)
    assert len(find(laptop, NANTIP)) == 1
    other.store.close()


def test_a_corrected_name_is_found_and_the_wrong_one_no_more(laptop: Laptop) -> None:
    case_id = filed(laptop, surname_1="Equivocado", surname_2="Malescrito")
    laptop.fill(case_id, surname_1="Ejemplo", surname_2="Wajai")

    assert len(find(laptop, NANTIP)) == 1
    wrong = PersonProbe(names="Nantip", surname_1="Equivocado", surname_2="Malescrito")
    assert find(laptop, wrong) == ()


def test_what_is_not_known_is_no_name(laptop: Laptop) -> None:
    filed(laptop, names=Absent.UNKNOWN, surname_1=Absent.DECLINED, surname_2=Absent.UNKNOWN)
    assert find(laptop, PersonProbe(names="unknown", surname_1="declined", age=34)) == ()


def test_the_index_is_made_anew_after_an_update_of_the_program(laptop: Laptop) -> None:
    filed(laptop)
    with laptop.store.unit() as uow:
        uow.people.clear()
        uow.commit()
    assert find(laptop, NANTIP) == ()
    laptop.run(bring_up_to_date)
    assert len(find(laptop, NANTIP)) == 1


def test_a_search_leaves_that_it_was_made_and_not_for_whom(laptop: Laptop) -> None:
    before = laptop.run(lambda uow: uow.audit.count())
    laptop.run(lambda uow: people.note_search(uow, laptop.desk))
    assert laptop.run(lambda uow: uow.audit.count()) == before + 1


# --- the repeated perpetrator --------------------------------------------------------------------

TEACHER = {"perpetrator_names": "Maestro", "perpetrator_surname_1": "Inventado", "EDAD_AGRESOR": 41}


def alert(laptop: Laptop, case_id: RecordId, role: str):
    actor = dataclasses.replace(laptop.desk.actor, role=role, roles=(role,))
    desk = dataclasses.replace(laptop.desk, actor=actor)
    return laptop.run(lambda uow: people.repeat_alert(uow, desk, case_id))


@pytest.mark.parametrize("role", ["legal", "coordinacion"])
def test_the_same_perpetrator_of_several_persons_is_told(laptop: Laptop, role: str) -> None:
    first = filed(laptop, **TEACHER)
    teacher = person_of(laptop, first, Kind.ALLEGED_PERPETRATOR)
    second = laptop.run(
        lambda uow: intake.open_ficha(
            uow, laptop.desk, Intake({"names": "Urpi", "surname_1": "Otra"}, perpetrator=teacher)
        )
    )

    found = alert(laptop, second, role)

    assert found is not None
    assert found.survivors == 2
    assert found.is_certain
    assert {one.case_id for one in found.cases} == {first, second}
    assert {one.other_party for one in found.cases} == {"N. E. W.", "U. O."}


def test_records_that_match_strongly_are_told_as_such(laptop: Laptop) -> None:
    teacher = TEACHER | {
        "perpetrator_surname_2": "Ejemplar",
        "perpetrator_workplace": "Escuela Inventada",
    }
    first = filed(laptop, **teacher)
    filed(laptop, names="Urpi", surname_1="Otra", **teacher)
    found = alert(laptop, first, "legal")
    assert found is not None
    assert (found.survivors, found.is_certain) == (2, False)


def test_one_person_served_twice_is_no_repetition(laptop: Laptop) -> None:
    first = filed(laptop, **TEACHER)
    both = {
        "survivor": person_of(laptop, first, Kind.SURVIVOR),
        "perpetrator": person_of(laptop, first, Kind.ALLEGED_PERPETRATOR),
    }
    laptop.run(lambda uow: intake.open_ficha(uow, laptop.desk, Intake(**both)))
    assert alert(laptop, first, "legal") is None


@pytest.mark.parametrize("role", ["admision", "psicologia", "social"])
def test_nobody_else_is_told_in_how_many_cases(laptop: Laptop, role: str) -> None:
    first = filed(laptop, **TEACHER)
    teacher = person_of(laptop, first, Kind.ALLEGED_PERPETRATOR)
    laptop.desk.clock.ms += DAY_MS  # type: ignore[attr-defined]
    newest = laptop.run(
        lambda uow: intake.open_ficha(
            uow, laptop.desk, Intake({"names": "Urpi"}, perpetrator=teacher)
        )
    )

    with pytest.raises(DomainError, match="access_role"):
        alert(laptop, first, role)
    (match,) = find(laptop, PersonProbe(names="Maestro", surname_1="Inventado"), role=role)
    assert [(one.case_id, one.other_party) for one in match.cases] == [(newest, "")]
    (seen,) = find(laptop, PersonProbe(names="Maestro", surname_1="Inventado"), role="legal")
    assert len(seen.cases) == 2


# --- a case more for somebody --------------------------------------------------------------------


def test_a_new_ficha_goes_on_with_the_record_and_keeps_what_stands_in_it(laptop: Laptop) -> None:
    first = filed(laptop, never_call=True, community="Comunidad Inventada")
    survivor = person_of(laptop, first, Kind.SURVIVOR)
    typed: dict[str, Value] = {
        "names": "Nantip",
        "surname_1": "Exemplo",
        "community": "Otra Comunidad Inventada",
        "document_number": "99999001",
        "EDAD_VICTIMA": 35,
        "perpetrator_names": "Etsa",
    }

    wanted = Intake(typed, survivor=survivor, condition="2")
    differing = laptop.run(lambda uow: intake.differences(uow, laptop.desk, wanted))
    second = laptop.run(lambda uow: intake.open_ficha(uow, laptop.desk, wanted))

    old, new = laptop.ficha(first).values, laptop.ficha(second).values
    assert laptop.ficha(second).records[Kind.SURVIVOR] == survivor
    assert (new["surname_1"], new["community"]) == ("Ejemplo", "Comunidad Inventada")
    assert new["document_number"] == "99999001"
    assert new["never_call"] is True
    assert (old["EDAD_VICTIMA"], new["EDAD_VICTIMA"]) == (34, 35)
    assert new["perpetrator_names"] == "Etsa"
    assert "perpetrator_names" not in old
    assert new["CONDICION"] == "2"
    assert new["earlier_as_survivor"] == "1"
    assert laptop.ficha(first).case_code in str(new["earlier_as_survivor_where"])
    assert [(one.typed, one.held) for one in differing] == [
        ("Exemplo", "Ejemplo"),
        ("Otra Comunidad Inventada", "Comunidad Inventada"),
    ]


def test_a_ficha_for_somebody_new_says_neither_condition_nor_that_there_was_none(
    laptop: Laptop,
) -> None:
    case_id = laptop.run(lambda uow: intake.open_ficha(uow, laptop.desk, Intake()))
    values = laptop.ficha(case_id).values
    assert values.keys() <= {"FECHA_INGRESO", "CEM"}


def test_that_she_appears_as_an_alleged_perpetrator_is_filled_in(laptop: Laptop) -> None:
    first = filed(laptop, perpetrator_names="Urpi")
    as_perpetrator = person_of(laptop, first, Kind.ALLEGED_PERPETRATOR)
    case_id = laptop.run(
        lambda uow: intake.open_ficha(
            uow, laptop.desk, Intake({"names": "Urpi"}, survivor_as_perpetrator=as_perpetrator)
        )
    )
    values = laptop.ficha(case_id).values
    assert values["earlier_as_perpetrator"] == "1"
    assert laptop.ficha(first).case_code in str(values["earlier_as_perpetrator_where"])
    assert "earlier_as_survivor" not in values


def test_a_perpetrators_record_is_nobodys_record_as_a_person_served(laptop: Laptop) -> None:
    first = filed(laptop, perpetrator_names="Etsa")
    wrong = person_of(laptop, first, Kind.ALLEGED_PERPETRATOR)
    with pytest.raises(DomainError, match="record_unknown"):
        laptop.run(lambda uow: casework.open_case(uow, laptop.desk, survivor=wrong))


def test_two_fichas_of_one_person_are_rebuilt_alike(laptop: Laptop) -> None:
    first = filed(laptop)
    survivor = person_of(laptop, first, Kind.SURVIVOR)
    laptop.run(lambda uow: intake.open_ficha(uow, laptop.desk, Intake(survivor=survivor)))
    before = find(laptop, NANTIP)
    with laptop.store.unit() as uow:
        ledger.rebuild(uow, laptop.desk.definitions)
        uow.commit()
    assert find(laptop, NANTIP) == before
    assert len(before[0].cases) == 2


# --- the condition -------------------------------------------------------------------------------


def proposed(
    laptop: Laptop,
    survivor: RecordId | None,
    perpetrator: RecordId | None,
    *,
    days: int = 0,
    is_named: bool = True,
) -> ConditionProposal:
    day = date.fromordinal(laptop.desk.clock.today().toordinal() + days)
    return laptop.run(
        lambda uow: intake.propose_condition(
            uow, laptop.desk, survivor, perpetrator, day, perpetrator_is_named=is_named
        )
    )


def ids(proposal: ConditionProposal) -> tuple[list[str], list[str]]:
    return (
        [one.message_id for one in proposal.reasons],
        [one.message_id for one in proposal.missing],
    )


def test_somebody_without_a_ficha_is_new_as_far_as_this_laptop_knows(laptop: Laptop) -> None:
    proposal = proposed(laptop, None, None)
    assert proposal.code == "1"
    assert ids(proposal) == (["condition_no_earlier"], ["condition_ask_other_centres"])
    assert [one.message_id for one in proposal.rules] == ["condition_rule_1"]


def test_another_perpetrator_makes_a_reentry(laptop: Laptop) -> None:
    first = filed(laptop, perpetrator_names="Etsa")
    proposal = proposed(laptop, person_of(laptop, first, Kind.SURVIVOR), None)
    assert proposal.code == "2"
    assert laptop.ficha(first).case_code in reason_words(proposal.reasons[0], str)


def test_the_same_perpetrator_makes_a_recurrence_while_it_needs_sponsorship(
    laptop: Laptop,
) -> None:
    first = filed(laptop, perpetrator_names="Etsa")
    pair = [person_of(laptop, first, kind) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)]
    proposal = proposed(laptop, *pair, days=365)
    assert proposal.code == "3"
    assert "condition_new_event" in ids(proposal)[1]
    assert "condition_else_same_file" in ids(proposal)[1]


def test_after_more_than_a_year_two_conditions_remain_and_it_says_what_is_missing(
    laptop: Laptop,
) -> None:
    first = filed(laptop, perpetrator_names="Etsa")
    pair = [person_of(laptop, first, kind) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)]
    proposal = proposed(laptop, *pair, days=366)
    assert (proposal.code, proposal.possible) == (None, ("3", "5"))
    assert ids(proposal)[1] == ["condition_new_event", "condition_two_services"]
    assert len(proposal.rules) == 2


def test_an_action_that_was_done_is_an_attention(laptop: Laptop) -> None:
    first = filed(laptop, perpetrator_names="Etsa")
    pair = [person_of(laptop, first, kind) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)]
    later = date.fromordinal(laptop.desk.clock.today().toordinal() + 300)
    with laptop.store.unit() as uow:
        forms.open_record(uow, laptop.desk, "accion", first, {"done_on": later.isoformat()})
        uow.commit()
    assert proposed(laptop, *pair, days=400).code == "3"


def test_a_ficha_of_another_centre_against_the_same_makes_a_referred_case(laptop: Laptop) -> None:
    desk = dataclasses.replace(laptop.desk, centre_name="CEM Inventado")
    here = Laptop(laptop.store, desk)
    first = filed(here, perpetrator_names="Etsa", CEM="CEM Inventado de Otra Parte")
    pair = [person_of(here, first, kind) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)]
    assert proposed(here, *pair).code == "4"


def test_without_a_perpetrator_it_cannot_be_told(laptop: Laptop) -> None:
    first = filed(laptop)
    proposal = proposed(laptop, person_of(laptop, first, Kind.SURVIVOR), None, is_named=False)
    assert proposal.code is None
    assert ids(proposal)[1] == ["condition_who_is_perpetrator"]


def test_a_case_that_was_taken_out_is_no_earlier_one(laptop: Laptop) -> None:
    first = filed(laptop)
    survivor = person_of(laptop, first, Kind.SURVIVOR)
    bury(laptop, first)
    assert proposed(laptop, survivor, None).code == "1"
