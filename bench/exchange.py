"""``./run bench exchange``: rows in the official format in and out, in a process of their own."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import multiprocessing
import os
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import click

from app.clock import SystemClock
from app.crypto.passphrase import Argon2Cost
from app.files_apart import SplitsApart
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop, set_up_laptop
from app.samples import load_samples
from app.services.exchange_files import new_file
from app.services.figures import figures_of
from app.services.official_export import export_dataset
from app.services.official_import import import_dataset
from app.services.official_report import CsvReport
from bench import table
from bench.official_rows import write_rows
from bench.table import Row

__all__ = ["exchange"]

_SEED: Final = 20_000
_MEMORY_MB: Final = 300
_NAME: Final = "medida"
_COST: Final = Argon2Cost(memory_kib=64 * 1024, passes=3, lanes=1)
"""The least that a passphrase may cost."""


@click.command()
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to work: on the disk to be measured. Nothing stays there.",
)
def exchange(rows: int, json_file: Path | None, folder: Path | None) -> None:
    """Import, export and count rows of the official format: speed, memory and digests."""
    with tempfile.TemporaryDirectory(prefix="qispi-bench-", dir=folder) as name:
        found = _measure(Path(name), rows)
    lines = list(_rows_of(found, rows))
    click.echo(f"\n{table.printed(lines)}\n")
    same = found["digests"]
    click.echo(f"SHA-256 of the input  {same[0]}")
    click.echo(f"SHA-256 of the export {same[1]}: {'equal' if same[0] == same[1] else 'DIFFERENT'}")
    if json_file is not None:
        content = [dataclasses.asdict(row) | {"is_met": row.is_met} for row in lines]
        is_same = same[0] == same[1]
        json_file.write_text(json.dumps({"rows": content, "is_same": is_same}, indent=1) + "\n")


def _measure(work: Path, rows: int) -> dict[str, Any]:
    passphrase, source, out = secrets.token_hex(16), work / "ra.csv", work / "otra.csv"
    data = work / "data"
    click.echo(f"Inventing {rows} rows…")
    _alone(_prepare, data, passphrase, source, rows)
    size_mb = source.stat().st_size / 1_000_000
    click.echo(f"{size_mb:.0f} MB. Importing, exporting, counting…")
    found = {
        name: _alone(work_of, data, passphrase, source, out) for name, work_of in _WORK.items()
    }
    digests = [hashlib.sha256(one.read_bytes()).hexdigest() for one in (source, out)]
    assert found["import"]["digest"] == digests[0], "an import says another digest"
    store_mb = (data / "datos.db").stat().st_size / 1_000_000
    return {**found, "digests": digests, "size_mb": size_mb, "store_mb": store_mb}


def _rows_of(found: dict[str, Any], rows: int) -> list[Row]:
    lines = []
    for name in _WORK:
        seconds, worked, peak = (found[name][one] for one in ("seconds", "worked", "peak_mb"))
        lines.append(Row(f"{name}, rows a second", rows / seconds, None, "/s"))
        lines.append(Row(f"{name}, rows a second of processor", rows / worked, None, "/s"))
        lines.append(Row(f"{name}, peak memory", peak, None, "MB", target=_MEMORY_MB))
    lines.append(Row("the file", found["size_mb"], None, "MB"))
    lines.append(Row("the encrypted store", found["store_mb"], None, "MB"))
    return lines


def _alone(work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Do the work in a new process, whose memory is nobody else's, and return what it found."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(its, work, arguments))
    process.start()
    its.close()
    try:
        found: dict[str, Any] = mine.recv()
    except EOFError:
        raise click.ClickException("the process that was measured ended early") from None
    finally:
        process.join()
    return found


def _child(answer: Connection, work: Callable[..., dict[str, Any]], arguments: Any) -> None:
    found = work(*arguments)
    answer.send({**found, "peak_mb": _peak_mb()})


def _peak_mb() -> float:
    # On Linux the high-water mark of this very process image; ru_maxrss keeps its parent's.
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM:")) / 1_000
    except OSError:
        unit = 1_000_000 if sys.platform == "darwin" else 1_000
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _prepare(data: Path, passphrase: str, source: Path, rows: int) -> dict[str, Any]:
    clock = SystemClock()
    laptop = set_up_laptop(
        data,
        passphrase,
        person="Persona Inventada",
        role="social",
        roles=("social", "psicologia", "legal", "coordinacion", "admision"),
        centre=load_samples().centre,
        clock=clock,
        ids=SystemIds(clock),
        cost=_COST,
    )
    for path, is_spoilt in ((source, False), (_spoilt(source), True)):
        with path.open("wb") as file:
            write_rows(file, laptop.desk.definitions, rows, _SEED, is_spoilt=is_spoilt)
            file.flush()
            os.fsync(file.fileno())
    laptop.close()
    return {}


def _spoilt(source: Path) -> Path:
    return source.with_name("mala.csv")


def _opened(data: Path, passphrase: str) -> Laptop:
    clock = SystemClock()
    laptop = open_laptop(data, passphrase, clock, SystemIds(clock))
    _forget_peak()
    return laptop


class _Watch:
    """Time on the wall, and what this process worked."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def times(self) -> dict[str, Any]:
        """Return both, in seconds, since it was made."""
        wall, worked = self._began
        return {"seconds": time.perf_counter() - wall, "worked": time.process_time() - worked}


def _forget_peak() -> None:
    """Begin the high-water mark of memory anew, where Linux lets us: what the passphrase took is
    measured elsewhere."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _import(data: Path, passphrase: str, source: Path, _: Path) -> dict[str, Any]:
    laptop = _opened(data, passphrase)
    began = _Watch()
    with laptop.store.unit() as uow, source.open("rb") as file:
        summary = import_dataset(uow, laptop.desk, file, _NAME, SplitsApart())
    times = began.times()
    assert summary.dataset.facts.refused == summary.dataset.facts.set_aside == 0
    laptop.close()
    return {**times, "digest": summary.dataset.facts.digest.hex()}


def _import_spoilt(data: Path, passphrase: str, source: Path, out: Path) -> dict[str, Any]:
    laptop = _opened(data, passphrase)
    began = _Watch()
    with (
        laptop.store.unit() as uow,
        _spoilt(source).open("rb") as file,
        new_file(out.with_name("informe.csv")) as report,
    ):
        summary = import_dataset(
            uow, laptop.desk, file, "mala", SplitsApart(), report=CsvReport(report)
        )
    times = began.times()
    facts = summary.dataset.facts
    assert facts.refused == 3 * facts.rows
    laptop.close()
    return times


def _export(data: Path, passphrase: str, _: Path, out: Path) -> dict[str, Any]:
    laptop = _opened(data, passphrase)
    began = _Watch()
    with laptop.store.unit() as uow:
        export_dataset(uow, laptop.desk, out, _NAME)
    times = began.times()
    laptop.close()
    return times


def _figures(data: Path, passphrase: str, _: Path, __: Path) -> dict[str, Any]:
    laptop = _opened(data, passphrase)
    began = _Watch()
    with laptop.store.unit() as uow:
        assert figures_of(uow, laptop.desk, _NAME).balances
    times = began.times()
    laptop.close()
    return times


_WORK: Final = {
    "import": _import,
    "import, 3 cells a row refused and reported": _import_spoilt,
    "export": _export,
    "figures": _figures,
}
