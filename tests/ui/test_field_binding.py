"""One field between the screen and the disk, in every order of typing, saving and arriving."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from app.domain.change import ChangeId
from app.domain.value import Value
from app.services.read_models import FieldView
from tests.support.laptops import definitions
from ui.forms.field_binding import FieldBinding, FieldState

NAMES = definitions().form("ficha").get("names")
QUIET = (FieldState.CLEAN, FieldState.SAVED)


def view(value: Value, number: int, *, is_conflict: bool = False) -> FieldView:
    return FieldView(value, ChangeId(number.to_bytes(32, "big")), is_conflict=is_conflict)


def binding(value: Value = None) -> FieldBinding:
    assert NAMES is not None
    return FieldBinding.of(NAMES, view(value, 1))


def test_nothing_is_saved_when_nothing_was_typed():
    assert binding("Rosa").begin_save() is None


def test_a_save_names_the_change_that_stood_on_the_screen():
    one = binding("Rosa")
    one.type("Rosa Inventada")
    assert one.begin_save() == ("Rosa Inventada", view(None, 1).shown)


def test_a_second_save_waits_for_the_first():
    one = binding()
    one.type("R")
    one.begin_save()
    one.type("Ro")
    assert one.begin_save() is None
    one.saved("R", view("R", 2), None)
    assert one.state is FieldState.TYPING
    assert one.begin_save() == ("Ro", view(None, 2).shown)


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
    assert one.begin_save() == ("Rosa", view(None, 1).shown)


def test_a_value_that_arrives_while_typing_leaves_the_typed_text():
    one = binding("Rosa")
    one.type("Rosa I")
    assert one.show(view("Otra", 9)) is False
    assert (one.typed, one.other_arrived) == ("Rosa I", True)
    assert one.begin_save() == ("Rosa I", view(None, 1).shown)


def test_a_value_that_arrives_at_rest_shows():
    one = binding("Rosa")
    assert one.show(view("Otra", 9)) is True
    assert (one.typed, one.stored.shown) == ("Otra", view(None, 9).shown)


def test_a_blank_at_the_end_is_not_taken_from_under_the_cursor():
    one = binding()
    one.type("Rosa ")
    one.begin_save()
    one.saved("Rosa ", view("Rosa", 2), None)
    assert one.show(view("Rosa", 2)) is False
    assert one.typed == "Rosa "


@dataclass
class Disk:
    """What a commit leaves: the last value saved, and how many commits there were."""

    value: Value = None
    commits: int = 1
    on_the_way: list[Value] = field(default_factory=list)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.sampled_from([None, "a", "ab", "abc"])),
        st.tuples(st.sampled_from(["save", "commit", "refuse"]), st.none()),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_happens_quiet_means_that_the_disk_holds_what_shows(steps):
    one, disk = binding(), Disk()
    for step, value in steps:
        if step == "type":
            one.type(value)
        elif step == "save":
            handed_over = one.begin_save()
            if handed_over is not None:
                disk.on_the_way.append(handed_over[0])
        elif disk.on_the_way:
            saved = disk.on_the_way.pop()
            if step == "commit":
                disk.value, disk.commits = saved, disk.commits + 1
                one.saved(saved, view(saved, disk.commits), None)
            else:
                one.failed()
        if one.state in QUIET:
            assert one.typed == disk.value
    assert len(disk.on_the_way) <= 1
