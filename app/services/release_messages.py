"""The Spanish sentences of a new version of the program: why it is not installed.

Each says what is wrong with what was brought; the version that is installed goes on working.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["RELEASE_SENTENCES"]

RELEASE_SENTENCES: Final[Mapping[str, str]] = {
    "release_no_manifest": N_(
        "Esta carpeta no es una versión de Qispi: le falta su manifiesto. No se instala."
    ),
    "release_unsigned": N_("La versión no está firmada, o su firma no se lee. No se instala."),
    "release_key_unknown": N_("La firmó una llave que este equipo no conoce. No se instala."),
    "release_keys_unproven": N_(
        "La versión trae llaves nuevas que las de ahora no confirman ({count} de {needed}). No se "
        "instala."
    ),
    "release_signatures_few": N_(
        "Le faltan firmas: hay {count} y se necesitan {needed}. No se instala."
    ),
    "release_signature_repeated": N_("La misma firma está dos veces. No se instala."),
    "release_signature_wrong": N_(
        "Una firma no corresponde: la versión se cambió después de firmarla. No se instala."
    ),
    "release_manifest_wrong": N_("El manifiesto no es válido ({what}). No se instala."),
    "release_format_newer": N_(
        "La versión es de un formato que este programa no conoce. Instale antes una anterior."
    ),
    "release_platform_other": N_("Esta versión es para otro sistema ({platform}). No se instala."),
    "release_sequence_old": N_(
        "Esta versión (N.º {sequence}) no es más nueva que la instalada (N.º {installed}). No se "
        "instala."
    ),
    "release_path_wrong": N_("Nombra un archivo fuera de lugar: {file}. No se instala."),
    "release_not_plain": N_("Hay un enlace o algo que no es un archivo: {file}. No se instala."),
    "release_too_large": N_("Tiene más de {limit} archivos, o pesa demasiado. No se instala."),
    "release_unreadable": N_("No se pudo leer entera. Copie la carpeta otra vez. No se instala."),
    "release_file_missing": N_("Le falta un archivo: {file}. No se instala."),
    "release_file_extra": N_("Sobra un archivo que nadie firmó: {file}. No se instala."),
    "release_file_differs": N_("Un archivo no es el que se firmó: {file}. No se instala."),
}
