"""The lock screen: nothing about cases, nothing about people, and another try at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import QispiError
from app.i18n import LANGUAGES, N_, name_of
from ui.runtime.icons import icon
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.lock.left_notice import LeftNotice
from ui.screens.lock.presenter import LockPresenter
from ui.widgets.pieces import Box, CheckableButton, button, card, is_held_enter, label, scrolling
from ui.widgets.refusals import pressed_words
from ui.widgets.secret_line import PassphraseLine, SecretLine

if TYPE_CHECKING:
    from app.services.backup_ports import BackupProgress
    from app.services.workplace import Door, Workplace
    from ui.screens.lock.first_start import FirstStart
    from ui.screens.lock.recover import RecoverPanel

__all__ = ["LockPage"]

_WIDTH: Final = 430


class LockPage(QWidget):
    """The first thing that shows.

    Signals:
        opened: carries the :class:`Workplace`.
        painted: it was drawn for the first time.
        sheets_wanted: nobody remembers her words: open by two sheets; carries the folder of the
            backup of which the laptop is made first, or None.
    """

    opened = Signal(object)
    painted = Signal()
    sheets_wanted = Signal(object)

    def __init__(
        self,
        runner: TaskRunner,
        door: Door,
        texts: Texts,
        *,
        was_saved: bool = False,
        has_left: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.texts = texts
        self._was_saved = was_saved
        self._left = LeftNotice(texts, was_saved=was_saved, shows=has_left)
        self.presenter = LockPresenter(runner, door, self)
        self._was_painted = False
        self._start: FirstStart | None = None
        self._recover: RecoverPanel | None = None
        self._fault: QispiError | None = None
        self._lines: list[QWidget] = []
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 12, 16, 10)
        middle = QWidget()
        middle.setObjectName("page")
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch()
        self._card, self._column = card(margin=22)
        self._card.setFixedWidth(_WIDTH)
        row.addWidget(self._card, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch()
        self._area = scrolling(middle)
        page.addWidget(self._area, 1)
        # The door before the languages: Tab goes the way of reading.
        self._make_door()
        page.addLayout(self._make_languages())
        texts.changed.connect(self._retranslate)

    # What the presenter shows.

    def show_door(self, *, is_set_up: bool, tags: Sequence[str] = ()) -> None:
        """Ask for the words, of whom of several; or show the first start."""
        if not is_set_up and self._start is None:
            self._make_first_start()
        self.by_sheets.setVisible(is_set_up)
        for tag in tags:
            self._letters.addItem(tag, tag)
        for one in (self._letters_asked, self._letters):
            one.setVisible(bool(tags))
        if tags:
            self._lines = [self._letters, self._secret.line]
        self.focus()

    def show_districts(self, districts: Sequence[tuple[str, str]]) -> None:
        """Offer these districts in the first start."""
        if self._start is not None:
            self._start.show_districts(districts)

    def show_words(self, words: str) -> None:
        """Show the words that a first start gives its person."""
        if self._start is not None:
            self._start.five.show_words(words)

    def show_busy(self) -> None:
        """The vault is being opened."""
        self._message.hide()
        self._enter.setEnabled(False)
        self._enter.setText(self.texts(N_("Abriendo…")))
        self._let_choose(may_choose=False)
        if self._recover is not None:
            self._recover.begin()

    def show_refusal(self, fault: QispiError) -> None:
        """It did not open: say why beside the line, and let the person try again at once."""
        self._fault = fault
        line = self._line_of(fault.message_id)
        self._message.say("", pressed_words(self.texts, fault))
        if self._recover is not None:
            self._recover.show_refusal(fault.message_id)
            self._recover.put_below(self._message)
        elif self._start is not None:
            self._column.removeWidget(self._message)
            self._start.put_below(line, self._message)
        self._let_choose(may_choose=True)
        self._message.show()
        self._saved.hide()  # nothing reassures beside what could not be opened
        self._enter.setEnabled(True)
        self._say_enter()
        if isinstance(line, PassphraseLine):
            line.selectAll()
        self._go_into(line)
        QTimer.singleShot(0, self, self._bring_remark)  # once the remark has its place

    def refuse_backup(self) -> None:
        """No sheets open what was chosen as a backup: another one is asked for."""
        if self._recover is not None:
            self._recover.refuse_place()

    def show_recovering(self, progress: BackupProgress) -> None:
        """A laptop is being made of a backup: how far that is."""
        if self._recover is not None:
            self._recover.show_progress(progress)

    def enter(self, workplace: Workplace) -> None:
        """It is open: what was typed is forgotten."""
        self._secret.forget()
        if self._start is not None:
            self._start.five.forget()
        if self._recover is not None:
            self._recover.forget()
        self.opened.emit(workplace)

    def focus(self) -> None:
        """Put the focus where typing begins."""
        self._go_into(self._lines[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Enter goes on to the next line, or begins."""
        current = self.focusWidget()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or current is None:
            super().keyPressEvent(event)
        elif is_held_enter(event):
            return  # nobody agrees so to what was asked meanwhile
        elif isinstance(current, QPushButton) and current is not self._enter:
            current.click()
        elif current in self._lines[:-1]:
            self._go_into(self._lines[self._lines.index(current) + 1])
        elif current in (self._lines[-1], self._enter) and self._enter.isEnabled():
            self._go()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Override QWidget::paintEvent."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    # The frame.

    def _make_door(self) -> None:
        picture = QLabel()
        picture.setPixmap(icon("lock", "primary").pixmap(40, 40))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture = picture
        self._title = label("title")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.texts.bind(self._title, "setText", N_("Bloqueado"))
        self._ask = label()
        self.texts.bind(self._ask, "setText", N_("Sus palabras"))
        self._secret = SecretLine(self.texts)
        self._lines = [self._secret.line]
        self._ask.setBuddy(self._secret.line)
        self.texts.bind(self._secret.line, "setAccessibleName", N_("Sus palabras"))
        self._make_letters()
        self._caps = label("muted")
        self.texts.bind(self._caps, "setText", N_("Las mayúsculas están activadas (Bloq Mayús)."))
        self._caps.hide()
        self._secret.line.caps.connect(self._caps.setVisible)
        self._message = Box("warning")
        self._message.hide()
        self._way = button("link", "usb")
        self._way.clicked.connect(self._change_way)
        self._way.hide()
        self._enter = button("primary", "lock")
        self._enter.clicked.connect(self._go)
        self._saved = label("muted")
        self._saved.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.texts.bind(self._saved, "setText", N_("Lo que estaba escribiendo quedó guardado."))
        self._saved.setVisible(self._was_saved)
        self.by_sheets = button("link")
        said = N_("Nadie recuerda sus palabras: abrir con dos hojas")
        self.texts.bind(self.by_sheets, "setText", said)
        self.by_sheets.clicked.connect(lambda: self.sheets_wanted.emit(None))
        self.by_sheets.hide()
        for one in (
            self._picture,
            self._title,
            self._letters_asked,
            self._letters,
            self._left,
            self._ask,
            self._secret,
            self._caps,
            self._message,
            self._enter,
            self._saved,
            self.by_sheets,
        ):
            self._column.addWidget(one)
        self._say_enter()

    def _make_letters(self) -> None:
        """Whose words they are, where several people open this laptop: by her two letters, which
        say nothing of who she is."""
        self._letters_asked = label()
        self.texts.bind(self._letters_asked, "setText", N_("Sus dos letras"))
        self._letters = QComboBox()
        self._letters.addItem("", None)
        self._letters_asked.setBuddy(self._letters)
        self.texts.bind(self._letters, "setAccessibleName", N_("Sus dos letras"))
        for one in (self._letters_asked, self._letters):
            one.hide()
        self._say_letters()

    def _say_letters(self) -> None:
        self._letters.setItemText(0, self.texts(N_("No las recuerdo (tarda más)")))

    def _make_first_start(self) -> None:
        # Once in a laptop's life: no other start shall wait for it.
        from ui.screens.lock.first_start import FirstStart

        self._picture.hide()
        self._saved.hide()
        for one in (self._ask, self._secret, self._letters_asked, self._letters):
            one.hide()
        self._say_way()
        start = FirstStart(self.texts)
        start.five.another.connect(self.presenter.draw)
        start.five.line.caps.connect(self._caps.setVisible)
        self._start = start
        self._column.insertWidget(self._column.indexOf(self._caps), start)
        # Now, not at the next turn of the loop: what does not show takes no focus.
        start.show()
        self._column.setSpacing(5)
        self._lines = start.lines
        # Above the questions: who has a copy need not read them.
        self._column.insertWidget(self._column.indexOf(self._title) + 1, self._way)
        self._column.setAlignment(self._way, Qt.AlignmentFlag.AlignHCenter)
        self._way.show()
        self._order_tabs()
        self._say_enter()

    def _change_way(self) -> None:
        """Set a new laptop up, or recover one: the one or the other shows."""
        from ui.screens.lock.recover import RecoverPanel  # once in a laptop's life, if ever

        assert self._start is not None, "offered at a first start only"
        self._message.hide()
        if self._recover is None:
            self._recover = RecoverPanel(self.texts, self.presenter)
            self._recover.secret.line.caps.connect(self._caps.setVisible)
            self._recover.by_sheets.connect(self.sheets_wanted)
            self._recover.changed.connect(self._message.hide)
            self._column.insertWidget(self._column.indexOf(self._start), self._recover)
            self._recover.show()
            self._lines = self._recover.lines
        else:
            self._column.removeWidget(self._recover)
            self._start.put_below(self._start.five.line, self._message)  # it outlives the panel
            self._recover.deleteLater()
            self._recover = None
            self._lines = self._start.lines
        self._start.setVisible(self._recover is None)
        self._say_way()
        self._order_tabs()
        self._say_enter()
        self.focus()

    def _say_way(self) -> None:
        is_new = self._recover is None
        self._title.setText(
            self.texts(N_("Primer uso de este equipo") if is_new else N_("Recuperar de una copia"))
        )
        self._way.setText(
            self.texts(N_("Recuperar de una copia…") if is_new else N_("Es un equipo nuevo"))
        )

    def _order_tabs(self) -> None:
        """Let Tab go the way of reading: what was made later stands at the end of Qt's chain."""
        panel = self._recover or self._start
        way = [self._way] if self._start else []
        stops = [*way, *(panel.stops if panel else self._lines), self._enter, *self._chips]
        for one, following in pairwise(stops):
            QWidget.setTabOrder(one, following)

    def _line_of(self, message_id: str) -> QWidget:
        """Return the line that a remark is about, or what can be done about it."""
        if self._recover is not None:
            return self._recover.line_of(message_id)
        return self._secret.line if self._start is None else self._start.line_of(message_id)

    def _go_into(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.ensureWidgetVisible(widget)

    def _bring_remark(self) -> None:
        """Let a remark below the fold show: an Enter that seems to do nothing is pressed again."""
        if self._message.isVisible():
            self._area.ensureWidgetVisible(self._message)

    def _make_languages(self) -> QHBoxLayout:
        row = QHBoxLayout()
        said = label(wraps=False)
        self.texts.bind(said, "setText", N_("Idioma:"))
        row.addWidget(said)
        self._chips: list[QWidget] = []
        for code in LANGUAGES:
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setText(name_of(code))
            chip.setChecked(code == self.texts.language.code)
            chip.clicked.connect(lambda _, c=code: self.texts.switch(c))
            row.addWidget(chip)
            self._chips.append(chip)
        row.addStretch()
        practise = button("link", "list-checks")
        self.texts.bind(practise, "setText", N_("Practicar con casos inventados"))
        practise.clicked.connect(self.presenter.practise)
        row.addWidget(practise)
        self._chips.append(practise)
        return row

    def _go(self) -> None:
        if self._start is None:
            self.presenter.unlock(self._secret.line.text(), self._letters.currentData())
        elif self._recover is not None:
            self._recover.go()
        else:
            self.presenter.set_up(self._start.answers())

    def _let_choose(self, *, may_choose: bool) -> None:
        """While one way in is tried there is no other."""
        for one in (self.by_sheets, self._way):
            one.setEnabled(may_choose)
        if self._recover is not None:
            self._recover.sheets.setEnabled(may_choose)
        if self._start is not None:
            self._start.five.other.setEnabled(may_choose)

    def _say_enter(self) -> None:
        words = N_("Abrir (Enter)") if self._start is None else N_("Empezar (Enter)")
        words = words if self._recover is None else N_("Recuperar (Enter)")
        self._enter.setText(self.texts(words))

    def _retranslate(self) -> None:
        self.presenter.remember_language(self.texts.language.code)
        self._say_enter()
        self._say_letters()
        if self._start is not None:
            self._say_way()
            self._start.retranslate()
        if (fault := self._fault) is not None and self._message.isVisible():
            self._message.say("", pressed_words(self.texts, fault))
