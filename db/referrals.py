"""A row a referral: what is open is found by an index, and no case is read for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert

from app.domain.change import RecordId
from app.domain.facts import Moment
from app.domain.referral import ReferralFacts, is_open
from app.services.referral_ports import OpenReferral, ReferralEntry
from db.schema import case_row
from db.schema_work import referral_row
from db.ties import without

__all__ = ["SqlReferralIndex"]

_DAYS = (
    "received_on",
    "attended_on",
    "refused_on",
    "appointment_on",
    "no_answer_on",
    "followed_up_on",
    "revoked_on",
    "told_on",
)
_new_row = insert(referral_row)
_PUT = _new_row.on_conflict_do_update(
    index_elements=[referral_row.c.referral_id],
    set_={
        column.name: _new_row.excluded[column.name]
        for column in referral_row.columns
        if column.name not in ("seq", "referral_id")
    },
)
_REMOVE = delete(referral_row).where(referral_row.c.referral_id == bindparam("old_id"))
_SHOWN: tuple[ColumnElement[Any], ...] = tuple(
    column for column in referral_row.columns if column.name not in ("seq", "is_open")
)
_other = referral_row.alias("other")
# By the index of the folios, for each of the open ones.
_IS_TWICE = exists().where(
    _other.c.folio == referral_row.c.folio, _other.c.referral_id != referral_row.c.referral_id
)
_OPEN = (
    select(
        *_SHOWN,
        case_row.c.code,
        case_row.c.risk_level,
        case_row.c.district,
        _IS_TWICE.label("is_twice"),
    )
    .select_from(
        referral_row.outerjoin(case_row, and_(case_row.c.case_id == referral_row.c.case_id))
    )
    .where(referral_row.c.is_open == 1)
)
_COUNT = select(func.count()).select_from(referral_row).where(referral_row.c.is_open == 1)
_WITH_FOLIO = (
    select(*_SHOWN)
    .where(referral_row.c.folio == bindparam("wanted"))
    .order_by(referral_row.c.referral_id)
)
_FOLIOS = (
    select(referral_row.c.folio)
    .where(referral_row.c.folio >= bindparam("first"), referral_row.c.folio < bindparam("beyond"))
    .distinct()
)
_BEYOND_9 = chr(ord("9") + 1)


class SqlReferralIndex:
    """:class:`app.services.referral_ports.ReferralIndex` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, entry: ReferralEntry) -> None:
        """Write or replace the row of a referral."""
        facts = entry.facts
        issued = facts.issued
        row: dict[str, object] = {
            "referral_id": bytes.fromhex(entry.referral_id),
            "case_id": bytes.fromhex(entry.case_id),
            "folio": entry.folio,
            "institution": entry.institution,
            "institution_name": entry.institution_name,
            "urgency": entry.urgency,
            "reply_within": facts.reply_within,
            "answer": facts.answer,
            "is_issued": int(facts.is_issued),
            "issued_on": issued.day.isoformat() if issued else None,
            "issued_time": _minute(issued),
            "has_conflict": int(entry.has_conflict),
            "is_open": int(is_open(facts)),
        }
        for name in _DAYS:
            day: date | None = getattr(facts, name)
            row[name] = day.isoformat() if day else None
        self._connection.execute(_PUT, row)

    def remove(self, referral_id: RecordId) -> None:
        """Drop the row of a referral, if there is one."""
        self._connection.execute(_REMOVE, {"old_id": bytes.fromhex(referral_id)})

    def open(self, hidden: Collection[RecordId] = ()) -> tuple[OpenReferral, ...]:
        """Return every open referral, in no order."""
        return tuple(
            OpenReferral(
                _entry(row),
                case_code=row.code or "",
                risk_level=row.risk_level or "",
                district=row.district or "",
                is_twice=bool(row.is_twice),
            )
            for row in self._connection.execute(
                _OPEN.where(*without(referral_row.c.case_id, hidden))
            )
        )

    def count_open(self, hidden: Collection[RecordId] = ()) -> int:
        """Return how many are open."""
        counted = _COUNT.where(*without(referral_row.c.case_id, hidden))
        return self._connection.execute(counted).scalar_one()

    def with_folio(self, folio: str) -> tuple[ReferralEntry, ...]:
        """Return the referrals of a folio, however many bear it, oldest first."""
        found = self._connection.execute(_WITH_FOLIO, {"wanted": folio})
        return tuple(_entry(row) for row in found)

    def folios(self, beginning: str) -> frozenset[str]:
        """Return the folios that begin so and go on with a digit, whatever case they are of."""
        # A stretch of the index of the folios: no row is read.
        ends = {"first": f"{beginning}0", "beyond": f"{beginning}{_BEYOND_9}"}
        return frozenset(self._connection.execute(_FOLIOS, ends).scalars())

    def clear(self) -> None:
        """Drop every row (a rebuild follows in the same transaction)."""
        self._connection.execute(delete(referral_row))


def _entry(row: Any) -> ReferralEntry:
    days = {name: _day(getattr(row, name)) for name in _DAYS}
    issued_on = _day(row.issued_on)
    at = time.fromisoformat(row.issued_time) if row.issued_time else None
    return ReferralEntry(
        referral_id=RecordId(row.referral_id.hex()),
        case_id=RecordId(row.case_id.hex()),
        folio=row.folio,
        institution=row.institution,
        institution_name=row.institution_name,
        urgency=row.urgency,
        facts=ReferralFacts(
            is_issued=bool(row.is_issued),
            issued=Moment(issued_on, at) if issued_on else None,
            reply_within=row.reply_within,
            answer=row.answer,
            **days,
        ),
        has_conflict=bool(row.has_conflict),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _minute(moment: Moment | None) -> str | None:
    return moment.time.strftime("%H:%M") if moment and moment.time else None
