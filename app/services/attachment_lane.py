"""Which attachments this laptop lacks, and which the region's server is not known to have.

The record of an attachment travels with the others; its bytes follow in a lane of their own, when
the link is good or a person asks for them. Storage thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.services.access import act
from app.services.attachment_wishes import HASH_BYTES, put_wanted, wanted
from app.services.attachments import BYTES_MAX
from app.services.ports import ATTACHMENT, UNUSABLE, HeldBlob, UnitOfWork
from app.services.values import is_buried, stored_text

__all__ = [
    "here",
    "keep",
    "lacking",
    "look_further",
    "note_asked",
    "own",
    "to_ask_again",
    "unsent",
    "useless",
    "want",
    "weights",
]

ASKED_AGAIN_MAX: Final = 64
"""Scans of which a run of the program asks whether the region still has them: two kilobytes."""

TRIED_AGAIN_MAX: Final = 16
"""Those that were of no use and are tried again by a run of the program, the oldest first."""

_ASKED: Final = "sync/scans_asked"
"""The run of the program that asked last, and how many of those noted were asked about so far."""
_SESSION_BYTES: Final = 8
_LOOKED: Final = "sync/scans_looked"
"""How many of the older ones that lack here were looked for so far."""


@act("see_attachment", record="attachment_id")
def want(uow: UnitOfWork, attachment_id: RecordId) -> None:
    """A person wants the bytes of this attachment, whatever the link is like; what was of no use
    before is tried once more. Commits.

    Raises DomainError ``record_unknown``.
    """
    if uow.records.kind_of(attachment_id) != Kind.ATTACHMENT:
        raise DomainError("record_unknown")
    try:
        sha256 = bytes.fromhex(stored_text(uow.records.fields(attachment_id), "sha256"))
    except ValueError:
        raise DomainError("record_unknown") from None
    if len(sha256) != HASH_BYTES:
        raise DomainError("record_unknown")
    others = [one for one in wanted(uow) if one != sha256]
    put_wanted(uow, [*others, sha256])
    for one in uow.blobs.known_of(sha256):
        if one.kind == UNUSABLE:
            uow.blobs.drop(one.name)
    uow.commit()


def lacking(uow: UnitOfWork, *, is_all: bool) -> tuple[bytes, ...]:
    """Return the hashes of the attachments whose bytes are not here: those that people asked for,
    and then, if ``is_all``, the others, the newest record first. Not those that were taken back."""
    named = {
        one.sha256: one.record_id for one in reversed(uow.blobs.attachments()) if not one.is_here
    }
    asked = [one for one in wanted(uow) if one in named]
    others = [one for one in named if one not in asked] if is_all else []
    return tuple(one for one in (*asked, *others) if not is_buried(uow.records.fields(named[one])))


def own(uow: UnitOfWork) -> frozenset[bytes]:
    """Return the hashes of the attachments that were made on this laptop."""
    return frozenset(one.sha256 for one in uow.blobs.attachments() if one.is_own)


def to_ask_again(
    uow: UnitOfWork, session: bytes, log_id: bytes
) -> tuple[int, tuple[HeldBlob, ...]] | None:
    """Return some of the blobs that the region was found to have beside this log, at each run of
    the program others, and how many there are before them; None when this run asked before."""
    stored = uow.local.get(_ASKED) or b""
    if stored[:_SESSION_BYTES] == session:
        return None
    noted = [one for one in uow.blobs.of_kind(ATTACHMENT) if one.log_id == log_id]
    asked = int(stored[_SESSION_BYTES:] or b"0")
    at = asked if asked < len(noted) else 0
    return at, tuple(noted[at : at + ASKED_AGAIN_MAX])


def note_asked(uow: UnitOfWork, session: bytes, asked: int, gone: Sequence[bytes]) -> None:
    """Remember how many this run of the program has behind it; those that are gone at the region
    are not known to be there any more, and some that were of no use are tried once more: perhaps
    only the way here spoilt them. Commits."""
    uow.local.put(_ASKED, session + str(asked).encode())
    useless = [one.name for one in uow.blobs.of_kind(UNUSABLE)]
    for name in (*gone, *useless[:TRIED_AGAIN_MAX]):
        uow.blobs.drop(name)
    uow.commit()


def look_further(uow: UnitOfWork, count: int, step: int) -> int:
    """Return from which of ``count`` to look on, and remember that the next ``step`` were looked
    for. Commits."""
    at = int(uow.local.get(_LOOKED) or b"0")
    at = at if at < count else 0
    uow.local.put(_LOOKED, str(at + step).encode())
    uow.commit()
    return at


def useless(uow: UnitOfWork, sha256: bytes) -> frozenset[bytes]:
    """Return the names of the blobs that lie under the label of an attachment and were found not to
    hold it."""
    return frozenset(one.name for one in uow.blobs.known_of(sha256) if one.kind == UNUSABLE)


def unsent(uow: UnitOfWork, log_id: bytes) -> tuple[bytes, ...]:
    """Return the hashes of the attachments here that the server is not known to keep beside this
    log, the oldest record first. Not those that were taken back."""
    there = uow.blobs.there(log_id)
    named = {
        one.sha256: one.record_id
        for one in uow.blobs.attachments()
        if one.is_here and one.sha256 not in there
    }
    return tuple(one for one in named if not is_buried(uow.records.fields(named[one])))


def weights(uow: UnitOfWork, hashes: Sequence[bytes]) -> tuple[int, ...]:
    """Return the bytes of each of these attachments: sealed, or as it is where it is not yet."""
    return tuple(
        next(
            (
                one.size
                for one in uow.blobs.known_of(sha256)
                if one.log_id is None and one.kind == ATTACHMENT
            ),
            None,
        )
        or uow.attachments.weight([sha256.hex()])
        for sha256 in hashes
    )


def here(uow: UnitOfWork) -> Mapping[bytes, int]:
    """Return how many bytes the attachments have that are here, by their hashes, the newest record
    first. Not those that were taken back."""
    named = {one.sha256: one for one in reversed(uow.blobs.attachments()) if one.is_here}
    return {
        sha256: one.size
        for sha256, one in named.items()
        if not is_buried(uow.records.fields(one.record_id))
    }


def keep(uow: UnitOfWork, sha256: bytes, content: bytes) -> bool:
    """Keep the bytes of an attachment, if they are those that its record names; return whether.
    The caller commits."""
    if hashlib.sha256(content).digest() != sha256 or len(content) > BYTES_MAX:
        return False
    uow.attachments.put(sha256.hex(), _media_type(uow, sha256), content)
    put_wanted(uow, [one for one in wanted(uow) if one != sha256])
    return True


def _media_type(uow: UnitOfWork, sha256: bytes) -> str:
    for one in uow.blobs.attachments():
        if one.sha256 == sha256:
            return stored_text(uow.records.fields(one.record_id), "media_type")
    return ""
