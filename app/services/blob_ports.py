"""Where sealed attachments and snapshots are kept while they travel, as a Protocol.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId

__all__ = ["ATTACHMENT", "SNAPSHOT", "UNUSABLE", "Blobs", "HeldBlob", "NamedAttachment"]

ATTACHMENT = "attachment"
SNAPSHOT = "snapshot"
UNUSABLE = "unusable"
"""The kind under which a blob is remembered whose bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class HeldBlob:
    """A sealed blob, or what of it is held: ``held`` of ``size`` bytes, from its beginning.

    ``log_id`` is the log beside which the server keeps the whole of it; None for one of our own
    that is not known to be there. ``sha256`` is of an attachment's bytes.
    """

    name: bytes
    kind: str
    sha256: bytes | None
    size: int
    held: int
    log_id: bytes | None


@dataclass(frozen=True, slots=True)
class NamedAttachment:
    """An attachment that a record names; ``is_here``: this laptop holds its bytes, ``size`` of
    them; ``is_own``: it was made on this laptop."""

    record_id: RecordId
    sha256: bytes
    is_here: bool
    is_own: bool = False
    size: int = 0


class Blobs(Protocol):
    """Sealed blobs of our own on their way up, and what came of others on their way down."""

    def get(self, name: bytes) -> HeldBlob | None:
        """Return a blob by its name, or None."""

    def add(self, name: bytes, kind: str, sha256: bytes | None, content: bytes) -> None:
        """Keep a whole blob that the server is not known to have."""

    def waiting(self) -> tuple[HeldBlob, ...]:
        """Return the whole blobs that the server is not known to have, oldest first."""

    def note_there(
        self, name: bytes, kind: str, sha256: bytes | None, size: int, log_id: bytes
    ) -> None:
        """Note that the server keeps the whole of a blob beside this log. Of one of our own that
        waited the bytes are dropped."""

    def append(self, name: bytes, start: int, content: bytes) -> int:
        """Keep bytes that continue what is held of a noted blob; return how many are held."""

    def read(self, name: bytes, start: int, most: int) -> bytes:
        """Return what is held from a byte on, at most so many bytes."""

    def empty(self, name: bytes) -> None:
        """Drop the bytes of a blob, and remember it."""

    def drop(self, name: bytes) -> None:
        """Forget a blob."""

    def of_kind(self, kind: str) -> tuple[HeldBlob, ...]:
        """Return every blob of a kind that is known, oldest first."""

    def known_of(self, sha256: bytes) -> tuple[HeldBlob, ...]:
        """Return the blobs known of an attachment, that of which most is held first."""

    def there(self, log_id: bytes) -> frozenset[bytes]:
        """Return the hashes of those attachments that the server keeps beside this log."""

    def forget_there(self) -> None:
        """The server lost what it had: nothing is known to be there. What came of one on its way
        down stays."""

    def note_left(self, hashes: Sequence[bytes], at_ms: int) -> None:
        """Note that the bytes of these attachments lie whole on a stick since ``at_ms``."""

    def left(self) -> Mapping[bytes, int]:
        """Return since when the bytes of attachments lie on a stick, of those left on one, by their
        hashes."""

    def attachments(self) -> Sequence[NamedAttachment]:
        """Return every attachment that a record names, in the order of their records."""
