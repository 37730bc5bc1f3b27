"""The sheet of an issued referral as it is kept: a second print is the same paper, word for word.

It is stored as one text in the referral's record, so it travels and is sealed as everything else.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.services.read_models import (
    CentreProfile,
    ConsentLine,
    ConsentState,
    ReferralSheet,
    SheetItem,
)

__all__ = ["Issued", "read_issued", "write_issued"]

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Issued:
    """A referral as it left: the codes for the audit, and the paper."""

    institution: str
    items: tuple[str, ...]
    sheet: ReferralSheet


def write_issued(issued: Issued) -> str:
    """Return the text to be kept."""
    content = {"version": _VERSION, **dataclasses.asdict(issued)}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=_plain)


def read_issued(text: str) -> Issued | None:
    """Return what was kept, or None when another version of the program wrote it otherwise."""
    try:
        content = json.loads(text)
        if content["version"] != _VERSION:
            return None
        sheet = content["sheet"]
        return Issued(content["institution"], tuple(content["items"]), _sheet(sheet))
    except (ValueError, TypeError, KeyError):
        return None


def _sheet(raw: dict[str, Any]) -> ReferralSheet:
    consent = raw["consent"]
    return ReferralSheet(
        **{
            **raw,
            "issued_on": date.fromisoformat(raw["issued_on"]),
            "risk_valued_on": _day(raw["risk_valued_on"]),
            "centre": CentreProfile(**raw["centre"]),
            "person": tuple(SheetItem(**one) for one in raw["person"]),
            "services": tuple(raw["services"]),
            "consent": None if consent is None else _consent(consent),
            "languages": tuple(raw["languages"]),
        }
    )


def _consent(raw: dict[str, Any]) -> ConsentLine:
    return ConsentLine(
        **{
            **raw,
            "state": ConsentState(raw["state"]),
            "given_on": _day(raw["given_on"]),
            "covers": tuple(raw["covers"]),
        }
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, ConsentState):
        return value.value
    raise TypeError(type(value).__name__)
