"""The second format of the vault file ``llaves.json``: what it holds, written and read.

The file lies open on the disk. It says how many people open this laptop, what a guess costs, and
random numbers; no name, role or time, and not which slot is whose: a person knows hers by two
letters that were drawn. Of everything in it only the keys decide; :mod:`db.key_slots` has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from app.crypto.passphrase import SALT_BYTES, Argon2Bounds, Argon2Cost
from app.crypto.recipient import OVERHEAD_BYTES, PUBLIC_BYTES
from app.crypto.secret import KEY_BYTES
from app.domain.errors import DomainError

__all__ = ["FILE_BYTES_MAX", "SLOTS_MAX", "TAG_LETTERS", "KeyFile", "Recovery", "Slot"]

FORMAT: Final = "qispi-vault"
VERSION: Final = 2
SUITE: Final = "argon2id+x-wing+chacha20poly1305"

FILE_BYTES_MAX: Final = 256 * 1024
SLOTS_MAX: Final = 24
ID_BYTES: Final = 16
SET_BYTES: Final = 5
MAC_BYTES: Final = 32
WRAPPED_BYTES: Final = KEY_BYTES + 16
BOX_BYTES: Final = KEY_BYTES + OVERHEAD_BYTES
CHECK_BYTES: Final = 16
TAG_LETTERS: Final = "BCDFGHJKLMNPQRST"
"""Of a tag: without vowels, so that chance writes no word."""
TAG_LENGTH: Final = 2

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=2 * PUBLIC_BYTES)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


@dataclass(frozen=True, slots=True)
class Slot:
    """One person's way in. ``tag``: the two letters by which she knows it; ``public``: hers;
    ``seed``: her 32 bytes, wrapped by her words under ``cost`` and ``salt``; ``box``: the key of
    the database, sealed to her."""

    id: bytes
    tag: str
    cost: Argon2Cost
    salt: bytes
    public: bytes
    nonce: bytes
    seed: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class Recovery:
    """The way in by two paper sheets: which set they are of, their public key, and the key of the
    database sealed to it."""

    set_id: bytes
    public: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A vault file. ``generation`` rises by one each time the key of the database is another;
    ``mac``: over all the rest, under that key."""

    id: bytes
    generation: int
    slots: tuple[Slot, ...]
    recovery: Recovery | None
    mac: bytes = bytes(MAC_BYTES)

    def bound(self) -> bytes:
        """Return what the mac is over: everything else, in one form."""
        return msgspec.json.encode(_fields(self, mac="", check=""))

    def to_bytes(self) -> bytes:
        """Return the file."""
        said = _fields(self, mac=self.mac.hex(), check="")
        sealed = msgspec.structs.replace(said, check=_check(said))
        return msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes, bounds: Argon2Bounds) -> KeyFile:
        """Return what a file holds, of the right form: no more is known before a key opens.

        Raises DomainError ``file_not_ours``, ``file_newer``, ``file_damaged`` (also: a cost outside
        the bounds, two slots of one id or tag).
        """
        header = _read_header(content)
        if header.format != FORMAT:
            raise DomainError("file_not_ours")
        if header.version > VERSION or (header.version == VERSION and header.suite != SUITE):
            raise DomainError("file_newer")
        try:
            said = msgspec.json.decode(content, type=_File)
        except UNREADABLE:
            raise DomainError("file_damaged") from None
        if said.version != VERSION or said.check != _check(said):
            raise DomainError("file_damaged")
        found = _file(said)
        if not _is_sound(found, bounds):
            raise DomainError("file_damaged")
        return found


class _Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    memory_kib: Count
    passes: Count
    lanes: Count
    salt: Hex


class _Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Hex
    tag: Annotated[str, msgspec.Meta(max_length=TAG_LENGTH)]
    argon2id: _Cost
    public: Hex
    nonce: Hex
    seed: Hex
    box: Hex


