"""What is known of a case when its rules are asked: answers, and what happened when.

Rules of law and protocol read nothing else, so they can be tried without a database. What is not
here is not known: an answer that is missing makes a rule *unknown*, never false.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from app.domain.value import Value

__all__ = ["DERIVED", "LIMA", "CaseFacts", "Moment", "Occurrence"]

LIMA: Final = timezone(timedelta(hours=-5), "America/Lima")
"""The time of the work. Peru has had no summer time since 1994, so a fixed offset is exact."""

DERIVED: Final = frozenset(
    {"@occurred", "@done", "@referred", "@measures", "@level", "@fvr_level", "@documents"}
)
"""Names of values that are no field of a form but follow from the other records of a case, as a
condition of a pathway or deadline may ask for them.

``@occurred``, ``@done``, ``@referred``, ``@measures`` and ``@documents`` are sets: codes of what
happened (catalogue ``sucesos``), of actions of the centre (``acciones``), of institutions that a
referral was issued to, of measures in force (``medidas``), of documents issued (``documentos``).
``@level`` is the level of risk of the latest valuation by the centre (or of the ficha),
``@fvr_level`` the gravest level of the transcribed instruments; both are single codes.
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, in Lima: a day, and the time of day when it is known."""

    day: date
    time: time | None = None

    @property
    def earliest(self) -> datetime:
        """The first instant at which it can have been."""
        return datetime.combine(self.day, self.time or time(0, 0), LIMA)

    @property
    def latest(self) -> datetime:
        """The last minute at which it can have been."""
        return datetime.combine(self.day, self.time or time(23, 59), LIMA)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened: a code of the catalogue ``sucesos``, when (None: nobody knows), and
    the record that says so."""

    code: str
    moment: Moment | None
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as rules see it.

    ``values`` are the answers of the ficha by field id, and the :data:`DERIVED` ones; ``district``
    is the INEI code of the district whose distance counts, empty when it is not known.
    """

    values: Mapping[str, Value]
    occurrences: tuple[Occurrence, ...] = ()
    district: str = ""

    def when(self, code: str) -> tuple[Occurrence, ...]:
        """Return what happened under this code, earliest first; those without a time last."""
        found = [one for one in self.occurrences if one.code == code]
        return tuple(sorted(found, key=_order))


def _order(one: Occurrence) -> tuple[bool, datetime, str]:
    start = one.moment.earliest if one.moment else datetime.min.replace(tzinfo=LIMA)
    return one.moment is None, start, one.record_id
