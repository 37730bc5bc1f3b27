"""Attachments and snapshots sealed and opened with the keys that a centre's envelope holds now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.errors import DomainError
from app.services.ports import SnapshotContent
from sync.envelope.blob import (
    SealedBlob,
    attachment_label,
    open_blob,
    seal_attachment,
    seal_snapshot,
)
from sync.envelope.seal import CentreEnvelope
from sync.envelope.snapshot import decode_snapshot, encode_snapshot
from sync.protocol.blob import (
    BLOB_HEAD_BYTES,
    BlobKind,
    blob_id,
    check_head_signature,
    parse_head,
)
from sync.protocol.errors import ProtocolError

__all__ = ["REVOKED_SNAPSHOT", "CentreBlobs"]

REVOKED_SNAPSHOT: Final = "snapshot_revoked_device"


@dataclass(frozen=True, slots=True)
class CentreBlobs:
    """What the own lane needs of the keys. The keyring is replaced as a whole, so any thread may
    use it."""

    envelope: CentreEnvelope

    def labels(self, sha256: bytes) -> tuple[bytes, ...]:
        """Return by what an attachment may be found: under the current epoch first, then under
        each older one."""
        keyring = self.envelope.keyring
        older = [secret for tag, secret in keyring.epochs.items() if tag != keyring.current]
        secrets = (keyring.epochs[keyring.current], *older)
        return tuple(attachment_label(secret, sha256) for secret in secrets)

    def seal_attachment(self, content: bytes) -> SealedBlob:
        """Return the blob of an attachment. Raises DomainError ``blob_over_limit``."""
        return seal_attachment(self.envelope.keyring, content, self.envelope.draw)

    def seal_snapshot(self, snapshot: SnapshotContent) -> SealedBlob:
        """Return the blob of a snapshot. Raises DomainError ``snapshot_over_limit``,
        ``blob_over_limit``."""
        content = encode_snapshot(self.envelope.registry, snapshot)
        return seal_snapshot(self.envelope.keyring, content, snapshot.at, self.envelope.draw)

    def is_ours(self, name: bytes, front: bytes) -> bool:
        """Return whether this laptop signed the blob of this name that begins so."""
        device = self.envelope.keyring.device
        try:
            head = parse_head(front)
            check_head_signature(front, device.sign_key)
        except ProtocolError:
            return False
        return blob_id(front) == name and head.device == device.id

    def is_of_one_taken_out(self, front: bytes) -> bool:
        """Return whether the blob that begins so says to be of a laptop that was taken out."""
        try:
            return parse_head(front).device in self.envelope.keyring.roster.revoked
        except ProtocolError:
            return False

    def open_attachment(self, content: bytes) -> bytes:
        """Return the bytes of an attachment. Raises DomainError as ``open_blob`` does, and
        ``blob_malformed`` for another kind."""
        head, opened = open_blob(self.envelope.keyring, content)
        if head.kind != BlobKind.ATTACHMENT:
            raise DomainError("blob_malformed")
        return opened

    def open_snapshot(self, content: bytes) -> SnapshotContent:
        """Return what a snapshot says. Raises DomainError as ``open_blob`` and ``decode_snapshot``
        do, ``snapshot_malformed`` when inside and outside name two places, and ``REVOKED_SNAPSHOT``
        when its laptop was taken out: whoever has that laptop now may have made it."""
        if self.is_of_one_taken_out(content[:BLOB_HEAD_BYTES]):
            raise DomainError(REVOKED_SNAPSHOT)
        head, opened = open_blob(self.envelope.keyring, content)
        if head.kind != BlobKind.SNAPSHOT:
            raise DomainError("blob_malformed")
        said = decode_snapshot(self.envelope.registry, opened)
        if (said.at.log_id, said.at.position, said.at.chain) != (
            head.log_id,
            head.position,
            head.chain,
        ):
            raise DomainError("snapshot_malformed")
        return said
