"""``equipo.bin``: what makes this laptop itself, a second time, sealed under the database's key.

Batches alone do not make a database again: the keyring opens them, and the device's seed, its
person and its centre stand in no batch. They are few and change seldom; the file is written anew,
whole or not at all, when they do. Beside them lies the first page of the database, without which
not even its undamaged pages can be read.

``QSPE``, version (1), salt (16), then ``[[[name, content], …], page, revision]`` in MessagePack,
sealed as :mod:`app.crypto.sealing` does, kind ``laptop-copy``, with the bytes before as associated
data. Without the key it says nothing but its size.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from app.atomic_file import write_atomically
from app.crypto.derive import derive_bytes
from app.crypto.recipient import SealError
from app.crypto.sealing import SALT_BYTES, TAG_BYTES, open_sealed, seal_under
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from db.errors import translated

__all__ = ["COPY_NAME", "LaptopCopy", "copy_key", "is_copied", "read_copy", "write_copy"]

COPY_NAME: Final = "equipo.bin"

_MAGIC: Final = b"QSPE"
_VERSION: Final = 1
_KIND: Final = "laptop-copy"
_HEAD_BYTES: Final = len(_MAGIC) + 1 + SALT_BYTES
_FILE_BYTES_MAX: Final = 64 * 1024 * 1024
_COPIED: Final = (
    "laptop/",
    "sync/keyring",
    "sync/behind",
    "sync/last_success_ms",
    "sync/last_stick_ms",
    "sync/statements_",
)


class LaptopCopy(msgspec.Struct, frozen=True, array_like=True):
    """The rows of ``local`` that nothing else gives back; and page 1 of the database, decrypted,
    as it was at a ``revision`` of the schema."""

    rows: tuple[tuple[str, bytes], ...]
    page: bytes = b""
    revision: str = ""

    @property
    def by_name(self) -> Mapping[str, bytes]:
        """The rows by their names."""
        return dict(self.rows)


def is_copied(name: str) -> bool:
    """Return whether a row of ``local`` belongs into the copy."""
    return name.startswith(_COPIED)


def copy_key(key: SecretKey) -> SecretKey:
    """Return the key of the copy, from the key of the database."""
    return SecretKey(derive_bytes(key, _KIND, KEY_BYTES))


def write_copy(path: Path, key: SecretKey, copy: LaptopCopy) -> None:
    """Put the copy at ``path`` under its key. Raises OSError, with the old one left as it was."""
    salt = secrets.token_bytes(SALT_BYTES)
    head = _MAGIC + bytes([_VERSION]) + salt
    sealed = seal_under(key, _KIND, msgspec.msgpack.encode(copy), salt=salt, bound=head)
    write_atomically(path, head + sealed)


def read_copy(path: Path, key: SecretKey) -> LaptopCopy | None:
    """Return the copy, or None when there is none.

    Raises DomainError ``file_damaged`` (also for another key: the two cannot be told apart),
    ``file_newer``; EnvironmentFault.
    """
    with translated():
        try:
            with path.open("rb") as file:
                content = file.read(_FILE_BYTES_MAX + 1)
        except FileNotFoundError:
            return None
    head, sealed = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
    if len(sealed) < TAG_BYTES or len(content) > _FILE_BYTES_MAX or not head.startswith(_MAGIC):
        raise DomainError("file_damaged")
    if head[len(_MAGIC)] > _VERSION:
        raise DomainError("file_newer")
    try:
        opened = open_sealed(key, _KIND, sealed, salt=head[-SALT_BYTES:], bound=head)
        return msgspec.msgpack.decode(opened, type=LaptopCopy)
    except (SealError, msgspec.MsgspecError, UnicodeDecodeError):
        raise DomainError("file_damaged") from None
