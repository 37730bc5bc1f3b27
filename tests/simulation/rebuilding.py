"""A laptop whose database was damaged: made anew, by the real use case, from what is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import db.rebuild
from app import recovery
from app.crypto.secret import SecretKey
from app.services.batch_ports import REVOKED_DEVICE
from db.cipher_page import PAGE_BYTES
from db.presence import VAULT_NAME
from db.store import DATABASE_NAME
from sync.client.keys import KEYRING
from sync.envelope.keyring import Keyring
from sync.protocol.batch import parse_header
from tests.simulation.oracle import cursor_of, must, places_of
from tests.simulation.swapped import swapped
from tests.support.laptops import definitions
from tests.support.storage import KEY

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop

__all__ = ["check_made_anew", "damage"]

_KEYRING = "SELECT content FROM local WHERE name = ?"


def damage(laptop: SimLaptop) -> None:
    """Let a power-off spoil the database, some pages or all of it, and make it anew."""
    chance = laptop.world.chance
    stored = Keyring.from_bytes(laptop.rows(_KEYRING, KEYRING)[0][0])
    # What a full disk refused is known to the running program alone.
    is_known = stored.statements == laptop.keys.keyring.statements
    is_level = is_known and not laptop.disk.archive.is_behind
    sealed, unread = _sealed(laptop, stored)
    aside = laptop.first(
        f"SELECT batch FROM set_aside WHERE content IS NOT NULL AND reason != '{REVOKED_DEVICE}'"
    )
    before = cursor_of(laptop)
    laptop.close()
    is_gone = chance.random() < 0.5
    laptop.was_spoilt |= not is_gone
    _spoil(laptop, laptop.folder / DATABASE_NAME, is_gone=is_gone)
    _make_anew(laptop)
    laptop.was_put_back = True
    # What counts its starts was lost: of an older backup nobody can tell.
    laptop.backed_up.clear()
    if not is_level:
        return
    held = laptop.first("SELECT id FROM change")
    must(sealed <= held, f"{laptop.name}: made anew, it lacks what was sealed")
    kept = laptop.first(
        "SELECT batch FROM set_aside WHERE content IS NOT NULL UNION SELECT id FROM batch"
    )
    must(unread <= kept, f"{laptop.name}: made anew, it lacks what nobody could read yet")
    known = laptop.first("SELECT batch FROM set_aside") | laptop.first("SELECT id FROM batch")
    must(aside <= known, f"{laptop.name}: made anew, it lacks what was set aside")
    after = cursor_of(laptop)
    # Put back to before its first synchronisation it finds its place in the file that is newer.
    is_right = before is None or after == before
    must(is_right, f"{laptop.name}: made anew, it stands elsewhere in the log")


def check_made_anew(laptop: SimLaptop) -> None:
    """From the file of batches alone comes what the database held; nothing waits to be sealed."""
    if laptop.disk.archive.is_behind or laptop.rows("SELECT 1 FROM outbox WHERE is_sealed = 0"):
        return
    digest = laptop.look(lambda uow: uow.changes.digest())
    changes = laptop.first("SELECT id FROM change")
    # What was salvaged out of a damaged database or typed before a backup may stand in no batch.
    sealed = laptop.first(
        "SELECT change.id FROM change JOIN batch_change ON change_seq = change.seq"
    )
    places, cursor = places_of(laptop), cursor_of(laptop)
    laptop.close()
    _spoil(laptop, laptop.folder / DATABASE_NAME, is_gone=True)
    _make_anew(laptop)
    must(sealed == changes, f"{laptop.name}: a change stands in no batch")
    must(
        laptop.first("SELECT id FROM change") == changes,
        f"{laptop.name}: made anew, it lacks changes",
    )
    must(
        laptop.look(lambda uow: uow.changes.digest()) == digest,
        f"{laptop.name}: made anew, it holds something else",
    )
    if cursor is not None:
        is_right = places_of(laptop) == places
        must(is_right, f"{laptop.name}: made anew, batches stand elsewhere")
        is_right = cursor_of(laptop) == cursor
        must(is_right, f"{laptop.name}: made anew, it stands elsewhere in the log")


def _sealed(laptop: SimLaptop, stored: Keyring) -> tuple[set[bytes], set[bytes]]:
    """Return the changes that stand in batches which the keyring in the file opens, and the batches
    that it does not: the running program knew a secret that a full disk refused, and the power went.
    These wait, set aside whole, until others tell of it again."""
    rows = laptop.rows(
        "SELECT batch.id, batch_content.content, change.id FROM batch"
        " JOIN batch_content ON batch_content.batch_seq = batch.seq"
        " LEFT JOIN batch_change ON batch_change.batch_seq = batch.seq"
        " LEFT JOIN change ON change.seq = batch_change.change_seq"
    )
    opens = {name: parse_header(content).epoch_tag in stored.epochs for name, content, _ in rows}
    sealed = {change for name, _, change in rows if change is not None and opens[name]}
    return sealed, {name for name, is_open in opens.items() if not is_open}


def _spoil(laptop: SimLaptop, database: Path, *, is_gone: bool) -> None:
    chance = laptop.world.chance
    if is_gone:
        database.write_bytes(chance.randbytes(3 * PAGE_BYTES))
        return
    pages = database.stat().st_size // PAGE_BYTES
    with database.open("r+b") as file:
        for page in chance.sample(range(1, pages), min(pages - 1, chance.choice((1, 3, 20)))):
            file.seek(page * PAGE_BYTES)
            file.write(chance.randbytes(PAGE_BYTES))


def _make_anew(laptop: SimLaptop) -> None:
    (laptop.folder / VAULT_NAME).write_bytes(b"{}")
    # The words that open the vault take a second by design.
    with swapped(db.rebuild, "open_vault", lambda _real: lambda *_, **__: SecretKey(KEY.reveal())):
        recovery.recover(
            laptop.folder, "", laptop.clock, laptop.desk.ids, definitions=definitions()
        )
    laptop.start()
