"""Files of the official format for tests: rows by variable, imports into a laptop. All invented."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.apart.requests import TableJob
from app.apart.tables import split_table
from app.domain.official_format import Block
from app.files_apart import SplitsApart, rows_in_order
from app.services.apart_ports import NotARow
from app.services.official_import import FaultLine, ImportSummary, import_dataset
from tests.support.laptops import Laptop, definitions

__all__ = ["COMPLETE", "Faults", "SplitsHere", "load", "official_file", "official_row", "stored"]

COMPLETE = {
    "CEM": "CEM DE EJEMPLO",
    "CONDICION": "1",
    "FECHA_INGRESO": "2026-03-05",
    "EDAD_VICTIMA": "34",
    "SEXO_VICTIMA": "0",
    "DPTO_DOMICILIO": "01",
    "PROV_DOMICILIO": "04",
    "DIST_DOMICILIO": "01",
    "CENTRO_POBLADO_DOMICILIO": "0012",
    "TIPO_VIOLENCIA": "1",
    "GRITOS_INSULTOS": "1",
    "NIVEL_DE_RIESGO_VICTIMA": "2",
    "VINCULO_AGRESOR_VICTIMA": "1",
    "VINCULO_PAREJA": "3",
}
"""A row that is accepted."""


def official_row(**cells: str) -> list[str]:
    """The complete row with some of its cells changed, in the order of the dictionary."""
    names = definitions().official.names
    assert set(cells) <= set(names)
    return [(COMPLETE | cells).get(name, "") for name in names]


def official_file(*rows: Sequence[str] | str, header: Sequence[str] | None = None) -> bytes:
    """A file: a row is its cells, or its line as it stands."""
    lines = [header if header is not None else definitions().official.names, *rows]
    return "".join(
        (line if isinstance(line, str) else ",".join(line)) + "\n" for line in lines
    ).encode()


@dataclass(slots=True)
class Faults:
    """Keeps the refusals that an import reports."""

    lines: list[FaultLine] = field(default_factory=list)

    def write(self, faults: Iterable[FaultLine]) -> None:
        self.lines += faults

    def told(self) -> list[tuple[int, str, str, str]]:
        """Line, column, value and reason of each."""
        return [(one.line, one.column, one.text, one.problem.message_id) for one in self.lines]


class SplitsHere:
    """What the worker does, in this process: for tests with very many files."""

    def split(self, portion: bytes, lines: int, columns: int) -> list[list[str] | NotARow]:
        """Return what each line is."""
        job = TableJob(portion, has_header=False, columns=columns, columns_max=len(portion))
        return rows_in_order(split_table(job), lines)


def load(
    laptop: Laptop, content: bytes, name: str = "prueba", report: Faults | None = None
) -> ImportSummary:
    """Import a file into a laptop."""
    with laptop.store.unit() as uow:
        return import_dataset(
            uow, laptop.desk, io.BytesIO(content), name, SplitsApart(), report=report
        )


def stored(laptop: Laptop, name: str = "prueba") -> list[dict[str, str]]:
    """The rows of a dataset by variable, without what is blank."""
    with laptop.store.unit() as uow:
        dataset = uow.datasets.find(name)
        assert dataset is not None
        return list(_rows(uow.datasets.blocks(dataset.id)))


def _rows(blocks: Iterable[Block]) -> Iterator[dict[str, str]]:
    names = definitions().official.names
    for block in blocks:
        for row in zip(*block, strict=True):
            yield {name: text for name, text in zip(names, row, strict=True) if text}
