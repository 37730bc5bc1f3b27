"""Who opens this laptop: a way in for each person, one by paper, and the key they all lead to.

A random 256-bit key K opens the database. Each person's five words unwrap 32 bytes of her own
(Argon2id, :mod:`app.crypto.sealing`), from which her key pair grows; K is sealed to that, and to
the key pair of the paper sheets (HPKE, :mod:`app.crypto.recipient`). So people come and go, forget
their words and choose others, and K is replaced, and nobody else's words are needed for any of it.

Everything in the file is bound together by an HMAC-SHA256 under K: whoever adds a slot of their own
or changes a public key, and waits for K to be replaced, is found out before anything is sealed to
them. An older copy of the file opens only the K of its time.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from app.crypto.derive import LABEL_PREFIX, derive_bytes
from app.crypto.passphrase import SALT_BYTES, Argon2Cost, check_new_passphrase, derive_key
from app.crypto.person import PersonKey
from app.crypto.recipient import RecipientKey, SealError, seal_to
from app.crypto.sealing import open_sealed, seal_under
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from db.key_file import ID_BYTES, SLOTS_MAX, TAG_LENGTH, TAG_LETTERS, KeyFile, Recovery, Slot

__all__ = [
    "Opened",
    "changed_words",
    "checked",
    "new_file",
    "opened",
    "opened_by_sheets",
    "rotated",
    "slot_after",
    "with_person",
    "with_recovery",
    "without",
    "without_people",
    "wrapped_anew",
]

Draw = Callable[[int], bytes]
"""Gives so many random bytes (``secrets.token_bytes``)."""

_KIND: Final = "vault-seed"
_MAC: Final = "vault-slots"
_AFTER: Final = "vault-slot-after"
_RECOVERY: Final = b"recovery"


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody's words opened: the key of the database, her own keys, and her slot."""

    key: SecretKey
    person: PersonKey
    slot: Slot


def new_file(
    words: str,
    *,
    cost: Argon2Cost,
    draw: Draw,
    key: SecretKey | None = None,
    is_checked: bool = True,
) -> tuple[KeyFile, Opened]:
    """Return the vault of a laptop with its first person. Slow (Argon2id).

    ``key`` is that of a database which is there already, else a new one. Raises as
    ``check_new_passphrase`` does unless the words open it already (``is_checked=False``);
    EnvironmentFault ``not_enough_memory``.
    """
    empty = KeyFile(draw(ID_BYTES), 1, (), None)
    key = key or SecretKey(draw(KEY_BYTES))
    if is_checked:
        check_new_passphrase(words)
    return _with_person(_sealed(empty, key), key, words, None, cost=cost, draw=draw)


def opened(file: KeyFile, tag: str, words: str) -> Opened:
    """Return what these words open in the slot of this tag. Slow (Argon2id).

    Raises DomainError ``passphrase_wrong`` for whatever does not open with them, also where there
    is no such slot; ``vault_altered`` where they opened her own keys and the rest of the file is
    not what was written with them; EnvironmentFault ``not_enough_memory``.
    """
    slot = next((one for one in file.slots if one.tag == tag), None)
    if slot is None:
        raise DomainError("passphrase_wrong")
    wrapping = derive_key(words, salt=slot.salt, cost=slot.cost)
    try:
        bound = _bound(file.id, slot)
        seed = SecretKey(open_sealed(wrapping, _KIND, slot.seed, salt=slot.nonce, bound=bound))
    except SealError:
        raise DomainError("passphrase_wrong") from None
    finally:
        wrapping.wipe()
    person = PersonKey(seed)
    if not hmac.compare_digest(person.public, slot.public):
        raise DomainError("vault_altered")
    key = _unboxed(file, person.receiving, slot.box, slot.id)
    checked(file, key)
    return Opened(key, person, slot)


