"""What SQLAlchemy makes of a statement serves every store of a test run.

Each store has an engine, and each engine makes the text of every statement anew: a quarter of what a
test with three laptops costs. Their dialects are equal but for their identity, which alone keeps the
texts of one from the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Engine
from sqlalchemy.util import LRUCache

import db.engine

__all__ = ["shared_statements"]

HELD: Final = 3_000
"""Statements kept: there are some hundreds."""


class _Texts(LRUCache[Any, Any]):
    """Statements by everything but the dialect, which comes first in a key."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


@contextmanager
def shared_statements() -> Iterator[None]:
    """Until the block ends, stores that are opened share the statements that were made."""
    real, texts = db.engine._engine, _Texts(HELD)

    def sharing(connection: sqlcipher.Connection) -> Engine:
        engine = real(connection)
        engine.update_execution_options(compiled_cache=texts)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db.engine, "_engine", sharing)
        yield
