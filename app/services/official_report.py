"""The report of an import: one line for each refused cell or line, as it is found.

The value is cut short, shows what cannot be seen as a dot, and is nothing that a spreadsheet would
run: an apostrophe stands before what would be a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Final

from app.domain.official_cell import FORMULA_STARTS
from app.services.exchange_files import NewFile
from app.services.messages import sentence
from app.services.official_import import FaultLine

__all__ = ["CsvReport", "JsonReport"]

_SHOWN_LENGTH: Final = 80
_HEAD: Final = ("fila", "columna", "valor", "motivo")


class CsvReport:
    """:class:`app.services.official_import.FaultReport` as CSV: line, column, value, reason."""

    def __init__(self, file: NewFile) -> None:
        self._file = file
        self._file.write((",".join(_HEAD) + "\n").encode())

    def write(self, faults: Iterable[FaultLine]) -> None:
        """Write them. Raises OSError."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerows((one.line, one.column, _harmless(one.text), _reason(one)) for one in faults)
        self._file.write(text.getvalue().encode())


class JsonReport:
    """:class:`app.services.official_import.FaultReport` as JSON, an object a line, with the message
    id of the reason beside its words."""

    def __init__(self, file: NewFile) -> None:
        self._file = file

    def write(self, faults: Iterable[FaultLine]) -> None:
        """Write them. Raises OSError."""
        for one in faults:
            values = (one.line, one.column, _harmless(one.text), _reason(one))
            entry = dict(zip(_HEAD, values, strict=True)) | {"codigo": one.problem.message_id}
            self._file.write((json.dumps(entry, ensure_ascii=False) + "\n").encode())


def _reason(fault: FaultLine) -> str:
    return sentence(fault.problem.message_id, fault.problem.parameters, str)


def _harmless(text: str) -> str:
    shown = text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
    seen = "".join(one if one.isprintable() else "·" for one in shown)
    return f"'{seen}" if shown.startswith(FORMULA_STARTS) else seen
