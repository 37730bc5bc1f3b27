"""The ficha holds the official dictionary: every variable, wording, length and code."""

from __future__ import annotations

import pytest

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType, OfficialVariable

FLAG = "1=Si"


def _filled(definitions: Definitions) -> dict[str, tuple[Field, OfficialVariable]]:
    return {
        variable.name: (one, variable)
        for one in definitions.form("ficha").fields()
        for variable in one.fills
    }


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
