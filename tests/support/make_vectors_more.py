"""Writes ``tests/vectors/more``: what the first vectors left unproved. Run once, then never again.

``python -m tests.support.make_vectors_more``. It stands on the vectors that are there: the same
keys, log and batches, which it only reads. The roster's are in
:mod:`tests.support.make_vectors_roster`.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing

from app.crypto.passphrase import SMALL_MACHINE
from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value, canonical_bytes
from app.services.ports import BatchOutline, Cursor, UnitOfWork
from db.store import memory_store
from sync.envelope.enrolment import accept, make_request, reply_code, request_code
from sync.envelope.keyring import DeviceKeys
from sync.envelope.region import grant_first, write_root
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    Hello,
    RosterReply,
    RosterRequest,
    SessionReply,
    SessionRequest,
    login_bytes,
)
from sync.protocol.signature import Purpose
from sync.protocol.statements import statement_id
from tests.support import centres, make_vectors
from tests.support.logs import hold

__all__ = [
    "FIRST_CENTRE",
    "FOLDER",
    "PASSPHRASE",
    "changes_4",
    "changes_5",
    "changes_6",
    "held",
    "log_before",
    "outline",
]

FOLDER = make_vectors.FOLDER / "more"
SALTS = {number: bytes([0x60 + number]) * 16 for number in (4, 5, 6)}
ROOT_SALT = bytes.fromhex("6f" * 16)
FIRST_CENTRE = bytes.fromhex("c1" * 16)
NONCE = bytes.fromhex("0d" * 32)
TOKEN = bytes.fromhex("71" * 32)
PASSPHRASE = " N\u0303andu\u0301  inventado\u00a0con\t\ufb01lo\u2003y \uff2cuna "
"""Signs that are the same ones in another form, and white space of several kinds."""

_TEXT = "N\u0303and\u00fa \U0001f99c inventado, awaj\u00fan \U0001f99c"
_MS = 1_764_000_200_000


def _made(
    counter: int, kind: str, field: str, value: Value, bases: tuple[ChangeId, ...] = ()
) -> Change:
    record = f"0199{'ab' if kind == 'case' else 'cd'}{'0' * 26}"
    return new_change(
        centres.REGISTRY,
        kind=kind,
        record_id=RecordId(record),
        field=field,
        value=value,
        stamp=Stamp(_MS + 1_000 * counter, make_vectors.SESSION, counter),
        author=AuthorId("a1" * 16),
        bases=bases,
    )


def changes_4() -> tuple[Change, ...]:
    """Return a text that is not ASCII, every edge of the integers, a set in no order, and the two
    changes that one of batch 5 replaces."""
    values: tuple[tuple[str, Value], ...] = (
        ("case_11", _TEXT),
        ("case_12", -44),
        ("case_13", -(2**63)),
        ("case_14", -(2**63) - 1),
        ("case_15", 2**64 - 1),
        ("case_16", -(10**30)),
        ("case_17", ("z", "a", "\u00f1", "a")),
        ("case_18", ()),
        ("case_19", False),
        ("case_20", ""),
    )
    return tuple(_made(30 + at, "case", *one) for at, one in enumerate(values))


def changes_5() -> tuple[Change, ...]:
    """Return changes with origins in two batches, and bases inside the batch before them."""
    two, four = make_vectors.changes(), changes_4()
    text = _TEXT.replace("awaj\u00fan", "wampis")
    longer = _made(50, "case", "case_11", text, (four[0].id,))
    number = _made(51, "case", "case_2", -45, (two[1].id,))
    new = _made(52, "survivor", "person_9", "sin nada antes")
    again = _made(53, "case", "case_11", "otra vez", (longer.id,))
    both = _made(54, "case", "case_11", _TEXT + "!", (four[0].id, again.id))
    other = _made(55, "survivor", "person_9", None, (new.id,))
    return longer, number, new, again, both, other


def changes_6() -> tuple[Change, ...]:
    """Return so many words that sorting them packs them smaller."""
    chance = random.Random(6)
    words = ["".join(chance.choices("aeioumnstr", k=chance.randint(3, 9))) for _ in range(900)]
    return tuple(
        _made(100 + at, "case", f"case_{1 + at % 59}", " ".join(chance.choices(words, k=40)))
        for at in range(120)
    )


def held() -> list[bytes]:
    """Return the batches that stand in the log before these, in order."""
    folder = make_vectors.FOLDER
    names = ("batch-1", "batch-2", "format-2/batch-3", "more/batch-4", "more/batch-5")
    return [path.read_bytes() for name in names if (path := folder / f"{name}.bin").exists()]


def outline(number: int) -> BatchOutline:
    """Return what the header of a batch says, from 4 on."""
    before = held()[: number - 1]
    chain = chain_start(make_vectors.LOG)
    for content in before:
        chain = chain_after(chain, batch_id(content))
    seen = Cursor(make_vectors.LOG, number - 1, chain)
    return BatchOutline(make_vectors.SESSION, number, batch_id(before[-1]), seen)


def log_before(uow: UnitOfWork, number: int) -> None:
    """Hold the batches before this one, which is 5 or 6, as the log has them."""
    envelope = CentreEnvelope(centres.REGISTRY, make_vectors.keyring())
    for position, content in enumerate(held()[1 : number - 1], 2):
        opened = envelope.open(content, uow.origins)
        hold(uow, opened.id, opened.changes, position=position)


def _batches() -> Iterator[tuple[int, Sequence[Change]]]:
    sealed = ((4, changes_4()), (5, changes_5()), (6, changes_6()))
    for number, changes in sealed:
        salt = SALTS[number]
        envelope = CentreEnvelope(
            centres.REGISTRY, make_vectors.keyring(), draw=lambda count, salt=salt: salt[:count]
        )
        with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
            if number > 4:
                log_before(uow, number)
            origins = uow.origins if number > 4 else None
            content = envelope.seal(outline(number), changes, origins).content
        (FOLDER / f"batch-{number}.bin").write_bytes(content)
        yield number, changes


def _told(number: int, changes: Sequence[Change]) -> dict[str, object]:
    content = (FOLDER / f"batch-{number}.bin").read_bytes()
    told: dict[str, object] = {
        "id": batch_id(content).hex(),
        "salt": SALTS[number].hex(),
        "count": len(changes),
        "ids_sha256": hashlib.sha256(b"".join(one.id for one in changes)).hexdigest(),
    }
    if number < 6:
        told["changes"] = [
            {
                "id": one.id.hex(),
                "value": canonical_bytes(one.value).hex(),
                "bases": [base.hex() for base in one.bases],
            }
            for one in changes
        ]
    return told


def _messages() -> Iterator[tuple[str, bytes]]:
    mine = make_vectors.keyring()
    server = DeviceKeys(centres.seed("vector server")).signing.public
    device, centre = mine.device.id, make_vectors.CENTRE
    proof = mine.keys.sign(Purpose.LOGIN, login_bytes(server, centre, device, NONCE))
    login = SessionRequest(centre, device, NONCE, proof, mine.statements)
    names = b"".join(statement_id(one) for one in mine.statements)
    yield "hello.bin", codec.encode(Hello(1, 3, server, "Región Inventada"))
    yield "challenge-request.bin", codec.encode(ChallengeRequest(centre, device))
    yield "challenge-reply.bin", codec.encode(Challenge(NONCE))
    yield "session-request.bin", codec.encode(login)
    yield "session-reply.bin", codec.encode(SessionReply(TOKEN, 900))
    yield "roster-request.bin", codec.encode(RosterRequest(mine.statements, names))
    yield "roster-reply.bin", codec.encode(RosterReply(mine.statements))
    yield "refused.bin", codec.encode(ErrorReply("busy", 60))


def _enrolment() -> tuple[dict[str, bytes], dict[str, str]]:
    region, keys = centres.root("vector root"), DeviceKeys(centres.seed("vector first laptop"))
    request = make_request(keys, FIRST_CENTRE)
    granted = grant_first(
        region,
        request,
        request_code(request),
        centre=FIRST_CENTRE,
        server=centres.SERVER,
        profile=centres.PROFILE,
    )
    files = {
        "solicitud-first.bin": request,
        "respuesta-first.bin": granted.reply,
        "root.bin": write_root(region, PASSPHRASE, salt=ROOT_SALT, cost=SMALL_MACHINE),
    }
    return files, {
        "first_laptop_seed": keys.seed.reveal().hex(),
        "first_centre": FIRST_CENTRE.hex(),
        "first_request_code": request_code(request),
        "first_reply_code": reply_code(granted.reply),
        "first_statement_id": statement_id(granted.statement).hex(),
        "root_passphrase": PASSPHRASE,
        "respuesta_statement_id": _second_statement(),
        "session_nonce": NONCE.hex(),
        "session_token": TOKEN.hex(),
    }


def _second_statement() -> str:
    """Return the id of the grant in the respuesta of version 1, which no values named."""
    request, reply = (
        (make_vectors.FOLDER / f"{name}.bin").read_bytes() for name in ("solicitud", "respuesta")
    )
    keys = DeviceKeys(centres.seed("vector new device"))
    keyring = accept(keys, request, reply, reply_code(reply)).keyring
    (own,) = set(map(statement_id, keyring.statements)) - set(
        map(statement_id, make_vectors.keyring().statements)
    )
    return own.hex()


def main() -> None:
    """Write every vector."""
    FOLDER.mkdir()
    batches = {f"batch_{number}": _told(number, changes) for number, changes in _batches()}
    files, values = _enrolment()
    for name, content in (*files.items(), *_messages()):
        (FOLDER / name).write_bytes(content)
    text = json.dumps({**values, **batches}, indent=1) + "\n"
    (FOLDER / "values.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
