"""The steps of the ficha in one row: those of the section at hand as numbers, the other sections
of the paper form as their letters.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.form import Section
from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import CheckableButton, restyle, set_tip

__all__ = ["StepGroup", "StepRow", "groups_of"]

_AROUND: Final = 8
"""Pixels beside the words of a step, so that a section of many steps fits a small screen."""


@dataclass(frozen=True, slots=True)
class StepGroup:
    """Steps that follow each other and stand in one section of the paper form."""

    code: str
    first: int
    count: int


def groups_of(steps: Sequence[Section]) -> tuple[StepGroup, ...]:
    """Return the steps by section of the paper form; those of none, by themselves."""
    groups, first = [], 0
    for code, some in itertools.groupby(steps, key=lambda one: one.code):
        count = len(list(some))
        groups.append(StepGroup(code, first, count))
        first += count
    return tuple(groups)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A button of the row: one step of the section at hand, or another section whole."""

    text: str
    title: str
    steps: range
    is_step: bool = False
    is_current: bool = False


class StepRow(QWidget):
    """The row of steps.

    Signals:
        chosen: somebody wants to go to a step: its number, from 0.
    """

    chosen = Signal(int)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._buttons: list[CheckableButton] = []
        self._entries: list[_Entry] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(3)

    def show_steps(
        self,
        steps: Sequence[Section],
        current: int,
        lacking: frozenset[int],
        answered: frozenset[int],
    ) -> None:
        """Show the steps; ``lacking`` are the numbers, from 0, of those where data is missing,
        ``answered`` of those where anything is written. Only what is written gets a tick: an empty
        step is not done because nothing in it is compulsory."""
        self._entries = list(self._wanted(steps, current))
        while len(self._buttons) < len(self._entries):
            self._add(len(self._buttons))
        for button, entry in zip(self._buttons, self._entries, strict=False):
            lacks = not lacking.isdisjoint(entry.steps)
            is_begun = not answered.isdisjoint(entry.steps)
            self._dress(button, entry, lacks=lacks, is_done=is_begun and not lacks)
        for number, button in enumerate(self._buttons):
            button.setVisible(number < len(self._entries))

    def _wanted(self, steps: Sequence[Section], current: int) -> Iterator[_Entry]:
        titles = [self._texts(one.title) for one in steps]
        for group in groups_of(steps):
            inside = range(group.first, group.first + group.count)
            if current not in inside:
                name = group.code or _numbers(inside)
                yield _Entry(name, ", ".join(titles[one] for one in inside), inside)
                continue
            for one in inside:
                own = range(one, one + 1)
                yield _Entry(
                    _numbers(own), titles[one], own, is_step=True, is_current=one == current
                )

    def _add(self, number: int) -> None:
        button = CheckableButton("step")
        button.clicked.connect(lambda: self.chosen.emit(self._entries[number].steps.start))
        self._row.addWidget(button, 1)
        self._buttons.append(button)

    def _dress(self, button: CheckableButton, entry: _Entry, *, lacks: bool, is_done: bool) -> None:
        state = self._texts(
            N_("faltan datos para validar") if lacks else N_("nada falta para validar")
        )
        said = (
            self._texts(
                N_("Paso {step}: {title}, {state}"),
                step=entry.text,
                title=entry.title,
                state=state,
            )
            if entry.is_step
            else f"{entry.text}: {entry.title}, {state}"
        )
        button.setText(f"{entry.text} ✓" if is_done else entry.text)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + _AROUND)
        set_tip(button, said)
        button.setAccessibleName(said)
        button.setChecked(entry.is_current)
        if button.property("done") != is_done:
            button.setProperty("done", is_done)
            restyle(button)


def _numbers(steps: range) -> str:
    first, last = steps.start + 1, steps.stop
    return str(first) if first == last else f"{first}–{last}"
