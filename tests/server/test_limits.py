"""What is over a limit or a quota is refused before it costs anything, and says so."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable, Sequence

import msgspec
import pytest

from sync.protocol import codec, limits, paths
from sync.protocol.messages import (
    ChallengeRequest,
    ErrorReply,
    ExchangeRequest,
    RosterReply,
    RosterRequest,
    SessionRequest,
)
from sync.protocol.roster import (
    ROOT,
    next_place,
    read_statement,
    sign_statement,
    statement_id,
)
from sync.protocol.statements import Revoke, revocations
from sync.server.throttle import BYTES_PER_HOUR, HOUR_SECONDS
from tests.support import centres
from tests.support.door import Answer, Caller, Door, sealed

TOO_MUCH = (413, "message_over_limit")
MALFORMED = (400, "message_malformed")
BUSY = (429, "busy")


def head(**fields: int) -> bytes:
    said = codec.encode(ExchangeRequest(**fields))  # type: ignore[arg-type]
    return struct.pack(">I", len(said)) + said


def test_a_stranger_who_sends_crumbs_costs_no_square_of_them(device: Caller) -> None:
    began = time.process_time()
    answer = device.ask(paths.SESSION, [bytes(4)] * (SessionRequest.MAX_BYTES // 8))
    assert answer.refusal() == MALFORMED
    assert time.process_time() - began < 8.0  # a copy for each crumb took 25


def test_a_body_over_its_limit_is_refused_without_reading_on(device: Caller) -> None:
    device.sign_in()
    for path, most in (
        (paths.CHALLENGE, ChallengeRequest.MAX_BYTES),
        (paths.SESSION, SessionRequest.MAX_BYTES),
        (paths.roster_path(device.centre), RosterRequest.MAX_BYTES),
    ):
        endless = device.ask(path, [bytes(1 << 16)] * 100)
        assert endless.refusal() == TOO_MUCH
        assert endless.pieces_read <= most // (1 << 16) + 1
        assert device.ask(path, bytes(most)).refusal() == MALFORMED


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (struct.pack(">I", limits.REQUEST_HEAD_MAX + 1), TOO_MUCH),
        (struct.pack(">I", 2**32 - 1), TOO_MUCH),
        (struct.pack(">I", 3) + b"abc", MALFORMED),
        (head(offered=1) + struct.pack(">I", limits.BATCH_MAX + 1), (413, "batch_over_limit")),
        (head(offered=1) + struct.pack(">I", 2**32 - 1), (413, "batch_over_limit")),
        (head(offered=1) + struct.pack(">I", 0), (413, "batch_over_limit")),
        (head(offered=0) + b"behind the end", MALFORMED),
        (head(offered=1), (400, "message_truncated")),
        (b"", (400, "message_truncated")),
    ],
)
def test_an_exchange_that_breaks_its_frame_is_refused_by_name(
    device: Caller, body: bytes, refusal: tuple[int, str]
) -> None:
    device.sign_in()
    path = paths.exchange_path(device.centre)
    assert device.ask(path, body).refusal() == refusal
    one_by_one = [body[at : at + 1] for at in range(len(body))]
    assert device.ask(path, one_by_one).refusal() == refusal


@pytest.mark.parametrize(
    "fields",
    [
        {"offered": limits.EXCHANGE_BATCHES_MAX + 1},
        {"offered": -1},
        {"wanted_bytes": limits.EXCHANGE_BYTES_MAX + 1},
        {"position": 2**63},
        {"position": 1},
        {"version": 0},
    ],
)
def test_a_head_over_its_limits_is_refused(device: Caller, fields: dict[str, int]) -> None:
    device.sign_in()
    values = {
        "version": 1,
        "log_id": b"",
        "position": 0,
        "chain": b"",
        "wanted_bytes": 0,
        "offered": 0,
    }
    said = msgspec.msgpack.encode(list({**values, **fields}.values()))
    body = struct.pack(">I", len(said)) + said
    assert device.ask(paths.exchange_path(device.centre), body).refusal() == MALFORMED


def test_batches_of_more_than_an_exchange_may_hold_are_refused_and_the_first_kept(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    good = sealed(laptops.admin, 1)[0].content
    huge = bytes(limits.BATCH_MAX)
    count = limits.EXCHANGE_BYTES_MAX // limits.BATCH_MAX
    frames = [struct.pack(">I", len(one)) + one for one in (good, *[huge] * count)]
    body = [head(offered=count + 1), *frames]
    assert device.ask(paths.exchange_path(device.centre), body).refusal() == TOO_MUCH
    assert device.exchange().entries()[0].top == 1


def test_an_announced_size_takes_no_memory(device: Caller) -> None:
    device.sign_in()
    path = paths.exchange_path(device.centre)
    body = [head(offered=2048), struct.pack(">I", limits.BATCH_MAX), b"only this"]
    device.ask(path, body)
    tracemalloc.start()
    try:
        device.ask(path, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limits.BATCH_MAX


def test_a_whole_exchange_of_the_largest_number_of_batches_is_answered(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    repeated = [sealed(laptops.admin, 1)[0].content] * limits.EXCHANGE_BATCHES_MAX
    reply, entries = device.exchange(*repeated).entries()
    assert len(reply.receipts) == limits.EXCHANGE_BATCHES_MAX
    assert (reply.top, entries) == (1, [])
    rubbish = [b"%d" % number for number in range(limits.EXCHANGE_BATCHES_MAX)]
    reply, entries = device.exchange(*rubbish).entries()
    assert len(reply.refused) == limits.EXCHANGE_BATCHES_MAX
    assert len(entries) == 1


@pytest.fixture
def quota(monkeypatch: pytest.MonkeyPatch) -> int:
    """A quota of requests that is used up at once."""
    monkeypatch.setattr("sync.server.throttle.REQUESTS_PER_HOUR", 60)
    return 60


def test_a_device_has_a_quota_of_requests_by_the_hour(
    device: Caller, door: Door, quota: int
) -> None:
    device.sign_in()
    _until_busy(lambda: device.ask(paths.roster_path(device.centre), b""), quota)
    door.ticks.now += HOUR_SECONDS + 1
    device.sign_in()
    assert device.exchange().status == 200


def test_strangers_are_counted_by_address_and_hold_up_nobody_else(
    device: Caller, door: Door, quota: int
) -> None:
    device.sign_in()
    body = codec.encode(ChallengeRequest(bytes(16), bytes(16)))
    _until_busy(lambda: door.ask(paths.CHALLENGE, body, address="10.9.9.9"), quota)
    assert door.ask(paths.CHALLENGE, body, address="10.9.9.8").status == 200
    assert device.exchange().status == 200


def _until_busy(ask: Callable[[], Answer], count: int) -> None:
    for _ in range(count):
        assert ask().status != 429
    refused = ask()
    assert refused.refusal() == BUSY
    assert codec.decode(ErrorReply, refused.body).retry_after_seconds > 0


def test_a_device_has_a_quota_of_bytes_and_keeps_what_was_taken_before(
    device: Caller, door: Door, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    path = paths.exchange_path(device.centre)
    good = [one.content for one in sealed(laptops.admin, 2)]
    frames = [struct.pack(">I", len(one)) + one for one in good]
    rest = BYTES_PER_HOUR - sum(len(one) for one in frames)
    piece = bytes(64 << 20)
    for _ in range(rest // len(piece)):
        # Read once and refused at its first bytes: a body costs its bytes all the same.
        assert device.ask(path, piece).refusal() != BUSY
    body = [head(offered=3), *frames, struct.pack(">I", limits.BATCH_MAX), piece]
    assert device.ask(path, body).refusal() == BUSY
    door.ticks.now += HOUR_SECONDS + 1
    device.sign_in()
    assert device.exchange().entries()[0].top == 2


def signed_statements(laptops: centres.TwoLaptops, count: int, size: int) -> list[bytes]:
    """Statements of a later kind, by the centre's admin: kept and passed on unread."""
    return centres.of_a_later_kind(laptops.admin, count, size)


