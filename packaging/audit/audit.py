"""``./run audit``: licences, bill of materials, weak spots in the code and in what we use.

Leaves with 0: all was looked at, and nothing found. 1: something was found. 3: nothing was found,
but a part could not be looked at (no tools, no advisories); it says which. Never 0 for what it did
not see: each tool first has to find what was planted for it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from licences import LicenceRefused, Licences, Locked, read_lock, read_policy
from sbom import bill_of_materials, write_bill

__all__ = [
    "BLIND",
    "FOUND",
    "Finding",
    "Outcome",
    "Place",
    "main",
    "status_of",
    "without_exceptions",
]

FOUND: Final = 1
BLIND: Final = 3
ROOMS: Final = ("app", "db", "sync", "ui")
HERE: Final = Path(__file__).parent
_AT: Final = "# at: "
_PLANTED: Final = "# here"
_KNOWN_WEAK: Final = "pyyaml==5.3\n"
"""A release with well-known advisories: a source that says nothing of it says nothing at all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one part of the audit says. ``blind``: why it could not look."""

    name: str
    looked_at: str = ""
    found: tuple[str, ...] = ()
    blind: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that a tool points at."""

    tool: str
    rule: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the checkout, the tools (``bin`` of their environment), what is written."""

    checkout: Path
    tools: Path | None
    out: Path

    def run(self, tool: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a tool, its settings and caches apart. Raises FileNotFoundError without it."""
        if self.tools is None:
            raise FileNotFoundError(tool)
        apart = self.out / "settings"
        apart.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [self.tools / tool, *words],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ
            | {
                "PATH": f"{self.tools}{os.pathsep}{os.environ.get('PATH', '')}",
                "SEMGREP_SETTINGS_FILE": str(apart / "semgrep.yml"),
                "SEMGREP_LOG_FILE": str(apart / "semgrep.log"),
                "SEMGREP_SEND_METRICS": "off",
                "XDG_CACHE_HOME": str(apart),
                "PYTHONPATH": "",
            },
        )


def licences(locked: Sequence[Locked], policy: Licences) -> Outcome:
    """Whether everything that is locked may be part of the program."""
    found = []
    for one in locked:
        try:
            policy.of(one.name)
        except LicenceRefused as refused:
            found.append(str(refused))
    return Outcome("licences", f"{len(locked)} packages", tuple(found))


def bill(place: Place, locked: Sequence[Locked], policy: Licences) -> Outcome:
    """Write the bill of materials, and check it against its schema."""
    try:
        content = write_bill(bill_of_materials(place.checkout, locked, policy))
    except LicenceRefused as refused:
        return Outcome("bill of materials", found=(f"not written: {refused}",))
    file = place.out / "qispi.cdx.json"
    file.write_bytes(content)
    spoilt = place.out / "planted.cdx.json"
    spoilt.write_bytes(content.replace(b'"library"', b'"invented"', 1))
    schema = HERE / "sbom_schema.py"
    if place.run("python", schema, spoilt).returncode == 0:
        return Outcome("bill of materials", blind="the schema takes a bill that was spoilt")
    checked = place.run("python", schema, file)
    return Outcome(
        "bill of materials",
        str(file.relative_to(place.checkout)) if file.is_relative_to(place.checkout) else file.name,
        (checked.stdout.strip() or checked.stderr[-300:],) if checked.returncode else (),
    )


