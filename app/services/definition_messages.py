"""The Spanish sentences of definition packs: why one is not used, or not signed.

Each says what is wrong with the pack; nothing that was installed before is touched by any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["DEFINITION_SENTENCES"]

DEFINITION_SENTENCES: Final[Mapping[str, str]] = {
    "definitions_no_manifest": N_("Esta carpeta no es un paquete: le falta manifest.yaml."),
    "definitions_unsigned": N_("El paquete no está firmado. No se usa."),
    "definitions_key_unknown": N_(
        "El paquete lo firmó una llave que no es la de su región. No se usa."
    ),
    "definitions_signature_wrong": N_(
        "La firma no corresponde: el manifiesto se cambió después de firmarlo. No se usa."
    ),
    "definitions_manifest_wrong": N_("El manifiesto del paquete no es válido ({what}). No se usa."),
    "definitions_format_newer": N_(
        "El paquete es de un formato más nuevo. Actualice primero el programa."
    ),
    "definitions_program_old": N_(
        "El paquete pide la versión {version} del programa, o una más nueva. Actualícelo primero."
    ),
    "definitions_version_old": N_(
        "El paquete {version} es más antiguo que el instalado ({installed}). No se usa."
    ),
    "definitions_version_changed": N_(
        "El paquete dice ser la versión {version}, que ya está instalada con otro contenido. No se "
        "usa."
    ),
    "definitions_path_wrong": N_("El paquete nombra un archivo fuera de lugar: {file}. No se usa."),
    "definitions_not_plain": N_(
        "En el paquete hay un enlace o algo que no es un archivo: {file}. No se usa."
    ),
    "definitions_too_large": N_("El paquete es demasiado grande. No se usa."),
    "definitions_unreadable": N_("El paquete no se pudo leer entero. No se usa."),
    "definitions_file_missing": N_("Al paquete le falta un archivo: {file}. No se usa."),
    "definitions_file_extra": N_("En el paquete sobra un archivo: {file}. No se usa."),
    "definitions_file_differs": N_(
        "Un archivo del paquete no es el que se firmó: {file}. No se usa."
    ),
    "definitions_number_reused": N_(
        "El paquete quita o cambia el número de un campo: {field}. Los números solo se agregan."
    ),
    "definitions_meaning_changed": N_(
        "El paquete cambia qué guarda un campo: {field}. Lo ya guardado no se podría leer."
    ),
    "definitions_code_gone": N_(
        "El paquete quita un código: {code}. Un código se cierra con fecha, no se quita."
    ),
    "definitions_code_reused": N_(
        "El paquete da otro sentido a un código: {code}. Los códigos solo se agregan."
    ),
    "definitions_trust_wrong": N_("Ese archivo no es la llave pública de una región."),
    "definitions_no_trust": N_(
        "Este equipo todavía no es de un centro. Indique la llave de la región con --trust."
    ),
    "definitions_not_written": N_("No se pudo escribir en esa carpeta. No se firmó nada."),
}
