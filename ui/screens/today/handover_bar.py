"""The hand-over between shifts, as one line below the agenda: give, and take what was given."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.i18n import N_
from app.services.agenda import RESERVED, title_of
from app.services.handover import Handover, OpenItem
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label
from ui.widgets.reading_area import ReadingArea

__all__ = ["HandoverBar"]

ITEMS_HEIGHT: Final = 130


class HandoverBar(QFrame):
    """The latest hand-over, and the two things one does with it.

    Signals:
        given: hand over now; carries shift and note.
        taken: take the hand-over of this record.
    """

    given = Signal(str, str)
    taken = Signal(str)

    def __init__(self, texts: Texts, definitions: Definitions, roles: tuple[str, ...]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._definitions = definitions
        self._roles = roles
        self._latest: Handover | None = None
        self._is_told = False
        self._given = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(4)
        row = QHBoxLayout()
        self._said = label()
        self._take = button("primary", "check-on-primary")
        texts.bind(self._take, "setText", N_("Recibir el turno"))
        self._take.clicked.connect(self._take_over)
        self._begin = button("", "log-out")
        texts.bind(self._begin, "setText", N_("Entregar el turno"))
        self._begin.clicked.connect(self._ask)
        self._see = button("link")
        self._see.clicked.connect(self._show_items)
        row.addWidget(self._said, 1)
        row.addWidget(self._see)
        row.addWidget(self._take)
        row.addWidget(self._begin)
        column.addLayout(row)
        self._items = label()
        self._list = ReadingArea(self._items)
        texts.bind(self._list, "setAccessibleName", N_("Lo que quedaba abierto"))
        self._list.setFixedHeight(ITEMS_HEIGHT)
        self._list.hide()
        column.addWidget(self._list)
        self._form = self._make_form()
        self._form.hide()
        column.addWidget(self._form)
        texts.changed.connect(self._say)
        self._say()

    def show_handovers(self, found: tuple[Handover, ...]) -> None:
        """Show the latest of these."""
        self._latest = found[0] if found else None
        self._is_told = True
        self._say()

    def show_given(self) -> None:
        """It was handed over: what was typed until then is on the disk, and no more of it."""
        if self._note.text() == self._given:
            self._note.clear()
            self._form.hide()

    def _make_form(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        self._shift = QComboBox()
        self._texts.bind(self._shift, "setAccessibleName", N_("Turno que entrega"))
        self._note = QLineEdit()
        self._note.setMaxLength(2_000)
        self._texts.bind(
            self._note, "setPlaceholderText", N_("Lo que debe saber quien recibe, sin nombres")
        )
        self._texts.bind(
            self._note, "setAccessibleName", N_("Lo que debe saber quien recibe, sin nombres")
        )
        self._note.returnPressed.connect(self._give)
        give = button("primary", "check-on-primary")
        self._texts.bind(give, "setText", N_("Entregar"))
        give.clicked.connect(self._give)
        cancel = button("")
        self._texts.bind(cancel, "setText", N_("Cancelar"))
        cancel.clicked.connect(self._form_away)
        row.addWidget(self._shift)
        row.addWidget(self._note, 1)
        row.addWidget(give)
        row.addWidget(cancel)
        return holder

    def _say(self) -> None:
        texts, latest = self._texts, self._latest
        self._say_shifts()
        self._take.setVisible(latest is not None and latest.taken_on is None)
        self._see.setVisible(latest is not None and bool(latest.items))
        self._say_items()
        if latest is None or latest.given_on is None:
            none = texts(N_("Entrega de turno: todavía no hay ninguna."))
            self._said.setText(none if self._is_told else "")
            return
        said = texts(
            N_("Última entrega: {date} {time}, {who}."),
            date=texts.language.format_date(latest.given_on),
            time=latest.given_at,
            who=latest.given_by or texts(N_("sin nombre")),
        )
        said += " " + texts.plural(
            N_("{count} tarea vencida, de un caso severo o por vencer en un día."),
            N_("{count} tareas vencidas, de casos severos o por vencer en un día."),
            len(latest.items),
        )
        if latest.taken_on is not None:
            said += " " + texts(N_("Recibida por {who}."), who=latest.taken_by)
        if latest.note:
            said += f" «{latest.note}»"
        self._said.setText(said)

    def _say_shifts(self) -> None:
        """Offer the shifts, in the language of now; the chosen one stays chosen."""
        chosen = self._shift.currentData()
        self._shift.clear()
        for term in self._definitions.catalogues["turno"].terms:
            self._shift.addItem(self._texts(term.label), term.code)
        self._shift.setCurrentIndex(max(0, self._shift.findData(chosen)))

    def _show_items(self) -> None:
        self._list.setVisible(self._list.isHidden())
        self._say_items()

    def _say_items(self) -> None:
        """Say what was open at the hand-over, as it stood then."""
        texts, latest = self._texts, self._latest
        hide, see = N_("Ocultar"), N_("Ver la entrega")
        self._see.setText(texts(see if self._list.isHidden() else hide))
        if latest is None:
            self._list.hide()
            return
        self._items.setText("\n".join(self._line(one) for one in latest.items))

    def _line(self, item: OpenItem) -> str:
        pathway_id, _, rule_id = item.task.partition("/")
        pathway = self._definitions.pathways.get(pathway_id)
        rule = pathway.task(rule_id) if pathway else None
        words = (
            self._texts(title_of(rule, rule.role, self._roles))
            if rule
            else item.task or self._texts(RESERVED)
        )
        if item.due_ms is None:
            return f"{item.case_code} · {words}"
        due = self._texts.language.format_datetime_ms(item.due_ms)
        return f"{due} · {item.case_code} · {words}"

    def _ask(self) -> None:
        self._form.show()
        self._shift.setFocus()

    def _form_away(self) -> None:
        self._form.hide()

    def _give(self) -> None:
        self._given = self._note.text()
        self.given.emit(str(self._shift.currentData() or ""), self._given)

    def _take_over(self) -> None:
        if self._latest is not None:
            self.taken.emit(self._latest.record_id)
