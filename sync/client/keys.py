"""What a session needs of the keyring: whom it knows, and how it learns of more."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from app.services.ports import UnitOfWork
from app.version import PROGRAM_VERSION
from sync.client.unsent import put_left, put_there
from sync.envelope.audit_column import FORMAT
from sync.envelope.keyring import Keyring
from sync.envelope.leaving import fresh_epoch
from sync.protocol import limits
from sync.protocol.batch import Seen
from sync.protocol.codec import fitting, join_ids
from sync.protocol.holding import Holding, holding_said
from sync.protocol.messages import Receipt, RosterReply, RosterRequest, receipt_bytes
from sync.protocol.room import surely_taken
from sync.protocol.roster import evaluate, statement_id
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.statements import statements_mark
from sync.protocol.version import PROTOCOL_VERSION

__all__ = ["KEYRING", "CentreKeys", "HeldKeys"]

KEYRING: Final = "sync/keyring"
"""Where the keyring lies, inside the encrypted database only."""


class CentreKeys(Protocol):
    """The roster's side of a keyring."""

    @property
    def centre(self) -> bytes:
        """The id of the centre."""

    @property
    def own(self) -> bytes:
        """The id of this device."""

    def knows(self, device: bytes) -> bool:
        """Return whether the roster holds this device."""

    def others(self) -> Mapping[bytes, bytes]:
        """Return the keys with which the other devices of the centre sign, by their ids; none of
        those that were taken out."""

    def say_holding(self, seen: Seen | None, ids: tuple[bytes, ...]) -> bytes:
        """Return this device's signed word of how far it verified the log, and of the batches that
        it holds beside (rising; at most ``HOLDING_IDS_MAX``)."""

    def roster_request(self) -> RosterRequest:
        """Return the statements to offer and the ids of all that are held."""

    def statements(self) -> tuple[bytes, ...]:
        """Return every statement held: what a stick may carry."""

    def has_news(self) -> bool:
        """Return whether the server may lack statements, or was not asked in this run yet."""

    def lacks_any(self, mark: bytes) -> bool:
        """Return whether the other side, which holds the statements of this mark, may hold some
        that are not held here, or lack some that it would take."""

    def question(self, told: Iterable[bytes]) -> RosterRequest:
        """Return a request that offers nothing and asks for whatever the server holds beside what
        it surely takes and what it told already, by their ids."""

    def explains(self, mark: bytes, told: Iterable[bytes]) -> bool:
        """Return whether this mark of the server is that of the statements which it surely takes
        and of those it told of, by their ids: then it lacks none that it would take."""

    def learns(self, statements: Iterable[bytes]) -> bool:
        """Take statements in; return whether anything that is held has to be stored: what is new,
        and what a full disk refused before."""

    def agrees(self, request: RosterRequest, reply: RosterReply) -> bool:
        """Take in what the server answered, and remember what it holds now; return whether
        anything has to be stored."""

    def forget_other_side(self) -> None:
        """The server turned out not to hold what it held once: offer everything again."""

    def has_heard(self) -> bool:
        """Return whether what the server is known to hold has to be stored: :meth:`note_there`."""

    def note_there(self, uow: UnitOfWork) -> None:
        """Store which statements the server is known to hold, and how many wait. Commits."""

    def note_left(self, uow: UnitOfWork, left: Iterable[bytes]) -> None:
        """Store that these statements lie on a stick. Commits."""

    def mark(self) -> bytes:
        """Return a name for what can be opened now, and by which program; it changes when more
        can."""

    def holds(self, receipt: Receipt) -> bool:
        """Return whether the region's server, as it is pinned, signed this receipt."""

    def keep(self, uow: UnitOfWork) -> None:
        """Store the keyring, with what was stored meanwhile. Commits."""


