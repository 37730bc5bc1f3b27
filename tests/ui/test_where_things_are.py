"""Beside what is saved stands where it is: facts in words, for a field, a case and the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QTableView, QWidget

from app.domain.change import RecordId
from app.services import refusals
from app.services.ports import Cursor, SealedBatch, UnitOfWork
from app.services.read_models import SyncProgress, SyncStep
from app.services.whereabouts_ports import Reach
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import check_fit, check_names, everywhere
from ui.screens.ficha.view import FichaPage
from ui.screens.records.view import RecordsPage
from ui.screens.refused.view import RefusedPage
from ui.screens.sync.view import SyncPage
from ui.widgets.place import PlaceLabel

BATCH = b"o" * 32


def _seal(uow: UnitOfWork, screen: Screen) -> None:
    uow.batches.add(
        SealedBatch(BATCH, b"sealed"),
        device=b"d" * 16,
        session=screen.desk.stamper.session,
        number=1,
        is_own=True,
        change_ids=[one.id for one in uow.changes.pending(10_000)],
        at_ms=1,
    )
    uow.commit()


def _arrive(uow: UnitOfWork, screen: Screen) -> None:
    """All that waits is sealed and was seen in the region's log."""
    _seal(uow, screen)
    uow.batches.mark_seen(BATCH, 1)
    uow.batches.set_cursor(Cursor(b"l" * 16, 1, b"c" * 32))
    uow.commit()


def _open(screen: Screen, case_id: RecordId) -> FichaPage:
    """Open the step with her name, and go into it."""
    page = screen.go("ficha", case_id=case_id)
    assert isinstance(page, FichaPage)
    steps = page.presenter.steps
    page.presenter.go(
        next(n for n, one in enumerate(steps) if any(field.id == "names" for field in one.fields))
    )
    screen.settle()
    assert page.fields is not None
    page.fields.focus("names")
    screen.settle()
    return page


def _place(screen: Screen) -> PlaceLabel:
    (found,) = [one for one in shown_children(screen.page) if isinstance(one, PlaceLabel)]
    return found


