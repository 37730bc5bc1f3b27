"""A public key of small order is nobody's: a signature under it can be had without its key."""

from __future__ import annotations

import itertools

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sync.protocol.signature import Purpose, is_signed, signed_bytes

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def _sum(one: Point, other: Point) -> Point:
    """Add two points of edwards25519 (RFC 8032, 5.1.4), slowly."""
    (x1, y1), (x2, y2) = one, other
    both = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + both, -1, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - both, -1, P) % P
    return x, y


def _of_small_order() -> list[Point]:
    """Return the eight points, as multiples of one of order 8."""
    y = int.from_bytes(
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
    )
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square, "it lies on the curve"
    found: list[Point] = [(x, y)]
    while found[-1] != (0, 1):
        found.append(_sum(found[-1], found[0]))
    assert len(found) == 8
    return found


def _encodings(point: Point) -> set[bytes]:
    """Return every way to write a point: with y or y + p, and either sign of x where x is 0."""
    x, y = point
    signs = (0, 1) if x == 0 else (x & 1,)
    heights = [one for one in (y, y + P) if one < 2**255]
    return {(one | sign << 255).to_bytes(32, "little") for one in heights for sign in signs}


ENCODINGS = sorted(set().union(*map(_encodings, _of_small_order())))


def _forged(key: bytes) -> bytes:
    """Return a message of one byte, and behind it a signature that OpenSSL accepts under this key,
    made without any secret: S is 0, and the first half one of the eight points."""
    for number, half in itertools.product(range(64), ENCODINGS):
        signature = half + bytes(32)
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(
                signature, signed_bytes(Purpose.STATEMENT, bytes([number]))
            )
        except InvalidSignature:
            continue
        return bytes([number]) + signature
    raise AssertionError("nothing forged")


@pytest.mark.parametrize("key", ENCODINGS, ids=bytes.hex)
def test_what_openssl_accepts_under_a_key_of_small_order_is_signed_by_nobody(key: bytes) -> None:
    """(B4)"""
    forged = _forged(key)
    assert not is_signed(key, Purpose.STATEMENT, forged[:1], forged[1:])


@pytest.mark.parametrize("key", [b"", b"\x01", bytes(33)], ids=len)
def test_what_is_no_key_signs_nothing_either(key: bytes) -> None:
    assert not is_signed(key, Purpose.STATEMENT, b"", bytes(64))
