"""Bugs in who belongs to the centre, in what names the log, and in what is begun and gone on with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import false, select

import db.batch_log
from app import recovery
from app.services import replication, sealing
from app.services.ports import UnusableBatch, WaitingBatch
from app.services.replication import Arrived
from db import set_aside
from db.devices import SqlDevices
from db.origins import SqlOrigins
from db.unit_of_work import SqlUnitOfWork
from sync.client import offer, session
from sync.client.keys import HeldKeys
from sync.client.parcel import CompactReader
from sync.client.session import _Run
from sync.envelope import leaving
from sync.protocol import roster
from sync.protocol.roster import Roster
from sync.server import resuming
from sync.server.schema import partial
from sync.server.sql_store import SqlStore
from tests.simulation.swapped import swapped

__all__ = [
    "epoch_kept_from_the_new",
    "epoch_not_renewed",
    "limits_ignored",
    "newer_format_to_the_old",
    "older_grant_revives",
    "origin_is_another",
    "partial_of_another",
    "rebuilt_without_places",
    "receipt_unverified",
    "revoked_let_in",
    "savepoint_left_out",
    "signed_aside_kept_back",
    "skipped_without_place",
    "thief_waits",
    "unseen_not_told",
    "urgent_leaves_the_rest",
    "waiting_dropped",
]

# --- begun and gone on with ------------------------------------------------------------------------


def _as_said(_real: Any) -> Any:
    class _Any:
        """Equal to every name."""

        def __eq__(self, _other: object) -> bool:
            return True

        def __ne__(self, _other: object) -> bool:
            return False

        __hash__ = object.__hash__

    return lambda _content: _Any()


@contextlib.contextmanager
def skipped_without_place() -> Iterator[None]:
    """What is kept of a cut entry is gone on with at whatever place comes next, for ever."""

    def keep(real: Any) -> Any:
        def keep_unfinished(uow: Any, unfinished: Any) -> None:
            if unfinished is not None:
                real(uow, unfinished)

        return keep_unfinished

    def fits(_real: Any) -> Any:
        return lambda kept, cursor: kept if cursor is not None else None

    def before(_real: Any) -> Any:
        def joined(self: CompactReader, entry: Any, _log_id: bytes) -> bytes | None:
            kept = self._ask.kept
            return kept.content[: entry.start] if kept and entry.start else b""

        return joined

    with (
        swapped(session, "keep_unfinished", keep),
        swapped(offer, "_fits", fits),
        swapped(CompactReader, "_before", before),
    ):
        yield


@contextlib.contextmanager
def partial_of_another() -> Iterator[None]:
    """What came of a cut batch is gone on with as if it were of the one that is sent now."""

    def held(store: Any, centre: bytes) -> bytes:
        with store._engine.begin() as connection:
            wanted = select(partial.c.content).where(partial.c.centre == centre)
            return connection.scalar(wanted.limit(1)) or b""

    def sizes(_real: Any) -> Any:
        def partial_sizes(self: SqlStore, centre_id: bytes, batch_ids: Any) -> dict[bytes, int]:
            size = len(held(self, centre_id))
            return dict.fromkeys(batch_ids, size) if size else {}

        return partial_sizes

    def joined(_real: Any) -> Any:
        def join(store: Any, centre: bytes, frame: Any) -> bytes | None:
            return (
                held(store, centre)[: frame.start] + frame.content if frame.start else frame.content
            )

        return join

    with (
        swapped(SqlStore, "partial_sizes", sizes),
        swapped(resuming, "_joined", joined),
        swapped(resuming, "batch_id", _as_said),
    ):
        yield


# --- what names the log, and what waits ------------------------------------------------------------


def origin_is_another() -> AbstractContextManager[None]:
    """A change that is named by its place is looked for one place further."""

    def broken(real: Any) -> Any:
        def changes_at(self: SqlOrigins, context: bytes, places: Any) -> Any:
            found = real(self, context, places)
            shifted = real(self, context, [place + 1 for place in places])
            if not found or not shifted:
                return found
            return {place: shifted.get(place + 1, one) for place, one in found.items()}

        return changes_at

    return swapped(SqlOrigins, "changes_at", broken)


def waiting_dropped() -> AbstractContextManager[None]:
    """A batch that names an earlier one, which is not here, is passed over."""

    def broken(real: Any) -> Any:
        def put(uow: Any, desk: Any, one: Arrived, why: UnusableBatch) -> bool:
            return not isinstance(why, WaitingBatch) and bool(real(uow, desk, one, why))

        return put

    return swapped(replication, "set_aside", broken)


def newer_format_to_the_old() -> AbstractContextManager[None]:
    """The newest format is written, whoever listens."""
    return swapped(
        SqlDevices, "format_of_all", lambda _real: lambda _self, _devices: sealing.WITH_ORIGINS
    )


def limits_ignored() -> AbstractContextManager[None]:
    """Whatever nobody known signed is kept."""
    return swapped(set_aside, "STRANGERS_BYTES_MAX", lambda _real: 1 << 40)


def signed_aside_kept_back() -> AbstractContextManager[None]:
    """What was set aside is carried to nobody, though a laptop of the centre signed it."""
    return swapped(db.batch_log, "_ASIDE_TO_OFFER", lambda real: real.where(false()))


def savepoint_left_out() -> AbstractContextManager[None]:
    """A batch of which the middle fails leaves its first half behind."""
    return swapped(SqlUnitOfWork, "savepoint", lambda _real: lambda _self: contextlib.nullcontext())


def urgent_leaves_the_rest() -> AbstractContextManager[None]:
    """With what is urgent the rest counts as sealed, and is not."""

    def broken(real: Any) -> Any:
        def seal(uow: Any, envelope: Any, outline: Any, changes: Any) -> Any:
            urgent = [one for one in changes if one.record_id == changes[0].record_id]
            sealed, _ = real(uow, envelope, outline, tuple(urgent))
            return sealed, changes

        return seal

    return swapped(sealing, "_seal", broken)


# --- who belongs to the centre ---------------------------------------------------------------------


def revoked_let_in() -> AbstractContextManager[None]:
    """The server lets in whoever was granted once."""

    def broken(_real: Any) -> Any:
        def is_member(self: Roster, device: bytes, centre: bytes) -> bool:
            found = self.devices.get(device)
            return found is not None and found.centre == centre

        return is_member

    return swapped(Roster, "is_member", broken)


def thief_waits() -> AbstractContextManager[None]:
    """What a laptop that was taken out wrote counts as a colleague's where it does not open."""

    def broken(real: Any) -> Any:
        def init(self: UnusableBatch, reason: str, *, is_signed: bool, **_: bool) -> None:
            real(self, reason, is_signed=is_signed)

        return init

    return swapped(UnusableBatch, "__init__", broken)


