"""An invented centre with real keys, the same at every run: chance comes from the seed alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.envelope.keyring import DeviceKeys, Keyring, ServerAddress, epoch_tag
from sync.envelope.region import RegionRoot
from sync.protocol.roster import (
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    Grant,
    next_place,
    sign_statement,
)
from sync.server.services import Region
from tests.support import centres

__all__ = [
    "LETTERS",
    "MEMBER",
    "NEIGHBOUR",
    "SimCentre",
    "neighbour_keyring",
    "sim_centre",
    "strange_keyring",
]

LETTERS = "ABCD"
MEMBER = "M"
"""The letter of a device of the centre of which somebody malicious holds the keys."""

_CENTRE = b"\x51" * 16
NEIGHBOUR = b"simulated centre"
"""The id of another centre of the region: stands in clear in all that is of it, and nowhere else."""


@dataclass(frozen=True, slots=True)
class SimCentre:
    """The region's identity, and what each laptop knew on the day it was enrolled."""

    id: bytes
    region: Region
    keyrings: tuple[Keyring, ...]
    member: Keyring
    """The keyring of the malicious member, and with it the statement that grants it."""

    def keyring(self, letter: str, letters: str) -> Keyring:
        """Return what the laptop of a letter starts with, in a centre that has these laptops: the
        administrator granted them all."""
        found = self.keyrings[LETTERS.index(letter)]
        if found.device.id != self.admin:
            return found
        return found.with_statements(self.keyrings[LETTERS.index(letters[-1])].statements)

    @property
    def admin(self) -> bytes:
        """The id of the device that grants and revokes."""
        return self.keyrings[0].device.id


@cache
def sim_centre() -> SimCentre:
    """Return the centre: A was granted by the root, the others one after the other by A.

    So B does not know C yet, and learns of it on the way, by server or stick.
    """
    root = RegionRoot(centres.seed("simulated root"))
    key = Ed25519PrivateKey.from_private_bytes(centres.seed("simulated server").reveal())
    region = Region(key, root.public, "Región Inventada")
    address = ServerAddress(
        url="https://region.example", server_key=region.public, ca_der=centres.SERVER.ca_der
    )
    epoch = centres.seed("simulated epoch")
    admin = DeviceKeys(centres.seed("simulated A"))
    statements: list[bytes] = []
    keyrings = []
    for letter in (*LETTERS, MEMBER):
        keys = DeviceKeys(centres.seed(f"simulated {letter}"))
        grant = Grant(
            device=keys.id_in(_CENTRE),
            sign_key=keys.signing.public,
            enc_key=keys.recipient.public,
            role=ROLE_DEVICE if statements else ROLE_ADMIN,
            letter=letter,
            label="",
            server=address.pin(),
        )
        by = admin.id_in(_CENTRE) if statements else ROOT
        place = next_place(statements, by, _CENTRE)
        sign = admin.sign if statements else root.sign
        statements.append(sign_statement(grant, centre=_CENTRE, by=by, place=place, sign=sign))
        keyrings.append(
            Keyring.of(
                keys,
                centre=_CENTRE,
                root_key=root.public,
                epochs=[epoch],
                current=epoch_tag(epoch),
                statements=statements,
                server=address,
            )
        )
    member = keyrings.pop()
    return SimCentre(_CENTRE, region, tuple(keyrings), member)


@cache
def neighbour_keyring() -> Keyring:
    """Return the keyring of the one laptop of another centre of the same region, on its server."""
    root = RegionRoot(centres.seed("simulated root"))
    keys, epoch = (centres.seed(f"simulated neighbour{what}") for what in ("", "'s epoch"))
    device = DeviceKeys(keys)
    grant = Grant(
        device=device.id_in(NEIGHBOUR),
        sign_key=device.signing.public,
        enc_key=device.recipient.public,
        role=ROLE_ADMIN,
        letter="N",
        label="",
        server=sim_centre().keyrings[0].server.pin(),
    )
    place = next_place([], ROOT, NEIGHBOUR)
    said = sign_statement(grant, centre=NEIGHBOUR, by=ROOT, place=place, sign=root.sign)
    return Keyring.of(
        device,
        centre=NEIGHBOUR,
        root_key=root.public,
        epochs=[epoch],
        current=epoch_tag(epoch),
        statements=[said],
        server=sim_centre().keyrings[0].server,
    )


@cache
def strange_keyring() -> Keyring:
    """Return the keyring of another centre, whose laptops use the same sticks."""
    first = centres.first_laptop("simulated stranger", centre=b"\x52" * 16)
    epoch = centres.seed("simulated strange epoch")
    return Keyring.of(
        first.keys,
        centre=first.centre,
        root_key=first.root_key,
        epochs=[epoch],
        current=epoch_tag(epoch),
        statements=first.statements,
        server=first.server,
    )
