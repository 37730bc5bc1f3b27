"""The Spanish sentences about what is closed to somebody: what, why, and what she can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["ACCESS_SENTENCES", "access_sentence"]

ACCESS_SENTENCES: Final[Mapping[str, str]] = {
    "access_nobody": N_("Nadie ha entrado todavía. Entre con sus palabras y vuelva a probar."),
    "access_role": N_(
        "«{what}» no corresponde a su servicio, y no se hizo nada. Lo puede hacer: {who}."
    ),
    "access_left": N_(
        "En su centro consta que usted ya no trabaja en él, y no se hizo nada. Lo que escribió "
        "antes está guardado. Si es un error, pida a su coordinación que la vuelva a agregar, y "
        "mientras tanto atienda en papel."
    ),
    "access_team": N_(
        "«{what}» es del equipo que atiende este caso, y no se hizo nada. Pida a quien lo atiende "
        "o a la coordinación que la agregue al equipo."
    ),
    "access_reason": N_(
        "«{what}» de este caso está cerrado para usted. Si lo necesita ahora, use «Pedir acceso» y "
        "escriba por qué: se abre al momento, y el equipo del caso lo verá."
    ),
    "access_reason_centre": N_(
        "«{what}» no es de su servicio. Si lo necesita ahora, use «Pedir acceso» en «Este equipo» "
        "y escriba por qué: se abre al momento, y todo el centro lo verá."
    ),
    "access_needs_reason": N_("Escriba por qué necesita entrar: una línea basta."),
    "access_nothing_ticked": N_("Marque en la lista qué necesita. No se abrió nada."),
    "centre_access_opened": N_(
        "En estos días alguien abrió con un motivo lo que es de otro servicio: lea quién y por qué."
    ),
    "access_not_to_ask": N_("Eso no se abre con un motivo. No se hizo nada."),
    "block_leaves_nobody": N_(
        "Si se bloquea también a esa persona, en el centro no queda nadie que pueda atender este "
        "caso. No se bloqueó a nadie: llame antes a la coordinación regional."
    ),
    "block_leaves_no_team": N_(
        "Nadie más atiende este caso, y no se deja sin equipo. No se bloqueó a nadie: que entre "
        "antes otra persona en el equipo. Si usted no puede ponerla, pida en «Pedir acceso» formar "
        "el equipo, o que lo haga otra colega que atienda; si no hay quien pueda, llame a la "
        "coordinación regional."
    ),
    "block_own_lift": N_(
        "Nadie levanta su propio bloqueo. Lo hace otra persona de la coordinación."
    ),
    "person_unknown": N_("Esa persona no está en el registro del centro."),
    "reserve_leaves_no_team": N_(
        "Quien atendía este caso ya no está: en reserva quedaría cerrado para todo el centro. No "
        "se puso en reserva: que entre antes alguien en el equipo. Si usted no puede ponerla, pida "
        "en «Pedir acceso» formar el equipo, o que lo haga otra colega que atienda."
    ),
    "reserve_keeps_team": N_(
        "El caso está en reserva, y usted entró en su equipo con un motivo: puede sumar a otras "
        "personas, y no quitar ni bloquear a quien ya lo atiende, ni levantar la reserva o un "
        "bloqueo. No se cambió nada. Pídalo a otra colega que atienda, o a la coordinación."
    ),
    "team_blocked": N_(
        "Para este caso hay un bloqueo, y quien lo tiene no lo atiende: {names}. No se cambió "
        "nada. Quite ese nombre del equipo, o que antes se levante el bloqueo."
    ),
    "team_reserved": N_(
        "En reserva, un caso es solo de su equipo: sin nadie que atienda quedaría cerrado para "
        "todo el centro. No se cambió nada. Deje en el equipo a alguien que atienda."
    ),
}


def access_sentence(
    message_id: str, parameters: Mapping[str, str | int], translate: Callable[[str], str]
) -> str:
    """Return the sentence of a message id of these; the names of acts and services in it are
    translated, too."""
    said = {
        name: ", ".join(translate(part) for part in str(value).split(", "))
        for name, value in parameters.items()
    }
    return translate(ACCESS_SENTENCES[message_id]).format(**said)
