"""Numbers stand for names for ever; unknown numbers keep their place."""

from __future__ import annotations

import pytest

from app.domain.errors import DomainError
from app.domain.registry import FieldRegistry, RegistryEntry

CASE_NOTE = RegistryEntry("case", 1, "note", 7)


def test_names_and_numbers_lead_to_each_other() -> None:
    registry = FieldRegistry.of([CASE_NOTE])

    assert registry.field_number("case", "note") == 7
    assert registry.field_name("case", 7) == "note"
    assert registry.knows("case", "note")


def test_an_unknown_number_keeps_its_place() -> None:
    registry = FieldRegistry.of([CASE_NOTE])

    assert registry.field_number("case", registry.field_name("case", 4711)) == 4711
    assert registry.kind_number(registry.kind_name(9)) == 9
    assert not registry.knows("case", "#4711")


@pytest.mark.parametrize(
    "entry",
    [
        RegistryEntry("case", 1, "other", 7),
        RegistryEntry("case", 1, "note", 8),
        RegistryEntry("person", 1, "name", 1),
        RegistryEntry("case", 2, "other", 9),
    ],
)
def test_a_number_used_twice_is_refused(entry: RegistryEntry) -> None:
    with pytest.raises(DomainError):
        FieldRegistry.of([CASE_NOTE, entry])


@pytest.mark.parametrize("name", ["unheard", "#", "#x", "#99999999999", "#-1", "#²"])
def test_a_name_without_a_number_is_refused(name: str) -> None:
    with pytest.raises(DomainError):
        FieldRegistry.of([CASE_NOTE]).field_number("case", name)
