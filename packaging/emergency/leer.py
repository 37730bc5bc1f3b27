"""Writes what the database of a laptop holds as plain text, when the program is gone.

    python3 leer.py datos.db nombres.bin > casos.txt

It needs Python 3.11, the library «sqlcipher3», a copy of datos.db (with datos.db-wal beside it, if
there is one) and, for the names of fields and codes, the file nombres.bin of a backup or
nombres.json of the program; without either they are numbers. It asks for the 64 figures that
llave.py printed. What it writes is not encrypted: do it on a computer without a network, and
destroy what is no longer needed.

What it does, for whoever has to write it again: the table «field» has a row for each field of each
record: record_id, kind, field (two numbers), value. A value begins with a letter: «s» text, «i»
number, «a» why there is none, each followed by its length in four bytes (the highest first) and its
text in UTF-8; «l» several, their number in four bytes and then each with its length; «t» yes, «f»
no, «n» blank. A value that is another record's id (32 figures) leads to that record.
nombres.json: «kinds», of each number of a kind its name and the fields that name a record;
«fields», of «kind/field» its place in the form, section, item, label, and the list of its codes;
«lists», of each list what each code means; «absent», what the words after «a» mean.
nombres.bin is that, packed by zlib and sealed: 16 bytes of salt; then ChaCha20-Poly1305 without
associated data. Key (32 bytes) and nonce (12) are HKDF-SHA256 of the key of the database with that
salt and the label «qispi/v1/backup-names».
"""

import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlcipher3 import dbapi2

CASE = 1
DATE = "@fecha"
YES, NO = "sí", "no"
Record = tuple[int, list[tuple[int, str, list[str]]]]


def texts(value: bytes) -> tuple[str, list[str]]:
    """Return the letter of a value, and what it says, one text or several."""
    letter, rest = value[:1].decode(), value[1:]
    if letter in "tfn":
        return letter, [{"t": YES, "f": NO, "n": ""}[letter]]
    if letter == "l":
        found, at = [], 4
        for _ in range(int.from_bytes(rest[:4], "big")):
            size = int.from_bytes(rest[at : at + 4], "big")
            found.append(rest[at + 4 : at + 4 + size].decode())
            at += 4 + size
        return letter, found
    return letter, [rest[4:].decode()]


class Names:
    """What kinds, fields and codes are called; without the file, their numbers."""

    def __init__(self, place: Path | None, key: str) -> None:
        said = {} if place is None else names(place, key)
        self.kinds = said.get("kinds", {})
        self.fields = said.get("fields", {})
        self.lists = said.get("lists", {})
        self.absent = said.get("absent", {})

    def title(self, kind: int) -> str:
        """Return what a kind is called."""
        return str(self.kinds.get(str(kind), [kind])[0])

    def naming(self, record: Record) -> str:
        """Return by what somebody knows a record: her names, its number."""
        kind, fields = record
        _, by = self.kinds.get(str(kind), ["", []])
        return " ".join(text for field, _, said in fields if field in by for text in said)

    def field(self, kind: int, number: int) -> tuple[int, str, str, str, str]:
        """Return the place, section, item, label and list of a field."""
        place, section, item, label, codes = self.fields.get(
            f"{kind}/{number}", [10**6 + number, "", "", f"campo {number}", ""]
        )
        return place, section, item, label, codes

    def word(self, codes: str, letter: str, text: str) -> str:
        """Return what a value means."""
        if letter == "a":
            return f"({self.absent.get(text, text)})"
        if codes == DATE and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            year, month, day = text.split("-")
            return f"{day}/{month}/{year}"
        return str(self.lists.get(codes, {}).get(text, text))


def names(place: Path, key: str) -> dict[str, dict[str, list[object]]]:
    """Return what nombres.bin or nombres.json holds."""
    content = place.read_bytes()
    try:
        if place.suffix == ".bin":
            content = zlib.decompress(unsealed(content, bytes.fromhex(key)))
        return dict(json.loads(content))
    except (InvalidTag, zlib.error, ValueError):
        sys.exit("El archivo de los nombres no es de esta copia, o está dañado.")


def unsealed(content: bytes, key: bytes) -> bytes:
    """Return what is sealed in nombres.bin."""
    made = HKDF(hashes.SHA256(), 44, content[:16], b"qispi/v1/backup-names").derive(key)
    return ChaCha20Poly1305(made[:32]).decrypt(made[32:], content[16:], None)


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
        found.setdefault(record, (kind, []))[1].append((field, *texts(value)))
    return found


def together(found: dict[str, Record]) -> Iterator[list[str]]:
    """Yield the ids of each case with those that belong to it; then all that belong to none."""
    named_by: dict[str, list[str]] = {}
    for record, (_, fields) in found.items():
        for _, _, said in fields:
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
            names_others = [text for _, _, said in fields for text in said if text in found]
            ahead += [other for other in names_others if found[other][0] != CASE]
            ahead += [other for other in named_by.get(one, []) if found[other][0] != CASE]
        yield here
    yield [record for record in found if record not in seen]


def written(group: list[str], found: dict[str, Record], said_of: Names) -> Iterator[str]:
    """Yield the lines of a case, its records by their kind and its fields as the form has them."""
    numbers = {record: number for number, record in enumerate(found, start=1)}
    for record in sorted(group, key=lambda one: (found[one][0], one)):
        kind, fields = found[record]
        yield f"\n--- {said_of.title(kind)} · n.º {numbers[record]} · {record}"
        rows = sorted((*said_of.field(kind, field), letter, said) for field, letter, said in fields)
        before = ""
        for _, section, item, label, codes, letter, texts_said in rows:
            if letter == "n":
                continue
            if section and section != before:
                yield f"  [{section}]"
            before = section
            words = [
                f"n.º {numbers[one]} ({said_of.naming(found[one]) or said_of.title(found[one][0])})"
                if one in found
                else "(sin datos)"
                if re.fullmatch("[0-9a-f]{32}", one)
                else said_of.word(codes, letter, one)
                for one in texts_said
            ]
            lines = " · ".join(words).splitlines() or [""]
            yield f"    {f'{item} ' if item else ''}{label}: " + "\n        ".join(lines)


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
    said_of = Names(Path(sys.argv[2]) if len(sys.argv) > 2 else None, key)
    for number, group in enumerate(together(found), start=1):
        if not group:
            continue
        is_case = found[group[0]][0] == CASE
        code = said_of.naming(found[group[0]]) if is_case else ""
        about = f"Caso {code or number}" if is_case else "Lo que no es de ningún caso"
        print(f"==================== {about} ====================")
        for line in written(group, found, said_of):
            print(line)
        print()


if __name__ == "__main__":
    main()
