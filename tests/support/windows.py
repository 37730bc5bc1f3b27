"""The real window over a real laptop, without a screen; a store in memory, papers real."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.documents.registry import PaperDocuments
from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.value import Value
from app.files_apart import ReadsApart
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import set_up_laptop
from app.sealed_export import UnderWords
from app.services import casework, forms
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CentreProfile
from app.services.sheet_ports import NO_SHEETS, SheetKeys
from app.services.workplace import Workplace
from app.settings import Settings
from db.store import Store, memory_store
from sync.client.control import NotEnrolled
from tests.support.laptops import definitions, make_desk
from tests.support.storage import PASSPHRASE
from ui.application import MainWindow
from ui.runtime.page import Page
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import FAMILY, apply_theme
from ui.shell import Shell

__all__ = [
    "CENTRE",
    "SMALL",
    "Screen",
    "open_screen",
    "screen",
    "set_up_here",
    "shown_children",
    "slow_disk",
    "themed",
]

T = TypeVar("T")
SMALL = QSize(1024, 600)

CENTRE = CentreProfile(
    name="CEM Inventado del Alto Ejemplo",
    programme="Programa de Ejemplo",
    ministry="Ministerio de Ejemplo",
    address="Jr. Inventado 123",
    phone="000 000 000",
    district="010404",
)


@dataclass(slots=True)
class Screen:
    """Somebody in front of an unlocked window."""

    bot: QtBot
    window: MainWindow
    runner: TaskRunner
    texts: Texts
    desk: Desk
    store: Store
    exits: list[int] = field(default_factory=list)

    @property
    def shell(self) -> Shell:
        """What shows behind the lock."""
        assert self.window.shell is not None
        return self.window.shell

    @property
    def page(self) -> Page:
        """The page that shows."""
        return self.shell.page

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in a unit of its own, on the storage thread."""

        def in_a_unit() -> T:
            with self.store.unit() as uow:
                return work(uow)

        return self.runner.on_storage_thread(in_a_unit).result()

    def settle(self) -> None:
        """Let everything arrive that was queued on the storage thread and behind it."""
        for _ in range(6):
            self.runner.drain()
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds."""
        self.bot.waitUntil(holds, timeout=60_000)

    def go(self, page: str, **arguments: object) -> Page:
        """Go to a page."""
        self.shell.go(page, arguments)
        self.settle()
        return self.page

    def new_case(self, **values: Value) -> RecordId:
        """Open a case and fill in fields of its ficha."""
        case_id = self.run(lambda uow: casework.open_case(uow, self.desk))
        self.fill(case_id, **values)
        return case_id

    def fill(self, case_id: RecordId, **values: Value) -> None:
        """Fill in fields, as if on this laptop before."""
        for field_id, value in values.items():
            self.run(
                lambda uow, f=field_id, v=value: forms.set_field(  # type: ignore[misc]
                    uow, self.desk, forms.FICHA, case_id, f, v
                )
            )

    def stored(self, case_id: RecordId, field_id: str) -> Value:
        """Return what the disk holds of a field of the ficha."""
        file = self.run(lambda uow: forms.form_file(uow, self.desk, forms.FICHA, case_id))
        view = file.fields.get(field_id)
        return view.value if view else None


@contextmanager
def slow_disk(screen: Screen) -> Iterator[None]:
    """Let the storage thread be at something else until the block ends, and answer then."""
    may_go_on = threading.Event()
    screen.runner.on_storage_thread(lambda: may_go_on.wait(60))
    try:
        yield
    finally:
        may_go_on.set()
        screen.settle()


def shown_children(widget: QWidget) -> list[QWidget]:
    """Return every widget that shows inside a widget."""
    return [one for one in widget.findChildren(QWidget) if one.isVisibleTo(widget)]


def set_up_here(folder: Path) -> Laptop:
    """Set a laptop up as a first start does, at the least cost that the lock screen accepts."""
    clock = SystemClock()
    return set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        centre=CENTRE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
        definitions=definitions(),
    )


def themed(qapp: QApplication) -> None:
    """Give the one application of a test run its theme, once."""
    if qapp.font().family() != FAMILY:
        apply_theme(qapp)


@pytest.fixture
def screen(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    """A window at 1024 × 600; parametrise indirectly with (language code, wrap) for another one."""
    language, wrap = getattr(request, "param", ("es", None))
    with open_screen(qapp, qtbot, tmp_path, Texts(language, wrap), definitions()) as made:
        yield made


@contextmanager
def open_screen(
    qapp: QApplication,
    qtbot: QtBot,
    place: Path,
    texts: Texts,
    release: Definitions,
    sheets: SheetKeys = NO_SHEETS,
) -> Iterator[Screen]:
    """Give a window over a laptop that knows this release of the definitions, with the keys behind
    its recovery sheets, where it shall have any."""
    themed(qapp)
    runner = TaskRunner()
    exits: list[int] = []
    store = runner.on_storage_thread(lambda: memory_store(release.registry)).result()
    desk = dataclasses.replace(make_desk(), definitions=release)
    store.work_at(desk)
    door = LaptopDoor(Settings(place / "data"), runner)
    window = MainWindow(door, runner, texts, idle_minutes=5, end=exits.append, syncs_alone=False)
    window.resize(SMALL)
    workplace = Workplace(
        desk=desk,
        centre=CENTRE,
        documents=PaperDocuments(desk.definitions),
        sync=NotEnrolled(runner),
        open_unit=store.unit,
        close=store.close,
        sheets=sheets,
        files=ReadsApart(),
        draw_seal=UnderWords,
    )
    window.enter(workplace)
    # The focus is the window's only once it is active.
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    made = Screen(qtbot, window, runner, texts, desk, store, exits)
    made.settle()
    yield made
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
