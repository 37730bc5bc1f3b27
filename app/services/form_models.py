"""A form as a screen shows it: every value, and what of it is closed to who looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.change import ChangeId, RecordId
from app.domain.form import Field
from app.domain.value import Value

__all__ = ["Closed", "FieldView", "FormFile"]


@dataclass(frozen=True, slots=True)
class Closed:
    """That something is not open to a person: the act that it would be (of the matrix), and whether
    she may have it after giving a reason."""

    act: str
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as a screen shows it.

    ``is_sent`` is true once the change was seen in the region's chained log, not before.
    ``replaces`` are the changes that an edit begun on this value replaces: all that stood on the
    screen, no more. ``mine`` is the change made in this run of the program that another one shows
    over, if there is one.
    """

    value: Value
    shown: ChangeId | None = None
    is_conflict: bool = False
    is_sent: bool = False
    replaces: tuple[ChangeId, ...] = ()
    mine: ChangeId | None = None
    closed: Closed | None = None
    """Who looks may not read it: there is no value here, whether or not there is an answer."""
    locked: Closed | None = None
    """Who looks may not write it."""


@dataclass(frozen=True, slots=True)
class FormFile:
    """A form filled in for one record: every value it shows, by field id of the form.

    ``anchor_id`` is the record the form was opened for (the case for the ficha, the referral for
    the referral form); ``case_id`` is empty for a record of the centre; ``records`` gives the
    record that holds the fields of each kind.
    """

    form_id: str
    anchor_id: RecordId
    case_id: RecordId
    case_code: str
    records: Mapping[str, RecordId]
    fields: Mapping[str, FieldView]
    missing: tuple[Field, ...]

    @property
    def values(self) -> dict[str, Value]:
        """The values by field id, for conditions."""
        return {name: view.value for name, view in self.fields.items()}
