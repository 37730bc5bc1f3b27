"""What was once released stays readable: numbers and codes are added, never removed or reused."""

from __future__ import annotations

import csv
from pathlib import Path

from app.domain.definitions import Definitions
from app.resources import data_root

RELEASED = Path(__file__).parent / "released"


def test_the_registry_only_grows_at_its_end() -> None:
    released = (RELEASED / "registry.csv").read_text(encoding="utf-8")
    now = (data_root() / "registry.csv").read_text(encoding="utf-8")

    assert now.startswith(released)


def test_no_released_code_is_gone_or_means_something_else(definitions: Definitions) -> None:
    with (RELEASED / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) > 700
    for row in rows:
        term = definitions.catalogues[row["catalogue"]].get(row["code"])
        assert term is not None, row
        assert term.label == row["label"], row


def test_the_first_kinds_keep_their_numbers(definitions: Definitions) -> None:
    kinds = {entry.kind: entry.kind_number for entry in definitions.registry.entries}

    assert list(kinds.items())[:5] == [
        ("case", 1),
        ("survivor", 2),
        ("alleged_perpetrator", 3),
        ("referral", 4),
        ("consent", 5),
    ]
    for kind in kinds:
        assert definitions.registry.knows(kind, "tombstone")


def test_every_number_is_used_or_belongs_to_the_program_itself(definitions: Definitions) -> None:
    """A number that no form shows must be one that the code relies on (app/domain/records.py)."""
    own = {
        ("case", "code"),
        ("case", "survivor"),
        ("case", "alleged_perpetrator"),
        ("referral", "consent"),
        ("referral", "folio"),
        ("referral", "state"),
        ("referral", "issued_on"),
        ("referral", "issued_time"),
        ("referral", "issued_sheet"),
        ("referral", "needed_items"),
        ("consent", "referral"),
        ("consent", "institution"),
        ("consent", "institution_name"),
        ("person", "name"),
        ("person", "role"),
        ("person", "roles"),
        ("person", "left_on"),
        # Who attends a case, and who came in with a reason.
        ("case", "team"),
        ("case", "responsible"),
        ("case", "reserved"),
        ("case", "blocked"),
        ("access", "person"),
        ("access", "acts"),
        ("access", "reason"),
        ("access", "from_ms"),
        ("access", "until_ms"),
        ("access", "role"),
        ("note", "read_as"),
        ("fvr", "version"),
        ("task", "key"),
        ("handover", "open_tasks"),
        ("attachment", "record"),
        ("attachment", "sha256"),
        ("attachment", "media_type"),
        ("attachment", "size"),
        ("attachment", "description"),
        ("attachment", "attached_on"),
    }
    unshown = {
        (entry.kind, entry.field)
        for entry in definitions.registry.entries
        if definitions.field_of(entry.kind, entry.field) is None
        and entry.field not in ("tombstone", "taken_out_as", "case")
    }

    assert unshown <= own
