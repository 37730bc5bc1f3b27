"""One task in words, and what may be decided about it: no dialog, everything beside the list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.definitions import Definitions
from app.i18n import N_
from app.services.task_view import TaskView
from ui.forms.values import read_value, shown_text
from ui.runtime.text import Texts
from ui.screens.today.decisions import Choice, Decision
from ui.screens.today.words import decision_words
from ui.widgets.due import due_words
from ui.widgets.pieces import Box, button, holds_focus, label, set_tone
from ui.widgets.reading_area import ReadingArea

__all__ = ["TaskPanel"]

CERTAINTY_WORDS: Final[Mapping[str, str]] = {
    "high": N_("certeza alta"),
    "medium": N_("certeza media: confirmar con la abogada o el abogado"),
    "low": N_("certeza baja: confirmar con la abogada o el abogado"),
    "design": N_("propuesta del programa, no es norma"),
    "gap": N_("no se encontró la norma"),
}
_WANT_DAY: Final = (Choice.DONE, Choice.POSTPONE)
_WANT_REASON: Final = (
    Choice.POSTPONE,
    Choice.NO_PROFESSIONAL,
    Choice.NOT_NEEDED,
    Choice.REOPEN,
)


class TaskPanel(QFrame):
    """The chosen task.

    Signals:
        decided: carries the :class:`Decision`.
        case_wanted: go to the ficha of its case.
        field_wanted: go to what is missing; carries a field id of the ficha or an event code.
        letter_wanted: draft a document; carries its code.
    """

    decided = Signal(object)
    case_wanted = Signal()
    field_wanted = Signal(str)
    letter_wanted = Signal(str)

    def __init__(self, texts: Texts, definitions: Definitions, now: datetime) -> None:
        super().__init__()
        self.setObjectName("card")
        self._now = now
        self._texts = texts
        self._definitions = definitions
        self._task: TaskView | None = None
        self._choice = Choice.DONE
        self._today = now.date()
        self._title = label("heading")
        self._term = Box("info")
        self._facts = label()
        self._note = label("muted")
        self._decision = label("strong")
        (words := QWidget()).setObjectName("fields")
        inside = QVBoxLayout(words)
        inside.setContentsMargins(0, 0, 0, 0)
        for one in (self._title, self._term, self._decision, self._facts, self._note):
            inside.addWidget(one)
        inside.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(6)
        self.reading = ReadingArea(words, may_be_low=True)
        texts.bind(self.reading, "setAccessibleName", N_("Qué es y qué dice la norma"))
        column.addWidget(self.reading, 1)
        self._go = button("link")
        self._go.clicked.connect(self._go_to_missing)
        self._term.buttons.addWidget(self._go)
        self._acts = self._make_acts()
        column.addWidget(self._acts)
        self._ask = self._make_ask()
        column.addWidget(self._ask)
        texts.changed.connect(self._say)
        self.show_task(None)

    @property
    def task(self) -> TaskView | None:
        """The task that shows."""
        return self._task

    def show_task(self, task: TaskView | None, now: datetime | None = None) -> None:
        """Show a task as it stands at ``now`` (Lima), or none."""
        is_same = task is not None and self.shows(task.case_id, task.key)
        self._task = task
        if now is not None:
            self._now = now
            self._today = now.date()
        if not is_same:
            self._end_asking()
        self._say()

    def shows(self, case_id: str, key: str) -> bool:
        """Return whether it is this task that shows: two cases have some of the same key, and what
        is typed about one is not said of the other."""
        return self._task is not None and (self._task.case_id, self._task.key) == (case_id, key)

    def show_decided(self, case_id: str, key: str) -> bool:
        """A decision is on the disk; return whether the focus was here, at that task: it goes to
        the list then. What is being decided about another one by now goes on."""
        if not self.shows(case_id, key):
            return False
        had_focus = holds_focus(self)
        self._end_asking()
        return had_focus

    def choose(self, choice: Choice) -> None:
        """Ask for what a decision wants: a day, a reason, a service."""
        self._choice = choice
        if self._task is not None:
            self._fill_roles(self._task.role)
        self._acts.hide()
        self._ask.show()
        wants_day, wants_reason = choice in _WANT_DAY, choice in _WANT_REASON
        self._question.setText(self._texts(_QUESTIONS[choice]))
        self._day_words.setVisible(wants_day)
        self._day.setVisible(wants_day)
        self._day.setText(self._shown(self._today) if choice is Choice.DONE else "")
        self._reason_words.setVisible(wants_reason)
        self._reason.setVisible(wants_reason)
        self._reason.clear()
        self._role.setVisible(choice is Choice.ASSIGN)
        self._remark.hide()
        first = next(
            (one for one in (self._day, self._reason, self._role) if not one.isHidden()),
            self._save,
        )
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    # What it is made of.

    def _make_acts(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(5)
        self._claim = button("primary", "file-text")
        self._texts.bind(self._claim, "setText", N_("Preparar el oficio"))
        self._claim.clicked.connect(self._want_claim)
        grid.addWidget(self._claim, 0, 0, 1, 2)
        self._done = button("", "check")
        self._texts.bind(self._done, "setText", N_("Hecha"))
        self._done.clicked.connect(lambda: self.choose(Choice.DONE))
        self._again = button("", "refresh-cw")
        self._texts.bind(self._again, "setText", N_("Abrir de nuevo"))
        self._again.clicked.connect(lambda: self.choose(Choice.REOPEN))
        self._other = QComboBox()
        self._other.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._texts.bind(self._other, "setAccessibleName", N_("Otra decisión"))
        self._other.activated.connect(self._choose_other)
        case = button("link", "folder-open")
        self._texts.bind(case, "setText", N_("Abrir ficha"))
        case.clicked.connect(self.case_wanted)
        for row, one in enumerate((self._done, self._again, self._other, case), start=1):
            grid.addWidget(one, row, 0, 1, 2)
        return holder

    def _make_ask(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._question = label("strong")
        self._day_words = label("muted")
        self._texts.bind(self._day_words, "setText", N_("Día (por ejemplo 23/11/2026)"))
        self._day = QLineEdit()
        self._texts.bind(self._day, "setAccessibleName", N_("Día"))
        self._reason_words = label("muted")
        self._texts.bind(self._reason_words, "setText", N_("Motivo, sin nombres"))
        self._reason = QLineEdit()
        self._reason.setMaxLength(500)
        self._texts.bind(self._reason, "setAccessibleName", N_("Motivo"))
        self._role = QComboBox()
        self._texts.bind(self._role, "setAccessibleName", N_("A cargo de"))
        self._remark = label("remark")
        buttons = QHBoxLayout()
        self._save = button("primary", "check-on-primary")
        self._texts.bind(self._save, "setText", N_("Guardar"))
        self._save.clicked.connect(self._decide)
        self._cancel = button("")
        self._texts.bind(self._cancel, "setText", N_("Cancelar"))
        self._cancel.clicked.connect(self._end_asking)
        buttons.addWidget(self._save, 1)
        buttons.addWidget(self._cancel)
        for one in (
            self._question,
            self._day_words,
            self._day,
            self._reason_words,
            self._reason,
            self._role,
            self._remark,
        ):
            column.addWidget(one)
        column.addLayout(buttons)
        for line in (self._day, self._reason):
            line.returnPressed.connect(self._decide)
        return holder

    # What it says.

    def _say(self) -> None:
        task, texts = self._task, self._texts
        self._acts.setVisible(task is not None and self._ask.isHidden())
        for one in (self._term, self._facts, self._note, self._decision):
            one.setVisible(task is not None)
        if task is None:
            self._title.setText(texts(N_("Elija una tarea para ver de qué se trata.")))
            return
        self._title.setText(texts(task.title))
        self._say_term(task)
        self._say_facts(task)
        self._note.setText(texts(task.note) if task.note else "")
        self._note.setVisible(bool(task.note))
        self._decision.setText(self._decision_words(task))
        self._decision.setVisible(task.is_decided or task.is_settled)
        self._claim.setVisible(bool(task.claim_document))
        self._done.setVisible(not task.is_settled)
        self._again.setVisible(task.is_settled)
        self._other.setVisible(not task.is_settled)
        self._fill_others()
        # The one that is being chosen stays chosen, whatever arrives.
        self._fill_roles(task.role if self._ask.isHidden() else self._role.currentData())

    def _say_term(self, task: TaskView) -> None:
        texts = self._texts
        is_unknown = bool(task.missing)
        due = due_words(
            texts, task.due_at, self._now, is_unknown=is_unknown, is_urgent=task.is_urgent
        )
        said = []
        if task.due_at is not None:
            date_words = texts.language.format_date(task.due_at.date())
            words = (
                N_("Venció el {date} a las {time}.")
                if task.is_overdue
                else N_("Vence el {date} a las {time}.")
            )
            said.append(texts(words, date=date_words, time=f"{task.due_at:%H:%M}"))
        if task.by:
            said.append(
                texts(N_("Debe hacerlo: {who}. Al CEM le toca verificarlo."), who=texts(task.by))
            )
        if is_unknown:
            words = ", ".join(texts(one) for _, one in task.missing)
            said.append(texts(N_("No se sabe cuándo vence. Falta: {words}."), words=words))
        if task.is_immediate and not task.is_settled:
            said.append(texts(N_("Debe hacerse de inmediato.")))
        elif task.is_urgent:
            said.append(texts(N_("Mientras no se sepa, trátela como si venciera ahora.")))
        if not task.has_exact_start and task.due_at is not None:
            said.append(texts(N_("No se anotó la hora: se cuenta con cautela.")))
        if not task.distance_is_known:
            said.append(
                texts(
                    N_("Puede sumar el término de la distancia: no está anotado para ese distrito.")
                )
            )
        tone = (
            "danger" if task.is_overdue or task.is_urgent else "warning" if is_unknown else "info"
        )
        set_tone(self._term, tone)
        self._term.say(due.text, " ".join(said))
        self._go.setVisible(is_unknown)
        if is_unknown:
            self._go.setText(texts(N_("Anotar lo que falta")))

    def _say_facts(self, task: TaskView) -> None:
        texts = self._texts
        certainty = texts(CERTAINTY_WORDS.get(task.certainty, task.certainty))
        roles = self._definitions.catalogues["rol"]
        lines = [
            texts(N_("A cargo de: {role}"), role=texts(roles.label(task.role))),
            texts(task.pathway),
            texts(N_("Base: {basis} ({certainty})"), basis=task.basis, certainty=certainty)
            if task.basis
            else certainty[:1].upper() + certainty[1:],
        ]
        if task.is_own_term:
            lines.append(texts(N_("Plazo interno del centro, no normativo.")))
        if task.needs_consent:
            lines.append(texts(N_("Solo con su consentimiento expreso.")))
        self._facts.setText("\n".join(lines))

    def _decision_words(self, task: TaskView) -> str:
        said = decision_words(self._texts, task)
        return f"{said}. {task.reason}".strip() if task.reason else said

    def _fill_others(self) -> None:
        self._other.clear()
        self._other.addItem(self._texts(N_("Otra decisión…")), None)
        for choice, words in _OTHERS:
            self._other.addItem(self._texts(words), choice)

    def _choose_other(self, number: int) -> None:
        choice = self._other.itemData(number)
        self._other.setCurrentIndex(0)
        if isinstance(choice, Choice):
            self.choose(choice)

    def _fill_roles(self, current: str) -> None:
        self._role.clear()
        for term in self._definitions.catalogues["rol"].terms:
            self._role.addItem(self._texts(term.label), term.code)
        self._role.setCurrentIndex(max(0, self._role.findData(current)))

    # What happens.

    def _decide(self) -> None:
        day = self._today
        if not self._day.isHidden():
            definition = self._definitions.form("tarea").get("postponed_until")
            assert definition is not None
            read = read_value(definition, self._day.text(), self._today)
            try:
                day = date.fromisoformat(str(read))
            except ValueError:
                self._say_remark(self._texts(N_("La fecha no existe. Escríbala así: 23/11/2026.")))
                return
        if not self._reason.isHidden() and not self._reason.text().strip():
            self._say_remark(self._texts(N_("Escriba el motivo.")))
            return
        role = str(self._role.currentData() or "")
        self.decided.emit(Decision(self._choice, day, self._reason.text(), role))

    def _say_remark(self, words: str) -> None:
        self._remark.setText(words)
        self._remark.show()

    def _end_asking(self) -> None:
        had_focus = holds_focus(self._ask)
        self._ask.hide()
        self._reason.clear()
        self._acts.setVisible(self._task is not None)
        if had_focus:
            # Else the focus would go to the search box, far from the task.
            first = self._again if self._done.isHidden() else self._done
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_to_missing(self) -> None:
        if self._task is not None and self._task.missing:
            self.field_wanted.emit(self._task.missing[0][0])

    def _want_claim(self) -> None:
        if self._task is not None:
            self.letter_wanted.emit(self._task.claim_document)

    def _shown(self, day: date) -> str:
        definition = self._definitions.form("tarea").get("postponed_until")
        assert definition is not None
        return shown_text(definition, day.isoformat())


_OTHERS: Final = (
    (Choice.POSTPONE, N_("Posponer con motivo")),
    (Choice.ASSIGN, N_("Encargar a otro servicio")),
    (Choice.NO_PROFESSIONAL, N_("No hay profesional")),
    (Choice.NOT_NEEDED, N_("No corresponde en este caso")),
)
_QUESTIONS: Final[Mapping[Choice, str]] = {
    Choice.DONE: N_("¿Qué día se hizo?"),
    Choice.POSTPONE: N_("¿Hasta qué día se pospone, y por qué? El plazo sigue corriendo."),
    Choice.ASSIGN: N_("¿A qué servicio se encarga?"),
    Choice.NO_PROFESSIONAL: N_("¿Por qué no hay profesional? La tarea sigue abierta."),
    Choice.NOT_NEEDED: N_("¿Por qué no corresponde en este caso?"),
    Choice.REOPEN: N_("¿Por qué se abre de nuevo?"),
}
