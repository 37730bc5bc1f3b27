"""One transaction over everything this laptop stores: all of it is written, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from app.domain.errors import EnvironmentFault
from app.domain.registry import FieldRegistry
from app.services.attachment_ports import AttachmentStore
from app.services.dataset_ports import Datasets
from app.services.ports import (
    AgendaIndex,
    Anchors,
    AsideBatches,
    AuditAuthor,
    AuditLog,
    BatchLog,
    Blobs,
    CaseIndex,
    CaseTies,
    ChangeLog,
    Desk,
    Devices,
    Holdings,
    LocalStore,
    LogWords,
    Origins,
    PeopleIndex,
    Receipts,
    RecordStore,
    ReferralIndex,
    Refusals,
    Snapshots,
    Traces,
    UnitAccess,
    WhoWorks,
    Witness,
)
from app.services.unit_access import Refused
from db.agenda import SqlAgendaIndex
from db.attachments import SqlAttachmentStore
from db.audit_anchors import SqlAnchors
from db.audit_log import SqlAuditLog
from db.batch_journal import BatchJournal, JournaledAside, JournaledBatches, JournaledLocal
from db.blobs import SqlBlobs
from db.change_log import SqlChangeLog
from db.datasets import SqlDatasets
from db.devices import SqlDevices
from db.errors import translated
from db.holdings import SqlHoldings
from db.log_words import SqlLogWords
from db.origins import SqlOrigins
from db.people import SqlPeopleIndex
from db.receipts import SqlReceipts
from db.records import SqlRecordStore
from db.referrals import SqlReferralIndex
from db.refusals import SqlRefusals
from db.search import SqlCaseIndex
from db.second_files import Prepared, SecondFiles
from db.snapshots import SqlSnapshots
from db.ties import SqlCaseTies
from db.traces import SqlTraces
from db.witness import SqlWitness

__all__ = ["SqlUnitOfWork"]


class SqlUnitOfWork:
    """:class:`app.services.ports.UnitOfWork` over the one connection; storage thread only.

    Entered once. After :meth:`commit` it may be read and written further, up to another commit.
    """

    access: WhoWorks
    changes: ChangeLog
    records: RecordStore
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

    def __init__(
        self,
        engine: Engine,
        registry: FieldRegistry,
        second: SecondFiles | None = None,
        author: AuditAuthor | None = None,
        desk: Desk | None = None,
    ) -> None:
        """``second`` is what keeps batches and keys a second time, when the database has it;
        ``author`` is who works here, whose acts the audit has her sign, and ``desk`` hers."""
        self._another = partial(SqlUnitOfWork, engine, registry, second, author, desk)
        self.access = UnitAccess(desk)
        self._connection = engine.connect()
        self._second = second
        self._journal = BatchJournal()
        self.changes = changes = SqlChangeLog(self._connection, registry)
        self.records = SqlRecordStore(self._connection, registry)
        self.cases = SqlCaseIndex(self._connection)
        self.ties = SqlCaseTies(self._connection)
        self.agenda = SqlAgendaIndex(self._connection)
        self.referrals = SqlReferralIndex(self._connection)
        self.people = SqlPeopleIndex(self._connection, registry)
        self.audit = SqlAuditLog(self._connection, author)
        self.anchors = SqlAnchors(self._connection)
        self.batches = JournaledBatches(self._connection, self._journal)
        self.aside = JournaledAside(self._connection, self._journal)
        self.witness = SqlWitness(self._connection)
        self.receipts = SqlReceipts(self._connection)
        self.log_words = SqlLogWords(self._connection)
        self.holdings = SqlHoldings(self._connection)
        self.devices = SqlDevices(self._connection, registry)
        self.origins = SqlOrigins(self._connection, changes)
        self.snapshots = SqlSnapshots(self._connection, changes)
        self.blobs = SqlBlobs(self._connection, registry)
        self.traces = SqlTraces(self._connection, registry)
        self.refusals = SqlRefusals(self._connection)
        self.local = JournaledLocal(self._connection, self._journal)
        self.attachments = SqlAttachmentStore(self._connection)
        self.datasets = SqlDatasets(self._connection)

    def __enter__(self) -> Self:
        """Begin. Raises EnvironmentFault when the disk cannot be written."""
        try:
            self._connection.begin()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Undo what was not committed; what was refused to somebody in it is noted all the same."""
        self._connection.close()
        if self.access.refused:
            self._note_refused(self.access.refused)

    def _note_refused(self, refused: Sequence[Refused]) -> None:
        # A disk that refuses the note does not open the door.
        with suppress(EnvironmentFault), translated(), self._another() as uow:
            for one in refused:
                uow.audit.append(
                    actor=one.person,
                    action="refused",
                    object_id=one.object_id,
                    at_ms=one.at_ms,
                    detail=one.act,
                )
            uow.commit()

    def commit(self) -> None:
        """Put everything on disk, or raise EnvironmentFault with nothing written.

        What was sealed, or came sealed, is kept a second time right after; a disk that refuses that
        holds nothing up.
        """
        second = self._second
        prepared = second.before_commit(self._connection, self._journal) if second else Prepared()
        self._connection.commit()
        self._journal.clear()
        if second is not None:
            second.after_commit(self._connection, prepared)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Begin a part of the unit that is undone alone when it is left by an exception, which
        goes on; what was done before it stands."""
        place = self._journal.place()
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self._journal.undo_to(place)
            raise
