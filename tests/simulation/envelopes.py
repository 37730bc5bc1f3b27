"""Envelopes of simulated laptops: of today's program, and of one that knows the first format alone."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.domain.change import Change
from app.domain.errors import DomainError
from app.services.ports import BatchOutline, OpenedBatch, Origins, SealedBatch
from sync.client import keys
from sync.client.keys import HeldKeys
from sync.envelope import seal
from sync.envelope.keyring import Keyring
from sync.envelope.payload import FORMAT, format_of
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import Batch, Seen, parse_batch
from tests.simulation.swapped import swapped

__all__ = ["FIRST_FORMAT", "OldEnvelope", "OldKeys", "SimEnvelope"]

FIRST_FORMAT = 1
OLD_PROGRAM = "0.1"


class SimEnvelope(CentreEnvelope):
    """The real one; ``watch`` hears who can read what was sealed and in which format it is."""

    watch: Callable[[frozenset[bytes], int], None]

    def seal(
        self, outline: BatchOutline, changes: Sequence[Change], origins: Origins | None = None
    ) -> SealedBatch:
        """Seal, and tell."""
        sealed = super().seal(outline, changes, origins)
        if origins is not None:
            payload = self._payload(parse_batch(sealed.content))
            self.watch(self.readers(), format_of(payload).reader)
        return sealed


class OldEnvelope(CentreEnvelope):
    """Of a program that reads and writes the first format alone."""

    def seal(
        self, outline: BatchOutline, changes: Sequence[Change], origins: Origins | None = None
    ) -> SealedBatch:
        """Seal in the first format, and say so."""
        del origins
        with swapped(seal, "encode_changes", _in_first_format):
            return super().seal(dataclasses.replace(outline, audit=None), changes)

    def open(self, content: bytes, origins: Origins | None = None) -> OpenedBatch:
        """Open, and leave unread what is told of an audit."""
        return dataclasses.replace(super().open(content, origins), audit=None)

    def _payload(self, batch: Batch) -> bytes:
        payload = super()._payload(batch)
        if format_of(payload).reader > FIRST_FORMAT:
            raise DomainError("batch_unknown_version")
        return payload


class OldKeys(HeldKeys):
    """Of that program."""

    def __init__(
        self,
        keyring: Keyring,
        on_change: Callable[[Keyring], None],
        program: str = OLD_PROGRAM,
        draw: Callable[[int], bytes] = os.urandom,
    ) -> None:
        super().__init__(keyring, on_change, program, draw)

    def say_holding(self, seen: Seen | None, ids: tuple[bytes, ...]) -> bytes:
        """Say what is held, and which format is read. The first program left no such word."""
        with swapped(keys, "FORMAT", lambda _real: FIRST_FORMAT):
            return super().say_holding(seen, ids)


def _in_first_format(real: Any) -> Any:
    def encode(registry: Any, changes: Any) -> bytes:
        columns = msgspec.msgpack.decode(real(registry, changes))
        assert columns[0] == FORMAT
        columns[0] = FIRST_FORMAT
        return msgspec.msgpack.encode(columns)

    return encode
