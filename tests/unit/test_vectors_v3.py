"""The bytes that versions 2 and 3 of the messages added, kept for ever as those of version 1."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.crypto.recipient import RecipientKey, SealError
from app.crypto.secret import SecretKey
from sync.envelope.keyring import DeviceKeys, epoch_tag
from sync.protocol import codec
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.compact import (
    TOKEN_BYTES,
    HaveReply,
    HaveRequest,
    LoginReply,
    LoginRequest,
    PullHead,
    PushHead,
    Standing,
    encode_short,
)
from sync.protocol.frames import (
    Entry,
    Frame,
    PullReader,
    PushReader,
    encode_pull,
    encode_push,
)
from sync.protocol.messages import Message, Refusal, login_bytes, receipt_bytes
from sync.protocol.roster import evaluate
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.statements import epoch_context, read_statement, statement_id

FOLDER = Path(__file__).parent.parent / "vectors"
M = TypeVar("M", bound=Message)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """The values of version 1, and over them those that came later."""
    values: dict[str, Any] = {}
    for place in (FOLDER, FOLDER / "v3"):
        values |= json.loads((place / "values.json").read_text(encoding="utf-8"))
    return values


def read(name: str) -> bytes:
    return (FOLDER / "v3" / f"{name}.bin").read_bytes()


def batches() -> tuple[bytes, bytes]:
    first, second = ((FOLDER / f"batch-{number}.bin").read_bytes() for number in (1, 2))
    return first, second


def chains(known: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(known[f"chain_{at}"]) for at in range(3)]


def same(kind: type[M], content: bytes) -> M:
    """Read a message, and see that it is written as it was."""
    message = codec.decode(kind, content)
    assert encode_short(message) == content
    return message


def pushed(name: str) -> tuple[PushHead, list[Frame]]:
    reader = PushReader()
    frames = reader.feed(read(name))
    reader.close()
    assert reader.head is not None
    assert reader.token is not None
    assert b"".join(encode_push(reader.token, reader.head, frames)) == read(name)
    return reader.head, frames


def pulled(name: str) -> tuple[PullHead, list[Entry]]:
    reader = PullReader()
    entries = reader.feed(read(name))
    reader.close()
    assert reader.head is not None
    assert b"".join(encode_pull(reader.head, entries)) == read(name)
    return reader.head, entries


def test_the_login_proves_the_device_to_this_server(known: dict[str, Any]) -> None:
    login = same(LoginRequest, read("login-request"))
    assert (login.centre.hex(), login.device.hex()) == (known["centre"], known["device_id"])
    assert (login.nonce.hex(), login.newest) == (known["login_nonce"], 3)
    assert login.statements == ((FOLDER / "statement.bin").read_bytes(),)
    said = login_bytes(bytes.fromhex(known["server_key"]), login.centre, login.device, login.nonce)
    key = bytes.fromhex(known["device_sign_key"])
    assert is_signed(key, Purpose.LOGIN, said, login.signature)
    reply = same(LoginReply, read("login-reply"))
    assert (reply.token.hex(), reply.lives_seconds, reply.version) == (known["token"], 900, 3)


def test_nothing_to_do_weighs_a_few_bytes(known: dict[str, Any]) -> None:
    head, frames = pushed("push-nothing")
    assert (head, frames) == (PushHead(70_000, chains(known)[2][:16]), [])
    answer, entries = pulled("pull-nothing")
    log = bytes.fromhex(known["log_id"])
    assert (answer, entries) == (PullHead(Standing.AGREES, log, 70_000), [])
    assert (len(read("push-nothing")), len(read("pull-nothing"))) == (44, 29)


def test_frames_up_are_plain_gone_on_with_or_empty(known: dict[str, Any]) -> None:
    first, second = batches()
    held = known["held_bytes"]
    head, frames = pushed("push")
    assert head == PushHead(0, chains(known)[0][:16], 3, held)
    assert frames == [
        Frame(len(first), first),
        Frame(len(second), second[held:], batch_id(second), held),
        Frame(len(first), b"", batch_id(first), len(first)),
    ]


def test_the_answer_is_gone_on_with_and_its_receipt_holds(known: dict[str, Any]) -> None:
    first, second = batches()
    held = known["held_bytes"]
    _, one, two = chains(known)
    head, entries = pulled("pull")
    assert (head.standing, head.top, head.more, head.skipped) == (Standing.AGREES, 2, False, held)
    assert head.refused == (Refusal(batch_id(first), "frame_gap"),)
    (receipt,) = head.receipts
    assert (receipt.batch, receipt.position, receipt.chain) == (batch_id(second), 2, two)
    said = receipt_bytes(receipt.batch, head.log_id, receipt.position, receipt.chain)
    key = bytes.fromhex(known["server_key"])
    assert is_signed(key, Purpose.RECEIPT, said, receipt.signature)
    assert receipt.signature.hex() == known["receipt_signature"]
    assert entries == [
        Entry(1, one, len(first), first[held:], held),
        Entry(2, two, len(second), second),
    ]


def test_what_is_behind_comes_backwards_and_proves_itself(known: dict[str, Any]) -> None:
    head, frames = pushed("push-behind")
    chain = chains(known)[2]
    assert (head, frames) == (PushHead(2, chain[:16], behind=3, wanted_bytes=1 << 16), [])
    _, entries = pulled("pull-behind")
    assert [one.position for one in entries] == [2, 1]
    for entry in entries:
        assert chain_after(entry.chain, batch_id(entry.content)) == chain
        chain = entry.chain
    assert chain == chain_start(bytes.fromhex(known["log_id"]))


def test_what_is_held_is_asked_and_said(known: dict[str, Any]) -> None:
    request = read("have-request")
    token, content = request[:TOKEN_BYTES], request[TOKEN_BYTES:]
    assert token.hex() == known["token"]
    asked = same(HaveRequest, content)
    assert codec.split_ids(asked.ids) == (*(batch_id(one) for one in batches()), bytes(32))
    assert same(HaveReply, read("have-reply")).held == (-1, known["held_bytes"], 0)


def test_statements_revoke_and_give_out_an_epoch(known: dict[str, Any]) -> None:
    admin = bytes.fromhex(known["device_id"])
    lost, kept = (bytes.fromhex(known[f"{name}_device_id"]) for name in ("lost", "kept"))
    names = ("grant-B", "grant-C", "revoke-device", "epoch")
    said = [(FOLDER / "statement.bin").read_bytes(), *(read(name) for name in names)]
    for name in (*names, "revoke-admin"):
        assert statement_id(read(name)).hex() == known["statements"][name]
    root, centre = bytes.fromhex(known["root_key"]), bytes.fromhex(known["centre"])
    roster = evaluate(said, root)
    assert roster.refused == ()
    assert roster.revoked == roster.gone(centre) == {lost}
    assert {one.id for one in roster.members(centre)} == {admin, kept}
    (epoch,) = roster.fresh_epochs(centre)
    assert (epoch.tag.hex(), epoch.by, epoch.number) == (known["epoch_tag"], admin, 4)
    assert epoch.revoked == {lost}

    both = evaluate([*said, read("revoke-admin")], root)
    assert both.refused == ()
    assert both.revoked == {lost, admin}
    assert both.devices == roster.devices
    assert both.fresh_epochs(centre) == ()
    for order in permutations([*said, read("revoke-admin")], 3):
        some = evaluate(order, root)
        assert some == evaluate(order[::-1], root)


def test_the_epochs_secret_opens_for_whom_it_was_sealed_and_for_nobody_else(
    known: dict[str, Any],
) -> None:
    centre, tag = bytes.fromhex(known["centre"]), bytes.fromhex(known["epoch_tag"])
    said = [(FOLDER / "statement.bin").read_bytes(), read("grant-C"), read("epoch")]
    roster = evaluate(said, bytes.fromhex(known["root_key"]))
    seeds = {
        name: SecretKey(bytes.fromhex(known[f"{name}_seed"])) for name in ("device", "kept_device")
    }
    for seed in seeds.values():
        keys = DeviceKeys(seed)
        device = keys.id_in(centre)
        ((named, sealed),) = roster.shares_for(device)
        secret = keys.recipient.open(sealed, context=epoch_context(centre, tag, device))
        assert (named, secret.hex()) == (tag, known["epoch_secret"])
        assert epoch_tag(SecretKey(secret)) == tag
        lost = RecipientKey(SecretKey(bytes.fromhex(known["lost_device_seed"])))
        for key, context in (
            (lost, epoch_context(centre, tag, device)),
            (keys.recipient, epoch_context(centre, tag, bytes(16))),
            (keys.recipient, epoch_context(bytes(16), tag, device)),
        ):
            with pytest.raises(SealError):
                key.open(sealed, context=context)


def test_each_statement_is_chained_to_the_one_before(known: dict[str, Any]) -> None:
    names = ("grant-B", "grant-C", "revoke-device", "epoch")
    previous = bytes(32)
    for number, name in enumerate(names, 1):
        said = read_statement(read(name))
        assert (said.number, said.previous) == (number, previous)
        previous = statement_id(read(name))
    assert read_statement(read("revoke-admin")).by == bytes(16)
    assert read_statement(read("revoke-admin")).number == 2


def test_every_vector_is_named_in_the_document() -> None:
    text = (FOLDER.parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
    for path in sorted((FOLDER / "v3").iterdir()):
        assert f"`{path.name}`" in text, path.name
