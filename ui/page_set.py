"""Every page of the shell, by the name under which one goes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ui.runtime.page import Page
from ui.screens.access.view import AccessPage
from ui.screens.attachment.view import AttachmentPage
from ui.screens.audit.view import AuditPage
from ui.screens.backup.view import BackupPage
from ui.screens.blank.view import BlankPage
from ui.screens.calendar.view import CalendarPage
from ui.screens.cases.view import CasesPage
from ui.screens.closing.view import ClosingPage
from ui.screens.conflicts.view import ConflictsPage
from ui.screens.devices.view import DevicesPage
from ui.screens.ficha.view import FichaPage
from ui.screens.intake.view import IntakePage
from ui.screens.machine.view import MachinePage
from ui.screens.papers.view import PapersPage
from ui.screens.plan.view import PlanPage
from ui.screens.records.view import RecordsPage
from ui.screens.referral.view import ReferralPage
from ui.screens.referrals.view import ReferralsPage
from ui.screens.refused.view import RefusedPage
from ui.screens.risk.view import RiskPage
from ui.screens.saw.view import SawPage
from ui.screens.sheets.view import SheetsPage
from ui.screens.staff.view import StaffPage
from ui.screens.sync.view import SyncPage
from ui.screens.team.view import TeamPage
from ui.screens.today.view import TodayPage

__all__ = ["PAGES"]

PAGES: Final[Mapping[str, type[Page]]] = {
    "today": TodayPage,
    "cases": CasesPage,
    "intake": IntakePage,
    "ficha": FichaPage,
    "plan": PlanPage,
    "records": RecordsPage,
    "referral": ReferralPage,
    "risk": RiskPage,
    "attachment": AttachmentPage,
    "team": TeamPage,
    "referrals": ReferralsPage,
    "sync": SyncPage,
    "refused": RefusedPage,
    "conflicts": ConflictsPage,
    "calendar": CalendarPage,
    "machine": MachinePage,
    "access": AccessPage,
    "staff": StaffPage,
    "devices": DevicesPage,
    "blank": BlankPage,
    "papers": PapersPage,
    "saw": SawPage,
    "audit": AuditPage,
    "backup": BackupPage,
    "sheets": SheetsPage,
    "closing": ClosingPage,
}
