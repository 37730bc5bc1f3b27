"""The test of the tool: what no test would notice is told, and what one notices is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.mutation.areas import AREAS, Area
from tests.mutation.refusals import Mutant, mutants
from tests.mutation.report import Finding, accepted, verdict

DOOR = """
import hmac

def act(name):
    return lambda use_case: use_case

def _check(text):
    if len(text) > 9:
        raise ValueError("too long")

def enter(words, mac):
    _check(words)
    if not words or words.isspace():
        raise ValueError("no words")
    if not hmac.compare_digest(mac, b"mac"):
        raise ValueError("altered")
    return words

def is_sound(words, mac) -> bool:
    if mac is None:
        return False
    return len(words) > 1 and len(mac) == 3

@act("enter")
def come(words, hidden):
    return [one for one in words if one not in hidden] if hidden else words
"""

TESTS = """
import pytest
from fixture_door import enter, is_sound

def test_words_are_asked_for():
    assert enter("cinco", b"mac") == "cinco"
    with pytest.raises(ValueError, match="no words"):
        enter("", b"mac")
    with pytest.raises(ValueError, match="too long"):
        enter("cinco palabras", b"mac")

def test_a_sound_one_is_found_so():
    assert is_sound("ab", b"mac")
    assert not is_sound("a", b"mac")
    assert not is_sound("ab", None)
"""


def _found(*, decides: bool = False, doors: bool = False) -> dict[str, Mutant]:
    found = mutants("door.py", DOOR.encode(), decides=decides, doors=doors)
    return {f"{one.where} | {one.kind} | {one.what}": one for one in found}


def test_every_refusal_of_a_module_is_found() -> None:
    assert set(_found()) == {
        "_check | raise | raise ValueError('too long')",
        "enter | call | _check(words)",
        "enter | condition | not words",
        "enter | condition | words.isspace()",
        "enter | raise | raise ValueError('no words')",
        "enter | comparison | hmac.compare_digest(mac, b'mac')",
        "enter | raise | raise ValueError('altered')",
        "is_sound | guard | mac is None",
        "is_sound | check | len(words) > 1",
        "is_sound | check | len(mac) == 3",
    }


def test_a_rule_is_forced_to_either_side_and_a_use_case_loses_its_door() -> None:
    assert {
        "_check | decision | len(text) > 9 → True",
        "enter | decision | not words or words.isspace() → True",
        "come | decision | hidden → True",
        "come | filter | one not in hidden",
    } <= set(_found(decides=True))
    assert set(_found(doors=True)) == {"come | door | act('enter')"}


def test_a_mutant_is_the_module_but_for_one_refusal() -> None:
    source = DOOR.encode()
    found = _found()["enter | condition | words.isspace()"]

    assert found.applied(source) == source.replace(b"words.isspace()", b"False")
    for one in _found(decides=True).values():
        compile(one.applied(source), one.what, "exec")


def test_equal_refusals_of_one_function_have_names_of_their_own() -> None:
    twice = b"def f(a):\n    if a == 1:\n        raise ValueError\n    raise ValueError\n"
    found = mutants("m.py", twice, decides=False, doors=False)

    assert [one.name.rpartition("|")[2] for one in found] == [
        " raise ValueError",
        " raise ValueError #2",
    ]


def test_a_refusal_with_a_test_is_killed_and_one_without_is_told(tmp_path: Path) -> None:
    (tmp_path / "fixture_door.py").write_text(DOOR, encoding="utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_door.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["--import-mode=importlib"]\n',
        encoding="utf-8",
    )
    # In a process of its own: it forks, and this one has threads. Plugins take most of the time.
    told = subprocess.run(
        [sys.executable, __file__, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )

    killed = {row for row in told.stdout.splitlines() if row.startswith("killed")}
    others = set(told.stdout.splitlines()) - killed
    assert {row.partition(" | ")[2] for row in others} == {
        # Nobody asks about spaces alone, about another mac, and about one of another length.
        "condition | words.isspace()",
        "comparison | hmac.compare_digest(mac, b'mac')",
        "raise | raise ValueError('altered')",
        "check | len(mac) == 3",
    }
    assert any(row.startswith("unreached") and "altered" in row for row in others)
    assert len(killed) == 6


def test_a_reason_is_asked_for_and_a_reason_for_nothing_is_told(tmp_path: Path) -> None:
    found = list(_found().values())
    findings = [Finding("door", one, "killed", "test") for one in found]
    assert verdict(findings, {}) == []

    alive = [Finding("door", found[0], "survived"), *findings[1:]]
    name = found[0].name
    told = verdict(alive, {})
    assert told == ["door: 9 of 10, less than 95%", f"survived: {name}"]
    file = tmp_path / "accepted.txt"
    file.write_text(f"# why\n\n{name}\n    The next line\n    refuses it, too.\n")
    assert accepted(file) == {name: "The next line refuses it, too."}
    assert verdict(alive, accepted(file)) == told[:1]
    assert verdict(findings, accepted(file)) == [f"a reason for nothing: {name}"]


def test_every_area_has_modules_and_tests(checkout: Path) -> None:
    for area in AREAS.values():
        for one in (*area.modules, *area.tests):
            assert list(checkout.glob(one)), one


def test_the_reasons_are_about_refusals_that_there_are(checkout: Path) -> None:
    names = set()
    for area in AREAS.values():
        for module in area.files(checkout):
            source = (checkout / module).read_bytes()
            found = mutants(module, source, decides=area.decides, doors=area.doors)
            names |= {one.name for one in found}

    reasons = accepted(checkout / "tests" / "mutation" / "accepted.txt")
    assert not set(reasons) - names
    assert all(reasons.values())


def _tried(root: Path) -> None:
    from tests.mutation.rounds import Round

    area = Area(("fixture_door.py",), ("tests/test_door.py",))
    place = root.parent / "copies"
    place.mkdir()
    for one in Round(root, root / "out", place, is_told=False, libraries=()).run({"door": area}):
        print(one.outcome, one.mutant.name)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent.parent))
    _tried(Path(sys.argv[1]))
