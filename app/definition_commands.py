"""``qispi definitions``: checks and signs a pack of later definitions. Nothing is installed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from app.domain.errors import DomainError
from app.settings import Settings
from app.spanish_commands import Group, passphrase_option

__all__ = ["definitions"]

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(cls=Group)
def definitions() -> None:
    """Los paquetes de definiciones: formularios, listas, plazos y reglas."""


@definitions.command("check")
@click.argument("folder", type=_FOLDER, metavar="CARPETA")
@click.option(
    "--trust",
    type=_FILE,
    metavar="ARCHIVO",
    help="Llave pública de la región (region-root.pub). Si no, la que guarda este equipo.",
)
@click.option("--passphrase", metavar="PALABRAS", help="Sus palabras, cuando no hay --trust.")
@click.pass_obj
def check(settings: Settings, folder: Path, trust: Path | None, passphrase: str | None) -> None:
    """Revisa un paquete firmado y dice qué cambia. No instala nada."""
    from app.definition_pack import check_pack, read_trusted_key

    key = read_trusted_key(trust) if trust is not None else _own_key(settings, passphrase)
    checked = check_pack(folder, key)
    manifest = checked.manifest
    click.echo(
        f"Paquete {manifest.version}: firma de la región, {len(manifest.files)} archivos completos."
    )
    if checked.is_installed:
        click.echo("Ya instalada: es la misma versión que tiene este equipo.")
        return
    click.echo(f"Rige desde el {manifest.valid_from:%d/%m/%Y}. Lo que cambia:")
    for one in checked.changes:
        click.echo(f"- {one.kind}: {one.what}")
    if not checked.changes:
        click.echo("- Nada de lo que el programa lee.")
    click.echo("Se puede instalar. Esta versión del programa todavía no instala paquetes.")


@definitions.command("sign")
@click.argument("folder", type=_FOLDER, metavar="CARPETA")
@click.option(
    "--key",
    "root",
    type=_FOLDER,
    metavar="CARPETA",
    required=True,
    help="Carpeta de la llave raíz de la región.",
)
@click.option(
    "--valid-from",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="AAAA-MM-DD",
    required=True,
    help="Desde cuándo rige.",
)
@passphrase_option("Palabras de la llave raíz")
def sign(folder: Path, root: Path, valid_from: datetime, passphrase: str) -> None:
    """Firma una copia de app/data con la llave raíz de la región."""
    from app.definition_pack import sign_pack
    from app.region import open_root

    key = open_root(root, passphrase)
    try:
        manifest = sign_pack(folder, key.public, key.sign, valid_from=valid_from.date())
    except OSError:
        raise DomainError("definitions_not_written") from None
    click.echo(f"Paquete {manifest.version} firmado: {len(manifest.files)} archivos.")


def _own_key(settings: Settings, passphrase: str | None) -> bytes:
    """Return the region's key that this laptop trusts; the vault is closed again before anything
    from outside is read."""
    from app.first_aid import opened

    typed = passphrase or click.prompt("Sus palabras", hide_input=True)
    with opened(settings, typed) as laptop:
        if laptop.keys is None:
            raise DomainError("definitions_no_trust")
        return laptop.keys.keyring.root_key
