"""What a batch that nobody takes holds can be read, printed and carried away: nothing is lost."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.clock import FixedClock
from app.documents.registry import PaperDocuments
from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault
from app.services import attachments, refusals
from app.services.ports import ATTACHMENT, Cursor, SealedBatch, UnitOfWork
from app.services.refusals import RefusalSheet
from app.services.strays import Spoilt, list_strays, note_spoilt, put_strays_away
from app.services.sync_advice import PROCEDURES
from app.services.sync_page import sync_page
from app.services.whereabouts_ports import NO_LAPTOPS, ShareKind
from tests.support.laptops import Laptop
from tests.support.windows import CENTRE

OWN = b"o" * 32
SEALED = b"sealed bytes"


def drawn(laptop: Laptop, sheet: RefusalSheet) -> bytes:
    """Return a whole paper."""
    steps = PaperDocuments(laptop.desk.definitions).refusal(sheet)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return bytes(ended.value)


def text_of(pdf: bytes) -> str:
    """Return the words of all pages."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def _seal(laptop: Laptop, *, is_urgent: bool = False) -> bytes:
    """Put all that waits into one batch of our own."""

    def work(uow: UnitOfWork) -> None:
        uow.batches.add(
            SealedBatch(OWN, SEALED),
            device=b"d" * 16,
            session=laptop.desk.stamper.session,
            number=1,
            is_own=True,
            change_ids=[one.id for one in uow.changes.pending(1_000)],
            at_ms=1,
            is_urgent=is_urgent,
        )
        uow.commit()

    laptop.run(work)
    return OWN


def _refuse(laptop: Laptop, reason: str | None) -> None:
    """A synchronisation went to its end: the server refused our batch, or nothing."""
    noted = {OWN: reason} if reason is not None else {}
    laptop.run(lambda uow: refusals.note_refused(uow, laptop.desk, noted))


def _set_aside(laptop: Laptop, name: bytes, reason: str, *, is_kept: bool = True) -> None:
    def work(uow: UnitOfWork) -> None:
        uow.aside.put(
            SealedBatch(name, b"rubbish"),
            reason=reason,
            at_ms=2,
            is_signed=is_kept,
            may_open_later=is_kept,
        )
        uow.commit()

    laptop.run(work)


def _sheet(laptop: Laptop, batch_id: bytes = OWN) -> RefusalSheet:
    return laptop.run(
        lambda uow: refusals.refusal_sheet(uow, laptop.desk, NO_LAPTOPS, CENTRE, batch_id)
    )


def _listed(laptop: Laptop) -> list[tuple[bytes, str, bool]]:
    rows = laptop.run(lambda uow: refusals.list_refused(uow, NO_LAPTOPS))
    return [(one.id, one.reason, one.by_server) for one in rows]


def test_what_the_server_refused_of_ours_is_listed_with_all_that_was_typed(
    laptop: Laptop,
) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Ñunkuí", relato="Relato inventado.")
    waiting = laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS)).view.waiting_changes
    _seal(laptop)
    _refuse(laptop, "batch_over_limit")
    assert _listed(laptop) == [(OWN, "batch_over_limit", True)]
    sheet = _sheet(laptop)
    assert sheet.changes == waiting > len(sheet.entries), "what binds records is counted as there"
    values = {one.value for one in sheet.entries}
    assert {"Ñunkuí", "Relato inventado."} <= values
    assert {one.case_code for one in sheet.entries} == {_code(laptop, case_id)}
    assert all(not one.value.startswith(case_id) for one in sheet.entries), "links are no values"
    assert sheet.row.is_own


def test_for_what_a_lost_laptop_wrote_the_procedure_is_named(laptop: Laptop) -> None:
    _set_aside(laptop, b"r" * 32, "batch_revoked_device")
    advice = _sheet(laptop, b"r" * 32).advice
    assert advice.procedure is not None
    assert PROCEDURES[advice.procedure] == "Laptop perdida"


def _code(laptop: Laptop, case_id: RecordId) -> str:
    return laptop.ficha(case_id).case_code


def test_the_paper_says_what_it_is_why_what_is_safe_what_to_do_and_every_value(
    laptop: Laptop,
) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Ñunkuí", relato="Palabra inventada. " * 400)
    _seal(laptop)
    _refuse(laptop, "batch_over_limit")
    pdf = drawn(laptop, _sheet(laptop))
    said = text_of(pdf)
    for words in (
        OWN[:4].hex(),
        "El paquete pasa del tamaño permitido, o está dañado y dice que pasa.",
        "Qué está a salvo",
        "avise a su coordinación",
        "Ñunkuí",
        _code(laptop, case_id),
    ):
        assert words in said, words
    for word in ("Palabra", "inventada."):  # a page may end between the two
        assert said.count(word) == 400, "nothing is cut, however long it is"


