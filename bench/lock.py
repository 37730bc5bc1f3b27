"""``./run bench lock``: how long it takes until nothing shows, until the lock screen is there, and
until it opens; and what memory the words take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from app.clock import SystemClock
from app.crypto.passphrase import Argon2Cost
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.samples import load_samples
from bench import program
from bench.figures import Figure
from bench.folders import remark, work_folder
from bench.table import Row, printed

__all__ = ["lock"]

_WORDS: Final = "ábaco sandía trébol gaviota farol"
_MEBIBYTES: Final = (64, 128, 256)
_ROOM: Final = 200_000_000
_BLACK_MS: Final = 200
_START_MS: Final = 700
_UNLOCK_MS: Final = 4_000


@click.command()
@click.option("--runs", default=5, show_default=True, help="Each so often.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=None)
def lock(runs: int, folder: Path | None) -> None:
    """Measure what a lock costs, and coming back from it."""
    with work_folder(folder, _ROOM) as work:
        rows = list(_rows(work, runs))
    click.echo("")
    click.echo(printed(rows))
    click.echo("")
    click.echo(remark())


def _rows(work: Path, runs: int) -> Iterator[Row]:
    told: dict[int, list[dict[str, float]]] = {}
    for size in _MEBIBYTES:
        click.echo(f"Unlocking at {size} MiB, typing, locking…")
        data = work / str(size)
        _set_up(data, Argon2Cost(size * 1024, 3, 1))
        told[size] = [json.loads(program.locking(data, _WORDS)) for _ in range(runs)]
    every = [one for ones in told.values() for one in ones]
    black = Figure.of(one["black_ms"] for one in every)
    yield _row("lock: nothing shows any more", black, _BLACK_MS)
    yield _row("lock: typed text saved, vault closed", Figure.of(one["gone_ms"] for one in every))
    click.echo("Starting the program…")
    start = program.start(work / str(_MEBIBYTES[0]), max(runs, 5))
    yield _row("start to the lock screen, warm", start, _START_MS, is_median_held=True)
    for size, ones in told.items():
        figure = Figure.of(one["unlock_ms"] for one in ones)
        worked = Figure.of(one["unlock_cpu_ms"] for one in ones)
        row = _row(f"unlock, {size} MiB", figure, _UNLOCK_MS)
        yield replace(row, processor_p95=worked.p95_ms)
        peak = max(one["peak_mb"] for one in ones)
        yield Row(f"unlock, {size} MiB, memory at most", peak, None, "MB", runs=len(ones))


def _row(
    name: str, figure: Figure, target: float | None = None, *, is_median_held: bool = False
) -> Row:
    return Row(
        name,
        figure.median_ms,
        figure.p95_ms,
        "ms",
        runs=figure.runs,
        target=target,
        is_median_held=is_median_held,
    )


def _set_up(data: Path, cost: Argon2Cost) -> None:
    clock = SystemClock()
    set_up_laptop(
        data,
        _WORDS,
        person="Persona Inventada",
        role="social",
        roles=("social", "psicologia", "legal", "coordinacion", "admision"),
        centre=load_samples().centre,
        clock=clock,
        ids=SystemIds(clock),
        cost=cost,
    ).close()
