"""«nada por enviar» is said when nothing at all waits: people put a folder away when they read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services import attachments
from app.services.sync_page import sync_page
from app.services.whereabouts_ports import ShareKind
from sync.protocol import paths
from tests.support.line import Line, hung_up
from tests.support.spoilt import of_other_epoch
from tests.support.stations import said, view
from tests.sync.test_evidence import on_stick

SCAN = b"%PDF-1.7\n acta inventada"


@pytest.fixture
def level(pair: tuple[Typist, Typist]) -> tuple[Typist, Typist]:
    """Two laptops that have nothing to send."""
    for one in (*pair, *pair):
        assert one.sync().failure is None
    return pair


def test_an_attachment_that_the_region_lacks_waits_when_every_change_is_there(
    level: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = level
    case_id, _ = a.register({"names": "Ñunkuí Inventada"})
    desk = a.laptop.desk
    a.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, SCAN, "Denuncia inventada"))
    assert said(a).endswith(f" · {view(a).waiting_changes} cambios y 1 adjunto por enviar")
    with line.faulty(hung_up, on=paths.BLOB_HAVE), line.faulty(hung_up, on=paths.BLOB_PUT):
        a.sync()
    assert view(a).waiting_changes == 0
    assert said(a).endswith(" · 1 adjunto por enviar")
    assert a.sync().failure is None
    assert said(a).endswith(" · nada por enviar")


def test_what_a_laptop_carries_for_another_without_opening_it_waits(
    level: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = level
    on_stick(tmp_path, of_other_epoch(a))
    assert b.use_stick(tmp_path).set_aside == 1
    assert said(b).endswith(" · 1 paquete cerrado por enviar")
    page = b.run(lambda uow: sync_page(uow, b.laptop.desk, b.workplace.laptops))
    assert [(one.kind, one.count) for one in page.shares] == [(ShareKind.CLOSED, 1)]
    assert b.sync().failure is None
    assert said(b).endswith(" · nada por enviar")
    assert view(b).set_aside, "it is set aside still, and the region has it"


def test_what_nobody_signed_is_carried_to_nobody_and_does_not_wait(
    level: tuple[Typist, Typist], tmp_path: Path
) -> None:
    _, b = level
    on_stick(tmp_path, b"PK\3\4 a document of somebody's")
    assert b.use_stick(tmp_path).set_aside == 1
    assert said(b).endswith(" · nada por enviar")
