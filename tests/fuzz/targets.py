"""Every decoder of what comes from outside, as one call: it returns, or refuses by its own error.

A target takes any bytes. An error that its decoder does not name goes through it, and is a find;
so is a value that is not written alike again. ``seeds`` are good inputs, from the test vectors.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from app.crypto.passphrase import Argon2Bounds, Argon2Cost
from app.crypto.recipient import seal_to
from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError
from app.services.ports import AuditHead, UnusableBatch
from sync.envelope import padding
from sync.envelope.audit_column import head_of, with_head
from sync.envelope.enrolment import accept, make_request, read_request, reply_code
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.origin_payload import decode_with_origins
from sync.envelope.payload import decode_changes, encode_changes
from sync.envelope.region import read_root, write_root
from sync.envelope.seal import CentreEnvelope
from sync.envelope.varints import read_varints, varint_list, write_varints
from sync.protocol import codec, compact, frames, messages, statements
from sync.protocol.batch import encode_header, parse_batch, parse_header
from sync.protocol.errors import CodecError
from sync.protocol.roster import evaluate
from sync.protocol.signature import Purpose
from tests.fuzz import apart, files, keys
from tests.fuzz.registry import TARGETS, VECTORS, Target, in_pieces, laptops, target, vectors
from tests.support import centres
from tests.support.bombs import BOMBS, columns, of, sealed_around

__all__ = ["TARGETS", "Target"]

PASSPHRASE: Final = "cinco palabras inventadas para probar"  # of tests
CHEAP: Final = Argon2Cost(memory_kib=64, passes=1, lanes=1)
# --- batches ----------------------------------------------------------------------------------------


@target(vectors("batch-*.bin"), CodecError)
def batch(content: bytes) -> None:
    """Header and whole batch, without keys."""
    header = parse_header(content)
    assert parse_header(encode_header(header)) == header
    parse_batch(content)


@target(vectors("batch-*.bin"), UnusableBatch)
def opened_batch(content: bytes) -> None:
    """A batch as it comes from a stick."""
    CentreEnvelope(centres.REGISTRY, laptops().plain).open(content)


@target(lambda: [make() for _, make in BOMBS.values()][:8], UnusableBatch)
def sealed_batch(content: bytes) -> None:
    """Whatever a laptop of the centre seals and signs."""
    if content:
        whole = sealed_around(laptops().admin, content[: 1 << 19])
        CentreEnvelope(centres.REGISTRY, laptops().plain).open(whole)


def payloads() -> list[bytes]:
    """Payloads of one change and of several."""
    several = [centres.change(number, number) for number in range(1, 5)]
    several.append(centres.change(5, "e", bases=(several[0].id, ChangeId(bytes(16)))))
    return [columns(), columns(**of(3)), encode_changes(centres.REGISTRY, several)]


@target(payloads, DomainError)
def payload(content: bytes) -> None:
    """The columns of format 1."""
    changes = decode_changes(centres.REGISTRY, content)
    assert decode_changes(centres.REGISTRY, encode_changes(centres.REGISTRY, changes)) == changes


class _AnyOrigins:
    """A log in which every place of every batch holds a text."""

    def origins_of(self, ids: Collection[ChangeId]) -> Mapping[ChangeId, Any]:
        del ids
        return {}

    def changes_at(self, context: bytes, places: Collection[int]) -> Mapping[int, Change] | None:
        if context[0] > 0x7F:
            return None
        return {place: centres.change(place + 1, "texto " * 5) for place in places if place < 1_000}

    def unplaced(self) -> Iterable[bytes]:
        return ()

    def note_places(self, batch_id: bytes, change_ids: Sequence[ChangeId]) -> None:
        raise AssertionError


def origin_payloads() -> list[bytes]:
    """Payloads of format 2: one change with an origin, one without."""
    plain: list[Any] = msgspec.msgpack.decode(columns(**of(2)))
    both = [2, 2, *plain[2:], b"\x01" * 16, b"\x01\x00", b"\x05", b"\x03"]
    one = [2, 2, *plain[2:], b"\x01" * 16 + b"\x02" * 16, b"\x01\x02", b"\x05\x06", b"\x00\x00"]
    one[5] = one[6] = one[7] = one[8] = one[9] = b""
    both[8], both[9] = b"\x00", b"\x00"
    return [msgspec.msgpack.encode(one), msgspec.msgpack.encode(both)]


@target(origin_payloads, DomainError)
def origin_payload(content: bytes) -> None:
    """The columns of either format, over a log in which all may be."""
    decode_with_origins(centres.REGISTRY, content, _AnyOrigins())  # type: ignore[arg-type]


def headed_payloads() -> list[bytes]:
    """Payloads of both layouts with the end of an audit behind them."""
    return [with_head(one, AuditHead(7, bytes(32))) for one in (*payloads(), *origin_payloads())]


@target(headed_payloads, DomainError)
def audit_column(content: bytes) -> None:
    """What a batch tells of an audit."""
    head = head_of(content)
    assert head is None or (head.number > 0 and len(head.hash) == 32)


@target(
    lambda: [padding.wrap(b"x" * 300), padding.wrap(b"")], padding.PaddingError, padding.BombError
)
def unwrapped(content: bytes) -> None:
    """Padding and compression."""
    assert len(padding.unwrap(content)) <= padding.CONTENT_MAX


@target(lambda: [write_varints([0, 127, 128, 2**64 - 1])], ValueError)
def varints(content: bytes) -> None:
    """A column of numbers."""
    numbers = varint_list(content)
    assert write_varints(numbers) == content
    assert list(read_varints(content)) == numbers


# --- messages ---------------------------------------------------------------------------------------

KINDS: Final = (
    messages.Hello,
    messages.ChallengeRequest,
    messages.Challenge,
    messages.SessionRequest,
    messages.SessionReply,
    messages.RosterRequest,
    messages.RosterReply,
    messages.ExchangeRequest,
    messages.ExchangeReply,
    messages.ErrorReply,
    compact.LoginRequest,
    compact.LoginReply,
    compact.PushHead,
    compact.PullHead,
    compact.HaveRequest,
    compact.HaveReply,
)


def message_seeds() -> list[bytes]:
    """Bodies of messages, behind the number of their kind."""
    bodies = vectors("*-request.bin", "*-reply.bin")()
    return [bytes([kind]) + body for kind in range(len(KINDS)) for body in bodies[:6]]


@target(message_seeds, CodecError)
def message(content: bytes) -> None:
    """A message of any kind: the first byte says of which."""
    if not content:
        return
    kind = KINDS[content[0] % len(KINDS)]
    found = codec.decode(kind, content[1:])
    for write in (codec.encode, compact.encode_short):
        assert codec.decode(kind, write(found)) == found


READERS: Final = {
    "push_v1": (codec.RequestReader, ("exchange-request.bin",)),
    "pull_v1": (codec.ReplyReader, ("exchange-reply.bin",)),
    "push": (frames.PushReader, ("push*.bin",)),
    "pull": (frames.PullReader, ("pull*.bin",)),
}


def _register_reader(name: str) -> None:
    reader, patterns = READERS[name]

    def run(content: bytes) -> None:
        one = reader()
        found = in_pieces(content, one.feed)
        one.close()
        at_once = reader()
        assert list(at_once.feed(content[1:])) == found
        at_once.close()

    run.__name__ = name
    seeds = vectors(*patterns)
    target(lambda: [bytes([step]) + body for body in seeds() for step in (0, 96)], CodecError)(run)


for _name in READERS:
    _register_reader(_name)


# --- who belongs to a centre ------------------------------------------------------------------------


def statement_seeds() -> list[bytes]:
    """Signed statements, and what is signed in each."""
    signed = [*laptops().admin.statements, *vectors("statement.bin", "revoke*.bin", "epoch.bin")()]
    return [*signed, *(statements.decode_signed(one).statement for one in signed)]


@target(statement_seeds)
def statement(content: bytes) -> None:
    """A set of statements is evaluated whatever it holds; raw, or really signed."""
    admin, root = laptops().admin, centres.root()
    signed = [
        msgspec.msgpack.encode(
            statements.SignedStatement(content, sign(Purpose.STATEMENT, content))
        )
        for sign in (root.sign, admin.keys.sign)
    ]
    known = evaluate(admin.statements, admin.root_key)
    wider = evaluate([*admin.statements, content, *signed], admin.root_key)
    assert set(wider.devices) >= {one for one in known.devices if one == admin.device.id}
    statements.centre_of(content)


@target(lambda: [laptops().admin.to_bytes(), laptops().plain.to_bytes()], DomainError)
def keyring(content: bytes) -> None:
    """A keyring as it is stored."""
    found = Keyring.from_bytes(content)
    assert Keyring.from_bytes(found.to_bytes()).statements == found.statements


# --- files of enrolment and of the region -----------------------------------------------------------


@cache
def newcomer() -> tuple[DeviceKeys, bytes]:
    """A laptop that asks to join, and its solicitud."""
    keys = DeviceKeys(centres.seed("newcomer"))
    return keys, make_request(keys)


@target(lambda: [*vectors("solicitud.bin")(), newcomer()[1]], DomainError)
def solicitud(content: bytes) -> None:
    """A laptop asks to join."""
    read_request(content)


@target(vectors("respuesta.bin"), DomainError)
def respuesta(content: bytes) -> None:
    """The answer, raw, and with any content really sealed to the asker."""
    keys, request = newcomer()
    asked = read_request(request)
    front = b"QSPA\x01" + asked.id
    context = Purpose.ENROLMENT_REPLY.value + b"\0" + front
    raw = content[:1] == b"Q"
    reply = content if raw else front + seal_to(asked.enc_key, content[:60_000], context=context)
    accept(keys, request, reply, reply_code(reply))


@target(lambda: [write_root(centres.root(), PASSPHRASE, salt=bytes(16), cost=CHEAP)], DomainError)
def region_file(content: bytes) -> None:
    """The file of the region's root."""
    read_root(
        content,
        PASSPHRASE,
        bounds=Argon2Bounds(memory_kib_min=8, memory_kib_max=64, passes_min=1, passes_max=1),
    )


assert json.loads((VECTORS / "values.json").read_text()), "the vectors are there"
assert apart, "its decoders are registered"
assert files, "its decoders are registered"
assert keys, "its decoders are registered"
