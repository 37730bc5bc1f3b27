"""What people do at a laptop of a simulated centre."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from app.domain.change import ChangeId, RecordId
from app.domain.records import Kind, Name
from app.services import casework, conflicts, referrals
from app.services.forms import CURRENT, Current, change_fields
from app.services.ports import FieldKey, UnitOfWork
from tests.simulation.clients import Clients
from tests.simulation.fields import KEYS, value_for

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["People"]

DO_MORE: Final = 0.3
"""Of the runs in which records are deleted, decisions undone and referrals opened."""
OFTEN: Final = 0.25
"""Of the steps behind which one of these is done."""


class People:
    """What they type, decide, delete and undo. ``disputed`` are the fields that all write.

    What came later than the first seeds is drawn from a source of its own: a run that has none of
    it does what it always did.
    """

    def __init__(self, world: World, disputed: list[FieldKey]) -> None:
        self._world = world
        self._chance = world.chance
        self._disputed = disputed
        self._decisions: list[tuple[FieldKey, ChangeId]] = []
        self._more = random.Random(f"{world.run} people")
        self._do_more = self._more.random() < DO_MORE
        self._clients = Clients(world)

    def type_something(self, laptop: SimLaptop) -> None:
        """Set a field, over what stood on the screen."""
        key = self._chance.choice(self._disputed if self._chance.random() < 0.4 else KEYS)
        seen: tuple[ChangeId, ...] | Current = CURRENT
        if key in laptop.opened and self._chance.random() < 0.7:
            seen = laptop.opened.pop(key)
        value = value_for(self._chance, key)

        def work(uow: UnitOfWork) -> None:
            heads = uow.changes.heads(key)
            for change in change_fields(uow, laptop.desk, {key: value}, seen=seen):
                self._world.oracle.check_replaced(change, heads, seen)
            uow.commit()

        laptop.type(work)

    def open_editor(self, laptop: SimLaptop) -> None:
        """Open the editor of a field: what stands there now she sees."""
        key = self._chance.choice(KEYS)

        def on_screen(uow: UnitOfWork) -> tuple[ChangeId, ...]:
            stored = uow.records.fields(key.record_id).get(key.field)
            if stored is not None and stored.is_conflict:
                return (stored.shown,)
            return tuple(head.id for head in uow.changes.heads(key))

        laptop.opened[key] = laptop.look(on_screen)

    def settle(self, laptop: SimLaptop) -> None:
        """Settle a conflict, perhaps one of a page that was opened long ago."""
        if laptop.asked and self._chance.random() < 0.4:
            row = laptop.asked.pop(self._chance.randrange(len(laptop.asked)))
        else:
            rows = laptop.look(lambda uow: conflicts.list_conflicts(uow, laptop.desk))
            if not rows:
                return
            row = self._chance.choice(rows)
            if self._chance.random() < 0.5:
                # The page stays open; whatever arrives before she decides, she did not see.
                laptop.asked.append(row)
                return
        if self._chance.random() < 0.5:
            # While she thinks about it, the laptop synchronises.
            self._chance.choice((self._world.synchronise, self._world.plug_in))(laptop)
        key = FieldKey(row.kind, row.record_id, row.field)
        value = self._chance.choice(row.values).value
        seen = tuple(one.change_id for one in row.values)

        def work(uow: UnitOfWork) -> None:
            before = uow.changes.history(key)
            decision = conflicts.settle(uow, laptop.desk, key, value, seen)
            self._decisions.append((key, decision))
            self._world.oracle.check_settled(set(uow.changes.history(key)) - set(before), seen)

        laptop.type(work)

    def open_case(self, laptop: SimLaptop) -> None:
        """Open a new file."""
        opened: list[RecordId] = []
        laptop.type(lambda uow: opened.append(casework.open_case(uow, laptop.desk)))
        for case_id in opened:
            self._world.twins.note_case(laptop, case_id)

    # --- what only some runs have -------------------------------------------------------------------

    def may_do_more(self) -> None:
        """Let somebody come, delete a record, undo a decision or open a referral, or nobody."""
        self._clients.may_come()
        if not self._do_more or self._more.random() >= OFTEN:
            return
        laptop = self._more.choice(self._world.laptops)
        deeds = (self._delete, self._delete, self._undo, self._undo, self._undo, self._refer)
        self._world.act(laptop, self._more.choice(deeds))

    def _delete(self, laptop: SimLaptop) -> None:
        """Take a record out of its list, or put it back there."""
        key = self._more.choice(KEYS)
        tombstone = FieldKey(key.kind, key.record_id, Name.TOMBSTONE)
        value = self._more.choice((True, True, None))

        def work(uow: UnitOfWork) -> None:
            if change_fields(uow, laptop.desk, {tombstone: value}):
                self._world.faults.met["record deleted"] += 1
            uow.commit()

        laptop.type(work)

    def _undo(self, laptop: SimLaptop) -> None:
        if not self._decisions:
            self.settle(laptop)
            return
        key, decision = self._more.choice(self._decisions[-3:])

        def work(uow: UnitOfWork) -> None:
            written = conflicts.undo_settlement(uow, laptop.desk, key, decision)
            self._world.faults.met["decision undone"] += 1
            self._world.oracle.check_undone(uow.changes.history(key), decision, written)

        laptop.type(work)

    def _refer(self, laptop: SimLaptop) -> None:
        """Open a referral of some case that is here, or write into one."""
        begun: list[RecordId] = []

        def work(uow: UnitOfWork) -> None:
            cases = [RecordId(one) for one in laptop.first(_NUMBERED)]
            if not cases:
                begun.append(casework.open_case(uow, laptop.desk))
                return
            opened = referrals.open_referral(uow, laptop.desk, self._more.choice(sorted(cases)))
            key = FieldKey(Kind.REFERRAL, opened, "summary")
            change_fields(uow, laptop.desk, {key: f"palabra{self._more.randrange(100)}"})
            uow.commit()
            self._world.faults.met["referral opened"] += 1

        laptop.type(work)
        for case_id in begun:
            self._world.twins.note_case(laptop, case_id)


_NUMBERED: Final = "SELECT lower(hex(case_id)) FROM case_row WHERE code != ''"
