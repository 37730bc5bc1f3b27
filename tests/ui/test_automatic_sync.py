"""The window synchronises by itself when it is time, whatever the clock did, and never in vain;
and what it says of a run is true."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.bootstrap import workplace_of
from app.laptop import Laptop
from app.services import replication
from app.services.ports import UnitOfWork
from app.services.read_models import SyncView
from sync.client.control import SyncRuns
from sync.client.http_transport import HttpTransport
from tests.support.leaver import leave_the_centre
from tests.support.stations import RegionPlace, set_up
from tests.support.windows import shown_children, themed
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import dress
from ui.shell import Shell

NOBODY = "https://127.0.0.1:9"
HOUR_MS = 3_600_000
YEAR_MS = 365 * 24 * HOUR_MS


@dataclass(slots=True)
class Watched:
    """A window over a laptop, whose server nobody can reach."""

    bot: QtBot
    runner: TaskRunner
    laptop: Laptop
    shell: Shell

    def run(self, work: Callable[[UnitOfWork], SyncView | None]) -> SyncView | None:
        def in_a_unit() -> SyncView | None:
            with self.laptop.store.unit() as uow:
                return work(uow)

        return self.runner.on_storage_thread(in_a_unit).result()

    def plan(self, ahead_ms: int) -> None:
        """Note that the last attempt failed, and that the next is due in so many milliseconds."""
        now_ms = self.laptop.desk.clock.now_ms()
        self.run(
            lambda uow: replication.note_attempt(
                uow, now_ms=1, failure="server_unreachable", next_ms=now_ms + ahead_ms
            )
        )

    def has_tried(self) -> bool:
        """Whether an attempt was noted since the plan."""
        seen = self.run(replication.sync_view)
        assert seen is not None
        return (seen.last_attempt_ms or 0) > 1

    def begin(self) -> None:
        """Open the window, and let the time of its first look come."""
        self.shell.start()
        self.settle()
        for timer in self.shell.findChildren(QTimer):
            if timer.isActive():
                timer.start(0)
        self.settle()

    def settle(self) -> None:
        """Let everything arrive that is on its way between the threads."""
        for _ in range(10):
            self.runner.drain()
            QCoreApplication.sendPostedEvents()
            QCoreApplication.processEvents()

    @property
    def steps(self) -> list[str]:
        """The steps of the run on the page, each with how it stands."""
        said = [one.text() for one in shown_children(self.shell.sync) if isinstance(one, QLabel)]
        return [f"{state}: {words}" for state, words in pairwise(said) if re.match(r"\d\. ", words)]

    @property
    def words(self) -> str:
        """Everything that can be read."""
        return "\n".join(
            text
            for one in shown_children(self.shell)
            if (text := one.accessibleName() or getattr(one, "text", str)())
        )


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> RegionPlace:
    made = RegionPlace.make(tmp_path_factory.mktemp("region"))
    made.url = NOBODY
    return made


@pytest.fixture
def open_over(
    qapp: QApplication, qtbot: QtBot
) -> Iterator[Callable[[Callable[[], Laptop]], Watched]]:
    themed(qapp)
    opened: list[Watched] = []

    def open_it(make: Callable[[], Laptop]) -> Watched:
        runner = TaskRunner()
        laptop = runner.on_storage_thread(make).result()
        runner.use(laptop.store.unit)
        workplace = workplace_of(laptop, runner)
        keys, envelope = laptop.keys, laptop.envelope
        if keys is not None and envelope is not None:
            runs = SyncRuns(
                desk=laptop.desk,
                envelope=envelope,
                keys=keys,
                threads=runner,
                open_unit=laptop.store.unit,
                transport_of=lambda counted: HttpTransport(keys.keyring, counted, tries=1),
            )
            workplace = dataclasses.replace(workplace, sync=runs)
        shell = Shell(workplace, runner, Texts("es"))
        dress(shell)
        opened.append(Watched(qtbot, runner, laptop, shell))
        return opened[-1]

    yield open_it
    for one in opened:
        one.shell.stop()
        one.settle()
        one.runner.on_storage_thread(one.laptop.close).result()
        one.runner.close()
        one.shell.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def enrolled(region: RegionPlace) -> Laptop:
    laptop = set_up(region.new_folder())
    return laptop.accept(*region.grant_first(*laptop.request()))


def test_it_tries_by_itself_when_a_clock_years_ahead_had_planned_the_next_try(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    window.plan(3 * YEAR_MS)
    window.begin()
    window.bot.waitUntil(window.has_tried, timeout=60_000)


def test_it_waits_for_the_time_that_was_planned(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    window.plan(HOUR_MS)
    window.begin()
    assert not window.shell.sync.presenter.is_running
    assert not window.has_tried()


def test_a_laptop_of_no_centre_tries_nothing_by_itself_and_says_why_when_told_to(
    open_over: Callable[[Callable[[], Laptop]], Watched], tmp_path: Path
) -> None:
    window = open_over(lambda: set_up(tmp_path / "laptop"))
    window.begin()
    window.shell.go("sync", {})
    window.settle()
    why = "todavía no pertenece a un centro"
    for ask in (window.shell.sync.sync_now, window.shell.sync.want_stick):
        window.shell.sync.presenter.look()
        ask()
        window.settle()
        assert why in window.words
        assert "dos archivos y dos códigos" in window.words
        assert "Todavía no se puede sincronizar" in window.words
        assert "No se completó" not in window.words
        assert "1. Preparar y cifrar lo que espera" in window.words
        assert "6. Adjuntos e historial, sin prisa" in window.words
        assert not [one for one in window.steps if one.startswith(("espera:", "no empezó:"))]


def test_a_run_without_a_server_fails_at_connecting_and_the_rest_does_not_begin(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    window.shell.sync.sync_now()
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.settle()
    assert window.steps == [
        "listo: 1. Preparar y cifrar lo que espera",
        "no se pudo: 2. Conectar con la región",
        "no empezó: 3. Enviar cambios",
        "no empezó: 4. Recibir cambios",
        "no empezó: 5. Comprobar que todo llegó",
        "no empezó: 6. Adjuntos e historial, sin prisa",
    ]
    assert "No se completó; no se perdió nada" in window.words


def test_a_stick_has_its_own_steps_and_promises_nothing_of_the_region(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    window.shell.sync.use_stick(tmp_path)
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.settle()
    assert window.steps == [
        "listo: 1. Preparar y cifrar lo que espera",
        "listo: 2. Abrir la memoria",
        "listo: 3. Leer la memoria",
        "listo: 4. Escribir en la memoria",
    ]
    assert "Listo: lleve la memoria al otro equipo" in window.words
    assert "Cuenta como recibido cuando la región lo confirme." in window.words
    assert "KB escritos" in window.words
    assert "KB enviados" not in window.words
    assert "Terminó la sincronización" not in window.words


def test_a_run_that_begins_by_itself_does_not_hide_how_the_stick_went(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    window.shell.sync.use_stick(tmp_path)
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.shell.sync.sync_now(is_automatic=True)
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.settle()
    assert "no se pudo: 2. Conectar con la región" in window.steps
    assert "La memoria quedó lista: expúlsela y llévela al otro equipo" in window.words
    assert "Se recibieron 0 cambios." in window.words, "and whether it brought anything"


def test_a_next_try_is_told_until_its_time_has_come(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    for in_ms in (1_500, 20_000):  # on a busy machine the first may be over before it is drawn
        window.plan(in_ms)
        window.shell.go("sync", {})
        window.settle()
        if "Próximo intento" in window.words:
            break
    assert "Próximo intento" in window.words
    window.bot.waitUntil(lambda: "Próximo intento" not in window.words, timeout=60_000)


def test_while_a_run_goes_on_nobody_is_told_that_there_is_no_connection(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    now_ms = window.laptop.desk.clock.now_ms()
    window.run(
        lambda uow: replication.note_attempt(
            uow, now_ms=now_ms, failure="server_unreachable", next_ms=None
        )
    )
    window.shell.go("sync", {})
    window.settle()
    assert "Sin conexión ·" in window.words
    window.shell.sync.sync_now()
    assert "Sin conexión ·" not in window.words
    assert "Sincronizando… Todavía no se sincronizó" in window.words
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.settle()
    assert "Sincronizando…" not in window.words
    assert "Sin conexión ·" in window.words


def test_what_a_page_begins_is_in_sight_where_it_can_be_stopped(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("cases", {})
    window.shell.page.context.sync_now()
    assert window.shell.sync.presenter.is_running
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.shell.go("sync", {})
    window.settle()
    assert "no se pudo: 2. Conectar con la región" in window.steps


def test_a_stick_that_has_everything_already_is_not_to_be_carried_for_it(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    for said in (
        "Listo: lleve la memoria al otro equipo",
        "Listo: la memoria ya tenía todo lo de este equipo",
    ):
        window.shell.sync.use_stick(tmp_path)
        window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
        window.settle()
        assert said in window.words


def test_who_stops_a_run_and_wishes_for_another_is_not_told_that_one_goes_on(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    page = window.shell.sync
    page.sync_now()
    page.sync_now()
    assert "Ya se está sincronizando" in window.words
    page.presenter.cancel()
    page.sync_now()
    assert "Ya se está sincronizando" not in window.words
    seen: list[str] = []

    def is_over() -> bool:
        seen.append(window.words)
        return not page.presenter.is_running

    window.bot.waitUntil(is_over, timeout=60_000)
    window.settle()
    assert "no se pudo: 2. Conectar con la región" in window.steps
    assert not any("se detuvo" in words for words in seen), "of the stopped one nothing is said"


def test_a_stick_that_is_chosen_while_a_run_goes_on_is_used_behind_it(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    page = window.shell.sync
    page.sync_now(is_automatic=True)
    page.use_stick(tmp_path)
    assert "La memoria sigue apenas termine lo que está en curso" in window.words
    assert "no hace falta otra" not in window.words
    page.use_stick(tmp_path)
    assert "no hace falta otra" in window.words, "the very same waits already"
    window.bot.waitUntil(lambda: not page.presenter.is_running, timeout=60_000)
    window.settle()
    assert window.steps[1:3] == ["listo: 2. Abrir la memoria", "listo: 3. Leer la memoria"]
    assert "La memoria quedó lista: expúlsela y llévela al otro equipo" in window.words
    assert [*tmp_path.iterdir()], "it was written"
    assert window.has_tried(), "and what went on before was not dropped"


def test_who_wishes_for_the_region_while_a_stick_is_used_gets_both(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    page = window.shell.sync
    page.use_stick(tmp_path)
    page.sync_now()
    assert "Apenas termine con la memoria, se sincroniza por internet" in window.words
    window.bot.waitUntil(lambda: not page.presenter.is_running, timeout=60_000)
    window.settle()
    assert "no se pudo: 2. Conectar con la región" in window.steps
    assert "La memoria quedó lista: expúlsela y llévela al otro equipo" in window.words


def test_who_stops_a_run_stops_the_stick_that_waits_behind_it(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace, tmp_path: Path
) -> None:
    window = open_over(lambda: enrolled(region))
    window.shell.go("sync", {})
    page = window.shell.sync
    page.sync_now()
    page.use_stick(tmp_path)
    page.presenter.cancel()
    window.bot.waitUntil(lambda: not page.presenter.is_running, timeout=60_000)
    window.settle()
    assert "La memoria quedó lista" not in window.words
    assert "Se detuvo: la memoria no quedó completa" in window.words


def test_a_run_of_whoever_left_meanwhile_is_not_said_to_go_on(
    open_over: Callable[[Callable[[], Laptop]], Watched], region: RegionPlace
) -> None:
    """She is refused whatever she asks for from then on: also how the synchronisation stands."""
    window = open_over(lambda: enrolled(region))
    window.shell.start()
    window.settle()
    window.shell.go("today", {})
    window.settle()
    window.shell.sync.sync_now()
    assert "Sincronizando…" in window.words, "the control"
    window.run(lambda uow: leave_the_centre(uow, window.laptop.desk))
    window.bot.waitUntil(lambda: not window.shell.sync.presenter.is_running, timeout=60_000)
    window.settle()
    assert "Sincronizando…" not in window.words
