"""A stick full of rubbish does not take the page *Sincronización* over."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView

from app.services.ports import SealedBatch, UnitOfWork
from tests.support.windows import Screen, shown_children, slow_disk
from tests.ui.test_pages import check_fit, check_names, everywhere
from tests.ui.test_sync_in_sight import VARIANTS, is_in_sight
from ui.screens.refused.view import RefusedPage

KEYLESS = b"k" * 32


def _rubbish(uow: UnitOfWork, first: int, count: int) -> None:
    for number in range(first, first + count):
        uow.aside.put(
            SealedBatch(bytes([number]) * 32, b"rubbish"),
            reason="batch_malformed", at_ms=number, is_signed=False, may_open_later=False,
        )  # fmt: skip
    uow.commit()


def _fill(uow: UnitOfWork) -> None:
    """One batch of the centre whose key lacks, among many things that are nobody's."""
    _rubbish(uow, 0, 15)
    uow.aside.put(
        SealedBatch(KEYLESS, b"sealed"),
        reason="batch_unknown_key", at_ms=1, is_signed=True, may_open_later=True,
    )  # fmt: skip
    for number, reason in enumerate(
        (
            "batch_truncated", "batch_altered", "batch_over_limit", "batch_wrong_centre",
            "batch_unknown_device", "batch_unknown_version", "batch_unknown_key",
        ),
        start=200,
    ):  # fmt: skip
        uow.aside.put(
            SealedBatch(bytes([number]) * 32, b"rubbish"),
            reason=reason, at_ms=1, is_signed=False, may_open_later=False,
        )  # fmt: skip
    uow.commit()
    _rubbish(uow, 15, 16)


def _table(screen: Screen, name: str) -> QTableView | None:
    wanted = screen.texts(name)
    found = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QTableView) and one.accessibleName() == wanted
    ]
    return found[0] if found else None


def _button(screen: Screen, words: str) -> QAbstractButton:
    (found,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QAbstractButton) and one.text() == words
    ]
    return found


def _said(table: QTableView | None) -> list[str]:
    assert table is not None
    model = table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


@pytest.mark.parametrize("screen", VARIANTS[:3], indirect=True)
def test_what_the_centre_wrote_and_what_waits_stay_in_sight_above_the_rubbish(
    screen: Screen,
) -> None:
    screen.new_case(names="Nantip")
    screen.run(_fill)
    screen.go("sync")
    assert len(_said(_table(screen, "Paquetes apartados"))) == 1
    assert is_in_sight(_button(screen, screen.texts("Ver, imprimir o exportar")))
    assert is_in_sight(screen.shell.sync._left._waiting_title)
    shares = _table(screen, "Por enviar, por urgencia")
    assert shares is not None
    assert is_in_sight(shares)


@everywhere
def test_a_page_with_rubbish_of_every_kind_fits_and_names_its_controls(screen: Screen) -> None:
    screen.new_case(names="Nantip")
    screen.run(_fill)
    screen.go("sync")
    assert len(_said(_table(screen, "Archivos que no se usaron"))) == 8
    check_fit("sync", screen.window)
    check_names("sync", screen.window)


def test_a_reason_is_one_row_with_true_words(screen: Screen) -> None:
    screen.run(_fill)
    screen.go("sync")
    words = _said(_table(screen, "Archivos que no se usaron"))
    assert words[0] == "31 archivos que no son de Qispi o llegaron dañados"
    assert "1 archivo que llegó incompleto" in words


def test_what_was_put_away_shows_when_somebody_asks_and_when_more_comes(screen: Screen) -> None:
    screen.run(_fill)
    screen.go("sync")
    _button(screen, "Guardar aparte").click()
    screen.settle()
    assert _table(screen, "Archivos que no se usaron") is None
    assert len(_said(_table(screen, "Paquetes apartados"))) == 1, "what the centre wrote stays"
    _button(screen, "Ver 38 archivos guardados aparte").click()
    screen.settle()
    assert len(_said(_table(screen, "Archivos que no se usaron"))) == 8
    _button(screen, "Ocultar lo guardado aparte").click()
    screen.settle()
    screen.run(lambda uow: _rubbish(uow, 40, 1))
    screen.go("today")
    screen.go("sync")
    words = _said(_table(screen, "Archivos que no se usaron"))
    assert words == ["32 archivos que no son de Qispi o llegaron dañados"]


def _each_of_three(screen: Screen) -> RefusedPage:
    screen.run(lambda uow: _rubbish(uow, 0, 3))
    screen.go("sync")
    _button(screen, screen.texts("Ver cada uno")).click()
    screen.settle()
    page = screen.page
    assert isinstance(page, RefusedPage)
    return page


@everywhere
def test_each_file_of_a_bunch_is_reached_and_nothing_is_claimed_of_it(screen: Screen) -> None:
    page = _each_of_three(screen)
    check_fit("refused", screen.window)
    check_names("refused", screen.window)

    def numbered(number: int) -> bool:
        words = screen.texts("Archivo {number} de {count}", number=number, count=3)
        return words in [one.text() for one in shown_children(page) if isinstance(one, QLabel)]

    assert numbered(1)
    page._after.click()
    screen.settle()
    assert numbered(2)
    page._before.click()
    screen.settle()
    page._before.click()
    screen.settle()
    assert numbered(3)


def test_while_the_next_file_is_on_its_way_nothing_leaves_and_each_press_counts(
    screen: Screen,
) -> None:
    """What left would be the one that still shows. Control: once it is there, it can."""
    page = _each_of_three(screen)
    assert page._print.isEnabled()
    with slow_disk(screen):
        page._after.click()
        assert not page._print.isEnabled()
        page._after.click()
    screen.until(page._print.isEnabled)
    assert "Archivo 3 de 3" in [one.text() for one in page.findChildren(QLabel)]


@pytest.mark.parametrize(
    ("reason", "do"),
    [
        ("batch_malformed", "no hay que hacer nada"),
        ("batch_wrong_centre", "no hay que hacer nada"),
        ("batch_truncated", "otra vez por el equipo de donde vino"),
        ("batch_altered", "otra vez por el equipo de donde vino"),
    ],
)
def test_what_to_do_about_a_file_of_a_stick_is_said_whole_on_the_page(
    screen: Screen, reason: str, do: str
) -> None:
    def bring(uow: UnitOfWork) -> None:
        uow.aside.put(
            SealedBatch(bytes(32), b"rubbish"),
            reason=reason, at_ms=1, is_signed=False, may_open_later=False,
        )  # fmt: skip
        uow.commit()

    screen.run(bring)
    screen.go("sync")
    _button(screen, "Ver cada uno").click()
    screen.settle()
    said = "\n".join(one.text() for one in shown_children(screen.page) if isinstance(one, QLabel))
    assert do in said
    assert "Archivo 00000000" in said, "nobody knows whether it is one of Qispi"
    assert "manual" not in said, "there is none on the laptop"
    assert "Al avisar" not in said, "nobody needs to be told"
