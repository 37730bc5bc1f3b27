"""Importing the official format: what is wrong is named, nothing is repaired, the rest is loaded."""

from __future__ import annotations

import hashlib
import io

import pytest

from app.domain.errors import DomainError
from app.domain.official_format import REFUSED
from app.files_apart import SplitsApart
from app.services.official_import import import_dataset, remove_dataset
from app.services.official_lines import LINE_BYTES_MAX
from tests.support.laptops import Laptop, definitions, laptop
from tests.support.official import Faults, load, official_file, official_row, stored

__all__ = ["laptop"]

NAMES = definitions().official.names


def told(laptop: Laptop, *rows: list[str] | str) -> list[tuple[int, str, str, str]]:
    report = Faults()
    load(laptop, official_file(*rows), report=report)
    return report.told()


def refusal(laptop: Laptop, content: bytes) -> DomainError:
    with pytest.raises(DomainError) as caught:
        load(laptop, content)
    with laptop.store.unit() as uow:
        assert uow.datasets.all() == ()
    return caught.value


# --- rows and cells ------------------------------------------------------------------------------


def test_a_file_in_the_official_format_is_loaded_as_it_is(laptop: Laptop) -> None:
    content = official_file(official_row(), official_row(EDAD_VICTIMA="7"))

    summary = load(laptop, content)

    assert summary.dataset.facts.rows == 2
    assert summary.dataset.facts.refused == 0
    assert summary.dataset.facts.digest == hashlib.sha256(content).digest()
    assert summary.dataset.facts.source_digest == hashlib.sha256(content).digest()
    assert summary.dataset.facts.source_bytes == len(content)
    assert [row["EDAD_VICTIMA"] for row in stored(laptop)] == ["34", "7"]
    assert not summary.remarks


def test_a_refused_cell_is_named_and_the_rest_of_its_row_is_loaded_and_marked(
    laptop: Laptop,
) -> None:
    rows = (official_row(), official_row(EDAD_VICTIMA="200", CEM="OTRO CEM"), official_row())

    assert told(laptop, *rows) == [(3, "EDAD_VICTIMA", "200", "official_out_of_range")]

    loaded = stored(laptop)
    assert len(loaded) == 3
    assert loaded[1]["EDAD_VICTIMA"] == REFUSED
    assert loaded[1]["CEM"] == "OTRO CEM"


def test_every_refused_cell_of_a_row_is_named_in_the_order_of_the_file(laptop: Laptop) -> None:
    bad = official_row(CONDICION="9", EDAD_VICTIMA="-1", SIS_SEGURO="0")
    rows = (bad, "una,dos", bad)

    assert told(laptop, *rows) == [
        (2, "CONDICION", "9", "official_code_unknown"),
        (2, "EDAD_VICTIMA", "-1", "official_negative"),
        (2, "SIS_SEGURO", "0", "official_flag_no"),
        (3, "", "", "official_too_few"),
        (4, "CONDICION", "9", "official_code_unknown"),
        (4, "EDAD_VICTIMA", "-1", "official_negative"),
        (4, "SIS_SEGURO", "0", "official_flag_no"),
    ]


def test_the_summary_counts_rows_that_are_not_complete_and_lines_set_aside(laptop: Laptop) -> None:
    bad = official_row(CONDICION="9", EDAD_VICTIMA="-1")

    summary = load(laptop, official_file(official_row(), bad, bad, "", "a,b"))

    facts = summary.dataset.facts
    assert (facts.rows, facts.incomplete, facts.set_aside, facts.refused) == (3, 2, 2, 4)
    assert summary.by_reason == {
        ("CONDICION", "official_code_unknown"): 2,
        ("EDAD_VICTIMA", "official_negative"): 2,
        ("", "official_line_empty"): 1,
        ("", "official_too_few"): 1,
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "official_line_empty"),
        ("x" + "," * 166, "official_too_few"),
        ("x" + "," * 168, "official_too_many"),
        ('"CEM sin cerrar' + "," * 167, "official_quotes"),
        ('"CEM" DOS' + "," * 167, "official_quotes"),
        ("C" * (LINE_BYTES_MAX + 1), "official_line_too_long"),
        ("C" * (5 * LINE_BYTES_MAX), "official_line_too_long"),
    ],
)
def test_a_line_that_is_no_row_is_set_aside_whole(laptop: Laptop, line: str, reason: str) -> None:
    assert told(laptop, official_row(), line, official_row()) == [(3, "", "", reason)]
    assert len(stored(laptop)) == 2


