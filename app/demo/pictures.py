"""Pictures of the windows over the demo's laptop.

``python -m app.demo.pictures`` takes every page at both sizes in every language, for people who
check the screens.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import click

from app.bootstrap import LaptopDoor
from app.services.workplace import Door, Threads
from app.settings import Settings

__all__ = ["PASSPHRASE", "take_pictures"]

PASSPHRASE: Final = "cinco palabras inventadas de ejemplo"
"""Opens every laptop of the demo's invented centre."""


def take_pictures(
    data: Path, passphrase: str, out: Path, *, whole: bool = False, only: str | None = None
) -> int:
    """Open the laptop in ``data`` and take a picture of each page, or of one; return how many."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Qt reads the platform when it is loaded.
    from ui.pictures import take_pictures as take

    def door_of(threads: Threads) -> Door:
        return LaptopDoor(Settings(data), threads)

    return take(door_of, passphrase, out, whole=whole, only=only)


@click.command()
@click.option("--laptop", type=click.Path(path_type=Path), default=Path("out/demo/laptop-a"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/pictures"))
def main(*, laptop: Path, out: Path) -> None:
    """Take every page of a demo's laptop, of which a copy is opened."""
    if not laptop.is_dir():
        raise click.UsageError(f"{laptop} is not there: ./run demo --headless makes it")
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "laptop"
        shutil.copytree(laptop, copy)
        click.echo(f"{take_pictures(copy, PASSPHRASE, out, whole=True)}: {out}")


if __name__ == "__main__":
    main()
