"""Looking for somebody among everybody on file, and the alert of a repeated perpetrator.

It suggests with reasons; a person decides. Storage thread; nothing here writes, but for
:func:`note_search`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from app.domain.blocking import keys_of, probe_keys
from app.domain.change import RecordId
from app.domain.marks import N_
from app.domain.matching import STRONG_FROM, Comparison, Score, shown_from
from app.domain.records import Kind, Name, named_record
from app.domain.traits import Traits, document_of, words_of
from app.services.access import act, seen_by
from app.services.people_index import (
    ENTERED_ON,
    age_span,
    place_words,
    standing_cases,
)
from app.services.people_models import Match, MatchCase, PersonProbe, RepeatAlert
from app.services.people_ports import PersonEntry
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.tie_ports import Seen
from app.services.values import day_of, stored_text

__all__ = [
    "CANDIDATES_MAX",
    "MATCHES_MAX",
    "SEE_REPEATS",
    "find_people",
    "initials",
    "initials_of_case",
    "note_search",
    "repeat_alert",
    "repeat_alert_of",
    "shown_as",
    "traits_of",
]

CANDIDATES_MAX: Final = 400
"""With how many people somebody is compared at most."""
MATCHES_MAX: Final = 10

SEE_REPEATS: Final = frozenset({"legal", "coordinacion"})
"""Who may see in how many cases an alleged perpetrator is named (dossier 10 #17)."""

IN_RESERVE: Final = N_("(caso en reserva)")
"""Instead of the name of somebody whose cases are all in reserve."""

_YEAR_DAYS: Final = 365.25
_OTHER_PARTY: Final[Mapping[str, str]] = {
    Kind.SURVIVOR: Name.ALLEGED_PERPETRATOR,
    Kind.ALLEGED_PERPETRATOR: Name.SURVIVOR,
}


@act("find_person")
def find_people(
    uow: UnitOfWork, desk: Desk, probe: PersonProbe, limit: int = MATCHES_MAX
) -> tuple[Match, ...]:
    """Return at most ``limit`` people on file who may be the one looked for, the likeliest first.

    Both persons served and alleged perpetrators are searched; nobody of a case that was taken out
    shows. Of an alleged perpetrator, roles other than :data:`SEE_REPEATS` get the newest case
    only, and not whom it is about.
    """
    traits = traits_of(probe, desk.clock.today())
    scored = _scored(uow, desk, traits, probe_keys(traits), shown_from(traits))
    seen = seen_by(uow, desk, "find_person")
    if seen.hidden:
        scored = [one for one in scored if not _is_hidden(uow, one[0], seen)]
    return tuple(_match(uow, desk, entry, score, seen) for entry, score in scored[:limit])


@act("find_person")
def note_search(uow: UnitOfWork, desk: Desk) -> None:
    """Write to the audit that somebody was looked for: that, and not whom. Commits."""
    uow.audit.append(
        actor=desk.actor.id, action="search_people", object_id="", at_ms=desk.clock.now_ms()
    )
    uow.commit()


@act("repeat_alert", case="case_id")
def repeat_alert(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RepeatAlert | None:
    """Return that the alleged perpetrator of a case is named by several persons served, or None;
    None as well for roles other than :data:`SEE_REPEATS`."""
    held = uow.records.fields(case_id)
    named = held.get(Name.ALLEGED_PERPETRATOR)
    perpetrator = named_record(named.value) if named else None
    return repeat_alert_of(uow, desk, perpetrator) if perpetrator else None


@act("repeat_alert")
def repeat_alert_of(
    uow: UnitOfWork,
    desk: Desk,
    perpetrator_id: RecordId,
    *,
    new_survivor: RecordId | None = None,
    is_new_case: bool = False,
) -> RepeatAlert | None:
    """Return the alert of an alleged perpetrator, or None as :func:`repeat_alert` does.

    With ``is_new_case`` a case is about to be opened against him: its person served
    (``new_survivor``, None for one who has no record yet) counts as well.
    """
    entry = uow.people.get(perpetrator_id)
    if SEE_REPEATS.isdisjoint(desk.actor.held) or entry is None:
        return None
    seen = seen_by(uow, desk, "repeat_alert")
    if entry.kind != Kind.ALLEGED_PERPETRATOR:
        return None
    alike = [
        other.record_id
        for other, _ in _scored(uow, desk, entry.traits, keys_of(entry.traits), STRONG_FROM)
        if other.kind == entry.kind and other.record_id != perpetrator_id
    ]
    survivors: set[str] = {new_survivor or ""} if is_new_case else set()
    cases: list[MatchCase] = []
    by_record = 0
    for record_id in (perpetrator_id, *alike):
        for case_id, held in standing_cases(uow, entry.kind, record_id).items():
            if case_id in seen.hidden:
                continue
            named = held.get(Name.SURVIVOR)
            survivor = named_record(named.value) if named else None
            survivors.add(survivor or f"of {case_id}")
            if case_id not in seen.known:  # it counts, and is not said which it is
                cases.append(_case(uow, entry.kind, case_id, held, shows_other=True))
        if record_id == perpetrator_id:
            by_record = len(survivors)
    if len(survivors) < 2:
        return None
    return RepeatAlert(len(survivors), _newest_first(cases), is_certain=by_record > 1)


def traits_of(probe: PersonProbe, today: date) -> Traits:
    """Return what is compared of a probe."""
    born = None
    if probe.birth_date is not None:
        born = (probe.birth_date.toordinal(), probe.birth_date.toordinal())
    elif probe.age is not None:
        born = age_span(probe.age, today)
    return Traits(
        names=words_of(probe.names),
        surnames=words_of(probe.surname_1, probe.surname_2),
        alias=words_of(probe.alias),
        document=document_of(probe.document),
        born=born,
        sex=probe.sex,
        district=probe.district,
        community=place_words(probe.community),
        workplace=place_words(probe.workplace),
    )


def initials(held: Mapping[str, StoredField]) -> str:
    """Return the initials of a person's names and surnames."""
    texts = (stored_text(held, one) for one in ("names", "surname_1", "surname_2"))
    return " ".join(f"{word[0].upper()}." for text in texts for word in text.split()[:2])


@act("list_cases", case="case_id", noted=False)
def initials_of_case(uow: UnitOfWork, case_id: RecordId) -> str:
    """Return the initials of the person of a case, or the name that she wants on screens; empty
    when none is written. Reads only."""
    stored = uow.records.fields(case_id).get(Name.SURVIVOR)
    survivor_id = named_record(stored.value) if stored else None
    held = uow.records.fields(survivor_id) if survivor_id else {}
    return shown_as(held)


def shown_as(survivor: Mapping[str, StoredField]) -> str:
    """Return what a screen that others may see calls a person: the name that she wants there, or
    her initials."""
    return stored_text(survivor, "alias") or initials(survivor)


def _scored(
    uow: UnitOfWork, desk: Desk, traits: Traits, keys: frozenset[str], least: int
) -> list[tuple[PersonEntry, Score]]:
    comparison = Comparison(traits, desk.likeness)
    scored = [
        (entry, comparison.score(entry.traits, least))
        for entry in uow.people.near(keys, CANDIDATES_MAX)
    ]
    found = [one for one in scored if one[1].points >= least]
    # Among equals the newest record stands first, the same on every laptop.
    found.sort(key=lambda one: one[0].record_id, reverse=True)
    found.sort(key=lambda one: one[1].points, reverse=True)
    return found


def _is_hidden(uow: UnitOfWork, entry: PersonEntry, seen: Seen) -> bool:
    """Return whether everything that is known of a person is of cases that must not show."""
    return standing_cases(uow, entry.kind, entry.record_id).keys() <= seen.hidden


def _match(uow: UnitOfWork, desk: Desk, entry: PersonEntry, score: Score, seen: Seen) -> Match:
    held = uow.records.fields(entry.record_id)
    standing = {
        case_id: fields
        for case_id, fields in standing_cases(uow, entry.kind, entry.record_id).items()
        if case_id not in seen.hidden
    }
    shows_all = entry.kind == Kind.SURVIVOR or not SEE_REPEATS.isdisjoint(desk.actor.held)
    cases = _newest_first(
        [
            _case(
                uow,
                entry.kind,
                case_id,
                fields,
                shows_other=shows_all and case_id not in seen.known,
            )
            for case_id, fields in standing.items()
        ]
    )
    if standing and standing.keys() <= seen.known:
        # That she is on file is said, so that she is not registered twice; nothing else of her.
        return Match(entry.record_id, entry.kind, IN_RESERVE, None, "", "", cases, score.points, ())
    name = " ".join(
        text
        for text in (stored_text(held, one) for one in ("names", "surname_1", "surname_2"))
        if text
    )
    alias = stored_text(held, "alias")
    district = desk.definitions.places.get(entry.traits.district)
    return Match(
        record_id=entry.record_id,
        kind=entry.kind,
        name=f"{name} («{alias}»)" if name and alias else name or alias,
        age=_age(entry.traits, desk.clock.today()),
        community=stored_text(held, "community"),
        district=district.district if district else "",
        cases=cases if shows_all else cases[:1],
        score=score.points,
        reasons=score.reasons,
    )


def _case(
    uow: UnitOfWork,
    kind: str,
    case_id: RecordId,
    held: Mapping[str, StoredField],
    *,
    shows_other: bool,
) -> MatchCase:
    named = held.get(_OTHER_PARTY[kind])
    other = named_record(named.value) if named and shows_other else None
    return MatchCase(
        case_id=case_id,
        code=stored_text(held, Name.CODE),
        entered_on=day_of(stored_text(held, ENTERED_ON)),
        centre=stored_text(held, "CEM"),
        other_party=initials(uow.records.fields(other)) if other else "",
    )


def _newest_first(cases: Sequence[MatchCase]) -> tuple[MatchCase, ...]:
    return tuple(
        sorted(cases, key=lambda one: (one.entered_on or date.min, one.case_id), reverse=True)
    )


def _age(traits: Traits, today: date) -> int | None:
    if traits.born is None:
        return None
    return int((today.toordinal() - (traits.born[0] + traits.born[1]) / 2) / _YEAR_DAYS)
