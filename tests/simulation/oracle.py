"""What must be true, computed apart from the code that is tested.

The oracle keeps every change that was ever made, and says of each whether it may be missing: only
when the last copy of it was destroyed (a laptop put back to an old backup before anything left it).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError
from app.domain.merge import MergeRule
from app.domain.value import Value
from app.services import ledger
from app.services.forms import Current
from app.services.ports import Cursor, FieldKey, StoredField
from app.services.replication import MAY_OPEN_LATER
from db.schema import audit, batch, batch_change, change, outbox, set_aside
from db.unit_of_work import SqlUnitOfWork
from sync.client.folder import BATCH
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from tests.simulation.faults import Violation
from tests.simulation.keys import sim_centre
from tests.support.laptops import definitions

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.stick import SimStick
    from tests.simulation.world import World

__all__ = ["TOLD", "Oracle", "must"]


def must(is_so: bool, otherwise: str) -> None:
    """Raise Violation unless it is so."""
    if not is_so:
        raise Violation(otherwise)


class Oracle:
    """Knows all that was made, and what may be missing of it."""

    def __init__(self) -> None:
        self.made: dict[ChangeId, Change] = {}
        self.acknowledged: set[ChangeId] = set()
        self.copied: set[bytes] = set()
        """Runs of the program that somebody copied while they went on."""
        self._perished: set[ChangeId] = set()
        self._cursors: dict[str, Cursor] = {}
        self._envelope = CentreEnvelope(definitions().registry, sim_centre().wisest)
        self._opened: dict[bytes, frozenset[ChangeId]] = {}

    def make(self, changes: Iterable[Change]) -> None:
        """These are about to be written."""
        self.made |= {one.id: one for one in changes}

    def acknowledge(self, changes: Iterable[Change]) -> None:
        """The screen says of these that they are saved."""
        self.acknowledged |= {one.id for one in changes}

    @contextlib.contextmanager
    def destroying(self, world: World) -> Iterator[None]:
        """Within, something is put back or damaged: what is nowhere afterwards may be missing."""
        before = self._present(world)
        yield
        after = self._present(world)
        self._perished = (self._perished | before) - after
        self._cursors.clear()

    def _present(self, world: World) -> set[ChangeId]:
        present: set[ChangeId] = set()
        contents = list(world.region.contents().values())
        for laptop in world.laptops:
            present |= laptop.look(_change_ids)
            contents += laptop.look(_aside)
        for stick in world.sticks:
            contents += stick.readable()
        for content in contents:
            present |= self._changes_in(content)
        return present

    def _changes_in(self, content: bytes) -> frozenset[ChangeId]:
        name = batch_id(content)
        if name not in self._opened:
            try:
                changes = self._envelope.open(content).changes
            except DomainError:
                changes = ()
            self._opened[name] = frozenset(one.id for one in changes)
        return self._opened[name]

    # --- at any time -----------------------------------------------------------------------------

    def check_queue(self, laptop: SimLaptop) -> None:
        """Every change waits, unless a batch with it was seen in the log."""
        left = laptop.look(lambda uow: uow._connection.execute(_NEITHER).first())
        must(left is None, f"{laptop.name}: a change left the queue before it was in the log")
        cursor = laptop.look(lambda uow: uow.batches.cursor())
        furthest = laptop.look(lambda uow: uow._connection.scalar(_FURTHEST)) or 0
        must(
            furthest <= (cursor.position if cursor else 0),
            f"{laptop.name}: counts a batch as received that was not seen in the log",
        )

    def check_cursor(self, world: World, laptop: SimLaptop) -> None:
        """Nothing before the cursor is missing, and what counts as sent is in the log."""
        cursor = laptop.look(lambda uow: uow.batches.cursor())
        rows = world.region.rows()
        if cursor is None or not _is_of(cursor, world, rows):
            return
        last = self._cursors.get(laptop.name, cursor)
        must(
            cursor.log_id != last.log_id or cursor.position >= last.position,
            f"{laptop.name}: the cursor went back, and the log did not",
        )
        self._cursors[laptop.name] = cursor
        held = laptop.look(_places)
        aside = set(laptop.look(lambda uow: uow._connection.scalars(_ASIDE_IDS).all()))
        by_position = {position: name for position, name, _ in rows}
        for position, name, _ in rows[: cursor.position]:
            must(
                name in held or name in aside,
                f"{laptop.name}: passed position {position} without taking it in",
            )
        for name, at in held.items():
            if at is not None and at <= cursor.position:
                must(
                    by_position.get(at) == name,
                    f"{laptop.name}: counts a batch as received that the log lacks",
                )

    def check_stick(self, laptop: SimLaptop, stick: SimStick) -> None:
        """After a whole exchange both have everything; the laptop may have set some of it aside."""
        held = set(laptop.look(lambda uow: uow._connection.scalars(_IDS).all()))
        aside = set(laptop.look(lambda uow: uow._connection.scalars(_ASIDE_IDS).all()))
        for content in stick.readable():
            must(batch_id(content) in held | aside, f"{laptop.name}: left a batch on the stick")
        whole = {one.name: one.stat().st_size for one in stick.files(BATCH)}
        for name, size in laptop.look(lambda uow: uow._connection.execute(_SIZES).all()):
            is_there = whole.get(f"{name.hex()}{BATCH}") == size
            must(is_there, f"{laptop.name}: the stick does not carry a batch, or not all of it")

    def check_replaced(
        self, change: Change, heads: Sequence[Change], seen: tuple[ChangeId, ...] | Current
    ) -> None:
        """What was typed replaces what stood on the screen, and nothing that came since."""
        current = {head.id for head in heads}
        bases = set(change.bases)
        if isinstance(seen, Current):
            must(bases <= current and bool(bases) == bool(current), "it replaces another value")
            return
        must(set(seen) <= bases, "it does not replace what was seen")
        # Whoever wrote the very same stood on the screen, too.
        read = {repr(head.value) for head in heads if head.id in seen}
        beside = {repr(head.value) for head in heads if head.id in bases - set(seen)}
        must(beside <= read, "it replaces a value that came since")
        must(bases <= current | set(seen), "it replaces a value that nobody saw")

    def check_settled(self, made: set[Change], seen: Sequence[ChangeId]) -> None:
        """A settled conflict replaces what the person saw, and nothing else."""
        must(len(made) == 1, "settling a conflict made more than one change, or none")
        (change,) = made
        must(set(change.bases) == set(seen), "a conflict was settled over what nobody saw")

    # --- when all is still -----------------------------------------------------------------------

    def check(self, world: World, *, is_networked: bool) -> None:
        """Everything that must be true when the network is quiet and nothing moves any more."""
        here = {laptop.name: laptop.look(_change_ids) for laptop in world.laptops}
        everything = set().union(*here.values())
        must(everything <= self.made.keys(), "a change exists that nobody made")
        missing = self.acknowledged - self._perished - everything
        must(not missing, f"{len(missing)} changes that were called saved are nowhere")
        for name, ids in here.items():
            must(ids == everything, f"{name} lacks {len(everything - ids)} changes")
        digests = {laptop.look(lambda uow: uow.changes.digest()) for laptop in world.laptops}
        must(len(digests) == 1, "the digests differ")
        heads = _heads_of(self.made[one] for one in sorted(everything))
        for laptop in world.laptops:
            self._check_fields(laptop, heads)
            must(laptop.look(lambda uow: uow.audit.verify()) is None, "the audit chain broke")
            waits = [one for one in laptop.look(_aside) if self._changes_in(one)]
            must(not waits, f"{laptop.name}: what opens now is still set aside")
            self.check_queue(laptop)
            self._check_forks(laptop)
        if is_networked:
            self._check_log(world)
        for laptop in world.laptops:
            _check_rebuild(laptop)

    def _check_forks(self, laptop: SimLaptop) -> None:
        """Two batches bear one number only where a running program was copied; people are told."""
        forks = laptop.look(lambda uow: uow._connection.execute(_FORKS).all())
        told = set(laptop.look(lambda uow: uow._connection.scalars(TOLD).all()))
        for session, number in forks:
            must(session in self.copied, f"{laptop.name}: two batches bear one number")
            must(f"{session.hex()}/{number}" in told, f"{laptop.name}: nobody is told of a copy")

    def _check_fields(self, laptop: SimLaptop, heads: dict[FieldKey, list[Change]]) -> None:
        shown = laptop.look(lambda uow: {key: _stored(uow, key) for key in heads})
        held = laptop.look(lambda uow: {key: uow.changes.heads(key) for key in heads})
        conflicts = set(laptop.look(lambda uow: uow.records.conflicts()))
        for key, current in heads.items():
            where = f"{laptop.name}: {key.kind}.{key.field}"
            must(set(held[key]) == set(current), f"{where}: heads are not what was made")
            value, is_conflict = _expected(key, current)
            stored = shown[key]
            must(stored is not None and stored.value == value, f"{where}: shows another value")
            must((key in conflicts) == is_conflict, f"{where}: conflict is not as it should be")

    def _check_log(self, world: World) -> None:
        rows = world.region.rows()
        in_log = {name for _, name, _ in rows}
        places = {name: (position, said) for position, name, said in rows}
        for receipt in world.region.receipts.values():
            must(
                places.get(receipt.batch) == (receipt.position, receipt.chain),
                "a receipt says what the log does not",
            )
        chain = chain_start(world.region.head().log_id)
        for expected, (position, name, said) in enumerate(rows, 1):
            chain = chain_after(chain, name)
            must(position == expected and said == chain, "the log's chain does not hold")
        for laptop in world.laptops:
            held = laptop.look(_places)
            must(held.keys() <= in_log, f"{laptop.name}: a batch is not in the log")
            must(None not in held.values(), f"{laptop.name}: a batch was never seen in the log")
            must(not laptop.look(lambda uow: uow.changes.pending_by_record()), "changes still wait")
            self.check_cursor(world, laptop)


_NEITHER = (
    select(change.c.seq)
    .where(
        change.c.seq.not_in(select(outbox.c.change_seq)),
        ~exists(
            select(batch.c.seq)
            .join(batch_change, batch_change.c.batch_seq == batch.c.seq)
            .where(batch_change.c.change_seq == change.c.seq, batch.c.position.is_not(None))
        ),
    )
    .limit(1)
)
_FURTHEST = select(func.max(batch.c.position))
_FORKS = (
    select(batch.c.session, batch.c.number)
    .group_by(batch.c.session, batch.c.number)
    .having(func.count() > 1)
)
TOLD = select(audit.c.detail).where(audit.c.action == "fork_seen")
_IDS = select(batch.c.id)
_SIZES = select(batch.c.id, batch.c.size)
_PLACES = select(batch.c.id, batch.c.position)
_ASIDE_IDS = select(set_aside.c.batch)
_OPENABLE = set_aside.c.reason.in_(sorted(MAY_OPEN_LATER))


def _change_ids(uow: SqlUnitOfWork) -> set[ChangeId]:
    return {ChangeId(one) for one in uow._connection.scalars(select(change.c.id))}


def _places(uow: SqlUnitOfWork) -> dict[bytes, int | None]:
    return {row.id: row.position for row in uow._connection.execute(_PLACES)}


def _aside(uow: SqlUnitOfWork) -> list[bytes]:
    wanted = select(set_aside.c.content).where(_OPENABLE, set_aside.c.content.is_not(None))
    return list(uow._connection.scalars(wanted))


def _stored(uow: SqlUnitOfWork, key: FieldKey) -> StoredField | None:
    return uow.records.fields(key.record_id).get(key.field)


def _is_of(cursor: Cursor, world: World, rows: list[tuple[int, bytes, bytes]]) -> bool:
    """Return whether the region's log is still the one that the cursor speaks of."""
    if cursor.log_id != world.region.head().log_id or cursor.position > len(rows):
        return False
    return cursor.position == 0 or rows[cursor.position - 1][2] == cursor.chain


