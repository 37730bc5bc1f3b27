"""What one needs without a network is on the page *Sincronización* without scrolling."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.services.messages import sentence
from app.services.ports import UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.sync_facts import note_attempt, sync_view
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off
from tests.ui.test_sync_page import happen

VARIANTS = [
    pytest.param(("es", None), id="es"),
    pytest.param(("quy", None), id="quy"),
    pytest.param(("agr", None), id="agr"),
    pytest.param(("es", pseudo), id="longer"),
]


def _fail_to_connect(uow: UnitOfWork, screen: Screen) -> None:
    now_ms = screen.desk.clock.now_ms()
    note_attempt(
        uow, now_ms=now_ms - 1_000, failure="server_unreachable", next_ms=now_ms + 3_000_000
    )


def _find(screen: Screen, words: str) -> QAbstractButton:
    wanted = screen.texts(words)
    (found,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QAbstractButton) and one.text() == wanted
    ]
    return found


def is_in_sight(one: QWidget) -> bool:
    """Whether all of it shows in everything that holds it, scrolled as it is."""
    holder = one.parentWidget()
    while holder is not None:
        place = QRect(one.mapTo(holder, QPoint(0, 0)), one.size())
        if not holder.rect().contains(place):
            return False
        holder = holder.parentWidget() if not holder.isWindow() else None
    return True


@pytest.mark.parametrize("screen", VARIANTS, indirect=True)
def test_the_stickis_in_sight_on_a_small_screen_without_a_network(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.run(lambda uow: _fail_to_connect(uow, screen))
    screen.go("sync")
    screen.settle()
    assert (screen.window.width(), screen.window.height()) == (SMALL.width(), SMALL.height())
    assert is_in_sight(_find(screen, "Elegir la memoria USB…"))
    assert screen.window.minimumSizeHint().height() <= SMALL.height()
    assert cut_off(screen.window) == []


@pytest.mark.parametrize("screen", VARIANTS, indirect=True)
def test_what_stops_a_runis_in_sight_while_it_goes_on_and_how_the_stick_went_after_it(
    screen: Screen,
) -> None:
    screen.run(lambda uow: _fail_to_connect(uow, screen))
    screen.go("sync")
    page = screen.shell.sync
    page.show_view(dataclasses.replace(screen.run(sync_view), conflicts=2))
    page._panel.begin(is_stick=True)
    page.show_progress(
        SyncProgress(SyncStep.RECEIVE, 99 << 20, 250 << 20, 3_000, done_entries=2, total_entries=7)
    )
    screen.settle()
    assert is_in_sight(_find(screen, "Detener"))
    assert is_in_sight(page._panel._bar), "how far it is"
    assert "7" in page._panel._amount.text()
    assert is_in_sight(page._panel._amount), "and how much of it went"
    assert is_in_sight(_find(screen, "Elegir la memoria USB…"))
    assert cut_off(screen.window) == []

    page._panel.show_report(
        SyncReport(
            failure="stick_full",
            batches_sent=0,
            batches_received=0,
            changes_received=0,
            set_aside=0,
            bytes_up=0,
            bytes_down=0,
            duration_ms=0,
        ),
        screen.desk.clock.now_ms(),
    )
    screen.settle()
    assert is_in_sight(page._panel.stick.said)
    assert is_in_sight(_find(screen, "Elegir la memoria USB…"))
    assert screen.window.minimumSizeHint().height() <= SMALL.height()
    assert cut_off(screen.window) == []


def test_whoever_stops_a_runis_told_at_once_that_it_will(screen: Screen) -> None:
    screen.go("sync")
    panel = screen.shell.sync._panel
    panel.begin(is_stick=False)
    stopped: list[bool] = []
    panel.stop_wanted.connect(lambda: stopped.append(True))
    stop = _find(screen, "Detener")
    stop.click()
    assert stopped == [True]
    assert not stop.isEnabled(), "it was heard"
    assert panel._heading.text() == "Deteniendo…"
    panel.show_progress(SyncProgress(SyncStep.SEND, 2, 7))
    assert panel._heading.text() == "Deteniendo…", "a thin link ends what it is at first"


@pytest.mark.parametrize("screen", VARIANTS[:3], indirect=True)
def test_the_number_of_a_case_that_waitsis_read_whole_on_a_small_screen(screen: Screen) -> None:
    case_id = screen.new_case()
    screen.go("sync")
    screen.settle()
    table = screen.shell.sync._left._waiting_table
    model = table.model()
    code = screen.run(lambda uow: str(uow.records.fields(case_id)["code"].value))
    cells = [model.index(row, 0) for row in range(model.rowCount())]
    (cell,) = [one for one in cells if one.data() == code]
    assert table.columnWidth(0) >= table.sizeHintForIndex(cell).width()


@pytest.mark.parametrize(
    ("hours", "tone"), [(1, "ok"), (23, "ok"), (25, "warning"), (-25, "warning")]
)
def test_nobody_is_put_at_ease_by_a_synchronisation_of_days_ago(
    screen: Screen, hours: int, tone: str
) -> None:
    at_ms = screen.desk.clock.now_ms() - hours * 3_600_000
    screen.run(lambda uow: note_attempt(uow, now_ms=at_ms, failure=None, next_ms=None))
    screen.go("sync")
    assert screen.shell.sync._state.property("tone") == tone


@pytest.mark.parametrize("screen", VARIANTS, indirect=True)
def test_no_step_is_cut_through_above_the_one_that_failed(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    panel = screen.shell.sync._panel
    for step in (SyncStep.CONNECT, SyncStep.RECEIVE, SyncStep.VERIFY):
        panel.begin(is_stick=False)
        panel.show_progress(SyncProgress(step))
        panel.show_report(
            SyncReport(
                failure="server_not_known",
                batches_sent=0,
                batches_received=0,
                changes_received=0,
                set_aside=0,
                bytes_up=0,
                bytes_down=0,
                duration_ms=0,
            ),
            screen.desk.clock.now_ms(),
        )
        screen.settle()
        steps = panel._steps
        top, low = 0, steps.viewport().height()
        for state, words in steps._rows:
            at = state.mapTo(steps.viewport(), QPoint(0, 0)).y()
            assert not (at < top < at + state.height()), "the first in sight is whole"
            if words.text().startswith(f"{list(SyncStep).index(step) + 1}. "):
                assert top <= at, step
                assert at + state.height() <= low, step


@pytest.mark.parametrize("screen", VARIANTS[:1], indirect=True)
def test_why_the_last_try_failed_is_said_once(screen: Screen) -> None:
    screen.run(lambda uow: _fail_to_connect(uow, screen))
    screen.go("sync")
    page = screen.shell.sync
    page._panel.begin(is_stick=False)
    page.show_progress(SyncProgress(SyncStep.CONNECT))
    page.show_report(
        SyncReport(
            failure="server_unreachable",
            batches_sent=0,
            batches_received=0,
            changes_received=0,
            set_aside=0,
            bytes_up=0,
            bytes_down=0,
            duration_ms=0,
        )
    )
    page.presenter.look()
    screen.settle()
    why = sentence("server_unreachable", {}, screen.texts)
    said = [one.text() for one in shown_children(page) if isinstance(one, QLabel)]
    assert sum(why in one for one in said) == 1


@pytest.mark.parametrize(
    ("seconds", "told"), [(30, "en menos de un minuto"), (3_000, "Próximo intento: ")]
)
def test_a_try_that_is_due_at_once_is_not_told_by_the_hour_of_the_last_one(
    screen: Screen, seconds: int, told: str
) -> None:
    now_ms = screen.desk.clock.now_ms()
    due_ms = now_ms + seconds * 1_000
    screen.run(lambda uow: note_attempt(uow, now_ms=now_ms, failure="answer_cut", next_ms=due_ms))
    screen.go("sync")
    said = screen.shell.sync._state.accessibleName()
    assert told in said
    assert ("menos de un minuto" in said) == (seconds < 60)
