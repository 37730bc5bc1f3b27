"""Sealed files are those of age: another program's open here, and what is altered opens nowhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.crypto.age_file import WORK_MAX, AgeWriter, open_with_words, read_recipient
from app.crypto.recipient import RecipientKey, SealError
from app.crypto.secret import SecretKey

VECTORS = Path(__file__).parents[1] / "vectors" / "age"
TEXT = "Texto inventado: ñandú\n".encode() * 3_000
WORDS = "tijera molino ladera fuente cabra"  # of the vectors
KEY = RecipientKey(SecretKey(bytes(range(32))))
PIECE = 65_536


def opened(content: bytes, words: str = WORDS) -> bytes:
    return b"".join(open_with_words(io.BytesIO(content), words))


def sealed(content: bytes, *, step: int = 1_000, words: str = WORDS) -> bytes:
    file = io.BytesIO()
    writer = AgeWriter.under_words(file.write, words, os.urandom, work=10)
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
    writer.finish()
    return file.getvalue()


def opened_by_key(content: bytes) -> bytes:
    """Read by the rules alone, a few lines apart from the program's own."""
    file = io.BytesIO(content)
    lines = [file.readline() for _ in range(4)]
    kind, encapsulated = lines[1].split()[1:]
    wrapped = lines[2].strip()
    assert (lines[0], kind) == (b"age-encryption.org/v1\n", b"mlkem768x25519")
    parts = [base64.b64decode(one + b"=" * (-len(one) % 4)) for one in (encapsulated, wrapped)]
    key = KEY.open(b"".join(parts), context=b"age-encryption.org/mlkem768x25519")
    header = b"".join(lines[:3]) + b"---"
    proof = hmac.digest(
        HKDF(hashes.SHA256(), 32, b"", b"header").derive(key), header, hashlib.sha256
    )
    assert base64.b64encode(proof).rstrip(b"=") == lines[3][4:-1]
    cipher = ChaCha20Poly1305(HKDF(hashes.SHA256(), 32, file.read(16), b"payload").derive(key))
    found, pieces = b"", file.read()
    count = -(-len(pieces) // (PIECE + 16))
    for number in range(count):
        piece = pieces[number * (PIECE + 16) : (number + 1) * (PIECE + 16)]
        nonce = number.to_bytes(11, "big") + bytes([number == count - 1])
        found += cipher.decrypt(nonce, piece, None)
    return found


@pytest.mark.parametrize(("name", "size"), [("empty", 0), ("short", 100), ("long", len(TEXT))])
def test_what_another_program_sealed_under_words_opens(name: str, size: int) -> None:
    assert opened((VECTORS / f"words_{name}.age").read_bytes()) == TEXT[:size]


def test_a_key_of_this_program_is_one_of_age() -> None:
    assert opened_by_key((VECTORS / "key_short.age").read_bytes()) == TEXT[:100]
    line = (VECTORS / "recipient.txt").read_text(encoding="ascii").splitlines()[1]
    assert read_recipient(line) == KEY.public
    assert read_recipient(line.upper()) == KEY.public


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, len(TEXT)])
def test_what_is_sealed_opens_whatever_its_size(size: int) -> None:
    assert opened(sealed(TEXT[:size])) == TEXT[:size]
    file = io.BytesIO()
    writer = AgeWriter.to_recipient(file.write, KEY.public, os.urandom)
    writer.write(TEXT[:size])
    writer.finish()
    assert opened_by_key(file.getvalue()) == TEXT[:size]


def test_other_words_open_nothing() -> None:
    with pytest.raises(SealError):
        opened(sealed(b"x"), "tijera molino ladera fuente cabras")


def test_every_altered_byte_and_every_cut_is_refused() -> None:
    """Control: the file as it was opens."""
    whole = sealed(b"Texto inventado")
    assert opened(whole) == b"Texto inventado"
    for at in range(len(whole)):
        for other in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            with pytest.raises(SealError):
                opened(other)


def test_pieces_that_are_left_out_or_added_are_refused() -> None:
    whole = sealed(TEXT[: 2 * PIECE + 5])
    body = len(whole) - (2 * (PIECE + 16) + 21)
    first, second = whole[body : body + PIECE + 16], whole[body + PIECE + 16 : -21]
    for pieces in (first + whole[-21:], second + first + whole[-21:], first + second):
        with pytest.raises(SealError):
            opened(whole[:body] + pieces)
    with pytest.raises(SealError):
        opened(whole + b"x")


def test_a_file_that_asks_for_more_memory_than_is_given_is_refused() -> None:
    dear = sealed(b"x").replace(b" 10\n", b" %d\n" % (WORK_MAX + 1), 1)
    with pytest.raises(SealError):
        opened(dear)


def test_a_mistyped_recipient_is_refused() -> None:
    line = (VECTORS / "recipient.txt").read_text(encoding="ascii").splitlines()[1]
    other = "q" if line[100] != "q" else "p"
    for text in (
        line[:100] + other + line[101:],
        line[:-1],
        "age1" + line,
        "",
        line[:50].upper() + line[50:],
    ):
        with pytest.raises(SealError):
            read_recipient(text)
