"""How a laptop comes to be, and how it is opened by somebody's words.

Part of the composition root. Storage thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.definitions import load
from app.domain.change import AuthorId, RecordId
from app.domain.definitions import Definitions
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.value import Value, set_value
from app.laptop import CENTRE, DEVICE_SEED, PERSON, FirstPerson, Laptop, laptop_of
from app.services import accounts, leavers, rebuild
from app.services.forms import change_fields
from app.services.machine_watch import note_lost_end
from app.services.ports import Clock, Ids, UnitOfWork
from app.services.read_models import CentreProfile
from app.services.replication import Arrived
from app.word_list import spoken
from db.folder import Unlocked, renewed, set_up, unlock
from db.key_slots import opened
from db.presence import VAULT_NAME
from db.rotation import stays_behind
from db.store import Store
from db.vault import BOUNDS

__all__ = ["introduce", "open_laptop", "set_up_laptop"]

_LOG: Final = logging.getLogger("qispi.laptop")


def set_up_laptop(
    folder: Path,
    passphrase: str,
    *,
    person: str,
    role: str,
    roles: Sequence[str] = (),
    centre: CentreProfile,
    clock: Clock,
    ids: Ids,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
    definitions: Definitions | None = None,
) -> Laptop:
    """Make the vault and the database of a laptop, with its person and device keys, and open it.
    ``role`` is the person's service, ``roles`` those that she holds besides.

    ``definitions`` are the shipped ones that hold today, by default. Raises DomainError
    ``already_set_up``, ``people_no_account``, those of ``check_new_passphrase``; EnvironmentFault.
    """
    definitions = definitions or load(day=clock.today())
    accounts.check_roles(definitions.authorisation, (role, *roles))

    def first(uow: UnitOfWork) -> None:
        author = AuthorId(ids.new_record_id())
        held = tuple(dict.fromkeys((role, *roles)))
        uow.local.put(PERSON, msgspec.msgpack.encode(FirstPerson(author, person, role, held)))
        uow.local.put(CENTRE, msgspec.msgpack.encode(centre))
        uow.local.put(DEVICE_SEED, SecretKey.random().reveal())
        uow.commit()

    made = set_up(folder, passphrase, definitions.registry, first, cost=cost, bounds=bounds)
    with _closed_on_failure(made):
        laptop = laptop_of(made.store, definitions, clock, ids, vault=made.vault)
        introduce(laptop, roles)
    return laptop


def open_laptop(
    folder: Path,
    passphrase: str,
    clock: Clock,
    ids: Ids,
    *,
    tag: str | None = None,
    cost: Argon2Cost | None = None,
    bounds: Argon2Bounds = BOUNDS,
    definitions: Definitions | None = None,
) -> Laptop:
    """Open a laptop's vault and database. Slow (Argon2id).

    ``tag``: of whose slot the words are; without one, of whichever they open. ``cost``: what a
    guess at them shall cost from now on, unless it costs more already. Where somebody left, the key
    is replaced first, which takes some ten seconds a gigabyte.

    ``definitions`` are the shipped ones that hold today, by default. Raises DomainError
    ``passphrase_wrong``, ``file_not_ours``, ``file_damaged``, ``database_damaged``,
    ``file_newer``, ``not_set_up``, ``account_ended``, ``account_unknown``; EnvironmentFault.
    """
    definitions = definitions or load(day=clock.today())
    unlocked = unlock(folder, passphrase, definitions.registry, tag=tag, bounds=bounds)
    with _closed_on_failure(unlocked):
        beside = _only_beside(unlocked.store)
    try:
        # Replacing the key makes the file of batches anew, of what the database has.
        after = _renewed(folder, unlocked, definitions) if beside == {} else unlocked
    except EnvironmentFault as fault:
        _LOG.warning("key_not_renewed %s", fault.message_id)  # the next opening tries again
        after = unlock(folder, passphrase, definitions.registry, tag=tag, bounds=bounds)
    with _closed_on_failure(after):
        laptop = laptop_of(after.store, definitions, clock, ids, vault=after.vault)
        if after.vault.file.generation != unlocked.vault.file.generation:
            _note_renewal(laptop, stays_behind(folder))
        _tell_lost(laptop, after.lost)
        _introduce_first(laptop)
        _regain(laptop, beside or {})
        _renew_epoch(laptop)
        _make_dearer(laptop, folder / VAULT_NAME, passphrase, cost)
    return laptop


@contextlib.contextmanager
def _closed_on_failure(unlocked: Unlocked) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(QispiError):
            unlocked.store.close()
        if isinstance(error, QispiError) and error.message_id == "file_damaged":
            raise DomainError("database_damaged") from None
        raise


def _renewed(folder: Path, unlocked: Unlocked, definitions: Definitions) -> Unlocked:
    """Replace the key of the database if somebody left since the last opening."""
    with _closed_on_failure(unlocked), unlocked.store.unit() as uow:
        is_wanted = uow.local.get(accounts.RENEWAL) is not None
        ended = accounts.ended_slots(uow)
    if not is_wanted or unlocked.vault.opened.slot.id in ended:
        return unlocked  # whoever left is told so, and changes nothing
    return renewed(folder, unlocked, definitions.registry, leaving=ended)


def _only_beside(store: Store) -> dict[bytes, bytes] | None:
    """Return the batches, by their ids, that only the file beside the database has: it was put back
    to an older state. None: nobody knows now, and the next opening looks again."""
    try:
        found = store.batches_only_beside()
    except QispiError:  # it holds no work up
        return None
    # Where that file could not be read when the database was opened it seems to have nothing.
    return None if store.second_trouble and not found else found


def _regain(laptop: Laptop, batches: Mapping[bytes, bytes]) -> None:
    """Take these batches in."""
    if not batches or laptop.envelope is None or laptop.keys is None:
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


def _introduce_first(laptop: Laptop) -> None:
    """Write who a laptop was set up for, where that was cut off: with her roles, or nobody could
    ever let anybody in. One of a centre was whole once: what it lacks comes by synchronising."""
    actor = laptop.desk.actor
    if laptop.keys is not None:
        return
    with laptop.store.unit() as uow:
        is_known = accounts.named(uow, RecordId(actor.id)) is not None
    if actor.name and not is_known:
        introduce(laptop, actor.roles)


def _renew_epoch(laptop: Laptop) -> None:
    """Renew the secret of the centre where somebody left and that was cut off, or where she left at
    a laptop that does not administer it."""
    with laptop.store.unit() as uow:
        is_due = leavers.is_renewal_due(uow)
    if is_due and laptop.administers:
        with contextlib.suppress(EnvironmentFault):  # the next opening tries again
            laptop.renew_epoch()


def _make_dearer(laptop: Laptop, path: Path, typed: str, cost: Argon2Cost | None) -> None:
    """Wrap what her words open anew where a guess at them shall cost more. What the disk or the
    memory refuses waits for the next opening: what is there opens as before."""
    entered = laptop.vault
    if entered is None or cost is None:
        return
    slot = entered.opened.slot
    if (cost.memory_kib, cost.passes) <= (slot.cost.memory_kib, slot.cost.passes):
        return
    with contextlib.suppress(EnvironmentFault):
        for words in spoken(typed):  # by the words that are hers, not by their first letters
            with contextlib.suppress(DomainError):
                opened(entered.file, slot.tag, words)
                laptop.vault = entered.at_cost(words, cost).keep(path)
                return


def _tell_lost(laptop: Laptop, lost: str) -> None:
    if lost:
        with laptop.store.unit() as uow:
            note_lost_end(uow, laptop.desk, lost)


def _note_renewal(laptop: Laptop, behind: Iterable[str]) -> None:
    with laptop.store.unit() as uow:
        uow.local.put(accounts.RENEWAL, None)
        uow.local.put(accounts.FORMER_KEY, "\n".join(sorted(behind)).encode() or None)
        uow.audit.append(
            actor=laptop.desk.actor.id,
            action="key_renewed",
            object_id=str(laptop.vault.file.generation) if laptop.vault else "",
            at_ms=laptop.desk.clock.now_ms(),
        )
        uow.commit()


def introduce(laptop: Laptop, roles: Sequence[str]) -> None:
    """Write who works here as a record, with the roles that she holds besides her service, so that
    colleagues' laptops can say who changed what. Commits."""
    actor = laptop.desk.actor
    person = RecordId(actor.id)
    held = tuple(dict.fromkeys((actor.role, *roles)))
    written: dict[str, Value] = {accounts.NAME: actor.name, accounts.ROLE: actor.role}
    if roles:
        written[accounts.ROLES] = set_value(held)
    with laptop.store.unit() as uow:
        change_fields(
            uow,
            laptop.desk,
            {accounts.key_of(person, field): value for field, value in written.items()},
        )
        uow.commit()
    laptop.desk = replace(laptop.desk, actor=replace(actor, roles=held))
