"""The stores that the contract holds for: SQLite to try out, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.support.postgres import Postgres

__all__ = ["Database"]


@dataclass(slots=True)
class Database:
    """An empty database, and as many stores on it as there are workers."""

    kind: str
    url: str
    copied: Callable[[str], str]
    _engines: list[Engine] = field(default_factory=list)

    def store(self, url: str | None = None) -> SqlStore:
        """Return a store on an engine of its own, as each worker process has it."""
        engine = open_engine(url or self.url)
        migrate(engine)
        self._engines.append(engine)
        return SqlStore(engine)

    def close(self) -> None:
        """Let go of every connection."""
        for engine in self._engines:
            engine.dispose()

    def dump(self) -> str:
        """Return the address of a copy as the database is now."""
        self.close()
        return self.copied(self.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        made = Database("sqlite", f"sqlite:///{tmp_path / 'batches.db'}", _copied_file)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        made = Database("postgresql", server.new_database(), server.copied)
    yield made
    made.close()


def _copied_file(url: str) -> str:
    path = Path(url.removeprefix("sqlite:///"))
    dump = path.with_suffix(".dump")
    dump.write_bytes(path.read_bytes())
    return f"sqlite:///{dump}"


@pytest.fixture
def store(database: Database) -> SqlStore:
    """A store on an empty database."""
    return database.store()
