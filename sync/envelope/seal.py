"""Seals and opens batches with a centre's keys: the ``Envelope`` of ``app.services.ports``."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.crypto.recipient import SealError
from app.crypto.sealing import TAG_BYTES, open_sealed, seal_under
from app.domain.change import Change
from app.domain.errors import DomainError
from app.domain.registry import FieldRegistry
from app.services.ports import (
    AwaitsEarlier,
    BatchOutline,
    Cursor,
    OpenedBatch,
    Origins,
    SealedBatch,
    UnusableBatch,
    WaitingBatch,
)
from sync.envelope.audit_column import head_of, with_head
from sync.envelope.keyring import Keyring
from sync.envelope.origin_payload import decode_with_origins, encode_with_origins
from sync.envelope.padding import CONTENT_MAX, BombError, PaddingError, unwrap, wrap
from sync.envelope.payload import encode_changes, format_of
from sync.protocol.batch import (
    BODY_MAX,
    BOUND_BYTES,
    NO_CASE_KEY,
    SALT_BYTES,
    Batch,
    BatchHeader,
    Seen,
    batch_id,
    body_hash,
    check_signature,
    encode_header,
    join_batch,
    parse_batch,
)
from sync.protocol.errors import ProtocolError
from sync.protocol.signature import Purpose
from sync.protocol.version import BATCH_VERSION, SUITE

__all__ = ["CentreEnvelope"]

_KIND = "batch"


@dataclass(slots=True)
class CentreEnvelope:
    """Seals under the centre's current epoch and opens what any device of the centre sealed.

    ``keyring`` is replaced when statements arrive; ``draw`` gives the salt of each batch and must
    be unpredictable. Used on the storage thread.
    """

    registry: FieldRegistry
    keyring: Keyring
    draw: Callable[[int], bytes] = os.urandom

    def device(self) -> bytes:
        """Return this device, which signs what is sealed."""
        return self.keyring.device.id

    def readers(self) -> frozenset[bytes]:
        """Return the other devices of the centre, which read what is sealed."""
        own = self.keyring.device.id
        centre = self.keyring.centre
        return frozenset(one.id for one in self.keyring.roster.members(centre)) - {own}

    def seal(
        self, outline: BatchOutline, changes: Sequence[Change], origins: Origins | None = None
    ) -> SealedBatch:
        """Return the sealed and signed batch; with ``origins`` what it replaces is named by its
        place in the log, as readers of format 2 know it. The head of the audit travels inside.

        Raises DomainError ``batch_over_limit`` (seal fewer changes), ``batch_empty``.
        """
        content = (
            encode_changes(self.registry, changes)
            if origins is None
            else encode_with_origins(self.registry, changes, origins)
        )
        if outline.audit is not None:
            content = with_head(content, outline.audit)
        if len(content) > CONTENT_MAX:
            raise DomainError("batch_over_limit")
        wrapped = wrap(content, may_sort=origins is not None)
        if len(wrapped) + TAG_BYTES > BODY_MAX:
            raise DomainError("batch_over_limit")
        keyring = self.keyring
        header = BatchHeader(
            version=BATCH_VERSION,
            suite=SUITE,
            centre=keyring.centre,
            device=keyring.device.id,
            session=outline.session,
            number=outline.number,
            previous=outline.previous,
            epoch_tag=keyring.current,
            case_key_id=NO_CASE_KEY,
            salt=self.draw(SALT_BYTES),
            seen=_to_seen(outline.seen),
            body_hash=bytes(32),
            body_size=len(wrapped) + TAG_BYTES,
        )
        try:
            bound = encode_header(header)[:BOUND_BYTES]
            body = seal_under(
                keyring.epochs[keyring.current], _KIND, wrapped, salt=header.salt, bound=bound
            )
            head = bound + body_hash(body) + len(body).to_bytes(4, "big")
            sealed = join_batch(head, keyring.keys.sign(Purpose.BATCH, head), body)
        except ProtocolError as failure:
            raise DomainError(failure.reason) from None
        return SealedBatch(batch_id(sealed), sealed)

    def open(self, content: bytes, origins: Origins | None = None) -> OpenedBatch:
        """Return the opened batch; ``origins`` are the changes that it may name by their place.

        Raises UnusableBatch: ``batch_truncated``, ``batch_malformed``, ``batch_over_limit``,
        ``batch_unknown_version``, ``batch_wrong_centre``, ``batch_unknown_device`` (its grant may
        still come), ``batch_altered``; and signed by a device of the centre ``batch_unknown_key``
        (its epoch may still come), or what is wrong with the inside. WaitingBatch when it names a
        batch that is not here. All of them, as what opens, say when the device was taken out.
        """
        try:
            batch = parse_batch(content)
            self._check_author(batch)
        except ProtocolError as failure:
            raise UnusableBatch(failure.reason, is_signed=False) from None
        # Known before anything is opened: what cannot be opened is the thief's all the same.
        is_revoked = batch.header.device in self.keyring.roster.revoked
        try:
            payload = self._payload(batch)
            changes = decode_with_origins(self.registry, payload, origins)
        except AwaitsEarlier as missing:
            raise WaitingBatch(missing.context, is_revoked=is_revoked) from None
        except DomainError as failure:
            raise UnusableBatch(failure.message_id, is_signed=True, is_revoked=is_revoked) from None
        header = batch.header
        return OpenedBatch(
            id=batch.id,
            device=header.device,
            session=header.session,
            number=header.number,
            previous=header.previous,
            seen=_to_cursor(header.seen),
            changes=changes,
            format=format_of(payload).format,
            is_revoked=is_revoked,
            audit=head_of(payload),
        )

    def _check_author(self, batch: Batch) -> None:
        """Return when a device of the centre signed the batch."""
        header = batch.header
        if header.centre != self.keyring.centre:
            raise ProtocolError("batch_wrong_centre")
        device = self.keyring.roster.devices.get(header.device)
        if device is None or device.centre != header.centre:
            raise ProtocolError("batch_unknown_device")
        check_signature(batch, device.sign_key)

    def _payload(self, batch: Batch) -> bytes:
        secret = self.keyring.epochs.get(batch.header.epoch_tag)
        if secret is None or batch.header.case_key_id != NO_CASE_KEY:
            raise DomainError("batch_unknown_key")
        bound = batch.head[:BOUND_BYTES]
        try:
            wrapped = open_sealed(secret, _KIND, batch.body, salt=batch.header.salt, bound=bound)
            return unwrap(wrapped)
        except SealError:
            raise DomainError("batch_altered") from None
        except PaddingError:
            raise DomainError("batch_malformed") from None
        except BombError:
            raise DomainError("batch_over_limit") from None


def _to_seen(cursor: Cursor | None) -> Seen | None:
    return None if cursor is None else Seen(cursor.log_id, cursor.position, cursor.chain)


def _to_cursor(seen: Seen | None) -> Cursor | None:
    return None if seen is None else Cursor(seen.log_id, seen.position, seen.chain)
