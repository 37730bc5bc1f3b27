"""What was set aside, or waits for an earlier batch, is tried again: a portion at a time.

Each portion is a transaction of its own, so that what is saved meanwhile waits no longer than for a
page of the log, and a power cut loses no more than one.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from app.services import replication
from app.services.ports import Desk, Envelope
from app.services.replication import Taken
from sync.client.keys import CentreKeys
from sync.client.outcome import Outcome
from sync.client.requests import Ask, Store

__all__ = ["take_ready", "try_set_aside_again"]


def take_ready(desk: Desk, envelope: Envelope, outcome: Outcome) -> Generator[Ask, Any, None]:
    """Take in what waited for a batch that is here by now; costs one look when nothing did."""
    while True:
        taken: Taken | None = yield Store(lambda uow: replication.take_ready(uow, desk, envelope))
        if taken is None:
            return
        outcome.add(taken)


def try_set_aside_again(
    desk: Desk, envelope: Envelope, keys: CentreKeys, outcome: Outcome
) -> Generator[Ask, Any, None]:
    """Take in what was set aside and opens now, and what is ready since a run that was cut; costs
    two looks when nothing came since."""
    mark = keys.mark()
    while True:
        taken: Taken | None = yield Store(
            lambda uow: replication.retry_set_aside(uow, desk, envelope, mark)
        )
        if taken is None:
            break
        outcome.add(taken)
    yield from take_ready(desk, envelope, outcome)
