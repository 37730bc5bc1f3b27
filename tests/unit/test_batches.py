"""A batch that is altered, cut, spliced, foreign or too large opens nowhere, and says why."""

from __future__ import annotations

import bz2
import dataclasses
import random
import struct

import pytest
import zstandard

from app.crypto.sealing import seal_under
from app.domain.errors import DomainError
from app.services.ports import BatchOutline, Cursor
from sync.envelope.keyring import Keyring
from sync.envelope.padding import CONTENT_MAX, BombError, PaddingError, padme, unwrap, wrap
from sync.envelope.payload import CHANGES_MAX, TEXT_LENGTH_MAX
from sync.envelope.seal import CentreEnvelope
from sync.protocol import batch as wire
from sync.protocol.errors import CodecError, ProtocolError
from sync.protocol.limits import BATCH_MAX
from sync.protocol.signature import SIGNATURE_BYTES, Purpose
from tests.support import centres
from tests.support.centres import REGISTRY, change, outline

CENTRE = b"\x11" * 16

SYLLABLES = ("ta", "ki", "ru", "ma", "sen", "lo", "qui", "pa", "ne", "chu")


@pytest.fixture(scope="module")
def laptops() -> centres.TwoLaptops:
    return centres.two_laptops()


@pytest.fixture(scope="module")
def sealed(laptops: centres.TwoLaptops) -> bytes:
    sender, _ = laptops.envelopes()
    return sender.seal(outline(), [change(1), change(2, "otro valor")]).content


def reason(envelope: CentreEnvelope, content: bytes) -> str:
    with pytest.raises(DomainError) as error:
        envelope.open(content)
    return error.value.message_id


def test_what_one_laptop_seals_the_other_opens(laptops: centres.TwoLaptops) -> None:
    """(control of B2, B3, B6, B8)"""
    sender, receiver = laptops.envelopes()
    seen = Cursor(b"\x07" * 16, 41, b"\x08" * 32)
    first = sender.seal(outline(), [change(1)])
    changes = (change(2, "b", bases=(change(1).id,)), change(3, "c"))
    second = sender.seal(BatchOutline(centres.SESSION, 2, first.id, seen), changes)

    opened = receiver.open(second.content)
    assert opened.changes == changes
    assert opened.id == second.id == wire.batch_id(second.content)
    assert (opened.number, opened.previous, opened.seen) == (2, first.id, seen)
    assert (opened.device, opened.session) == (laptops.admin.device.id, centres.SESSION)


def test_every_single_altered_byte_is_refused(laptops: centres.TwoLaptops, sealed: bytes) -> None:
    """(B1) Control: the same bytes, unaltered, open."""
    _, receiver = laptops.envelopes()
    reasons = set()
    for place in range(len(sealed)):
        for bits in (0x01, 0x80, 0xFF):
            altered = bytearray(sealed)
            altered[place] ^= bits
            reasons.add(reason(receiver, bytes(altered)))
    assert reasons <= {
        "batch_malformed",
        "batch_unknown_version",
        "batch_wrong_centre",
        "batch_unknown_device",
        "batch_altered",
        "batch_truncated",
        "batch_over_limit",
    }
    assert receiver.open(sealed).changes


def test_every_cut_is_refused_as_cut(laptops: centres.TwoLaptops, sealed: bytes) -> None:
    """(B2)"""
    _, receiver = laptops.envelopes()
    for end in range(len(sealed)):
        assert reason(receiver, sealed[:end]) == "batch_truncated"


def test_bytes_behind_the_end_are_refused(laptops: centres.TwoLaptops, sealed: bytes) -> None:
    """(B2)"""
    _, receiver = laptops.envelopes()
    assert reason(receiver, sealed + b"\0") == "batch_malformed"
    assert reason(receiver, sealed + bytes(BATCH_MAX)) == "batch_over_limit"


