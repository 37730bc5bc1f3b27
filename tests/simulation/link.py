"""The network between a laptop and the region: it loses, repeats, reorders, and cuts anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.domain.errors import EnvironmentFault
from sync.client.requests import Exchanged
from sync.protocol import codec
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import ExchangeRequest, LogEntry, RosterReply, RosterRequest

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["SimLink"]

KEPT_MAX = 20


class SimLink:
    """:class:`sync.client.transport.Transport` of one run of one laptop, over real bytes."""

    def __init__(self, world: World, laptop: SimLaptop) -> None:
        self._world = world
        self._laptop = laptop
        self._faults = world.faults

    def exchange(self, head: ExchangeRequest, batches: Sequence[bytes]) -> Exchanged:
        """Carry one exchange, or a part of it."""
        body = b"".join(codec.encode_request(head, batches))
        self._world.meanwhile(self._laptop)
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        if self._faults.happens("lost"):
            body = body[: self._faults.chance.randrange(len(body) + 1)]
        region = self._world.region
        before = region.dump() if self._faults.happens("forgotten") else None
        answer = region.exchange(body)
        if before is not None:
            with self._world.oracle.destroying(self._world):
                region.restore(before)
        if self._faults.happens("repeated"):
            answer = region.exchange(body)
        if self._faults.happens("repeated"):
            self._world.late = [*self._world.late[-KEPT_MAX:], body]
        self._world.meanwhile(self._laptop)
        if answer is None or self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        if self._faults.happens("lost"):
            answer = answer[: self._faults.chance.randrange(len(answer) + 1)]
        return self._read(answer)

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements; either way may be lost."""
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        request = codec.decode(RosterRequest, codec.encode(request))
        reply = self._world.region.roster(request)
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("answer_cut")
        return codec.decode(RosterReply, codec.encode(reply))

    def close(self) -> None:
        """Nothing is held."""

    def _read(self, answer: bytes) -> Exchanged:
        # As the HTTP transport does: what arrived whole before a cut may be used.
        reader = codec.ReplyReader()
        entries: list[LogEntry] = []
        is_whole = True
        at = 0
        try:
            while at < len(answer):
                size = self._faults.chance.choice((1, 100, 1_400, 60_000))
                entries += reader.feed(answer[at : at + size])
                at += size
            reader.close()
        except ProtocolError:
            is_whole = False
        if reader.head is None:
            raise EnvironmentFault("answer_cut")
        return Exchanged(reader.head, tuple(entries), is_whole)
