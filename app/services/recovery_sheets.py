"""The recovery sheets of a laptop: made, who keeps them, and the drill once a year.

A set is made in two steps: three sheets are drawn and printed, and only when a row of each was
typed back from its paper do they open anything; until then the set before is as good as ever. Who
keeps them is a fact of this laptop: names stand in its database, and neither in the vault file nor
in the audit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from app.domain.errors import DomainError
from app.domain.folding import fold
from app.domain.sheet_rows import ROWS, read_row
from app.services import accounts
from app.services.access import act
from app.services.ports import Desk, UnitOfWork
from app.services.sheet_ports import LETTERS, NO_SHEETS, DrawnSet, Rows, SheetKeys, letter_of

__all__ = [
    "KEPT_MAX",
    "TEXT_MAX",
    "Asked",
    "Custody",
    "Drill",
    "Making",
    "SheetsState",
    "adopt",
    "are_kept_together",
    "draw",
    "drill",
    "keep",
    "note_custody",
    "note_opened",
    "reminder",
    "state",
]

MONTH_MS: Final = 30 * 24 * 3600 * 1000
"""So long a laptop is new, and nobody is reminded that it has no sheets yet."""
YEAR_MS: Final = 365 * 24 * 3600 * 1000
TEXT_MAX: Final = 80
KEPT_MAX: Final = 12
"""Drills that are remembered: the latest."""

_FACTS: Final = "sheets/facts"
_AUDITED: Final = "recovery-sheets"


@dataclass(frozen=True, slots=True)
class Custody:
    """Who keeps one sheet, and where; both may be empty."""

    holder: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """Two people typed two sheets, and they open this laptop. ``pair``: «A+C»."""

    at_ms: int
    pair: str


@dataclass(frozen=True, slots=True)
class SheetsState:
    """What is known of the sheets of this laptop. ``made_ms`` is 0 and ``custody`` is empty where
    the database knows nothing of the set that the vault file names."""

    set_name: str
    made_ms: int
    custody: tuple[Custody, ...]
    drills: tuple[Drill, ...]
    former: str
    """The set that opened this laptop before, and opens it no longer; empty when there was none."""
    were_used: bool
    """Somebody came in by them: they were out of their envelopes, and others are due."""
    reminder: str
    """What is due, as a message id; empty when nothing is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A row to be typed back from the paper: of which sheet, and its place from 1."""

    number: int
    row: int

    @property
    def letter(self) -> str:
        """The sheet's letter."""
        return letter_of(self.number)


