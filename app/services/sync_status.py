"""The status sentence: what is true about synchronisation, in one line, for screens and terminal;
and whether a synchronisation is due.

``Sin conexión · última sincronización hace 3 días · 14 cambios por enviar``. «nada por enviar» is
said when nothing at all waits, neither what was typed, nor attachments, nor what is carried for
others, nor who was taken out of the centre: procedures of ``docs/operator.md`` have people put a
folder away when they read it. Every part says a fact that this laptop wrote down, never a hope: a
server that did not answer yesterday is not called unreachable now, and a clock that was put back
gives a date instead of an impossible number of days.
"""

from __future__ import annotations

from typing import Final, Protocol

from app.services.read_models import SyncView

__all__ = ["LONGEST_WAIT_MS", "Words", "is_due", "status_sentence", "waiting_words"]

_MINUTE: Final = 60_000
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

LONGEST_WAIT_MS: Final = 6 * _HOUR
"""No two tries of a laptop that is on lie further apart."""

_FRESH: Final = _HOUR
"""How long the outcome of an attempt may be spoken of as the state of now."""

_SKEW: Final = 2 * _MINUTE
"""A clock that is set by the network moves by so much without anybody noticing."""

_NO_WAY: Final = frozenset({"server_unreachable", "captive_portal"})
_CUT: Final = frozenset({"answer_cut"})
_STOPPED: Final = frozenset({"sync_cancelled"})
_BUSY: Final = frozenset({"server_busy"})
_REFUSED: Final = frozenset({"batches_refused"})