class _Recovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set: Hex
    public: Hex
    box: Hex


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    suite: str
    id: Hex
    generation: Count
    slots: Annotated[tuple[_Slot, ...], msgspec.Meta(max_length=SLOTS_MAX)]
    recovery: _Recovery | None
    mac: str
    check: str
    """A plain hash of the rest: tells a damaged file from wrong words. No protection."""


class _Header(msgspec.Struct, frozen=True):
    """What every version of the file starts with."""

    format: str
    version: int
    suite: str = ""


def _read_header(content: bytes) -> _Header:
    if len(content) > FILE_BYTES_MAX:
        raise DomainError("file_not_ours")
    try:
        return msgspec.json.decode(content, type=_Header)
    except UNREADABLE:
        # An emptied or cut file was ours once: the folder has no other llaves.json.
        was_ours = not content.strip(b"\0 \r\n\t") or FORMAT.encode() in content
        raise DomainError("file_damaged" if was_ours else "file_not_ours") from None


def _fields(file: KeyFile, *, mac: str, check: str) -> _File:
    recovery = file.recovery
    return _File(
        FORMAT,
        VERSION,
        SUITE,
        file.id.hex(),
        file.generation,
        tuple(
            _Slot(
                one.id.hex(),
                one.tag,
                _Cost(one.cost.memory_kib, one.cost.passes, one.cost.lanes, one.salt.hex()),
                one.public.hex(),
                one.nonce.hex(),
                one.seed.hex(),
                one.box.hex(),
            )
            for one in file.slots
        ),
        None
        if recovery is None
        else _Recovery(recovery.set_id.hex(), recovery.public.hex(), recovery.box.hex()),
        mac,
        check,
    )


def _file(said: _File) -> KeyFile:
    recovery = said.recovery
    try:
        mac = bytes.fromhex(said.mac)
    except ValueError:
        raise DomainError("file_damaged") from None
    return KeyFile(
        bytes.fromhex(said.id),
        said.generation,
        tuple(
            Slot(
                bytes.fromhex(one.id),
                one.tag,
                Argon2Cost(one.argon2id.memory_kib, one.argon2id.passes, one.argon2id.lanes),
                bytes.fromhex(one.argon2id.salt),
                bytes.fromhex(one.public),
                bytes.fromhex(one.nonce),
                bytes.fromhex(one.seed),
                bytes.fromhex(one.box),
            )
            for one in said.slots
        ),
        None
        if recovery is None
        else Recovery(
            bytes.fromhex(recovery.set),
            bytes.fromhex(recovery.public),
            bytes.fromhex(recovery.box),
        ),
        mac,
    )


def _is_sound(file: KeyFile, bounds: Argon2Bounds) -> bool:
    recovery = file.recovery
    return (
        len(file.id) == ID_BYTES
        and len(file.mac) == MAC_BYTES
        and len({one.id for one in file.slots}) == len(file.slots)
        and len({one.tag for one in file.slots}) == len(file.slots)
        and all(_is_slot(one, bounds) for one in file.slots)
        and (
            recovery is None
            or (len(recovery.set_id), len(recovery.public), len(recovery.box))
            == (SET_BYTES, PUBLIC_BYTES, BOX_BYTES)
        )
    )


def _is_slot(slot: Slot, bounds: Argon2Bounds) -> bool:
    lengths = (slot.id, slot.salt, slot.public, slot.nonce, slot.seed, slot.box)
    wanted = (ID_BYTES, SALT_BYTES, PUBLIC_BYTES, SALT_BYTES, WRAPPED_BYTES, BOX_BYTES)
    return (
        bounds.allow(slot.cost)
        and len(slot.tag) == TAG_LENGTH
        and set(slot.tag) <= set(TAG_LETTERS)
        and tuple(len(one) for one in lengths) == wanted
    )


def _check(said: _File) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(said, check=""))
    return hashlib.blake2b(content, digest_size=CHECK_BYTES, person=b"qispi-vault-2").hexdigest()
