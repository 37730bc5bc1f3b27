"""Letters say what is known, leave the rest open, and tell nobody too much."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pytest
from pypdf import PdfReader

from app.documents.registry import PaperDocuments
from app.domain.catalogue import Source
from app.domain.deadline import Clock, DeadlineRule, Due, Unit
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.facts import LIMA, Moment, Occurrence
from app.services import ficha_sheet, letters
from app.services.paper_sheets import LetterSheet
from app.services.read_models import CentreProfile
from tests.support.laptops import Laptop, definitions

CENTRE = CentreProfile(
    "CEM Inventado Nieva", "Programa de Ejemplo", "Ministerio de Ejemplo",
    "Jr. Inventado 123", "041 000 000", "010401",
)  # fmt: skip
PERSON = {
    "names": "Inventada Uno",
    "surname_1": "Ejemplo",
    "document_type": "dni",
    "document_number": "99990001",
    "address": "Jr. Secreto Inventado 9",
    "safe_phone": "999 888 777",
    "relato": "Relato inventado.",
}
WANTED = {
    "ficha_referencia_hrt", "consentimiento_hrt", "plan_seguridad", "citacion_usuaria",
    "cartilla_derechos", "escrito_medidas", "escrito_apersonamiento", "oficio_incumplimiento",
    "comunicacion_upe", "oficio_ugel", "oficio_informe_policial", "oficio_medidas",
    "oficio_comunica_ejecutores", "oficio_informe_ejecucion",
}  # fmt: skip
SLUGS = sorted(definitions().letters)


def words_of(sheet: LetterSheet) -> str:
    pages = PdfReader(io.BytesIO(PaperDocuments(definitions()).letter(sheet))).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def drafted(
    laptop: Laptop, slug: str, languages: tuple[str, ...] = ("es",), **known: object
) -> LetterSheet:
    case_id = laptop.open_case()
    laptop.fill(case_id, **PERSON, **known)  # type: ignore[arg-type]
    return laptop.run(
        lambda uow: letters.draft(
            uow, laptop.desk, case_id, slug, centre=CENTRE, languages=languages
        )
    )


def test_the_letters_of_the_work_are_there(laptop: Laptop) -> None:
    assert set(SLUGS) >= WANTED


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_of_where_she_is_or_what_she_told_is_on_a_letter(laptop: Laptop, slug: str) -> None:
    words = words_of(drafted(laptop, slug))
    for secret in ("Secreto", "888 777", "Relato inventado"):
        assert secret not in words


@pytest.mark.parametrize("slug", SLUGS)
def test_a_letter_names_her_only_when_it_says_that_it_does(laptop: Laptop, slug: str) -> None:
    sheet = drafted(laptop, slug)
    assert ("Inventada Uno" in words_of(sheet)) == ("identity" in sheet.carries)


@pytest.mark.parametrize("slug", [one for one in SLUGS if definitions().letters[one].is_for_her])
def test_what_she_takes_along_tells_nobody_where_it_comes_from(laptop: Laptop, slug: str) -> None:
    sheet = drafted(laptop, slug)
    words = words_of(sheet)
    for told in ("CEM", "Centro", "Ministerio", "CONFIDENCIAL", "Modelo de trabajo", "2026-A",
                 "Inventado", "041 000 000", "Página"):  # fmt: skip
        assert told not in words
    if definitions().letters[slug].gate != "rights":
        for told in ("violencia", "agres", "denuncia", "Ley", "derecho"):
            assert told not in words.lower()
    assert sheet.file_name == "hoja.pdf"
    reader = PdfReader(io.BytesIO(PaperDocuments(definitions()).letter(sheet)))
    assert reader.metadata is not None
    assert reader.metadata.title == "Hoja"


@pytest.mark.parametrize(
    "slug", [one for one in SLUGS if not definitions().letters[one].is_for_her]
)
def test_what_goes_to_an_office_is_marked_as_a_model(laptop: Laptop, slug: str) -> None:
    sheet = drafted(laptop, slug)
    assert letters.MARK in words_of(sheet)
    assert CENTRE.name in words_of(sheet)


def test_what_is_not_known_is_a_blank_that_the_screen_names(laptop: Laptop) -> None:
    sheet = drafted(laptop, "oficio_informe_policial")
    assert letters.BLANK in words_of(sheet)
    assert "Comisaría" in sheet.unfilled
    assert "Cuándo venció el plazo" in sheet.unfilled
    assert "Se recibió la denuncia (día)" in sheet.unfilled


def test_the_day_of_an_event_is_taken_from_the_file(laptop: Laptop) -> None:
    sheet = drafted(
        laptop,
        "oficio_informe_policial",
        INTERPUSO_DENUNCIA="1",
        earlier_report_on="2026-11-20",
        earlier_report_time="09:30",
    )
    assert "recibida el 20/11/2026 a las 09:30" in sheet.reference
    assert "Se recibió la denuncia (día)" not in sheet.unfilled


def test_what_she_declined_to_say_is_a_blank_and_no_words(laptop: Laptop) -> None:
    from app.domain.value import Absent

    case_id = laptop.open_case()
    laptop.fill(case_id, names=Absent.DECLINED)
    sheet = laptop.run(
        lambda uow: letters.draft(uow, laptop.desk, case_id, "escrito_medidas", centre=CENTRE)
    )
    assert "No quiere responder" not in words_of(sheet)
    assert "Nombres" in sheet.unfilled


def test_a_term_that_may_have_ended_later_is_claimed_from_the_later_time() -> None:
    rule = DeadlineRule(
        id="PNP_INFORME", title="Informe policial", actor="pnp", clock=Clock.THIRD_PARTY,
        amount=24, unit=Unit.HOUR, starts_at="denuncia_recibida", source=Source("art. 24.1: remark", "high"),
        basis="art. 24.1",
    )  # fmt: skip
    day = datetime(2026, 11, 20, tzinfo=LIMA)
    due = Due(
        rule,
        Occurrence("denuncia_recibida", Moment(day.date())),
        at=day.replace(day=21, hour=0),
        latest=day.replace(day=21, hour=23, minute=59),
    )
    facts = letters.deadline_facts(due)
    assert facts["due"] == "21/11/2026 a las 23:59"
    assert facts["started"] == "20/11/2026"
    assert facts["basis"] == "art. 24.1"


def test_an_overdue_term_finds_its_letter_or_the_one_for_any(laptop: Laptop) -> None:
    def slugs(deadline: str) -> list[str]:
        return [one.slug for one in letters.letters_that_claim(definitions(), deadline)]

    assert slugs("PNP_INFORME") == ["oficio_informe_policial"]
    assert slugs("JF_MEDIDAS_LMS") == ["oficio_medidas"]
    assert slugs("JF_COMUNICA_EJECUTORES") == ["oficio_comunica_ejecutores"]
    assert slugs("INF_EJECUCION_SEV") == ["oficio_informe_ejecucion"]
    assert slugs("MP_REMITE") == ["oficio_plazo_vencido"]


def test_a_translation_is_printed_only_when_it_was_approved(laptop: Laptop) -> None:
    words = words_of(drafted(laptop, "plan_seguridad", languages=("es", "agr")))
    assert "Personas a las que puedo llamar o visitar" in words
    assert "léalo en castellano con intérprete" in words


def test_an_unknown_letter_is_refused(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    with pytest.raises(DomainError, match="letter_unknown"):
        laptop.run(lambda uow: letters.draft(uow, laptop.desk, case_id, "otra"))


def test_a_print_is_in_the_audit_with_the_papers_name_alone(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    before = laptop.run(lambda uow: uow.audit.count())
    laptop.run(
        lambda uow: ficha_sheet.note_print(uow, laptop.desk, case_id, "plan_seguridad", "print")
    )
    assert laptop.run(lambda uow: uow.audit.count()) == before + 1
    assert laptop.run(lambda uow: uow.audit.verify()) is None


def test_every_letter_says_where_it_comes_from() -> None:
    release: Definitions = definitions()
    for one in release.letters.values():
        assert one.source.reference
        if not one.is_for_her and one.slug != "oficio_plazo_vencido":
            assert one.legal_basis, one.slug


def test_every_term_of_the_law_has_its_article_in_the_words_of_a_letter() -> None:
    """The source of a term speaks to whoever reviews the data; letter and screen say the article."""
    for versions in definitions().deadlines.values():
        for one in versions:
            assert one.basis, one.id
