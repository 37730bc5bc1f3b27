"""What must be true of a form as a whole: its conditions, its orders of caution, and the official
dictionary. Faults name the file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.datafiles.lists import OfficialEntry
from app.datafiles.yaml_tree import Node
from app.domain.catalogue import Catalogue
from app.domain.condition import All, Any, AtLeast, Condition, Is, Not, fields_of
from app.domain.form import Field, FieldType, Form, Section
from app.domain.merge import MergeRule
from app.domain.records import OF_THE_CENTRE, Kind
from app.domain.value import Absent, Value

__all__ = [
    "check_asked",
    "check_form",
    "check_lists",
    "check_occurrence",
    "check_official",
    "check_same_meaning",
    "check_searched",
]

OCCURRENCES: Final = "sucesos"
BEFORE_CEM: Final = "antes de la intervención del CEM"
"""Words of the dictionary for what was so before the centre intervened."""

_SEARCHED_KINDS: Final = frozenset({Kind.CASE, Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR})
"""Kinds of record whose text leads to a case of the list."""


def check_form(
    form: Form,
    places: Mapping[str, Node],
    conditions: Sequence[tuple[Condition, Node]],
    catalogues: Mapping[str, Catalogue],
) -> None:
    """Raise DefinitionError when a condition or an order of caution does not fit."""
    for condition, node in conditions:
        _check_condition(form, condition, node, catalogues)
    for one in form.fields():
        place = places[one.id]
        for value in one.most_cautious_first:
            if value is not None:
                _check_value(one, value, place, catalogues)
        if one.occurs_time:
            _check_points_at(form, one, one.occurs_time, FieldType.TIME, place)
        for name in (one.years_from, one.years_on):
            if name:
                _check_points_at(form, one, name, FieldType.DATE, place)
    _check_cycles(form, places)


def _check_points_at(
    form: Form, definition: Field, name: str, field_type: FieldType, node: Node
) -> None:
    found = form.get(name)
    if found is None:
        raise node.refuse(f"{definition.id!r} names an unknown field {name!r}")
    if found.type is not field_type:
        raise node.refuse(f"{name!r} is no {field_type.value}")
    if field_type is FieldType.TIME and found.kind != definition.kind:
        raise node.refuse(f"{name!r} is held by another record than {definition.id!r}")


def check_occurrence(definition: Field, node: Node, catalogues: Mapping[str, Catalogue]) -> None:
    """Raise DefinitionError when a field cannot say that something happened, or says something
    that the catalogue of what happens does not know."""
    if definition.occurs_time and not definition.occurs:
        raise node.refuse("occurs_time belongs to a date that says what happened")
    if definition.years_from and definition.type is not FieldType.NUMBER:
        raise node.refuse("only a number counts years")
    if not definition.occurs:
        return
    if definition.type is not FieldType.DATE:
        raise node.refuse("only a date says that something happened")
    known = catalogues.get(OCCURRENCES)
    if known is None or known.get(definition.occurs) is None:
        raise node.refuse(f"code {definition.occurs!r} is not in the catalogue {OCCURRENCES!r}")


def check_searched(definition: Field, node: Node) -> None:
    """Raise DefinitionError when a case could not be found, or should not, by this field."""
    if not (definition.in_search or definition.search_digits):
        return
    if definition.type is not FieldType.TEXT:
        raise node.refuse("only a line of text is searched")
    if definition.kind not in _SEARCHED_KINDS:
        raise node.refuse(f"a case is not found by a field of {definition.kind!r}")


def check_asked(definition: Field, node: Node) -> None:
    """Raise DefinitionError when two values of what finds her would join without being asked."""
    if definition.finds_her and definition.merge is not MergeRule.ASK:
        raise node.refuse("what finds her is asked (merge: ask)")


def check_lists(
    lists: Iterable[tuple[Section, Node]],
    forms: Mapping[str, Form],
    catalogues: Mapping[str, Catalogue],
) -> None:
    """Raise DefinitionError when a section lists records of an unknown form, or of one that is not
    filled in many times for a case, or chooses among them by what that form does not ask."""
    for section, node in lists:
        form = forms.get(section.many)
        if form is None:
            raise node.refuse(f"unknown form {section.many!r}")
        if form.anchor in _SEARCHED_KINDS or form.anchor in OF_THE_CENTRE:
            raise node.refuse(f"the records of {section.many!r} are not many of one case")
        by_name = {one.field: one for one in form.fields() if one.kind == form.anchor}
        for name, code in section.many_with:
            if name not in by_name:
                raise node.refuse(f"the form {section.many!r} has no field {name!r}")
            _check_value(by_name[name], code, node, catalogues)


def _check_condition(
    form: Form, condition: Condition, node: Node, catalogues: Mapping[str, Catalogue]
) -> None:
    match condition:
        case Not(inner):
            _check_condition(form, inner, node, catalogues)
            return
        case All(several) | Any(several):
            for one in several:
                _check_condition(form, one, node, catalogues)
            return
    definition = form.get(condition.field)
    if definition is None:
        raise node.refuse(f"a condition asks for an unknown field {condition.field!r}")
    match condition:
        case AtLeast() if definition.type is not FieldType.NUMBER:
            raise node.refuse(f"{condition.field!r} is no number")
        case Is(_, values):
            for value in values:
                _check_value(definition, value, node, catalogues)


def _check_value(
    definition: Field, value: Value, node: Node, catalogues: Mapping[str, Catalogue]
) -> None:
    if isinstance(value, Absent):
        if value not in definition.absent:
            raise node.refuse(f"{definition.id!r} may not be {value.value!r}")
        return
    if definition.type is FieldType.FLAG:
        if value is not True:
            raise node.refuse(f"{definition.id!r} is a tick: true or blank")
        return
    if not isinstance(value, str):
        raise node.refuse(f"{definition.id!r} holds codes; write them in quotes")
    if definition.catalogue and catalogues[definition.catalogue].get(value) is None:
        raise node.refuse(
            f"code {value!r} is not in the catalogue {definition.catalogue!r} of {definition.id!r}"
        )


def _check_cycles(form: Form, places: Mapping[str, Node]) -> None:
    asks: dict[str, set[str]] = {}
    for section in form.sections:
        shared = set(fields_of(section.shown_when)) if section.shown_when else set()
        for one in section.fields:
            own = set(fields_of(one.shown_when)) if one.shown_when else set()
            asks[one.id] = own | shared
    settled: set[str] = set()
    for start in asks:
        trail: list[tuple[str, list[str]]] = [(start, sorted(asks[start] - settled))]
        on_trail = {start}
        while trail:
            name, rest = trail[-1]
            if not rest:
                trail.pop()
                on_trail.discard(name)
                settled.add(name)
                continue
            following = rest.pop()
            if following in on_trail:
                raise places[name].refuse(f"a cycle of conditions passes through {following!r}")
            if following not in settled:
                trail.append((following, sorted(asks[following] - settled)))
                on_trail.add(following)


def check_same_meaning(definition: Field, first: Field, node: Node) -> None:
    """Raise DefinitionError when two forms, or two versions of one, hold one field of a record but
    do not agree on its type, merge rule and order of caution: stored values outlive a version.
    """
    if (definition.type, definition.merge, definition.most_cautious_first) != (
        first.type,
        first.merge,
        first.most_cautious_first,
    ):
        raise node.refuse(
            f"{definition.kind}.{definition.field} has another type or merge rule elsewhere"
        )


_TYPES_OF_KIND = {
    "Fecha": frozenset({FieldType.DATE}),
    "Cadena": frozenset({FieldType.TEXT}),
}


def check_official(
    definition: Field,
    entry: OfficialEntry,
    catalogue: Catalogue | None,
    node: Node,
    *,
    is_before_cem: bool,
) -> None:
    """Raise DefinitionError when a field departs from the type, codes or labels of its official
    variable, an obligatory variable is not needed to validate, or one that means what was so
    before the centre intervened stands in a section with what came later.
    """
    wanted = _TYPES_OF_KIND.get(entry.type)
    name = entry.variable.name
    if wanted is not None and definition.type not in wanted:
        raise node.refuse(f"{name} has another type in the official dictionary")
    if entry.type == "Numérico" and definition.type not in _numeric_types(entry):
        raise node.refuse(f"{name} has another type in the official dictionary")
    if entry.codes and not entry.is_flag:
        codes = tuple((term.code, term.label) for term in catalogue.terms) if catalogue else ()
        if codes != entry.codes:
            raise node.refuse(f"the codes of {name} are not those of the official dictionary")
    if entry.variable.obligatory and not definition.needed_to_validate:
        raise node.refuse(f"{name} is obligatory: needed_to_validate must be true")
    if BEFORE_CEM in entry.variable.label and not is_before_cem:
        raise node.refuse(f"{name} means before the CEM: its section must say before_cem")


def _numeric_types(entry: OfficialEntry) -> frozenset[FieldType]:
    if entry.is_flag:
        return frozenset({FieldType.FLAG})
    if entry.codes == (("0", "No"), ("1", "Si")):
        return frozenset({FieldType.YES_NO})
    if entry.codes or entry.list_name:
        return frozenset({FieldType.CHOICE})
    return frozenset({FieldType.NUMBER})
