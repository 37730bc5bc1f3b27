"""The commands of ``qispi``: the program, its first-aid kit, and how a laptop joins a centre."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.audit_commands import audit
from app.backup_commands import backup, restore
from app.crypto.fingerprint import grouped
from app.definition_commands import definitions
from app.domain.errors import QispiError
from app.exchange_commands import datasets, export, figures, import_
from app.hardening import harden
from app.logs import log_bug, start_logging
from app.region_commands import region_revoke
from app.services.chosen_files import read_chosen_file
from app.services.messages import sentence
from app.settings import Settings, load_settings
from app.sheet_commands import (
    emergency,
    new_root_on_paper,
    recover_with_sheets,
    region_restore,
)
from app.spanish_commands import Group, Refusal, go_on_or_abort, passphrase_option
from app.supervisor import HAS_LEFT, SUPERVISED, WAS_SAVED, supervise

__all__ = ["main"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_FILE_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)


class _Commands(Group):
    """Shows what people can act on as a sentence, and everything else as a bug of ours."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except QispiError as fault:
            raise Refusal(sentence(fault.message_id, fault.parameters, str)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            place = log_bug(error)
            raise Refusal(sentence("bug", {"place": place}, str)) from error


@click.group(cls=_Commands)
@click.option(
    "--data",
    type=_FOLDER,
    metavar="CARPETA",
    envvar="QISPI_DATA",
    help="Carpeta de datos del equipo, si no es la de siempre.",
)
@click.option(
    "--language",
    type=click.Choice(["es", "quy", "agr"]),
    help="Idioma de la pantalla: castellano, quechua chanka o awajún. Si no, el último usado.",
)
@click.pass_context
def main(ctx: click.Context, data: Path | None, language: str | None) -> None:
    """Qispi: fichas de caso de un centro, cifradas en este equipo."""
    harden()
    ctx.obj = load_settings(data, language)


main.add_command(definitions)
main.add_command(audit)
main.add_command(backup)
main.add_command(restore)
main.add_command(export)
main.add_command(import_)
main.add_command(datasets)
main.add_command(figures)
main.add_command(recover_with_sheets)
main.add_command(emergency)


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Abre el programa. Cada vez que se bloquea, vuelve a la pantalla de bloqueo."""
    language = ["--language", settings.language] if settings.language else []
    sys.exit(supervise(["--data", str(settings.data), *language, "desk"]))


@main.command(hidden=True)
@click.option("--until-first-paint", is_flag=True, help="Para medir: termina al dibujarse.")
@click.option(WAS_SAVED, is_flag=True, help="The lock screen may say that all was saved.")
@click.option(HAS_LEFT, is_flag=True, help="The lock screen says that she left the centre.")
@click.option(
    SUPERVISED, "is_supervised", is_flag=True, help="It ends when its standard input does."
)
@click.pass_obj
def desk(
    settings: Settings,
    *,
    until_first_paint: bool,
    was_saved: bool,
    has_left: bool,
    is_supervised: bool,
) -> None:
    """El programa mismo, en un proceso que termina al bloquearse."""
    from app.window import leave, open_window  # Qt is not needed by any other command

    start_logging(settings.log_file)
    code = open_window(
        settings,
        until_first_paint=until_first_paint,
        was_saved=was_saved,
        has_left=has_left,
        is_supervised=is_supervised,
    )
    leave(code)


@main.command()
@click.option("--rebuild", is_flag=True, help="Recalcula todo desde el registro de cambios.")
@click.option(
    "--rebuild-from-batches",
    "from_batches",
    is_flag=True,
    help="Rehace una base de datos dañada con los paquetes guardados a su lado.",
)
@passphrase_option("Sus palabras")
@click.pass_obj
def doctor(settings: Settings, *, rebuild: bool, from_batches: bool, passphrase: str) -> None:
    """Revisa los archivos de este equipo."""
    from app.first_aid import examine, rebuild_from_batches

    if from_batches:
        for line in rebuild_from_batches(settings, passphrase):
            click.echo(line)
    for line in examine(settings, passphrase, rebuild=rebuild):
        click.echo(line)


@main.group()
def enrol() -> None:
    """Une un equipo a un centro. Lleva dos archivos, y dos códigos leídos por teléfono."""


@enrol.command("request")
@click.option(
    "--out", type=_FILE, metavar="ARCHIVO", required=True, help="Dónde escribir la solicitud."
)
@passphrase_option("Sus palabras")
@click.pass_obj
def enrol_request(settings: Settings, out: Path, passphrase: str) -> None:
    """Escribe la solicitud de este equipo y muestra su código."""
    from app.first_aid import opened
    from app.joining_anew import asked

    with opened(settings, passphrase) as laptop:
        content, code = asked(laptop)
    out.write_bytes(content)
    click.echo(f"Solicitud: {out}\nLea este código a quien la autoriza: {grouped(code)}")


@enrol.command("grant")
@click.argument("request_file", type=_FILE_THERE, metavar="SOLICITUD")
@click.option(
    "--out", type=_FILE, metavar="ARCHIVO", required=True, help="Dónde escribir la respuesta."
)
@passphrase_option("Sus palabras")
@click.pass_obj
def enrol_grant(settings: Settings, request_file: Path, out: Path, passphrase: str) -> None:
    """Autoriza la solicitud de otro equipo del centro."""
    from app.first_aid import opened

    request = _request(request_file)
    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    with opened(settings, passphrase) as laptop:
        reply, code = laptop.grant(request, typed)
    out.write_bytes(reply)
    click.echo(f"Respuesta: {out}\nLea este código a la otra persona: {grouped(code)}")


@enrol.command("accept")
@click.argument("reply_file", type=_FILE_THERE, metavar="RESPUESTA")
@passphrase_option("Sus palabras")
@click.pass_obj
def enrol_accept(settings: Settings, reply_file: Path, passphrase: str) -> None:
    """Recibe la respuesta: desde ahora este equipo es del centro."""
    from app.first_aid import opened
    from app.joining_anew import accepted
    from sync.envelope.enrolment import REPLY_MAX

    reply = read_chosen_file(reply_file, REPLY_MAX)
    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    with opened(settings, passphrase) as laptop:
        accepted(laptop, reply, typed)
    click.echo("Listo: este equipo ya es del centro.")


def _request(path: Path) -> bytes:
    from sync.envelope.enrolment import REQUEST_MAX

    return read_chosen_file(path, REQUEST_MAX)


@main.group()
def device() -> None:
    """Los equipos del centro."""


@device.command("list")
@passphrase_option("Sus palabras")
@click.pass_obj
def device_list(settings: Settings, passphrase: str) -> None:
    """Muestra los equipos del centro."""
    from app.first_aid import opened

    with opened(settings, passphrase) as laptop:
        for one in laptop.devices():
            said = [
                word
                for word, is_so in (
                    ("administra", one.is_admin),
                    ("este equipo", one.is_own),
                    ("dado de baja", one.is_revoked),
                )
                if is_so
            ]
            click.echo(" · ".join([f"Equipo {one.letter}", one.id.hex()[:8], *said]))


@device.command("revoke")
@click.argument("letter", metavar="LETRA")
@passphrase_option("Sus palabras")
@click.pass_obj
def device_revoke(settings: Settings, letter: str, passphrase: str) -> None:
    """Da de baja a un equipo perdido o que se va. Es para siempre."""
    from app.first_aid import opened

    with opened(settings, passphrase) as laptop:
        found = [one for one in laptop.devices() if one.letter == letter.upper()]
        if not found:
            raise QispiError("revoke_unknown_device")
        go_on_or_abort(
            f"El equipo {found[0].letter} ya no podrá sincronizar, para siempre. ¿Seguir?"
        )
        laptop.revoke(found[0].id)
    click.echo(
        "Listo. Sincronice ahora este equipo y después los demás, o páselos por memoria USB."
    )


@main.group()
def region() -> None:
    """La llave raíz de la región: autoriza el primer equipo de un centro, y da de baja."""


region.add_command(region_revoke)
region.add_command(region_restore)


@region.command("new")
@click.option(
    "--out", type=_FOLDER, metavar="CARPETA", required=True, help="Carpeta para la llave."
)
@click.option(
    "--sheets",
    "papers",
    type=_FOLDER,
    metavar="CARPETA",
    help="Escribe aquí tres hojas para imprimir: dos de ellas rehacen la llave.",
)
@passphrase_option("Palabras de la llave raíz", is_new=True)
def region_new(out: Path, papers: Path | None, passphrase: str) -> None:
    """Crea la llave raíz, que se guarda fuera de línea."""
    from app.region import new_root

    if papers is not None:
        code = new_root_on_paper(out, papers, passphrase)
    else:
        code = new_root(out, passphrase)
        click.echo("Sin hojas: si se pierden la carpeta o las palabras, no hay otra (--sheets).")
    click.echo(f"Llave raíz en {out}. Guárdela fuera de línea.")
    click.echo(f"Código para la carta oficial: {grouped(code)}")


@region.command("grant")
@click.argument("request_file", type=_FILE_THERE, metavar="SOLICITUD")
@click.option(
    "--root", type=_FOLDER, metavar="CARPETA", required=True, help="Carpeta de la llave raíz."
)
@click.option(
    "--server",
    type=_FOLDER,
    metavar="CARPETA",
    required=True,
    help="Carpeta con server.pub y ca.der.",
)
@click.option("--url", metavar="DIRECCIÓN", required=True, help="Dirección del servidor: https://…")
@click.option("--centre", metavar="NOMBRE", required=True, help="Nombre del centro.")
@click.option(
    "--out", type=_FILE, metavar="ARCHIVO", required=True, help="Dónde escribir la respuesta."
)
@passphrase_option("Palabras de la llave raíz")
def region_grant(
    request_file: Path, root: Path, server: Path, url: str, centre: str, out: Path, passphrase: str
) -> None:
    """Autoriza el primer equipo de un centro."""
    from app.region import ServerFolder, grant_first_laptop

    request = _request(request_file)
    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    reply, code = grant_first_laptop(
        root,
        passphrase,
        request,
        typed,
        server=ServerFolder(server, url),
        centre_name=centre,
    )
    out.write_bytes(reply)
    click.echo(f"Respuesta: {out}\nLea este código a la otra persona: {grouped(code)}")


@main.command()
@click.option("--headless", is_flag=True, help="Sin ventana.")
@click.option(
    "--out",
    type=_FOLDER,
    metavar="CARPETA",
    help="Carpeta nueva o vacía; si no se dice, out/demo, y después out/demo-2, out/demo-3…",
)
@click.option(
    "--database",
    metavar="DIRECCIÓN",
    help="PostgreSQL del servidor regional; si no se dice, SQLite.",
)
def demo(*, headless: bool, out: Path | None, database: str | None) -> None:
    """Muestra el trabajo principal con personas y casos inventados."""
    from app.demo.script import run_demo

    sys.exit(run_demo(out, is_headless=headless, database=database, say=click.echo))