def test_a_line_that_is_not_utf8_is_set_aside_and_the_next_is_read(laptop: Laptop) -> None:
    good = official_file(official_row())
    latin = ",".join(official_row(CEM="CEM ÑUSTA")).encode("latin-1") + b"\n"
    report = Faults()

    load(
        laptop,
        good + latin + official_file(official_row())[-600:].split(b"\n", 1)[-1],
        report=report,
    )

    assert (3, "", "", "official_line_not_utf8") in report.told()


def test_a_line_break_inside_quotes_costs_its_own_two_lines(laptop: Laptop) -> None:
    first, second = ",".join(official_row(CEM='"CEM\nDOS"')).split("\n")

    found = told(laptop, official_row(), first, second, official_row())

    assert [(line, reason) for line, _, _, reason in found] == [
        (3, "official_quotes"),
        (4, "official_quotes"),
    ]
    assert len(stored(laptop)) == 2


def test_a_file_of_nothing_but_broken_lines_is_an_empty_dataset(laptop: Laptop) -> None:
    assert load(laptop, official_file("x", "y")).dataset.facts.set_aside == 2
    assert stored(laptop) == []


def test_a_nul_is_named_in_its_cell(laptop: Laptop) -> None:
    """(I7)"""
    assert told(laptop, official_row(CEM="CEM\0", CONDICION="\0")) == [
        (2, "CEM", "CEM\0", "official_control_character"),
        (2, "CONDICION", "\0", "official_control_character"),
    ]


def test_a_text_in_quotes_with_a_comma_is_one_cell(laptop: Laptop) -> None:
    content = official_file(official_row(CEM='"CEM ""EL EJEMPLO"", SEDE 2"'))

    assert load(laptop, content).dataset.facts.digest == hashlib.sha256(content).digest()
    assert stored(laptop)[0]["CEM"] == 'CEM "EL EJEMPLO", SEDE 2'


def test_a_last_line_without_its_end_is_a_row(laptop: Laptop) -> None:
    content = official_file(official_row())[:-1]

    assert load(laptop, content).dataset.facts.rows == 1


def test_dates_in_three_forms_are_each_named_and_none_is_guessed(laptop: Laptop) -> None:
    forms = ("05/03/2026", "05-MAR-2026", "20260305")

    found = told(laptop, *(official_row(FECHA_INGRESO=one) for one in forms), official_row())

    assert [reason for *_, reason in found] == [
        "official_day_slashes",
        "official_day_with_word",
        "official_day_packed",
    ]
    assert [row["FECHA_INGRESO"] for row in stored(laptop)] == [REFUSED] * 3 + ["2026-03-05"]


# --- places --------------------------------------------------------------------------------------


def place(code: str, **cells: str) -> list[str]:
    parts = {"DPTO_DOMICILIO": code[:2], "PROV_DOMICILIO": code[2:4], "DIST_DOMICILIO": code[4:]}
    return official_row(**parts, **cells)


def test_lost_leading_zeros_are_named_and_not_put_back(laptop: Laptop) -> None:
    row = official_row(DPTO_DOMICILIO="1", PROV_DOMICILIO="4", DIST_DOMICILIO="1")

    found = told(laptop, row)

    assert [(column, reason) for _, column, _, reason in found] == [
        ("DPTO_DOMICILIO", "official_lost_zeros"),
        ("PROV_DOMICILIO", "official_lost_zeros"),
        ("DIST_DOMICILIO", "official_lost_zeros"),
    ]


def test_a_code_of_reniec_that_inei_does_not_have_is_called_so(laptop: Laptop) -> None:
    found = told(laptop, place("010404"))

    assert {reason for *_, reason in found} == {"official_reniec_code"}
    assert len(found) == 3


def test_a_code_of_nobody_is_not_called_renies(laptop: Laptop) -> None:
    assert {reason for *_, reason in told(laptop, place("999999"))} == {"official_district_unknown"}


def test_a_department_or_province_alone_is_accepted_but_not_a_gap(laptop: Laptop) -> None:
    assert told(laptop, place("01"), place("0104"), official_row(PROV_DOMICILIO="")) == [
        (4, "DIST_DOMICILIO", "01", "official_place_gap"),
    ]


def test_what_stands_after_a_refused_part_of_a_place_names_nothing(laptop: Laptop) -> None:
    assert told(laptop, official_row(PROV_DOMICILIO="4"), official_row(DIST_DOMICILIO="1")) == [
        (2, "PROV_DOMICILIO", "4", "official_lost_zeros"),
        (2, "DIST_DOMICILIO", "01", "official_place_gap"),
        (3, "DIST_DOMICILIO", "1", "official_lost_zeros"),
    ]


def test_a_column_in_reniecs_numbering_is_warned_of(laptop: Laptop) -> None:
    districts = [one for one in definitions().places.districts if one.reniec_code][:300]

    summary = load(laptop, official_file(*(place(one.reniec_code) for one in districts)))

    assert "official_leans_to_reniec" in [one.message_id for one in summary.remarks]


