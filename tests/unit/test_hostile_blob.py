"""Blobs that a laptop of the centre signed with its real keys, and that are wrong all the same."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from typing import Any

import pytest

from app.crypto.sealing import seal_under
from app.domain.errors import DomainError
from app.services.ports import Cursor, SnapshotContent
from sync.envelope.blob import open_blob, seal_attachment, seal_snapshot
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.keyring import Keyring
from sync.envelope.padding import padme
from sync.envelope.seal import CentreEnvelope
from sync.envelope.snapshot import encode_snapshot
from sync.protocol.blob import (
    ATTACHMENT_BODY_MAX,
    BLOB_HEAD_BYTES,
    BOUND_BYTES,
    blob_id,
    body_hash,
    encode_head,
    parse_head,
)
from sync.protocol.signature import Purpose
from tests.support import centres

LAPTOPS = centres.two_laptops()
AT = Cursor(b"\x10" * 16, 7, b"\x22" * 32)
LATER = dataclasses.replace(AT, position=8)
PLAIN = CentreBlobs(CentreEnvelope(centres.REGISTRY, LAPTOPS.plain))
LIKE = seal_attachment(LAPTOPS.admin, b"algo").content


def signed(body: bytes, *, by: Keyring = LAPTOPS.admin, like: bytes = LIKE, **head: Any) -> bytes:
    """Return a blob with this body and head, signed with the keys of a laptop."""
    said = dataclasses.replace(
        parse_head(like), body_size=len(body), body_hash=body_hash(body), **head
    )
    front = encode_head(said)
    return front + by.keys.sign(Purpose.BLOB, front) + body


def of_inside(padded: bytes) -> bytes:
    """Return a blob that opens to these bytes, length and padding included."""
    salt = hashlib.blake2b(
        parse_head(LIKE).salt + struct.pack(">I?", 0, True), digest_size=16, person=b"qispi-piece-1"
    ).digest()
    secret = LAPTOPS.admin.epochs[LAPTOPS.admin.current]
    return signed(seal_under(secret, "blob", padded, salt=salt, bound=LIKE[:BOUND_BYTES]))


def padded(content: bytes) -> bytes:
    size = 8 + len(content)
    return struct.pack(">Q", len(content)) + content + bytes(padme(size) - size)


def refusal(content: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        open_blob(LAPTOPS.plain, content)
    return refused.value.message_id


def test_what_is_made_as_it_must_be_opens() -> None:
    """(control of what follows)"""
    assert open_blob(LAPTOPS.plain, of_inside(padded(b"algo")))[1] == b"algo"
    assert open_blob(LAPTOPS.plain, signed(LIKE[BLOB_HEAD_BYTES:]))[1] == b"algo"


def test_a_body_that_nobody_sealed_is_altered_whoever_signed_it() -> None:
    assert refusal(signed(bytes(272))) == "blob_altered"


def test_a_laptop_of_another_centre_is_unknown_also_where_the_roster_has_it() -> None:
    other = centres.two_laptops(centre=b"\x12" * 16, prefix="otro-").admin
    wider = centres.knowing_both(LAPTOPS.plain, other)
    theirs = signed(LIKE[BLOB_HEAD_BYTES:], by=other, device=other.device.id)
    assert open_blob(wider, LIKE)[1] == b"algo", "the control"
    with pytest.raises(DomainError, match="blob_unknown_device"):
        open_blob(wider, theirs)


def test_a_key_that_is_not_here_is_named() -> None:
    assert refusal(signed(LIKE[BLOB_HEAD_BYTES:], epoch_tag=b"unknown!")) == "blob_unknown_key"


@pytest.mark.parametrize(
    "inside",
    [
        b"", bytes(7), padded(b"algo") + bytes(1), padded(b"algo")[:-1],
        padded(b"algo")[:-1] + b"x", struct.pack(">Q", 2**40) + bytes(248),
    ],
)  # fmt: skip
def test_an_inside_of_another_form_is_malformed(inside: bytes) -> None:
    assert refusal(of_inside(inside)) == "blob_malformed"


def test_what_is_too_large_is_never_sealed() -> None:
    with pytest.raises(DomainError, match="blob_over_limit"):
        seal_attachment(LAPTOPS.admin, bytes(ATTACHMENT_BODY_MAX))


def test_an_attachment_is_no_snapshot_and_a_snapshot_no_attachment() -> None:
    snapshot = seal_snapshot(
        LAPTOPS.admin, encode_snapshot(centres.REGISTRY, SnapshotContent(AT, ())), AT
    ).content
    assert PLAIN.open_attachment(LIKE) == b"algo"
    assert PLAIN.open_snapshot(snapshot).at == AT
    with pytest.raises(DomainError, match="blob_malformed"):
        PLAIN.open_attachment(snapshot)
    with pytest.raises(DomainError, match="blob_malformed"):
        PLAIN.open_snapshot(LIKE)


def test_a_snapshot_that_names_two_places_is_malformed() -> None:
    inside = encode_snapshot(centres.REGISTRY, SnapshotContent(AT, ()))
    with pytest.raises(DomainError, match="snapshot_malformed"):
        PLAIN.open_snapshot(seal_snapshot(LAPTOPS.admin, inside, LATER).content)


def test_only_what_this_laptop_signed_under_this_name_is_its_own() -> None:
    own = seal_attachment(LAPTOPS.plain, b"algo").content
    front = own[:BLOB_HEAD_BYTES]
    assert PLAIN.is_ours(blob_id(front), front)
    assert not PLAIN.is_ours(bytes(32), front)
    another = signed(own[BLOB_HEAD_BYTES:], like=own, by=LAPTOPS.plain, device=b"\x33" * 16)
    as_its_own = signed(own[BLOB_HEAD_BYTES:], like=own, by=LAPTOPS.admin)
    for content in (another, as_its_own, own[:-1][: BLOB_HEAD_BYTES - 1]):
        head = content[:BLOB_HEAD_BYTES]
        assert not PLAIN.is_ours(blob_id(head), head)
