"""A laptop's process that synchronises, and is killed at a chosen moment."""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Final

from bench.sync.syncing import synchronise

__all__ = ["MOMENTS", "OF_EXCHANGES", "Moment", "Victim", "moment"]

_LOADED: Final = ("bench.__main__", "bench.sync.syncing", "sync.client.http_transport")
_OPENING_SECONDS: Final = 120
_RUN_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: ``after`` seconds from when the process was first seen in ``state``."""

    state: str
    after: float


MOMENTS: Final = (
    *(("start", 3.0), ("start", 6.0), ("prepare", 0.4), ("connect", 0.3), ("send", 0.4)),
    *(("send", 2.0), ("answer", 0.5), ("storage", 0.02), ("storage", 0.2), ("verify", 0.02)),
)
"""States, and the longest that the kill comes after them. ``start`` spreads over a whole run;
``storage`` is a transaction of what arrived."""


def _forking() -> ForkServerContext:
    """Return what starts processes from one that has loaded the program and nothing else: each is
    a process of its own, and a kill does not wait for Python to start."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LOADED))
    return context


OF_EXCHANGES: Final = (
    *(("start", 3.0), ("start", 6.0), ("connect", 0.3), ("send", 0.4), ("send", 2.0)),
    ("answer", 0.5),
)
"""Those in which the server is at work."""


def moment(chance: random.Random, among: Sequence[tuple[str, float]] = MOMENTS) -> Moment:
    """Draw a moment."""
    state, longest = chance.choice(among)
    return Moment(state, chance.uniform(0.0, longest))


class Victim:
    """One process of :mod:`bench.sync.syncing`, and what it said so far."""

    def __init__(self, folder: Path) -> None:
        context = _forking()
        mine, its = context.Pipe(duplex=False)
        self.process = context.Process(target=synchronise, args=(folder, its), daemon=True)
        self.process.start()
        # With this end closed here, the pipe ends when the process does.
        its.close()
        self._said = mine
        self.held: list[dict[str, Any]] = []
        """What it held when it opened and, when it came so far, at its end."""
        self._changed = threading.Condition()
        self._states: set[str] = set()
        self._step = ""
        self._stores = False
        self._is_over = False
        self._is_gone = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def place(self) -> str:
        """Where in a run it is, or was when it was killed."""
        return f"{self._step or 'opening'}{', storage at work' if self._stores else ''}"

    @property
    def had_begun(self) -> bool:
        """Whether a synchronisation had begun, and did not end well yet."""
        return bool(self._step) and not self._is_over

    def kill_at(self, moment: Moment) -> bool:
        """Kill it then (SIGKILL); return whether that was inside a synchronisation."""
        self._wait_for(moment.state)
        self._wait_until_gone(moment.after)
        self.process.kill()
        self._end()
        return self.had_begun

    def wait_for(self, moment: Moment) -> bool:
        """Wait for a moment; return whether a synchronisation goes on then."""
        self._wait_for(moment.state)
        self._wait_until_gone(moment.after)
        return self.had_begun and not self._is_gone

    def finish(self) -> None:
        """Let it come to its end. Raises RuntimeError when it does not."""
        self.process.join(_RUN_SECONDS)
        is_late = self.process.exitcode is None
        self.process.kill()
        self._end()
        if is_late:
            raise RuntimeError(f"a synchronisation found no end, at: {self.place}")
        if self.process.exitcode:
            raise RuntimeError(f"the laptop's process failed, at: {self.place}")

    def _wait_for(self, state: str) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: state in self._states or self._is_over or self._is_gone, _OPENING_SECONDS
            )

    def _wait_until_gone(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._is_gone, seconds)

    def _end(self) -> None:
        self.process.join()
        self._reader.join()
        self._said.close()

    def _read(self) -> None:
        with open(self._said.fileno(), encoding="utf-8", closefd=False) as lines:
            for line in lines:
                with self._changed:
                    self._hear(line)
                    self._changed.notify_all()
        with self._changed:
            self._is_gone = True
            self._changed.notify_all()

    def _hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return  # the last line of somebody who was killed
        if "held" in said:
            self.held.append(said["held"])
        if "step" in said:
            self._step = said["step"]
            self._states.add(self._step)
        if "storage" in said:
            self._stores = said["storage"]
            if self._stores and self._step == "receive":
                self._states.add("storage")
        if "over" in said:
            self._is_over = True
