"""Acts of the centre that are of another service: said before anybody types, opened with a reason,
and shown to everybody of the centre (Z)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app.clock import FixedClock
from app.domain.change import AuthorId, RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.services import register, staff, teams
from app.services.access_records import GRANTED_FOR_MS
from app.services.audit_ports import AuditFilter
from app.services.forms import change_fields
from app.services.ports import Actor, FieldKey, UnitOfWork
from tests.support.pseudo import pseudo
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import check_fit, check_names
from ui.screens.access.view import AccessPage
from ui.screens.audit.view import AuditPage
from ui.screens.machine.view import MachinePage
from ui.screens.staff.view import StaffPage

PEOPLE = {
    "Beto Inventado": ("social",),
    "Carla Inventada": ("admision",),
    "Coco Inventado": ("promocion",),
    "Dora Inventada": ("coordinacion",),
}
GATED = ("staff", "sheets", "devices", "backup", "audit", "closing", "calendar", "refused")


def person(name: str) -> RecordId:
    return RecordId(f"{list(PEOPLE).index(name) + 1:02x}" * 16)


def introduce(screen: Screen, *names: str) -> None:
    """Let these people be of the centre."""

    def work(uow: UnitOfWork) -> None:
        for name in names:
            said = {"name": name, "role": PEOPLE[name][0], "roles": PEOPLE[name]}
            keys = {FieldKey(Kind.PERSON, person(name), one): each for one, each in said.items()}
            change_fields(uow, screen.desk, keys)
        uow.commit()

    screen.run(work)


def sit_down(screen: Screen, name: str) -> None:
    """Let somebody work at the desk, as after an unlock."""
    actor = Actor(AuthorId(person(name)), name, PEOPLE[name][0], PEOPLE[name])
    desk = dataclasses.replace(screen.desk, actor=actor)
    screen.store.work_at(desk)
    screen.window.enter(dataclasses.replace(screen.shell.workplace, desk=desk))
    screen.settle()


def put_on(screen: Screen, by: timedelta) -> None:
    """Let this time go by."""
    clock = screen.desk.clock
    assert isinstance(clock, FixedClock)
    clock.ms += int(by.total_seconds() * 1000)


def said(page: QWidget) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def button(page: QWidget, words: str) -> QPushButton:
    (found,) = [
        one for one in shown_children(page) if isinstance(one, QPushButton) and one.text() == words
    ]
    return found


def links(page: QWidget) -> list[str]:
    return [one.text() for one in shown_children(page) if isinstance(one, QPushButton)]


def ask_with(screen: Screen, reason: str) -> AccessPage:
    """Type a reason on the page that shows, and Enter."""
    page = screen.page
    assert isinstance(page, AccessPage)
    page.ask.reason.setText(reason)
    screen.bot.keyClick(page.ask.reason, Qt.Key.Key_Return)
    screen.settle()
    return page


def test_without_coordination_people_are_taken_in_once_somebody_said_why(screen: Screen) -> None:
    """Nobody types in vain; the way is a button, and leads back."""
    introduce(screen, "Beto Inventado")
    sit_down(screen, "Beto Inventado")
    page = screen.go("staff")
    assert isinstance(page, StaffPage)
    assert not button(page, "Agregar persona").isEnabled()
    assert "Lo hace: Coordinación; hoy nadie del centro." in page.gate.accessibleName()
    assert "Dar de alta y de baja a una persona" in page.gate.accessibleName()

    screen.bot.keyClick(page.gate.ask, Qt.Key.Key_Space)
    screen.settle()
    page_asked = ask_with(screen, "No hay coordinación y llega una colega")
    assert "Ya está abierto para usted" in page_asked.message
    assert "Hoy no hay nadie más en el centro" in said(page_asked)
    back = QApplication.focusWidget()
    assert isinstance(back, QPushButton) and back.text() == "Volver a lo que hacía"
    screen.bot.keyClick(back, Qt.Key.Key_Return)
    screen.settle()
    page = screen.page
    assert isinstance(page, StaffPage)
    assert button(page, "Agregar persona").isEnabled()
    assert "Dar de alta" not in page.gate.accessibleName()


def test_what_is_hers_is_said_of_no_page(screen: Screen) -> None:
    """Control of every test here."""
    introduce(screen, "Dora Inventada")
    sit_down(screen, "Dora Inventada")
    for name in GATED:
        page = screen.go(name)
        assert "No es de su servicio" not in said(page), name
        assert "Pedir acceso" not in links(page), name
    assert button(screen.go("staff"), "Agregar persona").isEnabled()


@pytest.mark.parametrize(
    ("name", "page", "words", "may_ask"),
    [
        ("Beto Inventado", "staff", "Agregar persona", True),
        ("Carla Inventada", "staff", "Agregar persona", True),
        ("Coco Inventado", "staff", "Agregar persona", False),
        ("Beto Inventado", "sheets", "Hacer un juego nuevo", True),
        ("Carla Inventada", "sheets", "Usar las hojas de otro equipo del centro", True),
        ("Coco Inventado", "sheets", "Ensayo de las hojas", False),
        ("Coco Inventado", "backup", "Hacer una copia…", False),
        ("Coco Inventado", "backup", "Probar la copia…", False),
        ("Beto Inventado", "audit", "Comprobar", True),
        ("Beto Inventado", "audit", "Exportar…", True),
        ("Coco Inventado", "devices", "Pedir unirse", False),
        ("Coco Inventado", "refused", "Imprimir", False),
        ("Carla Inventada", "calendar", "Añadir día", True),
    ],
)
def test_what_is_not_hers_cannot_be_begun_and_says_whose_it_is(
    screen: Screen, name: str, page: str, words: str, may_ask: bool
) -> None:
    introduce(screen, name, "Dora Inventada")
    sit_down(screen, name)
    shown = screen.go(page)
    assert not button(shown, words).isEnabled()
    assert "Dora Inventada" in said(shown)
    assert ("Pedir acceso" in links(shown)) is may_ask
    assert "no se hizo nada" not in said(screen.window)  # nothing was tried and refused


def test_the_whole_centre_is_shown_who_opened_what_and_until_when(screen: Screen) -> None:
    introduce(screen, "Beto Inventado", "Dora Inventada")
    sit_down(screen, "Dora Inventada")
    page = screen.go("access")
    assert isinstance(page, AccessPage)
    assert page.open_now.text() == "Nada."  # control
    sit_down(screen, "Beto Inventado")
    screen.go("access", acts=["manage_devices"])
    assert "Dora Inventada" in said(screen.page)  # who will be shown it
    ask_with(screen, "Robaron el equipo B")

    sit_down(screen, "Dora Inventada")
    hub = screen.go("machine")
    assert isinstance(hub, MachinePage)
    assert "alguien abrió con un motivo" in said(hub)
    button(hub, "Pedir acceso").click()
    screen.settle()
    page = screen.page
    assert isinstance(page, AccessPage)
    now_ms = screen.desk.clock.now_ms()
    until = screen.texts.language.format_datetime_ms(now_ms + GRANTED_FOR_MS)
    assert "Beto Inventado: Dar de alta y de baja un equipo." in page.open_now.text()
    assert f"hasta el {until}. «Robaron el equipo B»" in page.open_now.text()
    assert page.before.text() == "Nada."


def test_it_closes_after_a_shift_and_is_told_for_a_week(screen: Screen) -> None:
    introduce(screen, "Beto Inventado", "Dora Inventada")
    sit_down(screen, "Beto Inventado")
    screen.go("access", acts=["keep_sheets"])
    ask_with(screen, "Hojas nuevas")
    assert button(screen.go("sheets"), "Hacer un juego nuevo").isEnabled()  # control

    put_on(screen, timedelta(hours=12))
    assert not button(screen.go("sheets"), "Hacer un juego nuevo").isEnabled()
    page = screen.go("access")
    assert isinstance(page, AccessPage)
    assert page.open_now.text() == "Nada."
    assert "«Hojas nuevas»" in page.before.text()
    put_on(screen, timedelta(days=7))
    page = screen.go("access")
    assert isinstance(page, AccessPage)
    assert page.before.text() == "Nada."


def test_the_use_case_refuses_whatever_a_page_shows(screen: Screen) -> None:
    introduce(screen, "Beto Inventado")
    sit_down(screen, "Beto Inventado")

    def write(uow: UnitOfWork) -> None:
        desk = screen.shell.workplace.desk
        staff.set_roles(uow, desk, person("Beto Inventado"), "social", ("legal",))

    with pytest.raises(DomainError, match="access_reason_centre"):
        screen.run(write)
    screen.go("access", acts=["manage_people"])
    ask_with(screen, "Hace también de legal")
    screen.run(write)


def test_without_a_line_or_a_tick_nothing_opens(screen: Screen) -> None:
    introduce(screen, "Beto Inventado")
    sit_down(screen, "Beto Inventado")
    screen.go("access")
    assert "Marque en la lista" in ask_with(screen, "Un motivo").message
    page = screen.page
    assert isinstance(page, AccessPage)
    page.ask.tick("manage_people")
    assert "Escriba por qué" in ask_with(screen, "  ").message
    assert "Ya está abierto" in ask_with(screen, "Un motivo").message  # control


def test_only_what_the_matrix_lets_her_ask_for_is_listed(screen: Screen) -> None:
    asked: dict[str, set[str]] = {}
    introduce(screen, *PEOPLE)
    for name in PEOPLE:
        sit_down(screen, name)
        found = screen.go("access")
        assert isinstance(found, AccessPage)
        texts = {one.text() for one in shown_children(found.ask) if isinstance(one, QLabel)}
        acts = screen.desk.definitions.authorisation.acts.values()
        asked[name] = {one.id for one in acts if one.title in texts}
        assert found.ask.isVisible() is bool(asked[name])
    centre = {"manage_devices", "manage_people", "reset_words", "keep_sheets"}
    centre |= {"read_audit", "review_roles"}
    work = {"keep_calendar", "see_figures"}
    assert asked["Beto Inventado"] == centre | work
    assert asked["Carla Inventada"] == centre | work, "admission may be alone, too"
    assert asked["Coco Inventado"] == set()
    assert asked["Dora Inventada"] == {"export_texts"}


def test_who_looks_at_the_register_and_may_not_is_no_attempt(screen: Screen) -> None:
    """Control: a page of hers has entries, and using the use case itself is noted."""
    introduce(screen, "Beto Inventado", "Dora Inventada")

    def refused(uow: UnitOfWork) -> int:
        return len(uow.audit.entries(AuditFilter(actions=frozenset({"refused"})), most=99))

    sit_down(screen, "Beto Inventado")
    screen.go("audit")
    assert screen.run(refused) == 0
    with pytest.raises(DomainError, match="access_reason_centre"):
        screen.run(lambda uow: register.choices(uow, screen.shell.workplace.desk))
    assert screen.run(refused) == 1
    sit_down(screen, "Dora Inventada")
    page = screen.go("audit")
    assert isinstance(page, AuditPage)
    assert page.table.model().rowCount() > 0
    assert page.person.isEnabled()


VARIANTS = [
    pytest.param(("es", None), id="es"),
    pytest.param(("agr", None), id="agr"),
    pytest.param(("es", pseudo), id="longer"),
]


@pytest.mark.parametrize("screen", VARIANTS, indirect=True)
def test_closed_pages_fit_a_small_screen_and_name_their_controls(screen: Screen) -> None:
    introduce(screen, *PEOPLE)
    screen.run(_opened(screen))
    for name in ("Beto Inventado", "Carla Inventada", "Coco Inventado"):
        sit_down(screen, name)
        for page in (*GATED, "access", "machine"):
            screen.go(page)
            check_fit(f"{page}: {name}", screen.window)
            check_names(f"{page}: {name}", screen.window)


def _opened(screen: Screen) -> Callable[[UnitOfWork], None]:
    name = "Beto Inventado"
    actor = Actor(AuthorId(person(name)), name, "social", ("social",))
    desk = dataclasses.replace(screen.desk, actor=actor)
    return lambda uow: teams.open_access(uow, desk, None, ["manage_devices"], "Robaron " * 20)
