"""The Spanish sentences about fields with several values: why a choice was not taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["CONFLICT_SENTENCES"]

CONFLICT_SENTENCES: Final[Mapping[str, str]] = {
    "conflict_gone": N_("Ese conflicto ya fue resuelto en otro equipo."),
    "both_needs_case": N_("Este dato no es de un caso: elija un valor o escriba otro."),
    "settlement_passed": N_(
        "Después de esa decisión se escribió otra cosa: ya no se deshace. Los valores de antes "
        "siguen en la lista."
    ),
    "settlement_partial": N_(
        "Todavía no llegó todo lo que esa decisión reemplazó. Sincronice y vuelva a probar: así no "
        "falta ningún valor en la pregunta."
    ),
    "change_unknown": N_("Ese valor no está en este equipo. No se cambió nada."),
}
