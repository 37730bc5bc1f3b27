"""What a device is told, whatever the store: the same receipt, every batch in order, one verdict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from app.services.ports import SealedBatch
from sync.envelope.keyring import Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec, paths
from sync.protocol.batch import NO_BATCH, batch_id, encode_header, join_batch, parse_batch
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.compact import encode_short
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    LogEntry,
    Receipt,
    Refusal,
    RosterReply,
    RosterRequest,
    Verdict,
    receipt_bytes,
)
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.statements import (
    ROOT,
    Revoke,
    next_place,
    revocations,
    sign_statement,
    statement_id,
)
from sync.server.sql_store import SqlStore
from tests.contract.conftest import Database
from tests.support import centres
from tests.support.door import Caller, Door, invented_region, open_door, sealed


@pytest.fixture
def door(store: SqlStore) -> Iterator[Door]:
    opened = open_door(store)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def laptops() -> centres.TwoLaptops:
    return centres.two_laptops()


def caller(door: Door, keyring: Keyring) -> Caller:
    return Caller(door, keyring, invented_region().public).sign_in()


@pytest.fixture
def admin(door: Door, laptops: centres.TwoLaptops) -> Caller:
    return caller(door, laptops.admin)


@pytest.fixture
def plain(door: Door, laptops: centres.TwoLaptops) -> Caller:
    return caller(door, laptops.plain)


def contents(batches: list[SealedBatch]) -> list[bytes]:
    return [one.content for one in batches]


def follow(
    device: Caller, head: ExchangeReply, entries: list[LogEntry], **wanted: int
) -> list[bytes]:
    """Ask on from an answer until nothing is left; return every batch after it, chain verified."""
    found: list[bytes] = []
    position, chain = 0, chain_start(head.log_id)
    while True:
        for entry in entries:
            position += 1
            chain = chain_after(chain, batch_id(entry.content))
            assert (entry.position, entry.chain) == (position, chain)
            found.append(entry.content)
        if not head.more:
            return found
        head, entries = device.exchange(
            log_id=head.log_id, position=position, chain=chain, **wanted
        ).entries()
        assert head.verdict is Verdict.AGREES
        assert entries


def test_a_push_repeated_gets_the_same_receipts_and_one_place(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    """(C1)"""
    batches = contents(sealed(laptops.admin, 3))
    first, _ = admin.exchange(*batches).entries()
    again, _ = admin.exchange(*batches, *batches[:1]).entries()
    assert again.receipts == (*first.receipts, first.receipts[0])
    assert [one.position for one in first.receipts] == [1, 2, 3]
    assert (first.top, again.top) == (3, 3)
    assert again.refused == ()


def test_receipts_are_signed_by_the_server_over_the_place_in_the_chain(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    batches = sealed(laptops.admin, 3)
    head, _ = admin.exchange(*contents(batches)).entries()
    chain = chain_start(head.log_id)
    key = invented_region().public
    for position, (one, receipt) in enumerate(zip(batches, head.receipts, strict=True), 1):
        chain = chain_after(chain, one.id)
        said = receipt_bytes(one.id, head.log_id, position, chain)
        assert receipt == Receipt(one.id, head.log_id, position, chain, receipt.signature)
        assert is_signed(key, Purpose.RECEIPT, said, receipt.signature)
        assert not is_signed(key, Purpose.LOGIN, said, receipt.signature)


def test_a_colleague_pulls_everything_in_order_in_pages_of_any_size(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    batches = contents(sealed(laptops.admin, 9))
    admin.exchange(*batches)
    for wanted in (0, 1, 1_000, 1 << 20):
        head, entries = plain.exchange(wanted_bytes=wanted).entries()
        assert head.verdict is Verdict.FIRST
        assert follow(plain, head, entries, wanted_bytes=wanted) == batches


def test_one_round_trip_gives_and_takes_and_does_not_send_back_what_came(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    theirs, ours = contents(sealed(laptops.plain, 2)), contents(sealed(laptops.admin, 2, first=50))
    plain.exchange(*theirs)
    head, entries = admin.exchange(*ours).entries()
    assert [entry.content for entry in entries] == theirs
    assert [one.position for one in head.receipts] == [3, 4]
    assert (head.top, head.more) == (4, False)


def test_batches_out_of_order_and_forks_are_all_taken(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    """(C2, C4)"""
    one, two, three = contents(sealed(laptops.admin, 3))
    fork = contents(sealed(laptops.admin, 1, first=90))[0]
    head, _ = admin.exchange(three, one, fork, two).entries()
    assert [receipt.position for receipt in head.receipts] == [1, 2, 3, 4]
    assert head.refused == ()


def _altered(content: bytes, at: int = -1) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def test_each_bad_batch_is_refused_by_its_reason_and_the_others_arrive(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    good = contents(sealed(laptops.admin, 4))
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    _, third = centres.join(laptops.admin, "not granted yet")
    bad = {
        "batch_truncated": good[0][:-1],
        "batch_altered": _altered(good[0]),
        "batch_unknown_version": _altered(good[0], 4),
        "batch_malformed": b"<html>" + good[0],
        "batch_unknown_device": contents(sealed(third, 1))[0],
    }
    foreign = contents(sealed(other, 1))[0]
    forged = _altered(good[1], 210)  # in the signature
    offered = [good[0], *bad.values(), good[1], foreign, forged, *good[2:]]
    head, _ = admin.exchange(*offered).entries()

    assert [one.batch for one in head.receipts] == [batch_id(one) for one in good]
    assert head.refused == (
        *(Refusal(batch_id(content), reason) for reason, content in bad.items()),
        Refusal(batch_id(foreign), "batch_wrong_centre"),
        Refusal(batch_id(forged), "batch_altered"),
    )
    answer = plain.exchange().entries()
    assert follow(plain, *answer) == good


def test_a_batch_signed_by_a_laptop_of_the_centre_for_another_centre_is_refused(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    """(B4, R2)"""
    batch = parse_batch(sealed(laptops.admin, 1)[0].content)
    head = encode_header(dataclasses.replace(batch.header, centre=b"\x22" * 16))
    signature = laptops.admin.keys.sign(Purpose.BATCH, head)
    moved = join_batch(head, signature, batch.body)
    reply, _ = admin.exchange(moved).entries()
    assert reply.refused == (Refusal(batch_id(moved), "batch_wrong_centre"),)
    assert reply.top == 0


def test_a_cut_body_has_given_every_whole_batch_before_the_cut(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    batches = contents(sealed(laptops.admin, 3))
    body = b"".join(codec.encode_request(ExchangeRequest(offered=3), batches))
    path = paths.exchange_path(admin.centre)
    end_of_second = len(body) - len(batches[2]) - 4
    for cut, whole in ((0, 0), (3, 0), (40, 0), (end_of_second - 1, 1), (end_of_second, 2)):
        pieces = [body[at : min(at + 97, cut)] for at in range(0, cut, 97)]
        assert admin.ask(path, pieces).refusal() == (400, "message_truncated")
        assert admin.ask(path, pieces, hangs_up=True).status == 400
        assert follow(plain, *plain.exchange().entries()) == batches[:whole]
    admin.ask(path, body)
    assert follow(plain, *plain.exchange().entries()) == batches


def test_verdicts_say_whether_the_log_is_the_one_that_was_known(
    database: Database, laptops: centres.TwoLaptops
) -> None:
    door = open_door(database.store())
    admin = caller(door, laptops.admin)
    batches = contents(sealed(laptops.admin, 5))
    known, _ = admin.exchange(*batches[:2]).entries()
    at_two = {"log_id": known.log_id, "position": 2, "chain": known.receipts[1].chain}
    dump = database.dump()
    admin.exchange(*batches[2:4])
    now, _ = admin.exchange(**at_two).entries()
    assert now.verdict is Verdict.AGREES
    at_four = {"log_id": known.log_id, "position": 4}
    four = admin.exchange(*batches[2:4]).entries()[0].receipts[1]
    door.close()

    restored = open_door(database.store(dump))
    back = caller(restored, laptops.admin)
    head, entries = back.exchange(**at_four, chain=four.chain).entries()
    assert (head.verdict, entries, head.top) == (Verdict.SHORTER, [], 2)
    back.exchange(batches[4], batches[3])
    head, entries = back.exchange(**at_four, chain=four.chain).entries()
    assert (head.verdict, entries) == (Verdict.DIFFERS, [])
    head, entries = back.exchange(log_id=b"\x09" * 16, position=0, chain=bytes(32)).entries()
    assert (head.verdict, entries) == (Verdict.OTHER_LOG, [])
    head, _ = back.exchange(**at_two).entries()
    assert head.verdict is Verdict.AGREES
    restored.close()


def test_statements_are_passed_on_when_they_hold_and_dropped_when_not(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    wider, third = centres.join(laptops.admin, "three")
    grant = next(one for one in wider.statements if one not in laptops.admin.statements)
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    stranger = centres.first_laptop("stranger", region=centres.root("another root"))
    offered = (grant, grant, *other.statements, *stranger.statements, b"", b"rubbish", grant[:-1])
    path = paths.roster_path(admin.centre)
    admin.ask(path, codec.encode(RosterRequest(offered))).read(RosterReply)

    held = codec.join_ids(statement_id(one) for one in laptops.admin.statements)
    reply = admin.ask(path, codec.encode(RosterRequest((), held))).read(RosterReply)
    assert reply.statements == (grant,)
    assert admin.exchange(*contents(sealed(third, 1))).entries()[0].refused == ()


def test_a_revoked_device_is_nobody_from_then_on_and_what_it_signed_is_still_taken(
    door: Door, admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    """(B7)"""
    keyring, gone = laptops.admin, laptops.plain
    before, written = contents(sealed(gone, 2))
    assert plain.exchange(before).entries()[0].refused == ()
    compact = Caller(door, gone, plain.server_key).log_in()
    content = sign_statement(
        Revoke(gone.device.id),
        centre=keyring.centre,
        by=keyring.device.id,
        place=next_place(keyring.statements, keyring.device.id, keyring.centre),
        sign=keyring.keys.sign,
    )
    path = paths.roster_path(admin.centre)
    admin.ask(path, codec.encode(RosterRequest((content,)))).read(RosterReply)

    nobody = (401, "unauthorized")
    assert plain.exchange(written).refusal() == nobody
    assert plain.ask(path, codec.encode(RosterRequest())).refusal() == nobody
    assert compact.compact().refusal() == nobody
    assert door.ask(paths.COMPACT_HAVE, compact.token + b"\x90").refusal() == nobody
    assert door.ask(paths.COMPACT_ROSTER, compact.token + b"\x90").refusal() == nobody
    proof = codec.encode(plain.proof(plain.nonce()))
    assert door.ask(paths.SESSION, proof).refusal() == nobody
    short = encode_short(plain.compact_proof(plain.nonce()))
    assert door.ask(paths.COMPACT_LOGIN, short).refusal() == nobody

    # Nothing is lost: another laptop that has it by stick brings it.
    head, _ = admin.exchange(written).entries()
    assert (head.refused, head.top) == ((), 2)
    assert content in admin.ask(path, codec.encode(RosterRequest())).read(RosterReply).statements


def test_what_a_stolen_admin_says_after_its_revocation_is_not_kept(
    door: Door, admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    """Neither a grant of its own device, which would sign in with it, nor anything else."""
    keyring, region = laptops.admin, centres.root()
    (body,) = revocations(plain.keyring.statements, keyring.device.id)
    content = sign_statement(
        body,
        centre=keyring.centre,
        by=ROOT,
        place=next_place(keyring.statements, ROOT, keyring.centre),
        sign=region.sign,
    )
    path = paths.roster_path(admin.centre)
    plain.ask(path, codec.encode(RosterRequest((content,)))).read(RosterReply)

    granter, thief = centres.join(keyring, "the thief's own")
    newcomer = Caller(door, thief, admin.server_key)
    proof = codec.encode(newcomer.proof(newcomer.nonce()))
    assert door.ask(paths.SESSION, proof).refusal() == (401, "unauthorized")
    assert admin.exchange().refusal() == (401, "unauthorized")
    # The laptop that it had granted before goes on, and what the thief says reaches nobody.
    (granted,) = set(granter.statements) - set(keyring.statements)
    asked = codec.encode(RosterRequest((granted,)))
    assert granted not in plain.ask(path, asked).read(RosterReply).statements
    kept = plain.ask(path, codec.encode(RosterRequest())).read(RosterReply).statements
    assert granted not in kept
    assert set(keyring.statements) < set(kept)
    assert plain.exchange().status == 200


def test_a_body_that_lies_about_its_first_of_session_is_refused(
    admin: Caller, laptops: centres.TwoLaptops
) -> None:
    one, two = sealed(laptops.admin, 2)
    lying = two.content[:50] + NO_BATCH + two.content[82:]
    head, _ = admin.exchange(one.content, lying).entries()
    assert head.refused == (Refusal(batch_id(lying), "batch_malformed"),)


def test_a_receiver_opens_what_went_through_the_server(
    admin: Caller, plain: Caller, laptops: centres.TwoLaptops
) -> None:
    admin.exchange(*contents(sealed(laptops.admin, 2)))
    _, entries = plain.exchange().entries()
    envelope = CentreEnvelope(centres.REGISTRY, laptops.plain)
    opened = [envelope.open(entry.content) for entry in entries]
    assert [one.number for one in opened] == [1, 2]
    assert opened[0].device == laptops.admin.device.id
