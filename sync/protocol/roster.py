"""Who belongs to a centre: a set of signed statements that only grows, evaluated without order.

Trust starts at the region's root key, which is kept offline. The root grants any device; a device
whose role is *admin* grants plain devices of its own centre, and nobody else grants anything. A
server can withhold statements and can add none. Kinds *revoke* and *epoch* have their numbers but
no meaning yet; statements of kinds or versions not known here are kept, passed on and ignored.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, TypeVar

import msgspec

from sync.protocol.errors import CodecError
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.messages import Hash32, Id16, Key32, Signature64
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.version import STATEMENT_VERSION

__all__ = [
    "ENC_KEY_BYTES",
    "NO_STATEMENT",
    "ROLE_ADMIN",
    "ROLE_DEVICE",
    "ROOT",
    "Device",
    "Grant",
    "Refused",
    "Roster",
    "ServerPin",
    "SignedStatement",
    "Statement",
    "StatementKind",
    "centre_of",
    "decode_signed",
    "device_id",
    "encode_signed",
    "evaluate",
    "next_place",
    "read_statement",
    "sign_statement",
    "statement_id",
]

ROOT: Final = bytes(16)
"""Who speaks, when it is the region's root."""
NO_STATEMENT: Final = bytes(32)
"""In place of the previous statement, in a speaker's first one for a centre."""
ENC_KEY_BYTES: Final = 1216
"""ML-KEM-768 (1184) and X25519 (32), joined."""
ROLE_ADMIN: Final = "admin"
ROLE_DEVICE: Final = "device"


class StatementKind(enum.IntEnum):
    """Numbers of kinds. ``REVOKE`` and ``EPOCH`` are reserved: nothing here evaluates them yet."""

    GRANT = 1
    REVOKE = 2
    EPOCH = 3


class Statement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a speaker says, before it is signed.

    ``by`` is :data:`ROOT` or a device's id. ``number`` and ``previous`` chain what one speaker says
    about one centre; two statements with one number will be evidence of a copied key.
    """

    version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    kind: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    centre: Id16
    by: Id16
    number: Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)]
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


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was granted, and by whom."""

    id: bytes
    centre: bytes
    sign_key: bytes
    enc_key: bytes
    role: str
    letter: str
    label: str
    server: ServerPin | None
    by: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement without effect, and why (a reason id)."""

    statement: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What a set of statements amounts to.

    ``proven`` are the ids of statements whose speaker was entitled to speak, also of kinds not
    known here: these are worth keeping and passing on. ``refused`` are the others, in id order.
    """

    devices: Mapping[bytes, Device]
    proven: frozenset[bytes]
    refused: tuple[Refused, ...]

    def of_centre(self, centre: bytes) -> tuple[Device, ...]:
        """Return the devices of a centre, in the order of their ids."""
        found = [device for device in self.devices.values() if device.centre == centre]
        return tuple(sorted(found, key=lambda device: device.id))

    def is_member(self, device: bytes, centre: bytes) -> bool:
        """Return whether a device belongs to a centre."""
        found = self.devices.get(device)
        return found is not None and found.centre == centre

    def letters(self, centre: bytes) -> frozenset[str]:
        """Return the letters taken in a centre."""
        return frozenset(device.letter for device in self.of_centre(centre))


def device_id(centre: bytes, sign_key: bytes, enc_key: bytes) -> bytes:
    """Return the id of a device: a hash, so an id can never change its centre or its keys."""
    return hashlib.blake2b(
        centre + sign_key + enc_key, digest_size=16, person=b"qispi-device-1"
    ).digest()


def statement_id(content: bytes) -> bytes:
    """Return the name of a signed statement: BLAKE2b-256 of its bytes."""
    return hashlib.blake2b(content, digest_size=32).digest()


S = TypeVar("S", SignedStatement, Statement, Grant)


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
    return _strictly(Statement, decode_signed(content).statement)


def centre_of(content: bytes) -> bytes | None:
    """Return which centre a signed statement speaks of, whoever signed it; None when its bytes are
    no statement.
    """
    try:
        return read_statement(content).centre
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
    return last[0] + 1, last[1]


