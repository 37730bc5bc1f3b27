"""A fault in a letter or in the frame of a form is refused with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.definitions import load
from app.domain.errors import DefinitionError

POLICE = "documents/letters/oficio_informe_policial.yaml"
VISIT = "documents/letters/citacion_usuaria.yaml"
PAPERS = "documents/papers.yaml"

FAULTS = [
    (POLICE, "{due}. Hasta", "{when}. Hasta", "'due' stands in no text"),
    (POLICE, "{fill: case_code}", "{fill: magic}", "filled by nothing"),
    (POLICE, "key: denuncia_recibida}", "key: nunca_ocurre}", "nothing that happens"),
    (POLICE, "{fill: centre, key: phone}", "{fill: centre, key: secret}", "unknown key 'secret'"),
    (POLICE, "{fill: staff, key: name}", "{fill: field, key: ninguno}", "no field 'ninguno'"),
    (POLICE, 'label: "Comisaría"}', 'key: "x"}', "missing key 'label'"),
    (POLICE, "carries: [case_code]", "carries: [todo]", "unknown carries 'todo'"),
    (POLICE, "claims: [PNP_INFORME]", "claims: [PNP_NADA]", "unknown claims 'PNP_NADA'"),
    (POLICE, "letter: oficio_informe_policial", "letter: Oficio-1", "is named in small letters"),
    (POLICE, "Por eso le pido:", "Por eso } le pido:", "a brace stands alone"),
    (POLICE, "point: true}", "point: maybe}", "true or false"),
    (POLICE, "certainty: design", "certainty: sure", "unknown certainty"),
    (VISIT, "for_her: true", "for_her: true\nsubject: Audiencia", "neither addressee nor subject"),
    (VISIT, "for_her: true", "for_her: true\nlegal_basis: [Ley 30364]", "names no law"),
    (VISIT, "for_her: true", "for_her: true\ncarries: [identity]", "no data of hers"),
    (VISIT, '{fill: hand, label: "Día"}', "{fill: field, key: names}", "no data of hers"),
    (VISIT, '{fill: hand, label: "Día"}', "{fill: centre, key: name}", "no data of hers"),
    (VISIT, "gated: safety", "gated: maybe", "unknown gate"),
    (PAPERS, "form: ficha", "form: ninguna", "is no form"),
    (PAPERS, "blank_rows: 3", "blank_rows: 99", "empty rows"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "reason"), FAULTS)
def test_a_planted_fault_is_refused(data: Path, name: str, old: str, new: str, reason: str) -> None:
    path = data / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert caught.value.file == name
    assert caught.value.line >= 1
    assert reason in caught.value.reason


def test_two_versions_of_a_letter_may_not_hold_on_one_day(data: Path) -> None:
    text = (data / POLICE).read_text(encoding="utf-8")
    (data / "documents" / "letters" / "otro.yaml").write_text(
        text.replace('version: "2026.1"', 'version: "2026.2"'), encoding="utf-8"
    )

    with pytest.raises(DefinitionError, match="overlaps"):
        load(data)


def test_a_later_version_of_a_letter_follows_the_earlier_one(data: Path) -> None:
    from datetime import date

    folder = data / "documents" / "letters"
    text = (data / POLICE).read_text(encoding="utf-8")
    (data / POLICE).write_text(text + "valid_to: 2026-12-31\n", encoding="utf-8")
    later = text.replace('version: "2026.1"', 'version: "2027.1"').replace(
        "Pide que", "Solicita que"
    )
    (folder / "otro.yaml").write_text(later + "valid_from: 2027-01-01\n", encoding="utf-8")

    now = load(data, date(2026, 6, 1)).letters["oficio_informe_policial"]
    then = load(data, date(2027, 6, 1)).letters["oficio_informe_policial"]

    assert (now.version, then.version) == ("2026.1", "2027.1")
    assert then.subject.startswith("Solicita que")
