"""Who belongs to a centre: a set of signed statements that only grows, evaluated without order.

Trust starts at the region's root key, which is kept offline. The root grants any device; a device
whose role is *admin* grants plain devices of its own centre, and nobody else grants anything. The
root revokes any device, an admin the plain ones of its centre, each device itself; a revocation
wins over every grant and is final. A server can withhold statements and can add none. Statements of
kinds or versions not known here are kept, passed on and ignored. The bytes of statements are in
:mod:`sync.protocol.statements`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sync.protocol.epochs import named_by_all
from sync.protocol.errors import CodecError
from sync.protocol.signature import Purpose, is_signed
from sync.protocol.statements import (
    ENC_KEY_BYTES,
    NO_STATEMENT,
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    EpochShare,
    Grant,
    Revoke,
    ServerPin,
    SignedStatement,
    Statement,
    StatementKind,
    centre_of,
    decode_signed,
    device_id,
    encode_signed,
    next_place,
    read_body,
    read_signed,
    read_statement,
    sign_statement,
    statement_id,
    statements_mark,
)
from sync.protocol.version import STATEMENT_VERSION

__all__ = [
    "ENC_KEY_BYTES",
    "NO_STATEMENT",
    "ROLE_ADMIN",
    "ROLE_DEVICE",
    "ROOT",
    "Device",
    "Epoch",
    "Grant",
    "Refused",
    "Roster",
    "ServerPin",
    "SignedStatement",
    "Statement",
    "StatementKind",
    "centre_of",
    "decode_signed",
    "device_id",
    "encode_signed",
    "evaluate",
    "next_place",
    "read_statement",
    "sign_statement",
    "statement_id",
]

_CUT_OFF: Final = "statement_revoked"


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was granted, and by whom."""

    id: bytes
    centre: bytes
    sign_key: bytes
    enc_key: bytes
    role: str
    letter: str
    label: str
    server: ServerPin | None
    by: bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """A secret of a centre, as one admin gave it out: sealed to each of some devices, by their ids.

    ``revoked`` are the devices that had been revoked when it was made. ``number`` counts its
    speaker's statements.
    """

    tag: bytes
    centre: bytes
    by: bytes
    number: int
    sealed: Mapping[bytes, bytes]
    revoked: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Refused:
    """A statement without effect, and why (a reason id)."""

    statement: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What a set of statements amounts to.

    ``devices`` are all that were granted, those of ``revoked`` too: what they signed is still
    theirs. ``epochs`` are in the order in which a device prefers them. ``proven`` are the ids of
    statements whose speaker was entitled to speak, also of kinds not known here: these are worth
    keeping and passing on. ``refused`` are those without effect, in id order; ``statement_revoked``
    among them are proven and would count if the revocation left them standing.
    """

    devices: Mapping[bytes, Device]
    proven: frozenset[bytes]
    refused: tuple[Refused, ...]
    revoked: frozenset[bytes] = frozenset()
    epochs: tuple[Epoch, ...] = ()

    @property
    def mark(self) -> bytes:
        """A short name for the set of proven statements."""
        return statements_mark(self.proven)

    def of_centre(self, centre: bytes) -> tuple[Device, ...]:
        """Return the devices of a centre, revoked ones too, in the order of their ids."""
        found = [device for device in self.devices.values() if device.centre == centre]
        return tuple(sorted(found, key=lambda device: device.id))

    def members(self, centre: bytes) -> tuple[Device, ...]:
        """Return the devices that belong to a centre now, in the order of their ids."""
        return tuple(one for one in self.of_centre(centre) if one.id not in self.revoked)

    def is_member(self, device: bytes, centre: bytes) -> bool:
        """Return whether a device belongs to a centre now."""
        found = self.devices.get(device)
        return found is not None and found.centre == centre and device not in self.revoked

    def gone(self, centre: bytes) -> frozenset[bytes]:
        """Return the ids of the devices that belonged to a centre and were revoked."""
        return frozenset(one.id for one in self.of_centre(centre) if one.id in self.revoked)

    def letters(self, centre: bytes) -> frozenset[str]:
        """Return the letters taken in a centre; that of a revoked device stays in its numbers."""
        return frozenset(device.letter for device in self.of_centre(centre))

    def fresh_epochs(self, centre: bytes) -> tuple[Epoch, ...]:
        """Return the epochs of a centre that no revoked device of it can know, the best one first.

        A device seals under the first that it can open. None while nobody was revoked means that
        the epoch of its keyring is as good; none after a revocation, that an admin has to make one.
        """
        gone = self.gone(centre)
        return tuple(
            epoch
            for epoch in self.epochs
            if epoch.centre == centre and gone <= epoch.revoked and not gone & epoch.sealed.keys()
        )

    def shares_for(self, device: bytes) -> tuple[tuple[bytes, bytes], ...]:
        """Return tag and sealed secret of every epoch that somebody gave to a device.

        Whether a secret is the one that its tag names shows when it is opened.
        """
        return tuple((one.tag, one.sealed[device]) for one in self.epochs if device in one.sealed)


def evaluate(statements: Collection[bytes], root_key: bytes) -> Roster:
    """Return what the statements amount to, whatever their order and repetition.

    Never raises: what does not hold is listed as refused. When a device was granted more than
    once, the root's grants count before an admin's, *admin* before *device*, then the lowest id.
    """
    heard = _Hearing(root_key)
    of_root: list[_Said] = []
    of_devices: list[_Said] = []
    for content in sorted(set(statements)):
        name = statement_id(content)
        try:
            said = _read(name, content)
        except CodecError as failure:
            heard.refused[name] = failure.reason
            continue
        (of_root if said.by == ROOT else of_devices).append(said)
    for said in of_root:
        heard.root_says(said)
    heard.devices_say(of_devices)
    return heard.roster()


@dataclass(frozen=True, slots=True)
class _Said:
    """A statement taken apart. ``body`` is None when its kind or version is not known here."""

    name: bytes
    signed: SignedStatement
    statement: Statement
    body: Grant | Revoke | EpochShare | None

    @property
    def by(self) -> bytes:
        return self.statement.by

    def is_by(self, sign_key: bytes) -> bool:
        return is_signed(sign_key, Purpose.STATEMENT, self.signed.statement, self.signed.signature)


_BODIES: Final[Mapping[int, type[Grant | Revoke | EpochShare]]] = {
    StatementKind.GRANT: Grant,
    StatementKind.REVOKE: Revoke,
    StatementKind.EPOCH: EpochShare,
}


def _read(name: bytes, content: bytes) -> _Said:
    signed, statement = read_signed(content)
    kind = _BODIES.get(statement.kind) if statement.version == STATEMENT_VERSION else None
    return _Said(name, signed, statement, read_body(kind, statement.body) if kind else None)


class _Hearing:
    """What was heard so far, while a set of statements is evaluated."""

    def __init__(self, root_key: bytes) -> None:
        self._root_key = root_key
        self._grants: dict[bytes, list[tuple[tuple[bool, bool, bytes], Device]]] = {}
        self._standing: dict[bytes, set[bytes]] = {}
        self._revoked: set[bytes] = set()
        self._shares: dict[tuple[bytes, bytes, bytes], list[tuple[int, bytes, EpochShare]]] = {}
        self.proven: set[bytes] = set()
        self.refused: dict[bytes, str] = {}

    def roster(self) -> Roster:
        return Roster(
            MappingProxyType(self._devices()),
            frozenset(self.proven),
            tuple(Refused(name, self.refused[name]) for name in sorted(self.refused)),
            frozenset(self._revoked),
            self._epochs(),
        )

    def root_says(self, said: _Said) -> None:
        if not said.is_by(self._root_key):
            self.refused[said.name] = "statement_signature"
        elif isinstance(said.body, EpochShare):
            # The region never holds a secret of a centre.
            self.refused[said.name] = "statement_speaker"
        elif isinstance(said.body, Grant):
            self._grant(said, said.body)
        else:
            self.proven.add(said.name)
            if isinstance(said.body, Revoke):
                self._revoked.add(said.body.device)
                self._leave_standing(said.body)

    def devices_say(self, sayings: list[_Said]) -> None:
        """Hear the admins first: who is a device is known when all their grants were heard."""
        admins = {one.id: one for one in self._devices().values() if one.role == ROLE_ADMIN}
        of_admins = [said for said in sayings if self._may_speak(said, admins.get(said.by))]
        self._resign(of_admins, admins)
        counting = [said for said in of_admins if self._counts(said)]
        for said in counting:
            if isinstance(said.body, Grant):
                self._grant(said, said.body)
        devices = self._devices()
        for said in counting:
            if isinstance(said.body, Revoke):
                self._revoke(said, said.body, devices)
            elif isinstance(said.body, EpochShare):
                self._share(said, said.body)
        for said in sayings:
            if said.by not in admins:
                self._resign_plain(said, devices.get(said.by))

    def _may_speak(self, said: _Said, admin: Device | None) -> bool:
        if admin is None:
            return False
        if admin.centre != said.statement.centre:
            self.refused[said.name] = "statement_wrong_centre"
        elif not said.is_by(admin.sign_key):
            self.refused[said.name] = "statement_signature"
        else:
            self.proven.add(said.name)
            return True
        return False

    def _resign(self, sayings: list[_Said], admins: Mapping[bytes, Device]) -> None:
        """Hear the admins that revoke themselves; of those that the root revoked, the root says
        what goes on counting.
        """
        revoked_by_root = self._revoked & admins.keys()
        for said in sayings:
            if isinstance(said.body, Revoke) and said.body.device == said.by:
                if said.by not in revoked_by_root:
                    self._leave_standing(said.body)
                    self._standing[said.by].add(said.name)
                self._revoked.add(said.by)

    def _leave_standing(self, body: Revoke) -> None:
        ids = {body.standing[at : at + 32] for at in range(0, len(body.standing), 32)}
        self._standing.setdefault(body.device, set()).update(ids)

    def _counts(self, said: _Said) -> bool:
        standing = self._standing.get(said.by)
        if standing is None or said.name in standing:
            return True
        self.refused[said.name] = _CUT_OFF
        return False

    def _revoke(self, said: _Said, body: Revoke, devices: Mapping[bytes, Device]) -> None:
        if body.device == said.by:
            return
        target = devices.get(body.device)
        if target is not None and target.centre != said.statement.centre:
            self._refuse(said, "statement_wrong_centre")
        elif target is not None and target.role == ROLE_ADMIN:
            self._refuse(said, "statement_role")
        else:
            self._revoked.add(body.device)

    def _resign_plain(self, said: _Said, device: Device | None) -> None:
        """Hear a plain device, which may say one thing: that it belongs here no longer."""
        is_resigning = isinstance(said.body, Revoke) and said.body.device == said.by
        if device is None or not is_resigning:
            self.refused[said.name] = "statement_speaker"
        elif device.centre != said.statement.centre:
            self.refused[said.name] = "statement_wrong_centre"
        elif not said.is_by(device.sign_key):
            self.refused[said.name] = "statement_signature"
        else:
            self.proven.add(said.name)
            self._revoked.add(said.by)

    def _refuse(self, said: _Said, reason: str) -> None:
        self.proven.discard(said.name)
        self.refused[said.name] = reason

    def _grant(self, said: _Said, grant: Grant) -> None:
        centre, by = said.statement.centre, said.by
        if grant.device != device_id(centre, grant.sign_key, grant.enc_key):
            self._refuse(said, "statement_device_id")
        elif by != ROOT and grant.role != ROLE_DEVICE:
            self._refuse(said, "statement_role")
        else:
            self.proven.add(said.name)
            device = Device(
                grant.device,
                centre,
                grant.sign_key,
                grant.enc_key,
                grant.role,
                grant.letter,
                grant.label,
                grant.server,
                by,
            )
            rank = (by != ROOT, grant.role != ROLE_ADMIN, said.name)
            self._grants.setdefault(grant.device, []).append((rank, device))

    def _share(self, said: _Said, share: EpochShare) -> None:
        name = (said.statement.centre, said.by, share.tag)
        self._shares.setdefault(name, []).append((said.statement.number, said.name, share))

    def _devices(self) -> dict[bytes, Device]:
        """Return the devices granted so far: of each the grant that counts, in id order."""
        return {
            device: min(grants, key=lambda grant: grant[0])[1]
            for device, grants in sorted(self._grants.items())
        }

    def _epochs(self) -> tuple[Epoch, ...]:
        ranked = []
        for (centre, by, tag), shares in self._shares.items():
            shares.sort(key=lambda share: share[:2])
            sealed: dict[bytes, bytes] = {}
            for _, _, share in shares:
                for one in share.sealed:
                    sealed.setdefault(one.device, one.sealed)
            revoked = named_by_all((share for _, _, share in shares), by)
            number, name, _ = shares[0]
            epoch = Epoch(tag, centre, by, number, MappingProxyType(sealed), revoked)
            ranked.append(((centre, -number, name), epoch))
        return tuple(epoch for _, epoch in sorted(ranked, key=lambda one: one[0]))
