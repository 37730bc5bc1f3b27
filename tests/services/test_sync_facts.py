"""What waits is told by case, and each case with all that waits of it."""

from __future__ import annotations

from collections import Counter

from app.domain.change import RecordId
from app.services import case_records, casework
from app.services.ports import UnitOfWork
from app.services.sync_facts import sync_view
from tests.support.laptops import Laptop

LISTED = 200


def test_of_every_case_that_is_listed_all_that_waits_is_counted(laptop: Laptop) -> None:
    made = Counter[RecordId | None]()

    def work(uow: UnitOfWork) -> None:
        cases = []
        for _ in range(LISTED + 5):
            cases.append(casework.open_case(uow, laptop.desk))
            made[cases[-1]] = uow.changes.count() - made.total()
        for case_id in cases:
            before = uow.changes.count()
            case_records.begin(uow, laptop.desk, "nota", case_id, {"text": "Vino."})
            made[case_id] += uow.changes.count() - before
        uow.commit()

    laptop.run(work)
    rows = laptop.run(lambda uow: sync_view(uow).waiting)
    assert len(rows) == LISTED
    assert {row.case_id: row.changes for row in rows}.items() <= made.items()
