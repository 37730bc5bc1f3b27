"""What is sealed opens for its holder alone, in its context alone; codes are typed by people."""

from __future__ import annotations

import copy
import pickle

import pytest

from app.crypto.derive import derive_bytes
from app.crypto.fingerprint import fingerprint, grouped, is_typed
from app.crypto.passphrase import Argon2Cost, derive_key
from app.crypto.recipient import (
    OVERHEAD_BYTES,
    PUBLIC_BYTES,
    RecipientKey,
    SealError,
    seal_to,
)
from app.crypto.sealing import TAG_BYTES, open_sealed, seal_under
from app.crypto.secret import SecretKey
from app.crypto.signing import SigningKey
from app.domain.errors import DomainError, EnvironmentFault

SEED, OTHER = SecretKey(b"\x01" * 32), SecretKey(b"\x02" * 32)
SALT = b"\x03" * 16


def test_sealed_content_opens_with_every_part_and_with_no_other() -> None:
    sealed = seal_under(SEED, "batch", b"contenido", salt=SALT, bound=b"header")
    assert len(sealed) == len(b"contenido") + TAG_BYTES
    assert open_sealed(SEED, "batch", sealed, salt=SALT, bound=b"header") == b"contenido"
    for secret, kind, salt, bound in (
        (OTHER, "batch", SALT, b"header"),
        (SEED, "region-root", SALT, b"header"),
        (SEED, "batch", b"\x04" * 16, b"header"),
        (SEED, "batch", SALT, b"Header"),
    ):
        with pytest.raises(SealError):
            open_sealed(secret, kind, sealed, salt=salt, bound=bound)
    for cut in (b"", sealed[:15], sealed[:-1], sealed + b"\0"):
        with pytest.raises(SealError):
            open_sealed(SEED, "batch", cut, salt=SALT, bound=b"header")


def test_a_salt_has_sixteen_bytes() -> None:
    for salt in (b"", b"\x03" * 15, b"\x03" * 17):
        with pytest.raises(ValueError, match="salt"):
            seal_under(SEED, "batch", b"x", salt=salt, bound=b"")


def test_only_the_recipient_opens_and_only_in_its_context() -> None:
    mine, other = RecipientKey(SEED), RecipientKey(OTHER)
    sealed = seal_to(mine.public, b"secreto", context=b"here")
    assert len(mine.public) == PUBLIC_BYTES
    assert len(sealed) == len(b"secreto") + OVERHEAD_BYTES
    assert mine.open(sealed, context=b"here") == b"secreto"
    for key, content, context in (
        (other, sealed, b"here"),
        (mine, sealed, b"there"),
        (mine, sealed[:-1], b"here"),
        (mine, sealed[:100], b"here"),
        (mine, b"", b"here"),
        (mine, sealed[:5] + b"\xff" + sealed[6:], b"here"),
    ):
        with pytest.raises(SealError):
            key.open(content, context=context)


def test_what_is_no_public_key_receives_nothing() -> None:
    good = RecipientKey(SEED).public
    assert seal_to(good, b"secreto", context=b"here"), "the control"
    for public in (b"", good[:-1], good + b"\0", good[1:], b"\xff" * PUBLIC_BYTES):
        with pytest.raises(SealError):
            seal_to(public, b"secreto", context=b"here")


def test_keys_for_different_uses_share_nothing() -> None:
    kinds = ("sign", "receive", "epoch-tag", "batch", "region-root")
    assert len({derive_bytes(SEED, kind, 32) for kind in kinds}) == len(kinds)
    assert derive_bytes(SEED, "sign", 32) == derive_bytes(SEED, "sign", 32)
    assert derive_bytes(SEED, "sign", 32) != derive_bytes(OTHER, "sign", 32)


def test_keys_show_nothing_of_their_secret() -> None:
    for shown in (repr(SigningKey(SEED)), repr(RecipientKey(SEED))):
        assert derive_bytes(SEED, "sign", 32).hex() not in shown
        assert SEED.reveal().hex() not in shown


def test_a_secret_is_neither_pickled_nor_copied() -> None:
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a secret is not pickled or copied"):
            take(SEED)


def test_a_phrase_over_a_kilobyte_is_wrong_before_anything_is_computed() -> None:
    cheap = Argon2Cost(memory_kib=8, passes=1, lanes=1)
    assert derive_key("ñ" * 512, salt=bytes(16), cost=cheap)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        derive_key("ñ" * 512 + "a", salt=bytes(16), cost=cheap)


def test_a_machine_without_the_memory_says_so() -> None:
    more_than_any_has = Argon2Cost(memory_kib=2**32 - 1, passes=1, lanes=1)
    with pytest.raises(EnvironmentFault, match="not_enough_memory"):
        derive_key("lago cerro", salt=bytes(16), cost=more_than_any_has)


def test_codes_depend_on_every_part_and_on_where_parts_end() -> None:
    codes = {
        fingerprint("a", b"xy", b"z"),
        fingerprint("a", b"x", b"yz"),
        fingerprint("a", b"xyz"),
        fingerprint("b", b"xy", b"z"),
    }
    assert len(codes) == 4
    assert all(len(code) == 32 and code.isdigit() for code in codes)


def test_a_code_is_typed_with_any_spacing_and_no_other_sign() -> None:
    code = fingerprint("a", b"x")
    for typed in (code, grouped(code), grouped(code).replace(" ", "-"), f"\t{code}\n"):
        assert is_typed(code, typed)
    for typed in ("", code[:-1], code + "0", code.replace(code[0], "٣"), "a" * 32):
        assert not is_typed(code, typed)
