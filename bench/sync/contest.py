"""Who is measured: somebody with two replicas and a server, behind a link."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bench.sync.installed import Tools, node_tools, python_tools
from bench.sync.link_process import LinkProcess
from bench.sync.listeners import Ports, serving
from bench.sync.orders import Worker

__all__ = ["PEERS", "Contestant", "Given", "Peer", "Running"]


@dataclass(frozen=True, slots=True)
class Given:
    """What a row begins with: a folder of its own, the work in a file, a seed for chance, and
    where ports come from."""

    folder: Path
    work: Path
    seed: int
    ports: Ports


class Running(Protocol):
    """A contestant whose server and replicas run."""

    @property
    def link(self) -> LinkProcess:
        """The link between the replicas and the server; open until it is told otherwise."""

    def write_cases(self) -> None:
        """Let A write the cases; nothing is sent."""

    def write_edits(self) -> None:
        """Let A write the edits; nothing is sent."""

    def sync(self, which: str, limit: float) -> Mapping[str, Any]:
        """Let ``a`` or ``b`` synchronise until it is level with the server; return ``seconds``,
        ``is_level``, ``tries``, ``faults``."""

    def are_equal(self) -> bool:
        """Return whether both replicas hold the same."""


class Contestant(Protocol):
    """One row of the table."""

    @property
    def id(self) -> str:
        """What ``--only`` calls it; several rows may share one."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def run(self, given: Given) -> AbstractContextManager[Running]:
        """Start it. Raises :class:`bench.sync.installed.NotInstalled`."""


@dataclass(slots=True)
class _RunningPeer:
    link: LinkProcess
    client: Worker
    work: Path

    def write_cases(self) -> None:
        self.client.ask("cases", path=str(self.work))

    def write_edits(self) -> None:
        self.client.ask("edits")

    def sync(self, which: str, limit: float) -> Mapping[str, Any]:
        return self.client.ask("sync", which=which, limit=limit)

    def are_equal(self) -> bool:
        return bool(self.client.ask("equal")["are_equal"])


@dataclass(frozen=True, slots=True)
class Peer:
    """Another program, or what a program would do without thinking: its server and its client."""

    id: str
    name: str
    tools: Callable[[], Tools]
    server: Callable[[Path, int], list[str]]
    """The arguments behind the command of its tools, by folder and port."""
    client: Callable[[Path, int], list[str]]
    environment: Callable[[Path, int], Mapping[str, str]] = lambda _folder, _port: {}
    greets: bool = field(default=False)
    """Whether both replicas are introduced to the server first, past the link."""

    @contextmanager
    def run(self, given: Given) -> Iterator[Running]:
        """Start its server, the link and its client."""
        tools, port = self.tools(), given.ports.take()
        with ExitStack() as stack:
            stack.enter_context(
                serving(
                    [*tools.command, *self.server(given.folder, port)],
                    port,
                    cwd=tools.folder,
                    log=given.folder / "server.log",
                    environment={**os.environ, **self.environment(given.folder, port)},
                )
            )
            link = stack.enter_context(LinkProcess(port, seed=given.seed))
            client = stack.enter_context(
                Worker(
                    [*tools.command, *self.client(given.folder, link.port)],
                    cwd=tools.folder,
                    log=given.folder / "client.log",
                )
            )
            if self.greets:
                client.ask("greet", path=str(given.work))
            yield _RunningPeer(link, client, given.work)


def _naive(page: int) -> Callable[[Path, int], list[str]]:
    module = "bench.sync.peers.naive"
    return lambda folder, port: [module, "client", str(folder), str(port), "--page", str(page)]


def _crdt(library: str) -> Peer:
    def arguments(role: str) -> Callable[[Path, int], list[str]]:
        return lambda folder, port: [
            *("bench.sync.peers.crdt", role, str(folder), str(port), "--library", library),
        ]

    return Peer(
        library,
        f"{library} + zstd -19",
        python_tools,
        arguments("serve"),
        arguments("client"),
    )


def _anki(name: str, *more: str) -> Peer:
    return Peer(
        "anki",
        name,
        python_tools,
        lambda _folder, _port: ["anki.syncserver"],
        lambda folder, port: [
            *("bench.sync.peers.anki_notes", "client", str(folder), str(port), *more),
        ],
        lambda folder, port: {
            "SYNC_USER1": "bench:invented",
            "SYNC_BASE": str(folder / "server"),
            "SYNC_HOST": "127.0.0.1",
            "SYNC_PORT": str(port),
        },
        greets=True,
    )


def _pouch(name: str, batch: int) -> Peer:
    return Peer(
        "pouchdb",
        name,
        node_tools,
        lambda folder, port: ["pouch_server.js", str(folder), str(port)],
        lambda folder, port: ["pouch_client.js", str(folder), str(port), str(batch)],
        greets=True,
    )


def _naive_server(folder: Path, port: int) -> list[str]:
    return ["bench.sync.peers.naive", "serve", str(folder), str(port)]


PEERS: tuple[Contestant, ...] = (
    _crdt("loro"),
    _crdt("pycrdt"),
    _anki("Anki, normal sync"),
    _anki("Anki, full sync", "--full"),
    Peer("json", "JSON + gzip, one POST", python_tools, _naive_server, _naive(0)),
    Peer("json", "JSON + gzip, 25 a request", python_tools, _naive_server, _naive(25)),
    _pouch("PouchDB", 0),
    _pouch("PouchDB, batches of 10", 10),
)
