"""Loading a file of the official format as a dataset: every refused cell named, the rest loaded.

A refused cell is left out of its row and marked, so that no figure takes it for blank; a line that
is no row is set aside whole. One transaction: all that was accepted is there, or nothing is.
Memory is that of a block, however long the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from app.domain.errors import DomainError
from app.domain.form import Problem
from app.domain.official_block import (
    BlockCheck,
    BlockChecker,
    block_text,
    header_text,
)
from app.domain.official_format import CellKind
from app.domain.official_rules import RuleTally, row_rules
from app.domain.place_tally import PlaceTally
from app.services.access import act
from app.services.apart_ports import TablesApart
from app.services.dataset_ports import Dataset, DatasetFacts
from app.services.forms import FICHA
from app.services.official_lines import LineBlock, OfficialLines
from app.services.ports import Desk, UnitOfWork

__all__ = [
    "BLOCK_ROWS",
    "FILE_BYTES_MAX",
    "NAME_LENGTH_MAX",
    "FaultLine",
    "FaultReport",
    "ImportSummary",
    "import_dataset",
    "remove_dataset",
]

BLOCK_ROWS: Final = 2_000
"""Rows that are checked and stored at once: some 700 kB of file."""

FILE_BYTES_MAX: Final = 4 << 30
"""Of one file: some ten million rows, many times what all centres write in a year."""

NAME_LENGTH_MAX: Final = 60

_AUDIT: Final = "import"
_CENTRE: Final = "CEM"
"""The variable with the name of the centre."""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One refusal as the report has it: the line of the file (the header is line 1), the column
    (empty for a line set aside), what stood there, and why."""

    line: int
    column: str
    text: str
    problem: Problem


class FaultReport(Protocol):
    """Takes the refusals as they are found, in the order of the file."""

    def write(self, faults: Iterable[FaultLine]) -> None:
        """Write them."""


@dataclass(slots=True)
class ImportSummary:
    """What an import found. ``by_reason`` counts refused cells by column and message id, and lines
    set aside under an empty column; ``examples`` has the first problem of each. ``remarks`` are on
    the file, ``row_remarks`` on its rows, with the number of rows."""

    dataset: Dataset
    by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], Problem] = field(default_factory=dict)
    remarks: list[Problem] = field(default_factory=list)
    row_remarks: list[tuple[Problem, int]] = field(default_factory=list)


@act("keep_datasets")
def import_dataset(
    uow: UnitOfWork,
    desk: Desk,
    file: BinaryIO,
    name: str,
    tables: TablesApart,
    *,
    report: FaultReport | None = None,
    tell: Callable[[int], None] | None = None,
) -> ImportSummary:
    """Load a file of the official format under a new name and return what was found. Commits.

    ``tables`` makes cells of its lines, apart. ``tell`` is given the number of lines read, block by
    block. Writes one entry to the audit, with counts only. Raises DomainError ``dataset_name``,
    ``dataset_exists`` and those of :class:`app.services.official_lines.OfficialLines`;
    EnvironmentFault. Nothing was loaded then.
    """
    name = _checked_name(uow, name)
    official = desk.definitions.official
    lines = OfficialLines(file, official.names, tables)
    dataset_id, at_ms = desk.ids.new_record_id(), desk.clock.now_ms()
    uow.datasets.begin(dataset_id, name, at_ms)
    load = _Load(desk)
    read = 0
    for block in lines.blocks(BLOCK_ROWS):
        check, faults = load.add(block)
        if block.rows:
            uow.datasets.append(dataset_id, check.columns)
        if report is not None and faults:
            report.write(faults)
        read += len(block.rows) + len(block.broken)
        if tell is not None:
            tell(read)
    facts = load.facts(lines)
    uow.datasets.finish(dataset_id, facts)
    uow.audit.append(
        actor=desk.actor.id,
        action=_AUDIT,
        object_id=dataset_id,
        at_ms=at_ms,
        detail=f"ra-cem rows={facts.rows} refused={facts.refused} set_aside={facts.set_aside}",
    )
    uow.commit()
    return ImportSummary(
        Dataset(dataset_id, name, at_ms, facts),
        load.by_reason,
        load.examples,
        load.remarks(lines),
        load.row_remarks(),
    )


