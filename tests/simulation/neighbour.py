"""Another centre of the region, on the same server: neither is ever given what is the other's.

Drawn from a source of its own, and so is what the server draws for it: a run goes on as without it.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from app.services.ports import BatchOutline
from sync.envelope.centre_blobs import CentreBlobs
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import NO_BATCH, batch_id
from sync.protocol.compact import HaveRequest, PushHead
from sync.protocol.errors import ProtocolError
from sync.protocol.frames import Frame
from sync.protocol.lane import BlobGet, BlobHave
from sync.protocol.messages import Receipt, RosterRequest
from sync.server import lane, resuming, services
from tests.simulation.keys import NEIGHBOUR, neighbour_keyring
from tests.simulation.oracle import must
from tests.support import centres

if TYPE_CHECKING:
    from tests.simulation.region import SimRegion

__all__ = ["Neighbour"]

OFTEN: Final = 0.04
"""Of the steps in which its laptop comes to the server."""
LONG: Final = 20_000


class Neighbour:
    """Its one laptop, which does what laptops do, and asks for more than it may."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"{seed} neighbour")
        self._envelope = CentreEnvelope(
            centres.REGISTRY, neighbour_keyring(), self._chance.randbytes
        )
        self._session = self._chance.randbytes(8)
        self._last = NO_BATCH
        self._sent: dict[bytes, bytes] = {}
        self._scans: dict[bytes, bytes] = {}

    def may_come(self, region: SimRegion) -> bool:
        """Let it come to the server, or not; return whether it did."""
        if self._chance.random() >= OFTEN:
            return False
        self.come(region)
        return True

    def come(self, region: SimRegion) -> None:
        """Let it come to the server."""
        with region.drawing(self._chance):
            self._come(region)

    def _come(self, region: SimRegion) -> None:
        store, keyring = region.store, neighbour_keyring()
        roster = services.learn(store, region.region, NEIGHBOUR, keyring.statements)
        self._write()
        outcomes = [
            services.accept_batch(store, region.region, roster, NEIGHBOUR, content)
            for content in self._sent.values()
        ]
        must(all(isinstance(one, Receipt) for one in outcomes), "another centre is sent away")
        for name, content in self._scans.items():
            lane.take_piece(store, roster, NEIGHBOUR, name, 0, content)
        self._leave_half(region)
        self._ask(region)

    def _write(self) -> None:
        words = "palabra vecina " * self._chance.choice((1, 3, 300))
        number = len(self._sent) + 1
        outline = BatchOutline(self._session, number, self._last, None)
        sealed = self._envelope.seal(outline, [centres.change(number, words)])
        self._last = sealed.id
        self._sent[sealed.id] = sealed.content
        if not self._scans:
            scan = CentreBlobs(self._envelope).seal_attachment(self._chance.randbytes(300))
            self._scans[scan.id] = scan.content

    def _leave_half(self, region: SimRegion) -> None:
        """Something of a batch came, and the link broke."""
        content = self._chance.randbytes(LONG)
        frame = Frame(LONG, content[: LONG // 2], batch_id(content))
        resuming.keep_unfinished(region.store, NEIGHBOUR, frame)

    def _ask(self, region: SimRegion) -> None:
        """Ask for everything; what comes is its own, and of what is another's nothing is said."""
        store = region.store
        head, entries = resuming.answer_pull(store, NEIGHBOUR, PushHead(), ())
        came = {batch_id(one.content) for one in entries}
        must(came <= self._sent.keys(), _GIVEN)
        must(came == self._sent.keys() or head.more, "a centre is not given all that is its own")
        theirs = tuple(name for _, name, _ in region.rows())[:60]
        held = resuming.answer_have(store, NEIGHBOUR, HaveRequest(b"".join(theirs)))
        must(not any(held.held), _GIVEN)
        must(not lane.answer_snapshot(store, NEIGHBOUR).snapshots, _GIVEN)
        said = services.answer_roster(store, region.region, NEIGHBOUR, RosterRequest())
        must(set(said.statements) <= set(neighbour_keyring().statements), _GIVEN)
        for name in region.blob_names()[:3]:
            must(not lane.answer_have(store, NEIGHBOUR, BlobHave(name)).states, _GIVEN)
            try:
                lane.give_piece(store, NEIGHBOUR, BlobGet(name))
            except ProtocolError:
                continue
            must(False, _GIVEN)


_GIVEN: Final = "a centre is given what is another's"
