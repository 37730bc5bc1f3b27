"""The first format of ``llaves.json``: the database's key, wrapped by one passphrase. Read only.

Argon2id and ChaCha20-Poly1305 (RFC 8439), with everything else in the file as associated data. Who
opens such a file has it written in the second format (:mod:`db.vault`) with the same words.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.crypto.passphrase import SALT_BYTES, Argon2Bounds, Argon2Cost, derive_key
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError

__all__ = ["VERSION", "open_first_format"]

FORMAT: Final = "qispi-vault"
VERSION: Final = 1
SUITE: Final = "argon2id+chacha20poly1305"

SLOTS_MAX: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
CHECK_BYTES: Final = 16

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


def open_first_format(
    content: bytes, passphrase: str, bounds: Argon2Bounds
) -> tuple[SecretKey, Argon2Cost]:
    """Return the key of a file of this version, and what a guess cost. Slow (Argon2id for each slot
    until one opens).

    Raises DomainError ``passphrase_wrong``, ``file_damaged``, ``file_newer``; EnvironmentFault
    ``not_enough_memory``.
    """
    try:
        vault = msgspec.json.decode(content, type=_Vault)
    except UNREADABLE:
        raise DomainError("file_damaged") from None
    if vault.suite != SUITE:
        raise DomainError("file_newer")
    if vault.version != VERSION or vault.check != _check(vault):
        raise DomainError("file_damaged")
    if not all(_is_sound(slot, bounds) for slot in vault.slots):
        raise DomainError("file_damaged")
    for slot in vault.slots:
        key = _unwrap(vault, slot, passphrase)
        if key is not None:
            return key, _cost(slot)
    raise DomainError("passphrase_wrong")


def _cost(slot: _Slot) -> Argon2Cost:
    return Argon2Cost(slot.argon2id.memory_kib, slot.argon2id.passes, slot.argon2id.lanes)


def _is_sound(slot: _Slot, bounds: Argon2Bounds) -> bool:
    cost = slot.argon2id
    return (
        bounds.allow(_cost(slot))
        and len(cost.salt) == 2 * SALT_BYTES
        and len(slot.nonce) == 2 * NONCE_BYTES
        and len(slot.wrapped) == 2 * (KEY_BYTES + TAG_BYTES)
    )


def _unwrap(vault: _Vault, slot: _Slot, passphrase: str) -> SecretKey | None:
    salt = bytes.fromhex(slot.argon2id.salt)
    wrapping = derive_key(passphrase, salt=salt, cost=_cost(slot))
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
