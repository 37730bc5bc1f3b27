"""What opens a backup without the program, laid beside it: a page, its scripts, and the names of
the fields.

With two recovery sheets nothing else is needed (``docs/emergency.md``). The page and the scripts
say of nothing what it is for; the names of the fields would, and so they lie there sealed under the
key of the database, which the sheets give: 16 bytes of salt, and what :mod:`app.crypto.sealing`
makes of them, packed by zlib.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from app.crypto.sealing import SALT_BYTES, seal_under
from app.crypto.secret import SecretKey

__all__ = ["OPENER_BYTES_MAX", "OPENER_NAMES", "openers"]

OPENER_NAMES: Final = ("emergency.md", "leer.py", "llave.py", "nombres.bin")
OPENER_BYTES_MAX: Final = 1 << 20
_NAMES: Final = OPENER_NAMES[-1]
_KIND: Final = "backup-names"


def openers(
    files: Iterable[Path], names: bytes, key: SecretKey, draw: Callable[[int], bytes]
) -> dict[str, bytes]:
    """Return what the files of that purpose hold by the names that they have in a backup, in the
    order of :data:`OPENER_NAMES`; one that cannot be read is left out: better a backup without it
    than none. ``names``: what fields and codes are called
    (:func:`app.services.emergency_names.emergency_names`), none when empty."""
    found = {}
    if names:
        salt, packed = draw(SALT_BYTES), zlib.compress(names, 9)
        found[_NAMES] = salt + seal_under(key, _KIND, packed, salt=salt, bound=b"")
    for path in files:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        found[path.name] = content
    return {name: found[name] for name in OPENER_NAMES if name in found}
