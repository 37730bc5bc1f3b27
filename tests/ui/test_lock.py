"""The lock screen over a real vault: another try at once, a first start, files that do not fit."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.bootstrap import LaptopDoor
from app.preferences import language_at_start
from app.services.forms import FICHA
from app.settings import Settings
from db.vault import enter as enter_vault
from tests.support.laptops import definitions
from tests.support.storage import PASSPHRASE
from tests.support.windows import CENTRE, SMALL, set_up_here, shown_children, themed
from tests.ui.test_pages import cut_off
from ui.application import EXIT_LOCK_UNSAVED, MainWindow
from ui.runtime.idle_lock import SLEPT_MS, TICK_MS, IdleLock
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.widgets.five_words import FiveWords

MINUTE_MS = 60_000


@dataclass(slots=True)
class LockScreen:
    """Somebody in front of a locked laptop."""

    bot: QtBot
    folder: Path
    window: MainWindow
    exits: list[int] = field(default_factory=list)

    def line(self, name: str) -> QLineEdit:
        """Return the line with this name for a screen reader."""
        (found,) = [
            one
            for one in shown_children(self.window)
            if isinstance(one, QLineEdit) and one.accessibleName() == name
        ]
        return found

    def type_and_enter(self, text: str) -> None:
        """Type a passphrase over what stands there, and press Enter."""
        line = self.line("Sus palabras")
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    @property
    def words(self) -> str:
        """Everything that can be read."""
        return "\n".join(
            text
            for one in shown_children(self.window)
            if (text := one.accessibleName() or getattr(one, "text", str)())
        )

    def until_it_says(self, words: str) -> None:
        """Wait until these words show."""
        self.bot.waitUntil(lambda: words in self.words, timeout=60_000)

    def drawn(self) -> str:
        """Wait for the words of a first start, and return them."""
        found = self.window.findChildren
        self.bot.waitUntil(lambda: any(one.words for one in found(FiveWords)), timeout=60_000)
        (five,) = found(FiveWords)
        return five.words

    def until_open(self) -> None:
        """Wait until the program shows."""
        self.bot.waitUntil(lambda: self.window.shell is not None, timeout=60_000)


@pytest.fixture
def locked(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[LockScreen]:
    """The lock screen over ``tmp_path / "data"``, whatever lies there."""
    themed(qapp)
    runner = TaskRunner()
    exits: list[int] = []
    folder = tmp_path / "data"
    window = MainWindow(
        LaptopDoor(Settings(folder), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=exits.append,
        syncs_alone=False,
    )
    window.resize(SMALL)
    # The focus is the window's only once it is active.
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    yield LockScreen(qtbot, folder, window, exits)
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a laptop that was set up and closed, made once."""
    folder = tmp_path_factory.mktemp("made") / "data"
    set_up_here(folder).close()
    return folder


@pytest.fixture
def vault(tmp_path: Path, made: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(made, tmp_path / "data"))


def test_after_a_wrong_passphrase_the_right_one_works_at_once(vault: Path, locked: LockScreen):
    del vault
    locked.type_and_enter("otras cinco palabras que no son")
    locked.until_it_says("Las palabras no son correctas. Puede intentar de nuevo ahora mismo.")
    assert locked.line("Sus palabras").hasSelectedText()  # typing goes over the wrong one
    locked.type_and_enter(PASSPHRASE)
    locked.until_open()


def test_who_enters_is_told_how_often_somebody_tried_in_vain_until_she_has_seen_it(
    vault: Path, locked: LockScreen
):
    del vault
    for number in (1, 2, 3):
        locked.type_and_enter(f"otras cinco palabras que no son {number}")
        locked.bot.waitUntil(lambda: locked.line("Sus palabras").hasSelectedText(), timeout=60_000)
    locked.type_and_enter(PASSPHRASE)
    locked.until_open()
    assert locked.window.shell is not None
    notices = locked.window.shell.notices
    assert notices.tries_words.startswith("3 intentos fallidos de abrir este equipo, el último el ")
    assert notices.isVisibleTo(locked.window)
    notices.tries_seen.click()
    assert notices.tries_words == ""


@pytest.mark.parametrize("note", [None, b"", b"QSPI", b"x" * 17])
def test_a_note_of_failed_tries_that_is_damaged_or_missing_counts_as_none(
    vault: Path, locked: LockScreen, note: bytes | None
):
    if note is not None:
        (vault / "intentos.bin").write_bytes(note)
    locked.type_and_enter(PASSPHRASE)
    locked.until_open()
    assert locked.window.shell is not None
    assert locked.window.shell.notices.tries_words == ""


