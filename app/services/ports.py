"""What the use cases need from outside, as Protocols. ``db`` and ``sync.envelope`` satisfy them.

Every port of a :class:`UnitOfWork` works on the storage thread, inside that unit's one
transaction: what is read is consistent, what is written is on disk (or nothing is) once
``commit`` has returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

from app.domain.change import AuthorId, Change, ChangeId, RecordId
from app.domain.definitions import Definitions
from app.domain.stamp import Stamper
from app.domain.traits import Likeness
from app.domain.work_calendar import NationalHolidays
from app.services.attachment_ports import AttachmentStore
from app.services.audit_ports import (
    AUDIT_BEGIN,
    Anchor,
    Anchors,
    AuditAuthor,
    AuditCheck,
    AuditEntry,
    AuditFilter,
    AuditHead,
    AuditLog,
    BrokenAudit,
    Signer,
)
from app.services.batch_ports import (
    AsideBatch,
    AsideBatches,
    BatchLog,
    BatchOutline,
    Cursor,
    Envelope,
    FurtherWord,
    KeptReceipt,
    MissingBatch,
    Offer,
    OpenedBatch,
    Receipts,
    SealedBatch,
    StoredBatch,
    UnusableBatch,
    WaitingBatch,
    Witness,
)
from app.services.blob_ports import (
    ATTACHMENT,
    SNAPSHOT,
    UNUSABLE,
    Blobs,
    HeldBlob,
    NamedAttachment,
)
from app.services.dataset_ports import Datasets
from app.services.device_ports import Devices
from app.services.holding_ports import Holdings
from app.services.log_word_ports import LogWords, ToldBatch
from app.services.machine_ports import Clock, Ids
from app.services.origin_ports import CONTEXT_BYTES, AwaitsEarlier, Origin, Origins
from app.services.people_ports import PeopleIndex
from app.services.read_models import CaseFilter, CaseRow
from app.services.record_ports import FieldKey, RecordStore, StoredField
from app.services.referral_ports import ReferralIndex
from app.services.snapshot_ports import NO_CONTEXT, PlacedHead, SnapshotContent, Snapshots
from app.services.tie_ports import ALL_SEEN, CaseTies, Seen
from app.services.unit_access import UnitAccess
from app.services.whereabouts_ports import Refusals, Traces
from app.services.work_ports import AgendaIndex

__all__ = [
    "ALL_SEEN",
    "ATTACHMENT",
    "AUDIT_BEGIN",
    "CONTEXT_BYTES",
    "JOINING_LOOKED_AT",
    "NO_CONTEXT",
    "SNAPSHOT",
    "UNUSABLE",
    "Actor",
    "AgendaIndex",
    "Anchor",
    "Anchors",
    "AsideBatch",
    "AsideBatches",
    "AuditAuthor",
    "AuditCheck",
    "AuditEntry",
    "AuditFilter",
    "AuditHead",
    "AuditLog",
    "AwaitsEarlier",
    "BatchLog",
    "BatchOutline",
    "Blobs",
    "BrokenAudit",
    "CaseIndex",
    "CaseTies",
    "ChangeLog",
    "ChangeSource",
    "Clock",
    "Cursor",
    "Desk",
    "Devices",
    "Envelope",
    "FieldKey",
    "FurtherWord",
    "HeldBlob",
    "Holdings",
    "Ids",
    "KeptReceipt",
    "LocalStore",
    "LogWords",
    "MissingBatch",
    "NamedAttachment",
    "Offer",
    "OpenedBatch",
    "Origin",
    "Origins",
    "PeopleIndex",
    "PlacedHead",
    "Receipts",
    "RecordStore",
    "ReferralIndex",
    "Refusals",
    "SealedBatch",
    "Seen",
    "Signer",
    "SnapshotContent",
    "Snapshots",
    "StoredBatch",
    "StoredField",
    "ToldBatch",
    "Traces",
    "UnitAccess",
    "UnitOfWork",
    "UnusableBatch",
    "WaitingBatch",
    "WhoWorks",
    "Witness",
]


JOINING_LOOKED_AT: Final = 200_000
"""About what a centre of fifteen laptops writes in a year."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who works now: the person's id, the name shown on this laptop, and the roles that she holds,
    of which ``role`` is her service; empty: that one alone."""

    id: AuthorId
    name: str
    role: str
    roles: tuple[str, ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """Every role that she holds, her service first."""
        return self.roles or (self.role,)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case needs beside a unit of work: one a run of the program."""

    definitions: Definitions
    actor: Actor
    stamper: Stamper
    clock: Clock
    ids: Ids
    likeness: Likeness
    """How alike two words are; from a library, as the use cases are plain Python."""
    holidays: NationalHolidays
    """The holidays of the nation; from a library, too."""
    device_letter: str
    """The letter of this laptop in the centre: part of case numbers, so that they never meet.
    Before it belongs to a centre, four letters drawn by chance, which no roster ever gives."""
    centre_name: str = ""
    """The centre's name as its letterhead has it, for the head of each new file."""


WhoWorks = UnitAccess[Desk]
"""Who works in a unit of work, and what was refused to her in it."""


@dataclass(frozen=True, slots=True)
class ChangeSource:
    """Where a change came from: this laptop or not, and the device that signed the first batch with
    it that is kept here; None: it is in none yet. The signature proves that the device had it, not
    that it was written there: any laptop of the centre can seal what another one wrote."""

    is_here: bool
    device: bytes | None


