"""A definition pack as files: its manifest, its signature, and whether the folder holds exactly
what the manifest says.

A pack comes from outside. Nothing of it is believed before its signature was checked, and every
number is bounded. Law of the format: ``docs/definitions.md``.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final

from app.datafiles.yaml_tree import Node, parse_yaml
from app.domain.errors import DefinitionError, DomainError

__all__ = [
    "FILES_MAX",
    "FILE_BYTES_MAX",
    "FORMAT",
    "MANIFEST",
    "SIGNATURE",
    "TOTAL_BYTES_MAX",
    "Manifest",
    "PackSignature",
    "PackedFile",
    "copy_checked",
    "list_files",
    "read_manifest",
    "read_signature",
    "version_numbers",
    "write_manifest",
    "write_signature",
]

MANIFEST: Final = "manifest.yaml"
SIGNATURE: Final = "manifest.sig"
FORMAT: Final = 1
FILES_MAX: Final = 500
FILE_BYTES_MAX: Final = 8 * 1024 * 1024
TOTAL_BYTES_MAX: Final = 32 * 1024 * 1024
_SIGNATURE_BYTES_MAX: Final = 1024
_PATH_LENGTH_MAX: Final = 120
_PATH_PARTS_MAX: Final = 5
_ENTRIES_MAX: Final = 4 * FILES_MAX
_CHUNK: Final = 64 * 1024

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""Names that Windows opens as a device."""

