"""One laptop: its folder opened, its keys, its desk; and how it joins a centre.

Part of the composition root. Storage thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.definitions import load
from app.domain.change import AuthorId, RecordId
from app.domain.definitions import Definitions
from app.domain.errors import DomainError, QispiError
from app.domain.records import Kind
from app.domain.stamp import SESSION_BYTES, Stamper
from app.peru_calendar import PeruHolidays
from app.services import people_index, rebuild, referral_entries, replication
from app.services.forms import change_fields
from app.services.ports import Actor, Clock, Desk, FieldKey, Ids, UnitOfWork
from app.services.read_models import CentreProfile
from app.services.replication import Arrived
from app.similarity import likeness
from db.folder import set_up, unlock
from db.store import Store
from db.vault import BOUNDS, Entered
from sync.client.keys import KEYRING, HeldKeys
from sync.envelope import enrolment, leaving
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol.roster import ROLE_ADMIN

__all__ = ["NEEDED", "Laptop", "laptop_of", "open_laptop", "set_up_laptop"]

_PERSON: Final = "laptop/person"
_CENTRE: Final = "laptop/centre"
_DEVICE_SEED: Final = "laptop/device_seed"
NEEDED: Final = (_PERSON, _CENTRE, _DEVICE_SEED)
"""What a database cannot be opened without."""

_REQUEST: Final = "laptop/enrolment_request"
_TAG: Final = "laptop/provisional_tag"
_TAG_LETTERS: Final = "BCDFGHJKLMNPQRST"
"""Sixteen, so that a byte picks evenly; without vowels, so that chance writes no word."""
_TAG_LENGTH: Final = 4
"""Longer than any letter of a roster (one or two): a tag is never taken for one."""


class _Person(msgspec.Struct, frozen=True, array_like=True):
    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class EnrolledDevice:
    """A device of the centre, as its roster has it."""

    id: bytes
    letter: str
    is_admin: bool
    is_own: bool
    is_revoked: bool


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

        Raises DomainError ``enrolment_already``.
        """
        with self.store.unit() as uow:
            _refuse_if_enrolled(uow)
            content = uow.local.get(_REQUEST)
            if content is None:
                content = enrolment.make_request(_device_keys(uow))
                uow.local.put(_REQUEST, content)
                uow.commit()
        return content, enrolment.request_code(content)

    def accept(self, reply: bytes, typed: str) -> Laptop:
        """Join the centre that answered; return the laptop as it is from now on.

        Raises DomainError ``enrolment_already``, and as :func:`sync.envelope.enrolment.accept`
        does; a refusal changes nothing.
        """
        with self.store.unit() as uow:
            _refuse_if_enrolled(uow)
            request = uow.local.get(_REQUEST)
            if request is None:
                raise DomainError("enrolment_other_device")
            accepted = enrolment.accept(_device_keys(uow), request, reply, typed)
            uow.local.put(KEYRING, accepted.keyring.to_bytes())
            uow.local.put(_CENTRE, msgspec.msgpack.encode(accepted.profile))
            uow.local.put(_REQUEST, None)
            uow.audit.append(
                actor=self.desk.actor.id,
                action="enrolled",
                object_id=accepted.keyring.device.id.hex(),
                at_ms=self.desk.clock.now_ms(),
            )
            uow.commit()
        return laptop_of(self.store, self.desk.definitions, self.desk.clock, self.desk.ids)

    def grant(self, request: bytes, typed: str) -> tuple[bytes, str]:
        """Grant another laptop; return the respuesta and its 32 digits. Raises DomainError."""
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        with self.store.unit() as uow:
            keyring = self.keys.with_stored(uow)
            granted = enrolment.grant(keyring, request, typed, profile=self.centre)
            self.keys.keep(uow, granted.keyring.statements)
        return granted.reply, enrolment.reply_code(granted.reply)

    def devices(self) -> tuple[EnrolledDevice, ...]:
        """Return the devices of this laptop's centre, by letter. Raises DomainError
        ``sync_not_enrolled``."""
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        keyring = self.keys.keyring
        found = (
            EnrolledDevice(
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
        ``sync_not_enrolled``, and as :func:`sync.envelope.leaving.revoke` does.
        """
        if self.keys is None:
            raise DomainError("sync_not_enrolled")
        with self.store.unit() as uow:
            keyring = leaving.revoke(self.keys.with_stored(uow), device, self.desk.ids.random_bytes)
            uow.audit.append(
                actor=self.desk.actor.id,
                action="device_revoked",
                object_id=device.hex(),
                at_ms=self.desk.clock.now_ms(),
            )
            self.keys.keep(uow, keyring.statements)


def set_up_laptop(
    folder: Path,
    passphrase: str,
    *,
    person: str,
    role: str,
    centre: CentreProfile,
    clock: Clock,
    ids: Ids,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
    definitions: Definitions | None = None,
) -> Laptop:
    """Make the vault and the database of a laptop, with its person and device keys, and open it.

    ``definitions`` are the shipped ones that hold today, by default. Raises DomainError
    ``already_set_up``, those of ``check_new_passphrase``; EnvironmentFault.
    """
    definitions = definitions or load(day=clock.today())

    def first(uow: UnitOfWork) -> None:
        author = AuthorId(ids.new_record_id())
        uow.local.put(_PERSON, msgspec.msgpack.encode(_Person(author, person, role)))
        uow.local.put(_CENTRE, msgspec.msgpack.encode(centre))
        uow.local.put(_DEVICE_SEED, SecretKey.random().reveal())
        uow.commit()

    made = set_up(folder, passphrase, definitions.registry, first, cost=cost, bounds=bounds)
    laptop = laptop_of(made.store, definitions, clock, ids)
    laptop.vault = made.vault
    _introduce(laptop)
    return laptop


def open_laptop(
    folder: Path,
    passphrase: str,
    clock: Clock,
    ids: Ids,
    *,
    bounds: Argon2Bounds = BOUNDS,
    definitions: Definitions | None = None,
) -> Laptop:
    """Open a laptop's vault and database. Slow (Argon2id).

    ``definitions`` are the shipped ones that hold today, by default. Raises DomainError
    ``passphrase_wrong``, ``file_not_ours``, ``file_damaged``, ``database_damaged``,
    ``file_newer``, ``not_set_up``; EnvironmentFault.
    """
    definitions = definitions or load(day=clock.today())
    unlocked = unlock(folder, passphrase, definitions.registry, bounds=bounds)
    store = unlocked.store
    try:
        laptop = laptop_of(store, definitions, clock, ids)
        laptop.vault = unlocked.vault
        _regain(laptop)
    except BaseException as error:
        with contextlib.suppress(QispiError):
            store.close()
        if isinstance(error, QispiError) and error.message_id == "file_damaged":
            raise DomainError("database_damaged") from None
        raise
    return laptop


def _regain(laptop: Laptop) -> None:
    """Take in the batches that only the file beside the database has: it was put back to an older
    state."""
    if laptop.envelope is None or laptop.keys is None:
        return
    try:
        batches = laptop.store.batches_only_beside()
    except QispiError:  # it holds no work up; the next opening looks again
        return
    if not batches:
        return
    arrived = (Arrived(name, content, None) for name, content in batches.items())
    desk = laptop.desk
    for _ in rebuild.take_batches(laptop.store.unit, desk, laptop.envelope, arrived):
        pass
    laptop.store.mark_own(laptop.keys.keyring.device.id)
    with laptop.store.unit() as uow:
        uow.audit.append(
            actor=desk.actor.id,
            action="batches_regained",
            object_id=str(len(batches)),
            at_ms=desk.clock.now_ms(),
        )
        uow.commit()


def laptop_of(store: Store, definitions: Definitions, clock: Clock, ids: Ids) -> Laptop:
    """Return the laptop of an open store. Raises DomainError ``file_damaged`` when its database
    does not say whose it is."""
    with store.unit() as uow:
        people_index.bring_up_to_date(uow)
    with store.unit() as uow:
        referral_entries.bring_up_to_date(uow)
    with store.unit() as uow:
        person = msgspec.msgpack.decode(_needed(uow, _PERSON), type=_Person)
        centre = msgspec.msgpack.decode(_needed(uow, _CENTRE), type=CentreProfile)
        stored = uow.local.get(KEYRING)
        tag = _provisional_tag(uow, ids) if stored is None else ""
    keyring = Keyring.from_bytes(stored) if stored is not None else None
    envelope = CentreEnvelope(definitions.registry, keyring) if keyring else None
    keys = HeldKeys(keyring, _replacing(envelope)) if keyring and envelope else None
    if keys is not None:
        with store.unit() as uow:
            keys.note_there(uow)
    desk = Desk(
        definitions=definitions,
        actor=Actor(AuthorId(person.id), person.name, person.role),
        stamper=Stamper(ids.random_bytes(SESSION_BYTES)),
        clock=clock,
        ids=ids,
        likeness=likeness,
        holidays=PeruHolidays(),
        device_letter=keyring.device.letter if keyring else tag,
        centre_name=centre.name.strip(),
    )
    return Laptop(store, desk, centre, keys, envelope)


def _provisional_tag(uow: UnitOfWork, ids: Ids) -> str:
    """Return what stands for the letter until a roster gives one: drawn once, then kept."""
    stored = uow.local.get(_TAG)
    if stored is not None:
        return stored.decode()
    tag = "".join(_TAG_LETTERS[byte % len(_TAG_LETTERS)] for byte in ids.random_bytes(_TAG_LENGTH))
    uow.local.put(_TAG, tag.encode())
    uow.commit()
    return tag


class _replacing:
    """Hands a wider keyring to the envelope."""

    def __init__(self, envelope: CentreEnvelope) -> None:
        self._envelope = envelope

    def __call__(self, keyring: Keyring) -> None:
        self._envelope.keyring = keyring


def _introduce(laptop: Laptop) -> None:
    """Write who works here as a record, so that colleagues' laptops can say who changed what."""
    desk = laptop.desk
    person = RecordId(desk.actor.id)
    with laptop.store.unit() as uow:
        change_fields(
            uow,
            desk,
            {
                FieldKey(Kind.PERSON, person, "name"): desk.actor.name,
                FieldKey(Kind.PERSON, person, "role"): desk.actor.role,
            },
        )
        uow.commit()


def _refuse_if_enrolled(uow: UnitOfWork) -> None:
    # Another centre's secrets would take the place of these, and cases of one reach the other.
    if uow.local.get(KEYRING) is not None:
        raise DomainError("enrolment_already")


def _device_keys(uow: UnitOfWork) -> DeviceKeys:
    return DeviceKeys(SecretKey(_needed(uow, _DEVICE_SEED)))


def _needed(uow: UnitOfWork, name: str) -> bytes:
    content = uow.local.get(name)
    if content is None:
        raise DomainError("file_damaged")
    return content
