"""What lies open on a disk or is typed from paper: vault files, key files, sheets, releases."""

from __future__ import annotations

from app.crypto.sheets import Sheet, SheetKind, new_sheets
from app.domain.errors import DomainError
from app.release_format import MANIFEST, SIGNATURES, read_manifest, read_signatures
from db import key_slots
from db.key_file import KeyFile
from tests.fuzz.registry import target
from tests.security.releases import release
from tests.support.storage import CHEAP
from tests.support.storage import CHEAP_BOUNDS as BOUNDS


def _vaults() -> list[bytes]:
    file, _ = key_slots.new_file("cinco palabras de una prueba", cost=CHEAP, draw=bytes)
    return [file.to_bytes()]


@target(_vaults, DomainError)
def vault_file(content: bytes) -> None:
    """The vault file: what it says is written alike again."""
    found = KeyFile.from_bytes(content, BOUNDS)
    assert KeyFile.from_bytes(found.to_bytes(), BOUNDS) == found


def _rows() -> list[bytes]:
    _, sheets = new_sheets(SheetKind.CENTRE, bytes)
    return ["\n".join(one.rows()).encode() for one in sheets]


@target(_rows, DomainError)
def typed_sheet(content: bytes) -> None:
    """The rows of a recovery sheet, as somebody typed them."""
    found = Sheet.typed(tuple(content.decode("utf-8", "replace").split("\n")))
    assert Sheet.typed(found.rows()) == found


@target(lambda: [release().files[MANIFEST]], DomainError)
def release_manifest(content: bytes) -> None:
    """The manifest of a release."""
    read_manifest(content)


@target(lambda: [release().files[SIGNATURES]], DomainError)
def release_signatures(content: bytes) -> None:
    """The signatures beside it."""
    read_signatures(content)
