"""What is said of values that met: where and when each was written, what was not seen. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.value import Value
from app.i18n import N_
from app.services.conflict_models import ConflictRow, ConflictValue, Severity, TimeQuality, Undone
from ui.screens.conflicts.excerpt import BRIEF_MAX, Excerpt, excerpt_of, one_line
from ui.screens.conflicts.presenter import Choice

__all__ = [
    "Told",
    "facts",
    "listed_more",
    "open_more",
    "quoted",
    "reopened",
    "severity_word",
    "told_of",
    "undone_words",
]


Say = Callable[..., str]

_UNSEEN_MAX: Final = 5
"""So many values are named that somebody had not seen; more would bury what was written."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that a card says of a value: where, by whom and when it was ``written``, who ``also``
    wrote the very same, what it says (an excerpt of the ``whole``), and further ``lines``."""

    written: str
    also: tuple[str, ...]
    excerpt: Excerpt
    whole: str
    lines: tuple[str, ...]

    @property
    def is_brief(self) -> bool:
        """Whether it is read at a glance."""
        return len(self.whole) <= BRIEF_MAX


def told_of(
    say: Say,
    when: Callable[[int], str],
    words_of: Callable[[Value], str],
    row: ConflictRow,
    choice: Choice,
) -> Told:
    """Return what is said of one of the values of a field."""
    value = choice.value
    whole = words_of(value.value).strip() or say(N_("(en blanco)"))
    others = dict.fromkeys(words_of(one.value) for one in row.values)
    others.pop(words_of(value.value), None)
    lines = [_course(say, words_of, value, _unseen(say, tuple(others), row.more))]
    lines += [_doubt(say, each) for each in (value, *choice.others)]
    if value.is_reopened and not all(one.is_reopened for one in row.values):
        lines.append(say(N_("Está aquí de nuevo porque se deshizo la decisión.")))
    return Told(
        written=facts(say, when, value, is_shown=choice.is_shown),
        also=tuple(facts(say, when, one, is_shown=False) for one in choice.others),
        excerpt=excerpt_of(whole, tuple(others)),
        whole=whole,
        lines=tuple(line for line in lines if line),
    )


def reopened(
    say: Say, when: Callable[[int], str], words_of: Callable[[Value], str], undone: Undone
) -> str:
    """Return who undid which decision and when, so that the question is open again."""
    return say(
        N_("Se deshizo la decisión: {person}, {when}. Había quedado {value}."),
        person=undone.author_name or say(N_("otra persona del centro")),
        when=when(undone.at_ms),
        value=quoted(say, words_of(undone.value)),
    )


def open_more(say: Say, row: ConflictRow) -> str:
    """Return that more values stand there than are shown, and what a decision does with them; empty
    when all of them are shown."""
    if not row.more:
        return ""
    if row.beyond:
        return say(
            N_(
                "Más valores que aquí no se muestran: {count}. Son demasiados para una sola "
                "decisión: después se preguntará por los que queden ({left}). Ninguno se borra."
            ),
            count=row.more,
            left=row.beyond,
        )
    return say(
        N_(
            "Más valores que aquí no se muestran: {count}. La decisión los reemplaza también; "
            "ninguno se borra."
        ),
        count=row.more,
    )


def listed_more(say: Say, count: int) -> str:
    """Return that more values were written there than are shown; empty when all of them are."""
    return say(N_("Más valores que aquí no se muestran: {count}."), count=count) if count else ""


def undone_words(
    say: Say, when: Callable[[int], str], undone: Undone | None, *, is_partial: bool = False
) -> str:
    """Return why a decision holds no more, or cannot be undone yet."""
    if is_partial:
        return say(
            N_(
                "Todavía no llegó todo lo que esta decisión reemplazó: se podrá deshacer cuando "
                "llegue."
            )
        )
    if undone is None:
        return say(N_("Esta decisión ya no vale: después se escribió otra cosa."))
    return say(
        N_("Esta decisión ya no vale: {person} la deshizo el {when}."),
        person=undone.author_name or say(N_("otra persona del centro")),
        when=when(undone.at_ms),
    )


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


def _doubt(say: Say, value: ConflictValue) -> str:
    said = []
    if value.time is TimeQuality.AHEAD:
        said.append(say(N_("La hora no es segura: es posterior a la de este equipo.")))
    if value.time is TimeQuality.BEHIND:
        said.append(say(N_("La hora no es segura: es anterior a la de lo que cambió.")))
    return " ".join(said)


def _course(say: Say, words_of: Callable[[Value], str], value: ConflictValue, unseen: str) -> str:
    if len(words_of(value.value)) > BRIEF_MAX and value.before:
        return ""  # two versions of a long text begin alike: their beginnings would say nothing
    after = quoted(say, words_of(value.value))
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


def _unseen(say: Say, others: Sequence[str], more: int) -> str:
    """Return the first of what somebody had not seen, and how many there are beside them."""
    named = " · ".join(quoted(say, one) for one in others[:_UNSEEN_MAX])
    more += len(others[_UNSEEN_MAX:])
    return say(N_("{values} y {count} más"), values=named, count=more) if more else named


def quoted(say: Say, words: str, limit: int = BRIEF_MAX) -> str:
    """Return a value between quotation marks, a long one cut; a blank by its name."""
    line = one_line(words)
    if not line:
        return say(N_("(en blanco)"))
    cut = line if len(line) <= limit else f"{line[:limit].rstrip()}…"
    return f"«{cut}»"


def _where(say: Say, value: ConflictValue) -> str:
    if value.is_here:
        return say(N_("En este equipo"))
    if value.device_letter:
        return say(N_("En el equipo {letter}"), letter=value.device_letter)
    return say(N_("En otro equipo"))
