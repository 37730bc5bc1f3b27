"""Writes ``tests/vectors/more/edges.json``: odd input on which every reader must agree. Run once,
then never again.

``python -m tests.support.make_vectors_edges``, after :mod:`tests.support.make_vectors_more`. The
signatures need points that no library makes: there is a curve of a few lines below.
"""

from __future__ import annotations

import bz2
import hashlib
import json
import struct
from collections.abc import Iterator
from typing import Any

import msgspec
import zstandard
from msgspec.msgpack import Ext

from app.crypto.recipient import SealError, seal_to
from app.domain.errors import DomainError
from sync.envelope.keyring import DeviceKeys
from sync.envelope.origin_payload import decode_with_origins
from sync.envelope.padding import CONTENT_MAX, BombError, PaddingError, padme, unwrap
from sync.envelope.payload import encode_changes
from sync.protocol.batch import parse_batch
from sync.protocol.errors import CodecError
from sync.protocol.signature import Purpose, is_signed, signed_bytes
from tests.support import centres, make_vectors
from tests.support.make_vectors_more import FOLDER

__all__ = ["can_receive", "fate_of_compressed", "fate_of_front", "fate_of_payload"]

Edge = tuple[str, bytes]
_WHOLE = b"whole"
_CONTENT = b"inventado " * 20


def fate_of_front(content: bytes) -> str:
    """Return the id of a batch, or why it is none."""
    try:
        return parse_batch(content).id.hex()
    except CodecError as failure:
        return failure.reason


def fate_of_compressed(padded: bytes) -> str:
    """Return the SHA-256 of what was sealed in a batch, or why there is none."""
    try:
        return hashlib.sha256(unwrap(padded)).hexdigest()
    except BombError:
        return "batch_over_limit"
    except PaddingError:
        return "batch_malformed"


def fate_of_payload(content: bytes) -> str:
    """Return the ids of a payload's changes, joined, or why there are none."""
    try:
        changes = decode_with_origins(centres.REGISTRY, content, None)
    except DomainError as failure:
        return failure.message_id
    return b"".join(one.id for one in changes).hex()


def can_receive(key: bytes) -> bool:
    """Return whether something can be sealed to a receive key."""
    try:
        seal_to(key, b"", context=b"")
    except SealError:
        return False
    return True


def _fronts() -> Iterator[Edge]:
    whole = (make_vectors.FOLDER / "batch-1.bin").read_bytes()

    def put(at: int, content: bytes, length: int = len(whole)) -> bytes:
        return (whole[:at] + content + whole[at + len(content) :])[:length]

    yield "whole", whole
    for length in (0, 3, 5, 6, 205, 206, 270, len(whole) - 1):
        yield f"cut to {length}", whole[:length]
    yield "three other bytes", b"QSX"
    yield "a later version, cut", put(4, b"\2", 6)
    yield "a later suite", put(5, b"\2")
    yield "number 0, cut", put(46, bytes(4), 206)
    yield "number 1 with a previous", put(50, b"\1")
    yield "size 0", put(202, bytes(4))
    yield "a size over the limit, a bad seen, cut", put(202, b"\xff" * 4, 206)[:130] + b"\1" * 76
    yield "position without a log, cut", put(137, b"\1", 206)
    yield "something behind", whole + b"\0"
    yield "another body", whole[:-1] + bytes([whole[-1] ^ 1])


def _frame(window: int, *, size: int = len(_CONTENT), descriptor: int = 0xC0) -> bytes:
    """Return a zstd frame of one raw block; ``window`` is its Window_Log."""
    front = b"\x28\xb5\x2f\xfd" + bytes([descriptor, window - 10 << 3]) + struct.pack("<Q", size)
    return front + struct.pack("<I", len(_CONTENT) << 3 | 1)[:3] + _CONTENT


