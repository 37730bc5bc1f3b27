"""Writes ``tests/vectors``: run once for each version of the protocol, then never again.

``python -m tests.support.make_vectors``. The seeds are invented and public.
"""

from __future__ import annotations

import json
from pathlib import Path

from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value, canonical_bytes
from app.services.ports import BatchOutline, Cursor
from sync.envelope.enrolment import grant, make_request, reply_code, request_code
from sync.envelope.keyring import DeviceKeys, Keyring, epoch_tag
from sync.envelope.region import root_code
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    LogEntry,
    Receipt,
    Refusal,
    Verdict,
    login_bytes,
    receipt_bytes,
)
from sync.protocol.roster import (
    ROLE_ADMIN,
    ROOT,
    Grant,
    next_place,
    sign_statement,
    statement_id,
)
from sync.protocol.signature import Purpose
from tests.support import centres

FOLDER = Path(__file__).parent.parent / "vectors"
CENTRE = bytes.fromhex("c0" * 16)
SESSION = bytes.fromhex("5e" * 8)
SALT = bytes.fromhex("5a" * 16)
LOG = bytes.fromhex("10" * 16)
VALUES: tuple[tuple[str, str, Value], ...] = (
    ("case", "case_1", "texto inventado: Ñandú, awajún"),
    ("case", "case_2", 44),
    ("case", "case_3", True),
    ("case", "case_4", ("1", "3")),
    ("case", "case_5", Absent.DECLINED),
    ("case", "case_6", None),
    ("survivor", "person_1", 2**64),
    ("#900", "#70000", "of a later version"),
    ("case", "case_1", "texto inventado, corregido"),
)


def changes() -> tuple[Change, ...]:
    """Return one change of every kind of value; the last replaces the first and one elsewhere."""
    made: list[Change] = []
    for at, (kind, field, value) in enumerate(VALUES):
        bases = (made[0].id, type(made[0].id)(b"\xba" * 16)) if at == len(VALUES) - 1 else ()
        made.append(
            new_change(
                centres.REGISTRY,
                kind=kind,
                record_id=RecordId(f"0199{'ab' if kind == 'case' else 'cd'}{'0' * 26}"),
                field=field,
                value=value,
                stamp=Stamp(1_764_000_000_000 + 1_000 * at, SESSION, at + 1),
                author=AuthorId("a1" * 16),
                bases=bases,
            )
        )
    return tuple(made)


def keyring(root_name: str = "vector root") -> Keyring:
    """Return the keyring of the vectors' first laptop, with a fixed epoch secret."""
    region, keys = centres.root(root_name), DeviceKeys(centres.seed("vector device"))
    statement = sign_statement(
        Grant(
            device=keys.id_in(CENTRE),
            sign_key=keys.signing.public,
            enc_key=keys.recipient.public,
            role=ROLE_ADMIN,
            letter="A",
            label="",
            server=centres.SERVER.pin(),
        ),
        centre=CENTRE,
        by=ROOT,
        place=next_place((), ROOT, CENTRE),
        sign=region.sign,
    )
    secret = SecretKey(b"\xe9" * 32)
    return Keyring.of(
        keys,
        centre=CENTRE,
        root_key=region.public,
        epochs=[secret],
        current=epoch_tag(secret),
        statements=[statement],
        server=centres.SERVER,
    )


def main() -> None:
    """Write every vector."""
    mine = keyring()
    envelope = CentreEnvelope(centres.REGISTRY, mine, draw=lambda count: SALT[:count])
    first = envelope.seal(BatchOutline(SESSION, 1, bytes(32), None), changes()[:1])
    seen = Cursor(LOG, 1, chain_after(chain_start(LOG), first.id))
    second = envelope.seal(BatchOutline(SESSION, 2, first.id, seen), changes())
    new = DeviceKeys(centres.seed("vector new device"))
    request = make_request(new)
    reply = grant(mine, request, request_code(request), profile=centres.PROFILE).reply
    server = DeviceKeys(centres.seed("vector server"))
    chain = chain_after(seen.chain, second.id)
    receipt = Receipt(
        second.id,
        LOG,
        2,
        chain,
        server.sign(Purpose.RECEIPT, receipt_bytes(second.id, LOG, 2, chain)),
    )
    asked = ExchangeRequest(log_id=LOG, position=1, chain=seen.chain, offered=1)
    answered = ExchangeReply(
        1, LOG, Verdict.AGREES, (Refusal(first.id, "batch_altered"),), (receipt,), 1, 2, more=False
    )
    login = login_bytes(server.signing.public, CENTRE, mine.device.id, b"\x0e" * 32)
    files = {
        "batch-1.bin": first.content,
        "batch-2.bin": second.content,
        "statement.bin": mine.statements[0],
        "solicitud.bin": request,
        "respuesta.bin": reply,
        "exchange-request.bin": b"".join(codec.encode_request(asked, [second.content])),
        "exchange-reply.bin": b"".join(
            codec.encode_reply(answered, [LogEntry(2, chain, second.content)])
        ),
    }
    values = {
        "root_seed": centres.seed("vector root").reveal().hex(),
        "root_key": mine.root_key.hex(),
        "root_code": root_code(mine.root_key),
        "device_seed": mine.keys.seed.reveal().hex(),
        "device_sign_key": mine.keys.signing.public.hex(),
        "device_id": mine.device.id.hex(),
        "centre": CENTRE.hex(),
        "epoch_secret": "e9" * 32,
        "epoch_tag": mine.current.hex(),
        "salt": SALT.hex(),
        "statement_id": statement_id(mine.statements[0]).hex(),
        "batch_1_id": first.id.hex(),
        "batch_2_id": second.id.hex(),
        "log_id": LOG.hex(),
        "chain_0": chain_start(LOG).hex(),
        "chain_1": seen.chain.hex(),
        "chain_2": chain.hex(),
        "server_seed": server.seed.reveal().hex(),
        "server_key": server.signing.public.hex(),
        "receipt_signature": receipt.signature.hex(),
        "login_nonce": "0e" * 32,
        "login_signature": mine.keys.sign(Purpose.LOGIN, login).hex(),
        "new_device_seed": new.seed.reveal().hex(),
        "request_code": request_code(request),
        "reply_code": reply_code(reply),
        "changes": [
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
            for one in changes()
        ],
    }
    FOLDER.mkdir(exist_ok=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    (FOLDER / "values.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
