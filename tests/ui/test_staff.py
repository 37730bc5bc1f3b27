"""*Personas* over a real vault: somebody comes, forgets, chooses her own words, and goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.bootstrap import workplace_of
from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault
from app.domain.value import Value
from app.laptop import Laptop
from app.services import accounts
from app.services.forms import change_fields
from app.services.ports import UnitOfWork
from app.services.staff import Review, StaffMember
from app.services.upkeep import Due
from db.presence import VAULT_NAME
from db.vault import enter
from tests.support.stations import set_up
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from tests.support.windows import SMALL, shown_children, themed
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.runtime.theme import dress
from ui.screens.staff.presenter import Found
from ui.screens.staff.view import StaffPage
from ui.shell import Shell
from ui.widgets.told_box import ToldBox


def plain(words: str) -> str:
    """Return words without the accents, which QTest does not know."""
    parts = unicodedata.normalize("NFD", words)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@dataclass(slots=True)
class Desk:
    """Somebody in front of the page, over a laptop in ``folder``."""

    bot: QtBot
    folder: Path
    shell: Shell
    locked: list[bool]

    @property
    def page(self) -> StaffPage:
        """The page."""
        page = self.shell.page
        assert isinstance(page, StaffPage)
        return page

    def press(self, words: str) -> None:
        """Press the button that shows with these words."""
        (found,) = [
            one
            for one in shown_children(self.page)
            if isinstance(one, QPushButton) and one.text() == words
        ]
        found.click()

    def says(self, words: str) -> None:
        """Wait until the page says this."""
        self.bot.waitUntil(lambda: words in self.words, timeout=60_000)

    @property
    def words(self) -> str:
        """Everything that can be read on the page."""
        return "\n".join(
            getattr(one, "text", str)() for one in shown_children(self.page) if hasattr(one, "text")
        )

    def shows(self, drawn: str) -> bool:
        """Whether two or more of words that were drawn stand on the page, one after the other. One
        alone tells nothing: the page itself says «cinco», and that word may be drawn."""
        said = " ".join(("", *re.findall(r"[^\W\d_]+", self.words), ""))
        return any(f" {one} {next_one} " in said for one, next_one in pairwise(drawn.split()))

    def rows(self) -> list[tuple[str, str, str]]:
        """What the table says."""
        model = self.page.table.model()
        return [
            tuple(str(model.index(row, column).data()) for column in range(3))  # type: ignore[misc]
            for row in range(model.rowCount())
        ]

    def choose(self, name: str) -> None:
        """Choose the row of a person."""
        names = [one[0] for one in self.rows()]
        self.page.table.selectRow(names.index(name))

    def drawn(self, panel: str) -> str:
        """Wait for the words of a panel, and return them."""
        five = getattr(self.page, panel).five
        self.bot.waitUntil(lambda: bool(five.words), timeout=60_000)
        return str(five.words)

    def prove(self, panel: str, words: str) -> None:
        """Type words as the proof in a panel."""
        line = getattr(self.page, panel).five.line
        line.clear()
        QTest.keyClicks(line, plain(words))

    def opens(self, words: str, tag: str) -> bool:
        """Whether these words open the vault by these letters."""
        try:
            enter(self.folder / VAULT_NAME, words, tag=tag, bounds=CHEAP_BOUNDS)
        except DomainError:
            return False
        return True

    def member(self, name: str) -> StaffMember:
        """A person as the page has her."""
        return next(one for one in self.page.people if one.name == name)


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    themed(qapp)
    runner = TaskRunner()
    laptop: Laptop = runner.on_storage_thread(lambda: set_up(tmp_path)).result()
    runner.use(laptop.store.unit)
    shell = Shell(workplace_of(laptop, runner, tmp_path), runner, Texts("es"), syncs_alone=False)
    dress(shell)
    shell.resize(SMALL)
    shell.show()
    locked: list[bool] = []
    shell.lock_wanted.connect(lambda: locked.append(True))
    shell.go("staff", {})
    made = Desk(qtbot, tmp_path, shell, locked)
    qtbot.waitUntil(lambda: bool(made.rows()), timeout=60_000)
    yield made
    shell.stop()
    runner.stop()
    runner.on_storage_thread(laptop.close).result()
    runner.close()
    shell.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def add_ana(desk: Desk) -> str:
    """Add a person; return her words."""
    desk.press("Agregar persona")
    words = desk.drawn("person_panel")
    assert desk.shows(words)
    QTest.keyClicks(desk.page.person_panel.name, "Ana Inventada")
    desk.page.person_panel.roles.show_roles(["psicologia", "coordinacion"])
    desk.prove("person_panel", words)
    desk.press("Darle estas palabras")
    desk.says("Ana Inventada entra con las letras")
    desk.bot.waitUntil(lambda: len(desk.rows()) == 2, timeout=60_000)
    return words


def test_whoever_comes_reads_her_words_types_them_and_can_enter(desk: Desk) -> None:
    words = add_ana(desk)
    ana = desk.member("Ana Inventada")
    assert desk.rows()[0] == (
        "Ana Inventada",
        "Psicología, Coordinación",
        f"{ana.tag} · por elegir palabras",
    )
    assert desk.opens(words, ana.tag)
    assert not desk.shows(words)  # nothing of them stays on the screen


def test_whoever_works_by_keyboard_goes_on_from_the_list(desk: Desk) -> None:
    """The panel that she typed in was shut while the key was made: the keyboard was nowhere, and
    the next Tab began in the line above that searches cases, which shows what is typed."""
    add_ana(desk)
    assert desk.shell.focusWidget() is desk.page.table
    desk.choose("Ana Inventada")
    desk.press("Dar de baja…")
    desk.page.leave_panel.go.setFocus()
    desk.press("Dar de baja")
    desk.says("Ana Inventada ya no abre este equipo.")
    assert desk.shell.focusWidget() is desk.page.table


def arrives(desk: Desk, record: RecordId, written: Mapping[str, Value]) -> None:
    """Write what another laptop wrote of a person, as it arrives here, and look again."""
    workplace = desk.page.context.workplace

    def write(uow: UnitOfWork) -> None:
        with uow.access.inside():
            keyed = {accounts.key_of(record, field): value for field, value in written.items()}
            change_fields(uow, workplace.desk, keyed)
        uow.commit()

    desk.page.context.runner.on_storage(write, lambda _: desk.page.presenter.look(), pytest.fail)


def somebody_elsewhere(desk: Desk, name: str) -> RecordId:
    """Let it arrive that somebody of this name works at another laptop; return her record."""
    record = desk.page.context.workplace.desk.ids.new_record_id()
    arrives(desk, record, {accounts.NAME: name, accounts.ROLE: "psicologia"})
    desk.bot.waitUntil(lambda: len(desk.rows()) == 2, timeout=60_000)
    return record


def test_whoever_is_written_twice_is_told_how_to_be_one(desk: Desk) -> None:
    """Who begins a second laptop and stands in the first is two people once both are joined."""
    said = "Hay dos personas con este nombre"
    assert said not in desk.words
    record = somebody_elsewhere(desk, "PERSONA inventada")
    desk.choose("PERSONA inventada")
    desk.says(said)
    desk.choose("Persona Inventada")
    desk.says(said)
    arrives(desk, record, {accounts.LEFT_ON: "2026-11-26"})
    desk.bot.waitUntil(lambda: said not in desk.words, timeout=60_000)


def test_who_has_a_name_of_her_own_is_told_nothing_of_another(desk: Desk) -> None:
    somebody_elsewhere(desk, "Otra Inventada")
    desk.choose("Otra Inventada")
    desk.says("En otro equipo")
    assert "Hay dos personas con este nombre" not in desk.words


def test_words_that_were_not_read_right_give_nobody_a_way_in(desk: Desk) -> None:
    desk.press("Agregar persona")
    desk.drawn("person_panel")
    QTest.keyClicks(desk.page.person_panel.name, "Ana Inventada")
    desk.page.person_panel.roles.show_roles(["legal"])
    desk.prove("person_panel", "abaco abdomen abeja abierto abogado")
    failed: list[str] = []
    desk.page.failed.connect(failed.append)
    desk.press("Darle estas palabras")
    desk.bot.waitUntil(lambda: bool(failed), timeout=60_000)
    assert "Lo escrito no son las palabras que se muestran." in failed[0]
    assert len(desk.rows()) == 1


def test_whoever_forgot_gets_other_words(desk: Desk) -> None:
    words = add_ana(desk)
    tag = desk.member("Ana Inventada").tag
    desk.choose("Ana Inventada")
    desk.press("Darle palabras nuevas")
    given = desk.drawn("person_panel")
    desk.prove("person_panel", given)
    desk.press("Darle estas palabras")
    desk.bot.waitUntil(lambda: desk.member("Ana Inventada").tag != tag, timeout=60_000)
    assert desk.opens(given, desk.member("Ana Inventada").tag)
    assert not desk.opens(words, tag)


def test_whoever_works_changes_her_own_words_and_nobody_who_passes_by_can(desk: Desk) -> None:
    tag = desk.member("Persona Inventada").tag
    desk.press("Cambiar mis palabras")
    words = desk.drawn("own_panel")
    failed: list[str] = []
    desk.page.failed.connect(failed.append)
    for current, happens in (
        ("otras cinco palabras que no son", lambda: bool(failed)),
        (PASSPHRASE, lambda: "entra con sus palabras nuevas" in desk.words),
    ):
        desk.page.own_panel.current.line.setText(current)
        desk.prove("own_panel", words)
        desk.press("Usar estas palabras")
        _wait(desk, happens)
    assert failed == ["Las palabras no son correctas. Puede intentar de nuevo ahora mismo."]
    assert desk.opens(words, tag)
    assert not desk.opens(PASSPHRASE, tag)


def test_that_her_own_words_are_others_now_is_read_on_return_by_whoever_went_on(desk: Desk) -> None:
    """Else she tries those of before. Control: once it was read, it is gone when she comes back."""
    page = desk.page
    desk.press("Cambiar mis palabras")
    words = desk.drawn("own_panel")
    page.own_panel.current.line.setText(PASSPHRASE)
    desk.prove("own_panel", words)
    desk.press("Usar estas palabras")
    desk.shell.go("cases", {})
    (told,) = page.findChildren(ToldBox)
    _wait(desk, lambda: not told.isHidden())
    desk.shell.go("staff", {})
    assert "entra con sus palabras nuevas" in desk.words
    desk.shell.go("cases", {})
    desk.shell.go("staff", {})
    assert "entra con sus palabras nuevas" not in desk.words


def test_whoever_leaves_is_told_of_and_the_laptop_asks_to_be_locked(desk: Desk) -> None:
    words = add_ana(desk)
    tag = desk.member("Ana Inventada").tag
    desk.choose("Ana Inventada")
    desk.press("Dar de baja…")
    assert "Devolvió la laptop" in desk.words
    assert "Si guardaba una hoja de recuperación" in desk.words
    desk.press("Dar de baja")
    desk.says("Ana Inventada ya no abre este equipo.")
    assert not desk.opens(words, tag)
    desk.press("Bloquear ahora")
    assert desk.locked == [True]
    desk.bot.waitUntil(lambda: desk.rows()[-1][2] == "Se fue", timeout=60_000)


def test_who_has_no_words_here_is_said_to_have_none_and_not_to_be_lost(desk: Desk) -> None:
    """After the panic key that is so of everybody but her who opened with the sheets: nothing of
    them went."""
    add_ana(desk)
    bare = replace(desk.member("Ana Inventada"), tag="", is_provisional=False, is_unfinished=True)
    others = tuple(one for one in desk.page.people if one.id != bare.id)
    review = Review(None, "", is_due=False)
    desk.page.show_found(Found((bare, *others), review, administers=True))
    assert desk.rows()[0][2] == "Sin palabras: dele otras"
    desk.choose("Ana Inventada")
    assert "Darle palabras nuevas" in desk.words


def test_whoever_leaves_at_a_laptop_that_does_not_administer_is_renewed_at_another(
    desk: Desk,
) -> None:
    """What this says stands before it is done, and after. Control: here nothing of it is said."""
    elsewhere = "en el equipo que administra el centro"
    add_ana(desk)
    desk.choose("Ana Inventada")
    desk.press("Dar de baja…")
    assert elsewhere not in desk.words
    review = Review(None, "", is_due=False)
    desk.page.show_found(Found(desk.page.people, review, administers=False))
    desk.choose("Persona Inventada")
    desk.choose("Ana Inventada")
    desk.press("Dar de baja…")
    assert elsewhere in desk.words
    desk.page.leave_panel.stays.click()
    assert elsewhere not in desk.words  # she knows the secret still, at another laptop
    desk.page.leave_panel.leaves.click()
    desk.press("Dar de baja")
    desk.says("Ana Inventada ya no abre este equipo.")
    assert elsewhere in desk.words


def test_the_roles_that_are_reviewed_can_be_read_in_the_list(desk: Desk) -> None:
    """Where there is room: it gave all of it to the names."""
    add_ana(desk)
    desk.shell.resize(1366, 768)
    QCoreApplication.processEvents()
    table = desk.page.table
    for column, said in enumerate(desk.rows()[0]):
        assert table.fontMetrics().horizontalAdvance(said) < table.columnWidth(column) - 8


def test_nobody_can_take_the_own_way_in(desk: Desk) -> None:
    desk.choose("Persona Inventada")
    assert "Dar de baja…" not in desk.words


def test_roles_are_changed_and_reviewed(desk: Desk) -> None:
    add_ana(desk)
    desk.choose("Ana Inventada")
    desk.press("Cambiar servicio y roles")
    desk.page.roles_panel.editor.show_roles(["legal"])
    desk.press("Guardar roles")
    desk.bot.waitUntil(lambda: desk.rows()[0][1] == "Legal", timeout=60_000)
    assert "Todavía no se hizo aquí." in desk.words
    desk.press("Los revisé: están bien")
    desk.says("La última vez:")
    assert "No cambió ninguno." in desk.words
    assert "Los roles nuevos valen" not in desk.words


def test_what_was_refused_of_roles_is_over_once_it_is_tried_again(desk: Desk) -> None:
    """What is saved alone tells nothing of it on a page that tells what is begun."""
    add_ana(desk)  # which began something
    desk.page.failed.emit("No se pudo.")
    desk.choose("Ana Inventada")
    desk.press("Cambiar servicio y roles")
    desk.page.roles_panel.editor.show_roles(["legal"])
    desk.press("Guardar roles")
    desk.says("Los roles nuevos valen")
    assert not desk.shell.alert_words
    desk.page.failed.emit("No se pudo.")
    desk.press("Los revisé: están bien")
    desk.says("No cambió ninguno.")
    assert not desk.shell.alert_words


def test_words_that_were_shown_do_not_stay_on_a_page_that_goes_away(desk: Desk) -> None:
    desk.press("Agregar persona")
    desk.drawn("person_panel")
    desk.shell.go("machine", {})
    desk.shell.go("staff", {})
    assert desk.page.person_panel.five.words == ""


def _wait(desk: Desk, happens: Callable[[], bool]) -> None:
    desk.bot.waitUntil(happens, timeout=60_000)


def test_what_was_refused_does_not_stand_beside_what_is_done(desk: Desk) -> None:
    desk.press("Cambiar mis palabras")
    words = desk.drawn("own_panel")
    desk.page.own_panel.current.line.setText(PASSPHRASE)
    desk.prove("own_panel", "otras cinco que no son")
    desk.press("Usar estas palabras")
    desk.bot.waitUntil(lambda: "no son las palabras" in desk.shell.alert_words, timeout=60_000)
    assert desk.page.own_panel.current.line.hasFocus()  # not lost with the panel that was busy
    desk.prove("own_panel", words)
    desk.press("Usar estas palabras")
    assert not desk.shell.alert_words
    desk.says("Desde ahora entra con sus palabras nuevas.")
    desk.press("Agregar persona")
    assert "Desde ahora entra" not in desk.words


def test_what_failed_on_one_page_is_not_said_on_the_next(desk: Desk) -> None:
    desk.page.failed.emit("No se pudo.")
    assert desk.shell.alert_words == "No se pudo."
    desk.shell.go("cases", {})
    assert not desk.shell.alert_words
    desk.shell.page.not_saved.emit("No está guardado.")
    desk.shell.go("staff", {})
    assert desk.shell.alert_words == "No está guardado."  # it still is not


def test_what_the_disk_refused_is_said_with_its_page_until_it_was_seen(desk: Desk) -> None:
    """Nothing of it waits to be saved: what is saved elsewhere says nothing of it. Control: on the
    page itself it needs no name."""
    page, refused = desk.page, EnvironmentFault("disk_full")
    page.show_fault(refused)
    assert desk.shell.alert_words == "El disco está lleno. Libere espacio e intente otra vez."
    desk.shell.go("cases", {})
    page.show_fault(refused)
    desk.shell.page.saved.emit(1)
    assert desk.shell.alert_words.startswith("Personas · El disco está lleno.")
    assert not desk.shell.notices.is_unsaved


def test_who_is_to_choose_her_own_words_is_led_to_where_she_does(desk: Desk) -> None:
    desk.shell.today.upkeep.show_due([Due("staff", "own_words_due")])
    desk.shell.today.upkeep.go.click()
    desk.bot.waitUntil(desk.page.own_panel.current.line.isVisible, timeout=60_000)
