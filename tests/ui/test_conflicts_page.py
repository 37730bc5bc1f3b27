"""The page of the fields with several values: what it says, what can be done, with the keyboard."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QWidget,
)

from app.domain.change import RecordId, new_change
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import case_records, conflicts, ledger
from app.services.forms import BASES_MAX, FICHA, change_fields, form_file, set_field
from app.services.ports import FieldKey, UnitOfWork
from tests.support.laptops import make_desk
from tests.support.windows import SMALL, Screen, shown_children, slow_disk

OTHER = make_desk(seed=7, letter="B", author="b0", ms=1_795_712_460_000)


def met(screen: Screen, field_id: str, before: Value, ours: Value, theirs: Value) -> RecordId:
    """Let this laptop and a colleague's write one field of a new case without seeing each other."""
    case_id = screen.new_case(**{field_id: before})

    def both(uow: UnitOfWork) -> None:
        person = RecordId(OTHER.actor.id)
        change_fields(uow, OTHER, {FieldKey(Kind.PERSON, person, "name"): "Colega Inventada"})
        view = form_file(uow, screen.desk, FICHA, case_id).fields.get(field_id)
        seen = view.replaces if view else ()
        set_field(uow, screen.desk, FICHA, case_id, field_id, ours)
        set_field(uow, OTHER, FICHA, case_id, field_id, theirs, seen=seen)

    screen.run(both)
    return case_id


def words(screen: Screen) -> str:
    return "\n".join(one.text() for one in shown_children(screen.page) if isinstance(one, QLabel))


def press(screen: Screen, text: str) -> None:
    (found,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == text
    ]
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Space)
    screen.settle()


def choose(screen: Screen, text: str) -> None:
    for one in shown_children(screen.page):
        if isinstance(one, QRadioButton) and one.accessibleName().startswith(text):
            one.setFocus()
            QTest.keyClick(one, Qt.Key.Key_Space)
            return
    raise AssertionError([one.accessibleName() for one in shown_children(screen.page)])


def test_it_says_who_changed_what_to_what_and_what_was_not_seen(screen: Screen) -> None:
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    said = words(screen)
    assert "Seguridad" in said
    assert "Antes decía «lunes»." in said
    assert "Cambió de «lunes» a «martes» sin ver «viernes»." in said
    assert "Cambió de «lunes» a «viernes» sin ver «martes»." in said
    assert "Colega Inventada" in said
    assert "es el que se ve mientras tanto" in said


