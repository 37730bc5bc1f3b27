"""The bytes of attachments, inside the encrypted file, each once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from db.schema import attachment

__all__ = ["SqlAttachmentStore"]

_PUT = insert(attachment).on_conflict_do_nothing(index_elements=[attachment.c.sha256])
_GET = select(attachment.c.content).where(attachment.c.sha256 == bindparam("of_hash"))
_PRESENT = select(attachment.c.sha256).where(
    attachment.c.sha256.in_(bindparam("hashes", expanding=True))
)
_WEIGHT = select(func.coalesce(func.sum(attachment.c.size), 0)).where(
    attachment.c.sha256.in_(bindparam("hashes", expanding=True))
)


class SqlAttachmentStore:
    """:class:`app.services.attachment_ports.AttachmentStore` on the connection of one unit of
    work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, sha256: str, media_type: str, content: bytes) -> None:
        """Keep bytes under their hash; the same bytes again change nothing."""
        row = {
            "sha256": bytes.fromhex(sha256),
            "media_type": media_type,
            "size": len(content),
            "content": content,
        }
        self._connection.execute(_PUT, row)

    def get(self, sha256: str) -> bytes | None:
        """Return the bytes of a hash, or None when this laptop does not hold them."""
        wanted = _hash(sha256)
        if wanted is None:
            return None
        return self._connection.execute(_GET, {"of_hash": wanted}).scalar_one_or_none()

    def present(self, hashes: Sequence[str]) -> frozenset[str]:
        """Return those of these hashes of which this laptop holds the bytes."""
        wanted = [one for one in map(_hash, hashes) if one is not None]
        if not wanted:
            return frozenset()
        found = self._connection.execute(_PRESENT, {"hashes": wanted}).scalars()
        return frozenset(one.hex() for one in found)

    def weight(self, hashes: Sequence[str]) -> int:
        """Return how many bytes of these hashes this laptop holds, all together."""
        wanted = [one for one in map(_hash, hashes) if one is not None]
        return int(self._connection.execute(_WEIGHT, {"hashes": wanted}).scalar_one())


def _hash(text: str) -> bytes | None:
    """Return the bytes of a hash; what another laptop's program wrote there may be anything."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
