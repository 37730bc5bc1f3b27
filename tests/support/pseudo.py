"""A made-up language whose words are 40 % longer: whatever fits with it fits with a real one."""

from __future__ import annotations

__all__ = ["GROWTH", "pseudo"]

GROWTH = 1.4
_FILL = "ñandú ɨwanch "


def pseudo(text: str) -> str:
    """Return the text with words behind it until it is 40 % longer; blank stays blank."""
    if not text.strip():
        return text
    missing = max(1, round(len(text) * (GROWTH - 1)) - 1)
    fill = (_FILL * (missing // len(_FILL) + 1))[:missing]
    return f"{text} {fill.strip()}"
