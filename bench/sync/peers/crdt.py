"""Loro and pycrdt (Yjs): one document a centre, a map of maps, texts and fields as plain values,
sets as JSON. ``serve`` is the server; else the client with both replicas, obeying orders.

One POST: the client's version, and what it believes the server lacks; the answer is the server's
version and what the client lacks. Bodies are under zstd -19.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import struct
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final, Protocol

import zstandard

from bench.sync.orders import obey, until_level
from bench.sync.work import Edit, Plain, Work, read_work

_LEVEL: Final = 19
_UNPACKED_MAX: Final = 1 << 28
_BROKEN: Final = (OSError, http.client.HTTPException)


class _Document(Protocol):
    """What both libraries do."""

    def version(self) -> bytes: ...
    def update(self, since: bytes) -> bytes: ...
    def apply(self, update: bytes) -> None: ...
    def write(self, ids: Sequence[str], cases: Sequence[Mapping[str, Plain]]) -> None: ...
    def edit(self, name: str, edit: Edit) -> None: ...
    def content(self) -> Any: ...


class _Loro:
    def __init__(self) -> None:
        import loro

        self._loro = loro
        self._document = loro.LoroDoc()
        self._cases = self._document.get_map("cases")

    def version(self) -> bytes:
        self._document.commit()
        return bytes(self._document.oplog_vv.encode())

    def update(self, since: bytes) -> bytes:
        self._document.commit()
        vector = self._loro.VersionVector
        known = vector.decode(since) if since else vector()
        return bytes(self._document.export(self._loro.ExportMode.Updates(known)))

    def apply(self, update: bytes) -> None:
        self._document.import_(update)

    def write(self, ids: Sequence[str], cases: Sequence[Mapping[str, Plain]]) -> None:
        for name, case in zip(ids, cases, strict=True):
            fields = self._cases.insert_container(name, self._loro.LoroMap())
            for field, value in case.items():
                fields.insert(field, _scalar(value))
        self._document.commit()

    def edit(self, name: str, edit: Edit) -> None:
        found = self._cases.get(name)
        found = getattr(found, "value", found)
        fields = getattr(found, "container", found)
        fields.insert(edit.field, _scalar(edit.value))
        self._document.commit()

    def content(self) -> Any:
        return self._document.get_deep_value()["cases"]


class _Yjs:
    def __init__(self) -> None:
        import pycrdt

        self._pycrdt = pycrdt
        self._document = pycrdt.Doc()
        self._cases = self._document.get("cases", type=pycrdt.Map)

    def version(self) -> bytes:
        return bytes(self._document.get_state())

    def update(self, since: bytes) -> bytes:
        document = self._document
        return bytes(document.get_update(since) if since else document.get_update())

    def apply(self, update: bytes) -> None:
        self._document.apply_update(update)

    def write(self, ids: Sequence[str], cases: Sequence[Mapping[str, Plain]]) -> None:
        with self._document.transaction():
            for name, case in zip(ids, cases, strict=True):
                fields = {field: _scalar(value) for field, value in case.items()}
                self._cases[name] = self._pycrdt.Map(fields)

    def edit(self, name: str, edit: Edit) -> None:
        with self._document.transaction():
            self._cases[name][edit.field] = _scalar(edit.value)

    def content(self) -> Any:
        return {name: self._cases[name].to_py() for name in self._cases.keys()}  # noqa: SIM118


def _scalar(value: Plain) -> str | int:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value


def _document(library: str) -> _Document:
    return _Loro() if library == "loro" else _Yjs()


def _packed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(_LEVEL).compress(content)


def _unpacked(content: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(content, max_output_size=_UNPACKED_MAX)


def _framed(version: bytes, update: bytes) -> bytes:
    return struct.pack("<I", len(version)) + version + update


def _unframed(body: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack_from("<I", body)
    return body[4 : 4 + size], body[4 + size :]


class _Replica:
    def __init__(self, library: str, port: int) -> None:
        self.document = _document(library)
        self._port = port
        self._servers = b""
        self._told = self.document.version()
        self._link: http.client.HTTPConnection | None = None

    def sync(self) -> None:
        version = self.document.version()
        update = b"" if version == self._told else _packed(self.document.update(self._servers))
        if self._link is None:
            self._link = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        try:
            self._link.request("POST", "/sync", _framed(version, update))
            servers, missing = _unframed(self._link.getresponse().read())
        except BaseException:
            self._link = None
            raise
        if missing:
            self.document.apply(_unpacked(missing))
        self._servers, self._told = servers, self.document.version()


class _Client:
    def __init__(self, library: str, port: int) -> None:
        self._replicas = {one: _Replica(library, port) for one in ("a", "b")}
        self._work: Work | None = None

    def cases(self, path: str) -> dict[str, Any]:
        self._work = work = read_work(Path(path))
        self._replicas["a"].document.write(work.ids, work.cases)
        return {}

    def edits(self) -> dict[str, Any]:
        assert self._work is not None
        for one in self._work.edits:
            self._replicas["a"].document.edit(self._work.ids[one.case], one)
        return {}

    def sync(self, which: str, limit: float) -> dict[str, Any]:
        return until_level(self._replicas[which].sync, limit, _BROKEN)

    def equal(self) -> dict[str, Any]:
        a, b = (one.document.content() for one in self._replicas.values())
        return {"are_equal": a == b, "documents": len(b)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    document: _Document
    store: BinaryIO
    lock = Lock()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return
        version, update = _unframed(body)
        with self.lock:
            if update:
                self.document.apply(_unpacked(update))
                self.store.write(_framed(update, b""))
                self.store.flush()
                os.fsync(self.store.fileno())
            mine = self.document.version()
            missing = b"" if mine == version else _packed(self.document.update(version))
        answer = _framed(mine, missing)
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("role", choices=("serve", "client"))
    options.add_argument("folder", type=Path)
    options.add_argument("port", type=int)
    options.add_argument("--library", choices=("loro", "pycrdt"), required=True)
    given = options.parse_args()
    if given.role == "serve":
        _Handler.document = _document(given.library)
        with (given.folder / "server").open("ab") as store:
            _Handler.store = store
            ThreadingHTTPServer(("127.0.0.1", given.port), _Handler).serve_forever()
        return
    client = _Client(given.library, given.port)
    obey({"cases": client.cases, "edits": client.edits, "sync": client.sync, "equal": client.equal})


if __name__ == "__main__":
    _main()
