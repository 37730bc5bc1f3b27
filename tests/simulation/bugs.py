"""Planted bugs, the test of the test: each breaks one rule of the real code, and must be found.

Nothing is mocked: the product runs as it is, but for one function that breaks one rule. Each
stands for a fault that was found in a published system or in a first design of this one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final

from tests.simulation import (
    broken_exchange,
    broken_keys,
    broken_merge,
    broken_scans,
    broken_told,
    broken_twins,
)

__all__ = ["BUGS", "SAYS", "is_told", "planted"]

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
        broken_merge.tasks_of_before,
        broken_merge.former_name_finds,
        broken_exchange.known_by_number,
        broken_exchange.number_used_again,
        broken_exchange.copy_goes_unnoticed,
        broken_exchange.session_of_anyone,
        broken_exchange.unopened_dropped,
        broken_exchange.set_aside_forgotten,
        broken_exchange.courier_forgets,
        broken_exchange.urgency_not_carried,
        broken_exchange.only_own_offered,
        broken_exchange.names_trusted,
        broken_exchange.position_without_batch,
        broken_exchange.any_log_agrees,
        broken_exchange.statements_not_given_again,
        *(getattr(broken_keys, name) for name in broken_keys.__all__),
        *(getattr(broken_scans, name) for name in broken_scans.__all__),
        *(getattr(broken_told, name) for name in broken_told.__all__),
        *(getattr(broken_twins, name) for name in broken_twins.__all__),
    )
}

SAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "answer_is_proof": ("counts a batch as received that was not seen in the log",),
    "outbox_cleared_on_answer": ("a change left the queue before it was in the log",),
    "newer_edit_cleared": ("a change left the queue before it was in the log",),
    "cursor_before_changes": ("without taking it in", "batches_not_seen, though all is quiet"),
    "gap_passed_over": ("without taking it in",),
    "restored_log_ignored": ("counts a batch as received that was not seen in the log",),
    "later_clock_wins": ("heads are not what was made",),
    "early_arrival_dropped": ("lacks",),
    "replaced_comes_back": ("the digests differ",),
    "conflict_settled_by_clock": ("conflict is not as it should be",),
    "caution_forgotten": ("shows another value",),
    "settling_drops_a_head": ("the digests differ",),
    "settled_unseen": ("a conflict was settled over what nobody saw",),
    "typed_over_the_unseen": ("it replaces a value that came since",),
    "tasks_of_before": ("a rebuild gives another task_row",),
    "former_name_finds": ("a rebuild gives another person_key",),
    "known_by_number": ("without taking it in",),
    "number_used_again": ("two batches bear one number",),
    "copy_goes_unnoticed": ("nobody is told of a copy",),
    "session_of_anyone": ("a laptop is called a copy that is none",),
    "unopened_dropped": ("without taking it in",),
    "set_aside_forgotten": ("lacks",),
    "courier_forgets": ("a change left the queue before it was in the log",),
    "urgency_not_carried": ("what is urgent waits behind what is not",),
    "only_own_offered": ("says all is sent, and a batch was not seen in the log",),
    "names_trusted": ("the stick does not carry a batch, or not all of it",),
    "position_without_batch": ("server_log_wrong, though all is quiet",),
    "any_log_agrees": ("server_log_wrong, though all is quiet",),
    "statements_not_given_again": ("lacks", "batches_refused, though all is quiet"),
    "epoch_kept_from_the_new": ("lacks",),
    "epoch_not_renewed": ("seals what",),
    "limits_ignored": ("strangers take more room than they may",),
    "newer_format_to_the_old": ("an old laptop is sent what it cannot read",),
    "older_grant_revives": ("the server lets in a device that was taken out",),
    "origin_is_another": ("the region never had it",),
    "partial_of_another": (
        "batches_refused, though all is quiet",
        "a centre is given what is another's",
    ),
    "rebuilt_without_places": ("made anew, batches stand elsewhere",),
    "receipt_unverified": ("keeps a receipt that no server gave",),
    "revoked_let_in": ("the server lets in a device that was taken out",),
    "savepoint_left_out": ("a change left the queue before it was in the log",),
    "signed_aside_kept_back": ("says all is sent, and did not offer what it set aside",),
    "skipped_without_place": ("server_log_wrong, though all is quiet",),
    "thief_waits": ("what a thief wrote", "wrote that was taken out"),
    "unseen_not_told": ("says all is sent, and a batch was not seen in the log",),
    "urgent_leaves_the_rest": ("the region never had it",),
    "waiting_dropped": ("without taking it in",),
    "cut_scan_is_whole": ("the region lacks a scan", "scans"),
    "scan_called_sent": ("the region lacks a scan",),
    "scans_stay_on_the_stick": ("scans",),
    "another_centres_given": ("given what is another's", "not given all that is its own"),
    "backup_unsaid": ("and nobody is told",),
    "deleted_unasked": ("shows another value",),
    "held_by_whoever_holds_any": ("never saw it",),
    "nothing_waits_it_says": ("says that nothing waits, and statements do",),
    "other_history_unsaid": ("another history was shown, and nobody is told",),
    "place_without_its_batch": ("server_log_wrong, though all is quiet", "the log's chain"),
    "portion_is_all": ("without taking it in",),
    "reach_forgotten": ("said to be ON_STICK, though all is quiet",),
    "snapshot_is_all": ("without taking it in", "a change left the queue before it was in the log"),
    "stopped_is_done": (
        "says all is sent, and a batch was not seen in the log",
        "left a batch on the stick",
        "the stick does not carry a batch, or not all of it",
    ),
    "sweep_ends_early": ("what opens now is still set aside", "lacks"),
    "taken_in_from_outside": ("wrote that was taken out", "takes in what a thief wrote"),
    "undone_by_half": ("undoing a decision brought other values back",),
    "urgent_in_its_turn": ("what is urgent waits behind what is not",),
    "colleague_is_a_twin": ("called put back or copied, and is neither",),
    "numbers_stay": ("gives a number again, though it heard that it is not alone",),
    "put_back_unsaid": ("put back or copied, and nobody is told of it",),
}
"""What the checkers say of each bug, one of them: a fault of something else finds nothing."""


def is_told(bug: str, violation: str) -> bool:
    """Return whether what was found is what the bug breaks."""
    return any(words in violation for words in SAYS[bug])


@contextlib.contextmanager
def planted(bug: str | None) -> Iterator[None]:
    """Run with a bug in the real code; None plants none."""
    if bug is None:
        yield
        return
    with BUGS[bug]():
        yield
