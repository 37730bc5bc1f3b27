"""One name is found under the spellings in which it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.folding import fold, index_text, query_text


def _finds(query: str, text: str) -> bool:
    words = index_text(text).split()
    return all(
        any(word.startswith(form) for form in group.split("|") for word in words)
        for group in query_text(query).split()
    )


@pytest.mark.parametrize(
    ("query", "written"),
    [
        ("quispe", "Qispi"),
        ("Qispi", "Quispe"),
        ("cusco", "Qosqo"),
        ("waman", "Huamán"),
        ("huaman", "Waman"),
        ("bakichik", "makichik"),
        ("tikish", "tikich"),
        ("kuashat", "kuwashat"),
        ("papii", "papi"),
        ("nahui", "Ñahui"),
        ("chuspa", "Ch'uspa"),
        ("ch’uspa", "chʼuspa"),
        ("tsamajain", "Tsamajaín"),
        ("tsamaj", "Tsamajaín Wajai"),
        ("ana qui", "Quispe Mamani, Ana"),
        ("99999001", "99999001"),
        ("2026-a0012", "2026-A0012"),
    ],
)
def test_a_name_is_found_however_it_is_spelt(query: str, written: str) -> None:
    assert _finds(query, written)


@pytest.mark.parametrize(("query", "written"), [("rosa", "Flor"), ("quispe", "Condori")])
def test_another_name_is_not_found(query: str, written: str) -> None:
    assert not _finds(query, written)


@given(st.text(max_size=60))
def test_folded_text_is_plain_words_and_folds_to_itself(text: str) -> None:
    folded = fold(text)

    assert fold(folded) == folded
    assert '"' not in folded
    assert "*" not in folded


@given(st.text(alphabet="abcdefghijklmnñopqrstuvwxyzáéíóú' ", min_size=1, max_size=30))
def test_a_name_always_finds_itself(text: str) -> None:
    assert _finds(text, text)
