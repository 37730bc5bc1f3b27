"""What the server does with a request: one accept rule, one exchange, and the roster.

It checks who signed and how large; it reads nothing, rewrites nothing and merges nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol import limits
from sync.protocol.batch import batch_id, check_signature, parse_batch
from sync.protocol.codec import fitting, split_ids
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    LogEntry,
    Receipt,
    Refusal,
    RosterReply,
    RosterRequest,
    Verdict,
    receipt_bytes,
)
from sync.protocol.room import room_of
from sync.protocol.roster import (
    ROOT,
    Roster,
    evaluate,
    read_statement,
    statement_id,
)
from sync.protocol.signature import Purpose, signed_bytes
from sync.protocol.version import FIRST_VERSION
from sync.server.auth import REFUSED
from sync.server.outgoing import Outgoing
from sync.server.rosters import Rosters
from sync.server.store import LogHead, LogRow, NewBatch, Store

__all__ = [
    "Region",
    "accept_batch",
    "answer_exchange",
    "answer_roster",
    "learn",
    "member_roster",
    "receipt_for",
    "roster_of",
]


@dataclass(frozen=True, slots=True)
class Region:
    """The server's own identity: its Ed25519 key, the region's root key, its name."""

    key: Ed25519PrivateKey
    root_key: bytes
    name: str
    rosters: Rosters = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin with nothing worked out."""
        object.__setattr__(self, "rosters", Rosters(self.root_key))

    @property
    def public(self) -> bytes:
        """The server's public key, 32 bytes."""
        return self.key.public_key().public_bytes_raw()


def roster_of(store: Store, region: Region, centre: bytes) -> Roster:
    """Return who belongs to a centre, from the statements kept."""
    return region.rosters.of(centre, store.statements(centre))


def member_roster(store: Store, region: Region, centre: bytes, device: bytes) -> Roster:
    """Return who belongs to a centre, for a device that asks with a token.

    Raises ProtocolError ``unauthorized`` when it belongs there no longer: a token outlives nothing.
    """
    roster = roster_of(store, region, centre)
    if not roster.is_member(device, centre):
        raise ProtocolError(REFUSED)
    return roster


def learn(store: Store, region: Region, centre: bytes, statements: Iterable[bytes]) -> Roster:
    """Keep the statements that a device brings along when it signs in, and return who belongs to
    its centre: at the first contact it brings its own grant, which proves itself.
    """
    add_statements(store, region, centre, statements)
    return roster_of(store, region, centre)


def accept_batch(
    store: Store, region: Region, roster: Roster, centre: bytes, content: bytes
) -> Receipt | Refusal:
    """Take a batch into the centre's log; the same batch gets the same receipt, however often.

    The batch before it in its session need not be known, and two with one number are both kept:
    the devices notice. Answered only after the commit.
    """
    try:
        batch = parse_batch(content)
        if batch.header.centre != centre:
            raise ProtocolError("batch_wrong_centre")
        device = roster.devices.get(batch.header.device)
        if device is None or device.centre != centre:
            raise ProtocolError("batch_unknown_device")
        check_signature(batch, device.sign_key)
    except ProtocolError as refusal:
        return Refusal(batch_id(content), refusal.reason)
    header = batch.header
    head, row = store.append(
        centre, NewBatch(batch.id, header.device, header.session, header.number, content)
    )
    return receipt_for(region, head.log_id, row)


def answer_exchange(
    store: Store,
    centre: bytes,
    head: ExchangeRequest,
    outcomes: Sequence[Receipt | Refusal],
) -> tuple[ExchangeReply, Outgoing[LogEntry]]:
    """Return what follows the device's position, after its batches were taken. The batches are read
    from the store when the entries are gone through.

    What the device offered in this very request is not sent back: its receipt gives its place.
    """
    receipts = tuple(one for one in outcomes if isinstance(one, Receipt))
    refused = tuple(one for one in outcomes if isinstance(one, Refusal))
    end = store.head(centre)
    verdict = _verdict(store, centre, head, end)
    entries: list[tuple[LogRow, LogEntry]] = []
    has_more = False
    if verdict in (Verdict.FIRST, Verdict.AGREES):
        offered = {one.batch for one in receipts}
        rows = store.after(
            centre,
            head.position,
            bytes_max=head.wanted_bytes,
            rows_max=limits.EXCHANGE_BATCHES_MAX,
        )
        entries = [
            (row, LogEntry(row.position, row.chain, b""))
            for row in rows
            if row.batch_id not in offered
        ]
        has_more = bool(rows) and rows[-1].position < end.position
    reply = ExchangeReply(
        version=FIRST_VERSION,
        log_id=end.log_id,
        verdict=verdict,
        refused=refused,
        receipts=receipts,
        entries=len(entries),
        top=end.position,
        more=has_more,
    )
    return reply, Outgoing(store, centre, tuple(entries), _filled)


def answer_roster(
    store: Store, region: Region, centre: bytes, request: RosterRequest
) -> RosterReply:
    """Keep the offered statements that hold, and return those that the device lacks."""
    kept = add_statements(store, region, centre, request.offered)
    held = frozenset(split_ids(request.held)) | {statement_id(one) for one in request.offered}
    lacking = [one for one in kept if statement_id(one) not in held]
    return RosterReply(fitting(lacking))


def add_statements(
    store: Store, region: Region, centre: bytes, offered: Iterable[bytes]
) -> tuple[bytes, ...]:
    """Keep those of the offered statements that hold for this centre; return all that are kept."""
    known = store.statements(centre)
    held = set(known)
    new = [one for one in dict.fromkeys(offered) if one not in held]
    if not new:
        return known
    roster = evaluate([*known, *new], region.root_key)
    # What a revoked admin goes on saying is nothing to be kept, though its key is right.
    counting = roster.proven - {one.statement for one in roster.refused}
    proven = [one for one in new if _holds(roster, centre, one, counting)]
    kept = _with_room(roster, known, proven)
    store.add_statements(centre, kept)
    return (*known, *kept)


def _with_room(roster: Roster, known: Iterable[bytes], proven: Iterable[bytes]) -> list[bytes]:
    """Return those of the proven statements for which their speakers have room left."""
    said = Counter(read_statement(one).by for one in known)
    kept = []
    for one in proven:
        by = read_statement(one).by
        if by == ROOT or said[by] < room_of(roster.devices[by]):
            said[by] += 1
            kept.append(one)
    return kept


def _holds(roster: Roster, centre: bytes, content: bytes, counting: Collection[bytes]) -> bool:
    if statement_id(content) not in counting:
        return False
    return read_statement(content).centre == centre and bool(roster.of_centre(centre))


def _filled(front: LogEntry, content: bytes) -> LogEntry:
    return LogEntry(front.position, front.chain, content)


def _verdict(store: Store, centre: bytes, head: ExchangeRequest, end: LogHead) -> Verdict:
    if not head.log_id:
        return Verdict.FIRST
    if head.log_id != end.log_id:
        return Verdict.OTHER_LOG
    if head.position > end.position:
        return Verdict.SHORTER
    is_same = store.chain_at(centre, head.position) == head.chain
    return Verdict.AGREES if is_same else Verdict.DIFFERS


def receipt_for(region: Region, log_id: bytes, row: LogRow) -> Receipt:
    """Return the server's signed word that a batch has this place in the log."""
    said = receipt_bytes(row.batch_id, log_id, row.position, row.chain)
    signature = region.key.sign(signed_bytes(Purpose.RECEIPT, said))
    return Receipt(row.batch_id, log_id, row.position, row.chain, signature)
