"""Z: each question about a field and about a reason, answered both ways: who reads, and who writes.

What another laptop's program wrote is not believed: it opens nothing that is closed.
"""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.change import AuthorId, ChangeId, RecordId
from app.domain.errors import DomainError
from app.domain.permission import Relation
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.services import (
    access,
    access_records,
    accounts,
    case_records,
    conflict_drafts,
    conflicts,
    forms,
    joined,
    risk,
    teams,
    work_calendar,
)
from app.services.access_records import ACTS, FROM, REASON, UNTIL, granted
from app.services.accounts import Account
from app.services.form_models import Closed
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.reach import Reach, read_as
from tests.security.test_closed_cases import Centre, new_case, person
from tests.security.test_closed_cases import centre as centre
from tests.security.test_copied_texts import OTHER, PSYCHOLOGICAL, SAFE_HOURS, _disagree, _keep_both
from tests.security.test_copied_texts import centre as laptops  # noqa: F401
from tests.support.laptops import Laptop, definitions, exchange

Laptops = tuple[Laptop, Laptop, Laptop, RecordId]
TEXT = "text"


def held(author: str = "b0", **values: Value) -> dict[str, StoredField]:
    """Return what stands in a record, as somebody wrote it."""
    by = AuthorId(author * 16)
    change = ChangeId(b"c" * 16)
    return {one: StoredField(value, change, False, 1, by) for one, value in values.items()}


def reach(role: str, relation: Relation, *acts: str) -> Reach:
    return Reach(definitions(), AuthorId("a0" * 16), (role,), relation, frozenset(acts))


# --- whose permission a copy has -------------------------------------------------------------


def test_a_copy_has_the_permission_of_its_field_and_only_a_note_says_of_which() -> None:
    """(Z1) A field that a newer program wrote into a case makes nothing of it a copy."""
    note, case = RecordId("10" * 16), RecordId("ca" * 16)
    psychological = f"{Kind.CASE}.{PSYCHOLOGICAL}"
    said = held(**{Name.READ_AS: psychological})
    assert read_as(FieldKey(Kind.NOTE, note, TEXT), said) == psychological
    assert read_as(FieldKey(Kind.NOTE, note, TEXT), {}) == f"{Kind.NOTE}.{TEXT}"
    widened = held(**{Name.READ_AS: f"{Kind.CASE}.{SAFE_HOURS}"})
    assert read_as(FieldKey(Kind.CASE, case, PSYCHOLOGICAL), widened) == psychological


def test_of_a_note_the_text_alone_is_read_as_what_it_was_copied_from(laptops: Laptops) -> None:  # noqa: F811
    """(Z1)"""
    first, second, social, case_id = laptops
    _disagree(laptops, PSYCHOLOGICAL)
    _keep_both(first)
    exchange(first, second, social)
    (note,) = social.run(lambda uow: case_records.list_records(uow, social.desk, "nota", case_id))
    file = social.run(lambda uow: forms.form_file(uow, social.desk, "nota", note.id))
    assert file.fields["note_text"].closed is not None
    assert file.fields["note_about"].closed is None
    assert file.fields["note_about"].value
    read = first.run(lambda uow: forms.form_file(uow, first.desk, "nota", note.id))
    assert read.fields["note_text"].value == OTHER


def test_a_disagreement_about_a_copy_is_of_those_who_read_it(laptops: Laptops) -> None:  # noqa: F811
    """(Z1, Z5) Control: about a note of work everybody of the team chooses."""
    first, second, social, case_id = laptops
    begin = lambda uow: case_records.begin(uow, first.desk, "nota", case_id, {TEXT: "Visita"})  # noqa: E731
    plain = first.run(begin)
    _disagree(laptops, PSYCHOLOGICAL)
    _keep_both(first)
    exchange(first, second, social)
    notes = first.run(lambda uow: case_records.list_records(uow, first.desk, "nota", case_id))
    for note in (one.id for one in notes):
        for one, text in ((first, "Uno"), (second, "Dos")):
            one.run(
                lambda uow, one=one, note=note, text=text: forms.set_field(  # type: ignore[misc]
                    uow, one.desk, "nota", note, "note_text", text
                )
            )
    exchange(first, second, social)
    assert len(notes) == 2
    assert len(first.run(lambda uow: conflicts.list_conflicts(uow, first.desk))) == 2
    (row,) = social.run(lambda uow: conflicts.list_conflicts(uow, social.desk))
    assert row.record_id == plain
    assert social.run(conflicts.count) == 1


