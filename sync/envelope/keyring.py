"""The keys of a device, what its centre shares, and whom it trusts.

Held in memory while the program is unlocked, and stored inside the encrypted database only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from types import MappingProxyType
from typing import Annotated, Final, Self

import msgspec

from app.crypto.derive import derive_bytes
from app.crypto.recipient import RecipientKey, SealError
from app.crypto.secret import SecretKey
from app.crypto.signing import SigningKey
from app.domain.errors import DomainError
from sync.protocol.batch import EPOCH_TAG_BYTES
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.messages import Id16, Key32
from sync.protocol.room import by_need, said_once
from sync.protocol.roster import (
    Device,
    Roster,
    ServerPin,
    centre_of,
    device_id,
    evaluate,
    statement_id,
)
from sync.protocol.signature import Purpose, signed_bytes
from sync.protocol.statements import epoch_context

__all__ = ["DeviceKeys", "Keyring", "ServerAddress", "epoch_tag"]

_VERSION: Final = 1


class ServerAddress(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The region's server: where it is, its Ed25519 key, and the only CA its TLS may come from.

    ``ca_der`` is a certificate in DER. There is no address without TLS, nor under any other CA:
    making one, or reading one from a file, raises ValueError.
    """

    url: Annotated[str, msgspec.Meta(max_length=300)]
    server_key: Key32
    ca_der: Annotated[bytes, msgspec.Meta(max_length=2048)]
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""

    def __post_init__(self) -> None:
        """Refuse an address that would not be pinned."""
        if not self.url.startswith("https://") or not self.ca_der:
            raise ValueError("a server is reached over TLS, under its own CA")

    def pin(self) -> ServerPin:
        """Return what a grant says of this server."""
        return ServerPin(self.server_key, hashlib.sha256(self.ca_der).digest())


class DeviceKeys:
    """The two key pairs of a device, grown from one seed: it signs with one, receives with one."""

    __slots__ = ("recipient", "seed", "signing")

    def __init__(self, seed: SecretKey) -> None:
        self.seed = seed
        self.signing = SigningKey(seed)
        self.recipient = RecipientKey(seed)

    def id_in(self, centre: bytes) -> bytes:
        """Return the id that these keys have in a centre."""
        return device_id(centre, self.signing.public, self.recipient.public)

    def sign(self, purpose: Purpose, message: bytes) -> bytes:
        """Return the signature of a message for one purpose."""
        return self.signing.sign(signed_bytes(purpose, message))

    def __repr__(self) -> str:
        return f"DeviceKeys({self.signing.public.hex()[:16]}…)"


