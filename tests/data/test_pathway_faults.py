"""A pathway that does not fit is refused with file and line; what is shipped fits the law's words."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datafiles.pathways import PathwaySources, read_pathways
from app.definitions import load, texts
from app.domain.condition import Condition, fields_of
from app.domain.definitions import Definitions
from app.domain.errors import DefinitionError
from app.domain.facts import CaseFacts
from app.domain.pathway import Repeat, open_pathways
from app.domain.value import Value
from app.resources import data_root
from tests.support.every import some

LAW = "pathways/ley_30364.yaml"
BASE = "pathways/base.yaml"
RISK = "pathways/alto_riesgo.yaml"
POLICE = "pathways/comisaria.yaml"
CHILD = "pathways/ninez.yaml"
SCHOOL = "pathways/escuela.yaml"


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``; the refusal stands at the line of ``at`` (or of new)."""

    what: str
    file: str
    old: str
    new: str
    reason: str
    at: str = ""


FAULTS = [
    Fault("role", LAW, "  role: psicologia\n", "  role: brujeria\n", "unknown role 'brujeria'"),
    Fault("third party", LAW, "  actor: fiscalia\n", "  actor: aduana\n", "unknown actor 'aduana'"),
    Fault("deadline", LAW, "deadlines: [PNP_INFORME]", "deadlines: [PNP_X]", "unknown deadline"),
    Fault("document", LAW, "[oficio_incumplimiento]", "[oficio_x]", "unknown document 'oficio_x'"),
    Fault(
        "claim",
        LAW,
        "claim_document: oficio_medidas",
        "claim_document: carta",
        "unknown document 'carta'",
    ),
    Fault("event", LAW, "for_each: incumplimiento_conocido", "for_each: x", "unknown event 'x'"),
    Fault("start", BASE, "starts_at: caso_validado}", "starts_at: pronto}", "unknown event"),
    Fault("field", CHILD, "field: SIN_VINCULO", "field: SIN_NADA", "unknown field 'SIN_NADA'"),
    Fault(
        "code of a field",
        CHILD,
        '{field: SIN_VINCULO, is: "3"}',
        '{field: SIN_VINCULO, is: "33"}',
        "code '33' of 'SIN_VINCULO'",
    ),
    Fault(
        "code of a set",
        "pathways/kit_emergencia.yaml",
        "is: [VIOLACION,",
        "is: [VIOLACIÓN,",
        "is not in the catalogue 'actos_sexual'",
    ),
    Fault(
        "code of a derived value",
        CHILD,
        '{field: "@referred", is: [demuna, upe]}',
        '{field: "@referred", is: [demuna, upa]}',
        "code 'upa' of '@referred'",
    ),
    Fault(
        "unknown derived value",
        CHILD,
        '{field: "@referred", is: [demuna, upe]}',
        '{field: "@told", is: [demuna, upe]}',
        "unknown field '@told'",
    ),
    Fault(
        "number as a code",
        CHILD,
        "{not: {field: EDAD_VICTIMA, at_least: 18}}",
        '{field: EDAD_VICTIMA, is: "17"}',
        "ask with at_least",
    ),
    Fault("no number", RISK, "field: HIJAS_VIVAS_0_17", "field: SIN_VINCULO", "is no number"),
    Fault("task twice", BASE, '- id: "2"\n', '- id: "1"\n', "task '1' stands twice"),
    Fault("unit", BASE, "{amount: 24, unit: hora,", "{amount: 24, unit: luna,", "unknown unit"),
    Fault("amount", BASE, "{amount: 24, unit", "{amount: -1, unit", "an amount is 0 to"),
    Fault(
        "no amount",
        BASE,
        "{amount: 24, unit: hora, starts_at: caso_validado}",
        "{unit: hora, starts_at: caso_validado}",
        "a term has an amount",
    ),
    Fault("level", BASE, '{"1": 30,', '{"9": 30,', "unknown level of risk '9'"),
    Fault("key", BASE, "  repeats: from_last\n", "  again: true\n", "unknown key 'again'"),
    Fault("repeats", BASE, "repeats: from_last", "repeats: often", "unknown way of repeating"),
    Fault(
        "nothing ends it",
        CHILD,
        "  done_by: [nna_escuchada]\n",
        "",
        "no fact closes this task",
        at='- id: "1"',
    ),
    Fault(
        "one fact for many tasks",
        LAW,
        "  done_by: [medidas_explicadas]\n",
        '  done_by: [medidas_explicadas]\n  done_when: {answered: "@fvr_level"}\n',
        "done_when cannot tell",
        at='- id: "7"',
    ),
    Fault(
        "claim of what the centre owes",
        LAW,
        "  documents: [oficio_incumplimiento]\n",
        "  claim_document: oficio_plazo_vencido\n",
        "only a term of a third party",
        at='- id: "12"',
    ),
    Fault(
        "end of what comes once",
        CHILD,
        "  done_by: [nna_escuchada]\n",
        "  done_by: [nna_escuchada]\n  stopped_by: [medida_terminada]\n",
        "only a task for each event ends",
        at='- id: "1"',
    ),
    Fault(
        "series with a term that comes once",
        LAW,
        "deadlines: [INF_PERIODICO, INF_PERIODICO_SEV]",
        "deadlines: [INF_EJECUCION]",
        "does not repeat",
        at='- id: "11"',
    ),
    Fault(
        "same task nowhere",
        POLICE,
        "same_as: R-30364/3",
        "same_as: R-30364/33",
        "unknown task 'R-30364/33'",
        at="- id: denuncia-5",
    ),
    Fault(
        "same task of a same task",
        CHILD,
        "  done_by: [nna_escuchada]\n",
        "  done_by: [nna_escuchada]\n  same_as: R-CEM-COMISARIA/denuncia-5\n",
        "is itself the same as another task",
        at='- id: "1"',
    ),
    Fault(
        "same task once and many times",
        CHILD,
        "  done_by: [nna_escuchada]\n",
        "  done_by: [nna_escuchada]\n  same_as: R-30364/12\n",
        "comes once, this one several times",
        at='- id: "1"',
    ),
    Fault("join", CHILD, "pathway: R-ESCUELA,", "pathway: R-PATIO,", "unknown pathway 'R-PATIO'"),
    Fault("certainty", SCHOOL, "certainty: medium}", "certainty: sure}", "unknown certainty"),
]


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_planted_fault_is_refused_with_file_and_line(data: Path, fault: Fault) -> None:
    path = data / fault.file
    before = path.read_text(encoding="utf-8")
    assert fault.old in before
    path.write_text(before.replace(fault.old, fault.new, 1), encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert fault.reason in caught.value.reason
    assert caught.value.file == fault.file
    after = path.read_text(encoding="utf-8")
    place = _line_of(after, fault.at) if fault.at else _line_of(before, fault.old)
    assert caught.value.line == place


def test_a_circle_of_pathways_that_open_each_other_is_refused(data: Path) -> None:
    path = data / SCHOOL
    text = path.read_text(encoding="utf-8")
    joined = text.replace("tasks:\n", "joins:\n- {pathway: R-NNA}\ntasks:\n", 1)
    path.write_text(joined, encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert "a cycle of joined pathways" in caught.value.reason
    places = {
        (CHILD, _line_of((data / CHILD).read_text(encoding="utf-8"), "- {pathway: R-ESCUELA")),
        (SCHOOL, _line_of(joined, "- {pathway: R-NNA}")),
    }
    assert (caught.value.file, caught.value.line) in places


def test_two_versions_that_hold_on_one_day_are_refused(data: Path) -> None:
    base = (data / SCHOOL).read_text(encoding="utf-8")
    newer = base.replace('version: "2026.1"', 'version: "2027.1"\nvalid_from: 2027-01-01', 1)
    (data / "pathways" / "escuela_2027.yaml").write_text(newer, encoding="utf-8")

    with pytest.raises(DefinitionError) as caught:
        load(data)
    assert "overlaps" in caught.value.reason

    older = base.replace('version: "2026.1"', 'version: "2026.1"\nvalid_to: 2026-12-31', 1)
    (data / SCHOOL).write_text(older, encoding="utf-8")
    assert load(data).pathways["R-ESCUELA"].version == "2027.1"


WORDS = st.sampled_from(
    ["pathway", "tasks", "id", "joins", "opens_when", "within", "by_level", "same_as", "for_each",
     "repeats", "from_start", "not", "all", "is", "field", "@occurred", "R-30364/3", "- ", ": ",
     "\n", "\n  ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "|", "'", '"', "#", "---\n", "~",
     "null", "true", "-1", "1e9", "\t", "\x00", "ñ", "💥", "\udcff"]
)  # fmt: skip


@pytest.fixture(scope="module")
def sources() -> PathwaySources:
    release = load()
    return PathwaySources(release.forms["ficha"], release.catalogues, release.deadlines)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(data_root() / "pathways", Path(folder) / "pathways")
        yield Path(folder)


@settings(max_examples=some(100, 400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(one.name for one in (data_root() / "pathways").glob("*.yaml"))),
    at=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 60),
    put=st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=3).map("".join),
)
def test_a_damaged_pathway_is_read_or_refused(
    root: Path, sources: PathwaySources, name: str, at: float, length: int, put: str
) -> None:
    path = root / "pathways" / name
    before = path.read_bytes()
    start = int(at * len(before))
    put_bytes = put.encode("utf-8", "surrogatepass")
    path.write_bytes(before[:start] + put_bytes + before[start + length :])
    refusal = None
    try:
        read_pathways(root, sources, None)
    except DefinitionError as caught:
        refusal = caught
    finally:
        path.write_bytes(before)

    assert refusal is None or (refusal.line >= 1 and (root / refusal.file).exists())


