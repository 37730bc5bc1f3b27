"""Every key of the program, in one table: the windows and the printed card use it alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n import N_

__all__ = ["SHORTCUTS", "Shortcut"]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A key and what it does."""

    name: str
    keys: str
    label: str


SHORTCUTS: Final = {
    one.name: one
    for one in (
        Shortcut("new_case", "Ctrl+N", N_("Nueva atención")),
        Shortcut("search", "Ctrl+K", N_("Buscar")),
        Shortcut("today", "Alt+0", N_("Hoy")),
        Shortcut("cases", "Alt+1", N_("Casos")),
        Shortcut("sync_page", "Alt+2", N_("Sincronización")),
        Shortcut("next_step", "Ctrl+PgDown", N_("Paso siguiente")),
        Shortcut("previous_step", "Ctrl+PgUp", N_("Paso anterior")),
        Shortcut("print", "Ctrl+P", N_("Imprimir")),
        Shortcut("sync_now", "F5", N_("Sincronizar ahora")),
        Shortcut("lock", "Ctrl+L", N_("Bloquear")),
        Shortcut("quick_exit", "F12", N_("Salida rápida")),
    )
}