# --- a field that somebody wrote herself -----------------------------------------------------


def test_what_she_wrote_herself_she_reads_until_she_is_blocked(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    write = lambda uow, desk: forms.set_field(uow, desk, forms.FICHA, case_id, "strengths", "X")  # noqa: E731
    centre.run("Beto", write)
    centre.run(
        "Elsa", lambda uow, desk: teams.set_team(uow, desk, case_id, [person("Carla")], None)
    )

    def closed(name: str) -> Closed | None:
        return centre.run(
            name,
            lambda uow, desk: access.reach_of(uow, desk, case_id).closed(
                Kind.CASE, "strengths", uow.records.fields(case_id)
            ),
        )

    assert closed("Beto") is None
    assert closed("Dora") == Closed("see_narrative", may_ask=False)
    centre.run("Ana", lambda uow, desk: teams.block(uow, desk, case_id, person("Beto")))
    assert closed("Beto") == Closed("see_narrative", may_ask=False)


def test_a_case_is_begun_by_nobody_who_says_so_in_it() -> None:
    """(Z1) Of what names a case, who wrote that reads it all; a case that names one does not."""
    own = held("a0", **{Name.CASE: "ca" * 16}) | held("b0", strengths="X", note="X")
    social = reach("social", Relation.CENTRE)
    assert social.closed(Kind.CASE, "strengths", own) == Closed("see_narrative", may_ask=True)
    admission = reach("admision", Relation.CENTRE)
    assert admission.closed(Kind.FVR, "note", own) is None
    assert admission.closed(Kind.FVR, "note", held("b0", note="X")) is not None


def test_what_cannot_wait_is_written_by_whom_it_is_open_to() -> None:
    for kind, name in ((Kind.FVR, "points_on_paper"), (Kind.REFERRAL, "reason")):
        assert reach("social", Relation.CENTRE).locked(kind, name) is None
        closed = reach("social", Relation.RESERVED).locked(kind, name)
        assert closed is not None and closed.may_ask
        assert reach("social", Relation.RESERVED, closed.act).locked(kind, name) is None
        closed = reach("social", Relation.BLOCKED).locked(kind, name)
        assert closed is not None and not closed.may_ask


def test_a_reason_for_the_risk_opens_no_note_of_work(centre: Centre) -> None:
    """(Z1) Each is asked for. Control: what stands beside it is read."""
    case_id = new_case(centre)
    fvr = centre.run("Beto", lambda uow, desk: risk.open_fvr(uow, desk, case_id))
    for field_id, value in (("points_on_paper", 12), ("fvr_note", "Observado")):
        centre.run(
            "Beto",
            lambda uow, desk, one=field_id, value=value: risk.set_fvr_field(  # type: ignore[misc]
                uow, desk, fvr, one, value
            ),
        )

    def read() -> dict[str, object]:
        file = centre.run("Dora", lambda uow, desk: forms.form_file(uow, desk, "fvr", fvr))
        return {one: file.fields[one].value for one in ("points_on_paper", "fvr_note")}

    assert read() == {"points_on_paper": None, "fvr_note": None}
    for act, opened in (
        ("see_risk", {"points_on_paper": 12, "fvr_note": None}),
        ("see_work_notes", {"points_on_paper": 12, "fvr_note": "Observado"}),
    ):
        centre.run(
            "Dora",
            lambda uow, desk, act=act: teams.open_access(uow, desk, case_id, [act], "Sola"),  # type: ignore[misc]
        )
        assert read() == opened


# --- what says that somebody came in ---------------------------------------------------------


def written(centre: Centre, case_id: RecordId | None, record: str, **values: Value) -> RecordId:
    """Write that somebody came in, as another laptop's program may."""
    record_id = RecordId(record * 16)

    def put(uow: UnitOfWork, desk: Desk) -> None:
        keys = {FieldKey(Kind.ACCESS, record_id, one): value for one, value in values.items()}
        if case_id is not None:
            keys[FieldKey(Kind.ACCESS, record_id, Name.CASE)] = case_id
        forms.change_fields(uow, desk, keys)
        uow.commit()

    centre.run("Ana", put)
    return record_id


def test_a_reason_that_was_taken_out_holds_no_more(centre: Centre) -> None:
    """(Z1)"""
    case_id = new_case(centre)
    now_ms = centre.desk.clock.now_ms()
    values: dict[str, Value] = {Name.PERSON: person("Beto"), ACTS: ("see_narrative",), REASON: "X"}
    values |= {FROM: now_ms, UNTIL: now_ms + 1000}

    def holds() -> frozenset[str]:
        return centre.run("Beto", lambda uow, desk: granted(uow, desk, case_id))

    written(centre, case_id, "e1", **values)
    assert holds() == {"see_narrative"}
    written(centre, case_id, "e1", **{Name.TOMBSTONE: True})
    assert holds() == frozenset()


def test_a_moment_is_a_number(centre: Centre) -> None:
    """What another program wrote instead is shown as no moment, and is no news."""
    case_id = new_case(centre)
    now_ms = centre.desk.clock.now_ms()
    for record, at in (("e1", now_ms), ("e2", True), ("e3", "ayer")):
        written(centre, case_id, record, **{Name.PERSON: person("Beto"), FROM: at, REASON: record})
    came = centre.run("Ana", lambda uow, desk: teams.people_of(uow, desk, case_id)).came
    assert {one.reason: one.at_ms for one in came} == {"e1": now_ms, "e2": 0, "e3": 0}
    assert centre.run("Ana", lambda uow, desk: teams.count_came(uow, desk, case_id)) == 1


def test_a_reason_for_the_centre_names_no_case(centre: Centre) -> None:
    def give(uow: UnitOfWork, desk: Desk) -> RecordId:
        record_id = access_records.grant(uow, desk, None, ["keep_calendar"], "X")
        uow.commit()
        return record_id

    record_id = centre.run("Beto", give)
    said = centre.run("Beto", lambda uow, _: uow.records.fields(record_id))
    assert said[REASON].value == "X"
    assert Name.CASE not in said


@pytest.mark.parametrize("name", ["Beto", "Dora"])
def test_whom_a_reason_is_of_is_asked(centre: Centre, name: str) -> None:
    """(Z1) A colleague's reason opens nothing to another."""
    case_id = new_case(centre)
    centre.run("Ana", lambda uow, desk: teams.reserve(uow, desk, case_id))
    look = lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case_id)  # noqa: E731
    centre.run("Beto", lambda uow, desk: teams.open_access(uow, desk, case_id, ["open_file"], "X"))
    if name == "Beto":
        assert centre.run(name, look)
        return
    with pytest.raises(DomainError, match="access_reason"):
        centre.run(name, look)