def test_a_field_says_where_it_is_and_nothing_of_what_is_not_saved(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip")
    page = _open(screen, case_id)
    said = page.rail.places.said
    assert said.text() == "Nombres: guardado · solo aquí"
    assert "Ni la región ni otro equipo del centro lo tienen" in said.toolTip()
    page.presenter.form.edit("names", "Nantip Ejemplo")
    screen.settle()
    assert said.text() == "Nombres: todavía no está guardado"
    page.flush()
    screen.settle()
    assert said.text() == "Nombres: guardado · solo aquí"


def test_what_the_region_got_says_so_and_a_later_edit_is_here_alone_again(screen: Screen) -> None:
    case_id = screen.new_case(names="Nantip", surname_1="Ejemplo")
    page = _open(screen, case_id)
    screen.run(lambda uow: _arrive(uow, screen))
    screen.shell.records_changed()
    screen.settle()
    assert page.rail.places.said.text() == "Nombres: guardado · recibido por la región"
    assert _place(screen).text() == "recibido por la región"
    page.presenter.form.edit("surname_1", "Otro")
    page.flush()
    screen.settle()
    assert page.rail.places.said.text() == "Nombres: guardado · recibido por la región"
    place = _place(screen).place
    assert place is not None
    assert place.reach is Reach.HERE, "a case is as far as the least of it"
    assert "solo en este equipo" in _place(screen).toolTip()


def test_each_answer_says_where_it_is_only_when_somebody_asks(screen: Screen) -> None:
    page = _open(screen, screen.new_case(names="Nantip"))

    def words() -> dict[str, str]:
        assert page.fields is not None
        rows = {name: page.fields.row(name) for name in page.fields.ids}
        return {
            name: row.place.text()
            for name, row in rows.items()
            if row is not None and not row.place.isHidden()
        }

    assert words() == {}
    page.rail.places.every.click()
    assert words() == {"names": "solo aquí"}
    page.rail.places.every.click()
    assert words() == {}


def test_the_chosen_record_says_where_it_is(screen: Screen) -> None:
    case_id = screen.new_case()
    page = screen.go("records", case_id=case_id)
    assert isinstance(page, RecordsPage)
    page.presenter.add()
    screen.settle()
    said = [one.text() for one in shown_children(page) if isinstance(one, QLabel)]
    assert "Lo elegido: solo aquí" in said


def test_the_list_says_it_of_each_case(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    screen.run(lambda uow: _arrive(uow, screen))
    screen.new_case(names="Etsa")
    screen.go("cases")
    model = screen.shell.cases.table.model()
    last = model.columnCount() - 1
    said = {
        model.index(row, 2).data(): model.index(row, last).data() for row in range(model.rowCount())
    }
    assert said == {"Nantip": "en la región", "Etsa": "solo aquí"}


def _buttons(page: QWidget, words: str) -> list[QAbstractButton]:
    return [
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton) and one.text() == words
    ]


@everywhere
def test_what_the_region_refused_is_said_where_people_look_and_leads_to_why(
    screen: Screen,
) -> None:
    refused_words = screen.texts("rechazado por la región")
    case_id = screen.new_case(names="Nantip")
    screen.run(lambda uow: _seal(uow, screen))
    screen.run(lambda uow: uow.traces.note_on_stick([BATCH], 1))
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {BATCH: "batch_over_limit"}))
    screen.shell.sync.presenter.look()
    screen.settle()

    screen.go("cases")
    model = screen.shell.cases.table.model()
    assert model.index(0, model.columnCount() - 1).data() == screen.texts("rechazado")
    check_fit("cases", screen.window)
    (why,) = _buttons(screen.page, screen.texts("Ver por qué"))
    why.click()
    screen.settle()
    assert screen.page is screen.shell.sync

    page = _open(screen, case_id)
    assert page.rail.places.said.text().endswith(refused_words)
    check_fit("ficha", screen.window)
    check_names("ficha", screen.window)
    (leads,) = _buttons(page, refused_words)
    leads.click()
    screen.settle()
    assert screen.page is screen.shell.sync

    screen.go("today")
    check_fit("today", screen.window)
    told = screen.texts(
        "La región rechazó algo que este equipo le ofreció. No se perdió: sigue guardado aquí."
    )
    assert told in screen.shell.notices.notice_words
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {}))
    screen.shell.sync.presenter.look()
    screen.settle()
    assert told not in screen.shell.notices.notice_words
    screen.go("ficha", case_id=case_id)
    assert _buttons(screen.page, refused_words) == []


def test_a_record_says_that_the_region_refused_it(screen: Screen) -> None:
    case_id = screen.new_case()
    page = screen.go("records", case_id=case_id)
    assert isinstance(page, RecordsPage)
    page.presenter.add()
    screen.settle()
    screen.run(lambda uow: _seal(uow, screen))
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {BATCH: "batch_over_limit"}))
    screen.shell.records_changed()
    screen.settle()
    said = [one.text() for one in shown_children(page) if isinstance(one, QLabel)]
    assert "Lo elegido: rechazado por la región" in said
    assert _buttons(page, "rechazado por la región")


def test_the_page_of_synchronisation_says_it_of_each_case_that_waits(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    page = screen.go("sync")
    (table,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QTableView) and one.accessibleName() == "Cambios por enviar"
    ]
    assert table.model().index(0, 2).data() == "solo aquí"


# --- what could not be sent or used --------------------------------------------------------------


def _refuse(uow: UnitOfWork, screen: Screen) -> None:
    _seal(uow, screen)
    refusals.note_refused(uow, screen.desk, {BATCH: "batch_over_limit"})
    for number in range(3):
        uow.aside.put(
            SealedBatch(bytes([number]) * 32, b"rubbish"),
            reason="batch_unknown_version",
            at_ms=1,
            is_signed=True,
            may_open_later=True,
        )
    uow.commit()


