"""What screens and documents show: frozen values, never a row, never a live object."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.change import RecordId
from app.domain.referral import ReferralState
from app.services.conflict_models import ConflictRow, ConflictValue
from app.services.form_models import Closed, FieldView, FormFile
from app.services.whereabouts_ports import Whereabouts

__all__ = [
    "AgeingRow",
    "CaseFilter",
    "CaseRow",
    "CentreProfile",
    "Closed",
    "ConflictRow",
    "ConflictValue",
    "ConsentLine",
    "ConsentState",
    "FieldView",
    "FormFile",
    "RecordRow",
    "ReferralRow",
    "ReferralSheet",
    "ResumePoint",
    "SetAsideRow",
    "SheetItem",
    "SyncFact",
    "SyncProgress",
    "SyncReport",
    "SyncStep",
    "SyncView",
    "WaitingRow",
    "only_known",
]


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where someone was typing: after a power cut the same step and field return."""

    case_id: RecordId
    form_id: str
    section_id: str
    field_id: str | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list and in search results."""

    case_id: RecordId
    code: str
    person: str
    age: int | None
    risk_level: str | None
    violence_type: str | None
    district: str | None
    entered_on: date | None
    changed_ms: int
    has_conflict: bool
    call_warning: bool
    """Someone else may answer or see the telephone: the number must not be called."""
    place: Whereabouts | None = None
    """The least that any record of its file says; the index of the list does not know it."""
    is_only_known: bool = False
    """It is not hers who looks: she sees its number, and that it is there."""


def only_known(case_id: RecordId, code: str) -> CaseRow:
    """Return the row of a case of which somebody sees no more than that it is there."""
    return CaseRow(case_id, code, "", None, None, None, None, None, 0, False, False, None, True)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases the list shows. ``None`` means all."""

    risk_level: str | None = None
    only_conflicts: bool = False


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What still waits to leave this laptop, one row a case."""

    case_id: RecordId | None
    case_code: str
    changes: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """Batches and files of sticks that could not be used, for one reason: how many, how large
    together, and when the last of them came. They are never in the way."""

    reason: str
    count: int
    size: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class SyncFact:
    """Something that people are told of, with the number of times; its sentence is found by
    ``message_id``. Nothing is lost by any of them.

    ``times``: of copied laptops, which ``count`` counts, how many batches showed it. ``named``:
    what it is about, where that can be said in a few words.
    """

    message_id: str
    count: int
    times: int = 0
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncView:
    """All that the status sentence and the page *Sincronización* say, as facts.

    What waits to be sent: ``waiting_changes``, ``waiting_attachments`` (the region lacks them),
    ``waiting_closed``, batches of which no change waits (:meth:`Traces.closed`), and
    ``waiting_statements``, who came to the centre and who was taken out. Nothing waits when all
    four are 0.
    """

    waiting_changes: int
    waiting_since_ms: int | None
    waiting: tuple[WaitingRow, ...]
    last_success_ms: int | None
    last_attempt_ms: int | None
    last_failure: str | None
    next_attempt_ms: int | None
    conflicts: int
    set_aside: tuple[SetAsideRow, ...]
    server_name: str | None
    facts: tuple[SyncFact, ...] = ()
    unseen: tuple[str, ...] = ()
    """What people must act on and nobody looked at yet: message ids of facts."""
    waiting_attachments: int = 0
    waiting_closed: int = 0
    waiting_statements: int = 0
    refused: int = 0
    """How many batches the region did not take the last time that it was offered them."""
    last_stick_ms: int | None = None
    """When all was last exchanged with a stick."""

    @property
    def waiting_of_all(self) -> int:
        """How many changes, attachments, batches and statements wait together; 0: nothing does."""
        return (
            self.waiting_changes
            + self.waiting_attachments
            + self.waiting_closed
            + self.waiting_statements
        )


class SyncStep(enum.Enum):
    """The named steps of a synchronisation, in order; a stick has the first four. The lane carries
    what is not urgent: attachments, the log behind a snapshot."""

    PREPARE = "prepare"
    CONNECT = "connect"
    SEND = "send"
    RECEIVE = "receive"
    VERIFY = "verify"
    LANE = "lane"


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a running synchronisation is; ``seconds_left`` only when it could be measured.

    ``done_bytes`` of ``total_bytes`` are of what waits here. ``up`` and ``down`` are the bytes that
    travelled so far, with everything around them; ``done_entries`` of ``total_entries`` are the
    batches that come, as far as the other side said how many there are; in the lane, with bytes,
    the number of the attachment on its way, and how many there are. On a stick the bytes are of
    what is read, or written, now, and with bytes the entries are its files.
    """

    step: SyncStep
    done_bytes: int = 0
    total_bytes: int = 0
    seconds_left: int | None = None
    up: int = 0
    down: int = 0
    done_entries: int = 0
    total_entries: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How a synchronisation (network or stick) ended. ``failure`` is a message id, or None.

    ``is_level``: every record is verified in the region, and ``failure`` is of what travels behind
    the records alone (attachments, the log behind a snapshot). ``is_lane_cut``: that ended before
    its end. ``attachments_left``: so many of this laptop wait to be sent then; of a stick, so many
    had no room in this visit, and go with the next. ``spoilt``: so many files of the centre were
    cut short or altered on the stick, and what they should hold is not here.
    """

    failure: str | None
    batches_sent: int
    batches_received: int
    changes_received: int
    set_aside: int
    bytes_up: int
    bytes_down: int
    duration_ms: int
    retry_after_seconds: int = 0
    """How long the server asked to be left alone; 0: it did not ask."""
    is_level: bool = False
    is_lane_cut: bool = False
    attachments_left: int = 0
    spoilt: int = 0


@dataclass(frozen=True, slots=True)
class CentreProfile:
    """The letterhead, as configured: names of programmes and authorities change."""

    name: str
    programme: str
    ministry: str
    address: str
    phone: str
    district: str


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One labelled value on a document or beside a list; ``label`` is a Spanish message id."""

    code: str
    label: str
    value: str


