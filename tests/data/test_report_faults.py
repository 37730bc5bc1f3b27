"""Every fault planted in the data of reports is refused, with the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.definitions import load
from app.domain.errors import DefinitionError

BANDS = "reports/age_bands.yaml"
TABLES = "reports/figures.yaml"
CHECKS = "reports/official_checks.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (BANDS, "[0, 17], [18, 59]", "[0, 17], [17, 59]", "begins where the one before it ends"),
        (BANDS, "[0, 17], [18, 59]", "[0, 17], [19, 59]", "begins where the one before it ends"),
        (BANDS, "[0, 17], [18, 59]", "[0, 17], [18]", "begins where the one before it ends"),
        (BANDS, "[[1, 13]", "[[13, 1]", "a band is [first, last]"),
        (BANDS, "[[1, 13]", "[[1, 2, 13]", "a band is [first, last]"),
        (BANDS, "id: pequeno\n", "id: grande\n", "stands twice"),
        (BANDS, "finest: brief_combinado", "finest: nadie", "unknown banding 'nadie'"),
        (BANDS, "variable: EDAD_AGRESOR", "variable: EDAD_NADIE", "unknown variable 'EDAD_NADIE'"),
        (TABLES, "id: T02,", "id: T01,", "table 'T01' stands twice"),
        (TABLES, "rows: CONDICION", "rows: NADIE", "no official variable of this kind"),
        (TABLES, "rows: CONDICION", "rows: CEM", "no official variable of this kind"),
        (
            TABLES,
            "{month: FECHA_INGRESO}",
            "{month: CONDICION}",
            "no official variable of this kind",
        ),
        (TABLES, "{bands: EDAD_VICTIMA}", "{bands: EDAD_VICTIMA, banding: agresor}", "no banding"),
        (TABLES, "{bands: EDAD_VICTIMA}", "{banding: grande}", "a dimension is"),
        (CHECKS, "answered: economic_acts", "answered: relato", "no official variable is filled"),
        (CHECKS, "principal_type_physical_", "principal_type_sexual_", "stands twice"),
        (CHECKS, "certainty: medium", "certainty: sure", "unknown certainty 'sure'"),
    ],
)
def test_a_fault_in_the_reports_is_refused_with_its_line(
    data: Path, file: str, old: str, new: str, reason: str
) -> None:
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert caught.value.file == file
    assert reason in caught.value.reason
    assert caught.value.line > 0


def test_a_list_of_the_dictionary_that_is_not_there_is_refused(data: Path) -> None:
    path = data / "catalogues" / "diccionario_ra_cem.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("@ocupaciones", "@oficios", 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert "oficios" in caught.value.reason
    assert caught.value.line == 40
