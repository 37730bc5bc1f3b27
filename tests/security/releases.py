"""Releases to be attacked: three keys, a tree in memory, and what a laptop answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from app.crypto.secret import SecretKey
from app.crypto.signing import SigningKey
from app.domain.errors import DomainError
from app.release_format import (
    MANIFEST,
    SIGNATURES,
    ReleaseFile,
    ReleaseManifest,
    write_manifest,
    write_signatures,
)
from app.release_manifest import Entry, Installed, Kind, check_release
from sync.protocol.signature import Purpose, signed_bytes

PLATFORM = "linux-x86_64"
A, B, C, D, E, F = (SigningKey(SecretKey(bytes([number]) * 32)) for number in range(1, 7))
OLD = frozenset(one.public for one in (A, B, C))
NEW = frozenset(one.public for one in (D, E, F))
INSTALLED = Installed(6, OLD)
FILES: Mapping[str, bytes] = {
    "bin/python3.11": b"\x7fELF invented",
    "lib/empty.py": b"",
    "lib/qispi/app/__main__.py": b"print('hola')\n",
    "lib/qispi/app/version.py": b"PROGRAM_VERSION = '0.2.0'\n",
}


@dataclass
class Tree:
    """A tree in memory. ``more`` are entries that no honest tree has."""

    files: dict[str, bytes]
    more: list[Entry] = field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        folders = {path[:at] for path in self.files for at, one in enumerate(path) if one == "/"}
        yield from (Entry(path, Kind.FOLDER) for path in sorted(folders))
        yield from (Entry(path, Kind.FILE) for path in self.files)
        yield from self.more

    def read(self, path: str) -> Iterator[bytes]:
        content = self.files[path]
        yield from (content[at : at + 5] for at in range(0, len(content), 5))


def manifest_of(files: Mapping[str, bytes], sequence: int = 7) -> ReleaseManifest:
    listed = tuple(
        ReleaseFile(path, len(files[path]), hashlib.sha256(files[path]).hexdigest())
        for path in sorted(files)
    )
    return ReleaseManifest(sequence, "0.2.0", PLATFORM, OLD, listed)


def signed(content: bytes, signers: Iterable[SigningKey]) -> bytes:
    return write_signatures(
        {one.public: one.sign(signed_bytes(Purpose.RELEASE, content)) for one in signers}
    )


def release(
    manifest: ReleaseManifest | None = None,
    signers: Iterable[SigningKey] = (A, B),
    files: Mapping[str, bytes] = FILES,
) -> Tree:
    content = write_manifest(manifest or manifest_of(files))
    return Tree({**files, MANIFEST: content, SIGNATURES: signed(content, signers)})


def with_keys(keys: frozenset[bytes], sequence: int = 7) -> ReleaseManifest:
    return replace(manifest_of(FILES, sequence), keys=keys)


def answer(tree: Tree, installed: Installed = INSTALLED, platform: str = PLATFORM) -> str:
    """Return the id of the refusal, or ``taken``."""
    try:
        check_release(tree, installed, platform=platform)
    except DomainError as refused:
        return refused.message_id
    return "taken"