def sign_statement(
    body: Grant,
    *,
    centre: bytes,
    by: bytes,
    place: tuple[int, bytes],
    sign: Callable[[Purpose, bytes], bytes],
) -> bytes:
    """Return the bytes of a signed grant. ``place`` is from :func:`next_place`."""
    statement = msgspec.msgpack.encode(
        Statement(
            version=STATEMENT_VERSION,
            kind=StatementKind.GRANT,
            centre=centre,
            by=by,
            number=place[0],
            previous=place[1],
            body=msgspec.msgpack.encode(body),
        )
    )
    content = encode_signed(SignedStatement(statement, sign(Purpose.STATEMENT, statement)))
    # Nothing leaves that another device would refuse.
    _strictly(Grant, read_statement(content).body)
    return content


def evaluate(statements: Collection[bytes], root_key: bytes) -> Roster:
    """Return what the statements amount to, whatever their order and repetition.

    Never raises: what does not hold is listed as refused. When a device was granted more than
    once, the root's grants count before an admin's, *admin* before *device*, then the lowest id.
    """
    heard = _Hearing(root_key)
    of_root: list[tuple[bytes, SignedStatement, Statement]] = []
    of_devices: list[tuple[bytes, SignedStatement, Statement]] = []
    for content in sorted(set(statements)):
        name = statement_id(content)
        try:
            signed = decode_signed(content)
            said = _strictly(Statement, signed.statement)
        except CodecError as failure:
            heard.refused[name] = failure.reason
            continue
        (of_root if said.by == ROOT else of_devices).append((name, signed, said))
    for name, signed, said in of_root:
        heard.root_says(name, signed, said)
    admins = {device.id: device for device in heard.devices().values() if device.role == ROLE_ADMIN}
    for name, signed, said in of_devices:
        heard.device_says(name, signed, said, admins.get(said.by))
    return Roster(
        MappingProxyType(heard.devices()),
        frozenset(heard.proven),
        tuple(Refused(name, heard.refused[name]) for name in sorted(heard.refused)),
    )


class _Hearing:
    """What was heard so far, while a set of statements is evaluated."""

    def __init__(self, root_key: bytes) -> None:
        self._root_key = root_key
        self._grants: dict[bytes, list[tuple[tuple[bool, bool, bytes], Device]]] = {}
        self.proven: set[bytes] = set()
        self.refused: dict[bytes, str] = {}

    def devices(self) -> dict[bytes, Device]:
        """Return the devices granted so far: of each the grant that counts, in id order."""
        return {
            device: min(grants, key=lambda grant: grant[0])[1]
            for device, grants in sorted(self._grants.items())
        }

    def root_says(self, name: bytes, signed: SignedStatement, said: Statement) -> None:
        if not is_signed(self._root_key, Purpose.STATEMENT, signed.statement, signed.signature):
            self.refused[name] = "statement_signature"
            return
        self._take(name, said)

    def device_says(
        self, name: bytes, signed: SignedStatement, said: Statement, admin: Device | None
    ) -> None:
        if admin is None:
            self.refused[name] = "statement_speaker"
        elif admin.centre != said.centre:
            self.refused[name] = "statement_wrong_centre"
        elif not is_signed(admin.sign_key, Purpose.STATEMENT, signed.statement, signed.signature):
            self.refused[name] = "statement_signature"
        else:
            self._take(name, said)

    def _take(self, name: bytes, said: Statement) -> None:
        if said.version != STATEMENT_VERSION or said.kind != StatementKind.GRANT:
            self.proven.add(name)
            return
        try:
            grant = _strictly(Grant, said.body)
        except CodecError as failure:
            self.refused[name] = failure.reason
            return
        if grant.device != device_id(said.centre, grant.sign_key, grant.enc_key):
            self.refused[name] = "statement_device_id"
        elif said.by != ROOT and grant.role != ROLE_DEVICE:
            self.refused[name] = "statement_role"
        else:
            self.proven.add(name)
            device = Device(
                grant.device,
                said.centre,
                grant.sign_key,
                grant.enc_key,
                grant.role,
                grant.letter,
                grant.label,
                grant.server,
                said.by,
            )
            rank = (said.by != ROOT, grant.role != ROLE_ADMIN, name)
            self._grants.setdefault(grant.device, []).append((rank, device))
