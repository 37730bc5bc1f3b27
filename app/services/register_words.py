"""The acts of the audit in words, and why an entry does not hold. What else an entry says:
:mod:`app.services.register_details`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["ACTIONS", "REASONS", "UNKNOWN", "who_said"]

UNKNOWN: Final = N_("No se sabe quién")
"""Of what was done before somebody said who she is."""

ACTIONS: Final[Mapping[str, str]] = {
    # A case.
    "view": N_("Abrió el expediente"),
    "edit": N_("Escribió"),
    "settle": N_("Eligió entre dos datos"),
    "unsettle": N_("Deshizo una elección"),
    "attach": N_("Adjuntó un archivo"),
    "view_attachment": N_("Vio un archivo"),
    "print": N_("Imprimió"),
    "pdf": N_("Guardó un PDF"),
    "print_again": N_("Imprimió otra vez"),
    "pdf_again": N_("Guardó otra vez un PDF"),
    "slip": N_("Buscó un talón"),
    "access": N_("Abrió con un motivo"),
    "refused": N_("Se le negó"),
    # The work of the centre.
    "search_people": N_("Buscó a una persona"),
    "search_cases": N_("Buscó en la lista de casos"),
    "export": N_("Exportó datos"),
    "import": N_("Importó datos"),
    "remove_dataset": N_("Borró datos importados"),
    "print_refused": N_("Sacó un paquete que no se pudo usar"),
    "view_conflicts": N_("Leyó los datos por revisar"),
    "read_audit": N_("Leyó el registro"),
    "export_audit": N_("Exportó el registro"),
    # Who enters, keys, machines.
    "unlock": N_("Entró a este equipo"),
    "unlock_failed": N_("Intentos fallidos de entrar"),
    "enrolled": N_("Incorporó este equipo"),
    "device_granted": N_("Incorporó otro equipo"),
    "device_revoked": N_("Dio de baja un equipo"),
    "person_added": N_("Dio entrada a una persona"),
    "person_left": N_("Dio de baja a una persona"),
    "person_removed": N_("Quitó a una persona de este equipo"),
    "person_not_added": N_("No terminó de dar entrada a una persona"),
    "roles_changed": N_("Cambió los roles de una persona"),
    "roles_reviewed": N_("Revisó los roles del centro"),
    "words_given": N_("Dio palabras nuevas a una persona"),
    "words_not_given": N_("No terminó de dar palabras nuevas"),
    "words_chosen": N_("Cambió sus palabras"),
    "lost_report": N_("Sacó el informe de un equipo perdido"),
    "keys_presented": N_("Empezó a anotar las llaves"),
    "key_of_copy": N_("Entró a una copia de antes de sus palabras"),
    "key_renewed": N_("Se cambió la llave del equipo"),
    "epoch_renewed": N_("Se cambió la clave del centro"),
    "sheets_drawn": N_("Hizo hojas de recuperación"),
    "sheets_read_back": N_("Comprobó una hoja de recuperación"),
    "sheets_adopted": N_("Puso en uso las hojas de recuperación"),
    "sheets_drill": N_("Hizo el ensayo de las hojas"),
    "sheets_custody": N_("Anotó quién guarda las hojas"),
    "sheets_opened": N_("Entró con hojas de recuperación"),
    "sheets_made": N_("Terminó hojas de recuperación"),
    "sheets_given_up": N_("Dejó de lado hojas de recuperación"),
    "panic_key_on": N_("Activó la tecla que cierra el equipo"),
    "panic_key_off": N_("Desactivó la tecla que cierra el equipo"),
    "left_to_sheets": N_("Cerró el equipo hasta que lleguen las hojas"),
    "backup_made": N_("Hizo una copia de seguridad"),
    "backup_tried": N_("Probó una copia de seguridad"),
    "warning_answered": N_("Contestó un aviso"),
    # What the program found.
    "fork_seen": N_("Vio una laptop copiada"),
    "put_back_or_copied": N_("Este equipo volvió atrás o está copiado"),
    "other_history_seen": N_("Vio otra historia de la región"),
    "log_short_seen": N_("La región mostró menos que antes"),
    "two_servers_seen": N_("Vio dos registros de la región"),
    "gap_seen": N_("Vio que faltan paquetes"),
    "receipt_broken": N_("La región no cumplió un recibo"),
    "audit_contradicted": N_("El registro de un equipo no coincide"),
    "backup_restored": N_("Se puso una copia de respaldo"),
    "end_lost": N_("Faltaban los últimos registros"),
    "made_of_backup": N_("Este equipo se hizo de una copia"),
    "folder_moved": N_("La carpeta viene de otro equipo"),
    "batches_regained": N_("Se recuperaron paquetes"),
    "database_rebuilt": N_("Se hizo de nuevo la base de datos"),
}
"""The words of every action; one that a later version wrote shows as it is."""

REASONS: Final[Mapping[str, str]] = {
    "altered": N_("fue cambiada, quitada o puesta después"),
    "signature": N_("no la firmó quien dice"),
    "signer": N_("la firma una llave que no es de esa persona"),
}
"""Why an entry does not hold, by :attr:`app.services.audit_ports.BrokenAudit.why`."""


def who_said(who: str, say: Callable[[str], str]) -> str:
    """Return who did something, in a language: a name as it is."""
    return say(who) if who == UNKNOWN else who
