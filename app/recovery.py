"""Makes the damaged database of a laptop anew. Part of the composition root; storage thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.crypto.passphrase import Argon2Bounds
from app.definitions import load
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.laptop import NEEDED, Laptop, laptop_of
from app.services import rebuild, twin_watch
from app.services.accounts import FORMER_KEY, NOBODY
from app.services.batch_ports import REVOKED_DEVICE
from app.services.behind import BEHIND, CLAIMED, UNPROVEN, Behind, put_behind
from app.services.evidence import FORKS, OTHER_HISTORY_OF_BATCHES
from app.services.ports import Clock, Cursor, Ids
from app.services.rebuild import LogPlace, LogPlan
from app.services.replication import ASIDE_TRIED, UNUSABLE, Arrived
from app.services.values import stored_text
from db.put_back import AsideRow
from db.rebuild import Rebuilding, rebuilding
from db.salvage import FoundAside, Salvage
from db.vault import BOUNDS
from sync.client.keys import KEYRING
from sync.client.unfinished import UNFINISHED
from sync.envelope.keyring import Keyring
from sync.protocol.chain import chain_after, chain_start

__all__ = ["Recovered", "recover"]

_STALE: Final = (BEHIND, UNFINISHED, ASIDE_TRIED, FORKS, OTHER_HISTORY_OF_BATCHES)
"""Rows that speak of a state of the exchange, or of what batches show, that is worked out anew."""


@dataclass(slots=True)
class Recovered:
    """What came back, and what did not."""

    aside: str
    """The name under which the damaged database stays."""
    is_old_readable: bool
    batches: int = 0
    waiting: int = 0
    """Batches that cannot be opened with the keys and the version of this laptop; they are kept."""
    sealed_changes: int = 0
    other_changes: int = 0
    """Changes that were in no batch yet, and came out of the damaged file."""
    copied: dict[str, int] = field(default_factory=dict)
    """Rows of each table that is in no batch."""
    lost: Counter[str] = field(default_factory=Counter)
    """Stretches of each table of the damaged file that could not be read."""
    frames_damaged: int = 0
    """Stretches of the second file of batches that could not be read."""
    attachments_missing: int = 0
    position: int = 0
    """How far the region's log counts as verified: what lies behind is fetched again."""


def recover(
    folder: Path,
    passphrase: str,
    clock: Clock,
    ids: Ids,
    *,
    bounds: Argon2Bounds = BOUNDS,
    definitions: Definitions | None = None,
) -> Recovered:
    """Make the database of a laptop anew from its sealed batches, and from what can be read of the
    damaged one, which stays beside it.

    ``definitions`` are the shipped ones that hold today, by default. When it raises, nothing has
    changed. Raises DomainError ``rebuild_without_keys`` when neither
    file says whose laptop it is, and as :func:`db.rebuild.rebuilding` does; EnvironmentFault.
    """
    definitions = definitions or load(day=clock.today())
    with rebuilding(folder, passphrase, definitions.registry, bounds=bounds) as begun:
        rows = _rows(begun)
        with begun.store.unit() as uow:
            for name, content in rows.items():
                if name not in _STALE:
                    uow.local.put(name, content)
            uow.local.put(FORMER_KEY, _under_former_key(rows.get(FORMER_KEY), begun.aside))
            twin_watch.expect_own(uow)  # what neither file has any more comes from the region
            uow.commit()
        laptop = laptop_of(begun.store, definitions, clock, ids)
        was = rows.get(BEHIND)
        filling = _Filling(begun, laptop, None if was is None else Behind.from_bytes(was))
        return filling.run()


def _rows(begun: Rebuilding) -> dict[str, bytes]:
    """Return what makes the laptop itself. What the sealed copy has counts, for it is whole or not
    there; a damaged page may come back as zeros, in the middle of a keyring too."""
    rows = begun.old.local() if begun.old is not None else {}
    copied = dict(begun.copy.by_name) if begun.copy else {}
    if KEYRING in rows and KEYRING in copied:
        copied[KEYRING] = _wider(copied[KEYRING], rows[KEYRING])
    rows |= copied
    if not all(name in rows for name in NEEDED):
        raise DomainError("rebuild_without_keys")
    return rows


def _under_former_key(noted: bytes | None, aside: str) -> bytes | None:
    """Return which files have a key that was replaced: the one that is put aside now has that of
    now, whatever had its name before and was deleted."""
    names = (noted or b"").decode().split("\n")
    ours = {f"{aside}{ending}" for ending in ("", "-wal", "-shm")}
    return "\n".join(one for one in names if one not in ours).encode() or None


