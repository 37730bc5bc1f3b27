"""Of two long texts the parts that show, so that a person sees in what they differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ui.screens.conflicts.excerpt import EXCERPT_MAX, excerpt_of, one_line

ALIKE = "Lo que las dos tenían igual desde el principio, con fecha y lugar. " * 12


def test_a_short_text_comes_whole_with_its_lines() -> None:
    found = excerpt_of("Una línea.\nOtra.", ["Otra cosa"])
    assert (found.text, found.is_whole) == ("Una línea.\nOtra.", True)


def test_texts_that_differ_from_the_first_word_show_their_beginnings() -> None:
    found = excerpt_of("Ella dijo una cosa. " * 40, ["Él dijo otra. " * 40])
    assert found.text.startswith("Ella dijo")
    assert found.text.endswith("…")
    assert not found.begins_alike


def test_the_first_difference_shows_with_the_words_before_it() -> None:
    one, other = ALIKE + "Llegó sola. " + ALIKE, ALIKE + "Llegó con su hermana. " + ALIKE
    found = excerpt_of(one, [other])
    assert "Llegó sola." in found.text
    assert "fecha y lugar." in found.text
    assert (found.text[0], found.begins_alike, found.is_whole) == ("…", True, False)


def test_of_three_texts_the_first_place_where_one_differs_shows() -> None:
    one = ALIKE + "Llegó sola. " + ALIKE
    found = excerpt_of(one, [one + "Y volvió.", ALIKE + "Llegó el lunes."])
    assert "Llegó sola." in found.text


def test_of_a_text_that_goes_on_in_the_other_the_end_shows() -> None:
    found = excerpt_of(ALIKE + "Aquí termina.", [ALIKE + "Aquí termina. Pero sigue."])
    assert found.text.endswith("Aquí termina.")


def test_texts_that_differ_in_their_gaps_alone_show_their_beginnings() -> None:
    found = excerpt_of(ALIKE, [ALIKE.replace(". ", ".\n")])
    assert found.text.startswith("Lo que las dos")


@given(st.text(max_size=900), st.lists(st.text(max_size=900), max_size=3))
def test_any_text_has_an_excerpt_of_its_own_words_that_is_not_long(
    words: str, others: list[str]
) -> None:
    found = excerpt_of(words, others)
    if found.is_whole:
        assert found.text == words.strip()
    else:
        assert 0 < len(found.text) <= EXCERPT_MAX + 26
        assert found.text.strip("…") in one_line(words) or "…" in words


@given(st.text("ab ", max_size=300), st.text("ab ", max_size=300), st.text("ab ", max_size=300))
def test_where_two_texts_differ_is_always_in_sight(start: str, one: str, other: str) -> None:
    first, second = one_line(f"{start}{one}"), one_line(f"{start}{other}")
    shown = [excerpt_of(first, [second]), excerpt_of(second, [first])]
    if first != second:
        assert shown[0].text != shown[1].text
