"""Looks for known texts in files, in every shape in which software leaves them behind.

Used with invented *markers* (names, documents, telephones, narrative) that were typed into the
program: none of them may be found in its data folder, on a stick, in the server's database or in a
log. Shapes: UTF-8, UTF-16, Latin-1 and DOS code pages; composed and decomposed accents, and none;
lower, upper and title case; JSON, HTML, URL and Python escapes; hexadecimal; base64 in its three
alignments; and all of that inside zip, gzip, zlib, zstd and PDF streams, some levels deep.

A scan of nothing is refused, and :func:`self_test` proves with a planted leak that silence means
something. What it cannot see: text drawn with the glyph numbers of an embedded font in a PDF, and
single words in an index when the marker has several (give the words as markers, too).
"""

from __future__ import annotations

import base64
import html
import json
import mmap
import re
import struct
import sys
import unicodedata
import urllib.parse
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import zstandard

__all__ = [
    "MARKER_LENGTH_MIN",
    "EmptyScanError",
    "Finding",
    "forms_of",
    "patterns_of",
    "scan",
    "self_test",
]

MARKER_LENGTH_MIN = 4
DEPTH_MAX = 4
UNPACKED_BYTES_MAX = 64 * 1024 * 1024
ENCODED_BYTES_MIN = 6

_CONTAINER = re.compile(
    rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd|PK\x03\x04|stream\r?\n"
)
_ZIP_ENTRY = struct.Struct("<4s5H3L2H")

_Content = bytes | mmap.mmap
_BLOCK_BYTES = 4_096
_NOTHING = bytes(_BLOCK_BYTES)
"""What most of a disk's image is."""
_BEGIN_BYTES = MARKER_LENGTH_MIN
"""Of a pattern; read as one machine word."""


class EmptyScanError(ValueError):
    """There was nothing to look for, or nothing to look into."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A marker that was found: in which file, where in it, in which shape."""

    path: Path
    where: str
    marker: str
    form: str


def scan(paths: Iterable[Path], markers: Iterable[str]) -> list[Finding]:
    """Return every marker found in these files (folders: everything below, hidden files too).

    File names are searched as well. Raises EmptyScanError when there is no marker or no content,
    ValueError for a marker below four characters (chance would find it in any ciphertext).
    """
    patterns = _Patterns.of(markers)
    findings: list[Finding] = []
    bytes_read = 0
    for path in sorted({file for one in paths for file in _files(one)}):
        found = [("name", *hit[1:]) for hit in patterns.hits(path.name.encode())]
        with _content_of(path) as content:
            bytes_read += len(content)
            found += _found(patterns, content, "", 0)
        findings += [Finding(path, *hit) for hit in dict.fromkeys(found)]
    if bytes_read == 0:
        raise EmptyScanError("no file with any content was scanned")
    return findings


def self_test(folder: Path, markers: Iterable[str]) -> None:
    """Plant every marker in several shapes in a file in ``folder``, and find it; else assert.

    A scan whose own leak goes unseen proves nothing.
    """
    wanted = list(markers)
    planted = folder / "planted.bin"
    for marker in wanted:
        raw = marker.encode()
        shapes = {
            "plain": raw,
            "utf-16": marker.encode("utf-16le"),
            "zlib": zlib.compress(b"before " + raw + b" after"),
            "zstd": zstandard.compress(raw * 3),
            "base64": base64.b64encode(b"x" + raw + b"yz"),
        }
        for shape, content in shapes.items():
            planted.write_bytes(b"\x00\x91" * 64 + content + b"\xf3\x07" * 64)
            found = {finding.marker for finding in scan([planted], [marker])}
            assert marker in found, f"a planted leak ({shape}) went unseen"
    planted.unlink()


