"""Build hook of the wheel: compiles the language catalogues and puts them inside ``app``, and the
page and the scripts for the day when the program is gone.

In a checkout the program reads the PO files themselves. A wheel carries MO files only, below
``app/_locales``, where ``app.resources.locales_root`` looks first; the page and the scripts below
``app/_emergency`` (``app.resources.emergency_files``).
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueBuildHook(BuildHookInterface[Any]):
    """Adds one ``messages.mo`` a language to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Override BuildHookInterface.initialize: before the wheel is written."""
        if version == "editable":
            return
        made = Path(tempfile.mkdtemp(prefix="qispi-locales-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from app.catalogue_files import read_po, write_mo
        finally:
            sys.path.remove(str(root))
        for one in (
            root / "docs" / "emergency.md",
            *(root / "packaging" / "emergency").glob("*.py"),
        ):
            build_data["force_include"][str(one)] = f"app/_emergency/{one.name}"
        found = sorted((root / "locales").glob("*/LC_MESSAGES/messages.po"))
        if not found:
            raise FileNotFoundError("no catalogues below locales")
        for source in found:
            code = source.parent.parent.name
            target = made / f"{code}.mo"
            target.write_bytes(write_mo(read_po(source.read_text(encoding="utf-8")), code))
            place = f"app/_locales/{code}/LC_MESSAGES/messages.mo"
            build_data["force_include"][str(target)] = place
