"""An extract of the log under the server's signature: what a stick tells who has no network.

A receipt signs the chain at its position, and the chain covers every batch before it: so one
receipt and the ids up to it say of each of them that the region holds it. It is the server's word
at some time, never proof of what the log is now.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from sync.protocol.batch import BATCH_ID_BYTES, CENTRE_BYTES
from sync.protocol.chain import CHAIN_BYTES, LOG_ID_BYTES, chain_after, chain_start
from sync.protocol.errors import CodecError
from sync.protocol.messages import Receipt
from sync.protocol.signature import SIGNATURE_BYTES

__all__ = [
    "EXTRACT_IDS_MAX",
    "EXTRACT_MAX",
    "FRONT_BYTES",
    "LogExtract",
    "encode_extract",
    "extract_centre",
    "extract_name",
    "parse_extract",
]

MAGIC: Final = b"QSPX"
VERSION: Final = 1
_LAYOUT: Final = struct.Struct(">4sB16s16sQ32s64s")
FRONT_BYTES: Final = len(MAGIC) + 1 + CENTRE_BYTES
"""Enough of the front to know whose it is."""
EXTRACT_IDS_MAX: Final = 32_768
"""Batches of one extract: fifteen years of a centre."""
EXTRACT_MAX: Final = _LAYOUT.size + EXTRACT_IDS_MAX * BATCH_ID_BYTES


@dataclass(frozen=True, slots=True)
class LogExtract:
    """The ids of successive batches of a centre's log, the last of them at ``position``.

    ``before`` is the chain before the first of them, ``signature`` that of the receipt of the last.
    """

    centre: bytes
    log_id: bytes
    position: int
    before: bytes
    signature: bytes
    ids: tuple[bytes, ...]

    @property
    def first(self) -> int:
        """The position of the first of them."""
        return self.position - len(self.ids) + 1

    def receipt(self) -> Receipt:
        """Return the receipt of the last, whose signature decides whether all this is true."""
        chain = self.before
        for one in self.ids:
            chain = chain_after(chain, one)
        return Receipt(self.ids[-1], self.log_id, self.position, chain, self.signature)


def extract_name(centre: bytes, log_id: bytes) -> bytes:
    """Return the name of the extracts of one log: a newer one takes the place of the older."""
    named = centre + log_id
    return hashlib.blake2b(named, digest_size=32, person=b"qispi-extract-1").digest()


def extract_centre(front: bytes) -> bytes | None:
    """Return whose extract begins so, or None when it is none."""
    if len(front) < FRONT_BYTES or front[: len(MAGIC)] != MAGIC:
        return None
    return front[len(MAGIC) + 1 : FRONT_BYTES]


def encode_extract(extract: LogExtract) -> bytes:
    """Return the bytes of an extract. Raises CodecError when it is over a limit."""
    front = _LAYOUT.pack(
        MAGIC,
        VERSION,
        extract.centre,
        extract.log_id,
        extract.position,
        extract.before,
        extract.signature,
    )
    content = front + b"".join(extract.ids)
    if parse_extract(content) != extract:
        raise CodecError("extract_malformed")
    return content


def parse_extract(content: bytes) -> LogExtract:
    """Return the extract of these bytes, all of them; its signature is not checked here.

    Raises CodecError ``extract_over_limit``, ``extract_unknown_version``, ``extract_malformed``.
    """
    if len(content) > EXTRACT_MAX:
        raise CodecError("extract_over_limit")
    if content[: len(MAGIC)] != MAGIC or len(content) < _LAYOUT.size:
        raise CodecError("extract_malformed")
    _, version, centre, log_id, position, before, signature = _LAYOUT.unpack_from(content)
    if version != VERSION:
        raise CodecError("extract_unknown_version")
    count, rest = divmod(len(content) - _LAYOUT.size, BATCH_ID_BYTES)
    if rest or not 1 <= count <= position < 2**63:
        raise CodecError("extract_malformed")
    if count == position and before != chain_start(log_id):
        raise CodecError("extract_malformed")
    ids = tuple(
        content[at : at + BATCH_ID_BYTES]
        for at in range(_LAYOUT.size, len(content), BATCH_ID_BYTES)
    )
    return LogExtract(centre, log_id, position, before, signature, ids)


assert _LAYOUT.size == FRONT_BYTES + LOG_ID_BYTES + 8 + CHAIN_BYTES + SIGNATURE_BYTES
