"""Reading what the program warns of beside a valuation of risk. Faults name file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from app.datafiles.conditions import read_condition
from app.datafiles.instruments import LEVELS
from app.datafiles.lists import read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.condition import fields_of
from app.domain.form import Field, FieldType, Form
from app.domain.risk import (
    AnswersAre,
    InstrumentAbove,
    LowerThanBefore,
    RedFlag,
    RiskRules,
    Trigger,
    WarningRule,
)

__all__ = ["RISK_RULES", "read_risk_rules"]

RISK_RULES: Final = "instruments/risk_warnings.yaml"
_CENTRE_LEVELS: Final = "nivel_riesgo"
_FLAG: Final = "red_flag"


def read_risk_rules(
    root: Path, catalogues: Mapping[str, Catalogue], forms: Mapping[str, Form]
) -> RiskRules:
    """Return the rules. Raises DefinitionError when a level of a list is left out, or a rule asks
    for a field that no form has."""
    top = read_yaml(root, RISK_RULES).mapping(
        frozenset({"version", "levels", "instrument_levels", "warnings"}), frozenset()
    )
    levels = top["levels"].texts()
    known = {term.code for term in catalogues[_CENTRE_LEVELS].terms}
    if set(levels) != known:
        raise top["levels"].refuse(f"the levels are those of {_CENTRE_LEVELS!r}, mildest first")
    counts = {code: one.text() for code, one in top["instrument_levels"].any_mapping().items()}
    for term in catalogues[LEVELS].terms:
        if term.code not in counts:
            raise top["instrument_levels"].refuse(f"nothing is said about {term.code!r}")
    for code, level in counts.items():
        if catalogues[LEVELS].get(code) is None or level not in (*levels, "undetermined"):
            raise top["instrument_levels"].refuse(f"{code!r} or {level!r} is no level")
    fields = {one.id: one for form in forms.values() for one in form.fields()}
    rules: dict[str, WarningRule] = {}
    for node in top["warnings"].sequence():
        rule = _rule(node, levels, fields, catalogues)
        if rule.code in rules:
            raise node.refuse(f"warning {rule.code!r} stands twice")
        rules[rule.code] = rule
    return RiskRules(
        version=top["version"].text(),
        levels=levels,
        instrument_levels={code: level for code, level in counts.items() if level in levels},
        warnings=tuple(rules.values()),
    )


def _rule(
    node: Node,
    levels: Collection[str],
    fields: Mapping[str, Field],
    catalogues: Mapping[str, Catalogue],
) -> WarningRule:
    entries = node.mapping(frozenset({"code", "text", "when", "source"}), frozenset({"unless"}))
    unless = frozenset(entries["unless"].texts()) if "unless" in entries else frozenset()
    if not unless <= set(levels):
        raise entries["unless"].refuse("'unless' names levels of the centre")
    return WarningRule(
        code=entries["code"].text(),
        text=entries["text"].text(),
        trigger=_trigger(entries["when"], fields, catalogues),
        unless=unless,
        source=read_source(entries["source"]),
    )


def _trigger(
    node: Node, fields: Mapping[str, Field], catalogues: Mapping[str, Catalogue]
) -> Trigger:
    entries = node.any_mapping()
    match sorted(entries):
        case ["red_flag"]:
            names = entries["red_flag"].texts()
            for name in names:
                _check_flagged(entries["red_flag"], name, fields, catalogues)
            return RedFlag(names)
        case ["instrument_above"]:
            _check_true(entries["instrument_above"])
            return InstrumentAbove()
        case ["lower_than_before"]:
            _check_true(entries["lower_than_before"])
            return LowerThanBefore()
    condition = read_condition(node)
    for name in fields_of(condition):
        if name not in fields:
            raise node.refuse(f"no form has the field {name!r}")
    return AnswersAre(condition)


def _check_flagged(
    node: Node, name: str, fields: Mapping[str, Field], catalogues: Mapping[str, Catalogue]
) -> None:
    definition = fields.get(name)
    if definition is None or definition.type is not FieldType.CHOICES:
        raise node.refuse(f"{name!r} is no set of any form")
    terms = catalogues[definition.catalogue or ""].terms
    if not any(_FLAG in term.flags for term in terms):
        raise node.refuse(f"no term of {name!r} is marked {_FLAG}")


def _check_true(node: Node) -> None:
    if not node.flag():
        raise node.refuse("true is wanted here")
