"""*Calendario de plazos*: the days by which terms are counted, and the distances of districts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault, QispiError
from app.domain.value import Value
from app.i18n import N_
from app.services.messages import sentence
from app.services.work_calendar import CALENDAR_FORM, DISTANCE_FORM, CalendarRow, Distance
from ui.runtime.page import Page, ScreenContext
from ui.screens.calendar.part import Part, PartWords
from ui.screens.calendar.presenter import FORMS, CalendarPresenter, Found, Remarks
from ui.screens.calendar.words import DayWords, DistanceWords
from ui.widgets.gate import Gate
from ui.widgets.pages import Pages
from ui.widgets.pieces import Box, CheckableButton, button, label
from ui.widgets.refusals import pressed_words
from ui.widgets.table import Column

__all__ = ["CalendarPage"]

_DAYS: Final = PartWords(
    table=N_("Días del calendario"),
    empty=N_("Este año no tiene días anotados."),
    begin=N_("Añadir día"),
    go_on=N_("Ese día se trabaja"),
    heading=N_("Añadir al calendario"),
    note=N_("No cuenta hasta que lo añada."),
    add=N_("Añadir (Ctrl+Enter)"),
)
_DISTANCES: Final = PartWords(
    table=N_("Término de la distancia por distrito"),
    empty=N_("Todavía no hay ninguna distancia anotada: no se sabe ninguna."),
    begin=N_("Anotar distancia"),
    go_on=N_("Corregir"),
    heading=N_("Anotar distancia"),
    note=N_(
        "Cópiela del cuadro oficial. Si el distrito ya tiene una, esta la reemplaza; la anterior "
        "queda en el historial."
    ),
    add=N_("Anotar (Ctrl+Enter)"),
)
_TITLE: Final = N_("Calendario de plazos")
_KEEP: Final = "keep_calendar"
_CHIPS: Final = (N_("Días"), N_("Término de la distancia"))
_MOVES: Final = N_("Mueve los plazos de todos los casos")
_EXPLAINED: Final = (
    N_(
        "Con estos días se cuentan los plazos. Al añadir o quitar uno, las tareas de todos los "
        "casos se calculan de nuevo, en todos los equipos del centro. Los feriados nacionales ya "
        "están."
    ),
    N_(
        "El cuadro oficial del Poder Judicial no se pudo obtener: aquí no viene ninguna "
        "distancia. Copie los días del cuadro oficial y anote de qué resolución salen. Un "
        "distrito sin anotar no es cero: no se sabe."
    ),
)


class CalendarPage(Page):
    """The page of the calendar."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self._today = desk.clock.today
        self.presenter = CalendarPresenter(context.runner, desk, self)
        self._added: RecordId | None = None
        self._waits = False
        self._day_words = DayWords(self.texts, desk.definitions)
        self._distance_words = DistanceWords(self.texts, desk.definitions, self._today)
        self.days: Part[CalendarRow] = self._make_days()
        self.distances: Part[Distance] = self._make_distances()
        self._parts: dict[str, Part[CalendarRow] | Part[Distance]] = {
            CALENDAR_FORM: self.days,
            DISTANCE_FORM: self.distances,
        }
        for form_id, part in self._parts.items():
            self._listen(form_id, part)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", _TITLE)
        page.addWidget(title)
        page.addLayout(self._make_chips())
        self._explained = Box("info")
        page.addWidget(self._explained)
        self.gate = Gate(self, "calendar", (_KEEP,))
        for each in self._parts.values():
            self.gate.guard(_KEEP, *each.writers)
        self.gate.turned.connect(self._look_for_drafts)
        page.addWidget(self.gate)
        self._undo = self._make_undo()
        page.addWidget(self._undo)
        self._stack = Pages()
        self._stack.addWidget(self.days)
        self._stack.addWidget(self.distances)
        page.addWidget(self._stack, 1)
        self._show_part(0)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Show the year, and what was begun and not added; ``part`` ``distances`` shows these."""
        if "part" in arguments:
            self._show_part(1 if arguments["part"] == "distances" else 0)
        self._waits = True
        self.refresh()

    def flush(self) -> None:
        """Keep what is typed."""
        for part in self._parts.values():
            part.flush()

    @property
    def is_busy(self) -> bool:
        """Whether something that was typed is not kept yet."""
        return any(part.is_busy for part in self._parts.values())

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.gate.look()
        self.presenter.look()

    # What the presenter shows.

    def show_found(self, found: Found) -> None:
        """Show the days of a year, and the distances."""
        shown = tuple(self._years.itemData(n) for n in range(self._years.count()))
        if shown != found.years:  # an open list stays open
            self._years.clear()
            for year in found.years:
                self._years.addItem(str(year), year)
        self._years.setCurrentIndex(self._years.findData(found.year))
        today = self._today()
        self.days.show_rows(found.days, lambda row: row.last is not None and row.last >= today)
        self.distances.show_rows(found.distances, lambda _: False)
        added, self._added = self._added, None
        if added is not None:
            self.days.choose(lambda row: row.record_id == added)
            self.distances.choose(lambda row: row.record_id == added)

    def show_draft(self, form_id: str, values: Mapping[str, Value]) -> None:
        """Show what someone began to write before, unless something is being written."""
        part = self._parts[form_id]
        if not part.is_writing:
            part.begin(values)
            self._show_part(FORMS.index(form_id))

    def show_kept(self, form_id: str) -> None:
        """What is being written is on the disk."""
        self._parts[form_id].show_kept()
        if not self.is_busy:
            self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_not_kept(self, fault: QispiError) -> None:
        """What is being written is not on the disk; the next save takes it along."""
        said = sentence(fault.message_id, fault.parameters, self.texts)
        (self.not_saved if isinstance(fault, EnvironmentFault) else self.failed).emit(said)

    def show_remarks(self, form_id: str, remarks: Remarks) -> None:
        """Say beside the fields what does not fit."""
        self._parts[form_id].show_remarks(remarks)

    def show_added(self, form_id: str, record_id: RecordId) -> None:
        """It was added."""
        self._added = record_id
        self._parts[form_id].end()
        self._tell()

    def show_removed(self, count: int) -> None:
        """Something was taken back, or restored."""
        self._undo.setVisible(count > 0)
        self._undo.say(
            "",
            self.texts.plural(
                N_("Se quitó {count} anotación. No se perdió: puede deshacerlo."),
                N_("Se quitaron {count} anotaciones. No se perdieron: puede deshacerlo."),
                count,
            ),
        )
        self._tell()

    def show_fault(self, fault: QispiError) -> None:
        """Something that was pressed could not be done: nothing of it waits. Above another page it
        says where it comes from."""
        said = pressed_words(self.texts, fault)
        here = self.texts(_TITLE)
        self.failed.emit(said if self.isVisible() else f"{here} · {said}")

    # The frame.

    def _make_chips(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        self._chips = []
        for number, words in enumerate(_CHIPS):
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setChecked(number == 0)
            self.texts.bind(chip, "setText", words)
            chip.clicked.connect(lambda _, n=number: self._show_part(n))
            self._chips.append(chip)
            row.addWidget(chip)
        row.addStretch()
        self._year: QLabel = label(wraps=False)
        self.texts.bind(self._year, "setText", N_("Año:"))
        self._years = QComboBox()
        self.texts.bind(self._years, "setAccessibleName", N_("Año"))
        self._years.setMinimumWidth(96)
        self._years.activated.connect(
            lambda number: self.presenter.choose_year(int(self._years.itemData(number)))
        )
        self._year.setBuddy(self._years)
        row.addWidget(self._year)
        row.addWidget(self._years)
        return row

    def _make_undo(self) -> Box:
        box = Box("ok")
        back = button("link")
        self.texts.bind(back, "setText", N_("Deshacer"))
        back.clicked.connect(self.begun)
        back.clicked.connect(self.presenter.undo)
        box.buttons.addWidget(box.sentence, 1)  # beside its button: room is short
        box.buttons.addWidget(back)
        box.hide()
        return box

    def _make_days(self) -> Part[CalendarRow]:
        texts, words = self.texts, self._day_words
        columns = (
            Column(lambda: texts(N_("Día")), words.days, words.spoken),
            Column(lambda: texts(N_("Qué pasa")), words.sort, words.spoken),
            Column(lambda: texts(N_("Motivo")), words.reason, words.spoken),
            Column(lambda: texts(N_("Dónde")), words.place, words.spoken),
        )
        return Part(
            self.context,
            self.presenter.form(CALENDAR_FORM),
            _DAYS,
            columns,
            {0: 96, 1: 128},
            3,
            words.detail,
            lambda row: (row.record_id, row.first),
        )

    def _make_distances(self) -> Part[Distance]:
        texts, words = self.texts, self._distance_words
        columns = (
            Column(lambda: texts(N_("Distrito")), words.district, words.spoken),
            Column(lambda: texts(N_("Días")), words.days, words.spoken),
            Column(lambda: texts(N_("Vale desde")), words.since, words.spoken),
            Column(lambda: texts(N_("Fuente")), words.source, words.spoken),
        )
        return Part(
            self.context,
            self.presenter.form(DISTANCE_FORM),
            _DISTANCES,
            columns,
            {1: 96, 2: 136},
            3,
            words.detail,
            lambda row: row.record_id,
        )

    def _listen(self, form_id: str, part: Part[CalendarRow] | Part[Distance]) -> None:
        part.typed.connect(self.typing)
        for one in (part.submitted, part.discarded, part.removed):
            one.connect(self.begun)
        part.turned.connect(self._explain)
        part.rested.connect(lambda values: self.presenter.keep(form_id, values))
        part.submitted.connect(lambda values: self.presenter.add(form_id, values))
        part.discarded.connect(lambda: self.presenter.discard(form_id))
        part.removed.connect(lambda row: self.presenter.remove(form_id, row.record_id))

    # What happens.

    def _look_for_drafts(self) -> None:
        """Go on with what was begun, once, for whoever may."""
        if self._waits and self.gate.allows(_KEEP):
            self.presenter.look_for_drafts()
        self._waits = False

    def _show_part(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self._chips[number].setChecked(True)
        for one in (self._year, self._years):
            one.setVisible(number == 0)
        self._explain()

    def _explain(self) -> None:
        number = self._stack.currentIndex()
        # While something is written, the form needs the room.
        is_writing = self._parts[FORMS[number]].is_writing
        said = "" if is_writing else self.texts(_EXPLAINED[number])
        self._explained.say(self.texts(_MOVES), said)

    def _tell(self) -> None:
        self.saved.emit(self.context.workplace.desk.clock.now_ms())
        self.context.records_changed()

    def _retranslate(self) -> None:
        for part in self._parts.values():
            part.retranslate()
        self._show_part(self._stack.currentIndex())
