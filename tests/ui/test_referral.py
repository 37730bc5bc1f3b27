"""What the page of a referral lets leave, and what it says when it does not."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
from PySide6.QtWidgets import QLabel

from app.domain.change import RecordId
from app.domain.referral import ReferralState
from app.domain.value import Absent, Value
from app.services import referral_answers, referrals
from app.services.ports import UnitOfWork
from app.services.read_models import ReferralRow
from tests.support.laptops import make_desk
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off
from tests.ui.test_saving import allow_writing
from ui.forms.renderer import Fields
from ui.screens.referral.view import COPIES, ReferralPage
from ui.widgets.pieces import CheckableButton
from ui.widgets.printing import printer_for

ACCEPTED: dict[str, Value] = {
    "institution": "eess",
    "urgency": "programada",
    "services": ("denuncia",),
    "reason": "MOTIVO VIEJO",
    "consent_given": "1",
    "consent_given_by": "usuaria",
    "consent_form": "firma",
    "consent_given_on": "2026-11-26",
}


def open_page(screen: Screen, **values: Value) -> ReferralPage:
    """Open a referral and type these answers, one after the other."""
    page = screen.go("referral", case_id=screen.new_case(names="Nantip", safe_phone="999 000 001"))
    assert isinstance(page, ReferralPage)
    type_in(screen, page, **values)
    return page


def type_in(screen: Screen, page: ReferralPage, **values: Value) -> None:
    for name, value in values.items():
        page.presenter.form.edit(name, value)
        page.presenter.form.leave(name)
        screen.settle()
    page.presenter.draw()
    screen.settle()


def words(page: ReferralPage) -> str:
    """Everything that the page says in labels."""
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def asked_before(page: ReferralPage) -> list[Fields]:
    """The sections that are filled in before it leaves."""
    return [one.fields for one in page._parts if not one.section.after_issue]


def enabled(page: ReferralPage) -> tuple[bool, bool]:
    return page._print.isEnabled(), page._write.isEnabled()


def text_of(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def row(screen: Screen, page: ReferralPage) -> ReferralRow:
    file = page.presenter.form.file
    assert file is not None
    rows = screen.run(lambda uow: referral_answers.of_case(uow, screen.desk, file.case_id))
    return next(one for one in rows if one.referral_id == file.anchor_id)


def to_pdf(target: Path) -> QPrinter:
    """A printer whose paper is a file."""
    printer = printer_for(COPIES)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(target))
    printer.setResolution(72)
    return printer


def print_to(screen: Screen, page: ReferralPage, target: Path) -> QPrinter:
    """Print as after the dialog of the system."""
    page._printer = printer = to_pdf(target)
    page.presenter.print()
    screen.settle()
    return printer


def test_without_consent_nothing_can_leave_and_the_page_says_why(screen: Screen):
    page = open_page(screen, institution="eess")
    assert enabled(page) == (False, False)
    assert "Falta el consentimiento por escrito" in words(page)


def test_with_consent_it_may_leave(screen: Screen):
    page = open_page(screen, **ACCEPTED)
    assert enabled(page) == (True, True)
    assert "Lista para salir" in words(page)


def test_a_refusal_is_said_as_such(screen: Screen):
    page = open_page(screen, institution="eess", consent_given="0", legal_basis="ley29733_14_1")
    assert enabled(page) == (False, False)
    assert "La persona dijo que no" in words(page)


def test_another_institution_asks_for_consent_again_beside_the_question(screen: Screen):
    page = open_page(screen, **ACCEPTED)
    type_in(screen, page, institution="ong")
    assert page.presenter.form.values()["consent_given"] is None
    assert enabled(page) == (False, False)
    # Beside the institution, at the consent, and at the foot.
    assert words(page).count("Cambió la institución: pida de nuevo su consentimiento.") == 3
    type_in(screen, page, consent_given="1")
    assert "Cambió la institución" not in page._state.sentence.text()


def test_a_written_paper_is_the_page_that_was_shown(screen: Screen, tmp_path: Path):
    page = open_page(screen, **ACCEPTED)
    target = tmp_path / "derivacion.pdf"
    page.presenter.write(target)
    screen.settle()
    assert "PDF guardado" in words(page) and "No está cifrado" in words(page)
    assert "MOTIVO VIEJO" in text_of(target.read_bytes())
    assert "La persona acepta" in text_of(target.read_bytes())
    assert row(screen, page).state is ReferralState.SENT
    assert list(tmp_path.iterdir()) == [target]


def test_a_paper_that_cannot_be_written_did_not_leave_and_the_page_says_so(
    screen: Screen, tmp_path: Path
):
    page = open_page(screen, **ACCEPTED)
    page.presenter.write(tmp_path / "gone" / "derivacion.pdf")
    screen.settle()
    assert "El PDF no se pudo escribir ahí" in words(page)
    assert row(screen, page).state is ReferralState.DRAFT
    assert enabled(page) == (True, True)
    assert asked_before(page)[0].isEnabled()


def test_a_note_that_cannot_be_saved_leaves_the_former_paper(screen: Screen, tmp_path: Path):
    page = open_page(screen, **ACCEPTED)
    target = tmp_path / "derivacion.pdf"
    target.write_bytes(b"%PDF of yesterday")
    allow_writing(screen, may_write=False)
    page.presenter.write(target)
    screen.settle()
    assert target.read_bytes() == b"%PDF of yesterday"
    assert list(tmp_path.iterdir()) == [target]
    allow_writing(screen, may_write=True)
    assert row(screen, page).state is ReferralState.DRAFT


def test_printing_gives_the_printer_two_copies(screen: Screen, tmp_path: Path):
    page = open_page(screen, **ACCEPTED)
    target = tmp_path / "printed.pdf"
    printer = print_to(screen, page, target)
    assert printer.copyCount() == 2
    assert printer.docName() == "Qispi"
    assert len(PdfReader(target).pages) >= 1
    assert "Enviada a la impresora: 2 copias" in words(page)
    assert row(screen, page).state is ReferralState.SENT


def test_without_a_printer_nothing_is_noted_as_gone(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", staticmethod(list))
    page = open_page(screen, **ACCEPTED)
    page._print.click()
    screen.settle()
    assert "No hay impresora. Guarde el PDF." in words(page)
    assert row(screen, page).state is ReferralState.DRAFT


# What stands on the screen leaves, or nothing.


Leave = Callable[[Screen, ReferralPage, Path], object]


def _write(screen: Screen, page: ReferralPage, target: Path) -> None:
    page.presenter.write(target)
    screen.settle()


@pytest.mark.parametrize("leave", [print_to, _write])
def test_what_was_just_typed_is_in_the_paper(screen: Screen, tmp_path: Path, leave: Leave):
    page = open_page(screen, **ACCEPTED)
    page.presenter.form.edit("reason", "MOTIVO NUEVO")
    leave(screen, page, tmp_path / "paper.pdf")
    assert row(screen, page).state is ReferralState.SENT
    assert page._paper is not None
    assert "MOTIVO NUEVO" in text_of(page._paper.pdf)


@pytest.mark.parametrize("leave", [print_to, _write])
def test_text_that_was_refused_keeps_the_old_paper_from_leaving(
    screen: Screen, tmp_path: Path, leave: Leave
):
    page = open_page(screen, **ACCEPTED)
    page.presenter.form.edit("reason", "NUEVO " * 4000)
    leave(screen, page, tmp_path / "paper.pdf")
    assert list(tmp_path.iterdir()) == []
    assert row(screen, page).state is ReferralState.DRAFT
    assert "No salió: aquí hay texto que todavía no está guardado" in words(page)
    assert asked_before(page)[0].isEnabled()


def test_what_the_disk_refuses_keeps_the_old_paper_from_leaving(screen: Screen, tmp_path: Path):
    page = open_page(screen, **ACCEPTED)
    allow_writing(screen, may_write=False)
    page.presenter.form.edit("reason", "MOTIVO NUEVO")
    _write(screen, page, tmp_path / "paper.pdf")
    assert list(tmp_path.iterdir()) == []
    allow_writing(screen, may_write=True)
    assert row(screen, page).state is ReferralState.DRAFT


def test_what_came_from_another_laptop_and_was_not_seen_does_not_leave(
    screen: Screen, tmp_path: Path
):
    page = open_page(screen, **ACCEPTED)
    file = page.presenter.form.file
    assert file is not None
    screen.run(lambda uow: _elsewhere(uow, file.anchor_id))
    _write(screen, page, tmp_path / "paper.pdf")
    assert list(tmp_path.iterdir()) == []
    assert "llegaron cambios de otro equipo" in words(page)
    _write(screen, page, tmp_path / "paper.pdf")
    assert "Área de otro equipo" in text_of((tmp_path / "paper.pdf").read_bytes())


def _elsewhere(uow: UnitOfWork, referral_id: RecordId) -> None:
    desk = make_desk(seed=9, letter="B", author="b0")
    referrals.set_field(uow, desk, referral_id, "area", "Área de otro equipo")


# What left.


@pytest.fixture
def issued(screen: Screen, tmp_path: Path) -> ReferralPage:
    page = open_page(screen, **ACCEPTED)
    _write(screen, page, tmp_path / "first.pdf")
    return page


def test_an_issued_referral_is_read_only_and_says_so(screen: Screen, issued: ReferralPage):
    assert issued._issued.isVisible()
    assert "Esta derivación ya salió" in words(issued)
    assert not any(fields.isEnabled() for fields in asked_before(issued))
    case_id = row(screen, issued).case_id
    referral_id = row(screen, issued).referral_id
    screen.go("ficha", case_id=case_id)
    again = screen.go("referral", referral_id=referral_id)
    assert again is issued
    assert not any(fields.isEnabled() for fields in asked_before(issued))
    assert enabled(issued) == (True, True)


@pytest.mark.parametrize("screen", [("es", pseudo)], indirect=True)
def test_what_is_said_of_an_issued_one_fits_a_small_screen(screen: Screen, issued: ReferralPage):
    assert screen.window.minimumSizeHint().width() <= SMALL.width()
    assert screen.window.minimumSizeHint().height() <= SMALL.height()
    assert cut_off(screen.window) == []


def test_an_issued_referral_is_printed_again_as_it_left(
    screen: Screen, issued: ReferralPage, tmp_path: Path
):
    screen.fill(row(screen, issued).case_id, EDAD_VICTIMA=77)
    _write(screen, issued, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == (tmp_path / "first.pdf").read_bytes()


def test_a_new_one_begins_with_its_data_and_without_its_consent(
    screen: Screen, issued: ReferralPage
):
    former = row(screen, issued)
    issued._anew.click()
    screen.settle()
    issued.presenter.draw()
    screen.settle()
    new = row(screen, issued)
    assert new.folio != former.folio
    values = issued.presenter.form.values()
    assert (values["reason"], values["institution"]) == ("MOTIVO VIEJO", "eess")
    assert values["consent_given"] is None
    assert all(fields.isEnabled() for fields in asked_before(issued))
    assert not issued._issued.isVisible()
    assert enabled(issued) == (False, False)


# Nobody rings her up.


WARNED: list[tuple[dict[str, Value], bool]] = [
    ({"never_call": True}, True),
    ({"aggressor_sees_phone": "1"}, True),
    ({"aggressor_sees_phone": Absent.UNKNOWN}, True),
    ({"aggressor_sees_phone": "0", "safe_phone": "999 000 001"}, False),
    ({"safe_phone": "999 000 001", "safe_phone_answered_by": "agresor"}, True),
]


def test_the_ficha_and_the_paper_warn_alike(screen: Screen):
    for values, warns in WARNED:
        case_id = screen.new_case(**values)
        screen.go("ficha", case_id=case_id)
        assert screen.shell.ficha.presenter.warns_of_calls() is warns, values
        page = screen.go("referral", case_id=case_id)
        assert isinstance(page, ReferralPage)
        assert page._paper is not None
        assert row(screen, page).case_id == case_id
        assert ("NO LLAMAR" in text_of(page._paper.pdf)) is warns, values


def test_whoever_goes_to_the_referral_from_the_ficha_opens_one(screen: Screen) -> None:
    """There is no taking out of a referral: pressed twice, or again, it is the same as long as it
    names no institution. Control: beside one that does, another is opened."""
    case_id = screen.new_case(names="Nantip")
    for _ in range(2):
        ficha = screen.go("ficha", case_id=case_id)
        (derive,) = [
            one
            for one in shown_children(ficha)
            if isinstance(one, CheckableButton) and one.text() == "Derivar"
        ]
        may_go_on = threading.Event()
        screen.runner.on_storage_thread(lambda held=may_go_on: held.wait(60))
        derive.click()
        derive.click()
        may_go_on.set()
        screen.settle()
    page = screen.page
    assert isinstance(page, ReferralPage)

    def drafts() -> int:
        return screen.run(lambda uow: len(referral_answers.of_case(uow, screen.desk, case_id)))

    assert drafts() == 1
    page.presenter.form.edit("institution", "eess")
    page.flush()
    screen.settle()
    screen.go("ficha", case_id=case_id)
    derive.click()
    screen.settle()
    assert drafts() == 2