_SIGNED: Final = re.compile(
    r"qispi-definitions 1\nkey: ([0-9a-f]{64})\nsignature: ([0-9a-f]{128})\n"
)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of a pack: its path below the pack with ``/``, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself. ``files`` are ordered by path."""

    version: str
    valid_from: date
    minimum_program: str
    files: tuple[PackedFile, ...]


@dataclass(frozen=True, slots=True)
class PackSignature:
    """Who signed a manifest (32 bytes), and the signature (64 bytes)."""

    key: bytes
    signature: bytes


def version_numbers(text: str) -> tuple[int, ...]:
    """Return a version as numbers that compare: ``2026.10`` is newer than ``2026.9``, and
    ``2026.1.0`` is ``2026.1``. Raises DomainError ``definitions_manifest_wrong``."""
    if not _VERSION.fullmatch(text):
        raise _wrong("version")
    numbers = [int(part) for part in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def write_manifest(manifest: Manifest) -> bytes:
    """Return the one way in which a manifest is written: these bytes are what is signed."""
    lines = [
        f"format: {FORMAT}",
        f'version: "{manifest.version}"',
        f'valid_from: "{manifest.valid_from.isoformat()}"',
        f'minimum_program: "{manifest.minimum_program}"',
        "files:",
    ]
    lines += [
        f'- {{path: "{one.path}", size: {one.size}, sha256: "{one.sha256}"}}'
        for one in sorted(manifest.files, key=lambda one: one.path)
    ]
    return "\n".join(lines).encode() + b"\n"


def read_manifest(content: bytes) -> Manifest:
    """Return what a manifest says. Raises DomainError ``definitions_manifest_wrong`` with what is
    wrong, ``definitions_format_newer``, ``definitions_path_wrong``, ``definitions_too_large``.

    Nothing but the bytes that :func:`write_manifest` gives is taken: there is one way to say a
    thing, so that two readers never see two manifests under one signature.
    """
    try:
        text = content.decode("utf-8")
        top = parse_yaml(text, MANIFEST).any_mapping()
        if "format" in top and top["format"].integer() > FORMAT:
            raise DomainError("definitions_format_newer")
        manifest = _manifest(parse_yaml(text, MANIFEST))
    except DefinitionError as fault:
        raise DomainError(
            "definitions_manifest_wrong", what=f"{MANIFEST}:{fault.line}: {fault.reason}"
        ) from None
    except UnicodeDecodeError:
        raise _wrong("UTF-8") from None
    if write_manifest(manifest) != content:
        raise _wrong("canonical")
    return manifest


def read_signature(content: bytes) -> PackSignature:
    """Return the signer and the signature. Raises DomainError ``definitions_unsigned``."""
    found = _SIGNED.fullmatch(content.decode("ascii", "replace"))
    if len(content) > _SIGNATURE_BYTES_MAX or found is None:
        raise DomainError("definitions_unsigned")
    return PackSignature(bytes.fromhex(found[1]), bytes.fromhex(found[2]))


def write_signature(signature: PackSignature) -> bytes:
    """Return the text of a signature file."""
    key, signed = signature.key.hex(), signature.signature.hex()
    return f"qispi-definitions {FORMAT}\nkey: {key}\nsignature: {signed}\n".encode()


def list_files(root: Path) -> tuple[PackedFile, ...]:
    """Return every file below a folder but manifest and signature, ordered by path.

    Raises DomainError ``definitions_not_plain`` for a link or anything that is no plain file,
    ``definitions_path_wrong``, ``definitions_too_large``, ``definitions_unreadable``.
    """
    found = []
    for path in sorted(_walk(root)):
        _check_path(path)
        size, digest = _digest(root / path)
        found.append(PackedFile(path, size, digest))
    _check_amount((one.size for one in found), len(found))
    return tuple(found)


def copy_checked(root: Path, manifest: Manifest, target: Path) -> None:
    """Copy a pack's files into an empty folder of ours, each checked while it is copied: what is
    read afterwards is what was checked, whatever happens to the folder it came from.

    Raises DomainError ``definitions_file_missing``, ``definitions_file_extra``,
    ``definitions_file_differs``, and as :func:`list_files` does.
    """
    there = frozenset(_walk(root))
    wanted = {one.path: one for one in manifest.files}
    for path in sorted(wanted.keys() - there):
        raise DomainError("definitions_file_missing", file=path)
    for path in sorted(there - wanted.keys()):
        raise DomainError("definitions_file_extra", file=path[:_PATH_LENGTH_MAX])
    for path, one in wanted.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as copy:
            size, digest = _digest(root / path, copy.write)
        if (size, digest) != (one.size, one.sha256):
            raise DomainError("definitions_file_differs", file=path)


def _manifest(top: Node) -> Manifest:
    entries = top.mapping(
        frozenset({"format", "version", "valid_from", "minimum_program", "files"}), frozenset()
    )
    if entries["format"].integer() != FORMAT:
        raise _wrong("format")
    nodes = entries["files"].sequence()
    if len(nodes) > FILES_MAX:
        raise DomainError("definitions_too_large", limit=FILES_MAX)
    files = tuple(_packed_file(node) for node in nodes)
    _check_amount((one.size for one in files), len(files))
    # Windows and some sticks do not tell A from a: one of two such files would hide the other.
    if len({one.path.casefold() for one in files}) != len(files):
        raise _wrong("files")
    version, minimum = entries["version"].text(), entries["minimum_program"].text()
    version_numbers(version)
    version_numbers(minimum)
    return Manifest(version, entries["valid_from"].day(), minimum, files)


def _packed_file(node: Node) -> PackedFile:
    entries = node.mapping(frozenset({"path", "size", "sha256"}), frozenset())
    path, size, digest = entries["path"].text(), entries["size"].integer(), entries["sha256"].text()
    _check_path(path)
    if not _HASH.fullmatch(digest) or size < 0:
        raise node.refuse("size or hash is wrong")
    return PackedFile(path, size, digest)


def _check_path(path: str) -> None:
    parts = path.split("/")
    if (
        len(path) > _PATH_LENGTH_MAX
        or len(parts) > _PATH_PARTS_MAX
        or path in (MANIFEST, SIGNATURE)
        or any(
            not _PART.fullmatch(part) or part.endswith(".") or _DEVICES.fullmatch(part)
            for part in parts
        )
    ):
        raise DomainError("definitions_path_wrong", file=path[:_PATH_LENGTH_MAX])


def _check_amount(sizes: Iterable[int], count: int) -> None:
    total = 0
    for size in sizes:
        total += size
        if size > FILE_BYTES_MAX or total > TOTAL_BYTES_MAX:
            raise DomainError("definitions_too_large", limit=FILES_MAX)
    if count > FILES_MAX:
        raise DomainError("definitions_too_large", limit=FILES_MAX)


def _walk(root: Path) -> Iterator[str]:
    """Yield the path of every file below ``root``; never through a link."""
    waiting = [PurePosixPath()]
    seen = 0
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            raise DomainError("definitions_unreadable") from None
        for entry in entries:
            seen += 1
            if seen > _ENTRIES_MAX:
                raise DomainError("definitions_too_large", limit=FILES_MAX)
            path = folder / entry.name
            name = str(path)
            if entry.is_symlink():
                raise DomainError("definitions_not_plain", file=name[:_PATH_LENGTH_MAX])
            if entry.is_dir(follow_symlinks=False):
                if len(path.parts) >= _PATH_PARTS_MAX:
                    raise DomainError("definitions_path_wrong", file=name[:_PATH_LENGTH_MAX])
                waiting.append(path)
            elif not entry.is_file(follow_symlinks=False):
                raise DomainError("definitions_not_plain", file=name[:_PATH_LENGTH_MAX])
            elif name not in (MANIFEST, SIGNATURE):
                yield name


def _digest(path: Path, write: Callable[[bytes], object] | None = None) -> tuple[int, str]:
    """Return size and SHA-256 of a plain file, read up to the limit; hand each piece on."""
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | _BINARY)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise DomainError("definitions_not_plain", file=path.name)
            while piece := file.read(_CHUNK):
                size += len(piece)
                if size > FILE_BYTES_MAX:
                    raise DomainError("definitions_too_large", limit=FILES_MAX)
                digest.update(piece)
                if write is not None:
                    write(piece)
    except OSError:
        raise DomainError("definitions_unreadable") from None
    return size, digest.hexdigest()


_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Not waiting: a pipe put in the place of a file must not hold the program."""


def _wrong(what: str) -> DomainError:
    return DomainError("definitions_manifest_wrong", what=what)
