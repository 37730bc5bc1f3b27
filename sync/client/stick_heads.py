"""The heads of blobs on a stick: whose they say to be, and which of them a laptop signed.

Only the fronts of files are read. Network thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.client.stick import Stick
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.blob import (
    BLOB_HEAD_BYTES,
    BlobHead,
    BlobKind,
    check_head_signature,
    parse_head,
    size_of,
)
from sync.protocol.errors import ProtocolError

__all__ = ["SPOILT", "fronts_of_centre", "signed_among", "signed_heads"]

SPOILT: Final = frozenset({"blob_altered", "blob_truncated", "blob_malformed"})
"""Reasons for which no laptop can use a file."""


def signed_heads(
    blobs: CentreBlobs, stick: Stick, sizes: Mapping[str, int], kind: BlobKind
) -> dict[str, BlobHead]:
    """Return, by their places, the heads of the blobs of a kind that laptops of the centre signed
    and whose files have the size that they say. No snapshot of a laptop that was taken out: what it
    says nobody vouches for. An attachment is what its record says, whoever sealed it."""
    return signed_among(blobs, fronts_of_centre(blobs, stick, sizes, kind), sizes, kind)


def signed_among(
    blobs: CentreBlobs,
    fronts: Mapping[str, tuple[bytes, BlobHead]],
    sizes: Mapping[str, int],
    kind: BlobKind,
) -> dict[str, BlobHead]:
    """Return :func:`signed_heads` of fronts that were read already."""
    devices = blobs.envelope.keyring.roster.devices
    found = {}
    for place, (front, head) in fronts.items():
        device = devices.get(head.device)
        if device is None or sizes[place] != size_of(head):
            continue
        if kind is BlobKind.SNAPSHOT and blobs.is_of_one_taken_out(front):
            continue
        try:
            check_head_signature(front, device.sign_key)
        except ProtocolError:
            continue
        found[place] = head
    return found


def fronts_of_centre(
    blobs: CentreBlobs, stick: Stick, sizes: Mapping[str, int], kind: BlobKind
) -> dict[str, tuple[bytes, BlobHead]]:
    """Return, by their places, the fronts of the files that say to be of a kind and of this centre,
    and what they say."""
    found = {}
    for place in sizes:
        front = (stick.read(place, BLOB_HEAD_BYTES) or b"")[:BLOB_HEAD_BYTES]
        try:
            head = parse_head(front)
        except ProtocolError:
            continue
        if (head.centre, head.kind) == (blobs.envelope.keyring.centre, kind):
            found[place] = (front, head)
    return found