def own_rules(place: Place) -> Outcome:
    """Whether each rule of ours finds all that was planted for it, and nothing where nothing is."""
    controls = sorted((HERE / "controls").iterdir())
    rules = _rule_names()
    wrong = [f"{one}: no control" for one in rules - {path.stem for path in controls}]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        planted: set[Finding] = set()
        for control in controls:
            text = control.read_text(encoding="utf-8")
            front, _, _ = text.partition("\n")
            at = f"{control.suffix[1:]}/{control.stem}/{front.removeprefix(_AT)}"
            (root / at).parent.mkdir(parents=True, exist_ok=True)
            (root / at).write_text(text, encoding="utf-8")
            planted |= {
                Finding("semgrep", control.stem, at, number)
                for number, line in enumerate(text.splitlines(), 1)
                if line.endswith(_PLANTED)
            }
        # Each control is for one rule; what others find in it is not asked.
        found = {
            one
            for one in _semgrep(place, root, ["."])
            if one.rule in (one.file.split("/")[1], "not-read")
        }
    wrong += [f"{one.rule}: {one.file}:{one.line} not found" for one in planted - found]
    wrong += [f"{one.rule}: {one.file}:{one.line} found" for one in found - planted]
    wrong += [f"{name}: nothing planted" for name in rules - {one.rule for one in planted}]
    if wrong:
        return Outcome("rules of ours", blind="; ".join(sorted(wrong)))
    return Outcome("rules of ours", f"{len(rules)} rules, {len(planted)} planted places")


def weak_spots(place: Place) -> Outcome:
    """What semgrep (rules of ours alone) and bandit (medium and above) find in the program."""
    found = [*_semgrep(place, place.checkout, ROOMS), *_bandit(place, ROOMS)]
    with tempfile.TemporaryDirectory() as folder:
        planted = Path(folder) / "planted.py"
        planted.write_text("import subprocess\nsubprocess.run('ls ' + x, shell=True)\n")
        if not _bandit(place, [str(planted)]):
            return Outcome("weak spots", blind="bandit does not find what was planted")
    exceptions = tomllib.loads((HERE / "exceptions.toml").read_text(encoding="utf-8"))["exception"]
    return Outcome(
        "weak spots",
        f"{len(found)} places looked at before, with reasons",
        without_exceptions(found, exceptions),
    )


def advisories(place: Place) -> Outcome:
    """What is known against the versions in the lock file.

    pip-audit leaves with 0 when it could look nothing up. So each source first has to know an old
    release that is weak; one that does not was not reached.
    """
    for source in ("pypi", "osv"):
        if _knows_the_weak_one(place, source):
            break
    else:
        return Outcome(
            "advisories",
            blind="no advisory source could be reached (offline?): nothing is known about the lock",
        )
    lock = place.checkout / "packaging" / "requirements.lock"
    done = place.run(
        *("pip-audit", "--strict", "--disable-pip", "--require-hashes", "-r", lock),
        *("-s", source, "--progress-spinner", "off"),
    )
    if done.returncode == 0:
        return Outcome("advisories", f"the lock file, by {source}")
    said = [one for one in (done.stdout + done.stderr).splitlines() if one.strip()]
    return Outcome("advisories", found=tuple(said[-40:]) or ("pip-audit failed and said nothing",))


