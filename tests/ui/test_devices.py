"""*Equipos del centro* over a real centre: joining by files and digits, and taking one out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.bootstrap import workplace_of
from app.device_keys import LaptopDevices
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.domain.value import set_value
from app.laptop import Laptop
from app.services import accounts
from app.services.device_ports import CentreDevice
from app.services.devices import Held, LostReport
from app.services.forms import change_fields
from app.services.messages import sentence
from tests.support.laptops import NOON_MS
from tests.support.stations import RegionPlace, set_up
from tests.support.windows import SMALL, shown_children, themed
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import dress
from ui.screens.devices.panels import LostPanel, grouped
from ui.screens.devices.view import DevicesPage
from ui.shell import Shell
from ui.widgets.pieces import Box


@dataclass(slots=True)
class Desk:
    """Somebody in front of the page of one laptop."""

    bot: QtBot
    runner: TaskRunner
    laptop: Laptop
    shell: Shell

    @property
    def page(self) -> DevicesPage:
        """The page."""
        page = self.shell.page
        assert isinstance(page, DevicesPage)
        return page

    @property
    def words(self) -> str:
        """Everything that can be read on the page."""
        return "\n".join(
            getattr(one, "text", str)() for one in shown_children(self.page) if hasattr(one, "text")
        )

    def button(self, words: str) -> QPushButton:
        """The button that shows with these words."""
        (found,) = [
            one
            for one in shown_children(self.page)
            if isinstance(one, QPushButton) and one.text() == words
        ]
        return found

    def says(self, words: str) -> None:
        """Wait until the page says this."""
        self.bot.waitUntil(lambda: words in self.words, timeout=60_000)

    def choose_file(self, path: Path) -> None:
        """Answer the dialog that asks for a file."""
        (dialog,) = self.page.findChildren(QFileDialog)
        dialog.fileSelected.emit(str(path))
        dialog.done(0)

    def rows(self) -> list[tuple[str, str]]:
        """What the table says."""
        model = self.page.table.model()
        return [
            (str(model.index(row, 0).data()), str(model.index(row, 1).data()))
            for row in range(model.rowCount())
        ]


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> RegionPlace:
    made = RegionPlace.make(tmp_path_factory.mktemp("region"))
    made.url = "https://127.0.0.1:1"  # nobody synchronises
    return made


@pytest.fixture
def two(
    qapp: QApplication, qtbot: QtBot, region: RegionPlace, request: pytest.FixtureRequest
) -> Iterator[tuple[Desk, Desk]]:
    """The laptop that administers a new centre, and one that was set up and belongs to none;
    parametrise indirectly with what the person of the second one is."""
    themed(qapp)
    made: list[Desk] = []
    for is_admin in (True, False):
        runner = TaskRunner()

        def make(is_admin: bool = is_admin) -> Laptop:
            laptop = set_up(region.new_folder())
            if not is_admin and hasattr(request, "param"):
                as_one(laptop, request.param)
            return laptop.accept(*region.grant_first(*laptop.request())) if is_admin else laptop

        laptop = runner.on_storage_thread(make).result()
        runner.use(laptop.store.unit)
        shell = Shell(workplace_of(laptop, runner), runner, Texts("es"), syncs_alone=False)
        dress(shell)
        shell.resize(SMALL)
        shell.show()
        shell.go("devices", {})
        made.append(Desk(qtbot, runner, laptop, shell))
    made[0].bot.waitUntil(lambda: made[0].rows() == [("A", "Este equipo")], timeout=60_000)
    made[1].says("Pedir unirse")
    yield made[0], made[1]
    for one in made:
        one.shell.stop()
        one.runner.stop()
        one.runner.on_storage_thread(one.laptop.close).result()
        one.runner.close()
        one.shell.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_laptop_joins_by_two_files_and_two_codes_and_is_taken_out(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    admin, new = two
    request, reply = tmp_path / "solicitud.qispi", tmp_path / "respuesta.qispi"
    new.says("Este equipo todavía no es de un centro")
    assert "todavía no es de un centro" not in admin.words
    new.button("Pedir unirse").click()
    new.choose_file(request)
    new.says("Solicitud escrita.")
    keys = LaptopDevices(new.laptop)
    code = new.runner.on_storage_thread(keys.request).result().code
    assert grouped(code) in new.words

    admin.button("Autorizar otro equipo").click()
    panel = admin.page.grant_panel
    panel.take(request)
    panel.digits.setText(grouped(code)[:-1])
    assert not panel.go.isEnabled()  # a digit is missing
    panel.digits.setText(grouped(code))
    panel.go.click()
    admin.choose_file(reply)
    admin.says("Respuesta escrita.")
    said = admin.words
    digits = next(one for one in said.splitlines() if "Respuesta escrita." in one)[-39:]
    admin.bot.waitUntil(lambda: len(admin.rows()) == 2, timeout=60_000)

    new.button("Recibir la respuesta").click()
    new.page.accept_panel.take(reply)
    new.page.accept_panel.digits.setText(digits)
    new.page.accept_panel.go.click()
    new.says("Este equipo ya es del centro.")
    assert new.button("Bloquear ahora").isVisible()
    new.bot.waitUntil(lambda: "todavía no es de un centro" not in new.words, timeout=60_000)
    assert "Pedir unirse" not in new.words

    admin.page.table.selectRow(1)
    lost = admin.page.lost_panel
    assert not lost.go.isEnabled()
    admin.button("Qué tenía ese equipo").click()
    admin.says("Nunca llegó nada de lo que se hizo en él.")
    # It stands below what to do first, and scrolls into sight at 1024 × 600.
    admin.bot.waitUntil(lambda: not lost.print_button.visibleRegion().isEmpty(), timeout=60_000)
    papers: list[bytes] = []
    admin.page.print_report = papers.append  # type: ignore[method-assign]  # no printer here
    admin.button("Imprimir para el aviso").click()
    admin.bot.waitUntil(lambda: bool(papers), timeout=60_000)
    del admin.page.print_report
    printer = QPrinter()
    printer.setOutputFileName(str(tmp_path / "salida.pdf"))
    lost.print_on(printer, papers[0])
    admin.says("Enviada a la impresora.")
    assert (tmp_path / "salida.pdf").stat().st_size > 1_000
    lost.letter.setText("a")
    assert not lost.go.isEnabled()
    lost.letter.setText("b")
    lost.go.click()
    # Nobody else knows of it yet: until this laptop tells the region, the other is still served.
    admin.says("Equipo B dado de baja aquí. Sincronice ahora este equipo")
    admin.bot.waitUntil(lambda: admin.rows()[1] == ("B", "Dado de baja"), timeout=60_000)


def test_a_laptop_that_does_not_administer_says_who_takes_out_the_stolen_one(
    two: tuple[Desk, Desk],
) -> None:
    """It offers no button that would be refused, and says where to go instead. Control: the one
    that administers offers it."""
    admin, new = two

    request = new.runner.on_storage_thread(new.laptop.request).result()
    granted = admin.runner.on_storage_thread(lambda: admin.laptop.grant(*request)).result()
    new.shell.stop()
    new.laptop = new.runner.on_storage_thread(lambda: new.laptop.accept(*granted)).result()
    new.runner.use(new.laptop.store.unit)
    place = workplace_of(new.laptop, new.runner)
    new.shell = Shell(place, new.runner, Texts("es"), syncs_alone=False)
    dress(new.shell)
    new.shell.resize(SMALL)
    new.shell.show()
    new.shell.go("devices", {})
    new.bot.waitUntil(lambda: len(new.rows()) == 2, timeout=60_000)
    new.page.table.selectRow(0)
    new.says("Llame hoy mismo a la región")
    offered = {one.text() for one in shown_children(new.page) if isinstance(one, QPushButton)}
    assert "Qué tenía ese equipo" in offered
    assert not offered & {"Dar de baja para siempre", "Autorizar otro equipo"}

    admin.shell.go("today", {})
    admin.shell.go("devices", {})
    admin.bot.waitUntil(lambda: len(admin.rows()) == 2, timeout=60_000)
    admin.page.table.selectRow(1)
    admin.says("1. Dé de baja el equipo, hoy mismo.")
    for said in (
        "Si alguien corre peligro hoy por esto, atienda eso primero.",
        "2. Sincronice este equipo y los demás",
        "Si estaba abierto, o las palabras iban con él, cuente con que se leyó todo",
        "Si iba una hoja de recuperación, haga un juego nuevo.",
    ):
        assert said in admin.words
    go = admin.button("Dar de baja para siempre")
    assert go.isVisible()
    assert not go.visibleRegion().isEmpty(), "it shows without scrolling on a small screen"


def test_a_file_that_is_none_is_refused_and_nothing_is_written(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    admin, _ = two
    failed: list[str] = []
    admin.page.failed.connect(failed.append)
    admin.button("Autorizar otro equipo").click()
    panel = admin.page.grant_panel
    (tmp_path / "foto.qispi").write_bytes(b"una foto")
    panel.take(tmp_path / "foto.qispi")
    panel.digits.setText("1" * 32)
    panel.go.click()
    admin.choose_file(tmp_path / "respuesta.qispi")
    admin.bot.waitUntil(lambda: bool(failed), timeout=60_000)
    assert not (tmp_path / "respuesta.qispi").exists()
    assert len(admin.rows()) == 1


def as_one(laptop: Laptop, *roles: str) -> None:
    """Let who works at a laptop hold these roles alone: in her record, which is what counts."""
    person, desk = RecordId(laptop.desk.actor.id), laptop.desk
    values = {accounts.ROLE: roles[0], accounts.ROLES: set_value(roles)}
    with laptop.store.unit() as uow:
        change_fields(
            uow, desk, {accounts.key_of(person, one): said for one, said in values.items()}
        )
        uow.commit()
    laptop.desk = replace(desk, actor=replace(desk.actor, role=roles[0], roles=roles))


@pytest.mark.parametrize("two", ["admision"], indirect=True)
def test_a_laptop_begun_by_somebody_who_manages_none_joins_all_the_same(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    """Nobody else enters there who could: refused, it never joined. Control: where two people work
    she is refused (Z)."""
    new = two[1]
    new.button("Pedir unirse").click()
    new.choose_file(tmp_path / "solicitud.qispi")
    new.says("Solicitud escrita.")
    another = accounts.Account(b"2" * 16, new.laptop.desk.actor.id, 0, False, None)

    def two_enter() -> None:
        with new.laptop.store.unit() as uow:
            accounts.keep(uow, (*accounts.accounts_of(uow), another))
            uow.commit()

    new.runner.on_storage_thread(two_enter).result()
    with pytest.raises(DomainError, match=r"access_role|access_reason_centre"):
        new.runner.on_storage_thread(LaptopDevices(new.laptop).request).result()


def test_whoever_may_not_manage_them_changes_none_by_whatever_door(region: RegionPlace) -> None:
    """(Z) Asked where it is done, and not by the page alone. Control: her colleague may."""
    first, outside = region.first(), set_up(region.new_folder())
    admin, joined = first.laptop, region.joining(first).laptop
    assert joined.keys is not None
    request, own = outside.request(), joined.keys.keyring.device.id
    leads = admin.desk.actor.held
    for laptop, role in ((admin, "admision"), (outside, "promocion")):
        as_one(laptop, role)
    for refused in (
        lambda: LaptopDevices(admin).grant(*request),
        lambda: LaptopDevices(admin).revoke(own),
        LaptopDevices(outside).request,
        lambda: LaptopDevices(outside).accept(b"", ""),
    ):
        with pytest.raises(DomainError, match=r"access_role|access_reason_centre"):
            refused()
    assert [one.letter for one in admin.devices() if not one.is_revoked] == ["A", "B"]
    as_one(admin, *leads)
    LaptopDevices(admin).revoke(own)
    assert [one.letter for one in admin.devices() if not one.is_revoked] == ["A"]
    for laptop in (admin, joined, outside):
        laptop.close()


def test_what_a_laptop_held_is_said_of_that_one(
    two: tuple[Desk, Desk], region: RegionPlace
) -> None:
    """The disk takes its time, and meanwhile another one is chosen. Control: of the one that is
    chosen it is said."""
    admin, new = two
    third = set_up(region.new_folder())
    asked = new.runner.on_storage_thread(new.laptop.request).result()
    for request in (asked, third.request()):
        admin.runner.on_storage_thread(lambda asked=request: admin.laptop.grant(*asked)).result()
    third.close()
    admin.shell.go("devices", {})
    admin.bot.waitUntil(lambda: len(admin.rows()) == 3, timeout=60_000)

    gate = threading.Event()
    admin.page.table.selectRow(1)
    admin.runner.on_storage_thread(lambda: gate.wait(60))
    admin.button("Qué tenía ese equipo").click()
    admin.page.table.selectRow(2)
    gate.set()
    admin.runner.drain()
    QCoreApplication.sendPostedEvents()
    admin.says("Equipo C: perdido")
    assert "Tenía por lo menos" not in admin.words
    admin.button("Qué tenía ese equipo").click()
    admin.says("Tenía por lo menos")


def test_of_a_laptop_that_said_on_a_stick_what_it_held_it_is_not_said_that_nothing_came(
    qapp: QApplication, qtbot: QtBot
) -> None:
    """Beside what it held that would take the count back. Control: of one that wrote something the
    day is said."""
    themed(qapp)
    panel = LostPanel(Texts("es"))
    device = CentreDevice(b"\x77" * 16, "B", is_admin=False, is_own=False, is_revoked=False)
    qtbot.addWidget(panel)
    panel.begin(device, from_here=True)
    told = LostReport("B", device.is_revoked, None, 0, 0, (Held(Kind.CASE, 1, 2),), NOON_MS, "")
    for heard_ms, said in ((None, "Nunca llegó nada de lo que se hizo en él."), (NOON_MS, "26/11")):
        panel.show_report(device, replace(told, heard_ms=heard_ms))
        (box,) = (one for one in panel.findChildren(Box) if not one.isHidden())
        assert "1 de 2 casos" in box.accessibleName()
        assert said in box.accessibleName()
        assert "nada de él" not in box.accessibleName()


@pytest.mark.parametrize("goes_on", [True, False])
def test_what_is_answered_late_takes_nothing_away_that_was_refused_meanwhile(
    two: tuple[Desk, Desk], tmp_path: Path, goes_on: bool
) -> None:
    """On the page she went on to, or of one that she left. Control: what was refused before is over
    once she asks for something else."""
    new = two[1]
    page, refused = new.page, "No se bloqueó a nadie."
    page.failed.emit("No se pudo.")
    gate = threading.Event()
    new.runner.on_storage_thread(lambda: gate.wait(60))
    new.button("Pedir unirse").click()
    new.choose_file(tmp_path / "solicitud.qispi")
    assert new.shell.alert_words == ""
    if goes_on:
        new.shell.go("cases", {})
    new.shell.today.failed.emit(refused)
    assert new.shell.alert_words == refused
    gate.set()

    def is_answered() -> bool:
        shown = page.findChildren(QLabel)
        return any("Solicitud escrita." in one.text() for one in shown)

    new.bot.waitUntil(is_answered, timeout=60_000)
    assert new.shell.alert_words == refused


def behind_cases(desk: Desk, act: Callable[[], object]) -> DevicesPage:
    """Do something on the page, and go on to *Casos* before the laptop answers; return the page
    once it did."""
    page, gate = desk.page, threading.Event()
    desk.runner.on_storage_thread(lambda: gate.wait(60))
    act()
    desk.shell.go("cases", {})
    assert page.busy.isVisibleTo(page)
    gate.set()
    desk.bot.waitUntil(lambda: not page.busy.isVisibleTo(page), timeout=60_000)
    return page


def look_around(desk: Desk, words: str) -> None:
    """The page says this as long as nobody presses anything, also once all of it was read."""
    assert words in desk.words
    for _ in range(4):
        desk.runner.drain()
        QCoreApplication.sendPostedEvents()
    assert words in desk.words


def test_the_digits_that_came_behind_another_page_are_read_on_return_and_go_at_the_next_press(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    """Without them the file is worth nothing. Control: those of one act stand beside no other, nor
    for whoever comes back to the page once they were read."""
    new = two[1]

    def ask() -> None:
        new.button("Pedir unirse").click()
        new.choose_file(tmp_path / "solicitud.qispi")

    behind_cases(new, ask)
    code = new.runner.on_storage_thread(LaptopDevices(new.laptop).request).result().code
    new.shell.go("devices", {})
    look_around(new, grouped(code))
    new.button("Recibir la respuesta").click()
    assert grouped(code) not in new.words

    (tmp_path / "solicitud.qispi").unlink()
    behind_cases(new, ask)
    new.shell.go("devices", {})
    assert grouped(code) in new.words
    new.shell.go("cases", {})
    new.shell.go("devices", {})
    assert grouped(code) not in new.words

    (tmp_path / "solicitud.qispi").unlink()
    ask()
    new.says(grouped(code))  # it showed when it was said
    new.shell.go("cases", {})
    new.shell.go("devices", {})
    assert grouped(code) not in new.words


def test_that_a_lost_laptop_was_taken_out_behind_another_page_is_read_on_return(
    two: tuple[Desk, Desk],
) -> None:
    """Until this one synchronises, the other is served: she has to know what comes next."""
    admin, new = two
    asked = new.runner.on_storage_thread(new.laptop.request).result()
    admin.runner.on_storage_thread(lambda: admin.laptop.grant(*asked)).result()
    admin.shell.go("devices", {})
    admin.bot.waitUntil(lambda: len(admin.rows()) == 2, timeout=60_000)
    admin.page.table.selectRow(1)
    admin.page.lost_panel.letter.setText("b")
    behind_cases(admin, admin.button("Dar de baja para siempre").click)
    admin.shell.go("devices", {})
    look_around(admin, "Equipo B dado de baja aquí. Sincronice ahora este equipo")


UNWRITTEN = sentence("exchange_not_written", {}, str)


def test_a_file_that_could_not_be_written_is_over_once_the_next_one_is(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    """Nothing that was typed waits for the disk: it can be ticked off, and the foot does not say
    that something is not saved."""
    new = two[1]
    new.button("Pedir unirse").click()
    new.choose_file(tmp_path / "no" / "solicitud.qispi")
    new.bot.waitUntil(lambda: new.shell.alert_words == UNWRITTEN, timeout=60_000)
    assert not new.shell.notices.is_unsaved
    assert new.shell.saved_words != "No está guardado"
    assert new.shell.notices.failed_seen.isVisible()
    new.button("Pedir unirse").click()
    new.choose_file(tmp_path / "solicitud.qispi")
    new.says("Solicitud escrita.")
    assert new.shell.alert_words == ""


def test_a_file_that_could_not_be_written_is_said_elsewhere_with_its_page(
    two: tuple[Desk, Desk], tmp_path: Path
) -> None:
    """Above the list of cases she would take it for a paper of a case. Control: on its own page it
    names none (the test before)."""
    new = two[1]

    def ask() -> None:
        new.button("Pedir unirse").click()
        new.choose_file(tmp_path / "no" / "solicitud.qispi")

    behind_cases(new, ask)
    assert new.shell.alert_words == f"Equipos del centro · {UNWRITTEN}"
