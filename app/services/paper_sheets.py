"""What papers are drawn from beside a referral: a whole form, filled or blank, and a letter.

Frozen values: a paper reads nothing else, and what is not in its sheet is not on it. Labels are
Spanish message ids; values are words already.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.services.read_models import CentreProfile

__all__ = [
    "Annex",
    "FormItem",
    "FormPart",
    "FormSheet",
    "FormTable",
    "LetterSheet",
    "LetterText",
    "Room",
    "SheetOption",
    "TableRow",
]


class Room(enum.Enum):
    """What a blank form leaves for an answer."""

    LINE = "line"
    LINES = "lines"  # several
    TICKS = "ticks"  # the boxes of a list
    BOXES = "boxes"  # one box a digit
    CODE = "code"  # a line, and boxes for the code of a long list
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class SheetOption:
    """One box of a list. ``code`` is empty when the list has no official codes."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class FormItem:
    """One question on paper.

    ``number`` is the item of the paper form where it is known, ``variable`` the number of the
    official dictionary's variable. ``value`` is in words; ``is_withheld`` says that there is one
    and that it is not printed. ``when`` says in words which answer makes it be asked. ``digits``
    is how many boxes a number has; ``absent`` the reasons that may stand for an answer. ``share``
    is how much of a line's thirds it wants. ``gate`` is one of :data:`app.domain.catalogue.GATES`
    or empty.
    """

    field_id: str
    number: str
    variable: str
    label: str
    room: Room
    value: str = ""
    is_withheld: bool = False
    when: str = ""
    options: tuple[SheetOption, ...] = ()
    options_gate: str = ""
    annex: str = ""
    digits: int = 0
    absent: tuple[str, ...] = ()
    share: int = 1
    gate: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One record of a list: a cell a column, and what else is known of it."""

    cells: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormTable:
    """The records of a list (actions, measures, people of her network). ``columns`` are labels;
    ``rest`` are the questions that are no column; ``blank_rows`` is the room left for
    handwriting; ``lists`` are the codes that the columns ask for."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...] = ()
    rest: tuple[str, ...] = ()
    blank_rows: int = 0
    lists: tuple[Annex, ...] = ()


@dataclass(frozen=True, slots=True)
class FormPart:
    """A section: its letter and title, who fills it, its questions or its table."""

    code: str
    title: str
    filled_by: tuple[str, ...]
    items: tuple[FormItem, ...] = ()
    table: FormTable | None = None
    when: str = ""
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Annex:
    """A long list of codes, printed once."""

    title: str
    options: tuple[SheetOption, ...]


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A whole form. A blank one has neither code nor day: they are written by hand."""

    title: str
    form: str
    case_code: str
    centre: CentreProfile
    printed_on: str
    professional: str
    legend: str
    reserved: str
    """What every page says of who may read it."""
    parts: tuple[FormPart, ...]
    annexes: tuple[Annex, ...] = ()
    is_blank: bool = False
    has_narrative: bool = False
    languages: tuple[str, ...] = ("es",)


@dataclass(frozen=True, slots=True)
class LetterText:
    """A paragraph, or a point of a list; ``gate`` as of :class:`FormItem`. ``msgid`` is its text
    with the blanks that ``fills`` fill, by name. ``lines`` is how many lines to write on follow it,
    ``boxes`` are to be ticked by hand."""

    msgid: str
    fills: tuple[tuple[str, str], ...] = ()
    is_point: bool = False
    gate: str = ""
    lines: int = 0
    boxes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The Spanish text, its blanks filled."""
        return self.filled(self.msgid)

    def filled(self, text: str) -> str:
        """Return this text, or a translation of it, with the same blanks filled."""
        for name, word in self.fills:
            text = text.replace(f"{{{name}}}", word)
        return text


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """A letter as it will print; what is not known is a visible blank, never a guess.

    ``is_for_her``: a paper that she takes along. It has no letterhead, no reason, no law, no mark
    of where it comes from. ``unfilled`` are the blanks in words, for the screen; ``mark`` says
    that a lawyer has still to look at the model; ``carries`` the data of the person that it holds.
    """

    slug: str
    title: str
    file_name: str
    centre: CentreProfile
    case_code: str
    place_and_day: str
    number: str
    addressee: tuple[str, ...]
    subject: str
    reference: str
    texts: tuple[LetterText, ...]
    legal_basis: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]
    """What stands over and under each line to sign on."""
    has_fingerprint: bool
    is_for_her: bool
    mark: str
    unfilled: tuple[str, ...]
    carries: tuple[str, ...]
    languages: tuple[str, ...] = ("es",)
