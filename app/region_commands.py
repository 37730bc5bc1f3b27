"""``qispi region revoke``: the region takes a laptop out of its centre, by way of a stick."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from app.spanish_commands import Command, go_on_or_abort, passphrase_option

__all__ = ["region_revoke"]

_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("revoke", cls=Command)
@click.argument("stick", type=_FOLDER, metavar="MEMORIA")
@click.argument("letter", metavar="LETRA")
@click.option(
    "--root", type=_FOLDER, metavar="CARPETA", required=True, help="Carpeta de la llave raíz."
)
@click.option("--admin", metavar="LETRA", help="Equipo del centro que administra desde ahora.")
@click.option(
    "--without",
    metavar="LETRA",
    multiple=True,
    help="Equipo que el perdido autorizó o dio de baja sin permiso: no vale. Se puede repetir.",
)
@passphrase_option("Palabras de la llave raíz")
def region_revoke(
    stick: Path,
    letter: str,
    root: Path,
    admin: str | None,
    without: tuple[str, ...],
    passphrase: str,
) -> None:
    """Da de baja a un equipo, también al que administra. Es para siempre.

    MEMORIA es la memoria USB con que se sincronizó un equipo del centro que sigue.
    """
    from app.region import open_root
    from app.region_centre import read_centre, take_out

    opened = open_root(root, passphrase)
    at = read_centre(stick, root, opened.public)
    lost = at.device(letter)
    for one in at.roster.of_centre(at.centre):
        said = [
            word
            for word, is_so in (
                ("administra", one.role == "admin"),
                (f"autorizado por el equipo {lost.letter}", one.by == lost.id),
                ("dado de baja", one.id in at.roster.revoked),
            )
            if is_so
        ]
        click.echo(" · ".join([f"Equipo {one.letter}", one.id.hex()[:8], *said]))
    go_on_or_abort(f"El equipo {lost.letter} ya no podrá sincronizar, para siempre. ¿Seguir?")
    take_out(opened, at, letter, admin=admin, undone=without, stick=stick, root_folder=root)
    click.echo("Listo. Lleve la memoria a los equipos del centro y sincronícelos con ella.")
