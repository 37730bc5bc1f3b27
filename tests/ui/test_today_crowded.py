"""*Hoy* on the smallest screen, when much is said above it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QComboBox, QPushButton

from app.services import evidence
from app.services.ports import UnitOfWork
from tests.support.windows import SMALL, Screen, shown_children
from ui.screens.today.view import TodayPage

LOOK = os.environ.get("QISPI_LOOK", "")


def note_restored(screen: Screen) -> Callable[[UnitOfWork], None]:
    """Return what lets the start of the program find that a backup was put back."""

    def work(uow: UnitOfWork) -> None:
        evidence.note_machine(uow, screen.desk, "backup_restored", b"t" * 16, "1/2")
        uow.commit()

    return work


@pytest.mark.parametrize("is_restored", [True, False])
def test_with_two_notices_above_the_decisions_of_a_task_do_not_touch(
    screen: Screen, is_restored: bool
) -> None:
    screen.new_case(names="Nantip", surname_1="Ejemplo", event_district="010205")
    page = screen.go("today")
    assert isinstance(page, TodayPage)
    screen.shell.notices.show_tries(3, screen.desk.clock.now_ms())
    if is_restored:
        screen.run(note_restored(screen))
        screen.shell.sync.presenter.look()
        screen.settle()
        assert screen.shell.notices.notice_words
    else:
        screen.shell.notices.say_failed("Algo no se pudo hacer. Lo que escribió sigue aquí.")
    screen.settle()
    if LOOK:
        screen.window.grab().save(f"{LOOK}/today-{is_restored}.png")
    assert screen.window.size() == SMALL
    acts = sorted(
        (one for one in shown_children(page.panel) if isinstance(one, (QPushButton, QComboBox))),
        key=lambda one: one.mapTo(page.panel, one.rect().topLeft()).y(),
    )
    assert {"Hecha", "Abrir ficha"} <= {one.text() for one in acts if isinstance(one, QPushButton)}
    tops = [one.mapTo(page.panel, one.rect().topLeft()).y() for one in acts]
    ends = [top + one.height() for top, one in zip(tops, acts, strict=True)]
    gaps = [top - end for top, end in zip(tops[1:], ends, strict=False)]
    assert min(gaps) >= 4, gaps
    assert ends[-1] <= page.panel.height()
    assert all(one.height() >= one.minimumSizeHint().height() for one in acts)
