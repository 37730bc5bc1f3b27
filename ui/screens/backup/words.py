"""How it stands with backups, in sentences."""

from __future__ import annotations

from typing import Final

from app.i18n import N_
from app.services.backup_messages import passed_over_words, unfinished_words
from app.services.backup_ports import BackupReport, TriedBackup
from app.services.backups import BackupState
from ui.runtime.text import Texts
from ui.widgets.refusals import pressed_words

__all__ = ["how_it_stands", "made_words", "tried_words"]

_MIB: Final = 1 << 20
_NEVER: Final = N_("Todavía no hay ninguna copia de este equipo fuera de su disco.")


def how_it_stands(texts: Texts, state: BackupState) -> tuple[str, str, str]:
    """Return a tone, a heading and sentences about the backups of this laptop."""
    said = []
    if state.made_ms is None:
        heading = texts(_NEVER)
    else:
        when = texts.language.format_datetime_ms(state.made_ms)
        heading = texts(N_("La última copia es del {when}."), when=when)
    if state.is_before_joining:
        said.append(
            texts(
                N_(
                    "Es de antes de que este equipo se uniera a su centro: no tiene las llaves del "
                    "centro ni lo que llegó desde entonces, y restaurada no lo devuelve."
                )
            )
        )
    if state.is_due and state.is_before_joining:
        said.append(texts(N_("Haga otra hoy.")))
    elif state.is_due:
        said.append(
            texts(
                N_(
                    "Toca hacer una: la norma pide una por semana como mínimo, salvo que nada "
                    "haya cambiado (DS 016-2024-JUS, art. 51)."
                )
            )
        )
    if state.is_at_region:
        said.append(
            texts(
                N_(
                    "Lo de este equipo ya está también en la región; la copia guarda además el "
                    "registro, los borradores y las llaves."
                )
            )
        )
    if state.tried_ms is not None:
        when = texts.language.format_datetime_ms(state.tried_ms)
        said.append(texts(N_("La última prueba fue el {when}."), when=when))
    if state.is_trial_due:
        said.append(texts(N_("Pruebe una: solo se sabe que sirve la que se abrió.")))
    tone = "ok" if not state.is_due else "info" if state.is_at_region else "warning"
    return tone, heading, " ".join(said)


def made_words(texts: Texts, report: BackupReport) -> tuple[str, str, str]:
    """Return a tone, a heading and sentences about a backup that was made, or not."""
    if report.made is None:
        return "warning", texts(N_("La copia no se hizo")), _why(texts, report)
    said = [_held(texts, report.made)]
    if report.removed:
        said.append(
            texts.plural(
                N_("Se quitó {count} copia antigua: quedan las cuatro últimas."),
                N_("Se quitaron {count} copias antiguas: quedan las cuatro últimas."),
                report.removed,
            )
        )
    if left := unfinished_words(report.unfinished, texts):
        said.append(left)
    if not report.is_noted:
        said.append(texts(N_("En este equipo no se pudo anotar que se hizo.")))
    if report.is_on_this_disk:
        said.append(
            texts(
                N_(
                    "Está en el mismo disco que este equipo: si se pierde la laptop, se pierde "
                    "también la copia; por eso no cuenta. Use una memoria o un disco aparte."
                )
            )
        )
        return "info", texts(N_("Copia hecha, en este mismo disco")), " ".join(said)
    said.append(texts(N_("Expulse la memoria y guárdela lejos de la laptop.")))
    return "ok", texts(N_("Copia hecha, leída de vuelta y abierta")), " ".join(said)


def tried_words(texts: Texts, report: BackupReport) -> tuple[str, str, str]:
    """Return a tone, a heading and sentences about a backup that was tried."""
    if report.made is None:
        return "warning", texts(N_("La copia no se pudo probar")), _why(texts, report)
    said = (_held(texts, report.made), *passed_over_words(report.made.passed_over, texts))
    tone = "warning" if report.made.passed_over else "ok"
    return tone, texts(N_("La copia se abre y está completa")), " ".join(said)


def _why(texts: Texts, report: BackupReport) -> str:
    fault = report.fault
    return pressed_words(texts, fault) if fault else ""


def _held(texts: Texts, about: TriedBackup) -> str:
    return texts(
        N_(
            "{name}, del {when}: {changes} cambios, {attachments} adjuntos, {entries} anotaciones "
            "del registro; {size} MB."
        ),
        name=about.name,
        when=texts.language.format_datetime_ms(about.made_ms),
        changes=about.changes,
        attachments=about.attachments,
        entries=about.audit_entries,
        size=max(1, -(-about.total_bytes // _MIB)),
    )
