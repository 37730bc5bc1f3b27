"""The heads of blobs on a stick: whose they say to be, and which of them a laptop signed.

Only the fronts of files are read. Network thread.
"""

from __future__ import annotations

from collections.abc import Mapping

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

__all__ = ["SPOILT", "fronts_of", "signed_heads"]

SPOILT = frozenset({"blob_altered", "blob_truncated", "blob_malformed"})
"""Reasons for which no other laptop can use a file either."""


def signed_heads(
    blobs: CentreBlobs, stick: Stick, fronts: Mapping[str, tuple[bytes, BlobHead]]
) -> dict[str, BlobHead]:
    """Return, by their places, the heads that laptops of the centre signed."""
    devices = blobs.envelope.keyring.roster.devices
    found = {}
    for place, (front, head) in fronts.items():
        device = devices.get(head.device)
        if device is None:
            continue
        try:
            check_head_signature(front, device.sign_key)
        except ProtocolError:
            continue
        found[place] = head
    return found