def test_whose_words_is_asked_only_where_several_people_enter(
    vault: Path, qapp: QApplication, qtbot: QtBot
):
    entered = enter_vault(vault / "llaves.json", PASSPHRASE)
    after, made = entered.with_person("otras cinco palabras muy distintas")
    after.keep(vault / "llaves.json")
    runner = TaskRunner()
    door = LaptopDoor(Settings(vault), runner)
    window = MainWindow(
        door, runner, Texts("es"), idle_minutes=5, end=lambda _: None, syncs_alone=False
    )
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    locked = LockScreen(qtbot, vault, window)
    locked.until_it_says("Sus dos letras")
    (letters,) = [one for one in shown_children(window) if isinstance(one, QComboBox)]
    assert [letters.itemText(at) for at in range(letters.count())] == [
        "No las recuerdo (tarda más)",
        entered.opened.slot.tag,
        made.slot.tag,
    ]
    letters.setCurrentText(made.slot.tag)
    locked.type_and_enter(PASSPHRASE)
    locked.until_it_says("Las palabras no son las de esas dos letras.")
    helps = "Si las olvidó, quien coordina le da otras en este equipo."  # and no sheet is needed
    assert helps in locked.words
    letters.setCurrentIndex(0)
    locked.type_and_enter("cinco palabras que nadie tiene")
    locked.until_it_says("Nadie abre este equipo con esas palabras.")
    assert helps in locked.words
    locked.type_and_enter(PASSPHRASE)
    locked.until_open()
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_of_one_person_no_letters_are_asked(vault: Path, locked: LockScreen):
    del vault
    locked.until_it_says("Sus palabras")
    assert "Sus dos letras" not in locked.words


def test_the_lock_screen_names_nobody(vault: Path, locked: LockScreen):
    del vault
    assert CENTRE.name not in locked.words
    assert "Persona Inventada" not in locked.words


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"una carta", "no es de Qispi"),
        (b'{"format":"qispi-vault","version":9}', "versión más nueva"),
        (b"", "dañado"),
    ],
)
def test_a_file_that_does_not_fit_is_named_and_left_alone(
    vault: Path, locked: LockScreen, content: bytes, said: str
):
    (vault / "llaves.json").write_bytes(content)
    before = {one.name: one.read_bytes() for one in vault.iterdir()}
    locked.type_and_enter(PASSPHRASE)
    locked.until_it_says(said)
    assert {one.name: one.read_bytes() for one in vault.iterdir()} == before


def test_nothing_says_that_all_was_kept_beside_a_file_that_does_not_open(
    vault: Path, qapp: QApplication, qtbot: QtBot
):
    runner = TaskRunner()
    window = MainWindow(
        LaptopDoor(Settings(vault), runner),
        runner,
        Texts("es"),
        idle_minutes=5,
        end=lambda _: None,
        was_saved=True,
        syncs_alone=False,
    )
    with qtbot.waitActive(window, timeout=60_000):
        window.show()
    locked = LockScreen(qtbot, vault, window)
    assert "Lo que estaba escribiendo quedó guardado." in locked.words
    (vault / "llaves.json").write_bytes(b"")
    locked.type_and_enter(PASSPHRASE)
    locked.until_it_says("dañado")
    assert "quedó guardado" not in locked.words
    window.end(0)
    runner.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def plain(words: str) -> str:
    """Return words as somebody types them who has no Spanish keyboard; QTest knows no other."""
    parts = unicodedata.normalize("NFD", words)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


PROOF = "Escríbalas, para comprobar que las sabe"


def test_the_first_start_asks_for_what_is_missing_and_then_opens(locked: LockScreen):
    words = locked.drawn()
    for name, text in (("Su nombre", "Persona Inventada"), (PROOF, "abaco abdomen abeja")):
        QTest.keyClicks(locked.line(name), text)
    enter = _button(locked.window, "Empezar (Enter)")
    enter.click()
    assert "Falta el nombre del centro o el suyo." in locked.words
    assert not locked.folder.exists()

    QTest.keyClicks(locked.line("Nombre del centro"), "CEM Inventado")
    enter.click()
    locked.until_it_says("Lo escrito no son las palabras que se muestran.")
    assert not locked.folder.exists()

    # Nobody sees which letter was wrong: typing goes over it.
    QTest.keyClicks(locked.line(PROOF), plain(words))
    QTest.keyClick(locked.line(PROOF), Qt.Key.Key_Return)
    locked.until_open()
    assert (locked.folder / "llaves.json").exists()