def older_grant_revives() -> AbstractContextManager[None]:
    """A grant makes a member of whoever was revoked, in whatever order they were said."""

    def broken(real: Any) -> Any:
        def heard(self: Any) -> Roster:
            self._revoked -= self._grants.keys()
            return real(self)  # type: ignore[no-any-return]

        return heard

    return swapped(roster._Hearing, "roster", broken)


@contextlib.contextmanager
def epoch_not_renewed() -> Iterator[None]:
    """A laptop is revoked, and what is sealed from then on it can open still."""

    def broken(_real: Any) -> Any:
        return lambda keyring, _draw: keyring

    with swapped(leaving, "renew_epoch", broken):
        yield


def epoch_kept_from_the_new() -> AbstractContextManager[None]:
    """Whoever was granted while the epoch was renewed is not given it afterwards."""
    return swapped(leaving, "complete_epoch", lambda _real: lambda keyring: keyring)


# --- what is proven and told -----------------------------------------------------------------------


def receipt_unverified() -> AbstractContextManager[None]:
    """A receipt counts as the server's, whoever signed it."""
    return swapped(HeldKeys, "holds", lambda _real: lambda _self, _receipt: True)


def unseen_not_told() -> AbstractContextManager[None]:
    """A synchronisation ends well though the log lacks what was offered."""
    return swapped(_Run, "has_unseen", lambda _real: lambda _self, _uow: False)


def rebuilt_without_places() -> AbstractContextManager[None]:
    """A database made anew does not know of its batches where they stand in the log."""

    def broken(real: Any) -> Any:
        def arrived(self: Any, plan: Any) -> Any:
            return (Arrived(one.id, one.content, None) for one in real(self, plan))

        return arrived

    return swapped(recovery._Filling, "_arrived", broken)
