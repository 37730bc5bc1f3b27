"""The terms of the law as data: all of them are there, and a fault is refused with file and line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datafiles.deadlines import COUNTING_TOPICS, Deadlines, DeadlineSources, read_deadlines
from app.definitions import texts
from app.domain.condition import fields_of
from app.domain.deadline import Clock, Distance, Unit
from app.domain.definitions import Definitions
from app.domain.errors import DefinitionError
from app.resources import data_root
from tests.support.every import some

DENUNCIA = "deadlines/denuncia.yaml"
MEDIDAS = "deadlines/medidas.yaml"
APELACION = "deadlines/apelacion.yaml"
DATOS = "deadlines/datos_personales.yaml"
COMPUTO = "deadlines/computo.yaml"

# id, whose, clock, amount, unit, start event: what the law says today (the dossier's list, compared
# with the texts of the laws).
TODAY = """
PNP_INFORME             pnp             tercero 24 hora           denuncia_recibida
PNP_JUEZ_PAZ            pnp             tercero 24 hora           hechos_ocurridos
PNP_PATRULLA_SEVERO     pnp             tercero 0  hora           denuncia_recibida
MP_REMITE               fiscalia        tercero 24 hora           denuncia_recibida
JF_MEDIDAS_LMS          juzgado_familia tercero 24 hora           conocimiento_juzgado
JF_MEDIDAS_IND          juzgado_familia tercero 48 hora           conocimiento_juzgado
DENUNCIA_A_MEDIDAS      sistema         tercero 48 hora           denuncia_recibida
JF_MEDIDAS_LM_ANT       juzgado_familia tercero 48 hora           conocimiento_juzgado
JF_MEDIDAS_SEV_ANT      juzgado_familia tercero 24 hora           conocimiento_juzgado
JF_MEDIDAS_IND_ANT      juzgado_familia tercero 72 hora           conocimiento_juzgado
JF_COMUNICA_EJECUTORES  juzgado_familia tercero 24 hora           medidas_dictadas
JF_EXPEDIENTE_FISCALIA  juzgado_familia tercero 24 hora           medidas_dictadas
MP_ELEMENTOS            fiscalia        tercero 48 hora           elementos_recabados
JP_COPIAS_FLAGRANCIA    juzgado_penal   tercero 24 hora           audiencia_incoacion
APELACION               legal           propio  3  dia_habil      resolucion_notificada
APEL_CONCESION          juzgado_familia tercero 3  dia_habil      apelacion_presentada
APEL_ELEVA_LM           juzgado_familia tercero 3  dia_habil      apelacion_concedida
APEL_ELEVA_SEV          juzgado_familia tercero 1  dia_habil      apelacion_concedida
INF_EJECUCION           pnp             tercero 15 dia_calendario medida_notificada
INF_EJECUCION_SEV       pnp             tercero 5  dia_calendario medida_notificada
INF_PERIODICO           pnp             tercero 6  mes            medida_notificada
INF_PERIODICO_SEV       pnp             tercero 3  mes            medida_notificada
AVISO_INCUMPLIMIENTO    cem             propio  24 hora           incumplimiento_conocido
COPIA_SENTENCIA         juzgado_penal   tercero 5  dia_habil      sentencia_o_archivo
KIT_72H                 eess            tercero 72 hora           hecho_violacion
MIMP_PAM_72H            dipam           tercero 72 hora           informe_equipo
RPD_INCIDENTE_ANPD      entidad         propio  48 hora           incidente_conocido
RPD_INCIDENTE_TITULAR   entidad         propio  48 hora           incidente_conocido
RPD_ACCESO              entidad         propio  20 dia_habil      solicitud_titular
RPD_RECTIFICACION       entidad         propio  10 dia_habil      solicitud_titular
RPD_INFORMACION         entidad         propio  8  dia_habil      solicitud_titular
BACKUP_SEMANAL          entidad         propio  7  dia_calendario ultimo_respaldo
REVISION_PRIVILEGIOS    entidad         propio  6  mes            ultima_revision
"""


def test_all_terms_of_the_law_are_there_as_it_stands_today(definitions: Definitions) -> None:
    wanted = {line.split()[0]: line.split()[1:] for line in TODAY.strip().splitlines()}

    assert len(wanted) == 33
    assert definitions.deadlines.keys() == wanted.keys()
    for name, (actor, clock, amount, unit, event) in wanted.items():
        rule = definitions.deadlines[name][-1]
        assert (rule.actor, rule.clock, rule.amount, rule.unit, rule.starts_at) == (
            actor,
            Clock(clock),
            int(amount),
            Unit(unit),
            event,
        ), name


def test_every_term_names_its_article_and_how_certain_it_is(definitions: Definitions) -> None:
    for versions in definitions.deadlines.values():
        for rule in versions:
            assert rule.source.reference
            assert rule.source.certainty in {"high", "medium", "low"}
            if rule.unit is Unit.WORKING_DAY and "2, number 8" not in rule.source.reference:
                is_said = rule.source.reference.startswith("DS 016-2024-JUS")
                assert is_said or rule.unit_certainty == "medium", rule.id


def test_the_hearing_table_changed_on_its_day(definitions: Definitions) -> None:
    in_force = {
        day: {
            (rule.id, rule.amount)
            for name, versions in definitions.deadlines.items()
            if name.startswith("JF_MEDIDAS")
            for rule in versions
            if rule.holds_on(date.fromisoformat(day))
        }
        for day in ("2017-05-01", "2022-05-01", "2023-03-22", "2023-03-23", "2024-05-01")
    }

    old = {("JF_MEDIDAS_LM_ANT", 48), ("JF_MEDIDAS_SEV_ANT", 24), ("JF_MEDIDAS_IND_ANT", 72)}
    new = {("JF_MEDIDAS_LMS", 24), ("JF_MEDIDAS_IND", 48)}
    assert {amount for _, amount in in_force["2017-05-01"]} == {72}
    assert in_force["2022-05-01"] == in_force["2023-03-22"] == old
    assert in_force["2023-03-23"] == in_force["2024-05-01"] == new


def test_the_courts_terms_ask_for_the_risk_of_the_official_paper(definitions: Definitions) -> None:
    asked = {
        name
        for versions in definitions.deadlines.values()
        for rule in versions
        if rule.applies_when
        for name in fields_of(rule.applies_when)
    }

    assert "@fvr_level" in asked
    assert "@level" not in asked  # the centre's own valuation selects no term of the law


def test_only_what_the_reglamento_says_grows_with_the_distance(definitions: Definitions) -> None:
    grows = {name for name, all_of in definitions.deadlines.items() if all_of[-1].admits_distance}

    assert grows == {"JF_COMUNICA_EJECUTORES"}
    assert definitions.deadlines["JF_COMUNICA_EJECUTORES"][-1].distance is Distance.INSTEAD


def test_how_terms_are_counted_is_said_with_its_norm(definitions: Definitions) -> None:
    assert {note.topic for note in definitions.counting} == COUNTING_TOPICS
    found = dict(texts(definitions))
    for note in definitions.counting:
        assert found[f"deadlines/computo/{note.topic}"] == note.says
    assert found["deadlines/APELACION"] == "Apelar la resolución sobre las medidas"


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``file``; the refusal stands ``below`` lines under it."""

    what: str
    file: str
    old: str
    new: str
    reason: str
    below: int = 0


