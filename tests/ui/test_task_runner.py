"""Work on the storage thread always answers on the GUI thread, whatever happens to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import DomainError, QispiError
from ui.runtime.task_runner import TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    del qtbot
    made = TaskRunner()
    yield made
    made.close()


def test_an_answer_and_a_refusal_arrive(runner: TaskRunner, qtbot: QtBot):
    done: list[int] = []
    failed: list[QispiError] = []

    def refuse() -> int:
        raise DomainError("record_unknown")

    runner.ask(lambda: 7, done.append, failed.append)
    runner.ask(refuse, done.append, failed.append)
    qtbot.waitUntil(lambda: bool(done and failed), timeout=60_000)
    assert done == [7]
    assert [one.message_id for one in failed] == ["record_unknown"]


def test_a_bug_is_told_to_whoever_asked_and_holds_nothing_up(
    runner: TaskRunner, qtbot: QtBot, caplog: pytest.LogCaptureFixture
):
    failed: list[QispiError] = []
    done: list[int] = []
    places: list[str] = []
    runner.bug.connect(places.append)

    def stumble() -> int:
        raise ZeroDivisionError("el relato de alguien")

    with caplog.at_level(logging.INFO):
        runner.ask(stumble, done.append, failed.append)
        runner.ask(lambda: 7, done.append, failed.append)
        qtbot.waitUntil(lambda: bool(done and failed and places), timeout=60_000)
    assert [one.message_id for one in failed] == ["bug"]
    assert failed[0].parameters == {"place": places[0]}
    assert done == [7]


def test_work_that_waits_for_the_network_when_the_window_closes_is_no_bug_for_any_log(
    runner: TaskRunner, caplog: pytest.LogCaptureFixture
):
    begun, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert may_end.wait(60)

    done: list[int] = []
    runner.on_network(hold)
    runner.on_network(lambda: done.append(1))
    assert begun.wait(60)
    runner.close()
    may_end.set()
    assert done == []
    assert [(one.name, one.levelname) for one in caplog.records] == []
