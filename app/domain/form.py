"""A form as data: its sections and fields, when each shows, and what is missing to validate.

One definition of a field gives its editor on screen, its place on paper, its validation, its merge
rule and its official variable. Nothing here blocks saving: a draft always saves.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from app.domain.catalogue import Source
from app.domain.condition import Condition, holds
from app.domain.merge import MergeRule
from app.domain.value import Absent, Value, is_answered

__all__ = [
    "Field",
    "FieldType",
    "Form",
    "FormWarning",
    "OfficialVariable",
    "Problem",
    "Section",
    "check_digits",
    "check_past",
    "check_value",
    "check_years",
]

TEXT_LENGTH_MAX = 20_000
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class FieldType(enum.Enum):
    """What a field holds, and so which editor shows it."""

    TEXT = "text"  # one line
    NARRATIVE = "narrative"  # many lines
    NUMBER = "number"
    DATE = "date"  # ISO 8601, as text
    TIME = "time"  # HH:MM, as text
    YES_NO = "yes_no"  # the official codes "1" and "0", as a choice
    FLAG = "flag"  # a tick: True, or blank; never False (only 1 = Sí is stored)
    CHOICE = "choice"  # one code of a catalogue
    CHOICES = "choices"  # a set of codes
    PLACE = "place"  # a UBIGEO code of INEI, six digits
    REFERENCE = "reference"  # the id of another record; never typed


@dataclass(frozen=True, slots=True)
class OfficialVariable:
    """The variable of the official dictionary of the programme that a field fills.

    ``label`` is its official wording.
    """

    item: int
    name: str
    length: int
    obligatory: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    ``id`` is unique in the form; ``kind`` is the kind of record that holds it (``case``,
    ``survivor``, ``alleged_perpetrator``, …) and ``field`` its name there. ``item`` is the item
    number printed on the official form. ``label``, ``short_label`` and ``help`` are message ids in
    Spanish. ``absent`` lists the reasons that may stand for a value. ``most_cautious_first`` orders
    the values of a safety field for :func:`app.domain.merge.resolve`.

    ``official`` is the variable that holds the very value of the field; ``fills`` are all variables
    that follow from it: that one, or the two-digit parts of a place (department, province,
    district), or one flag for each code of a set (the code is the variable's name, 1 = ticked).
    ``digits`` is how many a number written as text should have (a DNI has eight) while
    ``digits_when`` holds. ``is_past`` marks a date of what has happened. ``gated`` is one of
    :data:`app.domain.catalogue.GATES`.

    ``occurs`` says what happened on a date (a code of the catalogue ``sucesos``), and
    ``occurs_time`` is the field with the time of day. ``years_from`` and ``years_on`` are the two
    dates between which this number of completed years should lie; it is compared, never set.
    ``in_search`` lets a file be found by the text, ``search_digits`` by the digits alone, however
    they were grouped. ``is_listed`` makes it a column where records of this form are listed.
    ``finds_her`` says that whoever knows it can find her (where she lives, the way there, who
    of hers is called): two values of it are a question of her safety.
    """

    id: str
    kind: str
    field: str
    type: FieldType
    label: str
    merge: MergeRule
    item: str = ""
    help: str = ""
    catalogue: str | None = None
    needed_to_validate: bool = False
    shown_when: Condition | None = None
    absent: tuple[Absent, ...] = ()
    most_cautious_first: tuple[Value, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    length_max: int = 200
    official: OfficialVariable | None = None
    fills: tuple[OfficialVariable, ...] = ()
    source: Source | None = None
    is_sensitive: bool = False
    columns: int = 1
    short_label: str = ""
    digits: int | None = None
    digits_when: Condition | None = None
    is_past: bool = False
    gated: str | None = None
    occurs: str = ""
    occurs_time: str = ""
    years_from: str = ""
    years_on: str = ""
    in_search: bool = False
    search_digits: bool = False
    is_listed: bool = False
    finds_her: bool = False

    @property
    def brief(self) -> str:
        """The label where room is short (a table, a printed box): the short one, or the label."""
        return self.short_label or self.label


@dataclass(frozen=True, slots=True)
class Section:
    """A step of the form: shown as one page, printed as one block.

    ``gated`` is one of :data:`app.domain.catalogue.GATES`, and then its fields are gated as well.
    A section has fields, or it lists the records of the case that the form ``many`` was filled in
    for; ``many_with`` are the fields of such a record, by name, that put it into this list, and
    that a new one begins with. ``before_cem`` marks what was so before the centre intervened:
    nothing that the centre did or obtained stands there. ``after_issue`` marks what is filled in
    once a form has left, when nothing else of it may be changed any more; before that it does not
    show.
    """

    id: str
    code: str
    title: str
    fields: tuple[Field, ...]
    filled_by: tuple[str, ...] = ()
    shown_when: Condition | None = None
    gated: str | None = None
    many: str = ""
    many_with: tuple[tuple[str, str], ...] = ()
    before_cem: bool = False
    after_issue: bool = False

    def gated_texts(self) -> Iterator[tuple[str, str]]:
        """Yield gate and label of what must be understood in her language word for word."""
        if self.gated is not None:
            yield self.gated, self.title
        for one in self.fields:
            if one.gated is not None:
                yield one.gated, one.label


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value does not fit its field: a message id with its parameters. Never blocks."""

    message_id: str
    parameters: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class FormWarning:
    """What is said beside a field while the answers stand in a way that deserves a second look.

    It never keeps anything from being saved and sets nothing. ``message`` is a Spanish message id.
    """

    id: str
    field: str
    when: Condition
    message: str
    source: Source


@dataclass(frozen=True, slots=True)
class Form:
    """A whole form of one version.

    ``anchor`` is the kind of record that the form is opened for: the case for the ficha, the
    referral for the referral form, an action for that of actions.
    """

    id: str
    anchor: str
    version: str
    title: str
    source: Source
    valid_from: date | None
    valid_to: date | None
    sections: tuple[Section, ...]
    warnings: tuple[FormWarning, ...] = ()
    _by_id: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for section in self.sections:
            for one in section.fields:
                self._by_id[one.id] = one

    def fields(self) -> Iterator[Field]:
        """Yield every field, in the order of the form."""
        for section in self.sections:
            yield from section.fields

    def get(self, field_id: str) -> Field | None:
        """Return the field of this id, or None."""
        return self._by_id.get(field_id)

    def section_of(self, field_id: str) -> Section | None:
        """Return the section that holds the field, or None."""
        return next(
            (one for one in self.sections if any(f.id == field_id for f in one.fields)), None
        )

    def shown(self, values: Mapping[str, Value]) -> Iterator[tuple[Section, Field]]:
        """Yield what shows for these values (by field id), in order."""
        for section in self.sections:
            if section.shown_when is not None and not holds(section.shown_when, values):
                continue
            for one in section.fields:
                if one.shown_when is None or holds(one.shown_when, values):
                    yield section, one

    def warning_on(self, field_id: str, values: Mapping[str, Value]) -> Problem | None:
        """Return what these values deserve to have said beside a field, or None."""
        for one in self.warnings:
            if one.field == field_id and holds(one.when, values):
                return Problem(one.message, {})
        return None

    def leaning(self) -> frozenset[str]:
        """Return the fields about which the answers to other fields may have something said."""
        return frozenset(
            [one.field for one in self.warnings]
            + [one.id for one in self.fields() if one.digits_when is not None or one.years_from]
        )

    def missing_to_validate(self, values: Mapping[str, Value]) -> tuple[Field, ...]:
        """Return what is still missing before the file can be validated, in the form's order.

        A list to work through; it never blocks saving.
        """
        return tuple(
            one
            for _, one in self.shown(values)
            if one.needed_to_validate and not is_answered(values.get(one.id))
        )


def check_value(definition: Field, value: Value) -> Problem | None:
    """Return what is wrong with the shape of a value, or None. Catalogues are checked apart."""
    if value is None or value == "":
        return None
    if isinstance(value, Absent):
        return None if value in definition.absent else Problem("absent_not_allowed", {})
    match definition.type:
        case FieldType.NUMBER:
            return _check_number(definition, value)
        case FieldType.FLAG:
            return None if value is True else Problem("flag_is_true_or_blank", {})
        case FieldType.CHOICES:
            return None if isinstance(value, tuple) else Problem("not_a_set", {})
        case _:
            return _check_text(definition, value)


def _check_number(definition: Field, value: Value) -> Problem | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return Problem("not_a_number", {})
    if definition.minimum is not None and value < definition.minimum:
        return Problem("number_too_small", {"minimum": definition.minimum})
    if definition.maximum is not None and value > definition.maximum:
        return Problem("number_too_large", {"maximum": definition.maximum})
    return None


def _check_text(definition: Field, value: Value) -> Problem | None:
    if not isinstance(value, str):
        return Problem("not_a_text", {})
    limit = TEXT_LENGTH_MAX if definition.type is FieldType.NARRATIVE else definition.length_max
    if len(value) > limit:
        return Problem("text_too_long", {"limit": limit})
    if definition.type is FieldType.DATE:
        try:
            is_written_so = date.fromisoformat(value).isoformat() == value
        except ValueError:
            is_written_so = False
        if not is_written_so:  # Python takes "20261124" and "2026-W48-2", too
            return Problem("not_a_date", {})
    if definition.type is FieldType.TIME and not _TIME.fullmatch(value):
        return Problem("not_a_time", {})
    return None


def check_digits(definition: Field, value: Value, values: Mapping[str, Value]) -> Problem | None:
    """Return a remark when a number written as text has too few or too many digits, or None.

    ``values`` are those of the form, by field id. A check character after a hyphen is not counted.
    """
    if definition.digits is None or not isinstance(value, str) or not value.strip():
        return None
    if definition.digits_when is not None and not holds(definition.digits_when, values):
        return None
    found = sum(letter.isdigit() for letter in value.partition("-")[0])
    if found == definition.digits:
        return None
    return Problem("wrong_digits", {"digits": definition.digits, "found": found})


def check_past(definition: Field, value: Value, today: date) -> Problem | None:
    """Return a remark when a date of what has happened has not come yet, or None.

    ``today`` is the laptop's, whose clock may be wrong: the remark speaks of both.
    """
    if not definition.is_past or not isinstance(value, str) or check_value(definition, value):
        return None
    return Problem("date_in_future", {}) if value > today.isoformat() else None


def check_years(definition: Field, value: Value, values: Mapping[str, Value]) -> Problem | None:
    """Return a remark when a number of completed years is not what two dates give, or None.

    Both dates must be known; who was born on 29 February completes the year on 1 March.
    """
    if not definition.years_from or isinstance(value, bool) or not isinstance(value, int):
        return None
    born = _day(values.get(definition.years_from))
    day = _day(values.get(definition.years_on))
    if born is None or day is None or day < born:
        return None
    is_before = (day.month, day.day) < (born.month, born.day)
    years = day.year - born.year - (1 if is_before else 0)
    return None if years == value else Problem("years_differ", {"years": years})


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
