"""The few fields that a simulated centre writes, one or more of each rule, and what is typed there."""

from __future__ import annotations

import random
from typing import Final

from app.domain.change import RecordId
from app.domain.merge import MergeRule
from app.domain.value import Value
from app.services.ports import FieldKey
from tests.support.laptops import definitions

__all__ = ["KEYS", "RECORDS", "value_for"]

RECORDS: Final = tuple(
    RecordId(f"0190a0000000700080000000000000{number:02x}") for number in range(3)
)
FIELDS: Final = (
    ("case", "NIVEL_DE_RIESGO_VICTIMA"),
    ("case", "relato"),
    ("case", "EDAD_VICTIMA"),
    ("case", "FECHA_INGRESO"),
    ("case", "health_insurance"),
    ("case", "economic_acts"),
    ("survivor", "address"),
    ("survivor", "never_call"),
    ("survivor", "disability_types"),
    ("case", "#900"),
)
KEYS: Final = (
    *(FieldKey(kind, RECORDS[0 if kind == "case" else 1], name) for kind, name in FIELDS),
    FieldKey("case", RECORDS[2], "relato"),
    FieldKey("case", RECORDS[2], "economic_acts"),
)


def value_for(chance: random.Random, key: FieldKey) -> Value:
    """Return a value of the field's own kind; every text bears the word that nobody may find."""
    definition = definitions().field_of(key.kind, key.field)
    if chance.random() < 0.05:
        return None
    if definition is not None and definition.most_cautious_first:
        return chance.choice(definition.most_cautious_first)
    if definition is not None and definition.merge is MergeRule.UNION:
        return tuple(sorted(chance.sample(["1", "2", "3", "4", "5"], chance.randint(1, 3))))
    if key.field == "EDAD_VICTIMA":
        return chance.randint(0, 99)
    if key.field == "relato" and chance.random() < 0.2:
        # A batch of this does not fit into what a thin link carries between two cuts.
        return "".join(map(chr, chance.choices(range(0x4E00, 0x9F00), k=12_000)))
    words = chance.choice((1, 3, 40))
    return " ".join(f"palabra{chance.randrange(1_000)}" for _ in range(words))
