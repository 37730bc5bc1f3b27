"""What is told while bytes travel: both ways, at the measured speed, and not too often."""

from __future__ import annotations

from itertools import pairwise

from app.clock import FixedClock
from app.services.read_models import SyncProgress, SyncStep
from sync.client.progress import Meter, Teller
from sync.client.requests import Note


def _told(*, is_far: bool = True) -> tuple[FixedClock, Meter, Teller, list[SyncProgress]]:
    clock = FixedClock(1_000_000)
    meter = Meter(clock)
    told: list[SyncProgress] = []
    return clock, meter, Teller(meter, told.append, is_far=is_far), told


def test_until_the_other_side_answers_the_step_is_to_connect() -> None:
    _, meter, teller, told = _told()
    teller.note(Note(SyncStep.SEND, 0, 8_000))
    assert told[-1].step is SyncStep.CONNECT
    meter.count(0, 100)
    assert told[-1].step is SyncStep.SEND


def test_where_another_answers_the_step_is_to_connect_unless_the_server_did_before() -> None:
    _, meter, teller, told = _told()
    teller.note(Note(SyncStep.SEND, 0, 8_000))
    meter.count(0, 100)
    teller.not_ours()
    assert told[-1].step is SyncStep.CONNECT
    teller.note(Note(SyncStep.RECEIVE, 0, 8_000))
    teller.note(Note(SyncStep.SEND, 0, 8_000))
    teller.not_ours()
    assert told[-1].step is SyncStep.SEND


def test_what_goes_up_shows_before_the_answer_comes() -> None:
    clock, meter, teller, told = _told()
    meter.count(0, 100)
    teller.note(Note(SyncStep.SEND, 0, 8_000))
    clock.ms += 2_000
    meter.count(4_000, 0)
    assert (told[-1].done_bytes, told[-1].total_bytes, told[-1].up) == (4_000, 8_000, 4_000)
    clock.ms += 2_000
    meter.count(5_000, 0)
    assert told[-1].done_bytes == 8_000, "what goes around it is not more than what waits"


def test_many_small_pieces_are_told_twice_a_second_at_most() -> None:
    clock, meter, teller, told = _told()
    meter.count(0, 1)
    teller.note(Note(SyncStep.SEND, 0, 1_000_000))
    before = len(told)
    for _ in range(1_000):
        clock.ms += 2
        meter.count(10, 0)
    assert 1 <= len(told) - before <= 4


def test_a_clock_that_is_put_back_does_not_silence_it() -> None:
    clock, meter, teller, told = _told()
    meter.count(0, 1)
    teller.note(Note(SyncStep.SEND, 0, 1_000_000))
    clock.ms -= 86_400_000
    before = len(told)
    meter.count(10, 0)
    assert len(told) == before + 1


def test_the_time_left_counts_what_comes_as_well() -> None:
    clock, meter, teller, told = _told()
    meter.count(1, 0)
    clock.ms += 10_000
    meter.count(5_000, 5_000)  # a thousand bytes a second
    teller.note(Note(SyncStep.RECEIVE, 5_000, 5_000, 5, 20))
    assert told[-1].seconds_left == 15
    assert (told[-1].done_entries, told[-1].total_entries) == (5, 20)


RECORD = 4_096
WAITS = 7 * RECORD
"""So much the operating system takes at once, and lets go as the line can."""


def _log_in(clock: FixedClock, meter: Meter) -> None:
    clock.ms += 4_000  # to encrypt, to connect, to shake hands
    meter.count(300, 0)
    clock.ms += 600
    meter.count(0, 600)


