"""Reads and writes language catalogues: PO in a checkout, MO in a wheel. Standard library only.

Written here, and not left to Babel, because the lock screen opens before anything else may cost
time (Babel's import alone takes longer than everything the lock screen does), because the
codes ``quy`` and ``agr`` are unknown to Babel, and because of the review lines::

    # @review status=approved by=R07+R12 on=2026-12-01 src=A:OP:530 h=67cf18ab

``h`` seals a translation: who edits the text without renewing the review drops it to *draft*.
An MO file carries the valid seals in its header (``X-Approved``, ``X-Speaker``).
"""

from __future__ import annotations

import enum
import hashlib
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Entry",
    "Status",
    "read_mo",
    "read_po",
    "read_review",
    "seal",
    "write_mo",
]

MAX_BYTES: Final = 8_000_000
_MO_MAGIC: Final = 0x950412DE
_CONTEXT_MARK: Final = "\x04"
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"\s*\Z')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_REVIEW = re.compile(r"@review\s+(.*)\Z")
_WORD = re.compile(r"(?:status|by|on|src|h)=\S+\Z")

Key = tuple[str | None, str]


class CatalogueError(ValueError):
    """A catalogue file cannot be read: says the line."""


class Status(enum.Enum):
    """How far a translation was checked by people who speak the language."""

    MISSING = "missing"
    DRAFT = "draft"
    SPEAKER = "speaker"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message: its source in Spanish, its translation (one or two forms), its review."""

    context: str | None
    source: str
    plural: str | None
    forms: tuple[str, ...]
    review: Mapping[str, str]
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        """What the message is found by."""
        return self.context, self.source

    @property
    def is_translated(self) -> bool:
        """Whether every form has a text."""
        return bool(self.forms) and all(self.forms)

    @property
    def status(self) -> Status:
        """The review state that the seal bears out; anything edited since is a draft."""
        if not self.is_translated or self.is_fuzzy:
            return Status.MISSING
        said = self.review.get("status")
        if said not in ("speaker", "approved"):
            return Status.DRAFT
        is_sealed = self.review.get("h") == seal(self.key, self.forms)
        return Status(said) if is_sealed else Status.DRAFT


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a running program needs of a catalogue."""

    forms: Mapping[Key, tuple[str, ...]]
    approved: frozenset[str]
    speaker: frozenset[str]
    total: int
    """How many messages there are, translated or not."""

    def status(self, key: Key) -> Status:
        """Return the review state of a message."""
        forms = self.forms.get(key)
        if forms is None:
            return Status.MISSING
        if self.approved or self.speaker:
            mark = seal(key, forms)
            if mark in self.approved:
                return Status.APPROVED
            if mark in self.speaker:
                return Status.SPEAKER
        return Status.DRAFT

    @staticmethod
    def of(entries: Iterable[Entry]) -> Catalogue:
        """Return the catalogue of these entries."""
        forms: dict[Key, tuple[str, ...]] = {}
        seals: dict[Status, set[str]] = {Status.APPROVED: set(), Status.SPEAKER: set()}
        total = 0
        for entry in entries:
            total += 1
            status = entry.status
            if status is Status.MISSING:
                continue
            forms[entry.key] = entry.forms
            if status in seals:
                seals[status].add(seal(entry.key, entry.forms))
        return Catalogue(
            forms, frozenset(seals[Status.APPROVED]), frozenset(seals[Status.SPEAKER]), total
        )


def seal(key: Key, forms: Iterable[str]) -> str:
    """Return the hash that ties a review to context, source and translation (8 hex digits).

    It guards against forgetting, not against an attacker: the files are in a signed release.
    """
    return hashlib.sha256("\0".join((key[0] or "", key[1], *forms)).encode()).hexdigest()[:8]


def read_po(text: str) -> tuple[Entry, ...]:
    """Return the messages of a PO file, without its header and without obsolete ones (``#~``).

    Raises CatalogueError for a file over 8 MB or a line that is not PO.
    """
    if len(text) > MAX_BYTES:
        raise CatalogueError("the catalogue is over 8 MB")
    entries: list[Entry] = []
    for number, block in _blocks(text):
        entry = _entry(block, number)
        if entry is not None and entry.source:
            entries.append(entry)
    return tuple(entries)


def _blocks(text: str) -> Iterable[tuple[int, list[str]]]:
    """Yield the paragraphs of a PO file, each with the number of its first line."""
    block: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            if not block:
                first = number
            block.append(line.strip())
        elif block:
            yield first, block
            block = []
    if block:
        yield first, block


