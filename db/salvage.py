"""Reads what can still be read of a damaged database, from a copy of it, table by table.

The copy is mended first where that is safe (:mod:`db.damaged_copy`). A page whose authentication
code does not fit is never read; the rows on it are counted as lost, and those before and behind it
are read. Storage thread.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher

from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.errors import DomainError, QispiError
from app.domain.registry import FieldRegistry
from app.domain.stamp import Stamp
from app.services.batch_ports import Cursor
from db.engine import connect
from db.errors import translated
from db.migrate import REVISION_TABLE, REVISIONS
from db.values import decode_value

__all__ = ["FoundAside", "FoundBatch", "Salvage", "open_salvage"]

_AUDIT: Final = "audit"
_HINT: Final = "origin_hint"
_NUMBERED: Final = {_AUDIT: "number", "attachment": "seq", "dataset_block": "seq", "blob": "seq"}
_OWN_TABLES: Final = (
    "attachment",
    "dataset",
    "dataset_block",
    "receipt",
    "device_state",
    "blob",
    "on_stick",
    "refusal",
    "log_word",
    "holder",
    "scan_on_stick",
    "audit_anchor",
)
"""Of this laptop alone, and in no batch: copied row by row, in this order, behind the audit."""
_AFTERWARDS: Final = {
    "blob": ("DELETE FROM blob WHERE log_id IS NULL", "UPDATE blob SET held = 0"),
}
"""The pieces of blobs are not copied: what was on its way, up or down, starts anew."""

_CHANGE_COLUMNS: Final = (
    "seq, id, record_id, kind, field, value, wall_ms, session, counter, author, is_own"
)


@dataclass(frozen=True, slots=True)
class FoundBatch:
    """A batch whose bytes are whole: its place in the log, and when it came here."""

    position: int | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class FoundAside:
    """A batch that was set aside, and why. ``is_whole``: its bytes can be read; ``is_only_named``:
    they never were to be kept."""

    batch: bytes
    reason: str
    at_ms: int
    size: int
    is_signed: bool
    position: int | None
    is_whole: bool
    is_only_named: bool


def open_salvage(path: Path, key: SecretKey, registry: FieldRegistry) -> Salvage | None:
    """Return what is there, or None when nothing at all can be read.

    Raises DomainError ``file_newer`` for a database of a newer version of the program.
    """
    if path.stat().st_size == 0:
        return None
    try:
        connection = connect(path, key)
    except (QispiError, sqlcipher.Error):
        return None
    found = Salvage(connection, registry)
    if found.revision() not in (None, *REVISIONS):
        found.close()
        raise DomainError("file_newer")
    return found


class Salvage:
    """A damaged database, open for reading. ``lost`` counts the stretches of rows of each table
    that could not be read."""

    def __init__(self, connection: sqlcipher.Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry
        self._whole: dict[bytes, tuple[str, str, int]] = {}
        """Where the bytes of a batch were read: the index of names may be damaged."""
        self.lost: Counter[str] = Counter()

    def close(self) -> None:
        """Let it go."""
        self._connection.close()

    def revision(self) -> str | None:
        """Return the version of its schema, or None when it cannot be read."""
        try:
            row = self._connection.execute(f"SELECT * FROM {REVISION_TABLE}").fetchone()  # noqa: S608
        except sqlcipher.Error:
            return None
        return None if row is None else str(row[0])

    def local(self) -> dict[str, bytes]:
        """Return the small facts of this laptop that can be read."""
        return dict(self._both_ways("local", "name", "name, content"))

    def batches(self) -> dict[bytes, FoundBatch]:
        """Return the batches whose bytes can be read, without what is set aside."""
        return {
            name: FoundBatch(position, at_ms)
            for seq, name, position, at_ms in self._rows("batch", "seq", "seq, id, position, at_ms")
            if self._is_whole(name, "batch_content", "batch_seq", seq)
        }

    def aside(self) -> tuple[FoundAside, ...]:
        """Return what is set aside, oldest first."""
        columns = "seq, batch, reason, at_ms, size, is_signed, position, content IS NULL"
        return tuple(
            FoundAside(
                name,
                reason,
                at_ms,
                size,
                bool(is_signed),
                position,
                self._is_whole(name, "set_aside", "seq", seq),
                bool(is_only_named),
            )
            for seq, name, reason, at_ms, size, is_signed, position, is_only_named in self._rows(
                "set_aside", "seq", columns
            )
        )

    def content(self, batch_id: bytes) -> bytes:
        """Return the bytes of a batch that :meth:`batches` gave, or :meth:`aside` as whole."""
        content = self._one(*self._whole[batch_id])
        assert content is not None, "it was whole a moment ago"
        return content

    def _is_whole(self, name: bytes, table: str, key: str, seq: int) -> bool:
        if not _is_named(name, self._one(table, key, seq)):
            return False
        self._whole.setdefault(name, (table, key, seq))
        return True

    def chains(self) -> dict[int, bytes]:
        """Return the chain at each place of the verified log."""
        return dict(self._rows("log_place", "position", "position, chain"))

    def cursor(self) -> Cursor | None:
        """Return how far the log was verified."""
        found = self._rows("cursor", "one", "one, log_id, position, chain")
        return next((Cursor(*row[1:]) for row in found), None)

    def changes(self, known: Sequence[bytes] | frozenset[bytes]) -> Iterator[tuple[Change, bool]]:
        """Yield each change that is whole and not ``known``, and whether it was made here.

        Its id covers all of it, its bases too: what does not fit is counted as lost.
        """
        for row in self._rows("change", "seq", _CHANGE_COLUMNS):
            if row[1] in known:
                continue
            made = self._change(row)
            if made is None:
                self.lost["change"] += 1
            else:
                yield made, bool(row[10])

    def named(self, ids: Collection[bytes]) -> Iterator[Change]:
        """Yield those of these changes that are whole."""
        wanted = f"SELECT {_CHANGE_COLUMNS} FROM change WHERE id = ?"  # noqa: S608  # our names
        for one in ids:
            made = None if (row := self._first(wanted, one)) is None else self._change(row)
            if made is not None:
                yield made

    def waiting(self) -> dict[bytes, frozenset[bytes]]:
        """Return the changes that were sealed and that the verified log lacked, by their ids, and
        which batches each was in."""
        columns = "change_seq, is_sealed, (SELECT id FROM change WHERE seq = change_seq)"
        return {
            name: self._batches_of(seq)
            for seq, is_sealed, name in self._rows("outbox", "change_seq", columns)
            if is_sealed and name is not None
        }

    def hinted(self) -> frozenset[bytes]:
        """Return the changes of which a snapshot told the place, until their batches show it."""
        return frozenset(one for (one,) in self._both_ways(_HINT, "context", "change_id"))

    def copy_hints(self, target: sqlcipher.Connection) -> int:
        """Copy what a snapshot told of places likewise: batches are opened by it."""
        return self._copy_table(target, _HINT)

    def copy_own_tables(self, target: sqlcipher.Connection) -> dict[str, int]:
        """Copy what is in no batch into a new database, but the audit; return the number of rows of
        each table.

        ``target`` is in no transaction; one is made for each table. Raises EnvironmentFault.
        """
        return {table: self._copy_table(target, table) for table in _OWN_TABLES}

    def copy_audit(self, target: sqlcipher.Connection) -> int:
        """Copy the audit likewise, with the keys that signed it, and return the number of rows: it
        is numbered, and whatever is noted in the new database comes behind it."""
        self._copy_table(target, "audit_signer")
        return self._copy_table(target, _AUDIT)

    def _copy_table(self, target: sqlcipher.Connection, table: str) -> int:
        with translated():
            columns = self._columns(target, table)
            if not columns:
                return 0
            target.execute("BEGIN IMMEDIATE")
            try:
                copied = self._copy_rows(target, table, columns)
                for statement in _AFTERWARDS.get(table, ()):
                    target.execute(statement)
                target.execute("COMMIT")
            except BaseException:
                target.execute("ROLLBACK")
                raise
        return copied

    def _copy_rows(self, target: sqlcipher.Connection, table: str, columns: list[str]) -> int:
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        put = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608  # our names
        copied = 0
        for row in self._all(table, columns, names):
            if table == "attachment" and not _is_attachment(dict(zip(columns, row, strict=True))):
                self.lost[table] += 1
                continue
            try:
                copied += target.execute(put, row).rowcount
            except sqlcipher.IntegrityError:
                self.lost[table] += 1  # what it names was lost
        return copied

    def _all(self, table: str, columns: list[str], names: str) -> Iterator[Sequence[Any]]:
        key = _NUMBERED.get(table)
        if key is None:
            yield from self._both_ways(table, columns[0], names)
        else:
            at = columns.index(key)
            others = ", ".join(one for one in columns if one != key)
            for row in self._rows(table, key, f"{key}, {others}"):
                rest = list(row[1:])
                yield [*rest[:at], row[0], *rest[at:]]

    def _columns(self, target: sqlcipher.Connection, table: str) -> list[str]:
        ours = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
        theirs = self._columns_there(table)
        return ours if theirs is None else [name for name in ours if name in theirs]

    def _columns_there(self, table: str) -> frozenset[str] | None:
        """Return the columns of a table, none when an older version of the program had no such
        table; None when not even that can be read."""
        try:
            rows = self._connection.execute(f"PRAGMA table_info({table})").fetchall()
        except sqlcipher.Error:
            return None
        return frozenset(row[1] for row in rows)

    def _change(self, row: Sequence[Any]) -> Change | None:
        seq, name, record_id, kind, field, value, wall_ms, session, counter, author, _ = row
        try:
            bases = self._connection.execute(
                "SELECT base_id FROM change_base WHERE change_seq = ?", (seq,)
            ).fetchall()
            kind_name = self._registry.kind_name(kind)
            made = new_change(
                self._registry,
                kind=kind_name,
                record_id=RecordId(record_id.hex()),
                field=self._registry.field_name(kind_name, field),
                value=decode_value(value),
                stamp=Stamp(wall_ms, session, counter),
                author=AuthorId(author.hex()),
                bases=tuple(ChangeId(base) for (base,) in bases),
            )
        except (sqlcipher.Error, ValueError):
            return None
        return made if made.id == name else None

    def _one(self, table: str, key: str, value: object) -> bytes | None:
        try:
            row = self._connection.execute(
                f"SELECT content FROM {table} WHERE {key} = ?",  # noqa: S608  # our names
                (value,),
            ).fetchone()
        except sqlcipher.Error:
            self.lost[table] += 1
            return None
        return None if row is None else row[0]

    def _batches_of(self, change_seq: int) -> frozenset[bytes]:
        wanted = "SELECT id FROM batch JOIN batch_change ON batch_seq = seq WHERE change_seq = ?"
        try:
            return frozenset(one for (one,) in self._connection.execute(wanted, (change_seq,)))
        except sqlcipher.Error:
            return frozenset()

    def _first(self, wanted: str, value: object) -> tuple[Any, ...] | None:
        try:
            row: tuple[Any, ...] | None = self._connection.execute(wanted, (value,)).fetchone()
        except sqlcipher.Error:
            return None
        return row

    def _rows(self, table: str, key: str, columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table by its numbered key (first in ``columns``) that can be read."""
        if self._columns_there(table) == frozenset():
            return
        wanted = f"SELECT {columns} FROM {table} WHERE {key} >= ? ORDER BY {key}"  # noqa: S608
        at: int | None = -(2**63)
        while at is not None:
            try:
                for row in self._connection.execute(wanted, (at,)):
                    if row[0] >= at:  # pages of another day may name a row twice
                        yield row
                        at = row[0] + 1
            except sqlcipher.Error:
                self.lost[table] += 1
                at = self._behind(wanted, at)
            else:
                return

    def _behind(self, wanted: str, at: int) -> int | None:
        """Return the smallest key behind a damaged stretch at ``at`` from which rows can be read:
        galloping, then halving, for the keys on one damaged page lie together."""
        first = max(at, 0)
        step = 1
        while not self._reads(wanted, first + step):
            step *= 2
            if first + step > 2**62:
                return None
        low, high = first + step // 2, first + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._reads(wanted, middle):
                high = middle
            else:
                low = middle
        return high

    def _reads(self, wanted: str, at: int) -> bool:
        try:
            self._connection.execute(wanted, (at,)).fetchone()
        except sqlcipher.Error:
            return False
        return True

    def _both_ways(self, table: str, key: str, columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table without a numbered key: from its beginning up to what cannot be
        read, then from its end down to it."""
        if self._columns_there(table) == frozenset():
            return
        seen: set[tuple[Any, ...]] = set()
        for order in ("ASC", "DESC"):
            try:
                for row in self._connection.execute(
                    f"SELECT {columns} FROM {table} ORDER BY {key} {order}"  # noqa: S608
                ):
                    if tuple(row) not in seen:
                        seen.add(tuple(row))
                        yield row
            except sqlcipher.Error:
                self.lost[table] += order == "ASC"
            else:
                return


def _is_named(name: bytes, content: bytes | None) -> bool:
    return content is not None and hashlib.blake2b(content, digest_size=32).digest() == name


def _is_attachment(row: dict[str, Any]) -> bool:
    return hashlib.sha256(row["content"]).digest() == bytes(row["sha256"])
