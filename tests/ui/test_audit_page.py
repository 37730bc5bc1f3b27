"""The register's page, the check in words, the export; and who saw a case."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from sqlalchemy import text

from app.crypto.person import PersonKey
from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, RecordId
from app.domain.records import Kind
from app.domain.signing_keys import BY_COPY, BY_SHEETS, UNPRESENTED, KeyFound, KeysSeen
from app.domain.value import set_value
from app.sealed_export import open_export
from app.services import casework, forms, people
from app.services.audit_ports import (
    AUDIT_BEGIN,
    AuditCheck,
    AuditFilter,
    AuditHead,
    BrokenAudit,
)
from app.services.looks import note_keys
from app.services.ports import FieldKey, UnitOfWork
from app.services.register import Told
from app.services.register_verdict import KEYS_SAID, verdict
from db.unit_of_work import SqlUnitOfWork
from tests.support.windows import Screen
from ui.runtime.text import Texts
from ui.screens.audit.view import AuditPage
from ui.screens.cases.view import CasesPage
from ui.screens.records.view import RecordsPage
from ui.screens.saw.view import SawPage

LOOK = os.environ.get("QISPI_LOOK", "")


def sign(screen: Screen) -> None:
    desk = screen.desk
    key = PersonKey(SecretKey(bytes(32))).signing
    screen.store.work_at(desk, key)

    def named(uow: UnitOfWork) -> None:
        key = FieldKey(Kind.PERSON, RecordId(desk.actor.id), "name")
        forms.change_fields(uow, desk, {key: "Rosa Colega Inventada"})
        uow.commit()

    screen.run(named)


def a_case(screen: Screen) -> RecordId:
    case_id = screen.new_case(names="Nantip", surname_1="Ejemplo", relato="Relato inventado")
    screen.run(lambda uow: casework.note_view(uow, screen.desk, case_id))
    return case_id


def register_page(screen: Screen) -> AuditPage:
    page = screen.go("audit")
    assert isinstance(page, AuditPage)
    screen.settle()
    return page


def shown(page: AuditPage | SawPage) -> list[list[str]]:
    model = page.table.entries
    return [
        [str(model.data(model.index(row, column))) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def look(screen: Screen, name: str) -> None:
    if LOOK:
        screen.window.grab().save(str(Path(LOOK) / f"{name}.png"))


def test_the_page_shows_who_did_what_and_never_her_name(screen: Screen) -> None:
    sign(screen)
    a_case(screen)
    page = register_page(screen)
    rows = shown(page)
    assert rows[0][4] == "Leyó el registro"
    assert rows[0][2] == "Rosa Colega Inventada"
    assert "Abrió el expediente" in {row[4] for row in rows}
    assert "Nantip" not in repr(rows)
    assert "Relato inventado" not in repr(rows)
    assert str(len(rows)) in page._end.text()
    look(screen, "audit")


def test_it_is_filtered_by_keyboard(screen: Screen) -> None:
    sign(screen)
    case_id = a_case(screen)
    a_case(screen)
    code = str(screen.run(lambda uow: uow.records.fields(case_id)["code"].value))
    page = register_page(screen)
    page.code.setText(code)
    QTest.keyClick(page.code, Qt.Key.Key_Return)
    screen.settle()
    assert {row[5] for row in shown(page)} == {code}
    page.action.setCurrentIndex(page.action.findData("view"))
    QTest.keyClick(page.code, Qt.Key.Key_Return)
    screen.settle()
    assert [row[4] for row in shown(page)] == ["Abrió el expediente"]
    page.first.setText("1 de enero")
    QTest.keyClick(page.first, Qt.Key.Key_Return)
    assert "30/11/2026" in page._said.accessibleName()
    page.first.setText("01/01/2020")
    page.code.setText("2026-Z9999")
    QTest.keyClick(page.first, Qt.Key.Key_Return)
    screen.settle()
    assert page._said.isVisible(), "no case bears that number, and it is said"


def test_two_of_one_name_are_told_apart_by_what_they_are(screen: Screen) -> None:
    others = (AuthorId("0" * 31 + "1"), AuthorId("0" * 31 + "2"))

    def write(uow: UnitOfWork) -> None:
        with uow.access.inside():
            for person, role in zip(others, ("psicologia", "coordinacion"), strict=True):
                keys = {
                    one: FieldKey(Kind.PERSON, RecordId(person), one) for one in ("name", "roles")
                }
                forms.change_fields(
                    uow,
                    screen.desk,
                    {keys["name"]: "Ana Inventada", keys["roles"]: set_value([role])},
                )
                uow.audit.append(actor=person, action="view", object_id="", at_ms=1)
            uow.commit()

    screen.run(write)
    page = register_page(screen)
    shown_names = [page.person.itemText(one) for one in range(page.person.count())]
    assert "Ana Inventada · Psicología" in shown_names
    assert "Ana Inventada · Coordinación" in shown_names


def test_the_check_says_in_words_that_it_holds_and_where_it_does_not(screen: Screen) -> None:
    sign(screen)
    a_case(screen)
    page = register_page(screen)
    page._check.click()
    screen.until(lambda: "Íntegro" in page._said.accessibleName())
    assert page._said.property("tone") == "ok"
    look(screen, "audit-whole")

    def touch(uow: UnitOfWork) -> None:
        assert isinstance(uow, SqlUnitOfWork)
        uow._connection.execute(text("UPDATE audit SET detail = 'x' WHERE number = 3"))
        uow.commit()

    screen.run(touch)
    page._check.click()
    screen.until(lambda: "No es íntegro: la N.º 3" in page._said.accessibleName())
    assert page._said.property("tone") == "danger"
    assert "Hasta la N.º 2" in page._said.accessibleName()
    look(screen, "audit-broken")


@pytest.mark.parametrize("why", ["altered", "signature", "signer"])
def test_each_reason_has_its_words(why: str) -> None:
    texts = Texts("es")
    broken = AuditCheck(AuditHead(6, bytes(32)), 6, broken=BrokenAudit(7, why), is_whole=True)
    found = verdict(texts, broken, Told((), 0, None))
    assert found.tone == "danger"
    assert "N.º 7" in found.heading
    assert why not in found.heading


def test_what_nobody_signed_and_what_was_told_otherwise_is_said() -> None:
    texts = Texts("es")
    check = AuditCheck(AuditHead(9, bytes(32)), 4, 3, 2, None, is_whole=True)
    told = Told((("B", "12 · AAAA-BBBB-CCCC-DDDD"),), 5, None)
    found = verdict(texts, check, told)
    assert found.tone == "ok"
    for words in ("Firmadas: 4", "Sin firma de una persona: 3", "firmara: 2", "B: 12 · AAAA"):
        assert words in found.sentence
    other = verdict(texts, check, Told((), 5, 8))
    assert other.tone == "warning"
    assert "N.º 8" in other.sentence
    assert AUDIT_BEGIN.head.number == 0


@pytest.mark.parametrize(
    ("how", "tone", "heading"),
    [
        (UNPRESENTED, "danger", "Desde la N.º 5 no se sabe quién firmó."),
        (BY_SHEETS, "warning", "Íntegro hasta la N.º 9."),
        (BY_COPY, "warning", "Íntegro hasta la N.º 9."),
    ],
)
def test_a_key_that_no_colleague_presented_is_said_with_whose_it_pretends_to_be(
    how: str, tone: str, heading: str
) -> None:
    found = KeyFound("a" * 32, bytes(32), 5, how, 3)
    check = AuditCheck(
        AuditHead(9, bytes(32)), 9, is_whole=True, keys=KeysSeen(found=(found,), before=2)
    )
    said = verdict(Texts("es"), check, Told((), 0, None, {"a" * 32: "Ana Inventada"}))
    assert (said.tone, said.heading) == (tone, heading)
    assert "Ana Inventada" in said.sentence
    assert "N.º 5" in said.sentence
    assert f"Firmadas: {6 if how == UNPRESENTED else 9}." in said.sentence
    assert "de quién es cada una: 2" in said.sentence


def test_of_many_keys_those_that_count_for_nothing_come_first_and_the_rest_are_counted() -> None:
    """Whoever writes thousands of them fills no screen."""
    sheets = tuple(KeyFound("a" * 32, bytes(32), n, BY_SHEETS) for n in range(1, 100))
    forged = KeyFound("b" * 32, bytes(32), 500, UNPRESENTED)
    keys = KeysSeen(found=(*sheets, forged))
    check = AuditCheck(AuditHead(999, bytes(32)), 999, is_whole=True, keys=keys)
    said = verdict(Texts("es"), check, Told((), 0, None)).sentence
    assert said.startswith("En nombre de")
    assert said.count("hojas de recuperación") == KEYS_SAID - 1
    assert "N.º 99" in said and "N.º 1 " not in said, "the newest"
    assert f"Otras llaves que nadie más presentó: {100 - KEYS_SAID}." in said


def test_the_page_says_that_somebody_else_signed(screen: Screen) -> None:
    """Control: without it the check says that it is whole."""
    sign(screen)
    screen.run(lambda uow: note_keys(uow, screen.desk, is_of_copy=False))
    page = register_page(screen)
    page._check.click()
    screen.until(lambda: "Íntegro" in page._said.accessibleName())
    forged = replace(screen.desk, actor=replace(screen.desk.actor, name="Otra"))
    screen.store.work_at(forged, PersonKey(SecretKey(b"f" * 32)).signing)
    screen.run(lambda uow: people.note_search(uow, forged))
    page._check.click()
    screen.until(lambda: "no se sabe quién firmó" in page._said.accessibleName())
    assert "Rosa Colega Inventada" in page._said.accessibleName()
    assert page._said.property("tone") == "danger"
    screen.settle()
    look(screen, "audit-key")


def test_the_export_is_written_where_it_was_chosen_and_noted(
    screen: Screen, tmp_path: Path
) -> None:
    sign(screen)
    a_case(screen)
    page = register_page(screen)
    target, back = tmp_path / "registro.csv.age", tmp_path / "registro.csv"
    page.presenter.export(target, page.texts)
    screen.until(lambda: "Archivo guardado" in page._exported.accessibleName())
    assert b"Abri" not in target.read_bytes()
    (words,) = re.findall("palabras: ([a-z ]+)[.]", page._exported.accessibleName())
    open_export(target, back, words)
    assert "Abrió el expediente" in back.read_text(encoding="utf-8-sig")
    page.presenter.export(target, page.texts)
    screen.until(lambda: page._said.property("tone") == "warning")


def test_who_saw_a_case_is_reached_from_its_records(screen: Screen) -> None:
    sign(screen)
    case_id = a_case(screen)
    page = screen.go("records", case_id=case_id)
    assert isinstance(page, RecordsPage)
    way = next(
        one for one in page.findChildren(QPushButton) if one.text() == "¿Quién vio este caso?"
    )
    way.click()
    screen.settle()
    saw = screen.page
    assert isinstance(saw, SawPage)
    rows = shown(saw)
    assert [row[4] for row in rows if row[4] == "Abrió el expediente"]
    assert "Nantip" not in repr(rows)
    look(screen, "saw")


@pytest.mark.parametrize("screen", [("agr", None)], indirect=True)
def test_both_pages_in_awajun(screen: Screen) -> None:
    sign(screen)
    case_id = a_case(screen)
    register_page(screen)
    look(screen, "audit-agr")
    screen.go("saw", case_id=case_id)
    screen.settle()
    look(screen, "saw-agr")
    screen.window.resize(1366, 768)
    register_page(screen)
    look(screen, "audit-agr-wide")


@pytest.mark.parametrize("name", ["ficha", "plan", "records", "risk", "referral", "papers"])
def test_whatever_page_of_a_case_is_opened_it_was_seen(screen: Screen, name: str) -> None:
    sign(screen)
    case_id = screen.new_case(names="Nantip")
    screen.go(name, case_id=case_id)
    screen.settle()
    found = screen.run(lambda uow: uow.audit.details("view", case_id, 9))
    assert found == ("",), "once"


def test_a_search_is_noted_once_and_never_its_words(screen: Screen) -> None:
    sign(screen)
    page = screen.go("cases")
    assert isinstance(page, CasesPage)
    for text_typed in ("N", "Na", "Nan"):
        page.search(text_typed)
        screen.settle()
    wanted = AuditFilter(actions=frozenset({"search_cases"}))
    (entry,) = screen.run(lambda uow: uow.audit.entries(wanted, most=9))
    assert (entry.object_id, entry.detail) == ("", "")
