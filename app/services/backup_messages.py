"""The sentences of backups: what happened to the stick, what is safe, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from app.domain.errors import DomainError, QispiError
from app.domain.marks import N_

if TYPE_CHECKING:
    from app.services.backup_ports import PassedOver, TriedBackup

__all__ = [
    "AGREES_TO_OLDER",
    "ASKS_FIRST",
    "BACKUP_SENTENCES",
    "TYPED_WRONG",
    "beside_untried",
    "passed_over_refusal",
    "passed_over_sentence",
    "passed_over_words",
    "unfinished_words",
    "untried_words",
]

ASKS_FIRST: Final = "restore_passes_over"
"""What asks whether a backup shall be restored though others are passed over."""
AGREES_TO_OLDER: Final = N_("Recuperar esa copia")
"""What the button says that agrees to it, and nothing else does: whoever tries her words again, as
they stand, only tries her words."""
TYPED_WRONG: Final = frozenset(
    {"passphrase_wrong", "sheets_of_another", "sheets_apart", "sheets_same"}
)
"""What says that what was typed opens nothing; of backups it may open one that was not tried."""

_UNOPENED: Final = "backup_unopened"
_PASSED_OVER: Final[Mapping[str, str]] = {
    "backup_altered": N_(
        "Se dejó de lado una copia que dice ser más nueva y no es la que Qispi escribió: "
        "{names}. Está dañada, o alguien la cambió: no la borre, y avise a la coordinación "
        "regional."
    ),
    "file_newer": N_(
        "Hay además una copia que este programa no puede leer, porque se hizo con uno más nuevo: "
        "{names}. Para abrirla, actualice el programa."
    ),
    "backup_damaged": N_(
        "Hay además una copia dañada, que no se puede leer y puede ser la más nueva: {names}. Si "
        "tiene otra memoria con copias, pruebe antes con ella."
    ),
    "not_enough_memory": N_(
        "Se dejó de lado una copia que dice ser más nueva: {names}. A esta computadora no le "
        "alcanza la memoria libre para abrirla: cierre otros programas y elija otra vez la memoria "
        "con las copias. Si sigue igual, alguien pudo cambiarla: no la borre, y avise a la "
        "coordinación regional."
    ),
    _UNOPENED: N_(
        "Se dejó de lado una copia que dice ser más nueva y no se abre con lo que usted "
        "escribió: {names}. Puede ser de otras palabras u hojas, o alguien la cambió."
    ),
}
"""What is said of the backups that were passed over, by the reason; of any other the last."""

_UNTRIED: Final = N_(
    "También puede ser que lo que escribió esté bien y sea de otra copia, que no se pudo probar."
)

_UNFINISHED: Final = N_(
    "Lo que quedó a medio hacer en esa memoria y no se pudo quitar ({names}) no sirve ni cuenta "
    "como copia, y no daña a las otras. Si la memoria falla otra vez, use otra."
)

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
        "En la memoria no cabe la copia: hacen falta {needed} MB y hay {free} MB libres. No se "
        "borró ninguna copia anterior. Libere espacio, o use otra memoria."
    ),
    "backup_no_room_beside": N_(
        "En la memoria no cabe la copia: hacen falta {needed} MB y hay {free} MB libres. No se "
        "borró ninguna copia anterior. Ahí queda una copia a medio hacer, que no sirve y no se "
        "pudo quitar: {names}. Use otra memoria."
    ),
    "backup_stick_read_only": N_(
        "No se puede escribir en la memoria: esta copia no quedó hecha. Quite el seguro, o use "
        "otra memoria."
    ),
    "backup_stick_bad": N_(
        "La memoria no devuelve lo que se escribió en ella: está fallando, y esta copia no quedó "
        "hecha. Use otra memoria."
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
        "La copia está dañada: el archivo {file} no es el que se escribió, o no se puede leer. No "
        "se cambió nada. Use otra copia, más antigua o de otra memoria."
    ),
    "backup_altered": N_(
        "La copia no es la que Qispi escribió: está dañada, o alguien la cambió o juntó archivos "
        "de dos copias. No se cambió nada. Use otra copia, y avise a la coordinación regional."
    ),
    "backup_damaged_beside_older": N_(
        "La copia {name} está dañada: el archivo {file} no es el que se escribió, o no se puede "
        "leer. No se cambió nada. Si tiene otra memoria con copias, mire la fecha en el nombre de "
        "cada carpeta y use la más reciente; si no, elija en esta la carpeta de una más antigua: "
        "{names}."
    ),
    "backup_altered_beside_older": N_(
        "La copia {name} no es la que Qispi escribió: está dañada, o alguien la cambió o juntó "
        "archivos de dos copias. No se cambió nada. No la borre, y avise a la coordinación "
        "regional. Si tiene otra memoria con copias, mire la fecha en el nombre de cada carpeta y "
        "use la más reciente; si no, elija en esta la carpeta de una más antigua: {names}."
    ),
    "restore_too_many": N_(
        "Lo que usted escribió no abre ninguna de las copias que se probaron, y ahí hay "
        "demasiadas para probarlas todas. No se cambió nada. Revise lo que escribió, o elija en la "
        "memoria la carpeta «respaldo-…» de su equipo."
    ),
    "restore_stick_gone": N_(
        "La memoria ya no está, o no se puede leer. No se cambió nada. Colóquela otra vez y "
        "elíjala de nuevo."
    ),
    "restore_no_memory": N_(
        "A esta computadora no le alcanza la memoria libre para abrir esta copia. No se cambió "
        "nada. Cierre otros programas y empiece otra vez. Si sigue igual, alguien pudo cambiarla: "
        "no la borre, y avise a la coordinación regional."
    ),
    "restore_no_room": N_(
        "En este equipo no cabe: hacen falta {needed} MB y hay {free} MB libres. No se cambió "
        "nada. Libere espacio en el disco."
    ),
    ASKS_FIRST: N_(
        "Lo que se puede recuperar es {name}, con {changes} cambios. Todavía no se cambió nada. "
        "Si es la que quiere, pulse «Recuperar esa copia»."
    ),
    "restore_incomplete": N_("Elija la memoria con la copia y escriba sus palabras."),
    "trial_incomplete": N_("Escriba primero sus palabras, las de cuando se hizo la copia."),
    "joins_anew_not_needed": N_(
        "Este equipo ya es del centro y no se hizo de una copia: no hace falta incorporarlo de "
        "nuevo."
    ),
}


def passed_over_words(
    passed_over: Iterable[PassedOver], translate: Callable[[str], str]
) -> tuple[str, ...]:
    """Return a sentence for each reason for which backups were passed over, with their names, in
    the language of ``translate``."""
    return _said(_by_reason(passed_over), translate)


def unfinished_words(names: Iterable[str], translate: Callable[[str], str]) -> str:
    """Return what is said of the backups that were cut off and cannot be taken away, in the
    language of ``translate``; empty where there are none."""
    said = ", ".join(names)
    return translate(_UNFINISHED).format(names=said) if said else ""


def passed_over_refusal(about: TriedBackup) -> DomainError:
    """Return what asks whether a backup shall be restored though others are passed over."""
    names = _by_reason(about.passed_over)
    return DomainError(ASKS_FIRST, name=about.name, changes=about.changes, **names)


def passed_over_sentence(
    parameters: Mapping[str, str | int], translate: Callable[[str], str]
) -> str:
    """Return the sentence of :data:`ASKS_FIRST` in the language of ``translate``."""
    asked = translate(BACKUP_SENTENCES[ASKS_FIRST]).format(**parameters)
    return " ".join((*_said(parameters, translate), asked))


def beside_untried(refusal: QispiError, untried: Iterable[PassedOver]) -> DomainError:
    """Return a refusal of what was typed that says, besides, which backups were not tried: it may
    be right for one of them."""
    return DomainError(refusal.message_id, **refusal.parameters, **_by_reason(untried))


def untried_words(
    parameters: Mapping[str, str | int], translate: Callable[[str], str]
) -> tuple[str, ...]:
    """Return what is said behind a refusal of what was typed, in the language of ``translate``;
    nothing where every backup was tried."""
    said = _said(parameters, translate)
    return (translate(_UNTRIED), *said) if said else ()


def _by_reason(passed_over: Iterable[PassedOver]) -> dict[str, str]:
    names: dict[str, str] = {}
    for one in passed_over:
        reason = one.reason if one.reason in _PASSED_OVER else _UNOPENED
        names[reason] = f"{names[reason]}, {one.name}" if reason in names else one.name
    return names


def _said(names: Mapping[str, str | int], translate: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(
        translate(words).format(names=names[reason])
        for reason, words in _PASSED_OVER.items()
        if reason in names
    )