def test_parts_of_two_batches_do_not_join(laptops: centres.TwoLaptops) -> None:
    """(B3)"""
    sender, receiver = laptops.envelopes()
    one = sender.seal(outline(), [change(1, "uno")]).content
    two = sender.seal(outline(), [change(1, "dos")]).content
    head, body = wire.HEADER_BYTES, wire.HEADER_BYTES + SIGNATURE_BYTES
    for spliced in (
        one[:head] + two[head:],
        one[:body] + two[body:],
        one[:head] + two[head:body] + one[body:],
    ):
        assert reason(receiver, spliced) == "batch_altered"


def test_a_body_moved_under_another_header_of_the_centre_does_not_open(
    laptops: centres.TwoLaptops,
) -> None:
    """A laptop of the centre signs another's body as its own: the seal holds on to the header.
    (B6)"""
    sender, receiver = laptops.envelopes()
    batch = wire.parse_batch(sender.seal(outline(), [change(1)]).content)
    thief = laptops.plain
    header = dataclasses.replace(batch.header, device=thief.device.id)
    head = wire.encode_header(header)
    moved = wire.join_batch(head, thief.keys.sign(Purpose.BATCH, head), batch.body)
    assert reason(receiver, moved) == "batch_altered"


def test_a_batch_of_another_centre_is_refused(laptops: centres.TwoLaptops) -> None:
    """(B4)"""
    _, receiver = laptops.envelopes()
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    foreign = CentreEnvelope(REGISTRY, other).seal(outline(), [change(1)]).content
    assert reason(receiver, foreign) == "batch_wrong_centre"


def test_a_laptop_of_another_centre_is_unknown_also_where_the_roster_has_it(
    laptops: centres.TwoLaptops, sealed: bytes
) -> None:
    """Control: the batch as it was opens there."""
    other = centres.first_laptop("ajena", centre=b"\x12" * 16)
    envelope = CentreEnvelope(centres.REGISTRY, centres.knowing_both(laptops.plain, other))
    assert envelope.open(sealed).changes
    batch = wire.parse_batch(sealed)
    header = dataclasses.replace(batch.header, device=other.device.id)
    assert reason(envelope, _signed(other, header, batch.body)) == "batch_unknown_device"


def test_a_device_not_granted_yet_is_unknown_and_known_once_its_grant_came(
    laptops: centres.TwoLaptops,
) -> None:
    """(B4) Control: once its grant came it opens."""
    admin, third = centres.join(laptops.admin, "three")
    content = CentreEnvelope(REGISTRY, third).seal(outline(), [change(1)]).content
    receiver = CentreEnvelope(REGISTRY, laptops.plain)

    assert reason(receiver, content) == "batch_unknown_device"
    receiver.keyring = laptops.plain.with_statements(admin.statements)
    assert receiver.open(content).device == third.device.id


def test_an_unknown_epoch_and_a_case_sealed_apart_are_unknown_keys(
    laptops: centres.TwoLaptops, sealed: bytes
) -> None:
    _, receiver = laptops.envelopes()
    batch = wire.parse_batch(sealed)
    for header in (
        dataclasses.replace(batch.header, epoch_tag=b"\x09" * 8),
        dataclasses.replace(batch.header, case_key_id=b"\x09" * 8),
    ):
        assert reason(receiver, _signed(laptops.admin, header, batch.body)) == "batch_unknown_key"


def test_unknown_versions_and_suites_are_refused_by_name(
    laptops: centres.TwoLaptops, sealed: bytes
) -> None:
    _, receiver = laptops.envelopes()
    for place in (4, 5):
        newer = bytearray(sealed)
        newer[place] = 2
        assert reason(receiver, bytes(newer)) == "batch_unknown_version"
    assert reason(receiver, b"PK\3\4" + sealed[4:]) == "batch_malformed"


def test_a_bomb_is_refused_before_it_grows(laptops: centres.TwoLaptops) -> None:
    """(B8)"""
    _, receiver = laptops.envelopes()
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(CONTENT_MAX + 1))
    assert len(bomb) < 2_000
    assert reason(receiver, _with_content(laptops.admin, _padded(bomb))) == "batch_over_limit"


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """(B8)"""
    unsized = zstandard.ZstdCompressor(level=19, write_content_size=False)
    with pytest.raises(PaddingError):
        unwrap(_padded(unsized.compress(bytes(1000))))
    for size in (1 << 16, 256):
        lying = _frame_with_size(size)
        with pytest.raises((PaddingError, BombError)):
            unwrap(_padded(lying))


def test_padding_is_checked_to_the_last_byte(laptops: centres.TwoLaptops) -> None:
    """(B8)"""
    _, receiver = laptops.envelopes()
    good = wrap(b"something that is no payload")
    assert reason(receiver, _with_content(laptops.admin, good)) == "batch_malformed"
    for bad in (good + b"\0", good[:-1] + b"\1", good[:-1], good[:3], b"", bytes(256)):
        with pytest.raises(PaddingError):
            unwrap(bad)


def test_padded_sizes_say_little() -> None:
    sizes = {padme(size) for size in range(1, 100_000)}
    assert min(sizes) == 256
    assert len(sizes) < 200
    for size in range(257, 5_000):
        assert size <= padme(size) <= size * 1.12 + 1


def test_a_batch_over_a_limit_is_never_made(laptops: centres.TwoLaptops) -> None:
    sender, _ = laptops.envelopes()
    too_much = [change(number, _noise(number)) for number in range(1, 40)]
    for changes in (too_much, too_much * 4):
        with pytest.raises(DomainError) as error:
            sender.seal(outline(), changes)
        assert error.value.message_id == "batch_over_limit"
    for changes in (
        [change(1)] * (CHANGES_MAX + 1),
        [change(1, "a" * (TEXT_LENGTH_MAX + 1))],
        [change(1, tuple(str(code) for code in range(10_001)))],
        [change(1, 10**4_100)],
    ):
        with pytest.raises(DomainError) as error:
            sender.seal(outline(), changes)
        assert error.value.message_id == "batch_over_limit"
    with pytest.raises(DomainError) as error:
        sender.seal(outline(), [])
    assert error.value.message_id == "batch_empty"


def test_a_batch_that_nobody_would_let_grow_so_far_is_never_made(
    laptops: centres.TwoLaptops,
) -> None:
    """It is small as it travels. Control: one text less is sealed, and opens."""
    one, other = laptops.envelopes()
    texts = [centres.change(at, "x" * (1 << 20), record=at) for at in range(1, 9)]
    assert len(other.open(one.seal(centres.outline(), texts[:7]).content).changes) == 7
    with pytest.raises(DomainError, match="batch_over_limit"):
        one.seal(centres.outline(), texts)


def test_numbers_and_predecessors_go_together(laptops: centres.TwoLaptops) -> None:
    sender, _ = laptops.envelopes()
    for wrong in (outline(0), outline(2), outline(1, b"\x01" * 32)):
        with pytest.raises(DomainError) as error:
            sender.seal(wrong, [change(1)])
        assert error.value.message_id == "batch_malformed"


def test_a_salt_is_drawn_for_every_batch(laptops: centres.TwoLaptops) -> None:
    sender, _ = laptops.envelopes()
    one, two = (sender.seal(outline(), [change(1)]).content for _ in range(2))
    assert one != two
    assert wire.parse_batch(one).header.salt != wire.parse_batch(two).header.salt


def test_a_server_checks_a_batch_without_any_key(
    laptops: centres.TwoLaptops, sealed: bytes
) -> None:
    """(B4) Control: its own device's key verifies."""
    batch = wire.parse_batch(sealed)
    device = laptops.plain.roster.devices[batch.header.device]
    wire.check_signature(batch, device.sign_key)
    with pytest.raises(ProtocolError) as error:
        wire.check_signature(batch, laptops.plain.keys.signing.public)
    assert error.value.reason == "batch_altered"


