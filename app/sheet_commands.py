"""``qispi recover-with-sheets`` and the two commands of the region's sheets: rows typed at a
terminal, each looked at as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.domain.errors import DomainError
from app.domain.sheet_rows import ROWS, read_row, split_rows
from app.resources import emergency_files
from app.services.messages import ROLES, sentence
from app.settings import Settings
from app.spanish_commands import Command, go_on_or_abort, passphrase_option

if TYPE_CHECKING:
    from app.region_sheets import DrawnRoot
    from app.services.account_ports import NewPerson
    from app.services.staff import StaffMember
    from app.sheet_opening import SheetOpening

__all__ = [
    "ask_rows",
    "ask_two",
    "emergency",
    "let_in",
    "new_root_on_paper",
    "recover_with_sheets",
    "region_restore",
]

_FOLDER: Final = click.Path(path_type=Path, file_okay=False)


@click.command("recover-with-sheets", cls=Command)
@click.pass_obj
def recover_with_sheets(settings: Settings) -> None:
    """Abre este equipo con dos hojas de recuperación, cuando nadie recuerda sus palabras.

    Quien las escribe recibe cinco palabras nuevas. Queda anotado en el registro.
    """
    from app.clock import SystemClock
    from app.ids import SystemIds
    from app.sheet_opening import SheetOpening

    clock = SystemClock()
    opening = SheetOpening(settings.data, clock, SystemIds(clock))
    click.echo(f"Este equipo se abre con el juego {opening.set_name()}.")
    let_in(opening, *ask_two())


def ask_two() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the rows of two sheets."""
    return ask_rows("Primera hoja"), ask_rows("Segunda hoja")


def let_in(opening: SheetOpening, one: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Ask who has these two sheets, and let her in by five new words."""
    from app.word_list import spoken

    who = _ask_who(opening.look(one, other))
    words = opening.draw()
    click.echo(f"Sus palabras nuevas, que desde ahora abren este equipo:\n\n    {words}\n")
    click.echo("Escríbalas en un papel que guarde solo usted.")
    while words not in spoken(click.prompt("Escríbalas aquí, en orden")):
        click.echo("No son las mismas. Léalas de nuevo.")
    opening.enter(one, other, words, who).close()
    click.echo(
        "Listo: entre con sus palabras. Después haga un juego nuevo de hojas: estas ya salieron de "
        "sus sobres."
    )


@click.command("restore", cls=Command)
@click.option(
    "--out", type=_FOLDER, metavar="CARPETA", required=True, help="Carpeta nueva para la llave."
)
@passphrase_option("Palabras nuevas de la llave raíz", is_new=True)
def region_restore(out: Path, passphrase: str) -> None:
    """Rehace la llave raíz con dos de sus tres hojas, en una computadora sin red."""
    from app.crypto.fingerprint import grouped
    from app.region import new_root
    from app.region_sheets import restored_root

    one, other = ask_two()
    code, seed = restored_root(out, one, other)
    click.echo(f"Código de esta llave: {grouped(code)}")
    go_on_or_abort("¿Es el de la carta oficial, cifra por cifra?")
    new_root(out, passphrase, seed=seed)
    click.echo(
        f"Llave raíz en {out}. Guárdela fuera de línea. Copie al lado la carpeta «statements» de "
        "la copia anterior, si la hay."
    )


@click.command("emergency", cls=Command)
@click.option(
    "--out", type=_FOLDER, metavar="CARPETA", required=True, help="Carpeta nueva, o una memoria."
)
def emergency(out: Path) -> None:
    """Copia la página «Emergencia con dos hojas» y lo que pide, para guardar con las hojas.

    Con eso, dos hojas y los archivos de un equipo se abren sin este programa.
    """
    from app.clock import SystemClock
    from app.definitions import load
    from app.services.emergency_names import emergency_names

    out.mkdir(parents=True, exist_ok=True)
    for one in emergency_files():
        _write_new(out / one.name, one.read_bytes())
    _write_new(out / "nombres.json", emergency_names(load(day=SystemClock().today())))
    click.echo(
        "Imprima la página y guarde la carpeta con las hojas, bajo llave: no abre nada por sí "
        "sola, pero los nombres dicen para qué es el programa."
    )


def _write_new(place: Path, content: bytes) -> None:
    with place.open("xb") as file:
        file.write(content)
    click.echo(place)


def new_root_on_paper(out: Path, papers: Path, passphrase: str) -> str:
    """Make a root key of three sheets, which are printed and read back first; return its 32 digits.
    Given up, nothing is left."""
    from app.clock import SystemClock
    from app.crypto.passphrase import check_new_passphrase
    from app.region import ROOT_NAME
    from app.region_sheets import draw_root, keep_root, write_papers

    check_new_passphrase(passphrase)
    if (out / ROOT_NAME).exists():
        raise DomainError("already_set_up")
    drawn = draw_root()
    written = write_papers(drawn, papers, SystemClock().today())
    try:
        names = ", ".join(place.name for place in written)
        click.echo(f"Imprima estas tres hojas, una por una: {names} (en {papers}).")
        click.echo("Para comprobar que el papel se lee, escriba una fila de cada una.")
        for sheet in drawn.sheets:
            _ask_proof(drawn, sheet.number, sheet.letter)
        return keep_root(out, drawn, passphrase)
    finally:
        for place in written:
            place.unlink(missing_ok=True)
        click.echo("Los tres archivos se borraron. Destruya la memoria USB en que estuvieron.")


def ask_rows(name: str) -> tuple[str, ...]:
    """Return the rows of a sheet, asking for each until it is right; a code reader gives all at
    once."""
    click.echo(f"{name}:")
    rows: list[str] = []
    while len(rows) < ROWS:
        typed: str = click.prompt(f"  fila {len(rows) + 1}", default="", show_default=False)
        parts = split_rows(typed)
        try:
            for place, part in enumerate(parts, len(rows) + 1):
                read_row(place, part)
        except DomainError as fault:
            click.echo(f"  {sentence(fault.message_id, fault.parameters, str)}")
            continue
        rows.extend(parts)
    return tuple(rows[:ROWS])


def _ask_proof(drawn: DrawnRoot, number: int, letter: str) -> None:
    while True:
        typed: str = click.prompt(
            f"  hoja {letter}, fila {drawn.asked[number]}", default="", show_default=False
        )
        try:
            drawn.check(number, typed)
        except DomainError as fault:
            click.echo(f"  {sentence(fault.message_id, fault.parameters, str)}")
        else:
            return


def _ask_who(people: tuple[StaffMember, ...]) -> NewPerson:
    """Ask who is there: somebody of the centre, or somebody who comes."""
    from app.services.account_ports import NewPerson
    from app.services.colleague_names import told_apart

    click.echo("¿Quién es usted?")
    called = told_apart((one.name, [ROLES.get(role, role) for role in one.roles]) for one in people)
    for number, said in enumerate(called, start=1):
        click.echo(f"  {number}. {said}")
    click.echo(f"  {len(people) + 1}. Otra persona")
    chosen: int = click.prompt("Número", type=click.IntRange(1, len(people) + 1))
    if chosen <= len(people):
        found = people[chosen - 1]
        return NewPerson(found.name, found.roles[0] if found.roles else "", found.roles, found.id)
    name: str = click.prompt("Su nombre")
    role: str = click.prompt("Su servicio", type=click.Choice(list(ROLES)))
    return NewPerson(name, role)