def _knows_the_weak_one(place: Place, source: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "weak.txt"
        listed.write_text(_KNOWN_WEAK, encoding="utf-8")
        done = place.run(
            *("pip-audit", "--disable-pip", "--no-deps", "-r", listed, "-f", "json"),
            *("-s", source, "--progress-spinner", "off"),
        )
    try:
        answer = json.loads(done.stdout)
        return any(one.get("vulns") for one in answer["dependencies"])
    except (ValueError, KeyError, TypeError):
        return False


def without_exceptions(
    found: Iterable[Finding], exceptions: Iterable[dict[str, Any]]
) -> tuple[str, ...]:
    """Return what is left: findings without an exception, and exceptions without a finding."""
    places = list(found)
    counted = Counter((one.tool, one.rule, one.file) for one in places)
    left: list[str] = []
    allowed = set()
    for one in exceptions:
        key = (one["tool"], one["rule"], one["file"])
        if not one["why"].strip():
            left.append(f"exception without a reason: {' '.join(key)}")
        elif not counted[key]:
            left.append(f"exception for nothing: {' '.join(key)}")
        elif counted[key] <= one["at_most"]:
            allowed.add(key)
    left += [
        f"{one.file}:{one.line} {one.tool} {one.rule}"
        for one in places
        if (one.tool, one.rule, one.file) not in allowed
    ]
    return tuple(left)


def status_of(outcomes: Iterable[Outcome]) -> int:
    """Return how to leave: what was found weighs more than what was not seen."""
    seen = list(outcomes)
    if any(one.found for one in seen):
        return FOUND
    return BLIND if any(one.blind for one in seen) else 0


def _semgrep(place: Place, root: Path, targets: Iterable[str]) -> list[Finding]:
    done = place.run(
        *("semgrep", "scan", "--config", HERE / "semgrep", "--metrics", "off", "-j", "1"),
        *("--disable-version-check", "--no-git-ignore", "--json", "--quiet"),
        *("--project-root", root),
        *(root / one for one in targets),
    )
    try:
        answer = json.loads(done.stdout)
        return [
            *(
                Finding(
                    "semgrep",
                    str(one["check_id"]).rsplit(".", 1)[-1],
                    _below(root, one["path"]),
                    int(one["start"]["line"]),
                )
                for one in answer["results"]
            ),
            # What it could not read it did not look at.
            *(
                Finding("semgrep", "not-read", _below(root, one.get("path", "")), 0)
                for one in answer["errors"]
            ),
        ]
    except (ValueError, KeyError):
        raise _Blind(f"semgrep failed: {done.stderr[-300:]}") from None


def _bandit(place: Place, targets: Iterable[str]) -> list[Finding]:
    done = place.run("bandit", "-q", "-r", "-ll", "-f", "json", *targets)
    try:
        answer = json.loads(done.stdout)
        return [
            *(
                Finding("bandit", one["test_id"], one["filename"], int(one["line_number"]))
                for one in answer["results"]
            ),
            *(Finding("bandit", "not-read", one["filename"], 0) for one in answer["errors"]),
        ]
    except (ValueError, KeyError):
        raise _Blind(f"bandit failed: {done.stderr[-300:]}") from None


def _below(root: Path, path: str) -> str:
    place = Path(path)
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else place.as_posix()


def _rule_names() -> set[str]:
    lines = [
        line.strip()
        for path in (HERE / "semgrep").glob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line.removeprefix("- id: ") for line in lines if line.startswith("- id: ")}


class _Blind(Exception):
    """A tool that did not do its work."""


def _looked(name: str, look: Callable[[], Outcome]) -> Outcome:
    try:
        return look()
    except FileNotFoundError as missing:
        return Outcome(name, blind=f"{missing.filename or missing} is not there")
    except _Blind as fault:
        return Outcome(name, blind=str(fault))


def main() -> int:
    """Return how the audit ends."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__)
    parser.add_argument("--tools", type=Path, help="bin of the environment of the tools")
    parser.add_argument("--out", type=Path, default=Path("out") / "audit")
    asked = parser.parse_args()
    checkout = HERE.parent.parent
    place = Place(checkout, asked.tools and asked.tools.absolute(), asked.out.absolute())
    place.out.mkdir(parents=True, exist_ok=True)
    locked = read_lock(checkout / "packaging" / "requirements.lock")
    policy = read_policy(HERE / "licences.toml")
    parts: dict[str, Callable[[], Outcome]] = {
        "licences": lambda: licences(locked, policy),
        "bill of materials": lambda: bill(place, locked, policy),
        "rules of ours": lambda: own_rules(place),
        "weak spots": lambda: weak_spots(place),
        "advisories": lambda: advisories(place),
    }
    outcomes = []
    for name, look in parts.items():
        outcome = _looked(name, look)
        outcomes.append(outcome)
        _say(outcome)
    status = status_of(outcomes)
    print(
        {
            0: "Audit: nothing found.",
            FOUND: "Audit: something was found.",
            BLIND: "Audit: NOT COMPLETE. Nothing was found in what could be looked at.",
        }[status]
    )
    return status


def _say(outcome: Outcome) -> None:
    if outcome.blind:
        print(f"{outcome.name}: NOT LOOKED AT: {outcome.blind}", flush=True)
    elif outcome.found:
        print(f"{outcome.name}: {len(outcome.found)} found", flush=True)
        for one in outcome.found:
            print(f"  {one}")
    else:
        print(f"{outcome.name}: well ({outcome.looked_at})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