def test_a_roster_as_large_as_it_may_be_is_told_in_answers_within_the_limit(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    path = paths.roster_path(device.centre)
    size = limits.STATEMENT_MAX - len(signed_statements(laptops, 1, 0)[0]) - 4
    offered = signed_statements(laptops, limits.STATEMENTS_PER_ADMIN_MAX // 2, size)
    assert sum(len(one) for one in offered[: limits.STATEMENTS_MAX]) > 0.999 * limits.ROSTER_MAX
    for start in range(0, len(offered), 256):
        page = RosterRequest(tuple(offered[start : start + 256]))
        device.ask(path, codec.encode(page)).read(RosterReply)
    held = {statement_id(one) for one in laptops.admin.statements}
    told: set[bytes] = set()
    while True:
        ids = codec.join_ids(sorted(held))
        reply = device.ask(path, codec.encode(RosterRequest((), ids))).read(RosterReply)
        if not reply.statements:
            break
        told |= set(reply.statements)
        held |= {statement_id(one) for one in reply.statements}
    assert told == set(offered)


def test_so_many_statements_of_an_admin_are_kept_and_no_more(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    _offer(device, signed_statements(laptops, limits.STATEMENTS_PER_ADMIN_MAX + 10, 1))
    said = [read_statement(one) for one in _kept(device)]
    assert sum(one.by == laptops.admin.device.id for one in said) == limits.STATEMENTS_PER_ADMIN_MAX


def test_who_fills_its_room_with_statements_is_revoked_by_the_root_all_the_same(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    _offer(device, signed_statements(laptops, limits.STATEMENTS_PER_ADMIN_MAX, 1))
    thief, root = laptops.admin, centres.root()
    (known,) = revocations(thief.statements, thief.device.id)
    place = next_place(thief.statements, ROOT, thief.centre)
    _offer(
        device,
        [sign_statement(known, centre=thief.centre, by=ROOT, place=place, sign=root.sign)],
    )
    assert device.exchange().refusal() == (401, "unauthorized")


def test_a_plain_laptop_says_once_that_it_leaves(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    leaving = laptops.plain
    sayings = [
        sign_statement(
            Revoke(leaving.device.id, bytes(32 * count)),
            centre=leaving.centre,
            by=leaving.device.id,
            place=(count + 1, bytes(32)),
            sign=leaving.keys.sign,
        )
        for count in range(50)
    ]
    _offer(device, sayings)
    assert sum(read_statement(one).by == leaving.device.id for one in _kept(device)) == 1


def _offer(device: Caller, statements: Sequence[bytes]) -> None:
    path = paths.roster_path(device.centre)
    for start in range(0, len(statements), limits.STATEMENTS_MAX):
        page = RosterRequest(tuple(statements[start : start + limits.STATEMENTS_MAX]))
        device.ask(path, codec.encode(page)).read(RosterReply)


def _kept(device: Caller) -> list[bytes]:
    """Every statement that the server tells a device that holds none."""
    path = paths.roster_path(device.centre)
    kept: list[bytes] = []
    while True:
        ids = codec.join_ids(sorted(map(statement_id, kept)))
        reply = device.ask(path, codec.encode(RosterRequest((), ids))).read(RosterReply)
        if not reply.statements:
            return kept
        kept += reply.statements