def test_one_code_of_both_numberings_is_warned_of_by_the_name_of_its_centre(laptop: Laptop) -> None:
    # Nieva (Condorcanqui) is RENIEC 010601; INEI 010601 is San Nicolás (Rodríguez de Mendoza).
    summary = load(laptop, official_file(place("010601", CEM="CEM CONDORCANQUI")))

    assert summary.dataset.facts.refused == 0
    assert [one.message_id for one in summary.remarks] == ["official_leans_to_reniec"]


def test_a_column_in_ineis_numbering_is_not_warned_of(laptop: Laptop) -> None:
    districts = definitions().places.districts

    summary = load(laptop, official_file(*(place(one.code) for one in districts)))

    assert summary.remarks == []
    assert summary.dataset.facts.refused == 0


# --- the whole file ------------------------------------------------------------------------------


def test_a_bom_is_named_and_the_file_is_read(laptop: Laptop) -> None:
    """(I7)"""
    content = b"\xef\xbb\xbf" + official_file(official_row())

    summary = load(laptop, content)

    assert [one.message_id for one in summary.remarks] == ["official_bom"]
    assert summary.dataset.facts.had_bom
    assert summary.dataset.facts.rows == 1
    assert summary.dataset.facts.refused == 0


def test_line_ends_of_windows_are_named_and_the_file_is_read(laptop: Laptop) -> None:
    """(I7)"""
    content = official_file(official_row(), official_row()).replace(b"\n", b"\r\n")

    summary = load(laptop, content)

    assert [(one.message_id, one.parameters) for one in summary.remarks] == [
        ("official_carriage_returns", {"count": 3})
    ]
    assert summary.dataset.facts.refused == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "official_empty_file"),
        (official_file(official_row()).decode().encode("utf-16"), "official_utf16"),
        (official_file(official_row()).decode().encode("latin-1"), "official_latin1"),
        (official_file(official_row()).replace(b",", b";"), "official_separator"),
        (official_file(official_row()).replace(b",", b"\t"), "official_separator"),
        (official_file(official_row()).replace(b",", b"|"), "official_separator"),
        (official_file(official_row()).replace(b"\n", b"\r"), "official_line_without_end"),
        (b"x" * (3 * LINE_BYTES_MAX), "official_line_without_end"),
        (b"PK\x03\x04 a workbook", "official_spreadsheet"),
        (b"\xd0\xcf\x11\xe0 an older one", "official_spreadsheet"),
        (official_file(official_row(), header=NAMES[:-1]), "official_columns"),
        (official_file(official_row(), header=(*NAMES, "OTRA")), "official_columns"),
        (
            official_file(official_row(), header=(NAMES[1], NAMES[0], *NAMES[2:])),
            "official_columns",
        ),
        (official_file(official_row(), header=[one.lower() for one in NAMES]), "official_columns"),
        (official_file(official_row(), header=("",) * 168), "official_columns"),
        (official_file(official_row()).split(b"\n", 1)[1], "official_columns"),
        (b"\n" + official_file(official_row()), "official_columns"),
        (b'"CEM' + official_file(official_row())[3:], "official_columns"),
    ],
)
def test_a_file_in_another_format_is_refused_with_its_reason_and_nothing_is_loaded(
    laptop: Laptop, content: bytes, reason: str
) -> None:
    assert refusal(laptop, content).message_id == reason


def test_wrong_columns_are_said_by_name(laptop: Laptop) -> None:
    header = ["EDAD" if one == "EDAD_VICTIMA" else one for one in NAMES]

    detail = str(refusal(laptop, official_file(official_row(), header=header)).parameters["detail"])

    assert "Faltan: EDAD_VICTIMA." in detail
    assert "Sobran: EDAD." in detail
    assert "La columna 19 es «EDAD»" in detail


def test_what_a_header_holds_cannot_write_to_the_terminal(laptop: Laptop) -> None:
    header = ["\x1b[2J" + "x" * 500, *NAMES[1:]]

    detail = str(refusal(laptop, official_file(official_row(), header=header)).parameters["detail"])

    assert detail.isprintable()
    assert len(detail) < 400


def test_a_column_that_was_refused_whole_is_said(laptop: Laptop) -> None:
    rows = [official_row(FECHA_INGRESO="05/03/2026")] * 3

    summary = load(laptop, official_file(*rows))

    assert [(one.message_id, one.parameters) for one in summary.remarks] == [
        ("official_column_refused", {"column": "FECHA_INGRESO"})
    ]