def _entry(block: list[str], first: int) -> Entry | None:
    """Return the message of one paragraph, or None for comments alone."""
    comments = [line for line in block if line.startswith("#")]
    parts = _parts(block, first)
    if "msgid" not in parts:
        if parts:
            raise CatalogueError(f"line {first}: no msgid")
        return None
    plural = parts.get("msgid_plural")
    if plural is None:
        forms: tuple[str, ...] = (parts.get("msgstr", ""),)
    else:
        forms = (parts.get("msgstr[0]", ""), parts.get("msgstr[1]", ""))
    said = [line[2:].strip() for line in comments if line.startswith("# ")]
    is_fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in comments)
    return Entry(parts.get("msgctxt"), parts["msgid"], plural, forms, read_review(said), is_fuzzy)


def _parts(block: list[str], first: int) -> dict[str, str]:
    """Return the strings of a paragraph by their keyword."""
    parts: dict[str, list[str]] = {}
    current = ""
    for number, line in enumerate(block, start=first):
        if line.startswith("#"):
            continue
        text = line
        if not line.startswith('"'):
            current, _, text = line.partition(" ")
            if current in parts or not current.startswith("msg"):
                raise CatalogueError(f"line {number}: unexpected {current[:20]!r}")
            parts[current] = []
        quoted = _STRING.match(text.strip())
        if quoted is None or not current:
            raise CatalogueError(f"line {number}: not a quoted string")
        parts[current].append(_unescape(quoted[1]))
    return {keyword: "".join(pieces) for keyword, pieces in parts.items()}


def read_review(comments: Iterable[str]) -> dict[str, str]:
    """Return the words of the last review line among a message's comments, bare of their ``#``.

    Other programs break long comments: lines that hold nothing but ``name=value`` belong to the
    review line above them.
    """
    words: list[str] = []
    is_open = False
    for line in comments:
        found = _REVIEW.match(line)
        if found is not None:
            words, is_open = found[1].split(), True
        elif is_open and line.split() and all(_WORD.match(word) for word in line.split()):
            words += line.split()
        else:
            is_open = False
    pairs = (word.partition("=") for word in words)
    return {name: value for name, _, value in pairs}


def _unescape(text: str) -> str:
    return text if "\\" not in text else _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), text)


def write_mo(entries: Iterable[Entry], code: str) -> bytes:
    """Return the GNU MO file of the translated entries; its header carries count and seals."""
    entries = tuple(entries)
    catalogue = Catalogue.of(entries)
    plurals = {entry.key: entry.plural for entry in entries}
    header = "".join(
        f"{name}: {value}\n"
        for name, value in (
            ("Language", code),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
            ("X-Messages", str(catalogue.total)),
            ("X-Approved", " ".join(sorted(catalogue.approved))),
            ("X-Speaker", " ".join(sorted(catalogue.speaker))),
        )
    )
    pairs = [(b"", header.encode())]
    for (context, source), forms in catalogue.forms.items():
        plural = plurals[context, source]
        name = source if plural is None else f"{source}\0{plural}"
        if context is not None:
            name = f"{context}{_CONTEXT_MARK}{name}"
        pairs.append((name.encode(), "\0".join(forms).encode()))
    pairs.sort()
    start = 28 + 16 * len(pairs)
    table: list[tuple[int, int]] = []
    body = bytearray()
    for side in (0, 1):
        for pair in pairs:
            table.append((len(pair[side]), start + len(body)))
            body += pair[side] + b"\0"
    head = struct.pack("<7I", _MO_MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return head + b"".join(struct.pack("<2I", *row) for row in table) + bytes(body)


def read_mo(content: bytes) -> Catalogue:
    """Return the catalogue of a little-endian GNU MO file as :func:`write_mo` makes it.

    Raises CatalogueError when it is truncated, over 8 MB, or not such a file.
    """
    if len(content) > MAX_BYTES:
        raise CatalogueError("the catalogue is over 8 MB")
    forms: dict[Key, tuple[str, ...]] = {}
    header: dict[str, str] = {}
    room = len(content)
    try:
        magic, version, count, names, texts = struct.unpack_from("<5I", content)
        if magic != _MO_MAGIC or version != 0 or count > len(content) // 16:
            raise CatalogueError("not a catalogue of this program")
        for row in range(count):
            name = _mo_string(content, names + 8 * row)
            text = _mo_string(content, texts + 8 * row)
            room -= len(name) + len(text)
            if room < 0:
                raise CatalogueError("its strings overlap")
            if not name:
                lines = (line.partition(": ") for line in text.splitlines())
                header = {key: value for key, _, value in lines}
                continue
            context, mark, source = name.rpartition(_CONTEXT_MARK)
            forms[context if mark else None, source.partition("\0")[0]] = tuple(text.split("\0"))
        total = int(header.get("X-Messages", len(forms)))
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise CatalogueError(f"the catalogue is damaged: {error}") from error
    return Catalogue(
        forms,
        frozenset(header.get("X-Approved", "").split()),
        frozenset(header.get("X-Speaker", "").split()),
        total,
    )


def _mo_string(content: bytes, at: int) -> str:
    length, offset = struct.unpack_from("<2I", content, at)
    if offset + length > len(content):
        raise CatalogueError("a string lies outside the file")
    return content[offset : offset + length].decode()
