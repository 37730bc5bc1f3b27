"""Checking and signing a definition pack: a later version of ``app/data`` that came by itself.

The order of the checks is part of the promise: nothing is read before its signature holds, nothing
is loaded before every file is the one that was signed (``docs/definitions.md``). Part of the
composition root; no window, no database.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.datafiles.pack import (
    MANIFEST,
    SIGNATURE,
    Manifest,
    PackSignature,
    copy_checked,
    list_files,
    read_manifest,
    read_signature,
    version_numbers,
    write_manifest,
    write_signature,
)
from app.definition_changes import Change, changes_between, refuse_reuse
from app.definitions import load
from app.domain.errors import DomainError
from app.resources import data_root
from app.version import PROGRAM_VERSION
from sync.protocol.signature import SIGN_KEY_BYTES, Purpose, is_signed

__all__ = ["CheckedPack", "check_pack", "read_trusted_key", "sign_pack"]

_MANIFEST_BYTES_MAX: Final = 256 * 1024
_SIGNATURE_BYTES_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """A pack that holds, and what it changes. ``is_installed``: it is what this program has."""

    manifest: Manifest
    is_installed: bool
    changes: tuple[Change, ...]


def check_pack(
    folder: Path,
    trusted: bytes,
    *,
    installed: Path | None = None,
    program: str = PROGRAM_VERSION,
) -> CheckedPack:
    """Return a pack that may be installed, or is.

    ``trusted`` is the public part of the region's root key (32 bytes), ``installed`` the data of
    this program. Raises DomainError, in this order: ``definitions_no_manifest``,
    ``definitions_unsigned``, ``definitions_key_unknown``, ``definitions_signature_wrong``,
    ``definitions_manifest_wrong`` and the like, ``definitions_program_old``,
    ``definitions_version_old``, ``definitions_version_changed``, ``definitions_file_…``;
    DefinitionError with file and line; ``definitions_number_reused``, ``definitions_code_gone``,
    ``definitions_code_reused``, ``definitions_meaning_changed``. Reads below ``folder`` only.
    """
    ours = installed if installed is not None else data_root()
    manifest = _signed_manifest(folder, trusted)
    if version_numbers(manifest.minimum_program) > version_numbers(program):
        raise DomainError("definitions_program_old", version=manifest.minimum_program)
    before = load(ours)
    is_same = version_numbers(manifest.version) == version_numbers(before.version)
    if version_numbers(manifest.version) < version_numbers(before.version):
        raise DomainError(
            "definitions_version_old", version=manifest.version, installed=before.version
        )
    if is_same and manifest.files != list_files(ours):
        raise DomainError("definitions_version_changed", version=manifest.version)
    with tempfile.TemporaryDirectory(prefix="qispi-") as place:
        copy = Path(place)
        copy_checked(folder, manifest, copy)
        after = load(copy)
    if after.version != manifest.version:
        raise DomainError("definitions_manifest_wrong", what="release.yaml: version")
    refuse_reuse(before, after)
    return CheckedPack(manifest, is_same, tuple(changes_between(before, after)))


def sign_pack(
    folder: Path,
    public: bytes,
    sign: Callable[[Purpose, bytes], bytes],
    *,
    valid_from: date,
    minimum_program: str = PROGRAM_VERSION,
    installed: Path | None = None,
) -> Manifest:
    """Write manifest and signature into a folder that holds a copy of ``app/data``; return the
    manifest.

    ``sign`` signs with the key whose public part is ``public``. What could never be installed is
    not signed: raises DefinitionError and DomainError as :func:`check_pack` does after its
    signature; OSError when the folder cannot be written.
    """
    files = list_files(folder)
    definitions = load(folder)
    refuse_reuse(load(installed if installed is not None else data_root()), definitions)
    manifest = Manifest(definitions.version, valid_from, minimum_program, files)
    content = write_manifest(manifest)
    read_manifest(content)  # what no laptop could read must not leave
    signature = PackSignature(public, sign(Purpose.DEFINITIONS, content))
    write_atomically(folder / MANIFEST, content)
    write_atomically(folder / SIGNATURE, write_signature(signature))
    return manifest


def read_trusted_key(path: Path) -> bytes:
    """Return the public key of a file (``region-root.pub``). Raises DomainError
    ``definitions_trust_wrong``."""
    try:
        with path.open("rb") as file:
            content = file.read(SIGN_KEY_BYTES + 1)
    except OSError:
        content = b""
    if len(content) != SIGN_KEY_BYTES:
        raise DomainError("definitions_trust_wrong")
    return content


def _signed_manifest(folder: Path, trusted: bytes) -> Manifest:
    content = _read(folder / MANIFEST, _MANIFEST_BYTES_MAX)
    if content is None:
        raise DomainError("definitions_no_manifest")
    written = _read(folder / SIGNATURE, _SIGNATURE_BYTES_MAX)
    if written is None:
        raise DomainError("definitions_unsigned")
    signature = read_signature(written)
    if signature.key != trusted:
        raise DomainError("definitions_key_unknown")
    if not is_signed(trusted, Purpose.DEFINITIONS, content, signature.signature):
        raise DomainError("definitions_signature_wrong")
    return read_manifest(content)


def _read(path: Path, at_most: int) -> bytes | None:
    """Return a small plain file, or None when there is none: never through a link, never longer
    than it may be."""
    try:
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            content = file.read(at_most + 1)
    except OSError:
        return None
    if len(content) > at_most:
        raise DomainError("definitions_too_large", limit=at_most)
    return content