def drawn_apart(locked: LockScreen) -> list[str]:
    """Let words be drawn until the page says none of them elsewhere, as it says «cinco»."""
    while True:
        words = locked.drawn()
        said = locked.words.split()
        if all(said.count(one) == 1 for one in words.split()):
            return words.split()
        _button(locked.window, "Otras palabras").click()
        locked.bot.waitUntil(lambda before=words: locked.drawn() != before, timeout=60_000)  # type: ignore[misc]


def test_whoever_begins_to_type_her_words_sees_them_no_longer_until_she_asks(locked: LockScreen):
    words = drawn_apart(locked)
    assert set(words) <= set(locked.words.split())
    QTest.keyClicks(locked.line(PROOF), "a")
    assert not set(words) & set(locked.words.split())
    _button(locked.window, "Ver otra vez").click()
    assert set(words) <= set(locked.words.split())


def test_other_words_are_drawn_for_whom_those_do_not_please(locked: LockScreen):
    words = locked.drawn()
    _button(locked.window, "Otras palabras").click()
    locked.bot.waitUntil(lambda: locked.drawn() != words, timeout=60_000)


def test_the_person_of_a_first_start_holds_the_roles_that_she_said(locked: LockScreen):
    fill_first_start(locked)
    (leads,) = [one for one in shown_children(locked.window) if isinstance(one, QCheckBox)]
    leads.setChecked(True)
    others = _button(locked.window, "Otras palabras")
    _button(locked.window, "Empezar (Enter)").click()
    assert not others.isEnabled(), "she would learn words that are not hers"
    locked.until_open()
    assert locked.window.shell is not None
    actor = locked.window.shell.workplace.desk.actor
    assert actor.held == ("admision", "coordinacion")


def test_whoever_would_have_to_ask_each_time_is_told_before_the_laptop_is_hers_alone(
    locked: LockScreen,
):
    """Of no service it is by itself to make sheets or to let anybody else in. Control: coordination
    does."""
    told = "Si es el primer equipo del centro y nadie coordina"
    locked.until_it_says(told)
    (leads,) = [one for one in shown_children(locked.window) if isinstance(one, QCheckBox)]
    leads.setChecked(True)
    assert told not in locked.words
    leads.setChecked(False)
    assert told in locked.words
    (service,) = [
        one
        for one in shown_children(locked.window)
        if isinstance(one, QComboBox) and one.accessibleName() == "Su servicio"
    ]
    service.setCurrentIndex(service.findText("Psicología"))
    assert told in locked.words
    service.setCurrentIndex(service.findText("Coordinación"))
    assert told not in locked.words


def test_a_team_of_rural_attention_begins_a_laptop_as_what_it_is(locked: LockScreen):
    """Alone, without a centre beside it: it had to call itself something else."""
    fill_first_start(locked)
    (service,) = [
        one
        for one in shown_children(locked.window)
        if isinstance(one, QComboBox) and one.accessibleName() == "Su servicio"
    ]
    service.setCurrentIndex(service.findText("Servicio de Atención Rural"))
    _button(locked.window, "Empezar (Enter)").click()
    locked.until_open()
    assert locked.window.shell is not None
    assert locked.window.shell.workplace.desk.actor.held == ("sar",)


IN_ORDER = (
    "Nombre del centro",
    "Distrito",
    "Dirección del centro (opcional)",
    "Teléfono del centro (opcional)",
    "Su nombre",
    "Su servicio",
    "También coordino el centro",
)
"""The first questions of the first start, in the order of reading."""


def test_the_first_start_begins_in_its_first_line_and_tab_goes_the_way_of_reading(
    locked: LockScreen,
):
    locked.drawn()
    assert _focus() == IN_ORDER[0]
    stops = [
        *IN_ORDER,
        "Otras palabras",
        PROOF,
        "Mostrar lo escrito",
        "Empezar (Enter)",
        "Castellano",
        "Practicar con casos inventados",
        "Recuperar de una copia…",
        IN_ORDER[0],  # round and round: no stop is left out the second time
    ]
    met = []
    for _ in stops:
        met.append(_focus())
        QTest.keyClick(_focused(), Qt.Key.Key_Tab)
    assert met == stops


