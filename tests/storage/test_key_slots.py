"""Who opens a laptop: a way in for each person, one by paper; nobody's words for anybody else's."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.derive import derive_bytes
from app.crypto.passphrase import Argon2Bounds, Argon2Cost, derive_key
from app.crypto.person import PersonKey
from app.crypto.recipient import RecipientKey, seal_to
from app.crypto.sealing import seal_under
from app.crypto.secret import SecretKey
from app.crypto.sheets import SheetKind, joined, new_sheets
from app.domain.errors import DomainError
from db import key_file, key_slots
from db.key_file import SLOTS_MAX, KeyFile
from db.key_slots import Opened
from tests.support.storage import CHEAP, CHEAP_BOUNDS

HERS, ANAS, OTHER = (
    "ábaco sandía trébol gaviota farol",
    "tijera molino ladera ventana pincel",
    "camino naranja piedra ovillo tambor",
)


def drawing(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


DRAW = drawing(20261126)


def again(file: KeyFile) -> KeyFile:
    """Return the file as it comes off the disk."""
    return KeyFile.from_bytes(file.to_bytes(), CHEAP_BOUNDS)


def a_laptop(*, seed: int = 1) -> tuple[KeyFile, Opened, Opened]:
    """A laptop of two people."""
    draw = drawing(seed)
    file, she = key_slots.new_file(HERS, cost=CHEAP, draw=draw)
    file, ana = key_slots.with_person(file, she.key, ANAS, cost=CHEAP, draw=draw)
    return file, she, ana


FILE, SHE, ANA = a_laptop()
SECRET, SHEETS = new_sheets(SheetKind.CENTRE, drawing(2))
PAPER = key_slots.with_recovery(FILE, SHE.key, SHEETS[0].set_id, RecipientKey(SECRET).public)


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as found:
        work()
    return found.value.message_id


def test_each_opens_the_same_key_with_her_own_words() -> None:
    for who, words in ((SHE, HERS), (ANA, ANAS)):
        found = key_slots.opened(again(FILE), who.slot.tag, words)
        assert found.key == SHE.key
        assert found.person.public == who.person.public
        assert found.person.signing.public == who.person.signing.public
    assert SHE.person.public != ANA.person.public


@pytest.mark.parametrize("words", [ANAS, "", HERS.upper(), HERS + " más", "á" * 5_000])
def test_other_words_open_nothing_and_say_no_more(words: str) -> None:
    """(K1)"""
    assert refusal(lambda: key_slots.opened(FILE, SHE.slot.tag, words)) == "passphrase_wrong"


def test_a_tag_that_nobody_has_says_the_same_as_wrong_words() -> None:
    """(K1)"""
    tag = next(t for t in ("BB", "CC", "DD") if t not in {one.tag for one in FILE.slots})
    assert refusal(lambda: key_slots.opened(FILE, tag, HERS)) == "passphrase_wrong"


def test_wrong_words_and_then_the_right_ones_open_at_once() -> None:
    """(K1) Control: the right words open at once."""
    refusal(lambda: key_slots.opened(FILE, SHE.slot.tag, OTHER))
    assert key_slots.opened(FILE, SHE.slot.tag, HERS).key == SHE.key


def test_the_file_names_nobody_and_holds_no_secret_in_clear() -> None:
    content = PAPER.to_bytes()
    for secret in (SHE.key, SHE.person.seed, ANA.person.seed, SECRET):
        assert secret.reveal().hex().encode() not in content
        assert secret.reveal() not in content
    said = msgspec.json.decode(content)
    assert set(said) == {
        "format", "version", "suite", "id", "generation", "slots", "recovery", "mac", "check",
    }  # fmt: skip
    assert set(said["slots"][0]) == {"id", "tag", "argon2id", "public", "nonce", "seed", "box"}


def test_a_full_file_is_full_and_within_its_limit() -> None:
    file, draw = FILE, drawing(3)
    while len(file.slots) < SLOTS_MAX:
        file, _ = key_slots.with_person(file, SHE.key, OTHER, cost=CHEAP, draw=draw)
    assert len({one.tag for one in file.slots}) == SLOTS_MAX
    more = lambda: key_slots.with_person(file, SHE.key, OTHER, cost=CHEAP, draw=draw)  # noqa: E731
    assert refusal(more) == "vault_full"
    full = key_slots.with_recovery(file, SHE.key, b"12345", RecipientKey(SECRET).public)
    assert len(full.to_bytes()) < key_file.FILE_BYTES_MAX
    assert again(full) == full


# --- words and people change ---------------------------------------------------------------------


def test_changed_words_open_and_the_old_ones_no_more_and_nobody_else_notices() -> None:
    file = key_slots.changed_words(FILE, SHE, OTHER, cost=CHEAP, draw=DRAW)
    assert key_slots.opened(again(file), SHE.slot.tag, OTHER).person.public == SHE.person.public
    assert refusal(lambda: key_slots.opened(file, SHE.slot.tag, HERS)) == "passphrase_wrong"
    assert key_slots.opened(file, ANA.slot.tag, ANAS).key == SHE.key


def test_the_same_words_at_another_cost_are_the_same_person() -> None:
    dearer = replace(CHEAP, passes=CHEAP.passes + 1)
    file = key_slots.changed_words(FILE, SHE, HERS, cost=dearer, draw=DRAW)
    found = key_slots.opened(again(file), SHE.slot.tag, HERS)
    assert (found.slot.cost, found.person.public) == (dearer, SHE.person.public)


@pytest.mark.parametrize("words", ["corta", "uno uno uno uno uno uno"])
def test_words_that_will_not_do_are_refused_wherever_words_are_chosen(words: str) -> None:
    for work in (
        lambda: key_slots.new_file(words, cost=CHEAP, draw=DRAW),
        lambda: key_slots.with_person(FILE, SHE.key, words, cost=CHEAP, draw=DRAW),
        lambda: key_slots.changed_words(FILE, SHE, words, cost=CHEAP, draw=DRAW),
    ):
        assert refusal(work) in {"passphrase_too_short", "passphrase_repeats"}


def test_who_leaves_opens_the_new_key_with_nothing() -> None:
    """(K4) Control: her old copy of the file opens the old key."""
    new_key = SecretKey.random()
    file = again(key_slots.rotated(PAPER, SHE.key, new_key, leaving={ANA.slot.id}))
    assert file.generation == PAPER.generation + 1
    assert key_slots.opened(file, SHE.slot.tag, HERS).key == new_key
    assert refusal(lambda: key_slots.opened(file, ANA.slot.tag, ANAS)) == "passphrase_wrong"
    assert key_slots.opened_by_sheets(file, SECRET)[1] == new_key
    # Her old copy of the file opens the old key, and her old slot put back into the new one opens
    # none.
    assert key_slots.opened(PAPER, ANA.slot.tag, ANAS).key == SHE.key != new_key
    put_back = again(replace(file, slots=(*file.slots, ANA.slot)))
    assert refusal(lambda: key_slots.opened(put_back, ANA.slot.tag, ANAS)) == "vault_altered"
    assert refusal(lambda: key_slots.opened(put_back, SHE.slot.tag, HERS)) == "vault_altered"


def test_the_last_way_in_is_not_taken_out() -> None:
    """(K6) Control: the one before the last is."""
    left = key_slots.without(FILE, SHE.key, [SHE.slot.id])
    assert key_slots.opened(left, ANA.slot.tag, ANAS).key == SHE.key
    assert refusal(lambda: key_slots.without(left, SHE.key, [ANA.slot.id])) == "vault_last"


def test_nothing_is_sealed_to_what_is_no_public_key() -> None:
    work = lambda: key_slots.with_recovery(FILE, SHE.key, b"other", bytes(31))  # noqa: E731
    assert refusal(work) == "vault_altered"


def test_a_colleague_gives_new_words_to_who_forgot_hers() -> None:
    """As a new person: what she signed before was signed with a key that nobody has any more.
    (K5) Control: the new words open."""
    file, fresh = key_slots.with_person(FILE, ANA.key, OTHER, cost=CHEAP, draw=DRAW)
    file = key_slots.rotated(file, ANA.key, SecretKey.random(), leaving={SHE.slot.id})
    assert key_slots.opened(file, fresh.slot.tag, OTHER).person.public == fresh.person.public
    assert refusal(lambda: key_slots.opened(file, SHE.slot.tag, HERS)) == "passphrase_wrong"


# --- paper ---------------------------------------------------------------------------------------


def test_any_two_sheets_open_and_a_set_of_another_centre_does_not() -> None:
    """(K7)"""
    for one, other in ((0, 1), (1, 2), (2, 0)):
        file, key = key_slots.opened_by_sheets(again(PAPER), joined(SHEETS[one], SHEETS[other]))
        assert (file, key) == (PAPER, SHE.key)
    strange, _ = new_sheets(SheetKind.CENTRE, drawing(4))
    for file, secret in ((PAPER, strange), (FILE, SECRET)):
        work = lambda file=file, secret=secret: key_slots.opened_by_sheets(file, secret)  # noqa: E731
        assert refusal(work) == "sheets_of_another"


def test_after_the_panic_key_only_two_sheets_open_and_people_are_added_again() -> None:
    """(K6) Control: two sheets open, and a person who is added again."""
    left = again(key_slots.without_people(PAPER))
    for who, words in ((SHE, HERS), (ANA, ANAS)):
        work = lambda who=who, words=words: key_slots.opened(left, who.slot.tag, words)  # noqa: E731
        assert refusal(work) == "passphrase_wrong"
    assert SHE.slot.public.hex().encode() not in left.to_bytes()
    file, key = key_slots.opened_by_sheets(left, SECRET)
    file, back = key_slots.with_person(file, key, OTHER, cost=CHEAP, draw=DRAW)
    assert key_slots.opened(again(file), back.slot.tag, OTHER).key == SHE.key


# --- what somebody did to the file ---------------------------------------------------------------

STRANGER = PersonKey(SecretKey(b"s" * 32))


def _slots(file: KeyFile, at: int, **changed: Any) -> KeyFile:
    slots = list(file.slots)
    slots[at] = replace(slots[at], **changed)
    return replace(file, slots=tuple(slots))


def _flipped(content: bytes, at: int = 0) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


ALTERED: dict[str, Callable[[KeyFile], KeyFile]] = {
    "another file's id": lambda f: replace(f, id=_flipped(f.id)),
    "an earlier generation": lambda f: replace(f, generation=f.generation + 1),
    "her public key": lambda f: _slots(f, 0, public=STRANGER.public),
    "a colleague's public key": lambda f: _slots(f, 1, public=STRANGER.public),
    "her box": lambda f: _slots(f, 0, box=_flipped(f.slots[0].box, 900)),
    "a colleague's box in hers": lambda f: _slots(f, 0, box=f.slots[1].box),
    "a colleague's box": lambda f: _slots(f, 1, box=_flipped(f.slots[1].box)),
    "a colleague's tag": lambda f: _slots(f, 1, tag="BC" if f.slots[1].tag != "BC" else "CD"),
    "a colleague's cost": lambda f: _slots(f, 1, cost=replace(CHEAP, passes=9)),
    "a colleague left out": lambda f: replace(f, slots=f.slots[:1]),
    "a stranger's slot": lambda f: replace(
        f, slots=(*f.slots, replace(f.slots[1], id=b"s" * 16, tag="TT", public=STRANGER.public))
    ),
    "slots in another order": lambda f: replace(f, slots=f.slots[::-1]),
    "other sheets": lambda f: replace(
        f, recovery=f.recovery and replace(f.recovery, public=STRANGER.public)
    ),
    "sheets of another set": lambda f: replace(
        f, recovery=f.recovery and replace(f.recovery, set_id=b"other")
    ),
    "no sheets": lambda f: replace(f, recovery=None),
    "another mac": lambda f: replace(f, mac=_flipped(f.mac)),
    "her wrapped bytes": lambda f: _slots(f, 0, seed=_flipped(f.slots[0].seed)),
    "her salt": lambda f: _slots(f, 0, salt=_flipped(f.slots[0].salt)),
    "her nonce": lambda f: _slots(f, 0, nonce=_flipped(f.slots[0].nonce)),
    "her cost": lambda f: _slots(f, 0, cost=replace(CHEAP, passes=9)),
    "her slot's id": lambda f: _slots(f, 0, id=_flipped(f.slots[0].id)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERED)
def test_a_file_that_somebody_altered_opens_nothing_and_nothing_is_sealed_to_what_is_in_it(
    name: str,
) -> None:
    """(K2) Control: the file as it was opens."""
    altered = again(ALTERED[name](PAPER))
    said = refusal(lambda: key_slots.opened(altered, SHE.slot.tag, HERS))
    assert said in {"vault_altered", "passphrase_wrong"}
    for work in (
        lambda: key_slots.checked(altered, SHE.key),
        lambda: key_slots.rotated(altered, SHE.key, SecretKey.random()),
        lambda: key_slots.with_person(altered, SHE.key, OTHER, cost=CHEAP, draw=DRAW),
        lambda: key_slots.changed_words(altered, SHE, OTHER, cost=CHEAP, draw=DRAW),
        lambda: key_slots.with_recovery(altered, SHE.key, b"other", STRANGER.public),
        lambda: key_slots.without(altered, SHE.key, [SHE.slot.id]),
    ):
        assert refusal(work) == "vault_altered"
    assert key_slots.opened(again(PAPER), SHE.slot.tag, HERS).key == SHE.key, "the control"


@pytest.mark.parametrize("name", ["other sheets", "sheets of another set", "a colleague's box"])
def test_sheets_open_no_file_that_somebody_altered(name: str) -> None:
    """(K2)"""
    altered = ALTERED[name](PAPER)
    said = refusal(lambda: key_slots.opened_by_sheets(altered, SECRET))
    assert said in {"vault_altered", "sheets_of_another"}


@pytest.mark.parametrize(
    "cost",
    [
        Argon2Cost(8, 3, 1), Argon2Cost(64 * 1024 - 1, 3, 1), Argon2Cost(1024 * 1024 + 1, 3, 1),
        Argon2Cost(2**30, 3, 1), Argon2Cost(64 * 1024, 2, 1), Argon2Cost(64 * 1024, 11, 1),
        Argon2Cost(64 * 1024, 3, 5),
    ],
)  # fmt: skip
def test_a_cost_outside_the_bounds_is_refused_before_anything_is_computed(cost: Argon2Cost) -> None:
    """(K3)"""
    content = _slots(FILE, 0, cost=cost).to_bytes()
    assert refusal(lambda: KeyFile.from_bytes(content, Argon2Bounds())) == "file_damaged"


def test_a_seed_that_is_not_of_her_public_key_is_found_though_all_else_fits() -> None:
    """(K2) Written by who knows her words and the key: the next key would be sealed to another.
    Control: the same with her own seed opens."""

    def written(person: PersonKey) -> KeyFile:
        slot = SHE.slot
        numbers = (slot.cost.memory_kib, slot.cost.passes, slot.cost.lanes)
        costs = b"".join(number.to_bytes(8, "big") for number in numbers)
        bound = FILE.id + slot.id + slot.tag.encode() + costs + slot.salt + slot.public
        wrapping = derive_key(HERS, salt=slot.salt, cost=slot.cost)
        seed = person.seed.reveal()
        context = b"qispi/v1/vault-box/" + FILE.id + (1).to_bytes(8, "big") + slot.id
        file = _slots(
            FILE,
            0,
            seed=seal_under(wrapping, "vault-seed", seed, salt=slot.nonce, bound=bound),
            box=seal_to(person.public, SHE.key.reveal(), context=context),
        )
        mac = hmac.digest(derive_bytes(SHE.key, "vault-slots", 32), file.bound(), "sha256")
        return replace(file, mac=mac)

    assert key_slots.opened(again(written(SHE.person)), SHE.slot.tag, HERS).key == SHE.key
    other = again(written(STRANGER))
    assert refusal(lambda: key_slots.opened(other, SHE.slot.tag, HERS)) == "vault_altered"


# --- reading the file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"format": "otro"}, "file_not_ours"),
        ({"version": 3}, "file_newer"),
        ({"suite": "otra"}, "file_newer"),
        ({"version": 0}, "file_damaged"),
        ({"version": 1}, "file_damaged"),
        ({"generation": 0}, "file_damaged"),
        ({"generation": 1.5}, "file_damaged"),
        ({"id": "00"}, "file_damaged"),
        ({"mac": "zz"}, "file_damaged"),
        ({"mac": "00"}, "file_damaged"),
        ({"more": 1}, "file_damaged"),
        ({"slots": {}}, "file_damaged"),
    ],
)
def test_another_file_a_newer_one_and_a_damaged_one_are_told_apart(
    changed: dict[str, object], why: str
) -> None:
    said = msgspec.json.decode(PAPER.to_bytes()) | changed
    content = msgspec.json.encode(said)
    assert refusal(lambda: KeyFile.from_bytes(content, CHEAP_BOUNDS)) == why


def checked_anew(said: dict[str, Any]) -> bytes:
    """Return the file that says this, as whoever knows the format can write it: the check is a
    plain hash of the rest."""
    content = msgspec.json.encode(said | {"check": ""})
    check = hashlib.blake2b(content, digest_size=16, person=b"qispi-vault-2").hexdigest()
    return msgspec.json.encode(said | {"check": check})


def test_the_file_as_it_is_stands_with_a_check_made_anew() -> None:
    """(control of what follows)"""
    said = msgspec.json.decode(PAPER.to_bytes())
    assert KeyFile.from_bytes(checked_anew(said), CHEAP_BOUNDS) == PAPER


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("", {"version": 0}), ("", {"version": 1}), ("", {"id": "00" * 15}),
        ("", {"mac": "00" * 31}), ("", {"mac": "z" * 64}),
        ("slot", {"tag": "B"}), ("slot", {"tag": "BA"}), ("slot", {"id": "00" * 17}),
        ("slot", {"public": "00" * 32}), ("slot", {"nonce": "00" * 12}), ("slot", {"seed": "00"}),
        ("slot", {"box": "00" * 16}),
        ("recovery", {"set": "00" * 4}), ("recovery", {"public": "00"}), ("recovery", {"box": "00"}),
    ],
)  # fmt: skip
def test_a_part_of_another_form_is_damage_though_the_check_fits(
    part: str, changed: dict[str, object]
) -> None:
    """(K2) The check tells what a disk did; what somebody wrote, the form of each part."""
    said = msgspec.json.decode(PAPER.to_bytes())
    place = {"": said, "slot": said["slots"][0], "recovery": said["recovery"]}[part]
    place |= changed
    assert refusal(lambda: KeyFile.from_bytes(checked_anew(said), CHEAP_BOUNDS)) == "file_damaged"


def test_two_slots_of_one_tag_or_id_are_a_damaged_file() -> None:
    """(K2)"""
    for name in ("tag", "id"):
        twice = _slots(FILE, 0, **{name: getattr(FILE.slots[1], name)}).to_bytes()
        work = lambda twice=twice: KeyFile.from_bytes(twice, CHEAP_BOUNDS)  # noqa: E731
        assert refusal(work) == "file_damaged"


def test_each_cut_and_each_flipped_byte_is_refused_before_words_are_asked_for() -> None:
    """(K2, F6)"""
    content = PAPER.to_bytes()
    chance = random.Random(5)
    for at in {0, len(content) - 2, *(chance.randrange(len(content) - 2) for _ in range(400))}:
        assert refusal(lambda at=at: KeyFile.from_bytes(content[:at], CHEAP_BOUNDS))  # type: ignore[misc]
        changed = content[:at] + bytes([content[at] ^ 1 << chance.randrange(7)]) + content[at + 1 :]
        try:
            found = KeyFile.from_bytes(changed, CHEAP_BOUNDS)
        except DomainError:
            continue
        assert found == PAPER  # a blank between two fields, or a capital of a hexadecimal figure


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_lies_there_is_refused_in_words(content: bytes) -> None:
    assert refusal(lambda: KeyFile.from_bytes(content, CHEAP_BOUNDS)).startswith("file_")
    assert (
        refusal(lambda: KeyFile.from_bytes(b" " * (key_file.FILE_BYTES_MAX + 1), CHEAP_BOUNDS))
        == "file_not_ours"
    )
