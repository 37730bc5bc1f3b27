"""What a row of the official format should fulfil as a whole: remarks that are counted, no more.

The rules come from the conditions of the ficha (which question follows which, what is needed to
validate) and from the checks of the data release. A row that breaks one is loaded as it is: the
dictionary does not write the skips down, so they are ours to remark on and not to enforce.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.domain.catalogue import Catalogue
from app.domain.condition import All, Condition, Not, fields_of, holds
from app.domain.form import Field, FieldType, Form, Problem
from app.domain.official_format import REFUSED, Block, OfficialFormat
from app.domain.official_row import value_of
from app.domain.value import is_answered

__all__ = ["RowRule", "RuleTally", "row_rules"]

_ANSWERS_MAX: Final = 20_000
"""Of the answers of one rule that are remembered."""

_ALONE: Final = "excludes_others"


@dataclass(frozen=True, slots=True)
class RowRule:
    """A remark, when it is due, and what it reads: fields of the ficha and their columns."""

    remark: Problem
    when: Condition | None
    fields: tuple[Field, ...]
    columns: tuple[int, ...]
    is_answered: bool = False
    """Whether the remark is for a first field that is answered."""
    is_missing: bool = False
    """Whether it is for one that is blank."""
    alone: frozenset[str] = frozenset()
    """Codes of the first field that allow no other beside them."""

    def is_due(self, official: OfficialFormat, texts: Sequence[str]) -> bool:
        """Return whether the remark is due for the texts of its columns. Nothing is remarked on
        what was refused: it is not known."""
        if REFUSED in texts:
            return False
        cells = dict(zip(self.columns, texts, strict=True))
        values = {one.id: value_of(official, one, cells) for one in self.fields}
        first = values[self.fields[0].id]
        if self.alone:
            return isinstance(first, tuple) and len(first) > 1 and bool(self.alone & set(first))
        if self.is_missing and is_answered(first):
            return False
        if self.is_answered and not is_answered(first):
            return False
        return self.when is None or holds(self.when, values)


def row_rules(
    official: OfficialFormat,
    form: Form,
    catalogues: Mapping[str, Catalogue],
) -> tuple[RowRule, ...]:
    """Return the rules that a ficha and the release give for rows of the official format."""
    return tuple(_rules(official, form, catalogues))


def _rules(
    official: OfficialFormat,
    form: Form,
    catalogues: Mapping[str, Catalogue],
) -> Iterator[RowRule]:
    for section in form.sections:
        for one in section.fields:
            if not one.fills:
                continue
            conditions = [c for c in (section.shown_when, one.shown_when) if c is not None]
            shown = All(tuple(conditions)) if conditions else None
            name = {"field": one.id}
            if shown is not None and (read := _read(form, one, shown)) is not None:
                remark = Problem("official_does_not_apply", name)
                yield _rule(official, remark, Not(shown), read, answered=True)
            is_needed = one.needed_to_validate and (
                shown is not None or any(variable.obligatory for variable in one.fills)
            )
            if is_needed and (read := _read(form, one, shown)) is not None:
                yield _rule(official, Problem("official_missing", name), shown, read, missing=True)
            alone = _alone(one, catalogues)
            if alone:
                remark = Problem("official_not_alone", name)
                yield _rule(official, remark, None, (one,), alone=alone)
    for check in official.checks:
        names = dict.fromkeys(fields_of(check.when))
        fields = [form.get(name) for name in names]
        found = tuple(one for one in fields if one is not None and one.fills)
        if len(found) == len(names):
            yield _rule(official, Problem("official_check", {"check": check.id}), check.when, found)


def _read(form: Form, one: Field, shown: Condition | None) -> tuple[Field, ...] | None:
    """Return the fields that a rule on this field reads, itself first, or None when the format
    does not say one of them."""
    names = dict.fromkeys(fields_of(shown)) if shown is not None else {}
    asked = [form.get(name) for name in names]
    if any(other is None or not other.fills for other in asked):
        return None
    return (one, *(other for other in asked if other is not None and other.id != one.id))


def _rule(
    official: OfficialFormat,
    remark: Problem,
    when: Condition | None,
    fields: tuple[Field, ...],
    *,
    answered: bool = False,
    missing: bool = False,
    alone: frozenset[str] = frozenset(),
) -> RowRule:
    positions = [official.position(v.name) for one in fields for v in one.fills]
    columns = tuple(one for one in positions if one is not None)
    return RowRule(remark, when, fields, columns, answered, missing, alone)


def _alone(one: Field, catalogues: Mapping[str, Catalogue]) -> frozenset[str]:
    if one.type is not FieldType.CHOICES or one.catalogue is None:
        return frozenset()
    terms = catalogues[one.catalogue].terms
    return frozenset(term.code for term in terms if _ALONE in term.flags)


@dataclass(slots=True)
class RuleTally:
    """Counts the remarks of a file, block by block."""

    official: OfficialFormat
    rules: Sequence[RowRule]
    counts: Counter[int] = field(default_factory=Counter)
    """By the number of the rule."""
    _answers: dict[int, dict[tuple[str, ...], bool]] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        """Count the rows of a block that break a rule."""
        for number, rule in enumerate(self.rules):
            answers = self._answers.setdefault(number, {})
            rows = Counter(zip(*(block[one] for one in rule.columns), strict=True))
            for texts, count in rows.items():
                is_due = answers.get(texts)
                if is_due is None:
                    is_due = rule.is_due(self.official, texts)
                    if len(answers) < _ANSWERS_MAX:
                        answers[texts] = is_due
                if is_due:
                    self.counts[number] += count
