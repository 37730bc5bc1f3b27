"""What people are told: that nothing waits only when nothing does, what was shown to be another
history, what was put back; and that what is urgent leaves first.

Computed from tables and bytes, apart from the code that says it.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from app.domain.change import Change
from app.domain.merge import MergeRule
from app.services.batch_ports import REVOKED_DEVICE
from app.services.sync_facts import sync_view
from app.services.sync_status import status_sentence
from sync.client.requests import Exchange
from sync.protocol.roster import statement_id
from tests.simulation.oracle import must
from tests.support.laptops import definitions

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.world import World

__all__ = ["Told", "check_sentence", "check_urgent_first"]

LOOKED_AT: Final = 0.2
NOTHING: Final = "nada por enviar"
_ALWAYS_URGENT: Final = frozenset({"referral", "measure", "risk_valuation"})


class Told:
    """Looks at what a laptop says, now and then, from a source of chance of its own."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"{seed} told")
        """For whatever came later than the first seeds."""

    def may_look(self, world: World, laptop: SimLaptop) -> None:
        """Look at the sentence of a laptop, or not."""
        if self.chance.random() < LOOKED_AT:
            check_sentence(world, laptop)

    def check_shown(self, laptop: SimLaptop) -> None:
        """Whoever synchronised well though another history was shown on the way has it noted."""
        for log_id in laptop.shown:
            noted = laptop.rows(_OTHER_HISTORY, log_id.hex())
            must(bool(noted), f"{laptop.name}: another history was shown, and nobody is told")


def check_sentence(world: World, laptop: SimLaptop, *, must_say: bool = False) -> None:
    """«nada por enviar» is said only when nothing waits; with ``must_say`` it is said."""
    view = laptop.look(lambda uow: sync_view(uow, with_cases=False))
    said = status_sentence(view, laptop.clock.now_ms(), _Plain())
    if NOTHING not in said:
        must(not must_say, f"{laptop.name}: says that something waits, and nothing does")
        return
    for what, query in _WAITING.items():
        must(not laptop.rows(query), f"{laptop.name}: says that nothing waits, and {what} do")
    roster = laptop.keys.keyring.roster
    cut_off = {one.statement for one in roster.refused}
    told = {statement_id(one) for region in world.regions() for one in region.told}
    untold = roster.proven - cut_off - told
    must(not untold, f"{laptop.name}: says that nothing waits, and statements do")


def check_urgent_first(laptop: SimLaptop, ask: Exchange, before: set[bytes]) -> None:
    """No batch leaves before one that is urgent and waits here, whoever made it. ``before`` are
    those that were offered already."""
    sent = [one.id for one in ask.batches if one.id not in ask.promised]
    waiting = dict(laptop.rows(_TO_SEND))
    if not sent or not waiting:
        return
    sealed = laptop.world.oracle.sealed
    held = {name: sealed.changes_of(name, content) for name, content in waiting.items()}
    pressing = {name for name, changes in held.items() if any(map(_is_urgent, changes))}
    if not pressing - before - set(sent):
        return
    # What is typed here goes as whole records, of which a part may be in the log already.
    own = {name: sealed.changes_of(name, content) for name, content in laptop.rows(_OWN)}
    urgent = {one.record_id for some in own.values() for one in some if _is_urgent(one)}
    for name in sent:
        if name in held and not held[name]:
            continue  # whoever checks cannot open it yet: it names what lies elsewhere
        is_part = any(one.record_id in urgent for one in own.get(name, ()))
        must(name in pressing or is_part, f"{laptop.name}: what is urgent waits behind what is not")


def _is_urgent(change: Change) -> bool:
    if change.kind in _ALWAYS_URGENT:
        return True
    field = definitions().field_of(change.kind, change.field)
    if change.kind == "task" or field is None or field.merge is not MergeRule.ASK:
        return False
    first = field.most_cautious_first[:1]
    return any(type(one) is type(change.value) and one == change.value for one in first)


class _Plain:
    """Words as they are in the source."""

    def gettext(self, msgid: str) -> str:
        """Return the text itself."""
        return msgid

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form for n things."""
        return one if n == 1 else many

    def format_datetime_ms(self, ms: int) -> str:
        """Return the number."""
        return str(ms)


_WAITING: Final = {
    "changes": (
        "SELECT 1 FROM outbox WHERE is_sealed = 0 OR EXISTS"
        " (SELECT 1 FROM batch_change WHERE batch_change.change_seq = outbox.change_seq) LIMIT 1"
    ),
    "batches": "SELECT 1 FROM batch WHERE position IS NULL LIMIT 1",
    "batches of others": (
        "SELECT 1 FROM set_aside WHERE is_signed = 1 AND position IS NULL"
        f" AND content IS NOT NULL AND reason != '{REVOKED_DEVICE}' LIMIT 1"
    ),
}
_TO_SEND: Final = (
    "SELECT id, content FROM batch JOIN batch_content ON batch_seq = seq WHERE position IS NULL"
)
_OWN: Final = "SELECT id, content FROM batch JOIN batch_content ON batch_seq = seq WHERE is_own = 1"
_OTHER_HISTORY: Final = (
    "SELECT 1 FROM audit WHERE action = 'other_history_seen' AND object_id = ? LIMIT 1"
)
