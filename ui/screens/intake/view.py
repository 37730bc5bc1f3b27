"""Receiving somebody: two people are asked for, who is on file shows beside them, and at any moment
a new ficha is opened."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault, QispiError
from app.domain.form import Field
from app.domain.records import Kind
from app.domain.value import Value
from app.i18n import N_
from app.services.intake import CONDITION
from app.services.messages import sentence
from ui.forms.editor_of import editor_of
from ui.forms.field_editors import FieldEditor
from ui.runtime.page import Page, ScreenContext
from ui.screens.intake.cards import (
    alert_box,
    chosen_box,
    match_card,
    no_match_box,
    proposal_card,
)
from ui.screens.intake.kept_part import KeptPart
from ui.screens.intake.presenter import Found, IntakePresenter, Side, Wanted
from ui.screens.intake.words import not_done_words
from ui.widgets.pieces import button, card, label, scrolling
from ui.widgets.refusals import pressed_words

__all__ = ["IntakePage"]

LOOK_MS: Final = 300
"""How long after the last key the disk is asked who is on file."""

_NARROW: Final = 900
_TWO_COLUMNS: Final = 420

_TITLES: Final = {
    Side.SURVIVOR: N_("Persona usuaria"),
    Side.PERPETRATOR: N_("Presunta persona agresora"),
}
_ASKED: Final = {
    Side.SURVIVOR: N_("¿Ya la atendimos?"),
    Side.PERPETRATOR: N_("¿Ya figura la presunta persona agresora?"),
}


class IntakePage(Page):
    """The page before a new ficha."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = IntakePresenter(context.runner, context.workplace.desk, self)
        self.editors: dict[str, FieldEditor] = {}
        self._found: Found | None = None
        self._stop: QWidget | None = None
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        explained = label("muted")
        self.texts.bind(
            explained,
            "setText",
            N_(
                "Nada es obligatorio. Si es urgente, abra la ficha ahora y complete después. "
                "Hasta entonces no se crea ninguna ficha."
            ),
        )
        page.addWidget(explained)
        self._kept = KeptPart(self.texts)
        self._kept.anew.connect(self._begin_anew)
        self._kept.other.connect(self._go_to_other)
        self.show_others = self._kept.show_others
        page.addWidget(self._kept)
        body = QHBoxLayout()
        body.setSpacing(10)
        self._form_area = scrolling(QWidget())
        body.addWidget(self._form_area, 1)
        self._rail_area = scrolling(QWidget())
        body.addWidget(self._rail_area)
        page.addLayout(body, 1)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(LOOK_MS)
        self._rest.timeout.connect(self._rested)
        self._grids: list[tuple[QGridLayout, list[QWidget]]] = []
        self._condition: FieldEditor | None = None
        self._build_form()
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Begin with empty fields, or go on with what was typed before a lock."""
        del arguments
        self.presenter.open()
        self._focus_first()

    def flush(self) -> None:
        """Keep what is typed: the page may go away now."""
        self._rest.stop()
        self.presenter.keep()

    @property
    def is_busy(self) -> bool:
        """Whether something that was typed here is not on the disk."""
        return not self.presenter.is_kept

    def refresh(self) -> None:
        """Records changed elsewhere: whoever came in may be found now."""
        self.presenter.look()

    # What the presenter shows.

    def show_typed(self, typed: Mapping[str, Value], *, is_recovered: bool) -> None:
        """Show what stands in the fields."""
        for name, editor in self.editors.items():
            editor.show_value(typed.get(name))
        self._kept.show_recovered(is_recovered)

    def show_found(self, found: Found) -> None:
        """Show who may be on file, the condition proposed, and the alert."""
        self._found = found
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        if found.alert is not None:
            column.addWidget(alert_box(self.texts, found.alert))
        if self.presenter.chosen:
            column.addWidget(self._proposal(found))
        for side in Side:
            self._add_side(column, side, found)
        if self.presenter.typed and not self.presenter.chosen:
            column.addWidget(self._proposal(found))
        column.addStretch()
        at = self._rail_area.verticalScrollBar().value()
        focused = self.focusWidget()
        had_focus = focused is not None and self._rail_area.isAncestorOf(focused)
        _put(self._rail_area, holder)
        self._rail_area.verticalScrollBar().setValue(at)
        if had_focus:
            # The button that was pressed is gone: the next key must not land nowhere.
            self._open.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_kept(self) -> None:
        """What is typed is on the disk."""
        self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_opening(self, *, is_opening: bool) -> None:
        """A ficha is being opened: what is typed now would be in none."""
        self._stop = self.focusWidget() if is_opening else self._stop
        for one in (self._form_area, self._rail_area, self._cancel, self._open, self._kept):
            one.setEnabled(not is_opening)
        if not is_opening and self._stop is not None and self.isVisible():
            self._stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def open_case(self, case_id: RecordId) -> None:
        """Go to the new ficha."""
        self._empty()
        self.saved.emit(self.context.workplace.desk.clock.now_ms())
        self.lead("ficha", {"case_id": case_id})

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""
        self.failed.emit(pressed_words(self.texts, fault))

    def show_not_done(self, fault: QispiError, wanted: Wanted) -> None:
        """What was wanted was not done; nothing of it is later by itself."""
        self.failed.emit(not_done_words(self.texts, fault, wanted))
        if wanted is Wanted.SEARCH and self._found is not None:
            self.show_found(self._found)

    def show_not_kept(self, fault: QispiError) -> None:
        """What is typed is not on the disk; the next save takes it along."""
        said = sentence(fault.message_id, fault.parameters, self.texts)
        (self.not_saved if isinstance(fault, EnvironmentFault) else self.failed).emit(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: the rail makes room on a small screen."""
        super().resizeEvent(event)
        self._rail_area.setFixedWidth(310 if self.width() < _NARROW else 400)
        self._place()

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("step")
        self.texts.bind(title, "setText", N_("Nueva atención: ¿quién es?"))
        self._cancel = button("", "x")
        self.texts.bind(self._cancel, "setText", N_("Cancelar"))
        self._cancel.clicked.connect(self._leave)
        self._open = button("primary", "plus")
        self.texts.bind(self._open, "setText", N_("Abrir ficha nueva (Ctrl+Enter)"))
        self._open.clicked.connect(self.begun)
        self._open.clicked.connect(self._open_ficha)
        keys = QShortcut(QKeySequence("Ctrl+Return"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._open.click)
        head.addWidget(title, 1)
        head.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._open, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _build_form(self) -> None:
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.editors = {}
        self._grids = []
        for side in Side:
            frame, inside = card(spacing=4, margin=10)
            heading = label("heading")
            heading.setText(self.texts(_TITLES[side]))
            inside.addWidget(heading)
            grid = QGridLayout()
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(6)
            inside.addLayout(grid)
            rows = [self._row(side, one) for one in self.presenter.fields(side)]
            self._grids.append((grid, rows))
            column.addWidget(frame)
        column.addStretch()
        _put(self._form_area, holder)
        self._place(force=True)
        order = [widget for one in self.editors.values() for widget in one.focus_widgets]
        for first, second in itertools.pairwise(order):
            QWidget.setTabOrder(first, second)

    def _row(self, side: Side, definition: Field) -> QWidget:
        desk = self.context.workplace.desk
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        editor = editor_of(definition, desk.definitions, self.texts, desk.clock.today())
        question = label()
        question.setText(self.texts(self._asked(side, definition)))
        question.setBuddy(editor.focus_widgets[0])
        editor.name(f"{self.texts(_TITLES[side])}: {question.text()}", "")
        editor.edited.connect(lambda: self._edited(definition.id, editor))
        column.addWidget(question)
        column.addWidget(editor)
        column.addStretch()
        self.editors[definition.id] = editor
        return row

    def _asked(self, side: Side, definition: Field) -> str:
        """Return the question; below the heading of whom it is about, it need not say so."""
        of_her = self.context.workplace.desk.definitions.field_of(Kind.SURVIVOR, definition.field)
        if side is Side.PERPETRATOR and of_her is not None and definition.field != "alias":
            return of_her.brief
        known = {"EDAD_AGRESOR": "EDAD_VICTIMA", "SEXO_AGRESOR": "SEXO_VICTIMA"}
        same = self.presenter.form.get(known.get(definition.id, definition.id))
        return (same or definition).brief

    def _place(self, *, force: bool = False) -> None:
        wide = self.width() - self._rail_area.width() - 70 >= _TWO_COLUMNS
        columns = 2 if wide else 1
        for grid, rows in self._grids:
            if not force and grid.property("columns") == columns:
                continue
            grid.setProperty("columns", columns)
            for number, row in enumerate(rows):
                grid.addWidget(row, number // columns, number % columns)
            for at in range(2):
                grid.setColumnStretch(at, 1 if at < columns else 0)

    def _add_side(self, column: QVBoxLayout, side: Side, found: Found) -> None:
        chosen = [one for (at, _), one in self.presenter.chosen.items() if at is side]
        matches = found.matches[side]
        is_asked = any(one.id in self.presenter.typed for one in self.presenter.fields(side))
        if not chosen and not matches and not is_asked:
            return
        heading = label("strong")
        heading.setText(self.texts(_ASKED[side]))
        column.addWidget(heading)
        for one in chosen:
            told = found.differences if one.kind == _KIND_OF[side] else ()
            column.addWidget(
                chosen_box(
                    self.texts,
                    one,
                    tuple(other for other in told if other.kind == one.kind),
                    lambda kind=one.kind: self.presenter.undo(side, kind),  # type: ignore[misc]
                )
            )
        for match in matches:
            column.addWidget(
                match_card(
                    self.texts,
                    side,
                    match,
                    lambda one=match: self.presenter.choose(side, one),  # type: ignore[misc]
                    lambda one=match: self.presenter.refuse(side, one.record_id),  # type: ignore[misc]
                )
            )
        if not matches and not chosen:
            is_unsearched = self.presenter.is_unsearched
            column.addWidget(no_match_box(self.texts, side, is_unsearched=is_unsearched))

    def _proposal(self, found: Found) -> QWidget:
        desk = self.context.workplace.desk
        proposal = found.proposal
        frame, column = proposal_card(self.texts, desk.definitions, proposal)
        definition = self.presenter.form.get(CONDITION)
        if definition is None:
            return frame
        picked = editor_of(definition, desk.definitions, self.texts, desk.clock.today())
        picked.show_value(self.presenter.condition or None)
        if proposal.code is not None:
            code = proposal.code
            use = button()
            name = self.texts(desk.definitions.catalogues["condicion"].label(code))
            use.setText(self.texts(N_("Poner «{name}»"), name=name))
            use.clicked.connect(lambda: self._set_condition(picked, code))
            column.addWidget(use)
        picked.name(self.texts(definition.label), "")
        picked.edited.connect(lambda: self.presenter.set_condition(str(picked.value() or "")))
        column.addWidget(picked)
        return frame

    # What happens.

    def _set_condition(self, picked: FieldEditor, code: str) -> None:
        picked.show_value(code)
        self.presenter.set_condition(code)

    def _edited(self, field_id: str, editor: FieldEditor) -> None:
        self.presenter.type(field_id, editor.value())
        self.typing.emit()
        self._rest.start()

    def _rested(self) -> None:
        self.presenter.keep()
        self.presenter.look()

    def _open_ficha(self) -> None:
        self._rest.stop()
        self.presenter.open_ficha()

    def _leave(self) -> None:
        self._empty()
        self.presenter.cancel()
        self.navigate.emit("cases", {})

    def _begin_anew(self) -> None:
        """Somebody else came in: what was typed of whoever was asked before waits for her turn."""
        self._empty()
        self.presenter.put_aside()
        self._focus_first()

    def _go_to_other(self) -> None:
        """Somebody who was typed before: what is typed now waits for her turn."""
        if self.presenter.has_other:
            self._empty()
            self.presenter.go_to_other()
            self._focus_first()

    def _focus_first(self) -> None:
        next(iter(self.editors.values())).focus_widgets[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _empty(self) -> None:
        self._rest.stop()
        for editor in self.editors.values():
            editor.show_value(None)
        self._kept.show_recovered(False)
        self._found = None
        _put(self._rail_area, QWidget())

    def _retranslate(self) -> None:
        self._build_form()
        self.show_typed(self.presenter.typed, is_recovered=self._kept.is_recovered)
        if self._found is not None:
            self.show_found(self._found)


def _put(area: QScrollArea, holder: QWidget) -> None:
    old = area.takeWidget()
    area.setWidget(holder)
    if old is not None:
        old.deleteLater()


_KIND_OF: Final = {
    Side.SURVIVOR: Kind.SURVIVOR,
    Side.PERPETRATOR: Kind.ALLEGED_PERPETRATOR,
}
