"""Ours in the contest: the real server process and two real laptops, each a process.

Everything is the product as it is sent out: SQLCipher files, sealed and signed batches, TLS 1.3
under the pinned CA. In the row *in clear* TLS ends at both ends of the measured link, so that its
bytes are those that the peers are compared by; server and laptops know nothing of it.
"""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.clock import SystemClock
from app.crypto.passphrase import Argon2Cost
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.region import PUBLIC_NAME, ServerFolder, grant_first_laptop, new_root
from app.samples import load_samples
from bench.sync.contest import Given
from bench.sync.invented import CENTRE
from bench.sync.laptop import PASSPHRASE
from bench.sync.link_process import CHECKOUT, LinkProcess
from bench.sync.listeners import Ports, serving
from bench.sync.orders import Fell, Worker

__all__ = ["Own", "OwnRunning", "Prepared", "Region", "enrol", "laptop_process", "prepare"]

COST: Final = Argon2Cost(memory_kib=64 * 1024, passes=3, lanes=1)
"""The least that a passphrase may cost: nothing here waits for it."""

_GREETING_SECONDS: Final = 120
_SERVER: Final = (sys.executable, "-m", "sync.server")


@dataclass(frozen=True, slots=True)
class Region:
    """A region's server and the folders of two laptops, all in one folder."""

    folder: Path
    port: int
    """Where the server listens."""
    url: str
    """Where the laptops look for it: a link lies between."""

    @property
    def server(self) -> Path:
        """The server's own files."""
        return self.folder / "server"

    @property
    def serve(self) -> list[str]:
        """The command of the server."""
        return [*_SERVER, "serve", "--data", str(self.server), "--port", str(self.port)]

    def laptop(self, which: str) -> Path:
        """The folder of laptop ``a`` or ``b``."""
        return self.folder / f"laptop-{which}"


def enrol(region: Region) -> None:
    """Make the region's root, the server's files and two laptops that belong to one centre."""
    root, clock = region.folder / "root", SystemClock()
    centre = dataclasses.replace(load_samples().centre, name=CENTRE)
    new_root(root, PASSPHRASE, cost=COST)
    subprocess.run(
        [
            *(*_SERVER, "init", "--data", str(region.server)),
            *("--region-root", str(root / PUBLIC_NAME)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=CHECKOUT,
    )
    first, second = (
        set_up_laptop(
            region.laptop(which),
            PASSPHRASE,
            person=f"Persona Inventada {which.upper()}",
            role="social",
            roles=("social", "psicologia", "legal", "coordinacion", "admision"),
            centre=centre,
            clock=clock,
            ids=SystemIds(clock),
            cost=COST,
        )
        for which in ("a", "b")
    )
    request, code = first.request()
    server = ServerFolder(region.server, region.url)
    reply, reply_code = grant_first_laptop(
        root, PASSPHRASE, request, code, server=server, profile=centre
    )
    first = first.accept(reply, reply_code)
    request, code = second.request()
    reply, reply_code = first.grant(request, code)
    second = second.accept(reply, reply_code)
    first.close()
    second.close()


def laptop_process(region: Region, which: str) -> Worker:
    """Start the process of a laptop."""
    return Worker(
        [sys.executable, "-m", "bench.sync.laptop", str(region.laptop(which))],
        cwd=CHECKOUT,
        log=region.folder / f"laptop-{which}.log",
    )


@dataclass(slots=True)
class OwnRunning:
    """:class:`bench.sync.contest.Running` of ours. A's cases were written beforehand."""

    link: LinkProcess
    server: subprocess.Popen[bytes]
    laptops: Mapping[str, Worker]
    prepared: Prepared

    def write_cases(self) -> None:
        """They are there."""

    def write_edits(self) -> None:
        """Let A type the edits; nothing is sent."""
        self.laptops["a"].ask("edits", path=str(self.prepared.work), ids=self.prepared.ids)

    def sync(self, which: str, limit: float) -> Mapping[str, Any]:
        """Let a laptop synchronise until a run ends well."""
        return self.laptops[which].ask("sync", limit=limit)

    def are_equal(self) -> bool:
        """Return whether both laptops hold the same changes."""
        a, b = (self.laptops[which].ask("held")["digest"] for which in ("a", "b"))
        return bool(a == b)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Two laptops that know each other, the cases registered at A and not sent: the beginning of
    every row of ours. Each row works on a copy; the ports stay, so one goes after the other."""

    region: Region
    link_port: int
    work: Path
    ids: list[str]


def prepare(folder: Path, work: Path, ports: Ports) -> Prepared:
    """Enrol two laptops, let them hear from each other once, and register the cases at A."""
    port, link_port = ports.take(), ports.take()
    region = Region(folder, port, f"https://127.0.0.1:{link_port}")
    enrol(region)
    with _running(region, link_port, seed=0, is_clear=False) as (_, _, laptops):
        for which in ("a", "b"):
            laptops[which].ask("typed")
        for which in ("a", "b", "a"):
            done = laptops[which].ask("sync", limit=_GREETING_SECONDS)
            if not done["is_level"]:
                raise Fell(f"the first greeting of {which}: {done['faults']}")
        ids = laptops["a"].ask("cases", path=str(work))["ids"]
    return Prepared(region, link_port, work, ids)


@dataclass(frozen=True, slots=True)
class Own:
    """The row of ours, over TLS or with the link in clear."""

    name: str
    is_clear: bool
    prepared: Prepared
    id: str = "own"

    @contextmanager
    def run(self, given: Given) -> Iterator[OwnRunning]:
        """Start server, link and laptops on a copy of what was prepared."""
        region = dataclasses.replace(self.prepared.region, folder=given.folder / "region")
        shutil.copytree(self.prepared.region.folder, region.folder)
        link_port = self.prepared.link_port
        with _running(region, link_port, given.seed, is_clear=self.is_clear) as found:
            yield OwnRunning(*found, self.prepared)


@contextmanager
def _running(
    region: Region, link_port: int, seed: int, *, is_clear: bool
) -> Iterator[tuple[LinkProcess, subprocess.Popen[bytes], dict[str, Worker]]]:
    log = region.folder / "server.log"
    with ExitStack() as stack:
        server = stack.enter_context(serving(region.serve, region.port, cwd=CHECKOUT, log=log))
        files = region.server if is_clear else None
        link = stack.enter_context(
            LinkProcess(region.port, seed=seed, port=link_port, server_files=files)
        )
        laptops = {
            which: stack.enter_context(laptop_process(region, which)) for which in ("a", "b")
        }
        yield link, server, laptops
