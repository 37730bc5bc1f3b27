"""The centre's own valuation of risk: what the program warns of, and how risk went over time.

The professional chooses the level and gives the reason. The official matrix from probability,
impact and time to the level was not found, so no level is ever computed, set or lowered here: a
warning says what does not fit together, and a person decides.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.catalogue import Source
from app.domain.condition import Condition, holds
from app.domain.value import Value

__all__ = [
    "AnswersAre",
    "Evolution",
    "InstrumentAbove",
    "LowerThanBefore",
    "RedFlag",
    "RiskContext",
    "RiskRules",
    "RiskWarning",
    "Trigger",
    "Valued",
    "WarningRule",
    "evolution",
    "in_order",
    "latest",
    "warnings",
]


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A term that is marked ``red_flag`` is ticked in one of these fields."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswersAre:
    """The answers fulfil a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class InstrumentAbove:
    """An instrument gave a graver level than the centre's."""


@dataclass(frozen=True, slots=True)
class LowerThanBefore:
    """The level is lower than that of the valuation before, and no reason is written."""


Trigger = RedFlag | AnswersAre | InstrumentAbove | LowerThanBefore


@dataclass(frozen=True, slots=True)
class WarningRule:
    """When to warn, and the sentence. ``unless`` are the levels for which there is nothing to warn
    of; a level that was not chosen yet is none of them."""

    code: str
    text: str
    trigger: Trigger
    unless: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class RiskRules:
    """The levels of the centre's valuation (``nivel_riesgo``), the mildest first; which of them a
    level of an instrument counts as; and the warnings, in the order in which they are said."""

    version: str
    levels: tuple[str, ...]
    instrument_levels: Mapping[str, str]
    warnings: tuple[WarningRule, ...]

    def rank(self, level: str) -> int:
        """Return how grave a level is, from 1; 0 for none, or one that is not known."""
        return self.levels.index(level) + 1 if level in self.levels else 0

    def counts_as(self, instrument_level: str) -> str:
        """Return the centre's level that an instrument's counts as; empty when undetermined."""
        return self.instrument_levels.get(instrument_level, "")


@dataclass(frozen=True, slots=True)
class RiskContext:
    """What the warnings are asked about.

    ``answers`` are those of the valuation, and of the ficha where the valuation is silent, by field
    id; ``red_flags`` the labels of the ticked terms that are marked so, by field id.
    ``previous_level`` is that of the valuation before, ``instrument_level`` the gravest that an
    instrument counts as: empty when there is none.
    """

    level: str
    has_reason: bool
    answers: Mapping[str, Value]
    red_flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    previous_level: str = ""
    instrument_level: str = ""


@dataclass(frozen=True, slots=True)
class RiskWarning:
    """A sentence to show beside the level; ``because`` are the labels of what was ticked."""

    code: str
    text: str
    because: tuple[str, ...] = ()


def warnings(rules: RiskRules, context: RiskContext) -> tuple[RiskWarning, ...]:
    """Return what to warn of. The level is never touched; no warning says that all is well."""
    found = []
    for rule in rules.warnings:
        if context.level in rule.unless:
            continue
        because = _because(rules, rule.trigger, context)
        if because is not None:
            found.append(RiskWarning(rule.code, rule.text, because))
    return tuple(found)


def _because(rules: RiskRules, trigger: Trigger, context: RiskContext) -> tuple[str, ...] | None:
    """Return why a trigger pulls (perhaps no words), or None when it does not."""
    match trigger:
        case RedFlag(fields):
            ticked = (label for one in fields for label in context.red_flags.get(one, ()))
            return tuple(dict.fromkeys(ticked)) or None
        case AnswersAre(condition):
            return () if holds(condition, context.answers) else None
        case InstrumentAbove():
            is_above = 0 < rules.rank(context.level) < rules.rank(context.instrument_level)
            return () if is_above else None
        case LowerThanBefore():
            is_lower = 0 < rules.rank(context.level) < rules.rank(context.previous_level)
            return () if is_lower and not context.has_reason else None


class Evolution(enum.Enum):
    """How a level stands to the one before it."""

    UP = "up"
    SAME = "same"
    DOWN = "down"


def evolution(rules: RiskRules, before: str, after: str) -> Evolution | None:
    """Return how the level went; None when one of both is not known."""
    first, second = rules.rank(before), rules.rank(after)
    if not first or not second:
        return None
    if first == second:
        return Evolution.SAME
    return Evolution.UP if second > first else Evolution.DOWN


@dataclass(frozen=True, slots=True)
class Valued:
    """One valuation by the centre: its level, its day (None: not known), and its record."""

    level: str
    on: date | None
    record_id: str = ""


def in_order(rules: RiskRules, valued: Sequence[Valued]) -> tuple[Valued, ...]:
    """Return the valuations, the oldest first; those without a day before all, and of two of one
    day the graver one last."""
    return tuple(
        sorted(valued, key=lambda one: (one.on or date.min, rules.rank(one.level), one.record_id))
    )


def latest(rules: RiskRules, valued: Sequence[Valued]) -> Valued | None:
    """Return the valuation that holds now: the latest that has a level, of two of one day the
    graver one; None when no level was chosen yet."""
    ordered = [one for one in in_order(rules, valued) if rules.rank(one.level)]
    return ordered[-1] if ordered else None
