"""What the first vectors left unproved, kept for ever: edges of values, origins, the other files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from app.crypto.derive import derive_bytes
from app.crypto.passphrase import SMALL_MACHINE
from app.crypto.sealing import open_sealed
from app.crypto.secret import SecretKey
from app.domain.change import Change
from app.domain.value import canonical_bytes
from app.services.ports import UnitOfWork
from db.store import memory_store
from sync.envelope.enrolment import accept, make_request, reply_code, request_code
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.padding import unwrap
from sync.envelope.region import read_root, write_root
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec
from sync.protocol.batch import BOUND_BYTES, parse_batch
from sync.protocol.compact import PullHead
from sync.protocol.frames import PullReader
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    Hello,
    Message,
    RosterReply,
    RosterRequest,
    SessionReply,
    SessionRequest,
    login_bytes,
)
from sync.protocol.roster import evaluate
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.statements import statement_id
from tests.support import centres, make_vectors, make_vectors_more, make_vectors_roster
from tests.support.make_vectors_more import (
    FOLDER,
    changes_4,
    changes_5,
    changes_6,
    log_before,
    outline,
)

KNOWN: dict[str, Any] = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
FIRST: dict[str, Any] = json.loads((FOLDER.parent / "values.json").read_text(encoding="utf-8"))
ROSTER: dict[str, Any] = json.loads((FOLDER / "roster.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = ROSTER["cases"]
M = TypeVar("M", bound=Message)


def read(name: str) -> bytes:
    return (FOLDER / f"{name}.bin").read_bytes()


def envelope() -> CentreEnvelope:
    return CentreEnvelope(centres.REGISTRY, make_vectors.keyring())


def compressed(content: bytes) -> bytes:
    """Return what is sealed in a batch: length, compressed content, zeros."""
    batch = parse_batch(content)
    return open_sealed(
        SecretKey(bytes.fromhex(FIRST["epoch_secret"])),
        "batch",
        batch.body,
        salt=batch.header.salt,
        bound=batch.head[:BOUND_BYTES],
    )


@pytest.fixture
def log() -> Iterator[UnitOfWork]:
    """The batches before the last one, seen in the verified log."""
    with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
        log_before(uow, 6)
        yield uow


@pytest.mark.parametrize(
    ("number", "changes"), [(4, changes_4()), (5, changes_5()), (6, changes_6())]
)
def test_the_batches_open_to_the_changes(
    number: int, changes: tuple[Change, ...], log: UnitOfWork
) -> None:
    known = KNOWN[f"batch_{number}"]
    opened = envelope().open(read(f"batch-{number}"), log.origins)
    said = outline(number)
    assert (opened.number, opened.previous, opened.seen) == (number, said.previous, said.seen)
    assert opened.id.hex() == known["id"]
    assert opened.changes == changes
    assert len(changes) == known["count"]
    joined = b"".join(one.id for one in opened.changes)
    assert hashlib.sha256(joined).hexdigest() == known["ids_sha256"]
    for one, told in zip(opened.changes, known.get("changes", []), strict=False):
        assert one.id.hex() == told["id"]
        assert canonical_bytes(one.value).hex() == told["value"]
        assert [base.hex() for base in one.bases] == told["bases"]


def test_integers_stand_as_themselves_or_as_digits() -> None:
    columns = msgspec.msgpack.decode(unwrap(compressed(read("batch-4"))), type=list[object])
    values = columns[17]
    assert isinstance(values, list)
    assert values[1:3] == [-44, -(2**63)]
    assert values[4] == 2**64 - 1
    for value, digits in (
        (values[3], b"-9223372036854775809"),
        (values[5], b"-1000000000000000000000000000000"),
    ):
        assert (value.code, value.data) == (2, digits)
    assert values[6] == ["z", "a", "ñ", "a"], "in the order that it was given, twice what was twice"
    assert canonical_bytes(-44) == b"i\0\0\0\3-44"


def test_columns_of_format_2_count_what_they_say_they_count() -> None:
    columns = msgspec.msgpack.decode(unwrap(compressed(read("batch-5"))), type=list[object])
    assert columns[:3] == [2, 2, 6]
    assert columns[8] == b"\0\0\2", "of the changes without an origin, the third takes the first's"
    assert (columns[14], columns[15]) == (b"\0\0\0\1\1\1", b"\3\1\3"), "over all changes"
    contexts = bytes.fromhex(KNOWN["batch_4"]["id"])[:16] + bytes.fromhex(FIRST["batch_2_id"])[:16]
    assert columns[18] == contexts
    assert (columns[19], columns[20]) == (b"\1\2\0\0\1\0", b"\0\1\0")
    assert columns[21] == bytes([20, 0, 28]), "in code points: one is beyond the first 65,536"
    kept = changes_4()[0].value
    assert isinstance(kept, str)
    assert "\U0001f99c" in kept[:20]
    assert len(kept[:20].encode("utf-16-le")) == 42


def test_a_large_content_is_sorted_where_that_is_smaller() -> None:
    wrapped = compressed(read("batch-6"))
    assert wrapped[4:7] == b"BZh"
    columns = msgspec.msgpack.decode(unwrap(wrapped), type=list[object])
    assert columns[:3] == [2, 1, 120], "in the layout of format 1, which says nothing of it"


def test_the_roots_file_opens_however_its_passphrase_is_typed() -> None:
    content = read("root")
    root = read_root(content, KNOWN["root_passphrase"])
    assert root.seed.reveal().hex() == FIRST["root_seed"]
    assert content[:5] == b"QSPK\1"
    assert int.from_bytes(content[5:9]) == 64 * 1024
    assert (int.from_bytes(content[9:11]), content[11], len(content)) == (3, 1, 76)
    again = write_root(
        root, "Ñandú inventado con filo y Luna", salt=content[12:28], cost=SMALL_MACHINE
    )
    assert again == content


def test_the_respuesta_of_the_root_gives_no_secret() -> None:
    keys = DeviceKeys(SecretKey(bytes.fromhex(KNOWN["first_laptop_seed"])))
    centre = bytes.fromhex(KNOWN["first_centre"])
    request, reply = read("solicitud-first"), read("respuesta-first")
    assert make_request(keys, centre) == request
    assert request_code(request) == KNOWN["first_request_code"]
    assert reply_code(reply) == KNOWN["first_reply_code"]
    accepted = accept(keys, request, reply, KNOWN["first_reply_code"])
    assert (accepted.keyring.centre, accepted.keyring.device.role) == (centre, "admin")
    assert [statement_id(one).hex() for one in accepted.keyring.statements] == [
        KNOWN["first_statement_id"]
    ]
    again = accept(keys, request, reply, KNOWN["first_reply_code"])
    assert accepted.keyring.current != again.keyring.current, "the laptop draws it itself"


def same(kind: type[M], name: str) -> M:
    """Read a message of version 1, and see that it is written as it was, defaults too."""
    message = codec.decode(kind, read(name))
    assert codec.encode(message) == read(name)
    return message


def test_the_messages_of_version_1() -> None:
    mine: Keyring = make_vectors.keyring()
    hello = same(Hello, "hello")
    assert (hello.oldest_version, hello.newest_version, hello.name) == (1, 3, "Región Inventada")
    assert hello.server_key.hex() == FIRST["server_key"]
    asked = same(ChallengeRequest, "challenge-request")
    assert (asked.centre, asked.device) == (make_vectors.CENTRE, mine.device.id)
    nonce = same(Challenge, "challenge-reply").nonce
    assert nonce.hex() == KNOWN["session_nonce"]
    login = same(SessionRequest, "session-request")
    assert (login.centre, login.device, login.nonce) == (asked.centre, asked.device, nonce)
    assert login.statements == mine.statements
    said = login_bytes(hello.server_key, login.centre, login.device, login.nonce)
    assert is_signed(mine.device.sign_key, Purpose.LOGIN, said, login.signature)
    reply = same(SessionReply, "session-reply")
    assert (reply.token.hex(), reply.lives_seconds) == (KNOWN["session_token"], 900)
    offered = same(RosterRequest, "roster-request")
    assert offered.offered == same(RosterReply, "roster-reply").statements == mine.statements
    assert codec.split_ids(offered.held) == tuple(map(statement_id, mine.statements))
    refused = same(ErrorReply, "refused")
    assert (refused.reason, refused.retry_after_seconds) == ("busy", 60)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_roster_is_what_its_statements_amount_to(case: dict[str, Any]) -> None:
    files = make_vectors_roster.said()
    names = {statement_id(content): name for name, content in files.items()}
    assert {name: one.hex() for one, name in names.items()} == ROSTER["ids"]
    said = [files[name] for name in case["statements"]]
    for order in (said, said[::-1], said * 2):
        roster = evaluate(order, bytes.fromhex(FIRST["root_key"]))
        found = make_vectors_roster.what_it_amounts_to(roster, names)
        assert found == {key: case[key] for key in found}


def test_the_cases_of_the_roster_are_those_of_the_file() -> None:
    told = {case["title"]: tuple(case["statements"]) for case in CASES}
    assert told == {title: tuple(names) for title, names in make_vectors_roster.CASES.items()}


def test_the_answer_carries_the_mark_of_the_roster() -> None:
    reader = PullReader()
    assert reader.feed(read("pull-roster")) == []
    reader.close()
    head = reader.head
    assert isinstance(head, PullHead)
    assert head.roster.hex() == CASES[0]["mark"] == "ac501457b4a57682"
    assert len(read("pull-roster")) == 40


def test_the_secret_in_parts_of_an_epoch_has_the_tag_that_names_it() -> None:
    secret = SecretKey(bytes.fromhex(ROSTER["epoch_secret"]))
    (case,) = (one for one in CASES if one["title"] == "lists of an epoch")
    assert derive_bytes(secret, "epoch-tag", 8).hex() in {one["tag"] for one in case["epochs"]}


def test_the_second_statement_of_the_first_respuesta_has_its_name() -> None:
    new = DeviceKeys(SecretKey(bytes.fromhex(FIRST["new_device_seed"])))
    request, reply = ((FOLDER.parent / f"{name}.bin") for name in ("solicitud", "respuesta"))
    accepted = accept(new, request.read_bytes(), reply.read_bytes(), FIRST["reply_code"])
    found = {statement_id(one).hex() for one in accepted.keyring.statements}
    assert found == {FIRST["statement_id"], KNOWN["respuesta_statement_id"]}


def test_every_vector_is_named_in_the_document() -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    for path in sorted(make_vectors_more.FOLDER.rglob("*.*")):
        assert f"`{path.name}`" in text, path.name
