"""One recovery sheet on paper: to be kept in an envelope for years, and typed by somebody else.

It names neither a centre nor what it works for: whoever finds it learns that there is a computer,
and by itself it opens nothing. Who keeps it is written by hand. One PDF a sheet, so that nobody
prints two of them in a row by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Band, Block, Cell, Look, Row, Text
from app.documents.paper import ACCENT, BOTTOM, LEFT, RULE, TOP, WIDTH, Paper
from app.documents.typesetting import GREY, Type
from app.documents.words import Words
from app.domain.sheet_rows import scanned
from app.i18n import N_
from app.services.sheet_ports import LETTERS, RecoverySheet

__all__ = ["RecoverySheetPaper"]

_LOOK: Final = Look(1.05, hand=9 * mm)
_BODY: Final = Type(10.2, leading=1.32)
_STRONG: Final = Type(10.8, bold=True, leading=1.35)
_SMALL: Final = Type(8.2, colour=GREY, leading=1.28)
_TITLE: Final = Type(17, bold=True)
_LETTER: Final = Type(44, bold=True)
_ROW: Final = Type(20, is_typed=True)
_NUMBER: Final = Type(11, bold=True, colour=GREY)
_PITCH: Final = 12.5 * mm
_QR: Final = 44 * mm
_GAP: Final = 3 * mm
_TEXTS: Final = {
    False: (
        N_("Hoja de recuperación"),
        N_("Con dos hojas del mismo juego se abre el equipo cuando nadie recuerda sus palabras."),
        (
            N_("Junte dos hojas del mismo juego: el mismo nombre y la misma fecha."),
            N_(
                "En el equipo, en la pantalla de bloqueo, elija «Nadie recuerda sus palabras: "
                "abrir con dos hojas». En una computadora nueva, con una copia de seguridad: "
                "«Recuperar de una copia…», y después «No recuerdo las palabras: con dos hojas»."
            ),
            N_(
                "Escriba las cinco filas de cada hoja. Mayúsculas, espacios y guiones no importan. "
                "No hay letra O, ni I, ni L: son cero y uno. El programa dice qué fila no coincide."
            ),
            N_(
                "Diga quién es y aprenda las cinco palabras nuevas que muestra el programa. "
                "Después haga un juego nuevo de hojas: estas ya salieron de su sobre."
            ),
        ),
    ),
    True: (
        N_("Hoja de recuperación de la llave de la región"),
        N_("Con dos hojas del mismo juego se rehace la llave raíz si se pierde o se daña."),
        (
            N_("Junte dos hojas del mismo juego: el mismo nombre y la misma fecha."),
            N_("En una computadora sin red escriba la orden: qispi region restore --out CARPETA"),
            N_(
                "Escriba las cinco filas de cada hoja. Mayúsculas, espacios y guiones no importan. "
                "No hay letra O, ni I, ni L: son cero y uno. El programa dice qué fila no coincide."
            ),
            N_(
                "Compare las 32 cifras que muestra el programa con las de la carta oficial. Si no "
                "son las mismas, no use esa llave."
            ),
        ),
    ),
}
_KEEPING: Final = (
    N_("Guárdela en un sobre cerrado y firmado, lejos del equipo y de las otras dos hojas."),
    N_("No la fotografíe, no la copie y no la mande por mensaje."),
    N_(
        "Si alguien se la pide por teléfono, cuelgue y llame usted a un número que ya conoce. Lea "
        "fila por fila, también las dos cifras del final."
    ),
)
_LOST: Final = {
    False: N_(
        "Si se pierde, o alguien la vio, avise: se hace un juego nuevo y las tres hojas de este "
        "juego dejan de abrir el equipo; las copias de antes se abren todavía con ellas."
    ),
    True: N_(
        "Si se pierde, avise: quedan dos, y con ellas se rehace la llave. Si alguien vio dos "
        "hojas, esa llave ya no es segura y hace falta otra."
    ),
}
_YEARLY: Final = N_("Una vez al año alguien le pedirá leerla, para comprobar que sirve.")
_GONE: Final = {
    False: N_(
        "Si el programa Qispi ya no existe: pida la página impresa «Emergencia con dos hojas», que "
        "va con el programa. Con ella, dos hojas y el archivo llaves.json del equipo o de una "
        "copia de seguridad se abre la base de datos sin el programa."
    ),
    True: N_(
        "Si el programa Qispi ya no existe, esta llave ya no hace falta: sirve para autorizar "
        "equipos, y no abre ningún caso."
    ),
}


@dataclass(frozen=True, slots=True)
class _Space:
    by: float

    def height(self, width: float) -> float:  # noqa: ARG002  # as wide as it is told
        """Return its height."""
        return self.by

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw nothing."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows, large, each behind its number; beside them the same as a QR code."""

    rows: tuple[str, ...]

    def height(self, width: float) -> float:  # noqa: ARG002  # as wide as it is told
        """Return the height of the rows."""
        return max(len(self.rows) * _PITCH, _QR) + 2 * _GAP

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw rows, lines between them and the code."""
        paper.box(x, top - self.height(width), width, self.height(width), weight=1.2)
        beside = width - _QR - 4 * _GAP
        top -= _GAP
        for number, row in enumerate(self.rows, start=1):
            middle = top - (number - 0.5) * _PITCH
            paper.text(f"{number}", x + _GAP, middle + _NUMBER.line / 2, 6 * mm, _NUMBER, 1)
            paper.text(row, x + _GAP + 7 * mm, middle + _ROW.line / 2, beside, _ROW, 1)
            if number < len(self.rows):
                low = top - number * _PITCH
                paper.line(x + _GAP, low, x + beside + _GAP, low, colour=RULE)
        paper.qr(
            scanned(self.rows),
            x + width - _QR - _GAP,
            top - (len(self.rows) * _PITCH - _QR) / 2,
            _QR,
        )


@dataclass(frozen=True, slots=True)
class _Point:
    """A text behind its number or sign."""

    sign: str
    text: Text
    by: float = 6 * mm

    def height(self, width: float) -> float:
        """Return the height of the text."""
        return self.text.height(width - self.by)

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the sign and the text."""
        paper.text(self.sign, x + 1.2 * mm, top, self.by, self.text.type, 1)
        self.text.draw(paper, x + self.by, top, width - self.by)


