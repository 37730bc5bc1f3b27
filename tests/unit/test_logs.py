"""A line of the log names what happened, and says nothing else."""

from __future__ import annotations

import logging

import pytest

from app.logs import EventFormatter


def line(logger: str, message: str, *arguments: object) -> str:
    """A line without its time."""
    record = logging.LogRecord(logger, logging.WARNING, "x.py", 1, message, arguments, None)
    return EventFormatter().format(record).split(" ", 2)[2]


@pytest.mark.parametrize(
    ("logger", "message", "arguments", "expected"),
    [
        ("qispi.bug", "bug", (), "WARNING qispi.bug bug"),
        ("stamina", "stamina.retry_scheduled", (), "WARNING stamina retry_scheduled"),
        ("other", "No case of Nantip Ejemplo", (), "WARNING other event"),
        ("other", "case %s", ("Nantip",), "WARNING other event"),
        ("other", "stamina.retry_scheduled", (), "WARNING other event"),
    ],
)
def test_a_line_names_its_event_and_drops_every_message(
    logger: str, message: str, arguments: tuple[object, ...], expected: str
) -> None:
    """(L6)"""
    assert line(logger, message, *arguments) == expected
