"""Compiled SQL, kept for all engines of a process: compiling anew at each start costs a fifth."""

from __future__ import annotations

from sqlalchemy import Engine

__all__ = ["share_statements"]

_first: dict[str, Engine] = {}


def share_statements(kind: str, engine: Engine) -> None:
    """Let an engine use what the first engine of its ``kind`` compiled; they are made alike."""
    first = _first.setdefault(kind, engine)
    # The compiled statements are found by their dialect, and by that very object.
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
