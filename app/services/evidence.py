"""What batches and the server prove of copied laptops, of gaps and of another history.

None of it holds anything up or is a reason to refuse data: merging needs no order. It is noted once
in the audit, and stays a fact of the page *Sincronización*, so that people can ask what happened.
The audit is kept for ever, and a laptop of the centre that lies could fill it with a batch a row:
it has a row for each session of a device (or each log), :data:`NOTED_MAX` of them at most; what
comes after is counted, and the count is shown. Of a fork the row names both batches by their
hashes: they are kept, with their signed headers, like every batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Final

from app.services import attachment_refusals, audit_evidence
from app.services.access import act
from app.services.behind import CLAIMED, FALSE_PLACES, UNPROVEN, behind_of
from app.services.ports import Desk, KeptReceipt, OpenedBatch, UnitOfWork
from app.services.read_models import SyncFact

__all__ = [
    "FORKS",
    "LOST_MAX",
    "NOTED_MAX",
    "OTHER_HISTORY_OF_BATCHES",
    "facts",
    "keep_receipts",
    "note_batch",
    "note_elsewhere",
    "note_end",
    "note_fork",
    "note_log",
    "note_machine",
    "note_other_history",
    "note_seen",
    "tell_broken_receipts",
    "tell_missing",
    "unseen",
]

NOTED_MAX: Final = 32
"""Rows of the audit of one kind about one device (its sessions) or one log (what proves it)."""

FORKS: Final = "sync/forked_batches"
"""How many batches bore a number that was there: counted as they are taken in, and so counted anew
where a database is made anew from them."""

OTHER_HISTORY_OF_BATCHES: Final = "sync/other_history_batches"
"""How many times batches showed another history: counted as they are taken in, like the forks."""

LOST_MAX: Final = 1_000_000
"""The most batches that a region can have lost of one centre: what some thirty laptops seal in a
year that synchronise by themselves each quarter of an hour, day and night, and have something to
send each time. A centre writes some thousands a year. Whoever says to have read further than that
behind the end of the log is broken or lies, and is no witness."""

_COPIED: Final = "sync/copied_devices"
_OTHER_HISTORY: Final = "sync/other_history_times"
_SHORT: Final = "sync/log_lacks_at_end"
_MACHINE: Final = "machine/told/{fact}"
_MACHINE_SEEN: Final = "machine/seen/{fact}"
_SEEN: Final = "sync/seen/{fact}"
_TWICE_SEEN: Final = "case_numbers/seen"
_MARK_BYTES: Final = 8
_TWICE_MAX: Final = 1_000
"""Numbers that two cases bear of which it is known whether somebody looked: people make a few."""
_ELSEWHERE: Final = "put_back_or_copied"
_MACHINE_FACTS: Final = (
    "backup_restored",
    "folder_moved",
    "made_of_backup",
    "end_lost",
    _ELSEWHERE,
)
_RUNS_ELSEWHERE: Final = "sync/own_runs_elsewhere"
_RUNS_MAX: Final = 256
_LOGS: Final = "sync/logs_met"
_TWO_SERVERS: Final = "sync/two_servers_times"
_LOG_BYTES: Final = 16
_LOGS_MAX: Final = 16
_DEVICE_BYTES: Final = 16
_SESSION_BYTES: Final = 8
_FIRST: Final = 1


def note_fork(uow: UnitOfWork, desk: Desk, opened: OpenedBatch) -> None:
    """Note when another batch of the same session bears the number of this one: a copied laptop or
    a restored backup went on writing. Both are kept and applied. Before it is stored."""
    others = uow.batches.by_number(opened.device, opened.session, opened.number)
    if not others:
        return
    uow.local.put(FORKS, str(_times(uow, FORKS) + 1).encode())
    said = (opened.session.hex(), str(opened.number), others[0].hex(), opened.id.hex())
    _tell_once(uow, desk, "fork_seen", opened.device, *said)
    copied = uow.local.get(_COPIED) or b""
    steps = range(0, len(copied), _DEVICE_BYTES)
    if opened.device not in {copied[at : at + _DEVICE_BYTES] for at in steps}:
        uow.local.put(_COPIED, copied + opened.device)


def note_elsewhere(uow: UnitOfWork, desk: Desk, opened: OpenedBatch) -> bool:
    """Note a batch that this device signed and this laptop does not know: it was put back, or has a
    twin. Return whether nothing was told of that run of the program before; the caller commits."""
    said = (opened.session.hex(), str(opened.number), opened.id.hex())
    is_noted = _tell_once(uow, desk, _ELSEWHERE, opened.device, *said)
    heard = uow.local.get(_RUNS_ELSEWHERE) or b""
    starts = range(0, len(heard), _SESSION_BYTES)
    is_heard = opened.session in {heard[at : at + _SESSION_BYTES] for at in starts}
    if not is_heard:
        kept = (heard + opened.session)[-_RUNS_MAX * _SESSION_BYTES :]
        uow.local.put(_RUNS_ELSEWHERE, kept)
    if is_heard and not is_noted:
        return False
    name = _MACHINE.format(fact=_ELSEWHERE)
    uow.local.put(name, str(_times(uow, name) + 1).encode())
    return True


def note_batch(uow: UnitOfWork, opened: OpenedBatch) -> None:
    """Note what a batch names: the one before it, what its device had seen of the log, and what
    its program can read."""
    if opened.number > _FIRST:
        uow.witness.await_batch(
            opened.previous,
            device=opened.device,
            session=opened.session,
            number=opened.number - 1,
        )
    uow.devices.note(opened.device, format=opened.format, seen=opened.seen)
    if opened.seen is not None:
        uow.witness.note_seen(opened.id, opened.seen)


def note_other_history(uow: UnitOfWork, desk: Desk, proof: bytes) -> None:
    """Two histories were shown under one log id. ``proof`` is the batch whose device had seen the
    other one, or the chain that this laptop had verified."""
    name = OTHER_HISTORY_OF_BATCHES if uow.batches.is_held(proof) else _OTHER_HISTORY
    uow.local.put(name, str(_times(uow, name) + 1).encode())
    cursor = uow.batches.cursor()
    log_id = cursor.log_id if cursor else b""
    _tell_once(uow, desk, "other_history_seen", log_id, proof.hex())


def note_end(uow: UnitOfWork, desk: Desk, gone: Collection[bytes]) -> None:
    """The log was verified up to where the server ends it now. What another laptop of the centre
    says to have read of it behind that the server lost, or keeps back, unless that laptop is broken
    or lies: it is one witness. Those that were taken out (``gone``) are none, in whoever's hands
    they are. The caller commits."""
    beyond, cursor = uow.witness.beyond(LOST_MAX, gone), uow.batches.cursor()
    if beyond is None or cursor is None:
        uow.local.put(_SHORT, None)
        uow.local.put(_SEEN.format(fact="log_short"), None)
        return
    short, seen = beyond.position - cursor.position, _SEEN.format(fact="log_short")
    uow.local.put(_SHORT, str(short).encode())
    # It fell, and when it rises again that is news.
    uow.local.put(seen, str(min(short, _times(uow, seen))).encode())
    said = (beyond.batch.hex(), str(beyond.position), beyond.device.hex())
    _tell_once(uow, desk, "log_short_seen", cursor.log_id, *said)


def note_log(uow: UnitOfWork, desk: Desk, log_id: bytes) -> None:
    """Note which log of the centre was verified now. A server that was set up anew or restored has
    a log never met before; one that was left and comes back proves that there are two."""
    met = uow.local.get(_LOGS) or b""
    if met[-_LOG_BYTES:] == log_id:
        return
    known = [met[at : at + _LOG_BYTES] for at in range(0, len(met), _LOG_BYTES)]
    if log_id in known:
        uow.local.put(_TWO_SERVERS, str(_times(uow, _TWO_SERVERS) + 1).encode())
        _tell_once(uow, desk, "two_servers_seen", b"", log_id.hex())
        known.remove(log_id)
    uow.local.put(_LOGS, b"".join([*known, log_id][-_LOGS_MAX:]))


def note_machine(uow: UnitOfWork, desk: Desk, fact: str, tag: bytes, detail: str = "") -> None:
    """Note what the start of the program found: ``backup_restored``, ``folder_moved``, or that the
    last records are gone (``end_lost``); or that the laptop was ``made_of_backup``. ``tag`` is that
    of the database, or the name of the backup; the caller commits."""
    name = _MACHINE.format(fact=fact)
    uow.local.put(name, str(_times(uow, name) + 1).encode())
    _audit(uow, desk, fact, tag, detail)


def unseen(uow: UnitOfWork, twice: Sequence[str]) -> tuple[str, ...]:
    """Return what happened once more since somebody looked and people must act on: of this laptop
    itself, of the numbers that two cases bear (``twice``), and of what the region shows."""
    return (
        *(
            fact
            for fact in _MACHINE_FACTS
            if _times(uow, _MACHINE.format(fact=fact))
            > _times(uow, _MACHINE_SEEN.format(fact=fact))
        ),
        *(("case_numbers_twice",) if _marks(twice) - _twice_seen(uow) else ()),
        *(
            fact
            for fact, times in _shown_by_the_region(uow).items()
            if times > _times(uow, _SEEN.format(fact=fact))
        ),
    )


@act("see_sync")
def note_seen(uow: UnitOfWork) -> None:
    """Somebody looks at what :func:`unseen` tells: it is no news any more. Commits."""
    for fact in _MACHINE_FACTS:
        uow.local.put(_MACHINE_SEEN.format(fact=fact), uow.local.get(_MACHINE.format(fact=fact)))
    twice = sorted(_marks(uow.cases.numbers_borne_twice()))[:_TWICE_MAX]
    uow.local.put(_TWICE_SEEN, b"".join(twice))
    for fact, times in _shown_by_the_region(uow).items():
        uow.local.put(_SEEN.format(fact=fact), str(times).encode() if times else None)
    uow.commit()


def tell_missing(uow: UnitOfWork, desk: Desk) -> None:
    """Note the sessions of which others name batches that did not come with them, once each; none
    while the log before a snapshot is still to come. Commits."""
    if behind_of(uow) is not None:
        return
    missing = uow.witness.newly_missing()
    for one in missing:
        _tell_once(uow, desk, "gap_seen", one.device, one.session.hex(), str(one.number))
    if missing:
        uow.commit()


def keep_receipts(uow: UnitOfWork, desk: Desk, receipts: Sequence[KeptReceipt]) -> None:
    """Keep what the server signed, in the transaction that takes its answer in. A second word about
    one batch that differs from the first proves by itself that one of them is not kept."""
    for one in uow.receipts.put(receipts):
        _note_broken(uow, desk, one)


def tell_broken_receipts(uow: UnitOfWork, desk: Desk) -> None:
    """Note the receipts that the verified log contradicts, once each: the server promised a place
    and does not keep it. Commits."""
    broken = uow.receipts.newly_broken()
    for one in broken:
        _note_broken(uow, desk, one)
    if broken:
        uow.commit()


def facts(uow: UnitOfWork) -> tuple[SyncFact, ...]:
    """Return what people are told of, each with its number; nothing where there is nothing. Of the
    log before a snapshot that is still to come the number is how many per cent are here."""
    behind, region = behind_of(uow), _shown_by_the_region(uow)
    counts = {
        "other_history_seen": region["other_history_seen"],
        "laptops_copied": len(uow.local.get(_COPIED) or b"") // _DEVICE_BYTES,
        "history_behind": max(1, behind.per_cent) if behind else 0,
        "snapshot_awaited": uow.snapshots.awaited() if uow.local.get(CLAIMED) else 0,
        "snapshot_unproven": _times(uow, UNPROVEN),
        "snapshot_false": _times(uow, FALSE_PLACES),
        "attachments_no_room": attachment_refusals.without_room(uow),
        "attachments_refused": attachment_refusals.count(uow),
        "batches_missing": 0 if behind else uow.witness.missing(),
        "log_short": region["log_short"],
        "two_servers": _times(uow, _TWO_SERVERS),
        "folder_moved": _times(uow, _MACHINE.format(fact="folder_moved")),
        "backup_restored": _times(uow, _MACHINE.format(fact="backup_restored")),
        "made_of_backup": _times(uow, _MACHINE.format(fact="made_of_backup")),
        "end_lost": _times(uow, _MACHINE.format(fact="end_lost")),
        _ELSEWHERE: _times(uow, _MACHINE.format(fact=_ELSEWHERE)),
        "batches_waiting": 0 if behind else uow.aside.count_waiting(),
        "receipt_broken": region["receipt_broken"],
        audit_evidence.CONTRADICTED: len(audit_evidence.contradicting(uow)),
    }
    times = {"laptops_copied": max(_times(uow, FORKS), counts["laptops_copied"])}
    return tuple(
        SyncFact(name, count, times.get(name, 0)) for name, count in counts.items() if count
    )


def _shown_by_the_region(uow: UnitOfWork) -> dict[str, int]:
    return {
        "other_history_seen": _times(uow, _OTHER_HISTORY) + _times(uow, OTHER_HISTORY_OF_BATCHES),
        "log_short": _times(uow, _SHORT),
        "receipt_broken": uow.receipts.broken(),
    }


def _marks(numbers: Collection[str]) -> set[bytes]:
    """Return a mark for each number, of one length, whatever signs it has."""
    return {
        hashlib.blake2b(one.encode(), digest_size=_MARK_BYTES).digest()
        for one in list(numbers)[:_TWICE_MAX]
    }


def _twice_seen(uow: UnitOfWork) -> set[bytes]:
    seen = uow.local.get(_TWICE_SEEN) or b""
    return {seen[at : at + _MARK_BYTES] for at in range(0, len(seen), _MARK_BYTES)}


def _tell_once(uow: UnitOfWork, desk: Desk, action: str, about: bytes, *said: str) -> bool:
    """Add a row to the audit about a device or a log, unless one begins with the same word or
    there are too many; return whether there is one more. The audit is asked, for what it has is
    what people can read."""
    rows = uow.audit.details(action, about.hex(), NOTED_MAX)
    if len(rows) >= NOTED_MAX or said[0] in {one.partition("/")[0] for one in rows}:
        return False
    _audit(uow, desk, action, about, "/".join(said))
    return True


def _times(uow: UnitOfWork, name: str) -> int:
    return int(uow.local.get(name) or b"0")


def _note_broken(uow: UnitOfWork, desk: Desk, one: KeptReceipt) -> None:
    # The whole of what was signed, so that anybody with the server's key can verify it.
    said = (one.log_id.hex(), str(one.position), one.chain.hex(), one.signature.hex())
    _audit(uow, desk, "receipt_broken", one.batch, "/".join(said))


def _audit(uow: UnitOfWork, desk: Desk, action: str, about: bytes, detail: str) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=about.hex(),
        at_ms=desk.clock.now_ms(),
        detail=detail,
    )