def test_enter_goes_on_to_the_next_line_and_from_the_last_it_begins(locked: LockScreen):
    words = locked.drawn()
    typed = {
        "Nombre del centro": "CEM Inventado",
        "Su nombre": "Persona Inventada",
        PROOF: plain(words),
    }
    met = []
    for _ in (*IN_ORDER, PROOF):
        met.append(_focus())
        if isinstance(_focused(), QLineEdit):
            QTest.keyClicks(_focused(), typed.get(met[-1], ""))
        QTest.keyClick(_focused(), Qt.Key.Key_Return)
    assert met == [*IN_ORDER, PROOF]
    locked.until_open()


def test_a_long_name_of_a_centre_is_never_cut_but_named(locked: LockScreen):
    locked.until_it_says("Su nombre")
    longest = definitions().form(FICHA).get("CEM")
    assert longest is not None
    name = "Centro Emergencia Mujer y Familia de la Comunidad Inventada"
    assert len(name) > longest.length_max
    line = locked.line("Nombre del centro")
    QApplication.clipboard().setText(name)
    line.paste()
    assert line.text() == name
    QTest.keyClicks(locked.line("Su nombre"), "Persona Inventada")
    _button(locked.window, "Empezar (Enter)").click()
    assert f"El nombre del centro es muy largo: caben {longest.length_max}" in locked.words
    assert _focus() == "Nombre del centro"
    assert not locked.folder.exists()


def fill_first_start(locked: LockScreen, **texts: str) -> None:
    """Type what the first start needs, and these texts besides."""
    words = locked.drawn()
    QTest.keyClicks(locked.line("Nombre del centro"), "CEM Inventado")
    QTest.keyClicks(locked.line("Su nombre"), "Persona Inventada")
    QTest.keyClicks(locked.line(PROOF), plain(words))
    for name, text in texts.items():
        locked.line(name).setFocus()  # where a list of suggestions opens and goes again
        QTest.keyClicks(locked.line(name), text)


def test_a_district_that_nobody_knows_is_named_and_nothing_is_made(locked: LockScreen):
    fill_first_start(locked, Distrito="xyzlandia")
    _button(locked.window, "Empezar (Enter)").click()
    locked.until_it_says("Ese distrito no está en la lista del INEI. Elíjalo de la lista.")
    assert _focus() == "Distrito"
    assert not locked.folder.exists()


def test_a_district_typed_exactly_is_that_one_and_of_several_it_is_said(locked: LockScreen):
    """Whatever its accents and capitals; it need not be picked from the list."""
    locked.drawn()
    line = locked.line("Distrito")
    locked.bot.waitUntil(lambda: line.completer() is not None, timeout=60_000)
    fill_first_start(locked, Distrito="santa rosa")
    _button(locked.window, "Empezar (Enter)").click()
    locked.until_it_says("Hay 10 distritos con ese nombre.")
    assert _focus() == "Distrito"
    line.setText("")
    QTest.keyClicks(line, "imaza")
    QTest.keyClick(line.completer().popup(), Qt.Key.Key_Tab)
    assert line.text() == "Imaza, Bagua, Amazonas"
    _button(locked.window, "Empezar (Enter)").click()
    locked.until_open()
    assert locked.window.shell is not None
    assert locked.window.shell.workplace.centre.district == "010205"


def test_the_centre_of_a_first_start_is_where_its_papers_come_back_to(locked: LockScreen):
    fill_first_start(locked)
    line = locked.line("Distrito")
    locked.bot.waitUntil(lambda: line.completer() is not None, timeout=60_000)
    line.completer().setCompletionPrefix("nieva, cond")
    assert line.completer().popup().styleSheet() == locked.window.styleSheet() != ""
    line.setText(line.completer().currentCompletion())
    QTest.keyClicks(locked.line("Dirección del centro (opcional)"), " Jr. Inventado 123 ")
    QTest.keyClicks(locked.line("Teléfono del centro (opcional)"), "000 000 000")
    _button(locked.window, "Empezar (Enter)").click()
    locked.until_open()
    assert locked.window.shell is not None
    centre = locked.window.shell.workplace.centre
    place = definitions().places.get(centre.district)
    assert place is not None
    assert place.words == "Nieva, Condorcanqui, Amazonas"
    assert (centre.address, centre.phone) == ("Jr. Inventado 123", "000 000 000")


