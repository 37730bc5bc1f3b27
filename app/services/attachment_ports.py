"""Where the bytes of attachments are kept, as a Protocol. ``db`` satisfies it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["AttachmentStore"]


class AttachmentStore(Protocol):
    """The bytes of scans and pictures, inside the encrypted file, each once. Storage thread, inside
    the unit's transaction."""

    def put(self, sha256: str, media_type: str, content: bytes) -> None:
        """Keep bytes under their hash; the same bytes again change nothing."""

    def get(self, sha256: str) -> bytes | None:
        """Return the bytes of a hash, or None when this laptop does not hold them."""

    def present(self, hashes: Sequence[str]) -> frozenset[str]:
        """Return those of these hashes of which this laptop holds the bytes."""

    def weight(self, hashes: Sequence[str]) -> int:
        """Return how many bytes of these hashes this laptop holds, all together."""
