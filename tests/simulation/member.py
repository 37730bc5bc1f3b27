"""A member of the centre with good keys and bad intent, and strangers on the same sticks."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services.ports import CONTEXT_BYTES, BatchOutline, Origin, SealedBatch
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import NO_BATCH, encode_header, join_batch, parse_batch
from tests.simulation.keys import sim_centre, strange_keyring
from tests.support import centres
from tests.support.bombs import BOMBS, sealed_around
from tests.support.laptops import NOON_MS, definitions

__all__ = ["FLAW", "Member", "Poison", "strange_batch", "strangers_batch"]

AUTHOR = AuthorId("4d" * 16)
LIGHT = tuple(
    name
    for name in BOMBS
    # Those of many megabytes have their own tests; here they would cost a seed's whole time.
    if not any(
        word in name for word in ("million", "endless", "end", "nothing", "in", "bomb", "over")
    )
)
FLAW = "#903"
"""A field that the old program does not survive."""

MANY = (100, 300, 1_000)


@cache
def _bombs() -> Mapping[str, bytes]:
    return {name: BOMBS[name][1]() for name in LIGHT}


@dataclasses.dataclass(frozen=True, slots=True)
class Poison:
    """A batch, and the changes that whoever can open it takes in."""

    name: str
    content: bytes
    changes: tuple[Change, ...] = ()


class _Named:
    """Origins that are wherever the member says."""

    def __init__(self, context: bytes, before: Change) -> None:
        self._context = context
        self._before = before

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        """Return that one place."""
        return {one: Origin(self._context, 0, self._before) for one in ids}

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        """Return nothing: it only seals."""
        del context, places

    def unplaced(self) -> Iterator[bytes]:
        """Yield nothing."""
        return iter(())

    def note_places(self, batch_id: bytes, change_ids: Any) -> None:
        """Note nothing."""


class Member:
    """Seals what nobody should, and what is only strange."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._envelope = CentreEnvelope(
            definitions().registry, sim_centre().member, chance.randbytes
        )
        self._session = chance.randbytes(8)
        self._counter = self._number = 0
        self._borrowed: set[bytes] = set()
        self._last = NO_BATCH
        self.held: list[Poison] = []
        """Batches that others name, and that it gives out last."""

    def hello(self) -> Poison:
        """Return an honest batch: the others hear that its program is of today."""
        return self._batch("hello", [self._change("case", "relato", "palabra de saludo", record=2)])

    def next(self, sessions: Sequence[bytes]) -> tuple[Poison, ...]:
        """Return what it gives out now. ``sessions`` are those of the others: headers say them."""
        match self._chance.randrange(8):
            case 0 | 1:
                name, content = self._chance.choice(sorted(_bombs().items()))
                number = int.from_bytes(self._chance.randbytes(7), "big")
                return (Poison(name, sealed_around(sim_centre().member, content, number)),)
            case 2:
                return (self._awaiting_what_never_was(),)
            case 3:
                return (self._awaiting_what_is_held_back(),)
            case 4:
                count = self._chance.choice(MANY)
                many = [
                    self._change("case", "#901", f"palabra {n}", record=3) for n in range(count)
                ]
                return (self._batch("many", many),)
            case 5:
                return (self._in_the_session_of_another(sessions[self._counter % len(sessions)]),)
            case 6:
                return (
                    self._batch("a flaw met", [self._change("case", FLAW, "palabra", record=3)]),
                )
            case _:
                return (self._batch("strange values", list(self._strange_changes())),)

    def _in_the_session_of_another(self, session: bytes) -> Poison:
        """Return a batch of a number that the other one used, or may want to use."""
        # Each once: twice it would be a copy of this very laptop.
        number = 2**32 - 1 - self._counter if session in self._borrowed else 1
        self._borrowed.add(session)
        previous = NO_BATCH if number == 1 else self._last
        changes = [self._change("case", "relato", "palabra de otra sesión", record=2)]
        outline = BatchOutline(session, number, previous, None)
        content = self._envelope.seal(outline, changes).content
        return Poison("in the session of another", content, tuple(changes))

    def _strange_changes(self) -> Iterator[Change]:
        values: tuple[Value, ...] = (
            10 ** self._chance.choice((18, 19, 20, 3_999)),
            -(10**30),
            True,
            "palabra " + "x" * self._chance.choice((0, 100, 70_000)),
            "\0palabra\ud7ff\U0010ffff",
            tuple(f"palabra{n}" for n in range(self._chance.choice((0, 2, 400)))),
            "",
        )
        names = (
            ("case", "EDAD_VICTIMA"),
            ("case", "NIVEL_DE_RIESGO_VICTIMA"),
            ("case", "FECHA_INGRESO"),
            ("case", "economic_acts"),
            ("survivor", "never_call"),
            ("survivor", "address"),
            ("case", "#902"),
            ("#77", "#3"),
            ("task", "#990"),
        )
        for kind, name in self._chance.sample(names, 4):
            yield self._change(
                kind, name, self._chance.choice(values), record=self._chance.randrange(4)
            )

    def _awaiting_what_never_was(self) -> Poison:
        before = self._change("case", "relato", "palabra que nadie vio", record=0)
        after = self._change(
            "case", "relato", "palabra que nadie vio, y más", record=0, bases=(before.id,)
        )
        poison = self._batch(
            "awaits nothing", [after], _Named(self._chance.randbytes(CONTEXT_BYTES), before)
        )
        return dataclasses.replace(poison, changes=())

    def _awaiting_what_is_held_back(self) -> Poison:
        before = self._change("case", "relato", "palabra que viene después", record=0)
        first = self._batch("held back", [before])
        self.held.append(first)
        after = self._change(
            "case", "relato", "palabra que viene después, y otra", record=0, bases=(before.id,)
        )
        context = parse_batch(first.content).id[:CONTEXT_BYTES]
        return self._batch("awaits another", [after], _Named(context, before))

    def _change(
        self, kind: str, name: str, value: Value, *, record: int, bases: tuple[ChangeId, ...] = ()
    ) -> Change:
        self._counter += 1
        return new_change(
            definitions().registry,
            kind=kind,
            record_id=RecordId(f"0190a0000000700080000000000000{record:02x}"),
            field=name,
            value=value,
            stamp=Stamp(
                NOON_MS + self._chance.choice((0, 1, 10**12)), self._session, self._counter
            ),
            author=AUTHOR,
            bases=bases,
        )

    def _batch(self, name: str, changes: list[Change], origins: _Named | None = None) -> Poison:
        self._number += 1
        outline = BatchOutline(self._session, self._number, self._last, None)
        sealed: SealedBatch = self._envelope.seal(outline, changes, origins)
        self._last = sealed.id
        return Poison(name, sealed.content, tuple(changes))


def strange_batch(chance: random.Random) -> bytes:
    """Return a batch of another centre."""
    envelope = CentreEnvelope(centres.REGISTRY, strange_keyring(), chance.randbytes)
    outline = BatchOutline(chance.randbytes(8), 1, NO_BATCH, None)
    return envelope.seal(outline, [centres.change(1, "palabra ajena")]).content


def strangers_batch(chance: random.Random) -> bytes:
    """Return a batch that says to be of the centre, of a device that nobody granted."""
    batch = parse_batch(strange_batch(chance))
    header = dataclasses.replace(
        batch.header, centre=sim_centre().id, device=chance.randbytes(16), salt=chance.randbytes(16)
    )
    return join_batch(encode_header(header), chance.randbytes(64), batch.body)
