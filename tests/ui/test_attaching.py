"""What is attached goes through the reader apart first (security.md 9, group I; ASVS 14.2.8)."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from PIL import Image

from app.domain.change import RecordId
from app.services import attachments, teams
from app.services.apart_ports import KeptFile, ShownPage
from app.services.attachments import AttachmentRow
from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.services.values import stored_text
from tests.support import bad_files
from tests.support.windows import Screen, slow_disk
from ui.screens.risk.view import RiskPage


def opened(screen: Screen) -> tuple[RiskPage, RecordId]:
    case_id = screen.new_case()
    page = screen.go("risk", case_id=case_id)
    assert isinstance(page, RiskPage)
    return page, case_id


def attach(screen: Screen, page: RiskPage, path: Path, description: str = "") -> None:
    """Attach a file as the button does, and wait for what is said of it."""
    page.presenter.attach(path, description)
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()


def stored(screen: Screen, case_id: RecordId) -> tuple[AttachmentRow, bytes]:
    """The one attachment of a case, and its bytes on the disk."""

    def read(uow: UnitOfWork) -> tuple[AttachmentRow, bytes]:
        (row,) = attachments.list_of(uow, case_id)
        digest = stored_text(uow.records.fields(row.attachment_id), "sha256")
        content = uow.attachments.get(digest)
        assert content is not None
        return row, content

    return screen.run(read)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("foto.jpg", bad_files.jpeg_with_a_place(orientation=6)),
        ("foto.png", bad_files.png_with_words()),
    ],
    ids=["jpeg", "png"],
)
def test_where_a_photo_was_taken_is_neither_stored_nor_lost_to_whoever_has_it(
    screen: Screen, tmp_path: Path, name: str, content: bytes
) -> None:
    """(L8) Control: the file that was chosen says it, and stays as it was."""
    page, case_id = opened(screen)
    chosen = tmp_path / name
    chosen.write_bytes(content)
    assert Image.open(io.BytesIO(content)).getexif()

    attach(screen, page, chosen, "Hoja 1")

    row, kept = stored(screen, case_id)
    assert row.description == "Hoja 1"
    with Image.open(io.BytesIO(kept)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        upright = (48, 64) if name.endswith("jpg") else (256, 256)
        assert image.size == upright
    for mark in (bad_files.GPS_MARK, b"Rosa", b"Exif", b"2026:11:26", b"adobe"):
        assert mark not in kept
    assert chosen.read_bytes() == content


REFUSED = {
    "a PDF under a password": (bad_files.locked_pdf(), "pide una contraseña"),
    "a PDF of many pages": (bad_files.pdf_of_pages(201), "demasiadas páginas"),
    "a PDF that draws itself for ever": (bad_files.nested_forms(30), "hecho para dañar"),
    "a PDF that is none": (b"%PDF-1.7 nada", "incompleto o dañado"),
    "a picture of four thousand million points": (bad_files.png_of(65535, 65535), "demasiado"),
    "half a photo": (bad_files.jpeg(400, 300)[:900], "incompleto o dañado"),
    "a page with a script": (bad_files.other_pictures()["SVG"], "No es una foto"),
    "an archive": (bad_files.archive_bomb(1 << 20), "No es una foto"),
    "nothing": (b"", "vacío"),
}


@pytest.mark.parametrize("what", list(REFUSED))
def test_what_may_do_harm_is_refused_with_its_reason_beside_the_field(
    screen: Screen, tmp_path: Path, what: str
) -> None:
    """The control is the test below: the same page takes what is good."""
    content, why = REFUSED[what]
    page, case_id = opened(screen)
    chosen = tmp_path / "papel.pdf"
    chosen.write_bytes(content)

    page.rail.attachments.description.setText("Hoja 1")
    attach(screen, page, chosen, "Hoja 1")

    assert why in page.rail.attachments.remark.text()
    assert page.rail.attachments.remark.isVisibleTo(page)
    assert page.rail.attachments.description.text() == "Hoja 1"
    assert page.rail.attachments.attach.isEnabled()
    assert screen.run(lambda uow: attachments.list_of(uow, case_id)) == ()


def test_a_pdf_is_kept_as_it_came_and_what_it_carries_unseen_is_said(
    screen: Screen, tmp_path: Path
) -> None:
    page, case_id = opened(screen)
    chosen = tmp_path / "papel.pdf"
    chosen.write_bytes(bad_files.script_pdf())

    attach(screen, page, chosen)

    row, kept = stored(screen, case_id)
    assert (kept, row.media_type) == (chosen.read_bytes(), "application/pdf")
    said = page.rail.attachments.remark.text()
    assert said == "Adjuntado. Trae órdenes por dentro: aquí no se ejecutan."

    attach(screen, page, _written(tmp_path / "otro.pdf", bad_files.plain_pdf()))
    assert page.rail.attachments.remark.text() == "Adjuntado."


def test_a_photo_larger_than_what_is_kept_is_taken_smaller(screen: Screen, tmp_path: Path) -> None:
    page, case_id = opened(screen)
    noise = Image.effect_noise((2600, 2500), 60).convert("L")
    noise.save(chosen := tmp_path / "ruido.png", "PNG")
    assert attachments.BYTES_MAX < chosen.stat().st_size <= attachments.CHOSEN_BYTES_MAX

    attach(screen, page, chosen)

    row, kept = stored(screen, case_id)
    assert len(kept) <= attachments.BYTES_MAX
    assert row.media_type == "image/jpeg"
    with Image.open(io.BytesIO(kept)) as image:
        assert max(image.size) == 2400


def test_what_is_typed_is_saved_while_a_file_is_looked_at(screen: Screen, tmp_path: Path) -> None:
    """The storage thread does not wait for it: a bomb takes its twenty seconds elsewhere."""
    page, case_id = opened(screen)
    began = threading.Event()
    may_end = threading.Event()

    class Slow:
        def kept(self, content: bytes) -> KeptFile:
            began.set()
            assert may_end.wait(60)
            return KeptFile(content)

        def shown(self, content: bytes, page: int, side: int) -> ShownPage:
            raise AssertionError

    page.presenter._files = Slow()
    page.presenter.attach(_written(tmp_path / "papel.pdf", bad_files.plain_pdf()), "")
    assert began.wait(60)

    screen.fill(case_id, relato="Escrito mientras tanto.")
    assert screen.stored(case_id, "relato") == "Escrito mientras tanto."
    assert page.rail.attachments.remark.text() == "Revisando el archivo…"
    assert not page.rail.attachments.attach.isEnabled()
    page.presenter.attach(_written(tmp_path / "otro.pdf", bad_files.plain_pdf()), "")

    may_end.set()
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()
    assert page.rail.attachments.remark.text() == "Adjuntado."
    assert len(screen.run(lambda uow: attachments.list_of(uow, case_id))) == 1


def test_a_device_without_end_is_refused(screen: Screen) -> None:
    page, case_id = opened(screen)
    attach(screen, page, Path("/dev/zero"))
    assert "Eso no es un archivo" in page.rail.attachments.remark.text()
    assert screen.run(lambda uow: attachments.list_of(uow, case_id)) == ()


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def goes_on(screen: Screen, then: str, other: RecordId) -> None:
    if then:
        screen.shell.go(then, {"case_id": other} if then == "risk" else {})


def number_of(screen: Screen, case_id: RecordId) -> str:
    return screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).code


@pytest.mark.parametrize("then", ["", "cases", "risk"])
def test_that_it_was_not_attached_is_said_wherever_she_is_by_then(
    screen: Screen, tmp_path: Path, then: str
) -> None:
    """She would think that the case has it; which case is said, too. Control: whoever waits reads
    it beside the field."""
    content, why = REFUSED["half a photo"]
    other = screen.new_case()
    page, case_id = opened(screen)
    chosen = tmp_path / "papel.pdf"
    chosen.write_bytes(content)
    page.presenter.attach(chosen, "Hoja 1")
    goes_on(screen, then, other)
    screen.until(lambda: not page.presenter.is_attaching)
    screen.settle()
    alert = screen.shell.alert_words
    assert (why in alert) is bool(then)
    assert alert.startswith(f"{number_of(screen, case_id)} · ") is bool(then)
    assert (why in page.rail.attachments.remark.text()) is (then != "risk")


@pytest.mark.parametrize("then", ["", "cases", "risk"])
def test_that_something_was_not_taken_back_is_said_of_its_case(screen: Screen, then: str) -> None:
    """Above another case it would be read as of that one. Control: above its own page it is said
    without the number."""
    other = screen.new_case()
    page, case_id = opened(screen)
    why = sentence("record_unknown", {}, str)
    with slow_disk(screen):
        page.presenter.withdraw_attachment(RecordId("0" * 32))  # somebody else was faster
        goes_on(screen, then, other)
    alert = screen.shell.alert_words
    assert alert == (f"{number_of(screen, case_id)} · {why}" if then else why)
