"""Brings the language catalogues up to date: ``.venv/bin/python packaging/update_catalogues.py``.

Extracts every marked text into ``locales/messages.pot`` and merges it into the catalogue of each
language. What a person translated or reviewed is never touched; what nobody touched yet is filled
as a draft from ``locales/glossary.csv`` and ``locales/phrases.csv``, each draft with its source.
The outcome depends on the sources alone: no dates, no line numbers, one order. ``--check`` writes
nothing and fails when a committed file differs. ``locales/README.md`` tells translators the rest.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from babel.messages.extract import extract_from_dir  # noqa: E402
from babel.messages.frontend import parse_mapping_cfg  # noqa: E402
from babel.messages.pofile import read_po  # noqa: E402

from app.catalogue_files import Key, read_review, seal  # noqa: E402
from app.catalogue_files import read_po as read_entries  # noqa: E402
from app.i18n import GATED_CONTEXTS, LANGUAGES  # noqa: E402

CATALOGUES: Final = tuple(code for code in LANGUAGES if code != "es")
_KEYWORDS: Final = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_DATA: Final = "app/data/release.yaml"
_QT_NOTE: Final = "Qt: "
_USABLE: Final = ("A", "B")
_DECORATED: Final = re.compile(
    r"(?P<core>.*?)(?P<tail>…|:| \((?:Enter|F\d+|Ctrl\+\w+)\)(?:…|:)?)?\Z", re.DOTALL
)
_HEADER: Final = """\
# Qispi: {title}
# Made by packaging/update_catalogues.py; how to translate and to review: locales/README.md
msgid ""
msgstr ""
"Project-Id-Version: qispi\\n"
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One text of the program, and where it stands."""

    context: str | None
    source: str
    plural: str | None
    places: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What the message is found by."""
        return self.context, self.source

    @property
    def wording(self) -> str:
        """The Spanish words: the message itself, or what stands for a text of Qt."""
        noted = (note[len(_QT_NOTE) :] for note in self.notes if note.startswith(_QT_NOTE))
        return next(noted, self.source)


@dataclass(frozen=True, slots=True)
class Draft:
    """A translation found in the tables, with certainty and source."""

    forms: tuple[str, ...]
    source: str

    def comments(self, key: Key) -> tuple[str, ...]:
        """Return the review line: the seal tells later whether anybody changed the draft."""
        return (f"@review status=draft src={self.source} h={seal(key, self.forms)}",)


@dataclass(frozen=True, slots=True)
class Known:
    """What a catalogue holds of a message: its forms and the comments of people."""

    plural: str | None
    forms: tuple[str, ...]
    comments: tuple[str, ...]

    def is_by_a_person(self, key: Key) -> bool:
        """Whether anybody wrote, changed or reviewed this translation."""
        if not any(self.forms):
            return False
        review = read_review(self.comments)
        is_ours = review.get("status") == "draft" and "src" in review and "by" not in review
        return not (is_ours and review.get("h") == seal(key, self.forms))

    def remarks(self) -> tuple[str, ...]:
        """The comments without the review line."""
        return tuple(one for one in self.comments if not one.startswith("@review"))


