"""Writes what the database of a laptop holds as plain text, when the program is gone.

    python3 leer.py datos.db nombres.bin > casos.txt

It needs Python 3.11, the library «sqlcipher3», a copy of datos.db (with datos.db-wal beside it, if
there is one) and, for the names of the fields, the file nombres.bin of a backup or registry.csv of
the program; without either they are numbers. It asks for the 64 figures that llave.py printed. What
it writes is not encrypted: do it on a computer without a network, and destroy what is no longer
needed.

What it does, for whoever has to write it again: the table «field» has a row for each field of each
record: record_id, kind, field (numbers of registry.csv), value. A value begins with a letter: «s»
text, «i» number, «a» why there is none, each followed by its length in four bytes (the highest
first) and its text in UTF-8; «l» several, their number in four bytes and then each with its length;
«t» yes, «f» no, «n» blank. A value that is another record's id (32 figures) leads to that record.
The file nombres.bin is registry.csv, sealed: 16 bytes of salt; then ChaCha20-Poly1305 without
associated data. Key (32 bytes) and nonce (12) are HKDF-SHA256 of the key of the database with that
salt and the label «qispi/v1/backup-names».
"""

import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlcipher3 import dbapi2

CASE = 1
Key = tuple[int, int]
Record = tuple[int, list[tuple[int, list[str]]]]


def texts(value: bytes) -> list[str]:
    """Return what a value says, one text or several."""
    letter, rest = value[:1], value[1:]
    if letter in (b"t", b"f", b"n"):
        return [{b"t": "sí", b"f": "no", b"n": ""}[letter]]
    if letter == b"l":
        found, at = [], 4
        for _ in range(int.from_bytes(rest[:4], "big")):
            size = int.from_bytes(rest[at : at + 4], "big")
            found.append(rest[at + 4 : at + 4 + size].decode())
            at += 4 + size
        return found
    said = rest[4:].decode()
    return [f"({said})" if letter == b"a" else said]


def names(place: Path | None, key: str) -> tuple[dict[int, str], dict[Key, str]]:
    """Return the names of kinds and fields by their numbers."""
    kinds: dict[int, str] = {}
    fields: dict[Key, str] = {}
    if place is not None:
        content = place.read_bytes()
        if place.suffix == ".bin":
            content = unsealed(content, bytes.fromhex(key))
        for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
            kind = int(row["kind_number"])
            kinds[kind] = row["kind"]
            fields[kind, int(row["field_number"])] = row["field"]
    return kinds, fields


def unsealed(content: bytes, key: bytes) -> bytes:
    """Return what nombres.bin holds."""
    made = HKDF(hashes.SHA256(), 44, content[:16], b"qispi/v1/backup-names").derive(key)
    try:
        return ChaCha20Poly1305(made[:32]).decrypt(made[32:], content[16:], None)
    except InvalidTag:
        sys.exit("El archivo de los nombres no es de esta copia, o está dañado.")


def records(database: Path, key: str) -> dict[str, Record]:
    """Return every record by its id."""
    connection = dbapi2.connect(str(database))
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    try:
        rows = connection.execute(
            "SELECT lower(hex(record_id)), kind, field, value FROM field ORDER BY 1, 2, 3"
        ).fetchall()
    except dbapi2.DatabaseError:
        sys.exit("La base de datos no se abrió: esa llave no es la suya, o el archivo está dañado.")
    finally:
        connection.close()
    found: dict[str, Record] = {}
    for record, kind, field, value in rows:
        found.setdefault(record, (kind, []))[1].append((field, texts(value)))
    return found


def together(found: dict[str, Record]) -> Iterator[list[str]]:
    """Yield the ids of each case with those that belong to it; then all that belong to none."""
    named_by: dict[str, list[str]] = {}
    for record, (_, fields) in found.items():
        for _, said in fields:
            for one in said:
                if one in found:
                    named_by.setdefault(one, []).append(record)
    seen: set[str] = set()
    cases = [record for record, (kind, _) in found.items() if kind == CASE]
    for case in cases:
        here, ahead = [], [case]
        while ahead:
            one = ahead.pop(0)
            if one in seen:
                continue
            seen.add(one)
            here.append(one)
            kind, fields = found[one]
            if kind == CASE and one != case:
                continue
            names_others = [text for _, said in fields for text in said if text in found]
            ahead += [other for other in names_others if found[other][0] != CASE]
            ahead += [other for other in named_by.get(one, []) if found[other][0] != CASE]
        yield here
    yield [record for record in found if record not in seen]


def main() -> None:
    """Ask for the key, and write."""
    if len(sys.argv) not in (2, 3):
        sys.exit("Uso: python3 leer.py datos.db nombres.bin > casos.txt")
    print("Las 64 cifras de la llave: ", end="", file=sys.stderr, flush=True)
    key = input().strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", key):
        sys.exit("Eso no son 64 cifras de llave.")
    if not Path(sys.argv[1]).is_file():
        sys.exit("No está el archivo de la base de datos.")
    found = records(Path(sys.argv[1]), key)
    kinds, fields_of = names(Path(sys.argv[2]) if len(sys.argv) > 2 else None, key)
    for number, group in enumerate(together(found), start=1):
        print(f"==================== {number} ====================")
        for record in group:
            kind, fields = found[record]
            print(f"\n[{kinds.get(kind, kind)}] {record}")
            for field, said in fields:
                name = fields_of.get((kind, field), str(field))
                print(f"  {name}: {' · '.join(said)}")
        print()


if __name__ == "__main__":
    main()
