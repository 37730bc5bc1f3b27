"""The bytes of the own lane, kept for ever as the others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.secret import SecretKey
from sync.envelope.blob import attachment_label, open_blob
from sync.envelope.snapshot import decode_snapshot
from sync.protocol import codec
from sync.protocol.blob import BLOB_HEAD_BYTES, blob_id, check_body
from sync.protocol.compact import TOKEN_BYTES, encode_short
from sync.protocol.errors import CodecError
from sync.protocol.lane import (
    PIECE_MAX,
    BlobGet,
    BlobHave,
    BlobHaveReply,
    BlobPutReply,
    BlobState,
    PutReader,
    SnapshotReply,
    encode_put,
)
from sync.protocol.messages import Message
from tests.support import centres, make_vectors

FOLDER = Path(__file__).parent.parent / "vectors"
M = TypeVar("M", bound=Message)
READ = (BlobHave, BlobHaveReply, BlobPutReply, BlobGet, SnapshotReply)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """The values of version 1 and those that came later."""
    values: dict[str, Any] = {}
    for place in ("values.json", "v3/values.json", "v3/lane.json"):
        values |= json.loads((FOLDER / place).read_text(encoding="utf-8"))
    return values


def read(name: str) -> bytes:
    return (FOLDER / "v3" / f"{name}.bin").read_bytes()


def same(kind: type[M], content: bytes) -> M:
    """Read a message, and see that it is written as it was."""
    message = codec.decode(kind, content)
    assert encode_short(message) == content
    return message


def test_an_attachment_opens_and_its_label_says_which_it_is(known: dict[str, Any]) -> None:
    head, content = open_blob(make_vectors.keyring(), read("attachment"))
    assert hashlib.sha256(content).hexdigest() == known["attachment_sha256"]
    assert blob_id(read("attachment")).hex() == known["names"]["attachment"]
    assert (head.salt.hex(), head.label.hex()) == (known["blob_salt"], known["attachment_label"])
    secret = SecretKey(bytes.fromhex("e9" * 32))
    assert attachment_label(secret, hashlib.sha256(content).digest()) == head.label
    assert len(read("attachment")) > BLOB_HEAD_BYTES + (1 << 16)


def test_a_snapshot_holds_the_heads_and_their_places(known: dict[str, Any]) -> None:
    head, content = open_blob(make_vectors.keyring(), read("snapshot"))
    assert blob_id(read("snapshot")).hex() == known["names"]["snapshot"]
    assert (head.log_id.hex(), head.position) == (known["log_id"], 2)
    assert head.chain.hex() == known["chain_2"]
    said = decode_snapshot(centres.REGISTRY, content)
    assert (said.at.log_id, said.at.position, said.at.chain) == (head.log_id, 2, head.chain)
    ids = [bytes.fromhex(one["id"]) for one in known["changes"]]
    bases = {base for one in known["changes"] for base in one["bases"]}
    assert [one.change.id.hex() for one in said.heads] == [
        one.hex() for one in ids if one.hex() not in bases
    ]
    for one in said.heads:
        assert (one.context.hex(), ids[one.place]) == (known["batch_2_id"][:32], one.change.id)


def test_what_is_there_is_asked_by_name_or_label(known: dict[str, Any]) -> None:
    request = read("blob-have-request")
    token, content = request[:TOKEN_BYTES], request[TOKEN_BYTES:]
    assert token.hex() == known["token"]
    name, label = known["names"]["attachment"], known["attachment_label"]
    asked = codec.split_ids(same(BlobHave, content).asked)
    assert [one.hex() for one in asked] == ["00" * 32, label, name]
    states = same(BlobHaveReply, read("blob-have-reply")).states
    size = len(read("attachment"))
    assert states == tuple(
        BlobState(which, bytes.fromhex(name), size, known["blob_held"]) for which in (1, 2)
    )
    assert not states[0].is_whole


def test_pieces_go_up_and_come_down_from_any_byte(known: dict[str, Any]) -> None:
    held, blob = known["blob_held"], read("attachment")
    reader = PutReader()
    for at in range(0, len(read("blob-put-request")), 7):
        reader.feed(read("blob-put-request")[at : at + 7])
    reader.close()
    assert (reader.token, reader.name) == (bytes.fromhex(known["token"]), blob_id(blob))
    assert reader.take() == (held, blob[held : 2 * held])
    assert reader.take() == (2 * held, b"")
    assert same(BlobPutReply, read("blob-put-reply")).held == 2 * held
    content = read("blob-get-request")[TOKEN_BYTES:]
    assert same(BlobGet, content) == BlobGet(blob_id(blob), held, 2 * held)


def test_the_snapshots_of_a_log_are_told(known: dict[str, Any]) -> None:
    reply = same(SnapshotReply, read("snapshot-reply"))
    assert (reply.log_id.hex(), reply.top) == (known["log_id"], 2)
    (state,) = reply.snapshots
    assert state.name.hex() == known["names"]["snapshot"]
    batches = sum(len((FOLDER / f"batch-{number}.bin").read_bytes()) for number in (1, 2))
    assert (state.size, state.position, state.log_bytes) == (len(read("snapshot")), 2, batches)


@given(st.data())
def test_any_bytes_are_a_message_of_the_lane_or_refused_by_name(data: st.DataObject) -> None:
    names = ("blob-have-reply", "blob-put-reply", "snapshot-reply", "blob-get-request")
    content = bytearray(read(data.draw(st.sampled_from(names))))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    spoilt = bytes(content[: data.draw(st.integers(0, len(content)))])
    for kind in READ:
        for one in (spoilt, data.draw(st.binary(max_size=80))):
            try:
                codec.decode(kind, one)
            except CodecError as refusal:
                assert refusal.reason in ("message_malformed", "message_over_limit")


@given(st.lists(st.binary(max_size=90), max_size=8))
def test_any_pieces_are_read_or_refused_by_name(pieces: list[bytes]) -> None:
    reader = PutReader()
    try:
        for one in pieces:
            reader.feed(one)
        reader.close()
    except CodecError as refusal:
        assert refusal.reason in ("message_over_limit", "message_truncated")
        return
    start, content = reader.take()
    assert reader.token is not None
    assert encode_put(reader.token, reader.name, start, content) == b"".join(pieces)


def test_more_than_a_piece_is_never_written_or_read() -> None:
    with pytest.raises(CodecError, match="message_over_limit"):
        encode_put(bytes(16), bytes(32), 0, bytes(PIECE_MAX + 1))
    reader = PutReader()
    reader.feed(encode_put(bytes(16), bytes(32), 0, bytes(PIECE_MAX)))
    with pytest.raises(CodecError, match="message_over_limit"):
        reader.feed(b"x")


def test_the_body_of_the_vectors_is_the_one_that_their_heads_name() -> None:
    for name in ("attachment", "snapshot"):
        check_body(read(name))
