"""The Spanish words for a file from outside that was not shown: why, what is safe, what to do.

A reader apart (:mod:`app.apart`) gives one refusal, ``file_not_shown``, with a reason; here is a
sentence for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

__all__ = ["FILE_NOT_SHOWN", "FILE_REASONS", "file_sentence"]

FILE_NOT_SHOWN: Final = "No se pudo mostrar el archivo. Sus datos están a salvo."
"""For a reason that this version does not know."""

_TRY_AGAIN: Final = (
    "No se pudo mostrar el archivo. Sus datos están a salvo. Intente de nuevo; si se repite, avise "
    "a su coordinación."
)
_TOO_MUCH: Final = (
    "No se pudo mostrar el archivo: pide más de lo que un archivo normal necesita, y puede estar "
    "hecho para dañar. Sus datos están a salvo. Pida el papel de otra forma."
)
_NOT_AS_IT_SHOULD: Final = (
    "No se pudo mostrar el archivo: está incompleto o dañado. Sus datos están a salvo. Pídalo de "
    "nuevo a quien lo envió."
)

FILE_REASONS: Final[Mapping[str, str]] = {
    "wrong_type": (
        "No se pudo mostrar el archivo: no es una foto JPEG o PNG ni un PDF, aunque su nombre lo "
        "diga."
    ),
    "damaged": _NOT_AS_IT_SHOULD,
    "locked": (
        "No se pudo mostrar el archivo: este PDF pide una contraseña. Pida una copia sin ella."
    ),
    "no_such_page": "No se pudo mostrar el archivo: no tiene esa página.",
    "too_many_pixels": (
        "No se pudo mostrar el archivo: la imagen es demasiado grande. Tome la foto con menos "
        "resolución."
    ),
    "spreadsheet": (
        "No se pudo mostrar el archivo: es una hoja de cálculo o está comprimido. Guárdelo como "
        "CSV UTF-8, separado por comas."
    ),
    "not_text": (
        "No se pudo mostrar el archivo: no es texto UTF-8. Guárdelo como CSV UTF-8, separado por "
        "comas."
    ),
    "no_header": "No se pudo mostrar el archivo: su primera línea no dice las columnas.",
    "too_large": "No se pudo mostrar el archivo: es demasiado grande.",
    "too_long": _TOO_MUCH,
    "too_much_memory": _TOO_MUCH,
    "too_much_answer": _TOO_MUCH,
    "not_started": _TRY_AGAIN,
    "crashed": _TOO_MUCH,
    "rubbish": _TRY_AGAIN,
}


def file_sentence(parameters: Mapping[str, str | int], translate: Callable[[str], str]) -> str:
    """Return the sentence of ``file_not_shown`` in the language of ``translate``."""
    return translate(FILE_REASONS.get(str(parameters.get("reason", "")), FILE_NOT_SHOWN))
