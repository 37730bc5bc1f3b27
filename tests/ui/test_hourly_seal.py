"""What was typed is sealed every hour and at the lock, and nothing of it shows."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import EnvironmentFault
from ui.runtime.hourly_seal import HOUR_MS, HourlySeal
from ui.runtime.task_runner import TaskRunner


class _Waiting:
    """Changes that wait, three batches of them; ``refusals`` of the disk before the first."""

    def __init__(self, batches: int, refusals: int = 0) -> None:
        self.batches = batches
        self.refusals = refusals
        self.asked = 0

    def __call__(self) -> int:
        self.asked += 1
        if self.refusals:
            self.refusals -= 1
            raise EnvironmentFault("disk_full")
        if not self.batches:
            return 0
        self.batches -= 1
        return 100


@pytest.mark.parametrize("refusals", [0, 2])
def test_all_that_waits_is_sealed_and_a_refusal_is_tried_again(qtbot: QtBot, refusals: int) -> None:
    waiting = _Waiting(3, refusals)
    runner = TaskRunner()
    hourly = HourlySeal(runner, waiting, every_ms=5)
    qtbot.waitUntil(lambda: waiting.batches == 0, timeout=60_000)
    hourly.stop()
    runner.close()
    assert waiting.asked >= 3 + refusals


def test_nothing_is_begun_once_it_is_stopped(qtbot: QtBot) -> None:
    stopped, other = _Waiting(3), _Waiting(9)
    runner = TaskRunner()
    hourly = HourlySeal(runner, stopped, every_ms=5)
    hourly.stop()
    goes_on = HourlySeal(runner, other, every_ms=5)
    qtbot.waitUntil(lambda: other.batches == 0, timeout=60_000)
    goes_on.stop()
    runner.close()
    assert stopped.asked == 0
    assert HOUR_MS == 3_600_000
