"""The demo's day of work: who is on file already, what the law asks next, what comes back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from app.demo.actors import Typist
from app.demo.summary import Step, Summary
from app.domain.change import RecordId
from app.domain.folio import check_code
from app.domain.records import Name
from app.domain.value import Value
from app.services import ficha_sheet, forms, letters, people, referral_answers, risk, tasks
from app.services.agenda import Agenda, AgendaRow, agenda
from app.services.messages import sentence
from app.services.people_models import PersonProbe
from app.services.ports import UnitOfWork
from app.services.task_view import task_view
from app.services.values import stored_text
from app.services.work_ports import AgendaFilter

__all__ = ["day_of_work", "slip_comes_back"]

REPORT: Final = "PNP_INFORME"
YES: Final = ("pareja_2", "pareja_6", "pareja_9")
"""Answers of the transcribed instrument: access to a weapon, threat of death, choking."""


def day_of_work(a: Typist, case_id: RecordId, summary: Summary, out: Path) -> None:
    """Search before opening, transcribe a risk instrument, write down a denuncia, and see what law
    and protocol ask; papers go into ``out``."""
    _search(a, summary)
    _transcribe(a, case_id, summary)
    _plan(a, case_id, summary, out)


def slip_comes_back(a: Typist, referral_id: RecordId, summary: Summary) -> None:
    """Register the return slip of an issued referral by the code printed on it."""
    desk = a.laptop.desk
    with summary.step("Vuelve el talón de la derivación: se registra por su código") as step:
        folio = stored_text(a.run(lambda uow: uow.records.fields(referral_id)), Name.FOLIO)
        code = f"{folio} {check_code(folio)}"
        row = a.run(lambda uow: referral_answers.register_slip(uow, desk, code))
        step.note(f"{code.lower()} → {row.folio}")


def _search(a: Typist, summary: Summary) -> None:
    desk = a.laptop.desk
    with summary.step("Antes de abrir otra ficha se busca, escrito de otro modo") as step:
        probe = PersonProbe(names="Nungkui", surname_1="Imbentada")
        found = a.run(lambda uow: people.find_people(uow, desk, probe, limit=3))
        for one in found:
            why = "; ".join(sentence(it.message_id, dict(it.parameters), str) for it in one.reasons)
            step.note(f"{one.score} de 100: {', '.join(c.code for c in one.cases)} ({why})")
        if not found:
            step.note("nadie en este equipo")


def _transcribe(a: Typist, case_id: RecordId, summary: Summary) -> None:
    desk = a.laptop.desk
    with summary.step("La FVR que aplicó la comisaría, copiada pregunta por pregunta") as step:
        fvr_id = a.run(lambda uow: risk.open_fvr(uow, desk, case_id))
        answers: dict[str, Value] = {"instrument": "FVR-PAREJA", "applied_by": "pnp"}
        for name, value in (answers | dict.fromkeys(YES, "1")).items():
            a.run(
                lambda uow, n=name, v=value: risk.set_fvr_field(uow, desk, fvr_id, n, v)  # type: ignore[misc]
            )
        score = a.run(lambda uow: risk.score_of(uow, desk, fvr_id))
        if score is not None:
            step.note(f"{score.points} de 37 hasta ahora; sin responder: {len(score.unanswered)}")


def _plan(a: Typist, case_id: RecordId, summary: Summary, out: Path) -> None:
    desk, documents = a.laptop.desk, a.workplace.documents
    with summary.step(
        "Se anota una denuncia de hace dos días: qué piden la ley y las rutas"
    ) as step:
        on = (desk.clock.today() - timedelta(days=2)).isoformat()
        event = {"code": "denuncia_recibida", "happened_on": on, "happened_at": "09:00"}

        def note(uow: UnitOfWork) -> None:
            forms.open_record(uow, desk, "suceso", case_id, event)
            uow.commit()

        a.run(note)
        plan = a.run(lambda uow: tasks.case_plan(uow, desk, case_id))
        step.note(f"rutas abiertas: {', '.join(one.title for one in plan.pathways)}")
        step.note(f"tareas: {sum(not one.is_settled for one in plan.tasks)} abiertas")
    with summary.step("La agenda del centro, y el oficio que reclama lo vencido") as step:
        page = a.run(lambda uow: agenda(uow, desk, AgendaFilter()))
        _note_agenda(step, page)
        row = next(one for one in page.rows if REPORT in one.rule.deadlines)
        view = a.run(lambda uow: task_view(uow, desk, row.task.case_id, row.task.key))
        facts = dict(view.claim_facts)
        sheet = a.run(
            lambda uow: letters.draft(
                uow, desk, row.task.case_id, view.claim_document, facts, centre=a.laptop.centre
            )
        )
        (out / "oficio.pdf").write_bytes(documents.letter(sheet))
        step.note(f"oficio.pdf: {view.title}")
    with summary.step("La ficha entera en papel, llena y en blanco") as step:
        filled = a.run(lambda uow: ficha_sheet.filled(uow, desk, case_id, a.laptop.centre))
        blank = ficha_sheet.blank(desk.definitions, a.laptop.centre, desk.clock.today())
        for name, sheet_ in (("ficha.pdf", filled), ("ficha-en-blanco.pdf", blank)):
            pdf = documents.form(sheet_)
            (out / name).write_bytes(pdf)
            step.note(f"{name}: {len(pdf):,} bytes")


def _note_agenda(step: Step, page: Agenda) -> None:
    counts = page.counts
    step.note(
        f"{counts.open} tareas abiertas, {counts.overdue} vencidas, {counts.today} vencen hoy, "
        f"{counts.urgent} urgentes sin hora conocida"
    )
    for row in page.rows[:3]:
        step.note(_words(row))


def _words(row: AgendaRow) -> str:
    state = "vencida" if row.is_overdue else "urgente" if row.task.is_urgent else "por vencer"
    return f"{row.case_code} · {state} · {row.title}"
