"""The audit says what it found, and never that all is well about what it did not see.

The tools themselves are in an environment of their own (``./run audit``); here a folder of stand-ins
answers in their place. Licences and the bill of materials need no tools.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).parent.parent.parent
HERE = CHECKOUT / "packaging" / "audit"
LOCK = CHECKOUT / "packaging" / "requirements.lock"
NOTHING = '{"results": [], "errors": []}'
KNOWS = '{"dependencies": [{"name": "pyyaml", "vulns": [{"id": "invented"}]}]}'
SKIPS = '{"dependencies": [{"name": "pyyaml", "skip_reason": "not found"}]}'


@pytest.fixture(scope="module")
def _on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        yield
        for name in ("audit", "licences", "sbom"):
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def audit(_on_path: None) -> ModuleType:
    import audit

    return audit


@pytest.fixture(scope="module")
def licences(_on_path: None) -> ModuleType:
    import licences

    return licences


@pytest.fixture(scope="module")
def sbom(_on_path: None) -> ModuleType:
    import sbom

    return sbom


@pytest.fixture(scope="module")
def policy(licences: ModuleType):
    return licences.read_policy(HERE / "licences.toml")


@pytest.fixture(scope="module")
def locked(licences: ModuleType):
    return licences.read_lock(LOCK)


def says(**fields: str | list[str]) -> Message:
    message = Message()
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            message[name.replace("_", "-")] = one
    return message


# --- licences -------------------------------------------------------------------------------------


def test_everything_that_is_locked_may_be_part_of_the_program(policy, locked) -> None:
    assert len(locked) > 50
    assert all(policy.of(one.name) for one in locked)


def test_every_entry_that_somebody_read_is_still_used(policy, locked, licences) -> None:
    names = {one.name for one in locked}
    assert policy.read.keys() <= names
    assert {one for one in policy.elsewhere if licences.metadata_of(one) is None} <= names


@pytest.mark.parametrize(
    ("metadata", "is_allowed"),
    [
        (says(License_Expression="MIT"), True),
        (says(License_Expression="mit"), True),
        (says(License_Expression="GPL-2.0-only"), False),
        (says(License_Expression="MIT OR GPL-2.0-only"), True),
        (says(License_Expression="GPL-2.0-only OR MIT"), True),
        (says(License_Expression="MIT AND GPL-2.0-only"), False),
        (says(License_Expression="MIT AND (GPL-2.0-only OR ISC)"), True),
        (says(License_Expression="(MIT OR ISC) AND SSPL-1.0"), False),
        (says(License_Expression="MIT WITH Classpath-exception-2.0"), False),
        (says(License_Expression="LicenseRef-Proprietary"), False),
        (says(License_Expression="invented words"), False),
        (says(License="MIT License"), True),
        (says(License="Free as in beer"), False),
        (says(Classifier=["License :: OSI Approved :: MIT License"]), True),
        (says(Classifier=["License :: OSI Approved :: BSD License"]), False),
        (
            says(
                Classifier=[
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: GNU General Public License v2 (GPLv2)",
                ]
            ),
            False,
        ),
        (says(Name="silent"), False),
        (None, False),
    ],
)
def test_an_unknown_licence_fails(
    metadata: Message | None, is_allowed: bool, policy, licences: ModuleType
) -> None:
    if is_allowed:
        assert policy.of("invented", lambda _: metadata)
    else:
        with pytest.raises(licences.LicenceRefused):
            policy.of("invented", lambda _: metadata)


def test_a_package_that_says_something_else_now_is_read_again(policy, licences) -> None:
    assert policy.of("segno", lambda _: says(Classifier=["License :: X :: BSD License"]))
    with pytest.raises(licences.LicenceRefused, match="again"):
        policy.of("segno", lambda _: says(License="Business Source License"))


@pytest.mark.parametrize(
    "line",
    [
        "requests",
        "requests>=2",
        "requests @ file:///tmp/requests.whl",
        "-e .",
        "--find-links x",
        "requests==2.0 \\",
        "    --hash=md5:0123",
    ],
)
def test_a_line_that_pins_nothing_is_no_lock(line: str, tmp_path: Path, licences) -> None:
    good = "attrs==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    (tmp_path / "lock").write_text(good)
    assert len(licences.read_lock(tmp_path / "lock")) == 1
    (tmp_path / "lock").write_text(good + line + "\n")
    with pytest.raises(ValueError, match="lock"):
        licences.read_lock(tmp_path / "lock")


# --- bill of materials ------------------------------------------------------------------------------


def test_the_bill_names_everything_with_licence_and_hashes(sbom, policy, locked) -> None:
    bill = sbom.bill_of_materials(CHECKOUT, locked, policy)
    libraries = {one["name"]: one for one in bill["components"] if one["type"] == "library"}

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert libraries.keys() == {one.name for one in locked}
    assert all(one["licenses"] and one["hashes"] for one in libraries.values())
    assert libraries["cryptography"]["scope"] == "required"
    assert libraries["psycopg-binary"]["scope"] == "optional"
    assert libraries["pytest"]["scope"] == "excluded"
    assert libraries["pyside6-essentials"]["licenses"] == [
        {"expression": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"}
    ]
    needs = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    references = {one["bom-ref"] for one in bill["components"]} | {
        bill["metadata"]["component"]["bom-ref"]
    }
    assert set(needs) <= references
    assert all(set(one) <= references for one in needs.values())
    assert any("pillow@" in one for one in needs[libraries["reportlab"]["bom-ref"]])


def test_the_bill_is_the_same_each_time_and_changes_with_what_it_says(
    sbom, policy, locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(of=locked) -> bytes:
        return sbom.write_bill(sbom.bill_of_materials(CHECKOUT, of, policy))

    first = made()
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    again = subprocess.run(
        [sys.executable, HERE / "sbom.py"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    ).stdout

    assert first == again
    assert b"timestamp" not in first
    assert str(CHECKOUT).encode() not in first
    other = [*locked[1:], type(locked[0])(locked[0].name, "0.0.1", "", locked[0].hashes)]
    serial = json.loads(made(sorted(other, key=lambda one: one.name)))["serialNumber"]
    assert serial != json.loads(first)["serialNumber"]  # the control


def test_a_bill_with_an_unknown_licence_is_not_written(sbom, policy, locked, licences) -> None:
    def metadata(name: str):
        return says(License="Invented") if name == "babel" else licences.metadata_of(name)

    with pytest.raises(licences.LicenceRefused, match="babel"):
        sbom.bill_of_materials(CHECKOUT, locked, policy, metadata)


# --- the audit as a whole -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "left"),
    [
        ([], ["exception for nothing: bandit B1 a.py"]),
        ([("bandit", "B1", "a.py")], []),
        ([("bandit", "B1", "a.py")] * 2, []),
        ([("bandit", "B1", "a.py")] * 3, ["a.py:1 bandit B1"] * 3),
        ([("bandit", "B1", "a.py"), ("bandit", "B1", "b.py")], ["b.py:1 bandit B1"]),
        ([("bandit", "B1", "a.py"), ("semgrep", "B1", "a.py")], ["a.py:1 semgrep B1"]),
    ],
)
def test_an_exception_covers_what_was_looked_at_and_no_more(found, left, audit) -> None:
    exception = {"tool": "bandit", "rule": "B1", "file": "a.py", "at_most": 2, "why": "invented"}
    places = [audit.Finding(*one, 1) for one in found]
    assert list(audit.without_exceptions(places, [exception])) == left
    if not left:
        assert audit.without_exceptions(places, [exception | {"why": " "}])


def test_what_was_found_weighs_more_than_what_was_not_seen(audit) -> None:
    well, blind = audit.Outcome("a"), audit.Outcome("b", blind="no network")
    found = audit.Outcome("c", found=("x",))
    assert audit.status_of([well, well]) == 0
    assert audit.status_of([well, blind]) == audit.BLIND == 3
    assert audit.status_of([found, blind]) == audit.FOUND == 1


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Tools that find nothing at all, wherever they look."""
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in(folder, "semgrep", f"echo '{NOTHING}'")
    stand_in(folder, "bandit", f"echo '{NOTHING}'")
    stand_in(folder, "python", "exit 0")
    stand_in(folder, "pip-audit", f"echo '{SKIPS}'")
    return folder


