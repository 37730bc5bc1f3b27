"""Writes ``tests/vectors/more/roster``: statements, and what sets of them amount to. Run once, then
never again.

``python -m tests.support.make_vectors_roster``, after :mod:`tests.support.make_vectors_more`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.crypto.recipient import seal_to
from app.crypto.secret import SecretKey
from sync.envelope.keyring import DeviceKeys, epoch_tag
from sync.protocol.compact import PullHead, Standing
from sync.protocol.frames import encode_pull
from sync.protocol.roster import Roster, evaluate
from sync.protocol.signature import Purpose
from sync.protocol.statements import (
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    Body,
    EpochShare,
    Grant,
    Revoke,
    SealedSecret,
    SignedStatement,
    Statement,
    encode_signed,
    epoch_context,
    next_place,
    sign_statement,
    statement_id,
)
from tests.support import centres, make_vectors
from tests.support.make_vectors_more import FIRST_CENTRE, FOLDER

__all__ = ["CASES", "said", "what_it_amounts_to"]

CENTRE, LOG = make_vectors.CENTRE, make_vectors.LOG
SECRET = bytes.fromhex("eb" * 32)
STRANGER = b"\x99" * 16

_FIVE = ("statement", "grant-B", "grant-C", "revoke-device", "epoch")
_SEVEN = (*_FIVE, "grant-D", "grant-D-by-A")
CASES: Mapping[str, Sequence[str]] = {
    "an epoch after a revocation": _FIVE,
    "the root revokes the admin and lists what it said": (*_FIVE, "revoke-admin"),
    "an admin revokes itself and lists two": (*_FIVE, "resign-A"),
    "the root's list counts, not its own": (*_FIVE, "resign-A", "revoke-admin"),
    "two admins; a plain device leaves": (*_SEVEN, "resign-C", "revoke-stranger"),
    "later kinds and versions": (*_SEVEN, "kind-900", "version-2", "kind-900-by-C"),
    "lists of an epoch": (*_SEVEN, "epoch-part", "epoch-list"),
    "the root makes an admin of whom an admin revoked": (*_FIVE, "appoint-B"),
    "everything that has no effect": (
        *_SEVEN,
        "longer",
        "bad-signature",
        "grant-admin-by-A",
        "grant-wrong-id",
        "epoch-by-root",
        "revoke-A-by-C",
        "revoke-D-by-A",
        "other-centre",
    ),
}


def said() -> dict[str, bytes]:
    """Return every statement that the cases name, as it stands in its file."""
    folder = make_vectors.FOLDER
    found = {"statement": (folder / "statement.bin").read_bytes()}
    for name in sorted({name for names in CASES.values() for name in names} - {"statement"}):
        old = folder / "v3" / f"{name}.bin"
        path = old if old.exists() else FOLDER / "roster" / f"{name}.bin"
        found[name] = path.read_bytes()
    return found


def what_it_amounts_to(roster: Roster, names: Mapping[bytes, str]) -> dict[str, object]:
    """Return a roster as the vectors tell it; ``names`` are the files of the statements."""
    fresh = {one.tag for one in roster.fresh_epochs(CENTRE)}
    return {
        "devices": {
            one.id.hex(): {"role": one.role, "letter": one.letter, "by": one.by.hex()}
            for one in roster.devices.values()
        },
        "revoked": sorted(one.hex() for one in roster.revoked),
        "refused": {names[one.statement]: one.reason for one in roster.refused},
        "proven": sorted(names[one] for one in roster.proven),
        "mark": roster.mark.hex(),
        "epochs": [
            {
                "tag": one.tag.hex(),
                "by": one.by.hex(),
                "number": one.number,
                "sealed": sorted(device.hex() for device in one.sealed),
                "revoked": sorted(device.hex() for device in one.revoked),
                "is_fresh": one.tag in fresh,
            }
            for one in roster.epochs
        ],
    }


def _keys(name: str) -> DeviceKeys:
    return DeviceKeys(centres.seed(f"vector {name}"))


def _grant(keys: DeviceKeys, role: str, letter: str, device: bytes | None = None) -> Grant:
    known = device or keys.id_in(CENTRE)
    return Grant(known, keys.signing.public, keys.recipient.public, role, letter, "", None)


def _bare(statement: Statement, keys: DeviceKeys) -> bytes:
    content = msgspec.msgpack.encode(statement)
    return encode_signed(SignedStatement(content, keys.sign(Purpose.STATEMENT, content)))


def _statements() -> Iterator[tuple[str, bytes]]:
    region, first, second = centres.root("vector root"), _keys("device"), _keys("second admin")
    lost, kept, third = _keys("lost"), _keys("kept"), _keys("third")
    mine, other = first.id_in(CENTRE), second.id_in(CENTRE)
    five = [content for name, content in _before().items() if name != "revoke-admin"]

    def by_root(body: Body) -> bytes:
        place = next_place(list(_before().values()), ROOT, CENTRE)
        return sign_statement(body, centre=CENTRE, by=ROOT, place=place, sign=region.sign)

    def by(keys: DeviceKeys, body: Body, centre: bytes = CENTRE, after: bytes = b"") -> bytes:
        speaker = keys.id_in(CENTRE)
        place = next_place([*five, after], speaker, centre)
        return sign_statement(body, centre=centre, by=speaker, place=place, sign=keys.sign)

    yield "grant-D", by_root(_grant(second, ROLE_ADMIN, "D"))
    yield "grant-D-by-A", by(first, _grant(second, ROLE_DEVICE, "E"))
    yield "appoint-B", by_root(_grant(lost, ROLE_ADMIN, "B"))
    standing = b"".join(statement_id(_before()[name]) for name in ("epoch", "grant-C"))
    yield "resign-A", by(first, Revoke(mine, standing))
    yield "resign-C", by(kept, Revoke(kept.id_in(CENTRE)))
    yield "revoke-stranger", by(second, Revoke(STRANGER))
    later = _bare(Statement(1, 900, CENTRE, mine, 5, statement_id(five[-1]), b"\xc1 later"), first)
    yield "kind-900", later
    yield "version-2", _bare(Statement(2, 1, CENTRE, mine, 6, statement_id(later), b"\xc1"), first)
    yield (
        "kind-900-by-C",
        _bare(Statement(1, 900, CENTRE, kept.id_in(CENTRE), 1, bytes(32), b""), kept),
    )
    yield "longer", b"\xdc\x00\x02" + later[1:]
    yield "bad-signature", later[:-1] + bytes([later[-1] ^ 1])
    yield "grant-admin-by-A", by(first, _grant(third, ROLE_ADMIN, "F"))
    yield "grant-wrong-id", by(first, _grant(third, ROLE_DEVICE, "F", STRANGER))
    yield "revoke-A-by-C", by(kept, Revoke(mine))
    yield "revoke-D-by-A", by(first, Revoke(other))
    yield "other-centre", by(first, Revoke(STRANGER), FIRST_CENTRE)

    tag = epoch_tag(SecretKey(SECRET))
    to = {
        keys.id_in(CENTRE): SealedSecret(
            keys.id_in(CENTRE),
            seal_to(
                keys.recipient.public,
                SECRET,
                context=epoch_context(CENTRE, tag, keys.id_in(CENTRE)),
            ),
        )
        for keys in (first, second, kept)
    }
    part = by(second, EpochShare(tag, tuple(to.values())))
    yield "epoch-part", part
    names = STRANGER + lost.id_in(CENTRE) + STRANGER
    yield "epoch-list", by(second, EpochShare(tag, (to[other],), names), after=part)
    yield "epoch-by-root", by_root(EpochShare(tag, (to[mine],)))


def _before() -> dict[str, bytes]:
    folder = make_vectors.FOLDER
    names = ("grant-B", "grant-C", "revoke-device", "epoch", "revoke-admin")
    later = {name: (folder / "v3" / f"{name}.bin").read_bytes() for name in names}
    return {"statement": (folder / "statement.bin").read_bytes(), **later}


def main() -> None:
    """Write every vector."""
    (FOLDER / "roster").mkdir()
    for name, content in _statements():
        (FOLDER / "roster" / f"{name}.bin").write_bytes(content)
    files = said()
    names = {statement_id(content): name for name, content in files.items()}
    root = centres.root("vector root").public
    rosters = {
        title: evaluate([files[name] for name in chosen], root) for title, chosen in CASES.items()
    }
    cases = [
        {
            "title": title,
            "statements": list(chosen),
            **what_it_amounts_to(rosters[title], names),
        }
        for title, chosen in CASES.items()
    ]
    values = {
        "second_admin_seed": _keys("second admin").seed.reveal().hex(),
        "epoch_secret": SECRET.hex(),
        "ids": {name: statement_id(content).hex() for name, content in sorted(files.items())},
        "cases": cases,
    }
    head = PullHead(Standing.AGREES, LOG, 2, roster=next(iter(rosters.values())).mark)
    (FOLDER / "pull-roster.bin").write_bytes(b"".join(encode_pull(head, [])))
    text = json.dumps(values, indent=1) + "\n"
    (FOLDER / "roster.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
