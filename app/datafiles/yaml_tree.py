"""Strict reading of the program's own YAML: every value typed, every refusal with file and line.

A small part of YAML on purpose: mappings, lists and scalars. Anchors, aliases, tags and a second
document are refused; nothing is guessed from how a text looks, so that ``010401``, ``no`` and
``2026-01-24`` never turn into something else: a text that looks like another type must stand in
quotes. The tree is built from parser events, because libyaml's own composer recurses without a
limit and ends the process on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from app.domain.errors import DefinitionError

__all__ = [
    "DEPTH_MAX",
    "FILE_BYTES_MAX",
    "TEXT_LENGTH_MAX",
    "Node",
    "parse_yaml",
    "read_text",
    "read_yaml",
]

FILE_BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 12
NODES_MAX = 200_000
TEXT_LENGTH_MAX = 4_000

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_LOOKS_TYPED = re.compile(
    r"[-+]?[0-9][0-9_.:eE+-]*|0x[0-9a-fA-F]+|true|false|yes|no|on|off|null|~|", re.IGNORECASE
)


@dataclass(slots=True)
class Node:
    """A value of a file and the line it stands on. Exactly one of the three contents is set."""

    file: str
    line: int
    scalar: str | None = None
    is_plain: bool = False
    entries: dict[str, Node] | None = None
    items: list[Node] | None = None
    _pending: Node | None = field(default=None, repr=False)

    def refuse(self, reason: str) -> DefinitionError:
        """Return the error that names this place."""
        return DefinitionError(reason, file=self.file, line=self.line)

    def mapping(self, required: frozenset[str], optional: frozenset[str]) -> dict[str, Node]:
        """Return the entries. Raises DefinitionError for a missing or an unknown key."""
        entries = self.any_mapping()
        for key, value in entries.items():
            if key not in required and key not in optional:
                raise value.refuse(f"unknown key {key!r}")
        for key in sorted(required):
            if key not in entries:
                raise self.refuse(f"missing key {key!r}")
        return entries

    def any_mapping(self) -> dict[str, Node]:
        """Return the entries, whatever their keys. Raises DefinitionError for another type."""
        if self.entries is None:
            raise self.refuse("a mapping is wanted here")
        return self.entries

    def sequence(self) -> list[Node]:
        """Return the items. Raises DefinitionError for another type or an empty list."""
        if not self.items:
            raise self.refuse("a list with at least one item is wanted here")
        return self.items

    def text(self) -> str:
        """Return a text. Raises DefinitionError for another type, an empty or an endless one."""
        if self.scalar is None or (self.is_plain and _LOOKS_TYPED.fullmatch(self.scalar)):
            raise self.refuse("a text is wanted here (numbers, dates and yes/no in quotes)")
        if not self.scalar.strip() or len(self.scalar) > TEXT_LENGTH_MAX:
            raise self.refuse("a text is empty or too long")
        return self.scalar.strip()

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts, each at most once."""
        found: dict[str, None] = {}
        for item in self.sequence():
            text = item.text()
            if text in found:
                raise item.refuse(f"{text!r} stands twice")
            found[text] = None
        return tuple(found)

    def integer(self) -> int:
        """Return a whole number. Raises DefinitionError for anything else."""
        if self.scalar is None or not self.is_plain or not _WHOLE.fullmatch(self.scalar):
            raise self.refuse("a whole number is wanted here")
        return int(self.scalar)

    def flag(self) -> bool:
        """Return ``true`` or ``false``. Raises DefinitionError for anything else."""
        if not self.is_plain or self.scalar not in ("true", "false"):
            raise self.refuse("true or false is wanted here")
        return self.scalar == "true"

    def day(self) -> date:
        """Return a date (``2026-01-24``). Raises DefinitionError for anything else."""
        try:
            return date.fromisoformat(self.scalar or "")
        except ValueError:
            raise self.refuse("a date is wanted here: 2026-01-24") from None


def read_text(root: Path, name: str) -> str:
    """Return the text of a file below ``root``. Raises DefinitionError when it is missing, not
    UTF-8 or larger than 4 MB.
    """
    path = root / name
    try:
        with path.open("rb") as file:  # a device without end says that it has no size
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError:
        raise DefinitionError("the file cannot be read", file=name, line=1) from None
    if len(content) > FILE_BYTES_MAX:
        raise DefinitionError("the file is larger than 4 MB", file=name, line=1)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionError("the file is not UTF-8", file=name, line=line) from None


def read_yaml(root: Path, name: str) -> Node:
    """Return the tree of one file below ``root``. Raises DefinitionError."""
    return parse_yaml(read_text(root, name), name)


def parse_yaml(text: str, name: str) -> Node:
    """Return the tree of a text that is no file here; faults say ``name``. Raises
    DefinitionError."""
    try:
        return _Builder(name).build(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DefinitionError(f"not YAML: {error.problem}", file=name, line=line) from None
    except yaml.YAMLError:
        raise DefinitionError("not YAML", file=name, line=1) from None


@dataclass(slots=True)
class _Builder:
    """Builds the tree from events, with its limits checked at every step."""

    file: str
    root: Node | None = None
    stack: list[Node] = field(default_factory=list)
    nodes: int = 0

    def build(self, events: Iterator[yaml.Event]) -> Node:
        for event in events:
            self._take(event)
        if self.root is None:
            raise DefinitionError("the file is empty", file=self.file, line=1)
        return self.root

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._refuse_extras(event)
                self._add(
                    Node(
                        self.file,
                        _line(event),
                        scalar=event.value,
                        is_plain=not event.style,
                    )
                )
            case yaml.MappingStartEvent():
                self._refuse_extras(event)
                self._open(Node(self.file, _line(event), entries={}))
            case yaml.SequenceStartEvent():
                self._refuse_extras(event)
                self._open(Node(self.file, _line(event), items=[]))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.stack.pop()
            case yaml.AliasEvent():
                raise self._refusal(event, "an alias is not allowed")
            case yaml.DocumentStartEvent() if self.root is not None:
                raise self._refusal(event, "a second document is not allowed")

    def _refuse_extras(
        self, event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent
    ) -> None:
        if event.anchor is not None:
            raise self._refusal(event, "an anchor is not allowed")
        if event.tag is not None:
            raise self._refusal(event, "a tag is not allowed")
        self.nodes += 1
        if self.nodes > NODES_MAX:
            raise self._refusal(event, "the file holds too much")

    def _open(self, node: Node) -> None:
        self._add(node)
        self.stack.append(node)
        if len(self.stack) > DEPTH_MAX:
            raise node.refuse(f"nested deeper than {DEPTH_MAX}")

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent._pending is None:
            if node.scalar is None:
                raise node.refuse("a key must be a text")
            parent._pending = node
        else:
            key = parent._pending
            parent._pending = None
            self._put(parent, key, node)

    def _put(self, parent: Node, key: Node, node: Node) -> None:
        entries = parent.any_mapping()
        name = key.scalar or ""
        if name in entries:
            raise key.refuse(f"key {name!r} stands twice")
        entries[name] = node

    def _refusal(self, event: yaml.Event, reason: str) -> DefinitionError:
        return DefinitionError(reason, file=self.file, line=_line(event))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1