# What is shipped.


def test_the_shipped_pathways_are_those_of_the_dossier(definitions: Definitions) -> None:
    assert set(definitions.pathways) == {
        "R-30364", "R-CEM-BASE", "R-ALTO-RIESGO", "R-CEM-COMISARIA", "R-CEM-EESS", "R-KIT", "R-NNA",
        "R-ESCUELA", "R-RURAL", "R-HRT", "R-PAM", "R-MIGRANTE", "R-TRATA", "R-DESAPARICION",
    }  # fmt: skip


def test_every_term_of_the_law_about_a_case_has_a_task(definitions: Definitions) -> None:
    asked = {
        name
        for pathway in definitions.pathways.values()
        for rule in pathway.tasks
        for name in rule.deadlines
    }
    of_a_case = {
        name
        for name, versions in definitions.deadlines.items()
        if versions[0].starts_at
        not in ("incidente_conocido", "solicitud_titular", "ultimo_respaldo", "ultima_revision")
    }

    assert of_a_case <= asked


def test_a_letter_that_claims_claims_the_very_terms_of_its_task(definitions: Definitions) -> None:
    for pathway in definitions.pathways.values():
        for rule in pathway.tasks:
            if not rule.claim_document:
                continue
            letter = definitions.letters[rule.claim_document]
            in_force = {
                name for name in rule.deadlines if not definitions.deadlines[name][-1].valid_to
            }
            if letter.claims:
                assert in_force <= set(letter.claims), (pathway.id, rule.id)


