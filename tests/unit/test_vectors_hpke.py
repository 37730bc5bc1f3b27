"""What is sealed to a receive key opens by the document alone, without the library that sealed it.

The reader here knows section 2 of ``docs/protocol.md`` and nothing of this program: ML-KEM-768,
X25519, SHA-3, HMAC and ChaCha20-Poly1305, each as its own standard has it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.crypto.recipient import RecipientKey, SealError, seal_to
from app.crypto.secret import SecretKey

VECTORS = Path(__file__).parent.parent / "vectors"
FOLDER = VECTORS / "hpke"
SUITE = bytes.fromhex("48504b45 647a 0001 0003")
"""``HPKE``, the KEM MLKEM768-X25519, the KDF HKDF-SHA256, the AEAD ChaCha20-Poly1305."""


@dataclass(frozen=True)
class Opened:
    """What was sealed, and what came out on the way to it."""

    content: bytes
    steps: Mapping[str, bytes]


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return _hmac(salt or bytes(32), b"HPKE-v1" + SUITE + label + ikm)


def _expand(prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    said = length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return _hmac(prk, said + b"\1")[:length]


def opened_by_the_document(seed: bytes, sealed: bytes, info: bytes) -> Opened:
    """Open what was sealed to the receive key of a device's seed. Raises InvalidTag."""
    grown = _hmac(_hmac(bytes(32), seed), b"qispi/v1/receive\1")
    expanded = hashlib.shake_256(grown).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    by_mlkem, by_x25519, body = sealed[:1088], sealed[1088:1120], sealed[1120:]
    mlkem_secret = mlkem.decapsulate(by_mlkem)
    x25519_secret = x25519.exchange(X25519PublicKey.from_public_bytes(by_x25519))
    mine = x25519.public_key().public_bytes_raw()
    shared = hashlib.sha3_256(
        mlkem_secret + x25519_secret + by_x25519 + mine + bytes.fromhex("5c2e2f2f5e5c")
    ).digest()
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    key, nonce = _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)
    return Opened(
        ChaCha20Poly1305(key).decrypt(nonce, body, b""),
        {
            "receive": grown,
            "expanded": expanded,
            "mlkem_secret": mlkem_secret,
            "x25519_secret": x25519_secret,
            "shared_secret": shared,
            "key_schedule_context": context,
            "secret": secret,
            "key": key,
            "base_nonce": nonce,
        },
    )


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
    return values


def of(known: Mapping[str, str], name: str) -> bytes:
    return bytes.fromhex(known[name])


def test_the_vector_opens_by_the_document_step_by_step(known: dict[str, Any]) -> None:
    sealed = (FOLDER / "sealed.bin").read_bytes()
    assert len(sealed) == 1088 + 32 + len(of(known, "content")) + 16
    opened = opened_by_the_document(of(known, "device_seed"), sealed, of(known, "info"))
    assert opened.content == of(known, "content")
    assert {name: value.hex() for name, value in opened.steps.items()} == known["steps"]


def test_the_program_opens_the_vector_and_for_nothing_else(known: dict[str, Any]) -> None:
    key = RecipientKey(SecretKey(of(known, "device_seed")))
    sealed = (FOLDER / "sealed.bin").read_bytes()
    assert key.public == of(known, "public_key")
    assert key.open(sealed, context=of(known, "info")) == of(known, "content")
    with pytest.raises(SealError):
        key.open(sealed, context=of(known, "info") + b"\0")


def test_what_the_program_seals_today_opens_by_the_document(known: dict[str, Any]) -> None:
    sealed = seal_to(of(known, "public_key"), b"secreto", context=b"here")
    seed = of(known, "device_seed")
    assert opened_by_the_document(seed, sealed, b"here").content == b"secreto"
    with pytest.raises(InvalidTag):
        opened_by_the_document(seed, sealed, b"there")


def test_the_respuesta_of_version_1_opens_to_its_letterhead_by_names() -> None:
    values = json.loads((VECTORS / "values.json").read_text(encoding="utf-8"))
    content = (VECTORS / "respuesta.bin").read_bytes()
    front, sealed = content[:37], content[37:]
    opened = opened_by_the_document(
        of(values, "new_device_seed"), sealed, b"qispi/v1/enrolment-reply\0" + front
    )
    _, _, body = msgspec.msgpack.decode(opened.content)
    *_, letterhead = msgspec.msgpack.decode(body)
    assert list(letterhead) == ["name", "programme", "ministry", "address", "phone", "district"]


def test_the_epoch_of_version_3_opens_to_its_secret() -> None:
    values = json.loads((VECTORS / "values.json").read_text(encoding="utf-8"))
    later = json.loads((VECTORS / "v3" / "values.json").read_text(encoding="utf-8"))
    statement, _ = msgspec.msgpack.decode((VECTORS / "v3" / "epoch.bin").read_bytes())
    tag, shares, _ = msgspec.msgpack.decode(msgspec.msgpack.decode(statement)[6])
    sealed = dict(shares)[of(later, "kept_device_id")]
    info = b"qispi/v1/epoch\0" + of(values, "centre") + tag + of(later, "kept_device_id")
    opened = opened_by_the_document(of(later, "kept_device_seed"), sealed, info)
    assert opened.content == of(later, "epoch_secret")
