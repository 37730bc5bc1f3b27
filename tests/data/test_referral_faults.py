"""Faults planted in the terms of referrals and in the ways of entry are refused, with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.deadline import Clock
from app.domain.definitions import Definitions
from app.domain.referral import ReferralState
from tests.data.test_planted_faults import (
    INSTITUTIONS,
    Fault,
)
from tests.data.test_planted_faults import (
    test_a_planted_fault_is_refused_with_file_and_line as check,
)

TERMS = "referrals.yaml"
FAULTS = [
    Fault("unknown code", TERMS, "code: h24,", "code: h25,", "is not in 'plazo_respuesta'"),
    Fault("twice", TERMS, "code: h48,", "code: h24,", "stands twice"),
    Fault("no amount", TERMS, "amount: 24,", "amount: 0,", "a term is at least 1"),
    Fault("unknown unit", TERMS, "unit: hora,", "unit: luna,", "unknown unit 'luna'"),
    Fault("a word", TERMS, "amount: 48,", "amount: dos,", "a whole number"),
    Fault("no source", TERMS, "[inmediata, hoy,", "[inmediata, ayer,", "not the codes of"),
    Fault(
        "way of entry",
        INSTITUTIONS,
        'entry: {code: "15",',
        'entry: {code: "99",',
        "'99' is no code of FORMA_INGRESO",
    ),
    Fault(
        "certainty",
        INSTITUTIONS,
        'entry: {code: "15", certainty: medium',
        'entry: {code: "15", certainty: sure',
        "unknown certainty 'sure'",
    ),
    Fault("data item", INSTITUTIONS, "needs: [identity]", "needs: [soul]", "unknown data item"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.what)
def test_a_fault_in_the_terms_is_refused(data: Path, fault: Fault) -> None:
    check(data, fault)


def test_every_term_that_is_asked_for_is_counted(definitions: Definitions) -> None:
    rules = definitions.referrals
    asked = {term.code for term in definitions.catalogues["plazo_respuesta"].terms}
    assert rules.reply_terms.keys() == asked
    for code, term in rules.reply_terms.items():
        label = definitions.catalogues["plazo_respuesta"].label(code)
        assert label.startswith(f"{term.amount} "), "the term is what its label says"
        assert ("hábiles" in label) is (term.unit.value == "dia_habil")
        assert term.rule("x", Clock.OWN).amount == term.amount
    assert (rules.revocation.amount, rules.revocation.source.certainty) == (10, "low")


def test_what_is_not_known_of_the_urgency_is_not_the_least_urgent(definitions: Definitions) -> None:
    rank = definitions.referrals.urgency_rank
    field = definitions.form("derivacion").get("urgency")
    assert field is not None
    assert definitions.referrals.urgencies == field.most_cautious_first
    assert rank("inmediata") < rank("hoy") < rank("h24") < rank("") < rank("programada")


def test_every_state_has_its_word(definitions: Definitions) -> None:
    words = definitions.catalogues["estado_derivacion"]
    for state in ReferralState:
        assert words.get(state.value) is not None, state


def test_the_two_doubtful_ways_of_entry_are_marked(definitions: Definitions) -> None:
    """Compared with the descriptions of the official dictionary, two assignments are doubtful, and
    for thirteen kinds of institution nothing was decided: they stay open."""
    institutions = definitions.institutions.values()
    doubtful = {one.code for one in institutions if one.entry and one.entry.certainty == "low"}
    assert doubtful == {"ie", "upe"}
    assert all(one.entry.note for one in institutions if one.entry and one.code in doubtful)
    assert sum(one.entry is not None for one in institutions) == 24
    assert {one.code for one in institutions if one.entry is None} == {
        "iml", "udavit", "mamis", "csmc", "sis", "inabif", "dipam", "conadis", "reniec",
        "migraciones", "defensoria", "municipalidad", "comunidad",
    }  # fmt: skip