def opened_by_sheets(file: KeyFile, secret: SecretKey) -> tuple[KeyFile, SecretKey]:
    """Return the key of the database by the secret that two sheets gave, and the file to which
    people can be added again: where nobody was left (:func:`without_people`), it is as good as new.

    Raises DomainError ``sheets_of_another`` where they are not those of this laptop's centre, or
    it has none; ``vault_altered``.
    """
    recipient = RecipientKey(secret)
    recovery = file.recovery
    if recovery is None or not hmac.compare_digest(recipient.public, recovery.public):
        raise DomainError("sheets_of_another")
    key = _unboxed(file, recipient, recovery.box, _RECOVERY)
    if file.slots:
        return checked(file, key), key
    # Nothing is left that somebody could have put there, but for what these sheets opened.
    return _sealed(file, key), key


def checked(file: KeyFile, key: SecretKey) -> KeyFile:
    """Return the file if it is as it was written under this key. Raises DomainError
    ``vault_altered``: nothing may be sealed to what stands in it."""
    if not hmac.compare_digest(_mac(file, key), file.mac):
        raise DomainError("vault_altered")
    return file


def slot_after(key: SecretKey, former: bytes) -> bytes:
    """Return the id of the slot that comes after a person's former one, by which she enters with
    words given anew: a database that is older than these words knows whose they are by it, and
    nobody without the key can make one."""
    return hmac.digest(derive_bytes(key, _AFTER, KEY_BYTES), former, "sha256")[:ID_BYTES]


def with_person(
    file: KeyFile,
    key: SecretKey,
    words: str,
    *,
    cost: Argon2Cost,
    draw: Draw,
    former: bytes | None = None,
) -> tuple[KeyFile, Opened]:
    """Return the file with one person more, and what her words open; or with another slot for one
    whose ``former`` stands in it still. Those that came after it already go: a database that was
    put back does not know of them. Slow (Argon2id).

    Raises DomainError ``vault_altered``, ``vault_full`` (``limit``), as ``check_new_passphrase``;
    EnvironmentFault ``not_enough_memory``.
    """
    checked(file, key)
    check_new_passphrase(words)
    if len(file.slots) >= SLOTS_MAX:
        raise DomainError("vault_full", limit=SLOTS_MAX)
    return _with_person(file, key, words, former, cost=cost, draw=draw)


def _with_person(
    file: KeyFile,
    key: SecretKey,
    words: str,
    former: bytes | None,
    *,
    cost: Argon2Cost,
    draw: Draw,
) -> tuple[KeyFile, Opened]:
    person = PersonKey(SecretKey(draw(KEY_BYTES)))
    slot_id = draw(ID_BYTES) if former is None else slot_after(key, former)
    there, gone = {one.id for one in file.slots}, set[bytes]()
    while slot_id in there:  # a file with two slots of one id would open for nobody
        gone.add(slot_id)
        slot_id = slot_after(key, slot_id)
    file = replace(file, slots=tuple(one for one in file.slots if one.id not in gone))
    tag = _new_tag(file, draw)
    box = _boxed(file, key, person.public, slot_id)
    bare = Slot(slot_id, tag, cost, b"", person.public, b"", b"", box)
    slot = _wrapped(file.id, bare, person, words, cost=cost, draw=draw)
    return _sealed(replace(file, slots=(*file.slots, slot)), key), Opened(key, person, slot)


def changed_words(
    file: KeyFile, who: Opened, words: str, *, cost: Argon2Cost, draw: Draw
) -> KeyFile:
    """Return the file in which she opens her slot with other words. Slow (Argon2id). Raises as
    :func:`with_person` does, but ``vault_full``."""
    check_new_passphrase(words)
    return wrapped_anew(file, who, words, cost=cost, draw=draw)


def wrapped_anew(
    file: KeyFile, who: Opened, words: str, *, cost: Argon2Cost, draw: Draw
) -> KeyFile:
    """Return the file in which the words that she has open her slot at another cost. Slow
    (Argon2id). Raises DomainError ``vault_altered``; EnvironmentFault ``not_enough_memory``."""
    checked(file, who.key)
    slots = tuple(
        _wrapped(file.id, one, who.person, words, cost=cost, draw=draw)
        if one.id == who.slot.id
        else one
        for one in file.slots
    )
    return _sealed(replace(file, slots=slots), who.key)


