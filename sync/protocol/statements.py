"""The signed sentences of the roster: their bytes, how they are signed and taken apart.

What a set of them amounts to is worked out in :mod:`sync.protocol.roster`.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Final, TypeVar

import msgspec

from sync.protocol.batch import EPOCH_TAG_BYTES
from sync.protocol.errors import CodecError
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.messages import Hash32, Id16, Key32, Signature64
from sync.protocol.signature import Purpose
from sync.protocol.version import STATEMENT_VERSION

__all__ = [
    "ENC_KEY_BYTES",
    "NO_STATEMENT",
    "REVOKED_MAX",
    "ROLE_ADMIN",
    "ROLE_DEVICE",
    "ROOT",
    "ROSTER_MARK_BYTES",
    "SEALED_SECRET_MAX",
    "EpochShare",
    "Grant",
    "Revoke",
    "SealedSecret",
    "ServerPin",
    "SignedStatement",
    "Statement",
    "StatementKind",
    "about",
    "centre_of",
    "decode_signed",
    "device_id",
    "encode_signed",
    "epoch_context",
    "next_place",
    "place_after",
    "read_body",
    "read_signed",
    "read_statement",
    "revocations",
    "sign_statement",
    "statement_id",
    "statements_mark",
]

ROOT: Final = bytes(16)
"""Who speaks, when it is the region's root."""
NO_STATEMENT: Final = bytes(32)
"""In place of the previous statement, in a speaker's first one for a centre."""
ENC_KEY_BYTES: Final = 1216
"""ML-KEM-768 (1184) and X25519 (32), joined."""
ROLE_ADMIN: Final = "admin"
ROLE_DEVICE: Final = "device"
ROSTER_MARK_BYTES: Final = 8
SEALED_SECRET_MAX: Final = 1280
"""An epoch's secret of 32 bytes, sealed to a receive key, has 1168."""
_STANDING_MAX: Final = 110
_NUMBER_MAX: Final = 2**32 - 1
REVOKED_MAX: Final = 128
"""Devices that one statement of an epoch says were revoked when it was made (a number)."""


class StatementKind(enum.IntEnum):
    """Numbers of kinds."""

    GRANT = 1
    REVOKE = 2
    EPOCH = 3


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a speaker says, before it is signed.

    ``by`` is :data:`ROOT` or a device's id. ``number`` and ``previous`` chain what one speaker says
    about one centre; two statements with one number are the mark of a copied key.
    """

    version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    kind: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    centre: Id16
    by: Id16
    number: Annotated[int, msgspec.Meta(ge=1, le=_NUMBER_MAX)]
    previous: Hash32
    body: Annotated[bytes, msgspec.Meta(max_length=STATEMENT_MAX)]


class SignedStatement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A statement's bytes with the Ed25519 signature of its speaker."""

    statement: Annotated[bytes, msgspec.Meta(max_length=STATEMENT_MAX)]
    signature: Signature64


