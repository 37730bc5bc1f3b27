"""Writing the official format: own cases by the definitions of the ficha, or a dataset as it is.

What the format cannot say (an absent reason, an option of the house, a text that a spreadsheet
would take for a formula) is left blank and counted. Every cell that is written is one that an
import accepts, so what is exported comes back the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.form import Field, FieldType, Form, Problem
from app.domain.official_block import block_text, header_text
from app.domain.official_cell import FORMULA_STARTS
from app.domain.official_format import Block
from app.domain.official_row import cells_of
from app.domain.records import Kind
from app.domain.value import Absent, Value
from app.services.access import act, ask, seen_by
from app.services.dataset_ports import Dataset
from app.services.exchange_files import Seal, how_closed, new_file
from app.services.forms import FICHA
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.values import day_of, is_buried

__all__ = ["Days", "ExportSummary", "OwnRows", "export_dataset", "export_own", "found_dataset"]

_AUDIT: Final = "export"
_CASES_AT_ONCE: Final = 200
_BLOCK_ROWS: Final = 2_000
_ENTERED: Final = "FECHA_INGRESO"
_CONSENT: Final = "attention_consent"
_NO: Final = "0"
_FREE_TEXT: Final = frozenset({FieldType.TEXT, FieldType.NARRATIVE})


@dataclass(frozen=True, slots=True)
class Days:
    """From which day of entry to which, both in; None: without a bound."""

    first: date | None = None
    last: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether every day is in."""
        return self.first is None and self.last is None

    def hold(self, day: date) -> bool:
        """Return whether a day lies between them."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(slots=True)
class ExportSummary:
    """What was written, and what was not.

    ``without_day`` cases have no day of entry and were left out because days were asked for;
    ``without_consent`` are of people who said no to having their data registered. ``unsaid`` counts
    cells by field id and message id, and ``examples`` has the first problem of each. ``conflicts``
    are cells with two values that nobody has chosen between yet: the one that shows was written.
    ``free_texts`` are the labels of written columns that may name somebody.
    """

    rows: int = 0
    digest: bytes = b""
    without_day: int = 0
    without_consent: int = 0
    conflicts: int = 0
    unsaid: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], Problem] = field(default_factory=dict)
    free_texts: tuple[str, ...] = ()


_Record = tuple[str, Mapping[str, StoredField]]
"""The kind of a record and its fields."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What one case says, by field id of the ficha."""

    values: Mapping[str, Value]
    conflicts: frozenset[str]


class OwnRows:
    """The own cases as rows, a block at a time; what they could not say is in ``summary``.

    Left out: what was deleted, people who did not accept that their data be registered, and the
    ``hidden`` cases. A field that does not show for the answers of its case is not written, though
    an older answer be there.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        desk: Desk,
        days: Days = Days(),
        extra: Sequence[Field] = (),
        hidden: Collection[RecordId] = (),
    ) -> None:
        self._uow = uow
        self._hidden = frozenset(hidden)
        self._official = desk.definitions.official
        self._form = desk.definitions.form(FICHA)
        self._days = days
        self._extra = tuple(extra)
        self.summary = ExportSummary()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows, in the order in which the cases were opened."""
        rows: list[list[str]] = []
        for case in self._cases():
            rows.append(self._row(case))
            if len(rows) == _BLOCK_ROWS:
                yield tuple(zip(*rows, strict=True))
                rows.clear()
        if rows:
            yield tuple(zip(*rows, strict=True))

    def _cases(self) -> Iterator[_Case]:
        every = self._uow.records.ids(Kind.CASE)
        ids = iter(tuple(one for one in every if one not in self._hidden))
        while some := tuple(islice(ids, _CASES_AT_ONCE)):
            links = self._uow.records.links(some)
            records = {case_id: (case_id, *links.get(case_id, ())) for case_id in some}
            wanted = dict.fromkeys(one for own in records.values() for one in own)
            held = self._uow.records.held_by(tuple(wanted))
            for case_id in some:
                found = _case(self._form, [held[one] for one in records[case_id] if one in held])
                if found is not None and self._is_wanted(found):
                    yield found

    def _is_wanted(self, case: _Case) -> bool:
        if case.values.get(_CONSENT) == _NO:
            self.summary.without_consent += 1
            return False
        if self._days.is_open:
            return True
        entered = case.values.get(_ENTERED)
        day = day_of(entered) if isinstance(entered, str) else None
        if day is None:
            self.summary.without_day += 1
            return False
        return self._days.hold(day)

    def _row(self, case: _Case) -> list[str]:
        width = len(self._official.columns)
        row = [""] * width
        extra = dict.fromkeys((one.id for one in self._extra), "")
        for _, one in self._form.shown(case.values):
            value = case.values.get(one.id)
            if value is None or not (one.fills or one.id in extra):
                continue
            self.summary.conflicts += one.id in case.conflicts
            if one.id in extra:
                extra[one.id] = _plain(value)
                continue
            spoken = cells_of(self._official, one, value)
            for position, text in spoken.cells.items():
                row[position] = text
            for problem in spoken.unsaid:
                self.summary.unsaid[one.id, problem.message_id] += 1
                self.summary.examples.setdefault((one.id, problem.message_id), problem)
        self.summary.rows += 1
        return [*row, *extra.values()]


