"""One laptop: its folder opened, its keys, its desk; and how it joins a centre.

Part of the composition root. Storage thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

from app.crypto.secret import SecretKey
from app.domain.change import AuthorId
from app.domain.definitions import Definitions
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.stamp import SESSION_BYTES, Stamper
from app.peru_calendar import PeruHolidays
from app.services import (
    access,
    accounts,
    backups,
    case_ties,
    leavers,
    people_index,
    referral_entries,
    replication,
)
from app.services.device_ports import CentreDevice
from app.services.looks import note_keys
from app.services.ports import Actor, Clock, Desk, Ids, UnitOfWork
from app.services.read_models import CentreProfile
from app.similarity import likeness
from db.key_file import TAG_LETTERS
from db.store import Store
from db.vault import Entered
from sync.client.keys import KEYRING, HeldKeys
from sync.envelope import enrolment, leaving
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol.errors import ProtocolError
from sync.protocol.roster import ROLE_ADMIN

__all__ = [
    "CENTRE",
    "DEVICE_SEED",
    "NEEDED",
    "PERSON",
    "PROVISIONAL_TAG",
    "REQUEST",
    "FirstPerson",
    "Laptop",
    "device_keys",
    "keep_joined",
    "laptop_of",
]

PERSON: Final = "laptop/person"
CENTRE: Final = "laptop/centre"
DEVICE_SEED: Final = "laptop/device_seed"
NEEDED: Final = (PERSON, CENTRE, DEVICE_SEED)
"""What a database cannot be opened without."""

_MANAGE_DEVICES: Final = "manage_devices"
_JOIN_CENTRE: Final = "join_centre"
REQUEST: Final = "laptop/enrolment_request"
"""The solicitud to join a centre, until it is answered."""

PROVISIONAL_TAG: Final = "laptop/provisional_tag"
"""What stands for the letter of a laptop in the numbers of its cases, until a roster gives one."""

_TAG_LENGTH: Final = 4
"""Longer than any letter of a roster (one or two): a tag is never taken for one."""


class FirstPerson(msgspec.Struct, frozen=True, array_like=True):
    """Whom a laptop was set up for: she works at one that has no vault, and in a database of before
    there were accounts."""

    id: str
    name: str
    role: str
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class Laptop:
    """An open laptop. ``keys`` and ``envelope`` are None until it belongs to a centre."""

    store: Store
    desk: Desk
    centre: CentreProfile
    keys: HeldKeys | None
    envelope: CentreEnvelope | None
    vault: Entered | None = None
    """What opened it; None where there is no vault (practice, the simulator)."""
    endings: list[Callable[[], None]] = field(default_factory=list)
    """What ends with it: a connection that stands. Called on the thread that closes it."""

    def seal(self) -> int:
        """Seal the oldest of what waits into one batch; return how many changes, 0 when none do.

        So what was typed is in the second file of batches long before it can be sent. Commits.
        Raises EnvironmentFault of the disk: nothing is lost, and the next time is tried again.
        """
        if self.envelope is None:
            return 0
        with self.store.unit() as uow:
            return replication.seal_pending(uow, self.desk, self.envelope)

    def close(self) -> None:
        """Seal what was typed, move everything into the file and close it, also when the disk
        refuses the first."""
        with contextlib.ExitStack() as closing:
            closing.callback(self.store.close)
            for end in self.endings:
                closing.callback(end)
            with contextlib.suppress(QispiError):
                self.seal()
            self.store.checkpoint()

    def request(self) -> tuple[bytes, str]:
        """Return the solicitud to join a centre and its 32 digits, the same until answered.

        Raises DomainError ``enrolment_already``, and as :func:`app.services.access.ask`.
        """
        with self.store.unit() as uow:
            _ask_to_join(uow, self.desk)
            _refuse_if_enrolled(uow)
            content = uow.local.get(REQUEST)
            if content is None:
                content = enrolment.make_request(device_keys(uow))
                uow.local.put(REQUEST, content)
                uow.commit()
        return content, enrolment.request_code(content)

    def accept(self, reply: bytes, typed: str) -> Laptop:
        """Join the centre that answered; return the laptop as it is from now on.

        Raises DomainError ``enrolment_already``, as :func:`app.services.access.ask`, and as
        :func:`sync.envelope.enrolment.accept` does; a refusal changes nothing.
        """
        with self.store.unit() as uow:
            _ask_to_join(uow, self.desk)
            _refuse_if_enrolled(uow)
            request = uow.local.get(REQUEST)
            if request is None:
                raise DomainError("enrolment_other_device")
            accepted = enrolment.accept(device_keys(uow), request, reply, typed)
            keep_joined(uow, self.desk, accepted.keyring, accepted.profile)
        desk = self.desk
        return laptop_of(self.store, desk.definitions, desk.clock, desk.ids, vault=self.vault)

    def grant(self, request: bytes, typed: str) -> tuple[bytes, str]:
        """Grant another laptop; return the respuesta and its 32 digits. Raises DomainError."""
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        with self.store.unit() as uow:
            access.ask(uow, self.desk, _MANAGE_DEVICES)
            keyring = self.keys.with_stored(uow)
            granted = enrolment.grant(keyring, request, typed, profile=self.centre)
            new = granted.keyring.roster.devices.keys() - keyring.roster.devices.keys()
            uow.audit.append(
                actor=self.desk.actor.id,
                action="device_granted",
                object_id=next(iter(new), b"").hex(),
                at_ms=self.desk.clock.now_ms(),
            )
            self.keys.keep(uow, granted.keyring.statements)
        return granted.reply, enrolment.reply_code(granted.reply)

    @property
    def administers(self) -> bool | None:
        """Whether this laptop administers its centre, and so renews its secret; None where it
        belongs to none."""
        if self.keys is None:
            return None
        keyring = self.keys.keyring
        return keyring.device.role == ROLE_ADMIN and not keyring.is_revoked

    def renew_epoch(self) -> bool:
        """Give the laptops of the centre a secret that whoever left does not know; return whether
        this one can: only an administrator's does, and the others leave it to those
        (:mod:`app.services.leavers`). It travels with the next synchronisation. Where it falls due
        and is cut off, the next opening does it."""
        with self.store.unit() as uow:
            uow.local.put(accounts.EPOCH, None)
            if self.keys is None:
                uow.commit()
                return False
            try:
                after = leaving.renew_epoch(self.keys.with_stored(uow), self.desk.ids.random_bytes)
            except (DomainError, ProtocolError):
                uow.commit()
                return False
            leavers.note_renewed(uow)
            uow.audit.append(
                actor=self.desk.actor.id,
                action="epoch_renewed",
                object_id="",
                at_ms=self.desk.clock.now_ms(),
            )
            self.keys.keep(uow, after.statements)
        return True

    def devices(self) -> tuple[CentreDevice, ...]:
        """Return the devices of this laptop's centre, by letter. Raises DomainError
        ``sync_not_enrolled``."""
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        keyring = self.keys.keyring
        found = (
            CentreDevice(
                id=one.id,
                letter=one.letter,
                is_admin=one.role == ROLE_ADMIN,
                is_own=one.id == keyring.device.id,
                is_revoked=one.id in keyring.roster.revoked,
            )
            for one in keyring.roster.of_centre(keyring.centre)
        )
        return tuple(sorted(found, key=lambda one: (len(one.letter), one.letter)))

    def revoke(self, device: bytes) -> None:
        """Take a device out of the centre for good; what is sealed from now on it cannot open.

        Its revocation travels with the next synchronisation, or by stick. Raises DomainError
        ``sync_not_enrolled``, as :func:`app.services.access.ask`, and as
        :func:`sync.envelope.leaving.revoke` does.
        """
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        with self.store.unit() as uow:
            access.ask(uow, self.desk, _MANAGE_DEVICES)
            keyring = leaving.revoke(self.keys.with_stored(uow), device, self.desk.ids.random_bytes)
            uow.audit.append(
                actor=self.desk.actor.id,
                action="device_revoked",
                object_id=device.hex(),
                at_ms=self.desk.clock.now_ms(),
            )
            self.keys.keep(uow, keyring.statements)


def keep_joined(uow: UnitOfWork, desk: Desk, keyring: Keyring, profile: CentreProfile) -> None:
    """Write that this laptop belongs to a centre, by this keyring; in force once it is opened
    again. Commits."""
    uow.local.put(KEYRING, keyring.to_bytes())
    uow.local.put(CENTRE, msgspec.msgpack.encode(profile))
    uow.local.put(REQUEST, None)
    backups.note_joined(uow, desk)
    uow.audit.append(
        actor=desk.actor.id,
        action="enrolled",
        object_id=keyring.device.id.hex(),
        at_ms=desk.clock.now_ms(),
    )
    uow.commit()


def device_keys(uow: UnitOfWork) -> DeviceKeys:
    """Return the keys of this laptop's device. Raises DomainError ``file_damaged``."""
    return DeviceKeys(SecretKey(_needed(uow, DEVICE_SEED)))


