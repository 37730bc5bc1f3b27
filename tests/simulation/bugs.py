"""Planted bugs, the test of the test: each breaks one rule of the real code, and must be found.

Nothing is mocked: the product runs as it is, but for one function that breaks one rule. Each
stands for a fault that was found in a published system or in a first design of this one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final

from tests.simulation import broken_exchange, broken_keys, broken_merge

__all__ = ["BUGS", "planted"]

Bug = Callable[[], AbstractContextManager[None]]

BUGS: Final[Mapping[str, Bug]] = {
    bug.__name__: bug
    for bug in (
        broken_exchange.answer_is_proof,
        broken_exchange.outbox_cleared_on_answer,
        broken_exchange.newer_edit_cleared,
        broken_exchange.cursor_before_changes,
        broken_exchange.gap_passed_over,
        broken_exchange.restored_log_ignored,
        broken_merge.later_clock_wins,
        broken_merge.early_arrival_dropped,
        broken_merge.replaced_comes_back,
        broken_merge.conflict_settled_by_clock,
        broken_merge.caution_forgotten,
        broken_merge.settling_drops_a_head,
        broken_merge.settled_unseen,
        broken_merge.typed_over_the_unseen,
        broken_exchange.known_by_number,
        broken_exchange.number_used_again,
        broken_exchange.copy_goes_unnoticed,
        broken_exchange.session_of_anyone,
        broken_exchange.unopened_dropped,
        broken_exchange.set_aside_forgotten,
        broken_exchange.courier_forgets,
        broken_exchange.only_own_offered,
        broken_exchange.names_trusted,
        broken_exchange.position_without_batch,
        broken_exchange.any_log_agrees,
        broken_exchange.statements_not_given_again,
        *(getattr(broken_keys, name) for name in broken_keys.__all__),
    )
}


@contextlib.contextmanager
def planted(bug: str | None) -> Iterator[None]:
    """Run with a bug in the real code; None plants none."""
    if bug is None:
        yield
        return
    with BUGS[bug]():
        yield
