"""What happened to copies, gaps and histories gives way once it was told, and is found again."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.services import evidence
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact
from app.services.sync_facts import note_attempt
from app.services.sync_page import sync_page
from app.services.whereabouts_ports import NO_LAPTOPS
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off
from tests.ui.test_sync_in_sight import is_in_sight
from tests.ui.test_sync_page import happen
from ui.widgets.pieces import Box


def _boxes(screen: Screen) -> list[str]:
    boxes = shown_children(screen.shell.sync._left.facts)
    return [one.accessibleName() for one in boxes if isinstance(one, Box)]


def _answer(screen: Screen, about: str) -> None:
    """Press the button of the box that tells of something."""
    for box in shown_children(screen.shell.sync._left.facts):
        if isinstance(box, Box) and about in box.accessibleName():
            (answer,) = [one for one in shown_children(box) if isinstance(one, QAbstractButton)]
            answer.setFocus()
            answer.click()
            screen.settle()
            return
    raise AssertionError(about)


def _another_history(screen: Screen) -> None:
    def again(uow: UnitOfWork) -> None:
        evidence.note_other_history(uow, screen.desk, b"c" * 32)
        uow.commit()

    screen.run(again)


def test_what_was_told_folds_to_one_line_until_it_happens_again(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    assert len(_boxes(screen)) == 3
    _answer(screen, "dos historias")
    _answer(screen, "copiados o restaurados")
    assert len(_boxes(screen)) == 1
    fold = screen.shell.sync._left.facts.fold
    assert fold.text() == "Ver 2 avisos ya atendidos"
    assert fold.hasFocus(), "the button that had the keyboard is gone"
    fold.click()
    assert len(_boxes(screen)) == 3
    assert any("dos historias" in one for one in _boxes(screen))
    fold.click()
    assert len(_boxes(screen)) == 1

    _another_history(screen)
    screen.go("sync")
    assert any("dos historias (veces: 2)" in one for one in _boxes(screen))
    assert fold.text() == "Ver 1 aviso ya atendido"


def test_what_is_only_read_is_not_said_to_be_told(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    buttons = {
        one.text()
        for one in shown_children(screen.shell.sync._left.facts)
        if isinstance(one, QAbstractButton)
    }
    assert buttons == {"Ya avisé", "Ya lo leí"}


def _show(screen: Screen, *facts: SyncFact) -> None:
    screen.go("sync")
    page = screen.run(lambda uow: sync_page(uow, screen.desk, NO_LAPTOPS))
    screen.shell.sync.show_whole(dataclasses.replace(page, facts=facts))
    screen.settle()


def test_a_restored_server_is_one_box_and_says_what_is_safe(screen: Screen) -> None:
    histories, broken = SyncFact("other_history_seen", 3), SyncFact("receipt_broken", 2)
    _show(screen, histories, broken)
    (told,) = _boxes(screen)
    assert "dos historias (veces: 3)" in told
    assert "no mostró como dijo: 2" in told
    assert told.count("Avise") == 1
    assert told.count("«Servidor restaurado»") == 1
    assert told.count("copia anterior") == 1
    assert "Lo de este equipo está a salvo" in told

    _show(screen, SyncFact("log_short", 3))
    (told,) = _boxes(screen)
    assert "Puede que volviera a una copia anterior, o que retenga algo." in told
    assert "Lo de este equipo está a salvo" in told


def test_what_the_server_has_again_is_told_as_past(screen: Screen) -> None:
    screen.run(lambda uow: note_attempt(uow, now_ms=1, failure=None, next_ms=None))
    _show(screen, SyncFact("receipt_broken", 1))
    (told,) = _boxes(screen)
    assert "la región ya tenía todo lo de este equipo" in told
    assert "se envía de nuevo" not in told
    _show(screen, SyncFact("receipt_broken", 1), SyncFact("log_short", 3))
    (told,) = _boxes(screen)
    assert "ya tenía todo" not in told, "it shows less than another laptop read"


@pytest.mark.parametrize("screen", [("es", None), ("agr", None), ("es", pseudo)], indirect=True)
def test_what_was_refused_is_in_sight_once_all_was_answered(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    assert cut_off(screen.window) == []
    for _ in range(3):
        first = next(one for one in shown_children(screen.shell.sync._left.facts)
                     if isinstance(one, Box))  # fmt: skip
        _answer(screen, first.accessibleName())
    assert _boxes(screen) == []
    assert screen.window.width() == SMALL.width()
    assert is_in_sight(screen.shell.sync._left.refused_table)
    assert cut_off(screen.window) == []


def test_what_was_gone_when_a_run_ended_and_comes_again_is_news(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    _answer(screen, "dos historias")

    def gone(uow: UnitOfWork) -> None:
        uow.local.put("sync/other_history_times", None)
        uow.commit()

    screen.run(gone)
    screen.shell.sync.sync_now()
    screen.until(lambda: not screen.shell.sync.presenter.is_running)
    screen.settle()
    _another_history(screen)
    screen.go("sync")
    assert any("dos historias (veces: 1)" in one for one in _boxes(screen))
