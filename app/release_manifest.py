"""Whether a release may be installed: who signed it, that it is newer, that its tree is whole.

The order of the checks is part of the promise (``docs/supply-chain.md``): nothing is parsed before
two release keys signed it, nothing of a tree is used before every file is the one that was signed,
and nothing at all is executed. Pure: the tree is whatever gives entries and bytes.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.domain.errors import DomainError
from app.release_format import (
    ENTRIES_MAX,
    FILES_MAX,
    KEYS_NEEDED,
    MANIFEST,
    MANIFEST_BYTES_MAX,
    SIGNATURES,
    SIGNATURES_BYTES_MAX,
    ReleaseFile,
    ReleaseManifest,
    read_manifest,
    read_signatures,
    shown_path,
)
from sync.protocol.signature import Purpose, is_signed

__all__ = [
    "Entry",
    "Installed",
    "Kind",
    "ReleaseTree",
    "check_release",
    "check_signed",
]


class Kind(enum.Enum):
    """What stands at a path of a tree. ``LINK``: anything that leads elsewhere."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a tree: its path below the top with ``/``, and what it is."""

    path: str
    kind: Kind


class ReleaseTree(Protocol):
    """A tree that is looked at: a folder, a stick, an archive."""

    def entries(self) -> Iterable[Entry]:
        """Yield everything in it, folders too, never through a link."""

    def read(self, path: str) -> Iterable[bytes]:
        """Yield a file in pieces. Raises DomainError ``release_unreadable``, ``release_not_plain``;
        KeyError when there is none."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What a laptop trusts: the release that it has, and the three keys named by it."""

    sequence: int
    keys: frozenset[bytes]

    def after(self, manifest: ReleaseManifest) -> Installed:
        """Return what is trusted once a checked release counts."""
        return Installed(manifest.sequence, manifest.keys)


def check_release(
    tree: ReleaseTree,
    installed: Installed,
    *,
    platform: str,
    keep: Callable[[str, bytes], object] | None = None,
) -> ReleaseManifest:
    """Return the manifest of a release that may be installed.

    ``keep`` gets path and piece of every file while it is checked, manifest and signatures last: a
    tree can change between two looks, and only what was kept is what was checked. Use it only if
    this returns. Raises
    DomainError, in this order: ``release_no_manifest``, ``release_unsigned``, then as
    :func:`check_signed`, ``release_platform_other``, ``release_not_plain``, ``release_file_extra``,
    ``release_file_missing``, ``release_file_differs``; ``release_too_large`` and
    ``release_unreadable`` anywhere.
    """
    content = _read_small(tree, MANIFEST, MANIFEST_BYTES_MAX)
    if content is None:
        raise DomainError("release_no_manifest")
    signatures = _read_small(tree, SIGNATURES, SIGNATURES_BYTES_MAX)
    if signatures is None:
        raise DomainError("release_unsigned")
    manifest = check_signed(content, signatures, installed)
    if manifest.platform != platform:
        raise DomainError("release_platform_other", platform=manifest.platform)
    _check_entries(tree, manifest)
    for one in manifest.files:
        _check_file(tree, one, keep)
    if keep is not None:
        keep(MANIFEST, content)
        keep(SIGNATURES, signatures)
    return manifest


def check_signed(content: bytes, signatures: bytes, installed: Installed) -> ReleaseManifest:
    """Return a manifest that two of the trusted keys signed and that is newer.

    Where its keys are others, two of those signed as well: keys that nobody holds would end all
    updates. A laptop that missed a change of keys checks the manifests between, oldest first, each
    with :meth:`Installed.after` the one before. Raises DomainError, in this order:
    ``release_unsigned``, ``release_signature_repeated``, ``release_key_unknown``,
    ``release_signature_wrong``, ``release_signatures_few``, then as
    :func:`app.release_format.read_manifest`, ``release_keys_unproven``, ``release_sequence_old``.
    """
    signed = read_signatures(signatures)
    trusted = _signers(installed.keys, content, signed)
    if not trusted:
        raise DomainError("release_key_unknown")
    if len(trusted) < KEYS_NEEDED:
        raise DomainError("release_signatures_few", count=len(trusted), needed=KEYS_NEEDED)
    manifest = read_manifest(content)
    if manifest.keys != installed.keys:
        own = _signers(manifest.keys, content, signed)
        if len(own) < KEYS_NEEDED:
            raise DomainError("release_keys_unproven", count=len(own), needed=KEYS_NEEDED)
    if manifest.sequence <= installed.sequence:
        raise DomainError(
            "release_sequence_old", sequence=manifest.sequence, installed=installed.sequence
        )
    return manifest


def _signers(
    keys: frozenset[bytes], content: bytes, signed: dict[bytes, bytes]
) -> frozenset[bytes]:
    """Return which of these keys signed. One that signed something else is no oversight."""
    there = keys & signed.keys()
    for key in there:
        if not is_signed(key, Purpose.RELEASE, content, signed[key]):
            raise DomainError("release_signature_wrong")
    return there


def _check_entries(tree: ReleaseTree, manifest: ReleaseManifest) -> None:
    wanted = {one.path for one in manifest.files} | {MANIFEST, SIGNATURES}
    folders = {path[:at] for path in wanted for at, sign in enumerate(path) if sign == "/"}
    seen: set[str] = set()
    for count, entry in enumerate(tree.entries()):
        if count >= ENTRIES_MAX:
            raise DomainError("release_too_large", limit=FILES_MAX)
        if entry.kind not in (Kind.FILE, Kind.FOLDER):
            raise DomainError("release_not_plain", file=shown_path(entry.path))
        expected = wanted if entry.kind is Kind.FILE else folders
        # An archive can name a path twice, and give one to whoever checks and one to whoever runs.
        if entry.path not in expected or entry.path in seen:
            raise DomainError("release_file_extra", file=shown_path(entry.path))
        seen.add(entry.path)
    for path in sorted(wanted - seen):
        raise DomainError("release_file_missing", file=path)


def _check_file(
    tree: ReleaseTree, one: ReleaseFile, keep: Callable[[str, bytes], object] | None
) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        if keep is not None:
            keep(one.path, b"")  # an empty file is a file
        for piece in tree.read(one.path):
            size += len(piece)
            if size > one.size:
                break
            digest.update(piece)
            if keep is not None:
                keep(one.path, piece)
    except KeyError:
        raise DomainError("release_file_missing", file=one.path) from None
    if size != one.size or digest.hexdigest() != one.sha256:
        raise DomainError("release_file_differs", file=one.path)


def _read_small(tree: ReleaseTree, path: str, at_most: int) -> bytes | None:
    content = bytearray()
    try:
        for piece in tree.read(path):
            content += piece
            if len(content) > at_most:
                raise DomainError("release_too_large", limit=FILES_MAX)
    except KeyError:
        return None
    return bytes(content)
