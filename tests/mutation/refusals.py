"""The refusals of a module, found in its syntax tree, and what the module is without one of them.

A refusal is a ``raise``; each part of the condition before one (``a or b``); a ``return`` of
nothing behind an ``if``; each part of what a yes is made of (``return a and b``); a comparison of a
MAC, a hash or a signature; a call that only checks; the mark of a use case that asks at its door.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

__all__ = ["Mutant", "mutants"]

HASHES: Final = re.compile(r"\w*(tag|hash|digest|mac|code|check|_id)")
COMPARISONS: Final = {"compare_digest", "is_signed", "verify"}
CHECKS: Final = re.compile(r"_?(check|refuse|verify|confirm|ask)(_\w+|ed)?$")
ASKS: Final = re.compile(r"_?ask|refuse_locked")
NOTHING: Final = ("return", "return None", "return False")
WORDS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one refusal off. ``start`` and ``end`` are bytes of the module, ``by`` stands
    in their place; ``reached``: the lines, first and last, that a test must run to notice."""

    module: str
    line: int
    where: str
    kind: str
    what: str
    start: int
    end: int
    by: str
    reached: tuple[int, int]
    ordinal: int = 0

    @property
    def name(self) -> str:
        """What it is called wherever its line is: function, kind and text."""
        again = f" #{self.ordinal + 1}" if self.ordinal else ""
        return f"{self.module}::{self.where} | {self.kind} | {self.what}{again}"

    def applied(self, source: bytes) -> bytes:
        """Return the module with this refusal off."""
        return source[: self.start] + self.by.encode() + source[self.end :]


def mutants(module: str, source: bytes, *, decides: bool, doors: bool) -> tuple[Mutant, ...]:
    """Return every mutant of a module, in the order of its lines. See ``areas.Area``."""
    finder = _Finder(module, source, decides=decides, doors=doors)
    finder.visit(ast.parse(source))
    unlike: dict[tuple[int, int, str], Mutant] = {}
    for one in finder.found:
        unlike.setdefault((one.start, one.end, one.by), one)
    seen: Counter[str] = Counter()
    numbered = []
    for one in sorted(unlike.values(), key=lambda one: (one.start, one.end, one.by)):
        numbered.append(replace(one, ordinal=seen[one.name]))
        seen[one.name] += 1
    return tuple(numbered)


class _Finder(ast.NodeVisitor):
    def __init__(self, module: str, source: bytes, *, decides: bool, doors: bool) -> None:
        self.found: list[Mutant] = []
        self._module = module
        self._source = source
        self._decides = decides
        self._doors = doors
        self._names: list[str] = []
        self._is_question = [False]
        lengths = [len(line) for line in source.splitlines(keepends=True)]
        self._starts = [sum(lengths[:at]) for at in range(len(lengths))]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._names.append(node.name)
        self.generic_visit(node)
        self._names.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._names.append(node.name)
        says_yes = isinstance(node.returns, ast.Name) and node.returns.id == "bool"
        self._is_question.append(says_yes)
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and _called(one) == "act" and self._doors:
                lines = (node.body[0].lineno, node.end_lineno or node.lineno)
                self._add(one, "door", "(lambda use_case: use_case)", lines)
        self.generic_visit(node)
        self._is_question.pop()
        self._names.pop()

    def visit_Raise(self, node: ast.Raise) -> None:
        if not self._doors:
            self._add(node, "raise", "pass", _lines(node))

    def visit_If(self, node: ast.If) -> None:
        body = node.body[0].lineno, node.body[-1].end_lineno or 0
        last = node.body[-1]
        if isinstance(last, ast.Raise) and not self._doors:
            for one in _parts(node.test, ast.Or):
                self._add(one, "condition", "False", body)
        if ast.unparse(last) in NOTHING and not (self._doors or self._decides):
            for one in [*_parts(node.test, ast.Or)] or [node.test]:
                self._add(one, "guard", "False", body)
        if self._decides:
            self._forced(node.test, body)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        if self._decides and not _is_none(node.test):
            self._forced(node.test, _lines(node))
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for one in node.ifs if self._decides else ():
            self._add(one, "filter", "True", _lines(one))
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and self._is_question[-1] and not self._doors:
            for one in _parts(node.value, ast.And):
                self._add(one, "check", "True", _lines(node))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _called(node) in COMPARISONS and not self._doors:
            self._add(node, "comparison", "True", _lines(node))
        if _called(node) == "checked" and not self._doors:
            self._add(node, "call", ast.unparse(node.args[0]), _lines(node))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        called = [
            _called(one) for one in (node.left, *node.comparators) if isinstance(one, ast.Call)
        ]
        is_equal = isinstance(node.ops[0], ast.Eq) and not self._doors
        if is_equal and any(HASHES.fullmatch(one) for one in called):
            self._add(node, "comparison", "True", _lines(node))
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        names = ASKS if self._doors else CHECKS
        if isinstance(node.value, ast.Call) and names.fullmatch(_called(node.value)):
            self._add(node, "call", "pass", _lines(node))
        self.generic_visit(node)

    def _forced(self, test: ast.expr, body: tuple[int, int]) -> None:
        wide, narrow = [*_parts(test, ast.And)], [*_parts(test, ast.Or)]
        # Of "a and b" to be true is less than either to be, and of "a or b" to be false.
        for one in wide or [test]:
            self._add(one, "decision", "True", _lines(test))
        for one in narrow or [test]:
            self._add(one, "decision", "False", body)

    def _add(self, node: ast.expr | ast.stmt, kind: str, by: str, lines: tuple[int, int]) -> None:
        start, end = (
            self._at(node.lineno, node.col_offset),
            self._at(node.end_lineno or 0, node.end_col_offset or 0),
        )
        what = " ".join(ast.unparse(node).split())
        shown = what if len(what) <= WORDS_SHOWN else what[:WORDS_SHOWN] + "…"
        if kind == "decision":
            shown += f" → {by}"
        if any(isinstance(one, ast.NamedExpr) for one in ast.walk(node)) and by != "pass":
            by = f"(({self._source[start:end].decode()}), {by})[1]"
        where = ".".join(self._names) or "module"
        self.found.append(
            Mutant(self._module, node.lineno, where, kind, shown, start, end, by, lines)
        )

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column


def _parts(node: ast.expr, kind: type[ast.boolop]) -> Iterator[ast.expr]:
    """Yield the parts of ``a or b or c``; nothing of another expression."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, kind):
        yield from node.values


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot)


def _lines(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno
