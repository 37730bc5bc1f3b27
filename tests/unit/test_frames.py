"""The compact exchange: few bytes, cut anywhere, gone on with."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import codec, limits
from sync.protocol.compact import (
    HaveReply,
    HaveRequest,
    LoginReply,
    LoginRequest,
    PullHead,
    PushHead,
    ShortReceipt,
    Standing,
    encode_short,
)
from sync.protocol.errors import CodecError, ProtocolError
from sync.protocol.frames import (
    Entry,
    Frame,
    PullReader,
    PushReader,
    encode_pull,
    encode_push,
    pull_size,
)
from sync.protocol.messages import Refusal, Verdict

TOKEN = b"\x70" * 16
LOG = b"\x10" * 16
CHAIN = b"\xc4" * 32
ID = b"\x1d" * 32


def pushed(*frames: Frame, head: PushHead | None = None) -> bytes:
    return b"".join(encode_push(TOKEN, head or PushHead(offered=len(frames)), frames))


def pulled(*entries: Entry) -> bytes:
    head = PullHead(
        Standing.AGREES, LOG, 9, len(entries), skipped=entries[0].start if entries else 0
    )
    assert pull_size(head, entries) == sum(map(len, encode_pull(head, entries)))
    return b"".join(encode_pull(head, entries))


def test_nothing_to_do_weighs_a_few_bytes_each_way() -> None:
    request = pushed(head=PushHead(70_000, CHAIN[:16]))
    answer = b"".join(encode_pull(PullHead(Standing.AGREES, LOG, 70_000), []))
    assert (len(request), len(answer)) == (16 + 4 + 24, 4 + 25)


def test_what_is_left_out_at_the_end_is_what_it_is_by_default() -> None:
    for message in (
        PushHead(),
        PushHead(5, CHAIN[:16], offered=0, skip=7),
        PushHead(behind=2**63 - 1, position=1, chain=CHAIN[:16]),
        PullHead(Standing.SHORTER, LOG),
        PullHead(Standing.DIFFERS, LOG, 3, refused=(Refusal(ID, "batch_altered"),)),
        PullHead(
            Standing.FIRST, LOG, 3, 2, more=True, receipts=(ShortReceipt(ID, 1, CHAIN, b"s" * 64),)
        ),
        LoginRequest(LOG, LOG, ID, b"s" * 64),
        LoginRequest(LOG, LOG, ID, b"s" * 64, (b"statement",), 3),
        LoginReply(TOKEN),
        LoginReply(TOKEN, 900, 3),
        HaveRequest(),
        HaveRequest(ID * 3),
        HaveReply((-1, 0, limits.BATCH_MAX)),
    ):
        assert codec.decode(type(message), encode_short(message)) == message
    assert encode_short(PushHead()) == b"\x90"
    assert encode_short(PushHead(wanted_bytes=5))[0] == 0x96


def test_what_a_later_version_adds_at_the_end_is_passed_over() -> None:
    longer = b"\x98" + encode_short(PushHead(wanted_bytes=5))[1:] + b"\x01\xc0"
    assert codec.decode(PushHead, longer) == PushHead(wanted_bytes=5)


def test_position_and_chain_come_together() -> None:
    for bad in (b"\x91\x05", b"\x92\x05\xc4\x01x", b"\x92\x00\xc4\x0f" + b"x" * 15):
        with pytest.raises(CodecError, match="message_malformed"):
            codec.decode(PushHead, bad)
    at_the_start = PushHead(0, CHAIN[:16])
    assert codec.decode(PushHead, encode_short(at_the_start)) == at_the_start


def test_the_log_that_a_device_knows_turns_a_standing_into_a_verdict() -> None:
    other = b"\x20" * 16
    for standing, known, verdict in (
        (Standing.FIRST, b"", Verdict.FIRST),
        (Standing.AGREES, LOG, Verdict.AGREES),
        (Standing.SHORTER, LOG, Verdict.SHORTER),
        (Standing.DIFFERS, LOG, Verdict.DIFFERS),
        (Standing.SHORTER, other, Verdict.OTHER_LOG),
        (Standing.DIFFERS, other, Verdict.OTHER_LOG),
        (Standing.AGREES, other, Verdict.OTHER_LOG),
    ):
        assert PullHead(standing, LOG).verdict(known) is verdict


def test_a_small_batch_goes_plain_and_a_large_one_says_its_name() -> None:
    small, large = b"s" * (limits.RESUMABLE_MIN - 1), b"l" * limits.RESUMABLE_MIN
    assert Frame.of(ID, small) == Frame(len(small), small)
    assert Frame.of(ID, large) == Frame(len(large), large, ID, 0)
    assert Frame.of(ID, large, 100) == Frame(len(large), large[100:], ID, 100)
    assert Frame.of(ID, small, len(small)) == Frame(len(small), b"", ID, len(small))
    for start in (-1, len(small) + 1):
        with pytest.raises(CodecError, match="message_malformed"):
            Frame.of(ID, small, start)


FRAMES = (
    Frame(5, b"small"),
    Frame(40, b"l" * 40, ID),
    Frame(40, b"rest" * 5, ID, 20),
    Frame(7, b"", ID, 7),
    Frame(3, b"end"),
)
ENTRIES = (Entry(4, CHAIN, 30, b"rest" * 5, 10), Entry(5, CHAIN, 3, b"abc"), Entry(6, ID, 1, b"z"))


@pytest.mark.parametrize("cut", range(len(pushed(*FRAMES)) + 1))
def test_a_push_cut_at_any_byte_gives_what_was_whole_and_what_was_under_way(cut: int) -> None:
    body = pushed(*FRAMES)
    reader = PushReader()
    frames = reader.feed(body[:cut])
    assert frames == list(FRAMES[: len(frames)])
    assert reader.token == (TOKEN if cut >= 16 else None)
    unfinished = reader.unfinished
    if unfinished is not None:
        wanted = FRAMES[len(frames)]
        assert (unfinished.id, unfinished.start, unfinished.size) == (
            wanted.id,
            wanted.start,
            wanted.size,
        )
        assert wanted.content.startswith(unfinished.content)
        assert len(unfinished.content) < len(wanted.content)
    if cut < len(body):
        with pytest.raises(CodecError, match="message_truncated"):
            reader.close()
    assert frames + reader.feed(body[cut:]) == list(FRAMES)
    reader.close()


@pytest.mark.parametrize("cut", range(len(pulled(*ENTRIES)) + 1))
def test_an_answer_cut_at_any_byte_gives_what_was_whole_and_what_was_under_way(cut: int) -> None:
    body = pulled(*ENTRIES)
    reader = PullReader()
    entries = reader.feed(body[:cut])
    assert entries == list(ENTRIES[: len(entries)])
    if reader.unfinished is not None:
        wanted = ENTRIES[len(entries)]
        assert (reader.unfinished.position, reader.unfinished.chain) == (
            wanted.position,
            wanted.chain,
        )
        assert wanted.content.startswith(reader.unfinished.content)
        assert reader.unfinished.start == wanted.start
    assert entries + reader.feed(body[cut:]) == list(ENTRIES)
    reader.close()


HEAD_OF_ONE = next(iter(encode_push(TOKEN, PushHead(offered=1), [Frame(1, b"x")])))
BAD_FRONTS = {
    "no bytes": (b"\0\0\0\0", "batch_over_limit"),
    "over the limit": (b"\0\x10\0\x01", "batch_over_limit"),
    "named, no bytes": (b"\x80\0\0\0" + ID + bytes(4), "batch_over_limit"),
    "named, over the limit": (b"\xff\xff\xff\xff" + ID + bytes(4), "batch_over_limit"),
    "starts behind its end": (b"\x80\0\0\x07" + ID + b"\0\0\0\x08", "message_malformed"),
    "something behind the last": (b"\0\0\0\x01xy", "message_malformed"),
}


@pytest.mark.parametrize(("rest", "reason"), BAD_FRONTS.values(), ids=list(BAD_FRONTS))
def test_a_length_that_lies_is_refused_before_memory_is_taken(rest: bytes, reason: str) -> None:
    reader = PushReader()
    with pytest.raises(ProtocolError, match=reason):
        reader.feed(HEAD_OF_ONE + rest)
        reader.close()
    assert len(reader._waiting) == 0
    with pytest.raises(CodecError, match=reason):
        reader.feed(b"more")


def test_an_exchange_carries_no_more_than_its_limit() -> None:
    size = limits.BATCH_MAX
    count = limits.EXCHANGE_BYTES_MAX // size + 1
    reader = PushReader()
    reader.feed(next(iter(encode_push(TOKEN, PushHead(offered=count), [Frame(1, b"x")] * count))))
    for _ in range(count - 1):
        assert len(reader.feed(size.to_bytes(4) + bytes(size))) == 1
    with pytest.raises(CodecError, match="message_over_limit"):
        reader.feed(size.to_bytes(4) + bytes(size))


def test_what_would_be_refused_is_not_written() -> None:
    for frame in (
        Frame(0, b""),
        Frame(limits.BATCH_MAX + 1, bytes(limits.BATCH_MAX + 1)),
        Frame(5, b"four"),
        Frame(5, b"ur", b"", 3),
        Frame(5, b"whole", b"short name"),
    ):
        with pytest.raises(CodecError):
            pushed(frame)
    for entries, head in (
        ((Entry(1, CHAIN, 5, b"ur", 3),), PullHead(Standing.AGREES, LOG, 1, 1)),
        ((Entry(1, b"", 1, b"x"),), PullHead(Standing.AGREES, LOG, 1, 1)),
        ((), PullHead(Standing.AGREES, LOG, 1, 1)),
    ):
        with pytest.raises(CodecError):
            list(encode_pull(head, entries))


READERS = (PushReader, PullReader)
REASONS = {"message_malformed", "message_over_limit", "message_truncated", "batch_over_limit"}


@given(
    kind=st.sampled_from(READERS),
    spoilt=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    junk=st.none() | st.binary(max_size=200),
    cuts=st.lists(st.integers(0, 400), max_size=5),
)
def test_whatever_comes_a_reader_returns_or_names_the_reason(
    kind: type[PushReader | PullReader],
    spoilt: list[tuple[int, int]],
    junk: bytes | None,
    cuts: list[int],
) -> None:
    good = pushed(*FRAMES) if kind is PushReader else pulled(*ENTRIES)
    body = bytearray(good if junk is None else junk)
    for at, value in spoilt:
        if at < len(body):
            body[at] = value
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    reader = kind()
    total = 0
    try:
        for start, end in itertools.pairwise(ends):
            for frame in reader.feed(bytes(body[start:end])):
                assert frame.start + len(frame.content) == frame.size <= limits.BATCH_MAX
                total += len(frame.content)
        reader.close()
    except CodecError as failure:
        assert failure.reason in REASONS
    assert total <= len(body)
    unfinished = reader.unfinished
    assert unfinished is None or unfinished.start + len(unfinished.content) < unfinished.size


@given(
    kind=st.sampled_from(
        (PushHead, PullHead, HaveRequest, HaveReply, LoginRequest, LoginReply, ShortReceipt)
    ),
    content=st.binary(max_size=120),
)
def test_whatever_comes_a_message_is_read_or_named_malformed(
    kind: type[PushHead], content: bytes
) -> None:
    try:
        message = codec.decode(kind, content)
    except CodecError as failure:
        assert failure.reason in REASONS
    else:
        assert codec.decode(kind, encode_short(message)) == message
