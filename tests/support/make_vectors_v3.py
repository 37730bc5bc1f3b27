"""Writes ``tests/vectors/v3``: what versions 2 and 3 of the messages added. Run once, then never.

``python -m tests.support.make_vectors_v3``. It stands on the vectors of version 1, which it only
reads: the same keys, the same two batches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.crypto.recipient import seal_to
from app.crypto.secret import SecretKey
from sync.envelope.keyring import DeviceKeys, epoch_tag
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.compact import (
    IN_THE_LOG,
    HaveReply,
    HaveRequest,
    LoginReply,
    LoginRequest,
    PullHead,
    PushHead,
    ShortReceipt,
    Standing,
    encode_short,
)
from sync.protocol.epochs import sign_epoch
from sync.protocol.frames import Entry, Frame, encode_pull, encode_push
from sync.protocol.messages import Refusal, login_bytes, receipt_bytes
from sync.protocol.signature import Purpose
from sync.protocol.statements import (
    ROLE_DEVICE,
    ROOT,
    Grant,
    Revoke,
    SealedSecret,
    epoch_context,
    next_place,
    revocations,
    sign_statement,
    statement_id,
)
from tests.support import centres, make_vectors

__all__ = ["FOLDER", "main"]

FOLDER = make_vectors.FOLDER / "v3"
CENTRE, LOG = make_vectors.CENTRE, make_vectors.LOG
TOKEN = bytes.fromhex("70" * 16)
NONCE = bytes.fromhex("0f" * 32)
SECRET = bytes.fromhex("ea" * 32)
HELD = 100
"""Bytes of the second batch that the other side holds already."""


def _exchange() -> Iterator[tuple[str, bytes]]:
    first, second = (
        (make_vectors.FOLDER / f"batch-{number}.bin").read_bytes() for number in (1, 2)
    )
    one, two = batch_id(first), batch_id(second)
    start = chain_start(LOG)
    chain_1 = chain_after(start, one)
    chain_2 = chain_after(chain_1, two)
    server = DeviceKeys(centres.seed("vector server"))
    said = server.sign(Purpose.RECEIPT, receipt_bytes(two, LOG, 2, chain_2))
    head = PullHead(Standing.AGREES, LOG, 70_000)
    yield "push-nothing.bin", b"".join(encode_push(TOKEN, PushHead(70_000, chain_2[:16]), []))
    yield "pull-nothing.bin", b"".join(encode_pull(head, []))
    frames = [
        Frame(len(first), first),
        Frame(len(second), second[HELD:], two, HELD),
        Frame(len(first), b"", one, len(first)),
    ]
    yield "push.bin", b"".join(encode_push(TOKEN, PushHead(0, start[:16], 3, HELD), frames))
    answer = PullHead(
        Standing.AGREES,
        LOG,
        2,
        2,
        refused=(Refusal(one, "frame_gap"),),
        receipts=(ShortReceipt(two, 2, chain_2, said),),
        skipped=HELD,
    )
    entries = [
        Entry(1, chain_1, len(first), first[HELD:], HELD),
        Entry(2, chain_2, len(second), second),
    ]
    yield "pull.bin", b"".join(encode_pull(answer, entries))
    backwards = PushHead(2, chain_2[:16], behind=3, wanted_bytes=1 << 16)
    yield "push-behind.bin", b"".join(encode_push(TOKEN, backwards, []))
    entries = [Entry(2, chain_1, len(second), second), Entry(1, start, len(first), first)]
    head = PullHead(Standing.AGREES, LOG, 2, 2)
    yield "pull-behind.bin", b"".join(encode_pull(head, entries))
    yield "have-request.bin", TOKEN + encode_short(HaveRequest(one + two + bytes(32)))
    yield "have-reply.bin", encode_short(HaveReply((IN_THE_LOG, HELD, 0)))


def _login() -> Iterator[tuple[str, bytes]]:
    mine = make_vectors.keyring()
    server = DeviceKeys(centres.seed("vector server"))
    proof = mine.keys.sign(
        Purpose.LOGIN, login_bytes(server.signing.public, CENTRE, mine.device.id, NONCE)
    )
    login = LoginRequest(CENTRE, mine.device.id, NONCE, proof, mine.statements, 3)
    yield "login-request.bin", encode_short(login)
    yield "login-reply.bin", encode_short(LoginReply(TOKEN, 900, 3))


def _roster() -> Iterator[tuple[str, bytes]]:
    mine, region = make_vectors.keyring(), centres.root("vector root")
    admin = mine.device.id
    leaving, staying = (DeviceKeys(centres.seed(f"vector {name}")) for name in ("lost", "kept"))
    statements = list(mine.statements)
    for keys, letter in ((leaving, "B"), (staying, "C")):
        grant = Grant(
            keys.id_in(CENTRE),
            keys.signing.public,
            keys.recipient.public,
            ROLE_DEVICE,
            letter,
            "",
            centres.SERVER.pin(),
        )
        place = next_place(statements, admin, CENTRE)
        statements.append(
            sign_statement(grant, centre=CENTRE, by=admin, place=place, sign=mine.keys.sign)
        )
        yield f"grant-{letter}.bin", statements[-1]
    place = next_place(statements, admin, CENTRE)
    gone = leaving.id_in(CENTRE)
    revoke = sign_statement(Revoke(gone), centre=CENTRE, by=admin, place=place, sign=mine.keys.sign)
    yield "revoke-device.bin", revoke
    tag = epoch_tag(SecretKey(SECRET))
    secrets = [
        SealedSecret(
            keys.id_in(CENTRE),
            seal_to(
                keys.recipient.public,
                SECRET,
                context=epoch_context(CENTRE, tag, keys.id_in(CENTRE)),
            ),
        )
        for keys in (mine.keys, staying)
    ]
    (epoch,) = sign_epoch(
        tag,
        secrets,
        [gone],
        centre=CENTRE,
        by=admin,
        place=(place[0] + 1, statement_id(revoke)),
        sign=mine.keys.sign,
    )
    yield "epoch.bin", epoch
    (body,) = revocations([*statements, revoke, epoch], admin)
    place = next_place(statements, ROOT, CENTRE)
    yield (
        "revoke-admin.bin",
        sign_statement(body, centre=CENTRE, by=ROOT, place=place, sign=region.sign),
    )


def main() -> None:
    """Write every vector."""
    FOLDER.mkdir()
    for name, content in (*_login(), *_exchange(), *_roster()):
        (FOLDER / name).write_bytes(content)
    leaving, staying = (DeviceKeys(centres.seed(f"vector {name}")) for name in ("lost", "kept"))
    values = {
        "token": TOKEN.hex(),
        "login_nonce": NONCE.hex(),
        "held_bytes": HELD,
        "lost_device_seed": leaving.seed.reveal().hex(),
        "lost_device_id": leaving.id_in(CENTRE).hex(),
        "kept_device_seed": staying.seed.reveal().hex(),
        "kept_device_id": staying.id_in(CENTRE).hex(),
        "epoch_secret": SECRET.hex(),
        "epoch_tag": epoch_tag(SecretKey(SECRET)).hex(),
        "statements": {
            name: statement_id(content).hex() for name, content in sorted(_files_of_statements())
        },
    }
    (FOLDER / "values.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def _files_of_statements() -> Iterator[tuple[str, bytes]]:
    for name in ("grant-B", "grant-C", "revoke-device", "revoke-admin", "epoch"):
        yield name, (FOLDER / f"{name}.bin").read_bytes()


if __name__ == "__main__":
    main()