def _case(form: Form, records: Sequence[_Record]) -> _Case | None:
    """Return what the records of a case say, or None for a case that was deleted."""
    by_kind = dict(reversed(records))  # the case itself before another that it names
    if Kind.CASE not in by_kind or is_buried(by_kind[Kind.CASE]):
        return None
    values: dict[str, Value] = {}
    conflicts: set[str] = set()
    for one in form.fields():
        stored = by_kind.get(one.kind, {}).get(one.field)
        if stored is not None:
            values[one.id] = stored.value
            if stored.is_conflict:
                conflicts.add(one.id)
    return _Case(values, frozenset(conflicts))


@act("export_own")
def export_own(
    uow: UnitOfWork,
    desk: Desk,
    target: Path,
    *,
    days: Days = Days(),
    is_extended: bool = False,
    with_texts: bool = False,
    seal: Seal | None = None,
) -> ExportSummary:
    """Write the own cases to a new file and return what was said and what was not. Commits the
    entry of the audit, which holds counts only, and whether it left in clear: without ``seal``.

    ``is_extended`` adds, after the 168 columns and under their field id, every other field of the
    ficha that is not sensitive; ``with_texts`` those of them, too, that hold free text and may so
    name somebody. Such a file is for reading and is not in the official format.

    Raises DomainError ``days_reversed``, ``file_exists``; EnvironmentFault. No file is left then.
    """
    if days.first and days.last and days.last < days.first:
        raise DomainError("days_reversed")
    if with_texts:
        ask(uow, desk, "export_texts")
    form = desk.definitions.form(FICHA)
    extra = tuple(_extra_fields(form, with_texts=with_texts)) if is_extended else ()
    # A row says whose it is to who knows the place: of what she must not know of there is none. The
    # figures count all, and balance.
    hidden = seen_by(uow, desk, "list_cases").hidden
    rows = OwnRows(uow, desk, days, extra, hidden)
    names = (*desk.definitions.official.names, *(one.id for one in extra))
    with new_file(target, seal) as file:
        file.write(header_text(names).encode())
        for block in rows.blocks():
            file.write(block_text(block).encode())
        # Noted before it takes its name: nothing leaves that the audit does not know of.
        _note(uow, desk, "own", rows.summary.rows, how_closed(seal), is_extended=is_extended)
    summary = rows.summary
    summary.digest = file.digest
    summary.free_texts = tuple(one.brief for one in extra if one.type in _FREE_TEXT)
    return summary


@act("keep_datasets")
def export_dataset(
    uow: UnitOfWork, desk: Desk, target: Path, name: str, seal: Seal | None = None
) -> ExportSummary:
    """Write a dataset to a new file, in clear without ``seal``, refused cells blank; the same bytes
    as the file it came from, where that one was written as here. Commits the entry of the audit.

    Raises DomainError ``dataset_unknown``, ``file_exists``; EnvironmentFault. No file is left then.
    """
    dataset = found_dataset(uow, name)
    with new_file(target, seal) as file:
        file.write(header_text(desk.definitions.official.names).encode())
        for block in uow.datasets.blocks(dataset.id):
            file.write(block_text(block).encode())
        _note(uow, desk, dataset.id, dataset.facts.rows, how_closed(seal), is_extended=False)
    return ExportSummary(rows=dataset.facts.rows, digest=file.digest)


def found_dataset(uow: UnitOfWork, name: str) -> Dataset:
    """Return the dataset of this name. Raises DomainError ``dataset_unknown``."""
    dataset = uow.datasets.find(name.strip())
    if dataset is None:
        raise DomainError("dataset_unknown")
    return dataset


def _note(
    uow: UnitOfWork, desk: Desk, what: str, rows: int, closed: str, *, is_extended: bool
) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=_AUDIT,
        object_id=what,
        at_ms=desk.clock.now_ms(),
        detail=f"ra-cem{' extended' if is_extended else ''} rows={rows} {closed}",
    )
    uow.commit()


def _extra_fields(form: Form, *, with_texts: bool) -> Iterator[Field]:
    for one in form.fields():
        if one.fills or one.is_sensitive or one.type is FieldType.REFERENCE:
            continue
        if with_texts or one.type not in _FREE_TEXT:
            yield one


def _plain(value: Value) -> str:
    """Return a value of an added column in one line that no spreadsheet takes for a formula: an
    apostrophe goes before what would be one (OWASP)."""
    match value:
        case None:
            return ""
        case Absent():
            return value.value
        case bool():
            return "1" if value else "0"
        case tuple():
            text = ";".join(value)
        case _:
            text = " / ".join(str(value).split("\n"))
    text = "".join(one if one.isprintable() else " " for one in text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