@everywhere
def test_the_page_with_all_that_may_be_on_it_fits_and_names_its_controls(screen: Screen) -> None:
    screen.new_case(names="Nantip", relato="Relato inventado.", never_call=True)
    screen.run(lambda uow: _refuse(uow, screen))
    screen.new_case(names="Etsa", never_call=True)
    page = screen.go("sync")
    assert isinstance(page, SyncPage)
    page.show_progress(SyncProgress(SyncStep.SEND, 24_000, 38_000, 190, 26_000, 3_400, 3, 7))
    screen.settle()
    check_fit("sync", screen.window)
    check_names("sync", screen.window)
    refused = screen.go("refused", batch_id=BATCH)
    assert isinstance(refused, RefusedPage)
    check_fit("refused", screen.window)
    check_names("refused", screen.window)


def test_a_refused_batch_is_opened_from_the_list_by_keyboard_and_carried_away(
    screen: Screen, tmp_path: Path
) -> None:
    screen.new_case(names="Nantip")
    screen.run(lambda uow: _refuse(uow, screen))
    page = screen.go("sync")
    table = next(
        one
        for one in shown_children(page)
        if isinstance(one, QTableView) and one.accessibleName() == "Paquetes apartados"
    )
    assert table.model().rowCount() == 4
    assert (
        table.model().index(0, 0).data()
        == "El paquete pasa del tamaño permitido, o está dañado y dice que pasa."
    )
    table.activated.emit(table.model().index(0, 0))  # what Enter does
    screen.settle()
    refused = screen.page
    assert isinstance(refused, RefusedPage)
    said = "\n".join(one.text() for one in shown_children(refused) if isinstance(one, QLabel))
    for words in ("La región no lo recibió", "Qué está a salvo", "avise a su coordinación"):
        assert words in said
    refused.presenter.export(tmp_path / "paquete.lote")
    refused.presenter.write(tmp_path / "paquete.pdf")
    screen.settle()
    assert (tmp_path / "paquete.lote").read_bytes() == b"sealed"
    assert (tmp_path / "paquete.pdf").read_bytes().startswith(b"%PDF")
    assert screen.run(lambda uow: uow.audit.verify()) is None


def test_the_kind_of_file_has_a_name_in_the_dialog(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    screen.run(lambda uow: _refuse(uow, screen))
    page = screen.go("refused", batch_id=BATCH)
    (export,) = _buttons(page, "Exportar cifrado…")
    export.click()
    screen.settle()
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    assert dialog.nameFilters() == ["Paquete cifrado de Qispi (*.lote)"]
    dialog.reject()


def test_one_that_is_refused_no_longer_leaves_the_screen_with_the_reason(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    screen.run(lambda uow: _refuse(uow, screen))
    page = screen.go("refused", batch_id=BATCH)
    shown = "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))
    assert "Qué está a salvo" in shown
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {}))
    screen.shell.records_changed()
    screen.settle()
    said = "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))
    assert "ya no está apartado" in said
    assert "Qué está a salvo" not in said


# --- a run that goes on --------------------------------------------------------------------------


def test_progress_says_both_ways_and_the_time_left(screen: Screen) -> None:
    page = screen.go("sync")
    assert isinstance(page, SyncPage)
    page.show_progress(SyncProgress(SyncStep.SEND, 1_024, 2_048, 190, 0, 3_072, 3, 7))
    said = "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))
    assert "Subida: 1.0 de 2.0 KB · Bajada: 3.0 KB (paquete 3 de 7) · faltan 3 minutos" in said


def test_whoever_asks_for_a_run_while_one_goes_on_is_told_so(screen: Screen) -> None:
    page = screen.go("sync")
    assert isinstance(page, SyncPage)
    page.presenter.sync_now()
    (now,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QAbstractButton) and one.text().startswith("Sincronizar ahora")
    ]
    assert now.isEnabled()
    now.click()
    said = [one.text() for one in shown_children(page) if isinstance(one, QLabel)]
    assert "Ya se está sincronizando: no hace falta otra" in said
