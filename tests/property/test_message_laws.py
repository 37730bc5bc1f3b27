"""Laws of messages and frames: cut anywhere they read alike; any bytes read or are refused."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol import codec, limits, messages
from sync.protocol.errors import CodecError
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    ExchangeReply,
    ExchangeRequest,
    Hello,
    LogEntry,
    Message,
    Receipt,
    Refusal,
    RosterReply,
    RosterRequest,
    SessionReply,
    SessionRequest,
    Verdict,
)

KINDS: tuple[type[Message], ...] = (
    Hello,
    ChallengeRequest,
    Challenge,
    SessionRequest,
    SessionReply,
    RosterRequest,
    RosterReply,
    ExchangeRequest,
    ExchangeReply,
    ErrorReply,
)
id16 = st.binary(min_size=16, max_size=16)
hash32 = st.binary(min_size=32, max_size=32)
signature64 = st.binary(min_size=64, max_size=64)
positions = st.integers(0, 2**63 - 1)
bodies = st.lists(st.binary(min_size=1, max_size=60), max_size=8)

requests = st.builds(
    ExchangeRequest,
    log_id=id16,
    position=positions,
    chain=hash32,
    wanted_bytes=st.integers(0, limits.EXCHANGE_BYTES_MAX),
)
replies = st.builds(
    ExchangeReply,
    version=st.just(1),
    log_id=id16,
    verdict=st.sampled_from(Verdict),
    refused=st.lists(
        st.builds(Refusal, batch=hash32, reason=st.just("batch_altered")), max_size=3
    ).map(tuple),
    receipts=st.lists(
        st.builds(
            Receipt,
            batch=hash32,
            log_id=id16,
            position=positions,
            chain=hash32,
            signature=signature64,
        ),
        max_size=3,
    ).map(tuple),
    entries=st.just(0),
    top=positions,
    more=st.booleans(),
)


def pieces(data: st.DataObject, content: bytes) -> list[bytes]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=12)))
    edges = [0, *cuts, len(content)]
    return [content[start:end] for start, end in itertools.pairwise(edges)]


@given(requests, bodies, st.data())
def test_an_exchange_cut_anywhere_gives_the_same_batches(
    head: ExchangeRequest, batches: list[bytes], data: st.DataObject
) -> None:
    head = ExchangeRequest(
        log_id=head.log_id, position=head.position, chain=head.chain, offered=len(batches)
    )
    body = b"".join(codec.encode_request(head, batches))
    reader = codec.RequestReader()
    arrived = [batch for piece in pieces(data, body) for batch in reader.feed(piece)]
    reader.close()
    assert arrived == batches
    assert reader.head == head


@given(replies, bodies, st.data())
def test_an_answer_cut_anywhere_gives_the_same_entries(
    head: ExchangeReply, batches: list[bytes], data: st.DataObject
) -> None:
    entries = [LogEntry(place + 1, bytes(32), batch) for place, batch in enumerate(batches)]
    whole = ExchangeReply(
        head.version,
        head.log_id,
        head.verdict,
        head.refused,
        head.receipts,
        len(entries),
        head.top,
        head.more,
    )
    body = b"".join(codec.encode_reply(whole, entries))
    reader = codec.ReplyReader()
    arrived = [entry for piece in pieces(data, body) for entry in reader.feed(piece)]
    reader.close()
    assert arrived == entries
    assert reader.head == whole


@given(bodies, st.data())
def test_a_body_that_ends_early_gives_its_whole_batches(
    batches: list[bytes], data: st.DataObject
) -> None:
    body = b"".join(codec.encode_request(ExchangeRequest(offered=len(batches)), batches))
    end = data.draw(st.integers(0, len(body) - 1))
    reader = codec.RequestReader()
    arrived = reader.feed(body[:end])
    assert arrived == batches[: len(arrived)]
    with pytest.raises(CodecError, match="message_truncated"):
        reader.close()


@given(bodies.filter(bool), st.binary(min_size=1, max_size=8))
def test_nonsense_behind_good_batches_loses_none_of_them(
    batches: list[bytes], nonsense: bytes
) -> None:
    body = b"".join(codec.encode_request(ExchangeRequest(offered=len(batches)), batches))
    reader = codec.RequestReader()
    assert reader.feed(body + nonsense) == batches
    with pytest.raises(CodecError):
        reader.feed(b"")
    with pytest.raises(CodecError, match="message_malformed"):
        reader.close()


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_any_bytes_decode_or_raise_the_one_error(kind: type[Message], content: bytes) -> None:
    refusal = ""
    try:
        message = codec.decode(kind, content)
    except CodecError as error:
        refusal = error.reason
    if refusal:
        assert refusal == "message_malformed"
    else:
        assert codec.decode(kind, codec.encode(message)) == message


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_readers_take_any_bytes_or_raise_the_one_error(chunks: list[bytes]) -> None:
    for reader in (codec.RequestReader(), codec.ReplyReader()):
        try:
            for chunk in chunks:
                reader.feed(chunk)
        except CodecError:
            continue


@given(replies)
def test_messages_come_back_equal(head: ExchangeReply) -> None:
    assert codec.decode(ExchangeReply, codec.encode(head)) == head


@given(replies, st.data())
def test_an_altered_message_decodes_or_raises_the_one_error(
    head: ExchangeReply, data: st.DataObject
) -> None:
    content = bytearray(codec.encode(head))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        codec.decode(ExchangeReply, bytes(content))
    except CodecError:
        return


def test_nothing_over_a_limit_is_waited_for() -> None:
    for reader, size in (
        (codec.RequestReader(), limits.REQUEST_HEAD_MAX + 1),
        (codec.ReplyReader(), limits.REPLY_HEAD_MAX + 1),
        (codec.RequestReader(), 2**32 - 1),
    ):
        with pytest.raises(CodecError, match="message_over_limit"):
            reader.feed(struct.pack(">I", size))
    reader = codec.RequestReader()
    head = codec.encode(ExchangeRequest(offered=1))
    for size in (0, limits.BATCH_MAX + 1, 2**32 - 1):
        reader = codec.RequestReader()
        with pytest.raises(CodecError, match="batch_over_limit"):
            reader.feed(struct.pack(">I", len(head)) + head + struct.pack(">I", size))


def test_an_exchange_over_its_bytes_stops_after_the_batches_that_fit() -> None:
    batch = bytes(limits.BATCH_MAX)
    reader = codec.RequestReader()
    count = limits.EXCHANGE_BYTES_MAX // limits.BATCH_MAX + 1
    head, *frames = codec.encode_request(ExchangeRequest(offered=count), [batch] * count)
    reader.feed(head)
    for frame in frames[:-1]:
        assert reader.feed(frame) == [batch]
    with pytest.raises(CodecError, match="message_over_limit"):
        reader.feed(frames[-1])


def test_a_later_version_may_add_fields_at_the_end() -> None:
    head = codec.encode(Challenge(bytes(32)))
    assert head[0] == 0x91
    assert codec.decode(Challenge, b"\x92" + head[1:] + b"\xc3") == Challenge(bytes(32))


@given(st.lists(hash32, max_size=5))
def test_joined_ids_come_back(ids: list[bytes]) -> None:
    assert codec.split_ids(codec.join_ids(ids)) == tuple(ids)
    with pytest.raises(CodecError):
        codec.split_ids(codec.join_ids(ids) + b"\0")


def test_what_is_signed_says_all_of_it() -> None:
    parts = messages.receipt_bytes(b"b" * 32, b"l" * 16, 7, b"c" * 32)
    assert parts == b"b" * 32 + b"l" * 16 + (7).to_bytes(8, "big") + b"c" * 32
    assert messages.login_bytes(b"s" * 32, b"c" * 16, b"d" * 16, b"n" * 32) == (
        b"s" * 32 + b"c" * 16 + b"d" * 16 + b"n" * 32
    )
