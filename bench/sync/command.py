"""``./run bench sync``: the synchronisation beside its peers, over links as they are."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from app.definitions import load
from bench.folders import remark, work_folder
from bench.sync import tables
from bench.sync.contest import PEERS, Contestant
from bench.sync.floor import Floor, floor_of, line_seconds
from bench.sync.installed import NotInstalled, node_tools, python_tools
from bench.sync.invented import make_work
from bench.sync.link_process import CHECKOUT
from bench.sync.links import LINKS, OPEN, Link
from bench.sync.listeners import Ports
from bench.sync.memory_mode import memory_rows
from bench.sync.own import Own, prepare
from bench.sync.rows import Row, measure
from bench.sync.targets import IN_CLEAR, OVER_TLS, targets
from bench.sync.work import Work, write_work

__all__ = ["sync"]

OUT: Final = CHECKOUT / "out" / "bench-sync"
_CASES: Final = 1_000
_EDITS: Final = 100
_QUICK_CASES: Final = 100
_DAY: Final = date(2026, 11, 25)
_BYTES_NEEDED: Final = 2_000_000_000
_IDS: Final = ("own", *dict.fromkeys(one.id for one in PEERS))
_MEMORY_CHANGES: Final = 100_000


def _listed(allowed: Sequence[str]) -> Any:
    def split(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
        names = tuple(one.strip() for one in value.split(",") if one.strip())
        if unknown := [one for one in names if one not in allowed]:
            raise click.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(allowed)}")
        return names

    return split


@dataclasses.dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be measured."""

    only: tuple[str, ...]
    links: tuple[Link, ...]
    seed: int
    limit: float
    at_once: int
    ports: Ports


@click.command()
@click.option("--only", default=",".join(_IDS), callback=_listed(_IDS), help="Whose rows.")
@click.option("--links", default=",".join(LINKS), callback=_listed(tuple(LINKS)))
@click.option("--seed", default=1, show_default=True, help="Of the work and of the links' losses.")
@click.option("--cases", type=click.IntRange(min=2), help="Fewer or more of them: sooner.")
@click.option("--limit", default=600.0, show_default=True, help="Seconds after which it is DNF.")
@click.option("--at-once", default=8, show_default=True, help="Peers measured at one time, links.")
@click.option("--quick", is_flag=True, help="A hundred cases, ours alone, on the loopback.")
@click.option("--memory", is_flag=True, help="Memory while 100,000 changes arrive, and no table.")
@click.option("--changes", default=_MEMORY_CHANGES, show_default=True, help="With --memory.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=OUT)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to work: on the disk to be measured. Nothing stays there.",
)
def sync(
    only: tuple[str, ...],
    links: tuple[str, ...],
    seed: int,
    cases: int | None,
    limit: float,
    at_once: int,
    quick: bool,
    memory: bool,
    changes: int,
    out: Path,
    folder: Path | None,
) -> None:
    """Cases of sixty fields, then edits, between two replicas: bytes, requests, seconds."""
    out.mkdir(parents=True, exist_ok=True)
    with work_folder(folder, _BYTES_NEEDED) as place:
        if memory:
            said, content = memory_rows(place, changes, seed)
            _tell(out, "memory", said, content)
            return
        chosen = ("own",) if quick else only
        plan = _Plan(chosen, (OPEN,) if quick else _links(links), seed, limit, at_once, Ports())
        count = cases or (_QUICK_CASES if quick else _CASES)
        edits = min(_EDITS, count // 2)
        work = make_work(load(day=_DAY), cases=count, edits=edits, seed=seed)
        write_work(work, place / "work.json")
        rows = list(_rows(plan, place))
    floor = floor_of(work)
    held = targets(rows, floor)
    said = _said(rows, plan, work, floor, [str(one) for one in held])
    content = {
        "seed": seed,
        "floor": dataclasses.asdict(floor),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "rows": [row.as_plain() for row in rows],
        "targets": [dataclasses.asdict(one) | {"is_met": one.is_met} for one in held],
    }
    _tell(out, "quick" if quick else "sync", said, content)


def _links(names: Sequence[str]) -> tuple[Link, ...]:
    return tuple(LINKS[name] for name in LINKS if name in names)


def _rows(plan: _Plan, place: Path) -> Iterator[Row]:
    """Ours alone first, then the peers: on the loopback one after the other, where they wait for
    the processor; on thin links together, where they wait for the line."""
    if "own" in plan.only:
        yield from _own_rows(plan, place)
    peers = [one for one in PEERS if one.id in plan.only]
    _install(peers)
    for link in plan.links:
        if link == OPEN:
            for one in peers:
                yield _told(_measured(one, link, plan, place))
    thin = [(one, link) for link in plan.links if link != OPEN for one in peers]
    with ThreadPoolExecutor(plan.at_once) as pool:
        yield from pool.map(lambda one: _told(_measured(one[0], one[1], plan, place)), thin)


def _own_rows(plan: _Plan, place: Path) -> Iterator[Row]:
    click.echo("Two laptops are enrolled, and the cases are registered…")
    region = place / "prepared"
    region.mkdir()
    prepared = prepare(region, place / "work.json", plan.ports)
    for link in plan.links:
        for name, is_clear in ((OVER_TLS, False), (IN_CLEAR, True)):
            yield _told(_measured(Own(name, is_clear, prepared), link, plan, place))


def _install(peers: Sequence[Contestant]) -> None:
    """Put everything in place before anything is measured; what fails says so in its rows."""
    if not peers:
        return
    click.echo("The peers are put in place…")
    for tools in (python_tools, node_tools):
        try:
            tools()
        except NotInstalled as fault:
            click.echo(f"not installed: {fault}")


def _measured(one: Contestant, link: Link, plan: _Plan, place: Path) -> Row:
    work = place / "work.json"
    return measure(one, link, place, work, plan.ports, seed=plan.seed, limit=plan.limit)


def _told(row: Row) -> Row:
    took = ", ".join(
        f"{name} {'DNF' if phase.seconds is None else f'{phase.seconds:.2f} s'}"
        for name, phase in row.phases.items()
    )
    click.echo(f"{row.link}: {row.name}: {took} {row.remark}")
    return row


def _said(rows: Sequence[Row], plan: _Plan, work: Work, floor: Floor, held: Sequence[str]) -> str:
    done = (
        f"{len(work.cases)} cases of {len(work.kinds)} fields, {work.fields:,} filled in; "
        f"{len(work.edits)} edits; seed {plan.seed}. As JSON {floor.json:,} B."
    )
    least_bytes = (
        f"The floor, zstd -19 of the typed columns: cases {floor.cases:,} B, edits "
        f"{floor.edits:,} B (longer texts as what was added: {floor.edits_as_tails:,} B)."
    )
    parts = [done, least_bytes]
    for link in plan.links:
        if link.bits_per_second:
            least = line_seconds(link, floor.cases), line_seconds(link, floor.edits)
            parts.append(
                f"The line's least for it on {link.name}: {least[0]:.1f} s and {least[1]:.1f} s."
            )
    for link in plan.links:
        parts.append(f"\n{link.name}\n{tables.printed(rows, link.name)}")
    return "\n".join([*parts, "", *held, "", remark()])


def _tell(out: Path, name: str, said: str, content: dict[str, Any]) -> None:
    click.echo(f"\n{said}\n")
    (out / f"{name}.txt").write_text(f"{said}\n", encoding="utf-8")
    (out / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    click.echo(f"In {out / name}.txt and .json.")
