"""Laptops, a server and an exchange of protocol version 1, kept as the first build left them.

``v1/centre.zip`` holds the data folders of two laptops of an invented centre and the files of their
server; ``v1/exchange.json`` every request of one of them with its answer. Nothing in them is
written again. Its keys are public and serve nothing else.
"""

from __future__ import annotations

import http.client
import json
import ssl
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from app.demo.actors import Typist
from app.services.ports import FieldKey
from app.services.replication import sync_view
from sync.protocol import codec
from sync.protocol.batch import batch_id, parse_batch
from sync.server import auth, challenges, services
from sync.server.asgi import create_app
from sync.server.identity import ServerFiles, load_region
from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.compat.first_device import FirstDevice, Said
from tests.support.door import Door, Ticks
from tests.support.stations import RegionPlace, impatient, open_again, served

FIXTURES = Path(__file__).with_name("v1")
KIND_CASE, NARRATIVE = 1, "relato"


@dataclass(frozen=True)
class OldCentre:
    """The files of the first build, unpacked, and what it said of them."""

    place: Path
    said: dict[str, Any]

    @property
    def server(self) -> ServerFiles:
        return ServerFiles(self.place / "server")

    @property
    def keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = self.said["keys"]
        return keys

    @property
    def case(self) -> str:
        case: str = self.said["facts"]["admin_case"]
        return case

    def laptop(self, number: int, address: str) -> Typist:
        """Open a laptop with today's program; the server moved to another address."""
        laptop = open_again(self.place / f"laptop-{number}")
        assert laptop.keys is not None
        assert laptop.envelope is not None
        ring = laptop.keys.keyring
        moved = msgspec.structs.replace(ring.server, url=f"https://{address}")
        laptop.keys.keyring = laptop.envelope.keyring = type(ring).of(
            ring.keys,
            centre=ring.centre,
            root_key=ring.root_key,
            epochs=ring.epochs.values(),
            current=ring.current,
            statements=ring.statements,
            server=moved,
        )
        return impatient(laptop)

    def device(self, address: str) -> FirstDevice:
        """Return the second laptop as the first build would go on with it."""
        keys = self.keys
        statements = [bytes.fromhex(one) for one in keys["statements"]]
        device = FirstDevice(
            centre=bytes.fromhex(keys["centre"]),
            seed=bytes.fromhex(keys["plain_seed"]),
            device=bytes.fromhex(keys["plain_device"]),
            epochs=[bytes.fromhex(one) for one in keys["epochs"]],
            sign_keys=_sign_keys(statements),
            server_key=bytes.fromhex(keys["server_key"]),
            ask=lambda *asked: _over_https(address, *asked),
        )
        device.sign_in(statements)
        return device


@pytest.fixture
def old(tmp_path: Path) -> OldCentre:
    with zipfile.ZipFile(FIXTURES / "centre.zip") as packed:
        packed.extractall(tmp_path)
    said = json.loads((FIXTURES / "exchange.json").read_text(encoding="utf-8"))
    return OldCentre(tmp_path, said)


@pytest.fixture
def address(old: OldCentre) -> Iterator[str]:
    with served(RegionPlace(old.place)) as found:
        yield found


def _sign_keys(statements: list[bytes]) -> dict[bytes, bytes]:
    found = {}
    for one in statements:
        inner = msgspec.msgpack.decode(msgspec.msgpack.decode(one)[0])
        body = msgspec.msgpack.decode(inner[6])
        found[body[0]] = body[1]
    return found


