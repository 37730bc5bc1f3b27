"""Writes the table of ``docs/security.md`` from the tests: ``python -m tests.security.group_table``.

A test says in its docstring which rows of the plan it shows, ``(K4)`` or ``(K4, F2)``; behind
``Control:`` what in it is the positive control; ``(control of K4)`` that it is one itself.
``--ids`` prints every test that is named, for pytest.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.security.group_rows import GROUPS, ROWS, Row

ROOT: Final = Path(__file__).parents[2]
TESTS: Final = ROOT / "tests"
PAGE: Final = ROOT / "docs" / "security.md"
BEGIN: Final = "<!-- from the tests: begin -->\n"
END: Final = "<!-- from the tests: end -->\n"

_CODE: Final = rf"[{''.join(GROUPS)}]\d{{1,2}}"
_SHOWS: Final = re.compile(rf"\((control of )?({_CODE}(?:, {_CODE})*)\)")
_CONTROL: Final = re.compile(r"Control: (.+?)\.?\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tagged:
    """A test that says which rows it shows; ``is_control``: of which it is the control."""

    path: str
    name: str
    codes: tuple[str, ...]
    control: str
    is_control: bool

    @property
    def id(self) -> str:
        """As pytest names it."""
        return f"{self.path}::{self.name}"


def tagged(paths: Iterable[Path]) -> Iterator[Tagged]:
    """Return every test in these files that says which rows it shows, in their order."""
    for path in sorted(paths):
        yield from tagged_in(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def tagged_in(path: str, text: str) -> Iterator[Tagged]:
    """Return the tests of one file that say which rows they show."""
    for name, one in _functions(ast.parse(text)):
        said = " ".join((ast.get_docstring(one) or "").split())
        control = _CONTROL.search(said)
        for found in _SHOWS.finditer(said):
            yield Tagged(
                path,
                name,
                tuple(found[2].split(", ")),
                control[1] if control else "",
                is_control=bool(found[1]),
            )


def _functions(
    tree: ast.Module | ast.ClassDef, of: str = ""
) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Return each test function, those of classes as ``Class::name``."""
    for one in tree.body:
        if isinstance(one, ast.ClassDef):
            yield from _functions(one, f"{of}{one.name}::")
        elif isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
            yield f"{of}{one.name}", one


def every_test() -> tuple[Tagged, ...]:
    """Return every test of the project that says which rows it shows."""
    return tuple(tagged(TESTS.rglob("test_*.py")))


def page(rows: Sequence[Row], tests: Sequence[Tagged]) -> str:
    """Return the part of the page that comes from the tests."""
    lines: list[str] = []
    for letter, title in GROUPS.items():
        lines += [f"### {letter}. {title}", ""]
        lines += ["| row | asks | tests | positive control | result |", "|---|---|---|---|---|"]
        lines += [_line(row, tests) for row in rows if row.code[0] == letter]
        lines.append("")
    return "\n".join([*_counts(rows, tests), *lines])


def result(row: Row, tests: Sequence[Tagged]) -> str:
    """Return what stands of a row: shown, in part, without a control, or open."""
    shows, controls = _of(row, tests)
    if not shows:
        return f"**open**: {row.open}" if row.open else "**open**: no test"
    bare = "" if controls or row.bugs else ", **without a control**"
    return f"in part{bare}, **open**: {row.open}" if row.open else f"shown{bare}"


def _line(row: Row, tests: Sequence[Tagged]) -> str:
    shows, controls = _of(row, tests)
    named = "<br>".join(dict.fromkeys(f"`{one.id}`" for one in shows)) or "–"
    bugs = [f"planted: `{one}`" for one in row.bugs]
    control = "<br>".join(dict.fromkeys([*controls, *bugs])) or "–"
    return f"| {row.code} | {row.asks} | {named} | {control} | {result(row, tests)} |"


def _of(row: Row, tests: Sequence[Tagged]) -> tuple[list[Tagged], list[str]]:
    """Return the tests of a row, and its controls in words."""
    of_row = [one for one in tests if row.code in one.codes]
    controls = [f"`{one.id}`" if one.is_control else one.control for one in of_row]
    return [one for one in of_row if not one.is_control], [one for one in controls if one]


def _counts(rows: Sequence[Row], tests: Sequence[Tagged]) -> Iterator[str]:
    results = [result(row, tests) for row in rows]
    whole = sum(one == "shown" for one in results)
    bare = sum(one.startswith("shown,") for one in results)
    part = sum(one.startswith("in part") for one in results)
    named = len({one.id for one in tests})
    yield (
        f"{len(rows)} rows: {whole} shown with a control, {bare} without one, {part} in part, "
        f"{len(rows) - whole - bare - part} open; {named} tests are named.\n"
    )


def unknown(tests: Sequence[Tagged], rows: Sequence[Row]) -> Mapping[str, str]:
    """Return what tests say to show that no row is."""
    known = {row.code for row in rows}
    return {one.id: code for one in tests for code in one.codes if code not in known}


def main(arguments: Sequence[str]) -> None:
    """Put the part that comes from the tests into the page, or print the names of the tests."""
    tests = every_test()
    if "--ids" in arguments:
        print("\n".join(dict.fromkeys(one.id for one in tests)))
        return
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{page(ROWS, tests)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
