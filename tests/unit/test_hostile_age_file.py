"""Files of age that somebody who knows the words wrote, in a form that age does not have."""

from __future__ import annotations

import base64
import hmac
import io

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.crypto.age_file import open_with_words, read_recipient
from app.crypto.recipient import PUBLIC_BYTES, SealError

WORDS = "tijera molino ladera fuente cabra"
PIECE = 65_536
SALT, NONCE = bytes(16), bytes(range(16))
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def text(content: bytes) -> bytes:
    return base64.b64encode(content).rstrip(b"=")


def derived(key: bytes, salt: bytes, kind: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, kind).derive(key)


def written(
    *pieces: bytes,
    version: bytes = b"age-encryption.org/v1\n",
    key: bytes = bytes(16),
    work: int = 4,
    turned: bool = False,
) -> bytes:
    """Return a file under the words, with these pieces; ``turned``: the last letter of the wrapped
    key is another one for the same bytes."""
    salt = b"age-encryption.org/v1/scrypt" + SALT
    wrapping = Scrypt(salt=salt, length=32, n=1 << min(work, 10), r=8, p=1).derive(WORDS.encode())
    wrapped = text(ChaCha20Poly1305(wrapping).encrypt(bytes(12), key, None))
    if turned:
        wrapped = wrapped[:-1] + bytes([wrapped[-1] + 1])
    header = version + b"-> scrypt %s %d\n%s\n---" % (text(SALT), work, wrapped)
    proof = hmac.digest(derived(key, b"", b"header"), header, "sha256")
    cipher = ChaCha20Poly1305(derived(key, NONCE, b"payload"))
    body = b"".join(
        cipher.encrypt(at.to_bytes(11, "big") + bytes([at == len(pieces) - 1]), one, None)
        for at, one in enumerate(pieces)
    )
    return header + b" " + text(proof) + b"\n" + NONCE + body


def opened(content: bytes) -> bytes:
    return b"".join(open_with_words(io.BytesIO(content), WORDS))


def test_what_age_writes_opens() -> None:
    """(control of what follows)"""
    assert opened(written(b"algo")) == b"algo"
    assert opened(written(bytes(PIECE), b"x")) == bytes(PIECE) + b"x"
    assert opened(written(b"")) == b""


@pytest.mark.parametrize(
    "content",
    [
        written(b"algo", version=b"age-encryption.org/v2\n"),
        written(b"algo", work=99),
        written(b"algo", key=bytes(17)),
        written(b"algo", turned=True),
        written(bytes(PIECE), b""),
    ],
    ids=["version", "work", "key", "letters", "an empty end"],
)
def test_another_form_is_refused_though_every_seal_fits(content: bytes) -> None:
    with pytest.raises(SealError):
        opened(content)


def recipient(content: bytes, spare: int = 0, *, odd: bool = False) -> str:
    """Return a recipient with its check, of any length and with any bits to spare. ``odd``: its
    first letter is none of them, and the check is made as if it were -1."""
    bits = 8 * len(content)
    count = -(-bits // 5)
    number = int.from_bytes(content, "big") << (5 * count - bits) | spare
    values = [number >> 5 * (count - 1 - at) & 31 for at in range(count)]
    values[0] = -1 if odd else values[0]
    name = "age1pq"
    front = [ord(one) >> 5 for one in name] + [0] + [ord(one) & 31 for one in name]
    check = polymod([*front, *values, *[0] * 6]) ^ 1
    values += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return name + "1" + "".join(LETTERS[one] if one >= 0 else "b" for one in values)


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> at & 1 else 0
    return check


def test_a_recipient_is_a_whole_key_written_in_one_way() -> None:
    """Control: a key of its length is read."""
    public = bytes(range(256)) * 4 + bytes(PUBLIC_BYTES - 1024)
    assert read_recipient(recipient(public)) == public
    for text_ in (
        recipient(public[:-1]),
        recipient(public + b"\0"),
        recipient(public, spare=1),
        recipient(public, odd=True),
    ):
        with pytest.raises(SealError):
            read_recipient(text_)
