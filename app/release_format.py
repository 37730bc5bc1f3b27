"""A release of the program as it is written down: its manifest, its signatures, its paths.

A release is a tree of files with ``release.json`` and ``release.sig`` at its top
(``docs/supply-chain.md``). It comes from outside, by network or stick: every number is bounded, and
there is one way to write each thing. Checks of a whole tree: :mod:`app.release_manifest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from app.domain.errors import DomainError

__all__ = [
    "ENTRIES_MAX",
    "FILES_MAX",
    "FILE_BYTES_MAX",
    "FORMAT",
    "KEYS",
    "KEYS_NEEDED",
    "MANIFEST",
    "MANIFEST_BYTES_MAX",
    "PLATFORMS",
    "SEQUENCE_MAX",
    "SIGNATURES",
    "SIGNATURES_BYTES_MAX",
    "TOTAL_BYTES_MAX",
    "ReleaseFile",
    "ReleaseManifest",
    "check_path",
    "read_manifest",
    "read_signatures",
    "shown_path",
    "write_manifest",
    "write_signatures",
]

MANIFEST: Final = "release.json"
SIGNATURES: Final = "release.sig"
"""What stands in front of a manifest when it is signed, as of every message of the protocol."""

FORMAT: Final = 1
KEYS: Final = 3
KEYS_NEEDED: Final = 2
PLATFORMS: Final = frozenset({"linux-x86_64", "windows-x86_64"})
SEQUENCE_MAX: Final = 2**31 - 1
FILES_MAX: Final = 20_000
ENTRIES_MAX: Final = 2 * FILES_MAX
FILE_BYTES_MAX: Final = 256 * 1024 * 1024
TOTAL_BYTES_MAX: Final = 2 * 1024 * 1024 * 1024
MANIFEST_BYTES_MAX: Final = 8 * 1024 * 1024
SIGNATURES_BYTES_MAX: Final = 2048
_SIGNATURES_MAX: Final = 2 * KEYS
"""When the keys change, old ones and new ones sign."""

_PATH_LENGTH_MAX: Final = 180
_PATH_PARTS_MAX: Final = 16
_SHOWN: Final = 120
_PART: Final = re.compile(
    r"[A-Za-z0-9._+@(),=-](?:[A-Za-z0-9._+@(),= -]{0,126}[A-Za-z0-9_+@(),=-])?"
)
"""No colon (streams of NTFS), no tilde (short names of Windows), no blank or point at the end."""

_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9]|lpt[0-9]) *(?:\..*)?", re.IGNORECASE
)
"""Names that Windows opens as a device, whatever follows the point."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}")
_FRONT: Final = f"qispi-release {FORMAT}\n"
_SIGNED: Final = re.compile(r"key: ([0-9a-f]{64})\nsignature: ([0-9a-f]{128})\n")


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release: its path below the tree with ``/``, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ReleaseManifest:
    """What a release says of itself.

    ``sequence`` only ever grows, whatever ``program`` (the version that people see) says. ``keys``
    are the release keys that count once this release is installed. ``files`` are ordered by path.
    """

    sequence: int
    program: str
    platform: str
    keys: frozenset[bytes]
    files: tuple[ReleaseFile, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    path: str
    size: int
    sha256: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    format: int
    sequence: int
    program: str
    platform: str
    keys: list[str]
    files: list[_File]


class _Front(msgspec.Struct, frozen=True):
    format: int


def write_manifest(manifest: ReleaseManifest) -> bytes:
    """Return the one way in which a manifest is written: JSON without blanks, names and files in
    order (RFC 8785; nothing in it goes beyond ASCII). These bytes are what is signed."""
    written = _Manifest(
        format=FORMAT,
        sequence=manifest.sequence,
        program=manifest.program,
        platform=manifest.platform,
        keys=sorted(key.hex() for key in manifest.keys),
        files=[
            _File(path=one.path, size=one.size, sha256=one.sha256)
            for one in sorted(manifest.files, key=lambda one: one.path)
        ],
    )
    return msgspec.json.encode(written, order="sorted")


def read_manifest(content: bytes) -> ReleaseManifest:
    """Return what a manifest says. Raises DomainError ``release_manifest_wrong`` with what is
    wrong, ``release_format_newer``, ``release_path_wrong``, ``release_too_large``.

    Nothing but the bytes that :func:`write_manifest` gives is taken, so that two readers never see
    two manifests under one set of signatures.
    """
    if len(content) > MANIFEST_BYTES_MAX:
        raise DomainError("release_too_large", limit=FILES_MAX)
    try:
        if msgspec.json.decode(content, type=_Front).format > FORMAT:
            raise DomainError("release_format_newer")
        read = msgspec.json.decode(content, type=_Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _wrong("JSON") from None
    manifest = ReleaseManifest(
        read.sequence, read.program, read.platform, _keys(read.keys), _files(read.files)
    )
    if not 0 < manifest.sequence <= SEQUENCE_MAX:
        raise _wrong("sequence")
    if not _VERSION.fullmatch(manifest.program):
        raise _wrong("program")
    if manifest.platform not in PLATFORMS:
        raise _wrong("platform")
    if write_manifest(manifest) != content:
        raise _wrong("canonical")
    return manifest


def read_signatures(content: bytes) -> dict[bytes, bytes]:
    """Return key and signature of everybody who signed; nothing of it was checked.

    Raises DomainError ``release_unsigned``, and ``release_signature_repeated`` when a key stands
    there twice: it is one signer.
    """
    text = content[: SIGNATURES_BYTES_MAX + 1].decode("ascii", "replace")
    found = _SIGNED.findall(text)
    if (
        len(content) > SIGNATURES_BYTES_MAX
        or not 0 < len(found) <= _SIGNATURES_MAX
        or text != _FRONT + "".join(f"key: {key}\nsignature: {by}\n" for key, by in found)
    ):
        raise DomainError("release_unsigned")
    signers = [key for key, _ in found]
    if len(set(signers)) != len(signers):
        raise DomainError("release_signature_repeated")
    if signers != sorted(signers):
        raise DomainError("release_unsigned")
    return {bytes.fromhex(key): bytes.fromhex(by) for key, by in found}


def write_signatures(signatures: Mapping[bytes, bytes]) -> bytes:
    """Return the text of a signature file, ordered by key."""
    lines = [
        f"key: {key.hex()}\nsignature: {signatures[key].hex()}\n" for key in sorted(signatures)
    ]
    return (_FRONT + "".join(lines)).encode("ascii")


def check_path(path: str) -> None:
    """Refuse a path that leads elsewhere or that a system of ours would take for another one.

    Raises DomainError ``release_path_wrong``.
    """
    parts = path.split("/")
    if (
        len(path) > _PATH_LENGTH_MAX
        or len(parts) > _PATH_PARTS_MAX
        or path.casefold() in (MANIFEST, SIGNATURES)
        or any(
            not _PART.fullmatch(part) or part in (".", "..") or _DEVICES.fullmatch(part)
            for part in parts
        )
    ):
        raise DomainError("release_path_wrong", file=shown_path(path))


def shown_path(path: str) -> str:
    """Return a path of a stranger as it may be shown: short, and plain letters only."""
    return "".join(one if " " <= one <= "~" else "?" for one in path[:_SHOWN])


def _keys(written: list[str]) -> frozenset[bytes]:
    if len(written) != KEYS or len(set(written)) != KEYS:
        raise _wrong("keys")
    if not all(_HASH.fullmatch(one) for one in written):
        raise _wrong("keys")
    return frozenset(bytes.fromhex(one) for one in written)


def _files(written: list[_File]) -> tuple[ReleaseFile, ...]:
    if len(written) > FILES_MAX:
        raise DomainError("release_too_large", limit=FILES_MAX)
    total = 0
    for one in written:
        check_path(one.path)
        if one.size < 0 or not _HASH.fullmatch(one.sha256):
            raise _wrong("size, sha256")
        total += one.size
        if one.size > FILE_BYTES_MAX or total > TOTAL_BYTES_MAX:
            raise DomainError("release_too_large", limit=FILES_MAX)
    _refuse_collisions([one.path for one in written])
    return tuple(ReleaseFile(one.path, one.size, one.sha256) for one in written)


def _refuse_collisions(paths: Iterable[str]) -> None:
    """Windows and some sticks do not tell A from a: one of two such names would hide the other.
    Nor may a name be a file and a folder."""
    files: set[str] = set()
    folders: dict[str, str] = {}
    for path in paths:
        if path.casefold() in files or path.casefold() in folders:
            raise DomainError("release_path_wrong", file=shown_path(path))
        files.add(path.casefold())
        for at, sign in enumerate(path):
            if sign != "/":
                continue
            folder = path[:at]
            if folders.setdefault(folder.casefold(), folder) != folder:
                raise DomainError("release_path_wrong", file=shown_path(path))
            if folder.casefold() in files:
                raise DomainError("release_path_wrong", file=shown_path(path))


def _wrong(what: str) -> DomainError:
    return DomainError("release_manifest_wrong", what=what)
