"""What must be true of a form as a whole: its conditions, its orders of caution, and the official
dictionary. Faults name the file and line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.datafiles.lists import OfficialEntry
from app.datafiles.yaml_tree import Node
from app.domain.catalogue import Catalogue
from app.domain.condition import All, Any, AtLeast, Condition, Is, Not, fields_of
from app.domain.form import Field, FieldType, Form
from app.domain.value import Absent, Value

__all__ = ["check_form", "check_official", "check_same_meaning"]


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
            _check_value(one, value, place, catalogues)
    _check_cycles(form, places)


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
    definition: Field, entry: OfficialEntry, catalogue: Catalogue | None, node: Node
) -> None:
    """Raise DefinitionError when a field departs from the type, codes or labels of its official
    variable, or an obligatory variable is not needed to validate.
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


def _numeric_types(entry: OfficialEntry) -> frozenset[FieldType]:
    if entry.is_flag:
        return frozenset({FieldType.FLAG})
    if entry.codes == (("0", "No"), ("1", "Si")):
        return frozenset({FieldType.YES_NO})
    if entry.codes or entry.list_name:
        return frozenset({FieldType.CHOICE})
    return frozenset({FieldType.NUMBER})
