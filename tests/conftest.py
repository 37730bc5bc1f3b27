"""Everywhere: no real home, no screen, no network beyond this machine, seeds printed."""

from __future__ import annotations

import gc
import itertools
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.compiled import shared_statements
from tests.support.derived import derived_once
from tests.support.every import some
from tests.support.trees import shared_trees

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_LOGGING_RULES"] = "qt.qpa.*=false"

# Bytecode is wanted, as in `./run`: without it each worker compiles every test anew, and each process
# that a test starts compiles the program.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile(
    "qispi",
    deadline=None,
    max_examples=some(50, 100),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("qispi")

pytest_plugins = ["tests.support.laptops", "tests.support.postgres"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """What the collection makes stays to the end: looking through it again and again for garbage
    was a third of the time of collecting, and went on with every test."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def _what_is_worked_out_once() -> Iterator[None]:
    with shared_statements(), shared_trees():
        yield


@pytest.fixture(scope="session", autouse=True)
def _words_are_derived_once() -> Iterator[None]:
    with derived_once():
        yield


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # A numbered folder of pytest's own for each test would be looked for among thousands of others.
    place = tmp_path_factory.mktemp("homes")
    return (place / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _a_home_of_its_own(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    home = next(_homes)
    home.mkdir()
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError("a test reached for the network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield


@pytest.fixture
def checkout() -> Path:
    """The root of the checkout."""
    return Path(__file__).parent.parent
