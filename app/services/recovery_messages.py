"""The sentences for files that are damaged: what happened, what is safe, which procedure helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["RECOVERY_SENTENCES"]

RECOVERY_SENTENCES: Final[Mapping[str, str]] = {
    "file_damaged": N_(
        "El archivo está dañado y no se abrió. No se cambió nada. Avise a su coordinación: los "
        "datos sincronizados se pueden recuperar."
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