def test_a_batch_that_is_taken_later_is_refused_no_longer(laptop: Laptop) -> None:
    laptop.open_case()
    _seal(laptop)
    _refuse(laptop, "batch_unknown_device")
    _refuse(laptop, None)
    assert _listed(laptop) == []
    with pytest.raises(DomainError, match="refusal_gone"):
        _sheet(laptop)


def test_one_that_was_seen_in_the_log_meanwhile_is_not_listed(laptop: Laptop) -> None:
    laptop.open_case()
    _seal(laptop)
    _refuse(laptop, "batch_unknown_device")

    def see(uow: UnitOfWork) -> None:
        uow.batches.mark_seen(OWN, 1)
        uow.commit()

    laptop.run(see)
    assert _listed(laptop) == []


def test_the_same_refusal_keeps_the_time_of_the_first(laptop: Laptop) -> None:
    laptop.open_case()
    _seal(laptop)
    _refuse(laptop, "batch_over_limit")
    (before,) = laptop.run(lambda uow: refusals.list_refused(uow, NO_LAPTOPS))
    assert isinstance(laptop.desk.clock, FixedClock)
    laptop.desk.clock.ms += 60_000
    _refuse(laptop, "batch_over_limit")
    (after,) = laptop.run(lambda uow: refusals.list_refused(uow, NO_LAPTOPS))
    assert after.at_ms == before.at_ms


def test_what_only_waits_for_an_earlier_batch_is_no_fault(laptop: Laptop) -> None:
    def wait(uow: UnitOfWork) -> None:
        uow.aside.wait(SealedBatch(b"a" * 32, SEALED), awaits=b"z" * 16, at_ms=1)
        uow.commit()

    laptop.run(wait)
    _set_aside(laptop, b"b" * 32, "batch_altered")
    assert _listed(laptop) == [(b"b" * 32, "batch_altered", False)]
    page = laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))
    assert ("batches_waiting", 1) in [(one.message_id, one.count) for one in page.facts]


def test_the_sealed_bytes_are_carried_away_as_they_are_and_the_audit_knows(
    laptop: Laptop, tmp_path: Path
) -> None:
    laptop.open_case()
    _seal(laptop)
    _refuse(laptop, "batch_over_limit")
    before = laptop.run(lambda uow: uow.audit.count())
    target = tmp_path / refusals.neutral_name(OWN, "lote")
    laptop.run(lambda uow: refusals.export_sealed(uow, laptop.desk, OWN, target))
    assert target.read_bytes() == SEALED
    assert laptop.run(lambda uow: uow.audit.count()) == before + 1
    with pytest.raises(DomainError, match="file_exists"):
        laptop.run(lambda uow: refusals.export_sealed(uow, laptop.desk, OWN, target))
    with pytest.raises(EnvironmentFault, match="exchange_not_written"):
        gone = tmp_path / "no" / "x.lote"
        laptop.run(lambda uow: refusals.export_sealed(uow, laptop.desk, OWN, gone))
    assert target.read_bytes() == SEALED


def _stray(laptop: Laptop, number: int, reason: str = "batch_malformed") -> bytes:
    """A stick brought what nobody of the centre signed."""
    name = bytes([number]) * 32

    def work(uow: UnitOfWork) -> None:
        uow.aside.put(
            SealedBatch(name, b"rubbish"),
            reason=reason,
            at_ms=number,
            is_signed=False,
            may_open_later=False,
        )
        uow.commit()

    laptop.run(work)
    return name


def _strays(laptop: Laptop) -> dict[str, tuple[int, bool]]:
    return {one.reason: (one.count, one.is_put_away) for one in laptop.run(list_strays)}


def test_strays_are_counted_by_reason_and_bury_nothing_that_the_centre_wrote(
    laptop: Laptop,
) -> None:
    _set_aside(laptop, b"k" * 32, "batch_unknown_key")
    for number in range(30):
        _stray(laptop, number)
    _stray(laptop, 99, "batch_truncated")
    assert _listed(laptop) == [(b"k" * 32, "batch_unknown_key", False)]
    assert _strays(laptop) == {"batch_malformed": (30, False), "batch_truncated": (1, False)}
    page = laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))
    assert [one.reason for one in page.strays] == ["batch_truncated", "batch_malformed"]


def test_what_was_put_away_is_still_there_and_comes_back_with_the_next(laptop: Laptop) -> None:
    _stray(laptop, 1)
    _stray(laptop, 2, "batch_truncated")
    laptop.run(put_strays_away)
    _stray(laptop, 1)  # the same stick again
    assert _strays(laptop) == {"batch_malformed": (1, True), "batch_truncated": (1, True)}
    _stray(laptop, 3)
    assert _strays(laptop) == {"batch_malformed": (2, False), "batch_truncated": (1, True)}
    assert laptop.run(lambda uow: sum(one.count for one in uow.aside.rows())) == 3


