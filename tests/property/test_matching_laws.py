"""Two people are compared alike from both sides, and however they are written."""

from __future__ import annotations

import dataclasses
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.blocking import keys_of, probe_keys
from app.domain.folding import fold
from app.domain.matching import SHOWN_FROM, compare
from app.domain.traits import Traits
from app.services.people import traits_of
from app.services.people_models import PersonProbe
from app.similarity import likeness

TODAY = date(2026, 11, 26)
LETTERS = "abcdeghijklmnopqrstuvwxyzñáéíóú'"
names = st.one_of(
    st.sampled_from(["Quispe", "Huamán", "María", "de la Cruz", "Tsamajain", "Bakuach", "Ana"]),
    st.text(LETTERS, min_size=1, max_size=12),
)
probes = st.builds(
    PersonProbe,
    names=st.one_of(st.just(""), names, st.tuples(names, names).map(" ".join)),
    surname_1=st.one_of(st.just(""), names),
    surname_2=st.one_of(st.just(""), names),
    alias=st.one_of(st.just(""), names),
    document=st.one_of(st.just(""), st.text("0123456789", max_size=9)),
    age=st.one_of(st.none(), st.integers(0, 120)),
    sex=st.sampled_from(["", "0", "1"]),
    district=st.sampled_from(["", "010401", "010402"]),
    community=st.sampled_from(["", "Comunidad Inventada", "Otra Inventada 2", "Otra Inventada 3"]),
    workplace=st.sampled_from(["", "Escuela Inventada"]),
)
# Each pair is one sound written in two ways; the name around it stays as it is.
spellings = st.sampled_from(
    [
        ("Quispe", "Qispi"),
        ("Quispe", "Kispe"),
        ("Huamán", "Waman"),
        ("Huamán", "Guaman"),
        ("Ccori", "Qori"),
        ("Vílchez", "Bilches"),
        ("Bakuach", "Makuash"),
        ("Tikich", "Tikish"),
        ("Kuwashat", "Kuashat"),
        ("Papii", "Papi"),
        ("Ch'uspa", "Chʼuspa"),
        ("Ñahui", "Nahui"),
    ]
)


def traits(probe: PersonProbe) -> Traits:
    return traits_of(probe, TODAY)


def points(one: PersonProbe, other: PersonProbe) -> int:
    return compare(traits(one), traits(other), likeness).points


@given(probes, probes)
def test_the_score_is_the_same_from_both_sides(one: PersonProbe, other: PersonProbe):
    assert points(one, other) == points(other, one)
    assert 0 <= points(one, other) <= 100


@given(probes, probes)
def test_the_order_of_the_surnames_does_not_count(one: PersonProbe, other: PersonProbe):
    swapped = dataclasses.replace(one, surname_1=one.surname_2, surname_2=one.surname_1)
    assert points(one, other) == points(swapped, other)
    assert keys_of(traits(one)) == keys_of(traits(swapped))


@given(probes)
def test_whoever_is_on_file_shares_a_key_with_herself(one: PersonProbe):
    traits_of_one = traits(one)
    assert keys_of(traits_of_one) <= probe_keys(traits_of_one)


@given(spellings, st.sampled_from(["Nantip", "Marcelina", "Urpi"]), st.booleans())
def test_another_spelling_is_found_and_shown(pair: tuple[str, str], name: str, is_surname: bool):
    """(I8)"""
    one, other = (
        PersonProbe(names=name, surname_1=spelt, surname_2="Ejemplo")
        if is_surname
        else PersonProbe(names=spelt, surname_1="Ejemplo", surname_2="Inventado")
        for spelt in pair
    )
    assert points(one, other) >= SHOWN_FROM
    assert probe_keys(traits(one)) & keys_of(traits(other))


@given(probes, st.integers(-3, 3))
def test_an_age_off_by_three_years_is_looked_for(one: PersonProbe, years: int):
    age = 40
    there = dataclasses.replace(one, names="Nantip", surname_1="Ejemplo", surname_2="", age=age)
    here = dataclasses.replace(there, age=age + years)
    bands = {key for key in keys_of(traits(there)) if key.startswith("a:")}
    assert bands <= probe_keys(traits(here))


@given(probes, probes, st.text("0123456789", min_size=8, max_size=8))
def test_the_same_document_is_always_shown(one: PersonProbe, other: PersonProbe, number: str):
    here, there = (dataclasses.replace(probe, document=number) for probe in (one, other))
    assert points(here, there) >= SHOWN_FROM
    assert fold(number) == number
