"""Reads from the sources which use cases ``app.services`` has, and who names them.

A use case is a public function or class that is given a way to what is stored: a unit of work, one
of its stores, a path or a file. What is given values only has nothing of its own to show or write.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "app" / "services"
ROOMS = ("app", "db", "sync", "ui")
REHEARSED = "app/demo"
"""A scripted person at a laptop: it calls what screens call, and parts of it to look at them."""

_UNIT = "UnitOfWork"
_FILES = frozenset({"Path", "BinaryIO"})
_WORD = re.compile(r"[A-Za-z_]+")


def sources() -> dict[str, str]:
    """Return the source of each module of the services, by its name."""
    return {one.stem: one.read_text(encoding="utf-8") for one in sorted(SERVICES.glob("*.py"))}


def use_cases(texts: Mapping[str, str]) -> frozenset[str]:
    """Return every use case of these modules, as ``module.name``."""
    trees = {name: ast.parse(text) for name, text in texts.items()}
    ways = _ways(trees)
    found = set()
    for name, tree in trees.items():
        for one in tree.body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                given = _words_of_arguments(one)
            elif isinstance(one, ast.ClassDef) and not _is_protocol(one):
                given = set(_words_of_class(one))
            else:
                continue
            if ways & given and not one.name.startswith("_"):
                found.add(f"{name}.{one.name}")
    return frozenset(found)


def _ways(trees: Mapping[str, ast.Module]) -> frozenset[str]:
    """Return the names of types that lead to what is stored, aliases of them with them."""
    ways = {_UNIT, *_FILES}
    for one in _classes(trees):
        if one.name == _UNIT:
            for each in one.body:
                if isinstance(each, ast.AnnAssign):
                    ways |= _words(each.annotation)
    for tree in trees.values():
        for each in tree.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                is_alias = isinstance(each.value, ast.Subscript | ast.Name | ast.BinOp)
                if is_alias and {_UNIT} & _words(each.value):
                    ways.add(each.targets[0].id)
    return frozenset(ways)


def _classes(trees: Mapping[str, ast.Module]) -> Iterator[ast.ClassDef]:
    for tree in trees.values():
        yield from (one for one in tree.body if isinstance(one, ast.ClassDef))


def _is_protocol(one: ast.ClassDef) -> bool:
    return any("Protocol" in _words(base) for base in one.bases)


def _words_of_class(one: ast.ClassDef) -> Iterator[str]:
    for each in one.body:
        if isinstance(each, ast.FunctionDef):
            yield from _words_of_arguments(each)
        elif isinstance(each, ast.AnnAssign):
            yield from _words(each.annotation)


def _words_of_arguments(one: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = one.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    found: set[str] = set()
    for each in every:
        if each is not None and each.annotation is not None:
            found |= _words(each.annotation)
    return found


def _words(node: ast.expr) -> set[str]:
    return set(_WORD.findall(ast.unparse(node)))


@cache
def named_from() -> Mapping[str, frozenset[str]]:
    """Return for each name of a service, as ``module.name``, the files outside the services that
    name it, without those of :data:`REHEARSED`."""
    found: dict[str, set[str]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if SERVICES not in path.parents and not place.startswith(REHEARSED):
                for name in _names_in(ast.parse(path.read_text(encoding="utf-8"))):
                    found.setdefault(name, set()).add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _names_in(tree: ast.Module) -> Iterator[str]:
    modules: dict[str, str] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module == "app.services":
            modules |= {each.asname or each.name: each.name for each in one.names}
        elif isinstance(one, ast.ImportFrom) and str(one.module).startswith("app.services."):
            home = str(one.module).removeprefix("app.services.")
            yield from (f"{home}.{each.name}" for each in one.names)
    for one in ast.walk(tree):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            home = modules.get(one.value.id, "")
            if home:
                yield f"{home}.{one.attr}"


def stands(name: str) -> bool:
    """Return whether a function of a module, or a method of a class of it, is there:
    ``app.laptop.Laptop.grant``."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 1, -1):
        path = ROOT.joinpath(*parts[:cut]).with_suffix(".py")
        if path.is_file():
            return _holds(ast.parse(path.read_text(encoding="utf-8")).body, parts[cut:])
    return False


def _holds(body: list[ast.stmt], rest: list[str]) -> bool:
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name == rest[0]:
            return len(rest) == 1 or (isinstance(one, ast.ClassDef) and _holds(one.body, rest[1:]))
    return False
