"""What room there is for statements, and which of them go first where there is little.

A message and a respuesta carry so many, and a server keeps so many of one speaker. Nothing is lost
by it: what does not go along comes with the next exchange of the roster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from typing import Final

from sync.protocol import limits
from sync.protocol.errors import CodecError
from sync.protocol.roster import ROLE_ADMIN, ROOT, Device, Roster, StatementKind, read_statement
from sync.protocol.statements import (
    EpochShare,
    Grant,
    Revoke,
    Statement,
    read_body,
    statement_id,
)

__all__ = ["by_need", "room_of", "said_once", "surely_taken"]

_OWN, _ROOT, _REVOKE, _EPOCH, _GRANT, _OTHER, _IN_VAIN = range(7)
_NEEDED: Final = frozenset((_OWN, _ROOT))


def room_of(speaker: Device) -> int:
    """Return how many statements a server keeps of a device."""
    # A plain device says one thing, and it is enough to say it once: that it leaves.
    return limits.STATEMENTS_PER_ADMIN_MAX if speaker.role == ROLE_ADMIN else 1


def surely_taken(statements: Iterable[bytes], roster: Roster) -> frozenset[bytes]:
    """Return the ids of those statements that a server takes, whatever else it holds.

    ``roster`` is what they amount to. Not sure are those that a revocation cut off, and all of a
    speaker that said more than there is room for: which of them a server holds depends on the
    order in which they came.
    """
    speakers = {statement_id(one): read_statement(one).by for one in statements}
    sayings = Counter(by for name, by in speakers.items() if name in roster.proven)
    sure = roster.proven - {one.statement for one in roster.refused}
    return frozenset(
        name
        for name, by in speakers.items()
        if name in sure and (by == ROOT or sayings[by] <= room_of(roster.devices[by]))
    )


def said_once(statements: Iterable[bytes], roster: Roster) -> frozenset[bytes]:
    """Return the statements with one of each kind of a plain device; nothing when that is all.

    A plain device can say that it leaves in as many ways as it likes: once is enough, and whoever
    keeps them all carries them for ever. Laptops keep the lowest id; a server, which gives up
    nothing, the one that came first. Of an admin's none is left out: each may count.
    """
    kept: list[bytes] = []
    heard: set[tuple[bytes, int]] = set()
    is_more = False
    for content in sorted(statements, key=statement_id):
        said = read_statement(content)
        speaker = roster.devices.get(said.by)
        is_plain = speaker is not None and said.by != ROOT and room_of(speaker) == 1
        if is_plain and statement_id(content) in roster.proven:
            has_meaning = said.kind != StatementKind.REVOKE or _leaves(said)
            if not has_meaning or (said.by, said.kind) in heard:
                is_more = True
                continue
            heard.add((said.by, said.kind))
        kept.append(content)
    return frozenset(kept) if is_more else frozenset()


def _leaves(said: Statement) -> bool:
    return _revoked(said) == said.by


def _revoked(said: Statement) -> bytes | None:
    try:
        return read_body(Revoke, said.body).device
    except CodecError:
        return None


def by_need(
    statements: Iterable[bytes], roster: Roster, *, device: bytes, epoch: bytes
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the statements that a device cannot begin without, and the rest; in both the most
    needed first, and otherwise in the given order.

    Needed are its own grant and its granter's, and what the root says: nobody else can make them
    more than there is room for. The rest begins with who was revoked, the epoch (a tag) under which
    the centre seals, and the other grants: who does not know a revoked device takes an epoch that
    it knows for a fresh one. Of the revocations each speaker's first come first, then each one's
    second, so that none who says much keeps out what another says. One of a device that nobody
    granted says nothing yet, and that a plain device leaves comes last: its word is one of as many
    as somebody grants.
    """
    found = roster.devices.get(device)
    in_vain = {one.statement for one in roster.refused}
    near = {device} if found is None else {device, found.by}
    own = _counting(statements, near, in_vain)
    revoked_by: Counter[bytes] = Counter()
    ranked = []
    for content in statements:
        said, name = read_statement(content), statement_id(content)
        rank = _OWN if name in own else _rank(said, epoch, roster)
        if name in in_vain:
            rank = _IN_VAIN
        if rank == _REVOKE:
            revoked_by[said.by] += 1
        turn = revoked_by[said.by] if rank == _REVOKE else 0
        ranked.append((rank, turn, content))
    ranked.sort(key=lambda one: one[:2])
    return (
        tuple(content for rank, _, content in ranked if rank in _NEEDED),
        tuple(content for rank, _, content in ranked if rank not in _NEEDED),
    )


def _counting(
    statements: Iterable[bytes], devices: Container[bytes], in_vain: Container[bytes]
) -> frozenset[bytes]:
    """Return the names of the grants that count of these devices, one of each: an admin can grant
    a device as often as it likes."""
    grants: dict[bytes, list[tuple[bool, bool, bytes]]] = {}
    for content in statements:
        said, name = read_statement(content), statement_id(content)
        granted = None if name in in_vain else _granted(said)
        if granted is not None and granted.device in devices:
            rank = (said.by != ROOT, granted.role != ROLE_ADMIN, name)
            grants.setdefault(granted.device, []).append(rank)
    return frozenset(min(one)[2] for one in grants.values())


def _rank(said: Statement, epoch: bytes, roster: Roster) -> int:
    if said.by == ROOT:
        return _ROOT
    if said.kind == StatementKind.REVOKE:
        # That a plain device leaves comes later: who grants many has as many speakers.
        speaker = roster.devices.get(said.by)
        is_admin = speaker is not None and speaker.role == ROLE_ADMIN
        return _REVOKE if is_admin and _revoked(said) in roster.devices else _OTHER
    if said.kind == StatementKind.EPOCH:
        return _EPOCH if _tag(said) == epoch else _OTHER
    return _OTHER if _granted(said) is None else _GRANT


def _granted(said: Statement) -> Grant | None:
    if said.kind != StatementKind.GRANT:
        return None
    try:
        return read_body(Grant, said.body)
    except CodecError:
        return None


def _tag(said: Statement) -> bytes | None:
    try:
        return read_body(EpochShare, said.body).tag
    except CodecError:
        return None
