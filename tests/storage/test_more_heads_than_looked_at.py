"""More heads of one field than are looked at to say what it shows: those of each person in turn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services import ledger
from app.services.ports import FieldKey, UnitOfWork
from db import heads
from db.heads import HEADS_MAX
from db.store import Store
from tests.support.laptops import NOON_MS, definitions

LEVEL = FieldKey("case", RecordId(f"{1:032x}"), "NIVEL_DE_RIESGO_VICTIMA")
SEVERE, MODERATE, MILD = "3", "2", "1"
HER, CROWDING = AuthorId("0a" * 16), AuthorId("0b" * 16)


def wrote(author: AuthorId, value: Value, at: int) -> Change:
    """What somebody wrote, so many milliseconds after noon."""
    return new_change(
        definitions().registry,
        kind=LEVEL.kind,
        record_id=LEVEL.record_id,
        field=LEVEL.field,
        value=value,
        stamp=Stamp(NOON_MS + at, b"crowding", at),
        author=author,
        bases=(),
    )


def shows(uow: UnitOfWork) -> Value:
    return uow.records.fields(LEVEL.record_id)[LEVEL.field].value


def test_what_one_person_wrote_shows_beside_any_number_of_another_s(ram_store: Store) -> None:
    hers = [wrote(HER, SEVERE, 0)]
    crowd = [wrote(CROWDING, (MODERATE, MILD)[at % 2], at) for at in range(1, HEADS_MAX + 2)]
    with ram_store.unit() as uow:
        ledger.record(uow, definitions(), hers, is_own=False)
        ledger.record(uow, definitions(), crowd, is_own=False)
        assert shows(uow) == SEVERE
        looked_at = uow.changes.heads_of([LEVEL], {})[LEVEL]
        assert (len(looked_at), looked_at[0], looked_at[-1]) == (HEADS_MAX, hers[0], crowd[-1])

        ledger.rebuild(uow, definitions())
        assert shows(uow) == SEVERE
        assert uow.changes.heads_of([LEVEL], {})[LEVEL] == looked_at


@pytest.mark.parametrize("people", [1, 2, 3, 7, 8, 40])
def test_each_person_has_a_turn_whoever_writes_most(
    ram_store: Store, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    monkeypatch.setattr(heads, "HEADS_MAX", few := 7)
    chance = random.Random(people)
    names = [AuthorId(f"{one:032x}") for one in range(people)]
    # The first writes half of all; clocks are as they are.
    crowd = [
        wrote(chance.choice([names[0], chance.choice(names)]), MILD, chance.randrange(50))
        for _ in range(60)
    ]
    crowd = list({one.id: one for one in crowd}.values())
    with ram_store.unit() as uow:
        ledger.record(uow, definitions(), crowd, is_own=False)
        looked_at = uow.changes.heads_of([LEVEL], {})[LEVEL]

    assert {one.id for one in looked_at} == {one.id for one in _in_turn(crowd, few)}


def _in_turn(crowd: Sequence[Change], few: int) -> list[Change]:
    newest_first = sorted(crowd, key=lambda one: (one.stamp, one.id), reverse=True)
    if len({one.author for one in crowd}) > few:
        return newest_first[:few]  # more people than there are turns: the newest of all
    so_far = Counter[AuthorId]()
    turns = []
    for at, one in enumerate(newest_first):
        turns.append((so_far[one.author], at, one))
        so_far[one.author] += 1
    return [one for _, _, one in sorted(turns, key=lambda turn: turn[:2])[:few]]