def test_one_that_was_born_under_a_freed_number_is_not_taken_for_the_one_before(
    laptop: Laptop,
) -> None:
    first = _stray(laptop, 1, "batch_unknown_device")
    laptop.run(put_strays_away)

    def opens(uow: UnitOfWork) -> None:
        uow.aside.take_back(first)
        uow.commit()

    laptop.run(opens)
    _stray(laptop, 2, "batch_unknown_device")
    assert _strays(laptop) == {"batch_unknown_device": (1, False)}


def test_of_a_stray_nothing_is_claimed_and_each_of_a_bunch_is_reached(laptop: Laptop) -> None:
    names = [_stray(laptop, number) for number in range(3)]
    _stray(laptop, 9, "batch_truncated")
    sheet = _sheet(laptop, names[1])
    assert sheet.beside == tuple(reversed(names))
    assert "no se sabe qué es" in sheet.safe
    assert sheet.advice.what_to_do.startswith("No se reconoce como de Qispi")
    _set_aside(laptop, b"k" * 32, "batch_unknown_key")
    assert _sheet(laptop, b"k" * 32).beside == ()


def test_a_spoilt_file_whose_batch_is_here_already_is_listed_no_longer(laptop: Laptop) -> None:
    laptop.open_case()
    spoilt = Spoilt(held=_stray(laptop, 1, "batch_truncated"), wanted=_seal(laptop))
    assert laptop.run(lambda uow: note_spoilt(uow, [spoilt])) == 0
    assert _strays(laptop) == {}


def test_of_what_was_not_kept_there_is_nothing_to_export(laptop: Laptop, tmp_path: Path) -> None:
    _set_aside(laptop, b"b" * 32, "batch_malformed", is_kept=False)
    sheet = _sheet(laptop, b"b" * 32)
    assert not sheet.row.is_kept
    assert sheet.entries == ()
    with pytest.raises(DomainError, match="refusal_not_kept"):
        laptop.run(lambda uow: refusals.export_sealed(uow, laptop.desk, b"b" * 32, tmp_path / "x"))


@pytest.mark.parametrize("is_urgent", [True, False])
def test_what_waits_is_told_by_urgency_before_and_after_it_is_sealed(
    laptop: Laptop, *, is_urgent: bool
) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Ñunkuí")

    def shares() -> dict[ShareKind, int]:
        page = laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))
        return {one.kind: one.count for one in page.shares}

    assert ShareKind.URGENT not in shares()
    laptop.fill(case_id, never_call=True)
    before = shares()
    assert before[ShareKind.URGENT] > 0
    assert set(before) == {ShareKind.URGENT, ShareKind.OTHER}
    _seal(laptop, is_urgent=is_urgent)
    # However the batch leaves, what is urgent in it is as much as before.
    assert shares() == before


def test_every_attachment_that_the_region_lacks_is_said_to_wait(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    scans = [b"%PDF-1.7 uno", b"%PDF-1.7 otro papel"]
    for one in scans:
        laptop.run(lambda uow, one=one: attachments.attach(uow, laptop.desk, case_id, case_id, one))

    def waiting() -> list[tuple[int, int]]:
        page = laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))
        return [(one.count, one.size) for one in page.shares if one.kind is ShareKind.ATTACHMENT]

    assert waiting() == [(2, sum(map(len, scans)))]
    log = bytes([7]) * 16

    def sent(uow: UnitOfWork) -> None:
        uow.batches.set_cursor(Cursor(log, 1, bytes(32)))
        for name, one in enumerate(scans):
            sha256 = hashlib.sha256(one).digest()
            uow.blobs.note_there(bytes([name]) * 32, ATTACHMENT, sha256, len(one), log)
        uow.commit()

    laptop.run(sent)
    assert waiting() == []


def test_a_run_that_ended_early_forgets_none_of_many_that_were_refused(laptop: Laptop) -> None:
    many = [number.to_bytes(32, "big") for number in range(503)]

    def refused(uow: UnitOfWork) -> None:
        for number, name in enumerate(many, 1):
            uow.batches.add(
                SealedBatch(name, SEALED),
                device=b"d" * 16,
                session=laptop.desk.stamper.session,
                number=number,
                is_own=True,
                change_ids=[],
                at_ms=1,
            )
        refusals.note_refused(uow, laptop.desk, dict.fromkeys(many, "batch_over_limit"))

    laptop.run(refused)
    said = {many[0]: "batch_quota"}
    laptop.run(lambda uow: refusals.note_also_refused(uow, laptop.desk, said))
    assert laptop.run(lambda uow: uow.refusals.count()) == len(many)
    reasons = laptop.run(lambda uow: [uow.refusals.get(one) for one in (many[0], many[-1])])
    assert [one and one.reason for one in reasons] == ["batch_quota", "batch_over_limit"]
    laptop.run(lambda uow: refusals.note_refused(uow, laptop.desk, said))
    assert laptop.run(lambda uow: uow.refusals.count()) == 1