def test_a_term_of_the_pathway_itself_says_that_no_norm_stands_behind_it(
    definitions: Definitions,
) -> None:
    """Unless it names the text or the background from which it comes."""
    for pathway in definitions.pathways.values():
        for rule in pathway.tasks:
            for term in rule.within:
                if term.source.certainty == "design":
                    assert "no norm" in term.source.reference
                else:
                    assert term.source.reference


def test_nothing_waits_for_an_event_that_nobody_can_record(definitions: Definitions) -> None:
    """Every event that a pathway asks for stands in the list from which staff choose."""
    events = definitions.catalogues["sucesos"]
    for pathway in definitions.pathways.values():
        for rule in pathway.tasks:
            for code in (*rule.done_by, *filter(None, [rule.for_each])):
                assert events.get(code) is not None
    assert definitions.forms["suceso"].get("event_code") is not None


def test_what_is_asked_of_the_ficha_is_asked_on_the_ficha(definitions: Definitions) -> None:
    ficha = definitions.forms["ficha"]
    for condition in _conditions(definitions):
        for name in fields_of(condition):
            assert name.startswith("@") or ficha.get(name) is not None, name


def _conditions(definitions: Definitions) -> Iterator[Condition]:
    for pathway in definitions.pathways.values():
        yield pathway.opens_when
        yield from (join.when for join in pathway.joins if join.when is not None)
        for rule in pathway.tasks:
            for one in (rule.shown_when, rule.not_needed_when, rule.done_when):
                if one is not None:
                    yield one


