"""``./run bench kill``: real processes killed with SIGKILL inside a synchronisation, many times.

A laptop registers some cases; then it and its colleague's synchronise over a bad link, and are
killed at a random moment of it, and started again, and killed again; then the same with the
server. At the end both laptops, the server's log and every receipt are held against each other.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import random
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from app.definitions import load
from bench.folders import remark, work_folder
from bench.sync.command import OUT
from bench.sync.inquest import Acknowledged, Found, examine
from bench.sync.invented import make_work
from bench.sync.link_process import CHECKOUT, LinkProcess
from bench.sync.links import Link
from bench.sync.listeners import Ports, end, start_server
from bench.sync.own import Region, enrol, laptop_process
from bench.sync.victim import OF_EXCHANGES, Victim, moment
from bench.sync.work import Work, write_work

__all__ = ["kill"]

BAD: Final = Link("bad", 256_000, 0.06, 0.02, cut_seconds=7)
"""The bad link in a hurry: everything that happens on it happens, ten times as soon."""

_DAY: Final = date(2026, 11, 25)
_BYTES_NEEDED: Final = 1_000_000_000
_KILLS_A_ROUND: Final = {"laptops": 15, "server": 5}
"""Fewer of the server: a laptop that goes on through them is level soon."""

_BARREN_MAX: Final = 12
"""Runs in a row that ended before their kill: the round goes on to the next cases."""
_PAUSE_SECONDS: Final = 0.4
"""The longest that a killed server stays away."""


@dataclass(slots=True)
class _Tally:
    """Where the kills landed, and how many runs came to their end before theirs."""

    landed: dict[str, int] = field(default_factory=dict)
    with_work: int = 0
    ended_before: int = 0

    @property
    def kills(self) -> int:
        return sum(self.landed.values())


@dataclass(slots=True)
class _Stage:
    """The region, its server, the link and what the laptops knew."""

    region: Region
    link: LinkProcess
    server: subprocess.Popen[bytes]
    chance: random.Random
    known: dict[str, Acknowledged] = field(
        default_factory=lambda: {which: Acknowledged() for which in ("a", "b")}
    )
    client: _Tally = field(default_factory=_Tally)
    of_server: _Tally = field(default_factory=_Tally)

    def victim(self, which: str) -> Victim:
        """Start a laptop that synchronises."""
        return Victim(self.region.laptop(which))

    def hear(self, which: str, victim: Victim) -> None:
        """Take in what it knew to stand in the log."""
        for held in victim.held:
            self.known[which].hear(held)

    def level(self) -> None:
        """Let both synchronise in peace."""
        for which in ("a", "b", "a"):
            victim = self.victim(which)
            victim.finish()
            self.hear(which, victim)

    def register(self, work: Work, parts: Mapping[str, range]) -> None:
        """Let the laptops register their parts of the cases; nothing is sent."""
        for which, numbers in parts.items():
            some = dataclasses.replace(
                work,
                ids=[work.ids[one] for one in numbers],
                cases=[work.cases[one] for one in numbers],
                edits=(),
            )
            path = self.region.folder / "part.json"
            write_work(some, path)
            with laptop_process(self.region, which) as worker:
                worker.ask("cases", path=str(path))

    def kill_clients(self, wanted: int) -> None:
        """Kill one laptop after the other inside their runs, so many times."""
        barren = 0
        for which in itertools.cycle(("a", "b", "b", "a")):
            if wanted <= 0 or barren >= _BARREN_MAX:
                return
            victim = self.victim(which)
            has_landed = victim.kill_at(moment(self.chance))
            self.hear(which, victim)
            self._count(self.client, victim, has_landed=has_landed)
            wanted, barren = (wanted - 1, 0) if has_landed else (wanted, barren + 1)

    def kill_servers(self, wanted: int) -> None:
        """Kill the server inside the runs of one laptop after the other, so many times."""
        barren = 0
        for which in itertools.cycle(("a", "b")):
            if wanted <= 0 or barren >= _BARREN_MAX:
                return
            victim = self.victim(which)
            landed = 0
            while landed < wanted and victim.wait_for(moment(self.chance, OF_EXCHANGES)):
                self._count(self.of_server, victim, has_landed=True)
                self.server.kill()
                self.server.wait()
                time.sleep(self.chance.uniform(0, _PAUSE_SECONDS))
                self.server = _server(self.region)
                landed += 1
            self.of_server.ended_before += landed == 0
            victim.finish()
            self.hear(which, victim)
            wanted, barren = wanted - landed, 0 if landed else barren + 1

    def _count(self, tally: _Tally, victim: Victim, *, has_landed: bool) -> None:
        if not has_landed:
            tally.ended_before += 1
            return
        tally.landed[victim.place] = tally.landed.get(victim.place, 0) + 1
        tally.with_work += any(one["waiting"] or one["unsealed"] for one in victim.held[:1])


def _server(region: Region) -> subprocess.Popen[bytes]:
    log = region.folder / "server.log"
    return start_server(region.serve, region.port, cwd=CHECKOUT, log=log)


@click.command()
@click.option("--client-kills", default=300, show_default=True, type=click.IntRange(min=0))
@click.option("--server-kills", default=100, show_default=True, type=click.IntRange(min=0))
@click.option("--cases", default=1_000, show_default=True, type=click.IntRange(min=4))
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=OUT)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to work: on the disk to be measured. Nothing stays there.",
)
def kill(
    client_kills: int, server_kills: int, cases: int, seed: int, out: Path, folder: Path | None
) -> None:
    """Kill -9 of laptops and server at random moments of a sync: nothing may be lost."""
    out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    with work_folder(folder, _BYTES_NEEDED) as place:
        stage, found = _played(place, client_kills, server_kills, cases, seed)
    seconds = time.perf_counter() - began
    said = _said(stage, found, cases, seed, seconds)
    click.echo(f"\n{said}")
    content: dict[str, Any] = {
        "seed": seed,
        "cases": cases,
        "seconds": seconds,
        "clients": dataclasses.asdict(stage.client),
        "server": dataclasses.asdict(stage.of_server),
        "found": dataclasses.asdict(found),
        "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
    }
    (out / "kill.txt").write_text(f"{said}\n", encoding="utf-8")
    (out / "kill.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    click.echo(f"In {out / 'kill'}.txt and .json.")


def _played(
    place: Path, client_kills: int, server_kills: int, cases: int, seed: int
) -> tuple[_Stage, Found]:
    work = make_work(load(day=_DAY), cases=cases, edits=0, seed=seed)
    ports = Ports()
    port, link_port = ports.take(), ports.take()
    region = Region(place, port, f"https://127.0.0.1:{link_port}")
    enrol(region)
    with LinkProcess(port, seed=seed, port=link_port) as link:
        stage = _Stage(region, link, _server(region), random.Random(seed))
        try:
            stage.level()
            link.use(BAD)
            _rounds(stage, work, client_kills, server_kills)
            link.past()
            stage.level()
            stage.level()
        finally:
            end(stage.server)
    return stage, examine(region, stage.known, cases)


def _rounds(stage: _Stage, work: Work, client_kills: int, server_kills: int) -> None:
    """Register and kill, a share of the cases each time; both laptops write."""
    wanted_of = {"laptops": client_kills, "server": server_kills}
    plan = [(who, some) for who, kills in wanted_of.items() for some in _shares(who, kills)]
    plan = plan or [("laptops", 0)]
    bounds = [len(work.cases) * number // len(plan) for number in range(len(plan) + 1)]
    for (who, wanted), (first, last) in zip(plan, itertools.pairwise(bounds), strict=True):
        middle = last - (last - first) // 4
        stage.register(work, {"a": range(first, middle), "b": range(middle, last)})
        if who == "laptops":
            stage.kill_clients(wanted)
        else:
            stage.kill_servers(wanted)
        click.echo(
            f"{last} cases; laptops killed {stage.client.kills} times, "
            f"server {stage.of_server.kills} times"
        )


def _shares(who: str, kills: int) -> list[int]:
    count = -(-kills // _KILLS_A_ROUND[who])
    return [kills * (one + 1) // count - kills * one // count for one in range(count)]


def _said(stage: _Stage, found: Found, cases: int, seed: int, seconds: float) -> str:
    rate, round_trip = BAD.bits_per_second / 1_000, BAD.round_trip_seconds * 1_000
    first, second = found.digests
    lines = [
        f"{cases} cases; seed {seed}; {seconds:.0f} s. Link: {rate:.0f} kbit/s,",
        f"{round_trip:.0f} ms, {BAD.loss:.0%} lost, cut every {BAD.cut_seconds:.0f} s.",
        *_tally_lines("laptop", stage.client),
        *_tally_lines("server", stage.of_server),
        f"\ncases at A and B       {found.cases[0]} and {found.cases[1]} of {cases}",
        f"digest of A            {first[:32]}",
        f"digest of B            {second[:32]}   {'equal' if first == second else 'DIFFERENT'}",
        f"positions of the log   {found.positions}, its chain recomputed",
        f"batches acknowledged   {found.acknowledged}",
        f"receipts               {found.receipts}",
        f"faults                 {len(found.faults)}",
        *(f"  {one}" for one in found.faults),
        remark(),
    ]
    return "\n".join(lines)


def _tally_lines(who: str, tally: _Tally) -> Sequence[str]:
    if not tally.kills:
        return ()
    head = (
        f"\n{who} killed {tally.kills} times inside a synchronisation, {tally.with_work} of them "
        f"with something to send when it began; {tally.ended_before} runs ended before"
    )
    ordered = sorted(tally.landed.items(), key=lambda one: -one[1])
    return (head, *(f"  {place:<32}{count:>5}" for place, count in ordered))