def without(file: KeyFile, key: SecretKey, slots: Collection[bytes]) -> KeyFile:
    """Return the file without these slots, by their ids. The key stays: an older copy of the file
    opens it by them until :func:`rotated`.

    Raises DomainError ``vault_altered``; ``vault_last`` where nobody would be left.
    """
    staying = tuple(one for one in checked(file, key).slots if one.id not in slots)
    if not staying:
        raise DomainError("vault_last")
    return _sealed(replace(file, slots=staying), key)


def without_people(file: KeyFile) -> KeyFile:
    """Return the file that only two sheets open: what the panic key leaves. Needs no key."""
    return replace(file, slots=())


def with_recovery(file: KeyFile, key: SecretKey, set_id: bytes, public: bytes) -> KeyFile:
    """Return the file that two sheets of this set open. Raises DomainError ``vault_altered``."""
    box = _boxed(checked(file, key), key, public, _RECOVERY)
    return _sealed(replace(file, recovery=Recovery(set_id, public, box)), key)


def rotated(
    file: KeyFile, key: SecretKey, new_key: SecretKey, *, leaving: Collection[bytes] = ()
) -> KeyFile:
    """Return the file of the next generation: the new key, sealed to everybody but the slots of
    those who leave, by their ids, and to the sheets. Raises DomainError ``vault_altered``."""
    checked(file, key)
    generation = file.generation + 1
    bare = replace(file, generation=generation)
    staying = tuple(
        replace(one, box=_boxed(bare, new_key, one.public, one.id))
        for one in file.slots
        if one.id not in leaving
    )
    recovery = file.recovery and replace(
        file.recovery, box=_boxed(bare, new_key, file.recovery.public, _RECOVERY)
    )
    return _sealed(replace(bare, slots=staying, recovery=recovery), new_key)


def _wrapped(
    vault: bytes, slot: Slot, person: PersonKey, words: str, *, cost: Argon2Cost, draw: Draw
) -> Slot:
    fresh = replace(slot, cost=cost, salt=draw(SALT_BYTES), nonce=draw(SALT_BYTES))
    wrapping = derive_key(words, salt=fresh.salt, cost=cost)
    try:
        content, bound = person.seed.reveal(), _bound(vault, fresh)
        return replace(
            fresh, seed=seal_under(wrapping, _KIND, content, salt=fresh.nonce, bound=bound)
        )
    finally:
        wrapping.wipe()


def _bound(vault: bytes, slot: Slot) -> bytes:
    """Return what her wrapped bytes open together with only: all that a guess rests on."""
    cost = slot.cost
    numbers = (cost.memory_kib, cost.passes, cost.lanes)
    costs = b"".join(number.to_bytes(8, "big") for number in numbers)
    return vault + slot.id + slot.tag.encode("ascii") + costs + slot.salt + slot.public


def _boxed(file: KeyFile, key: SecretKey, public: bytes, whose: bytes) -> bytes:
    try:
        return seal_to(public, key.reveal(), context=_context(file, whose))
    except SealError:
        raise DomainError("vault_altered") from None


def _unboxed(file: KeyFile, recipient: RecipientKey, box: bytes, whose: bytes) -> SecretKey:
    try:
        return SecretKey(recipient.open(box, context=_context(file, whose)))
    except (SealError, ValueError):
        raise DomainError("vault_altered") from None


def _context(file: KeyFile, whose: bytes) -> bytes:
    generation = file.generation.to_bytes(8, "big")
    return LABEL_PREFIX + b"vault-box/" + file.id + generation + whose


def _sealed(file: KeyFile, key: SecretKey) -> KeyFile:
    return replace(file, mac=_mac(file, key))


def _mac(file: KeyFile, key: SecretKey) -> bytes:
    return hmac.digest(derive_bytes(key, _MAC, KEY_BYTES), file.bound(), "sha256")


def _new_tag(file: KeyFile, draw: Draw) -> str:
    taken = {one.tag for one in file.slots}
    while True:
        tag = "".join(TAG_LETTERS[byte % len(TAG_LETTERS)] for byte in draw(TAG_LENGTH))
        if tag not in taken:
            return tag