def test_on_a_small_screen_the_remark_about_the_proof_is_in_sight(locked: LockScreen):
    locked.drawn()
    locked.line("Nombre del centro").setText("CEM Inventado")
    locked.line("Su nombre").setText("Persona Inventada")
    proof = locked.line(PROOF)
    proof.setFocus()
    QTest.keyClicks(proof, "otras palabras que no son")
    QTest.keyClick(proof, Qt.Key.Key_Return)
    locked.until_it_says("Lo escrito no son las palabras que se muestran.")
    (remark,) = (
        one for one in shown_children(locked.window) if "Lo escrito no son" in one.accessibleName()
    )
    locked.bot.waitUntil(
        lambda: remark.visibleRegion().boundingRect() == remark.rect(), timeout=60_000
    )


def test_the_first_start_fits_a_small_screen(locked: LockScreen):
    locked.until_it_says("Su nombre")
    assert locked.window.size() == SMALL
    assert locked.window.minimumSizeHint().width() <= SMALL.width()
    assert locked.window.minimumSizeHint().height() <= SMALL.height()
    locked.bot.waitUntil(lambda: cut_off(locked.window) == [], timeout=60_000)


def _focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def _focus() -> str:
    found = _focused()
    return found.accessibleName() or getattr(found, "text", str)()


def test_the_next_start_speaks_the_language_that_was_chosen_before_anything_was_open(
    vault: Path, locked: LockScreen
):
    settings = Settings(vault)
    assert language_at_start(settings) == "es"
    _button(locked.window, "Quechua chanka").click()
    locked.bot.waitUntil(lambda: language_at_start(settings) == "quy", timeout=60_000)
    file = vault / "preferencias.json"
    assert json.loads(file.read_bytes()) == {"language": "quy"}
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600


class _Hands:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.ms = 0

    def now_ms(self) -> int:
        return self.ms


def test_it_locks_after_the_minutes_without_a_touch_and_not_before(qapp: QApplication):
    """(control of F8)"""
    hands, locked_at, left = _Hands(), [], []
    watch = IdleLock(5, hands.now_ms)
    watch.due.connect(lambda: locked_at.append(hands.ms))
    watch.minutes_left.connect(left.append)
    while not locked_at and hands.ms < 20 * MINUTE_MS:
        if hands.ms == 2 * MINUTE_MS:
            watch.eventFilter(qapp, QEvent(QEvent.Type.KeyPress))
        watch.tick()
        hands.ms += TICK_MS
    watch.stop()
    assert locked_at == [7 * MINUTE_MS]
    assert left == [5, 4, 5, 4, 3, 2, 1]


def test_a_touch_of_any_window_of_the_program_puts_the_clock_back(qapp: QApplication, qtbot: QtBot):
    """As the system sends it: to the window that was there, to a dialog, to a list that hangs open.
    Behind ``stop`` nothing counts. (F8)"""
    hands, left = _Hands(), list[int]()
    first, dialog, hanging = QWidget(), QDialog(), QWidget(None, Qt.WindowType.Popup)
    for one in (first, dialog, hanging):
        qtbot.addWidget(one)
    with qtbot.waitActive(first, timeout=60_000):
        first.show()
    watch = IdleLock(60, hands.now_ms)
    watch.minutes_left.connect(left.append)
    watch.watch()

    def later() -> list[int]:
        """Nobody touches it for a minute."""
        for _ in range(MINUTE_MS // TICK_MS):
            hands.ms += TICK_MS
            watch.tick()
        found = left.copy()
        left.clear()
        return found

    assert later()[-1] == 59
    QTest.keyClick(first.windowHandle(), Qt.Key.Key_A)
    assert later()[0] == 60
    QTest.mouseMove(first.windowHandle(), QPoint(3, 3))
    assert later()[0] == 60
    with qtbot.waitActive(dialog, timeout=60_000):
        dialog.show()
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_A)
    assert later()[0] == 60
    hanging.show()
    assert later()[-1] == 58, "the control"
    QTest.mouseClick(hanging.windowHandle(), Qt.MouseButton.LeftButton)
    assert later()[0] == 60
    watch.stop()
    QTest.keyClick(first.windowHandle(), Qt.Key.Key_A)
    assert later()[0] < 60


