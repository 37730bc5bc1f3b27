"""Two values of one field: who wrote them, which one shows meanwhile, and which one shall stay."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import EnvironmentFault, QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import ConflictRow
from ui.forms.editor_of import editor_of
from ui.forms.field_editors import FieldEditor
from ui.forms.renderer import REST_MS
from ui.runtime.page import Page, ScreenContext
from ui.screens.conflicts.presenter import Choice, ConflictsPresenter
from ui.widgets.options import Option, radio_option
from ui.widgets.pieces import Box, button, card, label, scrolling

__all__ = ["ConflictsPage"]


class ConflictsPage(Page):
    """The page of the fields with two values."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = ConflictsPresenter(context.runner, context.workplace.desk, self)
        self._row: ConflictRow | None = None
        self._choices: tuple[Choice, ...] = ()
        self._options: list[Option] = []
        self._group = QButtonGroup(self)
        self._other: FieldEditor | None = None
        self._is_written = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.flush)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        self._title = label("title")
        self._what = label("heading")
        self._explained = label()
        self.texts.bind(
            self._explained,
            "setText",
            N_(
                "Dos equipos cambiaron este dato sin verse. Elija cuál queda. Nada se pierde: el "
                "otro valor queda en el historial."
            ),
        )
        self._none = Box("ok")
        self._none.hide()
        self._area = scrolling(QWidget())
        for one in (self._title, self._what, self._explained, self._none):
            page.addWidget(one)
        page.addWidget(self._area, 1)
        self._filler = QWidget()
        page.addWidget(self._filler, 1)
        page.addLayout(self._make_foot())
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Show the first open one."""
        del arguments
        self.presenter.look()

    def flush(self) -> None:
        """Keep what is being written."""
        self._rest.stop()
        text = self._other.value() if self._other is not None else None
        if self._is_written and isinstance(text, str):
            self.presenter.keep(text)

    @property
    def is_busy(self) -> bool:
        """Whether something that was written here is not on the disk."""
        return self._is_written

    def refresh(self) -> None:
        """Records changed: look again, unless a choice is being made."""
        if not any(option.button.isChecked() for option in self._options):
            self.presenter.look()

    # What the presenter shows.

    def show_conflict(self, row: ConflictRow, choices: tuple[Choice, ...]) -> None:
        """Show one field with its values."""
        self._rest.stop()
        self._is_written = False
        self._row, self._choices = row, choices
        self._title.setText(
            self.texts(
                N_("Revisar {number} de {count}"),
                number=self.presenter.number,
                count=self.presenter.count,
            )
        )
        self._what.setText(f"{row.case_code} · {self.texts(row.label)}")
        self._show_shell(is_open=True)
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._options = []
        self._group = QButtonGroup(self)
        for choice in choices:
            column.addWidget(self._card_of(choice))
        column.addWidget(self._other_card())
        column.addStretch()
        old = self._area.takeWidget()
        self._area.setWidget(holder)
        if old is not None:
            old.deleteLater()
        self._options[0].button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_none(self) -> None:
        """Nothing is open."""
        self._row = None
        self._options = []
        self._title.setText(self.texts(N_("Datos con dos valores")))
        self._show_shell(is_open=False)
        self._none.say(
            self.texts(N_("Nada por revisar")),
            self.texts(N_("Los demás cambios de los equipos se juntaron solos.")),
        )

    def show_draft(self, row: ConflictRow, text: str) -> None:
        """Show what someone began to write before, if that conflict still shows."""
        if self._row == row and self._other is not None and not self._is_written:
            self._other.show_value(text)
            self._options[-1].button.setChecked(True)

    def show_kept(self) -> None:
        """What is being written is on the disk."""
        if not self._rest.isActive():
            self._is_written = False
            self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_settled(self) -> None:
        """A choice was saved."""
        self._is_written = False
        self.saved.emit(self.context.workplace.desk.clock.now_ms())
        self.context.records_changed()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        said = sentence(fault.message_id, fault.parameters, self.texts)
        (self.not_saved if isinstance(fault, EnvironmentFault) else self.failed).emit(said)

    def choose(self, words: str) -> None:
        """Choose the value that reads like this, and save the choice."""
        for option in self._options:
            if option.words.text() == words:
                option.button.setChecked(True)
                self._save.click()
                return

    # The frame.

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._later = button()
        self.texts.bind(self._later, "setText", N_("Decidir después"))
        self._later.clicked.connect(self._postpone)
        self._ficha = button("", "folder-open")
        self.texts.bind(self._ficha, "setText", N_("Abrir ficha"))
        self._ficha.clicked.connect(self._open_ficha)
        self._save = button("primary", "circle-check")
        self.texts.bind(self._save, "setText", N_("Guardar decisión (Ctrl+Enter)"))
        self._save.clicked.connect(self._settle)
        keys = QShortcut(QKeySequence("Ctrl+Return"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._save.click)
        foot.addWidget(self._later)
        foot.addWidget(self._ficha)
        foot.addStretch()
        foot.addWidget(self._save)
        return foot

    def _show_shell(self, *, is_open: bool) -> None:
        for one in (self._what, self._explained, self._area, self._later, self._ficha, self._save):
            one.setVisible(is_open)
        self._none.setVisible(not is_open)
        self._filler.setVisible(not is_open)
        self._save.setEnabled(False)
        self._later.setEnabled(self.presenter.count > 1)

    def _card_of(self, choice: Choice) -> QWidget:
        frame, column = card(spacing=3)
        value = choice.value
        where = (
            self.texts(N_("En este equipo")) if value.is_own else self.texts(N_("En otro equipo"))
        )
        who = value.author_name or self.texts(N_("otra persona del centro"))
        when = self.texts.language.format_datetime_ms(value.at_ms)
        words = choice.words or self.texts(N_("(en blanco)"))
        option = radio_option(words)
        option.words.setProperty("role", "heading")
        option.button.setAccessibleName(f"{words}. {where}, {who}, {when}")
        self._group.addButton(option.button, len(self._options))
        option.button.toggled.connect(self._chosen)
        self._options.append(option)
        column.addWidget(option)
        facts = label("muted")
        said = f"{where} · {who} · {when}"
        if choice.is_shown:
            said += " · " + self.texts(N_("es el que se ve mientras tanto"))
        facts.setText(said)
        column.addWidget(facts)
        return frame

    def _other_card(self) -> QWidget:
        frame, column = card(spacing=3)
        field = self.presenter.field
        self._other = None
        if field is None:
            frame.hide()
            return frame
        option = radio_option(self.texts(N_("Escribir otra cosa, o juntar los dos")))
        self._group.addButton(option.button, len(self._options))
        option.button.toggled.connect(self._chosen)
        self._options.append(option)
        column.addWidget(option)
        desk = self.context.workplace.desk
        self._other = editor_of(field, desk.definitions, self.texts, desk.clock.today())
        self._other.name(self.texts(field.label), "")
        self._other.show_value(self._choices[0].value.value)
        self._other.edited.connect(self._written)
        column.addWidget(self._other)
        return frame

    def _written(self) -> None:
        self._options[-1].button.setChecked(True)
        # A choice among codes is one press; a text is work that a lock must not take away.
        if self._other is not None and isinstance(self._other.value(), str):
            self._is_written = True
            self._rest.start()
            self.typing.emit()

    def _chosen(self) -> None:
        self._save.setEnabled(self._group.checkedId() >= 0)

    def _settle(self) -> None:
        number = self._group.checkedId()
        if 0 <= number < len(self._choices):
            self.presenter.settle(self._choices[number].value.value)
        elif number == len(self._choices) and self._other is not None:
            self.presenter.settle(self._other.value())

    def _postpone(self) -> None:
        self.flush()
        self.presenter.later()

    def _retranslate(self) -> None:
        self.flush()
        self.presenter.look()

    def _open_ficha(self) -> None:
        if self._row is not None:
            self.navigate.emit("ficha", {"case_id": self._row.case_id})
