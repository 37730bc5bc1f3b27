"""Which changes are the heads of many fields: asked at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from app.domain.change import ChangeId
from app.domain.registry import FieldRegistry
from app.services.ports import FieldKey

__all__ = ["heads_of_fields"]

_OF_RECORDS: Final = (
    "SELECT record_id, kind, field, change_id, change_seq FROM head"
    " WHERE record_id IN (SELECT unhex(value) FROM json_each(?))"
)

Heads = Sequence[tuple[ChangeId, int]]


def heads_of_fields(
    connection: Connection, registry: FieldRegistry, keys: Sequence[FieldKey]
) -> Mapping[FieldKey, Heads]:
    """Return the heads of each of these fields, by id and local handle, in no order."""
    records = json.dumps(list(dict.fromkeys(key.record_id for key in keys)))
    rows = connection.exec_driver_sql(_OF_RECORDS, (records,)).fetchall()
    found: dict[tuple[bytes, int, int], list[tuple[ChangeId, int]]] = {}
    for record_id, kind, field, change_id, seq in rows:
        found.setdefault((record_id, kind, field), []).append((ChangeId(change_id), seq))
    numbers = {
        (key.kind, key.field): (
            registry.kind_number(key.kind),
            registry.field_number(key.kind, key.field),
        )
        for key in keys
    }
    return {
        key: found.get((bytes.fromhex(key.record_id), *numbers[key.kind, key.field]), ())
        for key in keys
    }
