"""Reading the lists of the data release: official dictionary, catalogues, places, institutions,
data items and the registry of numbers. Every fault names its file and line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.yaml_tree import Node, read_text, read_yaml
from app.domain.catalogue import GATES, Catalogue, Source, Term
from app.domain.definitions import DataItem, District, Places
from app.domain.errors import DefinitionError
from app.domain.form import OfficialVariable
from app.domain.registry import FIELD_NUMBER_MAX, KIND_NUMBER_MAX, FieldRegistry, RegistryEntry

__all__ = [
    "CERTAINTIES",
    "OfficialEntry",
    "check_versions",
    "read_catalogues",
    "read_data_items",
    "read_dictionary",
    "read_gate",
    "read_places",
    "read_registry",
    "read_source",
    "read_validity",
]

DICTIONARY: Final = "catalogues/diccionario_ra_cem.csv"
REGISTRY: Final = "registry.csv"
DISTRICTS: Final = "places/districts.csv"
CERTAINTIES: Final = frozenset({"high", "medium", "low", "design", "gap"})
ROWS_MAX = 20_000
FLAG_CODES: Final = (("1", "Si"),)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UBIGEO = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class OfficialEntry:
    """One row of the official dictionary: the variable, its type and its own list of codes.

    ``codes`` is empty when the dictionary has none or points to a long list (``list_name``).
    """

    variable: OfficialVariable
    type: str
    codes: tuple[tuple[str, str], ...]
    list_name: str

    @property
    def is_flag(self) -> bool:
        """Whether only ``1 = Si`` exists, and blank is not *no*."""
        return self.codes == FLAG_CODES


def read_source(node: Node) -> Source:
    """Return where a fact comes from. Raises DefinitionError for an unknown certainty."""
    entries = node.mapping(frozenset({"reference", "certainty"}), frozenset())
    certainty = entries["certainty"].text()
    if certainty not in CERTAINTIES:
        raise entries["certainty"].refuse(f"unknown certainty {certainty!r}")
    return Source(entries["reference"].text(), certainty)


def read_validity(entries: Mapping[str, Node]) -> tuple[date | None, date | None]:
    """Return between which days something holds. Raises DefinitionError when they are reversed."""
    start = entries["valid_from"].day() if "valid_from" in entries else None
    end = entries["valid_to"].day() if "valid_to" in entries else None
    if start and end and end < start:
        raise entries["valid_to"].refuse("valid_to is before valid_from")
    return start, end


def read_gate(entries: Mapping[str, Node]) -> str | None:
    """Return what the texts are about when no draft of them may be shown, or None. Raises
    DefinitionError for a word that is not in :data:`app.domain.catalogue.GATES`."""
    if "gated" not in entries:
        return None
    gate = entries["gated"].text()
    if gate not in GATES:
        raise entries["gated"].refuse(f"unknown gate {gate!r}")
    return gate


def check_versions(
    versions: Sequence[tuple[str, date | None, date | None, Node]], what: str
) -> None:
    """Raise DefinitionError when two versions of one thing share a name or hold on one day."""
    ordered = sorted(versions, key=lambda one: one[1] or date.min)
    names: set[str] = set()
    end: date | None = date.min
    for version, start, until, node in ordered:
        if version in names:
            raise node.refuse(f"two {what} have the version {version!r}")
        if names and (end is None or (start or date.min) <= end):
            raise node.refuse(f"the validity of two versions of {what} overlaps")
        names.add(version)
        end = until


def _rows(root: Path, name: str, header: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(read_text(root, name), newline=""), strict=True)
    try:
        if next(reader, None) != list(header):
            raise DefinitionError(f"the header must be {','.join(header)}", file=name, line=1)
        for row in reader:
            line = reader.line_num
            if line > ROWS_MAX:
                raise DefinitionError("the file has too many rows", file=name, line=line)
            if len(row) != len(header):
                raise DefinitionError("a row has another number of columns", file=name, line=line)
            yield line, row
    except csv.Error as error:
        raise DefinitionError(f"not CSV: {error}", file=name, line=reader.line_num) from None


def _number(text: str, largest: int, *, file: str, line: int) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:12]) <= largest:
        raise DefinitionError(f"{text!r} is not a number in range", file=file, line=line)
    return int(text)


def read_dictionary(root: Path) -> dict[str, OfficialEntry]:
    """Return the official dictionary by name of variable. Raises DefinitionError."""
    header = ("item", "variable", "nombre", "tipo", "longitud", "obligatoria", "codigos")
    found: dict[str, OfficialEntry] = {}
    for line, (item, name, label, type_, length, obligatory, codes) in _rows(
        root, DICTIONARY, header
    ):
        if name in found:
            raise DefinitionError(f"{name} stands twice", file=DICTIONARY, line=line)
        if obligatory not in ("Si", "No"):
            raise DefinitionError("obligatoria is Si or No", file=DICTIONARY, line=line)
        found[name] = OfficialEntry(
            variable=OfficialVariable(
                item=_number(item, 9_999, file=DICTIONARY, line=line),
                name=name,
                length=_number(length, 9_999, file=DICTIONARY, line=line),
                obligatory=obligatory == "Si",
                label=label,
            ),
            type=type_,
            codes=() if codes.startswith("@") else _codes(codes, line),
            list_name=codes[1:] if codes.startswith("@") else "",
        )
    return found


def _codes(text: str, line: int) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    for part in text.split("|") if text else ():
        code, sign, label = part.partition("=")
        if not (code and sign and label) or code in pairs:
            raise DefinitionError(f"{part!r} is no code list", file=DICTIONARY, line=line)
        pairs[code] = label
    return tuple(pairs.items())


def read_catalogues(
    root: Path, dictionary: Mapping[str, OfficialEntry], day: date | None
) -> dict[str, Catalogue]:
    """Return the catalogues of every file ``catalogues/*.yaml`` by id, in the version that holds on
    ``day`` (the newest when it is None). Raises DefinitionError.
    """
    versions: dict[str, list[tuple[Catalogue, date | None, date | None, Node]]] = {}
    for path in sorted((root / "catalogues").glob("*.yaml")):
        tree = read_yaml(root, f"catalogues/{path.name}")
        for node in tree.mapping(frozenset({"catalogues"}), frozenset())["catalogues"].sequence():
            catalogue, start, end = _catalogue(root, node, dictionary)
            versions.setdefault(catalogue.id, []).append((catalogue, start, end, node))
    found = {}
    for name, several in versions.items():
        check_versions(
            [(one.version, start, end, node) for one, start, end, node in several],
            f"catalogue {name!r}",
        )
        several.sort(key=lambda one: one[1] or date.min)
        holding = [one for one, start, _, _ in several if not (day and start and start > day)]
        found[name] = holding[-1] if holding else several[0][0]
    return found


_WAYS: Final = frozenset({"terms", "dictionary", "dictionary_flags", "csv"})


def _catalogue(
    root: Path, node: Node, dictionary: Mapping[str, OfficialEntry]
) -> tuple[Catalogue, date | None, date | None]:
    entries = node.mapping(
        frozenset({"id", "version", "source"}),
        _WAYS | {"term_flags", "prefix", "valid_from", "valid_to", "gated"},
    )
    ways = [name for name in ("dictionary", "dictionary_flags", "csv", "terms") if name in entries]
    if not ways:
        raise node.refuse("missing key 'terms'")
    terms: dict[str, Term] = {}
    for way in ways:
        for term, place in _terms(root, way, entries, dictionary):
            if term.code in terms:
                raise place.refuse(f"code {term.code!r} stands twice")
            terms[term.code] = term
    if "term_flags" in entries:
        for code, flags in entries["term_flags"].any_mapping().items():
            if code not in terms:
                raise flags.refuse(f"code {code!r} is not in this catalogue")
            old = terms[code]
            terms[code] = replace(old, flags=old.flags | set(flags.texts()))
    start, end = read_validity(entries)
    catalogue = Catalogue(
        entries["id"].text(),
        entries["version"].text(),
        read_source(entries["source"]),
        tuple(terms.values()),
        read_gate(entries),
    )
    return catalogue, start, end


def _terms(
    root: Path,
    way: str,
    entries: Mapping[str, Node],
    dictionary: Mapping[str, OfficialEntry],
) -> Iterator[tuple[Term, Node]]:
    node = entries[way]
    match way:
        case "terms":
            for one in node.sequence():
                yield _term(one), one
        case "dictionary":
            entry = dictionary.get(node.text())
            if entry is None or not entry.codes:
                raise node.refuse(f"{node.text()!r} is no variable with a code list")
            for code, label in entry.codes:
                yield Term(code, label), node
        case "dictionary_flags":
            prefix = entries["prefix"].text() + " " if "prefix" in entries else ""
            for one in node.sequence():
                entry = dictionary.get(one.text())
                if entry is None or not entry.is_flag:
                    raise one.refuse(f"{one.text()!r} is no flag of the dictionary")
                label = entry.variable.label.removeprefix(prefix)
                yield Term(one.text(), label[:1].upper() + label[1:]), one
        case _:
            name = f"catalogues/{node.text()}"
            for _, (code, label) in _rows(root, name, ("codigo", "nombre")):
                yield Term(code, label), node


def _term(node: Node) -> Term:
    entries = node.mapping(
        frozenset({"code", "label"}),
        frozenset({"parent", "valid_from", "valid_to", "flags", "number"}),
    )
    start, end = read_validity(entries)
    return Term(
        code=entries["code"].text(),
        label=entries["label"].text(),
        parent=entries["parent"].text() if "parent" in entries else None,
        valid_from=start,
        valid_to=end,
        flags=frozenset(entries["flags"].texts()) if "flags" in entries else frozenset(),
        number=entries["number"].integer() if "number" in entries else None,
    )


def read_places(root: Path, version: str) -> Places:
    """Return the districts of Peru. Raises DefinitionError for a code that is not six digits."""
    header = ("inei", "reniec", "district", "province", "department")
    districts: dict[str, District] = {}
    for line, (code, reniec, district, province, department) in _rows(root, DISTRICTS, header):
        if not _UBIGEO.fullmatch(code) or not (reniec == "" or _UBIGEO.fullmatch(reniec)):
            raise DefinitionError("a UBIGEO code has six digits", file=DISTRICTS, line=line)
        if code in districts:
            raise DefinitionError(f"code {code} stands twice", file=DISTRICTS, line=line)
        if not (district and province and department):
            raise DefinitionError("a name is missing", file=DISTRICTS, line=line)
        districts[code] = District(code, district, province, department, reniec)
    return Places(version, tuple(districts.values()))


def read_data_items(root: Path, name: str) -> tuple[tuple[DataItem, Node], ...]:
    """Return what may leave on a document, with the place of each. Raises DefinitionError."""
    top = read_yaml(root, name).mapping(frozenset({"version", "source", "data_items"}), frozenset())
    read_source(top["source"])
    found: dict[str, tuple[DataItem, Node]] = {}
    for node in top["data_items"].sequence():
        entries = node.mapping(
            frozenset({"code", "label", "by_default"}), frozenset({"fields", "gated"})
        )
        code = entries["code"].text()
        if code in found:
            raise node.refuse(f"code {code!r} stands twice")
        fields = entries["fields"].texts() if "fields" in entries else ()
        found[code] = (
            DataItem(
                code,
                entries["label"].text(),
                fields,
                entries["by_default"].flag(),
                read_gate(entries),
            ),
            node,
        )
    return tuple(found.values())


def read_registry(root: Path) -> FieldRegistry:
    """Return the registry of numbers. Raises DefinitionError for a number or name used twice."""
    header = ("kind", "kind_number", "field", "field_number")
    entries: list[RegistryEntry] = []
    kinds: dict[str, int] = {}
    numbers: dict[int, str] = {}
    names: set[tuple[str, str]] = set()
    taken: set[tuple[str, int]] = set()
    for line, (kind, kind_number, field, field_number) in _rows(root, REGISTRY, header):
        if not _NAME.fullmatch(kind) or not field.isidentifier():
            raise DefinitionError("a name is not allowed", file=REGISTRY, line=line)
        entry = RegistryEntry(
            kind,
            _number(kind_number, KIND_NUMBER_MAX, file=REGISTRY, line=line),
            field,
            _number(field_number, FIELD_NUMBER_MAX, file=REGISTRY, line=line),
        )
        if (
            kinds.setdefault(kind, entry.kind_number) != entry.kind_number
            or numbers.setdefault(entry.kind_number, kind) != kind
            or (kind, field) in names
            or (kind, entry.field_number) in taken
        ):
            raise DefinitionError(
                f"a number or the name of {kind}.{field} is used twice", file=REGISTRY, line=line
            )
        names.add((kind, field))
        taken.add((kind, entry.field_number))
        entries.append(entry)
    return FieldRegistry.of(entries)
