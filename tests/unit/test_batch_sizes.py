"""What a batch weighs on the air: ceilings, so that no change of the format makes it heavier.

Invented text from a word list, the mixture of edits of the study (38 codes, 22 short texts, 14
dates, 6 numbers, 4 sets, 16 long texts of a hundred). ``pytest -rP`` shows the bytes.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import closing

import pytest

from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.ids import uuid7_hex
from db.store import memory_store
from sync.envelope.seal import CentreEnvelope
from tests.support import centres
from tests.support.centres import FIELDS, REGISTRY, outline
from tests.support.logs import hold

WORDS = [
    "casa",
    "comunidad",
    "río",
    "camino",
    "madre",
    "hermana",
    "vecina",
    "escuela",
    "posta",
    "mercado",
    "chacra",
    "noche",
    "mañana",
    "refiere",
    "señala",
    "indica",
    "manifiesta",
    "acude",
    "solicita",
    "recibe",
    "informa",
    "acompaña",
    "deriva",
    "coordina",
    "orientación",
    "atención",
    "evaluación",
    "visita",
    "llamada",
    "cita",
    "medida",
    "protección",
    "salud",
    "justicia",
    "apoyo",
    "con",
    "sin",
    "para",
    "desde",
    "hasta",
    "entre",
    "sobre",
    "donde",
    "cuando",
    "porque",
    "también",
    "después",
    "antes",
    "siempre",
    "nunca",
]
MIXTURE = ["code"] * 38 + ["short"] * 22 + ["date"] * 14 + ["number"] * 6 + ["set"] * 4
MIXTURE += ["long"] * 16


def a_value(chance: random.Random, kind: str) -> Value:
    match kind:
        case "code":
            return str(chance.randint(1, 9))
        case "date":
            return f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        case "number":
            return chance.randint(0, 80)
        case "set":
            return tuple(sorted({str(chance.randint(1, 20)) for _ in range(4)}))
        case "short":
            return " ".join(chance.choices(WORDS, k=3)) + f" {chance.randint(100, 999)}"
        case _:
            return " ".join(chance.choices(WORDS, k=chance.randint(20, 50)))


def edits(
    count: int, records: int, *, replaces: bool, before: Sequence[Change] = ()
) -> list[Change]:
    """Edits of one laptop on a few records, each a minute or so after the one before; of those
    changes, or of changes that nobody knows."""
    chance = random.Random(7)  # sizes that repeat, no secrets
    worth = random.Random(8 if before else 7)
    ids = [uuid7_hex(1_764_000_000_000 + at * 10**7, chance.randbytes(10)) for at in range(records)]
    kinds = chance.sample(MIXTURE, len(MIXTURE))
    wall = 1_765_000_000_000
    made = []
    for at in range(count):
        wall += chance.randint(2_000, 90_000)
        made.append(
            new_change(
                REGISTRY,
                kind="case",
                record_id=RecordId(ids[at * records // count]),
                field=f"case_{1 + at % (FIELDS - 1)}",
                value=a_value(worth, kinds[at % len(kinds)]),
                stamp=Stamp(wall, centres.SESSION, at + 1),
                author=AuthorId("a1" * 16),
                bases=_replaced(chance, before[at] if before else None) if replaces else (),
            )
        )
    return made


def _replaced(chance: random.Random, one: Change | None) -> tuple[ChangeId, ...]:
    return (ChangeId(chance.randbytes(16)) if one is None else one.id,)


@pytest.mark.parametrize(
    ("name", "changes", "ceiling"),
    [
        ("one edit", edits(1, 1, replaces=True), 542),
        ("13 edits on 3 records", edits(13, 3, replaces=True), 1_000),
        ("100 edits on 12 records", edits(100, 12, replaces=True), 4_400),
        ("a new case of 59 fields", edits(59, 1, replaces=False), 1_800),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_batches_stay_light(name: str, changes: list[Change], ceiling: int) -> None:
    envelope = CentreEnvelope(REGISTRY, centres.first_laptop("one"))
    size = len(envelope.seal(outline(), changes).content)
    sys.stdout.write(f"{name}: {size} bytes\n")
    assert size <= ceiling


def test_edits_of_what_stands_in_the_log_are_lighter_still() -> None:
    envelope = CentreEnvelope(REGISTRY, centres.first_laptop("one"))
    former = edits(100, 100, replaces=False)
    made = edits(100, 100, replaces=True, before=former)
    with closing(memory_store(REGISTRY)) as store, store.unit() as uow:
        hold(uow, b"\1" * 32, former, position=1)
        compact = len(envelope.seal(outline(), made, uow.origins).content)
    plain = len(envelope.seal(outline(), made).content)
    sys.stdout.write(f"100 edits on 100 records: {plain} bytes, with origins {compact} bytes\n")
    assert compact <= 3_000
    assert compact < plain * 0.6