def forms_of(marker: str) -> Mapping[bytes, str]:
    """Return every byte string that means the marker, with the name of its shape."""
    forms: dict[bytes, str] = {}
    for text in _texts(marker):
        for encoding in ("utf-8", "utf-16le", "utf-16be", "latin-1", "cp1252", "cp850"):
            try:
                forms.setdefault(text.encode(encoding), encoding)
            except UnicodeEncodeError:
                continue
        forms.setdefault(json.dumps(text)[1:-1].encode(), "json")
        forms.setdefault(ascii(text)[1:-1].encode(), "python")
        forms.setdefault(html.escape(text).encode(), "html")
        forms.setdefault(text.encode("ascii", "xmlcharrefreplace"), "html")
        forms.setdefault(urllib.parse.quote(text).encode(), "url")
        forms.setdefault(urllib.parse.quote_plus(text).encode(), "url")
    for raw, name in list(forms.items()):
        if name in ("utf-8", "utf-16le") and len(raw) >= ENCODED_BYTES_MIN:
            forms.setdefault(raw.hex().encode(), f"{name} in hex")
            forms.setdefault(raw.hex().upper().encode(), f"{name} in hex")
            for encoded in _base64(raw):
                forms.setdefault(encoded, f"{name} in base64")
    return {raw: name for raw, name in forms.items() if len(raw) >= MARKER_LENGTH_MIN}


def patterns_of(markers: Iterable[str]) -> int:
    """Return in how many shapes these markers are looked for."""
    return len({raw for marker in markers for raw in forms_of(marker)})


def _texts(marker: str) -> set[str]:
    decomposed = unicodedata.normalize("NFD", marker)
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    texts = {marker, unicodedata.normalize("NFC", marker), decomposed, bare}
    if re.fullmatch(r"[\d\s()+.-]{6,}", marker):
        texts.add(re.sub(r"\D", "", marker))
    return {shape for text in texts for shape in (text, text.lower(), text.upper(), text.title())}


def _base64(raw: bytes) -> Iterator[bytes]:
    # A text inside a longer one stands at one of three alignments; the signs that also hold bits
    # of its neighbours are cut off at both ends.
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        first = (0, 2, 3)[shift]
        spare = (shift + len(raw)) % 3
        last = len(encoded) if spare == 0 else len(encoded) - (4 - spare)
        inner = encoded[first:last]
        if len(inner) >= 2 * MARKER_LENGTH_MIN:
            yield inner
            yield inner.replace(b"+", b"-").replace(b"/", b"_")


class _Patterns:
    """All shapes of all markers, found in one pass over the content."""

    def __init__(self, patterns: Mapping[bytes, tuple[str, str]]) -> None:
        self._by_start: dict[bytes, list[tuple[bytes, str, str]]] = {}
        for raw, (marker, form) in patterns.items():
            self._by_start.setdefault(raw[:_BEGIN_BYTES], []).append((raw, marker, form))
        self._words = frozenset(int.from_bytes(raw, sys.byteorder) for raw in self._by_start)

    @classmethod
    def of(cls, markers: Iterable[str]) -> _Patterns:
        patterns: dict[bytes, tuple[str, str]] = {}
        for marker in markers:
            if len(marker.strip()) < MARKER_LENGTH_MIN:
                raise ValueError("a marker needs at least four characters")
            for raw, form in forms_of(marker).items():
                patterns.setdefault(raw, (marker, form))
        if not patterns:
            raise EmptyScanError("there is no marker to look for")
        return cls(patterns)

    def hits(self, content: _Content) -> list[tuple[str, str, str]]:
        """Return place, marker and shape of each hit in one piece of content."""
        return [
            (f"@{at}", marker, form)
            for start in range(0, len(content), _BLOCK_BYTES)
            for at in self._begins(content, start)
            for raw, marker, form in self._by_start[content[at : at + _BEGIN_BYTES]]
            if content[at : at + len(raw)] == raw
        ]

    def _begins(self, content: _Content, start: int) -> list[int]:
        """Return where in one block the beginning of a pattern stands."""
        block = content[start : start + _BLOCK_BYTES + _BEGIN_BYTES - 1]
        if block[:_BLOCK_BYTES] == _NOTHING and not any(block[_BLOCK_BYTES:]):
            return []
        # With tens of thousands of patterns, one look-up an offset beats a search for each of them,
        # and looking up machine words, the block at each of their alignments, beats cutting it up.
        view = memoryview(block)
        if not any(self._has_word(view[shift:]) for shift in range(_BEGIN_BYTES)):
            return []
        starts = self._by_start
        return [
            start + at
            for at in range(len(block) - _BEGIN_BYTES + 1)
            if block[at : at + _BEGIN_BYTES] in starts
        ]

    def _has_word(self, view: memoryview) -> bool:
        whole = len(view) - len(view) % _BEGIN_BYTES
        return not self._words.isdisjoint(view[:whole].cast("I"))


