"""What the committed catalogues say, and what they leave in Spanish."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from app.catalogue_files import Catalogue, Entry, Status, read_po, seal
from app.i18n import GATED_CONTEXTS, Language, load
from tests.locales.catalogue_lint import (
    DANGERS,
    TRANSLATED,
    Danger,
    catalogue_text,
    faults,
    glossary,
    phrases,
    unfounded,
)

each_language = pytest.mark.parametrize("code", TRANSLATED)


def entries_of(code: str) -> tuple[Entry, ...]:
    return read_po(catalogue_text(code))


def entry(
    source: str, text: str, context: str | None = None, review: Mapping[str, str] | None = None
) -> Entry:
    return Entry(context, source, None, (text,), review or {})


def approved(one: Entry) -> Entry:
    review = {"status": "approved", "by": "R07+R12", "h": seal(one.key, one.forms)}
    return dataclasses.replace(one, review=review)


@each_language
def test_no_translation_has_a_fault_that_a_machine_can_see(code: str) -> None:
    found = [(one.source, list(faults(one, code))) for one in entries_of(code)]

    assert [one for one in found if one[1]] == []
    assert any(one.is_translated for one in entries_of(code))


@pytest.mark.parametrize(
    ("source", "text", "fault"),
    [
        ("Guardado a las {time}", "Waqaychasqañam: {hora}", "fields"),
        ("Guardado a las {time}", "Waqaychasqañam", "fields"),
        ("Mañana", "Man\u0303ana", "not NFC"),
        ("Buscar", "Maskay 検索", "not in the font"),
        ("Noche", "Ch’isi", "apostrophe"),
        ("Idioma:", "Simi", "edges"),
        ("Guardar", "Save", "English"),
        ("Noche", "Kay tutapi lliw sunquwan llamkay", "too long"),
    ],
)
def test_a_planted_fault_is_found(source: str, text: str, fault: str) -> None:
    assert fault in list(faults(entry(source, text), "quy"))


@pytest.mark.parametrize("danger", DANGERS, ids=lambda one: f"{one.language}-{one.planted[1]}")
def test_a_word_that_did_harm_is_found_wherever_it_is_planted(danger: Danger) -> None:
    planted = entry(*danger.planted)

    assert danger.form in list(faults(planted, danger.language))
    is_found = danger.form in list(faults(approved(planted), danger.language))
    assert is_found is not danger.may_be_heard


@each_language
def test_every_draft_says_where_its_words_come_from(code: str) -> None:
    drafts = [one for one in entries_of(code) if one.status is Status.DRAFT]

    assert drafts
    for one in drafts:
        certainty, _, source = one.review["src"].partition(":")
        assert certainty in ("A", "B"), one.source
        assert source, one.source


@each_language
def test_phrases_are_composed_of_words_that_somebody_attested(code: str) -> None:
    words: dict[str, list[str]] = {}
    for row in glossary():
        if row[code] and row[f"{code}_certainty"] in ("A", "B"):
            words.setdefault(row["concept"], []).append(row[code])
    checked = 0
    for row in phrases():
        if row["language"] != code:
            continue
        parts = [part.strip() for part in row["parts"].split(";")]
        assert [part for part in parts if part not in words] == [], row["msgid"]
        attested = [text for part in parts for text in words[part]]
        for text in (row["text"], row["text_many"]):
            assert unfounded(text, attested) == [], row["msgid"]
        checked += 1

    assert checked


def test_an_invented_word_in_a_phrase_is_found() -> None:
    assert unfounded("Formulariota qispichiy", ["formulario", "kichay"]) == ["qispichiy"]
    assert unfounded("Formulariota kichay (Ctrl+Enter) {name}", ["formulario", "kichay"]) == []


@each_language
def test_what_a_language_lacks_is_shown_in_spanish(code: str) -> None:
    language = load(code)
    held = {one.key for one in entries_of(code) if one.is_translated}
    others = {
        one.key
        for other in TRANSLATED
        if other != code
        for one in entries_of(other)
        if one.is_translated
    }
    missing = others - held

    assert missing
    for context, source in missing:
        shown = language.pgettext(context, source) if context else language.gettext(source)
        assert shown == source
    for one in entries_of(code):
        if one.plural is not None and not one.is_translated:
            assert language.ngettext(one.source, one.plural, 1) == one.source
            assert language.ngettext(one.source, one.plural, 2) == one.plural


def test_one_thing_and_many_have_their_own_forms() -> None:
    pair = Entry(None, "{count} caso", "{count} casos", ("{count} caso", "{count} casokuna"), {})
    language = Language("quy", Catalogue.of([pair]))

    said = [language.ngettext("{count} caso", "{count} casos", n) for n in (0, 1, 2)]
    assert said == ["{count} casokuna", "{count} caso", "{count} casokuna"]


@pytest.mark.parametrize("code", ["quz", "qu", "ay", "en", "", "../quy"])
def test_a_language_that_is_not_offered_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a language"):
        load(code)


@each_language
def test_consent_safety_and_rights_are_in_spanish_until_approved(code: str) -> None:
    language = load(code)
    gated = [one for one in entries_of(code) if one.context in GATED_CONTEXTS]
    waiting = [one for one in gated if one.status is not Status.APPROVED]

    assert {one.context for one in gated} == GATED_CONTEXTS
    assert any(one.is_translated for one in waiting)
    for one in waiting:
        assert one.context is not None
        assert language.pgettext(one.context, one.source) == one.source
        assert language.gettext(one.source) == one.source


@pytest.mark.parametrize("context", sorted(GATED_CONTEXTS))
def test_a_gated_text_is_shown_once_approved_and_not_before(context: str) -> None:
    draft = entry("Firma", "Kuwesmamu", context)
    heard = dataclasses.replace(
        draft, review={"status": "speaker", "h": seal(draft.key, draft.forms)}
    )
    shown = {}
    for name, one in (("draft", draft), ("heard", heard), ("approved", approved(draft))):
        language = Language("agr", Catalogue.of([one]))
        shown[name] = (language.gettext("Firma"), language.pgettext(context, "Firma"))

    spanish = ("Firma", "Firma")
    assert shown == {"draft": spanish, "heard": spanish, "approved": ("Kuwesmamu", "Kuwesmamu")}


def test_who_edits_an_approved_text_drops_it_to_a_draft() -> None:
    whole = approved(entry("Firma", "Kuwesmamu", "consent"))
    assert whole.status is Status.APPROVED

    changes: tuple[dict[str, object], ...] = (
        {"forms": ("Kuwesmamuk",)},
        {"source": "Firma o huella"},
        {"context": "rights"},
    )
    for change in changes:
        edited = dataclasses.replace(whole, **change)  # type: ignore[arg-type]
        assert edited.status is Status.DRAFT
        language = Language("agr", Catalogue.of([edited]))
        assert language.pgettext(edited.context or "", edited.source) == edited.source


def test_a_gated_text_wins_over_its_plain_twin() -> None:
    twins = [entry("Riesgo", "Ishamain"), entry("Riesgo", "Ishamain", "safety")]

    assert Language("agr", Catalogue.of(twins)).gettext("Riesgo") == "Riesgo"


@each_language
def test_no_text_stands_both_gated_and_plain(code: str) -> None:
    entries = entries_of(code)
    gated = {one.source for one in entries if one.context in GATED_CONTEXTS}

    assert gated
    assert gated & {one.source for one in entries if one.context is None} == set()


@each_language
def test_the_shares_in_the_language_menu_count_what_was_reviewed(code: str) -> None:
    entries = list(entries_of(code))
    drafts = [one for one in entries if one.is_translated]
    before = Language(code, Catalogue.of(entries))
    entries[entries.index(drafts[0])] = approved(drafts[0])
    after = Language(code, Catalogue.of(entries))

    assert before.share_translated == after.share_translated == len(drafts) / len(entries)
    assert round((after.share_reviewed - before.share_reviewed) * len(entries)) == 1