def test_a_communal_authority_is_asked_only_with_her_consent(definitions: Definitions) -> None:
    rule = definitions.pathways["R-RURAL"].task("5")

    assert rule is not None
    assert rule.needs_consent
    assert rule.shown_when is not None
    assert set(fields_of(rule.shown_when)) == {"authority_may_know", "authority_is_kin"}


def test_the_kit_has_no_distance_and_is_urgent_while_the_hour_is_unknown(
    definitions: Definitions,
) -> None:
    rule = definitions.pathways["R-KIT"].task("2")

    assert rule is not None
    assert rule.unknown_is_urgent
    assert not rule.actor
    assert not any(one.admits_distance for one in definitions.deadlines["KIT_72H"])


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"sexual_acts": ("VIOLACION",)}, "R-KIT"),
        ({"sexual_acts": ("VIOLACION_SEXUAL_ENGAÑO",)}, "R-KIT"),
        ({"sexual_acts": ("TRATA_CON_FINES_EXPLOTACION_SEXUAL",)}, "R-TRATA"),
        ({"@fvr_level": "severo"}, "R-ALTO-RIESGO"),
        ({"@level": "3", "VINCULO_AGRESOR_VICTIMA": "1"}, "R-ALTO-RIESGO"),
        ({"CASO_TENTATIVA_DE_FEMINICIDIO": "1"}, "R-ALTO-RIESGO"),
        ({"EDAD_VICTIMA": 17}, "R-NNA"),
        ({"perpetrator_factors": ("violenta_hijos",)}, "R-NNA"),
        ({"EDAD_VICTIMA": 60}, "R-PAM"),
        ({"INTERPUSO_DENUNCIA": "1"}, "R-30364"),
        ({"FORMA_INGRESO": "10"}, "R-ESCUELA"),
        ({"FORMA_INGRESO": "11"}, "R-CEM-EESS"),
        ({"FORMA_INGRESO": "15"}, "R-CEM-COMISARIA"),
        ({"@measures": ("albergue",)}, "R-HRT"),
        ({"VICTIMA_EXTRANJERA": "1"}, "R-MIGRANTE"),
        ({"MODALIDADES_VCM": "14"}, "R-DESAPARICION"),
        ({"@occurred": ("zona_sin_juzgado",)}, "R-RURAL"),
        ({"@occurred": ("ingreso",)}, "R-CEM-BASE"),
    ],
)
def test_one_answer_is_enough_to_open_a_pathway(
    definitions: Definitions, values: dict[str, Value], name: str
) -> None:
    opened = open_pathways(definitions.pathways, CaseFacts(values))

    assert name in {one.id for one in opened}


def test_a_case_of_which_nothing_is_known_opens_nothing(definitions: Definitions) -> None:
    assert open_pathways(definitions.pathways, CaseFacts({})) == ()
    moderate_no_couple: dict[str, Value] = {"@level": "3", "VINCULO_AGRESOR_VICTIMA": "3"}
    assert open_pathways(definitions.pathways, CaseFacts(moderate_no_couple)) == ()


def test_the_report_to_headquarters_is_off_until_somebody_turns_it_on(
    definitions: Definitions,
) -> None:
    off = [
        (pathway.id, rule.id)
        for pathway in definitions.pathways.values()
        for rule in pathway.tasks
        if not rule.on_by_default
    ]

    assert off == [("R-ALTO-RIESGO", "9")]


def test_every_title_and_note_is_among_the_texts_to_translate(definitions: Definitions) -> None:
    known = {text for _, text in texts(definitions)}
    for pathway in definitions.pathways.values():
        for rule in pathway.tasks:
            assert {rule.title} | ({rule.note} if rule.note else set()) <= known


def test_a_measure_says_by_its_dates_what_the_law_counts_from(definitions: Definitions) -> None:
    form = definitions.forms["medida"]
    said = {one.occurs for one in form.fields() if one.occurs}

    assert said == {
        "medidas_dictadas", "ejecutores_comunicados", "medida_notificada", "resolucion_notificada",
        "medida_ejecutada", "informe_ejecucion_recibido", "medida_terminada",
    }  # fmt: skip
    series = definitions.pathways["R-30364"].task("11")
    assert series is not None
    assert series.repeats is Repeat.FROM_START
