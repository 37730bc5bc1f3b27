"""The risk instruments that are shipped, and the faults in their files that are refused."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.definitions import load
from app.domain.definitions import Definitions
from app.domain.errors import DefinitionError
from app.domain.form import FieldType
from app.domain.instrument import score
from app.domain.merge import MergeRule
from app.domain.value import Absent
from app.resources import data_root
from tests.support.every import some

COUPLE = "instruments/fvr_1_pareja.yaml"
CHILDREN = "instruments/fvr_2_nna.yaml"
NONE = "instruments/fvr_9_ninguna.yaml"
RULES = "instruments/risk_warnings.yaml"


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``."""

    what: str
    file: str
    old: str
    new: str
    reason: str


FAULTS = [
    Fault("gap", COUPLE, "{from: 8,", "{from: 9,", "leaves a gap before it"),
    Fault("overlap", COUPLE, "{from: 8,", "{from: 7,", "overlaps the one before"),
    Fault("first band", COUPLE, "{from: 0,", "{from: 1,", "it must begin at 0"),
    Fault("backwards", COUPLE, "to: 13", "to: 7", "ends before it begins"),
    Fault("short", COUPLE, "to: 37", "to: 36", "the bands end at 36"),
    Fault("points", COUPLE, "points: 5", "points: 4", "the points make 36, the maximum is 37"),
    Fault("no points", COUPLE, "points: 5", "points: 0", "gives 1 to 100 points"),
    Fault("maximum", COUPLE, "maximum: 37", "maximum: 38", "the points make 37"),
    Fault("order", COUPLE, "to: 7, level: leve", "to: 7, level: severo", "order of the levels"),
    Fault("level", COUPLE, "levels: [leve,", "levels: [suave,", "'suave' is not in the catalogue"),
    Fault("answer", COUPLE, "scores: [lo_dejo]", "scores: [la_dejo]", "'la_dejo' is no answer"),
    Fault("options", COUPLE, "options: fvr_convivencia", "options: nada", "unknown catalogue"),
    Fault(
        "skipped answer",
        COUPLE,
        'skip: {no_vivieron_juntos: "5"}',
        'skip: {nunca: "5"}',
        "'nunca' is no answer",
    ),
    Fault(
        "skipped backwards",
        COUPLE,
        'skip: {no_vivieron_juntos: "5"}',
        'skip: {no_vivieron_juntos: "2"}',
        "which does not follow",
    ),
    Fault("twice", COUPLE, 'number: "2"', 'number: "1"', "question '1' stands twice"),
    Fault("number", COUPLE, 'number: "2"', 'number: "dos"', "is no number of a question"),
    Fault("registry", COUPLE, 'number: "2"', 'number: "40"', "has no number in registry.csv"),
    Fault("prefix", COUPLE, "prefix: pareja", "prefix: Pareja1", "a few small letters"),
    Fault("half", COUPLE, "prefix: pareja\n", "", "a scored instrument has"),
    Fault("sub", COUPLE, 'asked_after: ["1"]', 'asked_after: ["5"]', "'5' is no answer"),
    Fault("absent", COUPLE, "points: 5", "absent: [never]\n    points: 5", "absent reason 'never'"),
    Fault("key", COUPLE, "points: 5", "weight: 5", "unknown key 'weight'"),
    Fault("certainty", NONE, "certainty: medium", "certainty: sure", "unknown certainty"),
    Fault("none with two", NONE, "[no_determinado]", "[no_determinado, leve]", "one level"),
    Fault("same", CHILDREN, "instrument: FVR-NNA", "instrument: FVR-PAREJA", "overlaps"),
    Fault("levels", RULES, 'levels: ["1", "2", "3"]', 'levels: ["1", "2"]', "mildest first"),
    Fault("no word", RULES, '  leve: "1"\n', "", "nothing is said about 'leve'"),
    Fault("word", RULES, 'leve: "1"', 'leve: "9"', "is no level"),
    Fault("warning", RULES, "code: red_act", "code: red_factor", "stands twice"),
    Fault("field", RULES, "field: risk_time", "field: risk_hour", "no form has the field"),
    Fault("set", RULES, "[perpetrator_factors,", "[risk_time,", "is no set of any form"),
    Fault("no flag", RULES, "[perpetrator_factors,", "[positive_ties,", "is marked red_flag"),
    Fault("unless", RULES, 'unless: ["2", "3"]', 'unless: ["2", "4"]', "levels of the centre"),
    Fault("true", RULES, "instrument_above: true", "instrument_above: false", "true is wanted"),
    Fault("shape", RULES, "instrument_above: true", "above: true", "unknown shape"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: f"{one.file}: {one.what}")
def test_a_planted_fault_is_refused_with_file_and_line(data: Path, fault: Fault) -> None:
    path = data / fault.file
    text = path.read_text(encoding="utf-8")
    assert fault.old in text
    path.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert fault.reason in caught.value.reason
    assert (data / caught.value.file).exists()
    assert 1 <= caught.value.line <= text.count("\n") + 1


def test_a_fault_in_a_band_names_its_very_line(data: Path) -> None:
    path = data / COUPLE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{from: 8,", "{from: 9,"), encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "{from: 8," in row)

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert (caught.value.file, caught.value.line) == (COUPLE, line)


def test_the_official_items_make_an_instrument_scored_without_a_line_of_code(data: Path) -> None:
    """What an authorised data release would bring: items in the file, numbers in the registry."""
    registry = data / "registry.csv"
    lines = registry.read_text(encoding="utf-8")
    largest = max(
        int(row.rsplit(",", 1)[1]) for row in lines.splitlines() if row.startswith("fvr,")
    )
    added = [f"fvr,11,nna_{n},{largest + n}" for n in (1, 2)]
    registry.write_text(lines + "\n".join(added) + "\n", encoding="utf-8")
    path = data / CHILDREN
    path.write_text(
        path.read_text(encoding="utf-8")
        + "prefix: nna\nmaximum: 5\nbands:\n"
        + "- {from: 0, to: 1, level: leve}\n- {from: 2, to: 4, level: moderado}\n"
        + "- {from: 5, to: 5, level: severo}\nparts:\n"
        + '- title: "Preguntas inventadas"\n  items:\n'
        + '  - {number: "1", points: 3, text: "¿Pregunta inventada uno?"}\n'
        + '  - {number: "2", points: 2, text: "¿Pregunta inventada dos?"}\n',
        encoding="utf-8",
    )

    definitions = load(data)

    children = definitions.instruments["FVR-NNA"]
    assert children.is_scored
    found = score(children, {"nna_1": "1", "nna_2": Absent.UNKNOWN})
    assert (found.points, found.highest, found.level) == (3, 5, "moderado")
    field = definitions.form("fvr").get("nna_1")
    assert field is not None
    shown = {one.id for _, one in definitions.form("fvr").shown({"instrument": "FVR-NNA"})}
    assert {"nna_1", "nna_2"} <= shown
    assert "pareja_1" not in shown


def test_every_question_is_a_field_whose_graver_answer_shows_until_settled(
    definitions: Definitions,
) -> None:
    form = definitions.form("fvr")
    for item in definitions.instruments["FVR-PAREJA"].questions():
        field = form.get(item.field)
        assert field is not None
        assert (field.label, field.item) == (item.text, item.number)
        assert field.merge is MergeRule.ASK
        assert field.most_cautious_first[0] == item.scoring[0]
        place = field.most_cautious_first.index
        not_scoring = [one for one in item.answers if one not in item.scoring]
        assert all(place(Absent.UNKNOWN) < place(one) for one in not_scoring)
        assert Absent.UNKNOWN in field.absent
        assert field.type in (FieldType.YES_NO, FieldType.CHOICE)


def test_instruments_without_items_say_that_they_were_not_found(definitions: Definitions) -> None:
    for code in ("FVR-NNA", "FVR-PAM"):
        instrument = definitions.instruments[code]
        assert instrument.source.certainty == "gap"
        assert instrument.levels == ("leve", "moderado", "severo")
        assert not instrument.is_scored
        assert instrument.notice


def test_what_is_doubtful_of_the_scoring_says_so(definitions: Definitions) -> None:
    certainty = {
        one.number: one.source.certainty
        for one in definitions.instruments["FVR-PAREJA"].questions()
    }

    assert {number for number, one in certainty.items() if one != "high"} == {"3", "4", "19"}
    assert definitions.instruments["FVR-PAREJA"].notice


def test_the_valuation_asks_what_the_ficha_asks(definitions: Definitions) -> None:
    ficha, valuation = definitions.form("ficha"), definitions.form("valoracion")
    shared = (
        "perpetrator_factors", "survivor_factors", "vulnerabilities", "positive_ties",
        "risk_probability", "risk_impact", "risk_time",
    )  # fmt: skip
    pairs = [(ficha.get(one), valuation.get(one)) for one in shared]
    pairs.append((ficha.get("NIVEL_DE_RIESGO_VICTIMA"), valuation.get("level")))
    for first, second in pairs:
        assert first is not None
        assert second is not None
        assert (first.type, first.catalogue, first.merge) == (
            second.type,
            second.catalogue,
            second.merge,
        )
        assert first.most_cautious_first == second.most_cautious_first


FILES = [COUPLE, CHILDREN, NONE, RULES, "forms/fvr.yaml", "forms/valoracion.yaml"]
WORDS = st.sampled_from(
    ["from", "to", "level", "parts", "items", "number", "points", "scores", "skip", "sub", "- ",
     ": ", "\n", "\n  ", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ", "'", '"', "#", "---\n",
     "~", "null", "true", "-1", "99999999999", "1e9", "\t", "\x00", "\ufeff", "ñ"]
)  # fmt: skip


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data_root(), copy)
        yield copy


@settings(max_examples=some(30, 120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(FILES),
    at=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 60),
    put=st.one_of(WORDS, st.text(max_size=8)),
)
def test_a_damaged_file_is_loaded_or_refused(
    root: Path, name: str, at: float, length: int, put: str
) -> None:
    path = root / name
    content = path.read_bytes()
    start = int(at * len(content))
    damaged = content[:start] + put.encode("utf-8", "surrogatepass") + content[start + length :]
    path.write_bytes(damaged)
    refusal = None
    try:
        load(root)
    except DefinitionError as caught:
        refusal = caught
    finally:
        path.write_bytes(content)
    assert refusal is None or (refusal.line >= 1 and (root / refusal.file).exists())
