"""Each cell that the official format does not accept is refused with the reason that mends it."""

from __future__ import annotations

import pytest

from app.domain.official_cell import cell_problem
from app.domain.official_format import CellKind, OfficialColumn
from tests.support.laptops import definitions


def column(name: str) -> OfficialColumn:
    official = definitions().official
    position = official.position(name)
    assert position is not None
    return official.columns[position]


REFUSED = [
    ("CEM", "=SUMA(A1:A9)", "official_formula"),
    ("CEM", "+51 999", "official_formula"),
    ("CEM", "@cem", "official_formula"),
    ("CEM", "-1", "official_formula"),
    ("CEM", "\tCEM", "official_formula"),
    ("CEM", "\rCEM", "official_formula"),
    ("CONDICION", "=1+1", "official_formula"),
    ("CEM", "CEM\0UNO", "official_control_character"),
    ("CEM", "CEM\nUNO", "official_control_character"),
    ("CEM", "CEM \u202eONU", "official_control_character"),
    ("CEM", " CEM", "official_spaces"),
    ("CONDICION", "1 ", "official_spaces"),
    ("CEM", "\u00a0CEM", "official_spaces"),
    ("EDAD_VICTIMA", "NA", "official_marker"),
    ("LENGUA_MATERNA_VICTIMA", "null", "official_marker"),
    ("ETNIA_VICTIMA", "#N/D", "official_marker"),
    ("CEM", "-", "official_marker"),
    ("CEM", "C" * 44, "official_too_long"),
    ("EDAD_VICTIMA", "-3", "official_negative"),
    ("CONDICION", "-1", "official_negative"),
    ("EDAD_VICTIMA", "200", "official_out_of_range"),
    ("EDAD_VICTIMA", "121", "official_out_of_range"),
    ("HIJAS_VIVAS_0_17", "31", "official_out_of_range"),
    ("EDAD_VICTIMA", "9" * 5_000, "official_out_of_range"),
    ("EDAD_VICTIMA", "34.0", "official_decimals"),
    ("EDAD_VICTIMA", "34,5", "official_decimals"),
    ("CONDICION", "1.0", "official_decimals"),
    ("EDAD_VICTIMA", "034", "official_extra_zeros"),
    ("CONDICION", "01", "official_extra_zeros"),
    ("EDAD_VICTIMA", "treinta", "official_not_a_number"),
    ("EDAD_VICTIMA", "٣٤", "official_not_a_number"),
    ("CONDICION", "6", "official_code_unknown"),
    ("SEXO_VICTIMA", "2", "official_code_unknown"),
    ("SEXO_VICTIMA", "F", "official_code_unknown"),
    ("VICTIMA_PAIS_EXTRANJERO", "194", "official_code_unknown"),
    ("OCUPACION_VICTIMA", "114", "official_code_unknown"),
    ("SEXO_VICTIMA", "Mujer", "official_label"),
    ("CONDICION", "nuevo", "official_label"),
    ("SIS_SEGURO", "0", "official_flag_no"),
    ("SIS_SEGURO", "2", "official_code_unknown"),
    ("DPTO_DOMICILIO", "1", "official_lost_zeros"),
    ("CENTRO_POBLADO_DOMICILIO", "12", "official_lost_zeros"),
    ("DPTO_DOMICILIO", "1.0", "official_decimals"),
    ("DPTO_DOMICILIO", "001", "official_not_digits"),
    ("DIST_DOMICILIO", "A1", "official_not_digits"),
    ("DIST_DOMICILIO", "-1", "official_negative"),
    ("FECHA_INGRESO", "2026-02-30", "official_day_impossible"),
    ("FECHA_INGRESO", "2026-13-01", "official_day_impossible"),
    ("FECHA_INGRESO", "2026-03-05 00:00:00", "official_day_with_time"),
    ("FECHA_INGRESO", "2026-03-05T10:00:00Z", "official_day_with_time"),
    ("FECHA_INGRESO", "05/03/2026", "official_day_slashes"),
    ("FECHA_INGRESO", "3/5/26", "official_day_slashes"),
    ("FECHA_INGRESO", "31/12/2026", "official_day_slashes"),
    ("FECHA_INGRESO", "05-03-2026", "official_day_first"),
    ("FECHA_INGRESO", "05.03.2026", "official_day_first"),
    ("FECHA_INGRESO", "05-MAR-2026", "official_day_with_word"),
    ("FECHA_INGRESO", "5 marzo 2026", "official_day_with_word"),
    ("FECHA_INGRESO", "2026/03/05", "official_day_year_slashes"),
    ("FECHA_INGRESO", "2026-3-5", "official_day_short"),
    ("FECHA_INGRESO", "20260305", "official_day_packed"),
    ("FECHA_INGRESO", "46086", "official_day_serial"),
    ("FECHA_INGRESO", "2026", "official_day_serial"),
    ("FECHA_INGRESO", "13990406400", "official_day_serial"),
    ("FECHA_INGRESO", "ayer", "official_not_a_day"),
]


@pytest.mark.parametrize(("name", "text", "reason"), REFUSED)
def test_a_cell_is_refused_with_its_own_reason(name: str, text: str, reason: str) -> None:
    problem = cell_problem(column(name), text)

    assert problem is not None
    assert problem.message_id == reason


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CEM", "CEM «Ñusta», sede 2"),
        ("CEM", "C" * 43),
        ("EDAD_VICTIMA", "0"),
        ("EDAD_VICTIMA", "120"),
        ("DPTO_DOMICILIO", "01"),
        ("CENTRO_POBLADO_DOMICILIO", "0000"),
        ("FECHA_INGRESO", "2024-02-29"),
        ("SIS_SEGURO", "1"),
        ("MODALIDADES_VCM", "0"),
        ("VICTIMA_PAIS_EXTRANJERO", "193"),
        ("OCUPACION_AGRESOR", "113"),
    ],
)
def test_a_cell_in_its_one_spelling_is_accepted(name: str, text: str) -> None:
    assert cell_problem(column(name), text) is None


def test_blank_is_accepted_in_every_column() -> None:
    assert all(cell_problem(one, "") is None for one in definitions().official.columns)


def test_every_code_of_the_dictionary_is_accepted_in_its_column() -> None:
    for one in definitions().official.columns:
        assert all(cell_problem(one, code) is None for code in one.codes), one.name


def test_the_columns_are_the_168_variables_in_order_with_their_lists() -> None:
    columns = definitions().official.columns

    assert [one.item for one in columns] == list(range(1, 169))
    assert sum(one.is_obligatory for one in columns) == 38
    assert sum(one.kind is CellKind.FLAG for one in columns) == 96
    assert len(column("VICTIMA_PAIS_EXTRANJERO").codes) == 193
    assert len(column("OCUPACION_VICTIMA").codes) == 113
