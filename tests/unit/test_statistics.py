"""Bands, shares and tables that balance; nobody without an answer is moved anywhere."""

from __future__ import annotations

import pytest

from app.domain.official_format import REFUSED
from app.domain.statistics import (
    NO_ANSWER,
    OUTSIDE,
    TableCount,
    band_key,
    percent,
    variation,
)
from tests.support.laptops import definitions

REPORTS = definitions().reports


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (746, 810, "92.1"),
        (94, 810, "11.6"),
        (663, 810, "81.9"),
        (53, 810, "6.5"),
        (1, 2000, "0.1"),
        (1, 2001, "0.0"),
        (1, 16, "6.3"),  # 6.25: half up, where a float's round gives 6.2
        (0, 5, "0.0"),
        (5, 5, "100.0"),
        (-1, 16, "-6.3"),
        (-1, 100_000, "0.0"),
        (3, 0, ""),
    ],
)
def test_a_share_has_one_decimal_half_up(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


def test_a_variation_is_the_number_and_the_share_of_the_year_before() -> None:
    assert variation(657, 477) == (180, "37.7")
    assert variation(477, 657) == (-180, "-27.4")
    assert variation(5, 0) == (5, "")


def test_every_banding_of_the_catalogue_is_there() -> None:
    assert {one.id: [band.key for band in one.bands] for one in REPORTS.bandings} == {
        "grande": ["0-17", "18-59", "60+"],
        "pequeno": ["0-5", "6-11", "12-17", "18-25", "26-35", "36-45", "46-59", "60+"],
        "pequeno_reporte": ["0-11", "12-17", "18-25", "26-35", "36-45", "46-59", "60+"],
        "especial": ["0-5", "6-11", "12-14", "15-17", "18-29", "30-59", "60+"],
        "r_regional": ["0-11", "12-17", "18-29", "30-59", "60+"],
        "r_diario": ["0-11", "12-14", "15-17", "18-29", "30-59", "60+"],
        "sgic_1_condorcanqui": ["0-5", "6-11", "12-17", "18-59", "60+"],
        "sgic_2_condorcanqui": ["0-13", "14-17", "18-59", "60+"],
        "brief_combinado": [
            "0-5",
            "6-11",
            "12-14",
            "15-17",
            "18-25",
            "26-35",
            "36-45",
            "46-59",
            "60+",
        ],
        "agresor": ["0-17", "18-25", "26-35", "36-45", "46-59", "60+"],
        "gestacion_trimestre_semanas": ["1-13", "14-27", "28-42"],
    }


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", "0-17"),
        ("17", "0-17"),
        ("18", "18-59"),
        ("59", "18-59"),
        ("60", "60+"),
        ("120", "60+"),
        ("", NO_ANSWER),
        (REFUSED, REFUSED),
        ("x", OUTSIDE),
    ],
)
def test_an_age_is_in_one_band_or_in_none(text: str, key: str) -> None:
    banding = REPORTS.banding("grande")
    assert banding is not None
    assert band_key(banding, text) == key


def test_weeks_outside_every_band_are_said_to_be_so() -> None:
    banding = REPORTS.banding("gestacion_trimestre_semanas")
    assert banding is not None
    assert [band_key(banding, one) for one in ("0", "13", "43")] == [OUTSIDE, "1-13", OUTSIDE]


def test_a_table_shows_its_keys_and_those_that_came_up_beside_them() -> None:
    table = TableCount(("1", "2"), ("0", "1"))
    table.add(["2", "", REFUSED, "9"], ["0", "0", "", "1"])

    assert table.keys() == (("1", "2", "9", "", REFUSED), ("0", "1", ""))
    assert table.row_total("1") == 0
    assert table.balances(4)
    assert not table.balances(5)


def test_a_table_that_lost_a_row_does_not_balance() -> None:
    table = TableCount(("1",), ("0",))
    table.add(["1", "1"], ["0", "0"])
    table.counts["1", "0"] -= 1

    assert not table.balances(2)