def _wider(copied: bytes, found: bytes) -> bytes:
    """Return the copy of a keyring, with the statements of the one in the damaged database that
    came after it was written: they prove themselves."""
    try:
        more = Keyring.from_bytes(found).statements
        return Keyring.from_bytes(copied).with_statements(more).to_bytes()
    except DomainError:
        return copied


class _Filling:
    """Fills the new database."""

    def __init__(self, begun: Rebuilding, laptop: Laptop, was_lacking: Behind | None) -> None:
        self._begun = begun
        self._laptop = laptop
        self._archive = begun.archive
        self._old = begun.old
        held = begun.old.batches() if begun.old else {}
        self._old_aside = begun.old.aside() if begun.old else ()
        self._came = {name: one.at_ms for name, one in held.items()}
        self._came |= {one.batch: one.at_ms for one in self._old_aside}
        self._old_batches = {name: one.position for name, one in held.items()}
        self._old_batches |= {one.batch: one.position for one in self._old_aside if one.is_whole}
        cursor, places = self._log()
        self._places = places
        self._plan = rebuild.plan_log(
            places,
            cursor,
            lambda one: one in self._archive.batches or one in self._old_batches,
            chain_start(cursor.log_id) if cursor else b"",
            chain_after,
            reads_backwards=was_lacking is not None,
        )
        self._lacking = rebuild.lacking_before(self._plan, places, was_lacking)
        seen = {place.batch for at, place in places.items() if self._plan.has(at)}
        self._shut = self._archive.shut - held.keys() - seen
        self._report = Recovered(
            begun.aside, begun.old is not None, frames_damaged=begun.archive.damaged
        )

    def run(self) -> Recovered:
        """Do it, and return what came of it."""
        report = self._report
        if self._old is not None:
            report.copied["audit"] = self._laptop.store.copy_audit(self._old)
            self._take_hints(self._old)
        self._take_batches()
        self._take_rest()
        self._put_back()
        with self._laptop.store.unit() as uow:
            named = [uow.records.fields(one) for one in uow.records.ids(Kind.ATTACHMENT)]
            hashes = {stored_text(one, "sha256") for one in named} - {""}
            report.attachments_missing = len(hashes - uow.attachments.present(tuple(hashes)))
            report.waiting = len(uow.aside.kept())
            cursor = uow.batches.cursor()
            report.position = cursor.position if cursor else 0
            # Not of whom the laptop was set up for, in whose place all of it is done.
            uow.audit.append(
                actor=NOBODY,
                action="database_rebuilt",
                object_id=report.aside.rpartition("-")[2],
                at_ms=self._laptop.desk.clock.now_ms(),
                detail=f"{report.batches}/{report.other_changes}/{sum(report.lost.values())}",
            )
            uow.commit()
        return report

    def _log(self) -> tuple[Cursor | None, dict[int, LogPlace]]:
        """Return the last cursor of the two files, and what stands at each place of its log."""
        old = self._old.cursor() if self._old else None
        cursor = self._archive.cursor
        if old is not None and (
            cursor is None or cursor.log_id != old.log_id or cursor.position < old.position
        ):
            cursor = old
        if cursor is None:
            return None, {}
        places = dict(self._archive.places.get(cursor.log_id, {}))
        if self._old is not None and old is not None and old.log_id == cursor.log_id:
            chains = self._old.chains()
            for one, position in self._old_batches.items():
                if position is not None and position <= old.position and position in chains:
                    places[position] = LogPlace(one, chains[position], is_kept=True)
            for row in self._old_aside:
                at = row.position
                if row.is_only_named and at is not None and at <= old.position and at in chains:
                    places[at] = LogPlace(row.batch, chains[at], is_kept=False)
        return cursor, places

    def _take_hints(self, old: Salvage) -> None:
        """Take what a snapshot told of places, and the changes that it told them of: batches were
        opened by that, and open by it again; if it lied, all of them are read again later."""
        hinted = old.hinted()
        if not hinted:
            return
        store = self._laptop.store
        self._report.copied["origin_hint"] = store.copy_hints(old)
        rebuild.take_changes(
            store.unit, self._laptop.desk, ((one, False) for one in old.named(hinted))
        )

    def _take_batches(self) -> None:
        laptop, plan, report = self._laptop, self._plan, self._report
        if plan.cursor is not None:
            with laptop.store.unit() as uow:
                put_behind(uow, self._lacking)
                uow.batches.set_cursor(plan.cursor)
                uow.commit()
        if laptop.envelope is None or laptop.keys is None:
            return
        taken = rebuild.take_batches(
            laptop.store.unit, laptop.desk, laptop.envelope, self._arrived(plan), self._cursor_at
        )
        for page in taken:
            report.batches += page.batches
            report.sealed_changes += page.changes
        if plan.cursor is not None:
            with laptop.store.unit() as uow:
                uow.batches.set_cursor(plan.cursor)
                uow.commit()
        laptop.store.mark_own(laptop.keys.keyring.device.id)

    def _cursor_at(self, position: int) -> Cursor | None:
        if self._lacking is not None:
            return None  # a place before that would be gone back to, and the rest never read
        chain = self._places[position].chain
        at = self._plan.cursor
        return None if at is None or chain is None else Cursor(at.log_id, position, chain)

    def _arrived(self, plan: LogPlan) -> Iterator[Arrived]:
        everything = dict.fromkeys((*self._archive.batches, *self._old_batches))
        for row in self._old_aside:
            if row.reason == REVOKED_DEVICE and self._place_of(row) is None:
                self._shut.add(row.batch)
        for shut in self._shut:
            everything.pop(shut, None)  # it stays aside
        for position in sorted(self._places):
            place = self._places[position]
            if plan.has(position) and place.batch in everything:
                del everything[place.batch]
                yield Arrived(place.batch, self._content(place.batch), position, place.chain)
        for one in everything:
            yield Arrived(one, self._content(one), None)

    def _content(self, batch_id: bytes) -> bytes:
        if batch_id in self._archive.batches:
            return self._archive.content(batch_id)
        assert self._old is not None, "what the archive lacks came out of the damaged file"
        return self._old.content(batch_id)

    def _take_rest(self) -> None:
        old, store, report = self._old, self._laptop.store, self._report
        if old is None:
            return
        waiting = old.waiting()
        lost = frozenset(name for name, held in waiting.items() if self._is_lost(held))
        changes = (
            (one, is_own or one.id in lost) for one, is_own in old.changes(store.change_ids())
        )
        report.other_changes = rebuild.take_changes(store.unit, self._laptop.desk, changes)
        store.put_back(aside=(), came={}, lacking=tuple(waiting))
        with store.unit() as uow:
            if uow.local.get(CLAIMED) or uow.local.get(UNPROVEN):
                # Nobody said that the region has what is of a snapshot and in no batch.
                uow.snapshots.let_unproven_wait()
                uow.commit()
        report.copied |= store.copy_own_tables(old)
        report.lost = old.lost
        if self._begun.pages_lost:
            report.lost["disk"] += self._begun.pages_lost

    def _is_lost(self, batches: frozenset[bytes]) -> bool:
        """Return whether a change that the region lacks is in no batch any more, of those that it
        was in: it is sealed anew here, for nobody else may have it. The heads of a snapshot by
        stick never were in one: others send them."""
        with self._laptop.store.unit() as uow:
            if not batches:
                return not (uow.local.get(CLAIMED) or uow.local.get(UNPROVEN))
            return all(uow.batches.content(one) is None for one in batches)

    def _put_back(self) -> None:
        """List what was set aside and did not come in: what is carried to nobody, and what never
        was to be kept; and note when each batch came."""
        rows = [
            AsideRow(
                one.batch,
                one.reason,
                one.at_ms,
                one.size,
                one.is_signed,
                self._place_of(one),
                self._content(one.batch) if one.is_whole else None,
            )
            for one in self._old_aside
            if one.is_only_named or one.reason == REVOKED_DEVICE
        ]
        listed = {one.batch for one in rows}
        at_ms = self._laptop.desk.clock.now_ms()
        for shut in sorted(self._shut - listed):
            content = self._content(shut)
            came = self._came.get(shut, at_ms)
            rows.append(AsideRow(shut, REVOKED_DEVICE, came, len(content), True, None, content))
        listed |= self._shut
        for position, place in self._places.items():
            if not place.is_kept and place.batch not in listed and self._plan.has(position):
                # Why is not known any more; that it stands there is.
                rows.append(AsideRow(place.batch, UNUSABLE, at_ms, 0, False, position, None))
        self._laptop.store.put_back(aside=rows, came=self._came, lacking=())

    def _place_of(self, row: FoundAside) -> int | None:
        """Return the place of what was set aside in the log as far as it counts."""
        at = row.position
        if at is None or not self._plan.has(at) or at not in self._places:
            return None
        return at if self._places[at].batch == row.batch else None
