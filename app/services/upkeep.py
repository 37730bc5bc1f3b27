"""What a laptop and its people are due for: own words, roles, a backup, the sheets. Storage thread,
reads only.

None of it is urgent, and all of it is forgotten where nobody says it. One line on *Hoy* says the
first; the page *Este equipo* says each on its card.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.services import accounts, backups, centre_access, leavers, recovery_sheets, staff
from app.services.access import act
from app.services.account_ports import PeopleKeys
from app.services.ports import Desk, UnitOfWork
from app.services.sheet_ports import SheetKeys

__all__ = ["ACCESS", "BACKUP", "SHEETS", "STAFF", "Due", "due"]

STAFF, BACKUP, SHEETS, ACCESS = "staff", "backup", "sheets", "access"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing: on which page it is seen to, and the message id that says it; ``days`` where the
    sentence counts them. ``is_quiet``: little would be lost by its waiting."""

    page: str
    message_id: str
    days: int | None = None
    is_quiet: bool = False


@act("enter")
def due(uow: UnitOfWork, desk: Desk, people: PeopleKeys, sheets: SheetKeys) -> tuple[Due, ...]:
    """Return what is due, the most pressing first: words that somebody else knows, and who left and
    still enters or reads, then the backup, then what makes recovery possible, then the half-yearly
    review, and last what a colleague opened with a reason."""
    found: list[Due] = []
    entered = people.entered
    if any(one.slot == entered and one.is_provisional for one in accounts.accounts_of(uow)):
        found.append(Due(STAFF, "own_words_due"))
    review = staff.review_of_roles(uow, desk)
    if staff.left_but_open(uow, desk):
        found.append(Due(STAFF, "people_left_open"))
    if _is_left_under_former_key(uow, people):
        found.append(Due(BACKUP, "damaged_left"))
    if people.administers and leavers.is_renewal_due(uow):
        found.append(Due(STAFF, "epoch_due"))
    if review.is_restored:
        found.append(Due(STAFF, "roles_review_restored"))
    backup = backups.state(uow, desk)
    if backup.is_due:
        said = "backup_never" if backup.days is None else "backup_due"
        if backup.is_before_joining:
            said = "backup_before_joining"
        found.append(Due(BACKUP, said, _counted(backup), is_quiet=backup.is_at_region))
    about_sheets = recovery_sheets.reminder(uow, desk, sheets)
    if about_sheets:
        found.append(Due(SHEETS, about_sheets))
    if review.is_due and not review.is_restored:
        found.append(Due(STAFF, "roles_review_due"))
    if centre_access.has_news(uow, desk):
        found.append(Due(ACCESS, "centre_access_opened", is_quiet=True))
    return tuple(found)


def _is_left_under_former_key(uow: UnitOfWork, people: PeopleKeys) -> bool:
    """Return whether something lies beside the database that whoever left could still read."""
    noted = uow.local.get(accounts.FORMER_KEY)
    return noted is not None and not people.stays_behind.isdisjoint(noted.decode().split("\n"))


def _counted(backup: backups.BackupState) -> int | None:
    """Return the days, where they are what the reminder is about."""
    return None if backup.is_before_joining else backup.days
