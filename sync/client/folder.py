"""A stick: the same sealed batches as files, both ways, for many stations on one stick.

Nothing in here depends on order, completeness or age: a stale, replayed, renamed or half-copied
stick does no harm, because a batch is named by its bytes and folding it twice changes nothing. Names
of files say nothing; contents are ciphertext and signed statements only.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.domain.errors import EnvironmentFault
from app.services import replication
from app.services.ports import Desk, Envelope, StoredBatch, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Taken
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Note, Store
from sync.client.session import Outcome
from sync.protocol import limits
from sync.protocol.batch import batch_id
from sync.protocol.roster import statement_id

__all__ = ["FOLDER_NAME", "Stick", "folder_session"]

FOLDER_NAME: Final = "lotes"
BATCH: Final = ".lote"
STATEMENT: Final = ".acta"
FILES_MAX: Final = 100_000
PAGE: Final = 64


@dataclass(frozen=True, slots=True)
class Stick:
    """The folder on a stick. Every failure is an EnvironmentFault, and nothing is lost by it."""

    root: Path
    counted: Callable[[int, int], None]

    @property
    def folder(self) -> Path:
        """Where the files lie: the same for every station and centre."""
        return self.root / FOLDER_NAME

    def names(self, ending: str) -> Iterator[str]:
        """Yield the names of files with this ending; links and folders are passed over."""
        with _faults():
            if not self.root.is_dir():
                raise EnvironmentFault("stick_gone")
            self.folder.mkdir(exist_ok=True)
            found = [
                entry.name
                for entry in os.scandir(self.folder)
                if entry.name.endswith(ending) and entry.is_file(follow_symlinks=False)
            ]
        yield from sorted(found)[:FILES_MAX]

    def read(self, name: str, most: int) -> bytes:
        """Return a file's content, cut just above ``most`` bytes: more is refused anyway."""
        with _faults(), (self.folder / name).open("rb") as file:
            content = file.read(most + 1)
        self.counted(0, len(content))
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all, even when the stick is pulled."""
        part = self.folder / f"{name}.part"
        with _faults():
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / name)
        self.counted(len(content), 0)


def folder_session(
    desk: Desk, envelope: Envelope, keys: CentreKeys, stick: Stick, outcome: Outcome
) -> Generator[Ask, Any, None]:
    """Seal what waits, take in what the stick brings, and leave on it what it lacks.

    Runs on the network thread, which may touch files; storage is asked for. Raises EnvironmentFault
    ``stick_gone``, ``stick_full``, ``stick_read_only``: what was taken stays, what is left waits.
    """
    yield Note(SyncStep.PREPARE)
    while (yield Store(lambda uow: replication.seal_pending(uow, desk, envelope))):
        pass
    yield Note(SyncStep.CONNECT)
    statements = [stick.read(name, limits.STATEMENT_MAX) for name in stick.names(STATEMENT)]
    if statements and keys.learns(one for one in statements if len(one) <= limits.STATEMENT_MAX):
        yield Store(keys.keep)
    carried = frozenset(stick.names(BATCH))
    yield from _take_in(desk, envelope, stick, carried, outcome)
    yield from _leave(stick, carried, outcome)
    for content in keys.roster_request().offered:
        name = statement_id(content).hex() + STATEMENT
        if not (stick.folder / name).exists():
            stick.write(name, content)
    yield Note(SyncStep.VERIFY, 1, 1)


def _take_in(
    desk: Desk, envelope: Envelope, stick: Stick, carried: frozenset[str], outcome: Outcome
) -> Generator[Ask, Any, None]:
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    names = sorted(name for name in carried if name not in {_name(one) for one in known})
    for start in range(0, len(names), PAGE):
        yield Note(SyncStep.RECEIVE, start, len(names))
        contents = [stick.read(name, limits.BATCH_MAX) for name in names[start : start + PAGE]]
        arrived = [Arrived(batch_id(content), content, None) for content in contents]
        taken: Taken = yield Store(_taking(desk, envelope, arrived))
        outcome.batches_received += taken.batches
        outcome.changes_received += taken.changes
        outcome.set_aside += taken.set_aside


def _taking(
    desk: Desk, envelope: Envelope, arrived: list[Arrived]
) -> Callable[[UnitOfWork], Taken]:
    return lambda uow: replication.take(uow, desk, envelope, arrived, None)


def _getting(batch: bytes) -> Callable[[UnitOfWork], StoredBatch | None]:
    return lambda uow: uow.batches.get(batch)


def _leave(stick: Stick, carried: frozenset[str], outcome: Outcome) -> Generator[Ask, Any, None]:
    known: tuple[bytes, ...] = yield Store(lambda uow: tuple(uow.batches.ids()))
    lacking = [one for one in known if _name(one) not in carried]
    for done, one in enumerate(lacking):
        yield Note(SyncStep.SEND, done, len(lacking))
        batch: StoredBatch | None = yield Store(_getting(one))
        if batch is not None:
            stick.write(_name(one), batch.content)
            outcome.batches_sent += 1


def _name(batch: bytes) -> str:
    return batch.hex() + BATCH


class _faults:
    """Turns what the file system says into what people can act on."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if not isinstance(error, OSError):
            return
        reasons = {
            errno.ENOSPC: "stick_full",
            errno.EDQUOT: "stick_full",
            errno.EROFS: "stick_read_only",
            errno.EACCES: "stick_read_only",
            errno.EPERM: "stick_read_only",
        }
        raise EnvironmentFault(reasons.get(error.errno or 0, "stick_gone")) from None