class _Stored(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: int
    seed: Key32
    centre: Id16
    root_key: Key32
    current: Annotated[bytes, msgspec.Meta(max_length=EPOCH_TAG_BYTES)]
    epochs: Annotated[tuple[Key32, ...], msgspec.Meta(min_length=1)]
    # No limit of their number: a keyring that was written must always be read again.
    statements: tuple[Annotated[bytes, msgspec.Meta(max_length=STATEMENT_MAX)], ...]
    server: ServerAddress


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything a device of a centre holds. ``current`` is the tag of the epoch that seals."""

    keys: DeviceKeys
    centre: bytes
    root_key: bytes
    epochs: Mapping[bytes, SecretKey]
    current: bytes
    statements: tuple[bytes, ...]
    server: ServerAddress
    roster: Roster

    @classmethod
    def of(
        cls,
        keys: DeviceKeys,
        *,
        centre: bytes,
        root_key: bytes,
        epochs: Iterable[SecretKey],
        current: bytes,
        statements: Iterable[bytes],
        server: ServerAddress,
    ) -> Self:
        """Return the keyring, with its roster evaluated.

        Statements without standing, and those of other centres, are dropped. The secrets that
        admins sealed to this device are opened; after a revocation the first epoch that no revoked
        device can know takes the place of ``current``. Raises DomainError ``enrolment_not_granted``
        when none of the statements grants this device in this centre, or the current epoch's secret
        is missing.
        """
        offered = frozenset(one for one in statements if centre_of(one) == centre)
        roster = evaluate(offered, root_key)
        if fewer := said_once(offered, roster):
            offered, roster = fewer, evaluate(fewer, root_key)
        by_tag = {epoch_tag(secret): secret for secret in epochs}
        by_tag |= _shared(keys, centre, roster, by_tag)
        fresh = (one.tag for one in roster.fresh_epochs(centre) if one.tag in by_tag)
        current = next(fresh, current)
        if keys.id_in(centre) not in roster.devices or current not in by_tag:
            raise DomainError("enrolment_not_granted")
        kept = sorted(one for one in offered if statement_id(one) in roster.proven)
        return cls(
            keys,
            centre,
            root_key,
            MappingProxyType(by_tag),
            current,
            tuple(kept),
            server,
            roster,
        )

    @property
    def device(self) -> Device:
        """The own device, as its grant describes it."""
        return self.roster.devices[self.keys.id_in(self.centre)]

    @property
    def is_revoked(self) -> bool:
        """Whether this very device was taken out of its centre."""
        return self.device.id in self.roster.revoked

    @property
    def needs_epoch(self) -> bool:
        """Whether a device was taken out and what is sealed now could still be opened by it: an
        admin has to renew the epoch."""
        gone = self.roster.gone(self.centre)
        fresh = {one.tag for one in self.roster.fresh_epochs(self.centre)}
        return bool(gone) and self.current not in fresh

    def needed_and_rest(
        self, device: bytes | None = None
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return the statements that a device cannot begin without, and the rest, the most needed
        first; see :func:`sync.protocol.room.by_need`. The own device, unless another is named."""
        return by_need(
            self.statements, self.roster, device=device or self.device.id, epoch=self.current
        )

    def by_need(self) -> tuple[bytes, ...]:
        """Return every statement, first those that prove this device and the others."""
        needed, rest = self.needed_and_rest()
        return *needed, *rest

    def epochs_first(self, most: int) -> tuple[SecretKey, ...]:
        """Return the secrets of epochs, at most so many: all, or else the current one, and of those
        that no statement gave and of each speaker's one after the other: none who makes many keeps
        out another's."""
        speakers: dict[bytes, list[bytes]] = {}
        for one in self.roster.epochs:
            if one.tag in self.epochs:
                speakers.setdefault(one.by, []).append(one.tag)
        given = {tag for tags in speakers.values() for tag in tags}
        others = [tag for tag in self.epochs if tag not in given]
        turns = chain.from_iterable(zip_longest(others, *speakers.values()))
        chosen = dict.fromkeys((self.current, *(tag for tag in turns if tag is not None)))
        return tuple(self.epochs[tag] for tag in islice(chosen, most))

    def with_statements(self, more: Iterable[bytes]) -> Keyring:
        """Return the keyring with the statements of ``more`` that hold; it never loses any."""
        return Keyring.of(
            self.keys,
            centre=self.centre,
            root_key=self.root_key,
            epochs=self.epochs.values(),
            current=self.current,
            statements=(*self.statements, *more),
            server=self.server,
        )

    def to_bytes(self) -> bytes:
        """Return all of it, secrets too: for the encrypted database and nowhere else."""
        return msgspec.msgpack.encode(
            _Stored(
                version=_VERSION,
                seed=self.keys.seed.reveal(),
                centre=self.centre,
                root_key=self.root_key,
                current=self.current,
                epochs=tuple(secret.reveal() for secret in self.epochs.values()),
                statements=self.statements,
                server=self.server,
            )
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Keyring:
        """Return the keyring that :meth:`to_bytes` gave.

        Raises DomainError ``file_damaged``, ``file_newer``, ``enrolment_not_granted``.
        """
        try:
            # A newer version may be laid out otherwise: look at the version alone first.
            head = msgspec.msgpack.decode(content, type=list[msgspec.Raw])
            version = msgspec.msgpack.decode(head[0], type=int)
            if version > _VERSION:
                raise DomainError("file_newer")
            stored = msgspec.msgpack.decode(content, type=_Stored)
        except (msgspec.MsgspecError, IndexError, ValueError, RecursionError):
            raise DomainError("file_damaged") from None
        return cls.of(
            DeviceKeys(SecretKey(stored.seed)),
            centre=stored.centre,
            root_key=stored.root_key,
            epochs=[SecretKey(secret) for secret in stored.epochs],
            current=stored.current,
            statements=stored.statements,
            server=stored.server,
        )


def _shared(
    keys: DeviceKeys, centre: bytes, roster: Roster, held: Mapping[bytes, SecretKey]
) -> dict[bytes, SecretKey]:
    """Return the secrets that were sealed to this device and are not held yet; what is not what
    its tag says, or does not open, is passed over."""
    device = keys.id_in(centre)
    found: dict[bytes, SecretKey] = {}
    for tag, sealed in roster.shares_for(device):
        if tag in held or tag in found:
            continue
        try:
            secret = SecretKey(
                keys.recipient.open(sealed, context=epoch_context(centre, tag, device))
            )
        except (SealError, ValueError):
            continue
        if epoch_tag(secret) == tag:
            found[tag] = secret
    return found


def epoch_tag(secret: SecretKey) -> bytes:
    """Return the 8 bytes by which a header names an epoch's secret; they reveal nothing of it."""
    return derive_bytes(secret, "epoch-tag", EPOCH_TAG_BYTES)