def test_both_were_right_with_the_keyboard_alone(screen: Screen) -> None:
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    (box,) = [one for one in shown_children(screen.page) if isinstance(one, QCheckBox)]
    assert not box.isEnabled(), "first it must be said which one stays"
    choose(screen, "martes")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    QTest.keyClick(screen.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    screen.settle()
    assert screen.stored(case_id, "safe_hours") == "martes"
    (note,) = screen.run(lambda uow: case_records.list_records(uow, screen.desk, "nota", case_id))
    assert "Colega Inventada" in note.columns
    text = screen.run(lambda uow: uow.records.fields(note.id)["text"].value)
    assert text == "viernes"


def test_yes_and_no_met_are_written_well_and_no_third_answer_is_offered(screen: Screen) -> None:
    met(screen, "attention_consent", None, "1", "0")
    screen.go("conflicts")
    said = words(screen)
    assert "Escribió «Sí» sin ver «No»." in said
    assert "«Si»" not in said
    offered = [
        one.accessibleName() for one in shown_children(screen.page) if isinstance(one, QRadioButton)
    ]
    assert len(offered) == 2, offered


def test_a_decision_is_undone_on_the_page(screen: Screen) -> None:
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    screen.shell.conflicts.choose("viernes")
    screen.settle()
    press(screen, "Decidido")
    assert "Quedó «viernes»" in words(screen)
    assert "Antes: «martes»" in words(screen)
    press(screen, "Deshacer la decisión")
    (row,) = screen.run(lambda uow: conflicts.list_conflicts(uow, screen.desk))
    assert row.case_id == case_id
    focused = QApplication.focusWidget()
    assert focused is not None
    assert screen.page.isAncestorOf(focused), "the keyboard stays on the page"
    said = words(screen)
    assert "Esta decisión ya no vale" in said
    assert said.index("Esta decisión ya no vale") < said.index("Quedó «viernes»")
    press(screen, "Por decidir")
    said = words(screen)
    assert "Se deshizo la decisión" in said
    assert "Había quedado «viernes»" in said
    assert "Antes decía «lunes»." in said, "what the two had replaced, not what was decided"


def test_a_value_that_lost_its_place_is_brought_back_on_the_page(screen: Screen) -> None:
    case_id = met(screen, "names", "Flor", "Flora", "Florinda")
    screen.go("conflicts")
    press(screen, "Se unió solo")
    assert "Se ve «Florinda»" in words(screen)
    press(screen, "Usar este valor")
    assert screen.stored(case_id, "names") == "Flora"


def test_a_field_of_a_newer_version_is_shown_and_no_more(screen: Screen) -> None:
    case_id = screen.new_case()
    key = FieldKey(Kind.CASE, case_id, "#60000")

    def both(uow: UnitOfWork) -> None:
        change_fields(uow, screen.desk, {key: "Uno"})
        change_fields(uow, OTHER, {key: "Otro"}, seen=())
        uow.commit()

    screen.run(both)
    screen.go("conflicts")
    press(screen, "Se unió solo")
    assert "Dato de una versión más nueva" in words(screen)
    assert "También se escribió" in words(screen)
    assert "Usar este valor" not in {
        one.text() for one in shown_children(screen.page) if isinstance(one, QPushButton)
    }


def test_a_field_of_no_case_offers_no_note(screen: Screen) -> None:
    key = FieldKey(Kind.HANDOVER, RecordId("7c" * 16), "note")

    def both(uow: UnitOfWork) -> None:
        change_fields(uow, screen.desk, {key: "Uno"})
        change_fields(uow, OTHER, {key: "Otro"}, seen=())
        uow.commit()

    screen.run(both)
    screen.go("conflicts")
    assert not [one for one in shown_children(screen.page) if isinstance(one, QCheckBox)]


A_TEXT = "Relato inventado de esta laptop, con su propio orden. " * 40
B_TEXT = "Lo que anotó la colega, que lo oyó de otra manera. " * 40
ALIKE = "Lo que las dos tenían igual, con su fecha y su lugar inventados. " * 24


def options(screen: Screen) -> list[QRadioButton]:
    return [one for one in shown_children(screen.page) if isinstance(one, QRadioButton)]


def in_sight(screen: Screen, one: QWidget) -> bool:
    """Whether all of it shows in the part that scrolls."""
    (area,) = [
        each
        for each in shown_children(screen.page)
        if isinstance(each, QScrollArea) and each.isAncestorOf(one)
    ]
    place = QRect(one.mapTo(area.viewport(), QPoint(0, 0)), one.size())
    return area.viewport().rect().contains(place)


def label_with(screen: Screen, text: str) -> QLabel:
    (found,) = [
        one for one in shown_children(screen.page) if isinstance(one, QLabel) and text in one.text()
    ]
    return found


BOTH_SCREENS = pytest.mark.parametrize("size", [SMALL, QSize(1366, 768)], ids=["1024", "1366"])


@BOTH_SCREENS
@pytest.mark.parametrize(
    "screen",
    [("es", None), ("es", lambda text: text + "x" * (len(text) * 2 // 5))],
    indirect=True,
    ids=["es", "longer"],
)
def test_two_long_texts_stand_beside_each_other_each_below_its_author(
    screen: Screen, size: QSize
) -> None:
    met(screen, "relato", "Antes", A_TEXT, B_TEXT)
    screen.window.resize(size)
    screen.go("conflicts")
    ours, theirs = label_with(screen, A_TEXT[:30]), label_with(screen, B_TEXT[:30])
    assert in_sight(screen, ours)
    assert in_sight(screen, theirs)
    for text in (ours, theirs):
        assert not text.font().bold()
        assert text.text() not in (A_TEXT.strip(), B_TEXT.strip())
    author = label_with(screen, " · Colega Inventada · ")
    assert in_sight(screen, author)
    assert author.mapTo(screen.page, QPoint(0, 0)).y() < theirs.mapTo(screen.page, QPoint(0, 0)).y()
    names = [one.accessibleName() for one in options(screen)]
    name = next(one for one in names if B_TEXT[:30] in one)
    assert name.index("Colega Inventada") < name.index(B_TEXT[:30])


def test_what_two_long_texts_differ_in_shows_and_the_rest_is_one_press_away(screen: Screen) -> None:
    met(screen, "relato", "Antes", ALIKE + "Llegó sola.", ALIKE + "Llegó con su hermana.")
    screen.go("conflicts")
    said = words(screen)
    assert "Llegó sola." in said
    assert "Llegó con su hermana." in said
    assert (ALIKE + "Llegó sola.") not in said
    (more, _) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == "Ver todo el texto"
    ]
    assert "Colega Inventada" in more.accessibleName(), "it says whose"
    more.setFocus()
    QTest.keyClick(more, Qt.Key.Key_Space)
    screen.settle()
    assert (ALIKE + "Llegó con su hermana.") in words(screen)
    assert more.text() == "Ver menos"
    assert in_sight(screen, more), "the keyboard is where one can see it"
    whole = label_with(screen, ALIKE + "Llegó con su hermana.")
    assert not in_sight(screen, whole), "it is higher than the area"
    top = whole.mapTo(more.window(), QPoint(0, 0)).y()
    assert top >= more.mapTo(more.window(), QPoint(0, more.height())).y(), "read from its beginning"
    QTest.keyClick(more, Qt.Key.Key_PageDown)
    screen.settle()
    assert whole.mapTo(more.window(), QPoint(0, 0)).y() < top, "and the keyboard goes on in it"
    QTest.keyClick(more, Qt.Key.Key_Space)
    screen.settle()
    assert (ALIKE + "Llegó con su hermana.") not in words(screen)
    assert in_sight(screen, more)


def test_the_option_that_holds_the_keyboard_is_in_sight_with_what_it_says(screen: Screen) -> None:
    case_id = met(screen, "relato", "Antes", A_TEXT, B_TEXT)
    third = make_desk(seed=8, letter="C", author="c0", ms=1_795_712_470_000)
    screen.run(
        lambda uow: set_field(uow, third, FICHA, case_id, "relato", "Tercera. " * 60, seen=())
    )
    screen.window.resize(QSize(1366, 768))
    screen.go("conflicts")
    assert len(options(screen)) == 4
    reached = set()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(QApplication.focusWidget(), key)
        screen.settle()
        for size in (SMALL, QSize(1366, 768)):
            screen.window.resize(size)
            screen.settle()
            option = QApplication.focusWidget()
            assert isinstance(option, QRadioButton)
            assert in_sight(screen, option), (key, size)
            card = option.parentWidget()
            while card.objectName() != "card":
                card = card.parentWidget()
            texts = [one for one in shown_children(card) if isinstance(one, QLabel)]
            assert all(in_sight(screen, one) for one in texts), (key, size)
        reached.add(option)
    assert len(reached) >= 3


def test_tab_goes_from_the_values_to_what_is_done_with_them(screen: Screen) -> None:
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    choose(screen, "martes")
    stops = []
    for _ in range(8):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        stops.append(QApplication.focusWidget())
    names = [one.accessibleName() or getattr(one, "text", str)() for one in stops if one]
    save = next(n for n, name in enumerate(names) if name.startswith("Guardar decisión"))
    both = next(n for n, name in enumerate(names) if name.startswith("Los dos son correctos"))
    assert both < save
    assert all(screen.page.isAncestorOf(one) for one in stops[: save + 1])


@pytest.mark.parametrize(
    "screen",
    [
        ("es", None),
        ("quy", None),
        ("agr", None),
        ("es", lambda text: text + "x" * (len(text) // 3)),
    ],
    indirect=True,
    ids=["es", "quy", "agr", "longer"],
)
def test_no_part_needs_a_horizontal_scroll_bar_at_1024(screen: Screen) -> None:
    long = "Relato inventado de varias líneas que no cabe en una sola. " * 12
    met(screen, "relato", long, long + "Uno.", long + "Otro.")
    met(screen, "names", "Flor", "Flora", "Florinda")
    screen.go("conflicts")
    page = screen.shell.conflicts
    for part in page.presenter.part.__class__:
        page._turn_to(part)
        screen.settle()
        assert page.minimumSizeHint().width() <= page.width()
        for area in page.findChildren(QScrollArea):
            if area.isVisibleTo(page):
                content = area.widget()
                assert content.minimumSizeHint().width() <= area.viewport().width()
        for one in shown_children(page):
            if isinstance(one, QRadioButton | QCheckBox | QPushButton):
                assert one.accessibleName() or one.text()


def test_after_the_last_decision_the_keyboard_is_still_on_the_page(screen: Screen) -> None:
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    choose(screen, "martes")
    QTest.keyClick(screen.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    screen.settle()
    assert "Nada por revisar" in words(screen)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert screen.page.isAncestorOf(focused)


def test_of_a_crowd_of_values_the_newest_show_and_the_choice_replaces_all(screen: Screen) -> None:
    case_id = met(screen, "safe_hours", "lunes", "martes", "viernes")

    def crowd(uow: UnitOfWork) -> FieldKey:
        seen = form_file(uow, screen.desk, FICHA, case_id).fields["safe_hours"].replaces[:0]
        for number in range(98):
            set_field(uow, OTHER, FICHA, case_id, "safe_hours", f"hora {number}", seen=seen)
        (row,) = conflicts.list_conflicts(uow, screen.desk)
        return FieldKey(row.kind, row.record_id, row.field)

    key = screen.run(crowd)
    screen.go("conflicts")
    assert len(options(screen)) == 20 + 1, "and one for another answer"
    assert "Más valores que aquí no se muestran: 80. La decisión los reemplaza" in words(screen)
    assert "y 94 más." in words(screen)
    screen.shell.conflicts.choose("hora 90")
    screen.settle()
    (head,) = screen.run(lambda uow: uow.changes.heads(key))
    assert head.value == "hora 90"
    press(screen, "Decidido")
    assert "Más valores que aquí no se muestran: 80." in words(screen)


def test_of_more_values_than_a_decision_replaces_it_says_that_the_rest_is_asked(
    screen: Screen,
) -> None:
    met(screen, "safe_hours", "lunes", "martes", "viernes")

    def crowd(uow: UnitOfWork) -> None:
        (row,) = conflicts.list_conflicts(uow, screen.desk)
        changes = [
            new_change(
                screen.desk.definitions.registry,
                kind=row.kind,
                record_id=row.record_id,
                field=row.field,
                value=f"hora {number}",
                stamp=OTHER.stamper.next(OTHER.clock.now_ms()),
                author=OTHER.actor.id,
                bases=(),
            )
            for number in range(BASES_MAX + 48)
        ]
        ledger.record(uow, screen.desk.definitions, changes, is_own=False)
        uow.commit()

    screen.run(crowd)
    screen.go("conflicts")
    assert (
        "Más valores que aquí no se muestran: 10030. Son demasiados para una sola decisión: "
        "después se preguntará por los que queden (50)."
    ) in words(screen)
    screen.shell.conflicts.choose("martes")
    screen.settle()
    assert "se muestran: 31. La decisión los reemplaza también" in words(screen)


def test_of_a_part_that_was_left_nothing_shows(screen: Screen) -> None:
    """Neither until the disk answers, nor when it answers what was asked for before."""
    met(screen, "safe_hours", "lunes", "martes", "viernes")
    screen.go("conflicts")
    choose(screen, "martes")
    QTest.keyClick(screen.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    screen.settle()
    press(screen, "Decidido")
    assert "martes" in words(screen)
    press(screen, "Por decidir")
    first, second = threading.Event(), threading.Event()
    screen.runner.on_storage_thread(lambda: first.wait(60))
    turn(screen, "Decidido")
    behind = screen.runner.on_storage_thread(lambda: None)
    screen.runner.on_storage_thread(lambda: second.wait(60))
    try:
        turn(screen, "Se unió solo")
        assert "Nada por revisar" not in words(screen)
        first.set()
        behind.result(10)
        QCoreApplication.sendPostedEvents()
        assert "martes" not in words(screen)
    finally:
        first.set()
        second.set()
    screen.settle()
    assert "martes" not in words(screen)
    with slow_disk(screen):
        turn(screen, "Decidido")
        assert "Nada" not in words(screen)
    assert "martes" in words(screen)


def turn(screen: Screen, part: str) -> None:
    (chip,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == part
    ]
    chip.click()


def test_people_are_told_by_name_also_where_who_attends_a_case_joined_by_itself(
    screen: Screen,
) -> None:
    """Both wrote who attends: a set holds all, and says none of them by 32 digits."""
    case_id = screen.new_case()
    team = FieldKey(Kind.CASE, case_id, Name.TEAM)
    colleague, stranger = RecordId(OTHER.actor.id), RecordId("cc" * 16)

    def both(uow: UnitOfWork) -> None:
        change_fields(uow, OTHER, {FieldKey(Kind.PERSON, colleague, "name"): "Colega Inventada"})
        definitions, registry = screen.desk.definitions, screen.desk.definitions.registry
        for desk, people in (
            (screen.desk, (colleague, stranger)),
            (OTHER, (screen.desk.actor.id,)),
        ):
            change = new_change(
                registry,
                kind=team.kind,
                record_id=team.record_id,
                field=team.field,
                value=tuple(sorted(people)),
                stamp=desk.stamper.next(desk.clock.now_ms()),
                author=desk.actor.id,
                bases=(),
            )
            ledger.record(uow, definitions, [change], is_own=desk is screen.desk)
        uow.commit()

    screen.run(both)
    screen.go("conflicts")
    press(screen, "Se unió solo")
    said = words(screen)
    assert "Equipo del caso" in said
    assert "Colega Inventada" in said
    assert "(persona que esta laptop todavía no conoce)" in said
    assert colleague not in said
    assert stranger not in said
