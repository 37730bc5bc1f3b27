"""The Spanish words for a file from outside: why it was not opened, what is safe, what to do; and
what a person should know of one that was kept.

A reader apart (:mod:`app.apart`) gives one refusal, ``file_not_shown``, with a reason; here is a
sentence for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["FILE_NOT_SHOWN", "FILE_REASONS", "FILE_SENTENCES", "file_sentence"]

FILE_NOT_SHOWN: Final = N_("No se pudo abrir el archivo. Sus datos están a salvo.")
"""For a reason that this version does not know."""

_TRY_AGAIN: Final = N_(
    "No se pudo abrir el archivo. Sus datos están a salvo. Intente de nuevo; si se repite, avise "
    "a su coordinación."
)
_TOO_MUCH: Final = N_(
    "No se pudo abrir el archivo: pide más de lo que un archivo normal necesita, y puede estar "
    "hecho para dañar. Sus datos están a salvo. Pida el papel de otra forma."
)
_NOT_AS_IT_SHOULD: Final = N_(
    "No se pudo abrir el archivo: está incompleto o dañado. Sus datos están a salvo. Pídalo de "
    "nuevo a quien lo envió."
)

FILE_REASONS: Final[Mapping[str, str]] = {
    "wrong_type": N_(
        "No se pudo abrir el archivo: no es una foto JPEG o PNG ni un PDF, aunque su nombre lo "
        "diga."
    ),
    "damaged": _NOT_AS_IT_SHOULD,
    "locked": N_(
        "No se pudo abrir el archivo: este PDF pide una contraseña. Pida una copia sin ella."
    ),
    "no_such_page": N_("No se pudo abrir el archivo: no tiene esa página."),
    "too_many_pages": N_(
        "No se pudo abrir el archivo: el PDF tiene demasiadas páginas. Adjunte solo las que hacen "
        "falta."
    ),
    "too_many_pixels": N_(
        "No se pudo abrir el archivo: la imagen es demasiado grande. Tome la foto con menos "
        "resolución."
    ),
    "spreadsheet": N_(
        "No se pudo abrir el archivo: es una hoja de cálculo o está comprimido. Guárdelo como CSV "
        "UTF-8, separado por comas."
    ),
    "not_text": N_(
        "No se pudo abrir el archivo: no es texto UTF-8. Guárdelo como CSV UTF-8, separado por "
        "comas."
    ),
    "no_header": N_("No se pudo abrir el archivo: su primera línea no dice las columnas."),
    "too_large": N_("No se pudo abrir el archivo: es demasiado grande."),
    "too_long": _TOO_MUCH,
    "too_much_memory": _TOO_MUCH,
    "too_much_answer": _TOO_MUCH,
    "not_started": _TRY_AGAIN,
    "crashed": _TOO_MUCH,
    "rubbish": _TRY_AGAIN,
}

FILE_SENTENCES: Final[Mapping[str, str]] = {
    "file_not_shown": FILE_NOT_SHOWN,
    "chosen_too_large": N_(
        "Ese archivo es más grande que cualquiera de los que se esperan aquí ({limit} KB). No se "
        "leyó ni se cambió nada. Revise que sea el archivo correcto."
    ),
    "chosen_not_plain": N_(
        "Eso no es un archivo. No se leyó ni se cambió nada. Elija un archivo guardado en el "
        "equipo o en una memoria."
    ),
    "chosen_unreadable": N_(
        "El archivo no se pudo leer. Si está en una memoria USB o un celular, vuelva a conectarlo."
    ),
    "attachment_empty": N_("El archivo está vacío. No se adjuntó nada."),
    "attachment_too_large": N_(
        "El archivo es muy grande: caben {limit} MB. Tome la foto con menor calidad, o escanee "
        "menos hojas."
    ),
    "attachment_wrong_type": N_(
        "No es una foto (JPEG o PNG) ni un PDF. No se adjuntó nada. Tome una foto del papel."
    ),
    "attachment_too_many": N_("Este caso ya tiene {limit} adjuntos: no caben más."),
    "attachment_unreadable": N_(
        "El archivo no se pudo leer. Si está en una memoria USB o un celular, vuelva a conectarlo."
    ),
    "attachment_not_here": N_(
        "Este equipo sabe del adjunto y todavía no lo tiene: está en el equipo donde se adjuntó."
    ),
    "attachment_altered": N_(
        "El adjunto guardado está dañado. Avise a su coordinación y adjúntelo de nuevo."
    ),
    "attachment_pdf_words": N_(
        "El PDF se guardó tal como vino, y puede decir por dentro quién lo hizo y cuándo."
    ),
    "attachment_pdf_files": N_("Trae otros archivos por dentro: aquí no se abren."),
    "attachment_pdf_script": N_("Trae órdenes por dentro: aquí no se ejecutan."),
}


def file_sentence(parameters: Mapping[str, str | int], translate: Callable[[str], str]) -> str:
    """Return the sentence of ``file_not_shown`` in the language of ``translate``."""
    return translate(FILE_REASONS.get(str(parameters.get("reason", "")), FILE_NOT_SHOWN))
