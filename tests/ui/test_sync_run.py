"""What the panel of a run says before it, at its end, and when something travels on behind it."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QLabel

from app.services.messages import sentence
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.sync_facts import note_attempt, note_stick
from tests.support.pseudo import pseudo
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import cut_off
from tests.ui.test_sync_in_sight import is_in_sight
from ui.screens.sync.run_panel import RunPanel

LEVEL = SyncReport(
    failure=None, batches_sent=1, batches_received=0, changes_received=0, set_aside=0,
    bytes_up=1_024, bytes_down=1_024, duration_ms=1_000, is_level=True,
)  # fmt: skip
NOW_MS = 1_795_000_000_000


def words(screen: Screen) -> list[str]:
    return [one.text() for one in shown_children(screen.page) if isinstance(one, QLabel)]


def run(screen: Screen, *steps: SyncStep, is_stick: bool = False) -> RunPanel:
    """A run came so far."""
    screen.go("sync")
    panel = screen.shell.sync._panel
    panel.begin(is_stick=is_stick)
    for step in steps:
        panel.show_progress(SyncProgress(step))
    return panel


def state_of(screen: Screen, step: str) -> str:
    said = words(screen)
    return said[said.index(step) - 1]


def test_before_a_run_the_steps_have_no_state(screen: Screen) -> None:
    screen.go("sync")
    said = words(screen)
    assert "6. Adjuntos e historial, sin prisa" in said
    assert not {"espera", "no empezó", "listo"} & set(said)


@pytest.mark.parametrize("left", [1, 3])
def test_who_stops_the_lane_reads_that_what_was_written_arrived(screen: Screen, left: int) -> None:
    panel = run(screen, SyncStep.SEND, SyncStep.LANE)
    report = dataclasses.replace(LEVEL, failure="sync_cancelled", attachments_left=left)
    panel.show_report(report, NOW_MS)
    said = "\n".join(words(screen))
    assert "Lo escrito ya llegó; queda" in said
    assert f"{left} adjunto" in said
    assert "No se completó" not in said
    assert "lo demás sigue por enviar" not in said
    assert state_of(screen, "6. Adjuntos e historial, sin prisa") == "se detuvo"
    assert state_of(screen, "5. Comprobar que todo llegó") == "listo"


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"attachments_left": 2}, "Lo escrito ya llegó; quedan 2 adjuntos por enviar"),
        ({"is_lane_cut": True}, "Lo escrito ya llegó; lo demás sigue la próxima vez"),
    ],
)
def test_a_run_that_leaves_something_behind_does_not_end_as_if_all_was_done(
    screen: Screen, facts: dict[str, int | bool], heading: str
) -> None:
    panel = run(screen, SyncStep.LANE)
    panel.show_report(dataclasses.replace(LEVEL, **facts), NOW_MS)
    assert heading in words(screen)
    assert "Terminó la sincronización" not in words(screen)
    assert state_of(screen, "6. Adjuntos e historial, sin prisa") == "sigue luego"
    screen.texts.switch("quy")
    screen.texts.switch("es")
    assert heading in words(screen)


def test_a_run_that_did_everything_ends_as_that(screen: Screen) -> None:
    panel = run(screen, SyncStep.LANE)
    panel.show_report(LEVEL, NOW_MS)
    assert "Terminó la sincronización" in words(screen)
    assert state_of(screen, "6. Adjuntos e historial, sin prisa") == "listo"


@pytest.mark.parametrize(
    "screen", [pytest.param(("es", None)), pytest.param(("es", pseudo))], indirect=True
)
@pytest.mark.parametrize("step", [SyncStep.SEND, SyncStep.LANE])
def test_the_step_that_failed_is_in_sight_on_a_small_screen(screen: Screen, step: SyncStep) -> None:
    panel = run(screen, step)
    panel.show_report(
        dataclasses.replace(LEVEL, failure="sync_cancelled", attachments_left=3), NOW_MS
    )
    screen.settle()
    place = [SyncStep.PREPARE, SyncStep.CONNECT, SyncStep.SEND, SyncStep.RECEIVE, SyncStep.VERIFY]
    number = len(place) if step is SyncStep.LANE else place.index(step)
    (found,) = [
        one for one in shown_children(screen.page)
        if isinstance(one, QLabel) and one.text().startswith(f"{number + 1}. ")
    ]  # fmt: skip
    assert is_in_sight(found)
    assert cut_off(screen.window) == []


@pytest.mark.parametrize("failure", ["stick_full", "stick_unsuited", "stick_gone"])
def test_what_to_do_about_a_stick_is_said_once(screen: Screen, failure: str) -> None:
    panel = run(screen, SyncStep.SEND, is_stick=True)
    panel.show_report(dataclasses.replace(LEVEL, failure=failure, is_level=False), NOW_MS)
    assert "Vuelva a pasarla" not in panel.stick.said.text()
    panel.show_report(dataclasses.replace(LEVEL, failure="sync_cancelled", is_level=False), NOW_MS)
    assert panel.stick.said.text().endswith("Vuelva a pasarla.")


@pytest.mark.parametrize("failure", ["stick_is_laptop", "stick_gone"])
def test_of_what_is_no_stick_it_is_not_said_that_it_is_incomplete(
    screen: Screen, failure: str
) -> None:
    panel = run(screen, SyncStep.CONNECT, is_stick=True)
    panel.show_report(dataclasses.replace(LEVEL, failure=failure, is_level=False), NOW_MS)
    said = panel.stick.said.text()
    assert said.endswith(f" · {sentence(failure, {}, screen.texts)}")
    assert "no quedó completa" not in said
    panel.show_report(dataclasses.replace(LEVEL, failure="stick_full", is_level=False), NOW_MS)
    assert "La memoria no quedó completa. La memoria USB está llena." in panel.stick.said.text()


@pytest.mark.parametrize("screen", [("es", None), ("agr", None), ("es", pseudo)], indirect=True)
def test_while_a_stick_is_in_use_it_is_said_that_it_must_stay_in(screen: Screen) -> None:
    safe = screen.texts("Puede seguir trabajando, cerrar o apagar: no se pierde nada.")
    leave_in = screen.texts("Puede seguir trabajando. No retire la memoria hasta que termine.")
    panel = run(screen, SyncStep.CONNECT, is_stick=True)
    screen.settle()
    (label,) = [
        one for one in shown_children(screen.page)
        if isinstance(one, QLabel) and one.text() == leave_in
    ]  # fmt: skip
    assert is_in_sight(label)
    assert safe not in words(screen)
    panel._stop_now()
    assert screen.texts("Deteniendo… No retire la memoria todavía") in words(screen)
    assert leave_in in words(screen), "it is written until it says that it ended"
    panel.show_report(dataclasses.replace(LEVEL, is_level=False), NOW_MS)
    assert leave_in not in words(screen)
    assert any(one.startswith(screen.texts("Listo: lleve la memoria al otro equipo")[:5])
               for one in words(screen))  # fmt: skip
    panel.begin(is_stick=False)
    assert leave_in not in words(screen)
    assert safe in words(screen), "without a stick nothing need be left in"


def test_a_stick_of_today_is_neither_all_well_nor_a_warning(screen: Screen) -> None:
    now_ms = screen.desk.clock.now_ms()

    def used(uow, hours: int) -> None:
        note_stick(uow, now_ms - hours * 3_600_000)
        uow.commit()

    for hours, tone in ((30, "warning"), (2, "info")):
        screen.run(lambda uow, hours=hours: used(uow, hours))
        screen.go("sync")
        assert screen.shell.sync._state.property("tone") == tone
    assert "última memoria USB hace 2 h" in screen.shell.sync.said
    screen.run(lambda uow: note_attempt(uow, now_ms=now_ms, failure=None, next_ms=None))
    screen.go("sync")
    assert screen.shell.sync._state.property("tone") == "ok"


def test_a_stick_of_which_a_part_came_spoilt_is_not_said_to_be_done(screen: Screen) -> None:
    steps = (SyncStep.PREPARE, SyncStep.CONNECT, SyncStep.RECEIVE, SyncStep.SEND)
    panel = run(screen, *steps, is_stick=True)
    report = dataclasses.replace(LEVEL, is_level=False, set_aside=1, bytes_up=0)
    panel.show_report(dataclasses.replace(report, spoilt=1), NOW_MS)
    said = words(screen)
    again = "Parte de la memoria no se pudo leer: pásela otra vez por el equipo de donde vino."
    assert again in said
    assert state_of(screen, "3. Leer la memoria") == "en parte"
    assert state_of(screen, "4. Escribir en la memoria") == "listo"
    assert "La memoria quedó lista" not in "\n".join(said)

    panel.begin(is_stick=True)
    panel.show_report(report, NOW_MS)
    said = words(screen)
    assert again not in said, "a stranger's file is nobody's loss"
    assert state_of(screen, "3. Leer la memoria") == "listo"
    assert "La memoria quedó lista" in "\n".join(said)


def test_what_found_no_room_in_one_visit_of_a_stick_is_told_and_goes_with_the_next(
    screen: Screen,
) -> None:
    steps = (SyncStep.PREPARE, SyncStep.CONNECT, SyncStep.RECEIVE, SyncStep.SEND)
    panel = run(screen, *steps, is_stick=True)
    report = dataclasses.replace(LEVEL, is_level=False, attachments_left=37)
    panel.show_report(report, NOW_MS)
    ended = "Listo: lleve la memoria; quedan 37 adjuntos del centro para la próxima vez"
    assert ended in words(screen), "as it was said while it was written"
    said = panel.stick.said.text()
    assert "37 adjuntos del centro" in said
    assert "también los que la región ya tiene" in said, "so many more than wait for the region"
    assert "no entraron en esta visita" in said
    assert "la próxima vez que pase esta memoria por aquí" in said
    assert "La memoria quedó lista" not in said
    assert state_of(screen, "4. Escribir en la memoria") == "sigue luego"

    panel.begin(is_stick=True)
    panel.show_report(dataclasses.replace(report, attachments_left=1), NOW_MS)
    assert "1 adjunto del centro" in panel.stick.said.text()
    panel.begin(is_stick=True)
    panel.show_report(dataclasses.replace(report, attachments_left=2, spoilt=1), NOW_MS)
    said = panel.stick.said.text()
    assert "pásela por el equipo de donde vino" in said
    assert "2 adjuntos del centro" in said, "both are so"


def test_a_stick_shows_files_bytes_and_the_time_left(screen: Screen) -> None:
    panel = run(screen, SyncStep.PREPARE, SyncStep.CONNECT, is_stick=True)
    panel.show_progress(
        SyncProgress(SyncStep.SEND, 2_048, 8_192, 95, done_entries=3, total_entries=9)
    )
    assert panel._amount.text() == "3 de 9 archivos · 2.0 de 8.0 KB · faltan 95 segundos"
    assert (panel._bar.value(), panel._bar.maximum()) == (250, 1_000)
    panel.show_progress(SyncProgress(SyncStep.RECEIVE, done_entries=3, total_entries=9))
    assert panel._amount.text() == "", "entries of a snapshot are no files"
    assert (panel._bar.value(), panel._bar.maximum()) == (333, 1_000)


@pytest.mark.parametrize("is_stick", [True, False])
def test_how_far_gigabytes_are_is_shown_as_of_everything_else(
    screen: Screen, is_stick: bool
) -> None:
    """A bar counts to two thousand million, and bytes go on."""
    panel = run(screen, is_stick=is_stick)
    panel.show_progress(
        SyncProgress(SyncStep.RECEIVE, 3 << 30, 6 << 30, 95, done_entries=1, total_entries=2)
    )
    assert (panel._bar.value(), panel._bar.maximum()) == (500, 1_000)
    panel.show_progress(SyncProgress(SyncStep.CONNECT))
    assert panel._bar.maximum() == 0, "nobody knows how far"


@pytest.mark.parametrize(
    ("failure", "heading"),
    [
        ("sync_cancelled", "Se detuvo; no se perdió nada"),
        ("answer_cut", "No se completó; no se perdió nada"),
    ],
)
def test_a_run_that_somebody_stopped_is_not_one_that_failed(
    screen: Screen, failure: str, heading: str
) -> None:
    panel = run(screen, SyncStep.SEND)
    panel.show_report(dataclasses.replace(LEVEL, failure=failure, is_level=False), NOW_MS)
    assert heading in words(screen)


def test_a_step_that_a_stick_does_not_have_is_passed_over(screen: Screen) -> None:
    run(screen, SyncStep.RECEIVE, SyncStep.VERIFY, SyncStep.LANE, is_stick=True)
    assert state_of(screen, "3. Leer la memoria") == "en curso"
    assert state_of(screen, "4. Escribir en la memoria") == "espera"
