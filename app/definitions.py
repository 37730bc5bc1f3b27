"""The data release, read once at start: forms, catalogues, places, institutions and the registry.

Reading is strict. A fault in a data file stops the program with the file and the line, because a
form that is half understood would lose what people type into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.forms import FormSources, read_forms
from app.datafiles.instruments import INSTRUMENTS, read_instruments, with_questions
from app.datafiles.lists import (
    read_catalogues,
    read_data_items,
    read_dictionary,
    read_institutions,
    read_places,
    read_registry,
)
from app.datafiles.official import OFFICIAL_FORM, read_official, read_reports
from app.datafiles.risk_rules import read_risk_rules
from app.datafiles.sharing import read_sharing
from app.datafiles.yaml_tree import read_yaml
from app.domain.catalogue import Catalogue, Source, Term
from app.domain.definitions import Definitions, Places
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
    institutions = read_institutions(folder, frozenset(item.code for item, _ in items))
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
    instruments = read_instruments(folder, catalogues, registry, Kind.FVR, day)
    catalogues[INSTRUMENTS] = Catalogue(
        INSTRUMENTS,
        version,
        Source("instruments", "medium"),
        tuple(Term(one.code, one.name) for one in instruments.values()),
        gated="safety",
    )
    forms = read_forms(folder, FormSources(dictionary, catalogues, registry), day)
    forms = with_questions(forms, instruments)
    known = {one.id for form in forms.values() for one in form.fields()}
    for item, node in items:
        for name in item.fields:
            if name not in known:
                raise node.refuse(f"no form has the field {name!r}")
    official_form = forms.get(OFFICIAL_FORM)
    official = read_official(folder, dictionary, catalogues, official_form)
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
        official=official,
        reports=read_reports(folder, official, official_form),
    )


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
    for instrument in definitions.instruments.values():
        if instrument.notice:
            yield f"instruments/{instrument.code}", instrument.notice
    for warning in definitions.risk.warnings:
        yield f"instruments/risk_warnings/{warning.code}", warning.text
    yield from _texts_of_reports(definitions)
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
