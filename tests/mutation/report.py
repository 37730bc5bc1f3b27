"""What was found, as a table, and what of it was accepted, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutation.refusals import Mutant
from tests.mutation.trials import Outcome

__all__ = ["Finding", "accepted", "page", "summary", "verdict"]

WANTED: Final = 0.95


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a mutant of an area. ``by``: the test that killed it."""

    area: str
    mutant: Mutant
    outcome: Outcome
    by: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether a test noticed."""
        return self.outcome == "killed"


def accepted(file: Path) -> Mapping[str, str]:
    """Return the reasons why no test notices, by the names of mutants. A line for each name, and
    the reason indented below the names that share it."""
    reasons: dict[str, str] = {}
    names: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        if not line.strip() or line.startswith("# "):
            names = []
        elif line.startswith("    "):
            reasons |= {name: f"{reasons.get(name, '')} {line.strip()}".strip() for name in names}
        else:
            names.append(line)
    return reasons


def verdict(findings: Sequence[Finding], reasons: Mapping[str, str]) -> list[str]:
    """Return what is not as it has to be: too few killed, one that survived without a reason, a
    reason for one that is killed or is no more."""
    faults = []
    for area in dict.fromkeys(one.area for one in findings):
        killed, all_of_it = _counted(one for one in findings if one.area == area)
        if killed < WANTED * all_of_it:
            faults.append(f"{area}: {killed} of {all_of_it}, less than {WANTED:.0%}")
    alive = {one.mutant.name for one in findings if not one.is_killed}
    faults += [f"survived: {name}" for name in sorted(alive - reasons.keys())]
    asked = {one.mutant.module for one in findings}
    known = {name for name in reasons if name.partition("::")[0] in asked}
    return faults + [f"a reason for nothing: {name}" for name in sorted(known - alive)]


def summary(findings: Sequence[Finding], reasons: Mapping[str, str]) -> str:
    """Return a line for each area, and one for all."""
    rows = []
    for area in (*dict.fromkeys(one.area for one in findings), ""):
        own = [one for one in findings if area in ("", one.area)]
        killed, all_of_it = _counted(own)
        told = sum(not one.is_killed and one.mutant.name in reasons for one in own)
        rows.append(
            f"{area or 'all':12} {killed:4} of {all_of_it:4} killed ({killed / (all_of_it or 1):.1%})"
            f", {told} accepted, {all_of_it - killed - told} open"
        )
    return "\n".join(rows)


def page(findings: Sequence[Finding], reasons: Mapping[str, str]) -> str:
    """Return the whole table as Markdown."""
    rows = ["| module | line | refusal | outcome |", "|---|---|---|---|"]
    for one in findings:
        mutant = one.mutant
        what = f"`{mutant.where}` {mutant.kind}: `{mutant.what}`".replace("|", "\\|")
        reason = reasons.get(mutant.name, "")
        said = f"killed by `{one.by}`" if one.is_killed else f"**{one.outcome}** {reason}".strip()
        rows.append(f"| {mutant.module} | {mutant.line} | {what} | {said} |")
    return "\n".join([summary(findings, reasons), "", *rows, ""])


def _counted(findings: Iterable[Finding]) -> tuple[int, int]:
    outcomes = [one.is_killed for one in findings]
    return sum(outcomes), len(outcomes)