class ChangeLog(Protocol):
    """The truth: every change ever made or received, appended, never altered."""

    def append(self, changes: Sequence[Change], *, is_own: bool) -> tuple[FieldKey, ...]:
        """Store the changes not known yet, with their bases, and keep the heads of their fields
        as :func:`app.domain.merge.fold` does. Return the fields touched, each once. ``is_own``
        changes wait to be sealed; received ones do not."""

    def heads(self, key: FieldKey) -> tuple[Change, ...]:
        """Return the heads of a field, oldest stamp first."""

    def heads_of(
        self, keys: Sequence[FieldKey], known: Mapping[ChangeId, Change]
    ) -> Mapping[FieldKey, tuple[Change, ...]]:
        """Return the heads of each of these fields, oldest stamp first. ``known`` are changes at
        hand, which need not be read."""

    def disputed(self, record_ids: Sequence[RecordId]) -> Mapping[FieldKey, tuple[Change, ...]]:
        """Return the heads of those fields of these records that have several, oldest first; of
        each as many as :meth:`heads_of` gives."""

    def history(self, key: FieldKey) -> tuple[Change, ...]:
        """Return every change of a field, oldest stamp first."""

    def sources(self, ids: Sequence[ChangeId]) -> Mapping[ChangeId, ChangeSource]:
        """Return where each of these changes came from, as far as this laptop knows."""

    def met(self, limit: int) -> tuple[FieldKey, ...]:
        """Return at most ``limit`` fields that have several heads and need nobody to choose."""

    def joining(self) -> Iterator[Change]:
        """Yield the changes that replaced several at once, the last to arrive first; of the latest
        :data:`JOINING_LOOKED_AT` changes. They are read as they are asked for."""

    def of_batch(self, batch_id: bytes) -> tuple[Change, ...]:
        """Return the changes of a batch that is kept here, in its order."""

    def pending(self, limit: int) -> tuple[Change, ...]:
        """Return at most ``limit`` own changes that are in no batch yet, in the order made."""

    def pending_by_record(self) -> Mapping[RecordId, tuple[int, int]]:
        """Return for each record with changes that wait to be sent (sealed or not, and not seen in
        the region's log) how many there are, and the oldest wall time in ms. Not those that are
        known from a snapshot alone: others send them."""

    def fields(self) -> Iterator[FieldKey]:
        """Yield every field that has a change, for a rebuild."""

    def rebuild_heads(self) -> None:
        """Compute the heads anew from the changes alone."""

    def count(self) -> int:
        """Return the number of changes in the log."""

    def digest(self) -> bytes:
        """Return one hash of every field's heads: equal on two laptops that hold the same."""


class CaseIndex(Protocol):
    """The case list and its full-text search, derived."""

    def put(self, row: CaseRow, search_text: str) -> None:
        """Write or replace a case's row. ``search_text`` is already folded."""

    def remove(self, case_id: RecordId) -> None:
        """Take a case out of the list."""

    def page(
        self, filter: CaseFilter, *, offset: int, limit: int, seen: Seen = ALL_SEEN
    ) -> tuple[CaseRow, ...]:
        """Return a page: open conflicts and higher risk first, then the newest change. What is only
        known to be there comes last, and with a filter not at all: nothing is told of it."""

    def search(
        self, folded_query: str, *, limit: int, seen: Seen = ALL_SEEN
    ) -> tuple[CaseRow, ...]:
        """Return the cases whose folded text holds, for every word of the query, a word that
        begins with it. A query is :func:`app.domain.folding.query_text`: words parted by spaces,
        the spellings of one word parted by ``|`` (any of them will do)."""

    def count(self, filter: CaseFilter, seen: Seen = ALL_SEEN) -> int:
        """Return how many cases the filter lets through."""

    def numbers_borne_twice(self) -> tuple[str, ...]:
        """Return the numbers that more than one case bears: copies of a laptop give the same. Looks
        at every case."""

    def bearers(self, code: str) -> int:
        """Return how many cases bear exactly this number; 0 for an empty one."""

    def clear(self) -> None:
        """Drop every row (a rebuild follows in the same transaction)."""


class LocalStore(Protocol):
    """Small facts of this laptop that never leave it: keys, the resume point, sync times."""

    def get(self, name: str) -> bytes | None:
        """Return what was stored under a name, or None."""

    def put(self, name: str, content: bytes | None) -> None:
        """Store or (``None``) remove."""


class UnitOfWork(Protocol):
    """One transaction over everything this device stores. A context manager: leaving it without
    :meth:`commit`, or by an exception, undoes all of it."""

    changes: ChangeLog
    records: RecordStore
    access: WhoWorks
    cases: CaseIndex
    ties: CaseTies
    agenda: AgendaIndex
    referrals: ReferralIndex
    people: PeopleIndex
    audit: AuditLog
    anchors: Anchors
    batches: BatchLog
    aside: AsideBatches
    witness: Witness
    receipts: Receipts
    log_words: LogWords
    holdings: Holdings
    devices: Devices
    origins: Origins
    snapshots: Snapshots
    blobs: Blobs
    traces: Traces
    refusals: Refusals
    local: LocalStore
    attachments: AttachmentStore
    datasets: Datasets

    def __enter__(self) -> Self:
        """Begin. Raises EnvironmentFault when the disk cannot be written."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what was not committed."""

    def commit(self) -> None:
        """Put everything on disk, or raise EnvironmentFault (``disk_full``, ``disk_read_only``)
        with nothing written."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Begin a part of the unit that is undone alone when it is left by an exception, which
        goes on; what was done before it stands."""
