"""Controlled lists: codes with their official labels and the dates between which they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

__all__ = ["GATES", "Catalogue", "Source", "Term"]

GATES: Final = frozenset({"consent", "safety", "rights"})
"""What a text may be about so that a translation of it is shown only once two speakers approved it:
a misunderstood consent puts someone in danger."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from and how certain it is (``high``, ``medium``, ``low``, ``design``:
    a product's choice, no norm; ``gap``: looked for and not found, left open on purpose)."""

    reference: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Term:
    """One code of a catalogue. A code never changes its meaning and is never reused.

    ``number`` is the number under which the official form knows it, where it has one.
    """

    code: str
    label: str
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    flags: frozenset[str] = frozenset()
    number: int | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether the term may be chosen on that day (both ends inclusive)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A list of terms, of one version, with its source; ``gated`` is one of :data:`GATES`."""

    id: str
    version: str
    source: Source
    terms: tuple[Term, ...]
    gated: str | None = None
    _by_code: dict[str, Term] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for term in self.terms:
            self._by_code[term.code] = term

    def get(self, code: str) -> Term | None:
        """Return the term of a code, also one that holds no longer, or None."""
        return self._by_code.get(code)

    def label(self, code: str) -> str:
        """Return the label of a code; an unknown code shows itself."""
        term = self._by_code.get(code)
        return term.label if term else code

    def choices(self, day: date, parent: str | None = None) -> tuple[Term, ...]:
        """Return the terms that may be chosen on that day (below ``parent`` when it is given)."""
        return tuple(
            term
            for term in self.terms
            if term.holds_on(day) and (parent is None or term.parent == parent)
        )
