"""The ficha holds the official dictionary: every variable, wording, length and code."""

from __future__ import annotations

import csv
import hashlib

import pytest

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType, OfficialVariable
from app.resources import data_root

FLAG = "1=Si"
LISTS = {"@paises": "paises", "@ocupaciones": "ocupaciones"}
REFERENCES = {
    "diccionario_ra_cem.csv": "554a15f6bf6c50e13f0955de061d3109444fbb2d244ed0903a3cd55d43f621ed",
    "paises.csv": "9ae1df9564596697528e5f538443c8b3847b6c02b67ef51a0b10e40c035435d2",
    "ocupaciones.csv": "56953074ae15e2d1e03b6d7217e22a763cd7622bbfae9f17f162ff8419e920f8",
}
"""SHA-256 of the transcriptions as they were handed over: the copies are those, to the byte."""


def _filled(definitions: Definitions) -> dict[str, tuple[Field, OfficialVariable]]:
    return {
        variable.name: (one, variable)
        for one in definitions.form("ficha").fields()
        for variable in one.fills
    }


@pytest.mark.parametrize(("name", "digest"), list(REFERENCES.items()))
def test_the_copies_are_the_reference_files(name: str, digest: str) -> None:
    content = (data_root() / "catalogues" / name).read_bytes()

    assert hashlib.sha256(content).hexdigest() == digest


def _as_the_dictionary_writes_it(
    definitions: Definitions, field: Field, variable: OfficialVariable
) -> dict[str, str]:
    """Return the row of the dictionary that a field and its variable stand for, from the program's
    definitions alone."""
    is_part = field.official is None  # of a place or of a set
    if is_part and field.type is FieldType.CHOICES:
        codes, kind = FLAG, "Numérico"
    elif is_part:
        codes, kind = "", "Cadena"
    elif field.catalogue in LISTS.values():
        codes, kind = f"@{field.catalogue}", "Numérico"
    elif field.catalogue is not None:
        terms = definitions.catalogues[field.catalogue].terms
        codes, kind = "|".join(f"{term.code}={term.label}" for term in terms), "Numérico"
    else:
        codes = ""
        kinds = {FieldType.TEXT: "Cadena", FieldType.DATE: "Fecha", FieldType.NUMBER: "Numérico"}
        kind = kinds[field.type]
    # A place is needed whole; a set of ticks never is: blank is not *no*.
    is_needed = field.needed_to_validate and (field.official is None or variable.obligatory)
    return {
        "item": str(variable.item),
        "variable": variable.name,
        "nombre": variable.label if is_part else field.label,
        "tipo": kind,
        "longitud": str(field.length_max if kind == "Cadena" and not is_part else variable.length),
        "obligatoria": "Si" if is_needed else "No",
        "codigos": codes,
    }


def test_168_of_168_variables_cell_by_cell(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    filled = _filled(definitions)
    differences = [
        (name, cell, wanted, found)
        for name, row in dictionary.items()
        for cell, wanted in row.items()
        for found in [_as_the_dictionary_writes_it(definitions, *filled[name])[cell]]
        if found != wanted
    ]

    assert len(filled) == 168
    assert differences == []


@pytest.mark.parametrize("name", ["paises", "ocupaciones"])
def test_the_long_lists_cell_by_cell(definitions: Definitions, name: str) -> None:
    path = data_root() / "catalogues" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["codigo"], row["nombre"]) for row in csv.DictReader(file)]

    assert [(one.code, one.label) for one in definitions.catalogues[name].terms] == rows


