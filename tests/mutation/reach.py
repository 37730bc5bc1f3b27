"""Which tests run which lines: a plugin of pytest (``-p tests.mutation.reach``).

``QISPI_REACH`` names a file in JSON: the modules to watch, and the file to which a line for each
test is added: its id, its seconds, whether it passed, and the lines; behind the last of a file of
tests a line that says so. What a test does in other processes is not seen.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

__all__ = ["pytest_configure"]


class _Watch:
    def __init__(self, modules: dict[str, str], told: Path) -> None:
        self._modules = modules
        self._told = told
        self._lines: set[tuple[str, int]] = set()
        self._is_sound = True
        self._seconds = 0.0

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        module = self._modules.get(frame.f_code.co_filename)
        if module is None:
            return None
        self._lines.add((module, frame.f_lineno))
        return self._step

    def _step(self, frame: FrameType, event: str, arg: Any) -> Any:
        self._lines.add((self._modules[frame.f_code.co_filename], frame.f_lineno))
        return self._step

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Iterator[None]:
        self._lines.clear()
        self._is_sound, self._seconds = True, 0.0
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self._tell(item.nodeid)
            file = item.nodeid.partition("::")[0]
            if nextitem is None or nextitem.nodeid.partition("::")[0] != file:
                self._write({"done": file})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds += report.duration
        self._is_sound &= report.passed

    def _tell(self, test: str) -> None:
        lines: dict[str, list[int]] = {}
        for module, line in sorted(self._lines):
            lines.setdefault(module, []).append(line)
        row = {"test": test, "seconds": round(self._seconds, 3), "ok": self._is_sound}
        self._write({**row, "lines": lines})

    def _write(self, row: dict[str, Any]) -> None:
        with self._told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Watch, when somebody asked for it."""
    asked = os.environ.get("QISPI_REACH")
    if asked:
        said = json.loads(Path(asked).read_text(encoding="utf-8"))
        root = Path.cwd()
        modules = {str(root / one): one for one in said["modules"]}
        config.pluginmanager.register(_Watch(modules, Path(said["told"])))
