"""What the page of risk shows: valuations, transcribed instruments, and how risk went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.change import RecordId
from app.domain.instrument import Score
from app.domain.risk import Evolution

__all__ = ["FvrReading", "FvrRow", "RiskHistory", "ValuationRow"]


@dataclass(frozen=True, slots=True)
class ValuationRow:
    """One valuation by the centre.

    ``is_first`` marks the one that the ficha holds, whose record is the case. ``level`` is a code
    of ``nivel_riesgo``, empty when it was not chosen yet. ``evolution`` is against the valuation
    before it; ``is_current`` marks the one that holds now.
    """

    record_id: RecordId
    is_first: bool
    on: date | None
    level: str
    has_reason: bool
    moment: str
    by: str
    is_conflict: bool
    is_current: bool
    evolution: Evolution | None


@dataclass(frozen=True, slots=True)
class FvrReading:
    """What a transcribed or rehearsed instrument says.

    ``written`` is the level on the paper and ``computed`` the one that its answers are certain to
    reach by now (empty while nothing is certain): both are kept, whatever they are. ``gravest`` is
    the graver one. ``score`` is None when the instrument is not scored, none was chosen, or the
    paper is of another version (``is_other_version``). ``differs``: level or points of the paper
    cannot be what its own answers give. ``is_level_of_another``: the instrument has no such level.
    """

    instrument: str
    is_rehearsal: bool
    written: str
    points_written: int | None
    computed: str
    gravest: str
    score: Score | None
    differs: bool = False
    is_other_version: bool = False
    is_level_of_another: bool = False


@dataclass(frozen=True, slots=True)
class FvrRow:
    """One instrument in a case's history. ``level`` is the gravest it gives (``nivel_fvr``);
    ``evolution`` is against the one of the same instrument before it."""

    record_id: RecordId
    on: date | None
    version: str
    reading: FvrReading
    level: str
    applied_by: str
    document_number: str
    by: str
    is_conflict: bool
    attachments: int
    evolution: Evolution | None


@dataclass(frozen=True, slots=True)
class RiskHistory:
    """Everything a case holds on risk, the newest first. ``current`` is the level that holds now,
    empty when none was chosen."""

    current: str
    valuations: tuple[ValuationRow, ...]
    instruments: tuple[FvrRow, ...]