@pytest.mark.parametrize("put_back_ms", [0, 180 * MINUTE_MS], ids=["", "clock put back"])
def test_it_locks_after_eight_hours_whoever_touches_it(
    qapp: QApplication, put_back_ms: int
) -> None:
    """A mouse that moves by itself, a weight on a key: the minutes alone never end. (L4) Control: it
    stays open until then"""
    hands, ticks, locked_at, left = _Hands(), 0, list[int](), list[int]()
    watch = IdleLock(5, hands.now_ms)
    watch.due.connect(lambda: locked_at.append(ticks))
    watch.minutes_left.connect(left.append)
    while not locked_at and ticks < 540 * MINUTE_MS // TICK_MS:
        hands.ms += TICK_MS
        ticks += 1
        if ticks == 1_000:
            hands.ms -= put_back_ms
        watch.eventFilter(qapp, QEvent(QEvent.Type.KeyPress))
        watch.tick()
    watch.stop()
    # Of the tick in which the clock was put back nobody knows how long it was.
    assert locked_at == [480 * MINUTE_MS // TICK_MS + bool(put_back_ms)]
    assert left == [5, 4, 3, 2, 1], "it is told before"


def test_it_locks_when_the_laptop_slept(qapp: QApplication):
    del qapp
    hands, due = _Hands(), []
    watch = IdleLock(60, hands.now_ms)
    watch.due.connect(lambda: due.append(hands.ms))
    hands.ms += TICK_MS
    watch.tick()
    assert due == []
    hands.ms += SLEPT_MS + 2 * TICK_MS
    watch.tick()
    watch.stop()
    assert due == [hands.ms]


def test_a_clock_that_is_put_back_neither_puts_locking_off_nor_counts_as_sleep(qapp: QApplication):
    """(F8)"""
    del qapp
    hands, locked_at, left = _Hands(), [], []
    hands.ms = began = 90 * MINUTE_MS
    watch = IdleLock(5, hands.now_ms)
    watch.due.connect(lambda: locked_at.append(hands.ms))
    watch.minutes_left.connect(left.append)
    for _ in range(2 * MINUTE_MS // TICK_MS):
        hands.ms += TICK_MS
        watch.tick()
    hands.ms = put_back = began - 60 * MINUTE_MS
    while not locked_at and hands.ms < put_back + 20 * MINUTE_MS:
        watch.tick()
        hands.ms += TICK_MS
    watch.stop()
    assert locked_at == [put_back + 5 * MINUTE_MS]
    assert max(left) == 5


def test_a_laptop_that_sleeps_after_its_clock_was_put_back_is_locked(qapp: QApplication):
    """(F8)"""
    del qapp
    hands, due = _Hands(), []
    hands.ms = 90 * MINUTE_MS
    watch = IdleLock(60, hands.now_ms)
    watch.due.connect(lambda: due.append(hands.ms))
    hands.ms = 30 * MINUTE_MS
    watch.tick()
    hands.ms += SLEPT_MS + 2 * TICK_MS
    watch.tick()
    watch.stop()
    assert due == [hands.ms]


def _button(window: QWidget, words: str) -> QPushButton:
    (found,) = [
        one
        for one in shown_children(window)
        if isinstance(one, QPushButton) and one.text() == words
    ]
    return found


def test_practice_shows_invented_cases_says_so_and_keeps_nothing(
    vault: Path, locked: LockScreen
) -> None:
    before = {one.name: one.read_bytes() for one in vault.iterdir()}
    _button(locked.window, "Practicar con casos inventados").click()
    locked.until_open()
    shell = locked.window.shell
    assert shell is not None
    locked.until_it_says("Práctica: nada se guarda")
    locked.bot.waitUntil(lambda: shell.page is shell.today, timeout=60_000)
    # Nothing is to be sent, and nothing to be copied: it says so, and does not ask for either.
    locked.until_it_says("Práctica: nada se guarda ni se envía.")
    assert shell.today.upkeep.isHidden()
    assert "por enviar" not in locked.words
    shell.go("machine", {})
    locked.bot.wait(0)
    assert "ninguna copia" not in locked.words
    shell.go("backup", {})
    locked.until_it_says("Aquí se practica: no hay nada de qué hacer una copia.")
    shell.go("cases", {})
    locked.bot.waitUntil(lambda: shell.cases.table.model().rowCount() >= 12, timeout=60_000)
    locked.window.lock()
    assert locked.exits == [EXIT_LOCK_UNSAVED]  # the lock screen must not say that it was kept
    assert {one.name: one.read_bytes() for one in vault.iterdir()} == before
