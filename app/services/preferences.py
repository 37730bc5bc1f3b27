"""Choices of the people at this laptop that are no part of any case and never leave it."""

from __future__ import annotations

from typing import Final

from app.services.access import act
from app.services.ports import UnitOfWork

__all__ = ["language", "remember_language"]

_LANGUAGE: Final = "language"


@act("own_screen")
def language(uow: UnitOfWork) -> str | None:
    """Return the code of the language chosen last, or None."""
    content = uow.local.get(_LANGUAGE)
    return content.decode() if content else None


@act("own_screen")
def remember_language(uow: UnitOfWork, code: str) -> None:
    """Remember the language of the screens. Commits."""
    uow.local.put(_LANGUAGE, code.encode())
    uow.commit()
