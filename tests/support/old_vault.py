"""A vault file of the first format, as the program wrote it until it had slots for people."""

from __future__ import annotations

import secrets

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.crypto.passphrase import SALT_BYTES, Argon2Cost, derive_key
from app.crypto.secret import SecretKey
from db.vault_v1 import (
    FORMAT,
    NONCE_BYTES,
    SUITE,
    VERSION,
    _associated,
    _check,
    _Cost,
    _Slot,
    _Vault,
)

__all__ = ["first_format"]

ID_BYTES = 16


def first_format(key: SecretKey, passphrase: str, *, cost: Argon2Cost) -> bytes:
    """Return a file in which ``passphrase`` opens ``key``."""
    vault_id = secrets.token_hex(ID_BYTES)
    vault = _Vault(FORMAT, VERSION, SUITE, vault_id, (_wrap(vault_id, key, passphrase, cost),), "")
    sealed = msgspec.structs.replace(vault, check=_check(vault))
    return msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n"


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
