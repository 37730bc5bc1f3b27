"""How an export leaves, on the command line: closed unless somebody says otherwise twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from app.spanish_commands import Command, go_on_or_abort

if TYPE_CHECKING:
    from app.services.exchange_files import Seal

__all__ = ["chosen_seal", "how_it_opens", "open_export_command", "seal_options"]

F = TypeVar("F", bound=Callable[..., Any])
_NEW_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_FILE_THERE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_IN_CLEAR: Final = (
    "El archivo no está cifrado: guárdelo donde solo lo lea quien corresponde, y bórrelo cuando ya "
    "no haga falta."
)


def seal_options(command: F) -> F:
    """Add the two ways besides words that are drawn."""
    command = click.option(
        "--in-clear", is_flag=True, help="Sin cifrar: lo lee cualquiera que tenga el archivo."
    )(command)
    return click.option(
        "--for",
        "recipient",
        type=_FILE_THERE,
        metavar="CLAVE",
        help="Cifrado para quien dio esta clave pública (age1pq…), en vez de con palabras.",
    )(command)


def chosen_seal(recipient: Path | None, *, in_clear: bool) -> Seal | None:
    """Return how the file is closed; None in clear, after a second yes. Raises DomainError
    ``seal_both``, ``recipient_unknown``; click's ``Abort``."""
    from app.domain.errors import DomainError
    from app.sealed_export import ToRecipient, UnderWords

    if recipient is not None and in_clear:
        raise DomainError("seal_both")
    if recipient is not None:
        return ToRecipient.read(recipient)
    if not in_clear:
        return UnderWords()
    click.echo("Sin cifrar, lo lee cualquiera que lo encuentre o lo reciba. Queda anotado.")
    go_on_or_abort("¿Escribirlo sin cifrar de todos modos?")
    return None


def how_it_opens(seal: Seal | None) -> Iterator[str]:
    """Yield what to do with the file that was written."""
    from app.sealed_export import UnderWords

    if seal is None:
        yield _IN_CLEAR
    elif isinstance(seal, UnderWords):
        yield f"Está cifrado. Se abre con estas palabras: {seal.words}"
        yield "Dígalas por teléfono; no las mande con el archivo ni las guarde junto a él."
        yield "Lo abre Qispi (qispi export open ARCHIVO --out NUEVO) o el programa age."
    else:
        yield "Está cifrado: lo abre quien tiene la clave, con el programa age (1.3 o posterior)."


@click.command("open", cls=Command)
@click.argument("file", type=_FILE_THERE, metavar="ARCHIVO")
@click.option("--out", type=_NEW_FILE, metavar="NUEVO", required=True, help="Archivo nuevo.")
@click.option("--words", prompt="Las palabras", hide_input=True, metavar="PALABRAS")
def open_export_command(file: Path, out: Path, words: str) -> None:
    """Abre un archivo exportado que está cifrado con palabras."""
    from app.sealed_export import open_export

    open_export(file, out, words)
    click.echo(f"Archivo: {out}\n{_IN_CLEAR}")
