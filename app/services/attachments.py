"""Pictures and PDF that belong to a record of a case: a photographed denuncia, an FVR, a result.

The bytes are kept in the encrypted file and nowhere else. They are never opened, drawn or read here
(a file from outside may be made to do harm): that is done apart (:mod:`apart_ports`), before they
are kept and whenever they are shown. What they are is told by their first bytes alone, and the name
of the person's file is not kept: it may say who this is about. The record travels to the other
laptops of the centre; the bytes follow in a lane of their own (:mod:`attachment_lane`), and a
laptop without them says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.records import Kind, Name, named_record
from app.domain.value import Value
from app.services.access import act
from app.services.attachment_wishes import wanted
from app.services.case_file import cases_of
from app.services.chosen_files import read_chosen_file
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.risk_levels import living
from app.services.scan_places import of_scans
from app.services.values import day_of, stored_text
from app.services.whereabouts_ports import CentreLaptops, Whereabouts

__all__ = [
    "BYTES_MAX",
    "CASE_COUNT_MAX",
    "CHOSEN_BYTES_MAX",
    "DESCRIPTION_MAX",
    "PDF",
    "AttachmentRow",
    "attach",
    "content_of",
    "list_of",
    "media_type_of",
    "read_chosen",
    "withdraw",
]

BYTES_MAX: Final = 5 * 1024 * 1024
CHOSEN_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of a file that is chosen: a photograph is kept smaller than it comes."""
PDF: Final = "application/pdf"
CASE_COUNT_MAX: Final = 40
DESCRIPTION_MAX: Final = 200
_MEGABYTE: Final = 1024 * 1024

_FIRST_BYTES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", PDF),
)


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """An attachment as a list shows it. ``size`` in bytes; ``has_content``: whether this laptop
    holds the bytes, or only knows of them; ``is_wanted``: they are on their way, since a person
    asked for them; ``place``: where they are, if they are here."""

    attachment_id: RecordId
    record_id: RecordId | None
    media_type: str
    size: int
    description: str
    attached_on: date | None
    by: str
    has_content: bool
    is_wanted: bool = False
    place: Whereabouts | None = None


@act("attach", case="case_id")
def attach(
    uow: UnitOfWork,
    desk: Desk,
    record_id: RecordId,
    case_id: RecordId,
    content: bytes,
    description: str = "",
) -> RecordId:
    """Keep a picture or PDF with a record of a case, and return the attachment's id. Commits.

    ``content`` is what :meth:`app.services.apart_ports.FilesApart.kept` gave, never a chosen file.
    The same bytes on the same record are the attachment that is there already. Raises DomainError
    ``attachment_empty``, ``attachment_too_large``, ``attachment_wrong_type``,
    ``attachment_too_many``, ``text_too_long``, ``record_unknown``; EnvironmentFault when the disk
    refuses, and then nothing was written.
    """
    media_type = _checked(content)
    if len(description) > DESCRIPTION_MAX:
        raise DomainError("text_too_long", limit=DESCRIPTION_MAX)
    kind = uow.records.kind_of(record_id)
    if kind is None or case_id not in cases_of(uow, record_id, kind):
        raise DomainError("record_unknown")
    digest = hashlib.sha256(content).hexdigest()
    attached = list(living(uow, Kind.ATTACHMENT, case_id))
    for attachment_id, held in attached:
        is_same = stored_text(held, "sha256") == digest
        if is_same and stored_text(held, "record") == record_id:
            uow.attachments.put(digest, media_type, content)  # perhaps it came without its bytes
            uow.commit()
            return attachment_id
    if len(attached) >= CASE_COUNT_MAX:
        raise DomainError("attachment_too_many", limit=CASE_COUNT_MAX)
    attachment_id = desk.ids.new_record_id()
    values: dict[str, Value] = {
        Name.CASE: case_id,
        "record": record_id,
        "sha256": digest,
        "media_type": media_type,
        "size": len(content),
        "attached_on": desk.clock.today().isoformat(),
        "description": description.strip() or None,
    }
    uow.attachments.put(digest, media_type, content)
    change_fields(
        uow,
        desk,
        {FieldKey(Kind.ATTACHMENT, attachment_id, name): one for name, one in values.items()},
    )
    _audit(uow, desk, "attach", attachment_id)
    uow.commit()
    return attachment_id


