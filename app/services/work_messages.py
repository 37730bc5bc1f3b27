"""The sentences of the work on a case: its tasks, the agenda, the hand-over between shifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["WORK_SENTENCES"]

WORK_SENTENCES: Final[Mapping[str, str]] = {
    "task_unknown": N_("Esa tarea ya no está: los datos del caso cambiaron. Vuelva a mirarla."),
    "task_needs_reason": N_("Escriba el motivo, sin nombres. Lo verá quien revise los plazos."),
    "task_needs_day": N_("Elija hasta qué día se pospone."),
    "task_done_in_future": N_("Ese día todavía no llega. Revise la fecha, o la de este equipo."),
    "task_postponed_to_past": N_("Elija un día posterior a hoy."),
    "task_postponed_too_far": N_("Es demasiado lejos: se pospone como mucho {limit} días."),
    "role_unknown": N_("Ese servicio no está en la lista."),
    "handover_taken": N_("Esa entrega ya la recibió alguien. No se cambió nada."),
    # The centre's own calendar.
    "calendar_answer_needed": N_("Falta este dato."),
    "calendar_days_reversed": N_("El último día está antes del primero."),
    "calendar_days_too_many": N_("Son demasiados días seguidos: caben {limit}. Revise el año."),
    "distance_days_out_of_range": N_("La distancia va de 0 a {limit} días."),
}
