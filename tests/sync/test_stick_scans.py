"""Attachments go by stick, too: sealed, once each, read only where they lack."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import attachments
from sync.client import stick_blobs
from sync.client.stick_blobs import SCAN, SCANS
from sync.protocol.blob import BLOB_HEAD_BYTES
from tests.support.stations import RegionPlace
from tests.support.sticks import home

CONTENT = b"%PDF-1.7 un papel inventado" * 400


def attached(typist: Typist, content: bytes = CONTENT) -> tuple[RecordId, RecordId]:
    case_id, _ = typist.register({"names": "Inventada"})
    desk = typist.laptop.desk
    made = typist.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, content))
    return case_id, made


def scans(stick: Path) -> list[Path]:
    return sorted(stick.rglob("*" + SCAN))


def is_here(typist: Typist, case_id: RecordId) -> bool:
    (row,) = typist.run(lambda uow: attachments.list_of(uow, case_id))
    return row.has_content


def used(typist: Typist, stick: Path) -> None:
    assert typist.use_stick(stick).failure is None


def test_an_attachment_goes_to_the_other_laptop_and_lies_on_the_stick_once(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id, attachment_id = attached(a)
    used(a, tmp_path)
    (lies,) = scans(tmp_path)
    assert CONTENT[:20] not in lies.read_bytes()
    used(b, tmp_path)
    desk = b.laptop.desk
    assert b.run(lambda uow: attachments.content_of(uow, desk, attachment_id)) == CONTENT
    used(a, tmp_path)
    used(b, tmp_path)
    assert scans(tmp_path) == [lies]
    assert is_here(a, case_id)


def test_one_that_a_colleague_wrote_is_known_to_lie_on_the_stick(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    attached(a)
    for one in (a, b):
        assert one.sync().failure is None
    used(b, tmp_path)
    (lies,) = scans(tmp_path)
    as_written = lies.stat().st_mtime_ns
    used(a, tmp_path)
    assert scans(tmp_path) == [lies]
    assert lies.stat().st_mtime_ns == as_written
    assert list(a.run(lambda uow: uow.blobs.left())) == [hashlib.sha256(CONTENT).digest()]


@pytest.mark.parametrize("where", [0, 5, 70, 200, 300, -1])
def test_one_that_was_altered_is_passed_over_and_comes_right_from_another_stick(
    pair: tuple[Typist, Typist], tmp_path: Path, where: int
) -> None:
    a, b = pair
    case_id, _ = attached(a)
    (tmp_path / "x").mkdir()
    used(a, tmp_path / "x")
    (lies,) = scans(tmp_path / "x")
    spoilt = bytearray(lies.read_bytes())
    spoilt[where] ^= 1
    lies.write_bytes(bytes(spoilt))
    used(b, tmp_path / "x")
    assert not is_here(b, case_id)
    (tmp_path / "y").mkdir()
    used(a, tmp_path / "y")
    used(b, tmp_path / "y")
    assert is_here(b, case_id)


@pytest.mark.parametrize("how", ["cut short", "a byte turned"])
def test_a_spoilt_one_does_not_stand_in_the_way_of_a_good_one(
    pair: tuple[Typist, Typist], tmp_path: Path, how: str
) -> None:
    a, b = pair
    case_id, _ = attached(a)
    used(a, tmp_path)
    (lies,) = scans(tmp_path)
    whole = lies.read_bytes()
    turned = whole[:-1] + bytes([whole[-1] ^ 1])
    lies.write_bytes(whole[: len(whole) // 2] if how == "cut short" else turned)
    used(b, tmp_path)
    assert scans(tmp_path) == []
    used(a, tmp_path)
    used(b, tmp_path)
    assert is_here(b, case_id)


def test_one_that_nobody_of_the_centre_signed_hides_nothing(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id, _ = attached(a)
    used(a, tmp_path)
    (lies,) = scans(tmp_path)
    forged = bytearray(lies.read_bytes())
    forged[BLOB_HEAD_BYTES - 1] ^= 1
    lies.write_bytes(bytes(forged))
    used(a, tmp_path)
    used(b, tmp_path)
    assert is_here(b, case_id)


def test_those_of_other_centres_and_files_that_are_none_do_no_harm(
    pair: tuple[Typist, Typist], region: RegionPlace, tmp_path: Path
) -> None:
    a, b = pair
    other = region.first()
    attached(other, CONTENT + b"ajeno")
    used(other, tmp_path)
    shelf = scans(tmp_path)[0].parent
    (shelf / (shelf.name + "0" * 62 + SCAN)).write_bytes(b"QSPF nada" * 90)
    case_id, _ = attached(a)
    used(a, tmp_path)
    used(b, tmp_path)
    assert is_here(b, case_id)
    assert len(scans(tmp_path)) == 3
    other.laptop.close()


def of_other_centres(stick: Path, count: int) -> None:
    """Lay files on the shelves that say nothing of whose they are."""
    chance = random.Random(7)
    for _ in range(count):
        home(stick, chance.randbytes(32).hex() + SCAN).write_bytes(b"QSPF" + bytes(300))


def test_on_a_stick_full_of_other_centres_attachments_ones_own_lies_once(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id, _ = attached(a)
    used(a, tmp_path)
    (lies,) = scans(tmp_path)
    of_other_centres(tmp_path, 5_000)
    for one in (a, b, a):
        used(one, tmp_path)
    assert [one for one in scans(tmp_path) if one.stat().st_size > 400] == [lies]
    assert is_here(b, case_id)


def test_more_than_are_listed_is_told_and_none_is_left_a_second_time(
    pair: tuple[Typist, Typist], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    monkeypatch.setitem(SCANS, SCAN, dataclasses.replace(SCANS[SCAN], most=4))
    cases = [attached(a, CONTENT + bytes([number]))[0] for number in range(6)]
    used(a, tmp_path)
    lie = scans(tmp_path)
    assert len(lie) == len(cases), "the stick was empty"
    written = b.run(lambda uow: uow.changes.count())
    visits = 0
    while visits < 3 or (not all(is_here(b, one) for one in cases) and visits < 200):
        for one in (a, b):
            assert one.use_stick(tmp_path).failure == "stick_too_much"
        visits += 1
    assert scans(tmp_path) == lie
    assert b.run(lambda uow: uow.changes.count()) > written, "what was written came all the same"
    assert all(is_here(b, one) for one in cases), "each time begins elsewhere"


def test_what_has_no_room_in_one_visit_is_counted_and_goes_with_the_next(
    pair: tuple[Typist, Typist], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = pair
    sealed = 2 * len(CONTENT)
    monkeypatch.setattr(stick_blobs, "LEFT_BYTES_MAX", 2 * sealed)
    for number in range(7):
        attached(a, CONTENT + bytes([number]) * len(CONTENT))
    lie: list[int] = []
    left: list[int] = []
    while len(left) < 9 and (not left or left[-1]):
        report = a.use_stick(tmp_path)
        assert report.failure is None
        left.append(report.attachments_left)
        lie.append(len(scans(tmp_path)))
    assert len(left) > 2
    assert [there + lacking for there, lacking in zip(lie, left, strict=True)] == [7] * len(left)
    used(b, tmp_path)
    assert b.use_stick(tmp_path).attachments_left == 0