@act("see_attachment", case="case_id")
def list_of(
    uow: UnitOfWork, case_id: RecordId, laptops: CentreLaptops | None = None
) -> tuple[AttachmentRow, ...]:
    """Return the attachments of a case, the oldest first; where they are only with the ``laptops``
    of the centre. Reads only."""
    found = list(living(uow, Kind.ATTACHMENT, case_id))
    present = uow.attachments.present([stored_text(held, "sha256") for _, held in found])
    asked = {one.hex() for one in wanted(uow)} if len(present) < len(found) else set()
    named = [attachment_id for attachment_id, _ in found]
    places = {} if laptops is None else of_scans(uow, laptops, named)
    rows = []
    for attachment_id, held in found:
        size = held["size"].value if "size" in held else 0
        record = held.get("record")
        rows.append(
            AttachmentRow(
                attachment_id=attachment_id,
                record_id=named_record(record.value) if record else None,
                media_type=stored_text(held, "media_type"),
                size=size if isinstance(size, int) else 0,
                description=stored_text(held, "description"),
                attached_on=day_of(stored_text(held, "attached_on")),
                by=_author(uow, held.get("sha256")),
                has_content=stored_text(held, "sha256") in present,
                is_wanted=stored_text(held, "sha256") in asked - present,
                place=places.get(attachment_id),
            )
        )
    return tuple(rows)


@act("see_attachment", record="attachment_id", own="sha256")
def content_of(uow: UnitOfWork, desk: Desk, attachment_id: RecordId) -> bytes:
    """Return the bytes of an attachment, and write to the audit that they were seen (DS
    016-2024-JUS, art. 46.3). Commits.

    Raises DomainError ``record_unknown``, ``attachment_not_here`` when this laptop does not hold
    them, ``attachment_altered`` when they are not those of the record.
    """
    if uow.records.kind_of(attachment_id) != Kind.ATTACHMENT:
        raise DomainError("record_unknown")
    digest = stored_text(uow.records.fields(attachment_id), "sha256")
    content = uow.attachments.get(digest)
    if content is None:
        raise DomainError("attachment_not_here")
    if hashlib.sha256(content).hexdigest() != digest:
        raise DomainError("attachment_altered")
    _audit(uow, desk, "view_attachment", attachment_id)
    uow.commit()
    return content


@act("withdraw_attachment", record="attachment_id", own="sha256")
def withdraw(uow: UnitOfWork, desk: Desk, attachment_id: RecordId) -> None:
    """Take back an attachment that should not be in this case: it shows no longer. Commits.

    Its bytes stay: nothing is erased (``docs/adr/0022``). Raises DomainError ``record_unknown``.
    """
    if uow.records.kind_of(attachment_id) != Kind.ATTACHMENT:
        raise DomainError("record_unknown")
    change_fields(uow, desk, {FieldKey(Kind.ATTACHMENT, attachment_id, Name.TOMBSTONE): True})
    uow.commit()


def read_chosen(path: Path) -> bytes:
    """Return the bytes of a file that a person chose. Any thread that may wait.

    Raises DomainError ``attachment_too_large`` without reading more than is allowed,
    ``chosen_not_plain``; EnvironmentFault ``attachment_unreadable``.
    """
    try:
        return read_chosen_file(path, CHOSEN_BYTES_MAX)
    except QispiError as error:
        if error.message_id == "chosen_too_large":
            limit = CHOSEN_BYTES_MAX // _MEGABYTE
            raise DomainError("attachment_too_large", limit=limit) from None
        if error.message_id == "chosen_unreadable":
            raise EnvironmentFault("attachment_unreadable") from error
        raise


def _checked(content: bytes) -> str:
    """Return the media type. Raises DomainError for what is not taken."""
    media_type = media_type_of(content)
    if len(content) > BYTES_MAX:
        raise DomainError("attachment_too_large", limit=BYTES_MAX // _MEGABYTE)
    return media_type


def media_type_of(content: bytes) -> str:
    """Return the media type by the first bytes. Raises DomainError ``attachment_empty``,
    ``attachment_wrong_type``."""
    if not content:
        raise DomainError("attachment_empty")
    for first, media_type in _FIRST_BYTES:
        if content.startswith(first):
            return media_type
    raise DomainError("attachment_wrong_type")


def _audit(uow: UnitOfWork, desk: Desk, action: str, attachment_id: RecordId) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=attachment_id,
        at_ms=desk.clock.now_ms(),
    )


def _author(uow: UnitOfWork, stored: StoredField | None) -> str:
    if stored is None:
        return ""
    return stored_text(uow.records.fields(RecordId(stored.author)), "name")