class ConsentState(enum.Enum):
    """What a referral rests on: her own consent, that of who decides for a child, the law; or
    that she said no."""

    GIVEN = "given"
    GIVEN_FOR_HER = "given_for_her"
    BY_LAW = "by_law"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """The consent (or the legal basis without it) as a referral prints it, in words.

    ``informed`` is whether she was told of a legal basis, as it was recorded.
    """

    state: ConsentState
    given_by: str = ""
    form: str = ""
    given_on: date | None = None
    language: str = ""
    interpreter: str = ""
    covers: tuple[str, ...] = ()
    legal_basis: str = ""
    informed: str = ""
    entry: str = ""
    """Whether she enters a refuge by her own will; empty for every other institution."""


@dataclass(frozen=True, slots=True)
class ReferralSheet:
    """Everything that leaves on a referral form, and nothing else."""

    folio: str
    check_code: str
    issued_on: date
    issued_time: str
    centre: CentreProfile
    professional: str
    professional_role: str
    case_code: str
    institution: str
    area: str
    contact_person: str
    contact_phone: str
    urgency: str
    person: tuple[SheetItem, ...]
    must_not_call: bool
    """Nobody may ring her up: the paper warns, and no number of hers is on it."""
    services: tuple[str, ...]
    reason: str
    summary: str
    violence_type: str
    risk_level: str
    risk_valued_on: date | None
    reply_within: str
    consent: ConsentLine | None
    languages: tuple[str, ...]
    """Spanish first; a second one prints beside it."""
    is_transfer: bool = False
    """The case goes on in the CEM that receives it: a ficha is opened there with this folio."""


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """A referral in a list, and what became of it.

    ``due`` is when the term asked for an answer ends, None when none was asked or it cannot be
    told (``is_due_unknown``). ``needs_action``: something has to be done about it now. ``revoked``:
    she took her consent back after it left and the receiver has not been told; ``stop_by`` is when
    they have to be told at the latest. ``has_conflict``: two laptops recorded different things.
    """

    referral_id: RecordId
    case_id: RecordId
    folio: str
    institution: str
    urgency: str
    state: ReferralState
    issued_on: date | None
    received_on: date | None = None
    appointment_on: date | None = None
    days: int | None = None
    due: datetime | None = None
    is_due_unknown: bool = False
    needs_action: bool = False
    is_open: bool = False
    revoked: bool = False
    stop_by: date | None = None
    has_conflict: bool = False


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """An open referral in the list of all: the referral, and of which case and risk it is; and
    whose where another one bears its folio (her initials, if any is written), else None."""

    referral: ReferralRow
    case_code: str
    risk_level: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A repeated record of a case (an action, a person of her network, …) in its list.

    ``columns`` are in the words of their catalogues, in the order of the form's listed fields and
    empty where nothing was answered; ``author`` is who began it; ``came_back``: it was taken out,
    and stands for somebody wrote in it who did not know.
    """

    id: RecordId
    columns: tuple[str, ...]
    date: date | None
    author: str
    has_conflict: bool
    came_back: bool
