"""The numbers under which kinds of record and their fields travel and are stored.

A number is given once and never reused, retyped or renamed in meaning, so that files and batches
of every version stay readable (``app/data/registry.csv``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.errors import DomainError

__all__ = ["FieldRegistry", "RegistryEntry"]

KIND_NUMBER_MAX = 2**16 - 1
FIELD_NUMBER_MAX = 2**32 - 1


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One field of one kind of record, with the two numbers that never change."""

    kind: str
    kind_number: int
    field: str
    field_number: int


@dataclass(frozen=True, slots=True)
class FieldRegistry:
    """Names to numbers and back. Numbers it does not know are named ``#<number>``."""

    entries: tuple[RegistryEntry, ...]
    _kind_numbers: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _kind_names: dict[int, str] = field(default_factory=dict, repr=False, compare=False)
    _field_numbers: dict[tuple[str, str], int] = field(
        default_factory=dict, repr=False, compare=False
    )
    _field_names: dict[tuple[str, int], str] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, entries: Iterable[RegistryEntry]) -> FieldRegistry:
        """Return the registry of these entries. Raises DomainError on a number used twice."""
        registry = cls(tuple(entries))
        for entry in registry.entries:
            registry._add(entry)
        return registry

    def _add(self, entry: RegistryEntry) -> None:
        kind_is_new = entry.kind not in self._kind_numbers
        if kind_is_new and entry.kind_number in self._kind_names:
            raise DomainError("registry_number_used_twice", kind=entry.kind)
        if not kind_is_new and self._kind_numbers[entry.kind] != entry.kind_number:
            raise DomainError("registry_number_used_twice", kind=entry.kind)
        if (entry.kind, entry.field) in self._field_numbers or (
            entry.kind,
            entry.field_number,
        ) in self._field_names:
            raise DomainError("registry_number_used_twice", kind=entry.kind, field=entry.field)
        self._kind_numbers[entry.kind] = entry.kind_number
        self._kind_names[entry.kind_number] = entry.kind
        self._field_numbers[entry.kind, entry.field] = entry.field_number
        self._field_names[entry.kind, entry.field_number] = entry.field

    def kind_number(self, kind: str) -> int:
        """Return the number of a kind. Raises DomainError when it has none."""
        number = self._kind_numbers.get(kind)
        return number if number is not None else _placeholder(kind, KIND_NUMBER_MAX)

    def kind_name(self, number: int) -> str:
        """Return the name of a kind, or ``#<number>`` when this version does not know it."""
        return self._kind_names.get(number, f"#{number}")

    def field_number(self, kind: str, name: str) -> int:
        """Return the number of a field of a kind. Raises DomainError when it has none."""
        number = self._field_numbers.get((kind, name))
        return number if number is not None else _placeholder(name, FIELD_NUMBER_MAX)

    def field_name(self, kind: str, number: int) -> str:
        """Return the name of a field, or ``#<number>`` when this version does not know it."""
        return self._field_names.get((kind, number), f"#{number}")

    def knows(self, kind: str, name: str) -> bool:
        """Return whether this version knows the field, and so may edit it."""
        return (kind, name) in self._field_numbers


def _placeholder(name: str, largest: int) -> int:
    digits = name[1:]
    if name.startswith("#") and digits.isascii() and digits.isdigit() and int(digits) <= largest:
        return int(digits)
    raise DomainError("registry_unknown_name", name=name)
