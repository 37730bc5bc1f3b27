"""The data release, read once at start: forms, catalogues, places, institutions and the registry.

Reading is strict. A fault in a data file stops the program with the file and the line, because a
form that is half understood would lose what people type into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.authorisation import read_authorisation
from app.datafiles.deadlines import DeadlineSources, read_deadlines
from app.datafiles.forms import FormSources, read_forms
from app.datafiles.institutions import read_institutions
from app.datafiles.instruments import INSTRUMENTS, read_instruments, with_questions
from app.datafiles.letters import LetterSources, read_letters, read_papers
from app.datafiles.lists import (
    OfficialEntry,
    read_catalogues,
    read_data_items,
    read_dictionary,
    read_places,
    read_registry,
)
from app.datafiles.official import OFFICIAL_FORM, read_official, read_reports
from app.datafiles.pathways import PathwaySources, read_pathways
from app.datafiles.referral_terms import read_referral_terms
from app.datafiles.risk_rules import read_risk_rules
from app.datafiles.sharing import read_sharing
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue, Source, Term
from app.domain.definitions import DataItem, Definitions, Institution, Places
from app.domain.form import Form
from app.domain.records import Kind
from app.resources import data_root

__all__ = ["DATA_ITEMS", "INSTITUTIONS", "load", "load_places", "texts"]

DATA_ITEMS: Final = "data_items"
INSTITUTIONS: Final = "institutions"
_REFERRAL_DOCUMENT: Final = "documents/derivacion.yaml"


def load(root: Path | None = None, day: date | None = None) -> Definitions:
    """Return everything the program knows from its data files, checked.

    ``root`` is the folder of the data, the shipped one by default. Of forms and catalogues with
    several versions the one that holds on ``day`` is taken, or the newest. The kinds of
    institution and the data items are catalogues too (:data:`INSTITUTIONS`, :data:`DATA_ITEMS`), so
    that a form may ask for them. Raises DefinitionError with the file and the line. Touches nothing
    but files below ``root``; any thread.
    """
    folder = root if root is not None else data_root()
    release = read_yaml(folder, "release.yaml").mapping(
        frozenset({"version", "places_version"}), frozenset()
    )
    version = release["version"].text()
    dictionary = read_dictionary(folder)
    registry = read_registry(folder)
    items = read_data_items(folder, _REFERRAL_DOCUMENT)
    institutions = read_institutions(folder, frozenset(item.code for item, _ in items), dictionary)
    catalogues = _catalogues(folder, version, dictionary, items, institutions, day)
    instruments = read_instruments(folder, catalogues, registry, Kind.FVR, day)
    catalogues[INSTRUMENTS] = Catalogue(
        INSTRUMENTS,
        version,
        Source("instruments", "medium"),
        tuple(Term(one.code, one.name) for one in instruments.values()),
        gated="safety",
    )
    shown = read_forms(folder, FormSources(dictionary, catalogues, registry), day)
    forms = with_questions(shown, instruments)
    _check_items(items, forms)
    ficha = forms.get(OFFICIAL_FORM)
    official = read_official(folder, dictionary, catalogues, ficha)
    deadlines = read_deadlines(folder, DeadlineSources(catalogues, ficha))
    sources = LetterSources(
        ficha,
        catalogues,
        frozenset(item.code for item, _ in items),
        frozenset(deadlines.rules),
    )
    return Definitions(
        version=version,
        registry=registry,
        forms=forms,
        catalogues=catalogues,
        places=read_places(folder, release["places_version"].text()),
        institutions=institutions,
        data_items=tuple(item for item, _ in items),
        sharing=read_sharing(folder, institutions, catalogues),
        instruments=instruments,
        risk=read_risk_rules(folder, catalogues, forms),
        referrals=read_referral_terms(folder, catalogues),
        official=official,
        reports=read_reports(folder, official, ficha),
        deadlines=deadlines.rules,
        counting=deadlines.counting,
        pathways=read_pathways(folder, PathwaySources(ficha, catalogues, deadlines.rules), day),
        letters=read_letters(folder, sources, day),
        papers=read_papers(folder, forms),
        authorisation=read_authorisation(folder, forms),
    )


def _catalogues(
    folder: Path,
    version: str,
    dictionary: Mapping[str, OfficialEntry],
    items: Sequence[tuple[DataItem, Node]],
    institutions: Mapping[str, Institution],
    day: date | None,
) -> dict[str, Catalogue]:
    catalogues = read_catalogues(folder, dictionary, day)
    catalogues[DATA_ITEMS] = Catalogue(
        DATA_ITEMS,
        version,
        Source(_REFERRAL_DOCUMENT, "design"),
        tuple(Term(item.code, item.label) for item, _ in items),
    )
    catalogues[INSTITUTIONS] = Catalogue(
        INSTITUTIONS,
        version,
        Source("institutions.yaml", "high"),
        tuple(Term(one.code, one.name) for one in institutions.values()),
    )
    return catalogues


def _check_items(items: Sequence[tuple[DataItem, Node]], forms: Mapping[str, Form]) -> None:
    known = {one.id for form in forms.values() for one in form.fields()}
    for item, node in items:
        for name in item.fields:
            if name not in known:
                raise node.refuse(f"no form has the field {name!r}")


def load_places(root: Path | None = None) -> Places:
    """Return the districts alone: the first start asks for one before anything else is read.

    Raises DefinitionError. Any thread.
    """
    folder = root if root is not None else data_root()
    release = read_yaml(folder, "release.yaml").mapping(
        frozenset({"version", "places_version"}), frozenset()
    )
    return read_places(folder, release["places_version"].text())


def texts(definitions: Definitions) -> Iterator[tuple[str, str]]:
    """Yield every Spanish text that the data shows, as (where it stands, message id).

    The catalogues of the languages are made from these: titles, labels and help of the forms, and
    the labels of every list. A text that stands in several places comes several times. Names of
    districts are not translated and are left out.
    """
    for form in definitions.forms.values():
        place = f"forms/{form.id}"
        yield place, form.title
        for section in form.sections:
            yield f"{place}/{section.id}", section.title
        for one in form.fields():
            yield f"{place}/{one.id}", one.label
            if one.short_label:
                yield f"{place}/{one.id}", one.short_label
            if one.help:
                yield f"{place}/{one.id}", one.help
        for warned in form.warnings:
            yield f"{place}/{warned.id}", warned.message
    for instrument in definitions.instruments.values():
        if instrument.notice:
            yield f"instruments/{instrument.code}", instrument.notice
    for warning in definitions.risk.warnings:
        yield f"instruments/risk_warnings/{warning.code}", warning.text
    yield from _texts_of_reports(definitions)
    yield from _texts_of_pathways(definitions)
    yield from _texts_of_letters(definitions)
    yield from _texts_of_deadlines(definitions)
    for catalogue in definitions.catalogues.values():
        for term in catalogue.terms:
            yield f"catalogues/{catalogue.id}/{term.code}", term.label


def _texts_of_reports(definitions: Definitions) -> Iterator[tuple[str, str]]:
    for check in definitions.official.checks:
        yield f"reports/official_checks/{check.id}", check.label
    for banding in definitions.reports.bandings:
        yield f"reports/age_bands/{banding.id}", banding.title
    for table in definitions.reports.tables:
        yield f"reports/figures/{table.id}", table.title


def _texts_of_deadlines(definitions: Definitions) -> Iterator[tuple[str, str]]:
    for name, versions in definitions.deadlines.items():
        for title in dict.fromkeys(one.title for one in versions):
            yield f"deadlines/{name}", title
    for note in definitions.counting:
        yield f"deadlines/computo/{note.topic}", note.says


def _texts_of_letters(definitions: Definitions) -> Iterator[tuple[str, str]]:
    """Yield what she reads or signs; offices are written to in Spanish."""
    for letter in definitions.letters.values():
        if letter.gate is not None:
            yield from ((f"letters/{letter.slug}", text) for text in letter.own_texts())


def _texts_of_pathways(definitions: Definitions) -> Iterator[tuple[str, str]]:
    for pathway in definitions.pathways.values():
        place = f"pathways/{pathway.id}"
        yield place, pathway.title
        if pathway.note:
            yield place, pathway.note
        for task in pathway.tasks:
            yield f"{place}/{task.id}", task.title
            if task.note:
                yield f"{place}/{task.id}", task.note
