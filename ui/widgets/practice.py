"""What is said in practice of what belongs to the real laptop alone."""

from __future__ import annotations

from typing import Final

from app.i18n import N_

__all__ = ["NO_SHEETS_HERE"]

NO_SHEETS_HERE: Final = N_(
    "La práctica no tiene hojas de recuperación: las del equipo de verdad siguen como estaban."
)
