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
    "damaged_left": N_(
        "En este equipo queda una base de datos dañada, de antes de que se cambiara la llave. "
        "Quien tuvo palabras de entonces todavía podría leerla. Si no falta nada, que se borren "
        "los archivos datos.db.danado: es el paso 8 del procedimiento «Base de datos dañada»."
    ),
    "sheet_proof_wrong": N_(
        "Hoja {sheet}, fila {row}: lo escrito no coincide. Léala otra vez del papel. Mientras "
        "tanto no cambió nada."
    ),
    "sheet_proof_other": N_(
        "Eso no es la fila {row} de la hoja {sheet} que se acaba de imprimir. Mire que tiene en la "
        "mano la hoja {sheet} del juego nuevo."
    ),
    "sheets_not_here": N_("Aquí no hay llaves que guardar en hojas: es una práctica."),
    "vault_by_sheets": N_(
        "Este equipo está cerrado: ningunas palabras lo abren. Se abre con dos hojas de "
        "recuperación. No se borró nada."
    ),
    "panic_key_off": N_("Esa tecla no está activada en este equipo. Solo sale rápido."),
    "sheets_none": N_("Este equipo todavía no tiene hojas de recuperación."),
    "sheets_first_format": N_(
        "Este equipo guarda sus llaves como las versiones anteriores, y esas no tienen hojas de "
        "recuperación. Al abrirlo una vez con sus palabras se pasan a la forma nueva."
    ),
    "sheets_not_root": N_(
        "Esas hojas son de un equipo, y no de la llave de una región. No se cambió nada."
    ),
    "sheets_missing_due": N_(
        "Este equipo todavía no tiene hojas de recuperación: si todas olvidan sus palabras, no se "
        "abre más."
    ),
    "sheets_used_due": N_(
        "Este equipo se abrió con las hojas de recuperación. Haga un juego nuevo: las que salieron "
        "de sus sobres ya no están guardadas."
    ),
    "sheets_drill_due": N_(
        "Hace más de un año que nadie comprueba las hojas de recuperación. Toca el ensayo: dura "
        "diez minutos."
    ),
}
