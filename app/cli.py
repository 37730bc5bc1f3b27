"""The commands of ``qispi``: the program, its first-aid kit, and how a laptop joins a centre."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.domain.errors import QispiError
from app.logs import log_bug, start_logging
from app.services.messages import sentence
from app.settings import Settings, load_settings
from app.supervisor import supervise

__all__ = ["main"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


class _Commands(click.Group):
    """Shows what people can act on as a sentence, and everything else as a bug of ours."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except QispiError as fault:
            raise click.ClickException(sentence(fault.message_id, fault.parameters, str)) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            place = log_bug(error)
            raise click.ClickException(sentence("bug", {"place": place}, str)) from error


@click.group(cls=_Commands)
@click.option("--data", type=_FOLDER, envvar="QISPI_DATA", help="Carpeta de datos del equipo.")
@click.option("--language", default="es", type=click.Choice(["es", "quy", "agr"]))
@click.pass_context
def main(ctx: click.Context, data: Path | None, language: str) -> None:
    """Qispi: fichas de caso de un centro, cifradas en este equipo."""
    ctx.obj = load_settings(data, language)


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Abre el programa; vuelve a la pantalla de bloqueo cada vez que se bloquea."""
    arguments = ["--data", str(settings.data), "--language", settings.language, "desk"]
    sys.exit(supervise(arguments))


@main.command(hidden=True)
@click.option("--until-first-paint", is_flag=True, help="For measurements: end once it is drawn.")
@click.pass_obj
def desk(settings: Settings, *, until_first_paint: bool) -> None:
    """El programa mismo, en un proceso que termina al bloquearse."""
    from app.window import leave, open_window  # Qt is not needed by any other command

    start_logging(settings.log_file)
    leave(open_window(settings, until_first_paint=until_first_paint))


@main.command()
@click.option("--rebuild", is_flag=True, help="Recalcula todo desde el registro de cambios.")
@click.password_option("--passphrase", prompt="Frase", confirmation_prompt=False)
@click.pass_obj
def doctor(settings: Settings, *, rebuild: bool, passphrase: str) -> None:
    """Revisa los archivos de este equipo."""
    from app.first_aid import examine

    for line in examine(settings, passphrase, rebuild=rebuild):
        click.echo(line)


@main.group()
def enrol() -> None:
    """Une un equipo a un centro con dos archivos y dos códigos leídos por teléfono."""


@enrol.command("request")
@click.option("--out", type=_FILE, required=True, help="Dónde escribir la solicitud.")
@click.password_option("--passphrase", prompt="Frase", confirmation_prompt=False)
@click.pass_obj
def enrol_request(settings: Settings, out: Path, passphrase: str) -> None:
    """Escribe la solicitud de este equipo y muestra su código."""
    from app.first_aid import opened

    with opened(settings, passphrase) as laptop:
        content, code = laptop.request()
    out.write_bytes(content)
    click.echo(f"Solicitud: {out}\nLea este código a quien la autoriza: {code}")


@enrol.command("grant")
@click.argument("request_file", type=_FILE)
@click.option("--out", type=_FILE, required=True, help="Dónde escribir la respuesta.")
@click.password_option("--passphrase", prompt="Frase", confirmation_prompt=False)
@click.pass_obj
def enrol_grant(settings: Settings, request_file: Path, out: Path, passphrase: str) -> None:
    """Autoriza la solicitud de otro equipo del centro."""
    from app.first_aid import opened

    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    with opened(settings, passphrase) as laptop:
        reply, code = laptop.grant(request_file.read_bytes(), typed)
    out.write_bytes(reply)
    click.echo(f"Respuesta: {out}\nLea este código a la otra persona: {code}")


@enrol.command("accept")
@click.argument("reply_file", type=_FILE)
@click.password_option("--passphrase", prompt="Frase", confirmation_prompt=False)
@click.pass_obj
def enrol_accept(settings: Settings, reply_file: Path, passphrase: str) -> None:
    """Recibe la respuesta: desde ahora este equipo es del centro."""
    from app.first_aid import opened

    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    with opened(settings, passphrase) as laptop:
        laptop.accept(reply_file.read_bytes(), typed)
    click.echo("Listo: este equipo ya es del centro.")


@main.group()
def region() -> None:
    """La llave raíz de la región: se guarda fuera de línea."""


@region.command("new")
@click.option("--out", type=_FOLDER, required=True, help="Carpeta de la llave.")
@click.password_option(
    "--passphrase", prompt="Frase de la llave raíz", confirmation_prompt="Repita la frase"
)
def region_new(out: Path, passphrase: str) -> None:
    """Crea la llave raíz."""
    from app.region import new_root

    code = new_root(out, passphrase)
    click.echo(f"Llave raíz en {out}. Guárdela fuera de línea.")
    click.echo(f"Código para la carta oficial: {code}")


@region.command("grant")
@click.argument("request_file", type=_FILE)
@click.option("--root", type=_FOLDER, required=True, help="Carpeta de la llave raíz.")
@click.option("--server", type=_FOLDER, required=True, help="Carpeta con server.pub y ca.der.")
@click.option("--url", required=True, help="Dirección del servidor: https://…")
@click.option("--centre", required=True, help="Nombre del centro.")
@click.option("--out", type=_FILE, required=True, help="Dónde escribir la respuesta.")
@click.password_option("--passphrase", prompt="Frase de la llave raíz", confirmation_prompt=False)
def region_grant(
    request_file: Path, root: Path, server: Path, url: str, centre: str, out: Path, passphrase: str
) -> None:
    """Autoriza el primer equipo de un centro."""
    from app.region import ServerFolder, grant_first_laptop

    typed = click.prompt("Código que le leen por teléfono (32 cifras)")
    reply, code = grant_first_laptop(
        root,
        passphrase,
        request_file.read_bytes(),
        typed,
        server=ServerFolder(server, url),
        centre_name=centre,
    )
    out.write_bytes(reply)
    click.echo(f"Respuesta: {out}\nLea este código a la otra persona: {code}")


@main.command()
@click.option("--headless", is_flag=True, help="Sin ventana.")
@click.option("--out", type=_FOLDER, default=Path("out/demo"), show_default=True)
@click.option("--database", help="PostgreSQL del servidor regional; si no, SQLite.")
def demo(*, headless: bool, out: Path, database: str | None) -> None:
    """El trabajo principal con personas y casos inventados."""
    from app.demo.script import run_demo

    sys.exit(run_demo(out, is_headless=headless, database=database, say=click.echo))
