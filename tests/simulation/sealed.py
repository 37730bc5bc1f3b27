"""What the oracle can open: with the keys that somebody has, by what lies somewhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError
from app.services.ports import CONTEXT_BYTES, Origin
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import parse_header
from tests.simulation.keys import sim_centre
from tests.support.laptops import definitions

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Sealed"]


class Sealed:
    """Every batch that was ever seen, opened once; also what names changes of earlier ones."""

    def __init__(self) -> None:
        self._envelope = CentreEnvelope(definitions().registry, sim_centre().keyrings[0])
        self._changes: dict[bytes, tuple[Change, ...]] = {}
        self._by_context: dict[bytes, tuple[Change, ...]] = {}
        self._needs: dict[bytes, frozenset[bytes]] = {}
        self._tags: dict[bytes, bytes] = {}
        self._closed: dict[bytes, bytes] = {}
        self._asked: set[bytes] = set()

    def __contains__(self, name: object) -> bool:
        """Whether the bytes of a batch were seen."""
        return name in self._changes or name in self._closed

    def learn(self, world: World) -> None:
        """Take over the statements and secrets that somebody has."""
        told = {one for laptop in world.laptops for one in laptop.keys.keyring.statements}
        told |= set(world.region.statements())
        if world.member is not None:
            told |= set(sim_centre().member.statements)
        keyring = self._envelope.keyring
        held = {tag: one for each in world.laptops for tag, one in each.keys.keyring.epochs.items()}
        if told <= set(keyring.statements) and held.keys() <= keyring.epochs.keys():
            return
        wider = keyring.with_statements(told)
        epochs = MappingProxyType({**wider.epochs, **held})
        self._envelope.keyring = dataclasses.replace(wider, epochs=epochs)

    def changes_of(self, name: bytes, content: bytes) -> tuple[Change, ...]:
        """Return what a batch holds, or nothing when it does not open yet."""
        if name in self._changes:
            return self._changes[name]
        content = content or self._closed.get(name, b"")
        self._asked = set()
        try:
            changes = self._envelope.open(content, self).changes
        except DomainError:
            self._closed[name] = content
            return ()
        self._closed.pop(name, None)
        self._changes[name] = self._by_context[name[:CONTEXT_BYTES]] = changes
        self._needs[name] = frozenset(self._asked)
        self._tags[name] = parse_header(content).epoch_tag
        return changes

    def changes_in(
        self, world: World, about: Mapping[bytes, bytes], held: Collection[bytes]
    ) -> set[ChangeId]:
        """Return the changes of batches that lie about, as far as somebody could take them in:
        whose key is held, and whose earlier batches lie about or are ``held``."""
        tags = _tags(world)
        there = {one[:CONTEXT_BYTES] for one in held}
        left = dict(about)
        present: set[ChangeId] = set()
        while True:
            opened = [
                name
                for name, content in left.items()
                if self.changes_of(name, content)
                and self._needs[name] <= there
                and self._tags[name] in tags
            ]
            if not opened:
                return present
            for name in opened:
                present |= {one.id for one in self._changes[name]}
                there.add(name[:CONTEXT_BYTES])
                del left[name]

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        """Return the changes at these places of a batch, whoever holds it."""
        self._asked.add(context)
        changes = self._by_context.get(context)
        if changes is None:
            return None
        return {place: changes[place] for place in places if place < len(changes)}

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Origin]:
        """Nothing is sealed here."""
        raise NotImplementedError

    def unplaced(self) -> Iterator[bytes]:
        """Nothing is stored here."""
        raise NotImplementedError

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        """Nothing is stored here."""
        raise NotImplementedError


def _tags(world: World) -> set[bytes]:
    """Return the secrets, by their tags, that a laptop holds or that are sealed to one somewhere."""
    tags = {tag for laptop in world.laptops for tag in laptop.keys.keyring.epochs}
    about = {one for stick in world.sticks for one in stick.statements()}
    about |= set(world.region.statements())
    about |= {one for laptop in world.laptops for one in laptop.keys.keyring.statements}
    for laptop in world.laptops:
        keyring = laptop.keys.keyring
        if not about <= set(keyring.statements):
            tags |= keyring.with_statements(about).epochs.keys()
    return tags