def laptop_of(
    store: Store,
    definitions: Definitions,
    clock: Clock,
    ids: Ids,
    *,
    vault: Entered | None = None,
) -> Laptop:
    """Return the laptop of an open store, at which works whoever entered its ``vault``; without
    one, whom it was set up for.

    Raises DomainError ``file_damaged`` when its database does not say whose it is,
    ``account_ended``, ``account_unknown``.
    """
    with store.unit() as uow:
        people_index.bring_up_to_date(uow)
    with store.unit() as uow:
        referral_entries.bring_up_to_date(uow)
    with store.unit() as uow:
        case_ties.bring_up_to_date(uow)
    with store.unit() as uow:
        person = msgspec.msgpack.decode(_needed(uow, PERSON), type=FirstPerson)
        centre = msgspec.msgpack.decode(_needed(uow, CENTRE), type=CentreProfile)
        stored = uow.local.get(KEYRING)
        tag = _provisional_tag(uow, ids) if stored is None else ""
        first = Actor(AuthorId(person.id), person.name, person.role, person.roles)
        actor, is_of_copy = _who_entered(uow, first, vault, clock)
    keyring = Keyring.from_bytes(stored) if stored is not None else None
    envelope = CentreEnvelope(definitions.registry, keyring) if keyring else None
    keys = HeldKeys(keyring, _handed_to(envelope)) if keyring and envelope else None
    if keys is not None:
        with store.unit() as uow:
            keys.note_there(uow)
    desk = Desk(
        definitions=definitions,
        actor=actor,
        stamper=Stamper(ids.random_bytes(SESSION_BYTES)),
        clock=clock,
        ids=ids,
        likeness=likeness,
        holidays=PeruHolidays(),
        device_letter=keyring.device.letter if keyring else tag,
        centre_name=centre.name.strip(),
    )
    signer = vault.opened.person.signing if vault is not None else None
    store.work_at(desk, signer)
    if vault is not None and vault.is_kept:  # else her keys may be others at the next opening
        # A full disk keeps nobody out: the next opening notes it.
        with contextlib.suppress(EnvironmentFault), store.unit() as uow:
            note_keys(uow, desk, is_of_copy=is_of_copy)
    return Laptop(store, desk, centre, keys, envelope, vault)


