"""What a check of the register found, in words: on the page, and for ``qispi audit verify``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.marks import N_
from app.services.audit_ports import AuditCheck
from app.services.register import Told
from app.services.register_words import REASONS

__all__ = ["Say", "Verdict", "verdict"]


Say = Callable[..., str]
"""Gives words in a language, with what stands in them by name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tone of a box, its heading and what stands below."""

    tone: str
    heading: str
    sentence: str


def verdict(say: Say, check: AuditCheck, told: Told) -> Verdict:
    """Return what was found: whole, or the first number that does not hold; how many of the
    entries nobody signed; and what the laptops told."""
    further = [say(N_("Firmadas: {count}."), count=check.signed)]
    if check.unsigned:
        further.append(say(N_("Sin firma de una persona: {count}."), count=check.unsigned))
    if check.first_version:
        further.append(say(N_("De antes de que se firmara: {count}."), count=check.first_version))
    if told.otherwise is not None:
        further.append(
            say(
                N_(
                    "Este equipo dijo antes a los demás otra cosa de la N.º {number}: se puso una "
                    "copia de respaldo, o alguien cambió el registro."
                ),
                number=told.otherwise,
            )
        )
    elif told.words:
        further.append(say(N_("Coincide con lo que este equipo dijo a los demás.")))
    if told.heads:
        heads = "; ".join(f"{letter}: {code}" for letter, code in told.heads)
        further.append(
            say(N_("Otros equipos dijeron que su registro termina en: {heads}"), heads=heads)
        )
    if check.broken is not None:
        heading = say(
            N_("No es íntegro: la N.º {number} {why}."),
            number=check.broken.number,
            why=say(REASONS[check.broken.why]),
        )
        more = say(
            N_("Hasta la N.º {number} no falta ni cambió nada. Avise a su coordinación."),
            number=check.broken.number - 1,
        )
        return Verdict("danger", heading, " ".join((more, *further)))
    heading = say(N_("Íntegro hasta la N.º {number}."), number=check.head.number)
    return Verdict("ok" if told.otherwise is None else "warning", heading, " ".join(further))
