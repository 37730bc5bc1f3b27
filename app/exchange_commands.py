"""The commands of the exchange in the official format, and of figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from app.seal_commands import chosen_seal, how_it_opens, open_export_command, seal_options
from app.services.messages import sentence
from app.settings import Settings
from app.spanish_commands import Command, Group, passphrase_option

if TYPE_CHECKING:
    from app.domain.definitions import Definitions
    from app.domain.form import Problem
    from app.services.figures import Figures, ShownTable
    from app.services.official_export import ExportSummary
    from app.services.official_import import ImportSummary

__all__ = ["datasets", "export", "figures", "import_"]

_NEW_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_FILE_THERE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_SHOWN_REASONS: Final = 40
_TELL_EVERY: Final = 100_000
_INTERNAL: Final = (
    "Uso interno del centro: los conteos pequeños no están ocultos. No publique ni envíe estas "
    "cifras así."
)


class _Day(click.ParamType[date]):
    """A calendar day, as 2026-03-05 or 05/03/2026."""

    name = "fecha"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007  # a calendar day
            except ValueError:
                continue
        raise click.BadParameter("", ctx, param)


@click.group(cls=Group)
def export() -> None:
    """Escribe archivos para otros programas."""


export.add_command(open_export_command)


@click.group("import", cls=Group)
def import_() -> None:
    """Lee archivos de otros programas."""


@click.group(cls=Group)
def datasets() -> None:
    """Los conjuntos de datos importados: filas sin nombres, aparte de las fichas."""


@export.command("ra-cem")
@click.option("--out", type=_NEW_FILE, metavar="ARCHIVO", required=True, help="Archivo nuevo.")
@click.option("--dataset", metavar="NOMBRE", help="Un conjunto importado, en vez de las fichas.")
@click.option("--from", "first", type=_Day(), metavar="FECHA", help="Desde esta fecha de ingreso.")
@click.option("--to", "last", type=_Day(), metavar="FECHA", help="Hasta esta fecha de ingreso.")
@click.option(
    "--extended", is_flag=True, help="Agrega los demás campos de la ficha que no son reservados."
)
@click.option(
    "--texts", is_flag=True, help="Con --extended: también los de texto libre. Pueden nombrar."
)
@seal_options
@passphrase_option("Sus palabras")
@click.pass_obj
def export_ra_cem(
    settings: Settings,
    out: Path,
    dataset: str | None,
    first: date | None,
    last: date | None,
    *,
    extended: bool,
    texts: bool,
    recipient: Path | None,
    in_clear: bool,
    passphrase: str,
) -> None:
    """Escribe las 168 variables del diccionario oficial en un CSV, cifrado con palabras."""
    from app.domain.errors import DomainError
    from app.first_aid import opened
    from app.services.official_export import Days, export_dataset, export_own

    days = Days(first, last)
    if dataset is not None and (extended or texts):
        raise DomainError("dataset_extended")
    if dataset is not None and not days.is_open:
        raise DomainError("dataset_no_days")
    seal = chosen_seal(recipient, in_clear=in_clear)
    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        summary = (
            export_dataset(uow, laptop.desk, out, dataset, seal)
            if dataset is not None
            else export_own(
                uow,
                laptop.desk,
                out,
                days=days,
                is_extended=extended or texts,
                with_texts=texts,
                seal=seal,
            )
        )
        lines = tuple(_export_lines(laptop.desk.definitions, summary))
    click.echo(f"Archivo: {out}")
    for line in (*lines, *how_it_opens(seal)):
        click.echo(line)


@import_.command("ra-cem")
@click.argument("file", type=_FILE_THERE, metavar="ARCHIVO")
@click.option("--name", metavar="NOMBRE", required=True, help="Nombre del conjunto de datos.")
@click.option(
    "--report",
    type=_NEW_FILE,
    metavar="INFORME",
    help="Archivo nuevo con cada celda rechazada: CSV, o JSON por líneas si termina en .jsonl.",
)
@passphrase_option("Sus palabras")
@click.pass_obj
def import_ra_cem(
    settings: Settings, file: Path, name: str, report: Path | None, passphrase: str
) -> None:
    """Lee un CSV de las 168 variables: dice cada celda que rechaza y carga el resto."""
    from app.files_apart import SplitsApart
    from app.first_aid import opened
    from app.services.chosen_files import open_chosen_file
    from app.services.exchange_files import new_file
    from app.services.official_import import FILE_BYTES_MAX, import_dataset
    from app.services.official_report import CsvReport, JsonReport

    with ExitStack() as stack:
        laptop = stack.enter_context(opened(settings, passphrase))
        source = stack.enter_context(open_chosen_file(file, FILE_BYTES_MAX))
        target = stack.enter_context(new_file(report)) if report is not None else None
        uow = stack.enter_context(laptop.store.unit())
        written = None
        if report is not None and target is not None:
            written = JsonReport(target) if report.suffix == ".jsonl" else CsvReport(target)
        summary = import_dataset(
            uow, laptop.desk, source, name, SplitsApart(), report=written, tell=_tell
        )
        lines = tuple(_import_lines(laptop.desk.definitions, summary))
    for line in lines:
        click.echo(line)
    if report is not None:
        click.echo(f"Informe: {report}")


@click.command(cls=Command)
@click.option("--dataset", metavar="NOMBRE", help="Un conjunto importado, en vez de las fichas.")
@click.option("--year", type=click.IntRange(1990, 2200), metavar="AÑO", help="Solo ese año.")
@click.option("--bands", default="", metavar="GRUPOS", help="Cómo agrupar las edades.")
@passphrase_option("Sus palabras")
@click.pass_obj
def figures(
    settings: Settings, dataset: str | None, year: int | None, bands: str, passphrase: str
) -> None:
    """Cuenta casos: por sexo, edad, tipo de violencia, riesgo, vínculo y más."""
    from app.first_aid import opened
    from app.services.figures import figures_of, figures_of_own

    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        found = (
            figures_of(uow, laptop.desk, dataset, year=year, banding=bands)
            if dataset is not None
            else figures_of_own(uow, laptop.desk, year=year, banding=bands)
        )
    for line in _figure_lines(found):
        click.echo(line)


@datasets.command("list")
@passphrase_option("Sus palabras")
@click.pass_obj
def datasets_list(settings: Settings, passphrase: str) -> None:
    """Muestra los conjuntos importados."""
    from app.first_aid import opened

    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        found = uow.datasets.all()
        zone = laptop.desk.clock.zone()
    for one in found:
        day = datetime.fromtimestamp(one.at_ms / 1000, zone).strftime("%d/%m/%Y")
        facts = one.facts
        click.echo(
            f"{one.name}: {facts.rows} filas, {facts.incomplete} incompletas, "
            f"{facts.set_aside} apartadas, importado el {day}"
        )
    if not found:
        click.echo("No hay conjuntos importados.")


@datasets.command("remove")
@click.argument("name", metavar="NOMBRE")
@passphrase_option("Sus palabras")
@click.pass_obj
def datasets_remove(settings: Settings, name: str, passphrase: str) -> None:
    """Elimina un conjunto importado. Las fichas no se tocan."""
    from app.first_aid import opened
    from app.services.official_import import remove_dataset

    with opened(settings, passphrase) as laptop, laptop.store.unit() as uow:
        remove_dataset(uow, laptop.desk, name)
    click.echo("Eliminado.")


def _words(problem: Problem) -> str:
    return sentence(problem.message_id, problem.parameters, str)


def _tell(lines: int) -> None:
    if lines % _TELL_EVERY == 0:
        click.echo(f"  {lines} líneas…", err=True)


def _import_lines(definitions: Definitions, summary: ImportSummary) -> Iterator[str]:
    facts = summary.dataset.facts
    yield f"Conjunto de datos: {summary.dataset.name}"
    yield f"Filas cargadas: {facts.rows}"
    yield f"  de ellas incompletas (sin sus celdas rechazadas): {facts.incomplete}"
    yield f"Líneas apartadas: {facts.set_aside}"
    yield f"Celdas rechazadas: {facts.refused}"
    yield from (_words(one) for one in summary.remarks)
    yield from _reasons(summary)
    if summary.row_remarks:
        yield "Observaciones (se cargaron igual):"
    for problem, rows in summary.row_remarks:
        yield f"  {rows} filas: {_remark(definitions, problem)}"
    yield f"Huella del contenido (SHA-256): {facts.digest.hex()}"
    yield f"Huella del archivo leído (SHA-256): {facts.source_digest.hex()}"


def _reasons(summary: ImportSummary) -> Iterator[str]:
    shown = summary.by_reason.most_common(_SHOWN_REASONS)
    for (column, message_id), count in shown:
        place = f"columna {column}: " if column else ""
        yield f"  {count} · {place}{_general(summary.examples[column, message_id])}"
    if len(summary.by_reason) > len(shown):
        more = len(summary.by_reason) - len(shown)
        yield f"  y {more} motivos más: pida el informe con --report"


def _general(problem: Problem) -> str:
    """Return a reason without what stood in one cell."""
    parameters = {
        name: "…" if name in _OF_ONE_CELL else value for name, value in problem.parameters.items()
    }
    return sentence(problem.message_id, parameters, str)


_OF_ONE_CELL: Final = frozenset({"code", "inei", "found"})


def _remark(definitions: Definitions, problem: Problem) -> str:
    if problem.message_id == "official_check":
        wanted = problem.parameters["check"]
        return next(one.label for one in definitions.official.checks if one.id == wanted)
    return f"{_field_words(definitions, str(problem.parameters['field']))}: {_words(problem)}"


def _field_words(definitions: Definitions, field_id: str) -> str:
    from app.services.forms import FICHA

    found = definitions.form(FICHA).get(field_id)
    return found.brief if found else field_id


def _export_lines(definitions: Definitions, summary: ExportSummary) -> Iterator[str]:
    yield f"Filas: {summary.rows}"
    if summary.without_consent:
        yield f"No salen (no aceptó que se registren sus datos): {summary.without_consent}"
    if summary.without_day:
        yield f"No salen (sin fecha de ingreso): {summary.without_day}"
    if summary.conflicts:
        yield f"Celdas con dos valores por decidir (salió el que se muestra): {summary.conflicts}"
    if summary.unsaid:
        yield "El formato oficial no puede decirlo y queda vacío:"
    for (field_id, message_id), count in summary.unsaid.most_common():
        problem = summary.examples[field_id, message_id]
        yield f"  {count} · {_field_words(definitions, field_id)}: {_general(problem)}"
    if summary.free_texts:
        yield "Columnas de texto libre, que pueden nombrar a alguien; revíselas:"
        yield f"  {', '.join(summary.free_texts)}"
    yield f"Huella del contenido (SHA-256): {summary.digest.hex()}"


def _figure_lines(found: Figures) -> Iterator[str]:
    yield f"Casos: {found.total}" if found.year is None else f"Casos en {found.year}: {found.total}"
    if found.year is not None:
        share = f" ({found.change_percent} %)" if found.change_percent else ""
        yield f"  en {found.year - 1}: {found.before}; variación: {found.change:+d}{share}"
    if found.without_consent:
        yield f"No se cuentan (no aceptó que se registren sus datos): {found.without_consent}"
    if found.undated:
        yield f"Sin fecha de ingreso: {found.undated}"
    if found.incomplete:
        yield f"Filas con algún dato rechazado al importar: {found.incomplete}"
    for table in found.tables:
        yield ""
        yield from _table_lines(table)
    yield ""
    if found.head:
        yield f"El registro de este equipo terminaba en {found.head}: para comparar después."
    yield _INTERNAL


def _table_lines(table: ShownTable) -> Iterator[str]:
    heads = ("", *table.columns, "Total", "%")
    rows = [(one.label, *map(str, (*one.counts, one.total)), one.share) for one in table.lines]
    rows.append(("Total", *map(str, (*table.totals, table.total)), ""))
    first = max(len(row[0]) for row in rows)
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(1, len(heads))]
    yield f"{table.id} {table.title}"
    for row in (heads, *rows):
        cells = "  ".join(text.rjust(width) for text, width in zip(row[1:], widths, strict=True))
        yield f"  {row[0].ljust(first)}  {cells}"
    yield f"  Cuadre: {'sí' if table.balances else 'NO CUADRA'}"
