"""Whether a file's places are written in INEI's numbering, or RENIEC's was put in their place.

Some 780 codes of each numbering do not exist in the other, and most that exist in both name
two different districts (Nieva is INEI 010401 and RENIEC 010601; INEI 010601 is San Nicolás). So a
single code proves little, and a column proves much.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from app.domain.definitions import District, Places
from app.domain.folding import fold
from app.domain.official_format import REFUSED

__all__ = ["PlaceTally"]

_NAME_LENGTH_MIN: Final = 4
_READINGS_MAX: Final = 50_000


@dataclass(frozen=True, slots=True)
class _Reading:
    """Which numbering a code exists in, and in which its names stand in the name of the centre."""

    is_inei: bool
    is_reniec: bool
    names_inei: bool
    names_reniec: bool


@dataclass(slots=True)
class PlaceTally:
    """Counts for a file: rows whose six digits exist in INEI's numbering, in RENIEC's, and rows in
    which the centre's name holds the district's or province's name of one reading alone."""

    places: Places
    inei: int = 0
    reniec: int = 0
    named_inei: int = 0
    named_reniec: int = 0
    _by_reniec: dict[str, District] = field(default_factory=dict)
    _readings: dict[tuple[str, str], _Reading] = field(default_factory=dict)
    _folded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_reniec = {one.reniec_code: one for one in self.places.districts}

    def add(self, rows: Counter[tuple[str, str]]) -> None:
        """Count rows by (name of the centre, six digits of the place)."""
        for (centre, code), count in rows.items():
            if len(code) != 6 or not code.isdecimal():
                continue
            reading = self._readings.get((centre, code))
            if reading is None:
                reading = self._reading("" if centre == REFUSED else centre, code)
                if len(self._readings) < _READINGS_MAX:
                    self._readings[centre, code] = reading
            self.inei += count * reading.is_inei
            self.reniec += count * reading.is_reniec
            self.named_inei += count * (reading.names_inei and not reading.names_reniec)
            self.named_reniec += count * (reading.names_reniec and not reading.names_inei)

    @property
    def leans_to_reniec(self) -> bool:
        """Whether the column as a whole fits RENIEC's numbering better."""
        rows = self.rows_by_numbering()
        return rows["reniec"] > rows["inei"]

    def rows_by_numbering(self) -> dict[str, int]:
        """Return how many rows speak for each numbering: those whose code exists in it or, where
        that is the same, those whose centre's name does."""
        if self.inei != self.reniec:
            return {"inei": self.inei, "reniec": self.reniec}
        return {"inei": self.named_inei, "reniec": self.named_reniec}

    def _reading(self, centre: str, code: str) -> _Reading:
        inei, reniec = self.places.get(code), self._by_reniec.get(code)
        words = f" {self._fold(centre)} "
        return _Reading(
            inei is not None,
            reniec is not None,
            inei is not None and self._is_named(inei, words),
            reniec is not None and self._is_named(reniec, words),
        )

    def _is_named(self, place: District, words: str) -> bool:
        names = (self._fold(place.district), self._fold(place.province))
        return any(len(name) >= _NAME_LENGTH_MIN and f" {name} " in words for name in names)

    def _fold(self, text: str) -> str:
        folded = self._folded.get(text)
        if folded is None:
            folded = fold(text)
            if len(self._folded) < _READINGS_MAX:
                self._folded[text] = folded
        return folded
