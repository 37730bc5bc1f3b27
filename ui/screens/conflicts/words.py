"""What is said of values that met: where and when each was written, what was not seen. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.value import Value
from app.i18n import N_
from app.services.conflict_models import ConflictValue, Severity, TimeQuality

__all__ = ["course", "doubt", "facts", "quoted", "severity_word"]

_SHORT = 60
"""Of a long text its beginning says which one it is; the whole stands above."""


Say = Callable[..., str]


def severity_word(severity: Severity) -> str:
    """Return the message id of how grave a question is."""
    return {
        Severity.SAFETY: N_("▲ Seguridad o consentimiento"),
        Severity.RIGHTS: N_("◆ Derechos o reserva"),
        Severity.OTHER: N_("● Otro dato"),
    }[severity]


def facts(say: Say, when: Callable[[int], str], value: ConflictValue, *, is_shown: bool) -> str:
    """Return where a value was written, by whom and when by that laptop's clock."""
    parts = [
        _where(say, value),
        value.author_name or say(N_("otra persona del centro")),
        when(value.at_ms),
    ]
    if is_shown:
        parts.append(say(N_("es el que se ve mientras tanto")))
    return " · ".join(parts)


def doubt(say: Say, value: ConflictValue) -> str:
    """Return what makes the time of a value doubtful, or what is special about it; or nothing."""
    said = []
    if value.time is TimeQuality.AHEAD:
        said.append(say(N_("La hora no es segura: es posterior a la de este equipo.")))
    if value.time is TimeQuality.BEHIND:
        said.append(say(N_("La hora no es segura: es anterior a la de lo que cambió.")))
    if value.reopened_by is not None:
        who = value.reopened_by or say(N_("otra persona del centro"))
        said.append(say(N_("Está de nuevo por decidir: {person} deshizo la decisión."), person=who))
    return " ".join(said)


def course(
    say: Say, words_of: Callable[[Value], str], value: ConflictValue, others: Sequence[Value]
) -> str:
    """Return what was changed to what, and what was not seen: «cambió de X a Y sin ver Z»."""
    if len(words_of(value.value)) > _SHORT and value.before:
        # Two versions of a long text begin alike: here their beginnings would say nothing.
        return say(N_("Cambió el texto de antes sin ver lo que se escribió en el otro equipo."))
    after = quoted(say, words_of(value.value))
    unseen = " · ".join(quoted(say, words_of(one)) for one in others)
    if value.before:
        before = " · ".join(quoted(say, words_of(one)) for one in value.before)
        return say(
            N_("Cambió de {before} a {after} sin ver {unseen}."),
            before=before,
            after=after,
            unseen=unseen,
        )
    if value.is_before_unknown:
        return say(
            N_("Escribió {after} sin ver {unseen}. Lo que había antes no llegó todavía."),
            after=after,
            unseen=unseen,
        )
    return say(N_("Escribió {after} sin ver {unseen}."), after=after, unseen=unseen)


def quoted(say: Say, words: str, limit: int = _SHORT) -> str:
    """Return a value between quotation marks, a long one cut; a blank by its name."""
    one_line = " ".join(words.split())
    if not one_line:
        return say(N_("(en blanco)"))
    cut = one_line if len(one_line) <= limit else f"{one_line[:limit].rstrip()}…"
    return f"«{cut}»"


def _where(say: Say, value: ConflictValue) -> str:
    if value.is_here:
        return say(N_("En este equipo"))
    if value.device_letter:
        return say(N_("En el equipo {letter}"), letter=value.device_letter)
    return say(N_("En otro equipo"))
