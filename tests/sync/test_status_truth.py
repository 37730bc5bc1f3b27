"""The sentence says that the region has something only once it was seen in the region's log."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.messages import SENTENCES
from sync.client import offer, session
from sync.protocol.compact import Standing
from tests.support.answers import head_with, receipts_with, told
from tests.support.line import Fault, Line, cut, swallowed
from tests.support.spoilt import batches_of
from tests.support.stations import RegionPlace, impatient, open_again, said, view


@pytest.fixture
def a(region: RegionPlace) -> Iterator[Typist]:
    """A laptop that wrote a case and has not synchronised it."""
    typist = region.first()
    assert typist.sync().failure is None
    typist.register({"names": "Ñunkuí Inventada"})
    yield typist
    typist.laptop.close()


LIES: dict[str, tuple[Fault, str]] = {
    "the answer never comes": (swallowed, "server_unreachable"),
    "the answer is cut": (cut(lambda body: len(body) // 2), "answer_cut"),
    "it says nothing of what it was given": (
        told(head_with(receipts=(), top=0, entries=0, more=False, standing=Standing.AGREES)),
        "batches_not_seen",
    ),
    "receipts whose chain does not hold": (
        told(receipts_with(chain=b"\x09" * 32)),
        "server_log_wrong",
    ),
    "receipts for a place far away": (told(receipts_with(position=1_000)), "server_log_wrong"),
    "receipts of other batches": (told(receipts_with(batch=b"\x09" * 32)), "server_log_wrong"),
    "receipts that the region did not sign": (
        told(receipts_with(signature=b"\x09" * 64)),
        "server_log_wrong",
    ),
}


@pytest.mark.parametrize(("lie", "failure"), list(LIES.values()), ids=list(LIES))
def test_what_was_pushed_without_proof_still_waits(
    a: Typist, line: Line, lie: Fault, failure: str
) -> None:
    before = view(a).waiting_changes
    with line.faulty(lie, "x"):
        report = a.sync()
    assert report.failure == failure
    assert SENTENCES[failure]
    assert report.batches_sent == 0
    assert view(a).waiting_changes == before
    assert f"{before} cambios por enviar" in said(a)
    assert "nada por enviar" not in said(a)
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0
    assert "nada por enviar" in said(a)


def _asked_in_another_process(folder: Path, checkout: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.ask_status", str(folder)],
        cwd=checkout,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode()


def test_another_process_says_the_same_truth_after_the_laptop_was_closed(
    region: RegionPlace, line: Line, checkout: Path
) -> None:
    """The server took the batch and its answer was lost; the laptop is shut in between."""
    folder = region.new_folder()
    a = region.first_at(folder)
    assert a.sync().failure is None
    a.register({"names": "Ñunkuí Inventada"})
    waiting = view(a).waiting_changes
    with line.faulty(swallowed, "x"):
        assert a.sync().failure == "server_unreachable"
    a.laptop.close()
    sentence = _asked_in_another_process(folder, checkout)
    assert sentence.startswith("Sin conexión · última sincronización hace ")
    assert sentence.endswith(f" · {waiting} cambios por enviar")

    a = impatient(open_again(folder))
    report = a.sync()
    assert report.failure is None
    assert report.batches_sent == 1
    a.laptop.close()
    assert _asked_in_another_process(folder, checkout) == (
        "Última sincronización hace un momento · nada por enviar"
    )


def test_a_stick_never_says_that_the_region_has_it(a: Typist, tmp_path: Path) -> None:
    before = view(a).waiting_changes
    assert a.use_stick(tmp_path).failure is None
    assert f"{before} cambios por enviar" in said(a)


def test_what_the_receipts_hid_counts_once_the_log_itself_shows_it(a: Typist, line: Line) -> None:
    with line.faulty(told(head_with(receipts=())), "x"):
        report = a.sync()
    assert report.failure is None
    assert report.batches_sent == 1
    assert view(a).waiting_changes == 0


def test_an_exchange_without_end_is_no_success(
    a: Typist, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        a.register({"names": f"Otra Inventada {number}"})
        batches_of(a)
    monkeypatch.setattr(session, "ROUNDS_MAX", 2)
    monkeypatch.setattr(offer, "OFFERED_BYTES", 1)
    report = a.sync()
    assert report.failure == "sync_not_finished"
    assert SENTENCES[report.failure]
    assert report.batches_sent == 2
    assert view(a).waiting_changes > 0
    monkeypatch.undo()
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0
