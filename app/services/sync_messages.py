"""The Spanish sentences of what batches and the server prove: what is so, and whom to tell.

The page of synchronisation shows them (:mod:`app.services.evidence`). Nothing is lost by any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["SYNC_SENTENCES"]

SYNC_SENTENCES: Final[Mapping[str, str]] = {
    "revoke_not_admin": N_("Solo el equipo que administra el centro puede dar de baja a otro."),
    "revoke_unknown_device": N_("En este centro no hay un equipo con esa letra."),
    "region_no_centre": N_(
        "La memoria no trae las actas de un centro de esta región, o trae las de varios. "
        "Sincronice con ella un equipo del centro y vuelva."
    ),
    "batch_revoked_device": N_(
        "El paquete es de un equipo dado de baja, y la región no lo tiene. Se guarda sin usarlo."
    ),
    "revoke_admin": N_(
        "A otro equipo que administra solo lo da de baja la región. Avise a su coordinación."
    ),
    "enrolment_revoked": N_(
        "Ese equipo fue dado de baja y no vuelve con las mismas llaves. Instale Qispi de nuevo en "
        "una carpeta vacía y haga otra solicitud."
    ),
    "other_history_seen": N_(
        "El servidor volvió a una copia anterior o mostró dos historias (veces: {count})."
    ),
    "laptops_copied": N_(
        "Equipos copiados o restaurados: {count} (se vio {times} veces). Avise a su coordinación: "
        "deben incorporarse de nuevo."
    ),
    "case_numbers_twice": N_(
        "Números que llevan dos casos: {named}. Puede que una laptop esté copiada: avise a su "
        "coordinación. Los dos casos se conservan; en los papeles del que se abrió después escriba "
        "«bis» junto al número."
    ),
    "case_numbers_twice_news": N_(
        "Dos casos llevan el mismo número: escriba «bis» en los papeles del que se abrió después."
    ),
    "batches_missing": N_(
        "Paquetes de otros equipos que todavía no llegaron: {count}. Lo recibido se usa igual. Si "
        "sigue así más de una semana, sincronice los demás equipos del centro, por red o con una "
        "memoria USB."
    ),
    "backup_restored": N_(
        "Aquí se puso una copia de respaldo anterior (veces: {count}). Lo que ya había salido de "
        "aquí vuelve al sincronizar o por la memoria USB. Lo escrito después de la copia que nunca "
        "salió no vuelve: mire los casos de esos días y escríbalo de nuevo desde el papel. Los "
        "casos nuevos llevan un número más alto; si aun así uno se repite, se dice aquí."
    ),
    "backup_restored_news": N_(
        "Aquí se puso una copia de respaldo anterior. Al sincronizar vuelve lo que ya se había "
        "enviado; lo que nunca salió de aquí, no."
    ),
    "made_of_backup": N_(
        "Este equipo se hizo de una copia de seguridad (veces: {count}). Puede trabajar. Al "
        "sincronizar vuelve lo que ya había salido del otro; lo escrito después de la copia que "
        "nunca salió no vuelve: escríbalo de nuevo desde el papel. Los casos nuevos llevan un "
        "número más alto. Avise a su coordinación: debe incorporarse de nuevo, y el otro equipo, "
        "si se perdió, darse de baja."
    ),
    "made_of_backup_news": N_(
        "Este equipo se hizo de una copia de seguridad. Si es de un centro, debe incorporarse de "
        "nuevo."
    ),
    "end_lost": N_(
        "Faltan los últimos registros de este equipo (veces: {count}). Se borró un archivo después "
        "de un corte, o se puso una base de datos anterior. Lo que ya había salido vuelve al "
        "sincronizar; mire los casos de ese día y escriba lo que falte desde el papel."
    ),
    "end_lost_news": N_(
        "Faltan los últimos registros de este equipo: mire los casos del último día."
    ),
    "folder_moved_news": N_("Esta carpeta de datos viene de otro equipo."),
    "folder_moved": N_(
        "Esta carpeta de datos viene de otro equipo (veces: {count}). Puede trabajar; avise a su "
        "coordinación."
    ),
    "put_back_or_copied_news": N_(
        "Este equipo volvió a un estado anterior, o hay una copia suya en otra computadora."
    ),
    "put_back_or_copied": N_(
        "Llegó trabajo que este mismo equipo firmó y que aquí no estaba (veces: {count}). El disco "
        "o el sistema volvió a un día anterior, o hay otra computadora con una copia de este "
        "equipo: avise a su coordinación. Si volvió, lo que nunca salió de aquí no está: mire los "
        "casos de esos días y escríbalo de nuevo desde el papel. Los casos nuevos llevan un número "
        "más alto; si aun así uno se repite, se dice aquí."
    ),
    "log_short": N_(
        "La región muestra menos que lo que otro equipo del centro dice haber leído (paquetes que "
        "faltan: {count})."
    ),
    "two_servers": N_(
        "Este equipo encuentra por turnos dos registros de la región (cambios: {count}). Nada se "
        "pierde. Avise a la región."
    ),
    "audit_contradicted": N_(
        "Equipos cuyo registro de actividades no es el que dijeron antes: {count}. Puede que se "
        "pusiera una copia de respaldo, que la laptop esté copiada, o que alguien cambiara su "
        "registro. Nada se pierde. Avise a su coordinación."
    ),
    "receipt_broken": N_(
        "Paquetes que el servidor confirmó y después no mostró como dijo: {count}."
    ),
    "server_may_be_old": N_("Puede que volviera a una copia anterior, o que retenga algo."),
    "server_gets_all": N_(
        "Lo de este equipo está a salvo: lo que a la región le falte se envía de nuevo. Avise a la "
        "coordinación regional."
    ),
    "server_has_all": N_(
        "En la última sincronización la región ya tenía todo lo de este equipo. Avise a la "
        "coordinación regional."
    ),
    "batches_waiting": N_(
        "Paquetes que esperan un paquete anterior: {count}. Se abren solos cuando ese llegue."
    ),
    "history_behind": N_("Historial anterior: {count} %. Llega poco a poco; puede trabajar."),
    "snapshot_awaited": N_(
        "Datos del inicio rápido cuyo paquete todavía no llegó: {count}. Puede trabajar; los envía "
        "otro equipo, no este."
    ),
    "snapshot_unproven": N_(
        "Datos del inicio rápido que el registro no confirma: {count}. Avise a su coordinación."
    ),
    "snapshot_false": N_(
        "El inicio rápido de este equipo era falso (datos: {count}). Con el registro completo ya "
        "se corrigió. Avise a su coordinación: lo hizo otro equipo del centro."
    ),
    "attachments_no_room": N_(
        "Adjuntos para los que la región no tiene espacio: {count}. Quedan aquí; avise a su "
        "coordinación."
    ),
    "attachments_refused": N_(
        "Adjuntos que la región no acepta: {count}. Quedan en este equipo; avise a su coordinación."
    ),
}
