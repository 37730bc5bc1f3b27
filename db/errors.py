"""Which failures of the database are the machine's, and which are ours.

SQLite's result codes (https://www.sqlite.org/rescode.html) tell them apart: a full or failing disk
becomes an :class:`EnvironmentFault` that a person can act upon; everything else passes through
unchanged and is a bug.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.domain.errors import EnvironmentFault

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import ExceptionContext

__all__ = [
    "FAULT_BY_CODE",
    "environment_fault",
    "fault_of_system",
    "translate_faults",
    "translated",
]

PRIMARY_CODE_MASK = 0xFF
_FAULT = "qispi_fault"

FAULT_BY_CODE = {
    3: "disk_read_only",  # SQLITE_PERM
    5: "file_in_use",  # SQLITE_BUSY
    6: "file_in_use",  # SQLITE_LOCKED
    7: "not_enough_memory",  # SQLITE_NOMEM
    8: "disk_read_only",  # SQLITE_READONLY
    10: "disk_failing",  # SQLITE_IOERR
    11: "file_damaged",  # SQLITE_CORRUPT
    13: "disk_full",  # SQLITE_FULL
    14: "disk_read_only",  # SQLITE_CANTOPEN: the -wal beside the file cannot be made
    26: "file_damaged",  # SQLITE_NOTADB: a page whose authentication code does not fit
}


def environment_fault(error: BaseException | None) -> EnvironmentFault | None:
    """Return the fault of the machine behind an error of SQLite or the system, or None: a bug."""
    if isinstance(error, MemoryError):
        return EnvironmentFault("not_enough_memory")
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    message_id = FAULT_BY_CODE.get(code & PRIMARY_CODE_MASK)
    return EnvironmentFault(message_id) if message_id else None


def translate_faults(engine: Engine) -> None:
    """Make every statement, begin and commit of an engine raise EnvironmentFault for faults.

    After a fault SQLite may have undone the transaction by itself, and what followed would be
    written statement by statement. So a unit with a fault takes nothing more, and cannot commit.
    """
    from sqlalchemy import event  # the lock screen looks for a vault without it

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        fault = environment_fault(context.original_exception)
        if fault is not None:
            if context.connection is not None:
                context.connection.info[_FAULT] = fault.message_id
            raise fault from None

    @event.listens_for(engine, "begin")
    def forget_fault(connection: Connection) -> None:
        connection.info.pop(_FAULT, None)

    @event.listens_for(engine, "commit")
    def refuse_commit(connection: Connection) -> None:
        _refuse_after_fault(connection)

    @event.listens_for(engine, "before_cursor_execute")
    def refuse_statement(connection: Connection, *_statement: object) -> None:
        _refuse_after_fault(connection)


def _refuse_after_fault(connection: Connection) -> None:
    message_id = connection.info.get(_FAULT)
    if message_id is not None:
        raise EnvironmentFault(message_id)


@contextmanager
def translated() -> Iterator[None]:
    """Do the same for file operations and for statements on the bare connection."""
    try:
        yield
    except OSError as error:
        raise fault_of_system(error) from None
    except Exception as error:
        fault = environment_fault(error)
        if fault is None:
            raise
        raise fault from None


def fault_of_system(error: OSError) -> EnvironmentFault:
    """Return the fault of the machine behind an error of a file operation."""
    match error.errno:
        case errno.ENOSPC:
            return EnvironmentFault("disk_full")
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return EnvironmentFault("disk_read_only")
        case errno.ENOMEM:
            return EnvironmentFault("not_enough_memory")
        case _:
            return EnvironmentFault("disk_failing")
