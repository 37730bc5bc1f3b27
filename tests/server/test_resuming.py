"""The compact exchange on the server: what came of a cut batch is kept, and gone on with."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest

from sync.envelope.keyring import Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec, limits, paths
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.compact import IN_THE_LOG, LoginReply, PushHead, Standing, encode_short
from sync.protocol.frames import Frame, encode_push
from sync.protocol.messages import (
    Refusal,
    RosterReply,
    RosterRequest,
    SessionReply,
    receipt_bytes,
)
from sync.protocol.signature import Purpose, is_signed
from sync.server.compact_routes import KEEP_EVERY_SECONDS
from sync.server.sql_store import SqlStore
from sync.server.store import Partial
from sync.server.throttle import BYTES_PER_HOUR
from tests.support import centres
from tests.support.door import Answer, Caller, Door, invented_region, sealed
from tests.support.every import spread

REFUSED = (401, "unauthorized")


def large(keyring: Keyring, number: int = 1, size: int = 20_000) -> bytes:
    """A sealed batch of some ``size`` bytes that no compression makes smaller."""
    text = random.Random(number).randbytes(size).hex()
    envelope = CentreEnvelope(centres.REGISTRY, keyring)
    return envelope.seal(centres.outline(1), [centres.change(number, text)]).content


@pytest.fixture(scope="module")
def big(laptops: centres.TwoLaptops) -> bytes:
    return large(laptops.admin)


@pytest.fixture
def admin(device: Caller) -> Caller:
    return device.log_in()


@pytest.fixture
def plain(door: Door, laptops: centres.TwoLaptops, admin: Caller) -> Caller:
    return Caller(door, laptops.plain, admin.server_key).log_in()


def cut(device: Caller, body: bytes, at: int) -> None:
    """Send a body up to a byte, and vanish."""
    answer = device.door.ask(paths.COMPACT_EXCHANGE, [body[:at]], hangs_up=True)
    assert answer.status == 400


def test_a_device_logs_in_and_both_speak_the_newest_version_that_both_know(device: Caller) -> None:
    for newest, spoken in ((2, 2), (3, 3), (200, 3)):
        asked = encode_short(device.compact_proof(device.nonce(), newest))
        answer = device.door.ask(paths.COMPACT_LOGIN, asked)
        assert answer.body[0] in (0x91, 0x92, 0x93)
        said = answer.read(LoginReply)
        assert (len(said.token), said.lives_seconds, said.version) == (16, 900, spoken)


def test_nothing_to_do_is_answered_in_a_few_bytes(admin: Caller, big: bytes) -> None:
    head, _ = admin.compact(Frame.of(batch_id(big), big)).pulled()
    chain = head.receipts[0].chain[:16]
    body = admin.push(position=1, chain=chain)
    http = b"POST /v2/x HTTP/1.1\r\nHost: region.example\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert len(http + body) <= 120
    answer = admin.door.ask(paths.COMPACT_EXCHANGE, body)
    head, entries = answer.pulled()
    assert (head.standing, head.top, head.more, entries) == (Standing.AGREES, 1, False, [])
    assert len(answer.body) <= 48


def test_both_versions_are_served_side_by_side_from_one_log(
    door: Door, laptops: centres.TwoLaptops, admin: Caller, big: bytes
) -> None:
    older = Caller(door, laptops.plain, admin.server_key).sign_in()
    assert isinstance(older.token, bytes)
    assert len(older.token) == 32
    head, _ = admin.compact(Frame.of(batch_id(big), big)).pulled()
    old_head, old_entries = older.exchange().entries()
    assert (old_head.version, old_head.log_id) == (1, head.log_id)
    assert [one.content for one in old_entries] == [big]
    again, _ = older.exchange(big).entries()
    receipt, short = again.receipts[0], head.receipts[0]
    assert (receipt.position, receipt.chain, receipt.signature) == (
        short.position,
        short.chain,
        short.signature,
    )
    said = receipt_bytes(short.batch, head.log_id, short.position, short.chain)
    assert is_signed(invented_region().public, Purpose.RECEIPT, said, short.signature)


def test_each_standing_is_told(admin: Caller, laptops: centres.TwoLaptops) -> None:
    batches = [one.content for one in sealed(laptops.admin, 3)]
    frames = [Frame.of(batch_id(one), one) for one in batches]
    first, entries = admin.compact(*frames).pulled()
    assert (first.standing, first.top, entries) == (Standing.FIRST, 3, [])
    chain = first.receipts[0].chain[:16]
    head, entries = admin.compact(position=1, chain=chain).pulled()
    assert head.standing is Standing.AGREES
    assert [(one.position, one.content) for one in entries] == [(2, batches[1]), (3, batches[2])]
    head, entries = admin.compact(position=1, chain=bytes(16)).pulled()
    assert (head.standing, entries) == (Standing.DIFFERS, [])
    head, entries = admin.compact(position=4, chain=chain).pulled()
    assert (head.standing, head.top, entries) == (Standing.SHORTER, 3, [])
    start = chain_start(first.log_id)[:16]
    head, entries = admin.compact(position=0, chain=start, wanted_bytes=1).pulled()
    assert (head.standing, len(entries), head.more) == (Standing.AGREES, 1, True)


def test_a_request_cut_at_any_byte_loses_only_the_small_batch_that_was_under_way(
    admin: Caller, laptops: centres.TwoLaptops, store: SqlStore
) -> None:
    one, two = (batch.content for batch in sealed(laptops.admin, 2))
    named = Frame(len(two), two, batch_id(two))
    body = admin.push(Frame.of(batch_id(one), one), named)
    end_of_one = len(body) - len(two) - 40
    bounds = {one + by for one in (0, end_of_one, end_of_one + 40) for by in (-1, 0, 1)}
    cuts = {*spread(range(len(body)), 80), *(one for one in bounds if one >= 0)}
    for at in sorted(cuts):
        cut(admin, body, at)
        placed = store.positions_of(admin.centre, [batch_id(one), batch_id(two)])
        assert list(placed) == ([batch_id(one)] if at >= end_of_one else [])
        held = store.partial_sizes(admin.centre, [batch_id(two)]).get(batch_id(two), 0)
        assert held == max(0, at - end_of_one - 40)
        # The kept part only grows: forget it, so that each cut stands alone.
        store.drop_partial(admin.centre, batch_id(two))
    assert admin.compact(Frame.of(batch_id(two), two)).pulled()[0].top == 2


def test_another_device_goes_on_where_the_first_was_cut(
    admin: Caller, plain: Caller, big: bytes
) -> None:
    name = batch_id(big)
    body = admin.push(Frame.of(name, big))
    cut(admin, body, len(body) - 5_000)
    (held,) = plain.held(name)
    assert held == len(big) - 5_000
    rest = Frame.of(name, big, held)
    assert len(rest.content) == 5_000
    again = plain.push(rest)
    cut(plain, again, len(again) - 1_000)
    assert admin.held(name) == (len(big) - 1_000,)
    head, _ = admin.compact(Frame.of(name, big, len(big) - 1_000)).pulled()
    assert [one.batch for one in head.receipts] == [name]
    assert admin.held(name) == (IN_THE_LOG,)
    assert [one.content for one in plain.compact().pulled()[1]] == [big]


def test_less_than_what_is_kept_takes_nothing_away(admin: Caller, big: bytes) -> None:
    name = batch_id(big)
    for start, count, held in ((0, 9_000, 9_000), (0, 4_000, 9_000), (2_000, 1_000, 9_000)):
        body = admin.push(Frame.of(name, big, start))
        cut(admin, body, len(body) - (len(big) - start) + count)
        assert admin.held(name) == (held,)


def test_two_devices_that_push_one_batch_at_once_end_with_one_place(
    admin: Caller, plain: Caller, big: bytes
) -> None:
    name = batch_id(big)
    cut(admin, admin.push(Frame.of(name, big)), 8_000)
    cut(plain, plain.push(Frame.of(name, big)), 12_000)
    (held,) = admin.held(name)
    first, _ = admin.compact(Frame.of(name, big, held)).pulled()
    second, _ = plain.compact(Frame.of(name, big, held)).pulled()
    third, _ = plain.compact(Frame.of(name, big)).pulled()
    assert first.receipts == second.receipts == third.receipts
    assert (first.receipts[0].position, third.top) == (1, 1)


def test_of_a_batch_in_the_log_only_the_receipt_travels(admin: Caller, big: bytes) -> None:
    name = batch_id(big)
    head, _ = admin.compact(Frame.of(name, big)).pulled()
    nothing = Frame.of(name, big, len(big))
    assert nothing.content == b""
    again, _ = admin.compact(nothing).pulled()
    assert again.receipts == head.receipts


def test_what_goes_on_where_nothing_is_held_is_refused_and_the_others_taken(
    admin: Caller, laptops: centres.TwoLaptops, big: bytes
) -> None:
    name = batch_id(big)
    other = sealed(laptops.admin, 1)[0].content
    small = Frame.of(batch_id(other), other)
    for start in (1, 9_000, len(big)):
        head, _ = admin.compact(Frame.of(name, big, start), small).pulled()
        assert head.refused == (Refusal(name, "frame_gap"),)
        assert [one.batch for one in head.receipts] == [batch_id(other)]
    cut(admin, admin.push(Frame.of(name, big)), 8_000)
    (held,) = admin.held(name)
    head, _ = admin.compact(Frame.of(name, big, held + 1)).pulled()
    assert head.refused == (Refusal(name, "frame_gap"),)
    assert admin.held(name) == (held,)
    # Another length under the same name: one of the two lies, and neither is joined to the other.
    lie = Frame(held + 10, b"x" * 5, name, held + 5)
    head, _ = admin.compact(lie).pulled()
    assert head.refused == (Refusal(name, "frame_gap"),)
    head, _ = admin.compact(Frame.of(name, big, held)).pulled()
    assert [one.batch for one in head.receipts] == [name]


def test_a_whole_that_has_not_its_name_is_refused_and_heals(
    admin: Caller, plain: Caller, big: bytes
) -> None:
    """A front that was spoilt, by a fault or by somebody, costs one more sending and no batch."""
    name = batch_id(big)
    spoilt = bytes(10) + big[10:]
    cut(plain, plain.push(Frame(len(big), spoilt, name)), 9_000)
    (held,) = admin.held(name)
    assert held > 8_000
    head, _ = admin.compact(Frame.of(name, big, held)).pulled()
    assert (head.refused, head.receipts) == ((Refusal(name, "frame_altered"),), ())
    assert admin.held(name) == (0,)
    head, _ = admin.compact(Frame.of(name, big)).pulled()
    assert [one.batch for one in head.receipts] == [name]


def test_a_whole_that_is_no_batch_of_the_centre_is_refused_as_ever_and_not_kept(
    admin: Caller, big: bytes
) -> None:
    stranger = large(centres.first_laptop("another", centre=b"\x99" * 16))
    for content, reason in ((stranger, "batch_wrong_centre"), (b"x" * 20_000, "batch_malformed")):
        name = batch_id(content)
        cut(admin, admin.push(Frame.of(name, content)), 9_000)
        (held,) = admin.held(name)
        head, _ = admin.compact(Frame.of(name, content, held)).pulled()
        assert head.refused == (Refusal(name, reason),)
        assert admin.held(name) == (0,)


def test_a_link_that_dies_without_a_word_loses_two_seconds(
    door: Door, admin: Caller, store: SqlStore, big: bytes
) -> None:
    """The server waits on for the rest, and the device is back on another connection already."""
    name = batch_id(big)
    body = admin.push(Frame.of(name, big))
    seen: list[int] = []

    def slowly() -> Iterator[bytes]:
        for at in range(0, 15_000, 1_000):
            door.ticks.now += KEEP_EVERY_SECONDS / 4
            seen.append(sum(store.partial_sizes(admin.centre, [name]).values()))
            yield body[at : at + 1_000]

    door.ask(paths.COMPACT_EXCHANGE, slowly(), hangs_up=True)
    arrived = [max(0, at - len(body) + len(big)) for at in range(0, 15_000, 1_000)]
    assert all(got - kept <= 4_000 for got, kept in zip(arrived, seen, strict=True))
    assert len(set(seen)) == 4


def test_a_centre_keeps_so_much_of_cut_batches_and_the_newest_of_it(
    admin: Caller, laptops: centres.TwoLaptops, store: SqlStore
) -> None:
    size = limits.BATCH_MAX
    names = [hashlib.blake2b(b"%d" % number, digest_size=32).digest() for number in range(7)]
    for name in names:
        cut(admin, admin.push(Frame(size, bytes(size), name)), size - 100_000)
    held = admin.held(*names)
    assert sum(held) <= limits.PARTIAL_BYTES_MAX
    assert [bool(one) for one in held] == [False] * 3 + [True] * 4
    assert store.partial_sizes(b"\x99" * 16, names) == {}


def test_frames_that_go_on_with_what_is_not_held_cost_no_reading_of_what_is(
    admin: Caller, store: SqlStore
) -> None:
    """Of two lengths only one can be true; a frame is some forty bytes, and what is held a MiB."""
    size = 1 << 20
    store.put_partial(admin.centre, bytes(32), Partial(size, bytes(size - 2)), room=1 << 30)
    beyond = Frame(size, b"x", bytes(32), size - 1)
    lying = Frame(size - 1, b"x", bytes(32), size - 2)
    frames = [beyond, lying] * 50
    tracemalloc.start()
    try:
        answer = admin.compact(*frames)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {one.reason for one in answer.pulled()[0].refused} == {"frame_gap"}
    assert peak < size // 2
    assert store.partial_sizes(admin.centre, [bytes(32)]) == {bytes(32): size - 2}


def test_a_hundred_cut_batches_take_the_memory_of_one(admin: Caller) -> None:
    size = limits.BATCH_MAX
    body = admin.push(Frame(size, bytes(size), b"\x01" * 32))
    pieces = [body[at : at + 65_536] for at in range(0, len(body) - 100, 65_536)]
    admin.door.ask(paths.COMPACT_EXCHANGE, pieces, hangs_up=True)
    tracemalloc.start()
    try:
        for number in range(100):
            pieces[0] = body[:24] + bytes([number]) * 32 + body[56:65_536]
            admin.door.ask(paths.COMPACT_EXCHANGE, pieces, hangs_up=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * size


def test_what_follows_is_gone_on_with_at_the_byte(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops, big: bytes
) -> None:
    small = sealed(laptops.admin, 1)[0].content
    head, _ = admin.compact(Frame.of(batch_id(big), big), Frame.of(batch_id(small), small)).pulled()
    whole, _ = plain.compact().pulled()
    start = chain_start(head.log_id)[:16]
    for skip in (1, 12_345, len(big) - 1, len(big)):
        head, entries = plain.compact(position=0, chain=start, skip=skip).pulled()
        assert head.skipped == skip
        assert (entries[0].size, entries[0].start) == (len(big), skip)
        assert big[:skip] + entries[0].content == big
        assert (entries[1].start, entries[1].content) == (0, small)
    head, entries = plain.compact(skip=len(big) + 1).pulled()
    assert (head.skipped, entries[0].content) == (0, big)
    assert whole.skipped == 0


def test_a_batch_offered_in_the_same_request_is_not_skipped_into_the_next(
    admin: Caller, laptops: centres.TwoLaptops, big: bytes
) -> None:
    one, two = big, sealed(laptops.admin, 1)[0].content
    admin.compact(Frame.of(batch_id(one), one), Frame.of(batch_id(two), two)).pulled()
    head, entries = admin.compact(Frame.of(batch_id(one), one), skip=100).pulled()
    assert (head.skipped, [entry.content for entry in entries]) == (0, [two])


def test_a_batch_offered_in_the_same_request_comes_back_only_backwards(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    """Forwards its receipt is enough; backwards each entry carries the chain before it."""
    one, two = (batch.content for batch in sealed(laptops.admin, 2))
    admin.compact(Frame.of(batch_id(one), one), Frame.of(batch_id(two), two)).pulled()
    head, entries = admin.compact(Frame.of(batch_id(two), two)).pulled()
    assert [entry.content for entry in entries] == [one]
    assert [receipt.position for receipt in head.receipts] == [2]
    _, entries = admin.compact(Frame.of(batch_id(two), two), behind=3).pulled()
    assert [entry.content for entry in entries] == [two, one]


def test_the_log_is_read_backwards_and_each_entry_proves_itself(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    batches = [one.content for one in sealed(laptops.admin, 9)]
    head, _ = admin.compact(*(Frame.of(batch_id(one), one) for one in batches)).pulled()
    position, chain = 9, head.receipts[-1].chain
    known = {"position": 9, "chain": chain[:16]}
    found: list[bytes] = []
    rounds = 0
    while position:
        head, entries = plain.compact(behind=position + 1, wanted_bytes=2_000, **known).pulled()
        assert head.standing is Standing.AGREES
        assert entries
        assert sum(one.size for one in entries) <= 2_000
        for entry in entries:
            assert entry.position == position
            assert chain_after(entry.chain, batch_id(entry.content)) == chain
            position, chain = position - 1, entry.chain
            found.append(entry.content)
        assert head.more == (position > 0)
        rounds += 1
    assert found == batches[::-1]
    assert chain == chain_start(head.log_id)
    assert rounds > 2
    head, entries = plain.compact(behind=1, **known).pulled()
    assert (entries, head.more) == ([], False)
    head, entries = plain.compact(behind=2**63 - 1, **known).pulled()
    assert [one.position for one in entries] == list(range(9, 0, -1))
    head, entries = plain.compact(behind=5, skip=7, **known).pulled()
    assert (entries[0].position, entries[0].start, head.skipped) == (4, 7, 7)
    assert batches[3][:7] + entries[0].content == batches[3]
    head, entries = plain.compact(behind=5, position=9, chain=bytes(16)).pulled()
    assert (head.standing, entries) == (Standing.DIFFERS, [])


def test_what_is_held_is_said_in_the_order_of_the_question(
    admin: Caller, laptops: centres.TwoLaptops, big: bytes
) -> None:
    one = sealed(laptops.admin, 1)[0].content
    admin.compact(Frame.of(batch_id(one), one)).pulled()
    cut(admin, admin.push(Frame.of(batch_id(big), big)), 1_000)
    ids = [b"\x00" * 32, batch_id(big), batch_id(one), batch_id(big)]
    held = admin.held(*ids)
    assert held[0] == 0
    assert held[1] == held[3] > 900
    assert held[2] == IN_THE_LOG
    many = [hashlib.blake2b(b"%d" % number, digest_size=32).digest() for number in range(2047)]
    assert admin.held(*many, batch_id(one)) == (*[0] * 2047, IN_THE_LOG)
    for bad in (b"x" * 31, bytes(32 * 2049)):
        asked = admin.token + msgspec.msgpack.encode([bad])
        status, _ = admin.door.ask(paths.COMPACT_HAVE, asked).refusal()
        assert status in (400, 413)


def test_the_roster_goes_by_the_token_too(admin: Caller, laptops: centres.TwoLaptops) -> None:
    asked = RosterRequest(laptops.plain.statements)
    body = admin.token + encode_short(asked)
    reply = admin.door.ask(paths.COMPACT_ROSTER, body).read(RosterReply)
    assert reply.statements == ()
    reply = admin.door.ask(paths.COMPACT_ROSTER, admin.token + encode_short(RosterRequest())).read(
        RosterReply
    )
    assert set(reply.statements) >= set(laptops.plain.statements)


def test_without_a_token_that_lives_nothing_is_taken_or_told(
    door: Door, admin: Caller, big: bytes
) -> None:
    name = batch_id(big)
    good = admin.push(Frame.of(name, big))
    for token in (bytes(16), admin.token[::-1], b"\xff" * 16):
        assert door.ask(paths.COMPACT_EXCHANGE, token + good[16:]).refusal() == REFUSED
        assert door.ask(paths.COMPACT_EXCHANGE, token + b"\xff" * 40).refusal() == REFUSED
        assert door.ask(paths.COMPACT_EXCHANGE, [token, good[16:]]).refusal() == REFUSED
        assert door.ask(paths.COMPACT_HAVE, token + b"\x90").refusal() == REFUSED
        assert door.ask(paths.COMPACT_ROSTER, token + b"\x90").refusal() == REFUSED
    assert admin.held(name) == (0,)
    door.ticks.now += 901
    assert door.ask(paths.COMPACT_EXCHANGE, good).refusal() == REFUSED
    for path in (paths.COMPACT_EXCHANGE, paths.COMPACT_HAVE, paths.COMPACT_ROSTER):
        assert door.ask(path, admin.token[:15]).refusal() == (400, "message_truncated")
    admin.log_in()
    assert admin.compact().pulled()[0].top == 0


def test_a_quota_that_ends_under_way_leaves_what_came(
    door: Door, admin: Caller, big: bytes
) -> None:
    name = batch_id(big)
    spent = admin.token + bytes(64 << 20)
    for _ in range(BYTES_PER_HOUR // (64 << 20) - 1):
        assert door.ask(paths.COMPACT_EXCHANGE, spent).refusal() != (429, "busy")
    body = admin.push(
        Frame.of(name, big), Frame(limits.BATCH_MAX, bytes(limits.BATCH_MAX), b"z" * 32)
    )
    pieces = [body[:10_000], bytes(64 << 20)]
    answer: Answer = door.ask(paths.COMPACT_EXCHANGE, pieces)
    assert answer.status in (413, 429)
    door.ticks.now += 3_601
    assert admin.log_in().compact().status == 200


def test_a_body_that_ends_early_is_said_to_be_cut_and_what_came_is_kept(
    door: Door, admin: Caller, big: bytes
) -> None:
    name = batch_id(big)
    body = b"".join(encode_push(admin.token, PushHead(offered=1), [Frame.of(name, big)]))
    assert door.ask(paths.COMPACT_EXCHANGE, body[:-10]).refusal() == (400, "message_truncated")
    assert admin.held(name) == (len(big) - 10,)


def test_the_tokens_of_both_versions_are_of_their_own_length(device: Caller) -> None:
    old = device.door.ask(paths.SESSION, codec.encode(device.proof(device.nonce()))).read(
        SessionReply
    )
    assert len(old.token) == 32
    assert device.door.ask(paths.COMPACT_HAVE, old.token + b"\x90").refusal()[0] in (400, 401)
