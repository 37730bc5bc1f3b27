"""``qispi backup`` and ``qispi restore``: the copy of a laptop on a stick, and the way back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.clock import LIMA, SystemClock
from app.domain.errors import QispiError
from app.ids import SystemIds
from app.settings import Settings
from app.spanish_commands import Command, go_on_or_abort, passphrase_option

if TYPE_CHECKING:
    from app.restoring import Opener
    from app.services.backup_ports import BackupReport, TriedBackup

__all__ = ["backup", "restore"]

_PLACE: Final = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command(cls=Command)
@click.argument("place", type=_PLACE, metavar="CARPETA")
@click.option(
    "--verify", is_flag=True, help="Prueba la copia más nueva que hay ahí, sin cambiar nada."
)
@passphrase_option("Sus palabras")
@click.pass_obj
def backup(settings: Settings, *, place: Path, verify: bool, passphrase: str) -> None:
    """Hace una copia de seguridad en una memoria o un disco, cifrada como este equipo.

    La lee de vuelta y la abre antes de darla por hecha; quedan las cuatro últimas.
    """
    if verify:
        _verify(settings, place, passphrase)
        return
    from app.backups import BackupRuns
    from app.bootstrap import Direct
    from app.first_aid import opened
    from app.services.backup_messages import unfinished_words

    reports: list[BackupReport] = []
    with opened(settings, passphrase) as laptop:
        BackupRuns(laptop, Direct()).make(place, lambda _: None, reports.append)
    (report,) = reports
    if report.fault is not None or report.made is None:
        raise report.fault or QispiError("bug", place="backup")
    click.echo(f"Copia hecha, leída de vuelta y abierta: {report.made.name}")
    click.echo(_held(report.made))
    if report.removed:
        click.echo(f"Copias más antiguas que se quitaron: {report.removed}")
    if left := unfinished_words(report.unfinished, str):
        click.echo(left)
    if report.is_on_this_disk:
        click.echo(
            "Está en el mismo disco que este equipo: si el disco falla, se pierde con él. Por eso "
            "no cuenta para el aviso de cada semana: haga otra en una memoria o un disco aparte."
        )


@click.command(cls=Command)
@click.argument("place", type=_PLACE, metavar="CARPETA")
@click.option(
    "--sheets",
    is_flag=True,
    is_eager=True,
    help="Con dos hojas de recuperación, cuando nadie recuerda sus palabras.",
)
@passphrase_option("Sus palabras de cuando se hizo la copia", unless="sheets")
@click.pass_obj
def restore(settings: Settings, *, place: Path, sheets: bool, passphrase: str) -> None:
    """Recupera un equipo de su copia, en una computadora donde Qispi no se usó todavía.

    Se abre con las palabras de cuando se hizo la copia, o con dos hojas de recuperación: quien las
    escribe recibe cinco palabras nuevas.
    """
    from app.restoring import by_words

    if sheets:
        _restore_by_sheets(settings, place)
    else:
        _restore(settings, place, by_words(passphrase))
    click.echo(
        f"Entre con {'esas' if sheets else 'las mismas'} palabras y sincronice: vuelve lo que "
        "ya se había enviado después de la copia. Después incorpore el equipo de nuevo a su centro "
        "(qispi enrol request)."
    )


def _restore(settings: Settings, place: Path, opener: Opener) -> None:
    from app.restoring import restore_laptop

    clock = SystemClock()
    made = restore_laptop(place, settings.data, opener, clock, SystemIds(clock), agree=_agree)
    click.echo(f"Equipo recuperado de {made.name}.")
    click.echo(_held(made))


def _agree(about: TriedBackup) -> None:
    """Ask where a backup that may be newer is passed over: a laptop is restored once."""
    if about.passed_over:
        _say_passed_over(about)
        click.echo(f"Lo que se puede recuperar es {about.name}.")
        click.echo(_held(about))
        go_on_or_abort("¿Recuperar esa copia?")


def _say_passed_over(about: TriedBackup) -> None:
    from app.services.backup_messages import passed_over_words

    for said in passed_over_words(about.passed_over, str):
        click.echo(said)


def _restore_by_sheets(settings: Settings, place: Path) -> None:
    from app.restoring import by_sheets, set_of_backup
    from app.sheet_commands import ask_two, let_in
    from app.sheet_opening import SheetOpening

    clock = SystemClock()
    name = set_of_backup(place)
    click.echo(f"La copia se abre con el juego {name}, el de cuando se hizo.")
    one, other = ask_two()
    _restore(settings, place, by_sheets(one, other))
    let_in(SheetOpening(settings.data, clock, SystemIds(clock)), one, other)


def _verify(settings: Settings, place: Path, passphrase: str) -> None:
    from app.restoring import by_words, try_backup

    about = try_backup(place, by_words(passphrase))
    click.echo(f"La copia se abre y está completa: {about.name}")
    click.echo(_held(about))
    _say_passed_over(about)
    # Where the same words open a laptop here, it is told, too; elsewhere nobody has to be.
    with suppress(QispiError):
        _note(settings, passphrase, about)
        click.echo("Anotado en este equipo.")


def _note(settings: Settings, passphrase: str, about: TriedBackup) -> None:
    from app.first_aid import opened
    from app.services import backups

    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        backups.note_tried(uow, laptop.desk, about)


def _held(about: TriedBackup) -> str:
    made = datetime.fromtimestamp(about.made_ms / 1000, LIMA)
    which = f"Copia n.º {about.number}, del" if about.number else "Del"
    return (
        f"{which} {made:%d/%m/%Y %H:%M}: {about.changes} cambios, {about.attachments} adjuntos, "
        f"{about.audit_entries} anotaciones del registro; {-(-about.total_bytes >> 20) or 1} MB"
    )
