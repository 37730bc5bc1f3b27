"""The network between a laptop and the region: it loses, repeats, reorders, and cuts anywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from app.domain.errors import EnvironmentFault
from sync.client.lane_asks import LANE_UNKNOWN, LaneAsk
from sync.client.parcel import AnswerReader, CompactReader, FirstReader, Parcel
from sync.client.requests import Exchange, Exchanged
from sync.protocol import codec
from sync.protocol.compact import HaveReply, encode_short
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import RosterReply, RosterRequest, Verdict
from sync.protocol.paths import BLOB_PUT
from tests.simulation.attacker import altered
from tests.simulation.keys import NEIGHBOUR
from tests.simulation.oracle import must
from tests.simulation.told import check_urgent_first

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["SimLink"]

T = TypeVar("T")
KEPT_MAX = 20
TRIES = 3
TOKEN = bytes(16)
EXCHANGES_MAX = 2_000
"""Of one run: a log has some hundred entries, and an answer holds one at least."""


class SimLink:
    """:class:`sync.client.transport.Transport` of one run of one laptop, over real bytes."""

    def __init__(self, world: World, laptop: SimLaptop) -> None:
        self._world = world
        self._laptop = laptop
        self._faults = world.faults
        self._is_first = world.is_of_first_version(laptop)
        self._region = world.region_of(laptop)
        self._offered: set[bytes] = set()
        self._is_forged = False
        self._exchanges = 0
        if len(world.regions()) > 1:
            # One of them does not know what the other said.
            world.oracle.forget_cursor(laptop)

    def exchange(self, ask: Exchange) -> Exchanged:
        """Carry one exchange, or a part of it; what broke off is gone on with."""
        self._exchanges += 1
        must(self._exchanges <= EXCHANGES_MAX, "a synchronisation never ends")
        check_urgent_first(self._laptop, ask, self._offered)
        self._offered |= {one.id for one in ask.batches}
        parcel = Parcel(replace(ask, wanted_bytes=self._world.sizes.wanted(ask.wanted_bytes)))
        failure = EnvironmentFault("server_unreachable")
        for _ in range(TRIES):
            try:
                return self._try(parcel)
            except EnvironmentFault as fault:
                failure = fault
                parcel.doubt()
        raise failure

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements; either way may be lost, and an answer altered."""
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        self._sign_in()
        request = codec.decode(RosterRequest, codec.encode(request))
        reply = codec.encode(self._at_server(lambda: self._region.roster(request)))
        must(NEIGHBOUR not in reply, "one centre is given what is another's")
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("answer_cut")
        if self._faults.happens("forged"):
            reply = altered(self._faults.chance, reply, reply)
        try:
            return codec.decode(RosterReply, reply)
        except ProtocolError:
            raise EnvironmentFault("answer_not_ours") from None

    def lane(self, ask: LaneAsk) -> Any:
        """Carry one question of the own lane; an answer that may be cut gives what had arrived."""
        failure = EnvironmentFault("server_unreachable")
        for _ in range(TRIES):
            try:
                return self._try_lane(ask)
            except EnvironmentFault as fault:
                failure = fault
                if fault.message_id == "server_refused":
                    break
        raise failure

    def close(self) -> None:
        """Nothing is held."""

    def _try_lane(self, ask: LaneAsk) -> Any:
        if self._faults.happens("lost", 1 / 6):
            raise EnvironmentFault("server_unreachable")
        self._sign_in()
        if self._is_first:
            raise EnvironmentFault(LANE_UNKNOWN)
        region, whole = self._region, ask.body(TOKEN)
        refused: list[str] = []
        front = self._world.stumbles.cut_off(self._world, whole) if ask.path == BLOB_PUT else None
        if front is not None:
            with contextlib.suppress(ProtocolError):
                region.lane(ask.path, front, is_cut=True)
            raise EnvironmentFault("server_refused")

        def serve(body: bytes) -> bytes | None:
            try:
                return region.lane(ask.path, body, is_cut=len(body) < len(whole))
            except ProtocolError as refusal:
                refused.append(refusal.reason)
                return None

        try:
            answer = self._carried(serve, whole)
        except EnvironmentFault:
            if refused:
                raise EnvironmentFault("server_refused", reason=refused[-1]) from None
            raise
        try:
            return ask.read(answer[: ask.most])
        except ProtocolError:
            raise EnvironmentFault("answer_cut") from None

    def _sign_in(self) -> None:
        """Prove the device, when it has no token of this server; whoever was revoked gets none."""
        laptop, region = self._laptop, self._region
        keyring = laptop.keys.keyring
        try:
            if laptop.signed_in is region:
                try:
                    self._at_server(lambda: region.admit(keyring.device.id))
                except ProtocolError:
                    laptop.signed_in = None  # forgotten, so it signs in anew
            if laptop.signed_in is not region:
                self._at_server(lambda: region.sign_in(keyring))
                laptop.signed_in = region
        except ProtocolError:
            raise EnvironmentFault("server_refused") from None
        if self._world.gone:
            self._world.oracle.check_admitted(region, keyring.device.id)

    def _at_server(self, work: Callable[[], T]) -> T:
        return self._world.stumbles.at_server(self._world, self._region, work)

    def _try(self, parcel: Parcel) -> Exchanged:
        region = self._region
        if self._faults.happens("lost", 1 / 6):
            raise EnvironmentFault("server_unreachable")
        self._sign_in()
        if self._is_first:
            answer = self._carried(region.exchange, parcel.first_body())
            return self._read(answer, FirstReader())
        if parcel.is_doubtful:
            question = encode_short(parcel.question())
            try:
                held = codec.decode(HaveReply, self._carried(region.have, question))
                parcel.learn(held)
            except ProtocolError:
                raise EnvironmentFault("answer_cut") from None
            self._faults.met["asked what is there"] += 1
            if parcel.bytes_held:
                self._faults.met["gone on with, up"] += 1
        answer = self._carried(region.compact, parcel.compact_body(TOKEN))
        if parcel.ask.kept is not None:
            self._faults.met["gone on with, down"] += 1
        return self._read(answer, CompactReader(parcel.ask))

    def _carried(self, serve: Callable[[bytes], bytes | None], body: bytes) -> bytes:
        """Return what comes of the answer to a request of which a part may have come."""
        self._world.meanwhile(self._laptop)
        if self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        if self._faults.happens("lost"):
            body = body[: self._faults.chance.randrange(len(body) + 1)]
        region = self._region
        self._world.oracle.check_sealed(body, "what is sent")
        is_forged = self._is_forged = self._faults.happens("forged", 1 / 3)
        if is_forged:
            self._world.oracle.forget_cursor(self._laptop)
        body = self._world.attacker.request(body, is_forged=is_forged)
        before = region.dump() if self._faults.happens("forgotten") else None
        answer = self._at_server(lambda: serve(body))
        if before is not None:
            with self._world.oracle.destroying(self._world):
                region.restore(before)
        if self._faults.happens("repeated"):
            answer = serve(body)
        if self._faults.happens("repeated"):
            self._world.late = [*self._world.late[-KEPT_MAX:], lambda: serve(body)]
        self._world.meanwhile(self._laptop)
        if answer is not None:
            self._world.oracle.check_sealed(answer, "what is answered")
            must(NEIGHBOUR not in answer, "one centre is given what is another's")
            is_forged = self._faults.happens("forged")
            self._is_forged |= is_forged
            if is_forged:
                self._world.oracle.forget_cursor(self._laptop)
            answer = self._world.attacker.answer(answer, is_forged=is_forged)
        if answer is None or self._faults.happens("lost", 1 / 3):
            raise EnvironmentFault("server_unreachable")
        if self._faults.happens("lost"):
            answer = answer[: self._faults.chance.randrange(len(answer) + 1)]
        return answer

    def _read(self, answer: bytes, reader: AnswerReader) -> Exchanged:
        # As the HTTP transport does: what arrived before a cut may be used.
        failure: str | None = None
        at = 0
        try:
            while at < len(answer):
                size = self._faults.chance.choice((1, 100, 1_400, 60_000))
                reader.feed(answer[at : at + size])
                at += size
            reader.close()
        except ProtocolError:
            failure = "answer_cut"
        if not reader.has_head:
            raise EnvironmentFault("answer_cut")
        said = reader.read(failure)
        self._faults.met["more than an answer holds"] += said.more
        is_other = said.verdict in (Verdict.DIFFERS, Verdict.SHORTER)
        if is_other and not self._is_forged:
            self._faults.met["another history shown"] += 1
            self._laptop.shown.add(said.log_id)
        return said