def _over_https(
    address: str, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    link = http.client.HTTPSConnection(address, context=context)
    try:
        link.request(method, path, body, headers)
        answer = link.getresponse()
        return answer.status, answer.headers.get("content-type", ""), answer.read()
    finally:
        link.close()


def _synchronised(*people: Typist) -> None:
    for one in people:
        reports: list[Any] = []
        one.workplace.sync.sync_now(lambda _progress: None, reports.append)
        assert reports[0].failure is None


def _narrative(typist: Typist, case: str) -> str:
    def look(uow: Any) -> str:
        return str(uow.records.fields(case)[NARRATIVE].value)

    return typist.run(look)


def _number(typist: Typist, name: str) -> int:
    return typist.laptop.desk.definitions.registry.field_number("case", name)


def _seal_into(nonce: bytes) -> type:
    """What stands for the server's seal: a challenge of another run has to be its own again."""

    class Recorded:
        notes: ClassVar[dict[bytes, bytes]] = {}

        def __init__(self, _key: bytes) -> None: ...

        @staticmethod
        def generate_key(_bits: int) -> bytes:
            return b""

        def encrypt(self, note: bytes, _bound: list[bytes]) -> bytes:
            self.notes[nonce] = note
            return nonce

        def decrypt(self, sealed: bytes, _bound: list[bytes]) -> bytes:
            return self.notes[sealed]

    return Recorded


def test_a_recorded_exchange_is_answered_byte_for_byte(
    old: OldCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = old.said["requests"]
    nonce, token = (msgspec.msgpack.decode(bytes.fromhex(asked[at]["answer"]))[0] for at in (0, 1))
    monkeypatch.setattr(challenges, "AESSIV", _seal_into(nonce))
    monkeypatch.setattr(auth.secrets, "token_bytes", lambda _count: token)
    engine = open_engine(f"sqlite:///{old.server.folder / 'before.db'}")
    migrate(engine)
    store, region = SqlStore(engine), load_region(old.server, "Región Inventada")
    door = Door(create_app(store, region, Ticks()), Ticks())
    for one in asked:
        if one is asked[-1]:
            # Between these two, the other laptop wrote what this answer brings.
            reader = codec.ReplyReader()
            centre = bytes.fromhex(old.keys["centre"])
            for entry in reader.feed(bytes.fromhex(one["answer"])):
                roster = services.roster_of(store, region, centre)
                services.accept_batch(store, region, roster, centre, entry.content)
        answer = door.ask(
            one["path"],
            bytes.fromhex(one["body"]),
            method=one["method"],
            authorization=one["headers"].get("authorization", "").encode() or None,
        )
        assert (answer.status, answer.headers["content-type"]) == (one["status"], one["kind"])
        assert answer.body.hex() == one["answer"], one["path"]
    door.close()
    engine.dispose()


def test_a_device_of_the_first_version_gives_and_takes(old: OldCentre, address: str) -> None:
    admin = old.laptop(1, address)
    _synchronised(admin)
    device = old.device(address)
    assert device.synchronise() == []
    before = device.heads(old.case, KIND_CASE, _number(admin, NARRATIVE))
    said = Said(
        record=old.case,
        kind=KIND_CASE,
        field=_number(admin, NARRATIVE),
        value="Relato inventado que escribe la versión primera.",
        wall_ms=1_800_000_000_000,
        session=device.session,
        counter=1,
        author=b"\x0a" * 16,
        bases=tuple(one.id for one in before),
    )

    assert device.synchronise([device.write([said])]) == []
    _synchronised(admin)
    assert _narrative(admin, old.case) == said.value

    admin.type_fields(old.case, {NARRATIVE: "Relato inventado que escribe la versión de hoy."})
    _synchronised(admin)
    assert device.synchronise() == []
    (head,) = device.heads(old.case, KIND_CASE, _number(admin, NARRATIVE))
    assert head.value == "Relato inventado que escribe la versión de hoy."
    assert device.unreadable == set(), "in its centre nobody writes what it cannot read"
    admin.laptop.close()


def test_what_a_newer_version_writes_is_kept_and_passed_on(old: OldCentre, address: str) -> None:
    admin = old.laptop(1, address)
    admin.type_fields(old.case, {NARRATIVE: "Relato inventado de una versión que vendrá."})
    _synchronised(admin)
    newest = admin.run(lambda uow: [uow.batches.get(one) for one in uow.batches.ids()])[-1]
    assert newest is not None
    device = old.device(address)
    device.epochs = [bytes(32)]  # it lacks what this is sealed with, as it lacks a format
    device.synchronise()
    assert newest.id in device.unreadable
    assert device.batches[newest.id] == newest.content
    assert batch_id(device.batches[newest.id]) == parse_batch(newest.content).id
    admin.laptop.close()


def test_an_old_laptop_that_is_brought_up_to_date_loses_nothing(
    old: OldCentre, address: str
) -> None:
    plain = old.laptop(2, address)
    facts = old.said["facts"]
    assert plain.run(lambda uow: uow.changes.digest()).hex() == facts["heads"]
    assert plain.run(lambda uow: uow.changes.count()) == facts["changes"]
    waiting = plain.run(sync_view).waiting_changes
    assert waiting > 1, "a sealed batch and a change in none wait in the old file"

    admin = old.laptop(1, address)
    _synchronised(plain, admin, plain)
    assert plain.run(sync_view).waiting_changes == 0
    both = {one.run(lambda uow: uow.changes.digest()) for one in (plain, admin)}
    assert len(both) == 1
    key = FieldKey("case", facts["plain_case"], NARRATIVE)
    (head,) = admin.run(lambda uow: uow.changes.heads(key))
    assert head.value == "Escrito después, en ningún lote todavía."
    plain.laptop.close()
    admin.laptop.close()


def test_the_audit_of_an_old_laptop_holds_and_goes_on_signed(old: OldCentre, address: str) -> None:
    admin = old.laptop(1, address)
    before = admin.run(lambda uow: uow.audit.check())
    assert before.broken is None
    assert before.first_version > 0, "entries as the first build made them"
    admin.type_fields(old.case, {NARRATIVE: "Relato inventado, escrito hoy."})
    after = admin.run(lambda uow: uow.audit.check())
    assert after.broken is None
    assert after.first_version == before.first_version
    assert after.signed > before.signed
    admin.laptop.close()
