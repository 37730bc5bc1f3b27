"""What goes out is counted before it does, and costs little memory however slowly it is read."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from sync.protocol import codec, paths
from sync.protocol.batch import batch_id
from sync.protocol.compact import IN_THE_LOG
from sync.protocol.frames import Frame
from sync.protocol.messages import ExchangeRequest, RosterReply, RosterRequest
from sync.server.outgoing import PIECE_BYTES, evenly
from sync.server.sql_store import SqlStore
from sync.server.store import NewBatch
from sync.server.throttle import HOUR_SECONDS
from tests.server.test_limits import signed_statements
from tests.support import centres
from tests.support.door import Caller, Door, sealed

BUSY = (429, "busy")
COUNT = 16
MOST = 16 << 20


@pytest.fixture
def admin(device: Caller) -> Caller:
    return device.log_in()


@pytest.fixture
def plain(door: Door, laptops: centres.TwoLaptops, admin: Caller) -> Caller:
    return Caller(door, laptops.plain, admin.server_key).log_in()


@pytest.fixture
def filled(store: SqlStore, admin: Caller) -> int:
    """How many bytes the log has that a device finds: the server opens none of them."""
    chance = random.Random(1)
    for number in range(1, COUNT + 1):
        content = chance.randbytes(500_000)
        store.append(
            admin.centre, NewBatch(batch_id(content), bytes(16), bytes(8), number, content)
        )
    return COUNT * 500_000


def test_what_a_device_fetches_in_an_exchange_is_counted_before_it_goes_out(
    plain: Caller, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", 2 * filled)
    _, entries = plain.compact(wanted_bytes=MOST).pulled()
    assert sum(len(one.content) for one in entries) == filled
    assert plain.compact(wanted_bytes=MOST).refusal() == BUSY
    plain.door.ticks.now += HOUR_SECONDS + 1
    assert plain.log_in().compact(wanted_bytes=MOST).status == 200


def test_what_a_device_fetches_in_the_first_version_is_counted_too(
    plain: Caller, filled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.sign_in()
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", 2 * filled - 1)
    _, entries = plain.exchange(wanted_bytes=MOST).entries()
    assert sum(len(one.content) for one in entries) == filled
    assert plain.exchange(wanted_bytes=MOST).refusal() == BUSY


def test_what_was_brought_stays_when_there_is_no_quota_left_for_the_answer(
    admin: Caller,
    plain: Caller,
    filled: int,
    laptops: centres.TwoLaptops,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", filled)
    own = sealed(laptops.plain, 1)[0]
    refused = plain.compact(Frame.of(own.id, own.content), wanted_bytes=MOST)
    assert refused.refusal() == BUSY
    plain.door.ticks.now += HOUR_SECONDS + 1
    assert plain.log_in().held(own.id) == (IN_THE_LOG,)


def test_statements_that_a_device_fetches_are_counted(
    door: Door,
    store: SqlStore,
    admin: Caller,
    laptops: centres.TwoLaptops,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statements = signed_statements(laptops, 300, 3_000)
    store.add_statements(admin.centre, statements)
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", 3 * 300 * 3_000)
    asked = admin.token + codec.encode(RosterRequest())
    for _ in range(2):
        assert door.ask(paths.COMPACT_ROSTER, asked).read(RosterReply).statements
    assert door.ask(paths.COMPACT_ROSTER, asked).refusal() == BUSY
    older = Caller(door, laptops.plain, admin.server_key).sign_in()
    path, said = paths.roster_path(older.centre), codec.encode(RosterRequest())
    assert [older.ask(path, said).status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("version", [1, 3])
def test_whoever_reads_slowly_holds_little_of_a_large_answer(
    plain: Caller, filled: int, version: int
) -> None:
    if version == 1:
        plain.sign_in()
        said = f"{paths.AUTH_SCHEME} {plain.token.hex()}".encode()
        path, asked = paths.exchange_path(plain.centre), ExchangeRequest(wanted_bytes=MOST)
        body = b"".join(codec.encode_request(asked, []))
    else:
        path, said, body = paths.COMPACT_EXCHANGE, None, plain.push(wanted_bytes=MOST)
    held: list[int] = []
    came = 0

    def hear(piece: bytes) -> None:
        nonlocal came
        assert len(piece) <= PIECE_BYTES
        came += len(piece)
        held.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        answer = plain.door.ask(path, body, authorization=said, hear=hear)
    finally:
        tracemalloc.stop()
    assert answer.status == 200
    assert came > filled > 6 << 20
    assert max(held) - before < 2 << 20


def test_crumbs_and_large_pieces_go_out_evenly() -> None:
    pieces = [b"", b"a" * 3, b"b" * 25, b"c", b"", b"d" * 10]
    for size in (1, 7, 10, 39, 40):
        out = list(evenly(pieces, size))
        assert b"".join(out) == b"".join(pieces)
        assert {len(one) for one in out[:-1]} <= {size}
        assert 0 < len(out[-1]) <= size
    assert list(evenly([])) == []
