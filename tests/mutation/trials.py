"""Tries a mutant: its module in a copy, the tests that reach it, in a process of its own.

The process is forked from one that has the libraries already, so that a trial costs little more
than its tests. It leads a group of processes, which all end with it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.mutation.refusals import Mutant
from tests.mutation.tree import with_module

__all__ = ["LIBRARIES", "Outcome", "Trial", "preload", "trials"]

OURS: Final = ("app", "db", "sync", "ui", "tests", "bench", "conftest")
LIBRARIES: Final = (
    "alembic",
    "cryptography.hazmat.primitives.hpke",
    "holidays",
    "hypothesis",
    "msgspec",
    "PySide6.QtTest",
    "sqlalchemy.dialects.sqlite",
    "sqlcipher3",
    "starlette.applications",
    "yaml",
    "zstandard",
)
SECONDS_MIN: Final = 60.0
SLOWER: Final = 6
"""So many times what its tests took alone may a trial take: the machine does other things."""

Outcome = Literal["killed", "survived", "unreached", "unknown"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant, its source, the tests to ask, and the seconds that they took before."""

    mutant: Mutant
    source: bytes
    tests: Sequence[str]
    seconds: float


@dataclass(slots=True)
class _Running:
    trial: Trial
    process: multiprocessing.process.BaseProcess
    told: Path
    held: contextlib.ExitStack
    copy: Path


def preload(libraries: Sequence[str]) -> None:
    """Load what most tests need; what is not installed is left out."""
    for name in libraries:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def trials(copies: Sequence[Path], asked: Iterator[Trial]) -> Iterator[tuple[Trial, Outcome, str]]:
    """Yield each trial with its outcome and the test that killed it, as many at once as there are
    copies. Raises RuntimeError when the tests could not be run at all."""
    free = list(copies)
    running: list[_Running] = []
    try:
        while True:
            while free and (trial := next(asked, None)) is not None:
                running.append(_begin(free.pop(), trial))
            if not running:
                return
            limit = min(_limit(one.trial) for one in running)
            ready = wait([one.process.sentinel for one in running], timeout=limit)
            ended = [one for one in running if one.process.sentinel in ready] or running[:1]
            for one in ended:
                running.remove(one)
                free.append(one.copy)
                outcome, by = _end(one, in_time=bool(ready))
                yield one.trial, outcome, by
    finally:
        for one in running:
            _end(one, in_time=False)


def _limit(trial: Trial) -> float:
    return SECONDS_MIN + SLOWER * trial.seconds


def _begin(copy: Path, trial: Trial) -> _Running:
    held = contextlib.ExitStack()
    held.enter_context(with_module(copy, trial.mutant.module, trial.source))
    told = copy / "trial.json"
    told.unlink(missing_ok=True)
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(copy, list(trial.tests), told)
    )
    process.start()
    return _Running(trial, process, told, held, copy)


def _end(one: _Running, *, in_time: bool) -> tuple[Outcome, str]:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(one.process.pid or 0, signal.SIGKILL)
    one.process.join()
    one.held.close()
    if not in_time:
        return "killed", "no end in time"
    said = json.loads(one.told.read_text(encoding="utf-8")) if one.told.exists() else {}
    if said.get("code") == pytest.ExitCode.OK:
        return "survived", ""
    if said.get("failed"):
        return "killed", said["failed"]
    if not said and (one.process.exitcode or 0) < 0:
        return "killed", "the process crashed"
    raise RuntimeError((one.copy / "trial.log").read_text(encoding="utf-8")[-4000:])


class _First:
    """Remembers the first test, or file of tests, that failed."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def _run(copy: Path, tests: list[str], told: Path) -> None:
    os.setsid()
    os.chdir(copy)
    log = os.open(copy / "trial.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for name in [one for one in sys.modules if one.split(".")[0] in OURS]:
        del sys.modules[name]
    sys.path.insert(0, str(copy))
    importlib.invalidate_caches()
    arguments = copy / "trial.txt"
    arguments.write_text("\n".join(tests), encoding="utf-8")
    first = _First()
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", f"@{arguments}"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main(options, plugins=[first])
    _refuse_elsewhere(copy)
    told.write_text(json.dumps({"code": int(code), "failed": first.failed}), encoding="utf-8")
    os._exit(0)


def _refuse_elsewhere(copy: Path) -> None:
    """Refuse to have tested another checkout: every mutant of it would have survived."""
    for name, module in sys.modules.items():
        file = getattr(module, "__file__", None)
        if name.split(".")[0] in OURS[:4] and file and not Path(file).is_relative_to(copy):
            raise AssertionError(f"{name} is of {file}")
