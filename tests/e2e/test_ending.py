"""However the supervisor ends, the window's process ends with it, saved and closed."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.change import RecordId
from app.services import forms
from app.settings import Settings
from tests.support.fake_buses import bus, desktop_on
from tests.support.stations import open_again, set_up
from tests.support.supervised_desk import TYPED

MANAGER = "org.freedesktop.login1.Manager"
LONG = 100
"""Seconds; it takes two, and ten on a busy machine."""


@contextmanager
def started(
    *arguments: str, at: Path, stdout: int | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a supervisor, and leave none behind: a test that fails must not wait for it."""
    with subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=at,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | environment,
        stdout=stdout,
    ) as supervisor:
        try:
            yield supervisor
        finally:
            supervisor.kill()


@pytest.mark.timeout(3 * LONG)
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (signal.SIGTERM, 0),
        (signal.SIGINT, 0),
        (signal.SIGHUP, 0),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_was_half_typed_is_saved_when_the_supervisor_is_told_to_end_or_killed(
    tmp_path: Path, checkout: Path, sent: signal.Signals, code: int
) -> None:
    """(L4)"""
    set_up(tmp_path).close()
    desk = ("tests.support.supervised_desk", str(tmp_path))
    with started(*desk, at=checkout, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        case_id = supervisor.stdout.readline().strip()
        supervisor.send_signal(sent)
        # Both hold the other end of this pipe: it ends when the last of them is gone.
        supervisor.communicate(timeout=LONG)
    assert supervisor.returncode == code

    laptop = open_again(tmp_path)
    with laptop.store.unit() as uow:
        file = forms.form_file(uow, laptop.desk, forms.FICHA, RecordId(case_id.decode()))
        assert uow.audit.verify() is None
    laptop.close()
    assert file.fields["names"].value == TYPED


@pytest.mark.timeout(2 * LONG)
def test_the_lock_screen_goes_with_the_program_that_was_told_to_end(
    tmp_path: Path, checkout: Path, qtbot: QtBot
) -> None:
    log = Settings(tmp_path).log_file
    with started("app", "--data", str(tmp_path), "run", at=checkout) as supervisor:
        # Without a screen Qt says so as the window is shown.
        qtbot.waitUntil(
            lambda: log.exists() and "qt_message" in log.read_text(), timeout=LONG * 1_000
        )
        supervisor.terminate()
        supervisor.communicate(timeout=LONG)
    assert supervisor.returncode == 0


@pytest.mark.timeout(4 * LONG)
@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon")
def test_before_the_laptop_sleeps_it_has_locked_and_what_was_half_typed_is_saved(
    tmp_path: Path, checkout: Path, qtbot: QtBot
) -> None:
    """(L4, K8) The system waits for the process that held keys; then the lock screen is there."""
    folder = tmp_path / "data"
    set_up(folder).close()
    with (
        bus(tmp_path) as address,
        desktop_on(address) as desktop,
        started(
            *("tests.support.supervised_desk", str(folder)),
            at=checkout,
            stdout=subprocess.PIPE,
            DBUS_SYSTEM_BUS_ADDRESS=address,
        ) as supervisor,
    ):
        assert supervisor.stdout is not None
        inhibited = desktop.manager.inhibited
        qtbot.waitUntil(lambda: len(inhibited) == 1, timeout=LONG * 1_000)
        case_id = supervisor.stdout.readline().strip()
        desktop.manager.only_theirs()
        desktop.say("/org/freedesktop/login1", MANAGER, "PrepareForSleep", True)
        # It may sleep once nobody holds the other end any more.
        assert select.select([desktop.manager.reads], [], [], LONG)[0]
        os.close(desktop.manager.reads)
        # Who came back opened it by her words.
        qtbot.waitUntil(lambda: len(inhibited) == 2, timeout=LONG * 1_000)
        supervisor.terminate()
        supervisor.communicate(timeout=LONG)
    laptop = open_again(folder)
    with laptop.store.unit() as uow:
        file = forms.form_file(uow, laptop.desk, forms.FICHA, RecordId(case_id.decode()))
    laptop.close()
    assert file.fields["names"].value == TYPED
