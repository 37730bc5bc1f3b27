"""What a check of the register found, in words: on the page, and for ``qispi audit verify``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.marks import N_
from app.domain.signing_keys import BY_COPY, BY_SHEETS, UNPRESENTED
from app.services.audit_ports import AuditCheck
from app.services.register import Told
from app.services.register_words import REASONS

__all__ = ["KEYS_SAID", "Say", "Verdict", "verdict"]

KEYS_SAID: Final = 12
"""So many keys are told each by itself: those that count for nothing first, then the newest."""


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
    entries nobody signed, and by which keys that no colleague presented; and what the laptops
    told."""
    doubtful = check.keys.doubtful
    further = [*_keys(say, check, told)]
    further.append(say(N_("Firmadas: {count}."), count=check.signed - doubtful))
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
    if doubtful:
        first = min(one.number for one in check.keys.found if one.how == UNPRESENTED)
        heading = say(N_("Desde la N.º {number} no se sabe quién firmó."), number=first)
        further.append(say(N_("Avise a su coordinación.")))
        return Verdict("danger", heading, " ".join(further))
    heading = say(N_("Íntegro hasta la N.º {number}."), number=check.head.number)
    is_to_ask = told.otherwise is not None or bool(check.keys.found)
    return Verdict("warning" if is_to_ask else "ok", heading, " ".join(further))


_FOUND: Final[Mapping[str, str]] = {
    UNPRESENTED: N_(
        "En nombre de {person} firma, desde la N.º {number}, una llave que nadie presentó o que ya "
        "no vale (entradas: {count}): puede haberlas escrito otra persona."
    ),
    BY_SHEETS: N_(
        "{person} entró con hojas de recuperación en la N.º {number} y firma desde entonces: "
        "pregúntele si fue así."
    ),
    BY_COPY: N_(
        "Se puso una copia de respaldo, y {person} firma desde la N.º {number} con la llave de sus "
        "palabras posteriores: pregúntele si fue así."
    ),
}


def _keys(say: Say, check: AuditCheck, told: Told) -> Iterator[str]:
    found = sorted(check.keys.found, key=lambda one: (one.how != UNPRESENTED, -one.number))
    for one in found[:KEYS_SAID]:
        person = told.names.get(one.person, one.person[-8:])
        yield say(_FOUND[one.how], person=person, number=one.number, count=one.entries)
    if more := len(found[KEYS_SAID:]):
        yield say(N_("Otras llaves que nadie más presentó: {count}."), count=more)
    if check.keys.before:
        yield say(
            N_("Llaves de antes de que se anotara de quién es cada una: {count}."),
            count=check.keys.before,
        )