class Words(Protocol):
    """What :class:`app.i18n.Language` gives of a language: its texts, plurals and dates."""

    def gettext(self, msgid: str) -> str:
        """Return the text in this language, or ``msgid`` itself."""

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form for ``n`` things."""

    def format_datetime_ms(self, ms: int) -> str:
        """Return date and hour in Peru of milliseconds since 1970 UTC."""


def is_due(view: SyncView, now_ms: int) -> bool:
    """Return whether it is time to synchronise by itself.

    A next try further ahead than any wait was noted under another clock: it is due, or a clock that
    stood years ahead for a day would end synchronisation for years.
    """
    wait_ms = (view.next_attempt_ms or 0) - now_ms
    return not 0 < wait_ms <= LONGEST_WAIT_MS


def status_sentence(view: SyncView, now_ms: int, words: Words) -> str:
    """Return the sentence for what ``view`` holds, read at ``now_ms``. Any thread, no I/O."""
    parts = [
        _state(view, now_ms, words),
        _last(view, now_ms, words),
        _stick(view, now_ms, words),
        _waiting(view, words),
    ]
    said = " · ".join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def waiting_words(
    words: Words, *, changes: int, attachments: int, closed: int, statements: int
) -> str:
    """Return what this laptop holds and still has to send, all of it; or that it is nothing.

    ``closed`` are batches that are carried as they came (:meth:`app.services.ports.Traces.closed`);
    ``statements`` tell who came to the centre and who was taken out. Begins with a small letter.
    """
    kinds = [kind for kind, count in enumerate((changes, attachments, closed, statements)) if count]
    if not kinds:
        return words.gettext("nada por enviar")
    if len(kinds) == 1:
        return _alone(words, changes, attachments, closed, statements)
    each = (
        words.ngettext("{count} cambio", "{count} cambios", changes).format(count=changes),
        words.ngettext("{count} adjunto", "{count} adjuntos", attachments).format(
            count=attachments
        ),
        words.ngettext("{count} paquete", "{count} paquetes", closed).format(count=closed),
        words.ngettext("{count} aviso de equipos", "{count} avisos de equipos", statements).format(
            count=statements
        ),
    )
    said = [each[kind] for kind in kinds]
    if len(said) == 2:
        return words.gettext("{first} y {last} por enviar").format(first=said[0], last=said[1])
    if len(said) == 3:
        return words.gettext("{first}, {second} y {last} por enviar").format(
            first=said[0], second=said[1], last=said[2]
        )
    return words.gettext("{first}, {second}, {third} y {last} por enviar").format(
        first=said[0], second=said[1], third=said[2], last=said[3]
    )


def _alone(words: Words, changes: int, attachments: int, closed: int, statements: int) -> str:
    """What waits, of one kind: the others are 0."""
    if changes:
        said = words.ngettext("{count} cambio por enviar", "{count} cambios por enviar", changes)
    elif attachments:
        said = words.ngettext(
            "{count} adjunto por enviar", "{count} adjuntos por enviar", attachments
        )
    elif closed:
        said = words.ngettext(
            "{count} paquete cerrado por enviar", "{count} paquetes cerrados por enviar", closed
        )
    else:
        said = words.ngettext(
            "{count} aviso de altas o bajas de equipos por enviar",
            "{count} avisos de altas o bajas de equipos por enviar",
            statements,
        )
    return said.format(count=changes + attachments + closed + statements)


def _state(view: SyncView, now_ms: int, words: Words) -> str:
    """How the last attempt ended, when it did not end well."""
    failure = view.last_failure
    if failure is None:
        return ""
    is_fresh = view.last_attempt_ms is not None and (
        -_SKEW <= now_ms - view.last_attempt_ms <= _FRESH
    )
    if failure in _NO_WAY:
        if is_fresh:
            return words.gettext("sin conexión")
        return words.gettext("sin conexión en el último intento")
    if failure in _CUT:
        return words.gettext("la conexión se cortó en el último intento")
    if failure in _STOPPED:
        return words.gettext("el último intento se detuvo")
    if failure in _BUSY:
        return words.gettext("el servidor estaba ocupado en el último intento")
    if failure in _REFUSED:
        return words.gettext("la región rechazó algún paquete")
    return words.gettext("el último intento no terminó")


def _last(view: SyncView, now_ms: int, words: Words) -> str:
    """When the last complete synchronisation was."""
    last = view.last_success_ms
    if last is None and view.last_stick_ms is not None:
        return words.gettext("todavía no se sincronizó con la región")
    if last is None:
        return words.gettext("todavía no se sincronizó")
    elapsed = now_ms - last
    if elapsed < -_SKEW:
        when = words.format_datetime_ms(last)
        return words.gettext("última sincronización: {when} (revise la hora del equipo)").format(
            when=when
        )
    if elapsed < _MINUTE:
        return words.gettext("última sincronización hace un momento")
    if elapsed < _HOUR:
        count = elapsed // _MINUTE
        text = words.ngettext(
            "última sincronización hace {count} minuto",
            "última sincronización hace {count} minutos",
            count,
        )
    elif elapsed < _DAY:
        count = elapsed // _HOUR
        text = words.ngettext(
            "última sincronización hace {count} hora",
            "última sincronización hace {count} horas",
            count,
        )
    else:
        count = elapsed // _DAY
        text = words.ngettext(
            "última sincronización hace {count} día",
            "última sincronización hace {count} días",
            count,
        )
    return text.format(count=count)


def _stick(view: SyncView, now_ms: int, words: Words) -> str:
    """When a stick was last used, if that is newer than the last complete synchronisation."""
    last = view.last_stick_ms
    if last is None or last < (view.last_success_ms or 0):
        return ""
    elapsed = now_ms - last
    if elapsed < -_SKEW:
        when = words.format_datetime_ms(last)
        return words.gettext("última memoria USB: {when}").format(when=when)
    if elapsed < _MINUTE:
        return words.gettext("última memoria USB hace un momento")
    if elapsed < _HOUR:
        said = words.gettext("última memoria USB hace {count} min")
        return said.format(count=elapsed // _MINUTE)
    if elapsed < _DAY:
        return words.gettext("última memoria USB hace {count} h").format(count=elapsed // _HOUR)
    count = elapsed // _DAY
    return words.ngettext(
        "última memoria USB hace {count} día", "última memoria USB hace {count} días", count
    ).format(count=count)


def _waiting(view: SyncView, words: Words) -> str:
    return waiting_words(
        words,
        changes=view.waiting_changes,
        attachments=view.waiting_attachments,
        closed=view.waiting_closed,
        statements=view.waiting_statements,
    )
