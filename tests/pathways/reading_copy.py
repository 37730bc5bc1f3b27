"""A pathway's tasks as text that a lawyer can read beside the law, and the cases that walk through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app.domain.deadline import Clock, Due, Unknown
from app.domain.definitions import Definitions
from app.domain.facts import LIMA, CaseFacts, Moment, Occurrence
from app.domain.pathway import Pathway, Task, TaskState
from app.domain.planning import plan
from app.domain.value import Value
from app.domain.work_calendar import CentreCalendar
from app.peru_calendar import PeruHolidays

__all__ = ["CALENDAR", "CASES", "HERE", "reading_copy", "steps_of"]

HERE = Path(__file__).parent
CASES = tuple(sorted((HERE / "cases").glob("*.yaml")))
CALENDAR = CentreCalendar(PeruHolidays(), distances={"160402": 3})

MARKS = {TaskState.OPEN: "[ ]", TaskState.DONE: "[x]", TaskState.NOT_NEEDED: "[-]"}
CERTAINTY = {
    "high": "alta",
    "medium": "media",
    "low": "baja",
    "design": "propuesta del programa",
    "gap": "no se encontró",
}
DERIVED = {"@level": "nivel de riesgo del CEM", "@fvr_level": "resultado de la FVR"}
DAYS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")


@dataclass(frozen=True, slots=True)
class Step:
    """What became known, when the list is looked at, and all that is known by then."""

    title: str
    now: datetime
    facts: CaseFacts


def steps_of(case: Mapping[str, Any]) -> Iterator[Step]:
    """Yield the steps of a case; each adds its facts to those before."""
    values: dict[str, Value] = {}
    happened: list[Occurrence] = []
    for step in case["steps"]:
        for name, value in step.get("answers", {}).items():
            values[name] = tuple(value) if isinstance(value, list) else value
        for text in step.get("happened", ()):
            happened.append(_occurrence(text, len(happened)))
        known = dict(values)
        known["@occurred"] = tuple(sorted({one.code for one in happened}))
        now = _moment(step["now"])
        assert now is not None
        facts = CaseFacts(known, tuple(happened), case.get("district", ""))
        yield Step(step["title"], now.earliest, facts)


def _occurrence(text: str, number: int) -> Occurrence:
    words, _, record = text.partition(" @")
    code, _, when = words.partition(" ")
    return Occurrence(code, _moment(when), record or f"s{number + 1:02}")


def _moment(text: str) -> Moment | None:
    if text in ("", "sin fecha"):
        return None
    day, _, hour = text.partition(" ")
    return Moment(date.fromisoformat(day), time.fromisoformat(hour) if hour else None)


def reading_copy(definitions: Definitions, case: Mapping[str, Any]) -> str:
    """Return the whole walk as text: the tasks of the pathway after each step, then the sources."""
    pathway = definitions.pathways[case["pathway"]]
    lines = [f"{pathway.id}: {pathway.title}", case["about"]]
    noted: set[str] = set()
    if pathway.note:
        lines.append(f"Ojo: {pathway.note}")
    for number, step in enumerate(steps_of(case), 1):
        tasks = plan(definitions.pathways, definitions.deadlines, step.facts, CALENDAR)
        lines += ["", f"{number}. {step.title}", f"   Se mira el {_at(step.now)}"]
        opened = dict.fromkeys(one.pathway.id for one in tasks)
        others = [one for one in opened if one != pathway.id]
        if others:
            lines.append(f"   Otras rutas abiertas: {', '.join(others)}")
        order = [one.id for one in pathway.tasks]
        own = [one for one in tasks if one.pathway.id == pathway.id]
        own.sort(key=lambda one: order.index(one.rule.id))
        if not own:
            lines.append("   (la ruta no está abierta)")
        for task in own:
            lines += _task(definitions, task, step, noted)
    return "\n".join([*lines, "", *_sources(definitions, pathway)]) + "\n"


def _task(definitions: Definitions, task: Task, step: Step, noted: set[str]) -> Iterator[str]:
    title = task.rule.title + (f" (vez {task.repetition})" if task.repetition > 1 else "")
    about = ", ".join(one.record_id for one in task.starts)
    yield f"   {MARKS[task.state]} {task.rule.id:<4} {title}" + (f" <{about}>" if about else "")
    if task.is_settled:
        return
    parts = [_due(definitions, task)]
    if task.is_urgent and not task.is_immediate:
        parts.append("TRATAR COMO SI VENCIERA AHORA")
    if task.is_overdue(step.now):
        parts.append("VENCIDA")
    yield f"            vence: {' · '.join(parts)}"
    third = task.rule.clock is Clock.THIRD_PARTY
    whose = definitions.catalogues["actor_plazo"].label(task.rule.actor) if third else "CEM"
    yield f"            debe: {whose} · a cargo: {definitions.catalogues['rol'].label(task.role)}"
    papers = [definitions.catalogues["documentos"].label(one) for one in task.rule.documents]
    if claim := task.claim(step.now):
        papers.append(f"RECLAMAR: {definitions.catalogues['documentos'].label(claim)}")
    if task.rule.needs_consent:
        papers.append("solo con su consentimiento")
    if papers:
        yield f"            papel: {' · '.join(papers)}"
    if task.rule.note and task.key not in noted:
        noted.add(task.key)
        yield f"            nota: {task.rule.note}"


def _due(definitions: Definitions, task: Task) -> str:
    match task.due:
        case None:
            return "sin plazo"
        case Unknown(missing=missing):
            return "no se sabe: falta " + "; ".join(_name(definitions, one) for one in missing)
        case Due(rule=rule) as due if rule.amount == 0:
            said = f"de inmediato, desde {_at(due.at)}"
        case Due() as due if due.at != due.latest:
            said = f"entre {_at(due.at)} y {_at(due.latest)}"
        case Due() as due:
            said = _at(due.at)
    distance = "" if due.distance_is_known else " (más si la distancia lo pide: no se sabe)"
    return f"{said}{distance} [{due.rule.id}]"


def _name(definitions: Definitions, missing: str) -> str:
    if term := definitions.catalogues["sucesos"].get(missing):
        return f"«{term.label}»"
    field = definitions.forms["ficha"].get(missing)
    return field.label if field else DERIVED.get(missing, missing)


def _at(moment: datetime) -> str:
    local = moment.astimezone(LIMA)
    return f"{DAYS[local.weekday()]} {local:%d/%m/%Y %H:%M}"


def _sources(definitions: Definitions, pathway: Pathway) -> Iterator[str]:
    yield "De dónde sale cada tarea"
    for rule in pathway.tasks:
        certainty = CERTAINTY[rule.source.certainty]
        yield f"   {rule.id:<9} {certainty:<23} {rule.source.reference}"
        for own in rule.within[:1]:
            yield f"   {'':<9} {'plazo: ' + CERTAINTY[own.source.certainty]:<23} {own.source.reference}"
        for name in rule.deadlines:
            for one in definitions.deadlines[name]:
                yield f"   {'':<9} {name:<23} {one.source.reference}"
