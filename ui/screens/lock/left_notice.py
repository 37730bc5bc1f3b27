"""Why the laptop locked whoever is written to have left the centre; it names nobody."""

from __future__ import annotations

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box

__all__ = ["LeftNotice"]

_WHY = N_(
    "El equipo se bloqueó porque en su centro consta que usted ya no trabaja en él. Si es un "
    "error, pida a su coordinación que la vuelva a agregar, y mientras tanto atienda en papel."
)
_BACK = N_("Cuando lo haya hecho, entre aquí con sus palabras: el equipo busca ese cambio.")
_UNSAVED = N_("Lo último que escribió no se pudo guardar: anótelo en papel si lo recuerda.")


class LeftNotice(Box):
    """The sentence, and whether what she was typing is lost."""

    def __init__(self, texts: Texts, *, was_saved: bool, shows: bool) -> None:
        super().__init__("warning")
        self._texts = texts
        self._was_saved = was_saved
        texts.changed.connect(self._write)
        self._write()
        self.setVisible(shows)

    def _write(self) -> None:
        said = [_WHY, _BACK] if self._was_saved else [_WHY, _BACK, _UNSAVED]
        self.say("", " ".join(self._texts(one) for one in said))
