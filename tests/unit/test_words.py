"""Five words from a list: drawn alike, completed, and read however they are typed."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.passphrase import check_new_passphrase
from app.domain.words import FULL, WORDS, WordList
from app.word_list import word_list

LIST = word_list()
TINY = WordList(("uva", "árbol", "niño", "casa", "perro", "mesa", "herir"), frozenset({"herir"}))


def test_it_is_the_list_of_bip_39() -> None:
    """By the hash of the file that the package ships."""
    shipped = "".join(f"{unicodedata.normalize('NFKD', word)}\n" for word in LIST.words)
    assert hashlib.sha256(shipped.encode()).hexdigest() == (
        "46846a5a0139d1e3cb77293e521c2865f7bcdb82c44e8d0a06a2cd0ecba48c0b"
    )
    assert len(LIST.words) == 2048
    assert LIST.bits > 54


def test_words_that_may_hurt_are_never_drawn() -> None:
    chance = random.Random(1)
    drawn = Counter(word for _ in range(4_000) for word in TINY.draw(chance.randrange))
    assert set(drawn) == set(TINY.words) - {"herir"}
    # Six words, five of them each time: every one in five sixths of the phrases.
    assert all(abs(count / 4_000 - 5 / 6) < 0.03 for count in drawn.values())
    assert {"golpe", "matar", "víctima"} <= LIST.not_drawn


@given(st.integers())
def test_what_is_drawn_will_do_as_a_new_phrase_and_is_read_as_it_is(seed: int) -> None:
    words = LIST.draw(random.Random(seed).randrange)
    assert len(set(words)) == WORDS
    check_new_passphrase(" ".join(words))
    assert LIST.read(" ".join(words)) == words


@given(st.integers(), st.data())
def test_no_accents_capitals_or_letters_behind_the_fourth_are_needed(
    seed: int, data: st.DataObject
) -> None:
    words = LIST.draw(random.Random(seed).randrange)
    typed = []
    for word in words:
        length = data.draw(st.integers(min(FULL, len(word)), len(word)))
        is_apart, bare = data.draw(st.booleans()), data.draw(st.booleans())
        one = unicodedata.normalize("NFD" if is_apart else "NFC", word[:length])
        if bare:
            parts = unicodedata.normalize("NFD", one)
            one = "".join(sign for sign in parts if not unicodedata.combining(sign))
        typed.append(one.upper() if data.draw(st.booleans()) else one)
    gap = data.draw(st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"]))
    assert LIST.read(gap.join(typed)) == words


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "uva árbol niño casa",
        "uva árbol niño casa perro mesa",
        "uva árbol niño casa perr0",
        "uva árbol niño casa per",
        "uva árbol niño casa perros",
        "uva árbol niño casa gato",
    ],
)
def test_what_is_not_five_words_of_the_list_is_read_as_none(typed: str) -> None:
    assert TINY.read(typed) is None


def test_a_word_is_completed_from_its_first_letter_on() -> None:
    assert TINY.complete("") == ()
    assert TINY.complete("AR") == ("árbol",)
    assert TINY.complete("nin") == ("niño",)
    assert TINY.complete("x") == ()
    assert LIST.complete("ab")[:2] == ("ábaco", "abdomen")


@pytest.mark.parametrize(
    ("words", "not_drawn", "why"),
    [
        (("casa", "casado"), frozenset[str](), "begin alike"),
        (("arbol", "árbol"), frozenset[str](), "begin alike"),
        ((unicodedata.normalize("NFD", "árbol"), "casa"), frozenset[str](), "normal form"),
        (("casa", "mesa"), frozenset({"perro"}), "no word of the list"),
    ],
)
def test_a_list_that_would_mislead_is_refused(
    words: tuple[str, ...], not_drawn: frozenset[str], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        WordList(words, not_drawn)