FAULTS = [
    Fault("unknown unit", DENUNCIA, "unit: hora", "unit: dia", "unknown unit 'dia'"),
    Fault("unknown clock", DENUNCIA, "clock: tercero", "clock: nadie", "unknown clock 'nadie'"),
    Fault("unknown actor", DENUNCIA, "actor: pnp", "actor: policia", "unknown actor 'policia'"),
    Fault(
        "unknown event",
        DENUNCIA,
        "starts_at: denuncia_recibida",
        "starts_at: denuncia",
        "unknown event 'denuncia'",
    ),
    Fault(
        "unknown event that meets a term",
        MEDIDAS,
        "satisfied_by: informe_periodico_recibido",
        "satisfied_by: informe",
        "unknown event 'informe'",
    ),
    Fault(
        "unknown field of a condition",
        DENUNCIA,
        '{field: "@fvr_level", is: [severo, severo_extremo]}',
        "{field: NIVEL, is: [severo]}",
        "unknown field 'NIVEL'",
    ),
    Fault(
        "unknown code of a condition",
        DENUNCIA,
        "is: [severo, severo_extremo]",
        "is: [severo, severo_maximo]",
        "'severo_maximo'",
    ),
    Fault("negative amount", DENUNCIA, "amount: 24", "amount: -1", "a term has 0 to 9999 units"),
    Fault("endless amount", DENUNCIA, "amount: 24", "amount: 10000", "a term has 0 to 9999 units"),
    Fault("no day at all", APELACION, "amount: 3", "amount: 0", "a term has 1 to 9999 units"),
    Fault("amount as a text", DENUNCIA, "amount: 24", 'amount: "24"', "a whole number"),
    Fault(
        "validity reversed",
        MEDIDAS,
        "valid_to: 2018-09-04",
        "valid_to: 2015-11-23",
        "valid_to is before valid_from",
    ),
    Fault(
        "two versions on one day",
        MEDIDAS,
        "valid_from: 2018-09-05",
        "valid_from: 2018-09-04",
        "the validity of two versions of 'JF_MEDIDAS_LM_ANT' overlaps",
        below=-8,
    ),
    Fault(
        "a version that never ends before the next",
        MEDIDAS,
        "  valid_to: 2018-09-04\n",
        "",
        "the validity of two versions of 'JF_MEDIDAS_LM_ANT' overlaps",
        below=3,
    ),
    Fault(
        "a term of another id twice",
        APELACION,
        "id: APEL_CONCESION",
        "id: APELACION",
        "the validity of two versions of 'APELACION' overlaps",
    ),
    Fault(
        "unknown effect of the distance",
        MEDIDAS,
        "distance: en_su_lugar",
        "distance: si",
        "unknown effect of the distance 'si'",
    ),
    Fault(
        "what never repeats is not met",
        MEDIDAS,
        "  repeats: true\n",
        "",
        "only a term that repeats",
    ),
    Fault(
        "unknown certainty of the unit",
        APELACION,
        "unit_certainty: medium",
        "unit_certainty: sure",
        "unknown certainty 'sure'",
    ),
    Fault(
        "unknown certainty of the source",
        DATOS,
        "certainty: high}",
        "certainty: sure}",
        "unknown certainty 'sure'",
    ),
    Fault("no source", COMPUTO, "  source: {", "  origin: {", "unknown key 'origin'"),
    Fault("missing title", DENUNCIA, "  title: ", "  titel: ", "unknown key 'titel'"),
    Fault("unknown topic", COMPUTO, "topic: horas", "topic: minutos", "unknown topic 'minutos'"),
    Fault("topic twice", COMPUTO, "topic: meses", "topic: horas", "topic 'horas' stands twice"),
]