@act("keep_datasets")
def remove_dataset(uow: UnitOfWork, desk: Desk, name: str) -> None:
    """Delete a dataset with its rows and note it in the audit. Commits. Raises DomainError
    ``dataset_unknown``; EnvironmentFault, and then it is still there."""
    dataset = uow.datasets.find(name.strip())
    if dataset is None:
        raise DomainError("dataset_unknown")
    uow.datasets.remove(dataset.id)
    uow.audit.append(
        actor=desk.actor.id,
        action="remove_dataset",
        object_id=dataset.id,
        at_ms=desk.clock.now_ms(),
        detail=f"rows={dataset.facts.rows}",
    )
    uow.commit()


def _checked_name(uow: UnitOfWork, name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise DomainError("dataset_name", limit=NAME_LENGTH_MAX)
    if uow.datasets.find(name) is not None:
        raise DomainError("dataset_exists")
    return name


class _Load:
    """The counts of one import."""

    def __init__(self, desk: Desk) -> None:
        definitions = desk.definitions
        official = definitions.official
        form = definitions.form(FICHA)
        self._official = official
        self._checker = BlockChecker(official, definitions.places)
        self._rules = RuleTally(official, row_rules(official, form, definitions.catalogues))
        self._places = PlaceTally(definitions.places)
        self._today = desk.clock.today().isoformat()
        self._sha = hashlib.sha256(header_text(official.names).encode())
        self._rows = self._incomplete = self._set_aside = self._refused = self._future = 0
        self._days = [at for at, one in enumerate(official.columns) if one.kind is CellKind.DAY]
        self.by_reason: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], Problem] = {}

    def add(self, block: LineBlock) -> tuple[BlockCheck, list[FaultLine]]:
        """Check a block; return it with what was refused, in the order of the file."""
        names = self._official.names
        columns = tuple(zip(*block.rows, strict=True))
        if columns:
            self._count_places(columns)
        check = self._checker.check(columns)
        faults = [
            FaultLine(block.lines[one.row], names[one.column], one.text, one.problem)
            for one in check.refused
        ]
        faults += [FaultLine(one.line, "", "", one.problem) for one in block.broken]
        if block.broken:
            faults.sort(key=lambda one: one.line)
        for fault in faults:
            reason = (fault.column, fault.problem.message_id)
            self.by_reason[reason] += 1
            self.examples.setdefault(reason, fault.problem)
        self._rows += len(block.rows)
        self._set_aside += len(block.broken)
        self._refused += len(check.refused)
        self._incomplete += len({one.row for one in check.refused})
        if columns:
            self._sha.update(block_text(check.columns).encode())
            self._rules.add(check.columns)
            self._future += sum(day > self._today for at in self._days for day in columns[at])
        return check, faults

    def facts(self, lines: OfficialLines) -> DatasetFacts:
        """Return the numbers and digests, once the file was read to its end."""
        return DatasetFacts(
            rows=self._rows,
            incomplete=self._incomplete,
            set_aside=self._set_aside,
            refused=self._refused,
            digest=self._sha.digest(),
            source_digest=lines.digest,
            source_bytes=lines.bytes_read,
            had_bom=lines.had_bom,
        )

    def remarks(self, lines: OfficialLines) -> list[Problem]:
        """Return the remarks on the file as a whole."""
        found = [Problem("official_bom", {})] if lines.had_bom else []
        if lines.carriage_returns:
            ends: dict[str, str | int] = {"count": lines.carriage_returns}
            found.append(Problem("official_carriage_returns", ends))
        if self._places.leans_to_reniec:
            rows = self._places.rows_by_numbering()
            found.append(Problem("official_leans_to_reniec", dict(rows)))
        if self._future:
            found.append(Problem("official_future", {"count": self._future}))
        refused: Counter[str] = Counter()
        for (column, _), count in self.by_reason.items():
            refused[column] += count
        found += [
            Problem("official_column_refused", {"column": name})
            for name in self._official.names
            if self._rows and refused[name] == self._rows
        ]
        return found

    def row_remarks(self) -> list[tuple[Problem, int]]:
        """Return the remarks on rows, in the order of the form, with the number of rows."""
        counts = self._rules.counts
        return [
            (rule.remark, counts[number])
            for number, rule in enumerate(self._rules.rules)
            if counts[number]
        ]

    def _count_places(self, columns: tuple[tuple[str, ...], ...]) -> None:
        if self._official.place is None:
            return
        centre = self._official.position(_CENTRE)
        names = columns[centre] if centre is not None else ("",) * len(columns[0])
        codes = map("".join, zip(*(columns[at] for at in self._official.place), strict=True))
        self._places.add(Counter(zip(names, codes, strict=True)))
