"""One transaction over everything this laptop stores: all of it is written, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from app.domain.registry import FieldRegistry
from app.services.attachment_ports import AttachmentStore
from app.services.dataset_ports import Datasets
from app.services.ports import (
    AgendaIndex,
    AsideBatches,
    AuditLog,
    BatchLog,
    CaseIndex,
    ChangeLog,
    Devices,
    LocalStore,
    PeopleIndex,
    RecordStore,
    ReferralIndex,
    Witness,
)
from db.agenda import SqlAgendaIndex
from db.attachments import SqlAttachmentStore
from db.audit_log import SqlAuditLog
from db.batch_log import SqlBatchLog
from db.change_log import SqlChangeLog
from db.datasets import SqlDatasets
from db.devices import SqlDevices
from db.local_store import SqlLocalStore
from db.people import SqlPeopleIndex
from db.records import SqlRecordStore
from db.referrals import SqlReferralIndex
from db.search import SqlCaseIndex
from db.set_aside import SqlAsideBatches
from db.witness import SqlWitness

__all__ = ["SqlUnitOfWork"]


class SqlUnitOfWork:
    """:class:`app.services.ports.UnitOfWork` over the one connection; storage thread only.

    Entered once. After :meth:`commit` it may be read and written further, up to another commit.
    """

    changes: ChangeLog
    records: RecordStore
    cases: CaseIndex
    agenda: AgendaIndex
    referrals: ReferralIndex
    people: PeopleIndex
    audit: AuditLog
    batches: BatchLog
    aside: AsideBatches
    witness: Witness
    devices: Devices
    local: LocalStore
    attachments: AttachmentStore
    datasets: Datasets

    def __init__(self, engine: Engine, registry: FieldRegistry) -> None:
        self._connection = engine.connect()
        self.changes = SqlChangeLog(self._connection, registry)
        self.records = SqlRecordStore(self._connection, registry)
        self.cases = SqlCaseIndex(self._connection)
        self.agenda = SqlAgendaIndex(self._connection)
        self.referrals = SqlReferralIndex(self._connection)
        self.people = SqlPeopleIndex(self._connection, registry)
        self.audit = SqlAuditLog(self._connection)
        self.batches = SqlBatchLog(self._connection)
        self.aside = SqlAsideBatches(self._connection)
        self.witness = SqlWitness(self._connection)
        self.devices = SqlDevices(self._connection)
        self.local = SqlLocalStore(self._connection)
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
        """Undo what was not committed."""
        self._connection.close()

    def commit(self) -> None:
        """Put everything on disk, or raise EnvironmentFault with nothing written."""
        self._connection.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Begin a part of the unit that is undone alone when it is left by an exception, which
        goes on; what was done before it stands."""
        with self._connection.begin_nested():
            yield
