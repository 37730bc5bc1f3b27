"""Thousands of values of one field, none of which replaces another: a malicious laptop seals them in a kilobyte."""

from __future__ import annotations

import time

from app.domain.change import AuthorId, RecordId, new_change
from app.domain.stamp import Stamp
from app.services import ledger
from db.store import Store
from tests.support.laptops import definitions

MANY = 10_000
SECONDS_MAX = 3.0
"""The tenth of it is enough; with the square of them it was ten."""


def test_ten_thousand_values_that_met_cost_no_more_than_their_number(ram_store: Store) -> None:
    changes = [
        new_change(
            definitions().registry,
            kind="case",
            record_id=RecordId(f"{1:032x}"),
            field="#901",
            value=f"valor {number}",
            stamp=Stamp(1_760_000_000_000, b"\x51" * 8, number + 1),
            author=AuthorId("ab" * 16),
            bases=(),
        )
        for number in range(MANY)
    ]
    with ram_store.unit() as unit:
        began = time.process_time()
        (key,) = ledger.record(unit, definitions(), changes, is_own=False)
        unit.changes.rebuild_heads()
        took = time.process_time() - began

        assert len(unit.changes.heads(key)) == MANY
        assert took < SECONDS_MAX
