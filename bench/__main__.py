"""``./run bench NAME``: the measurements by name."""

from __future__ import annotations

import click

from bench.exchange import exchange
from bench.local import local
from bench.people import people

__all__ = ["main"]


@click.group()
def main() -> None:
    """Measure, and print figures beside their targets."""


main.add_command(local)
main.add_command(exchange)
main.add_command(people)

if __name__ == "__main__":
    main()
