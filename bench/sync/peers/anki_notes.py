"""Anki's own sync: one note a case, a field of the note for each of its fields, against
``python -m anki.syncserver``. The client with both collections, obeying orders.

Both collections are joined by an empty full sync first, past the link; the cases then go by the
normal sync, in chunks, or (``--full``) the whole collection goes up and comes down.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

from anki.collection import AddNoteRequest, Collection
from anki.sync_pb2 import SyncAuth

from bench.sync.orders import obey, until_level
from bench.sync.work import Plain, Work, read_work

NAME: Final = "bench"
WORD: Final = "invented"
_NOTE: Final = "case"
_CLOCK_SECONDS: Final = 1.1
"""Anki tells an edit from what it had by the second."""


class _Client:
    def __init__(self, folder: Path, port: int, *, is_full: bool) -> None:
        self._address = f"http://127.0.0.1:{port}/"
        self._is_full = is_full
        self._collections = {one: Collection(str(folder / f"{one}.anki2")) for one in ("a", "b")}
        self._keys: dict[str, str] = {}
        self._notes: list[Any] = []
        self._work: Work | None = None

    def greet(self, path: str) -> dict[str, Any]:
        """Sign in and, unless all goes by full sync, make both collections one, still empty."""
        self._kind(self._collections["a"], list(read_work(Path(path)).kinds))
        for which, collection in self._collections.items():
            self._keys[which] = collection.sync_login(NAME, WORD, self._address).hkey
        if not self._is_full:
            self._once("a")
            self._once("b")
        return {}

    def cases(self, path: str) -> dict[str, Any]:
        self._work = work = read_work(Path(path))
        collection = self._collections["a"]
        kind = collection.models.by_name(_NOTE)
        assert kind is not None, "greet comes first"
        requests = []
        for case in work.cases:
            note = collection.new_note(kind)
            note.fields = [_text(case[field]) for field in work.kinds]
            requests.append(AddNoteRequest(note=note, deck_id=1))
            self._notes.append(note)
        collection.add_notes(requests)
        return {}

    def edits(self) -> dict[str, Any]:
        assert self._work is not None
        time.sleep(_CLOCK_SECONDS)
        collection, edited = self._collections["a"], []
        for one in self._work.edits:
            note = collection.get_note(self._notes[one.case].id)
            note[one.field] = _text(one.value)
            edited.append(note)
        collection.update_notes(edited)
        return {}

    def sync(self, which: str, limit: float) -> dict[str, Any]:
        return until_level(lambda: self._once(which), limit, (Exception,))

    def equal(self) -> dict[str, Any]:
        a, b = (
            sorted(one.db.all("SELECT id, flds FROM notes")) for one in self._collections.values()
        )
        return {"are_equal": a == b, "documents": len(b)}

    def _once(self, which: str) -> None:
        collection = self._collections[which]
        login = SyncAuth(hkey=self._keys[which], endpoint=self._address)
        output = collection.sync_collection(login, False)
        wanted = (output.FULL_SYNC, output.FULL_UPLOAD, output.FULL_DOWNLOAD)
        if output.required not in wanted:
            return
        is_upload = output.required == output.FULL_UPLOAD or (
            output.required == output.FULL_SYNC and which == "a"
        )
        collection.close_for_full_sync()
        try:
            collection.full_upload_or_download(auth=login, server_usn=None, upload=is_upload)
        finally:
            collection.reopen(after_full_sync=True)

    def _kind(self, collection: Collection, fields: list[str]) -> None:
        models = collection.models
        kind = models.new(_NOTE)
        for field in fields:
            models.add_field(kind, models.new_field(field))
        card = models.new_template("card")
        card["qfmt"], card["afmt"] = "{{code}}", "{{names}}"
        models.add_template(kind, card)
        models.add(kind)


def _text(value: Plain) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("role", choices=("client",))
    options.add_argument("folder", type=Path)
    options.add_argument("port", type=int)
    options.add_argument("--full", action="store_true")
    given = options.parse_args()
    client = _Client(given.folder, given.port, is_full=given.full)
    obey(
        {
            "greet": client.greet,
            "cases": client.cases,
            "edits": client.edits,
            "sync": client.sync,
            "equal": client.equal,
        }
    )


if __name__ == "__main__":
    _main()
