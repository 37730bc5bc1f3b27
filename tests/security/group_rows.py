"""The rows of the verification plan (groups K, D, F, B, C, R, Z, L, I, A, U), and what of each is
still open.

Where the plan has numbers they are the plan's; where it lists, they are numbered here in its order.
``open`` says what nobody has shown yet; a row without any test is open without it. ``bugs`` are
planted in the simulator, each a broken variant that has to be found (``tests/simulation/bugs.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["GROUPS", "ROWS", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its code, what it asks, its planted bugs, and what is open."""

    code: str
    asks: str
    open: str = ""
    bugs: tuple[str, ...] = ()


GROUPS: Final = {
    "K": "Keys and vault",
    "D": "Database",
    "F": "Faults",
    "B": "Batches",
    "C": "Chain",
    "R": "Roster",
    "Z": "Authorisation",
    "L": "Leaks",
    "I": "Inputs",
    "A": "Audit",
    "U": "Updates",
}

_WINDOWS: Final = "Windows untried"

ROWS: Final = (
    Row("K1", "wrong, another's, empty, decomposed words"),
    Row("K2", "the file of the ways in, altered anywhere; one added, taken out, doubled"),
    Row("K3", "costs out of bounds, of wrong types"),
    Row("K4", "departure: her words open only the old key and the old copy"),
    Row("K5", "words given anew by a colleague"),
    Row("K6", "panic leaves only paper"),
    Row(
        "K7", "sheets: each letter mistyped, each two swapped, mixed sets, one, three, two regions"
    ),
    Row(
        "K8",
        "unlocking takes at most 4 s on the reference laptop",
        "no reference laptop was at hand",
    ),
    Row("K9", "two programs unlock at once: the second is refused"),
    Row("D1", "the six traps of SQLCipher and SQLAlchemy"),
    Row("D2", "the authorizer's list"),
    Row("D3", "SQLCipher is wrong or absent: stop"),
    Row("D4", "every connection has the settings, read back"),
    Row(
        "D5",
        "an old page put back is noticed",
        "an older file is; of single old pages only those that contradict the rest",
    ),
    Row("F1", "kill -9 while writing, 200 times (`QISPI_EVERY=1`; else 20)"),
    Row("F2", "kill -9 across a rotation, 200 times (`QISPI_EVERY=1`; else 10)"),
    Row("F3", "disk full at: draft, import, backup, rotation, PDF, attachment"),
    Row("F4", "read-only disk, access denied, a file locked by another", _WINDOWS),
    Row("F5", "the write-ahead log deleted, cut, turned, foreign"),
    Row("F6", "a turned byte or a cut in each page of each file"),
    Row(
        "F7",
        "power cut",
        "by a disk that forgets what was not synchronised; no real plug was pulled",
    ),
    Row(
        "F8",
        "clock 20 years off, put back meanwhile, other zones",
        bugs=("later_clock_wins",),
    ),
    Row("F9", "1,000 times unlocked and locked: nothing grows"),
    Row("F10", "a stick pulled out while it is read or written"),
    Row(
        "F11",
        "no inode left, long paths, a user called Ñahui",
        "without inodes an opening says that the disk may not be written; Windows untried",
    ),
    Row("B1", "every byte of a batch turned"),
    Row("B2", "every cut, every addition"),
    Row("B3", "parts of three batches spliced"),
    Row("B4", "signed by a stranger, by another device"),
    Row("B5", "a signature for one purpose used for another"),
    Row("B6", "sealed again by a member"),
    Row("B7", "of a revoked device", bugs=("revoked_let_in", "thief_waits")),
    Row("B8", "a malicious member: bombs, padding, wrong binding, huge lengths"),
    Row("B9", "another form of the same"),
    Row("B10", "any bytes", bugs=("limits_ignored",)),
    Row("C1", "replay", bugs=("known_by_number",)),
    Row("C2", "any order converges", bugs=("early_arrival_dropped", "replaced_comes_back")),
    Row("C3", "a gap is told and holds nothing up", bugs=("gap_passed_over", "waiting_dropped")),
    Row(
        "C4",
        "a clone is told, and forks nothing",
        bugs=("copy_goes_unnoticed", "number_used_again"),
    ),
    Row("C5", "a restored backup is told", bugs=("backup_unsaid",)),
    Row("C6", "withheld and contradictory histories", bugs=("any_log_agrees",)),
    Row("C7", "a server that rolls its database back", bugs=("restored_log_ignored",)),
    Row("C8", "two servers"),
    Row("C9", "courier and network mixed", bugs=("courier_forgets", "only_own_offered")),
    Row(
        "C10",
        "10,000 batches that wait, in less than 60 s",
        "no test asks for the 60 s: measured once beside other work, 31 s of a core by stick",
    ),
    Row("R1", "forged root, forged admin"),
    Row("R2", "across centres", bugs=("another_centres_given",)),
    Row("R3", "an admin makes an admin"),
    Row("R4", "an id with other keys"),
    Row("R5", "a revoked admin", bugs=("older_grant_revives",)),
    Row("R6", "permutations"),
    Row("R7", "garbage"),
    Row("R8", "3 admins and 6 statements, exhaustively"),
    Row("Z1", "roles, the locked, the removed: every act in every relation"),
    Row("Z2", "default deny"),
    Row("Z3", "a use case without a row fails"),
    Row(
        "Z4",
        "sequences: a case passes on while a window is open, a role is lowered meanwhile",
        "five doors are looked through, not all",
    ),
    Row(
        "Z5",
        "no widget that is closed has data behind it",
        "what lists, counts and forms give is shown, not each widget",
    ),
    Row("L1", "the data folder after a whole day of use"),
    Row(
        "L2",
        "the raw image of the disk after a kill",
        "the days take minutes: `./run leaks`, or `QISPI_EVERY=1`; ext4 alone",
    ),
    Row("L3", "home, settings, recent files, thumbnails; Windows' own", _WINDOWS),
    Row("L4", "after the lock the process is gone"),
    Row(
        "L5",
        "swap",
        "`qispi doctor` names swap in clear on Linux; no screen, no hibernation, Windows untried",
    ),
    Row(
        "L6",
        "logs and exceptions, every use case with markers",
        "shown of each use case that leaves an entry; of those that only read or keep what is half "
        "typed, places and types alone",
    ),
    Row("L7", "server's dump and log, the stick"),
    Row("L8", "what PDF and spreadsheet say of themselves"),
    Row("L9", "the wire shows no marker and no name of the program"),
    Row("L10", "the clipboard after 20 s and after the lock"),
    Row("I1", "EICAR, polyglots, other types under a good name"),
    Row("I2", "archives: nested, overlapping, lying, with paths"),
    Row("I3", "links, pipes, devices, files without end"),
    Row("I4", "pictures: 65,535 squared, cut short"),
    Row("I5", "PDF: scripts, circles, a million objects"),
    Row("I6", "XLSX: links, macros, entities (none is read: each is refused as no table)"),
    Row("I7", "CSV: marks, NUL, line ends, formulas, a million columns"),
    Row("I8", "documents with letters, names of every writing, telephones"),
    Row("I9", "a story of a megabyte"),
    Row("I10", "days of the years 1 and 9999, 29 February"),
    Row("I11", "every decoder fuzzed"),
    Row("I12", "a reader that is taken over finds nothing", _WINDOWS),
    Row("A1", "an entry edited, taken out, put in, moved, forged"),
    Row("A2", "cut off at the end, against what was told"),
    Row(
        "A3",
        "each use case of an act leaves one entry, or one for each field; what leaves none, or "
        "something else, says why",
    ),
    Row(
        "A4",
        "no entry carries a marker",
        "shown of each use case of an act that leaves one, not of what the program notes by itself "
        "(the start, the synchronisation, keys): ids, numbers and counts, as read",
    ),
    Row("U1", "one of three signatures, one key twice"),
    Row("U2", "an older version"),
    Row("U3", "a file altered, extra, exchanged; another manifest"),
    Row(
        "U4",
        "the stick pulled out, the installation cut: the old version runs",
        "no installer uses it yet",
    ),
)
