"""A device of protocol version 1, written from ``docs/protocol.md`` alone.

It imports nothing of the product, so it goes on speaking as the first build did, whatever becomes
of the code: an old laptop in a centre whose other laptops and server are of today. Section numbers
are those of that page. It does what such a device must do and no more.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

__all__ = ["FirstDevice", "Said", "Unreadable"]

MEDIA_TYPE = "application/vnd.qispi.v1"
HEADER = struct.Struct(">4sBB16s16s8sI32s8s8s16s16sQ32s32sI")
ENTRY = struct.Struct(">Q32sI")
NONE = bytes(32)

Ask = Callable[[str, str, bytes, dict[str, str]], tuple[int, str, bytes]]
"""One HTTP request: method, path, body, headers -> status, media type, body."""


class Unreadable(Exception):
    """A batch that this version cannot read; it keeps the bytes and passes them on."""


@dataclass(frozen=True)
class Said:
    """One change as it travels: who set which field of which record to what, replacing which."""

    record: str
    kind: int
    field: int
    value: Any
    wall_ms: int
    session: bytes
    counter: int
    author: bytes
    bases: tuple[bytes, ...] = ()

    @property
    def id(self) -> bytes:
        """Section 4: ids of changes are never sent."""
        said = bytes.fromhex(self.record) + struct.pack(">HI", self.kind, self.field)
        said += struct.pack(">Q", self.wall_ms) + self.session
        said += struct.pack(">I", self.counter) + self.author
        said += struct.pack(">I", len(self.bases)) + b"".join(sorted(self.bases))
        return _blake(said + _canonical(self.value), b"qispi-change-1", 16)


@dataclass
class FirstDevice:
    """The keys of a device, whom it knows, and what it holds of its centre."""

    centre: bytes
    seed: bytes
    device: bytes
    epochs: list[bytes]
    sign_keys: dict[bytes, bytes]
    server_key: bytes
    ask: Ask
    batches: dict[bytes, bytes] = field(default_factory=dict)
    changes: dict[bytes, Said] = field(default_factory=dict)
    unreadable: set[bytes] = field(default_factory=set)
    log_id: bytes = b""
    position: int = 0
    chain: bytes = b""
    _token: bytes = b""
    _number: int = 0
    _previous: bytes = NONE
    session: bytes = b"\x01first\x02\x03"

    # --- section 6: over HTTP --------------------------------------------------------------------

    def sign_in(self, statements: Iterable[bytes] = ()) -> None:
        """Prove the key, bound to this server; raises AssertionError when it is refused."""
        (nonce,) = self._message("/v1/challenge", [self.centre, self.device])
        said = self.server_key + self.centre + self.device + nonce
        proof = self._sign(b"qispi/v1/login", said)
        asked = [self.centre, self.device, nonce, proof, list(statements)]
        self._token = self._message("/v1/session", asked)[0]

    def synchronise(self, offered: Iterable[bytes] = ()) -> list[list[Any]]:
        """Push these batches and pull until the log is read; return what was refused."""
        refused: list[list[Any]] = []
        waiting = list(offered)
        while True:
            head, entries = self._exchange(waiting)
            refused += head[3]
            assert head[2] in ("first", "agrees"), head[2]
            self.log_id = head[1]
            if not self.chain:
                self.chain = _blake(self.log_id, b"qispi-chain-0", 32)
            for receipt in head[4]:
                self._check_receipt(receipt)
            mine = {_name(one): one for one in waiting}
            found = {at: (chain, content) for at, chain, content in entries}
            found |= {
                one[2]: (one[3], mine[one[0]])
                for one in head[4]
                if one[0] in mine and one[2] > self.position
            }
            for at in sorted(found):
                self._take(at, *found[at])
            waiting = []
            if self.position >= head[6] and not head[7]:
                return refused

    def _take(self, position: int, chain: bytes, content: bytes) -> None:
        assert position == self.position + 1, "the log has no holes"
        expected = _blake(self.chain + _name(content), b"qispi-chain-1", 32)
        assert chain == expected, "the chain holds"
        self.position, self.chain = position, chain
        self.receive(content)

    def _exchange(self, batches: list[bytes]) -> tuple[list[Any], list[tuple[int, bytes, bytes]]]:
        head = [1, self.log_id, self.position, self.chain, 1 << 20, len(batches)]
        if not self.log_id:
            head[2:4] = [0, b""]
        body = b"".join(_sized(one) for one in [msgspec.msgpack.encode(head), *batches])
        content = self._post(f"/v1/centres/{self.centre.hex()}/exchange", body, is_signed_in=True)
        (size,) = struct.unpack_from(">I", content)
        head, at = msgspec.msgpack.decode(content[4 : 4 + size]), 4 + size
        entries = []
        for _ in range(head[5]):
            position, chain, length = ENTRY.unpack_from(content, at)
            at += ENTRY.size
            entries.append((position, chain, content[at : at + length]))
            at += length
        assert at == len(content), "nothing behind the last entry"
        return head, entries

    def _check_receipt(self, receipt: list[Any]) -> None:
        batch, log_id, position, chain, signature = receipt
        said = batch + log_id + struct.pack(">Q", position) + chain
        _verify(self.server_key, b"qispi/v1/receipt", said, signature)

    def _message(self, path: str, asked: list[Any]) -> list[Any]:
        answer = self._post(path, msgspec.msgpack.encode(asked), is_signed_in=False)
        said: list[Any] = msgspec.msgpack.decode(answer)
        return said

    def _post(self, path: str, body: bytes, *, is_signed_in: bool) -> bytes:
        headers = {"content-type": MEDIA_TYPE, "accept": MEDIA_TYPE}
        if is_signed_in:
            headers["authorization"] = f"Qispi {self._token.hex()}"
        status, kind, content = self.ask("POST", path, body, headers)
        assert (status, kind) == (200, MEDIA_TYPE), (path, status, kind)
        return content

    # --- section 3: a batch ----------------------------------------------------------------------

    def receive(self, content: bytes) -> None:
        """Keep a batch, and take in what it says if this version can read it."""
        name = _name(content)
        self.batches[name] = content
        try:
            said = self.open(content)
        except Unreadable:
            self.unreadable.add(name)
            return
        self.changes |= {one.id: one for one in said}

    def open(self, content: bytes) -> list[Said]:
        """Return the changes of a batch. Raises Unreadable for what a newer version wrote."""
        head, signature, body = content[:206], content[206:270], content[270:]
        (magic, version, suite, centre, device, _, _, _, tag, case_key, salt, *_, digest, size) = (
            HEADER.unpack(head)
        )
        assert (magic, len(body), centre) == (b"QSPB", size, self.centre)
        if version != 1 or suite != 1 or any(case_key):
            raise Unreadable
        assert digest == _blake(body, b"qispi-body-1", 32)
        _verify(self.sign_keys[device], b"qispi/v1/batch", head, signature)
        secrets = {_derive(one, b"epoch-tag", 8): one for one in self.epochs}
        if tag not in secrets:
            raise Unreadable
        key = _derive(secrets[tag], b"batch", 44, salt)
        wrapped = ChaCha20Poly1305(key[:32]).decrypt(key[32:], body, head[:170])
        (length,) = struct.unpack_from(">I", wrapped)
        content = zstandard.ZstdDecompressor().decompress(wrapped[4 : 4 + length])
        return list(_read_columns(msgspec.msgpack.decode(content)))

    def write(self, said: list[Said]) -> bytes:
        """Return a sealed batch, as this version writes it; the device keeps it, too."""
        compressed = zstandard.ZstdCompressor(level=19).compress(_write_columns(said))
        wrapped = struct.pack(">I", len(compressed)) + compressed
        wrapped += bytes(_padme(len(wrapped)) - len(wrapped))
        self._number += 1
        salt = hashlib.sha256(b"salt" + bytes([self._number]) + self.session).digest()[:16]
        secret = self.epochs[-1]
        seen = (self.log_id or bytes(16), self.position, self.chain or NONE)
        fields = [b"QSPB", 1, 1, self.centre, self.device, self.session, self._number]
        fields += [self._previous, _derive(secret, b"epoch-tag", 8), bytes(8), salt, *seen]
        bound = HEADER.pack(*fields, NONE, 1)[:170]
        key = _derive(secret, b"batch", 44, salt)
        body = ChaCha20Poly1305(key[:32]).encrypt(key[32:], wrapped, bound)
        head = bound + _blake(body, b"qispi-body-1", 32) + struct.pack(">I", len(body))
        content = head + self._sign(b"qispi/v1/batch", head) + body
        self._previous = _name(content)
        self.receive(content)
        return content

    def heads(self, record: str, kind: int, number: int) -> list[Said]:
        """Return what stands in a field: the changes that no other one replaces."""
        of_field = [
            one
            for one in self.changes.values()
            if (one.record, one.kind, one.field) == (record, kind, number)
        ]
        replaced = {base for one in of_field for base in one.bases}
        return [one for one in of_field if one.id not in replaced]

    def _sign(self, purpose: bytes, message: bytes) -> bytes:
        key = Ed25519PrivateKey.from_private_bytes(_derive(self.seed, b"sign", 32))
        return key.sign(purpose + b"\0" + message)


# --- section 4: columns --------------------------------------------------------------------------


def _read_columns(columns: list[Any]) -> Iterable[Said]:
    form, reader, count, sessions, authors, records, kinds, numbers = columns[:8]
    del form
    if reader > 1:
        raise Unreadable
    (record_of, field_of, session_of, author_of, walls, counters, base_counts, base_of) = (
        _numbers(one) for one in columns[8:16]
    )
    base_ids, values = columns[16], columns[17]
    fields = list(zip(_numbers(kinds), _sums(_numbers(numbers)), strict=True))
    size = len(records) // 16
    new = iter([records[at::size] for at in range(size)])
    fresh = iter([base_ids[at : at + 16] for at in range(0, len(base_ids), 16)])
    backs = iter(base_of)
    in_order: dict[int, Any] = dict(
        zip(sorted(range(count), key=lambda at: field_of[at]), values, strict=True)
    )
    walls, counters = _sums(walls), _sums(counters)
    found: list[Said] = []
    for at in range(count):
        back = record_of[at]
        record = found[-back].record if back else next(new).hex()
        bases = []
        for _ in range(base_counts[at]):
            step = next(backs)
            bases.append(found[-step].id if step else next(fresh))
        kind, number = fields[field_of[at]]
        session = sessions[8 * session_of[at] :][:8]
        author = authors[16 * author_of[at] :][:16]
        value, wall, counter = in_order[at], walls[at], counters[at]
        found.append(
            Said(record, kind, number, value, wall, session, counter, author, tuple(bases))
        )
    return found


def _write_columns(said: list[Said]) -> bytes:
    sessions = list(dict.fromkeys(one.session for one in said))
    authors = list(dict.fromkeys(one.author for one in said))
    fields = sorted({(one.kind, one.field) for one in said})
    field_of = [fields.index((one.kind, one.field)) for one in said]
    records, record_of = [], []
    for at, one in enumerate(said):
        before = [back for back in range(1, at + 1) if said[at - back].record == one.record]
        record_of.append(before[0] if before else 0)
        if not before:
            records.append(bytes.fromhex(one.record))
    by_field = sorted(range(len(said)), key=lambda at: field_of[at])
    return msgspec.msgpack.encode(
        [
            1,
            1,
            len(said),
            b"".join(sessions),
            b"".join(authors),
            b"".join(bytes(one[at] for one in records) for at in range(16)),
            _varints(kind for kind, _ in fields),
            _varints(_steps([number for _, number in fields])),
            _varints(record_of),
            _varints(field_of),
            _varints(sessions.index(one.session) for one in said),
            _varints(authors.index(one.author) for one in said),
            _varints(_steps([one.wall_ms for one in said])),
            _varints(_steps([one.counter for one in said])),
            _varints(len(one.bases) for one in said),
            _varints(0 for one in said for _ in one.bases),
            b"".join(base for one in said for base in sorted(one.bases)),
            [said[at].value for at in by_field],
        ]
    )


def _canonical(value: Any) -> bytes:
    match value:
        case None:
            return b"n"
        case True:
            return b"t"
        case False:
            return b"f"
        case int():
            return b"i" + _sized(str(value).encode())
        case str():
            return b"s" + _sized(value.encode())
        case list() | tuple():
            return (
                b"l" + struct.pack(">I", len(value)) + b"".join(_sized(x.encode()) for x in value)
            )
        case msgspec.msgpack.Ext(code=1, data=data):
            words = {b"\1": b"not_asked", b"\2": b"unknown", b"\3": b"declined"}
            return b"a" + _sized(words[bytes(data)])
    raise Unreadable


def _numbers(column: bytes) -> list[int]:
    found, number, shift = [], 0, 0
    for byte in column:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(number)
            number = shift = 0
    return found


def _varints(numbers: Iterable[int]) -> bytes:
    content = bytearray()
    for number in numbers:
        while number > 0x7F:
            content.append(number & 0x7F | 0x80)
            number >>= 7
        content.append(number)
    return bytes(content)


def _sums(steps: list[int]) -> list[int]:
    total, sums = 0, []
    for one in steps:
        total += -(one + 1 >> 1) if one & 1 else one >> 1
        sums.append(total)
    return sums


def _steps(numbers: list[int]) -> list[int]:
    steps = [after - before for before, after in zip([0, *numbers], numbers, strict=False)]
    return [one << 1 if one >= 0 else (-one << 1) - 1 for one in steps]


# --- sections 1 and 2: names and keys ------------------------------------------------------------


def _name(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=32).digest()


def _blake(content: bytes, person: bytes, size: int) -> bytes:
    return hashlib.blake2b(content, digest_size=size, person=person).digest()


def _derive(secret: bytes, kind: bytes, length: int, salt: bytes | None = None) -> bytes:
    return HKDF(SHA256(), length, salt, b"qispi/v1/" + kind).derive(secret)


def _verify(key: bytes, purpose: bytes, message: bytes, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, purpose + b"\0" + message)
    except InvalidSignature:
        raise AssertionError("a signature does not hold") from None


def _padme(size: int) -> int:
    if size <= 256:
        return 256
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return size + mask & ~mask


def _sized(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
