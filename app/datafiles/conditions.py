"""Reading conditions and single values, as forms, instruments and rules write them.

Faults name the file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from app.datafiles.yaml_tree import Node
from app.domain.condition import All, Answered, Any, AtLeast, Condition, Is, Not
from app.domain.value import Absent, Value

__all__ = ["ABSENT_REASONS", "read_caution", "read_condition", "read_one_of", "read_values"]

_Known = TypeVar("_Known")

ABSENT_REASONS: Final = {one.value: one for one in Absent}


def read_condition(node: Node) -> Condition:
    """Return a condition. Raises DefinitionError for a shape that is none of the closed set."""
    entries = node.any_mapping()
    match sorted(entries):
        case ["not"]:
            return Not(read_condition(entries["not"]))
        case ["all"]:
            return All(tuple(read_condition(one) for one in entries["all"].sequence()))
        case ["any"]:
            return Any(tuple(read_condition(one) for one in entries["any"].sequence()))
        case ["field", "is"]:
            return Is(entries["field"].text(), read_values(entries["is"]))
        case ["answered"]:
            return Answered(entries["answered"].text())
        case ["at_least", "field"]:
            return AtLeast(entries["field"].text(), entries["at_least"].integer())
        case _:
            raise node.refuse("unknown shape of a condition")


def read_values(node: Node | None) -> tuple[Value, ...]:
    """Return one value or a list of them: texts, ticks, absent reasons; none for None. Raises
    DefinitionError."""
    if node is None:
        return ()
    return tuple(_value(one) for one in (node.items if node.items is not None else [node]))


def read_caution(node: Node | None) -> tuple[Value, ...]:
    """Return an order of caution: as :func:`read_values`, and ``null`` stands for a blank. Raises
    DefinitionError."""
    if node is None:
        return ()
    items = node.items if node.items is not None else [node]
    return tuple(None if one.is_plain and one.scalar == "null" else _value(one) for one in items)


def _value(node: Node) -> Value:
    if node.entries is not None:
        reason = node.mapping(frozenset({"absent"}), frozenset())["absent"]
        return read_one_of(reason, ABSENT_REASONS, "absent reason")
    if node.is_plain and node.scalar in ("true", "false"):
        return node.flag()
    return node.text()


def read_one_of(node: Node, known: Mapping[str, _Known], what: str) -> _Known:
    """Return what a word stands for. Raises DefinitionError for a word that is not known."""
    found = known.get(node.text())
    if found is None:
        raise node.refuse(f"unknown {what} {node.text()!r}")
    return found
