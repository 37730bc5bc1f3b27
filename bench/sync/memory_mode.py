"""Memory of laptop and server while many changes arrive, and how fast they are taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from app.definitions import load
from bench.folders import remark
from bench.memory import forget_peak, peak_mb
from bench.sync.contest import Given
from bench.sync.invented import make_work
from bench.sync.listeners import Ports
from bench.sync.own import Own, prepare
from bench.sync.work import write_work

__all__ = ["memory_rows"]

_LIMIT: float = 3_600.0


def memory_rows(place: Path, changes: int, seed: int) -> tuple[str, dict[str, Any]]:
    """Return what to say and the figures: A sends so many changes at least, B takes them in."""
    from datetime import date

    definitions = load(day=date(2026, 11, 25))
    sample = make_work(definitions, cases=50, edits=0, seed=seed)
    # The case's two references come on top of the fields that were filled in.
    cases = -(-changes // (sample.fields // 50 + 2))
    work = make_work(definitions, cases=cases, edits=0, seed=seed)
    write_work(work, place / "work.json")
    region = place / "prepared"
    region.mkdir()
    click.echo(f"{cases} cases are registered…")
    ports = Ports()
    prepared = prepare(region, place / "work.json", ports)
    folder = place / "row"
    folder.mkdir()
    found: dict[str, Any] = {"cases": cases}
    with Own("memory", False, prepared).run(Given(folder, prepared.work, seed, ports)) as running:
        server = str(running.server.pid)
        for name, which in (("sending", "a"), ("receiving", "b")):
            held = running.laptops[which].ask("forget_peak")["held_mb"]
            of_server = forget_peak(server)
            done = running.sync(which, _LIMIT)
            found[name] = {
                "changes": done["changes"],
                "seconds": done["seconds"],
                "storage_seconds": done["storage_seconds"],
                "laptop_before_mb": held,
                "laptop_peak_mb": done["peak_mb"],
                "server_before_mb": of_server,
                "server_peak_mb": peak_mb(server),
                "is_level": done["is_level"],
            }
        found["are_equal"] = running.are_equal()
    return _said(found), found


def _said(found: dict[str, Any]) -> str:
    lines = []
    for name in ("sending", "receiving"):
        one = found[name]
        lines.append(
            f"{name:<10} laptop {one['laptop_before_mb']:.0f} → peak {one['laptop_peak_mb']:.0f} MB"
            f"   server {one['server_before_mb']:.0f} → peak {one['server_peak_mb']:.0f} MB"
            f"   {one['seconds']:.1f} s"
        )
    taken = found["receiving"]
    rate = taken["changes"] / max(taken["storage_seconds"], 1e-9)
    lines.append(
        f"{taken['changes']:,} changes opened and taken in: {rate:,.0f} a second of the storage "
        f"thread, {taken['changes'] / taken['seconds']:,.0f} a second of the whole run."
    )
    lines.append(f"Both laptops equal: {'yes' if found['are_equal'] else 'NO'}")
    return "\n".join([*lines, remark()])
