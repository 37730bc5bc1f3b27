"""Where the files shipped with the program lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_root", "emergency_files", "locales_root"]

_APP = Path(__file__).resolve().parent


def data_root() -> Path:
    """Return the folder of forms, catalogues and places (``app/data``)."""
    return _APP / "data"


def locales_root() -> Path:
    """Return the folder of the language catalogues.

    In a wheel they lie inside ``app``, where the build put them compiled; in a checkout beside it.
    """
    packed = _APP / "_locales"
    return packed if packed.is_dir() else _APP.parent / "locales"


def emergency_files() -> tuple[Path, ...]:
    """Return the page that opens a laptop's files without the program, and its scripts: what is
    kept with the recovery sheets, with the names of fields and codes
    (:func:`app.services.emergency_names.emergency_names`)."""
    packed, checkout = _APP / "_emergency", _APP.parent
    if packed.is_dir():
        return tuple(sorted(packed.iterdir()))
    scripts = sorted((checkout / "packaging" / "emergency").glob("*.py"))
    return (checkout / "docs" / "emergency.md", *scripts)
