"""The vault: the passphrase opens it, nothing else does, and no failure changes the file."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto.derive import derive_bytes
from app.crypto.passphrase import (
    SMALL_MACHINE,
    STANDARD,
    Argon2Cost,
    check_new_passphrase,
    cost_for_memory,
    derive_key,
)
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault
from db import key_file, vault_v1
from db.vault import BOUNDS, create_vault, enter, enter_content, new_vault, open_vault, tags
from tests.support.old_vault import first_format
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

GIBIBYTE = 1024**3
ARGON2ID_KEY = "db3ed8aa4e77f5821ac41d84a22b6300a16c2585fe1b0e6ee4390bafb9a849e9"
MADE = new_vault(PASSPHRASE, cost=CHEAP, bounds=CHEAP_BOUNDS)
KEY, CONTENT = MADE.key, MADE.file.to_bytes()
FIRST = first_format(KEY, PASSPHRASE, cost=CHEAP)


_OF_FIRST: Any = (vault_v1._Vault, vault_v1._check)


def _make(folder: Path) -> tuple[Path, SecretKey]:
    path = folder / "llaves.json"
    return path, create_vault(path, PASSPHRASE, cost=CHEAP, bounds=CHEAP_BOUNDS)


def _refusal(path: Path, passphrase: str = PASSPHRASE) -> str:
    before = path.read_bytes()
    with pytest.raises(DomainError) as refused:
        open_vault(path, passphrase, bounds=CHEAP_BOUNDS)
    assert path.read_bytes() == before
    return refused.value.message_id


def test_the_passphrase_opens_the_same_key_again(tmp_path: Path) -> None:
    path, key = _make(tmp_path)
    assert open_vault(path, PASSPHRASE, bounds=CHEAP_BOUNDS) == key
    assert [one.name for one in tmp_path.iterdir()] == ["llaves.json"]


def test_spaces_between_the_words_and_composed_letters_do_not_matter(tmp_path: Path) -> None:
    """(K1)"""
    path = tmp_path / "llaves.json"
    key = create_vault(path, "niña añil peñón uña caña", cost=CHEAP, bounds=CHEAP_BOUNDS)
    typed = "  nin\u0303a  an\u0303il pen\u0303o\u0301n\tun\u0303a can\u0303a "
    assert open_vault(path, typed, bounds=CHEAP_BOUNDS) == key


def test_a_wrong_passphrase_is_refused_and_the_right_one_works_at_once(tmp_path: Path) -> None:
    """(K1)"""
    path, key = _make(tmp_path)
    for wrong in ("", "x", PASSPHRASE[:-1], PASSPHRASE.upper(), "ñ" * 2000, "\ud800" * 20):
        assert _refusal(path, wrong) == "passphrase_wrong"
    assert open_vault(path, PASSPHRASE, bounds=CHEAP_BOUNDS) == key


def test_the_right_words_of_an_altered_file_are_not_said_to_be_wrong(tmp_path: Path) -> None:
    """(K2)"""
    path, _ = _make(tmp_path)
    file = key_file.KeyFile.from_bytes(path.read_bytes(), CHEAP_BOUNDS)
    path.write_bytes(replace(file, mac=bytes(32)).to_bytes())
    assert _refusal(path) == "vault_altered"


def test_a_new_passphrase_needs_fifteen_characters_that_do_not_repeat_and_fits_a_kilobyte(
    tmp_path: Path,
) -> None:
    path = tmp_path / "llaves.json"
    for passphrase, message in (
        ("catorce signos", "passphrase_too_short"),
        (" " * 40, "passphrase_too_short"),
        ("a b c d e f" + " " * 40, "passphrase_too_short"),
        ("a" * 15, "passphrase_repeats"),
        ("abab" * 5, "passphrase_repeats"),
        ("123456123456123456", "passphrase_repeats"),
        ("aababbaaabbbabb", "passphrase_repeats"),
        ("hola Hola hola hola", "passphrase_repeats"),
        ("perro casa casa casa perro", "passphrase_repeats"),
        ("ñ" * 600, "passphrase_too_long"),
    ):
        with pytest.raises(DomainError) as refused:
            create_vault(path, passphrase, cost=CHEAP, bounds=CHEAP_BOUNDS)
        assert refused.value.message_id == message
    for passphrase in ("quince signos ya", "sol mar luz pez ajo", "casa perro casa nube lago"):
        check_new_passphrase(passphrase)
    assert not path.exists()


def test_a_second_vault_is_never_made_over_the_first(tmp_path: Path) -> None:
    path, _ = _make(tmp_path)
    before = path.read_bytes()
    with pytest.raises(DomainError, match="already_set_up"):
        create_vault(path, PASSPHRASE, cost=CHEAP, bounds=CHEAP_BOUNDS)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path, _ = _make(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_says_nothing_but_costs_and_random_numbers(tmp_path: Path) -> None:
    path, key = _make(tmp_path)
    content = path.read_bytes()
    assert key.reveal().hex().encode() not in content
    assert PASSPHRASE.encode() not in content
    assert set(json.loads(content)) == {
        "format", "version", "suite", "id", "generation", "slots", "recovery", "mac", "check",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "file_damaged"),
        (b"\0" * 700, "file_damaged"),
        (CONTENT[: len(CONTENT) // 2], "file_damaged"),
        (b"just a letter", "file_not_ours"),
        (b'{"format": "another program", "version": 1}', "file_not_ours"),
        (b"[1, 2]", "file_not_ours"),
        (b"[" * 100_000, "file_not_ours"),
        (
            b'{"format":"qispi-vault","version":1,"suite":"argon2id+chacha20poly1305"}',
            "file_damaged",
        ),
        (b'{"format":"qispi-vault","version":3,"new":["things"]}', "file_newer"),
        (b'{"format":"qispi-vault","version":2,"suite":"something else"}', "file_newer"),
        (b'{"format":"qispi-vault","version":1,"suite":"something else"}', "file_damaged"),
        (FIRST[: len(FIRST) // 2], "file_damaged"),
        (FIRST.replace(b"argon2id+chacha", b"argon2id+another"), "file_newer"),
    ],
)
def test_what_is_no_sound_vault_is_refused_by_its_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "llaves.json"
    path.write_bytes(content)
    assert _refusal(path) == message


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 64 * 1024**2},
        {"memory_kib": 1},
        {"passes": 1_000_000},
        {"lanes": 0},
        {"lanes": 2**40},
        {"salt": "00"},
    ],
)
def test_costs_out_of_bounds_are_refused_before_they_are_paid(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """(K3)"""
    path = tmp_path / "llaves.json"
    for content, form in ((CONTENT, (key_file._File, key_file._check)), (FIRST, _OF_FIRST)):
        document = json.loads(content)
        document["slots"][0]["argon2id"] |= change
        # With its plain hash put right, as whoever altered the file on purpose would do.
        with contextlib.suppress(msgspec.ValidationError):
            document["check"] = form[1](msgspec.convert(document, form[0]))
        path.write_text(json.dumps(document))
        assert _refusal(path) == "file_damaged"


def test_a_cost_below_the_bounds_of_the_program_is_refused(tmp_path: Path) -> None:
    path, _ = _make(tmp_path)
    with pytest.raises(DomainError, match="file_damaged"):
        open_vault(path, PASSPHRASE)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_one_altered_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    path = tmp_path_factory.mktemp("vault") / "llaves.json"
    altered = bytearray(CONTENT)
    altered[at] ^= flip
    path.write_bytes(altered)
    try:
        key = open_vault(path, PASSPHRASE, bounds=CHEAP_BOUNDS)
    except DomainError as error:
        refusal = error.message_id
    else:  # white space between the members means nothing
        refusal = ""
        assert key == KEY
        assert json.loads(altered) == json.loads(CONTENT)
    assert refusal in {"", "file_damaged", "file_not_ours", "file_newer"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_make_it_stumble(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("vault") / "llaves.json"
    path.write_bytes(content)
    with pytest.raises(DomainError):
        open_vault(path, PASSPHRASE, bounds=CHEAP_BOUNDS)


def test_the_cost_follows_the_memory_and_stays_within_the_bounds() -> None:
    """(K3) Control: costs at both bounds are allowed."""
    assert cost_for_memory(16 * GIBIBYTE) == STANDARD
    assert cost_for_memory(2 * GIBIBYTE) == SMALL_MACHINE
    assert cost_for_memory(None) == SMALL_MACHINE
    assert Argon2Cost(memory_kib=256 * 1024, passes=3, lanes=1) == STANDARD
    for cost, allowed in (
        (STANDARD, True),
        (SMALL_MACHINE, True),
        (Argon2Cost(1024 * 1024, 10, 4), True),
        (Argon2Cost(1024 * 1024 + 1, 3, 1), False),
        (Argon2Cost(64 * 1024 - 1, 3, 1), False),
        (Argon2Cost(64 * 1024, 2, 1), False),
        (Argon2Cost(64 * 1024, 11, 1), False),
        (CHEAP, False),
    ):
        assert BOUNDS.allow(cost) is allowed
    with pytest.raises(ValueError, match="bounds"):
        new_vault(PASSPHRASE, cost=CHEAP)


def test_the_standard_cost_opens_in_a_few_seconds(tmp_path: Path) -> None:
    """(K8)"""
    path = tmp_path / "llaves.json"
    key = create_vault(path, PASSPHRASE, cost=SMALL_MACHINE)
    assert open_vault(path, PASSPHRASE) == key


def test_argon2id_gives_the_same_key_as_other_implementations() -> None:
    # argon2-cffi 25.1: hash_secret_raw(b"cinco palabras inventadas", b"0123456789abcdef", 3, 64,
    # 1, 32, Type.ID)
    key = derive_key(
        "cinco palabras inventadas", salt=b"0123456789abcdef", cost=Argon2Cost(64, 3, 1)
    )
    assert key.reveal().hex() == ARGON2ID_KEY


def test_a_key_shows_nothing_of_itself_and_can_be_wiped() -> None:
    key = SecretKey(b"s" * 32)
    assert "s" * 8 not in f"{key} {key!r}"
    with pytest.raises(TypeError):
        json.dumps(key)
    key.wipe()
    with pytest.raises(ValueError, match="wiped"):
        key.reveal()
    with pytest.raises(ValueError, match="32"):
        SecretKey(b"x" * 31)


def test_a_folder_that_is_not_there_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault):
        create_vault(
            tmp_path / "missing" / "llaves.json", PASSPHRASE, cost=CHEAP, bounds=CHEAP_BOUNDS
        )


# --- the first format ----------------------------------------------------------------------------


def test_a_file_of_the_first_format_opens_the_same_key_and_is_kept_in_the_second(
    tmp_path: Path,
) -> None:
    path = tmp_path / "llaves.json"
    path.write_bytes(FIRST)
    assert tags(path) == ()
    assert _refusal(path, "otra frase que no es") == "passphrase_wrong"
    entered = enter(path, PASSPHRASE, bounds=CHEAP_BOUNDS)
    assert (entered.key, entered.is_kept) == (KEY, False)
    assert path.read_bytes() == FIRST, "to open it writes nothing"
    entered.keep(path)
    again = enter(path, PASSPHRASE, bounds=CHEAP_BOUNDS)
    assert (again.key, again.is_kept) == (KEY, True)
    assert again.opened.person.public == entered.opened.person.public
    assert tags(path, bounds=CHEAP_BOUNDS) == (entered.opened.slot.tag,)


def _first_checked(**changed: Any) -> bytes:
    """Return the file of the first format with this in it, and a check made anew."""
    said = msgspec.json.decode(FIRST) | changed | {"check": ""}
    check = hashlib.blake2b(msgspec.json.encode(said), digest_size=16, person=b"qispi-vault-1")
    return msgspec.json.encode(said | {"check": check.hexdigest()})


def test_a_file_of_the_first_format_of_another_form_is_damage_though_the_check_fits(
    tmp_path: Path,
) -> None:
    """(K2) Control: as it was, with a check made anew, it opens."""
    path = tmp_path / "llaves.json"
    path.write_bytes(_first_checked())
    assert open_vault(path, PASSPHRASE, bounds=CHEAP_BOUNDS) == KEY
    (slot,) = msgspec.json.decode(FIRST)["slots"]
    cost = slot["argon2id"]
    for one in (
        slot | {"nonce": "00" * 16},
        slot | {"wrapped": "00" * 47},
        slot | {"argon2id": cost | {"salt": "00" * 15}},
        slot | {"argon2id": cost | {"memory_kib": 2**31}},
    ):
        path.write_bytes(_first_checked(slots=[one]))
        assert _refusal(path) == "file_damaged"


def test_one_altered_byte_of_the_first_format_is_no_wrong_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "llaves.json"
    said = msgspec.json.decode(FIRST)
    wrapped = said["slots"][0]["wrapped"]
    said["slots"][0]["wrapped"] = wrapped[:-1] + ("0" if wrapped[-1] != "0" else "1")
    path.write_bytes(msgspec.json.encode(said))
    assert _refusal(path) == "file_damaged"
    path.write_bytes(_first_checked(slots=said["slots"]))
    assert _refusal(path) == "passphrase_wrong"


def test_a_version_before_the_first_is_damage(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="file_damaged"):
        vault_v1.open_first_format(_first_checked(version=0), PASSPHRASE, CHEAP_BOUNDS)


def test_words_that_would_not_do_today_open_what_they_opened(tmp_path: Path) -> None:
    path = tmp_path / "llaves.json"
    path.write_bytes(first_format(KEY, "corta", cost=CHEAP))
    entered = enter(path, "corta", bounds=CHEAP_BOUNDS).keep(path)
    dearer = Argon2Cost(CHEAP.memory_kib, CHEAP.passes + 1, CHEAP.lanes)
    entered.at_cost("corta", dearer).keep(path)
    assert open_vault(path, "corta", bounds=CHEAP_BOUNDS) == KEY


def test_a_cost_that_changed_is_brought_in_with_the_same_words(tmp_path: Path) -> None:
    path, key = _make(tmp_path)
    entered = enter(path, PASSPHRASE, bounds=CHEAP_BOUNDS)
    assert entered.at_cost(PASSPHRASE, CHEAP) is entered
    dearer = Argon2Cost(CHEAP.memory_kib, CHEAP.passes + 1, CHEAP.lanes)
    entered.at_cost(PASSPHRASE, dearer).keep(path)
    again = enter(path, PASSPHRASE, bounds=CHEAP_BOUNDS)
    assert (again.key, again.opened.slot.cost) == (key, dearer)
    assert again.opened.person.public == entered.opened.person.public


def test_a_slot_that_asks_for_more_memory_than_there_is_hides_no_other() -> None:
    """A colleague's is of a larger machine. Control: words that open none of the others are not
    called wrong, for they may be of that one."""
    bounds = replace(CHEAP_BOUNDS, memory_kib_max=2**32 - 1)
    both, _ = MADE.with_person("tijera molino ladera ventana pincel")
    first, hers = both.file.slots
    first = replace(first, cost=Argon2Cost(memory_kib=2**32 - 1, passes=1, lanes=1))
    file = replace(both.file, slots=(first, hers))
    mac = hmac.digest(derive_bytes(KEY, "vault-slots", 32), file.bound(), "sha256")
    content = replace(file, mac=mac).to_bytes()
    opened = enter_content(content, "tijera molino ladera ventana pincel", bounds=bounds)
    assert opened.key == KEY
    for words in (PASSPHRASE, "camino naranja piedra ovillo tambor"):
        with pytest.raises(EnvironmentFault, match="not_enough_memory"):
            enter_content(content, words, bounds=bounds)
