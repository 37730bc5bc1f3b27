"""Where something is, in words: a few beside it, and the whole truth in a sentence."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from app.i18n import N_
from app.services.whereabouts_ports import Reach, Whereabouts
from ui.runtime.text import Texts
from ui.widgets.pieces import set_tip

__all__ = ["PlaceLabel", "place_colour", "place_short", "place_told", "place_words"]

_LETTERS_MAX: Final = 3

_WORDS: Final = {
    Reach.REFUSED: N_("rechazado por la región"),
    Reach.HERE: N_("solo aquí"),
    Reach.ON_STICK: N_("en camino (USB)"),
    Reach.IN_SNAPSHOT: N_("del inicio rápido (USB)"),
    Reach.AT_ANOTHER: N_("aquí y en el equipo {letters}"),
    Reach.TOLD: N_("recibo de la región (USB)"),
    Reach.RECEIVED: N_("recibido por la región"),
    Reach.SEEN: N_("llegó a {letters}"),
}
_SHORT: Final = {
    Reach.REFUSED: N_("rechazado"),
    Reach.HERE: N_("solo aquí"),
    Reach.ON_STICK: N_("en USB"),
    Reach.IN_SNAPSHOT: N_("inicio rápido"),
    Reach.AT_ANOTHER: N_("aquí y {letters}"),
    Reach.TOLD: N_("recibo USB"),
    Reach.RECEIVED: N_("en la región"),
    Reach.SEEN: N_("llegó a {letters}"),
}
_TOLD: Final = {
    Reach.REFUSED: N_(
        "La región no lo recibió desde el {time}. Está guardado en este equipo y se le vuelve a "
        "ofrecer cada vez. En Sincronización se dice por qué y qué hacer."
    ),
    Reach.HERE: N_(
        "Está solo en este equipo desde el {time}. Ni la región ni otro equipo del centro lo "
        "tienen, que se sepa."
    ),
    Reach.ON_STICK: N_(
        "Quedó en una memoria USB que pasó por este equipo el {time}. La región todavía no lo "
        "confirmó."
    ),
    Reach.IN_SNAPSHOT: N_(
        "Llegó en el resumen que otro equipo dejó en una memoria USB. El paquete que lo trae lo "
        "envía otro; aquí todavía no llegó."
    ),
    Reach.AT_ANOTHER: N_(
        "Está en este equipo y en el equipo {letters}. La región todavía no lo confirmó."
    ),
    Reach.TOLD: N_(
        "Una memoria USB trajo el recibo firmado de la región. Este equipo todavía no lo comprobó "
        "con ella."
    ),
    Reach.RECEIVED: N_(
        "La región lo recibió y este equipo lo comprobó. De ningún otro equipo se sabe todavía que "
        "lo tenga todo."
    ),
    Reach.SEEN: N_(
        "La región lo recibió y este equipo lo comprobó. Llegó también al equipo {letters}. Lo que "
        "un equipo no puede abrir lo dice en su propia pantalla."
    ),
}
_NAMELESS: Final = {
    _WORDS[Reach.AT_ANOTHER]: N_("aquí y en otro equipo"),
    _SHORT[Reach.AT_ANOTHER]: N_("aquí y en otro"),
    _TOLD[Reach.AT_ANOTHER]: N_(
        "Está en este equipo y en otro equipo. La región todavía no lo confirmó."
    ),
}
"""What is said where no letter is known. (What reached others in the log always has their letters.)
"""
_PART_HERE: Final = (
    N_("solo aquí una parte"),
    N_("parte solo aquí"),
    N_(
        "Una parte (un dato o un adjunto) está solo en este equipo desde el {time}. Lo demás está "
        "también en otro lugar."
    ),
)
"""What is said of several things of which one is here alone: in words, in few, in a sentence."""
_OF_A_PART: Final = N_("Es lo que menos avanzó: lo demás llegó más lejos.")
_COLOURS: Final = {
    Reach.REFUSED: "danger",
    Reach.HERE: "warning",
    Reach.RECEIVED: "ok",
    Reach.SEEN: "ok",
}


def place_words(texts: Texts, place: Whereabouts) -> str:
    """Return the few words beside something."""
    if _is_part_here(place):
        return texts(_PART_HERE[0])
    return _said(texts, _WORDS, place)


def place_short(texts: Texts, place: Whereabouts) -> str:
    """Return what fits into a narrow column."""
    if _is_part_here(place):
        return texts(_PART_HERE[1])
    return _said(texts, _SHORT, place)


def place_told(texts: Texts, place: Whereabouts) -> str:
    """Return the whole truth, with its time."""
    time = "" if place.since_ms is None else texts.language.format_datetime_ms(place.since_ms)
    if _is_part_here(place):
        return texts(_PART_HERE[2], time=time or "—")
    letters = ", ".join(place.laptops)
    told = texts(_sentence(_TOLD, place), time=time or "—", letters=letters)
    return f"{told} {texts(_OF_A_PART)}" if place.is_part else told


def place_colour(place: Whereabouts) -> str:
    """Return the colour that stands beside the words, as a name of the theme."""
    return _COLOURS.get(place.reach, "info")


def _is_part_here(place: Whereabouts) -> bool:
    return place.is_part and place.reach is Reach.HERE


def _said(texts: Texts, words: dict[Reach, str], place: Whereabouts) -> str:
    return texts(_sentence(words, place), letters=_first_letters(place))


def _sentence(words: dict[Reach, str], place: Whereabouts) -> str:
    said = words[place.reach]
    return said if place.laptops else _NAMELESS.get(said, said)


def _first_letters(place: Whereabouts) -> str:
    letters = place.laptops
    if len(letters) <= _LETTERS_MAX:
        return ", ".join(letters)
    return ", ".join(letters[:_LETTERS_MAX]) + f" +{len(letters) - _LETTERS_MAX}"


class PlaceLabel(QLabel):
    """Quiet words that give way to everything else in their row: what does not fit is shortened,
    and the tool tip and the screen reader have it whole."""

    def __init__(self, texts: Texts, role: str = "muted") -> None:
        super().__init__()
        self._texts = texts
        self._place: Whereabouts | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        texts.changed.connect(self._say)

    @property
    def place(self) -> Whereabouts | None:
        """What it says."""
        return self._place

    def show_place(self, place: Whereabouts | None) -> None:
        """Say where something is; None takes the words away."""
        self._place = place
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._shorten()

    def _say(self) -> None:
        told = "" if self._place is None else place_told(self._texts, self._place)
        set_tip(self, told)
        self.setAccessibleName("" if self._place is None else self._words())
        self.setAccessibleDescription(told)
        self._shorten()

    def _words(self) -> str:
        return "" if self._place is None else place_words(self._texts, self._place)

    def _shorten(self) -> None:
        elide = Qt.TextElideMode.ElideRight
        self.setText(self.fontMetrics().elidedText(self._words(), elide, self.width()))
