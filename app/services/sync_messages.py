"""The Spanish sentences of what batches and the server prove: what is so, and whom to tell.

The page of synchronisation shows them (:mod:`app.services.evidence`). Nothing is lost by any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["SYNC_SENTENCES"]

SYNC_SENTENCES: Final[Mapping[str, str]] = {
    "other_history_seen": N_(
        "El servidor mostró dos historias de su registro (veces: {count}). Avise a su coordinación."
    ),
    "laptops_copied": N_(
        "Equipos copiados o restaurados: {count}. Avise a su coordinación: deben incorporarse de "
        "nuevo."
    ),
    "batches_missing": N_(
        "Paquetes de otros equipos que todavía no llegaron: {count}. Lo recibido se usa igual."
    ),
    "receipt_broken": N_(
        "Recibos del servidor que su registro no cumple: {count}. Avise a su coordinación: lo que "
        "falte se envía de nuevo."
    ),
    "batches_waiting": N_(
        "Paquetes que esperan un paquete anterior: {count}. Se abren solos cuando ese llegue."
    ),
}
