"""Every fault planted in the data is refused, with the file and the line to be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from app.definitions import load
from app.domain.errors import DefinitionError

FICHA = "forms/ficha.yaml"
HOUSE = "catalogues/house.yaml"
OFFICIAL = "catalogues/official.yaml"
REGISTRY = "registry.csv"
DISTRICTS = "places/districts.csv"
DICTIONARY = "catalogues/diccionario_ra_cem.csv"
ITEMS = "documents/derivacion.yaml"
INSTITUTIONS = "institutions.yaml"
SHARING = "sharing.yaml"


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
    Fault(
        "unknown key",
        FICHA,
        "{official: INFORMANTE,",
        "{official: INFORMANTE, colour: red,",
        "unknown key 'colour'",
    ),
    Fault("missing key", FICHA, "id: shift, type: choice,", "id: shift,", "missing key 'type'"),
    Fault("missing label", FICHA, ', label: "Turno"}', "}", "missing key 'id' or 'label'"),
    Fault(
        "unknown gate of a section",
        FICHA,
        "  gated: safety\n",
        "  gated: maybe\n",
        "unknown gate 'maybe'",
    ),
    Fault(
        "unknown gate of a list",
        OFFICIAL,
        "{id: nivel_riesgo, gated: safety,",
        "{id: nivel_riesgo, gated: Safety,",
        "unknown gate 'Safety'",
    ),
    Fault(
        "unknown type",
        FICHA,
        "id: entered_at, type: time",
        "id: entered_at, type: hour",
        "unknown type 'hour'",
    ),
    Fault(
        "unknown merge rule",
        FICHA,
        "length_max: 40, merge: ask",
        "length_max: 40, merge: newest",
        "unknown merge rule 'newest'",
    ),
    Fault(
        "only sets join",
        FICHA,
        "length_max: 40, merge: ask",
        "length_max: 40, merge: union",
        "only sets are joined",
    ),
    Fault(
        "unknown catalogue",
        FICHA,
        "catalogue: turno",
        "catalogue: turnos",
        "unknown catalogue 'turnos'",
    ),
    Fault(
        "choice without catalogue",
        FICHA,
        "type: choice, catalogue: turno,",
        "type: choice,",
        "a choice has a catalogue",
    ),
    Fault(
        "unknown shape of a condition",
        FICHA,
        '{field: earlier_as_survivor, is: "1"}',
        '{field: earlier_as_survivor, like: "1"}',
        "unknown shape of a condition",
    ),
    Fault(
        "condition on an unknown field",
        FICHA,
        '{field: earlier_as_survivor, is: "1"}',
        '{field: earlier_as_suvivor, is: "1"}',
        "unknown field 'earlier_as_suvivor'",
    ),
    Fault(
        "code that the catalogue has not",
        FICHA,
        '{field: VINCULO_AGRESOR_VICTIMA, is: "3"}',
        '{field: VINCULO_AGRESOR_VICTIMA, is: "4"}',
        "code '4' is not in the catalogue",
    ),
    Fault(
        "code as a number",
        FICHA,
        '{field: VINCULO_AGRESOR_VICTIMA, is: "3"}',
        "{field: VINCULO_AGRESOR_VICTIMA, is: 3}",
        "in quotes",
    ),
    Fault(
        "code of caution that the catalogue has not",
        FICHA,
        'most_cautious_first: ["3", "2", "1"]',
        'most_cautious_first: ["4", "2", "1"]',
        "code '4' is not in the catalogue",
    ),
    Fault(
        "caution over a reason that is not allowed",
        FICHA,
        '["1", {absent: unknown}, "0"], absent: [unknown]}',
        '["1", {absent: declined}, "0"], absent: [unknown]}',
        "may not be 'declined'",
    ),
    Fault(
        "number asked of a text",
        FICHA,
        'shown_when: {field: EDAD_VICTIMA, is: "0"}',
        "shown_when: {field: alias, at_least: 3}",
        "'alias' is no number",
    ),
    Fault(
        "cycle of conditions",
        FICHA,
        "{official: ESTUDIA,",
        "{official: ESTUDIA, shown_when: {answered: LUGAR_ESTUDIA},",
        "a cycle of conditions",
        below=1,
    ),
    Fault(
        "condition on itself",
        FICHA,
        "{official: REDES_FAM_SOC,",
        "{official: REDES_FAM_SOC, shown_when: {answered: REDES_FAM_SOC},",
        "a cycle of conditions",
    ),
    Fault(
        "duplicate field",
        FICHA,
        "{id: entered_at, type: time",
        "{id: shift, type: time",
        "field 'shift' stands twice",
    ),
    Fault(
        "two fields in one place",
        FICHA,
        "{id: entered_at, type: time",
        "{id: entered_at, field: shift, type: time",
        "case.shift is held by two fields",
    ),
    Fault(
        "field without a number",
        FICHA,
        "{id: basin, type",
        "{id: river, type",
        "survivor.river has no number",
    ),
    Fault(
        "a past that is no date",
        FICHA,
        "{id: basin, type: text",
        "{id: basin, past: true, type: text",
        "only a date lies in the past",
    ),
    Fault(
        "a past that is neither true nor false",
        FICHA,
        "{id: birth_date, type: date, past: true",
        '{id: birth_date, type: date, past: "ayer"',
        "true or false",
    ),
    Fault(
        "an occurrence that no list knows",
        FICHA,
        "occurs: ingreso,",
        "occurs: llegada,",
        "code 'llegada' is not in the catalogue 'sucesos'",
    ),
    Fault(
        "a text that says what happened",
        FICHA,
        "{id: basin, type: text",
        "{id: basin, occurs: ingreso, type: text",
        "only a date says that something happened",
    ),
    Fault(
        "a time of day that is none",
        FICHA,
        "occurs_time: entered_at",
        "occurs_time: shift",
        "'shift' is no time",
    ),
    Fault(
        "a time of day of another record",
        FICHA,
        "{id: birth_date, type: date,",
        "{id: birth_date, occurs: ingreso, occurs_time: entered_at, type: date,",
        "'entered_at' is held by another record",
    ),
    Fault(
        "years from a date that is not there",
        FICHA,
        "years: {from: birth_date,",
        "years: {from: birth,",
        "names an unknown field 'birth'",
    ),
    Fault(
        "years of a text",
        FICHA,
        "{id: basin, type: text",
        "{id: basin, years: {from: birth_date, on: FECHA_INGRESO}, type: text",
        "only a number counts years",
    ),
    Fault(
        "a narrative that is searched",
        FICHA,
        "{id: relato, type: narrative",
        "{id: relato, in_search: true, type: narrative",
        "only a line of text is searched",
    ),
    Fault(
        "a place of hers that would join by itself",
        FICHA,
        "{id: basin, type: text",
        "{id: basin, finds_her: true, type: text",
        "what finds her is asked",
    ),
    Fault(
        "a search that leads to no case",
        "forms/red.yaml",
        "{id: support_place, field: place, type: text",
        "{id: support_place, in_search: true, field: place, type: text",
        "a case is not found by a field of 'support_person'",
    ),
    Fault(
        "a list of records of no form",
        FICHA,
        "many: dependiente",
        "many: dependienta",
        "unknown form 'dependienta'",
    ),
    Fault(
        "a list of fichas in a ficha",
        FICHA,
        "many: dependiente",
        "many: ficha",
        "are not many of one case",
    ),
    Fault(
        "a list by what its form does not ask",
        FICHA,
        "many_with: {part: plan}",
        "many_with: {section: plan}",
        "has no field 'section'",
        below=-1,
    ),
    Fault(
        "a list by a code that is none",
        FICHA,
        "many_with: {part: plan}",
        "many_with: {part: planes}",
        "code 'planes' is not in the catalogue",
        below=-1,
    ),
    Fault(
        "what was before among what came later",
        FICHA,
        "  before_cem: true\n",
        "",
        "INTERPUSO_DENUNCIA means before the CEM",
        below=4,
    ),
    Fault(
        "a warning at no field",
        FICHA,
        "id: no_economic_act, field: TIPO_VIOLENCIA,",
        "id: no_economic_act, field: TIPO,",
        "a warning stands at an unknown field 'TIPO'",
    ),
    Fault(
        "a warning by an unknown field",
        FICHA,
        "{not: {answered: economic_acts}}",
        "{not: {answered: acts}}",
        "a condition asks for an unknown field 'acts'",
    ),
    Fault(
        "a warning twice",
        FICHA,
        "- {id: no_psychological_act,",
        "- {id: no_economic_act,",
        "warning 'no_economic_act' stands twice",
    ),
    Fault(
        "unknown official variable",
        FICHA,
        "{official: ESTUDIA,",
        "{official: ESTUDIO,",
        "no variable of the official dictionary",
    ),
    Fault(
        "variable filled twice",
        FICHA,
        "fills: [DPTO_DOMICILIO,",
        "fills: [PROV_DOMICILIO,",
        "PROV_DOMICILIO is filled twice",
    ),
    Fault(
        "obligatory left optional",
        FICHA,
        '{official: ESTUDIA, short: "Estudia", type: yes_no, needed_to_validate: true,',
        '{official: ESTUDIA, short: "Estudia", type: yes_no,',
        "ESTUDIA is obligatory",
    ),
    Fault(
        "other codes than the official",
        FICHA,
        '{official: TRABAJA_VICTIMA, short: "Trabaja", type: yes_no,',
        '{official: TRABAJA_VICTIMA, short: "Trabaja", type: choice, catalogue: condicion,',
        "another type",
    ),
    Fault(
        "catalogue of another variable",
        FICHA,
        "type: choice, catalogue: forma_ingreso",
        "type: choice, catalogue: condicion",
        "are not those of the official dictionary",
    ),
    Fault(
        "unknown absent reason",
        FICHA,
        "absent: [declined], sensitive: true}\n  - {id: informant_relation",
        "absent: [asleep], sensitive: true}\n  - {id: informant_relation",
        "unknown absent reason 'asleep'",
    ),
    Fault(
        "unknown certainty",
        FICHA,
        "certainty: gap}}",
        "certainty: sure}}",
        "unknown certainty 'sure'",
    ),
    Fault(
        "too wide",
        FICHA,
        "merge: ask, sensitive: true, columns: 3}",
        "merge: ask, columns: 9}",
        "1 to 3 columns",
    ),
    Fault(
        "anchor",
        FICHA,
        'title: "Persona usuaria"',
        'title: &a "Persona usuaria"',
        "an anchor is not allowed",
    ),
    Fault("tag", FICHA, 'title: "Persona usuaria"', "title: !!str Persona", "a tag is not allowed"),
    Fault(
        "key twice",
        FICHA,
        'title: "Persona usuaria"',
        'title: "Persona usuaria"\n  title: "B"',
        "key 'title' stands twice",
        below=1,
    ),
    Fault(
        "broken YAML", FICHA, 'title: "Persona usuaria"', 'title: "Persona usuaria" x', "not YAML"
    ),
    Fault(
        "validity reversed",
        FICHA,
        '\ntitle: "Ficha',
        '\nvalid_from: 2026-02-01\nvalid_to: 2026-01-01\ntitle: "Ficha',
        "valid_to is before valid_from",
        below=2,
    ),
    Fault(
        "no date",
        FICHA,
        '\ntitle: "Ficha',
        '\nvalid_from: soon\ntitle: "Ficha',
        "a date is wanted here",
        below=1,
    ),
    Fault(
        "duplicate code",
        HOUSE,
        '{code: "2", label: "Tarde"}',
        '{code: "1", label: "Tarde"}',
        "code '1' stands twice",
    ),
    Fault(
        "code as a number in a list",
        HOUSE,
        '{code: "2", label: "Tarde"}',
        '{code: 2, label: "Tarde"}',
        "in quotes",
    ),
    Fault(
        "catalogue without terms",
        HOUSE,
        "- id: turno\n",
        "- {id: x, version: v, source: {reference: r, certainty: design}}\n- id: turno\n",
        "missing key 'terms'",
    ),
    Fault(
        "list of no variable",
        OFFICIAL,
        "dictionary: ACUDE_SOLA",
        "dictionary: ACUDE",
        "no variable with a code list",
    ),
    Fault(
        "flag that is none",
        OFFICIAL,
        "  - SIS_SEGURO\n",
        "  - ESTUDIA\n",
        "no flag of the dictionary",
    ),
    Fault(
        "mark on a code not there",
        OFFICIAL,
        "    NINGUN_SEGURO: [",
        "    SIN_SEGURO: [",
        "code 'SIN_SEGURO' is not in this catalogue",
    ),
    Fault(
        "number used twice", REGISTRY, "case,1,survivor,2\n", "case,1,survivor,1\n", "used twice"
    ),
    Fault("name used twice", REGISTRY, "case,1,survivor,2\n", "case,1,code,2\n", "used twice"),
    Fault(
        "kind with two numbers",
        REGISTRY,
        "case,1,survivor,2\n",
        "case,6,survivor,2\n",
        "used twice",
    ),
    Fault(
        "number out of range",
        REGISTRY,
        "case,1,survivor,2\n",
        "case,1,survivor,0\n",
        "not a number in range",
    ),
    Fault(
        "row too short",
        REGISTRY,
        "case,1,survivor,2\n",
        "case,1,survivor\n",
        "another number of columns",
    ),
    Fault("lost leading zero", DISTRICTS, "010401,010601,", "10401,010601,", "six digits"),
    Fault("district twice", DISTRICTS, "010402,010603,", "010401,010603,", "stands twice"),
    Fault(
        "variable twice",
        DICTIONARY,
        "\n3,FECHA_INGRESO,",
        "\n3,CONDICION,",
        "stands twice",
        below=1,
    ),
    Fault(
        "data item of no field", ITEMS, "[EDAD_VICTIMA]", "[EDAD]", "no form has the field 'EDAD'"
    ),
    Fault(
        "need of no data item",
        INSTITUTIONS,
        "needs: [identity, address]",
        "needs: [identidad]",
        "unknown data item 'identidad'",
    ),
    Fault(
        "legal basis for an institution of no list",
        SHARING,
        "institutions: [pnp_comisaria, pnp_familia, demuna]",
        "institutions: [pnp_comisaria, pnp, demuna]",
        "unknown institutions 'pnp'",
    ),
    Fault(
        "legal basis for a sector of no institution",
        SHARING,
        "sectors: [ministerio_publico,",
        "sectors: [ministerio,",
        "unknown sectors 'ministerio'",
    ),
    Fault(
        "legal basis that no list offers",
        SHARING,
        "- code: ley29733_14_13\n",
        "- code: ley29733_14_14\n",
        "code 'ley29733_14_14' is not in the catalogue 'base_legal'",
    ),
    Fault(
        "legal basis that names nobody and claims a source",
        SHARING,
        'holds for nobody yet", certainty: gap}',
        'holds for nobody yet", certainty: high}',
        "a legal basis names institutions or sectors, or its source is a gap",
        below=-1,
    ),
    Fault(
        "giver of consent twice",
        SHARING,
        "- {code: adolescente,",
        "- {code: usuaria,",
        "code 'usuaria' stands twice",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_planted_fault_is_refused_with_file_and_line(data: Path, fault: Fault) -> None:
    path = data / fault.file
    text = path.read_text(encoding="utf-8")
    assert fault.old in text, "the plant itself is stale"
    at = text.index(fault.old)
    path.write_text(text[:at] + fault.new + text[at + len(fault.old) :], encoding="utf-8")
    line = text.count("\n", 0, at) + 1 + fault.below

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert caught.value.file == fault.file
    assert fault.reason in caught.value.reason
    assert caught.value.line == line
