"""Reads from the sources which use cases write, and which of those lead to an entry of the audit.

What a function calls is followed by its name, within the services: what it may reach, not what it
does each time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

__all__ = ["noting", "writing"]


def writing(texts: Mapping[str, str]) -> frozenset[str]:
    """Return every function, as ``module.name``, that may commit what it wrote."""
    return _reaching(texts, _commits)


def noting(texts: Mapping[str, str]) -> frozenset[str]:
    """Return every function that may append to the audit."""
    return _reaching(texts, _appends)


def _commits(call: ast.Call) -> bool:
    of = call.func
    return isinstance(of, ast.Attribute) and of.attr == "commit"


def _appends(call: ast.Call) -> bool:
    of = call.func
    return (
        isinstance(of, ast.Attribute)
        and of.attr == "append"
        and isinstance(of.value, ast.Attribute)
        and of.value.attr == "audit"
    )


def _reaching(texts: Mapping[str, str], does: object) -> frozenset[str]:
    assert callable(does)
    calls: dict[str, set[str]] = {}
    found: set[str] = set()
    for module, text in texts.items():
        tree = ast.parse(text)
        homes, modules = _imported(tree)
        own = {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)}
        for one in tree.body:
            if not isinstance(one, ast.FunctionDef | ast.ClassDef):
                continue
            name = f"{module}.{one.name}"
            calls[name] = set(_named(one, module, own, homes, modules))
            if any(isinstance(each, ast.Call) and does(each) for each in ast.walk(one)):
                found.add(name)
    # That somebody is asked, and what was refused to her noted, is no entry of the act.
    found = {name for name in found if not name.startswith("access.")}
    calls = {name: named for name, named in calls.items() if not name.startswith("access.")}
    while True:
        more = {name for name, named in calls.items() if named & found} - found
        if not more:
            return frozenset(found)
        found |= more


def _imported(tree: ast.Module) -> tuple[dict[str, str], dict[str, str]]:
    """Return what names stand for: functions (``module.name``), and modules."""
    homes: dict[str, str] = {}
    modules: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module == "app.services":
            modules |= {each.asname or each.name: each.name for each in one.names}
        elif isinstance(one, ast.ImportFrom) and str(one.module).startswith("app.services."):
            home = str(one.module).removeprefix("app.services.")
            homes |= {each.asname or each.name: f"{home}.{each.name}" for each in one.names}
    return homes, modules


def _named(
    one: ast.FunctionDef | ast.ClassDef,
    module: str,
    own: set[str],
    homes: Mapping[str, str],
    modules: Mapping[str, str],
) -> Iterator[str]:
    for each in ast.walk(one):
        if isinstance(each, ast.Name) and each.id in own:
            yield f"{module}.{each.id}"
        elif isinstance(each, ast.Name) and each.id in homes:
            yield homes[each.id]
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            home = modules.get(each.value.id)
            if home is not None:
                yield f"{home}.{each.attr}"
