"""Where the audit of a laptop ends, told in each batch that it seals: one column behind the others.

Format 3 is format 1 or 2 with this column. It changes nothing of how the others are read, so that
every reader reads the batch, and an older one leaves the column unread (``docs/protocol.md``).
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec

from app.services.ports import AuditHead
from sync.envelope.origin_payload import OriginPayload
from sync.envelope.payload import PLAIN, Payload, format_of

__all__ = ["FORMAT", "head_of", "with_head"]

FORMAT: Final = 3
"""The newest format that this program reads and writes; each payload says it."""

_HASH_BYTES: Final = 32
_NUMBER_MAX: Final = 2**63 - 1


class _Column(msgspec.Struct, frozen=True, array_like=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=_NUMBER_MAX)]
    hash: Annotated[bytes, msgspec.Meta(min_length=_HASH_BYTES, max_length=_HASH_BYTES)]


def _up_to_it(columns: type[Payload]) -> type[Any]:
    """Return the columns of a layout as they stand, and this one behind them. What stands behind it
    is passed over unread: there may be millions of things."""
    before = [(name, msgspec.Raw) for name in columns.__struct_fields__]
    return msgspec.defstruct("_UpToIt", [*before, ("audit", _Column)], array_like=True)


_LAYOUTS: Final = {PLAIN: _up_to_it(Payload), 2: _up_to_it(OriginPayload)}


def with_head(content: bytes, head: AuditHead) -> bytes:
    """Return a payload of format 1 or 2 with the head of the audit behind its columns."""
    columns = msgspec.msgpack.decode(content, type=list[msgspec.Raw])
    columns[0] = msgspec.Raw(msgspec.msgpack.encode(FORMAT))
    columns.append(msgspec.Raw(msgspec.msgpack.encode(_Column(head.number, head.hash))))
    return msgspec.msgpack.encode(columns)


def head_of(content: bytes) -> AuditHead | None:
    """Return the head that a payload tells, of which the rest was read; None when it tells none.
    What stands there and is none is left alone: nothing is refused for it."""
    said = format_of(content)
    if said.format < FORMAT or said.reader not in _LAYOUTS:
        return None
    try:
        found: _Column = msgspec.msgpack.decode(content, type=_LAYOUTS[said.reader]).audit
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return AuditHead(found.number, found.hash)
