"""Checks a bill of materials against the schema that cyclonedx-python-lib ships, by its Python."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def main() -> int:
    """Return 1 and say why when the file of the first argument does not fit."""
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(
        Path(sys.argv[1]).read_text(encoding="utf-8")
    )
    if fault is not None:
        sys.stdout.write(f"{str(fault)[:600]}\n")
        return 1
    return 0


sys.exit(main())
