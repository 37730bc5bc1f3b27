"""What to do about what could not be sent or used, and about what batches prove, in Spanish.

A reason says what happened (:data:`app.services.messages.SENTENCES`); here stands what follows from
it for people. The procedures are those of ``docs/operator.md``, for who runs the server: whoever
works at a laptop says the name of one when telling the region, and needs nothing else of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.marks import N_

__all__ = [
    "ADVICE_SENTENCES",
    "PROCEDURES",
    "Advice",
    "fact_procedure",
    "refusal_advice",
    "told_procedure",
]

ADVICE_SENTENCES: Final[Mapping[str, str]] = {
    "refusal_gone": N_("Ese paquete ya no está apartado: se pudo usar. No hay nada que imprimir."),
    "refusal_not_kept": N_("De ese paquete no se guardaron los bytes: no hay nada que exportar."),
}

PROCEDURES: Final[Mapping[int, str]] = {
    1: N_("Laptop copiada"),
    2: N_("Copia de seguridad restaurada"),
    3: N_("Servidor restaurado"),
    4: N_("Paquete que falta"),
    5: N_("Dos servidores"),
    6: N_("Base de datos dañada"),
    7: N_("Laptop perdida"),
    8: N_("Recuperar de una copia"),
}
"""The named procedures of the operator's manual, by number."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about something: a message id, and the number of the procedure that whoever is
    told of it needs."""

    what_to_do: str
    procedure: int | None = None


_ASK: Final = N_("Imprima o exporte este paquete y avise a su coordinación.")

_AGAIN: Final = Advice(
    N_(
        "Pase la memoria USB otra vez por el equipo de donde vino, que lo escribe de nuevo, y "
        "después por este. Cuando llega entero, este aviso se quita solo."
    )
)

_FACTS: Final[Mapping[str, int]] = {
    "laptops_copied": 1,
    "case_numbers_twice": 1,
    "folder_moved": 1,
    "put_back_or_copied": 1,
    "backup_restored": 2,
    "made_of_backup": 8,
    "end_lost": 2,
    "other_history_seen": 3,
    "log_short": 3,
    "receipt_broken": 3,
    "batches_missing": 4,
    "two_servers": 5,
    "audit_contradicted": 1,
}

_BY_SERVER: Final[Mapping[str, Advice]] = {
    "batch_unknown_device": Advice(
        N_("La región no conoce el equipo que lo escribió. La coordinación debe incorporarlo."), 3
    ),
    "batch_unknown_version": Advice(
        N_("El programa de la región es anterior: avise a su coordinación para que lo actualice.")
    ),
    "batch_over_limit": Advice(_ASK),
    "batch_altered": Advice(_ASK, 6),
    "batch_malformed": Advice(_ASK, 6),
}

_HERE: Final[Mapping[str, Advice]] = {
    "batch_unknown_device": Advice(
        N_("Sincronice: cuando la coordinación incorpore ese equipo, se abre solo.")
    ),
    "batch_unknown_key": Advice(
        N_("Sincronice: cuando llegue la llave se abre solo. Si sigue aquí, avise.")
    ),
    "batch_revoked_device": Advice(
        N_("Si ese equipo lo envió antes a la región, se abre solo al sincronizar. Si no, avise."),
        7,
    ),
    "batch_unknown_version": Advice(N_("Actualice el programa de este equipo: se abrirá solo.")),
    "batch_awaits_earlier": Advice(
        N_("No hay que hacer nada: se abre solo cuando llegue el paquete anterior.")
    ),
    "batch_over_limit": Advice(
        N_(
            "Si vino en una memoria USB, pásela otra vez por el equipo que lo escribió y después "
            "por este. Si sigue igual, imprima esta hoja y avise a su coordinación."
        )
    ),
    "batch_wrong_centre": Advice(
        N_(
            "Si vino en una memoria USB, no hay que hacer nada: es para otro centro. Si vino de la "
            "región, avise a su coordinación."
        )
    ),
    "batch_unusable": Advice(N_("Una versión nueva del programa podrá usarlo. Avise a soporte.")),
    "batch_truncated": _AGAIN,
    "batch_altered": _AGAIN,
    "change_too_large": Advice(
        N_(
            "Imprima o guarde esta hoja. Después escriba en su ficha un valor más corto: ese sí se "
            "envía. Y avise a soporte."
        )
    ),
    "change_replaced": Advice(
        N_(
            "Ya se escribió otro valor en su lugar, que sí se envía. Este queda en el historial de "
            "este equipo: no hay que hacer nada más."
        )
    ),
    "batch_malformed": Advice(
        N_(
            "No se reconoce como de Qispi: no hay que hacer nada. Si echa de menos algo de otro "
            "equipo del centro, pase la memoria USB por ese equipo y después por este."
        )
    ),
}

_TOLD: Final = frozenset({1, 3, 5, 6, 7})
"""Those for which the sentences say whom to tell; what the others ask, they say themselves."""


def fact_procedure(message_id: str) -> int | None:
    """Return the number of the procedure for a fact of the page *Sincronización*, or None when
    there is nothing to be done about it."""
    return _FACTS.get(message_id)


def told_procedure(message_id: str) -> int | None:
    """Return the number of the procedure whose name one says when telling of a fact; None when
    nobody needs to be told."""
    number = fact_procedure(message_id)
    return number if number in _TOLD else None


def refusal_advice(reason: str, *, by_server: bool) -> Advice:
    """Return what to do about a batch that was refused for a reason."""
    return (_BY_SERVER if by_server else _HERE).get(reason, Advice(_ASK))
