"""The days and distances in words: rows of tables, and what is said of the chosen one. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.definitions import Definitions
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.i18n import N_
from app.services.work_calendar import CalendarRow, Distance
from ui.runtime.text import Texts

__all__ = ["DayWords", "Detail", "DistanceWords"]

_WEEKDAYS: Final = (
    N_("lunes"),
    N_("martes"),
    N_("miércoles"),
    N_("jueves"),
    N_("viernes"),
    N_("sábado"),
    N_("domingo"),
)
_NATION: Final = N_("Feriado nacional")
_EVERYWHERE: Final = N_("Todo el ámbito del CEM")
_INCOMPLETE: Final = N_("▲ Incompleto: no cuenta")
_NO_BASIS: Final = N_("▲ Sin norma anotada")
_NO_SOURCE: Final = N_("▲ Sin fuente: anote la resolución y la página del cuadro.")

_EFFECTS: Final[Mapping[str, str]] = {
    DaySort.HOLIDAY.value: N_(
        "No cuenta como día hábil; un plazo que vence ese día pasa al hábil siguiente."
    ),
    DaySort.NON_WORKING.value: N_(
        "No cuenta como día hábil; un plazo que vence ese día pasa al hábil siguiente."
    ),
    DaySort.SUSPENDED.value: N_("Los plazos en días se detienen. Los plazos en horas siguen."),
    DaySort.WORKING.value: N_("Cuenta como día hábil, aunque sea feriado o fin de semana."),
}
"""What each sort does to the terms (docs/adr/0011)."""


@dataclass(frozen=True, slots=True)
class Detail:
    """The chosen row: what is said of it, whether it may be taken back, and what a form that goes
    on from it begins with."""

    heading: str
    lines: tuple[str, ...]
    may_be_removed: bool
    begins_with: Mapping[str, Value]


class DayWords:
    """The words of the days."""

    def __init__(self, texts: Texts, definitions: Definitions) -> None:
        self._texts = texts
        self._definitions = definitions

    def days(self, row: CalendarRow) -> str:
        """The day, or the first and the last one; the year once when it is one."""
        if row.first is None:
            return "—"
        if row.last is None or row.last == row.first:
            return self._date(row.first)
        first = self._date(row.first)
        if row.first.year == row.last.year:
            first = first.rpartition("/")[0]
        return f"{first}–{self._date(row.last)}"

    def sort(self, row: CalendarRow) -> str:
        """What happens that day."""
        if row.record_id is None:
            return self._texts(_NATION)
        return self._sort(row) if row.is_counted else self._texts(_INCOMPLETE)

    def reason(self, row: CalendarRow) -> str:
        """The name of the holiday, or the reason that the centre wrote. The nation's names come in
        Spanish from the calendar of the laws and are not translated."""
        return row.reason or "—"

    def place(self, row: CalendarRow) -> str:
        """Where it holds."""
        if row.record_id is None:
            return self._texts(N_("Todo el país"))
        return _district(self._definitions, row.district) or self._texts(_EVERYWHERE)

    def spoken(self, row: CalendarRow) -> str:
        """The whole row, for a screen reader and the tool tip."""
        return " · ".join((self.days(row), self.sort(row), self.reason(row), self.place(row)))

    def detail(self, row: CalendarRow) -> Detail:
        """What is said of the chosen day."""
        texts = self._texts
        if row.record_id is None:
            lines = [
                texts(_NATION),
                row.reason,
                texts(
                    N_(
                        "Viene con el programa y aquí no se cambia. Si ese día las oficinas "
                        "trabajan, añádalo como «Se trabaja»."
                    )
                ),
            ]
            day = row.first.isoformat() if row.first else None
            begins: dict[str, Value] = {"day": day, "sort": DaySort.WORKING.value}
            return Detail(self._long(row), tuple(lines), may_be_removed=False, begins_with=begins)
        lines = [self._sort(row), self.place(row)]
        if row.reason:
            lines.append(texts(N_("Motivo: {reason}"), reason=row.reason))
        lines.append(
            texts(N_("Norma: {basis}"), basis=row.legal_basis)
            if row.legal_basis
            else texts(_NO_BASIS)
        )
        if row.is_counted:
            lines.append(texts(_EFFECTS[row.sort]))
        else:
            lines.append(
                texts(N_("▲ Incompleto: no cuenta para ningún plazo. Quítelo y añádalo de nuevo."))
            )
        return Detail(
            self._long(row),
            tuple(one for one in lines if one),
            may_be_removed=True,
            begins_with={},
        )

    def _sort(self, row: CalendarRow) -> str:
        catalogue = self._definitions.catalogues["clase_dia"]
        return self._texts(catalogue.label(row.sort)) if row.sort else ""

    def _long(self, row: CalendarRow) -> str:
        if row.first is None:
            return self._texts(N_("Sin fecha"))
        days = {self._with_weekday(one) for one in (row.first, row.last) if one is not None}
        if len(days) == 1:
            return days.pop()
        return self._texts(
            N_("Del {first} al {last}"),
            first=self._with_weekday(row.first),
            last=self._with_weekday(row.last or row.first),
        )

    def _with_weekday(self, day: date) -> str:
        return f"{self._texts(_WEEKDAYS[day.weekday()])} {self._date(day)}"

    def _date(self, day: date) -> str:
        return self._texts.language.format_date(day)


class DistanceWords:
    """The words of the distances, as seen from today."""

    def __init__(self, texts: Texts, definitions: Definitions, today: Callable[[], date]) -> None:
        self._texts = texts
        self._definitions = definitions
        self._today = today

    def district(self, row: Distance) -> str:
        """The district."""
        return _district(self._definitions, row.district) or "—"

    def days(self, row: Distance) -> str:
        """How many days."""
        if row.days is None:
            return self._texts(N_("▲ No se sabe"))
        return self._texts.plural(N_("{count} día"), N_("{count} días"), row.days)

    def since(self, row: Distance) -> str:
        """Since when it holds."""
        if row.valid_from is None:
            return "—"
        day = self._texts.language.format_date(row.valid_from)
        return self._texts(N_("▲ Desde {day}"), day=day) if self._is_ahead(row) else day

    def source(self, row: Distance) -> str:
        """Where it was copied from."""
        return row.source or "—"

    def spoken(self, row: Distance) -> str:
        """The whole row, for a screen reader and the tool tip."""
        return " · ".join((self.district(row), self.days(row), self.since(row), self.source(row)))

    def detail(self, row: Distance) -> Detail:
        """What is said of the chosen distance."""
        texts = self._texts
        lines = [texts(N_("Término de la distancia: {days}"), days=self.days(row))]
        if row.valid_from is not None:
            day = texts.language.format_date(row.valid_from)
            lines.append(texts(N_("Vale desde: {day}"), day=day))
        if self._is_ahead(row):
            lines.append(
                texts(N_("▲ Todavía no vale: hasta ese día la distancia es «no se sabe»."))
            )
        lines.append(
            texts(N_("Fuente: {source}"), source=row.source) if row.source else texts(_NO_SOURCE)
        )
        begins: dict[str, Value] = {
            "district": row.district,
            "days": row.days,
            "source": row.source or None,
            "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        }
        return Detail(self.district(row), tuple(lines), may_be_removed=True, begins_with=begins)

    def _is_ahead(self, row: Distance) -> bool:
        return row.valid_from is not None and row.valid_from > self._today()


def _district(definitions: Definitions, code: str) -> str:
    place = definitions.places.get(code)
    return place.words if place else code
