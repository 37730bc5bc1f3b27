"""Opens the key of a laptop's database with two paper sheets, when the program is gone.

    python3 llave.py llaves.json

It needs Python 3.11, the library «cryptography» (50 or newer) and the file llaves.json of the
laptop or of a backup; nothing of Qispi. It asks for the five rows of two sheets, and prints the key
as 64 hexadecimal figures. With a SQLCipher 4 shell the database then opens by

    PRAGMA key = "x'…the 64 figures…'";

Whoever has that key reads everything: do it on a computer without a network, and destroy what was
written down. What it does, for whoever has to write it again in another language:

1. A row is 16 letters of Crockford's base 32 (80 bits, the first is the highest) and two figures:
   (the 80 bits as a number + the row's place from 1 to 5) modulo 97. Five rows are 50 bytes:
   version 1, kind, number of the sheet, 5 bytes that name the set, two parts of 21 bytes.
2. Sheet 1 has the parts a and b, sheet 2 b and c, sheet 3 c and a. The secret is
   HKDF-SHA256(a‖b‖c, no salt, info "qispi/v1/sheets/centre", 32 bytes).
3. Its key pair: 96 bytes of SHAKE-256 of HKDF-SHA256(secret, no salt, info "qispi/v1/receive",
   32 bytes): 64 are the seed of ML-KEM-768, 32 the private key of X25519.
4. The box of "recovery" in llaves.json is HPKE (RFC 9180; KEM 0x647A, HKDF-SHA256,
   ChaCha20-Poly1305) of the key; its info is "qispi/v1/vault-box/", the 16 bytes of "id", the
   generation as 8 bytes (the highest first), "recovery".
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
Sheet = tuple[int, bytes, bytes, bytes]


def row(place: int, typed: str) -> bytes | None:
    """Return the ten bytes of a row, or None where it was mistyped."""
    signs = [one for one in typed.upper().translate(str.maketrans("OIL", "011")) if one.isalnum()]
    letters, check = signs[:16], "".join(signs[16:])
    if len(signs) != 18 or not set(letters) <= set(LETTERS):
        return None
    value = 0
    for letter in letters:
        value = value * 32 + LETTERS.index(letter)
    return value.to_bytes(10, "big") if check == f"{(value + place) % 97:02d}" else None


def ask(words: str) -> str:
    """Return what is typed; what is asked goes beside the answer of the program."""
    print(words, end="", file=sys.stderr, flush=True)
    return input()


def sheet() -> Sheet:
    """Return number and parts of a sheet, asking for each row until it is right."""
    content = b""
    for place in range(1, 6):
        read = row(place, ask(f"  fila {place}: "))
        while read is None:
            read = row(place, ask(f"  La fila {place} no coincide. Otra vez: "))
        content += read
    if content[:2] != b"\x01\x01" or not 1 <= content[2] <= 3:
        sys.exit("Esa hoja no es de un centro, o es de una versión más nueva.")
    return content[2], content[3:8], content[8:29], content[29:]


def secret_of(one: Sheet, other: Sheet) -> bytes:
    """Return the secret of two sheets."""
    if one[1] != other[1] or one[0] == other[0]:
        sys.exit("Las dos hojas son la misma, o son de juegos distintos.")
    parts: dict[int, bytes] = {}
    for number, _, first, second in (one, other):
        for at, part in ((number, first), (number % 3 + 1, second)):
            if parts.setdefault(at, part) != part:
                sys.exit("Las dos hojas no se corresponden.")
    return derived(parts[1] + parts[2] + parts[3], "sheets/centre")


def derived(content: bytes, kind: str) -> bytes:
    """Return 32 bytes for one use."""
    return HKDF(hashes.SHA256(), 32, None, b"qispi/v1/" + kind.encode()).derive(content)


def key_of(file: dict[str, Any], secret: bytes) -> bytes:
    """Return the key of the database that the file holds for these sheets."""
    expanded = hashlib.shake_256(derived(secret, "receive")).digest(96)
    private = MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    info = b"qispi/v1/vault-box/" + bytes.fromhex(file["id"])
    info += file["generation"].to_bytes(8, "big") + b"recovery"
    if not file.get("recovery"):
        sys.exit("Ese archivo no tiene hojas de recuperación.")
    try:
        return suite.decrypt(bytes.fromhex(file["recovery"]["box"]), private, info=info)
    except InvalidTag:
        sys.exit("Esas hojas no son de este archivo.")


def main() -> None:
    """Ask, and print the key."""
    if len(sys.argv) != 2:
        sys.exit("Uso: python3 llave.py llaves.json")
    file = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if (file.get("format"), file.get("version")) != ("qispi-vault", 2):
        sys.exit("Ese archivo no es un llaves.json de la segunda versión.")
    print("Primera hoja:", file=sys.stderr)
    one = sheet()
    print("Segunda hoja:", file=sys.stderr)
    print(key_of(file, secret_of(one, sheet())).hex())


if __name__ == "__main__":
    main()
