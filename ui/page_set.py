"""Every page of the shell, by the name under which one goes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ui.runtime.page import Page
from ui.screens.blank.view import BlankPage
from ui.screens.cases.view import CasesPage
from ui.screens.conflicts.view import ConflictsPage
from ui.screens.ficha.view import FichaPage
from ui.screens.papers.view import PapersPage
from ui.screens.referral.view import ReferralPage
from ui.screens.risk.view import RiskPage
from ui.screens.sync.view import SyncPage

__all__ = ["PAGES"]

PAGES: Final[Mapping[str, type[Page]]] = {
    "cases": CasesPage,
    "ficha": FichaPage,
    "referral": ReferralPage,
    "risk": RiskPage,
    "sync": SyncPage,
    "conflicts": ConflictsPage,
    "blank": BlankPage,
    "papers": PapersPage,
}