@contextmanager
def _content_of(path: Path) -> Iterator[_Content]:
    """Give what a file holds, without reading an image of gigabytes into memory."""
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            yield b""
            return
        # Closed with the last view of it, not here: what was unpacked may still look into it.
        yield mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _found(
    patterns: _Patterns, content: _Content, trail: str, depth: int
) -> list[tuple[str, str, str]]:
    hits = [(trail + place, marker, form) for place, marker, form in patterns.hits(content)]
    if depth < DEPTH_MAX:
        for place, unpacked in _unpacked(content):
            hits += _found(patterns, unpacked, f"{trail}{place}>", depth + 1)
    return hits


def _unpacked(content: _Content) -> Iterator[tuple[str, bytes]]:
    view = memoryview(content)
    for match in _CONTAINER.finditer(content):
        at, magic = match.start(), match.group()
        if magic.startswith(b"\x1f"):
            yield from _inflated(view[at:], 31, f"gzip@{at}")
        elif magic.startswith(b"\x78"):
            yield from _inflated(view[at:], 15, f"zlib@{at}")
        elif magic.startswith(b"\x28"):
            yield from _zstd(view[at:], f"zstd@{at}")
        elif magic.startswith(b"PK"):
            yield from _zip_entry(view[at:], f"zip@{at}")
        else:
            yield from _pdf_stream(content, match.end(), f"pdf@{at}")


def _inflated(
    packed: memoryview | bytes, window_bits: int, place: str
) -> Iterator[tuple[str, bytes]]:
    unpacker = zlib.decompressobj(window_bits)
    unpacked = bytearray()
    try:
        # In small steps, so that what stands before a cut or a damage is still looked at.
        for start in range(0, len(packed), 65_536):
            unpacked += unpacker.decompress(packed[start : start + 65_536], UNPACKED_BYTES_MAX)
            if unpacker.eof or len(unpacked) > UNPACKED_BYTES_MAX:
                break
    except zlib.error:
        pass
    if unpacked:
        yield place, bytes(unpacked)


def _zstd(packed: memoryview, place: str) -> Iterator[tuple[str, bytes]]:
    unpacked = bytearray()
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            while len(unpacked) <= UNPACKED_BYTES_MAX and (block := reader.read(65_536)):
                unpacked += block
    except zstandard.ZstdError:
        pass
    if unpacked:
        yield place, bytes(unpacked)


def _zip_entry(packed: memoryview, place: str) -> Iterator[tuple[str, bytes]]:
    # By the entry's own header, not the directory at the end: a cut archive is searched, too.
    if len(packed) < _ZIP_ENTRY.size:
        return
    header = _ZIP_ENTRY.unpack_from(packed)
    start = _ZIP_ENTRY.size + header[9] + header[10]
    yield from _inflated(packed[start:], -15, place)


def _pdf_stream(content: _Content, start: int, place: str) -> Iterator[tuple[str, bytes]]:
    end = content.find(b"endstream", start)
    stream = content[start : end if end >= 0 else len(content)].strip()
    if stream.endswith(b"~>"):
        try:
            stream = base64.a85decode(stream.removesuffix(b"~>"))
        except ValueError:
            return
        yield place, stream
        yield from _inflated(stream, 15, place)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (one for one in path.rglob("*") if one.is_file())
    elif path.is_file():
        yield path
