"""The bytes of protocol version 1, kept for ever: what was written once must always be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.crypto.derive import derive_bytes
from app.crypto.secret import SecretKey
from app.domain.value import canonical_bytes
from app.services.ports import BatchOutline, Cursor
from sync.envelope.enrolment import accept, make_request, reply_code, request_code
from sync.envelope.keyring import DeviceKeys, epoch_tag
from sync.envelope.region import RegionRoot, root_code
from sync.envelope.seal import CentreEnvelope
from sync.protocol import batch, codec
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import Verdict, login_bytes, receipt_bytes
from sync.protocol.roster import device_id, evaluate, statement_id
from sync.protocol.signature import Purpose, is_signed
from tests.support import centres, make_vectors

FOLDER = Path(__file__).parent.parent / "vectors"


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
    return values


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def secret(known: dict[str, Any], name: str) -> SecretKey:
    return SecretKey(bytes.fromhex(known[name]))


def test_keys_grow_from_their_seeds_alike(known: dict[str, Any]) -> None:
    keys = DeviceKeys(secret(known, "device_seed"))
    assert keys.signing.public.hex() == known["device_sign_key"]
    assert keys.id_in(bytes.fromhex(known["centre"])).hex() == known["device_id"]
    assert (
        device_id(bytes.fromhex(known["centre"]), keys.signing.public, keys.recipient.public).hex()
        == known["device_id"]
    )
    root = RegionRoot(secret(known, "root_seed"))
    assert root.public.hex() == known["root_key"]
    assert root_code(root.public) == known["root_code"]
    epoch = secret(known, "epoch_secret")
    assert epoch_tag(epoch).hex() == derive_bytes(epoch, "epoch-tag", 8).hex() == known["epoch_tag"]


def test_the_statement_grants_the_device(known: dict[str, Any]) -> None:
    content = read("statement.bin")
    assert statement_id(content).hex() == known["statement_id"]
    roster = evaluate([content], bytes.fromhex(known["root_key"]))
    device = roster.devices[bytes.fromhex(known["device_id"])]
    assert (device.role, device.letter) == ("admin", "A")


def test_the_batches_open_to_the_changes(known: dict[str, Any]) -> None:
    envelope = CentreEnvelope(centres.REGISTRY, make_vectors.keyring())
    first, second = (envelope.open(read(f"batch-{number}.bin")) for number in (1, 2))
    assert (first.id.hex(), second.id.hex()) == (known["batch_1_id"], known["batch_2_id"])
    assert (first.number, first.seen) == (1, None)
    assert (second.number, second.previous) == (2, first.id)
    log, chain = (bytes.fromhex(known[name]) for name in ("log_id", "chain_1"))
    assert second.seen == Cursor(log, 1, chain)
    assert second.changes == make_vectors.changes()
    assert [
        {
            "id": one.id.hex(),
            "kind": centres.REGISTRY.kind_number(one.kind),
            "field": centres.REGISTRY.field_number(one.kind, one.field),
            "record": one.record_id,
            "value": canonical_bytes(one.value).hex(),
            "wall_ms": one.stamp.wall_ms,
            "counter": one.stamp.counter,
            "author": one.author,
            "bases": [base.hex() for base in one.bases],
        }
        for one in second.changes
    ] == known["changes"]


def test_sealing_again_gives_the_same_header_fields(known: dict[str, Any]) -> None:
    """The body may differ in its compression; what stands before it may not."""
    envelope = CentreEnvelope(
        centres.REGISTRY, make_vectors.keyring(), draw=lambda _: bytes.fromhex(known["salt"])
    )
    outline = BatchOutline(make_vectors.SESSION, 1, bytes(32), None)
    again = envelope.seal(outline, make_vectors.changes()[:1]).content
    assert again[: batch.BOUND_BYTES] == read("batch-1.bin")[: batch.BOUND_BYTES]


def test_the_header_lies_where_the_specification_says(known: dict[str, Any]) -> None:
    content = read("batch-2.bin")
    assert batch.HEADER_BYTES == 206
    for start, end, expected in (
        (0, 6, b"QSPB\x01\x01"),
        (6, 22, bytes.fromhex(known["centre"])),
        (22, 38, bytes.fromhex(known["device_id"])),
        (38, 46, make_vectors.SESSION),
        (46, 50, b"\0\0\0\2"),
        (50, 82, bytes.fromhex(known["batch_1_id"])),
        (82, 90, bytes.fromhex(known["epoch_tag"])),
        (90, 98, bytes(8)),
        (98, 114, bytes.fromhex(known["salt"])),
        (114, 130, bytes.fromhex(known["log_id"])),
        (130, 138, (1).to_bytes(8, "big")),
        (138, 170, bytes.fromhex(known["chain_1"])),
        (170, 202, batch.body_hash(content[270:])),
        (202, 206, (len(content) - 270).to_bytes(4, "big")),
    ):
        assert content[start:end] == expected
    assert is_signed(
        bytes.fromhex(known["device_sign_key"]), Purpose.BATCH, content[:206], content[206:270]
    )


def test_the_chain_the_receipt_and_the_login(known: dict[str, Any]) -> None:
    log = bytes.fromhex(known["log_id"])
    first, second = bytes.fromhex(known["batch_1_id"]), bytes.fromhex(known["batch_2_id"])
    assert chain_start(log).hex() == known["chain_0"]
    assert chain_after(chain_start(log), first).hex() == known["chain_1"]
    chain = chain_after(bytes.fromhex(known["chain_1"]), second)
    assert chain.hex() == known["chain_2"]
    server = bytes.fromhex(known["server_key"])
    assert is_signed(
        server,
        Purpose.RECEIPT,
        receipt_bytes(second, log, 2, chain),
        bytes.fromhex(known["receipt_signature"]),
    )
    login = login_bytes(
        server,
        bytes.fromhex(known["centre"]),
        bytes.fromhex(known["device_id"]),
        bytes.fromhex(known["login_nonce"]),
    )
    signature = bytes.fromhex(known["login_signature"])
    assert is_signed(bytes.fromhex(known["device_sign_key"]), Purpose.LOGIN, login, signature)


def test_the_exchange_reads_and_is_written_alike(known: dict[str, Any]) -> None:
    asked = codec.RequestReader()
    batches = asked.feed(read("exchange-request.bin"))
    asked.close()
    assert asked.head is not None
    assert batches == [read("batch-2.bin")]
    assert b"".join(codec.encode_request(asked.head, batches)) == read("exchange-request.bin")

    answered = codec.ReplyReader()
    entries = answered.feed(read("exchange-reply.bin"))
    answered.close()
    assert answered.head is not None
    assert answered.head.verdict is Verdict.AGREES
    assert answered.head.receipts[0].signature.hex() == known["receipt_signature"]
    assert [entry.content for entry in entries] == batches
    assert b"".join(codec.encode_reply(answered.head, entries)) == read("exchange-reply.bin")


def test_the_two_enrolment_files(known: dict[str, Any]) -> None:
    new = DeviceKeys(secret(known, "new_device_seed"))
    request, reply = read("solicitud.bin"), read("respuesta.bin")
    assert make_request(new) == request
    assert request_code(request) == known["request_code"]
    assert reply_code(reply) == known["reply_code"]
    accepted = accept(new, request, reply, known["reply_code"])
    assert accepted.keyring.device.letter == "B"
    assert accepted.keyring.current.hex() == known["epoch_tag"]
    assert accepted.profile == centres.PROFILE
