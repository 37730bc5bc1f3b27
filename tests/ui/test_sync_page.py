"""The page *Sincronización* says what happened to copies, gaps and histories, and still fits."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from app.domain.change import RecordId
from app.domain.records import Kind
from app.services import evidence
from app.services.forms import change_fields
from app.services.ports import FieldKey, OpenedBatch, SealedBatch, UnitOfWork
from app.services.read_models import SyncProgress, SyncStep
from app.services.sync_page import sync_page
from app.services.whereabouts_ports import NO_LAPTOPS, ShareKind, WaitingShare
from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from tests.ui.test_pages import cut_off
from ui.screens.sync.run_panel import RunPanel
from ui.widgets.pieces import Box


def happen(uow: UnitOfWork, screen: Screen) -> None:
    """A colleague's laptop was copied, one of its batches lacks, and the server showed another
    history; three files of a stick are of no use, and the key of a batch lacks."""
    opened = OpenedBatch(b"b" * 32, b"d" * 16, b"session1", 2, b"p" * 32, None, ())
    uow.batches.add(
        SealedBatch(b"a" * 32, b"sealed"), device=b"d" * 16,
        session=b"session1", number=2, is_own=False, change_ids=[], at_ms=1,
    )  # fmt: skip
    evidence.note_fork(uow, screen.desk, opened)
    evidence.note_batch(uow, opened)
    evidence.note_other_history(uow, screen.desk, b"c" * 32)
    for number in range(3):
        uow.aside.put(
            SealedBatch(bytes([number]) * 32, b"rubbish"),
            reason="batch_malformed", at_ms=1, is_signed=False, may_open_later=False,
        )  # fmt: skip
    uow.aside.put(
        SealedBatch(b"k" * 32, b"sealed"),
        reason="batch_unknown_key", at_ms=1, is_signed=True, may_open_later=True,
    )  # fmt: skip
    uow.commit()


def _boxes(screen: Screen) -> str:
    boxes = [one for one in shown_children(screen.page) if isinstance(one, Box)]
    return "\n".join(one.accessibleName() for one in boxes)


def test_where_nothinghappened_nothing_is_told(screen: Screen) -> None:
    screen.go("sync")
    assert "Avise a su coordinación" not in _boxes(screen)


@pytest.mark.parametrize("screen", [("es", None), ("es", pseudo)], indirect=True)
def test_whathappened_is_told_and_the_page_fits_a_small_screen(screen: Screen) -> None:
    screen.run(lambda uow: happen(uow, screen))
    screen.go("sync")
    told = _boxes(screen)
    for words in ("dos historias", "copiados o restaurados", "no llegaron"):
        assert words in told
    assert screen.texts("Al avisar, diga: «{title}».", title=screen.texts("Laptop copiada")) in told
    assert "manual" not in told, "there is none on the laptop"
    least = screen.window.minimumSizeHint()
    assert least.width() <= SMALL.width()
    assert least.height() <= SMALL.height()
    assert cut_off(screen.window) == []


def test_a_box_is_as_high_as_its_words_also_on_a_large_screen(screen: Screen) -> None:
    def another_history(uow: UnitOfWork) -> None:
        evidence.note_other_history(uow, screen.desk, b"c" * 32)
        uow.commit()

    screen.run(another_history)
    screen.window.resize(1366, 768)
    screen.go("sync")
    screen.settle()
    (box,) = [one for one in shown_children(screen.shell.sync._left) if isinstance(one, Box)]
    assert box.height() <= box.heightForWidth(box.width()) + 1


def test_changes_of_no_case_wait_under_a_name(screen: Screen) -> None:
    screen.run(lambda uow: _introduce(uow, screen))
    page = screen.go("sync")
    (table,) = [
        one for one in shown_children(page)
        if isinstance(one, QTableView) and one.accessibleName() == "Cambios por enviar"
    ]  # fmt: skip
    model = table.model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Del centro"]
    words = model.index(0, 0).data()
    assert table.fontMetrics().horizontalAdvance(words) < table.columnWidth(0), "read whole"
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "Otros datos del centro"


def _introduce(uow: UnitOfWork, screen: Screen) -> None:
    person = RecordId(screen.desk.actor.id)
    change_fields(uow, screen.desk, {FieldKey(Kind.PERSON, person, "name"): "Persona Inventada"})
    uow.commit()


def test_where_only_an_attachment_waits_it_is_not_said_that_nothing_does(screen: Screen) -> None:
    share = WaitingShare(ShareKind.ATTACHMENT, 1, 2_048, None)
    screen.go("sync")
    page = screen.run(lambda uow: sync_page(uow, screen.desk, NO_LAPTOPS))
    still = dataclasses.replace(page.view, waiting_changes=0, waiting=())
    screen.shell.sync.show_whole(dataclasses.replace(page, view=still, shares=(share,)))
    assert screen.shell.sync._left._waiting_title.text() == "1 adjunto por enviar"
    closed = WaitingShare(ShareKind.CLOSED, 2, 2_048, None)
    screen.shell.sync.show_whole(dataclasses.replace(page, view=still, shares=(closed, share)))
    title = screen.shell.sync._left._waiting_title
    assert title.text() == "1 adjunto y 2 paquetes por enviar"
    (table,) = [
        one for one in shown_children(screen.page)
        if isinstance(one, QTableView) and one.accessibleName() == "Por enviar, por urgencia"
    ]  # fmt: skip
    assert table.model().index(0, 0).data() == "Paquetes cerrados"
    screen.shell.sync.show_whole(dataclasses.replace(page, view=still, shares=()))
    assert screen.shell.sync._left._waiting_title.text() == "Nada por enviar"


def test_who_was_taken_out_of_the_centre_waits_in_every_place_that_says_what_waits(
    screen: Screen,
) -> None:
    left = WaitingShare(ShareKind.STATEMENT, 2, 900, None)
    screen.go("sync")
    page = screen.run(lambda uow: sync_page(uow, screen.desk, NO_LAPTOPS))
    quiet = {"waiting_changes": 0, "waiting_closed": 0, "waiting_attachments": 0, "waiting": ()}
    still = dataclasses.replace(page.view, waiting_statements=2, **quiet)
    screen.shell.sync.show_whole(dataclasses.replace(page, view=still, shares=(left,)))
    screen.shell.sync.show_view(still)
    words = "2 avisos de altas o bajas de equipos por enviar"
    assert screen.shell.sync._left._waiting_title.text().startswith(words)
    assert screen.shell.sync.said.endswith(f" · {words}")
    (table,) = [
        one for one in shown_children(screen.page)
        if isinstance(one, QTableView) and one.accessibleName() == "Por enviar, por urgencia"
    ]  # fmt: skip
    cell = table.model().index(0, 0)
    assert cell.data() == "Avisos de equipos"
    assert "todavía deja entrar" in cell.data(Qt.ItemDataRole.ToolTipRole)
    on_stick = dataclasses.replace(left, on_stick=2)
    screen.shell.sync.show_whole(dataclasses.replace(page, view=still, shares=(on_stick,)))
    cell = table.model().index(0, 0)
    assert cell.data() == "Avisos (en USB)"
    assert table.fontMetrics().horizontalAdvance(cell.data()) < table.columnWidth(0), "read whole"
    assert "2 de 2" in cell.data(Qt.ItemDataRole.ToolTipRole)


def _sizes(screen: Screen) -> list[tuple[str, str]]:
    """Return what the column of the sizes says, and what it says to whoever points at it."""
    (table,) = [
        one for one in shown_children(screen.page)
        if isinstance(one, QTableView) and one.accessibleName() == "Por enviar, por urgencia"
    ]  # fmt: skip
    cells = [table.model().index(row, 2) for row in range(table.model().rowCount())]
    for one in cells:
        width = table.fontMetrics().horizontalAdvance(one.data())
        assert width < table.columnWidth(2), "read whole"
    return [(one.data(), one.data(Qt.ItemDataRole.ToolTipRole)) for one in cells]


def test_a_size_is_told_before_anything_is_sealed_and_says_that_it_is_near(screen: Screen) -> None:
    screen.new_case(never_call=True)
    screen.new_case()
    screen.go("sync")
    urgent, other = _sizes(screen)
    assert urgent[0].startswith("≈ ")
    assert "al cifrarlos" in urgent[1]
    assert "—" not in (urgent[0], other[0])
    assert "(≈ " in screen.shell.sync._left._waiting_title.text()


def test_a_size_is_told_of_everything_that_waits_and_of_no_batch_twice(screen: Screen) -> None:
    screen.new_case(never_call=True)
    screen.go("sync")
    page = screen.run(lambda uow: sync_page(uow, screen.desk, NO_LAPTOPS))
    sizes = {ShareKind.URGENT: 2_048, ShareKind.OTHER: 0}
    shares = tuple(
        dataclasses.replace(one, size=sizes[one.kind], is_estimated=False) for one in page.shares
    )
    screen.shell.sync.show_whole(dataclasses.replace(page, shares=shares))
    assert "(2.0 KB)" in screen.shell.sync._left._waiting_title.text()
    urgent, other = _sizes(screen)
    assert urgent == ("2.0", "2.0 KB")
    assert other[0] == "incluidos"
    assert "los urgentes" in other[1]
    next_to_nothing = dataclasses.replace(shares[1], size=40, is_estimated=True)
    screen.shell.sync.show_whole(dataclasses.replace(page, shares=(shares[0], next_to_nothing)))
    assert _sizes(screen)[1][0] == "incluidos", "and no zero"


def test_an_attachment_that_comes_down_is_not_said_to_go_up(screen: Screen) -> None:
    screen.go("sync")
    panel = screen.shell.sync._panel
    panel.begin(is_stick=False)
    panel.show_progress(SyncProgress(SyncStep.SEND, 1_024, 2_048))
    assert panel._amount.text() == "Subida: 1.0 de 2.0 KB"
    panel.show_progress(SyncProgress(SyncStep.LANE, 1_024, 2_048))
    assert panel._amount.text() == "1.0 de 2.0 KB"
    lane = SyncProgress(
        SyncStep.LANE, 1_024, 4_096, seconds_left=21, done_entries=1, total_entries=3
    )
    panel.show_progress(lane)
    assert panel._amount.text() == "Adjunto 1 de 3 · 1.0 de 4.0 KB · faltan 21 segundos"


SENT = 422_500
LANGUAGES = [("es", None), ("quy", None), ("agr", None)]
SENDING = SyncProgress(SyncStep.SEND, 123_000, SENT, 18, 124_000, 600)


@pytest.mark.parametrize("screen", LANGUAGES, indirect=True)
def test_how_far_the_sending_is_takes_one_line_of_a_small_screen(screen: Screen) -> None:
    panel = _going(screen)
    for seconds in (18, 110, 1_080):
        panel.show_progress(dataclasses.replace(SENDING, seconds_left=seconds))
        screen.settle()
        amount = panel._amount
        assert amount.height() < 2 * amount.fontMetrics().lineSpacing(), amount.text()
        assert _is_whole(panel), "that nothing is lost is read whole"


@pytest.mark.parametrize("screen", LANGUAGES, indirect=True)
def test_where_two_lines_say_how_far_a_run_is_no_sentence_is_cut(screen: Screen) -> None:
    panel = _going(screen)
    came = {"down": 1_030_000, "done_entries": 13, "total_entries": 97}
    panel.show_progress(dataclasses.replace(SENDING, **came))
    screen.settle()
    assert "Subida: 120.1" in panel._amount.text()
    assert "Bajada: 1,005.9 KB (paquete 13 de 97)" in panel._amount.text()
    assert _is_whole(panel)
    coming = dataclasses.replace(SENDING, step=SyncStep.RECEIVE, done_bytes=SENT, **came)
    panel.show_progress(coming)
    screen.settle()
    assert _is_whole(panel)


def _going(screen: Screen) -> RunPanel:
    """Return the panel of a run that goes on, on a small screen."""
    screen.window.resize(SMALL)
    screen.go("sync")
    panel = screen.shell.sync._panel
    panel.begin(is_stick=False)
    return panel


def _is_whole(panel: RunPanel) -> bool:
    """Whether what is safe stands in sight as a whole, beside the steps."""
    steps, safe = panel._steps, panel._steps._safe
    low = safe.mapTo(steps.viewport(), safe.rect().bottomLeft()).y()
    return safe.isVisible() and low < steps.viewport().height()


def test_what_does_not_move_is_not_told(screen: Screen) -> None:
    screen.go("sync")
    panel = screen.shell.sync._panel
    panel.begin(is_stick=False)
    told = {
        "Subida: 1.0 de 2.0 KB": SyncProgress(SyncStep.SEND, 1_024, 2_048, down=600),
        "Bajada: 0.6 KB": SyncProgress(SyncStep.SEND, down=600),
        "Subida: 2.0 de 2.0 KB · Bajada: 3.0 KB": SyncProgress(
            SyncStep.VERIFY, 2_048, 2_048, down=3_072
        ),
        "Bajada: 3.0 KB (paquete 3 de 7)": SyncProgress(
            SyncStep.RECEIVE, 2_048, 2_048, down=3_072, done_entries=3, total_entries=7
        ),
    }
    for words, progress in told.items():
        panel.show_progress(progress)
        assert panel._amount.text() == words


def test_the_size_of_all_is_the_sum_of_the_sizes_that_are_shown(screen: Screen) -> None:
    screen.new_case(never_call=True)
    screen.go("sync")
    page = screen.run(lambda uow: sync_page(uow, screen.desk, NO_LAPTOPS))
    for one, other in ((1_370, 545), (1_380, 565), (1_300, 40), (2_000_050, 565)):
        sizes = {ShareKind.URGENT: one, ShareKind.OTHER: other}
        shares = tuple(dataclasses.replace(each, size=sizes[each.kind]) for each in page.shares)
        screen.shell.sync.show_whole(dataclasses.replace(page, shares=shares))
        shown = [said.removeprefix("≈ ").replace(",", "") for said, _ in _sizes(screen)]
        whole = f"{sum(float(said) for said in shown if said != 'incluidos'):,.1f} KB)"
        assert whole in screen.shell.sync._left._waiting_title.text()
