"""The statements of one epoch: how many it takes, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.signature import Purpose
from sync.protocol.statements import (
    REVOKED_MAX,
    EpochShare,
    SealedSecret,
    place_after,
    sign_statement,
    statement_id,
)

__all__ = ["named_by_all", "sign_epoch"]

_ID_BYTES: Final = 16
_AROUND: Final = 256
"""Of a signed epoch: ids, the signature, lengths."""
_AROUND_SECRET: Final = 24
"""Of one sealed secret in it."""


def sign_epoch(
    tag: bytes,
    secrets: Sequence[SealedSecret],
    revoked: Collection[bytes],
    *,
    centre: bytes,
    by: bytes,
    place: tuple[int, bytes],
    sign: Callable[[Purpose, bytes], bytes],
) -> tuple[bytes, ...]:
    """Return the signed statements of one epoch, each within the limit of its size.

    ``secrets`` is the epoch's secret, sealed to every device that stays; ``revoked`` are all of the
    centre that were revoked. Of more than ``REVOKED_MAX`` the names stand in lists of their own,
    and ``secrets`` must hold the speaker's. ``place`` is the first one's. Raises CodecError as
    :func:`sync.protocol.statements.sign_statement` does.
    """
    names = b"".join(sorted(revoked))
    made: list[bytes] = []
    for share in _shares(tag, secrets, names, by):
        made.append(sign_statement(share, centre=centre, by=by, place=place, sign=sign))
        place = place_after(place[0], statement_id(made[-1]))
    return tuple(made)


def _shares(
    tag: bytes, secrets: Sequence[SealedSecret], names: bytes, by: bytes
) -> Iterator[EpochShare]:
    most = _ID_BYTES * REVOKED_MAX
    in_each = names if len(names) <= most else b""
    waiting = list(secrets)
    while waiting:
        count = max(
            1, (STATEMENT_MAX - _AROUND - len(in_each)) // (_AROUND_SECRET + _longest(waiting))
        )
        yield EpochShare(tag, tuple(waiting[:count]), in_each)
        del waiting[:count]
    if len(names) > most:
        own = tuple(one for one in secrets if one.device == by)[:1]
        for at in range(0, len(names), most):
            yield EpochShare(tag, own, names[at : at + most])


def _longest(secrets: Sequence[SealedSecret]) -> int:
    return max(len(one.sealed) for one in secrets)


def named_by_all(shares: Iterable[EpochShare], by: bytes) -> frozenset[bytes]:
    """Return the ids that the statements of one epoch of a speaker name together as revoked: those
    that each names which is sealed to somebody else (a part that knows less makes the whole less),
    and those of its lists, which are sealed to the speaker alone.
    """
    parts: list[frozenset[bytes]] = []
    listed: set[bytes] = set()
    for share in shares:
        ids = {share.revoked[at : at + _ID_BYTES] for at in range(0, len(share.revoked), _ID_BYTES)}
        if {one.device for one in share.sealed} == {by}:
            listed |= ids
        else:
            parts.append(frozenset(ids))
    return frozenset(listed.union(frozenset.intersection(*parts) if parts else ()))