def test_whoever_left_has_no_account_that_could_be_given_words(centre: Centre) -> None:
    """Control: whoever opens the laptop has hers, also behind one that ended."""
    gone, again = Account(b"1" * 16, person("Beto"), 5, ended_ms=7), person("Carla")
    back = (Account(b"2" * 16, again, 5, ended_ms=6), Account(b"3" * 16, again, 8))
    assert accounts.living([gone, *back], again) == back[1]
    with pytest.raises(DomainError, match="people_unknown"):
        accounts.living([gone, *back], person("Beto"))
    with pytest.raises(DomainError, match="people_unknown"):
        accounts.living([gone, *back], person("Dora"))


def test_a_text_begun_is_shown_to_whoever_reads_the_field_and_the_others_are_told_why(
    centre: Centre,
) -> None:
    """(Z1) Social work could give a reason, admission none."""
    case_id = new_case(centre)
    key = FieldKey(Kind.CASE, case_id, PSYCHOLOGICAL)
    look = lambda uow, _: conflict_drafts.draft(uow, key)  # noqa: E731
    assert centre.run("Carla", look) is None
    for name, why in (("Beto", "access_reason"), ("Dora", "access_role")):
        with pytest.raises(DomainError, match=why):
            centre.run(name, look)


def test_what_is_of_no_case_is_brought_back_by_whom_it_is_open_to(centre: Centre) -> None:
    """The reason of a holiday."""

    def written(uow: UnitOfWork, desk: Desk) -> FieldKey:
        day = date(2026, 12, 14)
        one = work_calendar.add_day(uow, desk, day, DaySort.NON_WORKING, reason="Fiesta inventada")
        field = next(
            name for name, at in uow.records.fields(one).items() if at.value == "Fiesta inventada"
        )
        return FieldKey(uow.records.kind_of(one) or "", one, field)

    key = centre.run("Elsa", written)
    first = centre.run("Elsa", lambda uow, _: uow.changes.history(key)[0].id)
    bring_back = lambda uow, desk: joined.bring_back(uow, desk, key, first)  # noqa: E731
    centre.run("Elsa", bring_back)
    with pytest.raises(DomainError, match="access_"):
        centre.run("Gina", bring_back)
