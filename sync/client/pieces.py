"""A blob on its way, piece by piece, gone on with at the byte: up to the server, or down from it.

Between two pieces the caller's ``between`` has its turn: what was typed meanwhile goes first, and
it says whether the lane may go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.domain.errors import EnvironmentFault
from app.services.ports import HeldBlob, UnitOfWork
from app.services.read_models import SyncStep
from sync.client.lane_asks import BlobDown, BlobsThere, BlobUp
from sync.client.lane_pace import LanePace
from sync.client.requests import Ask, Note, Store
from sync.protocol.lane import BLOB_ASKED_MAX, BlobHaveReply, BlobPutReply, BlobState

__all__ = ["Load", "Pieces", "refusal_of", "whole_states"]


@dataclass(slots=True)
class Load:
    """What travels the same way one after the other: which of how many is under way, and the bytes
    before it and behind it."""

    count: int = 0
    number: int = 0
    before: int = 0
    behind: int = 0

    @classmethod
    def of(cls, sizes: Iterable[int]) -> Load:
        """Return a load of these, before the first of them."""
        expected = tuple(sizes)
        return cls(len(expected), 0, 0, sum(expected))

    def next(self, expected: int) -> None:
        """The next one is under way, whose size was expected to be this."""
        self.number += 1
        self.behind -= expected

    def note(self, step: SyncStep, at: int, size: int) -> Note:
        """Return how far it is."""
        done, whole = self.before + at, self.before + size + self.behind
        return Note(step, done, whole, self.number, self.count)


T = TypeVar("T")
Session = Generator[Ask, Any, T]
log = logging.getLogger("qispi.lane")

_IN_VAIN_MAX: Final = 3
_PROGRESS_MIN: Final = 1 << 10
"""Less of a piece that was cut is kept, and is no progress."""


@dataclass(slots=True)
class Pieces:
    """Carries blobs. ``between`` runs before each piece and returns whether to go on."""

    pace: LanePace
    between: Callable[[], Session[bool]]
    step: SyncStep = SyncStep.LANE
    load: Load = field(default_factory=Load)
    """Of how much more what travels is a part."""

    def up(self, blob: HeldBlob) -> Session[bool]:
        """Send what the server lacks of a blob; return whether it has all of it now.

        Raises EnvironmentFault of the link, and ``server_refused`` with a ``reason``.
        """
        there = yield BlobsThere((blob.name,))
        at = max((one.held for one in there.states if one.name == blob.name), default=0)
        in_vain = 0
        while at < blob.size:
            yield self.load.note(self.step, at, blob.size)
            if not (yield from self.between()):
                return False
            content = yield Store(_reading(blob.name, at, self.pace.piece))
            began = self.pace.seconds()
            try:
                reply: BlobPutReply = yield BlobUp(blob.name, at, content)
            except EnvironmentFault as fault:
                if refusal_of(fault) != "blob_gap" or in_vain >= _IN_VAIN_MAX:
                    raise
                at, in_vain = 0, in_vain + 1  # What it held made room for others.
                continue
            self.pace.measure(len(content), began)
            in_vain = 0 if reply.held > at else in_vain + 1
            if in_vain >= _IN_VAIN_MAX or not content:
                raise EnvironmentFault("answer_not_ours")
            at = reply.held
        return True

    def down(self, name: bytes) -> Session[bytes | None]:
        """Get what lacks of a blob that the server has, and that is noted; return all of it, or
        None when the lane is to stop. Raises as :meth:`up` does."""
        in_vain = 0
        while True:
            held: HeldBlob | None = yield Store(_held(name))
            if held is None:
                # Meanwhile the server turned out to be another, or put back: it is looked for anew.
                raise EnvironmentFault("server_refused", reason="blob_unknown")
            if held.held >= held.size:
                content: bytes = yield Store(_reading(name, 0, held.size))
                return content
            yield self.load.note(self.step, held.held, held.size)
            if not (yield from self.between()):
                return None
            wanted = min(self.pace.piece, held.size - held.held)
            began = self.pace.seconds()
            piece: bytes = yield BlobDown(name, held.held, wanted)
            if len(piece) >= wanted:
                self.pace.measure(len(piece), began)
            in_vain = 0 if len(piece) >= min(wanted, _PROGRESS_MIN) else in_vain + 1
            yield Store(_keeping(name, held.held, piece))
            if in_vain >= _IN_VAIN_MAX:
                raise EnvironmentFault("answer_cut")


def whole_states(asked: list[bytes]) -> Session[dict[bytes, list[BlobState]]]:
    """Return the whole blobs of these labels that the server has."""
    found: dict[bytes, list[BlobState]] = {}
    for start in range(0, len(asked), BLOB_ASKED_MAX):
        some = asked[start : start + BLOB_ASKED_MAX]
        reply: BlobHaveReply = yield BlobsThere(tuple(some))
        for state in reply.states:
            if state.is_whole and state.which < len(some):
                found.setdefault(some[state.which], []).append(state)
    return found


def refusal_of(fault: EnvironmentFault) -> str | None:
    """Return why the server did not take something, or None for another fault."""
    reason = fault.parameters.get("reason")
    return reason if fault.message_id == "server_refused" and isinstance(reason, str) else None


def _held(name: bytes) -> Callable[[UnitOfWork], HeldBlob | None]:
    return lambda uow: uow.blobs.get(name)


def _reading(name: bytes, start: int, most: int) -> Callable[[UnitOfWork], bytes]:
    return lambda uow: uow.blobs.read(name, start, most)


def _keeping(name: bytes, start: int, piece: bytes) -> Callable[[UnitOfWork], None]:
    def keep(uow: UnitOfWork) -> None:
        uow.blobs.append(name, start, piece)
        uow.commit()

    return keep