def _heads_of(changes: Iterable[Change]) -> dict[FieldKey, list[Change]]:
    fields: dict[FieldKey, list[Change]] = {}
    for one in changes:
        fields.setdefault(FieldKey(one.kind, one.record_id, one.field), []).append(one)
    heads = {}
    for key, known in fields.items():
        replaced = {base for one in known for base in one.bases}
        heads[key] = [one for one in known if one.id not in replaced]
    return heads


def _expected(key: FieldKey, heads: list[Change]) -> tuple[Value, bool]:
    """Return what a field must show, and whether a person has to choose."""
    last = max(heads, key=lambda one: (one.stamp, one.id))
    if all(type(one.value) is type(last.value) and one.value == last.value for one in heads):
        return last.value, False
    definition = definitions().field_of(key.kind, key.field)
    rule = definition.merge if definition else MergeRule.LATEST
    if rule is MergeRule.UNION and all(isinstance(one.value, tuple) for one in heads):
        codes = {code for one in heads if isinstance(one.value, tuple) for code in one.value}
        return tuple(sorted(codes)), False
    if rule is not MergeRule.ASK:
        return last.value, False
    for cautious in definition.most_cautious_first if definition else ():
        for one in heads:
            if type(one.value) is type(cautious) and one.value == cautious:
                return cautious, True
    return last.value, True


def _check_rebuild(laptop: SimLaptop) -> None:
    """The derived tables made anew from the log are what step by step derivation gave."""
    with laptop.store.unit() as uow:
        keys = tuple(uow.changes.fields())
        digest = uow.changes.digest()
        before = {key: _stored(uow, key) for key in keys}
        ledger.rebuild(uow, definitions())
        after = {key: _stored(uow, key) for key in keys}
        must(before == after and digest == uow.changes.digest(), "a rebuild gives something else")
