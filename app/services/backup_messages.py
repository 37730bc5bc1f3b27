"""The sentences of backups: what happened to the stick, what is safe, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["BACKUP_SENTENCES"]

BACKUP_SENTENCES: Final[Mapping[str, str]] = {
    "backup_not_here": N_("Aquí no hay nada de qué hacer una copia."),
    "backup_stick_gone": N_(
        "La memoria ya no está o no responde: esta copia no quedó hecha. En este equipo y en las "
        "copias anteriores no cambió nada. Colóquela y empiece de nuevo."
    ),
    "backup_stick_full": N_(
        "La memoria se llenó: esta copia no quedó hecha. Las copias anteriores siguen en ella. "
        "Libere espacio, o use otra memoria."
    ),
    "backup_no_room": N_(
        "En la memoria no cabe la copia: hacen falta {needed} MiB y hay {free} libres. No se borró "
        "ninguna copia anterior. Libere espacio, o use otra memoria."
    ),
    "backup_stick_read_only": N_(
        "No se puede escribir en la memoria: esta copia no quedó hecha. Quite el seguro, o use "
        "otra memoria."
    ),
    "backup_stick_bad": N_(
        "La memoria devuelve otra cosa de lo que se escribió en ella: está fallando, y esta copia "
        "no quedó hecha. Use otra memoria."
    ),
    "backup_interrupted": N_(
        "Este equipo se cerró o cambió de llave mientras se copiaba: esta copia no quedó hecha. "
        "Empiece de nuevo."
    ),
    "backup_cancelled": N_(
        "Se detuvo: esta copia no quedó hecha. Las copias anteriores siguen en la memoria."
    ),
    "trial_cancelled": N_("Se detuvo antes de terminar. No se cambió nada."),
    "backup_none": N_(
        "Ahí no hay ninguna copia de Qispi. Elija la memoria, o la carpeta que empieza con "
        "«respaldo-»."
    ),
    "backup_unfinished": N_(
        "La copia que hay ahí no se terminó de escribir: se sacó la memoria o se apagó el equipo "
        "antes. No sirve; use otra copia."
    ),
    "backup_damaged": N_(
        "La copia está dañada: el archivo {file} no es el que se escribió. No se cambió nada. Use "
        "otra copia, más antigua o de otra memoria."
    ),
    "backup_altered": N_(
        "La copia no es la que Qispi escribió: está dañada, o alguien la cambió o juntó archivos "
        "de dos copias. No se cambió nada. Use otra copia, y avise a la coordinación regional."
    ),
    "restore_no_room": N_(
        "En este equipo no cabe: hacen falta {needed} MiB y hay {free} libres. No se cambió nada. "
        "Libere espacio en el disco."
    ),
    "restore_incomplete": N_("Elija la memoria con la copia y escriba sus palabras."),
    "trial_incomplete": N_("Escriba primero sus palabras, las de cuando se hizo la copia."),
    "joins_anew_not_needed": N_(
        "Este equipo ya es del centro y no se hizo de una copia: no hace falta incorporarlo de "
        "nuevo."
    ),
}
