"""What a backup says of itself: ``indice.json``, authenticated under the key of the database.

It lies open on the stick, in one form, and says which in order it is, how large the files are,
their SHA-256, how many changes, batches and attachments there are, the last entry of the audit,
which vault of which generation opens them, and by which version of the program. No name and no
value. Whoever has no key can tell damage by it; whoever has, knows that nobody put in another
backup, an older file or other numbers.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, replace
from typing import Annotated, Final

import msgspec

from app.crypto.derive import derive_bytes
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from db.backup_openers import OPENER_BYTES_MAX, OPENER_NAMES
from db.key_file import FILE_BYTES_MAX as VAULT_BYTES_MAX
from db.laptop_copy import COPY_NAME
from db.laptop_files import READY_NAME, VAULT_NAME
from db.store_facts import StoreFacts

__all__ = [
    "MANIFEST_BYTES_MAX",
    "MANIFEST_NAME",
    "NUMBER_MAX",
    "PIECES_MAX",
    "PIECE_BYTES_MAX",
    "BackedFile",
    "Manifest",
    "is_file_of_backup",
    "piece_name",
]

MANIFEST_NAME: Final = "indice.json"
MANIFEST_BYTES_MAX: Final = 256 * 1024
PIECE_BYTES_MAX: Final = 1 << 30
"""FAT32 takes no file of 4 GiB; and of a piece that is damaged less is read again."""
PIECES_MAX: Final = 999
FORMAT: Final = "qispi-backup"
VERSION: Final = 3
_WITHOUT_NUMBER: Final = 2
_WITHOUT_OPENERS: Final = 1
"""Of the two formats before; neither says which in order it is, and of the first there was no file
of :mod:`db.backup_openers`."""
NUMBER_MAX: Final = 2**31
_KIND: Final = "backup"
_COPY_BYTES_MAX: Final = 64 * 1024 * 1024
_PIECE: Final = re.compile(r"datos\.([0-9]{3})")

Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$", max_length=64)]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Word = Annotated[str, msgspec.Meta(max_length=32)]


@dataclass(frozen=True, slots=True)
class BackedFile:
    """A file of a backup; ``sha256`` in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. ``vault`` and ``generation`` are of the vault file in it (of
    the first format: empty, 0); ``number``: of a laptop's backups the later one has the greater (0:
    of a format that did not say); ``mac``: over all the rest, under the key of the database."""

    made_ms: int
    program: str
    vault: bytes
    generation: int
    facts: StoreFacts
    files: tuple[BackedFile, ...]
    number: int = 0
    mac: bytes = b""

    @property
    def pieces(self) -> tuple[BackedFile, ...]:
        """Those of the database, in order."""
        return tuple(one for one in self.files if _PIECE.fullmatch(one.name))

    @property
    def openers(self) -> tuple[BackedFile, ...]:
        """Those that open the backup without the program."""
        return tuple(one for one in self.files if one.name in OPENER_NAMES)

    @property
    def database_bytes(self) -> int:
        """The size of the database."""
        return sum(one.size for one in self.pieces)

    @property
    def total_bytes(self) -> int:
        """The size of all files."""
        return sum(one.size for one in self.files)

    def sealed(self, key: SecretKey) -> Manifest:
        """Return the same, authenticated under the key of the database."""
        return replace(self, mac=_mac(self, key))

    def is_of(self, key: SecretKey) -> bool:
        """Return whether it was written by who had this key, and nobody changed it since."""
        return hmac.compare_digest(_mac(self, key), self.mac)

    def to_bytes(self) -> bytes:
        """Return the file."""
        return msgspec.json.encode(_said(self, self.mac.hex()))

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Return what a file says, of the right form; no more is known before a key opens.

        Raises DomainError ``backup_damaged`` (``file``), ``file_newer``.
        """
        try:
            head = msgspec.json.decode(content[:MANIFEST_BYTES_MAX], type=_Head)
            if head.format == FORMAT and head.version > VERSION:
                raise DomainError("file_newer")
            said = msgspec.json.decode(content[:MANIFEST_BYTES_MAX], type=_Manifest)
            found = _manifest(said)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
            raise DomainError("backup_damaged", file=MANIFEST_NAME) from None
        if found.to_bytes() != content or not _is_sound(found):
            raise DomainError("backup_damaged", file=MANIFEST_NAME)
        return found


def piece_name(number: int) -> str:
    """Return the name of a piece of the database, numbered from 1."""
    return f"datos.{number:03d}"


def is_file_of_backup(name: str) -> bool:
    """Return whether a backup may hold a file of this name."""
    ours = (VAULT_NAME, COPY_NAME, MANIFEST_NAME, READY_NAME, *OPENER_NAMES)
    return name in ours or bool(_PIECE.fullmatch(name))


class _Head(msgspec.Struct, frozen=True):
    """What every version of the file starts with."""

    format: str
    version: int


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Word
    size: Count
    sha256: Hash


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    format: str
    version: int
    made_ms: Count
    program: Word
    schema: Word
    vault: Hex
    generation: Count
    changes: Count
    batches: Count
    attachments: Count
    audit_number: Count
    audit_head: Hex
    files: Annotated[tuple[_File, ...], msgspec.Meta(max_length=PIECES_MAX + 2 + len(OPENER_NAMES))]
    mac: Hex
    number: Annotated[int, msgspec.Meta(ge=0, le=NUMBER_MAX)] = 0


def _said(found: Manifest, mac: str) -> _Manifest:
    facts = found.facts
    unnumbered = _WITHOUT_NUMBER if found.openers else _WITHOUT_OPENERS
    return _Manifest(
        FORMAT,
        VERSION if found.number else unnumbered,
        found.made_ms,
        found.program,
        facts.revision,
        found.vault.hex(),
        found.generation,
        facts.changes,
        facts.batches,
        facts.attachments,
        facts.audit_number,
        facts.audit_head.hex(),
        tuple(_File(one.name, one.size, one.sha256) for one in found.files),
        mac,
        found.number,
    )


def _manifest(said: _Manifest) -> Manifest:
    if said.format != FORMAT or said.version < _WITHOUT_OPENERS:
        raise ValueError("another format")
    return Manifest(
        said.made_ms,
        said.program,
        bytes.fromhex(said.vault),
        said.generation,
        StoreFacts(
            said.changes,
            said.batches,
            said.attachments,
            said.audit_number,
            bytes.fromhex(said.audit_head),
            said.schema,
        ),
        tuple(BackedFile(one.name, one.size, one.sha256) for one in said.files),
        said.number,
        bytes.fromhex(said.mac),
    )


def _is_sound(found: Manifest) -> bool:
    """Whether the files are those of a backup, once each and in their order, none too large."""
    names = [one.name for one in found.files]
    pieces = [piece_name(number) for number in range(1, len(found.pieces) + 1)]
    copy = [COPY_NAME] if COPY_NAME in names else []
    openers = [name for name in OPENER_NAMES if name in names]
    most = {VAULT_NAME: VAULT_BYTES_MAX, COPY_NAME: _COPY_BYTES_MAX}
    most |= dict.fromkeys(OPENER_NAMES, OPENER_BYTES_MAX)
    return (
        bool(pieces)
        and names == [VAULT_NAME, *copy, *openers, *pieces]
        and all(0 < one.size <= most.get(one.name, PIECE_BYTES_MAX) for one in found.files)
    )


def _mac(found: Manifest, key: SecretKey) -> bytes:
    content = msgspec.json.encode(_said(found, ""))
    return hmac.digest(derive_bytes(key, _KIND, KEY_BYTES), content, "sha256")
