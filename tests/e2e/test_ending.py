"""However the supervisor ends, the window's process ends with it, saved and closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.change import RecordId
from app.services import forms
from tests.support.stations import open_again, set_up
from tests.support.supervised_desk import TYPED

LONG = 20
"""Seconds; it takes two."""


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
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.supervised_desk", str(tmp_path)],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
    ) as supervisor:
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
    tmp_path: Path, checkout: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app", "--data", str(tmp_path), "run"],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_DEBUG_PLUGINS": "1"},
        stderr=subprocess.PIPE,
    ) as supervisor:
        assert supervisor.stderr is not None
        assert supervisor.stderr.readline()  # Qt speaks: the window's process is there
        supervisor.terminate()
        supervisor.communicate(timeout=LONG)
    assert supervisor.returncode == 0
