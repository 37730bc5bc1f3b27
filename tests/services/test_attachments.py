"""Attachments over a real encrypted file: what is taken, what is refused, what another laptop has."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.services import attachments, casework, risk
from app.services.attachments import BYTES_MAX, CASE_COUNT_MAX, CHOSEN_BYTES_MAX
from tests.support.laptops import Laptop, exchange

JPEG = b"\xff\xd8\xff\xe0 una foto inventada"
PNG = b"\x89PNG\r\n\x1a\n un dibujo inventado"
PDF = b"%PDF-1.7 un papel inventado"


def attach(
    laptop: Laptop, record_id: RecordId, case_id: RecordId, content: bytes, words: str = ""
) -> RecordId:
    return laptop.run(
        lambda uow: attachments.attach(uow, laptop.desk, record_id, case_id, content, words)
    )


def with_fvr(laptop: Laptop) -> tuple[RecordId, RecordId]:
    case_id = laptop.open_case()
    return case_id, laptop.run(lambda uow: risk.open_fvr(uow, laptop.desk, case_id))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(JPEG, "image/jpeg"), (PNG, "image/png"), (PDF, "application/pdf")],
)
def test_a_picture_or_pdf_is_kept_whole(laptop: Laptop, content: bytes, media_type: str) -> None:
    case_id, fvr_id = with_fvr(laptop)

    attachment_id = attach(laptop, fvr_id, case_id, content, " FVR inventada ")

    (row,) = laptop.run(lambda uow: attachments.list_of(uow, case_id))
    assert (row.attachment_id, row.record_id) == (attachment_id, fvr_id)
    assert (row.media_type, row.size, row.description) == (
        media_type,
        len(content),
        "FVR inventada",
    )
    assert row.has_content
    got = laptop.run(lambda uow: attachments.content_of(uow, laptop.desk, attachment_id))
    assert got == content
    (fvr,) = laptop.run(lambda uow: risk.risk_history(uow, laptop.desk, case_id)).instruments
    assert fvr.attachments == 1


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", "attachment_empty"),
        (b"MZ un programa", "attachment_wrong_type"),
        (b"<html>", "attachment_wrong_type"),
        (b" " + PDF, "attachment_wrong_type"),
        (PDF + bytes(BYTES_MAX), "attachment_too_large"),
    ],
)
def test_what_is_not_taken_is_refused_and_nothing_is_written(
    laptop: Laptop, content: bytes, refused: str
) -> None:
    case_id, fvr_id = with_fvr(laptop)
    before = laptop.run(lambda uow: uow.changes.count())

    with pytest.raises(DomainError, match=refused):
        attach(laptop, fvr_id, case_id, content)

    assert laptop.run(lambda uow: uow.changes.count()) == before
    assert laptop.run(lambda uow: attachments.list_of(uow, case_id)) == ()


def test_the_largest_that_fits_is_taken(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)

    attach(laptop, fvr_id, case_id, PDF + bytes(BYTES_MAX - len(PDF)))

    (row,) = laptop.run(lambda uow: attachments.list_of(uow, case_id))
    assert row.size == BYTES_MAX


def test_a_case_holds_so_many_and_no_more(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)
    for number in range(CASE_COUNT_MAX):
        attach(laptop, fvr_id, case_id, JPEG + bytes([number]))

    with pytest.raises(DomainError, match="attachment_too_many"):
        attach(laptop, fvr_id, case_id, PNG)

    first = laptop.run(lambda uow: attachments.list_of(uow, case_id))[0].attachment_id
    laptop.run(lambda uow: attachments.withdraw(uow, laptop.desk, first))
    attach(laptop, fvr_id, case_id, PNG)


def test_the_same_again_is_the_one_that_is_there(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)

    assert attach(laptop, fvr_id, case_id, JPEG) == attach(laptop, fvr_id, case_id, JPEG)
    assert len(laptop.run(lambda uow: attachments.list_of(uow, case_id))) == 1
    # On another record it is another attachment of the same bytes.
    assert attach(laptop, case_id, case_id, JPEG) != attach(laptop, fvr_id, case_id, JPEG)


def test_a_record_of_another_case_takes_nothing(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)
    other = laptop.run(lambda uow: casework.open_case(uow, laptop.desk))

    for record_id, of in ((fvr_id, other), (other, case_id), (RecordId("0" * 32), case_id)):
        with pytest.raises(DomainError, match="record_unknown"):
            attach(laptop, record_id, of, JPEG)


def test_too_long_a_description_is_refused(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)

    with pytest.raises(DomainError, match="text_too_long"):
        attach(laptop, fvr_id, case_id, JPEG, "a" * 201)


def test_attaching_and_seeing_are_in_the_audit(laptop: Laptop) -> None:
    case_id, fvr_id = with_fvr(laptop)
    attachment_id = attach(laptop, fvr_id, case_id, JPEG)
    before = laptop.run(lambda uow: uow.audit.count())

    laptop.run(lambda uow: attachments.content_of(uow, laptop.desk, attachment_id))

    assert laptop.run(lambda uow: uow.audit.count()) == before + 1
    assert laptop.run(lambda uow: uow.audit.verify()) is None


def test_the_other_laptop_knows_of_it_and_says_that_it_has_no_bytes(
    two: tuple[Laptop, Laptop],
) -> None:
    first, second = two
    case_id, fvr_id = with_fvr(first)
    attachment_id = attach(first, fvr_id, case_id, PDF, "Denuncia inventada")
    exchange(first, second)

    (row,) = second.run(lambda uow: attachments.list_of(uow, case_id))

    assert (row.description, row.size, row.has_content) == ("Denuncia inventada", len(PDF), False)
    with pytest.raises(DomainError, match="attachment_not_here"):
        second.run(lambda uow: attachments.content_of(uow, second.desk, attachment_id))
    # The paper itself was brought along: attached again, it is the same attachment, whole.
    assert attach(second, fvr_id, case_id, PDF) == attachment_id
    assert second.run(lambda uow: attachments.list_of(uow, case_id))[0].has_content


def test_the_bytes_are_nowhere_in_clear(laptop: Laptop, tmp_path: Path) -> None:
    case_id, fvr_id = with_fvr(laptop)
    marked = JPEG + b"MARCA-INVENTADA-DEL-ADJUNTO" * 50
    attach(laptop, fvr_id, case_id, marked)
    laptop.store.checkpoint()

    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"MARCA-INVENTADA" not in path.read_bytes(), path.name


def test_a_chosen_file_is_read_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "foto.jpg"
    path.write_bytes(JPEG)
    assert attachments.read_chosen(path) == JPEG
    path.write_bytes(bytes(CHOSEN_BYTES_MAX + 1))
    with pytest.raises(DomainError, match="attachment_too_large"):
        attachments.read_chosen(path)
    with pytest.raises(EnvironmentFault, match="attachment_unreadable"):
        attachments.read_chosen(tmp_path / "no-hay")
    with pytest.raises(QispiError, match=r"attachment_unreadable|chosen_not_plain"):
        attachments.read_chosen(tmp_path)
