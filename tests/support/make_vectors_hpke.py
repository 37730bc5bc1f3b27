"""Writes ``tests/vectors/hpke``: something sealed to a receive key, and every step of opening it.
Run once, then never: ``python -m tests.support.make_vectors_hpke``.

The key is that of the device of version 1. What is sealed is new at every run; the steps are those
of the reader in ``tests/unit/test_vectors_hpke.py``.
"""

from __future__ import annotations

import json

from app.crypto.recipient import seal_to
from app.crypto.secret import SecretKey
from sync.envelope.keyring import DeviceKeys
from tests.support import make_vectors
from tests.unit.test_vectors_hpke import FOLDER, opened_by_the_document

__all__ = ["main"]

INFO = b"qispi/v1/test-vector\0info"
CONTENT = b"thirty-two bytes of something..."


def main() -> None:
    """Write the file and its values."""
    known = json.loads((make_vectors.FOLDER / "values.json").read_text(encoding="utf-8"))
    seed = bytes.fromhex(known["device_seed"])
    public = DeviceKeys(SecretKey(seed)).recipient.public
    sealed = seal_to(public, CONTENT, context=INFO)
    opened = opened_by_the_document(seed, sealed, INFO)
    values = {
        "device_seed": seed.hex(),
        "public_key": public.hex(),
        "info": INFO.hex(),
        "content": CONTENT.hex(),
        "steps": {name: value.hex() for name, value in opened.steps.items()},
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "sealed.bin").write_bytes(sealed)
    (FOLDER / "values.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