def _send(
    line: tuple[FixedClock, Meter, list[SyncProgress]], total: int, *, a_second: int
) -> list[tuple[float, int]]:
    """Send so much over a line that is so thin; return at each time left that was said how long it
    took then, in truth, until all had gone; and what was said."""
    clock, meter, told = line
    began, said, sent = clock.ms, [], 0
    while sent < total:
        if sent >= WAITS:
            clock.ms = max(clock.ms, began + 1_000 * (sent + RECORD - WAITS) // a_second)
        size = min(RECORD, total - sent)
        sent += size
        before = len(told)
        meter.count(size, 0)
        for one in told[before:]:
            if one.seconds_left is not None:
                said.append((total / a_second - (clock.ms - began) / 1_000, one.seconds_left))
    clock.ms = began + 1_000 * total // a_second
    return said


def test_what_waits_in_the_operating_system_did_not_go_yet() -> None:
    """On a thin line the time left said two minutes, then three, then four, of six."""
    clock, meter, teller, told = _told()
    _log_in(clock, meter)
    teller.note(Note(SyncStep.SEND, 0, 420_000))
    said = _send((clock, meter, told), 420_000, a_second=1_200)
    assert said[0][0] > 330, "it is said before long"
    assert all(abs(told - true) <= 0.1 * true + 2 for true, told in said), said
    assert all(after[1] <= before[1] for before, after in pairwise(said)), "it does not grow"


def test_what_waits_is_not_reckoned_again_with_each_request() -> None:
    clock, meter, teller, told = _told()
    _log_in(clock, meter)
    for number in range(4):
        teller.note(Note(SyncStep.SEND, number * 100_000, 400_000))
        for true, seconds in _send((clock, meter, told), 100_000, a_second=10_000):
            left = true + (3 - number) * 10
            assert abs(seconds - left) <= 0.25 * left + 2, (number, left, seconds)
        meter.count(0, 200)


def test_no_time_left_is_said_before_more_than_a_login_was_measured() -> None:
    clock, meter, teller, told = _told()
    _log_in(clock, meter)
    clock.ms += 3_000
    teller.note(Note(SyncStep.SEND, 0, 4_000_000))
    for _ in range(200):
        clock.ms += 4
        meter.count(RECORD, 0)
    assert {one.seconds_left for one in told} == {None}, "how long a round trip takes says nothing"
    for _ in range(400):
        clock.ms += 4
        meter.count(RECORD, 0)
    assert told[-1].seconds_left in (2, 3), "a megabyte a second"


def test_what_comes_down_waits_nowhere() -> None:
    clock, meter, teller, told = _told()
    _log_in(clock, meter)
    meter.count(200, 0)
    for number in range(1, 31):
        clock.ms += 1_000
        meter.count(0, 1_200)
        teller.note(Note(SyncStep.RECEIVE, 0, 0, number, 100))
        left = told[-1].seconds_left
        if number > 8:
            assert left is not None
            assert abs(left - (100 - number)) <= 5


def test_behind_a_clock_that_was_put_back_the_time_left_is_measured_anew() -> None:
    clock, meter, teller, told = _told()
    _log_in(clock, meter)
    teller.note(Note(SyncStep.SEND, 0, 400_000))
    for number in range(40):
        clock.ms += 1_000 if number != 20 else -8_000
        meter.count(RECORD, 0)
        left = told[-1].seconds_left
        if number in (20, 21):
            assert left is None
        elif number > 3:
            assert left is not None
            assert abs(left - (400_000 / RECORD - number)) <= 5, number


def test_of_a_stick_the_time_left_is_that_of_the_part_that_goes_on() -> None:
    clock, meter, teller, told = _told(is_far=False)
    teller.note(Note(SyncStep.RECEIVE, 0, 10_000, 0, 4))
    meter.count(0, 9_000)
    clock.ms += 500
    teller.note(Note(SyncStep.RECEIVE, 5_000, 10_000, 2, 4))
    assert told[-1].seconds_left is None, "half a second says nothing yet"
    clock.ms += 1_500
    teller.note(Note(SyncStep.RECEIVE, 8_000, 10_000, 3, 4))
    assert (told[-1].done_bytes, told[-1].done_entries) == (8_000, 3)
    assert told[-1].seconds_left == 1, "eight thousand in two seconds"
    # To write is slower than to read: what was read before says nothing about it.
    teller.note(Note(SyncStep.SEND, 0, 10_000, 0, 5))
    assert told[-1].seconds_left is None
    clock.ms += 4_000
    teller.note(Note(SyncStep.SEND, 2_000, 10_000, 1, 5))
    assert told[-1].seconds_left == 16
    teller.note(Note(SyncStep.SEND, 0, 50_000, 0, 2))
    assert told[-1].seconds_left is None, "behind the batches come the attachments"


def test_of_a_stick_whose_bytes_nobody_knows_the_files_say_how_long_it_takes() -> None:
    clock, _, teller, told = _told(is_far=False)
    teller.note(Note(SyncStep.RECEIVE, 0, 0, 0, 100))
    clock.ms += 3_000
    teller.note(Note(SyncStep.RECEIVE, 0, 0, 25, 100))
    assert told[-1].seconds_left == 9
    clock.ms -= 86_400_000
    teller.note(Note(SyncStep.RECEIVE, 0, 0, 50, 100))
    assert told[-1].seconds_left is None, "a clock that was put back measures nothing"