class RecoverySheetPaper:
    """Draws one sheet. One object a paper."""

    def __init__(self, words: Words, sheet: RecoverySheet) -> None:
        self._gettext = words.spanish.gettext
        self._tag = words.tag
        self._sheet = sheet

    def draw(self) -> bytes:
        """Return the PDF: one A4 page. Its title, which viewers and queues show, says nothing."""
        paper = Paper("Hoja", self._tag)
        top = self._head(paper)
        for block in self._blocks():
            block.draw(paper, LEFT, top, WIDTH)
            top -= block.height(WIDTH)
        assert top >= BOTTOM, "a sheet is one page"
        return paper.finish()

    def _head(self, paper: Paper) -> float:
        sheet, said = self._sheet, self._gettext
        letter = sheet.sheet.letter
        side = 22 * mm
        paper.box(LEFT + WIDTH - side, TOP - side, side, side, weight=1.6, colour=ACCENT)
        type_ = Type(_LETTER.size, bold=True, align="center", leading=1)
        paper.text(letter, LEFT + WIDTH - side, TOP - 1.2 * mm, side, type_, 1)
        room = WIDTH - side - 4 * mm
        top = TOP - 1 * mm
        title = said(_TEXTS[sheet.is_root][0])
        top -= paper.text(f"{title} {letter}", LEFT, top, room, _TITLE, 2) + 1 * mm
        facts = said(N_("Juego {name} · hecho el {day} · hoja {letter} de A, B y C")).format(
            name=sheet.set_name, day=sheet.day, letter=letter
        )
        top -= paper.text(facts, LEFT, top, room, _STRONG, 2)
        return min(top, TOP - side) - 4 * mm

    def _blocks(self) -> Iterator[Block]:
        sheet, said = self._sheet, self._gettext
        _, purpose, steps = _TEXTS[sheet.is_root]
        others = " ".join(one for one in LETTERS if one != sheet.sheet.letter).replace(
            " ", " o la "
        )
        alone = said(
            N_(
                "Esta hoja sola no abre nada. Con cualquier otra de las dos hojas (la {others}) se "
                "abre."
            )
        )
        yield Text(_LOOK, alone.format(others=others), _STRONG)
        yield Text(_LOOK, said(purpose), _BODY)
        yield _Space(1.5 * mm)
        yield _Rows(sheet.sheet.rows)
        yield _Space(1 * mm)
        yield Text(
            _LOOK,
            said(
                N_("El cuadro de puntos lleva las mismas cinco filas, para un lector de códigos.")
            ),
            _SMALL,
        )
        yield _Space(2 * mm)
        yield Row(
            (
                Cell(_LOOK, said(N_("La guarda (nombre y cargo)")), share=1.4),
                Cell(_LOOK, said(N_("Dónde"))),
            )
        )
        yield Row(
            (
                Cell(
                    _LOOK,
                    said(N_("De qué equipo o centro (si no pone a nadie en peligro)")),
                    share=1.4,
                ),
                Cell(_LOOK, said(N_("Fecha y firma"))),
            )
        )
        yield _Space(2 * mm)
        yield Band(_LOOK, said(N_("Cuando haga falta")))
        for number, step in enumerate(steps, start=1):
            yield _Point(f"{number}.", Text(_LOOK, said(step), _BODY))
        yield _Space(1 * mm)
        yield Band(_LOOK, said(N_("Mientras tanto")))
        for line in (*_KEEPING, _LOST[sheet.is_root], _YEARLY):
            yield _Point("•", Text(_LOOK, said(line), _BODY))
        yield _Space(1 * mm)
        yield Text(_LOOK, said(_GONE[sheet.is_root]), _BODY)
