"""Where something is, in words that are whole sentences and claim no more than is known."""

from __future__ import annotations

from dataclasses import replace

from app.services.whereabouts_ports import Reach, Whereabouts
from ui.runtime.text import Texts
from ui.widgets.place import place_short, place_told, place_words

AT_MS = 1_795_000_000_000


def test_a_laptop_that_has_it_is_named_by_its_letter() -> None:
    texts, place = Texts(), Whereabouts(Reach.AT_ANOTHER, ("B",))
    assert place_words(texts, place) == "aquí y en el equipo B"
    assert place_short(texts, place) == "aquí y B"
    assert place_told(texts, place) == (
        "Está en este equipo y en el equipo B. La región todavía no lo confirmó."
    )


def test_where_no_letter_is_known_another_laptop_has_it() -> None:
    texts, place = Texts(), Whereabouts(Reach.AT_ANOTHER)
    assert place_words(texts, place) == "aquí y en otro equipo"
    assert place_short(texts, place) == "aquí y en otro"
    assert place_told(texts, place) == (
        "Está en este equipo y en otro equipo. La región todavía no lo confirmó."
    )


def test_of_what_lies_on_a_stick_nobody_is_said_to_have_written_it() -> None:
    """It is noted of all that a stick holds that was used here, whichever laptop wrote it; and of
    what lay there already only the front was read."""
    texts = Texts()
    told = place_told(texts, Whereabouts(Reach.ON_STICK, (), AT_MS))
    assert told == (
        "Quedó en una memoria USB que pasó por este equipo el "
        f"{texts.language.format_datetime_ms(AT_MS)}. La región todavía no lo confirmó."
    )


def test_of_a_case_of_which_a_part_is_here_alone_no_more_is_said() -> None:
    texts, place = Texts(), Whereabouts(Reach.HERE, (), AT_MS, is_part=True)
    assert place_words(texts, place) == "solo aquí una parte"
    assert place_short(texts, place) == "parte solo aquí"
    assert "Una parte (un dato o un adjunto) está solo en este equipo" in place_told(texts, place)


def test_what_came_least_far_of_a_case_says_that_the_rest_came_further() -> None:
    texts = Texts()
    on_stick = Whereabouts(Reach.ON_STICK, (), AT_MS)
    whole = place_told(texts, on_stick)
    part = place_told(texts, replace(on_stick, is_part=True))
    assert part == f"{whole} Es lo que menos avanzó: lo demás llegó más lejos."
