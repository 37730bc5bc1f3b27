"""``qispi audit``: whether the register holds, and its export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from app.seal_commands import chosen_seal, how_it_opens, seal_options
from app.settings import Settings
from app.spanish_commands import Group, passphrase_option

__all__ = ["audit"]

_NEW_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_NOT_WHOLE: Final = 1


@click.group(cls=Group)
def audit() -> None:
    """El registro de lo que se hizo en este equipo."""


@audit.command("verify")
@passphrase_option("Sus palabras")
@click.pass_obj
def verify(settings: Settings, passphrase: str) -> None:
    """Comprueba la cadena y cada firma; termina con 1 cuando no es íntegro, o firmó una
    llave que nadie presentó."""
    from app.bootstrap import Direct, workplace_of
    from app.first_aid import opened
    from app.services.audit_ports import AUDIT_BEGIN
    from app.services.register import check, told
    from app.services.register_verdict import verdict

    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        done = AUDIT_BEGIN
        while not done.is_whole:
            done = check(uow, laptop.desk, done)
        said = told(uow, laptop.desk, workplace_of(laptop, Direct()).laptops, done)
    found = verdict(_say, done, said)
    click.echo(found.heading)
    click.echo(found.sentence)
    if done.broken is not None or done.keys.doubtful:
        sys.exit(_NOT_WHOLE)


@audit.command("export")
@click.option("--out", type=_NEW_FILE, metavar="ARCHIVO", required=True, help="Archivo nuevo.")
@seal_options
@passphrase_option("Sus palabras")
@click.pass_obj
def export(
    settings: Settings, *, out: Path, recipient: Path | None, in_clear: bool, passphrase: str
) -> None:
    """Escribe el registro entero como CSV, cifrado con palabras: números de caso y campos, sin
    nombres ni datos."""
    from app.first_aid import opened
    from app.services.register import Wanted, export_register

    seal = chosen_seal(recipient, in_clear=in_clear)
    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        rows = export_register(uow, laptop.desk, out, Wanted(), str, seal)
    click.echo(f"Archivo: {out}\nFilas: {rows}")
    for line in how_it_opens(seal):
        click.echo(line)


def _say(message: str, /, **parameters: object) -> str:
    return message.format(**parameters)
