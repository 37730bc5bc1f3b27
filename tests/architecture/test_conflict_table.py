"""``docs/conflicts.md`` and the use cases that write: each is in a row of it, or has its reason.

Read from the sources alone. What writes is what leads to a change of one's own in the log, however
many functions lie between; what only takes in what others wrote is in the list of exceptions.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "app" / "services"
DOCUMENT = ROOT / "docs" / "conflicts.md"
PAIRS = ROOT / "tests" / "sync" / "test_conflict_pairs.py"
TYPIST = ROOT / "app" / "demo" / "actors.py"
"""What somebody at a laptop does in those tests."""

WAY_IN = ("ledger", "record")
FIELDS = ("forms", "change_fields")
"""The two functions through which a change of one's own is made."""

ASKING = "access"
"""Every use case asks there, and what that writes has a row of its own: access_records.tell_team."""

Name = tuple[str, str]
"""A module and a function of it."""


@dataclass
class Module:
    """The functions of a module, the names that it imports from the services, what it offers."""

    name: str
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imported: dict[str, Name] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()
    offered: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> Module:
        """Return what a file holds; methods count as functions."""
        tree = ast.parse(path.read_text(encoding="utf-8"))
        made = cls(path.stem)
        for one in ast.walk(tree):
            if isinstance(one, ast.FunctionDef):
                made.functions.setdefault(one.name, one)
            elif isinstance(one, ast.ClassDef):
                made.methods |= {
                    each.name for each in one.body if isinstance(each, ast.FunctionDef)
                }
            elif isinstance(one, ast.ImportFrom) and one.module == "app.services":
                made.modules |= {each.asname or each.name: each.name for each in one.names}
            elif isinstance(one, ast.ImportFrom) and str(one.module).startswith("app.services."):
                home = str(one.module).rpartition(".")[2]
                made.imported |= {each.asname or each.name: (home, each.name) for each in one.names}
            elif isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "__all__":
                made.offered = frozenset(ast.literal_eval(one.value))
        return made

    def names_in(self, node: ast.AST) -> Iterator[Name]:
        """Yield every function of a module that this part of it names, called or handed on."""
        for one in ast.walk(node):
            if isinstance(one, ast.Name):
                if one.id in self.functions:
                    yield self.name, one.id
                elif one.id in self.imported:
                    yield self.imported[one.id]
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                home = self.modules.get(one.value.id)
                if home is not None:
                    yield home, one.attr


def _makes_changes(module: Module, node: ast.FunctionDef) -> bool:
    """Whether this function itself writes to the log, what is not said to be others'."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and WAY_IN in set(module.names_in(one.func)):
            own = [each.value for each in one.keywords if each.arg == "is_own"]
            if not (own and isinstance(own[0], ast.Constant) and own[0].value is False):
                return True
    return False


@cache
def services() -> Mapping[str, Module]:
    return {path.stem: Module.read(path) for path in sorted(SERVICES.glob("*.py"))}


@cache
def writers() -> frozenset[Name]:
    """Return every function of the services that leads to a change of one's own."""
    calls = {
        (module.name, name): frozenset(one for one in module.names_in(node) if one[0] != ASKING)
        for module in services().values()
        for name, node in module.functions.items()
        if module.name != ASKING
    }
    found = {
        (module.name, name)
        for module in services().values()
        for name, node in module.functions.items()
        if _makes_changes(module, node)
    }
    assert FIELDS in found
    while more := {one for one, named in calls.items() if named & found} - found:
        found |= more
    return frozenset(found)


def use_cases() -> set[str]:
    """Return the use cases that write, as the document names them: ``module.function``."""
    offered = {f"{home}.{name}" for home, name in writers() if name in services()[home].offered}
    beside = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        if SERVICES in path.parents:
            continue
        module = Module.read(path)
        for name, node in module.functions.items():
            if {WAY_IN, FIELDS} & set(module.names_in(node)):
                beside.add(f"{module.name}.{name}")
    return offered | beside


def section(title: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> dict[str, str]:
    """Return what a table of the document says of each use case in its first column."""
    found: dict[str, str] = {}
    for line in section(title).splitlines():
        cells = line.split("|")
        if len(cells) > 3 and "`" in cells[1]:
            for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", cells[1]):
                assert name not in found, f"{name} stands there twice"
                found[name] = cells[2]
    return found


@cache
def reached() -> Mapping[str, frozenset[str]]:
    """Return for each test of the pairs which functions of the services it comes to, itself or by
    what its file and somebody at a laptop have to offer."""
    pairs, typist = Module.read(PAIRS), Module.read(TYPIST)
    calls: dict[Name, set[Name]] = {}
    for module in (pairs, typist):
        for name, node in module.functions.items():
            methods = {
                (other.name, one.attr)
                for one in ast.walk(node)
                for other in (pairs, typist)
                if isinstance(one, ast.Attribute) and one.attr in other.methods
            }
            calls[module.name, name] = set(module.names_in(node)) | methods
    found: dict[str, frozenset[str]] = {}
    for name in pairs.functions:
        if name.startswith("test_"):
            seen: set[Name] = set()
            ahead = [(pairs.name, name)]
            while ahead:
                one = ahead.pop()
                if one not in seen:
                    seen.add(one)
                    ahead += calls.get(one, ())
            found[name] = frozenset(".".join(one) for one in seen)
    return found


def test_every_use_case_that_writes_meets_another_in_a_row_or_has_its_reason() -> None:
    meeting, alone = rows("What writes, and where it meets"), rows("What meets nothing")
    assert not meeting.keys() & alone.keys()
    assert use_cases() == meeting.keys() | alone.keys()
    assert all(reason.strip() for reason in alone.values())


def test_the_rows_that_are_named_of_a_use_case_do_use_it() -> None:
    for name, said in rows("What writes, and where it meets").items():
        tests = re.findall(r"`(test_\w+)`", said)
        assert tests, f"{name} meets nothing"
        for one in tests:
            assert name in reached()[one], f"{one} does not come to {name}"
