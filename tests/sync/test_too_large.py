"""A change that no batch can hold waits here and is counted; it holds nothing else up."""

from __future__ import annotations

import random
from pathlib import Path

from app.domain.change import CHANGE_ID_BYTES, ChangeId, new_change
from app.domain.stamp import Stamp
from app.services import ledger
from app.services.ports import UnitOfWork
from app.services.replication import seal_pending
from sync.protocol.limits import BATCH_MAX
from tests.support.offline import Station

SESSION = b"\x07" * 8


def test_what_is_too_large_for_any_batch_holds_nothing_else_up(tmp_path: Path) -> None:
    a, b = Station.of(0), Station.of(1)
    case_id = a.write("antes")
    desk = a.laptop.desk
    chance = random.Random(1)
    bases = tuple(
        ChangeId(chance.randbytes(CHANGE_ID_BYTES)) for _ in range(BATCH_MAX // CHANGE_ID_BYTES + 1)
    )
    too_large = new_change(
        desk.definitions.registry,
        kind="case",
        record_id=case_id,
        field="relato",
        value="de una laptop que miente",
        stamp=Stamp(desk.clock.now_ms(), SESSION, 1),
        author=desk.actor.id,
        bases=bases,
    )

    def write(uow: UnitOfWork) -> None:
        ledger.record(uow, desk.definitions, [too_large], is_own=True)
        uow.commit()

    a.laptop.run(write)
    a.laptop.fill(case_id, names="Inventada, corregida")

    assert a.use(tmp_path).failure is None
    assert b.use(tmp_path).failure is None

    assert b.laptop.ficha(case_id).values["names"] == "Inventada, corregida"
    assert a.laptop.run(lambda uow: seal_pending(uow, desk, a.envelope)) == 0
    assert a.laptop.run(lambda uow: [one.id for one in uow.changes.pending(9)]) == [too_large.id]
    for one in (a, b):
        one.laptop.store.close()
