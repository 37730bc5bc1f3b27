"""An attachment that the region does not take holds no other up, and is not sent again and again."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import attachments
from app.services.messages import SENTENCES
from app.services.read_models import SyncReport
from sync.client.keys import HeldKeys
from sync.protocol import codec, paths
from sync.protocol.blob import BLOB_HEAD_BYTES, parse_head
from sync.protocol.compact import TOKEN_BYTES
from sync.protocol.messages import ErrorReply
from tests.support.line import OURS, Line, Passing, says
from tests.support.stations import RegionPlace, impatient, open_again, served, view

LARGE = 90_000
CASE = {"names": "Ñunkuí Inventada"}
_FRONT = TOKEN_BYTES + 32 + 8
"""The token, the blob's name, and where the piece begins."""


@pytest.fixture(scope="module")
def own_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RegionPlace, Line]]:
    """A region of its own, and the line to it."""
    place = RegionPlace.make(tmp_path_factory.mktemp("refused"))
    with served(place) as address, Line(place.server, address) as line:
        place.url = line.url
        yield place, line


@pytest.fixture
def line(own_line: tuple[RegionPlace, Line]) -> Line:
    return own_line[1]


@pytest.fixture
def a(own_line: tuple[RegionPlace, Line]) -> Iterator[Typist]:
    """A laptop with a large attachment, and then two small ones."""
    typist = own_line[0].first()
    for seed, size in enumerate((LARGE, 2_000, 3_000)):
        attach(typist, size, seed)
    yield typist
    typist.laptop.close()


def attach(typist: Typist, size: int, seed: int) -> RecordId:
    case_id, _ = typist.register(CASE)
    content = b"%PDF-1.7\n" + random.Random(seed).randbytes(size)
    desk = typist.laptop.desk
    return typist.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, content))


def synced(typist: Typist) -> SyncReport:
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_now(lambda _: None, reports.append)
    assert reports[0].failure is None
    return reports[0]


class Refusing:
    """The region's server does not take the large one, for this reason."""

    def __init__(self, reason: str) -> None:
        self.names: list[bytes] = []
        self._refuses = says(400, OURS, codec.encode(ErrorReply(reason, 0)))

    def __call__(self, passing: Passing) -> None:
        head = parse_head(passing.body[_FRONT:])
        if head.body_size >= LARGE:
            self.names.append(passing.body[TOKEN_BYTES : TOKEN_BYTES + 32])
            self._refuses(passing)
        else:
            passing.answer(passing.hand_on())


def sent(line: Line) -> int:
    """How many pieces of attachments went up since somebody listened."""
    pieces = [one.body for one in line.heard if one.path == paths.BLOB_PUT]
    assert all(len(one) > _FRONT + BLOB_HEAD_BYTES for one in pieces)
    line.heard.clear()
    return len(pieces)


def facts(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def newer(typist: Typist) -> Typist:
    """The same laptop with a newer program."""
    keys = typist.laptop.keys
    assert keys is not None
    held = HeldKeys(keys.keyring, lambda _keyring: None, program="99.0")
    return impatient(dataclasses.replace(typist.laptop, keys=held))


def test_one_that_is_refused_holds_no_other_up_and_is_told(a: Typist, line: Line) -> None:
    refusing = Refusing("blob_over_limit")
    line.heard.clear()
    with line.faulty(refusing, on=paths.BLOB_PUT):
        synced(a)
        assert sent(line) == 3, "the two behind it are there"
        assert view(a).waiting_attachments == 1
        synced(a)
        assert sent(line) == 1, "tried once more, sealed anew"
        for _ in range(3):
            synced(a)
        assert sent(line) == 0, "and then no more"
    assert len(set(refusing.names)) == 2
    assert facts(a)["attachments_refused"] == 1
    assert "{count}" in SENTENCES["attachments_refused"]
    assert view(a).waiting_attachments == 1, "it is still here, and only here"
    attach(a, 4_000, seed=9)
    synced(a)
    assert sent(line) == 1, "what is new goes up all the same"


def test_a_newer_program_tries_once_more_and_nothing_is_told_when_it_is_taken(
    a: Typist, line: Line
) -> None:
    with line.faulty(Refusing("blob_unknown_version"), on=paths.BLOB_PUT):
        for _ in range(3):
            synced(a)
    assert facts(a)["attachments_refused"] == 1
    synced(newer(a))
    assert view(a).waiting_attachments == 0
    assert "attachments_refused" not in facts(a)


def test_one_that_was_taken_from_another_laptop_is_not_told_any_more(
    own_line: tuple[RegionPlace, Line], a: Typist, line: Line, tmp_path: Path
) -> None:
    folder = own_line[0].new_folder()
    b = own_line[0].joining_at(a, folder)
    for one in (a, b):
        assert one.use_stick(tmp_path).failure is None
    with line.faulty(Refusing("blob_over_limit"), on=paths.BLOB_PUT):
        for _ in range(2):
            synced(b)
    synced(a)
    synced(b)
    assert facts(b)["attachments_refused"] == 1
    b.laptop.close()
    b = impatient(open_again(folder))
    line.heard.clear()
    synced(b)
    assert sent(line) == 0, "it lies there, and nothing is sent to find that out"
    assert view(b).waiting_attachments == 0
    assert "attachments_refused" not in facts(b)
    b.laptop.close()


@pytest.mark.parametrize("reason", ["blob_quota", "blob_unknown_device", "forbidden"])
def test_what_concerns_all_ends_the_lane_and_what_is_sealed_waits_as_it_is(
    a: Typist, line: Line, reason: str
) -> None:
    refusing = Refusing(reason)
    line.heard.clear()
    with line.faulty(refusing, on=paths.BLOB_PUT):
        for _ in range(3):
            synced(a)
            assert sent(line) == 1, "the others are not tried in vain"
    assert len(set(refusing.names)) == 1
    assert view(a).waiting_attachments == 3
    told = facts(a)
    assert told.get("attachments_no_room", 0) == (3 if reason == "blob_quota" else 0)
    assert "attachments_refused" not in told
    synced(a)
    assert view(a).waiting_attachments == 0
    assert "attachments_no_room" not in facts(a)


def test_who_is_taken_back_needs_no_room(own_line: tuple[RegionPlace, Line], line: Line) -> None:
    a = own_line[0].first()
    desk = a.laptop.desk
    first, second = attach(a, LARGE, seed=1), attach(a, 2_000, seed=2)
    with line.faulty(says(400, OURS, codec.encode(ErrorReply("blob_quota", 0))), paths.BLOB_PUT):
        synced(a)
    assert facts(a)["attachments_no_room"] == 2
    a.run(lambda uow: attachments.withdraw(uow, desk, first))
    assert facts(a)["attachments_no_room"] == 1
    a.run(lambda uow: attachments.withdraw(uow, desk, second))
    synced(a)
    assert view(a).waiting_attachments == 0
    assert "attachments_no_room" not in facts(a), "nothing waits for room"
    a.laptop.close()
