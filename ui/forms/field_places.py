"""Beside a form: where the field at hand is, and, when somebody asks, where each field is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.i18n import N_
from app.services.ports import FieldKey
from app.services.whereabouts import RecordPlaces
from app.services.whereabouts_ports import Reach, Whereabouts
from ui.forms.open_form import OpenForm
from ui.forms.renderer import Fields
from ui.runtime.text import Texts
from ui.widgets.pieces import CheckableButton, label, set_tip
from ui.widgets.place import place_told, place_words

__all__ = ["FieldPlaces"]


class FieldPlaces(QFrame):
    """The card. It says nothing of what stands on the screen and not on the disk."""

    def __init__(
        self, texts: Texts, form_of: Callable[[], OpenForm], *, is_one_row: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._form_of = form_of
        self._places: RecordPlaces | None = None
        self._shown: Sequence[Fields] = ()
        self._field_id: str | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(2)
        head = QHBoxLayout()
        self.said = label("muted")
        self.every = CheckableButton("chip")
        texts.bind(self.every, "setText", N_("Todos"))
        texts.bind(self.every, "setToolTip", N_("Muestra bajo cada dato dónde está."))
        self.every.toggled.connect(lambda _: self._show_every())
        column.addLayout(head)
        if is_one_row:
            self.setObjectName("")
            column.setContentsMargins(0, 0, 0, 0)
            head.addWidget(self.said, 1)
        else:
            title = label("strong")
            texts.bind(title, "setText", N_("Dónde está"))
            head.addWidget(title, 1)
            column.addWidget(self.said)
        head.addWidget(self.every)
        # Two lines from the start: what stands below must not jump with each field.
        self.said.setMinimumHeight(2 * self.said.fontMetrics().lineSpacing())
        texts.changed.connect(self.show_state)
        self.show_state()

    def watch(self, fields: Sequence[Fields]) -> None:
        """Follow the focus in these fields, which show now."""
        self._shown = tuple(fields)
        self._field_id = None
        for one in self._shown:
            one.entered.connect(self._entered)
        self.show_state()

    def show_places(self, places: RecordPlaces | None) -> None:
        """Take in where the fields are; None while it is not known."""
        self._places = places
        self.show_state()

    def show_state(self) -> None:
        """Something was typed, saved or learned: say it anew."""
        self._say()
        self._show_every()

    def _entered(self, field_id: str) -> None:
        self._field_id = field_id
        self._say()

    def _say(self) -> None:
        form, field_id = self._form_of(), self._field_id
        definition = form.form.get(field_id) if field_id is not None else None
        if definition is None or field_id is None or form.file is None:
            self._show(self._texts(N_("Entre en un dato: aquí se dice dónde está.")), "")
            return
        name = self._texts(definition.brief)
        place = self._place_of(field_id)
        if place is None:
            is_blank = field_id not in form.file.fields and not form.binding(field_id).is_unsaved
            words = N_("sin respuesta") if is_blank else N_("todavía no está guardado")
            self._show(f"{name}: {self._texts(words)}", "")
            return
        words = place_words(self._texts, place)
        saved = self._texts(N_("guardado"))
        self._show(f"{name}: {saved} · {words}", place_told(self._texts, place))

    def _show(self, words: str, told: str) -> None:
        self.said.setText(words)
        set_tip(self.said, told)
        self.said.setAccessibleName(f"{words}. {told}" if told else words)

    def _show_every(self) -> None:
        is_wanted = self.every.isChecked()
        for fields in self._shown:
            for field_id in fields.ids:
                place = self._place_of(field_id) if is_wanted else None
                if place is None:
                    fields.show_place(field_id, "", "")
                else:
                    words, told = place_words(self._texts, place), place_told(self._texts, place)
                    fields.show_place(field_id, words, told)

    def _place_of(self, field_id: str) -> Whereabouts | None:
        """Return where a field is; None for what was never answered, or is not known yet."""
        form = self._form_of()
        file, places = form.file, self._places
        if file is None or places is None or field_id not in file.fields:
            return None
        binding = form.binding(field_id)
        if binding.is_unsaved:
            return None
        definition = binding.definition
        key = FieldKey(definition.kind, file.records[definition.kind], definition.field)
        place = places.of_field(key)
        # What was saved a moment ago is not asked for yet: nothing better than the truth.
        is_stale = not binding.stored.is_sent and place.reach >= Reach.RECEIVED
        return None if is_stale else place