def stand_in(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def whole(audit_tools: Path | None, out: Path) -> tuple[int, str]:
    words = ["--tools", str(audit_tools)] if audit_tools else []
    done = subprocess.run(
        [sys.executable, HERE / "audit.py", *words, "--out", out],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_without_tools_it_is_not_complete_and_says_so(tmp_path: Path) -> None:
    status, said = whole(None, tmp_path / "out")

    assert status == 3
    assert "licences: well" in said
    for part in ("bill of materials", "rules of ours", "weak spots", "advisories"):
        assert f"{part}: NOT LOOKED AT" in said
    assert "NOT COMPLETE" in said
    assert (tmp_path / "out" / "qispi.cdx.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="stand-ins are shell scripts")
def test_tools_that_see_nothing_are_found_out(tools: Path, tmp_path: Path) -> None:
    status, said = whole(tools, tmp_path / "out")

    assert status == 3
    assert "bill of materials: NOT LOOKED AT: the schema takes a bill that was spoilt" in said
    assert "rules of ours: NOT LOOKED AT" in said
    assert "weak spots: NOT LOOKED AT: bandit does not find what was planted" in said
    assert "advisories: NOT LOOKED AT: no advisory source could be reached (offline?)" in said


@pytest.mark.skipif(os.name == "nt", reason="stand-ins are shell scripts")
@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (f"echo '{SKIPS}'; exit 0", "blind"),  # as pip-audit does: 0, and nothing was audited
        ("exit 0", "blind"),
        ("echo ConnectionError >&2; exit 1", "blind"),
        ('case "$*" in *json*) echo \'' + KNOWS + "' ; exit 1;; *) exit 0;; esac", "well"),
        (
            'case "$*" in *json*) echo \''
            + KNOWS
            + "' ;; *--strict*) echo 'x 1.0 CVE'; exit 1;; esac",
            "found",
        ),
        ('case "$*" in *json*) echo \'' + KNOWS + "' ;; *) exit 1;; esac", "found"),
    ],
)
def test_advisories_that_could_not_be_reached_are_not_good_news(
    script: str, seen: str, tools: Path, audit, tmp_path: Path
) -> None:
    stand_in(tools, "pip-audit", script)
    outcome = audit.advisories(audit.Place(CHECKOUT, tools, tmp_path))

    assert ("blind" if outcome.blind else "found" if outcome.found else "well") == seen


def test_every_rule_has_something_planted_and_something_clean(audit) -> None:
    rules = audit._rule_names()
    controls = HERE / "controls"

    assert len(rules) >= 12
    assert {one.name for one in controls.iterdir()} == {
        f"{rule}.{kind}" for rule in rules for kind in ("found", "clean")
    }
    for one in controls.iterdir():
        text = one.read_text()
        assert text.startswith("# at: ")
        assert ("# here" in text) == (one.suffix == ".found")
        compile(text, one.name, "exec", dont_inherit=True)


def test_the_locks_of_the_tools_hold_names_versions_and_hashes_only(licences) -> None:
    for name in ("audit.lock", "fuzz.lock"):
        lock = CHECKOUT / "packaging" / name
        assert "://" not in lock.read_text()
        assert licences.read_lock(lock)
