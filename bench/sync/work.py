"""The work that every peer does, as a file: plain Python only, since the peers have an environment
of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["KINDS", "Edit", "Plain", "Work", "read_work", "write_work"]

Plain = str | int | tuple[str, ...]

KINDS = ("coded", "short", "date", "number", "set", "text")


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of one case typed anew; of a long text ``value`` begins with ``old``."""

    case: int
    field: str
    value: Plain
    old: Plain


@dataclass(frozen=True, slots=True)
class Work:
    """Cases and edits of them. ``kinds`` names the kind of each field, in the order of a document;
    what was left blank stands in a case as an empty text. ``ids`` name the documents of the
    peers, 32 digits each: the program itself draws its own."""

    kinds: Mapping[str, str]
    ids: Sequence[str]
    cases: Sequence[Mapping[str, Plain]]
    edits: Sequence[Edit]

    @property
    def fields(self) -> int:
        """How many fields were filled in, all cases together."""
        return sum(value != "" for case in self.cases for value in case.values())


def write_work(work: Work, path: Path) -> None:
    """Write it down as JSON."""
    content = {
        "kinds": dict(work.kinds),
        "cases": [{"id": name, **case} for name, case in zip(work.ids, work.cases, strict=True)],
        "edits": [{"id": work.ids[one.case], **asdict(one)} for one in work.edits],
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_work(path: Path) -> Work:
    """Return what :func:`write_work` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    documents = content["cases"]
    return Work(
        kinds=content["kinds"],
        ids=[one["id"] for one in documents],
        cases=[
            {name: _plain(value) for name, value in one.items() if name != "id"}
            for one in documents
        ],
        edits=[
            Edit(one["case"], one["field"], _plain(one["value"]), _plain(one["old"]))
            for one in content["edits"]
        ],
    )


def _plain(value: str | int | list[str]) -> Plain:
    return tuple(value) if isinstance(value, list) else value
