"""Reading letters (``documents/letters/*.yaml``) and the frame of printed forms
(``documents/papers.yaml``). Every fault names its file and line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.lists import check_versions, read_gate, read_source, read_validity
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.form import Form
from app.domain.letter import (
    BLANK_IN_TEXT,
    Blank,
    Fill,
    FormPaper,
    LetterPart,
    LetterTemplate,
)

__all__ = ["LetterSources", "read_letters", "read_papers"]

PAPERS: Final = "documents/papers.yaml"
LETTERS: Final = "documents/letters"
LINES_MAX: Final = 30
ROWS_MAX: Final = 12
EVENTS: Final = "sucesos"

_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{2,40}")
_CENTRE_KEYS: Final = frozenset({"name", "programme", "ministry", "address", "phone", "district"})
_STAFF_KEYS: Final = frozenset({"name", "role"})
_FILLS: Final = {one.value: one for one in Fill}
_LABELLED: Final = frozenset({Fill.FACT, Fill.HAND})
"""Blanks that need words of their own: nothing else says what belongs there."""

_REVEALING: Final = frozenset({Fill.FIELD, Fill.CASE_CODE, Fill.CENTRE})
"""What a paper that she takes along may not be filled with: it is found by others."""


@dataclass(frozen=True, slots=True)
class LetterSources:
    """What the files of letters refer to."""

    ficha: Form | None
    catalogues: Mapping[str, Catalogue]
    data_items: frozenset[str]
    deadlines: frozenset[str]


def read_papers(root: Path, forms: Collection[str]) -> dict[str, FormPaper]:
    """Return the frame of each printed form by form id. Raises DefinitionError."""
    top = read_yaml(root, PAPERS).mapping(frozenset({"version", "papers"}), frozenset())
    top["version"].text()
    found: dict[str, FormPaper] = {}
    for node in top["papers"].sequence():
        entries = node.mapping(
            frozenset({"form", "legend", "reserved", "blank_rows", "source"}), frozenset()
        )
        form, rows = entries["form"].text(), entries["blank_rows"].integer()
        if form not in forms or form in found:
            raise entries["form"].refuse(f"{form!r} is no form, or stands twice")
        if not 1 <= rows <= ROWS_MAX:
            raise entries["blank_rows"].refuse(f"a list has 1 to {ROWS_MAX} empty rows")
        found[form] = FormPaper(
            form,
            entries["legend"].text(),
            entries["reserved"].text(),
            rows,
            read_source(entries["source"]),
        )
    return found


def read_letters(root: Path, sources: LetterSources, day: date | None) -> dict[str, LetterTemplate]:
    """Return the letters by slug, in the version that holds on ``day`` (the newest when it is
    None). Raises DefinitionError."""
    versions: dict[str, list[tuple[LetterTemplate, Node]]] = {}
    for path in sorted((root / LETTERS).glob("*.yaml")):
        node = read_yaml(root, f"{LETTERS}/{path.name}")
        letter = _letter(node, sources)
        versions.setdefault(letter.slug, []).append((letter, node))
    found = {}
    for slug, several in versions.items():
        check_versions(
            [(one.version, one.valid_from, one.valid_to, node) for one, node in several],
            f"letter {slug!r}",
        )
        several.sort(key=lambda one: one[0].valid_from or date.min)
        holding = [
            one for one, _ in several if not (day and one.valid_from and one.valid_from > day)
        ]
        found[slug] = holding[-1] if holding else several[0][0]
    return found


_REQUIRED: Final = frozenset({"letter", "version", "title", "source", "parts"})
_OPTIONAL: Final = frozenset(
    {"signatures", "heading", "subject", "reference", "addressee", "blanks", "legal_basis",
     "carries", "claims", "numbered", "for_her", "fingerprint", "gated", "valid_from", "valid_to"}
)  # fmt: skip


def _letter(node: Node, sources: LetterSources) -> LetterTemplate:
    entries = node.mapping(_REQUIRED, _OPTIONAL)
    start, end = read_validity(entries)
    if not _SLUG.fullmatch(entries["letter"].text()):
        raise entries["letter"].refuse("a letter is named in small letters and underlines")
    letter = LetterTemplate(
        slug=entries["letter"].text(),
        version=entries["version"].text(),
        title=entries["title"].text(),
        source=read_source(entries["source"]),
        subject=_text(entries, "subject"),
        reference=_text(entries, "reference"),
        addressee=_texts(entries, "addressee"),
        parts=tuple(_part(one) for one in entries["parts"].sequence()),
        blanks=tuple(_blanks(entries, sources)),
        legal_basis=_texts(entries, "legal_basis"),
        carries=_known(entries, "carries", sources.data_items),
        claims=_known(entries, "claims", sources.deadlines),
        signatures=tuple(_signatures(entries)),
        heading=_text(entries, "heading") or entries["title"].text(),
        is_numbered=_flag(entries, "numbered"),
        is_for_her=_flag(entries, "for_her"),
        has_fingerprint=_flag(entries, "fingerprint"),
        gate=read_gate(entries),
        valid_from=start,
        valid_to=end,
    )
    _check_blanks(letter, node)
    _check_for_her(letter, node)
    return letter


def _blanks(entries: Mapping[str, Node], sources: LetterSources) -> Iterator[Blank]:
    for name, node in entries["blanks"].any_mapping().items() if "blanks" in entries else ():
        parts = node.mapping(frozenset({"fill"}), frozenset({"key", "label"}))
        fill = _FILLS.get(parts["fill"].text())
        if fill is None or not BLANK_IN_TEXT.fullmatch(f"{{{name}}}"):
            raise node.refuse(f"{name!r} is filled by nothing that is known")
        key, label = _text(parts, "key"), _text(parts, "label")
        if fill in _LABELLED and not label:
            raise node.refuse("missing key 'label'")
        yield Blank(name, fill, key, label or _words_of(fill, key, node, sources))


def _words_of(fill: Fill, key: str, node: Node, sources: LetterSources) -> str:
    """Return what a blank is called after the thing that fills it."""
    match fill:
        case Fill.FIELD:
            field = sources.ficha.get(key) if sources.ficha is not None else None
            if field is None:
                raise node.refuse(f"the ficha has no field {key!r}")
            return field.brief
        case Fill.EVENT_DAY | Fill.EVENT_TIME:
            events = sources.catalogues.get(EVENTS)
            term = events.get(key) if events is not None else None
            if term is None:
                raise node.refuse(f"nothing that happens is called {key!r}")
            return f"{term.label} ({'día' if fill is Fill.EVENT_DAY else 'hora'})"
        case Fill.CENTRE if key in _CENTRE_KEYS:
            return "Datos del centro"
        case Fill.STAFF if key in _STAFF_KEYS:
            return "Quien escribe"
        case Fill.CASE_CODE:
            return "Código del caso"
        case _:
            raise node.refuse(f"unknown key {key!r}")


def _part(node: Node) -> LetterPart:
    if node.entries is None:
        return LetterPart(node.text())
    entries = node.mapping(frozenset({"text"}), frozenset({"point", "lines", "boxes"}))
    lines = entries["lines"].integer() if "lines" in entries else 0
    if not 0 <= lines <= LINES_MAX:
        raise entries["lines"].refuse(f"at most {LINES_MAX} lines to write on")
    return LetterPart(
        entries["text"].text(), _flag(entries, "point"), lines, _texts(entries, "boxes")
    )


def _signatures(entries: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    for node in entries["signatures"].sequence() if "signatures" in entries else ():
        pair = node.mapping(frozenset({"under"}), frozenset({"over"}))
        yield _text(pair, "over"), pair["under"].text()


def _check_blanks(letter: LetterTemplate, node: Node) -> None:
    """Refuse a blank that is not declared, is never used, or a lone brace."""
    declared = {one.name for one in letter.blanks}
    texts = [letter.subject, letter.reference, *letter.addressee]
    texts += [one.text for one in letter.parts]
    texts += [text for pair in letter.signatures for text in pair]
    used = {name for text in texts for name in BLANK_IN_TEXT.findall(text)}
    for text in texts:
        if "{" in (rest := BLANK_IN_TEXT.sub("", text)) or "}" in rest:
            raise node.refuse(f"a brace stands alone in {text[:40]!r}")
    for name in sorted(used ^ declared):
        what = "is not declared" if name in used else "stands in no text"
        raise node.refuse(f"the blank {name!r} {what}")


def _check_for_her(letter: LetterTemplate, node: Node) -> None:
    """Refuse anything on a paper of hers that tells who finds it what it is about."""
    if not letter.is_for_her:
        return
    if letter.legal_basis and letter.gate != "rights":
        raise node.refuse("a paper that she takes along names no law")
    if letter.addressee or letter.subject or letter.reference or letter.is_numbered:
        raise node.refuse("a paper that she takes along has neither addressee nor subject")
    if letter.carries or any(one.fill in _REVEALING for one in letter.blanks):
        raise node.refuse("a paper that she takes along holds no data of hers or of the centre")


def _text(entries: Mapping[str, Node], key: str) -> str:
    return entries[key].text() if key in entries else ""


def _texts(entries: Mapping[str, Node], key: str) -> tuple[str, ...]:
    return entries[key].texts() if key in entries else ()


def _known(entries: Mapping[str, Node], key: str, known: Collection[str]) -> tuple[str, ...]:
    found = _texts(entries, key)
    for one in found:
        if one not in known:
            raise entries[key].refuse(f"unknown {key} {one!r}")
    return found


def _flag(entries: Mapping[str, Node], key: str) -> bool:
    return key in entries and entries[key].flag()