class HeldKeys:
    """The keyring in use, replaced as statements arrive.

    ``on_change`` hands the new keyring to the envelope; ``draw`` gives the secrets of new epochs
    and must be unpredictable. The keyring is replaced as a whole, so the network thread may read it
    while the storage thread seals; two that widen it wait for each other.
    """

    def __init__(
        self,
        keyring: Keyring,
        on_change: Callable[[Keyring], None],
        program: str = PROGRAM_VERSION,
        draw: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.keyring = keyring
        self._on_change = on_change
        self._program = program
        self._draw = draw
        self._widening = threading.Lock()
        self._held_there: frozenset[bytes] | None = None
        self._explained: tuple[bytes, bytes, frozenset[bytes]] = b"", b"", frozenset()
        self._left_out: dict[bytes, bytes] | None = None
        self._heard: frozenset[bytes] | None = None
        self._noted: frozenset[bytes] | None = None
        self._stored = frozenset(keyring.statements)

    @property
    def centre(self) -> bytes:
        """The id of the centre."""
        return self.keyring.centre

    @property
    def own(self) -> bytes:
        """The id of this device."""
        return self.keyring.device.id

    def others(self) -> Mapping[bytes, bytes]:
        """Return the keys with which the other devices of the centre sign, by their ids."""
        roster = self.keyring.roster
        return {
            one.id: one.sign_key
            for one in roster.of_centre(self.centre)
            if one.id != self.own and one.id not in roster.revoked
        }

    def say_holding(self, seen: Seen | None, ids: tuple[bytes, ...]) -> bytes:
        """Return this device's signed word of what it holds."""
        said = holding_said(Holding(self.centre, self.own, FORMAT, seen, ids))
        return said + self.keyring.keys.sign(Purpose.HOLDING, said)

    def knows(self, device: bytes) -> bool:
        """Return whether the roster holds this device."""
        return device in self.keyring.roster.devices

    def roster_request(self) -> RosterRequest:
        """Return the statements to offer and the ids of all that are held."""
        self._left_out = None
        there = self._held_there or frozenset()
        # What proves the others goes first: a server takes none whose speaker it does not know.
        held = self.keyring.by_need()
        offered = tuple(one for one in held if one not in there)
        ids = [statement_id(one) for one in held][: limits.HELD_IDS_MAX]
        joined = join_ids(ids)
        return RosterRequest(offered=fitting(offered, beside=len(joined)), held=joined)

    def statements(self) -> tuple[bytes, ...]:
        """Return every statement held: what a stick may carry."""
        return self.keyring.statements

    def learns(self, statements: Iterable[bytes]) -> bool:
        """Take statements in; return whether anything that is held has to be stored: what is new,
        and what a full disk refused before."""
        with self._widening:
            offered = frozenset(statements)
            wider = self.keyring.with_statements(offered)
            if self._left_out is not None:
                fewer = offered.difference(wider.statements)
                self._left_out |= {statement_id(one): one for one in fewer}
            if wider.statements != self.keyring.statements:
                self.keyring = wider
                self._on_change(wider)
            return not self._stored.issuperset(wider.statements)

    def lacks_any(self, mark: bytes) -> bool:
        """Return whether the other side, which holds the statements of this mark, may hold some
        that are not held here. It may lack some, too: put back to an old state, it lost what it was
        given. So all of them are offered, unless an answer :meth:`explains` the mark."""
        keyring, (own, explained, there) = self.keyring, self._explained
        if mark == b"":  # it has no marks, only its word
            if self._held_there is not None:
                self._heard = frozenset(map(statement_id, self._held_there))
            return False
        if mark == keyring.roster.mark:
            self._heard = keyring.roster.proven
            return False
        if (keyring.roster.mark, mark) == (own, explained):
            self._heard = there
            return False
        self._held_there = None
        self._heard = frozenset()
        self._left_out = {}
        return True

    def question(self, told: Iterable[bytes]) -> RosterRequest:
        """Return a request that offers nothing and asks for whatever the server holds beside what
        it surely takes and what it told already."""
        ids = sorted(self._surely_there().union(told))
        return RosterRequest(held=join_ids(ids[: limits.HELD_IDS_MAX]))

    def explains(self, mark: bytes, told: Iterable[bytes]) -> bool:
        """Return whether this mark is that of what the server surely takes and what it told of. It
        will take none of the others, and of this mark it is not asked again. A server that kept
        something back explains nothing: its own mark gives it away."""
        keyring, named = self.keyring, frozenset(told)
        statements, roster, left_out = keyring.statements, keyring.roster, self._left_out or {}
        if others := {one: left_out[one] for one in named & left_out.keys()}:
            # Of a plain device it may hold another word than this one that it leaves: the one that
            # came first. Here the lowest is kept, and it takes no second.
            roster = evaluate((*statements, *others.values()), keyring.root_key)
            # What is no statement at all explains nothing.
            statements = *statements, *(others[one] for one in others.keys() & roster.proven)
        sure, known = self._surely_there(), roster.proven & named
        there = surely_taken(statements, roster) | known
        if mark not in (statements_mark(there), statements_mark(sure | known)):
            return False
        self._explained = keyring.roster.mark, mark, there | sure
        self._heard = there | sure
        self._held_there = frozenset(keyring.statements)
        self._left_out = None
        return True

    def _surely_there(self) -> frozenset[bytes]:
        return surely_taken(self.keyring.statements, self.keyring.roster)

    def has_news(self) -> bool:
        """Return whether the server may lack statements, or was not asked in this run yet."""
        held = self.keyring.statements
        if self._held_there is None or not self._stored.issuperset(held):
            return True
        return not self._held_there.issuperset(held)

    def agrees(self, request: RosterRequest, reply: RosterReply) -> bool:
        """Take in what the server answered; return whether anything has to be stored."""
        held_there = self._held_there or frozenset()
        self._held_there = held_there.union(request.offered, reply.statements)
        return self.learns(reply.statements)

    def forget_other_side(self) -> None:
        """The server turned out not to hold what it held once: offer everything again."""
        self._held_there = None

    def has_heard(self) -> bool:
        """Return whether what the server is known to hold has to be stored."""
        return self._heard != self._noted

    def note_there(self, uow: UnitOfWork) -> None:
        """Store which statements the server is known to hold, and how many wait. Commits."""
        heard = self._heard
        put_there(uow, self.with_stored(uow), heard)
        uow.commit()
        self._noted = heard

    def note_left(self, uow: UnitOfWork, left: Iterable[bytes]) -> None:
        """Store that these statements lie on a stick. Commits."""
        put_left(uow, self.with_stored(uow), left)
        uow.commit()

    def holds(self, receipt: Receipt) -> bool:
        """Return whether the region's server, as it is pinned, signed this receipt."""
        said = receipt_bytes(receipt.batch, receipt.log_id, receipt.position, receipt.chain)
        return is_signed(self.keyring.server.server_key, Purpose.RECEIPT, said, receipt.signature)

    def mark(self) -> bytes:
        """Return a name for what can be opened now, and by which program."""
        mark = hashlib.blake2b(self._program.encode(), digest_size=16)
        for part in (*self.keyring.statements, *sorted(self.keyring.epochs)):
            mark.update(part)
        return bytes([PROTOCOL_VERSION, FORMAT]) + mark.digest()

    def with_stored(self, uow: UnitOfWork) -> Keyring:
        """Return the keyring with the statements of the stored one: nobody's are overwritten."""
        stored = self._stored_one(uow)
        return self.keyring if stored is None else self.keyring.with_statements(stored.statements)

    def _stored_one(self, uow: UnitOfWork) -> Keyring | None:
        stored = uow.local.get(KEYRING)
        return None if stored is None else Keyring.from_bytes(stored)

    def keep(self, uow: UnitOfWork, more: Iterable[bytes] = ()) -> None:
        """Store the keyring, with what was stored meanwhile and ``more``; then use it. Commits.

        An admin that hears of a revocation renews the epoch here, unless another did, and gives its
        own to whoever was granted without it: see :func:`sync.envelope.leaving.fresh_epoch`. A
        laptop that joined anew has the keyring of another device there, in use from its next
        opening on: that one stays, and learns the same.
        """
        stored = self._stored_one(uow)
        there = () if stored is None else stored.statements
        wider = fresh_epoch(self.keyring.with_statements((*there, *more)), self._draw)
        kept = wider
        if stored is not None and stored.device.id != wider.device.id:
            kept = stored.with_statements(wider.statements)
        uow.local.put(KEYRING, kept.to_bytes())
        heard = self._heard
        put_there(uow, wider, heard)
        uow.commit()
        self._stored = frozenset(wider.statements)
        self._noted = heard
        self.learns(wider.statements)
