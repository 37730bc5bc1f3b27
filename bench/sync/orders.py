"""How the bench orders about the processes that it measures: a line of JSON there, a line back.

Plain Python only: the peers speak it too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

__all__ = ["RETRY_SECONDS", "Fell", "Worker", "obey", "until_level"]

RETRY_SECONDS: Final = 0.5
"""After a broken try, everybody waits so long before the next."""
_END_SECONDS: Final = 20


class Fell(Exception):
    """A process that is measured ended, or said that it cannot go on."""


class Worker:
    """A process that obeys orders."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self._log = log
        with (log or Path(os.devnull)).open("ab") as errors:
            self.process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=None if environment is None else dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ask(self, order: str, **details: Any) -> dict[str, Any]:
        """Give an order and return what came of it. Raises :class:`Fell`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps({"order": order, **details}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            raise Fell(f"{order}: the process ended: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "fault" in answer:
            raise Fell(f"{order}: {answer['fault']}")
        return answer

    def _last_words(self) -> str:
        said = self._log.read_text(errors="replace").split("\n") if self._log else []
        return next((line.strip()[:200] for line in reversed(said) if line.strip()), "")

    def close(self) -> None:
        """Let it end by itself, or end it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def obey(orders: Mapping[str, Callable[..., dict[str, Any]]]) -> None:
    """Answer orders from standard input until it ends; the other side of :class:`Worker`."""
    for line in sys.stdin:
        given = json.loads(line)
        try:
            answer = orders[given.pop("order")](**given)
        except Exception as error:  # noqa: BLE001  # told to the bench, which shows it in the row
            answer = {"fault": f"{type(error).__name__}: {str(error)[:200]}"}
        print(json.dumps(answer), flush=True)


def until_level(
    once: Callable[[], None], limit: float, broken: tuple[type[BaseException], ...]
) -> dict[str, Any]:
    """Try until it ends well, or until ``limit`` seconds are over; say how it went.

    ``broken`` are the faults after which another try makes sense.
    """
    began, tries, faults = time.perf_counter(), 0, dict[str, int]()
    is_level = False
    while not is_level and time.perf_counter() - began < limit:
        tries += 1
        try:
            once()
            is_level = True
        except broken as fault:
            name = f"{type(fault).__name__}: {str(fault)[:60]}"
            faults[name] = faults.get(name, 0) + 1
            time.sleep(RETRY_SECONDS)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "is_level": is_level, "tries": tries, "faults": faults}
