"""The sentences for files that are damaged: what happened, what is safe, which procedure helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["RECOVERY_SENTENCES"]

RECOVERY_SENTENCES: Final[Mapping[str, str]] = {
    "file_damaged": N_(
        "Un archivo de este equipo está dañado. No se borró nada. No registre más aquí: cierre "
        "Qispi y avise a su coordinación. La base de datos se rehace con lo guardado a su lado: el "
        "procedimiento es «Base de datos dañada» (qispi doctor --rebuild-from-batches)."
    ),
    "database_damaged": N_(
        "La base de datos de este equipo está dañada y no se abrió. No se borró nada: se rehace "
        "con lo guardado a su lado. Avise a su coordinación: el procedimiento es «Base de datos "
        "dañada» (qispi doctor --rebuild-from-batches)."
    ),
    "rebuild_without_keys": N_(
        "No se pudo rehacer: no se leen ni la base de datos ni la copia de las llaves de este "
        "equipo. No se cambió nada. Guarde la carpeta y una este equipo de nuevo a su centro, con "
        "otra carpeta."
    ),
}
