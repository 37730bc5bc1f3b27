"""What goes wrong, and how often: drawn from the seed, and nothing at all once it is quiet."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.errors import EnvironmentFault

__all__ = ["Faults", "PowerCut", "Violation"]


class PowerCut(BaseException):
    """The power goes. Nothing in the program can hold it up."""


class Violation(BaseException):
    """Something that must be true was not. Nothing in the program can swallow it."""


@dataclass(slots=True)
class Faults:
    """Chances of a run, drawn once for each seed: some runs are rough, some nearly calm."""

    chance: random.Random
    cut: float
    """Of the power going at a commit: before it, in the middle of its writing, or behind it."""
    full: float
    """Of a full disk at a commit, or at what is written behind it."""
    statement: float
    """Of a unit of work in which the power goes, or the disk is full, at one of its statements."""
    lost: float
    """Of a request or an answer that never arrives, or arrives in part."""
    repeated: float
    """Of a request that is carried twice, or kept and carried again much later."""
    forgotten: float
    """Of a server whose disk lied: what it had answered for is gone after the answer."""
    between: float
    """Of somebody else's work between two steps of a synchronisation."""
    stick: float
    """Of a stick pulled out, full or read-only, at each file."""
    forged: float
    """Of an answer that somebody on the way altered, replayed, or made up."""
    cancelled: float = 0.01
    """Of somebody who stops a synchronisation, at each of its steps."""
    is_quiet: bool = False
    met: Counter[str] = field(default_factory=Counter)
    """How often each thing went wrong in this run."""

    @classmethod
    def drawn(cls, chance: random.Random) -> Faults:
        """Draw the chances of a run."""
        return cls(
            chance,
            cut=chance.choice((0.0, 0.01, 0.04)),
            full=chance.choice((0.0, 0.0, 0.02)),
            statement=chance.choice((0.0, 0.01, 0.04)),
            lost=chance.choice((0.0, 0.15, 0.4)),
            repeated=chance.choice((0.0, 0.1, 0.3)),
            forgotten=chance.choice((0.0, 0.0, 0.05)),
            between=chance.choice((0.0, 0.05, 0.15)),
            stick=chance.choice((0.0, 0.02, 0.08)),
            forged=chance.choice((0.0, 0.0, 0.05, 0.2)),
        )

    def happens(self, what: str, share: float = 1.0) -> bool:
        """Return whether this goes wrong now; ``share`` of its chance is this place's."""
        if self.is_quiet or self.chance.random() >= getattr(self, what) * share:
            return False
        self.met[what] += 1
        return True

    @contextlib.contextmanager
    def without(self, *what: str) -> Iterator[None]:
        """Let nothing of this go wrong for a while."""
        chances = {one: getattr(self, one) for one in what}
        for one in what:
            setattr(self, one, 0.0)
        try:
            yield
        finally:
            for one, chance in chances.items():
                setattr(self, one, chance)

    def at_stick(self, _up: int, _down: int) -> None:
        """Maybe pull the stick out, or cut the power, after a file was read or written."""
        if self.happens("stick"):
            reason = self.chance.choice(("stick_gone", "stick_full", "stick_read_only", "power"))
            raise PowerCut if reason == "power" else EnvironmentFault(reason)
