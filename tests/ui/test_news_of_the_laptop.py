"""A backup that was put back is told wherever one is, until somebody looked; and it is not waited
for the time that the backup had planned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from app.laptop import Laptop
from app.machine_notes import ProfileMachine
from app.services import evidence
from app.services.machine_watch import note_start
from app.services.ports import UnitOfWork
from app.services.sync_facts import sync_view
from tests.support.pseudo import pseudo
from tests.support.stations import RegionPlace
from tests.support.windows import Screen, shown_children
from tests.ui.test_automatic_sync import HOUR_MS, Watched, enrolled, open_over, region
from tests.ui.test_pages import check_fit
from tests.ui.test_two_values_told import give_number_of

__all__ = ["open_over", "region"]

TOLD = (
    "Aquí se puso una copia de respaldo anterior. Al sincronizar vuelve lo que ya se había "
    "enviado; lo que nunca salió de aquí, no."
)
OF_A_CASE = ("ficha", "plan", "records", "risk", "referral", "papers")


def _restore(screen: Screen) -> None:
    """Let the start of the program find that a backup was put back."""

    def work(uow: UnitOfWork) -> None:
        evidence.note_machine(uow, screen.desk, "backup_restored", b"t" * 16, "1/2")
        uow.commit()

    screen.run(work)
    screen.shell.sync.presenter.look()
    screen.settle()


def test_it_leads_from_wherever_one_is_to_the_page_that_tells_it_whole(screen: Screen) -> None:
    assert screen.shell.notices.notice_words == ""
    screen.go("cases")
    _restore(screen)
    assert screen.shell.notices.notice_words == TOLD
    screen.go("today")
    assert screen.shell.notices.notice_words == TOLD

    (more,) = [
        one
        for one in shown_children(screen.window)
        if isinstance(one, QPushButton) and one.text() == "Ver qué hacer"
    ]
    more.setFocus()
    screen.bot.keyClick(more, Qt.Key.Key_Return)
    screen.settle()
    assert screen.page is screen.shell.sync
    assert screen.shell.notices.notice_words == ""

    screen.go("cases")
    assert screen.shell.notices.notice_words == ""
    _restore(screen)
    assert screen.shell.notices.notice_words == TOLD, "a second time is news again"


@pytest.mark.parametrize("screen", [("es", pseudo)], indirect=True)
def test_every_page_fits_a_small_screen_below_it(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    _restore(screen)
    for name in screen.shell.page_names:
        if name == "sync":
            continue  # there it is told whole
        screen.go(name, **({"case_id": case_id} if name in OF_A_CASE else {}))
        assert screen.shell.notices.notice_words, name
        check_fit(name, screen.window)


def _mark(screen: Screen) -> str:
    return screen.shell._navigation._entries["sync"].accessibleDescription()


def test_a_number_of_two_cases_is_told_until_somebody_looked_and_again_with_each_new_one(
    screen: Screen,
) -> None:
    cases = [screen.new_case(names=name) for name in ("Flor", "Sol", "Luz", "Mar")]
    told = "Dos casos llevan el mismo número"
    for one, other in (cases[:2], cases[2:]):
        screen.go("today")
        assert told not in screen.shell.notices.notice_words
        give_number_of(screen, one, other)
        screen.shell.sync.presenter.look()
        screen.settle()
        assert told in screen.shell.notices.notice_words
        assert "«bis»" in screen.shell.notices.notice_words
        assert "Hay un aviso" in _mark(screen)
        screen.go("sync")
        screen.go("today")
        assert told not in screen.shell.notices.notice_words
        assert "Hay un aviso" not in _mark(screen)


def test_another_history_of_the_region_is_marked_at_the_menu_until_somebody_looked(
    screen: Screen,
) -> None:
    def note(uow: UnitOfWork) -> None:
        evidence.note_other_history(uow, screen.desk, b"p" * 32)
        uow.commit()

    marked = "Hay un aviso que nadie leyó todavía"
    screen.go("cases")
    screen.new_case(names="Flor")  # something waits: the count stands there, too
    for _ in range(2):
        screen.shell.sync.presenter.look()
        screen.settle()
        assert marked not in _mark(screen)
        screen.run(note)
        screen.shell.sync.presenter.look()
        screen.settle()
        assert marked in _mark(screen)
        assert _mark(screen).startswith(str(_waiting(screen)))
        entry = screen.shell._navigation._entries["sync"]
        shown = [one.text() for one in shown_children(entry) if isinstance(one, QLabel)]
        assert shown == ["▲ aviso"], "a word, not a colour alone"
        assert entry.sizeHint().width() <= entry.width(), "all of it shows"
        screen.go("sync")
        screen.go("cases")


def _waiting(screen: Screen) -> int:
    return screen.run(lambda uow: sync_view(uow, with_cases=False)).waiting_of_all


def _put_back(laptop: Laptop, folder: Path) -> None:
    """Start twice, and a third time with what stood inside at the second start."""
    machine = ProfileMachine(folder, b"a computer")
    states: list[bytes | None] = []
    for _ in range(2):
        with laptop.store.unit() as uow:
            note_start(uow, laptop.desk, machine)
        with laptop.store.unit() as uow:
            states.append(uow.local.get("machine/starts"))
    with laptop.store.unit() as uow:
        uow.local.put("machine/starts", states[0])
        uow.commit()
    with laptop.store.unit() as uow:
        note_start(uow, laptop.desk, machine)


def test_the_next_try_comes_at_once_whatever_the_backup_had_planned(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.plan(HOUR_MS)
    window.runner.on_storage_thread(lambda: _put_back(window.laptop, tmp_path)).result()
    window.begin()
    window.bot.waitUntil(window.has_tried, timeout=60_000)
    assert window.shell.notices.notice_words == TOLD


def test_it_stays_until_somebody_looked_also_in_a_window_that_shows_from_the_start(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.runner.on_storage_thread(lambda: _put_back(window.laptop, tmp_path)).result()
    with window.bot.waitExposed(window.shell):
        window.shell.show()
    window.shell.start()
    window.settle()
    assert window.shell.page is window.shell.today
    assert window.shell.notices.notice_words == TOLD
    window.shell.go("sync", {})
    window.settle()
    window.shell.go("cases", {})
    assert window.shell.notices.notice_words == "", "it was told whole"
