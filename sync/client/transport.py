"""The way to the other side of an exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sync.client.lane_asks import LaneAsk
from sync.client.requests import Exchange, Exchanged
from sync.protocol.messages import RosterReply, RosterRequest

__all__ = ["Counted", "Transport"]

Counted = Callable[[int, int], None]
"""Called with bytes that went up and bytes that came down since the last call."""


class Transport(Protocol):
    """Carries exchanges; every failure is an EnvironmentFault with a reason for people.

    Network thread only. Nothing leaves the outbox because of what a transport says: only the
    verified log does that.
    """

    def exchange(self, ask: Exchange) -> Exchanged:
        """Carry one exchange, in the version that the other side knows; what it holds already of
        something that was cut does not go again.

        Raises EnvironmentFault ``server_unreachable``, ``server_refused``, ``server_busy`` (perhaps
        with ``seconds`` to wait), ``captive_portal``, ``answer_cut``, ``answer_not_ours``,
        ``server_not_known``, ``server_other_version``.
        """

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements. Raises as :meth:`exchange` does."""

    def lane(self, ask: LaneAsk) -> Any:
        """Carry one piece of the own lane, and return its answer.

        Raises EnvironmentFault ``lane_unknown`` when the other side has none, and as
        :meth:`exchange` does; ``server_refused`` with its ``reason``.
        """

    def close(self) -> None:
        """The run is over: let go of the connection, or leave it standing for the next run."""
