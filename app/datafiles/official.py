"""The official format out of the dictionary, and what the release says of reports on it.

Faults name the file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.datafiles.conditions import read_condition
from app.datafiles.lists import DICTIONARY, OfficialEntry, read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.condition import fields_of
from app.domain.errors import DefinitionError
from app.domain.form import Field, FieldType, Form
from app.domain.official_format import (
    SETTLEMENT,
    CellKind,
    OfficialCheck,
    OfficialColumn,
    OfficialFormat,
)
from app.domain.statistics import BANDS, MONTH, Band, Banding, Dimension, FigureTable, Reports

__all__ = ["OFFICIAL_FORM", "read_official", "read_reports"]

OFFICIAL_FORM: Final = "ficha"
"""The form that fills the official variables."""

BANDINGS: Final = "reports/age_bands.yaml"
TABLES: Final = "reports/figures.yaml"
CHECKS: Final = "reports/official_checks.yaml"

_HEADER_LINES: Final = 1


def read_official(
    root: Path,
    dictionary: Mapping[str, OfficialEntry],
    catalogues: Mapping[str, Catalogue],
    form: Form | None,
) -> OfficialFormat:
    """Return the official format with its checks. Raises DefinitionError, also for a variable whose
    list is not there."""
    fields = {v.name: one for one in form.fields() for v in one.fills} if form else {}
    columns = tuple(_column(one, catalogues, fields) for one in dictionary.values())
    positions = {one.name: at for at, one in enumerate(columns)}
    place = next(
        (
            (positions[a.name], positions[b.name], positions[c.name])
            for one in (form.fields() if form else ())
            if one.type is FieldType.PLACE and len(one.fills) == 3
            for a, b, c in [one.fills]
        ),
        None,
    )
    return OfficialFormat(columns, place, _checks(root, form))


def _column(
    entry: OfficialEntry, catalogues: Mapping[str, Catalogue], fields: Mapping[str, Field]
) -> OfficialColumn:
    variable, definition = entry.variable, fields.get(entry.variable.name)
    codes = dict(entry.codes)
    if entry.list_name:
        listed = catalogues.get(entry.list_name)
        if listed is None:
            line = variable.item + _HEADER_LINES
            reason = f"there is no list {entry.list_name!r}"
            raise DefinitionError(reason, file=DICTIONARY, line=line)
        codes = {term.code: term.label for term in listed.terms}
    largest = 10**variable.length - 1
    return OfficialColumn(
        item=variable.item,
        name=variable.name,
        label=variable.label,
        length=variable.length,
        is_obligatory=variable.obligatory,
        kind=_kind(entry, codes, definition),
        codes=codes,
        minimum=(definition.minimum or 0) if definition else 0,
        maximum=definition.maximum if definition and definition.maximum is not None else largest,
    )


def _kind(entry: OfficialEntry, codes: Mapping[str, str], definition: Field | None) -> CellKind:
    if entry.type == "Fecha":
        return CellKind.DAY
    if entry.type == "Cadena":
        if entry.variable.name == SETTLEMENT:
            return CellKind.SETTLEMENT
        is_place = definition is not None and definition.type is FieldType.PLACE
        return CellKind.PLACE if is_place else CellKind.TEXT
    if entry.is_flag:
        return CellKind.FLAG
    return CellKind.CODE if codes else CellKind.NUMBER


def _checks(root: Path, form: Form | None) -> tuple[OfficialCheck, ...]:
    if not (root / CHECKS).is_file():
        return ()
    tree = read_yaml(root, CHECKS).mapping(frozenset({"checks"}), frozenset())
    found: dict[str, OfficialCheck] = {}
    for node in tree["checks"].sequence():
        entries = node.mapping(frozenset({"id", "label", "when", "source"}), frozenset())
        name = entries["id"].text()
        if name in found:
            raise node.refuse(f"check {name!r} stands twice")
        condition = read_condition(entries["when"])
        for asked in fields_of(condition):
            definition = form.get(asked) if form else None
            if definition is None or not definition.fills:
                raise node.refuse(f"no official variable is filled by a field {asked!r}")
        label, source = entries["label"].text(), read_source(entries["source"])
        found[name] = OfficialCheck(name, label, condition, source)
    return tuple(found.values())


def read_reports(root: Path, official: OfficialFormat, form: Form | None) -> Reports:
    """Return bandings and tables; none where the release has no such files. Raises
    DefinitionError."""
    if not (root / BANDINGS).is_file():
        return Reports()
    tree = read_yaml(root, BANDINGS).mapping(frozenset({"finest", "bandings"}), frozenset())
    bandings: dict[str, Banding] = {}
    for node in tree["bandings"].sequence():
        one = _banding(node, official, form)
        if one.id in bandings:
            raise node.refuse(f"banding {one.id!r} stands twice")
        bandings[one.id] = one
    finest = tree["finest"].text()
    if finest not in bandings:
        raise tree["finest"].refuse(f"unknown banding {finest!r}")
    tables: dict[str, FigureTable] = {}
    nodes = read_yaml(root, TABLES).mapping(frozenset({"tables"}), frozenset())["tables"].sequence()
    for node in nodes:
        table = _table(node, official, bandings)
        if table.id in tables:
            raise node.refuse(f"table {table.id!r} stands twice")
        tables[table.id] = table
    return Reports(tuple(bandings.values()), tuple(tables.values()), finest)


def _banding(node: Node, official: OfficialFormat, form: Form | None) -> Banding:
    keys = frozenset({"id", "title", "variable", "bands", "source"})
    entries = node.mapping(keys, frozenset())
    bands: list[Band] = []
    for item in entries["bands"].sequence():
        ends = [one.integer() for one in item.sequence()]
        band = Band(ends[0], ends[1] if len(ends) == 2 else None)
        if len(ends) > 2 or ends[0] < 0 or (band.last is not None and band.last < band.first):
            raise item.refuse("a band is [first, last], or [first] for the open one")
        before = bands[-1] if bands else None
        if before is not None and (before.last is None or before.last + 1 != band.first):
            raise item.refuse("a band begins where the one before it ends")
        bands.append(band)
    variable = entries["variable"].text()
    if official.position(variable) is None and (form is None or form.get(variable) is None):
        raise entries["variable"].refuse(f"unknown variable {variable!r}")
    return Banding(
        entries["id"].text(),
        entries["title"].text(),
        variable,
        tuple(bands),
        read_source(entries["source"]),
    )


def _table(node: Node, official: OfficialFormat, bandings: Mapping[str, Banding]) -> FigureTable:
    keys = frozenset({"id", "title", "rows", "columns", "source"})
    entries = node.mapping(keys, frozenset())
    return FigureTable(
        entries["id"].text(),
        entries["title"].text(),
        _dimension(entries["rows"], official, bandings),
        _dimension(entries["columns"], official, bandings),
        read_source(entries["source"]),
    )


def _dimension(node: Node, official: OfficialFormat, bandings: Mapping[str, Banding]) -> Dimension:
    if node.entries is None:
        return Dimension(_variable(node, official, CellKind.CODE))
    entries = node.mapping(frozenset(), frozenset({"month", "bands", "banding"}))
    if "month" in entries:
        return Dimension(_variable(entries["month"], official, CellKind.DAY), part=MONTH)
    if "bands" not in entries:
        raise node.refuse("a dimension is a variable, {month: X} or {bands: X}")
    variable = _variable(entries["bands"], official, CellKind.NUMBER)
    named = entries["banding"].text() if "banding" in entries else ""
    if named and (named not in bandings or bandings[named].variable != variable):
        raise entries["banding"].refuse(f"no banding {named!r} of {variable}")
    return Dimension(variable, banding=named, part=BANDS)


def _variable(node: Node, official: OfficialFormat, kind: CellKind) -> str:
    name = node.text()
    position = official.position(name)
    if position is None or official.columns[position].kind is not kind:
        raise node.refuse(f"{name!r} is no official variable of this kind ({kind.value})")
    return name
