"""*Anotar*: the lists of a case (actions, events, measures, people) and the record that is open."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.domain.form import Field, FieldType, Section
from app.i18n import N_
from app.services import whereabouts
from app.services.read_models import FormFile, RecordRow
from app.services.whereabouts import RecordPlaces
from ui.forms.field_places import FieldPlaces
from ui.forms.renderer import Fields
from ui.runtime.page import Page, ScreenContext
from ui.runtime.retry import Retry
from ui.screens.records.presenter import RecordsPresenter
from ui.screens.records.taken_out import TakenOut
from ui.widgets.case_bar import CaseBar
from ui.widgets.interpreter import interpreter_prompt
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tip
from ui.widgets.place import place_told, place_words
from ui.widgets.refusals import fault_words
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column, TableModel

__all__ = ["RecordsPage"]

_NARROW: Final = 900
_SHOWN_COLUMNS: Final = 3
"""Of the listed ones; the others are said in the tool tip and to a screen reader."""
_WIDTHS: Final = {FieldType.DATE: 92, FieldType.TIME: 56, FieldType.NUMBER: 56}
_OTHER_WIDTH: Final = 88
"""The first column says what it is, and takes what the others leave."""
_CAME_BACK: Final = N_(
    "Alguien lo quitó de la lista y en otro equipo escribieron en ello sin saberlo: por eso está"
    " aquí. No se perdió nada. Si no va, quítelo otra vez."
)


class RecordsPage(Page):
    """The page of one case's records."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self._desk = context.workplace.desk
        self.presenter = RecordsPresenter(context.runner, self._desk, self)
        self._code = ""
        self._places: RecordPlaces | None = None
        self._back_ids: frozenset[RecordId] = frozenset()
        self._fields: list[Fields] = []
        self._model: TableModel[RecordRow] = TableModel(())
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, "records")
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        self._taken_out = TakenOut(self.texts)
        self._taken_out.undo_wanted.connect(self.begun)
        self._taken_out.undo_wanted.connect(self.presenter.restore)
        page.addWidget(self._taken_out)
        body = QHBoxLayout()
        body.setSpacing(10)
        self._left = self._make_list()
        body.addWidget(self._left)
        frame, column = card(margin=4)
        self._area = scrolling(QWidget())
        column.addWidget(self._area, 1)
        foot = QHBoxLayout()
        self._discard = button("", "x")
        self.texts.bind(self._discard, "setText", N_("Quitar de la lista"))
        self._discard.clicked.connect(self.begun)
        self._discard.clicked.connect(self._take_out)
        foot.addStretch()
        foot.addWidget(self._discard)
        column.addLayout(foot)
        body.addWidget(frame, 1)
        page.addLayout(body, 1)
        self._retry = Retry(self, lambda: self.presenter.form.retry())
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """The choice of a list."""
        return self._lists

    def open(self, **arguments: object) -> None:
        """Show the records of ``case_id``: of the list ``section`` or the form ``form_id``;
        ``values`` begin one that holds them."""
        if "case_id" not in arguments:
            return
        wanted = arguments.get("section")
        section = next((one for one in self.presenter.sections if one.id == wanted), None)
        if section is None and "form_id" in arguments:
            section = self.presenter.list_for(str(arguments["form_id"]))
        values = arguments.get("values")
        self.presenter.open(
            RecordId(str(arguments["case_id"])),
            section,
            dict(values) if isinstance(values, dict) else None,
        )

    def flush(self) -> None:
        """Commit what is typed."""
        self.presenter.flush()

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return self.presenter.is_busy

    @property
    def fields(self) -> tuple[Fields, ...]:
        """The widgets of the open record, one for each section of its form."""
        return tuple(self._fields)

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.reload()

    def let_go(self) -> None:
        """The case is closed to who looks."""
        self.presenter.let_go()

    # What the presenter shows.

    def show_whose(self, case_id: RecordId) -> None:
        """From now on the records of this case show."""
        self.name_case(self._bar, case_id)

    def show_case(self, code: str) -> None:
        """Say whose records these are: never the case of before."""
        self._code = code
        if not code:
            self._places = None
            self._model.show(())
            for one in (self._empty, self._taken_out):
                one.hide()
        title = self.texts(N_("Anotar · {code}"), code=code) if code else self.texts(N_("Anotar"))
        self._title.setText(title)

    def show_rows(self, section: Section, rows: tuple[RecordRow, ...]) -> None:
        """Show the records of this list."""
        self._show_list(section)
        self._model.show(rows)
        number = next((n for n, one in enumerate(rows) if one.id == self.presenter.record_id), None)
        blocked = self.table.selectionModel().blockSignals(True)
        if number is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(number)
        self.table.selectionModel().blockSignals(blocked)
        self._empty.setVisible(not rows)
        self._look_at_places(rows)
        self._taken_out.setVisible(self.presenter.discarded is not None)
        self._back_ids = frozenset(one.id for one in rows if one.came_back)
        self._say_why()

    def show_form(self) -> None:
        """A record was opened: show its fields."""
        form = self.presenter.form
        holder = QWidget()
        holder.setObjectName("fields")
        column = QVBoxLayout(holder)
        column.setContentsMargins(10, 6, 10, 6)
        self._fields = []
        today = self._desk.clock.today()
        for section in form.form.sections:
            prompt = interpreter_prompt(self.texts, section)
            heading = label("heading")
            heading.setText(self.texts(section.title))
            column.addWidget(heading)
            if prompt is not None:
                column.addWidget(prompt)
            fields = Fields(section.fields, form, self._desk.definitions, self.texts, today)
            column.addWidget(fields)
            self._fields.append(fields)
        column.addStretch()
        self._replace(holder)
        self._discard.show()
        self._field_places.watch(self._fields)
        self._field_places.show()
        self._say_where()
        self._say_why()
        # Who goes through the list with the arrows stays in it; Enter goes into the record.
        if not self.table.hasFocus():
            self._enter_record()

    def show_none(self) -> None:
        """No record is open."""
        self._fields = []
        said = label("muted")
        said.setText(self.texts(N_("Elija uno de la lista, o añada otro.")))
        holder = QWidget()
        holder.setObjectName("fields")
        column = QVBoxLayout(holder)
        column.addWidget(said)
        column.addStretch()
        self._replace(holder)
        self._discard.hide()
        self._field_places.watch([])
        self._field_places.hide()
        self._say_where()
        self._say_why()

    def show_opening(self) -> None:
        """Another record is on its way: the one before is gone from the screen."""
        self.show_none()

    def show_file(self, file: FormFile) -> None:
        """A record was opened, saved to or reloaded."""
        del file

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        for one in self._fields:
            one.show_field(field_id, replaces=replaces)
        self._field_places.show_state()
        if self.presenter.is_busy:
            self.typing.emit()

    def show_visible(self) -> None:
        """An answer changed which fields show."""
        for one in self._fields:
            one.show_visible()

    def show_saved(self) -> None:
        """A commit returned, or something waits to be saved again."""
        form = self.presenter.form
        self._retry.want(form.may_be_retried)
        if not form.is_busy:
            self.saved.emit(self._desk.clock.now_ms())
            self.presenter.look()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        said = fault_words(self.texts, fault, is_typed=bool(self.presenter.form.unsaved))
        (self.not_saved if self.presenter.form.unsaved else self.failed).emit(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._left.setFixedWidth(300 if self.width() < _NARROW else 430)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._title = label("title", wraps=False)
        head.addWidget(self._title, 1)
        saw = button("link", "eye")
        self.texts.bind(saw, "setText", N_("¿Quién vio este caso?"))
        saw.clicked.connect(lambda: self._go("saw"))
        head.addWidget(saw)
        return head

    def _make_list(self) -> QFrame:
        frame, column = card(margin=8)
        self._lists = QComboBox()
        self._lists.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._lists.setMinimumContentsLength(12)
        self.texts.bind(self._lists, "setAccessibleName", N_("Qué lista"))
        self._fill_lists()
        self._lists.activated.connect(self._choose_list)
        self.table = RowTable(self._model, wide=0)
        self.table.activated.connect(self._enter_record)
        self.texts.bind(self.table, "setAccessibleName", N_("Lo anotado"))
        self._empty = label("muted")
        self.texts.bind(self._empty, "setText", N_("Todavía no hay nada en esta lista."))
        self._add = button("primary", "plus")
        self.texts.bind(self._add, "setText", N_("Añadir"))
        self._add.clicked.connect(self.begun)
        self._add.clicked.connect(lambda: self.presenter.add())
        self._why = Box("info")
        self._why.heading.hide()
        self.texts.bind(self._why.sentence, "setText", _CAME_BACK)
        self._why.hide()
        self._where = label("muted")
        self._where.hide()
        for one in (self._lists, self._empty):
            column.addWidget(one)
        places = FieldPlaces(self.texts, lambda: self.presenter.form, is_one_row=True)
        places.hide()
        self._field_places = places
        column.addWidget(self.table, 1)
        column.addWidget(self._why)
        column.addWidget(self._where)
        column.addWidget(places)
        column.addWidget(self._add)
        self._show_list(self.presenter.section)
        return frame

    def _fill_lists(self) -> None:
        current = self._lists.currentIndex()
        self._lists.clear()
        for section in self.presenter.sections:
            code = f"{section.code}. " if section.code else ""
            self._lists.addItem(code + self.texts(section.title), section.id)
        self._lists.setCurrentIndex(max(0, current))

    def _show_list(self, section: Section) -> None:
        self._lists.setCurrentIndex(self._lists.findData(section.id))
        columns = self.presenter.columns[:_SHOWN_COLUMNS]
        self._model = TableModel([self._column(one, n) for n, one in enumerate(columns)])
        self.table.setModel(self._model)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(columns)):
            self.table.setColumnWidth(column, _WIDTHS.get(columns[column].type, _OTHER_WIDTH))
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    def _column(self, field: Field, number: int) -> Column[RecordRow]:
        return Column(
            lambda: self.texts(field.brief), lambda row: row.columns[number] or "—", self._spoken
        )

    def _spoken(self, row: RecordRow) -> str:
        said = [one for one in (*row.columns, row.author) if one]
        if row.came_back:
            said.append(self.texts(_CAME_BACK))
        if self._places is not None:
            said.append(place_words(self.texts, self._places.of_records([row.id])))
        return " · ".join(said)

    def _look_at_places(self, rows: tuple[RecordRow, ...]) -> None:
        """Ask where each record of the list is."""
        laptops, ids = self.context.workplace.laptops, tuple(one.id for one in rows)
        case_id, section = self.presenter.case_id, self.presenter.section

        def answered(places: RecordPlaces) -> None:
            if (self.presenter.case_id, self.presenter.section) == (case_id, section):
                self._places = places
                self._say_where()
                self._field_places.show_places(places)

        self.learn(lambda uow: whereabouts.of_records(uow, laptops, ids), answered)

    def _say_where(self) -> None:
        """Say where the chosen record is."""
        places, record_id = self._places, self.presenter.record_id
        self._where.setVisible(places is not None and record_id is not None)
        if places is None or record_id is None:
            return
        place = places.of_records([record_id])
        words = place_words(self.texts, place)
        self._where.setText(self.texts(N_("Lo elegido: {place}"), place=words))
        set_tip(self._where, place_told(self.texts, place))

    def _say_why(self) -> None:
        """Say why the chosen record stands in the list, though somebody took it out."""
        self._why.setVisible(self.presenter.record_id in self._back_ids)

    # What happens.

    def _choose(self) -> None:
        row = self._model.row(self.table.currentIndex().row())
        if row is not None:
            self.presenter.choose(row.id)

    def _enter_record(self) -> None:
        if self._fields:
            first = self._fields[0]
            QTimer.singleShot(0, first, lambda: first.focus(None))

    def _take_out(self) -> None:
        # The button goes away with the record: the focus would go to the search box.
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.presenter.discard()

    def _choose_list(self, number: int) -> None:
        self.presenter.choose_list(self.presenter.sections[number])

    def _go(self, page: str) -> None:
        if self.presenter.case_id is not None:
            self.navigate.emit(page, {"case_id": self.presenter.case_id})

    def _replace(self, holder: QWidget) -> None:
        old = self._area.takeWidget()
        self._area.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def _retranslate(self) -> None:
        self.show_case(self._code)
        self._fill_lists()
        self._show_list(self.presenter.section)
        self.presenter.look()
        if self.presenter.record_id is not None and self._fields:
            self.presenter.flush()
            self.show_form()
