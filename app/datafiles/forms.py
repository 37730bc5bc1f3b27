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

from app.datafiles.checks import (
    check_asked,
    check_form,
    check_lists,
    check_occurrence,
    check_official,
    check_same_meaning,
    check_searched,
)
from app.datafiles.conditions import read_caution, read_condition, read_one_of
from app.datafiles.field_keys import (
    FIELD_KEYS,
    flag_of,
    read_absent,
    read_columns,
    read_length,
    read_many_with,
    read_maximum,
    read_merge,
    read_past,
    read_years,
    text_of,
)
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
from app.domain.form import Field, FieldType, Form, FormWarning, OfficialVariable, Section
from app.domain.registry import FieldRegistry

__all__ = ["FIELDS_MAX", "FormSources", "read_forms"]

FIELDS_MAX = 2_000
YES_NO_CATALOGUE: Final = "si_no"

_TYPES: Final = {one.value: one for one in FieldType}


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
    lists: list[tuple[Section, Node]] = []
    for path in sorted((root / "forms").glob("*.yaml")):
        node = read_yaml(root, f"forms/{path.name}")
        form, reader = _form(node, sources)
        lists += reader.lists
        for one in form.fields():
            first = meanings.setdefault((one.kind, one.field), one)
            check_same_meaning(one, first, reader.places[one.id])
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
    check_lists(lists, found, sources.catalogues)
    return found


def _form(node: Node, sources: FormSources) -> tuple[Form, _FormReader]:
    entries = node.mapping(
        frozenset({"form", "anchor", "version", "title", "source", "sections"}),
        frozenset({"valid_from", "valid_to", "warnings"}),
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
        warnings=reader.warnings(entries),
    )
    check_form(form, reader.places, reader.conditions, sources.catalogues)
    return form, reader


class _FormReader:
    """Reads the parts of one form and remembers where each stands."""

    def __init__(self, sources: FormSources, source: Source) -> None:
        self.places: dict[str, Node] = {}
        self.conditions: list[tuple[Condition, Node]] = []
        self.lists: list[tuple[Section, Node]] = []
        self._sources = sources
        self._source = source
        self._sections: set[str] = set()
        self._stored: set[tuple[str, str]] = set()
        self._filled: set[str] = set()

    def section(self, node: Node) -> Section:
        """Return one section with its fields, or with the form whose records it lists."""
        holds = {"many"} if "many" in node.any_mapping() else {"kind", "fields"}
        entries = node.mapping(
            frozenset({"id", "title", "filled_by"} | holds),
            frozenset(
                {"code", "source", "shown_when", "gated", "many_with", "before_cem", "after_issue"}
            ),
        )
        name = entries["id"].text()
        if name in self._sections:
            raise node.refuse(f"section {name!r} stands twice")
        self._sections.add(name)
        gate = read_gate(entries)
        is_before = flag_of(entries, "before_cem")
        section = Section(
            id=name,
            code=text_of(entries, "code", ""),
            title=entries["title"].text(),
            fields=self._fields(entries, gate, is_before=is_before) if "fields" in entries else (),
            filled_by=entries["filled_by"].texts(),
            shown_when=self._condition(entries, "shown_when"),
            gated=gate,
            many=text_of(entries, "many", ""),
            many_with=read_many_with(entries),
            before_cem=is_before,
            after_issue=flag_of(entries, "after_issue"),
        )
        if section.many:
            self.lists.append((section, entries["many"]))
        return section

    def warnings(self, entries: Mapping[str, Node]) -> tuple[FormWarning, ...]:
        """Return what the form warns of. The conditions are checked with all others."""
        found: dict[str, FormWarning] = {}
        for node in entries["warnings"].sequence() if "warnings" in entries else ():
            parts = node.mapping(
                frozenset({"id", "field", "when", "message"}), frozenset({"source"})
            )
            name, field = parts["id"].text(), parts["field"].text()
            if name in found:
                raise node.refuse(f"warning {name!r} stands twice")
            if field not in self.places:
                raise parts["field"].refuse(f"a warning stands at an unknown field {field!r}")
            when = read_condition(parts["when"])
            self.conditions.append((when, parts["when"]))
            source = read_source(parts["source"]) if "source" in parts else self._source
            found[name] = FormWarning(name, field, when, parts["message"].text(), source)
        return tuple(found.values())

    def _fields(
        self, entries: Mapping[str, Node], gate: str | None, *, is_before: bool
    ) -> tuple[Field, ...]:
        source = read_source(entries["source"]) if "source" in entries else self._source
        kind = entries["kind"].text()
        several = entries["fields"].sequence()
        return tuple(self._field(one, kind, source, gate, is_before=is_before) for one in several)

    def _field(
        self, node: Node, kind: str, source: Source, gate: str | None, *, is_before: bool
    ) -> Field:
        entries = node.mapping(frozenset({"type"}), FIELD_KEYS)
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
            label=text_of(entries, "label", official.variable.label if official else ""),
            merge=read_merge(entries, field_type),
            item=text_of(entries, "item", ""),
            help=text_of(entries, "help", ""),
            catalogue=catalogue.id if catalogue else None,
            needed_to_validate=flag_of(entries, "needed_to_validate"),
            shown_when=self._condition(entries, "shown_when"),
            absent=read_absent(entries),
            most_cautious_first=read_caution(entries.get("most_cautious_first")),
            minimum=entries["minimum"].integer() if "minimum" in entries else None,
            maximum=read_maximum(entries, field_type, official),
            length_max=read_length(entries, field_type, official),
            official=official.variable if official else None,
            fills=self._fills(entries, field_type, official, catalogue, node),
            source=read_source(entries["source"]) if "source" in entries else source,
            is_sensitive=flag_of(entries, "sensitive"),
            columns=read_columns(entries),
            short_label=text_of(entries, "short", ""),
            digits=entries["digits"].integer() if "digits" in entries else None,
            digits_when=self._condition(entries, "digits_when"),
            is_past=read_past(entries, field_type),
            gated=read_gate(entries) or gate,
            occurs=text_of(entries, "occurs", ""),
            occurs_time=text_of(entries, "occurs_time", ""),
            years_from=read_years(entries)[0],
            years_on=read_years(entries)[1],
            in_search=flag_of(entries, "in_search"),
            search_digits=flag_of(entries, "search_digits"),
            is_listed=flag_of(entries, "listed"),
            finds_her=flag_of(entries, "finds_her"),
        )
        if official is not None:
            check_official(definition, official, catalogue, node, is_before_cem=is_before)
        check_occurrence(definition, node, self._sources.catalogues)
        check_searched(definition, node)
        check_asked(definition, node)
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
