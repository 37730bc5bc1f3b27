"""Bugs in how a laptop hears that it was put back whole, or copied whole, and in what follows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from app.services import casework, twin_watch
from tests.simulation.swapped import swapped

__all__ = ["colleague_is_a_twin", "numbers_stay", "put_back_unsaid"]


def put_back_unsaid() -> AbstractContextManager[None]:
    """What a laptop signed and does not have is taken in like a colleague's, and nobody is told."""
    return swapped(twin_watch, "note_arrived", lambda _real: lambda *_: None)


def numbers_stay() -> AbstractContextManager[None]:
    """Whoever heard that it is not alone goes on with the numbers that come next."""
    return swapped(casework, "leave_numbers", lambda _real: lambda *_: None)


def colleague_is_a_twin() -> AbstractContextManager[None]:
    """Whose batch it is counts for nothing: a colleague's is taken for a twin's."""

    def broken(real: Any) -> Any:
        def note(uow: Any, desk: Any, _own: bytes, opened: Any, position: int | None) -> None:
            real(uow, desk, opened.device, opened, position)

        return note

    return swapped(twin_watch, "note_arrived", broken)
