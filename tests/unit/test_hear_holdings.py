"""Whose word is looked for on a stick, while the roster changes."""

from __future__ import annotations

from sync.client.holdings import hear_holdings


class _GrantedMeanwhile:
    """The keys of a laptop to which another one is granted after each look at the roster."""

    centre, own = b"c" * 16, b"o" * 16

    def __init__(self) -> None:
        self._looks = 0

    def others(self) -> dict[bytes, bytes]:
        """Return one laptop more each time."""
        self._looks += 1
        return {bytes([number]) * 16: b"k" * 32 for number in range(1, self._looks)}


def test_a_laptop_that_is_granted_while_a_stick_is_read_ends_no_visit() -> None:
    assert list(hear_holdings(_GrantedMeanwhile(), _NoStick(), {})) == []  # type: ignore[arg-type]


class _NoStick:
    """Nothing lies on it."""

    def home(self, name: str) -> str:
        """Return where it would lie."""
        return name
