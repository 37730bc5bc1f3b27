"""Reading forms: sections, fields, conditions and the official variables that fields fill.

Every fault names its file and line; what refers to something else (a catalogue, a field, a code, a
number of the registry) is checked here, so that the screens need no check of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.checks import check_form, check_official, check_same_meaning
from app.datafiles.conditions import ABSENT_REASONS, read_condition, read_one_of, read_values
from app.datafiles.lists import (
    OfficialEntry,
    check_versions,
    read_gate,
    read_source,
    read_validity,
)
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue, Source
from app.domain.condition import Condition
from app.domain.form import Field, FieldType, Form, OfficialVariable, Section
from app.domain.merge import MergeRule
from app.domain.registry import FieldRegistry
from app.domain.value import Absent

__all__ = ["FIELDS_MAX", "FormSources", "read_forms"]

FIELDS_MAX = 2_000
YES_NO_CATALOGUE: Final = "si_no"
COLUMNS_MAX = 3

_TYPES: Final = {one.value: one for one in FieldType}
_MERGES: Final = {one.value: one for one in MergeRule}

_FIELD_KEYS: Final = frozenset(
    {
        "id",
        "official",
        "fills",
        "kind",
        "field",
        "label",
        "help",
        "item",
        "merge",
        "catalogue",
        "needed_to_validate",
        "shown_when",
        "absent",
        "most_cautious_first",
        "minimum",
        "maximum",
        "length_max",
        "source",
        "sensitive",
        "columns",
        "short",
        "digits",
        "digits_when",
        "past",
        "gated",
    }
)


@dataclass(frozen=True, slots=True)
class FormSources:
    """What forms refer to."""

    dictionary: Mapping[str, OfficialEntry]
    catalogues: Mapping[str, Catalogue]
    registry: FieldRegistry


def read_forms(root: Path, sources: FormSources, day: date | None) -> dict[str, Form]:
    """Return the forms of every file ``forms/*.yaml`` by id, in the version that holds on ``day``
    (the newest when it is None). Raises DefinitionError.
    """
    versions: dict[str, list[tuple[Form, Node]]] = {}
    meanings: dict[tuple[str, str], Field] = {}
    for path in sorted((root / "forms").glob("*.yaml")):
        node = read_yaml(root, f"forms/{path.name}")
        form, places = _form(node, sources)
        for one in form.fields():
            check_same_meaning(one, meanings.setdefault((one.kind, one.field), one), places[one.id])
        versions.setdefault(form.id, []).append((form, node))
    found = {}
    for name, several in versions.items():
        check_versions(
            [(form.version, form.valid_from, form.valid_to, node) for form, node in several],
            f"form {name!r}",
        )
        several.sort(key=lambda one: one[0].valid_from or date.min)
        holding = [
            form for form, _ in several if not (day and form.valid_from and form.valid_from > day)
        ]
        found[name] = holding[-1] if holding else several[0][0]
    return found


def _form(node: Node, sources: FormSources) -> tuple[Form, dict[str, Node]]:
    entries = node.mapping(
        frozenset({"form", "anchor", "version", "title", "source", "sections"}),
        frozenset({"valid_from", "valid_to"}),
    )
    start, end = read_validity(entries)
    source = read_source(entries["source"])
    reader = _FormReader(sources, source)
    sections = tuple(reader.section(one) for one in entries["sections"].sequence())
    form = Form(
        id=entries["form"].text(),
        anchor=entries["anchor"].text(),
        version=entries["version"].text(),
        title=entries["title"].text(),
        source=source,
        valid_from=start,
        valid_to=end,
        sections=sections,
    )
    check_form(form, reader.places, reader.conditions, sources.catalogues)
    return form, reader.places


class _FormReader:
    """Reads the parts of one form and remembers where each stands."""

    def __init__(self, sources: FormSources, source: Source) -> None:
        self.places: dict[str, Node] = {}
        self.conditions: list[tuple[Condition, Node]] = []
        self._sources = sources
        self._source = source
        self._sections: set[str] = set()
        self._stored: set[tuple[str, str]] = set()
        self._filled: set[str] = set()

    def section(self, node: Node) -> Section:
        """Return one section with its fields."""
        entries = node.mapping(
            frozenset({"id", "title", "kind", "filled_by", "fields"}),
            frozenset({"code", "source", "shown_when", "gated"}),
        )
        name = entries["id"].text()
        if name in self._sections:
            raise node.refuse(f"section {name!r} stands twice")
        self._sections.add(name)
        source = read_source(entries["source"]) if "source" in entries else self._source
        kind = entries["kind"].text()
        gate = read_gate(entries)
        return Section(
            id=name,
            code=_text(entries, "code", ""),
            title=entries["title"].text(),
            fields=tuple(
                self._field(one, kind, source, gate) for one in entries["fields"].sequence()
            ),
            filled_by=entries["filled_by"].texts(),
            shown_when=self._condition(entries, "shown_when"),
            gated=gate,
        )

    def _field(self, node: Node, kind: str, source: Source, gate: str | None) -> Field:
        entries = node.mapping(frozenset({"type"}), _FIELD_KEYS)
        official = self._official(entries["official"]) if "official" in entries else None
        if official is None and not {"id", "label"} <= entries.keys():
            raise node.refuse("missing key 'id' or 'label' (a field that is no official variable)")
        name = entries["id"].text() if "id" in entries else official.variable.name  # type: ignore[union-attr]
        if name in self.places:
            raise node.refuse(f"field {name!r} stands twice")
        if len(self.places) >= FIELDS_MAX:
            raise node.refuse(f"a form has at most {FIELDS_MAX} fields")
        self.places[name] = node
        field_type = read_one_of(entries["type"], _TYPES, "type")
        if official is not None:
            source = Source(f"Diccionario RA CEM, variable {official.variable.item}", "high")
        catalogue = self._catalogue(entries, field_type, node)
        definition = Field(
            id=name,
            kind=entries["kind"].text() if "kind" in entries else kind,
            field=entries["field"].text() if "field" in entries else name,
            type=field_type,
            label=_text(entries, "label", official.variable.label if official else ""),
            merge=_merge(entries, field_type),
            item=_text(entries, "item", ""),
            help=_text(entries, "help", ""),
            catalogue=catalogue.id if catalogue else None,
            needed_to_validate=_flag(entries, "needed_to_validate"),
            shown_when=self._condition(entries, "shown_when"),
            absent=_absent(entries),
            most_cautious_first=read_values(entries.get("most_cautious_first")),
            minimum=entries["minimum"].integer() if "minimum" in entries else None,
            maximum=_maximum(entries, field_type, official),
            length_max=_length(entries, field_type, official),
            official=official.variable if official else None,
            fills=self._fills(entries, field_type, official, catalogue, node),
            source=read_source(entries["source"]) if "source" in entries else source,
            is_sensitive=_flag(entries, "sensitive"),
            columns=_columns(entries),
            short_label=_text(entries, "short", ""),
            digits=entries["digits"].integer() if "digits" in entries else None,
            digits_when=self._condition(entries, "digits_when"),
            is_past=_past(entries, field_type),
            gated=read_gate(entries) or gate,
        )
        if official is not None:
            check_official(definition, official, catalogue, node)
        self._check_stored(definition, node)
        return definition

    def _official(self, node: Node) -> OfficialEntry:
        entry = self._sources.dictionary.get(node.text())
        if entry is None:
            raise node.refuse(f"{node.text()!r} is no variable of the official dictionary")
        return entry

    def _catalogue(
        self, entries: Mapping[str, Node], field_type: FieldType, node: Node
    ) -> Catalogue | None:
        wants = field_type in (FieldType.CHOICE, FieldType.CHOICES)
        if wants != ("catalogue" in entries):
            raise node.refuse("a choice has a catalogue, and nothing else has one")
        if field_type is FieldType.YES_NO:
            found = self._sources.catalogues.get(YES_NO_CATALOGUE)
            if found is None:
                raise node.refuse(f"unknown catalogue {YES_NO_CATALOGUE!r}")
            return found
        if not wants:
            return None
        place = entries["catalogue"]
        found = self._sources.catalogues.get(place.text())
        if found is None:
            raise place.refuse(f"unknown catalogue {place.text()!r}")
        return found

    def _fills(
        self,
        entries: Mapping[str, Node],
        field_type: FieldType,
        official: OfficialEntry | None,
        catalogue: Catalogue | None,
        node: Node,
    ) -> tuple[OfficialVariable, ...]:
        found: list[OfficialVariable] = [official.variable] if official else []
        if "fills" in entries:
            if field_type is not FieldType.PLACE:
                raise entries["fills"].refuse("only a place names the variables that it fills")
            found += [self._official(one).variable for one in entries["fills"].sequence()]
        if field_type is FieldType.CHOICES and catalogue is not None:
            rows = [self._sources.dictionary.get(term.code) for term in catalogue.terms]
            found += [row.variable for row in rows if row is not None and row.is_flag]
        for variable in found:
            if variable.name in self._filled:
                raise node.refuse(f"the official variable {variable.name} is filled twice")
            self._filled.add(variable.name)
        return tuple(found)

    def _check_stored(self, definition: Field, node: Node) -> None:
        key = (definition.kind, definition.field)
        if not self._sources.registry.knows(*key):
            raise node.refuse(f"{definition.kind}.{definition.field} has no number in registry.csv")
        if key in self._stored:
            raise node.refuse(f"{definition.kind}.{definition.field} is held by two fields")
        self._stored.add(key)

    def _condition(self, entries: Mapping[str, Node], key: str) -> Condition | None:
        if key not in entries:
            return None
        node = entries[key]
        condition = read_condition(node)
        self.conditions.append((condition, node))
        return condition


def _text(entries: Mapping[str, Node], key: str, default: str) -> str:
    return entries[key].text() if key in entries else default


def _flag(entries: Mapping[str, Node], key: str) -> bool:
    return key in entries and entries[key].flag()


def _merge(entries: Mapping[str, Node], field_type: FieldType) -> MergeRule:
    if "merge" in entries:
        rule = read_one_of(entries["merge"], _MERGES, "merge rule")
        if rule is MergeRule.UNION and field_type is not FieldType.CHOICES:
            raise entries["merge"].refuse("only sets are joined")
        return rule
    return MergeRule.UNION if field_type is FieldType.CHOICES else MergeRule.LATEST


def _absent(entries: Mapping[str, Node]) -> tuple[Absent, ...]:
    if "absent" not in entries:
        return ()
    several = entries["absent"].sequence()
    return tuple(read_one_of(one, ABSENT_REASONS, "absent reason") for one in several)


def _maximum(
    entries: Mapping[str, Node], field_type: FieldType, official: OfficialEntry | None
) -> int | None:
    if "maximum" in entries:
        return entries["maximum"].integer()
    if field_type is FieldType.NUMBER and official is not None:
        return int("9" * min(official.variable.length, 9))
    return None


def _length(
    entries: Mapping[str, Node], field_type: FieldType, official: OfficialEntry | None
) -> int:
    if "length_max" in entries:
        return entries["length_max"].integer()
    if field_type is FieldType.TEXT and official is not None:
        return official.variable.length
    return 200


def _past(entries: Mapping[str, Node], field_type: FieldType) -> bool:
    if "past" in entries and field_type is not FieldType.DATE:
        raise entries["past"].refuse("only a date lies in the past")
    return _flag(entries, "past")


def _columns(entries: Mapping[str, Node]) -> int:
    if "columns" not in entries:
        return 1
    columns = entries["columns"].integer()
    if not 1 <= columns <= COLUMNS_MAX:
        raise entries["columns"].refuse(f"a field is 1 to {COLUMNS_MAX} columns wide")
    return columns
