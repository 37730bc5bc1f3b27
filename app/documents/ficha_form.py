"""A whole form on as many A4 pages as it needs, filled in or blank for handwriting.

Everything comes from the sheet, hence from the form's definition: no field is known here. Every
page says whose file it is by its code, never by a name, and which page of how many it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Band, Block, Cell, Look, Option, Options, Text, packed
from app.documents.form_blocks import (
    HINT,
    Beside,
    DigitBoxes,
    Question,
    TableLine,
    Underlined,
    fits_in,
    prose,
)
from app.documents.pages import Laid, Piece, draw_pages, lay
from app.documents.paper import ACCENT, BOTTOM, LEFT, TOP, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.domain.definitions import Places
from app.i18n import N_
from app.services.ficha_sheet import WITHHELD
from app.services.paper_sheets import Annex, FormItem, FormPart, FormSheet, FormTable, Room

__all__ = ["WholeForm"]

_FOOT: Final = 9 * mm
_HEAD: Final = 9 * mm
_PROSE_FROM: Final = 240
"""A longer answer is set over the whole width, and may go on over the page."""
_NARRATIVE_LINES: Final = 5
_REST_COLUMNS: Final = 3

_FILLED: Final = Look(0.96)
_BLANK: Final = Look(0.86, hand=6.4 * mm)
_SMALL: Final = Type(6.8, colour=GREY, leading=1.25)
_FOOT_TYPE: Final = Type(6.8, bold=True, leading=1.2)
_TABLE: Final = Type(7.8, leading=1.25)
_TABLE_HEAD: Final = Type(7.4, bold=True, leading=1.2)
_SAME: Final = N_("ídem")
"""Said of a question that is asked under the same answer as the one before."""

_EVERYBODY: Final = 3
"""A section that more services fill says of none of them that it is theirs."""

_COLUMNS: Final = ((90, 1), (46, 2), (28, 3))
"""In how many columns boxes stand whose words are longer than so many letters."""

_WATERMARK: Final = N_("RESERVADO")


class WholeForm:
    """Draws one form. One object a paper."""

    def __init__(self, places: Places, words: Words, sheet: FormSheet) -> None:
        place = places.get(sheet.centre.district)
        centre = sheet.centre
        self._centre = dataclasses.replace(centre, district=place.district) if place else centre
        self._words = words
        self._sheet = sheet
        self._look = _BLANK if sheet.is_blank else _FILLED
        self._listed: set[str] = set()
        self._pages = 0

    def draw(self) -> bytes:
        """Return the PDF."""
        words = self._words
        # The first head is as high on paper as on this trial sheet.
        trial = Paper("", words.tag)
        high = TOP - self._first_head(trial)
        room = TOP - BOTTOM - _FOOT
        pages: Laid = lay(self._pieces(), room - high, room - _HEAD)
        self._pages = len(pages)
        paper = Paper(words.spanish.gettext(self._sheet.title), words.tag)
        draw_pages(paper, pages, lambda n: self._head(paper, n), lambda n: self._foot(paper, n))
        return paper.finish()

    # Head and foot.

    def _head(self, paper: Paper, number: int) -> float:
        paper.watermark(self._words.spanish.gettext(_WATERMARK))
        if number == 1:
            return self._first_head(paper)
        sheet, gettext = self._sheet, self._words.spanish.gettext
        half = WIDTH / 2
        paper.text(gettext(sheet.title), LEFT, TOP, half, _SMALL, 1)
        code = f"{gettext(N_('Código del caso'))}: {sheet.case_code or '________________'}"
        paper.text(code, LEFT + half, TOP, half, Type(8, bold=True, align="right"), 1)
        low = TOP - 5 * mm
        paper.line(LEFT, low, LEFT + WIDTH, low, weight=1, colour=ACCENT)
        return TOP - _HEAD

    def _first_head(self, paper: Paper) -> float:
        sheet, gettext = self._sheet, self._words.spanish.gettext
        left = WIDTH - 62 * mm
        top = TOP
        above = " · ".join(one for one in (self._centre.ministry, self._centre.programme) if one)
        top -= paper.text(above, LEFT, top, left, _SMALL, 2)
        top -= paper.text(gettext(sheet.title).upper(), LEFT, top, left, Type(14, bold=True), 2)
        top -= paper.text(self._centre.name, LEFT, top, left, Type(9, bold=True), 2)
        x, right = LEFT + left, WIDTH - left
        side = Type(8.6, align="right")
        if sheet.is_blank:
            for row, word in enumerate((N_("Código del caso"), N_("Fecha"), N_("Llenada por"))):
                line = f"{gettext(word)}: ____________________"
                paper.text(line, x, TOP - row * 6.4 * mm, right, side, 1)
            top = min(top, TOP - 18 * mm)
        else:
            used = paper.text(sheet.case_code, x, TOP, right, Type(12, bold=True, align="right"), 1)
            printed = f"{gettext(N_('Impresa el'))} {sheet.printed_on}\n{sheet.professional}"
            top = min(top, TOP - used - paper.text(printed, x, TOP - used, right, side, 3))
        top -= 1.5 * mm
        paper.line(LEFT, top, LEFT + WIDTH, top, weight=1.4, colour=ACCENT)
        top -= 1.5 * mm
        note = gettext(N_("[ ]: número de la variable en el diccionario oficial."))
        legend = f"{gettext(sheet.legend)} {note}".strip()
        return top - paper.text(legend, LEFT, top, WIDTH, _SMALL, 6) - 2 * mm

    def _foot(self, paper: Paper, number: int) -> None:
        sheet, gettext = self._sheet, self._words.spanish.gettext
        low = BOTTOM + _FOOT - 1.5 * mm
        paper.line(LEFT, low, LEFT + WIDTH, low)
        right = 44 * mm
        top = low - 0.8 * mm
        top -= paper.text(gettext(sheet.reserved), LEFT, top, WIDTH - right, _FOOT_TYPE, 2)
        paper.text(self._words.translation_note, LEFT, top, WIDTH - right, _SMALL, 1)
        page = gettext(N_("Página {number} de {pages}"))
        page = page.format(number=number, pages=self._pages)
        said = f"{page}\nQispi {sheet.form}"
        place = LEFT + WIDTH - right
        paper.text(said, place, low - 0.8 * mm, right, dataclasses.replace(_SMALL, align="right"))

    # What stands between.

    def _pieces(self) -> Iterator[Piece]:
        for part in self._sheet.parts:
            yield Piece(Band(self._look, self._title(part)), keeps_next=True)
            if part.when:
                hint = self._only_when(part.when)
                yield Piece(Text(self._look, hint, _SMALL), keeps_next=True)
            if part.table is not None:
                yield from self._table(part.table)
            blocks = self._by_hand(part.items) if self._sheet.is_blank else self._answers(part)
            yield from (Piece(one) for one in blocks)
        for annex in self._sheet.annexes:
            yield from self._annex(annex)

    def _title(self, part: FormPart) -> str:
        title = f"{part.code}. " if part.code else ""
        title += self._label_of(part.title, part.gate)
        if not self._sheet.is_blank or not 0 < len(part.filled_by) <= _EVERYBODY:
            return title
        return f"{title}   ({', '.join(part.filled_by).lower()})"

    def _label_of(self, msgid: str, gate: str) -> str:
        """Return a label; of what is gated a translation only when it was approved."""
        if not gate:
            return self._words.both(msgid)
        other = self._words.approved(gate, msgid)
        return f"{msgid} / {other}" if other else msgid

    def _label(self, item: FormItem) -> str:
        number = f"{item.number} " if item.number else ""
        variable = f" [{item.variable}]" if item.variable else ""
        return f"{number}{self._label_of(item.label, item.gate)}{variable}"

    def _only_when(self, when: str) -> str:
        return f"{self._words.spanish.gettext(N_('Solo si'))} {when}"

    def _answers(self, part: FormPart) -> Iterator[Block]:
        """Yield the answers: short ones side by side, long ones over the whole width."""
        waiting: list[Cell] = []
        for item in part.items:
            value = self._words.spanish.gettext(WITHHELD) if item.is_withheld else item.value
            if len(value) <= _PROSE_FROM and "\n" not in value:
                waiting.append(Cell(self._look, self._label(item), value))
                continue
            yield from packed(waiting)
            waiting = []
            yield Text(self._look, self._label(item), self._look.label)
            yield from prose(value, WIDTH, self._look.value)
        yield from packed(waiting)

    def _by_hand(self, items: tuple[FormItem, ...]) -> Iterator[Block]:
        """Yield the questions, as many side by side as fit into three thirds."""
        row: list[tuple[Block, int]] = []
        before = ""
        for item in items:
            # Said once for questions that follow on one answer.
            when = "" if not item.when else _SAME if item.when == before else item.when
            before = item.when
            room, share = self._room(item)
            if sum(taken for _, taken in row) + share > 3:
                yield Beside(tuple(row))
                row = []
            hint = when if when in ("", _SAME) else self._only_when(when)
            absent = tuple(self._words.both(one) for one in item.absent)
            row.append((Question(self._look, self._label(item), hint, room, absent), share))
        if row:
            yield Beside(tuple(row))

    def _room(self, item: FormItem) -> tuple[Block, int]:
        """Return the room for an answer, and how many thirds of the width it takes."""
        match item.room:
            case Room.TICKS:
                return self._ticks(item)
            case Room.BOXES:
                share = 1 if item.digits <= 9 else 2
                return DigitBoxes(((item.digits, ""),)), share
            case Room.CODE:
                return DigitBoxes(((item.digits, self._words.both(N_("código"))),), True), 2
            case Room.DATE:
                day = self._words.spanish.gettext
                groups = ((2, day(N_("día"))), (2, day(N_("mes"))), (4, day(N_("año"))))
                return DigitBoxes(groups), 1
            case Room.TIME:
                return DigitBoxes(((2, "h"), (2, "min"))), 1
            case Room.LINES:
                return Underlined(_NARRATIVE_LINES), 3
            case Room.LINE:
                return Underlined(), item.share

    def _ticks(self, item: FormItem) -> tuple[Block, int]:
        options = tuple(
            Option(f"{one.code} {self._label_of(one.label, item.options_gate)}".strip())
            for one in item.options
        )
        type_ = self._look.value
        for share in (1, 2):
            if fits_in(options, WIDTH * share / 3 - 6 * mm, type_):
                return Options(self._look, options), share
        longest = max((len(one.text) for one in options), default=0)
        columns = next((count for long, count in _COLUMNS if longest > long), 4)
        return Options(self._look, options, columns), 3

    # Records of a list, and long lists.

    def _table(self, table: FormTable) -> Iterator[Piece]:
        columns = tuple(self._words.both(one) for one in table.columns)
        is_blank = self._sheet.is_blank
        if not is_blank and not table.rows:
            none = self._words.spanish.gettext(N_("Nada registrado."))
            yield Piece(Text(self._look, none, self._look.value))
            return
        head = TableLine(columns, _TABLE_HEAD, is_head=True)
        if table.rows:
            yield Piece(head, keeps_next=True)
        for row in table.rows:
            more = " · ".join(f"{self._words.both(label)}: {said}" for label, said in row.more)
            yield Piece(TableLine(row.cells, _TABLE, more), heading=head)
        for _ in range(table.blank_rows if is_blank else 0):
            # By hand each row says what belongs into its cells: it may stand on any page.
            yield Piece(TableLine(columns, HINT, hand=10 * mm), keeps_next=bool(table.rest))
            yield from self._rest(table)
        for annex in table.lists if is_blank else ():
            if annex.title not in self._listed:
                self._listed.add(annex.title)
                said = " · ".join(f"{one.code} {one.label}".strip() for one in annex.options)
                yield Piece(Text(self._look, f"{self._words.both(annex.title)}: {said}", _SMALL))

    def _rest(self, table: FormTable) -> Iterator[Piece]:
        """Yield the questions of a record that are no column, three side by side."""
        look = Look(0.8, hand=6 * mm)
        for start in range(0, len(table.rest), _REST_COLUMNS):
            labels = table.rest[start : start + _REST_COLUMNS]
            cells = tuple((Cell(look, self._words.both(one)), 1) for one in labels)
            is_last = start + _REST_COLUMNS >= len(table.rest)
            yield Piece(Beside(cells), keeps_next=not is_last)

    def _annex(self, annex: Annex) -> Iterator[Piece]:
        title = f"{self._words.spanish.gettext(N_('Códigos'))}: {self._words.both(annex.title)}"
        yield Piece(Band(self._look, title), keeps_next=True)
        count = 4
        rows = -(-len(annex.options) // count)
        said = [f"{one.code} {one.label}".strip() for one in annex.options]
        for row in range(rows):
            cells = tuple(said[row + column * rows :][:1] for column in range(count))
            yield Piece(_Four(tuple(one[0] if one else "" for one in cells)))


@dataclasses.dataclass(frozen=True, slots=True)
class _Four:
    """Codes side by side, as a long list is read: down, then to the right."""

    texts: tuple[str, ...]

    def height(self, width: float) -> float:
        """Return the height of the highest."""
        return max(one.height(width / len(self.texts)) for one in self._blocks())

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw them."""
        for number, one in enumerate(self._blocks()):
            part = width / len(self.texts)
            one.draw(paper, x + number * part, top, part)

    def _blocks(self) -> tuple[Text, ...]:
        return tuple(Text(Look(0.7), one, _SMALL) for one in self.texts)
