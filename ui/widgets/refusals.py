"""Why something that was pressed was refused, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from ui.runtime.text import Texts

__all__ = ["fault_words", "not_noted_words", "pressed_words"]

_BY_DISK: Final[Mapping[str, str]] = {
    "disk_full": N_("El disco está lleno. Libere espacio e intente otra vez."),
    "disk_read_only": N_("No se puede escribir en el disco. Avise a su coordinación."),
    "disk_failing": N_("El disco no responde bien. Avise a su coordinación."),
}
"""Of what is typed it is said that it stays on the screen, and is saved later by itself: what is
pressed is not."""


def pressed_words(texts: Texts, fault: QispiError) -> str:
    """Return why something that was pressed was refused."""
    by_disk = _BY_DISK.get(fault.message_id)
    return texts(by_disk) if by_disk else sentence(fault.message_id, fault.parameters, texts)


def fault_words(texts: Texts, fault: QispiError, *, is_typed: bool) -> str:
    """Return why something was refused; of what is typed also that it stays on the screen."""
    if is_typed:
        return sentence(fault.message_id, fault.parameters, texts)
    return pressed_words(texts, fault)


def not_noted_words(texts: Texts, fault: QispiError, code: str, label: str) -> str:
    """Return that what was decided about a field of the case of this number was refused, and why.
    It is named always: the sentence stands while the next question shows, of another case. The
    label is a message id."""
    named = " · ".join(one for one in (code, texts(label)) if one)
    return f"{named}: {texts(N_('No se anotó.'))} {pressed_words(texts, fault)}"
