"""When the next try is due: spread, ever later, never past six hours, and as the server asked."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.services.sync_status import LONGEST_WAIT_MS
from sync.client.scheduler import NetworkWatch, next_attempt_ms

NOW = 1_800_000_000_000
chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 200), chances, st.integers(0, 86_400))
def test_no_wait_is_at_once_none_is_longer_than_six_hours(
    failures: int, chance: float, asked: int
) -> None:
    wait = next_attempt_ms(NOW, failures, chance, retry_after_seconds=asked) - NOW
    assert 5_000 <= wait <= LONGEST_WAIT_MS
    assert wait >= min(asked * 1_000, LONGEST_WAIT_MS)


def test_the_longest_wait_doubles_from_half_a_minute() -> None:
    longest = [next_attempt_ms(NOW, failures, 0.999_999) - NOW for failures in range(1, 13)]
    assert [round(wait / 30_000) for wait in longest[:5]] == [1, 2, 4, 8, 16]
    assert round(longest[-1] / LONGEST_WAIT_MS, 3) == 1


def test_laptops_that_failed_together_do_not_come_back_together() -> None:
    waits = sorted(next_attempt_ms(NOW, 6, part / 100) - NOW for part in range(100))
    steps = [later - earlier for earlier, later in pairwise(waits)]
    assert max(steps) < 2 * min(steps)
    asked = {next_attempt_ms(NOW, 1, part / 100, retry_after_seconds=600) for part in range(100)}
    assert len(asked) == 100


def test_after_a_success_a_quarter_of_an_hour_passes_whatever_the_chance() -> None:
    assert next_attempt_ms(NOW, 0, 0.7, retry_after_seconds=9) == NOW + 15 * 60_000


def looks(watch: NetworkWatch, seconds: range) -> list[int]:
    """Return when it was looked, of a program that asks every second."""
    seen = []
    for now in seconds:
        if watch.is_time(now):
            watch.look(now, 0.0)
            seen.append(now)
    return seen


def test_it_is_looked_for_a_network_once_a_minute_at_the_most() -> None:
    assert looks(NetworkWatch(), range(300)) == [0, 60, 120, 180, 240]


def test_chance_spreads_the_looks_and_never_hastens_them() -> None:
    watch = NetworkWatch()
    watch.look(0, 0.999)
    assert not watch.is_time(60)
    assert watch.is_time(90)


def test_a_network_that_only_seemed_to_be_there_is_looked_for_ever_more_rarely() -> None:
    watch = NetworkWatch()
    waits = []
    now = 0.0
    for _ in range(8):
        watch.look(now, 0.0)
        watch.believe()
        watch.learn(was_reached=False)
        began = now
        while not watch.is_time(now):
            now += 1
        waits.append(now - began)
    assert waits == [60, 120, 240, 480, 960, 1920, 1920, 1920]
    watch.learn(was_reached=True)
    watch.look(now, 0.0)
    assert watch.is_time(now + 60)


def test_a_try_that_nobody_looked_for_makes_no_look_rarer() -> None:
    watch = NetworkWatch()
    for _ in range(9):
        watch.learn(was_reached=False)
    watch.look(0, 0.0)
    assert watch.is_time(60)
