"""JSON with gzip over HTTP: whole documents, those that changed; SQLite at both ends, no
encryption. ``serve`` is the server; else the client with both replicas, obeying orders.

A request carries ``page`` documents; 0 is all of them. The server sends nobody back what came from
the same replica.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import sqlite3
import urllib.parse
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any, Final

from bench.sync.orders import obey, until_level
from bench.sync.work import Plain, Work, read_work

_ALL: Final = 1_000_000_000
_SETTINGS: Final = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
_BROKEN: Final = (OSError, http.client.HTTPException, EOFError)

Document = Mapping[str, Any]


class _Replica:
    """One laptop's documents, and which of them the server has not got."""

    def __init__(self, path: Path, name: str, port: int, page: int) -> None:
        self._name, self._port, self._page = name, port, page or _ALL
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(
            f"{_SETTINGS} CREATE TABLE doc(id TEXT PRIMARY KEY, content TEXT, is_new INTEGER)"
        )
        self._after = 0
        self._link: http.client.HTTPConnection | None = None

    def write(self, documents: Sequence[Document], *, is_new: bool) -> None:
        rows = [(one["id"], json.dumps(one, ensure_ascii=False), int(is_new)) for one in documents]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("REPLACE INTO doc VALUES(?, ?, ?)", rows)
        self._database.execute("COMMIT")

    def sync(self) -> None:
        """Push what is new, then pull what others wrote."""
        try:
            while self._push():
                pass
            while self._pull():
                pass
        except BaseException:
            self._link = None
            raise

    def content(self) -> list[tuple[str, Any]]:
        rows = self._database.execute("SELECT id, content FROM doc ORDER BY id")
        return [(name, json.loads(content)) for name, content in rows]

    def _push(self) -> bool:
        found = "SELECT id, content FROM doc WHERE is_new LIMIT ?"
        rows = self._database.execute(found, (self._page,)).fetchall()
        if not rows:
            return False
        body = f"[{','.join(content for _, content in rows)}]".encode()
        self._call("POST", f"/docs?of={self._name}", gzip.compress(body, 6))
        self._database.execute("BEGIN IMMEDIATE")
        names = [(name,) for name, _ in rows]
        self._database.executemany("UPDATE doc SET is_new = 0 WHERE id = ?", names)
        self._database.execute("COMMIT")
        return True

    def _pull(self) -> bool:
        path = f"/docs?of={self._name}&after={self._after}&most={self._page}"
        answer = self._call("GET", path, None)
        self.write(answer["docs"], is_new=False)
        self._after = answer["at"]
        return bool(answer["more"])

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        if self._link is None:
            self._link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        headers = {"Accept-Encoding": "gzip"} | ({"Content-Encoding": "gzip"} if body else {})
        self._link.request(method, path, body, headers)
        return json.loads(gzip.decompress(self._link.getresponse().read()))


class _Client:
    """Both replicas and the work."""

    def __init__(self, folder: Path, port: int, page: int) -> None:
        self._replicas = {one: _Replica(folder / one, one, port, page) for one in ("a", "b")}
        self._work: Work | None = None
        self._documents: list[dict[str, Plain]] = []

    def cases(self, path: str) -> dict[str, Any]:
        self._work = work = read_work(Path(path))
        self._documents = [
            {"id": name, **case} for name, case in zip(work.ids, work.cases, strict=True)
        ]
        self._replicas["a"].write(self._documents, is_new=True)
        return {}

    def edits(self) -> dict[str, Any]:
        assert self._work is not None
        for one in self._work.edits:
            self._documents[one.case][one.field] = one.value
        edited = [self._documents[one.case] for one in self._work.edits]
        self._replicas["a"].write(edited, is_new=True)
        return {}

    def sync(self, which: str, limit: float) -> dict[str, Any]:
        return until_level(self._replicas[which].sync, limit, _BROKEN)

    def equal(self) -> dict[str, Any]:
        a, b = (one.content() for one in self._replicas.values())
        return {"are_equal": a == b, "documents": len(b)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    database: sqlite3.Connection
    lock = Lock()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return
        documents = json.loads(gzip.decompress(body))
        of, run = self._asked()["of"], self.database.execute
        with self.lock:
            run("BEGIN IMMEDIATE")
            last = run("SELECT coalesce(max(at), 0) FROM doc").fetchone()[0]
            self.database.executemany(
                "REPLACE INTO doc VALUES(?, ?, ?, ?)",
                [
                    (one["id"], json.dumps(one, ensure_ascii=False), last + 1 + number, of)
                    for number, one in enumerate(documents)
                ],
            )
            run("COMMIT")
        self._answer({"taken": len(documents)})

    def do_GET(self) -> None:
        asked = self._asked()
        after, most = int(asked["after"]), int(asked["most"])
        found = "SELECT at, content FROM doc WHERE at > ? AND made_by <> ? ORDER BY at LIMIT ?"
        with self.lock:
            rows = self.database.execute(found, (after, asked["of"], most)).fetchall()
        documents = [json.loads(content) for _, content in rows]
        at = rows[-1][0] if rows else after
        self._answer({"docs": documents, "at": at, "more": len(rows) == most})

    def _asked(self) -> dict[str, str]:
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))

    def _answer(self, content: Any) -> None:
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        body = gzip.compress(plain, 6)
        # The fewest headers that HTTP asks for: what the peer needs, and not what a framework adds.
        self.send_response_only(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _serve(folder: Path, port: int) -> None:
    database = sqlite3.connect(folder / "server", isolation_level=None, check_same_thread=False)
    database.executescript(
        f"{_SETTINGS} CREATE TABLE doc(id TEXT PRIMARY KEY, content TEXT, at INTEGER,"
        " made_by TEXT); CREATE INDEX doc_at ON doc(at)"
    )
    _Handler.database = database
    ThreadingHTTPServer(("127.0.0.1", port), _Handler).serve_forever()


def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("role", choices=("serve", "client"))
    options.add_argument("folder", type=Path)
    options.add_argument("port", type=int)
    options.add_argument("--page", type=int, default=0)
    given = options.parse_args()
    if given.role == "serve":
        _serve(given.folder, given.port)
        return
    client = _Client(given.folder, given.port, given.page)
    obey({"cases": client.cases, "edits": client.edits, "sync": client.sync, "equal": client.equal})


if __name__ == "__main__":
    _main()
