"""What a person of a laptop can do to its audit with a tool: she has the key of the database."""

from __future__ import annotations

from sqlalchemy import insert, select

from app.crypto.person import PersonKey
from app.crypto.secret import SecretKey
from db.audit_log import hash_of
from db.schema import audit, audit_signer
from db.store import Store
from sync.protocol.signature import Purpose, signed_bytes

__all__ = ["forge"]


def forge(store: Store, person: str, action: str = "view") -> None:
    """Write an entry in somebody's name at the end of the chain, signed by a key that was made up
    and is put beside her name."""
    key = PersonKey(SecretKey(b"f" * 32)).signing
    with store._engine.begin() as connection:
        last = connection.execute(select(audit).order_by(audit.c.number.desc())).first()
        assert last is not None
        known = connection.execute(
            select(audit_signer.c.number).where(audit_signer.c.public == key.public)
        ).scalar()
        if known is None:
            new = {"public": key.public, "person": bytes.fromhex(person)}
            known = connection.execute(insert(audit_signer), new).lastrowid
        row = last._asdict() | {
            "number": last.number + 1,
            "actor": bytes.fromhex(person),
            "action": action,
            "object_id": "",
            "detail": "",
            "signer": known,
        }
        row["hash"] = hash_of(last.hash, row, key.public)
        row["signature"] = key.sign(signed_bytes(Purpose.AUDIT, row["hash"]))
        connection.execute(insert(audit), row)
