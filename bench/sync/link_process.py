"""The link in a process of its own, so that whoever is measured does not share a processor's
thread with it. Told what to do by lines of JSON on its standard input. Plain Python only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import ssl
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from bench.sync.links import OPEN, Link
from bench.sync.proxy import Counters, Proxy

__all__ = ["CHECKOUT", "LinkProcess"]

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_END_SECONDS: Final = 10


class LinkProcess:
    """A proxy before ``target``; ``server_files`` (the folder of a region's server) ends TLS at
    both ends of the link. Begins as the open loopback."""

    def __init__(
        self, target: int, *, seed: int, port: int = 0, server_files: Path | None = None
    ) -> None:
        command = [
            sys.executable,
            "-m",
            "bench.sync.link_process",
            str(target),
            str(seed),
            str(port),
        ]
        if server_files is not None:
            command.append(str(server_files))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
        )
        self.port = int(self._answer()["port"])

    def use(self, link: Link) -> None:
        """Let the link be like this from now on."""
        self._ask({"use": asdict(link)})

    def past(self) -> None:
        """Let everything pass at once."""
        self.use(OPEN)

    def zero(self) -> None:
        """Count from nothing."""
        self._ask({"zero": True})

    def counters(self) -> Counters:
        """Return what went over the link since then."""
        return Counters(**self._ask({"counters": True}))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the link's process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _clear(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts for both ends of a link in clear: towards the laptop the server's own
    certificate, towards the server whatever it shows, since both are this machine."""
    near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    near.load_cert_chain(folder / "tls.pem", folder / "tls.key")
    far = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    far.check_hostname = False
    far.verify_mode = ssl.CERT_NONE
    return near, far


async def _serve(proxy: Proxy, port: int) -> None:
    await proxy.start(port)
    print(json.dumps({"port": proxy.port}), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        asked = json.loads(line)
        if "use" in asked:
            proxy.use(Link(**asked["use"]))
        if "zero" in asked:
            proxy.zero()
        print(json.dumps(asdict(proxy.counters)), flush=True)
    await proxy.close()


def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("target", type=int)
    options.add_argument("seed", type=int)
    options.add_argument("port", type=int)
    options.add_argument("server_files", type=Path, nargs="?")
    given = options.parse_args()
    clear = _clear(given.server_files) if given.server_files else None
    proxy = Proxy(given.target, random.Random(given.seed), clear=clear)
    asyncio.run(_serve(proxy, given.port))


if __name__ == "__main__":
    _main()
