"""The status sentence says what is true, in every language, whatever the clock did."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import LANGUAGES, load
from app.services.read_models import SyncView
from app.services.sync_status import is_due, status_sentence
from sync.client.scheduler import next_attempt_ms

NOW = 1_795_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ES = load("es")


def view(**facts):
    quiet = SyncView(
        waiting_changes=0,
        waiting_since_ms=None,
        waiting=(),
        last_success_ms=None,
        last_attempt_ms=None,
        last_failure=None,
        next_attempt_ms=None,
        conflicts=0,
        set_aside=(),
        server_name=None,
    )
    return dataclasses.replace(quiet, **facts)


def said(**facts):
    return status_sentence(view(**facts), NOW, ES)


def waits(counts):
    kinds = ("changes", "attachments", "closed", "statements")
    return {f"waiting_{kind}": count for kind, count in zip(kinds, counts, strict=True)}


def test_the_sentence_of_the_design():
    assert (
        said(
            last_failure="server_unreachable",
            last_attempt_ms=NOW - 10 * MINUTE,
            last_success_ms=NOW - 3 * DAY - HOUR,
            waiting_changes=14,
        )
        == "Sin conexión · última sincronización hace 3 días · 14 cambios por enviar"
    )


def test_before_the_first_contact():
    assert said() == "Todavía no se sincronizó · nada por enviar"
    assert said(waiting_changes=1) == "Todavía no se sincronizó · 1 cambio por enviar"


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        ((0, 0, 0, 0), "nada por enviar"),
        ((14, 0, 0, 0), "14 cambios por enviar"),
        ((0, 1, 0, 0), "1 adjunto por enviar"),
        ((0, 0, 1, 0), "1 paquete cerrado por enviar"),
        ((0, 0, 3, 0), "3 paquetes cerrados por enviar"),
        ((0, 0, 0, 1), "1 aviso de altas o bajas de equipos por enviar"),
        ((0, 0, 0, 2), "2 avisos de altas o bajas de equipos por enviar"),
        ((14, 2, 0, 0), "14 cambios y 2 adjuntos por enviar"),
        ((1, 0, 1, 0), "1 cambio y 1 paquete por enviar"),
        ((0, 1, 2, 0), "1 adjunto y 2 paquetes por enviar"),
        ((1, 0, 0, 1), "1 cambio y 1 aviso de equipos por enviar"),
        ((14, 2, 3, 0), "14 cambios, 2 adjuntos y 3 paquetes por enviar"),
        ((14, 0, 3, 2), "14 cambios, 3 paquetes y 2 avisos de equipos por enviar"),
        ((14, 2, 3, 2), "14 cambios, 2 adjuntos, 3 paquetes y 2 avisos de equipos por enviar"),
    ],
)
def test_all_that_waits_is_named_and_only_nothing_is_nothing(waiting, words):
    sentence = said(**waits(waiting))
    assert sentence == f"Todavía no se sincronizó · {words}"


@pytest.mark.parametrize("code", LANGUAGES)
@given(waiting=st.tuples(*4 * [st.integers(0, 3)]).filter(any))
def test_in_no_language_it_says_nothing_waits_while_something_does(code, waiting):
    facts = view(**waits(waiting))
    assert facts.waiting_of_all == sum(waiting)
    nothing = status_sentence(view(), NOW, load(code))
    sentence = status_sentence(facts, NOW, load(code))
    assert sentence != nothing
    assert "{" not in sentence
    for count in filter(None, waiting):
        assert str(count) in sentence


def test_an_old_failure_is_not_the_state_of_now():
    assert said(last_failure="captive_portal", last_attempt_ms=NOW - 2 * HOUR) == (
        "Sin conexión en el último intento · todavía no se sincronizó · nada por enviar"
    )


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0, "hace un momento"),
        (-MINUTE, "hace un momento"),
        (MINUTE, "hace 1 minuto"),
        (59 * MINUTE, "hace 59 minutos"),
        (HOUR, "hace 1 hora"),
        (DAY - 1, "hace 23 horas"),
        (DAY, "hace 1 día"),
        (400 * DAY, "hace 400 días"),
    ],
)
def test_time_is_told_in_whole_units_that_have_passed(ago, words):
    assert said(last_success_ms=NOW - ago) == f"Última sincronización {words} · nada por enviar"


def test_a_clock_that_was_put_back_gives_a_date():
    sentence = said(last_success_ms=NOW + 3 * DAY)
    assert ES.format_datetime_ms(NOW + 3 * DAY) in sentence
    assert "revise la hora" in sentence


@pytest.mark.parametrize("code", LANGUAGES)
@given(
    waiting=st.integers(0, 10**9),
    success=st.none() | st.integers(0, 2**53 - 1),
    attempt=st.none() | st.integers(0, 2**53 - 1),
    failure=st.none() | st.sampled_from(["server_unreachable", "answer_cut", "other"]),
    now=st.integers(0, 2**53 - 1),
)
def test_every_state_has_a_sentence(code, waiting, success, attempt, failure, now):
    # Dates beyond the year 9999 come from nowhere: a laptop's clock does not hold them.
    success, attempt, now = (
        None if one is None else one % 253_000_000_000_000 for one in (success, attempt, now)
    )
    facts = view(
        waiting_changes=waiting,
        last_success_ms=success,
        last_attempt_ms=attempt,
        last_failure=failure,
    )
    sentence = status_sentence(facts, now, load(code))
    assert sentence[0] == sentence[0].upper()
    assert "{" not in sentence
    assert (str(waiting) in sentence) or waiting == 0


def test_before_the_first_try_it_is_due_at_once():
    assert is_due(view(), NOW)


@given(
    failures=st.integers(0, 500),
    chance=st.floats(0, 1, exclude_max=True),
    now=st.integers(0, 253_000_000_000_000),
)
def test_a_planned_try_is_due_when_its_time_has_come_and_not_before(failures, chance, now):
    planned = next_attempt_ms(now, failures, chance)
    assert planned > now
    assert not is_due(view(next_attempt_ms=planned), now)
    assert not is_due(view(next_attempt_ms=planned), planned - 1)
    assert is_due(view(next_attempt_ms=planned), planned)
    assert is_due(view(next_attempt_ms=planned), planned + 400 * DAY)


@pytest.mark.parametrize("ahead", [DAY, 400 * DAY, 100 * 365 * DAY])
def test_a_try_planned_by_a_clock_that_was_put_back_is_due(ahead):
    assert is_due(view(next_attempt_ms=NOW + ahead), NOW)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (0, "hace un momento"),
        (5 * MINUTE, "hace 5 min"),
        (2 * HOUR, "hace 2 h"),
        (DAY, "hace 1 día"),
        (9 * DAY, "hace 9 días"),
    ],
)
def test_who_has_sticks_alone_reads_when_one_was_last_used(ago, words):
    assert said(last_stick_ms=NOW - ago, waiting_changes=196) == (
        f"Todavía no se sincronizó con la región · última memoria USB {words} · "
        "196 cambios por enviar"
    )


def test_a_stick_is_told_of_when_it_is_newer_than_the_last_synchronisation():
    after = said(last_success_ms=NOW - 9 * DAY, last_stick_ms=NOW - 2 * HOUR)
    assert after == (
        "Última sincronización hace 9 días · última memoria USB hace 2 h · nada por enviar"
    )
    before = said(last_success_ms=NOW - 2 * HOUR, last_stick_ms=NOW - 9 * DAY)
    assert before == "Última sincronización hace 2 horas · nada por enviar"


def test_a_stick_of_another_clock_gives_a_date():
    sentence = said(last_stick_ms=NOW + 3 * DAY)
    assert f"última memoria USB: {ES.format_datetime_ms(NOW + 3 * DAY)}" in sentence
