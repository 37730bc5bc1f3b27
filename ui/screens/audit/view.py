"""*Registro*: what was done on this laptop, by whom and when; whether it holds; and its export."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.domain.change import AuthorId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.colleague_names import told_apart
from app.services.register import Choices, Register, RegisterRow, Wanted
from app.services.register_verdict import verdict
from app.services.register_words import ACTIONS, who_said
from ui.runtime.page import Page, ScreenContext
from ui.screens.audit.presenter import AuditPresenter, Checked
from ui.screens.audit.table import EntriesTable
from ui.widgets.file_dialog import ask_save
from ui.widgets.gate import Gate
from ui.widgets.pieces import Box, button, card, label, set_tone
from ui.widgets.refusals import pressed_words

__all__ = ["AuditPage"]

_READ: Final = "read_audit"
_NAME: Final = "registro.csv.age"
_DAY_LENGTH_MAX: Final = 10
_CODE_LENGTH_MAX: Final = 20
_DAY_WIDTH: Final = 104
_CODE_WIDTH: Final = 108


class AuditPage(Page):
    """The page of the register."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self._zone = context.workplace.desk.clock.zone()
        self.presenter = AuditPresenter(context.runner, context.workplace, self)
        self._page: Register | None = None
        self._waits = False
        self._checked: Checked | None = None
        self._choices = Choices((), ())
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self.gate = Gate(self, "audit", (_READ,))
        page.addWidget(self.gate)
        self._filter = self._make_filter()
        page.addWidget(self._filter)
        self._said = Box("info")
        self._said.hide()
        page.addWidget(self._said)
        # What shows once has a box of its own: no check that goes on takes its place.
        self._exported = Box("ok")
        self._exported.hide()
        page.addWidget(self._exported)
        self.table = EntriesTable(self.texts, self._zone)
        self.texts.bind(self.table, "setAccessibleName", N_("Entradas del registro"))
        page.addWidget(self.table, 1)
        page.addLayout(self._make_foot())
        self.gate.guard(_READ, self._filter, self._check)
        self.gate.turned.connect(self._begin)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """The choice of a person."""
        return self.person

    def open(self, **arguments: object) -> None:
        """Show the newest entries of all."""
        del arguments
        self._checked = None
        for told in (self._said, self._exported):
            told.hide()
        for line in (self.first, self.last, self.code):
            line.clear()
        for box in (self.person, self.action):
            box.setCurrentIndex(0)
        self._waits = True
        self.gate.look()

    def refresh(self) -> None:
        """Records changed: roles, or what is open with a reason."""
        self.gate.look()

    # What the presenter shows.

    def show_choices(self, choices: Choices) -> None:
        """Offer these people and actions."""
        self._choices = choices
        self._fill()

    def show_register(self, rows: tuple[RegisterRow, ...], page: Register) -> None:
        """Show these entries; ``page`` was read last."""
        at = self.table.currentIndex().row() if len(rows) > len(page.rows) else 0
        self._page = page
        self.table.show_rows(rows)
        self.table.selectRow(max(at, 0))
        self._more.setEnabled(page.next is not None)
        self._export.setEnabled(bool(rows))
        self._say_end()

    def show_checking(self, done: int) -> None:
        """So many entries hold so far."""
        self._say(
            "info", "", self.texts(N_("Comprobando… íntegro hasta la N.º {number}"), number=done)
        )

    def show_checked(self, checked: Checked) -> None:
        """Say what the check found."""
        self._checked = checked
        self._check.setEnabled(True)
        found = verdict(self.texts, checked.check, checked.told)
        self._say(found.tone, found.heading, found.sentence)

    def show_exported(self, rows: int, words: str) -> None:
        """So many rows were written; these words open the file."""
        heading = self.texts(N_("Archivo guardado y cifrado. Filas: {count}."), count=rows)
        said = self.texts(
            N_(
                "Se abre con estas palabras: {words}. Dígalas por teléfono a quien lo recibe: no "
                "las mande con el archivo. No se muestran otra vez."
            ),
            words=words,
        )
        self._exported.say(heading, said)
        self._exported.show()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self._check.setEnabled(True)
        self._say("warning", "", pressed_words(self.texts, fault))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self.table.fit(self.width())

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Registro"))
        self._check = button("primary", "check-on-primary")
        self.texts.bind(self._check, "setText", N_("Comprobar"))
        self._check.clicked.connect(self._begin_check)
        self._export = button("", "save")
        self.texts.bind(self._export, "setText", N_("Exportar…"))
        self._export.clicked.connect(self._choose_file)
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._export)
        head.addWidget(self._check)
        return head

    def _make_filter(self) -> QWidget:
        frame, column = card(spacing=6, margin=8)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.person, self.action = QComboBox(), QComboBox()
        for box, words in ((self.person, N_("Persona")), (self.action, N_("Qué hizo"))):
            self.texts.bind(box, "setAccessibleName", words)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(box, 1)
        self.first, self.last, self.code = QLineEdit(), QLineEdit(), QLineEdit()
        for line, words, hint in (
            (self.first, N_("Desde el día"), N_("Desde el día")),
            (self.last, N_("Hasta el día"), N_("Hasta el día")),
            (self.code, N_("Número del caso"), N_("N.º de caso")),
        ):
            is_day = line is not self.code
            line.setMaxLength(_DAY_LENGTH_MAX if is_day else _CODE_LENGTH_MAX)
            line.setFixedWidth(_DAY_WIDTH if is_day else _CODE_WIDTH)
            self.texts.bind(line, "setAccessibleName", words)
            self.texts.bind(line, "setToolTip", words)
            self.texts.bind(line, "setPlaceholderText", hint)
            line.returnPressed.connect(self._ask)
            row.addWidget(line)
        look = button("", "search")
        self.texts.bind(look, "setText", N_("Buscar"))
        look.clicked.connect(self._ask)
        row.addWidget(look)
        column.addLayout(row)
        self._fill()
        return frame

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._end = label("muted")
        self._more = button("", "chevron-down")
        self.texts.bind(self._more, "setText", N_("Ver anteriores"))
        self._more.clicked.connect(self.presenter.more)
        foot.addWidget(self._end, 1)
        foot.addWidget(self._more)
        return foot

    # What happens.

    def _begin(self) -> None:
        """Read it once, for whoever may: else an attempt would be noted of everybody who looks. Who
        may no longer reads on in nothing."""
        waits, self._waits = self._waits, False
        if self.gate.allows(_READ):
            if waits:
                self.presenter.open()
        else:
            self._waits = True  # given back to her, it is read anew
            self.presenter.close()
            self.table.show_rows(())
            self._end.clear()
            for one in (self._more, self._export):
                one.setEnabled(False)

    def _ask(self) -> None:
        days = [_day(line.text()) for line in (self.first, self.last)]
        for line, day in zip((self.first, self.last), days, strict=True):
            if day is None and line.text().strip():
                self._say("warning", "", self.texts(N_("Escriba el día así: 30/11/2026.")))
                line.setFocus()
                line.selectAll()
                return
        self._said.hide()
        person = self.person.currentData()
        self.presenter.ask(
            Wanted(
                person=AuthorId(person) if person else None,
                action=self.action.currentData() or "",
                first=days[0],
                last=days[1],
                case_code=self.code.text(),
            )
        )

    def _begin_check(self) -> None:
        self._check.setEnabled(False)
        self._say("info", "", self.texts(N_("Comprobando…")))
        self.presenter.check()

    def _choose_file(self) -> None:
        ask_save(
            self,
            self.texts(N_("Exportar el registro")),
            _NAME,
            lambda target: self.presenter.export(target, self.texts),
            filter="age (*.age)",
        )

    def _say(self, tone: str, heading: str, said: str) -> None:
        set_tone(self._said, tone)
        self._said.say(heading, said)
        self._said.show()

    def _say_end(self) -> None:
        if self._page is not None:
            self._end.setText(
                self.texts(
                    N_("Este equipo tiene {count} entradas. Termina en: {code}"),
                    count=self._page.entries,
                    code=self._page.code,
                )
            )

    def _fill(self) -> None:
        """Offer what there is, in the language of now; what was chosen stays."""
        for box, every, entries in (
            (self.person, N_("Todas las personas"), self._people()),
            (
                self.action,
                N_("Todo lo que se hizo"),
                sorted(
                    ((one, self.texts(ACTIONS.get(one, one))) for one in self._choices.actions),
                    key=lambda one: one[1],
                ),
            ),
        ):
            chosen = box.currentData()
            box.clear()
            box.addItem(self.texts(every), "")
            for value, words in entries:
                box.addItem(words, value)
            box.setCurrentIndex(max(0, box.findData(chosen)))

    def _people(self) -> list[tuple[str, str]]:
        """Return each with how she is called; two of one name are told apart by what they are."""
        roles = self.context.workplace.desk.definitions.authorisation.roles
        known = [
            (
                who_said(name, self.texts),
                [self.texts(roles[one].title) for one in held if one in roles],
            )
            for _, name, held in self._choices.people
        ]
        ids = (str(one[0]) for one in self._choices.people)
        return list(zip(ids, told_apart(known), strict=True))

    def _retranslate(self) -> None:
        self._fill()
        self._say_end()
        if self._checked is not None and self._said.isVisible():
            self.show_checked(self._checked)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%d/%m/%Y").date()  # noqa: DTZ007  # a day
    except ValueError:
        return None
