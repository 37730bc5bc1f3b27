"""Brings the server's database to this version."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, func, select

__all__ = ["migrate"]

_TURN: Final = 0x5153_5042
"""Names the lock by which workers that start together migrate one after the other."""


def migrate(engine: Engine, to: str = "head") -> None:
    """Run the migrations that the database lacks, up to a revision, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
