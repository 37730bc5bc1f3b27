"""The page of open referrals, the code of a slip, and the answer that is filled in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from app.domain.change import RecordId
from app.domain.folio import check_code
from app.domain.records import Kind, Name
from app.domain.referral import ReferralState
from app.domain.value import Value
from app.services import forms, referral_answers, referrals
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import ReferralRow
from tests.support.windows import CENTRE, Screen, shown_children
from tests.ui.test_pages import cut_off
from tests.ui.test_referral import ACCEPTED, type_in
from ui.screens.ficha.view import FichaPage
from ui.screens.referral.view import ReferralPage
from ui.screens.referrals.view import ReferralsPage


def issue_one(screen: Screen, **values: Value) -> ReferralRow:
    """Open a case and a referral of it and let it leave, as on this laptop before."""
    case_id = screen.new_case(names="Nantip", NIVEL_DE_RIESGO_VICTIMA="3")

    def work(uow) -> RecordId:
        one = referrals.open_referral(uow, screen.desk, case_id)
        accepts = {name: value for name, value in ACCEPTED.items() if name != "institution"}
        first: dict[str, Value] = {"institution": "eess", "reply_within": "h24"}
        for name, value in (first | values | accepts).items():
            referrals.set_field(uow, screen.desk, one, name, value)
        referrals.issue(uow, screen.desk, one, "print", CENTRE, ("es",))
        return one

    referral_id = screen.run(work)
    return state_of(screen, referral_id, case_id)


def state_of(screen: Screen, referral_id: RecordId, case_id: RecordId) -> ReferralRow:
    rows = screen.run(lambda uow: referral_answers.of_case(uow, screen.desk, case_id))
    return next(one for one in rows if one.referral_id == referral_id)


def answer(screen: Screen, row: ReferralRow, **values: Value) -> None:
    for name, value in values.items():
        screen.run(
            lambda uow, n=name, v=value: referrals.set_field(  # type: ignore[misc]
                uow, screen.desk, row.referral_id, n, v
            )
        )


def open_list(screen: Screen) -> ReferralsPage:
    page = screen.go("referrals")
    assert isinstance(page, ReferralsPage)
    return page


def words(page) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def badge(screen: Screen) -> str:
    entry = screen.shell._navigation._entries["referrals"]
    return entry.accessibleDescription()


def test_without_any_the_page_says_so_and_what_will_stand_there(screen: Screen) -> None:
    page = open_list(screen)
    assert "No hay derivaciones abiertas" in words(page)
    assert page.table.isHidden()
    assert badge(screen) == ""


def test_what_waits_is_listed_counted_and_names_nobody(screen: Screen) -> None:
    quiet, refused = issue_one(screen), issue_one(screen)
    answer(screen, refused, outcome="refused", refusal_reason="sin_personal")
    done = issue_one(screen)
    answer(screen, done, outcome="attended")
    page = open_list(screen)
    model = page.table.model()
    shown = [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]
    assert [one[5] for one in shown] == [refused.folio, quiet.folio]
    assert page.table.isColumnHidden(6), "whose they are is said where numbers do not"
    assert shown[0][0] == "◆ No se pudo atender"
    assert shown[1][:2] == ["● Enviada", "mañana"]
    assert "Nantip" not in str(shown)
    assert "2 abiertas · ▲ 1 pide algo ahora" in words(page)
    assert badge(screen) == "2"


def test_a_slip_opens_its_referral_where_the_answer_is_filled_in(screen: Screen) -> None:
    row = issue_one(screen)
    page = open_list(screen)
    page.code.setText(f" {row.folio.lower()} {check_code(row.folio).lower()}")
    screen.bot.keyClick(page.code, Qt.Key.Key_Return)
    screen.settle()
    shown = screen.page
    assert isinstance(shown, ReferralPage)
    screen.until(lambda: shown._paper is not None)
    screen.settle()
    part = shown._parts[0]
    assert part.section.after_issue
    assert part.fields.focused == part.section.fields[0].id
    type_in(screen, shown, outcome="attended", attended_on="2026-11-26", attention_given="Atendida")
    assert state_of(screen, row.referral_id, row.case_id).state is ReferralState.ATTENDED
    assert "✓ Atendida" in words(shown)
    assert badge_after_a_look(screen) == ""


def badge_after_a_look(screen: Screen) -> str:
    screen.shell.sync.presenter.look()
    screen.settle()
    return badge(screen)


def test_a_wrong_code_is_refused_in_words_and_stays_to_be_corrected(screen: Screen) -> None:
    row = issue_one(screen)
    page = open_list(screen)
    page.code.setText(f"{row.folio} 00")
    page.presenter.register(page.code.text())
    screen.settle()
    assert screen.page is page
    assert f"El código de control no corresponde al número {row.folio}" in words(page)
    assert page.code.text() == f"{row.folio} 00"
    assert cut_off(screen.window) == []


def test_the_list_works_by_keyboard(screen: Screen) -> None:
    row = issue_one(screen)
    page = open_list(screen)
    page.table.setFocus()
    screen.bot.keyClick(page.table, Qt.Key.Key_Return)
    screen.settle()
    shown = screen.page
    assert isinstance(shown, ReferralPage)
    assert shown.presenter.form.file is not None
    assert shown.presenter.form.file.anchor_id == row.referral_id


def test_an_issued_referral_takes_the_answer_and_nothing_else(screen: Screen) -> None:
    row = issue_one(screen)
    page = screen.go("referral", referral_id=row.referral_id)
    assert isinstance(page, ReferralPage)
    screen.until(lambda: page._paper is not None)
    screen.settle()
    after = [one for one in page._parts if one.section.after_issue]
    before = [one for one in page._parts if not one.section.after_issue]
    assert [one.section.id for one in after if not one.isHidden()] == [
        "respuesta", "seguimiento", "retiro",
    ]  # fmt: skip
    assert all(one.fields.isEnabled() for one in after)
    assert not any(one.fields.isEnabled() for one in before)


def test_a_draft_shows_nothing_of_what_comes_after(screen: Screen) -> None:
    page = screen.go("referral", case_id=screen.new_case(names="Nantip"))
    assert isinstance(page, ReferralPage)
    screen.settle()
    for one in page._parts:
        assert one.isHidden() is one.section.after_issue, one.section.id


def test_the_duty_to_report_takes_the_question_of_consent_from_the_screen(screen: Screen) -> None:
    page = screen.go("referral", case_id=screen.new_case(names="Nantip"))
    assert isinstance(page, ReferralPage)
    type_in(screen, page, institution="pnp_comisaria")
    part = next(one for one in page._parts if one.section.id == "consentimiento")
    question = part.fields.row("consent_given")
    assert question is not None
    assert not question.isHidden()
    type_in(screen, page, legal_basis="reg30364_15_1")
    assert question.isHidden()
    assert "Infórmele de que sus datos se comparten" in page._state.sentence.text()
    assert page._print.isEnabled()


def test_the_address_of_a_refuge_is_refused_and_stays_on_the_screen(screen: Screen) -> None:
    page = screen.go("referral", case_id=screen.new_case(names="Nantip"))
    assert isinstance(page, ReferralPage)
    type_in(screen, page, institution="hrt", reason="La esperan en Jr. Secreto 5")
    assert page.presenter.form.values()["reason"] == "La esperan en Jr. Secreto 5"
    assert page.presenter.form.unsaved == ("reason",)
    assert "El lugar de un hogar de refugio es reservado" in words(page)


def test_the_referrals_of_the_case_stand_with_their_state_in_words(screen: Screen) -> None:
    row = issue_one(screen)
    second = screen.run(lambda uow: referrals.open_like(uow, screen.desk, row.referral_id))
    page = screen.go("referral", referral_id=second)
    assert isinstance(page, ReferralPage)
    screen.until(lambda: page._paper is not None)
    links = [one for one in shown_children(page._others) if isinstance(one, QPushButton)]
    assert "Enviada" in links[0].accessibleName()
    links[0].click()
    screen.settle()
    assert page.presenter.form.file is not None
    assert page.presenter.form.file.anchor_id == row.referral_id


def test_a_case_of_another_cem_opens_a_linked_ficha(screen: Screen) -> None:
    page = open_list(screen)
    page.origin.begin()
    folio = "2026-B0007-DB2"
    page.origin.fill("CEM Inventado", folio, "00", "", "")
    page.origin.open.click()
    screen.settle()
    assert "El código de control no corresponde" in words(page.origin)
    assert cut_off(screen.window) == []
    page.origin.fill("CEM Inventado", folio, check_code(folio), "", "")
    page.origin.open.click()
    screen.settle()
    shown = screen.page
    assert isinstance(shown, FichaPage)
    assert shown.presenter.file is not None
    case_id = shown.presenter.file.case_id
    assert screen.stored(case_id, "origin_folio") == folio
    assert screen.stored(case_id, "CONDICION") is None
    assert "Viene de otro CEM con la derivación 2026-B0007-DB2" in words(shown.rail)
    shown.rail._linked.take.click()
    screen.settle()
    screen.settle()
    assert (screen.stored(case_id, "CONDICION"), screen.stored(case_id, "ACUDE_SOLA")) == ("4", "3")
    assert shown.rail._linked.isHidden()


def test_two_that_share_a_number_are_told_apart(screen: Screen) -> None:
    first, second = issue_one(screen), issue_one(screen)
    screen.fill(second.case_id, names="Sol", surname_1="Inventada")
    key = FieldKey(Kind.REFERRAL, second.referral_id, Name.FOLIO)

    def give(uow: UnitOfWork) -> None:
        forms.change_fields(uow, screen.desk, {key: first.folio})
        uow.commit()

    screen.run(give)
    page = open_list(screen)
    model, number, person = page.table.model(), 5, 6
    assert not page.table.isColumnHidden(person)
    rows = range(model.rowCount())
    assert {str(model.index(row, person).data()) for row in rows} == {"N.", "S. I."}
    for row in rows:
        cell = model.index(row, number)
        assert str(cell.data()) == f"{first.folio} ×2"
        said = str(cell.data(Qt.ItemDataRole.AccessibleTextRole))
        assert "Otra derivación lleva el mismo número" in said
        wide = page.table.fontMetrics().horizontalAdvance(str(cell.data())) + 8
        assert wide <= page.table.columnWidth(number), "all of it shows on the small screen"
    page.code.setText(f"{first.folio} {check_code(first.folio)}")
    screen.bot.keyClick(page.code, Qt.Key.Key_Return)
    screen.settle()
    assert "las iniciales las distinguen" in words(page)