class ServerPin(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The server that a device shall speak to: its Ed25519 key, and the SHA-256 of the CA's DER."""

    server_key: Key32
    ca_sha256: Hash32


class Grant(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The body of a grant: a device may write and read in a centre.

    ``letter`` (A, B, … Z, AA, …) stands in its case numbers. ``label`` can be read by the
    server: leave it empty, or neutral.
    """

    device: Id16
    sign_key: Key32
    enc_key: Annotated[bytes, msgspec.Meta(min_length=ENC_KEY_BYTES, max_length=ENC_KEY_BYTES)]
    role: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,16}\Z")]
    letter: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{1,2}\Z")]
    label: Annotated[str, msgspec.Meta(max_length=40)]
    server: ServerPin | None


class Revoke(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The body of a revocation: a device belongs to the centre no longer, for good.

    ``standing`` are the ids (32 bytes each, joined) of those of its own statements that go on
    counting: whoever has the keys of a stolen admin laptop can sign new ones with old numbers, and
    only a list tells them from those that were known. From :func:`revocations`.
    """

    device: Id16
    standing: Annotated[bytes, msgspec.Meta(max_length=32 * _STANDING_MAX)] = b""

    def __post_init__(self) -> None:
        if len(self.standing) % 32:
            raise ValueError("ids are 32 bytes each")


class SealedSecret(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An epoch's secret for one device, sealed to its receive key (HPKE base mode).

    What it is sealed for is :func:`epoch_context`.
    """

    device: Id16
    sealed: Annotated[bytes, msgspec.Meta(min_length=64, max_length=SEALED_SECRET_MAX)]


class EpochShare(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The body of an epoch, or of a part of it: a new secret of the centre, for some devices.

    All statements of one speaker with one tag are one epoch: what a statement may weigh holds three
    devices. ``revoked`` are the ids (16 bytes each, joined, rising) of the centre's devices that
    were revoked when it was made and cannot know it; see :mod:`sync.protocol.epochs`.
    """

    tag: Annotated[bytes, msgspec.Meta(min_length=EPOCH_TAG_BYTES, max_length=EPOCH_TAG_BYTES)]
    sealed: Annotated[tuple[SealedSecret, ...], msgspec.Meta(min_length=1, max_length=64)]
    revoked: Annotated[bytes, msgspec.Meta(max_length=16 * REVOKED_MAX)] = b""

    def __post_init__(self) -> None:
        if len(self.revoked) % 16:
            raise ValueError("ids are 16 bytes each")


Body = Grant | Revoke | EpochShare
_KINDS: Final[dict[type[Body], StatementKind]] = {
    Grant: StatementKind.GRANT,
    Revoke: StatementKind.REVOKE,
    EpochShare: StatementKind.EPOCH,
}


def device_id(centre: bytes, sign_key: bytes, enc_key: bytes) -> bytes:
    """Return the id of a device: a hash, so an id can never change its centre or its keys."""
    return hashlib.blake2b(
        centre + sign_key + enc_key, digest_size=16, person=b"qispi-device-1"
    ).digest()


def statement_id(content: bytes) -> bytes:
    """Return the name of a signed statement: BLAKE2b-256 of its bytes."""
    return hashlib.blake2b(content, digest_size=32).digest()


def statements_mark(ids: Iterable[bytes]) -> bytes:
    """Return a short name for a set of statements, from their names: two who hold the same have
    the same. BLAKE2b-64, ``person`` ``qispi-roster-1``, of the names in rising order.
    """
    joined = b"".join(sorted(set(ids)))
    return hashlib.blake2b(joined, digest_size=ROSTER_MARK_BYTES, person=b"qispi-roster-1").digest()


def epoch_context(centre: bytes, tag: bytes, device: bytes) -> bytes:
    """Return what an epoch's secret is sealed for (HPKE ``info``): nobody can pass it on as the
    secret of another centre, epoch or device.
    """
    return b"qispi/v1/epoch\0" + centre + tag + device


S = TypeVar("S", bound=msgspec.Struct)


def _strictly(kind: type[S], content: bytes) -> S:
    """Return the object of these bytes; there is exactly one byte string for each object."""
    if len(content) > STATEMENT_MAX:
        raise CodecError("statement_over_limit")
    try:
        found: S = msgspec.msgpack.decode(content, type=kind)
        is_canonical = msgspec.msgpack.encode(found) == content
    except (msgspec.MsgspecError, ValueError, RecursionError):
        is_canonical = False
    if not is_canonical:
        raise CodecError("statement_malformed")
    return found


def decode_signed(content: bytes) -> SignedStatement:
    """Return the signed statement. Raises CodecError ``statement_malformed``,
    ``statement_over_limit``.
    """
    return _strictly(SignedStatement, content)


def encode_signed(signed: SignedStatement) -> bytes:
    """Return the bytes of a signed statement."""
    return msgspec.msgpack.encode(signed)


def read_statement(content: bytes) -> Statement:
    """Return what a signed statement's bytes say, without checking who signed it."""
    return read_signed(content)[1]


def read_signed(content: bytes) -> tuple[SignedStatement, Statement]:
    """Return the signed statement and what it says, without checking who signed it."""
    signed = decode_signed(content)
    return signed, _strictly(Statement, signed.statement)


B = TypeVar("B", bound=Grant | Revoke | EpochShare)


def read_body(kind: type[B], content: bytes) -> B:
    """Return the body of a statement. Raises CodecError ``statement_malformed``."""
    return _strictly(kind, content)


def centre_of(content: bytes) -> bytes | None:
    """Return which centre a signed statement speaks of, whoever signed it; None when its bytes are
    no statement.
    """
    try:
        return read_statement(content).centre
    except CodecError:
        return None


def about(content: bytes) -> bytes | None:
    """Return the device that a signed statement grants or revokes, whoever signed it; None for
    anything else."""
    try:
        said = read_statement(content)
        match said.kind:
            case StatementKind.GRANT:
                return read_body(Grant, said.body).device
            case StatementKind.REVOKE:
                return read_body(Revoke, said.body).device
            case _:
                return None
    except CodecError:
        return None


def next_place(statements: Iterable[bytes], by: bytes, centre: bytes) -> tuple[int, bytes]:
    """Return number and previous id of the next statement of a speaker about a centre."""
    last = 0, NO_STATEMENT
    for content in statements:
        try:
            said = read_statement(content)
        except CodecError:
            continue
        if (said.by, said.centre) == (by, centre):
            last = max(last, (said.number, statement_id(content)))
    return place_after(*last)


def place_after(number: int, statement: bytes) -> tuple[int, bytes]:
    """Return the place after the statement of this number and id. Behind the last number there is
    it is that one again: a copied key may have used it, and its owner still has to be heard."""
    return min(number + 1, _NUMBER_MAX), statement


def revocations(statements: Iterable[bytes], device: bytes) -> tuple[Revoke, ...]:
    """Return the bodies that revoke a device and leave standing what it is known to have said.

    Mostly one; an admin that said much needs several, of which each leaves a part standing.
    """
    ids = []
    for content in sorted(set(statements)):
        try:
            if read_statement(content).by == device:
                ids.append(statement_id(content))
        except CodecError:
            continue
    parts = range(0, max(1, len(ids)), _STANDING_MAX)
    return tuple(Revoke(device, b"".join(ids[at : at + _STANDING_MAX])) for at in parts)


def sign_statement(
    body: Body,
    *,
    centre: bytes,
    by: bytes,
    place: tuple[int, bytes],
    sign: Callable[[Purpose, bytes], bytes],
) -> bytes:
    """Return the bytes of a signed statement. ``place`` is from :func:`next_place`.

    Raises CodecError ``statement_malformed``, ``statement_over_limit``: nothing leaves that another
    device would refuse.
    """
    statement = msgspec.msgpack.encode(
        Statement(
            version=STATEMENT_VERSION,
            kind=_KINDS[type(body)],
            centre=centre,
            by=by,
            number=place[0],
            previous=place[1],
            body=msgspec.msgpack.encode(body),
        )
    )
    content = encode_signed(SignedStatement(statement, sign(Purpose.STATEMENT, statement)))
    _strictly(type(body), read_statement(content).body)
    return content
