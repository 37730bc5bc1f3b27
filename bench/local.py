"""``./run bench local``: one laptop with the cases of many years, against its targets."""

from __future__ import annotations

import dataclasses
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from app.clock import FixedClock, SystemClock
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import set_up_laptop
from app.samples import load_samples
from bench import centre, program, table
from bench.bulk import driver
from bench.figures import Figure
from bench.folders import remark, work_folder
from bench.paired import median_of_sums
from bench.plain import plain_store
from bench.table import Row
from bench.work import NAMES, Day
from db.folder import unlock
from db.store import Store

__all__ = ["local"]

_SEED: Final = 20_000
_CHECKED_CASES: Final = 40
_TOLD_EACH: Final = 5_000
_LISTS: Final = 10
_OPENS: Final = 50
_BYTES_A_CASE: Final = 120_000
"""Of the disk, in the end, for both stores with their logs."""

_COMMIT_MS: Final = 15
_SEARCH_MS: Final = 50
_START_MS: Final = 1000
_MEMORY_MB: Final = 200
_RATIO: Final = 1.35


@click.command()
@click.option("--cases", default=20_000, show_default=True, type=click.IntRange(min=1))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(min=1))
@click.option("--commits", default=80, show_default=True, type=click.IntRange(min=1))
@click.option("--starts", default=9, show_default=True, type=click.IntRange(min=1))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to work: on the disk to be measured. Nothing stays there.",
)
def local(
    cases: int, rounds: int, commits: int, starts: int, json_file: Path | None, folder: Path | None
) -> None:
    """Save, search, list, open, start and memory with many cases, beside plain SQLite."""
    with work_folder(folder, cases * _BYTES_A_CASE) as work:
        rows = _measure(work, cases, rounds, commits, starts)
    click.echo(f"\n{table.printed(rows)}\n\n{_remark()}")
    if json_file is not None:
        content = [dataclasses.asdict(row) | {"is_met": row.is_met} for row in rows]
        json_file.write_text(json.dumps({"cases": cases, "rows": content}, indent=1) + "\n")


def _measure(work: Path, cases: int, rounds: int, commits: int, starts: int) -> list[Row]:
    data, passphrase = work / "data", secrets.token_hex(16)
    laptop = _new_laptop(data, passphrase)
    desk = laptop.desk
    _check(laptop, work)
    plain = _plain_twin(laptop, work / "plain.db")
    click.echo(f"Registering {cases} cases in both stores…")
    began = time.perf_counter()
    centre.fill((laptop.store, plain), desk, cases=cases, seed=_SEED, done=_tell)
    seconds = time.perf_counter() - began
    # Opened anew, as at a start of the program: the caches hold nothing of the filling.
    laptop.close()
    plain.close()
    sealed = unlock(data, passphrase, desk.definitions.registry).store
    sealed.work_at(desk)
    plain = plain_store(work / "plain.db", desk.definitions.registry)
    plain.work_at(desk)
    size_mb = (data / "datos.db").stat().st_size / 1_000_000
    changes = driver(plain).execute("SELECT count(*) FROM change").fetchone()[0]
    click.echo(f"{cases} cases, {changes} changes, {size_mb:.0f} MB, in {seconds:.0f} s.")
    day = Day(sealed, plain, desk, _SEED)
    for number in range(rounds + 1):
        click.echo(f"Round {number} of {rounds} on both stores…" if number else "Warming up…")
        day.round(commits=commits, lists=_LISTS, opens=_OPENS)
        if number == 0:
            day.forget()
    sealed.close()
    plain.close()
    return [*_rows_of_work(day), *_rows_of_program(data, passphrase, starts)]


def _rows_of_work(day: Day) -> Iterator[Row]:
    targets = {"commit": _COMMIT_MS, "search": _SEARCH_MS}
    for name, samples in day.samples.items():
        sealed, plain = samples.figures
        yield Row(
            NAMES[name],
            sealed.median_ms,
            sealed.p95_ms,
            "ms",
            runs=sealed.runs,
            processor_p95=Figure.of(samples.processor).p95_ms,
            plain_median=plain.median_ms,
            plain_p95=plain.p95_ms,
            ratio=samples.ratio,
            target=targets.get(name),
        )
    sealed_sum, plain_sum = (
        median_of_sums(
            [one for samples in day.samples.values() for one in getattr(samples, side)[number]]
            for number in range(len(day.samples["commit"].sealed))
        )
        for side in ("sealed", "plain")
    )
    ratio = sealed_sum / plain_sum
    yield Row("SQLCipher / SQLite, all of the above", ratio, None, "×", target=_RATIO)


def _rows_of_program(data: Path, passphrase: str, starts: int) -> Iterator[Row]:
    click.echo("Starting the program…")
    warm = program.start(data, starts)
    yield Row(
        "start to the lock screen, warm",
        warm.median_ms,
        warm.p95_ms,
        "ms",
        runs=warm.runs,
        target=_START_MS,
        is_median_held=True,
    )
    cold = program.cold_start(data, max(1, starts // 3))
    if cold is not None:
        yield Row(
            "start, program not in the disk cache",
            cold.median_ms,
            cold.p95_ms,
            "ms",
            runs=cold.runs,
        )
    held = program.memory(data, passphrase)
    if held is not None:
        yield Row(f"memory, {held.rows} rows listed", held.listed_mb, None, "MB", target=_MEMORY_MB)
        yield Row("memory, peak while unlocking", held.peak_mb, None, "MB")


def _new_laptop(data: Path, passphrase: str) -> Laptop:
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
    )
    with laptop.store.unit() as uow:
        centre.send(uow, laptop.desk, position=1)
    return laptop


def _plain_twin(laptop: Laptop, path: Path) -> Store:
    plain = plain_store(path, laptop.desk.definitions.registry)
    centre.twin(laptop, plain)
    return plain


def _check(laptop: Laptop, work: Path) -> None:
    """Refuse to measure rows that the program itself would not have written."""
    typed, quick = (_plain_twin(laptop, work / f"{name}.db") for name in ("typed", "quick"))
    unsent = _CHECKED_CASES // 2
    desk = dataclasses.replace(laptop.desk, clock=FixedClock(laptop.desk.clock.now_ms()))
    centre.register_all(typed, desk, cases=_CHECKED_CASES, seed=_SEED, unsent=unsent)
    centre.fill((quick,), desk, cases=_CHECKED_CASES, seed=_SEED, unsent=unsent)
    found = centre.differences(typed, quick)
    typed.close()
    quick.close()
    if found:
        raise click.ClickException(f"the quick way writes other rows: {', '.join(found)}")


def _remark() -> str:
    return f"{remark()} cpu is what the encrypted store's thread worked."


def _tell(registered: int) -> None:
    if registered % _TOLD_EACH == 0:
        click.echo(f"  {registered}")
