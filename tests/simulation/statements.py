"""The SQL of simulated laptops: compiled once for a process, and cut short at any statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

__all__ = ["arm", "disarm", "share_statements"]

_first: dict[str, Engine] = {}
_armed: dict[object, tuple[int, Callable[[], None]]] = {}


def share_statements(kind: str, engine: Engine) -> None:
    """Let an engine use what the first engine of its ``kind`` compiled; they are made alike.

    Compiling anew at each start costs a fifth.
    """
    if kind not in _first:
        _first[kind] = engine
        event.listen(engine, "do_execute", _at_statement)
        event.listen(engine, "do_executemany", _at_statement)
    first = _first[kind]
    # The compiled statements are found by their dialect, and by that very object.
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache


def arm(connection: object, left: int, then: Callable[[], None]) -> None:
    """Call ``then`` in the place of a statement of this driver's connection, after ``left`` others;
    it raises."""
    _armed[connection] = (left, then)


def disarm(connection: object) -> None:
    """Let its statements pass again."""
    _armed.pop(connection, None)


def _at_statement(cursor: Any, *_statement: object) -> None:
    if not _armed or (found := _armed.get(cursor.connection)) is None:
        return
    left, then = found
    if left > 0:
        _armed[cursor.connection] = (left - 1, then)
        return
    del _armed[cursor.connection]
    then()
