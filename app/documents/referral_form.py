"""The *ficha de derivación*, filled in or blank: one layout, one page, its return slip below.

No single official layout exists; the contents are those of DS 009-2016-MIMP art. 24.1, the labels
those of the form's definition. What was not ticked is not in the sheet, hence not on the paper.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import (
    Band,
    Block,
    Cell,
    Look,
    Option,
    Options,
    Row,
    Ruled,
    Text,
    packed,
)
from app.documents.letterhead import FOOT_HEIGHT, Number, draw_foot, draw_head, draw_signatures
from app.documents.paper import BOTTOM, LEFT, WIDTH, Paper
from app.documents.return_slip import draw_slip, slip_height
from app.documents.words import Words
from app.domain.definitions import Definitions
from app.domain.folio import qr_text
from app.domain.form import Form
from app.i18n import N_, NC_
from app.services.read_models import CentreProfile, ConsentLine, ConsentState, ReferralSheet

__all__ = ["ReferralForm"]

_FORM: Final = "derivacion"
_FICHA: Final = "ficha"
_TITLE: Final = N_("Ficha de derivación")
_SIGNING: Final = 25 * mm
_PITCH: Final = 7 * mm

_LOOKS: Final = (
    *(Look(factor) for factor in (1.08, 1.0, 0.94, 0.88, 0.82, 0.76)),
    *(Look(0.76, lines) for lines in (24, 16, 12, 8, 6, 4, 3, 2, 1)),
    Look(0.7, 1),
)
"""From the most readable to what always fits: first smaller, then cut, and the foot says so."""

_BLANK_LOOKS: Final = tuple(
    Look(factor, hand=6.4 * mm * factor)
    for factor in (1.0, 0.94, 0.9, 0.87, 0.84, 0.82, 0.79, 0.76, 0.73, 0.7)
)

_RISKS: Final = (
    ("1", "disc", NC_("safety", "LEVE")),
    ("2", "diamond", NC_("safety", "MODERADO")),
    ("3", "triangle", NC_("safety", "SEVERO")),
)

_ASKS: Final = NC_("consent", "¿Acepta que se compartan estos datos con esta institución?")
_ACCEPTS: Final = NC_(
    "consent",
    "La persona acepta que se compartan con esta institución solo los datos de esta ficha.",
)
_GUARDIAN_ACCEPTS: Final = NC_(
    "consent",
    "Quien ejerce la patria potestad o la tutela acepta que se compartan con esta institución solo "
    "los datos de esta ficha.",
)
_MAY_REFUSE: Final = NC_("consent", "Puede negarse o cambiar de opinión, y se le atiende igual.")
_NO_CONSENT: Final = NC_(
    "consent",
    "Falta un consentimiento completo o una base legal: esta ficha todavía no puede salir del "
    "centro.",
)
_REFUSED: Final = NC_("consent", "La persona dijo que no: esta ficha no puede salir del centro.")
_BY_LAW: Final = NC_("consent", "Se comparte por la base legal que aquí se indica.")
_STATEMENTS: Final = {
    ConsentState.GIVEN: _ACCEPTS,
    ConsentState.GIVEN_FOR_HER: _GUARDIAN_ACCEPTS,
    ConsentState.BY_LAW: _BY_LAW,
    ConsentState.REFUSED: _REFUSED,
}
_MUST_NOT_CALL: Final = NC_(
    "safety",
    "NO LLAMAR NI ESCRIBIR a su teléfono: otra persona puede contestar o ver el teléfono. "
    "Coordine con el centro que deriva.",
)


_TRANSFER: Final = N_(
    "Traslado de la atención: abra la ficha con el número y el código de control de esta hoja."
)


class ReferralForm:
    """Draws one referral form. One object a paper."""

    def __init__(
        self,
        definitions: Definitions,
        words: Words,
        centre: CentreProfile,
        sheet: ReferralSheet | None,
    ) -> None:
        self._definitions = definitions
        self._form: Form = definitions.form(_FORM)
        self._words = words
        place = definitions.places.get(centre.district)
        self._centre = dataclasses.replace(centre, district=place.district) if place else centre
        self._sheet = sheet

    def draw(self) -> bytes:
        """Return the PDF: one A4 page."""
        sheet, words = self._sheet, self._words
        paper = Paper(words.spanish.gettext(_TITLE), words.tag)
        top = draw_head(paper, words, self._centre, _TITLE, self._number())
        folio = sheet.folio if sheet else ""
        check = sheet.check_code if sheet else ""
        low = BOTTOM + FOOT_HEIGHT + slip_height(words, self._centre)
        self._stack(paper, top, low + _SIGNING)
        people = (
            (
                sheet.professional if sheet else "",
                words.both(N_("Profesional del centro: firma y sello")),
            ),
            ("", words.both(self._who_signs())),
            ("", words.both(N_("Recibe: nombre, sello, fecha y hora"))),
        )
        draw_signatures(paper, low + _SIGNING, _SIGNING, people)
        # In the order of reading: a screen reader meets the slip where the eye does.
        draw_slip(paper, words, self._centre, low, folio, check)
        draw_foot(paper, words, form=f"Qispi {_FORM} {self._form.version}")
        return paper.finish()

    def _who_signs(self) -> str:
        consent = self._sheet.consent if self._sheet else None
        if consent is not None and consent.state is ConsentState.GIVEN_FOR_HER:
            return N_("Madre, padre o tutela: firma o huella")
        return N_("Persona usuaria: firma o huella")

    def _number(self) -> Number | None:
        sheet = self._sheet
        if sheet is None:
            return None
        day = f"{self._words.spanish.format_date(sheet.issued_on)}  {sheet.issued_time}"
        return Number(sheet.folio, sheet.check_code, day, qr_text(sheet.folio))

    def _stack(self, paper: Paper, top: float, low: float) -> None:
        """Draw the sections in the most readable look that fits between the two heights."""
        room = top - low
        looks = _LOOKS if self._sheet is not None else _BLANK_LOOKS
        for look in looks:
            blocks = tuple(self._blocks(look))
            if sum(block.height(WIDTH) for block in blocks) <= room:
                break
        for block in blocks:
            block.draw(paper, LEFT, top, WIDTH)
            top -= block.height(WIDTH)

    def _blocks(self, look: Look) -> Iterator[Block]:
        yield from self._destination(look)
        yield from self._person(look)
        yield from self._request(look)
        yield from self._risk(look)
        yield from self._consent(look)

    def _destination(self, look: Look) -> Iterator[Block]:
        sheet = self._sheet
        yield self._band(look, 1, N_("A quién se deriva"))
        yield Row(
            (
                self._cell(look, "institution", sheet.institution if sheet else "", 2, strong=True),
                self._cell(look, "area", sheet.area if sheet else "", 1),
            )
        )
        contact = self._cell(look, "contact_person", sheet.contact_person if sheet else "", 2)
        phone = self._cell(look, "contact_phone", sheet.contact_phone if sheet else "", 1)
        if sheet is not None:
            urgency = self._cell(look, "urgency", sheet.urgency, 1, strong=True)
            yield Row((contact, phone, urgency))
            return
        yield Row((contact, phone))
        yield Text(look, self._label("urgency"), look.label)
        yield self._choice(look, "urgency", 5)

    def _person(self, look: Look) -> Iterator[Block]:
        sheet = self._sheet
        yield self._band(look, 2, N_("Persona derivada: solo los datos que se comparten"))
        if sheet is None:
            yield from self._person_by_hand(look)
            return
        if sheet.must_not_call:
            # What keeps her safe is never cut.
            warning = self._words.pgettext("safety", _MUST_NOT_CALL)
            yield Text(Look(look.factor), warning, look.strong)
        cells = [
            Cell(look, self._words.both(one.label), one.value) for one in sheet.person if one.value
        ]
        if sheet.case_code:
            cells.insert(0, Cell(look, self._words.both(N_("Código del caso")), sheet.case_code))
        if sheet.violence_type:
            label = self._label("TIPO_VIOLENCIA", _FICHA)
            cells.append(Cell(look, label, sheet.violence_type))
        yield from packed(cells)

    def _person_by_hand(self, look: Look) -> Iterator[Block]:
        both = self._words.both

        def cell(msgid: str, share: float) -> Cell:
            return Cell(look, both(msgid), share=share)

        yield Row(
            (
                cell(N_("Apellidos y nombres (solo si hace falta y ella acepta)"), 3),
                cell(N_("DNI u otro documento"), 1.5),
            )
        )
        yield Row(
            (
                cell(N_("Código del caso"), 1.4),
                cell(N_("Edad"), 0.7),
                cell(N_("Sexo"), 0.7),
                cell(N_("Lengua materna"), 1.5),
                cell(N_("Intérprete"), 1),
            )
        )
        yield Row(
            (
                cell(
                    NC_("safety", "Forma segura de contacto: teléfono, quién contesta, horario"), 3
                ),
                cell(NC_("safety", "Nunca llamar a"), 1.5),
            )
        )

    def _request(self, look: Look) -> Iterator[Block]:
        sheet = self._sheet
        yield self._band(look, 3, N_("Qué se pide y por qué"))
        if sheet is None:
            yield self._choice(look, "services", 3)
            yield Text(look, self._label("reason"), look.label)
            yield Ruled(3, _PITCH * look.factor)
            yield Text(look, self._label("reply_within"), look.label)
            yield self._choice(look, "reply_within", 5)
            return
        ticked = tuple(Option(self._words.both(one), is_ticked=True) for one in sheet.services)
        if ticked:
            yield Options(look, ticked)
        cells = [(self._label("reason"), sheet.reason), (self._label("summary"), sheet.summary)]
        for label, text in cells:
            if text:
                yield Text(look, label, look.label)
                yield Text(look, text, look.value)
        if sheet.is_transfer:
            yield Text(Look(look.factor), self._words.both(_TRANSFER), look.strong)
        if sheet.reply_within:
            label = self._label("reply_within")
            yield Text(look, f"{label}: {sheet.reply_within}", look.strong)

    def _risk(self, look: Look) -> Iterator[Block]:
        sheet = self._sheet
        if sheet is not None and not sheet.risk_level:
            return
        level = sheet.risk_level if sheet else ""
        yield self._band(look, 4, N_("Nivel de riesgo"))
        options = tuple(
            Option(self._words.both(word), is_ticked=code == level, shape=shape)
            for code, shape, word in _RISKS
        )
        yield Options(look, options, 3)
        if sheet is not None and sheet.risk_valued_on is not None:
            day = self._words.spanish.format_date(sheet.risk_valued_on)
            label = self._words.both(N_("Fecha de la valoración"))
            yield Text(look, f"{label}: {day}", look.label)

    def _consent(self, look: Look) -> Iterator[Block]:
        sheet, words = self._sheet, self._words
        yield self._band(look, 5, N_("Consentimiento para compartir"))
        if sheet is None:
            yield Text(look, words.pgettext("consent", _ASKS), look.value)
            yield Text(look, words.pgettext("consent", _MAY_REFUSE), look.value)
            yes_no = (Option(words.both(N_("Sí"))), Option(words.both(N_("No"))))
            yield Options(look, yes_no)
            yield Row(
                (
                    self._cell(look, "consent_language", "", 1.3),
                    self._cell(look, "consent_interpreter", "", 1.3),
                    self._cell(look, "legal_basis", "", 2),
                )
            )
            return
        consent = sheet.consent
        if consent is None:
            yield Text(look, words.spanish.gettext(_NO_CONSENT), look.strong)
            return
        whole = Look(look.factor)  # what she signs is never cut
        yield Text(whole, words.pgettext("consent", _STATEMENTS[consent.state]), look.value)
        if consent.state in (ConsentState.GIVEN, ConsentState.GIVEN_FOR_HER):
            yield Text(whole, words.pgettext("consent", _MAY_REFUSE), look.value)
        yield from packed([cell for cell in self._consent_cells(look, consent) if cell.value])

    def _consent_cells(self, look: Look, consent: ConsentLine) -> Iterator[Cell]:
        day = self._words.spanish.format_date(consent.given_on) if consent.given_on else ""
        yield self._cell(look, "consent_given_by", consent.given_by)
        yield self._cell(look, "consent_form", consent.form)
        yield self._cell(look, "consent_given_on", day)
        yield self._cell(look, "consent_language", consent.language)
        yield self._cell(look, "consent_interpreter", consent.interpreter)
        yield self._cell(look, "legal_basis", consent.legal_basis)
        yield self._cell(look, "informed", consent.informed)
        covers = ", ".join(self._words.spanish.gettext(one) for one in consent.covers)
        yield self._cell(look, "consent_covers", covers)
        yield self._cell(look, "entry_accepted", consent.entry)

    def _band(self, look: Look, number: int, title: str) -> Band:
        return Band(look, f"{number}. {self._words.both(title)}")

    def _label(self, field_id: str, form_id: str = _FORM) -> str:
        field = self._definitions.form(form_id).get(field_id)
        return self._words.both(field.brief) if field else ""

    def _cell(
        self, look: Look, field_id: str, value: str, share: float = 1, *, strong: bool = False
    ) -> Cell:
        return Cell(look, self._label(field_id), value, share, strong)

    def _choice(self, look: Look, field_id: str, columns: int) -> Options:
        """Return the boxes of a field's catalogue, to be ticked by hand."""
        field = self._form.get(field_id)
        catalogue = self._definitions.catalogues[field.catalogue or ""] if field else None
        terms = [term for term in catalogue.terms if term.valid_to is None] if catalogue else []
        boxes = tuple(Option(self._words.both(term.label)) for term in terms)
        return Options(look, boxes, columns)