def _sources(definitions: Definitions) -> DeadlineSources:
    return DeadlineSources(definitions.catalogues, definitions.forms["ficha"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_planted_fault_is_refused_with_file_and_line(
    data: Path, definitions: Definitions, fault: Fault
) -> None:
    path = data / fault.file
    text = path.read_text(encoding="utf-8")
    assert fault.old in text, "the plant itself is stale"
    at = text.index(fault.old)
    path.write_text(text[:at] + fault.new + text[at + len(fault.old) :], encoding="utf-8")
    line = text.count("\n", 0, at) + 1 + fault.below

    with pytest.raises(DefinitionError) as caught:
        read_deadlines(data, _sources(definitions))

    assert caught.value.file == fault.file
    assert fault.reason in caught.value.reason
    assert caught.value.line == line


FILES = [DENUNCIA, MEDIDAS, APELACION, DATOS, COMPUTO]
WORDS = st.sampled_from(
    ["deadlines", "counting", "id", "unit", "hora", "mes", "amount", "valid_to", "applies_when", "is",
     "not", "all", "@fvr_level", "2023-03-22", "9999-12-31", "-1", "999999999999", "{", "}", "[", "]",
     ":", ",", "- ", "\n", "\n  ", "&a ", "*a", "!!int ", "|", "~", "true", "'", '"', "#", "\t", "\x00",
     "\ufeff", "\u2028", "ñ", "\udcff"]
)  # fmt: skip


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(data_root() / "deadlines", copy / "deadlines")
        yield copy


def _read_or_refused(root: Path, known: Definitions, name: str, content: bytes) -> None:
    path = root / name
    before = path.read_bytes()
    path.write_bytes(content)
    outcome: Deadlines | DefinitionError
    try:
        outcome = read_deadlines(root, _sources(known))
    except DefinitionError as caught:
        outcome = caught
    finally:
        path.write_bytes(before)
    if isinstance(outcome, DefinitionError):
        assert outcome.line >= 1
        assert (root / outcome.file).exists()
        return
    for versions in outcome.rules.values():
        days = [rule.valid_from or date.min for rule in versions]
        assert days == sorted(days)
        assert all(rule.amount >= 0 for rule in versions)


@settings(max_examples=some(100, 300), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(FILES),
    at=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 60),
    put=st.one_of(WORDS, st.text(max_size=8)),
)
def test_a_damaged_file_is_read_or_refused(
    root: Path, definitions: Definitions, name: str, at: float, length: int, put: str
) -> None:
    content = (root / name).read_bytes()
    start = int(at * len(content))
    damaged = content[:start] + put.encode("utf-8", "surrogatepass") + content[start + length :]
    _read_or_refused(root, definitions, name, damaged)


@settings(max_examples=some(50, 150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(FILES), words=st.lists(st.one_of(WORDS, st.text(max_size=5))))
def test_random_text_is_read_or_refused(
    root: Path, definitions: Definitions, name: str, words: list[str]
) -> None:
    content = "".join(words).encode("utf-8", "surrogatepass")
    _read_or_refused(root, definitions, name, content)
