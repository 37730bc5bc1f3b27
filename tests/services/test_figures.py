"""The seed's figures, imported and counted: every total, share and balance as its source has it.

Where the source gives no joint distribution, the one here is made up and only its sums are looked
at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain.errors import DomainError
from app.domain.official_format import REFUSED
from app.services.figures import Figures, ShownTable, figures_of, figures_of_own
from tests.support.laptops import Laptop, definitions, laptop
from tests.support.official import load, official_file, official_row

__all__ = ["laptop"]

SEED = Path(__file__).parent.parent / "vectors" / "fixtures_semilla.yaml"
WOMAN, MAN = "0", "1"
NAMES = definitions().official.names


@pytest.fixture(scope="module")
def seed() -> dict[str, dict[str, Any]]:
    found = yaml.safe_load(SEED.read_text(encoding="utf-8"))["fixtures_semilla"]
    return {one["id"]: one for one in found}


def lines(count: int, **columns: Sequence[str] | Iterator[str] | str) -> bytes:
    """A file of ``count`` rows: a column is one text for all of them, or a text for each."""
    endless = {
        name: repeat(texts) if isinstance(texts, str) else iter(texts)
        for name, texts in columns.items()
    }
    positions = {NAMES.index(name): texts for name, texts in endless.items()}
    blank = [""] * len(NAMES)
    rows = []
    for _ in range(count):
        row = blank.copy()
        for at, texts in positions.items():
            row[at] = next(texts)
        rows.append(",".join(row))
    return official_file(*rows)


def some(*parts: tuple[str, int]) -> Iterator[str]:
    return chain.from_iterable(repeat(text, count) for text, count in parts)


def figures(laptop: Laptop, name: str = "prueba", **options: Any) -> Figures:
    with laptop.store.unit() as uow:
        return figures_of(uow, laptop.desk, name, **options)


def table(found: Figures, name: str) -> ShownTable:
    return next(one for one in found.tables if one.id == name)


def sums(shown: ShownTable) -> dict[str, int]:
    return {one.key: one.total for one in shown.lines if one.total}


def shares(shown: ShownTable) -> dict[str, str]:
    return {one.key: one.share for one in shown.lines if one.total}


# --- the seed ------------------------------------------------------------------------------------


def test_santa_julia_657_cases_180_more_than_the_year_before(
    laptop: Laptop, seed: dict[str, dict[str, Any]]
) -> None:
    wanted = seed["SANTA_JULIA"]
    now, before = wanted["anio"], wanted["anio_anterior"]
    days = some((f"{now}-06-15", wanted["total"]), (f"{before['anio']}-06-15", before["total"]))
    code = wanted["ubigeo_inei"]
    place = {"DPTO_DOMICILIO": code[:2], "PROV_DOMICILIO": code[2:4], "DIST_DOMICILIO": code[4:]}
    count = wanted["total"] + before["total"]
    load(laptop, lines(count, CEM=wanted["cem"], FECHA_INGRESO=days, **place))

    found = figures(laptop, year=now)

    assert found.total == 657
    assert found.before == 477
    assert found.change == wanted["variacion"]["absoluta"] == 180
    assert found.change_percent == str(wanted["variacion"]["porcentaje"]) == "37.7"
    assert found.balances


def case_ayacucho(wanted: dict[str, Any], ages: Iterator[str]) -> bytes:
    source = wanted["fuente"]
    sexes = some((WOMAN, source["mujeres"]), (MAN, wanted["derivado"]["hombres"]))
    code = wanted["ubigeo_inei"]
    return lines(
        source["total"],
        CEM="CEM COMISARIA DE FAMILIA AYACUCHO",
        FECHA_INGRESO="2019-08-01",
        SEXO_VICTIMA=sexes,
        EDAD_VICTIMA=ages,
        DPTO_DOMICILIO=code[:2],
        PROV_DOMICILIO=code[2:4],
        DIST_DOMICILIO=code[4:],
    )


def test_case_ayacucho_810_with_its_shares(laptop: Laptop, seed: dict[str, dict[str, Any]]) -> None:
    wanted = seed["CASE_AYACUCHO"]
    bands = wanted["supuesto_del_test"]
    ages = some(
        ("9", bands["banda_0_17"]), ("30", bands["banda_18_59"]), ("71", bands["banda_60_mas"])
    )
    load(laptop, case_ayacucho(wanted, ages))

    found = figures(laptop, year=2019, banding="grande")

    by_age, by_month = table(found, "T03"), table(found, "T01")
    assert found.total == wanted["esperado"]["total"] == 810
    assert by_month.totals == (746, 64)
    assert sums(by_age) == {"0-17": 94, "18-59": 663, "60+": 53}
    assert shares(by_age) == {"0-17": "11.6", "18-59": "81.9", "60+": "6.5"}
    expected = wanted["esperado"]
    assert [expected[one] for one in ("pct_0_17", "pct_18_59", "pct_60_mas")] == [11.6, 81.9, 6.5]
    from app.domain.statistics import percent

    assert percent(by_month.totals[0], found.total) == str(expected["pct_mujeres"]) == "92.1"
    assert expected["cuadre"] == "ok"
    assert found.balances


def test_case_ayacucho_without_ages_says_so_and_moves_nobody_into_a_band(
    laptop: Laptop, seed: dict[str, dict[str, Any]]
) -> None:
    wanted = seed["CASE_AYACUCHO"]
    expected = wanted["variante_sin_edad"]["esperado"]
    missing = wanted["variante_sin_edad"]["sin_informacion_edad"]
    load(laptop, case_ayacucho(wanted, some(("9", 94), ("30", 663), ("", missing))))

    found = figures(laptop, year=2019, banding="grande")

    by_age = table(found, "T03")
    assert {one.key: one.total for one in by_age.lines} == {
        "0-17": expected["banda_0_17"],
        "18-59": expected["banda_18_59"],
        "60+": expected["banda_60_mas"],
        "": expected["sin_informacion"],
    }
    assert by_age.lines[-1].label == "Sin información"
    assert by_age.lines[-1].total == 53
    assert found.balances


@pytest.mark.timeout(300)
def test_the_nations_first_seven_months_of_2026_balance(
    laptop: Laptop, seed: dict[str, dict[str, Any]]
) -> None:
    wanted = seed["NACIONAL_2026_ENE_JUL"]
    women, men = wanted["mujeres"], wanted["hombres"]["total"]
    kind, risk, tie, age = women["tipo"], women["riesgo"], women["vinculo"], women["edad"]
    content = lines(
        wanted["total"],
        FECHA_INGRESO="2026-07-31",
        SEXO_VICTIMA=some((WOMAN, women["total"]), (MAN, men)),
        TIPO_VIOLENCIA=some(
            *(("1", kind["psicologica"]), ("2", kind["fisica"]), ("3", kind["sexual"])),
            *(("0", kind["economica"]), ("", men)),
        ),
        NIVEL_DE_RIESGO_VICTIMA=some(
            ("1", risk["leve"]), ("2", risk["moderado"]), ("3", risk["severo"]), ("", men)
        ),
        VINCULO_AGRESOR_VICTIMA=some(
            ("1", tie["pareja"]), ("2", tie["familiar"]), ("3", tie["sin"]), ("", men)
        ),
        EDAD_VICTIMA=some(
            ("9", age["n0_17"]), ("40", age["n18_59"]), ("70", age["n60"]), ("", men)
        ),
    )
    load(laptop, content)

    found = figures(laptop, year=2026, banding="grande")

    assert found.total == 104_364
    assert table(found, "T01").totals == (86_663, 17_701)
    women_by = {name: _of_women(table(found, name)) for name in ("T04", "T05S", "T06", "T03")}
    assert women_by == {
        "T04": {"0": 297, "1": 36_228, "2": 32_670, "3": 17_468},
        "T05S": {"1": 14_726, "2": 44_399, "3": 27_538},
        "T06": {"1": 45_884, "2": 29_694, "3": 11_085},
        "T03": {"0-17": 25_554, "18-59": 55_934, "60+": 5_175},
    }
    assert all(sum(one.values()) == 86_663 for one in women_by.values())
    assert found.balances


def _of_women(shown: ShownTable) -> dict[str, int]:
    return {one.key: one.counts[0] for one in shown.lines if one.counts[0]}


@pytest.mark.timeout(300)
def test_the_press_figures_of_2024_balance(laptop: Laptop, seed: dict[str, dict[str, Any]]) -> None:
    wanted = seed["PRENSA_2024_ENE_MAY"]
    kind = wanted["tipo"]
    content = lines(
        wanted["total"],
        FECHA_INGRESO="2024-05-31",
        SEXO_VICTIMA=some((WOMAN, wanted["sexo"]["mujeres"]), (MAN, wanted["sexo"]["hombres"])),
        TIPO_VIOLENCIA=some(
            *(("1", kind["psicologica"]), ("2", kind["fisica"])),
            *(("3", kind["sexual"]), ("0", kind["economica"])),
        ),
    )
    load(laptop, content)

    found = figures(laptop, year=2024)

    assert found.total == 67_603
    assert table(found, "T01").totals == (57_550, 10_053)
    assert sums(table(found, "T04")) == {"0": 283, "1": 28_562, "2": 26_322, "3": 12_436}
    assert found.balances


# --- what figures say ----------------------------------------------------------------------------


def test_a_refused_cell_is_neither_an_answer_nor_blank(laptop: Laptop) -> None:
    load(laptop, official_file(official_row(EDAD_VICTIMA="200"), official_row(EDAD_VICTIMA="")))

    found = figures(laptop, banding="grande")

    by_age = table(found, "T03")
    assert sums(by_age) == {"": 1, REFUSED: 1}
    assert [one.label for one in by_age.lines[-2:]] == ["Sin información", "Dato rechazado"]
    assert found.incomplete == 1
    assert found.balances


def test_rows_without_a_day_are_in_no_year_and_are_said(laptop: Laptop) -> None:
    load(
        laptop,
        official_file(
            official_row(FECHA_INGRESO=""),
            official_row(FECHA_INGRESO="05/03/2026"),
            official_row(FECHA_INGRESO="2026-03-05"),
            official_row(FECHA_INGRESO="2025-03-05"),
        ),
    )

    in_2026, always = figures(laptop, year=2026), figures(laptop)

    assert (in_2026.total, in_2026.before, in_2026.undated) == (1, 1, 2)
    assert always.total == 4
    assert always.before is None


def test_own_cases_are_counted_by_the_same_rules(laptop: Laptop) -> None:
    for age in (9, 34, 70):
        case_id = laptop.open_case()
        laptop.fill(case_id, SEXO_VICTIMA="0", EDAD_VICTIMA=age, FECHA_INGRESO="2026-01-02")

    with laptop.store.unit() as uow:
        found = figures_of_own(uow, laptop.desk, year=2026, banding="grande")

    assert found.total == 3
    assert sums(table(found, "T03")) == {"0-17": 1, "18-59": 1, "60+": 1}
    assert found.balances


def test_who_did_not_accept_to_be_registered_is_not_counted_and_that_is_said(
    laptop: Laptop,
) -> None:
    laptop.fill(laptop.open_case(), attention_consent="0")
    laptop.fill(laptop.open_case(), attention_consent="1")

    with laptop.store.unit() as uow:
        found = figures_of_own(uow, laptop.desk)

    assert (found.total, found.without_consent) == (1, 1)


def test_labels_are_those_of_the_dictionary(laptop: Laptop) -> None:
    load(laptop, official_file(official_row()))

    shown = table(figures(laptop), "T04")

    assert shown.columns == ("Mujer", "Hombre")
    assert shown.line("3") is not None
    assert shown.line("3").label == "Violencia Sexual"  # type: ignore[union-attr]


@pytest.mark.parametrize("banding", ["nadie", "agresor", "gestacion_trimestre_semanas"])
def test_bands_that_are_not_of_her_age_are_refused(laptop: Laptop, banding: str) -> None:
    load(laptop, official_file(official_row()))

    with pytest.raises(DomainError) as caught:
        figures(laptop, banding=banding)

    assert caught.value.message_id == "banding_unknown"
    assert "grande" in str(caught.value.parameters["known"])


def test_no_rows_are_no_figures_and_still_balance(laptop: Laptop) -> None:
    load(laptop, official_file())

    found = figures(laptop, year=2026)

    assert found.total == 0
    assert found.change_percent == ""
    assert found.balances
