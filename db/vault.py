"""The vault file ``llaves.json``: the key of the database, wrapped by a passphrase.

A random 256-bit key opens the database for ever; a passphrase only wraps it, through Argon2id and
ChaCha20-Poly1305 (RFC 8439) with everything else in the file as associated data. So a passphrase
can change without touching the database. The file holds a list of slots: several people of one
laptop are several wraps of the same key.

The file lies open on the disk. It names nobody and says nothing but costs and random numbers.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.atomic_file import write_atomically
from app.crypto.passphrase import (
    SALT_BYTES,
    STANDARD,
    Argon2Bounds,
    Argon2Cost,
    check_new_passphrase,
    derive_key,
)
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from db.errors import translated

__all__ = ["BOUNDS", "create_vault", "open_vault", "vault_bytes"]

FORMAT = "qispi-vault"
VERSION = 1
SUITE = "argon2id+chacha20poly1305"
BOUNDS = Argon2Bounds()

FILE_BYTES_MAX = 64 * 1024
SLOTS_MAX = 32
ID_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
CHECK_BYTES = 16

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=256)]


class _Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    memory_kib: int
    passes: int
    lanes: int
    salt: Hex


class _Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Hex
    argon2id: _Cost
    nonce: Hex
    wrapped: Hex


class _Vault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    version: int
    suite: str
    id: Hex
    slots: Annotated[tuple[_Slot, ...], msgspec.Meta(min_length=1, max_length=SLOTS_MAX)]
    check: Hex
    """A plain hash of the rest: tells a damaged file from a wrong passphrase. No protection."""


class _Header(msgspec.Struct, frozen=True):
    """What every version of the file starts with."""

    format: str
    version: int
    suite: str = ""


def create_vault(
    path: Path,
    passphrase: str,
    *,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
) -> SecretKey:
    """Make the vault file of a first laptop and return the new key it holds.

    Raises DomainError ``already_set_up``, those of ``check_new_passphrase``;
    EnvironmentFault, with nothing written. ``bounds`` is loosened by tests alone.
    """
    if path.exists():
        raise DomainError("already_set_up")
    key = SecretKey.random()
    content = vault_bytes(key, passphrase, cost=cost, bounds=bounds)
    with translated():
        write_atomically(path, content)
    return key


def vault_bytes(
    key: SecretKey, passphrase: str, *, cost: Argon2Cost, bounds: Argon2Bounds = BOUNDS
) -> bytes:
    """Return the content of a vault file in which ``passphrase`` opens ``key``.

    Raises as ``check_new_passphrase`` does; EnvironmentFault
    ``not_enough_memory``; ValueError for a cost outside the bounds.
    """
    check_new_passphrase(passphrase)
    if not bounds.allow(cost):
        raise ValueError("the cost of a guess lies outside the bounds")
    vault_id = secrets.token_hex(ID_BYTES)
    slot = _wrap(vault_id, key, passphrase, cost)
    vault = _Vault(FORMAT, VERSION, SUITE, vault_id, (slot,), check="")
    sealed = msgspec.structs.replace(vault, check=_check(vault))
    return msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n"


def open_vault(path: Path, passphrase: str, *, bounds: Argon2Bounds = BOUNDS) -> SecretKey:
    """Return the key of the vault: slow (Argon2id for each slot until one opens).

    Raises DomainError ``passphrase_wrong``, ``file_not_ours``, ``file_damaged``, ``file_newer``;
    EnvironmentFault ``not_enough_memory`` or of the disk. Never writes.
    """
    with translated(), path.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    vault = _read(content, bounds)
    for slot in vault.slots:
        key = _unwrap(vault, slot, passphrase)
        if key is not None:
            return key
    raise DomainError("passphrase_wrong")


def _read(content: bytes, bounds: Argon2Bounds) -> _Vault:
    header = _read_header(content)
    if header.format != FORMAT:
        raise DomainError("file_not_ours")
    if header.version > VERSION or (header.version == VERSION and header.suite != SUITE):
        raise DomainError("file_newer")
    try:
        vault = msgspec.json.decode(content, type=_Vault)
    except UNREADABLE:
        raise DomainError("file_damaged") from None
    if vault.version < 1 or vault.check != _check(vault):
        raise DomainError("file_damaged")
    if not all(_is_sound(slot, bounds) for slot in vault.slots):
        raise DomainError("file_damaged")
    return vault


def _read_header(content: bytes) -> _Header:
    if len(content) > FILE_BYTES_MAX:
        raise DomainError("file_not_ours")
    try:
        return msgspec.json.decode(content, type=_Header)
    except UNREADABLE:
        # An emptied or cut file was ours once: the folder has no other llaves.json.
        was_ours = not content.strip(b"\0 \r\n\t") or FORMAT.encode() in content
        raise DomainError("file_damaged" if was_ours else "file_not_ours") from None


def _is_sound(slot: _Slot, bounds: Argon2Bounds) -> bool:
    cost = slot.argon2id
    return (
        bounds.allow(Argon2Cost(cost.memory_kib, cost.passes, cost.lanes))
        and len(cost.salt) == 2 * SALT_BYTES
        and len(slot.nonce) == 2 * NONCE_BYTES
        and len(slot.wrapped) == 2 * (KEY_BYTES + TAG_BYTES)
    )


def _wrap(vault_id: str, key: SecretKey, passphrase: str, cost: Argon2Cost) -> _Slot:
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    slot = _Slot(
        id=secrets.token_hex(ID_BYTES),
        argon2id=_Cost(cost.memory_kib, cost.passes, cost.lanes, salt.hex()),
        nonce=nonce.hex(),
        wrapped="",
    )
    wrapping = derive_key(passphrase, salt=salt, cost=cost)
    try:
        cipher = ChaCha20Poly1305(wrapping.reveal())
        wrapped = cipher.encrypt(nonce, key.reveal(), _associated(vault_id, slot))
    finally:
        wrapping.wipe()
    return msgspec.structs.replace(slot, wrapped=wrapped.hex())


def _unwrap(vault: _Vault, slot: _Slot, passphrase: str) -> SecretKey | None:
    cost = Argon2Cost(slot.argon2id.memory_kib, slot.argon2id.passes, slot.argon2id.lanes)
    wrapping = derive_key(passphrase, salt=bytes.fromhex(slot.argon2id.salt), cost=cost)
    try:
        cipher = ChaCha20Poly1305(wrapping.reveal())
        content = cipher.decrypt(
            bytes.fromhex(slot.nonce), bytes.fromhex(slot.wrapped), _associated(vault.id, slot)
        )
    except InvalidTag:
        return None
    finally:
        wrapping.wipe()
    return SecretKey(content)


def _associated(vault_id: str, slot: _Slot) -> bytes:
    # A list, not a mapping: one order, one byte string.
    cost = slot.argon2id
    return msgspec.json.encode(
        [
            FORMAT,
            VERSION,
            SUITE,
            vault_id,
            slot.id,
            [cost.memory_kib, cost.passes, cost.lanes, cost.salt],
        ]
    )


def _check(vault: _Vault) -> str:
    content = msgspec.json.encode(msgspec.structs.replace(vault, check=""))
    return hashlib.blake2b(content, digest_size=CHECK_BYTES, person=b"qispi-vault-1").hexdigest()
