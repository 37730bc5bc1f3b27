"""Which new passphrases will do. The lock screen and the refusals say the rule in the same words:
five different words, or fifteen characters that do not repeat."""

from __future__ import annotations

import unicodedata
from typing import Final

from app.domain.errors import DomainError

__all__ = ["BYTES_MAX", "LENGTH_MIN", "check_new_passphrase", "normal_form"]

LENGTH_MIN: Final = 15
"""Characters of a new passphrase, a repeated word counted once. Five words of the list are always
above (none is shorter than three letters); NIST SP 800-63B-4 asks for 15 where a passphrase is the
only factor."""

BYTES_MAX: Final = 1024
_SIGNS_MIN: Final = 5
"""Different signs: fewer are one key or two, struck again and again."""


def check_new_passphrase(passphrase: str) -> None:
    """Raise DomainError ``passphrase_too_short``, ``passphrase_repeats`` (one sign, word or piece
    again and again) or ``passphrase_too_long`` unless it will do."""
    normal = normal_form(passphrase)
    if len(normal) < LENGTH_MIN:
        raise DomainError("passphrase_too_short", minimum=LENGTH_MIN)
    if len(normal.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        raise DomainError("passphrase_too_long", maximum=BYTES_MAX)
    words = dict.fromkeys(normal.casefold().split())
    signs = "".join(words)
    if len(" ".join(words)) < LENGTH_MIN or len(set(signs)) < _SIGNS_MIN or _repeats(signs):
        raise DomainError("passphrase_repeats", minimum=LENGTH_MIN)


def normal_form(passphrase: str) -> str:
    """Return the one form of a passphrase, however it was typed."""
    # Words read from paper: one space between them, however many were typed. NFKC makes the same
    # letters the same bytes on every keyboard (ñ as one sign or as n and tilde).
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


def _repeats(signs: str) -> bool:
    """Return whether it is one piece again and again, the last one perhaps cut."""
    return any(signs.startswith(signs[width:]) for width in range(1, len(signs) // 2 + 1))