def _who_entered(
    uow: UnitOfWork, first: Actor, vault: Entered | None, clock: Clock
) -> tuple[Actor, bool]:
    """Return who works here, and whether the database is older than her words."""
    if vault is None:
        return accounts.actor_of(uow, first, None), False
    entered = vault.opened.slot.id
    has_accounts = bool(accounts.accounts_of(uow))
    is_adopted = accounts.adopt(uow, first, entered, vault.slot_after, clock.now_ms())
    if is_adopted:
        uow.commit()
    return accounts.actor_of(uow, first, entered), is_adopted and has_accounts


def _provisional_tag(uow: UnitOfWork, ids: Ids) -> str:
    """Return what stands for the letter until a roster gives one: drawn once, then kept."""
    stored = uow.local.get(PROVISIONAL_TAG)
    if stored is not None:
        return stored.decode()
    tag = "".join(TAG_LETTERS[byte % len(TAG_LETTERS)] for byte in ids.random_bytes(_TAG_LENGTH))
    uow.local.put(PROVISIONAL_TAG, tag.encode())
    uow.commit()
    return tag


def _handed_to(envelope: CentreEnvelope) -> Callable[[Keyring], None]:
    """Return what hands a wider keyring to the envelope."""

    def hand(keyring: Keyring) -> None:
        envelope.keyring = keyring

    return hand


def _ask_to_join(uow: UnitOfWork, desk: Desk) -> None:
    """Refuse to join to whoever may not. On a laptop that was just begun its only person may,
    though she manages none: or it never joined. Where several work, who manages them decides."""
    is_alone = sum(one.is_living for one in accounts.accounts_of(uow)) <= 1
    access.ask(uow, desk, _JOIN_CENTRE if is_alone else _MANAGE_DEVICES)


def _refuse_if_enrolled(uow: UnitOfWork) -> None:
    # Another centre's secrets would take the place of these, and cases of one reach the other.
    if uow.local.get(KEYRING) is not None:
        raise DomainError("enrolment_already")


def _needed(uow: UnitOfWork, name: str) -> bytes:
    content = uow.local.get(name)
    if content is None:
        raise DomainError("file_damaged")
    return content
