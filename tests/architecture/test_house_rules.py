"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOMS = ("app", "db", "sync", "ui")
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_NAMES = re.compile(r"utils?\.py$|Manager$|Helper$|Util$")


def _modules(checkout: Path) -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((checkout / room).rglob("*.py"))


@cache
def _read(checkout: Path) -> list[tuple[Path, str, ast.Module]]:
    """Every module with its source, read and parsed once."""
    sources = [(path, path.read_text(encoding="utf-8")) for path in _modules(checkout)]
    return [(path, source, ast.parse(source)) for path, source in sources]


def _tracked(checkout: Path) -> list[Path]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        # A source archive without git: everything that is not made is tracked.
        made = {".venv", ".git", "__pycache__", "out"}
        made |= {f".{tool}" for tool in ("mypy_cache", "ruff_cache", "pytest_cache", "hypothesis")}
        made |= {".import_linter_cache"}
        return [one for one in checkout.rglob("*") if one.is_file() and not made & set(one.parts)]
    return [checkout / name for name in listed.decode().split("\0") if name]


def test_modules_and_functions_are_short(checkout: Path) -> None:
    too_long = []
    for path, source, tree in _read(checkout):
        if source.count("\n") > MODULE_LINES_MAX:
            too_long.append(f"{path}: module")
        for node in ast.walk(tree):
            # A migration is one long list of steps, never edited again.
            is_step = "migrations" in path.parts
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_step:
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    too_long.append(f"{path}:{node.lineno} {node.name}: {length} lines")

    assert not too_long


def test_no_dialog_opens_a_loop_inside_the_loop(checkout: Path) -> None:
    """It would go on while the program locks."""
    opened = [
        path.relative_to(checkout).as_posix()
        for path, _, tree in _read(checkout)
        for node in ast.walk(tree)
        if path.is_relative_to(checkout / "ui") and isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("exec", "exec_")
    ]
    assert opened == ["ui/application.py"]


def test_nothing_is_called_by_an_empty_word(checkout: Path) -> None:
    named = [str(path) for path in _modules(checkout) if BANNED_NAMES.search(path.name)]
    for path, _, tree in _read(checkout):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and BANNED_NAMES.search(node.name):
                named.append(f"{path}: {node.name}")

    assert not named


def test_everything_public_says_what_it_gives(checkout: Path) -> None:
    silent = []
    for path, _, tree in _read(checkout):
        if path != checkout / "app" / "__init__.py" and not ast.get_docstring(tree):
            silent.append(f"{path}")
        for node in tree.body:
            public = getattr(node, "name", "_")[0] != "_"
            if (
                isinstance(node, ast.ClassDef | ast.FunctionDef)
                and public
                and not ast.get_docstring(node)
            ):
                silent.append(f"{path}: {node.name}")

    assert not silent


def test_importing_the_domain_loads_nothing_else(checkout: Path) -> None:
    assert (checkout / "app" / "__init__.py").read_text() == ""


@pytest.mark.parametrize("folder", ["packaging", "locales"])
def test_folders_that_would_shadow_a_library_are_no_packages(checkout: Path, folder: str) -> None:
    assert not (checkout / folder / "__init__.py").exists()


def test_no_installed_distribution_owns_one_of_our_names() -> None:
    owned = []
    for distribution in importlib.metadata.distributions():
        if distribution.metadata["Name"] == "qispi":
            continue
        tops = {str(path).split("/")[0] for path in distribution.files or ()}
        owned += [(distribution.metadata["Name"], one) for one in tops & {*ROOMS, "tests"}]

    assert not owned


def test_the_lock_file_holds_names_versions_and_hashes_only(checkout: Path) -> None:
    lock = (checkout / "packaging" / "requirements.lock").read_text()

    assert "://" not in lock
    for line in lock.splitlines():
        assert re.match(r"^([A-Za-z0-9._\[\],-]+==|    --hash=sha256:[0-9a-f]{64}|#|$)", line), line


def test_no_tracked_file_names_a_machine_or_a_registry(checkout: Path) -> None:
    # Built from pieces, so that this file does not name them either.
    words = [f"/{folder}/" for folder in ("work", "root")]
    words += [f"{host}.org" for host in ("pypi", "pythonhosted", "npmjs", "debian")]
    named = []
    for path in _tracked(checkout):
        if path.suffix in {".ttf", ".bin", ".png", ".pdf", ".lote"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        named += [f"{path}: {word}" for word in words if word in text]

    assert not named


def test_every_path_in_the_architecture_page_exists(checkout: Path) -> None:
    page = (checkout / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"(?<![\w/.])((?:app|db|sync|ui|docs|bench|tests)/[\w./-]+)", page))

    missing = [one for one in sorted(paths) if not (checkout / one.rstrip(".")).exists()]

    assert paths
    assert not missing


def test_every_decision_record_has_its_five_headings(checkout: Path) -> None:
    records = sorted((checkout / "docs" / "adr").glob("0*.md"))

    assert records
    for record in records:
        text = record.read_text(encoding="utf-8")
        for heading in ("Summary", "Context", "Decision", "Consequences", "Alternatives"):
            assert f"**{heading}" in text, f"{record.name}: {heading}"
