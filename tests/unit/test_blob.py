"""Blobs: what was sealed comes back, and nothing that anybody changed on the way does."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.services.ports import Cursor
from sync.envelope.blob import attachment_label, open_blob, seal_attachment, seal_snapshot
from sync.protocol.blob import (
    ATTACHMENT_BODY_MAX,
    BLOB_HEAD_BYTES,
    NO_LABEL,
    SNAPSHOT_BODY_MAX,
    BlobHead,
    BlobKind,
    blob_id,
    encode_head,
    parse_head,
)
from sync.protocol.errors import ProtocolError
from tests.support import centres

LAPTOPS = centres.two_laptops()
AT = Cursor(b"\x10" * 16, 7, b"\x22" * 32)


def fixed(count: int) -> bytes:
    return b"\x5a" * count


@pytest.mark.parametrize("size", [0, 1, 247, 248, 65_528, 65_529, 65_536, 200_000])
def test_an_attachment_opens_on_the_other_laptop(size: int) -> None:
    content = bytes(at * 7 % 251 for at in range(size))
    blob = seal_attachment(LAPTOPS.admin, content)
    head, opened = open_blob(LAPTOPS.plain, blob.content)
    assert opened == content
    assert head.kind == BlobKind.ATTACHMENT
    secret = LAPTOPS.plain.epochs[LAPTOPS.plain.current]
    assert head.label == attachment_label(secret, hashlib.sha256(content).digest())
    assert blob.id == blob_id(blob.content)


def test_a_snapshot_says_up_to_where_it_holds_everything() -> None:
    blob = seal_snapshot(LAPTOPS.admin, b"todo", AT)
    head, opened = open_blob(LAPTOPS.plain, blob.content)
    assert (head.log_id, head.position, head.chain, opened) == (*dataclasses.astuple(AT), b"todo")


def test_two_of_one_content_look_unlike_but_have_one_label() -> None:
    one, other = (seal_attachment(LAPTOPS.admin, b"igual") for _ in range(2))
    assert one.content[BLOB_HEAD_BYTES:] != other.content[BLOB_HEAD_BYTES:]
    assert parse_head(one.content).label == parse_head(other.content).label


def test_no_two_pieces_share_a_key_stream() -> None:
    body = seal_attachment(LAPTOPS.admin, bytes(3 << 16), fixed).content[BLOB_HEAD_BYTES:]
    size = (1 << 16) + 16
    pieces = {body[at : at + size] for at in range(0, len(body), size)}
    assert len(pieces) == -(-len(body) // size)


@pytest.fixture(scope="module")
def large() -> bytes:
    return seal_attachment(LAPTOPS.admin, b"x" * 140_000, fixed).content


def test_pieces_that_change_places_do_not_open(large: bytes) -> None:
    size = (1 << 16) + 16
    head, body = large[:BLOB_HEAD_BYTES], large[BLOB_HEAD_BYTES:]
    swapped = body[size : 2 * size] + body[:size] + body[2 * size :]
    with pytest.raises(DomainError, match="blob_altered"):
        open_blob(LAPTOPS.plain, head + swapped)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_and_no_cut_gets_through(data: st.DataObject) -> None:
    """(F6)"""
    content = seal_attachment(LAPTOPS.admin, b"algo inventado", fixed).content
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content) - 1))
        bit = 1 << data.draw(st.integers(0, 7))
        spoilt = content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]
    else:
        spoilt = content[: data.draw(st.integers(0, len(content) - 1))]
    with pytest.raises(DomainError, match=r"^blob_"):
        open_blob(LAPTOPS.plain, spoilt)


def test_a_stranger_s_blob_and_one_of_an_unknown_epoch_are_named() -> None:
    other = centres.two_laptops(centre=b"\x12" * 16, prefix="otro-")
    with pytest.raises(DomainError, match="blob_wrong_centre"):
        open_blob(LAPTOPS.plain, seal_attachment(other.admin, b"ajeno").content)
    unknown = centres.first_laptop("desconocida")
    with pytest.raises(DomainError, match="blob_unknown_device"):
        open_blob(LAPTOPS.plain, seal_attachment(unknown, b"ajeno").content)


def test_what_has_no_place_in_a_head_is_refused() -> None:
    head = parse_head(seal_attachment(LAPTOPS.admin, b"algo").content)
    for change in (
        {"salt": b"corta"},
        {"kind": 0},
        {"kind": BlobKind.SNAPSHOT},
        {"position": 1},
        {"body_size": 0},
        {"body_size": ATTACHMENT_BODY_MAX + 1},
    ):
        with pytest.raises(ProtocolError):
            encode_head(dataclasses.replace(head, **change))  # type: ignore[arg-type]


def test_a_snapshot_has_a_place_and_no_label_and_all_others_have_no_place() -> None:
    attachment = parse_head(seal_attachment(LAPTOPS.admin, b"algo").content)
    place = dataclasses.asdict(AT)
    snapshot = dataclasses.replace(
        attachment, kind=BlobKind.SNAPSHOT, label=NO_LABEL, body_size=SNAPSHOT_BODY_MAX, **place
    )
    later = dataclasses.replace(attachment, kind=3, body_size=ATTACHMENT_BODY_MAX)
    for head in (attachment, snapshot, later):
        assert parse_head(encode_head(head)) == head
    refused: list[tuple[BlobHead, dict[str, Any]]] = [
        (snapshot, {"label": attachment.label}),
        (snapshot, {"position": 0}),
        (snapshot, {"log_id": bytes(16)}),
        (snapshot, {"body_size": SNAPSHOT_BODY_MAX + 1}),
        (attachment, place),
        (later, place),
        (later, {"body_size": ATTACHMENT_BODY_MAX + 1}),
    ]
    for head, change in refused:
        with pytest.raises(ProtocolError):
            encode_head(dataclasses.replace(head, **change))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_name(content: bytes) -> None:
    for front in (b"", b"QSPF\x01\x01"):
        with pytest.raises(DomainError, match=r"^blob_"):
            open_blob(LAPTOPS.plain, front + content)
