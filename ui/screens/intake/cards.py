"""What stands beside the questions: who may be on file, the condition proposed, the alert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.records import Kind
from app.i18n import N_
from app.services.intake import Difference
from app.services.people_models import ConditionProposal, Match, MatchCase, RepeatAlert
from app.services.people_words import reason_words
from ui.runtime.text import Texts
from ui.screens.intake.presenter import Side
from ui.widgets.pieces import Box, button, card, label

__all__ = ["alert_box", "chosen_box", "match_card", "no_match_box", "proposal_card"]

_CASES_SHOWN: Final = 3

_PART: Final = {
    Kind.SURVIVOR: N_("Persona usuaria"),
    Kind.ALLEGED_PERPETRATOR: N_("Presunta persona agresora"),
}


def match_card(
    texts: Texts,
    side: Side,
    match: Match,
    choose: Callable[[], None],
    refuse: Callable[[], None],
) -> QWidget:
    """Return a card of somebody who may be the one: who, in which cases, why, and two buttons."""
    frame, column = card(spacing=3, margin=10)
    who = label("heading")
    who.setText(_who(texts, match))
    column.addWidget(who)
    cases = label("muted")
    cases.setText(f"{texts(_PART[match.kind])} · {_cases(texts, match.cases)}")
    column.addWidget(cases)
    why = label()
    because = [reason_words(one, texts) for one in match.reasons if not one.speaks_against]
    why.setText(
        texts(
            N_("Coincide {score} de 100: {reasons}."), score=match.score, reasons="; ".join(because)
        )
    )
    column.addWidget(why)
    against = [reason_words(one, texts) for one in match.reasons if one.speaks_against]
    if against:
        but = label("remark")
        but.setText(f"▲ {texts(N_('En contra: {reasons}.'), reasons='; '.join(against))}")
        column.addWidget(but)
    row = QHBoxLayout()
    if side is Side.SURVIVOR or match.kind == Kind.ALLEGED_PERPETRATOR:
        same = button()
        said = N_("Es ella") if side is Side.SURVIVOR else N_("Es la misma")
        same.setText(texts(said))
        same.setAccessibleName(f"{texts(said)}: {_who(texts, match)}")
        same.clicked.connect(lambda _=False: choose())
        row.addWidget(same)
    other = button()
    other.setText(texts(N_("No es")))
    other.setAccessibleName(f"{other.text()}: {_who(texts, match)}")
    other.clicked.connect(lambda _=False: refuse())
    row.addWidget(other)
    row.addStretch()
    column.addLayout(row)
    return frame


def no_match_box(texts: Texts, side: Side, *, is_unsearched: bool) -> QWidget:
    """Return the sentence that nobody alike was found; or that nobody could be looked for."""
    made = label("muted")
    if is_unsearched:
        made.setText(texts(N_("No se pudo buscar si ya figura.")))
        return made
    made.setText(
        texts(N_("No se encontró a nadie parecido en este equipo."))
        if side is Side.SURVIVOR
        else texts(N_("Ninguna presunta persona agresora parecida en este equipo."))
    )
    return made


def chosen_box(
    texts: Texts, match: Match, differences: tuple[Difference, ...], undo: Callable[[], None]
) -> Box:
    """Return the box of somebody who was chosen, with a way back; what is on file stays."""
    box = Box("ok")
    lines = [f"{texts(_PART[match.kind])} · {_cases(texts, match.cases)}"]
    for one in differences:
        lines.append(
            texts(
                N_("{field}: en su ficha dice «{held}»; aquí se escribió «{typed}»."),
                field=texts(one.label),
                held=one.held,
                typed=one.typed,
            )
        )
    if differences:
        lines.append(texts(N_("Queda lo de su ficha; puede corregirlo allí.")))
    box.say(_who(texts, match), "\n".join(lines))
    back = button("link")
    back.setText(texts(N_("Deshacer: no es esta persona")))
    back.setAccessibleName(f"{back.text()}: {_who(texts, match)}")
    back.clicked.connect(lambda _=False: undo())
    box.buttons.addWidget(back)
    box.buttons.addStretch()
    return box


def alert_box(texts: Texts, alert: RepeatAlert) -> Box:
    """Return the alert that several persons served name one alleged perpetrator."""
    box = Box("danger")
    heading = (
        N_("La misma presunta persona agresora: {count} personas usuarias")
        if alert.is_certain
        else N_("Puede ser la misma presunta persona agresora: {count} personas usuarias")
    )
    box.say(
        "▲ " + texts(heading, count=alert.survivors),
        texts(N_("Fichas: {cases}"), cases=_cases(texts, alert.cases))
        + "\n"
        + texts(N_("Solo lo ven legal y coordinación.")),
    )
    return box


def proposal_card(
    texts: Texts, definitions: Definitions, proposal: ConditionProposal
) -> tuple[QFrame, QVBoxLayout]:
    """Return a card with the heading and the sentences of a proposed condition, and its column: who
    decides it goes on there."""
    frame, column = card(spacing=4, margin=10)
    title, why = label("heading"), label()
    decided = label("muted")
    heading, said = _proposal_words(texts, definitions, proposal)
    decides = texts(N_("La decide la profesional. Puede quedar en blanco."))
    for line, words in ((title, heading), (why, said), (decided, decides)):
        line.setText(words)
        column.addWidget(line)
    return frame, column


def _proposal_words(
    texts: Texts, definitions: Definitions, proposal: ConditionProposal
) -> tuple[str, str]:
    catalogue = definitions.catalogues["condicion"]
    if proposal.code is not None:
        heading = texts(
            N_("Condición: parece «{name}»"), name=texts(catalogue.label(proposal.code))
        )
    else:
        names = " / ".join(texts(catalogue.label(one)) for one in proposal.possible)
        heading = texts(N_("Condición: todavía no se sabe ({names})"), names=names)
    said = [reason_words(one, texts) for one in (*proposal.reasons, *proposal.missing)]
    if proposal.code is not None:
        said += [
            texts(N_("Regla oficial. {rule}"), rule=reason_words(one, texts))
            for one in proposal.rules[:1]
        ]
    return heading, " ".join(said)


def _who(texts: Texts, match: Match) -> str:
    parts = [match.name or texts(N_("(sin nombre)"))]
    if match.age is not None:
        parts.append(texts(N_("{age} años"), age=match.age))
    parts += [one for one in (match.community, match.district) if one]
    return ", ".join(parts)


def _cases(texts: Texts, cases: tuple[MatchCase, ...]) -> str:
    said = []
    for one in cases[:_CASES_SHOWN]:
        day = one.entered_on.strftime("%d/%m/%Y") if one.entered_on else ""
        parts = [one.code, day, one.centre]
        if one.other_party:
            parts.append(texts(N_("otra parte: {initials}"), initials=one.other_party))
        said.append(", ".join(part for part in parts if part))
    if len(cases) > _CASES_SHOWN:
        said.append(texts(N_("y {count} más"), count=len(cases) - _CASES_SHOWN))
    return "; ".join(said)