@dataclass(frozen=True, slots=True)
class Making:
    """A set that is being made, in memory alone. Nothing of it is left when it is given up."""

    drawn: DrawnSet
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the database knows: of the set ``name``; and of one whose file may not be written yet.
    Sheets that were given up are in neither."""

    name: str = ""
    made_ms: int = 0
    custody: tuple[Custody, ...] = ()
    drills: tuple[Drill, ...] = ()
    former: str = ""
    used_ms: int = 0
    coming: str = ""


@act("try_sheets")
def state(uow: UnitOfWork, desk: Desk, keys: SheetKeys) -> SheetsState:
    """Return what is known of the sheets. Finishes, and commits, a making that was cut off once its
    vault file was written."""
    facts = _settled(uow, desk, keys)
    return SheetsState(
        set_name=keys.set_name,
        made_ms=facts.made_ms,
        custody=facts.custody or tuple(Custody() for _ in LETTERS),
        drills=facts.drills,
        former=facts.former,
        were_used=facts.used_ms > 0,
        reminder=_due(facts, keys, desk.clock.now_ms()),
    )


@act("try_sheets")
def reminder(uow: UnitOfWork, desk: Desk, keys: SheetKeys) -> str:
    """Return the message id of what is due: ``sheets_missing_due``, ``sheets_used_due``,
    ``sheets_drill_due``; empty when nothing is. Reads only."""
    now_ms = desk.clock.now_ms()
    if not keys.set_name and keys is not NO_SHEETS:
        since = min((one.since_ms for one in accounts.accounts_of(uow)), default=now_ms)
        return "sheets_missing_due" if now_ms - since > MONTH_MS else ""
    return _due(_facts_of(uow, keys), keys, now_ms)


@act("keep_sheets")
def draw(uow: UnitOfWork, desk: Desk, keys: SheetKeys) -> Making:
    """Begin a new set: three sheets to be printed, and the row of each that will be asked for.
    Commits the entry in the audit alone. Raises DomainError ``sheets_not_here``."""
    drawn = keys.draw()
    chance = desk.ids.random_bytes(len(drawn.sheets))
    asked = tuple(
        Asked(sheet.number, byte % ROWS + 1)
        for sheet, byte in zip(drawn.sheets, chance, strict=True)
    )
    _audit(uow, desk, "sheets_drawn", drawn.name)
    uow.commit()
    return Making(drawn, asked)


@act("keep_sheets")
def keep(
    uow: UnitOfWork, desk: Desk, keys: SheetKeys, making: Making, typed: Mapping[int, str]
) -> None:
    """Let the new set open this laptop, as its paper can be read: ``typed`` has, by the number of
    each sheet, the row that was asked for. The set before opens nothing from then on; where there
    was one, the next opening replaces the key of the database.

    Raises DomainError ``sheet_proof_wrong`` (``sheet``, ``row``), ``sheet_proof_other`` (the same:
    the row is right, and of another sheet), ``sheets_not_here``, ``vault_altered``;
    EnvironmentFault of the disk, with the set before as good as ever.
    """
    for one in making.asked:
        _check_proof(making, one, typed.get(one.number, ""))
    facts = _settled(uow, desk, keys)
    name = making.drawn.name
    _expect(uow, facts, name)
    _audit(uow, desk, "sheets_read_back", name)
    uow.commit()
    keys.keep(making.drawn)
    _settled(uow, desk, keys)


@act("keep_sheets")
def adopt(uow: UnitOfWork, desk: Desk, keys: SheetKeys, one: Rows, other: Rows) -> str:
    """Let two sheets that open another laptop of the centre open this one, too; return the name of
    their set. Commits, before the vault file is written, as :func:`keep` does. Raises DomainError
    as :class:`app.services.sheet_ports.SheetKeys` does."""
    facts = _settled(uow, desk, keys)
    found = keys.read_pair(one, other)
    if found.name != keys.set_name:
        _expect(uow, facts, found.name)
    _audit(uow, desk, "sheets_adopted", found.name)
    uow.commit()
    keys.keep(found)
    _settled(uow, desk, keys)
    return found.name


@act("try_sheets")
def drill(uow: UnitOfWork, desk: Desk, keys: SheetKeys, one: Rows, other: Rows) -> Drill:
    """Note that two sheets open this laptop, which they do not: nothing is opened or changed but
    the date and the pair. Commits. Raises DomainError as
    :meth:`app.services.sheet_ports.SheetKeys.try_pair`."""
    numbers = keys.try_pair(one, other)
    facts = _settled(uow, desk, keys)
    done = Drill(desk.clock.now_ms(), "+".join(letter_of(number) for number in numbers))
    _put(uow, replace(facts, drills=(*facts.drills, done)[-KEPT_MAX:]))
    _audit(uow, desk, "sheets_drill", keys.set_name, done.pair)
    uow.commit()
    return done


@act("keep_sheets")
def note_custody(uow: UnitOfWork, desk: Desk, keys: SheetKeys, custody: Sequence[Custody]) -> None:
    """Note who keeps A, B and C, and where. Commits; the audit says of which sheets it changed, and
    no name. Raises DomainError ``sheets_none``, ``text_too_long`` (``limit``)."""
    if not keys.set_name:
        raise DomainError("sheets_none")
    said = tuple(Custody(one.holder.strip(), one.place.strip()) for one in custody)
    if any(len(text) > TEXT_MAX for one in said for text in (one.holder, one.place)):
        raise DomainError("text_too_long", limit=TEXT_MAX)
    facts = _settled(uow, desk, keys)
    before = facts.custody or tuple(Custody() for _ in LETTERS)
    changed = [letter for letter, was, now in zip(LETTERS, before, said, strict=True) if was != now]
    if not changed:
        return
    _put(uow, replace(facts, custody=said))
    _audit(uow, desk, "sheets_custody", keys.set_name, ",".join(changed))
    uow.commit()


def are_kept_together(custody: Sequence[Custody]) -> bool:
    """Return whether two sheets are with one person or in one place: who takes both opens it."""
    holders = [said for one in custody if (said := fold(one.holder))]
    places = [said for one in custody if (said := fold(one.place))]
    return any(len(set(said)) < len(said) for said in (holders, places))


def note_opened(uow: UnitOfWork, desk: Desk, set_name: str, pair: Sequence[int]) -> None:
    """Note that somebody came in by two sheets. The caller commits, before anything else is
    written: nobody comes in by them unseen."""
    facts = _facts(uow)
    _put(uow, replace(facts, used_ms=desk.clock.now_ms()))
    letters = "+".join(letter_of(number) for number in sorted(pair))
    _audit(uow, desk, "sheets_opened", set_name, letters)


def _check_proof(making: Making, asked: Asked, typed: str) -> None:
    sheet = next(one for one in making.drawn.sheets if one.number == asked.number)
    try:
        content = read_row(asked.row, typed)
    except DomainError:
        raise DomainError("sheet_proof_wrong", sheet=asked.letter, row=asked.row) from None
    if content != read_row(asked.row, sheet.rows[asked.row - 1]):
        raise DomainError("sheet_proof_other", sheet=asked.letter, row=asked.row)


def _due(facts: _Facts, keys: SheetKeys, now_ms: int) -> str:
    if not keys.set_name:
        return ""
    if facts.used_ms:
        return "sheets_used_due"
    latest = max([facts.made_ms, *(one.at_ms for one in facts.drills)])
    return "sheets_drill_due" if latest and now_ms - latest > YEAR_MS else ""


def _expect(uow: UnitOfWork, facts: _Facts, name: str) -> None:
    """Note, before the vault file names it, which set is coming: should the program die in between,
    the next look at the sheets finds either that the file names it, or that it does not. And that
    the key is due where it replaces another: an old vault file opens by that one as long as the key
    is the same, whether or not anybody looks at the sheets again."""
    _put(uow, replace(facts, coming=name))
    if facts.name:
        uow.local.put(accounts.RENEWAL, b"1")


def _settled(uow: UnitOfWork, desk: Desk, keys: SheetKeys) -> _Facts:
    """Bring what is known in line with the set that the vault file names."""
    facts = _facts(uow)
    if not facts.coming:
        return _facts_of(uow, keys)
    if keys.set_name == facts.coming:
        _audit(uow, desk, "sheets_made", facts.coming, facts.name)
        facts = _after(facts, facts.name, facts.coming, desk.clock.now_ms())
    else:
        _audit(uow, desk, "sheets_given_up", facts.coming)
        facts = replace(facts, coming="")
    _put(uow, facts)
    uow.commit()
    return _facts_of(uow, keys)


def _after(facts: _Facts, before: str, name: str, now_ms: int) -> _Facts:
    return _Facts(name=name, made_ms=now_ms, former=before or facts.former)


def _facts_of(uow: UnitOfWork, keys: SheetKeys) -> _Facts:
    """Return what is known of the set that the vault file names, which may be nothing."""
    facts = _facts(uow)
    if facts.name == keys.set_name:
        return facts
    return _Facts(name=keys.set_name, used_ms=facts.used_ms, former=facts.name)


def _facts(uow: UnitOfWork) -> _Facts:
    content = uow.local.get(_FACTS)
    if content is None:
        return _Facts()
    said = json.loads(content)
    return _Facts(
        name=said["name"],
        made_ms=said["made_ms"],
        custody=tuple(Custody(**one) for one in said["custody"]),
        drills=tuple(Drill(**one) for one in said["drills"]),
        former=said["former"],
        used_ms=said["used_ms"],
        coming=said["coming"],
    )


def _put(uow: UnitOfWork, facts: _Facts) -> None:
    uow.local.put(_FACTS, json.dumps(asdict(facts), ensure_ascii=False).encode())


def _audit(uow: UnitOfWork, desk: Desk, action: str, set_name: str, detail: str = "") -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=f"{_AUDITED}/{set_name}",
        at_ms=desk.clock.now_ms(),
        detail=detail,
    )
