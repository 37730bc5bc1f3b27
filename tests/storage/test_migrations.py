"""Migrations: the steps give the schema of the code; newer files are refused; a copy is kept."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from subprocess import run

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.domain.errors import DomainError, EnvironmentFault
from app.services.ports import FieldKey
from db.engine import store_engine
from db.migrate import MIGRATIONS, REVISIONS, Migrations
from db.store import DATABASE_NAME, Store, create_store, open_store
from tests.support.storage import KEY, REGISTRY, Writer, record_id

CODE = FieldKey("case", record_id(1), "code")

_NEXT = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("change") as table:
        table.add_column(sa.Column("note", sa.Text()))
    {more}
"""


def _objects(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        )
        return {row.name: _parts(row.sql) for row in rows}


def _parts(sql: str) -> list[str]:
    # The order in which constraints of a table are written down means nothing.
    return sorted(re.sub(r"[\s\"(),]+", " ", part) for part in sql.split("CONSTRAINT"))


def _newer(folder: Path, more: str = "pass") -> Migrations:
    """Return the migrations of a version that does not exist yet: this one and one more."""
    scripts = folder / "migrations"
    shutil.copytree(MIGRATIONS.scripts, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    text = _NEXT.format(head=REVISIONS[-1], more=more)
    (scripts / "versions" / "9999_next.py").write_text(text)
    return Migrations((*REVISIONS, "9999"), scripts)


def _old_file(folder: Path) -> None:
    store = create_store(folder, KEY, REGISTRY)
    with store.unit() as unit:
        unit.changes.append([Writer().change(CODE, "2026-A0001")], is_own=True)
        unit.commit()
    store.close()


def test_the_steps_give_the_schema_of_the_code(tmp_path: Path) -> None:
    by_code, by_steps = tmp_path / "code", tmp_path / "steps"
    by_code.mkdir()
    by_steps.mkdir()
    create_store(by_code, KEY, REGISTRY).close()
    Store(store_engine(by_steps / DATABASE_NAME, KEY, create=True), REGISTRY).close()
    MIGRATIONS.upgrade(by_steps / DATABASE_NAME, KEY, "empty")
    engines = [store_engine(folder / DATABASE_NAME, KEY) for folder in (by_code, by_steps)]
    try:
        assert _objects(engines[0]) == _objects(engines[1])
        assert MIGRATIONS.check(engines[1]) == REVISIONS[-1]
    finally:
        for engine in engines:
            Store(engine, REGISTRY).close()


def test_the_list_of_revisions_is_that_of_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS.scripts))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    assert tuple(one.revision for one in scripts)[::-1] == REVISIONS


def test_an_up_to_date_file_opens_without_alembic(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from db.store import create_store, open_store;"
        "from app.crypto.secret import SecretKey; from app.domain.registry import FieldRegistry;"
        "k = SecretKey(bytes(32)); r = FieldRegistry.of([]);"
        "create_store(Path(sys.argv[1]), k, r).close();"
        "open_store(Path(sys.argv[1]), k, r).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    assert run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0


def test_an_older_file_is_brought_forward_and_copied_first(tmp_path: Path) -> None:
    _old_file(tmp_path)
    migrations = _newer(tmp_path)
    before = (tmp_path / DATABASE_NAME).read_bytes()
    store = open_store(tmp_path, KEY, REGISTRY, migrations=migrations)
    with store.unit() as unit:
        assert [one.value for one in unit.changes.heads(CODE)] == ["2026-A0001"]
        unit.changes.append([Writer(session=b"session2").change(CODE, "x")], is_own=True)
        unit.commit()
    store.close()
    assert (tmp_path / f"{DATABASE_NAME}.antes-{REVISIONS[-1]}").read_bytes() == before
    open_store(tmp_path, KEY, REGISTRY, migrations=migrations).close()


def test_a_newer_file_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    _old_file(tmp_path)
    open_store(tmp_path, KEY, REGISTRY, migrations=_newer(tmp_path)).close()
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with pytest.raises(DomainError, match="file_newer"):
        open_store(tmp_path, KEY, REGISTRY)
    assert (tmp_path / DATABASE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    "more", ['raise RuntimeError("half-way")', "op.execute('DELETE FROM batch; SELECT')"]
)
def test_a_step_that_fails_leaves_the_old_file(tmp_path: Path, more: str) -> None:
    _old_file(tmp_path)
    migrations = _newer(tmp_path, more)
    with pytest.raises(Exception, match=r"half-way|one statement|syntax"):
        open_store(tmp_path, KEY, REGISTRY, migrations=migrations)
    store = open_store(tmp_path, KEY, REGISTRY)
    with store.unit() as unit:
        assert unit.changes.count() == 1
        unit.changes.append([Writer(session=b"session2").change(CODE, "x")], is_own=True)
        unit.commit()
    store.close()


def test_a_step_that_breaks_a_reference_is_not_committed(tmp_path: Path) -> None:
    _old_file(tmp_path)
    more = 'op.execute("DELETE FROM change")'
    with pytest.raises(RuntimeError, match="reference"):
        open_store(tmp_path, KEY, REGISTRY, migrations=_newer(tmp_path, more))
    store = open_store(tmp_path, KEY, REGISTRY)
    with store.unit() as unit:
        assert unit.changes.count() == 1
    store.close()


def test_without_room_for_the_copy_nothing_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _old_file(tmp_path)
    migrations = _newer(tmp_path)
    before = (tmp_path / DATABASE_NAME).read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(EnvironmentFault, match="disk_full"):
        patch.setattr("db.migrate.os.fsync", full)
        open_store(tmp_path, KEY, REGISTRY, migrations=migrations)
    assert (tmp_path / DATABASE_NAME).read_bytes() == before
    assert not list(tmp_path.glob("*.antes-*"))
    open_store(tmp_path, KEY, REGISTRY).close()


def test_an_encrypted_file_of_another_program_is_not_ours(tmp_path: Path) -> None:
    engine = store_engine(tmp_path / DATABASE_NAME, KEY, create=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE something (else_)")
    Store(engine, REGISTRY).close()
    with pytest.raises(DomainError, match="file_not_ours"):
        open_store(tmp_path, KEY, REGISTRY)
