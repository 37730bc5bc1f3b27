"""What was decided, and what joined by itself: cards with what can be done about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.value import Value
from app.i18n import N_
from app.services.conflict_models import ConflictValue, JoinedRow, SettledRow
from ui.runtime.text import Texts
from ui.screens.conflicts.excerpt import excerpt_of
from ui.screens.conflicts.long_text import LongText
from ui.screens.conflicts.words import facts, listed_more, quoted, undone_words
from ui.widgets.pieces import Box, button, card, label

__all__ = ["DecisionList", "Fill"]

WordsOf = Callable[[str, str, Value], str]


class DecisionList(QWidget):
    """A column of cards.

    Signals:
        undo_wanted: carries a :class:`SettledRow` that shall be open again.
        value_wanted: carries a :class:`JoinedRow` and the :class:`ConflictValue` that shall show.
    """

    undo_wanted = Signal(object)
    value_wanted = Signal(object, object)

    def __init__(self, texts: Texts, words_of: WordsOf) -> None:
        super().__init__()
        self.setObjectName("page")
        self._texts = texts
        self._words_of = words_of
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def add_settled(self, rows: tuple[SettledRow, ...]) -> None:
        """Show decisions, the last first."""
        for row in rows:
            self._add_decision(row)
        if not rows:
            self._say_none(
                N_("Nada se decidió todavía"),
                N_("Aquí quedan las decisiones de todos los equipos, y se pueden deshacer."),
            )
        self._column.addStretch()

    def add_joined(self, rows: tuple[JoinedRow, ...]) -> None:
        """Show what joined by itself."""
        for row in rows:
            self._add_joined(row)
        if not rows:
            self._say_none(
                N_("Nada se unió solo"),
                N_("Ningún cambio de otro equipo tomó el lugar de uno de este."),
            )
        self._column.addStretch()

    def _add_decision(self, row: SettledRow) -> None:
        column = self._card(row.case_code, row.label)
        if not row.can_undo:
            why = undone_words(self._texts, self._when, row.undone, is_partial=row.is_partial)
            self._line(column, why, "strong")
        values = [row.value, *(one.value for one in row.replaced)]
        who = row.author_name or self._texts(N_("otra persona del centro"))
        self._value(
            column,
            lambda value: self._texts(
                N_("Quedó {value} · {who} · {when}"),
                value=value,
                who=who,
                when=self._when(row.at_ms),
            ),
            row,
            row.value,
            values,
        )
        for one in row.replaced:
            self._value(column, self._before_of(one), row, one.value, values, "muted")
        self._say_more(column, row.more)
        if row.can_undo:
            undo = button()
            undo.setText(self._texts(N_("Deshacer la decisión")))
            undo.setAccessibleName(f"{undo.text()}: {self._texts(row.label)}")
            undo.clicked.connect(lambda: self.undo_wanted.emit(row))
            self._foot(column, undo)

    def _before_of(self, one: ConflictValue) -> Callable[[str], str]:
        def said(value: str) -> str:
            return f"{self._texts(N_('Antes: {value}'), value=value)} · {self._facts(one)}"

        return said

    def _value(
        self,
        column: QVBoxLayout,
        sentence: Callable[[str], str],
        row: SettledRow | JoinedRow,
        value: Value,
        values: Sequence[Value],
        role: str = "",
    ) -> None:
        """Add a sentence with a value; of a long one the part that differs from the others."""
        words = [self._words_of(row.kind, row.field, one) for one in (value, *values)]
        part = excerpt_of(words[0], [one for one in words[1:] if one != words[0]])
        whole = quoted(self._texts, words[0], len(words[0]))
        shown = whole if part.is_whole else f"«{part.text}»"
        made = LongText(
            self._texts,
            sentence(shown),
            sentence(whole),
            role=role,
            about=sentence("").strip(),
            beside=True,
        )
        column.addWidget(made)

    def _add_joined(self, row: JoinedRow) -> None:
        column = self._card(row.case_code, row.label)
        values = [row.value, *(one.value for one in row.others)]

        def shows(value: str) -> str:
            said = self._texts(N_("Se ve {value}"), value=value)
            return said if row.is_whole else f"{said} · {self._facts(row.shown)}"

        self._value(column, shows, row, row.value, values)
        if row.is_whole:
            self._line(
                column,
                self._texts(N_("Se juntaron las marcas de todos: no falta ninguna.")),
                "muted",
            )
            return
        for one in row.others:
            self._value(column, self._also_of(one), row, one.value, values, "muted")
            if not row.can_bring_back:
                continue
            use = button()
            use.setText(self._texts(N_("Usar este valor")))
            words = self._words_of(row.kind, row.field, one.value)
            use.setAccessibleName(f"{use.text()}: {quoted(self._texts, words)}")
            use.clicked.connect(lambda _=False, one=one: self.value_wanted.emit(row, one))
            self._foot(column, use)
        self._say_more(column, row.more)

    def _say_more(self, column: QVBoxLayout, count: int) -> None:
        if count:
            self._line(column, listed_more(self._texts, count), "muted")

    def _also_of(self, one: ConflictValue) -> Callable[[str], str]:
        def said(value: str) -> str:
            also = self._texts(N_("También se escribió {value}"), value=value)
            return f"{also} · {self._facts(one)}"

        return said

    def _card(self, code: str, name: str) -> QVBoxLayout:
        frame, column = card(spacing=3)
        heading = label("heading")
        heading.setText(" · ".join(one for one in (code, self._texts(name)) if one))
        column.addWidget(heading)
        self._column.addWidget(frame)
        return column

    def _line(self, column: QVBoxLayout, said: str, role: str = "") -> None:
        line = label(role)
        line.setText(said)
        column.addWidget(line)

    def _foot(self, column: QVBoxLayout, one: QWidget) -> None:
        foot = QHBoxLayout()
        foot.addWidget(one)
        foot.addStretch()
        column.addLayout(foot)

    def _say_none(self, heading: str, said: str) -> None:
        box = Box("ok")
        box.say(self._texts(heading), self._texts(said))
        self._column.addWidget(box)

    def _facts(self, value: ConflictValue) -> str:
        return facts(self._texts, self._when, value, is_shown=False)

    def _when(self, ms: int) -> str:
        return self._texts.language.format_datetime_ms(ms)


Fill = Callable[[DecisionList], None]
"""Puts cards into a list."""