class Tables:
    """The glossary and the phrases of one language, asked by Spanish wording."""

    def __init__(self, folder: Path, code: str) -> None:
        self._words: dict[str, Draft] = {}
        self._phrases: dict[str, Draft] = {}
        self._code = code
        glossary = _rows(folder / "glossary.csv")
        self._read_words(glossary)
        sources = {
            row["concept"]: _source(row, code)
            for row in glossary
            if row[code] and row[f"{code}_certainty"] in _USABLE
        }
        for row in _rows(folder / "phrases.csv"):
            if row["language"] == code:
                parts = [one.strip() for one in row["parts"].split(";")]
                source = "B:" + "+".join(sources[part] for part in parts)
                many = (row["text_many"],) if row["text_many"] else ()
                self._phrases[row["msgid"]] = Draft((row["text"], *many), source)

    def draft(self, message: Message) -> Draft | None:
        """Return what may stand in the catalogue until a speaker looks at it."""
        is_gated = message.context in GATED_CONTEXTS
        phrase = None if is_gated else self._phrases.get(message.wording)
        if phrase is not None:
            return phrase if len(phrase.forms) == (2 if message.plural else 1) else None
        parts = _DECORATED.match(message.wording)
        if message.plural is not None or parts is None:
            return None
        core, tail = parts["core"], parts["tail"] or ""
        word = self._words.get(_lowered(core))
        if word is None:
            return None
        text = word.forms[0]
        if core[:1].isupper():
            text = text[:1].upper() + text[1:]
        return Draft((text + tail,), word.source)

    def _read_words(self, rows: list[dict[str, str]]) -> None:
        """Read the rows that may fill; a wording with two meanings fills nothing."""
        found: dict[str, set[Draft]] = defaultdict(set)
        for row in rows:
            text, certainty = row[self._code], row[f"{self._code}_certainty"]
            if not text or certainty not in _USABLE or self._code not in row["fills"].split():
                continue
            source = f"{certainty}:{_source(row, self._code)}"
            for wording in (*row["es"].split(","), *row["also"].split(",")):
                if wording.strip():
                    found[_lowered(wording.strip())].add(Draft((text,), source))
        for wording, drafts in found.items():
            if len({draft.forms for draft in drafts}) == 1:
                self._words[wording] = min(drafts, key=lambda draft: draft.source)


