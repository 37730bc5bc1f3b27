"""Reading the risk instruments, their questions as fields of a form, and the rules of warning.

An instrument whose bands leave a gap, whose points do not make its maximum or whose answers no list
has would give a wrong level of danger: it is refused with the file and the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.conditions import ABSENT_REASONS, read_one_of
from app.datafiles.lists import check_versions, read_source, read_validity
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue, Source
from app.domain.condition import Is
from app.domain.form import Field, FieldType, Form, Section
from app.domain.instrument import Band, Instrument, Item, Part
from app.domain.merge import MergeRule
from app.domain.registry import FieldRegistry
from app.domain.value import Absent

__all__ = ["INSTRUMENTS", "LEVELS", "read_instruments", "with_questions"]

INSTRUMENTS: Final = "instrumentos_fvr"
LEVELS: Final = "nivel_fvr"
_FOLDER: Final = "instruments"
_YES_NO: Final = "si_no"
_NUMBER: Final = re.compile(r"[1-9][0-9]?[a-z]?")
_PREFIX: Final = re.compile(r"[a-z]{2,12}")
_SCORED: Final = frozenset({"prefix", "maximum", "bands", "parts"})
_OPEN: Final = (Absent.UNKNOWN, Absent.DECLINED)
POINTS_MAX: Final = 100


def read_instruments(
    root: Path,
    catalogues: Mapping[str, Catalogue],
    registry: FieldRegistry,
    kind: str,
    day: date | None,
) -> dict[str, Instrument]:
    """Return the instruments of every file ``instruments/fvr_*.yaml`` by code, in the version that
    holds on ``day`` (the newest when it is None).

    ``kind`` is the kind of record that holds the answers. Raises DefinitionError.
    """
    versions: dict[str, list[tuple[Instrument, Node]]] = {}
    for path in sorted((root / _FOLDER).glob("fvr_*.yaml")):
        node = read_yaml(root, f"{_FOLDER}/{path.name}")
        one = _instrument(node, catalogues, registry, kind)
        versions.setdefault(one.code, []).append((one, node))
    found: dict[str, Instrument] = {}
    for code, several in versions.items():
        check_versions(
            [(one.version, one.valid_from, one.valid_to, node) for one, node in several],
            f"instrument {code!r}",
        )
        several.sort(key=lambda one: one[0].valid_from or date.min)
        holding = [
            one for one, _ in several if not (day and one.valid_from and one.valid_from > day)
        ]
        found[code] = holding[-1] if holding else several[0][0]
    return found


def _instrument(
    node: Node, catalogues: Mapping[str, Catalogue], registry: FieldRegistry, kind: str
) -> Instrument:
    entries = node.mapping(
        frozenset({"instrument", "version", "name", "source", "levels"}),
        _SCORED | {"valid_from", "valid_to", "applies", "notice"},
    )
    start, end = read_validity(entries)
    source = read_source(entries["source"])
    levels = _levels(entries["levels"], catalogues)
    given = _SCORED & entries.keys()
    if given and given != _SCORED:
        raise node.refuse(f"a scored instrument has {', '.join(sorted(_SCORED))}")
    applies = "applies" not in entries or entries["applies"].flag()
    if not applies and (given or len(levels) != 1):
        raise entries["applies"].refuse("no instrument has no items and one level")
    parts: tuple[Part, ...] = ()
    bands: tuple[Band, ...] = ()
    maximum = 0
    if given:
        maximum = entries["maximum"].integer()
        parts = _Items(entries["prefix"], source, catalogues, registry, kind).parts(
            entries["parts"], maximum
        )
        bands = _bands(entries["bands"], maximum, levels)
    return Instrument(
        code=entries["instrument"].text(),
        version=entries["version"].text(),
        name=entries["name"].text(),
        source=source,
        valid_from=start,
        valid_to=end,
        levels=levels,
        parts=parts,
        bands=bands,
        maximum=maximum,
        applies=applies,
        notice=entries["notice"].text() if "notice" in entries else "",
    )


def _levels(node: Node, catalogues: Mapping[str, Catalogue]) -> tuple[str, ...]:
    levels = node.texts()
    for level in levels:
        if catalogues[LEVELS].get(level) is None:
            raise node.refuse(f"code {level!r} is not in the catalogue {LEVELS!r}")
    return levels


def _bands(node: Node, maximum: int, levels: Sequence[str]) -> tuple[Band, ...]:
    found: list[Band] = []
    for one in node.sequence():
        entries = one.mapping(frozenset({"from", "to", "level"}), frozenset())
        band = Band(entries["from"].integer(), entries["to"].integer(), entries["level"].text())
        wanted = found[-1].high + 1 if found else 0
        if band.low != wanted:
            what = "overlaps the one before" if band.low < wanted else "leaves a gap before it"
            raise entries["from"].refuse(f"the band {what}: it must begin at {wanted}")
        if band.high < band.low:
            raise entries["to"].refuse("a band ends before it begins")
        if band.level not in levels[len(found) : len(found) + 1]:
            raise entries["level"].refuse("the bands follow the order of the levels, one for each")
        found.append(band)
    if len(found) != len(levels):
        raise node.refuse("a level has no band")
    if found[-1].high != maximum:
        raise node.refuse(f"the bands end at {found[-1].high}, the maximum is {maximum}")
    return tuple(found)


class _Items:
    """Reads the questions of one instrument."""

    def __init__(
        self,
        prefix: Node,
        source: Source,
        catalogues: Mapping[str, Catalogue],
        registry: FieldRegistry,
        kind: str,
    ) -> None:
        self._prefix = prefix.text()
        if not _PREFIX.fullmatch(self._prefix):
            raise prefix.refuse("a prefix is a few small letters")
        self._source = source
        self._catalogues = catalogues
        self._registry = registry
        self._kind = kind
        self._questions: dict[str, Item] = {}
        self._numbers: set[str] = set()
        self._skips: list[tuple[Item, Node]] = []

    def parts(self, node: Node, maximum: int) -> tuple[Part, ...]:
        """Return the parts, checked as a whole."""
        found = []
        for one in node.sequence():
            entries = one.mapping(frozenset({"title", "items"}), frozenset())
            items = tuple(
                item for each in entries["items"].sequence() for item in self._items(each)
            )
            found.append(Part(entries["title"].text(), items))
        order = list(self._questions)
        for item, place in self._skips:
            for target in (item.skips or {}).values():
                if target not in order[order.index(item.number) + 1 :]:
                    raise place.refuse(f"{item.number} skips to {target!r}, which does not follow")
        total = sum(item.points for item in self._questions.values())
        if total != maximum:
            raise node.refuse(f"the points make {total}, the maximum is {maximum}")
        return tuple(found)

    def _items(self, node: Node) -> Iterator[Item]:
        entries = node.mapping(
            frozenset({"number", "points", "text"}),
            frozenset({"scores", "options", "absent", "skip", "sub", "source"}),
        )
        answers, catalogue = self._answers(entries)
        points = entries["points"].integer()
        if not 1 <= points <= POINTS_MAX:
            raise entries["points"].refuse(f"a question gives 1 to {POINTS_MAX} points")
        scoring = entries["scores"].texts() if "scores" in entries else ("1",)
        _check_among(entries.get("scores", node), scoring, answers)
        skips = entries["skip"].any_mapping() if "skip" in entries else {}
        for answer, target in skips.items():
            _check_among(target, (answer,), answers)
        item = Item(
            number=self._number(entries["number"]),
            field=self._field(entries["number"]),
            text=entries["text"].text(),
            points=points,
            answers=answers,
            scoring=scoring,
            source=read_source(entries["source"]) if "source" in entries else self._source,
            catalogue=catalogue,
            absent=_absent(entries),
            skips={answer: target.text() for answer, target in skips.items()} or None,
        )
        self._questions[item.number] = item
        if skips:
            self._skips.append((item, entries["skip"]))
        yield item
        for one in entries["sub"].sequence() if "sub" in entries else ():
            yield self._sub(one, item)

    def _sub(self, node: Node, parent: Item) -> Item:
        entries = node.mapping(
            frozenset({"number", "text", "asked_after"}), frozenset({"options", "absent", "source"})
        )
        answers, catalogue = self._answers(entries)
        asked_after = entries["asked_after"].texts()
        _check_among(entries["asked_after"], asked_after, parent.answers)
        return Item(
            number=self._number(entries["number"]),
            field=self._field(entries["number"]),
            text=entries["text"].text(),
            points=0,
            answers=answers,
            scoring=(),
            source=read_source(entries["source"]) if "source" in entries else self._source,
            catalogue=catalogue,
            absent=_absent(entries),
            parent=parent.number,
            asked_after=asked_after,
        )

    def _answers(self, entries: Mapping[str, Node]) -> tuple[tuple[str, ...], str | None]:
        name = entries["options"].text() if "options" in entries else _YES_NO
        catalogue = self._catalogues.get(name)
        if catalogue is None:
            place = entries["options"] if "options" in entries else entries["number"]
            raise place.refuse(f"unknown catalogue {name!r}")
        codes = tuple(term.code for term in catalogue.terms)
        return codes, catalogue.id if "options" in entries else None

    def _number(self, node: Node) -> str:
        number = node.text()
        if not _NUMBER.fullmatch(number):
            raise node.refuse(f"{number!r} is no number of a question: 1 to 99, 5a")
        if number in self._numbers:
            raise node.refuse(f"question {number!r} stands twice")
        self._numbers.add(number)
        return number

    def _field(self, node: Node) -> str:
        name = f"{self._prefix}_{node.text()}"
        if not self._registry.knows(self._kind, name):
            raise node.refuse(f"{self._kind}.{name} has no number in registry.csv")
        return name


def _absent(entries: Mapping[str, Node]) -> tuple[Absent, ...]:
    if "absent" not in entries:
        return _OPEN
    several = entries["absent"].sequence()
    return tuple(read_one_of(one, ABSENT_REASONS, "absent reason") for one in several)


def _check_among(node: Node, codes: Sequence[str], answers: Sequence[str]) -> None:
    for code in codes:
        if code not in answers:
            raise node.refuse(f"{code!r} is no answer of this question")


def with_questions(
    forms: Mapping[str, Form], instruments: Mapping[str, Instrument]
) -> dict[str, Form]:
    """Return the forms; one with a field of the list :data:`INSTRUMENTS` has the questions of every
    scored instrument as further sections, so that no question is typed a second time. Each shows
    while that field names its instrument."""
    return {name: _with_questions(form, instruments) for name, form in forms.items()}


def _with_questions(form: Form, instruments: Mapping[str, Instrument]) -> Form:
    chooser = next((one for one in form.fields() if one.catalogue == INSTRUMENTS), None)
    if chooser is None:
        return form
    sections = tuple(
        Section(
            id=f"{one.code}-{number}",
            code="",
            title=part.title,
            fields=tuple(_as_field(one, item, chooser.kind) for item in part.items),
            filled_by=form.sections[0].filled_by,
            shown_when=Is(chooser.id, (one.code,)),
            gated="safety",
        )
        for one in instruments.values()
        for number, part in enumerate(one.parts, 1)
    )
    return replace(form, sections=(*form.sections, *sections), _by_id={})


def _as_field(instrument: Instrument, item: Item, kind: str) -> Field:
    """Return a question as a field. Where two laptops differ, what scores shows first, then what
    is not known: *no* is the last."""
    others = tuple(one for one in item.answers if one not in item.scoring)
    by_number = {one.number: one for one in instrument.items()}
    parent = by_number.get(item.parent or "")
    return Field(
        id=item.field,
        kind=kind,
        field=item.field,
        type=FieldType.CHOICE if item.catalogue else FieldType.YES_NO,
        label=item.text,
        item=item.number,
        merge=MergeRule.ASK,
        catalogue=item.catalogue or _YES_NO,
        shown_when=Is(parent.field, item.asked_after) if parent else None,
        absent=item.absent,
        most_cautious_first=(*item.scoring, *item.absent, *others),
        source=item.source,
        is_sensitive=True,
        columns=3,
        gated="safety",
    )