def test_a_header_has_one_form_only(sealed: bytes) -> None:
    """(B9) Control: written anew it is the same."""
    header = wire.parse_header(sealed)
    assert wire.encode_header(header) == sealed[: wire.HEADER_BYTES]
    for wrong in (
        {"centre": b"\x11" * 15},
        {"session": b"\x11" * 9},
        {"number": 0},
        {"number": 2**32},
        {"body_size": 0},
        {"body_size": wire.BODY_MAX + 1},
        {"version": 2},
        {"seen": wire.Seen(bytes(16), 1, bytes(32))},
        {"seen": wire.Seen(b"\1" * 16, 2**63, bytes(32))},
    ):
        with pytest.raises(CodecError):
            wire.encode_header(dataclasses.replace(header, **wrong))


def _signed(keyring: Keyring, header: wire.BatchHeader, body: bytes) -> bytes:
    head = wire.encode_header(header)
    return wire.join_batch(head, keyring.keys.sign(Purpose.BATCH, head), body)


def _with_content(keyring: Keyring, padded: bytes) -> bytes:
    """A batch that a laptop of the centre really sealed and signed, around any content."""
    header = wire.BatchHeader(
        version=1,
        suite=1,
        centre=keyring.centre,
        device=keyring.device.id,
        session=centres.SESSION,
        number=1,
        previous=wire.NO_BATCH,
        epoch_tag=keyring.current,
        case_key_id=wire.NO_CASE_KEY,
        salt=b"\x05" * 16,
        seen=None,
        body_hash=bytes(32),
        body_size=1,
    )
    bound = wire.encode_header(header)[: wire.BOUND_BYTES]
    secret = keyring.epochs[keyring.current]
    body = seal_under(secret, "batch", padded, salt=header.salt, bound=bound)
    whole = dataclasses.replace(header, body_hash=wire.body_hash(body), body_size=len(body))
    return _signed(keyring, whole, body)


def _padded(compressed: bytes) -> bytes:
    size = 4 + len(compressed)
    return struct.pack(">I", len(compressed)) + compressed + bytes(padme(size) - size)


def _frame_with_size(size: int) -> bytes:
    """A frame of 1000 bytes whose header announces another size."""
    honest = zstandard.ZstdCompressor(level=1).compress(bytes(range(250)) * 4)
    assert honest[4] & 0xC0 == 0x40  # a size in two bytes, 256 less
    return honest[:5] + struct.pack("<H", size - 256) + honest[7:]


def _noise(number: int) -> str:
    """20,000 characters that do not compress well: longer than any text that the forms take."""
    state = number * 2_654_435_761 % 2**32
    letters = []
    for _ in range(20_000):
        state = (state * 1_664_525 + 1_013_904_223) % 2**32
        letters.append(chr(0x4E00 + (state >> 16) % 8_000))
    return "".join(letters)


def _large_text() -> bytes:
    """Return many invented words, a few of them frequent, as in what people write."""
    chance = random.Random(1)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(800)]
    return " ".join(words[min(799, int(chance.paretovariate(0.8)))] for _ in range(12_000)).encode()


def test_a_large_text_is_smaller_sorted_and_comes_back() -> None:
    content = _large_text()
    assert len(wrap(content, may_sort=True)) < len(wrap(content))
    assert unwrap(wrap(content, may_sort=True)) == content
    small = content[:2_000]
    assert wrap(small, may_sort=True) == wrap(small)


def test_what_is_sorted_keeps_to_the_same_limit() -> None:
    with pytest.raises(BombError):
        unwrap(_padded(bz2.compress(bytes(CONTENT_MAX + 1))))
    assert unwrap(_padded(bz2.compress(bytes(CONTENT_MAX)))) == bytes(CONTENT_MAX)


def test_sorted_bytes_that_are_cut_turned_or_followed_are_no_content() -> None:
    good = bz2.compress(_large_text())
    spoilt = [good[:-1], good[:100], good + b"x", good + good, good[:500] + b"\0" + good[501:]]
    for bad in (*spoilt, b"BZh", b"BZh9"):
        with pytest.raises(PaddingError):
            unwrap(_padded(bad))
