"""Some seconds of fuzzing, and all that fuzzing ever found; ``./run fuzz`` goes on from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.engines import by_hypothesis, found_before
from tests.fuzz.targets import TARGETS, Target
from tests.support.every import some

SECONDS = some(8, 20)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds the memory of a process of its own")
def test_no_decoder_falls_over_what_it_is_given(checkout: Path) -> None:
    """(I11, B10)"""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--minutes", str(SECONDS / 60), "--seed", "20261127"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(TARGETS)} decoders" in done.stdout


def test_what_was_found_once_is_read_or_refused_by_name() -> None:
    """(I11)"""
    for target, path in found_before():
        target.run(path.read_bytes())


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_every_decoder_has_good_inputs_and_takes_nothing_at_all(target: Target) -> None:
    assert list(target.seeds())
    for content in (*target.seeds(), b"", bytes(5)):
        target.run(content)


@pytest.mark.parametrize("fault", [KeyError, MemoryError])
def test_a_decoder_that_lets_another_error_through_is_found(fault: type[Exception]) -> None:
    """Planted: one value of one byte in a good input. (control of I11, B10)"""

    def run(content: bytes) -> None:
        if len(content) > 40 and content[40]:
            raise fault

    tally = by_hypothesis(Target("planted", run, lambda: [bytes(60)]), 60)
    assert tally.find is not None
    assert tally.find.content[40]
    assert fault.__name__ in tally.find.error


def test_a_decoder_that_costs_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """(control of I11)"""

    def run(content: bytes) -> None:
        if content[:1] != b"\0":
            monkeypatch.setattr("tests.fuzz.engines.SECONDS_MAX", -1.0)

    tally = by_hypothesis(Target("planted", run, lambda: [bytes(60)]), 60)
    assert tally.find is not None
    assert "too long" in tally.find.error
