"""Who saw a case, and the register of the centre: numbers and fields, no name of hers, no value (A)."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.crypto.person import PersonKey
from app.crypto.secret import SecretKey
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.services import access_records, casework, ficha_sheet, forms, people, register, staff
from app.services.account_ports import NewPerson
from app.services.accounts import NOBODY
from app.services.audit_ports import AUDIT_BEGIN
from app.services.messages import sentence
from app.services.people_models import PersonProbe
from app.services.ports import FieldKey, UnitOfWork
from app.services.register import Wanted
from app.services.register_details import detail_said
from app.services.register_words import ACTIONS, UNKNOWN
from app.services.whereabouts_ports import NO_LAPTOPS
from db.store import memory_store
from tests.support.laptops import NOON_MS, Laptop, definitions, make_desk

SURVIVOR = "Mercedes Inventada"
SAID = "Un relato inventado que nadie debe leer aquí"
DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    store = memory_store(definitions().registry)
    made = Laptop(store, make_desk())
    sign_as(made)
    with store.unit() as uow:
        person = RecordId(made.desk.actor.id)
        forms.change_fields(uow, made.desk, {FieldKey(Kind.PERSON, person, "name"): "Rosa Colega"})
        uow.commit()
    yield made
    store.close()


def sign_as(laptop: Laptop) -> None:
    desk = laptop.desk
    key = PersonKey(SecretKey(bytes(32))).signing
    laptop.store.work_at(desk, key)


def opened(laptop: Laptop) -> tuple[RecordId, str]:
    """Open a case that says something, look at it and print; return it and its number."""
    case_id = laptop.open_case()
    laptop.fill(case_id, names=SURVIVOR, relato=SAID)
    laptop.run(lambda uow: casework.note_view(uow, laptop.desk, case_id))
    laptop.run(
        lambda uow: ficha_sheet.note_print(uow, laptop.desk, case_id, "cartilla_derechos", "print")
    )
    code = laptop.run(lambda uow: uow.records.fields(case_id)["code"].value)
    return case_id, str(code)


def asked(laptop: Laptop, **wanted: object) -> list[tuple[str, str]]:
    page = laptop.run(
        lambda uow: register.register(uow, laptop.desk, Wanted(**wanted))  # type: ignore[arg-type]
    )
    return [(one.action, one.about) for one in page.rows]


def test_who_saw_a_case_is_told_with_action_role_and_field_names(laptop: Laptop) -> None:
    case_id, code = opened(laptop)
    other, _ = opened(laptop)
    page = laptop.run(lambda uow: register.who_saw(uow, laptop.desk, case_id))
    said = [(one.action, one.detail) for one in page.rows]
    assert said[:2] == [("print", "Cartilla de derechos"), ("view", "")]
    form = definitions().form(forms.FICHA)
    labels = {form.get(one).brief for one in ("names", "relato")}  # type: ignore[union-attr]
    assert labels <= {detail for action, detail in said if action == "edit"}
    assert {one.about for one in page.rows} == {code}
    assert {one.who for one in page.rows} == {"Rosa Colega"}
    assert {one.role for one in page.rows} == {"Trabajo social"}
    assert all(one.is_signed for one in page.rows)
    assert other != case_id


def test_what_was_done_to_a_colleague_who_came_in_is_of_no_case(laptop: Laptop) -> None:
    """Her coming in names her; that she was taken in, or got other roles, nobody saw a case by."""
    case_id, code = opened(laptop)
    with laptop.store.unit() as uow:
        access_records.grant(uow, laptop.desk, case_id, ["see_narrative"], "Es urgente")
        uow.commit()
    assert ("edit", "") in asked(laptop), "the control: her own name was written"
    page = laptop.run(lambda uow: register.who_saw(uow, laptop.desk, case_id))
    assert {one.about for one in page.rows} == {code}
    assert {about for _, about in asked(laptop, case_code=code)} == {code}


def test_the_register_holds_no_name_of_hers_and_no_value(laptop: Laptop, tmp_path: Path) -> None:
    """(A4) Control: the acts themselves stand in it."""
    opened(laptop)
    laptop.run(lambda uow: people.note_search(uow, laptop.desk))
    laptop.run(lambda uow: people.find_people(uow, laptop.desk, PersonProbe(names="Mercedes")))
    page = laptop.run(lambda uow: register.register(uow, laptop.desk, Wanted()))
    target = tmp_path / "registro.csv"
    laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, Wanted(), str))
    for text in (repr(page), target.read_text(encoding="utf-8-sig")):
        assert "Mercedes" not in text
        assert "relato inventado" not in text
        assert "Abrió el expediente" in text or "view" in text, "the control: it was written there"


def test_the_register_is_asked_by_person_action_day_and_number(laptop: Laptop) -> None:
    _, code = opened(laptop)
    _, second = opened(laptop)
    assert {about for _, about in asked(laptop, case_code=code)} == {code}
    assert {about for _, about in asked(laptop, case_code=second.lower())} == {second}
    assert asked(laptop, action="view") == [("view", second), ("view", code)]
    assert asked(laptop, action="view", case_code=code) == [("view", code)]
    assert asked(laptop, person=laptop.desk.actor.id, action="view", case_code=code)
    assert not asked(laptop, person="f" * 32)
    today = laptop.desk.clock.today()
    assert asked(laptop, first=today, last=today)
    assert not asked(laptop, last=date(2026, 1, 1))
    with pytest.raises(DomainError) as refused:
        asked(laptop, first=today, last=date(2026, 1, 1))
    assert refused.value.message_id == "days_reversed"
    with pytest.raises(DomainError) as unknown:
        asked(laptop, case_code="2026-Z9999")
    assert unknown.value.message_id == "record_unknown"


def test_a_day_begins_and_ends_in_peru(laptop: Laptop) -> None:
    midnight = register._begin_of(laptop.desk, laptop.desk.clock.today())
    with laptop.store.unit() as uow:
        for at_ms in (midnight - 1, midnight, midnight + DAY - 1, midnight + DAY):
            uow.audit.append(
                actor=laptop.desk.actor.id, action="export", object_id=str(at_ms), at_ms=at_ms
            )
        uow.commit()
    today = laptop.desk.clock.today()
    page = laptop.run(
        lambda uow: register.register(
            uow, laptop.desk, Wanted(action="export", first=today, last=today)
        )
    )
    assert [one.at_ms for one in page.rows] == [midnight + DAY - 1, midnight]


def test_a_long_register_is_read_page_by_page_and_exported_whole(
    laptop: Laptop, tmp_path: Path
) -> None:
    with laptop.store.unit() as uow:
        for number in range(1_250):
            uow.audit.append(
                actor=laptop.desk.actor.id, action="export", object_id="", at_ms=number
            )
        uow.commit()
    seen: list[int] = []
    before, pages = None, 0
    while True:
        page = laptop.run(
            lambda uow, at=before: register.register(  # type: ignore[misc]
                uow, laptop.desk, Wanted(action="export"), before=at
            )
        )
        seen += [one.number for one in page.rows]
        pages += 1
        if page.next is None:
            break
        before = page.next
    assert (len(seen), pages) == (1_250, 13)
    assert seen == sorted(seen, reverse=True)
    target = tmp_path / "registro.csv"
    wanted = Wanted(action="export")
    rows = laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, wanted, str))
    with target.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert rows == len(written) == 1_250
    assert [int(one["numero"]) for one in written] == sorted(seen)


def test_of_what_nobody_is_known_to_have_done_no_row_says_a_number(
    laptop: Laptop, tmp_path: Path
) -> None:
    """Two sheets were tried, a database was made anew. Control: what a colleague did has her
    name."""

    def note(uow: UnitOfWork) -> None:
        uow.audit.append(actor=NOBODY, action="database_rebuilt", object_id="1", at_ms=NOON_MS)
        uow.commit()

    laptop.run(note)
    opened(laptop)
    page = laptop.run(lambda uow: register.register(uow, laptop.desk, Wanted()))
    by = {one.action: one.who for one in page.rows}
    assert (by["database_rebuilt"], by["view"]) == (UNKNOWN, "Rosa Colega")
    people = laptop.run(lambda uow: register.choices(uow, laptop.desk)).people
    assert [name for _, name, _ in people] == [UNKNOWN, "Rosa Colega"]
    target = tmp_path / "registro.csv"
    laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, Wanted(), str.upper))
    assert UNKNOWN.upper() in target.read_text(encoding="utf-8-sig")


def test_an_export_is_no_formula_and_is_itself_in_the_register(
    laptop: Laptop, tmp_path: Path
) -> None:
    dangerous = ["=1+1", "+51", "-2", "@SUM", "\tx", "  =HYPERLINK()", "\r=x", "a\nb"]
    with laptop.store.unit() as uow:
        for detail in dangerous:
            uow.audit.append(
                actor=laptop.desk.actor.id, action="import", object_id="", at_ms=1, detail=detail
            )
        uow.commit()
    target = tmp_path / "registro.csv"
    laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, Wanted(), str))
    with target.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [one for one in cells if one.lstrip().startswith(("=", "+", "-", "@"))]
    assert "'=1+1" in cells, "as it stands"
    assert asked(laptop, action="export_audit") == [("export_audit", "")]
    with pytest.raises(DomainError) as refused:
        laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, Wanted(), str))
    assert refused.value.message_id == "file_exists"
    assert len(asked(laptop, action="export_audit")) == 1


def test_that_somebody_reads_it_is_noted_once_in_a_quarter_of_an_hour(laptop: Laptop) -> None:
    for _ in range(3):
        laptop.run(lambda uow: register.note_read(uow, laptop.desk))
    assert asked(laptop, action="read_audit") == [("read_audit", "")]


def test_the_check_goes_on_until_it_is_whole(laptop: Laptop) -> None:
    opened(laptop)
    check = laptop.run(lambda uow: register.check(uow, laptop.desk))
    assert check.is_whole
    assert check.broken is None
    assert check.signed == check.head.number
    again = laptop.run(lambda uow: register.check(uow, laptop.desk, AUDIT_BEGIN))
    assert again == check
    code = laptop.run(register.head_code)
    number, _, digits = code.partition(" · ")
    assert (number, digits.replace("-", "").lower()) == (
        str(check.head.number),
        check.head.hash.hex()[:16],
    )
    assert laptop.run(lambda uow: register.told(uow, laptop.desk, NO_LAPTOPS)).heads == ()


def test_who_may_not_read_it_is_refused(laptop: Laptop) -> None:
    """Z: the register is for auditing and coordination alone; the control is every test above."""
    desk = make_desk(roles=("psicologia",))
    case_id = laptop.open_case()
    for use in (
        lambda uow: register.register(uow, desk, Wanted()),
        lambda uow: register.check(uow, desk),
        lambda uow: register.choices(uow, desk),
        lambda uow: register.note_read(uow, desk),
        lambda uow: register.told(uow, desk, NO_LAPTOPS),
    ):
        with pytest.raises(DomainError) as refused:
            laptop.run(use)
        assert refused.value.message_id.startswith("access_")
        assert sentence(refused.value.message_id, refused.value.parameters, str)
    auditor = make_desk(roles=("auditoria",))
    assert laptop.run(lambda uow: register.who_saw(uow, auditor, case_id)).rows


def test_an_edit_is_said_with_the_name_of_its_field_and_a_refusal_with_its_act() -> None:
    form = definitions().form(forms.FICHA)
    one = form.get("relato")
    assert one is not None
    assert detail_said(definitions(), "edit", f"{one.kind}.{one.field}") == one.brief
    acts = definitions().authorisation.acts
    assert detail_said(definitions(), "refused", "read_audit") == acts["read_audit"].title
    assert detail_said(definitions(), "refused", "of_a_version_to_come") == "of_a_version_to_come"


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        ("person_added", f"psicologia,coordinacion key={'0' * 64}", "Psicología · Coordinación"),
        ("person_added", "legal", "Legal"),
        ("words_given", f"key={'0' * 64}", ""),
        ("roles_changed", "social>social,legal", "antes: Trabajo social · ahora: Trabajo social, Legal"),
        ("unlock_failed", "times=3", "veces: 3"),
        ("export_audit", "rows=12 clear", "filas: 12 · sin cifrar"),
        ("export", "ra-cem extended rows=4 words", "formato oficial · con los demás campos · filas: 4 · cifrado con palabras"),
        ("print_refused", "pdf", "en PDF"),
        ("print", "ficha+relato", "Ficha de Registro de Casos · con el relato"),
        ("sheets_opened", "A+C", "A+C"),
        ("edit", "task.state", "Estado"),
        ("edit", "task.#60000", "Tarea"),
        ("edit", "person.left_on", "Día en que se fue"),
        ("edit", "case.#60000", "Caso"),
        ("edit", "case.team", "Equipo del caso"),
        ("edit", "case.reserved", "Caso en reserva"),
        ("edit", "case.blocked", "Personas que no pueden ver el caso"),
        ("edit", "of_later.x", "Dato de una versión más nueva"),
        ("receipt_broken", "ab/12/cd", ""),
        ("of_a_version_to_come", "some_code", ""),
        ("edit", "", ""),  # of a case that who reads it must not know of
    ],
)  # fmt: skip
def test_a_detail_is_said_in_words_without_codes(action: str, detail: str, said: str) -> None:
    assert detail_said(definitions(), action, detail) == said


def test_a_paper_that_went_to_an_institution_is_said_with_what_it_took_along() -> None:
    names = definitions()
    code, to = next(iter(names.institutions.items()))
    items = names.data_items[:2]
    detail = " ".join((code, *(one.code for one in items)))
    said = detail_said(names, "pdf_again", detail)
    assert said == " · ".join((to.name, *(one.label for one in items)))


def test_it_is_said_of_whom_an_act_is_and_of_a_person_served_never(
    laptop: Laptop, tmp_path: Path
) -> None:
    case_id, _ = opened(laptop)
    new = NewPerson("Ana Inventada", "psicologia")
    ana = laptop.run(lambda uow: staff.account_begun(uow, laptop.desk, new, b"1" * 16, b"k" * 32))
    laptop.run(lambda uow: staff.set_roles(uow, laptop.desk, ana, "legal", ()))
    laptop.run(lambda uow: staff.slot_replaced(uow, laptop.desk, ana, b"2" * 16, b"n" * 32))
    page = laptop.run(lambda uow: register.register(uow, laptop.desk, Wanted()))
    done = {one.action: register.row_said(one, str) for one in page.rows if one.whom}
    assert done["person_added"] == "Ana Inventada · Psicología"
    assert done["roles_changed"] == "Ana Inventada · antes: Psicología · ahora: Legal"
    assert done["words_given"] == "Ana Inventada"
    saw = laptop.run(lambda uow: register.who_saw(uow, laptop.desk, case_id))
    assert {one.whom for one in saw.rows} == {""}
    target = tmp_path / "registro.csv"
    laptop.run(lambda uow: register.export_register(uow, laptop.desk, target, Wanted(), str))
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = {one["codigo_accion"]: one for one in csv.DictReader(file)}
    assert rows["roles_changed"]["detalle"] == done["roles_changed"]
    assert rows["roles_changed"]["codigo_detalle"] == "psicologia>legal"
    assert rows["words_given"]["codigo_detalle"] == f"key={(b'n' * 32).hex()}"


def test_it_is_said_which_laptop_was_taken_in_or_out(laptop: Laptop) -> None:
    """By the signs that ``qispi device list`` shows beside its letter. Control: the number of a batch
    is none."""
    device = "6a3767bb" + "0" * 56

    def noted(uow: UnitOfWork) -> None:
        for action in ("device_granted", "device_revoked", "lost_report", "receipt_broken"):
            uow.audit.append(
                actor=laptop.desk.actor.id, action=action, object_id=device, at_ms=NOON_MS
            )
        uow.commit()

    laptop.run(noted)
    page = laptop.run(lambda uow: register.register(uow, laptop.desk, Wanted()))
    said = {one.action: register.row_said(one, str) for one in page.rows}
    assert {one: said[one] for one in ("device_granted", "device_revoked", "lost_report")} == {
        "device_granted": "6a3767bb",
        "device_revoked": "6a3767bb",
        "lost_report": "6a3767bb",
    }
    assert said["receipt_broken"] == ""


def test_what_was_refused_is_in_the_register(laptop: Laptop) -> None:
    desk = make_desk(roles=("psicologia",))
    with pytest.raises(DomainError):
        laptop.run(lambda uow: register.register(uow, desk, Wanted()))
    page = laptop.run(lambda uow: register.register(uow, laptop.desk, Wanted(action="refused")))
    (row,) = page.rows
    assert row.detail == definitions().authorisation.acts["read_audit"].title


# --- every action has its words -------------------------------------------------------------------

WRITERS = {"_audit": 2, "_note": 2, "_tell_once": 2, "note_machine": 2}
"""Functions that write an entry whose action is one of their arguments: which."""


def _constants(tree: ast.Module) -> dict[str, str]:
    found = {}
    for one in tree.body:
        if isinstance(one, ast.AnnAssign | ast.Assign) and isinstance(one.value, ast.Constant):
            target = one.target if isinstance(one, ast.AnnAssign) else one.targets[0]
            if isinstance(target, ast.Name) and isinstance(one.value.value, str):
                found[target.id] = one.value.value
    return found


def actions_in(source: str) -> set[str]:
    """Return the actions that a module writes to the audit, as far as they are written there."""
    tree = ast.parse(source)
    constants, found = _constants(tree), set()
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        said = [one.value for one in call.keywords if one.arg == "action" and name == "append"]
        if name in WRITERS and len(call.args) > WRITERS[name]:
            said.append(call.args[WRITERS[name]])
        for value in said:
            arms = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for arm in arms:
                if isinstance(arm, ast.Constant) and isinstance(arm.value, str):
                    found.add(arm.value)
                elif isinstance(arm, ast.Name) and arm.id in constants:
                    found.add(constants[arm.id])
    return found


def written() -> set[str]:
    root = Path(__file__).parent.parent.parent
    places = [
        *(root / "app").glob("*.py"),
        *(root / "app/services").glob("*.py"),
        *(root / "db").glob("*.py"),
    ]
    return {one for place in places for one in actions_in(place.read_text(encoding="utf-8"))}


NO_ACTIONS = {"own", "recovery_sheets", "official"}


def test_every_action_that_the_program_writes_has_its_words() -> None:
    found = written()
    assert {"view", "edit", "unlock", "export", "fork_seen", "refused", "person_added"} <= found
    assert {"print_again", "pdf_again"} <= ACTIONS.keys(), "made of two words, and so not found"
    assert sorted(found - ACTIONS.keys() - NO_ACTIONS) == []


def test_an_action_without_words_would_be_found() -> None:
    planted = """
DONE: Final = "planted_too"
def use_case(uow, desk):
    uow.audit.append(actor=desk.actor.id, action="planted", object_id="", at_ms=1)
    uow.audit.append(actor=desk.actor.id, action=DONE, object_id="", at_ms=1)
    _audit(uow, desk, "one" if desk else "other", 3)
"""
    assert actions_in(planted) == {"planted", "planted_too", "one", "other"}