def _compressed() -> Iterator[Edge]:
    checked = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(_CONTENT)
    sized = zstandard.ZstdCompressor(level=3)
    sorted_ = bz2.compress(_CONTENT)
    contents = {
        "zstd with a checksum": checked,
        "a wrong checksum": checked[:-1] + bytes([checked[-1] ^ 1]),
        "without a size": zstandard.ZstdCompressor(write_content_size=False).compress(_CONTENT),
        "another size than said": _frame(20, size=len(_CONTENT) + 1),
        "a window of 16 MiB": _frame(24),
        "a window of 4 GiB": _frame(32),
        "a reserved bit": _frame(20, descriptor=0xC8),
        "two frames": checked + checked,
        "a byte behind the frame": checked + b"\0",
        "a frame that is cut": checked[:-5],
        "a skippable frame": struct.pack("<II", 0x184D2A50, 4) + b"abcd" + checked,
        "8 MiB": sized.compress(bytes(CONTENT_MAX)),
        "8 MiB and a byte": sized.compress(bytes(CONTENT_MAX + 1)),
        "a size of 9 MiB that is a lie": _frame(20, size=9 << 20),
        "9 MiB said, with a window of 2 GiB": _frame(31, size=9 << 20),
        "9 MiB said, with a window of 4 GiB": _frame(32, size=9 << 20),
        "bzip2, though it is short": sorted_,
        "two bzip2 streams": sorted_ + sorted_,
        "a byte behind bzip2": sorted_ + b"\0",
        "bzip2 that is cut": sorted_[:-3],
        "bzip2 of 8 MiB": bz2.compress(bytes(CONTENT_MAX)),
        "bzip2 of 8 MiB and a byte, and one behind": bz2.compress(bytes(CONTENT_MAX + 1)) + b"\0",
        "neither": _CONTENT,
    }
    for title, content in contents.items():
        yield title, _padded(content)
    good = _padded(checked)
    yield "a byte of the padding", good[:-1] + b"\1"
    yield "a byte too long", good + b"\0"
    yield "a length beyond the end", b"\xff" * 4 + good[4:]


def _padded(content: bytes) -> bytes:
    size = 4 + len(content)
    return struct.pack(">I", len(content)) + content + bytes(padme(size) - size)


def _payloads() -> Iterator[Edge]:
    first = centres.change(1, 44)
    second = centres.change(2, "dos", bases=(first.id,))
    plain = encode_changes(centres.REGISTRY, [first, second])
    columns: list[Any] = msgspec.msgpack.decode(plain)
    encode = msgspec.msgpack.encode

    def put(**told: object) -> bytes:
        changed = {int(at[1:]): content for at, content in told.items()}
        return encode([changed.get(at, one) for at, one in enumerate(columns)])

    yield "as it is", plain
    values: dict[str, Any] = {
        "a float for an integer": 44.0,
        "a map": {},
        "bin": b"44",
        "an array in an array": [["a"]],
        "numbers in an array": [1],
        "a longer integer": msgspec.Raw(b"\xd3" + bytes(7) + b"\x2c"),
        "a longer text": msgspec.Raw(b"\xdb\0\0\0\1a"),
        "no UTF-8": msgspec.Raw(b"\xa1\xff"),
        "a surrogate": msgspec.Raw(b"\xa3\xed\xa0\x80"),
        "codes in no order": ["b", "a", "b"],
        "absent, not known": Ext(1, b"\4"),
        "digits": Ext(2, b"-9223372036854775809"),
        "digits of what is an integer": Ext(2, b"-9223372036854775808"),
        "digits with a plus": Ext(2, b"+18446744073709551616"),
        "digits with a zero in front": Ext(2, b"018446744073709551616"),
        "4,000 digits": Ext(2, b"9" * 4000),
        "4,001 digits": Ext(2, b"9" * 4001),
        "a third type": Ext(3, b"\1"),
    }
    for title, value in values.items():
        yield title, put(_17=[value, "dos"])
    yield "a column more", encode([*columns, {"x": 1.5}])
    yield "a column less", encode(columns[:-1])
    yield "something behind", plain + b"\xc0"
    yield "the array in a longer encoding", b"\xdd\0\0\0\x12" + plain[3:]
    yield "format 900", put(_0=900)
    yield "format 1 laid out as 2", encode([1, 2, *columns[2:], b"", b"\0\0", b"", b""])
    yield "laid out as 2 with a column less", encode([2, 2, *columns[2:], b"", b"\0\0", b""])
    yield "reader 3", put(_1=3)
    yield "reader 0", put(_1=0)
    yield "count as a float", put(_2=2.0)
    yield "an author of no use", put(_4=columns[4] + b"\x99" * 16)
    yield "a session twice", put(_3=columns[3] * 2)
    yield "a record of no use", put(_5=b"".join(bytes([one, 9]) for one in columns[5]))
    yield "a record twice", put(_5=b"".join(bytes([one, one]) for one in columns[5]), _8=b"\0\0")
    yield "a field of no use", put(_6=b"\1\1", _7=b"\2\2")
    yield "a number written longer", put(_14=b"\0\x81\0")
    yield "a base twice", put(_14=b"\0\2", _15=b"\1\1")
    yield "a base by its id that stands before", put(_15=b"\0", _16=first.id)
    yield "a base too many", put(_15=b"\1\1")
    yield "a base of nobody", put(_15=b"\0", _16=b"\xba" * 16)


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def _x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    return min(x, P - x) if x * x % P == square else None


