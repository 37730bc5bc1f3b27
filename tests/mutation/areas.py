"""What is asked: the modules whose refusals count, and the tests that may find them switched off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["AREAS", "Area"]


@dataclass(frozen=True, slots=True)
class Area:
    """Modules (globs) and the files of tests (globs) that are asked about them. ``decides``: the
    modules are rules, and each of their decisions is forced to either side as well; ``doors``:
    only what asks at the door of a use case counts, for what else they refuse are other rules;
    ``first``: the files of tests that look at the modules without running their lines; ``near``:
    how the names of tests begin that come before the others, which run the lines in passing."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    decides: bool = False
    doors: bool = False
    first: tuple[str, ...] = ()
    near: str = ""

    def files(self, root: Path) -> tuple[str, ...]:
        """Return the modules that there are, as paths from ``root``."""
        return _found(root, self.modules)

    def test_files(self, root: Path) -> tuple[str, ...]:
        """Return the files of tests that there are, as paths from ``root``."""
        return _found(root, self.tests)


def _found(root: Path, patterns: tuple[str, ...]) -> tuple[str, ...]:
    found = {path.relative_to(root).as_posix() for one in patterns for path in root.glob(one)}
    return tuple(sorted(found))


_RULES: Final = (
    "tests/security/test_authorisation_*.py",
    "tests/security/test_asked_*.py",
    "tests/security/test_backup_asks.py",
    "tests/security/test_c*.py",
    "tests/security/test_doors*.py",
    "tests/security/test_pe*.py",
    "tests/security/test_reason_edges.py",
    "tests/security/test_roles_at_once.py",
    "tests/security/test_team_edges.py",
    "tests/security/test_u*.py",
    "tests/services/test_attachments.py",
    "tests/services/test_[cfjlrpt]*.py",
    "tests/services/test_measures.py",
    "tests/services/test_official_export.py",
)

AREAS: Final = {
    "crypto": Area(
        ("app/crypto/[a-z]*.py", "app/domain/passphrase.py", "app/domain/sheet_rows.py"),
        (
            "tests/unit/test_age_file.py",
            "tests/unit/test_hostile_age_file.py",
            "tests/unit/test_crypto.py",
            "tests/unit/test_enrolment.py",
            "tests/unit/test_hostile_statements.py",
            "tests/unit/test_s[eh]*.py",
            "tests/unit/test_words.py",
            "tests/storage/test_key_slots.py",
            "tests/storage/test_vault.py",
            "tests/security/test_release_manifest.py",
            "tests/security/test_release_tool.py",
        ),
    ),
    "vault": Area(
        (
            "db/vault*.py",
            "db/key_*.py",
            "db/folder.py",
            "db/state_file.py",
            "db/rotation*.py",
            "db/sheet_keys.py",
            "db/sheets_only.py",
        ),
        (
            "tests/storage/test_folder.py",
            "tests/storage/test_key_slots.py",
            "tests/storage/test_old_file.py",
            "tests/storage/test_re*.py",
            "tests/storage/test_rotation.py",
            "tests/storage/test_sheets_refused.py",
            "tests/storage/test_vault.py",
            "tests/security/test_p*.py",
            "tests/security/test_s*.py",
        ),
    ),
    "envelope": Area(
        ("sync/envelope/[a-z]*.py",),
        (
            "tests/unit/test_b*.py",
            "tests/unit/test_columns.py",
            "tests/unit/test_e[nx]*.py",
            "tests/unit/test_h*.py",
            "tests/unit/test_[klo]*.py",
            "tests/unit/test_p[ar]*.py",
            "tests/unit/test_snapshot.py",
            "tests/unit/test_[uv]*.py",
            "tests/property/test_[ber]*.py",
            "tests/property/test_origin_laws.py",
            "tests/sync/test_a*.py",
            "tests/sync/test_b[ao]*.py",
            "tests/sync/test_e*.py",
            "tests/sync/test_false_snapshots.py",
            "tests/sync/test_h*.py",
            "tests/sync/test_lost_laptops.py",
            "tests/sync/test_poison.py",
            "tests/sync/test_ref*.py",
            "tests/sync/test_roster_marks.py",
            "tests/sync/test_stick_snapshots.py",
            "tests/sync/test_too_large.py",
            "tests/sync/test_versions.py",
        ),
    ),
    "rules": Area(
        (
            "app/domain/permission.py",
            "app/services/access.py",
            "app/services/access_records.py",
            "app/services/case_ties.py",
            "app/services/reach.py",
            "app/services/unit_access.py",
        ),
        _RULES,
        decides=True,
        near="tests/security/",
    ),
    "people": Area(
        (
            "app/datafiles/authorisation.py",
            "app/services/accounts.py",
            "app/services/people.py",
            "app/services/attending.py",
            "app/services/teams.py",
        ),
        _RULES,
        near="tests/security/",
    ),
    "doors": Area(
        ("app/services/[a-z]*.py", "app/backups.py"),
        _RULES,
        doors=True,
        first=("tests/security/test_use_cases_ask.py",),
        near="tests/security/",
    ),
}
