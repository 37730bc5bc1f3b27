"""Reading what a field or section of a form says in one key. Faults name the file and line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.datafiles.conditions import ABSENT_REASONS, read_one_of
from app.datafiles.lists import OfficialEntry
from app.datafiles.yaml_tree import Node
from app.domain.form import FieldType
from app.domain.merge import MergeRule
from app.domain.value import Absent

__all__ = [
    "COLUMNS_MAX",
    "FIELD_KEYS",
    "flag_of",
    "read_absent",
    "read_columns",
    "read_length",
    "read_many_with",
    "read_maximum",
    "read_merge",
    "read_past",
    "read_years",
    "text_of",
]

COLUMNS_MAX = 3

_MERGES: Final = {one.value: one for one in MergeRule}

FIELD_KEYS: Final = frozenset(
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
        "occurs",
        "occurs_time",
        "years",
        "in_search",
        "search_digits",
        "listed",
        "finds_her",
    }
)


def text_of(entries: Mapping[str, Node], key: str, default: str) -> str:
    """Return the text under a key, or the default."""
    return entries[key].text() if key in entries else default


def flag_of(entries: Mapping[str, Node], key: str) -> bool:
    """Return whether a key says ``true``."""
    return key in entries and entries[key].flag()


def read_many_with(entries: Mapping[str, Node]) -> tuple[tuple[str, str], ...]:
    """Return which fields of a listed record hold which codes, as pairs."""
    if "many_with" not in entries:
        return ()
    if "many" not in entries:
        raise entries["many_with"].refuse("many_with belongs to a section that lists records")
    return tuple((name, one.text()) for name, one in entries["many_with"].any_mapping().items())


def read_years(entries: Mapping[str, Node]) -> tuple[str, str]:
    """Return the two dates between which the years are counted, or two empty texts."""
    if "years" not in entries:
        return "", ""
    parts = entries["years"].mapping(frozenset({"from", "on"}), frozenset())
    return parts["from"].text(), parts["on"].text()


def read_merge(entries: Mapping[str, Node], field_type: FieldType) -> MergeRule:
    """Return the merge rule: sets are joined, of the rest the latest shows, unless it is said."""
    if "merge" in entries:
        rule = read_one_of(entries["merge"], _MERGES, "merge rule")
        if rule is MergeRule.UNION and field_type is not FieldType.CHOICES:
            raise entries["merge"].refuse("only sets are joined")
        return rule
    return MergeRule.UNION if field_type is FieldType.CHOICES else MergeRule.LATEST


def read_absent(entries: Mapping[str, Node]) -> tuple[Absent, ...]:
    """Return the reasons that may stand for a value."""
    if "absent" not in entries:
        return ()
    several = entries["absent"].sequence()
    return tuple(read_one_of(one, ABSENT_REASONS, "absent reason") for one in several)


def read_maximum(
    entries: Mapping[str, Node], field_type: FieldType, official: OfficialEntry | None
) -> int | None:
    """Return the largest number, by the official length when nothing else is said."""
    if "maximum" in entries:
        return entries["maximum"].integer()
    if field_type is FieldType.NUMBER and official is not None:
        return int("9" * min(official.variable.length, 9))
    return None


def read_length(
    entries: Mapping[str, Node], field_type: FieldType, official: OfficialEntry | None
) -> int:
    """Return how many letters a text may have."""
    if "length_max" in entries:
        return entries["length_max"].integer()
    if field_type is FieldType.TEXT and official is not None:
        return official.variable.length
    return 200


def read_past(entries: Mapping[str, Node], field_type: FieldType) -> bool:
    """Return whether a date is of what has happened."""
    if "past" in entries and field_type is not FieldType.DATE:
        raise entries["past"].refuse("only a date lies in the past")
    return flag_of(entries, "past")


def read_columns(entries: Mapping[str, Node]) -> int:
    """Return how many columns of the page a field takes."""
    if "columns" not in entries:
        return 1
    columns = entries["columns"].integer()
    if not 1 <= columns <= COLUMNS_MAX:
        raise entries["columns"].refuse(f"a field is 1 to {COLUMNS_MAX} columns wide")
    return columns