def test_a_flag_is_the_official_words_without_what_stands_over_the_list(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    """The prefix that all flags of a set share is its label on the screen; the rest is verbatim."""
    compared = 0
    for name, (field, variable) in _filled(definitions).items():
        if dictionary[name]["codigos"] == FLAG:
            term = definitions.catalogues[str(field.catalogue)].get(variable.name)
            assert term is not None
            assert dictionary[name]["nombre"].casefold().endswith(term.label.casefold())
            compared += 1
    assert compared == 96


def test_the_copy_of_the_dictionary_is_whole(dictionary: dict[str, dict[str, str]]) -> None:
    assert [row["item"] for row in dictionary.values()] == [str(n) for n in range(1, 169)]
    assert sum(row["obligatoria"] == "Si" for row in dictionary.values()) == 38
    assert sum(row["codigos"] == FLAG for row in dictionary.values()) == 96


def test_every_official_variable_is_filled_by_exactly_one_field(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    names = [v.name for one in definitions.form("ficha").fields() for v in one.fills]

    assert sorted(names) == sorted(dictionary)


def test_every_obligatory_variable_is_needed_to_validate(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    filled = _filled(definitions)
    obligatory = [name for name, row in dictionary.items() if row["obligatoria"] == "Si"]

    assert len(obligatory) == 38
    for name in obligatory:
        field, variable = filled[name]
        assert field.needed_to_validate, name
        assert field.shown_when is None, name
        assert variable.obligatory, name


def test_item_wording_and_length_are_the_official_ones(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    for name, (field, variable) in _filled(definitions).items():
        row = dictionary[name]
        assert (variable.item, variable.label, variable.length) == (
            int(row["item"]),
            row["nombre"],
            int(row["longitud"]),
        )
        if field.official is not None:
            assert field.id == name
            assert field.label == row["nombre"]
        if field.official is not None and field.type is FieldType.TEXT:
            assert field.length_max == int(row["longitud"])
        if field.type is FieldType.NUMBER:
            assert field.maximum is not None
            assert len(str(field.maximum)) <= int(row["longitud"])


def test_codes_and_their_labels_are_the_official_ones(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    compared = 0
    for name, (field, _) in _filled(definitions).items():
        codes = dictionary[name]["codigos"]
        if not codes or codes.startswith("@") or codes == FLAG:
            continue
        assert field.catalogue is not None, name
        terms = definitions.catalogues[field.catalogue].terms
        assert "|".join(f"{term.code}={term.label}" for term in terms) == codes, name
        compared += 1
    assert compared == 56


def test_the_long_lists_are_whole(definitions: Definitions) -> None:
    countries = definitions.catalogues["paises"]
    occupations = definitions.catalogues["ocupaciones"]

    assert [term.code for term in countries.terms] == [str(n) for n in range(1, 194)]
    assert countries.label("52") == "Ecuador"
    assert [term.code for term in occupations.terms] == [str(n) for n in range(1, 114)]
    assert occupations.label("113") == "Otra Ocupación"


def test_a_flag_variable_is_a_code_of_a_set(
    definitions: Definitions, dictionary: dict[str, dict[str, str]]
) -> None:
    filled = _filled(definitions)
    for name, row in dictionary.items():
        if row["codigos"] == FLAG:
            field, _ = filled[name]
            assert field.type is FieldType.CHOICES
            assert definitions.catalogues[str(field.catalogue)].get(name) is not None


def test_the_place_of_residence_fills_the_three_parts_of_the_code(definitions: Definitions) -> None:
    place = definitions.form("ficha").get("district")

    assert place is not None
    assert place.type is FieldType.PLACE
    assert [variable.name for variable in place.fills] == [
        "DPTO_DOMICILIO",
        "PROV_DOMICILIO",
        "DIST_DOMICILIO",
    ]


@pytest.mark.parametrize("name", ["LENGUA_MATERNA_VICTIMA", "ETNIA_VICTIMA"])
def test_language_and_ethnicity_are_needed_though_optional_in_the_dictionary(
    definitions: Definitions, name: str
) -> None:
    """DS 009-2016-MIMP, art. 16.1, and DS 009-2019-MC ask for them; both have a code for *does not
    know or does not answer*.
    """
    field = definitions.form("ficha").get(name)

    assert field is not None
    assert field.needed_to_validate
    assert field.official is not None
    assert not field.official.obligatory
    assert "No sabe / no responde" in {
        term.label for term in definitions.catalogues[str(field.catalogue)].terms
    }
