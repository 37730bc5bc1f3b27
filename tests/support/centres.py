"""Invented centres with real keys, for tests of the envelope, the roster and enrolment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import msgspec

from app.crypto.secret import SecretKey
from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.registry import FieldRegistry, RegistryEntry
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services.ports import BatchOutline
from app.services.read_models import CentreProfile
from sync.envelope.enrolment import (
    accept,
    grant,
    make_request,
    reply_code,
    request_code,
)
from sync.envelope.keyring import DeviceKeys, Keyring, ServerAddress
from sync.envelope.region import RegionRoot, grant_first
from sync.envelope.seal import CentreEnvelope
from sync.protocol.roster import evaluate
from sync.protocol.signature import Purpose
from sync.protocol.statements import (
    SignedStatement,
    Statement,
    encode_signed,
    next_place,
    statement_id,
)

PROFILE = CentreProfile(
    name="CEM Inventado",
    programme="Programa Inventado",
    ministry="Ministerio Inventado",
    address="Jr. Inventado 123",
    phone="999 000 100",
    district="Nieva",
)
SERVER = ServerAddress(
    url="https://region.example",
    server_key=bytes(range(32)),
    ca_der=b"an invented certificate",
    name="Región Inventada",
)
SESSION = b"\x51" * 8
FIELDS = 60
REGISTRY = FieldRegistry.of(
    [
        *(RegistryEntry("case", 1, f"case_{number}", number) for number in range(1, FIELDS)),
        *(RegistryEntry("survivor", 2, f"person_{number}", number) for number in range(1, FIELDS)),
    ]
)
OLDER_REGISTRY = FieldRegistry.of([RegistryEntry("case", 1, "case_1", 1)])
"""The same numbers as an older version knows them: one field of one kind."""


def seed(name: str) -> SecretKey:
    """Return a seed that is always the same for a name. Never for anything real."""
    return SecretKey(hashlib.sha256(b"test seed " + name.encode()).digest())


def root(name: str = "root") -> RegionRoot:
    """Return an invented region's root."""
    return RegionRoot(seed(name))


def first_laptop(
    name: str, *, centre: bytes = b"\x11" * 16, region: RegionRoot | None = None
) -> Keyring:
    """Return the keyring of a centre's first laptop, enrolled by the real two files."""
    keys = DeviceKeys(seed(name))
    request = make_request(keys)
    granted = grant_first(
        region or root(),
        request,
        request_code(request),
        centre=centre,
        server=SERVER,
        profile=PROFILE,
    )
    return accept(keys, request, granted.reply, reply_code(granted.reply)).keyring


def join(admin: Keyring, name: str) -> tuple[Keyring, Keyring]:
    """Return the admin's keyring and the new laptop's, after a plain device joined."""
    keys = DeviceKeys(seed(name))
    request = make_request(keys)
    granted = grant(admin, request, request_code(request), profile=PROFILE)
    accepted = accept(keys, request, granted.reply, reply_code(granted.reply))
    return granted.keyring, accepted.keyring


def of_a_later_kind(admin: Keyring, count: int, size: int = 20) -> list[bytes]:
    """Return statements of a later kind, by a centre's admin: kept and passed on unread."""
    number, previous = next_place(admin.statements, admin.device.id, admin.centre)
    made = []
    for turn in range(count):
        said = msgspec.msgpack.encode(
            Statement(1, 900, admin.centre, admin.device.id, number + turn, previous, bytes(size))
        )
        content = encode_signed(SignedStatement(said, admin.keys.sign(Purpose.STATEMENT, said)))
        previous = statement_id(content)
        made.append(content)
    return made


def knowing_both(keyring: Keyring, other: Keyring) -> Keyring:
    """Return a laptop's keyring with a roster that holds another centre of the region as well: no
    keyring that is made of statements has one."""
    statements = frozenset({*keyring.statements, *other.statements})
    return replace(keyring, roster=evaluate(statements, keyring.root_key))


@dataclass(frozen=True)
class TwoLaptops:
    """A centre with an admin laptop and a plain one."""

    admin: Keyring
    plain: Keyring

    def envelopes(self) -> tuple[CentreEnvelope, CentreEnvelope]:
        """Return an envelope for each."""
        return CentreEnvelope(REGISTRY, self.admin), CentreEnvelope(REGISTRY, self.plain)


def two_laptops(centre: bytes = b"\x11" * 16, prefix: str = "") -> TwoLaptops:
    """Return a centre of two laptops."""
    return TwoLaptops(*join(first_laptop(f"{prefix}one", centre=centre), f"{prefix}two"))


def outline(number: int = 1, previous: bytes | None = None) -> BatchOutline:
    """Return the outline of a batch in the test session."""
    return BatchOutline(SESSION, number, previous or bytes(32), None)


def change(
    number: int = 1,
    value: Value = "valor inventado",
    *,
    bases: tuple[ChangeId, ...] = (),
    kind: str = "case",
    field: str = "case_1",
    record: int = 1,
    registry: FieldRegistry = REGISTRY,
) -> Change:
    """Return an invented change; ``number`` is its counter in the session."""
    return new_change(
        registry,
        kind=kind,
        record_id=RecordId(f"{record:032x}"),
        field=field,
        value=value,
        stamp=Stamp(1_760_000_000_000 + 1000 * number, SESSION, number),
        author=AuthorId("ab" * 16),
        bases=bases,
    )
