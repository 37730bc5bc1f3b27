"""Whoever has a laptop that was taken out, its keys and its words: what is written with them, and
that it reaches nobody who knows.

Drawn from a source of its own: a run in which nobody is taken out goes on as without it.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, RecordId, new_change
from app.domain.stamp import SESSION_BYTES, Stamp
from app.services import replication
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import BatchOutline, SnapshotContent
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.keyring import epoch_tag
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import NO_BATCH, batch_id
from sync.protocol.blob import BLOB_HEAD_BYTES, parse_head
from tests.simulation.oracle import must
from tests.support.laptops import NOON_MS, definitions

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["SimBlobs", "Thief"]

_RECORD: Final = RecordId("0190a000000070008000000000000004")


class SimBlobs(CentreBlobs):
    """The real ones; a snapshot is begun from only when its laptop still belongs to the centre."""

    def open_snapshot(self, content: bytes) -> SnapshotContent:
        """Open it, and look whose it is."""
        said = super().open_snapshot(content)
        by = parse_head(content[:BLOB_HEAD_BYTES]).device
        revoked = self.envelope.keyring.roster.revoked
        must(by not in revoked, "a snapshot of a laptop that was taken out is begun from")
        return said


@dataclasses.dataclass(frozen=True, slots=True)
class _Known:
    """What a run of the program knew and held when it was looked at last."""

    revoked: frozenset[bytes]
    taken: frozenset[bytes]
    carried: frozenset[bytes]


class Thief:
    """Writes on sticks what is hard to judge, and watches what becomes of it."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"{seed} thief")
        self._known: dict[tuple[object, bytes], _Known] = {}

    def goes_on(self, world: World, typing: Callable[[SimLaptop], None]) -> None:
        """Leave something on a stick, with a laptop that was taken out."""
        laptop = self._chance.choice(world.gone)
        stick = self._chance.choice(world.sticks)
        if self._chance.random() < 0.7:
            world.faults.met["thief: without what it rests on"] += 1
            world.act(laptop, typing)
            world.act(laptop, _seal)
            for (content,) in laptop.rows(_NEWEST_OWN):
                stick.take(content)
        else:
            world.faults.met["thief: under an invented key"] += 1
            content = self._under_an_invented_key(laptop)
            world.oracle.poison.add(batch_id(content))
            stick.take(content)

    def check(self, world: World, laptop: SimLaptop) -> None:
        """Since it was looked at last, a laptop that knew who was taken out took nothing of theirs
        in, and carries nothing of it on, but what a log had."""
        if not world.gone or laptop in world.gone:
            return
        run = (laptop.folder, laptop.desk.stamper.session)
        last = self._known.get(run)
        revoked = laptop.keys.keyring.roster.revoked
        taken, carried = (
            frozenset(name for one in revoked for name in laptop.first(sql, one))
            for sql in (_TAKEN, _CARRIED)
        )
        self._known[run] = _Known(revoked, taken, carried)
        if last is None:
            return
        logged = world.region.ever.keys()
        for device in last.revoked:
            of_device = laptop.first(_TAKEN, device) - last.taken - logged
            must(not of_device, f"{laptop.name}: takes in what a thief wrote")
            of_device = laptop.first(_CARRIED, device) - last.taken - last.carried - logged
            must(not of_device, f"{laptop.name}: carries on what a thief wrote")

    def _under_an_invented_key(self, laptop: SimLaptop) -> bytes:
        keyring = laptop.keys.keyring
        secret = SecretKey(self._chance.randbytes(32))
        tag = epoch_tag(secret)
        keyring = dataclasses.replace(keyring, epochs={**keyring.epochs, tag: secret}, current=tag)
        session = self._chance.randbytes(SESSION_BYTES)
        change = new_change(
            definitions().registry,
            kind="case",
            record_id=_RECORD,
            field="relato",
            value="palabra de quien se la llevó",
            stamp=Stamp(NOON_MS, session, 1),
            author=AuthorId("7d" * 16),
            bases=(),
        )
        envelope = CentreEnvelope(definitions().registry, keyring, self._chance.randbytes)
        return envelope.seal(BatchOutline(session, 1, NO_BATCH, None), [change]).content


def _seal(laptop: SimLaptop) -> None:
    laptop.look(lambda uow: replication.seal_pending(uow, laptop.desk, laptop.envelope))


_NEWEST_OWN = (
    "SELECT content FROM batch_content JOIN batch ON batch_seq = seq"
    " WHERE is_own = 1 AND position IS NULL ORDER BY seq DESC LIMIT 1"
)
_TAKEN = "SELECT id FROM batch WHERE device = ?"
_CARRIED = (
    "SELECT batch FROM set_aside WHERE is_signed = 1 AND position IS NULL"
    f" AND reason != '{REVOKED_DEVICE}' AND substr(content, 23, 16) = ?"
)
