"""How far a running synchronisation is, told as bytes travel and not only between its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.services.ports import Clock
from app.services.read_models import SyncProgress, SyncStep
from sync.client.requests import Note

__all__ = ["Meter", "Teller"]

TELL_MS: Final = 500
"""At most twice a second: who looks sees it move, and the window is not kept busy."""

MEASURED_MS: Final = 1_000

MEASURED_BYTES: Final = 8_192
"""Less than that is a login: it says how long a round trip takes, and not how thin the line is."""

_BEFORE_AN_ANSWER: Final = frozenset({SyncStep.PREPARE, SyncStep.CONNECT, SyncStep.SEND})
"""Steps that a session comes to before it was answered."""


def _nobody() -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class _Flow:
    """How fast bytes travel over a line, whatever the operating system takes of them at once.

    What it takes waits there, and counts as moved though a thin line carries it for a minute. So of
    the request on its way what went up in the first second counts as waiting, and that second as
    not measured, until the answer begins: then all of it went. What comes down waits nowhere.
    """

    began_ms: int | None = None
    """When the first request that was not a login began: what was before carried next to nothing.
    """
    last_ms: int = 0
    moved: int = 0
    asked_ms: int | None = None
    """When the request on its way began; None behind an answer."""
    waits: int = 0
    waits_ms: int = 0

    def count(self, up: int, down: int, now_ms: int) -> None:
        """Add bytes that moved."""
        is_new = up > 0 and self.asked_ms is None
        has_login_alone = is_new and self.moved < MEASURED_BYTES
        self.moved += up + down
        if self.began_ms is None or has_login_alone:
            self.began_ms, self.moved = now_ms, up
        elif now_ms < self.last_ms:  # a clock that was put back: it is measured anew
            self.began_ms, self.moved, self.waits_ms = now_ms, self.waits, 0
        self.last_ms = now_ms
        if down:
            self.asked_ms, self.waits, self.waits_ms = None, 0, 0
            return
        if self.asked_ms is None:
            self.asked_ms = now_ms
        since_ms = now_ms - self.asked_ms
        if 0 <= since_ms < MEASURED_MS:
            self.waits += up
            self.waits_ms = since_ms

    def seconds_left(self, remaining: int, now_ms: int) -> int | None:
        """Return whole seconds for ``remaining`` bytes and those that wait, or None before enough
        was measured."""
        if self.began_ms is None or remaining <= 0:
            return None
        elapsed_ms = now_ms - self.began_ms - self.waits_ms
        went = self.moved - self.waits
        if elapsed_ms < MEASURED_MS or went < MEASURED_BYTES:
            return None
        return max(1, round((remaining + self.waits) * elapsed_ms / went / 1000))


@dataclass(slots=True)
class Meter:
    """Counts bytes both ways, and says how long the rest takes at the speed measured."""

    clock: Clock
    began_ms: int = 0
    up: int = 0
    down: int = 0
    on_count: Callable[[], None] = field(default=_nobody)
    """Called after each count."""
    _flow: _Flow = field(init=False, default_factory=_Flow)

    def __post_init__(self) -> None:
        self.began_ms = self.clock.now_ms()

    def count(self, up: int, down: int) -> None:
        """Add bytes that went up and came down."""
        self.up += up
        self.down += down
        self._flow.count(up, down, self.clock.now_ms())
        self.on_count()

    def seconds_left(self, remaining: int) -> int | None:
        """Return whole seconds for ``remaining`` bytes, or None before a second was measured."""
        return self._flow.seconds_left(remaining, self.clock.now_ms())


@dataclass(slots=True)
class _Pace:
    """Says how long the rest of a part of a stick takes, at the speed since that part began: a
    stick writes slower than it reads, and of some files no more than the front is read."""

    part: tuple[SyncStep, int, int] | None = None
    began_ms: int = 0
    before: int = 0
    """How much of it was done when it began."""
    last: int = 0

    def seconds_left(self, said: Note, now_ms: int) -> int | None:
        """Return whole seconds for what is left, or None before a second was measured."""
        part = (said.step, said.total_bytes, said.total_entries)
        done, total = (
            (said.done_bytes, said.total_bytes)
            if said.total_bytes
            else (said.done_entries, said.total_entries)
        )
        if part != self.part or done < self.last:
            self.part, self.began_ms, self.before = part, now_ms, done
        self.last = done
        elapsed_ms = now_ms - self.began_ms
        if elapsed_ms < MEASURED_MS or not self.before < done < total:
            return None
        return max(1, round((total - done) * elapsed_ms / (done - self.before) / 1000))


class Teller:
    """Says what the session notes, and between its notes what the meter counts.

    ``is_far``: the other side is a server. As long as it answered nothing, the step is still to
    connect to it. Network thread.
    """

    def __init__(
        self, meter: Meter, on_progress: Callable[[SyncProgress], None], *, is_far: bool
    ) -> None:
        self._meter = meter
        self._on_progress = on_progress
        self._is_far = is_far
        self._last: Note | None = None
        self._up_before = 0
        self._told_ms: int | None = None
        self._was_answered = False
        self._was_ours = False
        self._pace = _Pace()
        meter.on_count = self._counted

    def note(self, said: Note) -> None:
        """The session comes to a step, or further in it."""
        self._last = said
        self._was_ours = self._was_ours or said.step not in _BEFORE_AN_ANSWER
        self._up_before = self._meter.up
        self._tell(said)

    def not_ours(self) -> None:
        """What answered is not the server: unless that did before, nobody was connected to."""
        if self._is_far and not self._was_ours:
            self._tell(Note(SyncStep.CONNECT))

    def _counted(self) -> None:
        is_first_answer = self._meter.down > 0 and not self._was_answered
        self._was_answered = self._was_answered or is_first_answer
        if self._last is None or not self._is_far:
            return
        since_ms = self._meter.clock.now_ms() - (self._told_ms or self._meter.began_ms)
        # A clock that was put back must not silence it.
        if is_first_answer or not 0 <= since_ms < TELL_MS:
            self._tell(self._last)

    def _tell(self, said: Note) -> None:
        meter = self._meter
        self._told_ms = meter.clock.now_ms()
        done = said.done_bytes
        if self._is_far and said.step is SyncStep.SEND:
            # What goes around it is a little more than what waits: never more than all of it.
            done = min(said.total_bytes, done + meter.up - self._up_before)
        is_alone = self._is_far and meter.down == 0 and said.step is SyncStep.SEND
        self._on_progress(
            SyncProgress(
                step=SyncStep.CONNECT if is_alone else said.step,
                done_bytes=done,
                total_bytes=said.total_bytes,
                seconds_left=(
                    self._seconds_left(said, done)
                    if self._is_far
                    else self._pace.seconds_left(said, meter.clock.now_ms())
                ),
                up=meter.up,
                down=meter.down,
                done_entries=said.done_entries,
                total_entries=said.total_entries,
            )
        )

    def _seconds_left(self, said: Note, done: int) -> int | None:
        """Return how long the rest takes, both ways: what comes is as large as what came so far.
        In the lane the bytes are all, and the entries are what they are of."""
        remaining = said.total_bytes - done
        if said.done_entries > 0 and not (said.step is SyncStep.LANE and said.total_bytes):
            lacking = said.total_entries - said.done_entries
            remaining += lacking * self._meter.down // said.done_entries
        return self._meter.seconds_left(remaining)
