"""Copies, gaps and other histories hold nothing up; people are told, on the page and in the audit."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import evidence, replication
from app.services.evidence import LOST_MAX, NOTED_MAX
from app.services.messages import SENTENCES, sentence
from app.services.ports import BatchOutline, Cursor, FieldKey
from db.schema import audit
from sync.client.folder import BATCH
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import NO_BATCH, batch_id, parse_header
from tests.support.spoilt import batches_of, written
from tests.support.stations import RegionPlace, view

KEY = FieldKey("case", RecordId("77" * 16), "code")
SESSION = b"\x77" * 8


def on_stick(stick: Path, *contents: bytes) -> None:
    folder = stick / FOLDER_NAME
    folder.mkdir(exist_ok=True)
    for content in contents:
        (folder / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)


def told(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def times(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.times for one in view(typist).facts}


def details(typist: Typist, action: str) -> list[str]:
    wanted = select(audit.c.detail).where(audit.c.action == action).order_by(audit.c.number)
    with typist.laptop.store.unit() as uow:
        return list(uow._connection.execute(wanted).scalars())


def rows(typist: Typist, action: str) -> int:
    return len(details(typist, action))


def noted(typist: Typist) -> int:
    return typist.run(lambda uow: uow.audit.count())


def device_of(typist: Typist) -> bytes:
    envelope = typist.laptop.envelope
    assert envelope is not None
    return envelope.device()


def cursor(typist: Typist) -> Cursor:
    found = typist.run(lambda uow: uow.batches.cursor())
    assert found is not None
    return found


def test_a_batch_that_lacks_on_the_way_is_told_until_it_comes(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """(C3)"""
    a, b = pair
    for number in range(4):
        a.register({"names": f"Inventada {number}"})
        held = batches_of(a)
    on_stick(tmp_path, held[0], held[3])
    before = noted(b)
    report = b.use_stick(tmp_path)
    assert (report.failure, report.batches_received) == (None, 2)
    assert told(b) == {"batches_missing": 1}
    assert noted(b) == before + 1

    assert b.use_stick(tmp_path).failure is None
    assert noted(b) == before + 1, "it is noted once"
    on_stick(tmp_path, *held)
    assert b.use_stick(tmp_path).failure is None
    assert told(b) == {}
    assert noted(b) == before + 1


def test_batches_that_come_together_in_another_order_are_no_gap(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """(control of C3)"""
    a, b = pair
    for number in range(8):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
    before = noted(b)
    assert a.use_stick(tmp_path).failure is None
    assert b.use_stick(tmp_path).failure is None
    assert told(b) == {}
    assert noted(b) == before


def test_a_copied_laptop_is_told_once_and_all_that_it_wrote_is_kept(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """(C4)"""
    a, b = pair
    first = written(a, KEY, "2026-Z0001", BatchOutline(SESSION, 1, NO_BATCH, None))
    twins = [
        written(a, KEY, f"2026-Z000{number}", BatchOutline(SESSION, 2, batch_id(first), None))
        for number in range(3)
    ]
    on_stick(tmp_path, first, *twins)
    report = b.use_stick(tmp_path)
    assert (report.failure, report.batches_received) == (None, 4)
    assert told(b) == {"laptops_copied": 1}


def test_a_laptop_that_lies_adds_a_row_to_the_audit_for_each_session_up_to_a_limit(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """Each of its batches bears a number that was there, or names one that never was."""
    a, b = pair
    for number in range(2, 8):
        outline = BatchOutline(SESSION, number, bytes([number]) * 32, None)
        on_stick(tmp_path, *(written(a, KEY, f"{number}-{twin}", outline) for twin in range(3)))
    before = noted(b)
    assert b.use_stick(tmp_path).failure is None
    assert rows(b, "fork_seen") == 1
    (detail,) = details(b, "fork_seen")
    session, number, *names = detail.split("/")
    assert session == SESSION.hex()
    same = b.run(lambda uow: uow.batches.by_number(device_of(a), SESSION, int(number)))
    assert {bytes.fromhex(one) for one in names} < set(same), "both signed headers are found by it"
    assert times(b)["laptops_copied"] == 12
    assert told(b)["batches_missing"] == 6
    assert noted(b) == before + 2


def test_a_laptop_that_lies_in_the_session_of_another_neither_stops_it_nor_has_it_called_a_copy(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """The session of a colleague stands in every header; its last number leaves none to seal."""
    a, b = pair
    b.register({"names": "Inventada"})
    (held,) = batches_of(b)
    session = parse_header(held).session
    for number in (1, 2, 2**32 - 1):
        previous = NO_BATCH if number == 1 else b"\x11" * 32
        outline = BatchOutline(session, number, previous, None)
        on_stick(tmp_path, written(a, KEY, f"2026-Z{number:010}", outline))
    report = b.use_stick(tmp_path)
    assert (report.failure, report.batches_received) == (None, 3)
    b.register({"names": "Otra inventada"})
    assert parse_header(batches_of(b)[-1]).number == 2
    assert b.use_stick(tmp_path).failure is None
    assert "laptops_copied" not in told(b)
    assert rows(b, "fork_seen") == 0


def test_however_many_sessions_a_laptop_invents_the_audit_has_a_limit(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    for number in range(NOTED_MAX + 8):
        outline = BatchOutline(bytes([number + 1]) * 8, 5, bytes([number + 1]) * 32, None)
        on_stick(tmp_path, *(written(a, KEY, f"{number}-{twin}", outline) for twin in range(2)))
    assert b.use_stick(tmp_path).failure is None
    assert rows(b, "fork_seen") == rows(b, "gap_seen") == NOTED_MAX
    assert times(b)["laptops_copied"] == told(b)["batches_missing"] == NOTED_MAX + 8
    again = tmp_path / "again"
    again.mkdir()
    outline = BatchOutline(b"\xee" * 8, 5, b"\xee" * 32, None)
    on_stick(again, *(written(a, KEY, f"again-{twin}", outline) for twin in range(2)))
    before = noted(b)
    assert b.use_stick(again).failure is None
    assert noted(b) == before
    assert times(b)["laptops_copied"] == NOTED_MAX + 9


def test_laptops_that_were_shown_one_log_tell_nothing(pair: tuple[Typist, Typist]) -> None:
    """(control of C6)"""
    a, b = pair
    for one in (a, b, a, b):
        one.register({"names": "Inventada"})
        assert one.sync().failure is None
    for one in (a, b):
        assert one.sync().failure is None
        assert told(one) == {}


@pytest.mark.parametrize("comes", ["after", "before"])
def test_a_colleague_who_was_shown_another_history_is_believed_by_stick_and_by_network(
    pair: tuple[Typist, Typist], tmp_path: Path, comes: str
) -> None:
    """The same log id, the same position, another chain: the server showed two histories. It is
    seen as soon as this laptop has verified the log up to there. (C6)"""
    a, b = pair
    assert a.sync().failure is None
    assert b.sync().failure is None
    now = cursor(b)
    ahead = 0 if comes == "after" else 1
    seen = Cursor(now.log_id, now.position + ahead, b"\x09" * 32)
    on_stick(tmp_path, written(a, KEY, "dato", BatchOutline(SESSION, 1, NO_BATCH, seen)))
    report = b.use_stick(tmp_path)
    assert (report.failure, report.batches_received) == (None, 1)
    if comes == "before":
        assert told(b) == {}
        assert b.sync().failure is None
    assert told(b) == {"other_history_seen": 1}
    assert b.sync().failure is None
    assert told(b) == {"other_history_seen": 1}


def test_a_server_that_shows_less_than_a_colleague_had_read_is_told_while_it_does(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """It keeps the end of the log back, or was put back to before: nothing before that differs.
    (C6, C7)"""
    a, b = pair
    assert b.sync().failure is None
    now = cursor(b)
    seen = Cursor(now.log_id, now.position + 3, b"\x09" * 32)
    on_stick(tmp_path, written(a, KEY, "dato", BatchOutline(SESSION, 1, NO_BATCH, seen)))
    assert b.use_stick(tmp_path).failure is None
    assert told(b) == {}, "she may have read what came since"
    for _ in range(2):
        assert b.sync().failure is None
        assert told(b) == {"log_short": 2}, "one more stands there, the batch that came by stick"
    assert view(b).unseen == ("log_short",)
    b.run(evidence.note_seen)
    assert (view(b).unseen, told(b)) == ((), {"log_short": 2}), "it is so, and somebody looked"
    assert len(b.run(lambda uow: uow.audit.details("log_short_seen", now.log_id.hex(), 9))) == 1
    for number in range(2):
        b.register({"names": f"Inventada {number}"})
        assert b.sync().failure is None
    assert told(b).keys() == {"other_history_seen"}, "the log is as long now, and another one"
    assert view(b).unseen == ("other_history_seen",)


@pytest.mark.parametrize("further", [LOST_MAX + 3, 2**62])
def test_a_laptop_that_says_to_have_read_what_no_centre_can_have_written_is_no_witness(
    pair: tuple[Typist, Typist], tmp_path: Path, further: int
) -> None:
    a, b = pair
    assert b.sync().failure is None
    at = cursor(b)
    for number, more in enumerate((3, further), 1):
        seen = Cursor(at.log_id, at.position + more, bytes([number]) * 32)
        outline = BatchOutline(bytes([number]) * 8, 1, NO_BATCH, seen)
        on_stick(tmp_path, written(a, KEY, f"dato {number}", outline))
    assert b.use_stick(tmp_path).failure is None
    assert b.sync().failure is None
    assert told(b) == {"log_short": 1}, "two batches came; the word that can be true counts"


def test_a_laptop_that_was_taken_out_is_no_witness_and_a_colleague_that_says_the_same_is(
    region: RegionPlace, tmp_path: Path
) -> None:
    a = region.first()
    b, c = region.joining(a), region.joining(a)
    assert a.sync().failure is None
    at = cursor(a)
    far, near = (Cursor(at.log_id, at.position + more, b"\x09" * 32) for more in (90, 80))
    said = [(b, far), (b, near), (c, near)]
    for number, (one, seen) in enumerate(said, 1):
        outline = BatchOutline(bytes([number]) * 8, 1, NO_BATCH, seen)
        on_stick(tmp_path, written(one, KEY, f"dato {number}", outline))
        assert a.use_stick(tmp_path).failure is None
    assert a.sync().failure is None
    assert told(a) == {"log_short": 87}, "what the three batches leave of it"
    for gone, left in ((b, 80), (c, 0)):
        assert gone.laptop.keys is not None
        a.laptop.revoke(gone.laptop.keys.own)
        assert a.sync().failure is None
        now = cursor(a).position - at.position
        assert told(a).get("log_short", 0) == (left and left - now)
    first, *_ = details(a, "log_short_seen")
    assert first.split("/")[2] == device_of(b).hex(), "who said so is noted"
    for one in (a, b, c):
        one.laptop.close()


@pytest.mark.parametrize(
    "name", ["log_short", "other_history_seen", "laptops_copied", "batches_missing"]
)
def test_every_fact_has_its_sentence(name: str) -> None:
    assert name in SENTENCES
    said = sentence(name, {"count": 17, "times": 23}, str)
    assert "17" in said
    assert "{" not in said


def test_a_laptop_to_which_nothing_happened_has_nothing_to_tell(
    pair: tuple[Typist, Typist],
) -> None:
    assert pair[0].run(replication.sync_view).facts == ()
