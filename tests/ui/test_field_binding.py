"""One field between the screen and the disk, in every order of typing, saving and arriving."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from app.domain.change import ChangeId
from app.domain.form import Problem
from app.domain.value import Value
from app.services.read_models import FieldView
from tests.support.laptops import definitions
from ui.forms.field_binding import FieldBinding, FieldState

NAMES = definitions().form("ficha").get("names")
QUIET = (FieldState.CLEAN, FieldState.SAVED)


def change(number: int) -> ChangeId:
    return ChangeId(number.to_bytes(32, "big"))


def view(value: Value, number: int, *, mine: int | None = None) -> FieldView:
    return FieldView(
        value,
        change(number),
        replaces=(change(number),) if mine is None else (change(number), change(mine)),
        mine=None if mine is None else change(mine),
    )


def binding(value: Value = None) -> FieldBinding:
    assert NAMES is not None
    return FieldBinding.of(NAMES, view(value, 1))


def test_nothing_is_saved_when_nothing_was_typed():
    assert binding("Rosa").begin_save() is None


def test_a_save_names_the_change_that_stood_on_the_screen():
    one = binding("Rosa")
    one.type("Rosa Inventada")
    assert one.begin_save() == ("Rosa Inventada", (change(1),))


def test_a_second_save_waits_for_the_first():
    one = binding()
    one.type("R")
    one.begin_save()
    one.type("Ro")
    assert one.begin_save() is None
    one.saved("R", view("R", 2), None)
    assert one.state is FieldState.TYPING
    assert one.begin_save() == ("Ro", (change(2),))


def test_typing_back_what_is_on_its_way_is_not_called_saved():
    one = binding()
    one.type("R")
    one.begin_save()
    one.type("Ro")
    one.type("R")
    assert one.is_unsaved
    one.saved("R", view("R", 2), None)
    assert one.state is FieldState.SAVED


def test_what_the_disk_refused_stays_and_is_tried_again():
    one = binding()
    one.type("Rosa")
    one.begin_save()
    one.failed()
    assert (one.typed, one.state) == ("Rosa", FieldState.NOT_SAVED)
    assert one.begin_save() == ("Rosa", (change(1),))


def test_a_value_that_arrives_while_typing_leaves_the_typed_text():
    one = binding("Rosa")
    one.type("Rosa I")
    assert one.show(view("Otra", 9)) is False
    assert (one.typed, one.other_arrived) == ("Rosa I", True)
    assert one.begin_save() == ("Rosa I", (change(1),))


def test_a_value_that_arrives_at_rest_shows():
    one = binding("Rosa")
    assert one.show(view("Otra", 9)) is True
    assert (one.typed, one.stored.shown) == ("Otra", change(9))


def test_a_blank_at_the_end_is_not_taken_from_under_the_cursor():
    one = binding()
    one.type("Rosa ")
    one.begin_save()
    one.saved("Rosa ", view("Rosa", 2), None)
    assert one.show(view("Rosa", 2)) is False
    assert one.typed == "Rosa "


def test_what_a_rule_refused_is_not_tried_again_until_something_else_is_typed():
    one = binding()
    one.type("demasiado")
    one.begin_save()
    one.failed(Problem("text_too_long", {"limit": 3}))
    assert (one.typed, one.state, one.is_unsaved) == ("demasiado", FieldState.REFUSED, True)
    assert one.begin_save() is None
    one.type("más")
    assert one.begin_save() == ("más", (change(1),))


def test_what_was_typed_back_while_a_rule_refused_needs_no_saving():
    one = binding("Rosa")
    one.type("demasiado")
    one.begin_save()
    one.type("Rosa")
    one.failed(Problem("text_too_long", {"limit": 3}))
    assert (one.state, one.remark) == (FieldState.SAVED, None)


def test_a_value_that_arrives_after_a_save_waits_until_the_field_is_left():
    one = binding("Rosa")
    one.type("Rosa I")
    one.begin_save()
    one.saved("Rosa I", view("Rosa I", 2), None)
    assert one.show(view("Otra", 9)) is False
    assert (one.typed, one.other_arrived, one.is_unsaved) == ("Rosa I", True, False)
    assert one.left() is True
    assert (one.typed, one.stored.shown) == ("Otra", change(9))


def test_typing_on_after_another_value_came_replaces_only_what_stood_there():
    one = binding("Rosa")
    one.type("Rosa I")
    one.begin_save()
    one.saved("Rosa I", view("Rosa I", 2), None)
    one.show(view("Otra", 9))
    one.type("Rosa In")
    assert one.begin_save() == ("Rosa In", (change(2),))


def test_where_another_value_shows_over_the_saved_one_the_next_save_replaces_its_own():
    one = binding("Rosa")
    one.type("Rosa I")
    one.begin_save()
    one.saved("Rosa I", view("Otra", 9, mine=2), None)
    assert (one.typed, one.other_arrived) == ("Rosa I", True)
    one.type("Rosa In")
    assert one.begin_save() == ("Rosa In", (change(2),))


def test_typing_back_what_stood_there_does_not_hide_what_came():
    one = binding("Rosa")
    one.type("Rosa I")
    one.show(view("Otra", 9))
    one.type("Rosa")
    assert one.other_arrived
    assert one.left() is True
    assert one.typed == "Otra"


@dataclass
class Disk:
    """What the commits leave: the value, the change that shows, and what is on its way."""

    value: Value = None
    shown: int = 1
    changes: int = 1
    on_the_way: list[Value] = field(default_factory=list)

    def put(self, value: Value) -> FieldView:
        self.value, self.changes = value, self.changes + 1
        self.shown = self.changes
        return view(value, self.shown)


TEXTS = st.sampled_from([None, "a", "ab", "abc"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["type", "arrive"]), TEXTS),
        st.tuples(st.sampled_from(["save", "commit", "refuse", "leave"]), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_quiet_means_that_the_disk_holds_what_shows_or_a_mark_says_no(steps):
    one, disk = binding(), Disk()
    for step, value in steps:
        if step == "type":
            one.type(value)
        elif step == "arrive":
            before = one.typed
            is_typed_in = one.is_unsaved
            replaced = one.show(disk.put(value))
            assert not (is_typed_in and (replaced or one.typed != before))
        elif step == "leave":
            one.left()
        elif step == "save":
            handed_over = one.begin_save()
            if handed_over is not None:
                assert handed_over[1], "a save names what it replaces"
                disk.on_the_way.append(handed_over[0])
        elif disk.on_the_way:
            saved = disk.on_the_way.pop()
            if step == "commit":
                one.saved(saved, disk.put(saved), None)
            else:
                one.failed()
        if one.state in QUIET:
            assert one.typed == disk.value or one.other_arrived
    assert len(disk.on_the_way) <= 1
    one.left()
    if one.state in QUIET:
        assert one.typed == disk.value
