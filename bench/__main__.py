"""``./run bench NAME``: the measurements by name."""

from __future__ import annotations

import click

from bench.exchange import exchange
from bench.local import local
from bench.lock import lock
from bench.people import people
from bench.sync.command import sync
from bench.sync.killing import kill

__all__ = ["main"]


@click.group()
def main() -> None:
    """Measure, and print figures beside their targets."""


main.add_command(local)
main.add_command(exchange)
main.add_command(people)
main.add_command(sync)
main.add_command(kill)
main.add_command(lock)

if __name__ == "__main__":
    main()
