"""A seed in a file (K): a phrase that will do, one version, and every byte of what stands before."""

from __future__ import annotations

import pytest

from app.crypto.passphrase import Argon2Bounds, Argon2Cost, derive_key
from app.crypto.secret import SecretKey
from app.crypto.seed_file import SeedFile
from app.domain.errors import DomainError

KIND = SeedFile(b"QTST", "test-seed")
PHRASE = "lago cerro puente nube trigo"
SEED = SecretKey(bytes(range(32)))
CHEAP = Argon2Cost(memory_kib=8, passes=1, lanes=1)
BOUNDS = Argon2Bounds(memory_kib_min=8, memory_kib_max=16, passes_min=1)


def _written() -> bytes:
    return KIND.write(SEED, PHRASE, salt=bytes(16), cost=CHEAP)


def _refused(content: bytes, phrase: str = PHRASE) -> str:
    with pytest.raises(DomainError) as refused:
        KIND.read(content, phrase, bounds=BOUNDS)
    return refused.value.message_id


def test_a_seed_comes_back_by_its_phrase_alone() -> None:
    assert KIND.read(_written(), PHRASE, bounds=BOUNDS) == SEED
    assert _refused(_written(), "lago cerro puente nube maiz") == "passphrase_wrong"


def test_a_file_of_another_version_length_or_cost_says_so_before_anything_is_computed() -> None:
    content = _written()
    assert _refused(b"QOTH" + content[4:]) == "file_not_ours"
    assert _refused(content[:4] + b"\x02" + content[5:]) == "file_newer"
    assert _refused(content[:4] + b"\x00" + content[5:]) == "file_damaged"
    assert _refused(content[:-1]) == _refused(content + b"\0") == "file_damaged"
    dear = (32).to_bytes(4, "big")
    assert _refused(content[:5] + dear + content[9:]) == "file_damaged"


def test_every_byte_of_a_seed_file_counts() -> None:
    content = _written()
    for at in range(len(content)):
        assert _refused(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


def test_the_key_of_a_phrase_is_wiped_whether_it_opens_the_file_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As every other key: as far as Python lets. Control: it was a key."""
    keys: list[SecretKey] = []
    lengths: list[int] = []

    def derived(phrase: str, *, salt: bytes, cost: Argon2Cost) -> SecretKey:
        keys.append(derive_key(phrase, salt=salt, cost=cost))
        lengths.append(len(keys[-1].reveal()))
        return keys[-1]

    monkeypatch.setattr("app.crypto.seed_file.derive_key", derived)
    content = _written()
    assert KIND.read(content, PHRASE, bounds=BOUNDS) == SEED
    assert _refused(content, "lago cerro puente nube maiz") == "passphrase_wrong"
    assert lengths == [32, 32, 32]
    for key in keys:
        with pytest.raises(ValueError, match="wiped"):
            key.reveal()


@pytest.mark.parametrize(
    ("phrase", "message"),
    [("corta", "passphrase_too_short"), ("uno uno uno uno uno", "passphrase_repeats")],
)
def test_no_seed_is_written_under_a_phrase_that_will_not_do(phrase: str, message: str) -> None:
    with pytest.raises(DomainError) as refused:
        KIND.write(SEED, phrase, salt=bytes(16), cost=CHEAP)
    assert refused.value.message_id == message