def test_a_day_after_today_is_remarked_on_and_loaded(laptop: Laptop) -> None:
    summary = load(laptop, official_file(official_row(FECHA_INGRESO="2031-01-01"), official_row()))

    assert [(one.message_id, one.parameters) for one in summary.remarks] == [
        ("official_future", {"count": 1})
    ]
    assert summary.dataset.facts.refused == 0


# --- remarks on rows -----------------------------------------------------------------------------


def remarks(laptop: Laptop, *rows: list[str]) -> dict[tuple[str, str], int]:
    summary = load(laptop, official_file(*rows))
    return {
        (one.message_id, str(one.parameters.get("field") or one.parameters.get("check"))): count
        for one, count in summary.row_remarks
        if one.message_id != "official_missing"
        or one.parameters["field"] in ("VINCULO_PAREJA", "FRECUENCIA_AGREDE")
    }


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (
            {"SEXO_VICTIMA": "1", "VICTIMA_GESTANDO": "1"},
            ("official_does_not_apply", "VICTIMA_GESTANDO"),
        ),
        (
            {"VINCULO_AGRESOR_VICTIMA": "2", "VINCULO_FAMILIAR": "1"},
            ("official_does_not_apply", "VINCULO_PAREJA"),
        ),
        ({"VINCULO_PAREJA": ""}, ("official_missing", "VINCULO_PAREJA")),
        (
            {"PRIMERA_VEZ_AGREDE": "1", "FRECUENCIA_AGREDE": "1"},
            ("official_does_not_apply", "FRECUENCIA_AGREDE"),
        ),
        ({"PRIMERA_VEZ_AGREDE": "0"}, ("official_missing", "FRECUENCIA_AGREDE")),
        ({"NINGUN_SEGURO": "1", "SIS_SEGURO": "1"}, ("official_not_alone", "health_insurance")),
        ({"GRITOS_INSULTOS": ""}, ("official_check", "principal_type_psychological_without_act")),
        ({"TIPO_VIOLENCIA": "3"}, ("official_check", "principal_type_sexual_without_act")),
    ],
)
def test_what_does_not_fit_together_is_counted_and_loaded(
    laptop: Laptop, cells: dict[str, str], remark: tuple[str, str]
) -> None:
    odd = official_row(**cells)

    assert remarks(laptop, odd, official_row(), odd) == {remark: 2}
    assert len(stored(laptop)) == 3


def test_nothing_is_remarked_on_what_was_refused(laptop: Laptop) -> None:
    assert remarks(laptop, official_row(TIPO_VIOLENCIA="9", GRITOS_INSULTOS="")) == {}


# --- the dataset ---------------------------------------------------------------------------------


def test_a_dataset_is_no_case_and_changes_nothing_that_is_sent(laptop: Laptop) -> None:
    load(laptop, official_file(official_row()))

    with laptop.store.unit() as uow:
        assert uow.changes.count() == 0
        assert uow.changes.pending(10) == ()
        assert list(uow.records.ids("case")) == []


def test_an_import_is_in_the_audit_by_its_counts(laptop: Laptop) -> None:
    from db.schema import audit

    load(laptop, official_file(official_row(), "x"), name="Región 2026")

    with laptop.store.unit() as uow:
        (entry,) = uow._connection.execute(audit.select()).all()
        assert uow.audit.verify() is None
    assert entry.action == "import"
    assert entry.detail == "ra-cem rows=1 refused=0 set_aside=1"
    assert "Región" not in entry.object_id


def test_a_name_is_given_once(laptop: Laptop) -> None:
    load(laptop, official_file(official_row()), name="uno")

    with pytest.raises(DomainError) as caught:
        load(laptop, official_file(official_row()), name=" uno ")

    assert caught.value.message_id == "dataset_exists"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb"])
def test_a_name_is_a_short_line(laptop: Laptop, name: str) -> None:
    with pytest.raises(DomainError) as caught:
        load(laptop, official_file(official_row()), name=name)

    assert caught.value.message_id == "dataset_name"


def test_a_removed_dataset_is_gone_and_its_name_free(laptop: Laptop) -> None:
    load(laptop, official_file(official_row()))
    with laptop.store.unit() as uow:
        remove_dataset(uow, laptop.desk, "prueba")

    with laptop.store.unit() as uow:
        assert uow.datasets.all() == ()
    load(laptop, official_file(official_row()))


def test_an_import_that_is_cut_off_leaves_nothing(laptop: Laptop) -> None:
    class Cut(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 5_000:
                raise OSError("the stick was pulled out")
            return super().readline(size)

    content = official_file(*[official_row()] * 50)
    with pytest.raises(Exception, match="official_not_read"), laptop.store.unit() as uow:
        import_dataset(uow, laptop.desk, Cut(content), "cortado", SplitsApart())

    with laptop.store.unit() as uow:
        assert uow.datasets.all() == ()
        assert uow.audit.count() == 0