def _sum(one: Point, other: Point) -> Point:
    both = D * one[0] * other[0] * one[1] * other[1] % P
    x = (one[0] * other[1] + other[0] * one[1]) * pow(1 + both, -1, P)
    return x % P, (one[1] * other[1] + one[0] * other[0]) * pow(1 - both, -1, P) % P


def _times(number: int, point: Point) -> Point:
    found = (0, 1)
    while number:
        if number & 1:
            found = _sum(found, point)
        point, number = _sum(point, point), number >> 1
    return found


def _encoded(point: Point, over: int = 0) -> bytes:
    return (point[1] + over | (point[0] & 1) << 255).to_bytes(32, "little")


def _signatures() -> Iterator[tuple[str, bytes, bytes]]:
    """Yield a title, a key and a signature of :data:`_WHOLE` for a batch."""
    y = 4 * pow(5, -1, P) % P
    x = _x_of(y) or 0
    base = (x if x % 2 == 0 else P - x, y)
    torsion = next(
        point
        for y in range(2, 99)
        if (x := _x_of(y)) is not None and _times(4, point := _times(L, (x, y))) != (0, 1)
    )
    secret = 8 * 0x51515151
    key = _times(secret, base)

    def said(front: bytes, named: bytes) -> int:
        message = front + named + signed_bytes(Purpose.BATCH, _WHOLE)
        return int.from_bytes(hashlib.sha512(message).digest(), "little") % L

    def signature(nonce: int, named: bytes, *, beside: Point = (0, 1), more: int = 0) -> bytes:
        front = _encoded(_sum(_times(nonce, base), beside))
        return front + ((nonce + said(front, named) * secret) % L + more).to_bytes(32, "little")

    own = _encoded(key)
    yield "good", own, signature(7, own)
    yield "S is not below the order", own, signature(7, own, more=L)
    yield "the first half beside the group", own, signature(7, own, beside=torsion)
    mixed = _encoded(_sum(key, torsion))
    for fits in (True, False):
        nonce = next(
            one
            for one in range(1, 99)
            if (said(_encoded(_times(one, base)), mixed) % 8 == 0) is fits
        )
        title = "a key beside the group, " + ("by chance" if fits else "right but for that")
        yield title, mixed, signature(nonce, mixed)
    # Of these keys the multiple is nothing: who has none signs, were they not refused.
    free = _encoded(_times(7, base)) + (7).to_bytes(32, "little")
    yield "a key of order 1", _encoded((0, 1)), free
    yield "the same, y not below the prime", _encoded((0, 1), P), free
    yield "the same, with a sign", _encoded((1, 1)), free
    none = bytes(32)
    yield "a first half not below the prime", _encoded((0, 1)), _encoded((0, 1), P) + none
    yield "a first half of order 1", _encoded((0, 1)), _encoded((0, 1)) + none
    yield "no point", (2).to_bytes(32, "little"), free


def _receive_keys() -> Iterator[Edge]:
    good = DeviceKeys(centres.seed("vector device")).recipient.public
    yield "good", good
    for value in (3328, 3329, 4095):
        front = bytes([value & 255, good[1] & 0xF0 | value >> 8])
        yield f"a coefficient of {value}", front + good[2:]
    yield "a byte less", good[:-1]
    yield "X25519 with its top bit", good[:-1] + bytes([good[-1] | 128])
    small = 325606250916557431795983626356110631294008115727848805560023387167927233504
    for title, point in (("0", 0), ("1", 1), ("order 8", small), ("-1", P - 1), ("p", P)):
        yield f"X25519 of {title}", good[:1184] + point.to_bytes(32, "little")


def main() -> None:
    """Write the vectors."""
    edges = {
        "fronts": [
            {"title": title, "content": content.hex(), "becomes": fate_of_front(content)}
            for title, content in _fronts()
        ],
        "compressed": [
            {"title": title, "content": content.hex(), "becomes": fate_of_compressed(content)}
            for title, content in _compressed()
        ],
        "payloads": [
            {"title": title, "content": content.hex(), "becomes": fate_of_payload(content)}
            for title, content in _payloads()
        ],
        "signed": _WHOLE.hex(),
        "signatures": [
            {
                "title": title,
                "key": key.hex(),
                "signature": signature.hex(),
                "is_good": is_signed(key, Purpose.BATCH, _WHOLE, signature),
            }
            for title, key, signature in _signatures()
        ],
        "receive_keys": [
            {"title": title, "key": key.hex(), "can_receive": can_receive(key)}
            for title, key in _receive_keys()
        ],
    }
    text = json.dumps(edges, indent=1) + "\n"
    (FOLDER / "edges.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
