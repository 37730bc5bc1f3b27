"""The lock screen: nothing about cases, nothing about people, and another try at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.domain.errors import QispiError
from app.domain.passphrase import LENGTH_MIN as PASSPHRASE_LENGTH_MIN
from app.i18n import LANGUAGES, N_, load
from app.services.messages import ROLES, sentence
from app.services.workplace import Door, Workplace
from ui.runtime.icons import icon
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.lock.presenter import LockPresenter, NewLaptop
from ui.widgets.finder import Finder, finder_for
from ui.widgets.pieces import Box, CheckableButton, button, card, label, scrolling

__all__ = ["LockPage"]

_WIDTH: Final = 430


class PassphraseLine(QLineEdit):
    """A line that hides what is typed, and notices the Caps Lock key.

    Signals:
        caps: whether letters come out as capitals without Shift.
    """

    caps = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)
        # No suggestions of input methods: they learn what is typed.
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent."""
        text = event.text()
        if text.isalpha():
            has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.emit(text.isupper() and not has_shift)
        super().keyPressEvent(event)


class LockPage(QWidget):
    """The first thing that shows.

    Signals:
        opened: carries the :class:`Workplace`.
        painted: it was drawn for the first time.
    """

    opened = Signal(object)
    painted = Signal()

    def __init__(
        self, runner: TaskRunner, door: Door, texts: Texts, *, was_saved: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.texts = texts
        self._was_saved = was_saved
        self.presenter = LockPresenter(runner, door, self)
        self._was_painted = False
        self._asks_new = False
        self._finder: Finder | None = None
        self._fault: QispiError | None = None
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

    def show_door(self, *, is_set_up: bool) -> None:
        """Ask for the passphrase, or show the first start."""
        if not is_set_up and not self._asks_new:
            self._asks_new = True
            self._make_first_start()
        self.focus()

    def show_districts(self, districts: Sequence[tuple[str, str]]) -> None:
        """Offer these districts in the first start."""
        if not isValid(self._district):
            return  # the window was closed while the disk answered
        self._finder = finder_for(self._district, districts)

    def show_busy(self) -> None:
        """The vault is being opened."""
        self._message.hide()
        self._enter.setEnabled(False)
        self._enter.setText(self.texts(N_("Abriendo…")))

    def show_refusal(self, fault: QispiError) -> None:
        """It did not open: say why beside the line, and let the person try again at once."""
        self._fault = fault
        line = self._line_of(fault.message_id)
        self._message.say("", sentence(fault.message_id, fault.parameters, self.texts))
        self._column.removeWidget(self._message)
        above = self._line if line is self._passphrase else line
        self._column.insertWidget(self._column.indexOf(above) + 1, self._message)
        self._message.show()
        self._saved.hide()  # nothing reassures beside what could not be opened
        self._enter.setEnabled(True)
        self._say_enter()
        if isinstance(line, PassphraseLine):
            line.selectAll()
        self._go_into(line)

    def enter(self, workplace: Workplace) -> None:
        """It is open: what was typed is forgotten."""
        self._passphrase.clear()
        if self._asks_new:
            self._repeated.clear()
        self.opened.emit(workplace)

    def focus(self) -> None:
        """Put the focus where typing begins."""
        self._go_into(self._centre if self._asks_new else self._passphrase)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Enter goes on to the next line, or begins."""
        current = self.focusWidget()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or current is None:
            super().keyPressEvent(event)
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
        self.texts.bind(self._ask, "setText", N_("Su frase"))
        self._passphrase = PassphraseLine()
        self._passphrase.caps.connect(self._say_caps)
        self._lines: list[QWidget] = [self._passphrase]
        self._ask.setBuddy(self._passphrase)
        self.texts.bind(self._passphrase, "setAccessibleName", N_("Su frase"))
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._passphrase, 1)
        self._eye = self._make_eye()
        line.addWidget(self._eye)
        self._caps = label("muted")
        self.texts.bind(self._caps, "setText", N_("Las mayúsculas están activadas (Bloq Mayús)."))
        self._caps.hide()
        self._message = Box("warning")
        self._message.hide()
        self._enter = button("primary", "lock")
        self._enter.clicked.connect(self._go)
        self._saved = label("muted")
        self._saved.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.texts.bind(self._saved, "setText", N_("Lo que estaba escribiendo quedó guardado."))
        self._saved.setVisible(self._was_saved)
        for one in (
            self._picture,
            self._title,
            self._ask,
            self._line,
            self._caps,
            self._message,
            self._enter,
            self._saved,
        ):
            self._column.addWidget(one)
        self._say_enter()

    def _make_eye(self) -> QToolButton:
        eye = QToolButton()
        eye.setCheckable(True)
        eye.setIcon(icon("eye", "muted"))
        self.texts.bind(eye, "setAccessibleName", N_("Mostrar la frase"))
        self.texts.bind(eye, "setToolTip", N_("Mostrar la frase"))

        def toggle(on: bool) -> None:
            shown, hidden = QLineEdit.EchoMode.Normal, QLineEdit.EchoMode.Password
            self._passphrase.setEchoMode(shown if on else hidden)
            eye.setIcon(icon("eye-off" if on else "eye", "muted"))

        eye.toggled.connect(toggle)
        return eye

    def _make_first_start(self) -> None:
        self._picture.hide()
        self._saved.hide()
        self._title.setText(self.texts(N_("Primer uso de este equipo")))
        self._centre, self._district, self._person = QLineEdit(), QLineEdit(), QLineEdit()
        self._address, self._phone = QLineEdit(), QLineEdit()
        self.texts.bind(self._district, "setPlaceholderText", N_("Escriba para buscar"))
        self._role = QComboBox()
        for code, msgid in ROLES.items():
            self._role.addItem(self.texts(msgid), code)
        self._repeated = PassphraseLine()
        at = 2
        for widget, msgid in (
            (self._centre, N_("Nombre del centro")),
            (self._district, N_("Distrito")),
            (self._address, N_("Dirección del centro (opcional)")),
            (self._phone, N_("Teléfono del centro (opcional)")),
            (self._person, N_("Su nombre")),
            (self._role, N_("Su servicio")),
        ):
            at = self._insert(at, widget, msgid)
        self.texts.bind(
            self._ask,
            "setText",
            N_("Su frase: cinco palabras distintas, o {minimum} caracteres que no se repitan"),
            minimum=PASSPHRASE_LENGTH_MIN,
        )
        self._insert(self._column.indexOf(self._line) + 1, self._repeated, N_("Repita la frase"))
        warning = label("muted")
        self.texts.bind(
            warning,
            "setText",
            N_("Nadie puede recuperarla por usted: sin la frase, los casos no se abren."),
        )
        self._column.insertWidget(self._column.indexOf(self._repeated) + 1, warning)
        self._column.setSpacing(5)
        self._lines = [
            self._centre,
            self._district,
            self._address,
            self._phone,
            self._person,
            self._role,
            self._passphrase,
            self._repeated,
        ]
        self._order_tabs()
        self._say_enter()

    def _order_tabs(self) -> None:
        """Let Tab go the way of reading: what was made later stands at the end of Qt's chain."""
        stops = [*self._lines[:-1], self._eye, self._lines[-1], self._enter, *self._chips]
        for one, following in pairwise(stops):
            QWidget.setTabOrder(one, following)

    def _line_of(self, message_id: str) -> QLineEdit:
        """Return the line that a remark is about."""
        if not self._asks_new:
            return self._passphrase
        lines = {
            "set_up_incomplete": self._person if self._centre.text().strip() else self._centre,
            "centre_name_too_long": self._centre,
            "district_unknown": self._district,
            "passphrases_differ": self._repeated,
        }
        return lines.get(message_id, self._passphrase)

    def _go_into(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self._area.ensureWidgetVisible(widget)

    def _insert(self, at: int, widget: QWidget, msgid: str) -> int:
        question = label()
        question.setBuddy(widget)
        self.texts.bind(question, "setText", msgid)
        self.texts.bind(widget, "setAccessibleName", msgid)
        self._column.insertWidget(at, question)
        self._column.insertWidget(at + 1, widget)
        # Now, not at the next turn of the loop: what does not show takes no focus.
        question.show()
        widget.show()
        return at + 2

    def _make_languages(self) -> QHBoxLayout:
        row = QHBoxLayout()
        said = label(wraps=False)
        self.texts.bind(said, "setText", N_("Idioma:"))
        row.addWidget(said)
        self._chips: list[QWidget] = []
        for code in LANGUAGES:
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setText(load(code).name)
            chip.setChecked(code == self.texts.language.code)
            chip.clicked.connect(lambda _, c=code: self.texts.switch(c))
            row.addWidget(chip)
            self._chips.append(chip)
        row.addStretch()
        return row

    def _go(self) -> None:
        if not self._asks_new:
            self.presenter.unlock(self._passphrase.text())
            return
        self.presenter.set_up(
            NewLaptop(
                centre=self._centre.text(),
                district=self._district_code(),
                address=self._address.text(),
                phone=self._phone.text(),
                person=self._person.text(),
                role=str(self._role.currentData()),
                passphrase=self._passphrase.text(),
                repeated=self._repeated.text(),
            )
        )

    def _district_code(self) -> str:
        typed = self._district.text()
        return (self._finder.code_of(typed.strip()) if self._finder else None) or typed

    def _say_caps(self, are_on: bool) -> None:
        self._caps.setVisible(are_on)

    def _say_enter(self) -> None:
        words = N_("Empezar (Enter)") if self._asks_new else N_("Abrir (Enter)")
        self._enter.setText(self.texts(words))

    def _retranslate(self) -> None:
        self.presenter.remember_language(self.texts.language.code)
        self._say_enter()
        if self._asks_new:
            self._title.setText(self.texts(N_("Primer uso de este equipo")))
            for number, (_, msgid) in enumerate(ROLES.items()):
                self._role.setItemText(number, self.texts(msgid))
        if self._fault is not None and self._message.isVisible():
            self._message.say(
                "", sentence(self._fault.message_id, self._fault.parameters, self.texts)
            )
