"""The districts of Peru: INEI's codes as text, never RENIEC's."""

from __future__ import annotations

import pytest

from app.domain.definitions import Definitions


def test_every_code_is_six_digits_and_its_parts_name_one_province_and_department(
    definitions: Definitions,
) -> None:
    provinces: dict[str, str] = {}
    departments: dict[str, str] = {}
    for one in definitions.places.districts:
        assert len(one.code) == 6
        assert one.code.isdigit()
        assert provinces.setdefault(one.code[:4], one.province) == one.province
        assert departments.setdefault(one.code[:2], one.department) == one.department
    assert len(definitions.places.districts) == 1892
    assert len(provinces) == 196
    assert len(departments) == 25


@pytest.mark.parametrize(
    ("code", "district", "province", "reniec"),
    [
        ("010401", "Nieva", "Condorcanqui", "010601"),
        ("010402", "El Cenepa", "Condorcanqui", "010603"),
        ("010403", "Río Santiago", "Condorcanqui", "010602"),
        ("010205", "Imaza", "Bagua", "010206"),
        ("050101", "Ayacucho", "Huamanga", "050101"),
        ("200115", "Veintiséis de Octubre", "Piura", "190115"),
        ("160701", "Barranca", "Datem del Marañón", "150701"),
    ],
)
def test_the_first_districts_are_right(
    definitions: Definitions, code: str, district: str, province: str, reniec: str
) -> None:
    found = definitions.places.get(code)

    assert found is not None
    assert (found.district, found.province, found.reniec_code) == (district, province, reniec)


def test_a_reniec_code_is_never_taken_for_an_inei_code(definitions: Definitions) -> None:
    """RENIEC's code of Nieva is another district for INEI: such a code moves a case silently."""
    nieva = definitions.places.get("010401")
    assert nieva is not None

    crossed = definitions.places.get(nieva.reniec_code)
    assert crossed is not None
    assert crossed.district == "San Nicolás"


@pytest.mark.parametrize("code", ["130112", "180107", "150144", "160801", "160803"])
def test_the_union_of_both_sources_is_there(definitions: Definitions, code: str) -> None:
    assert definitions.places.get(code) is not None


@pytest.mark.parametrize("code", ["160109", "160114", "090708", "090712"])
def test_superseded_and_doubled_codes_are_not_offered(definitions: Definitions, code: str) -> None:
    assert definitions.places.get(code) is None


def test_names_are_written_as_people_write_them(definitions: Definitions) -> None:
    names = [one.district for one in definitions.places.districts]

    assert not any(name.isupper() for name in names)
    assert "Huamachuco" in names
    assert sum(any(letter in "áéíóúñ" for letter in name) for name in names) > 250