def extracted(root: Path) -> list[Message]:
    """Return every marked text below ``root``, by place and then by text.

    A text that stands in a gated context anywhere is gated everywhere: its plain twin would show
    an unreviewed translation just where the gate forbids it.
    """
    with (root / "packaging" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    plurals: dict[Key, str | None] = {}
    places: dict[Key, set[str]] = defaultdict(set)
    notes: dict[Key, set[str]] = defaultdict(set)
    found = extract_from_dir(str(root), methods, options, keywords=_KEYWORDS)
    for file_name, _line, message, comments, context in found:
        source, plural = (message, None) if isinstance(message, str) else message
        key = (context, source)
        plurals[key] = plurals.get(key) or plural
        if file_name == _DATA:
            places[key].update(comments)
        else:
            places[key].add(file_name)
            notes[key].update(comments)
    gated = {source for context, source in plurals if context in GATED_CONTEXTS}
    messages = [
        Message(*key, plural, tuple(sorted(places[key])), tuple(sorted(notes[key])))
        for key, plural in plurals.items()
        if key[0] is not None or key[1] not in gated
    ]
    return sorted(messages, key=lambda one: (one.places[0], one.context or "", one.source))


def known(path: Path) -> dict[Key, Known]:
    """Return what a catalogue holds, obsolete messages too; nothing for a new language."""
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    held: dict[Key, Known] = {}
    for message in (*catalogue.obsolete.values(), *catalogue):
        if not message.id:
            continue
        source, plural = message.id if isinstance(message.id, tuple) else (message.id, None)
        text = message.string
        forms = tuple(text) if isinstance(text, tuple | list) else (text or "",)
        comments = (*message.user_comments, *(["fuzzy"] if message.fuzzy else []))
        held[message.context, source] = Known(plural, forms, comments)
    return held


def catalogue_text(
    code: str, messages: Iterable[Message], old: dict[Key, Known], tables: Tables
) -> str:
    """Return the PO file of a language."""
    blocks = [_HEADER.format(title=f"catalogue {code}, from Spanish", code=code)]
    old = dict(old)
    for message in messages:
        before = old.pop(message.key, None)
        empty = ("",) * (2 if message.plural else 1)
        if before is not None and before.is_by_a_person(message.key):
            forms = (*before.forms, *empty)[: len(empty)]
            comments = before.comments
        else:
            remarks = before.remarks() if before else ()
            draft = tables.draft(message)
            forms = draft.forms if draft else empty
            comments = (*(draft.comments(message.key) if draft else ()), *remarks)
        blocks.append("".join(_lines(message, forms, comments)))
    for key, gone in sorted(old.items(), key=lambda item: (item[0][1], item[0][0] or "")):
        if gone.is_by_a_person(key):
            message = Message(*key, gone.plural, ())
            blocks.append("".join(_lines(message, gone.forms, gone.comments, mark="#~ ")))
    return "\n".join(blocks)


def template_text(messages: Iterable[Message]) -> str:
    """Return the POT file."""
    blocks = [_HEADER.format(title="all texts, in Spanish", code="")]
    for one in messages:
        blocks.append("".join(_lines(one, ("",) * (2 if one.plural else 1), ())))
    return "\n".join(blocks)


def share_table(messages: list[Message], texts: dict[str, str]) -> str:
    """Return how much of each screen has a translation, in each language."""
    filled = {code: _translated(text) for code, text in texts.items()}
    groups: dict[str, list[Message]] = {}
    for place in sorted({_group(place) for message in messages for place in message.places}):
        groups[place] = [one for one in messages if place in map(_group, one.places)]
    lines = [f"{'':34}{'texts':>6}" + "".join(f"{code:>13}" for code in texts)]
    groups["together"] = messages
    for name, group in groups.items():
        cells = ""
        for code in texts:
            done = sum(message.key in filled[code] for message in group)
            cells += f"{done:6} {100 * done / len(group):4.0f} %"
        lines.append(f"{name:34}{len(group):6}{cells}")
    return "\n".join(lines)


def _group(place: str) -> str:
    """Return the screen, form or list to which a place belongs."""
    parts = place.split("/")
    if place.startswith("ui/screens/"):
        return "/".join(parts[:3])
    return "/".join(parts[:2]) if parts[0] in ("ui", "app", "forms") else parts[0]


def _translated(text: str) -> set[Key]:
    """Return the keys of the messages that have a text."""
    return {entry.key for entry in read_entries(text) if entry.is_translated}


def _lines(
    message: Message, forms: tuple[str, ...], comments: tuple[str, ...], mark: str = ""
) -> Iterator[str]:
    """Yield the lines of one message; ``mark`` is put before those of an obsolete one."""
    flags = ["fuzzy"] if "fuzzy" in comments else []
    flags += ["python-brace-format"] if "{" in message.source and not mark else []
    for one in comments:
        if one != "fuzzy":
            yield f"# {one}\n"
    for one in message.notes:
        yield f"#. {one}\n"
    for one in message.places:
        yield f"#: {one}\n"
    if flags:
        yield f"#, {', '.join(flags)}\n"
    if message.context is not None:
        yield f"{mark}msgctxt {_quoted(message.context)}\n"
    yield f"{mark}msgid {_quoted(message.source)}\n"
    if message.plural is None:
        yield f"{mark}msgstr {_quoted(forms[0])}\n"
        return
    yield f"{mark}msgid_plural {_quoted(message.plural)}\n"
    for number, form in enumerate(forms):
        yield f"{mark}msgstr[{number}] {_quoted(form)}\n"


def _quoted(text: str) -> str:
    for raw, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(raw, written)
    return f'"{text}"'


def _source(row: dict[str, str], code: str) -> str:
    """Return where a word is attested, or the glossary itself when it was composed there."""
    attested = row[f"{code}_source"].strip() or f"glossary:{row['concept']}"
    return re.sub(r"\s+", "_", attested)


def _lowered(text: str) -> str:
    """Return the text with a small first letter: DNI stays apart from dni, Buscar finds buscar."""
    return text[:1].lower() + text[1:]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> int:
    """Write the files, or compare them; print the shares."""
    options = argparse.ArgumentParser(description="Update the language catalogues.")
    options.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    options.add_argument(
        "--locales", type=Path, default=ROOT / "locales", help="the folder of the catalogues"
    )
    chosen = options.parse_args()
    messages = extracted(ROOT)
    texts = {}
    for code in CATALOGUES:
        held = known(_catalogue_path(chosen.locales, code))
        texts[code] = catalogue_text(code, messages, held, Tables(chosen.locales, code))
    wanted = {chosen.locales / "messages.pot": template_text(messages)}
    wanted |= {_catalogue_path(chosen.locales, code): text for code, text in texts.items()}
    stale = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_bytes() != text.encode()
    ]
    if chosen.check:
        for path in stale:
            print(f"stale: {path.relative_to(chosen.locales)}; run packaging/update_catalogues.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path].encode())
    print(share_table(messages, texts))
    return 0


def _catalogue_path(folder: Path, code: str) -> Path:
    return folder / code / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    sys.exit(main())
