"""Opening a laptop from the command line: to examine it, rebuild it, or have it join a centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.clock import SystemClock
from app.ids import SystemIds
from app.laptop import Laptop, open_laptop
from app.services import ledger
from app.settings import Settings

__all__ = ["examine", "opened"]


@contextmanager
def opened(settings: Settings, passphrase: str) -> Iterator[Laptop]:
    """Give the open laptop of a data folder, and close it again. Raises as the door does."""
    clock = SystemClock()
    laptop = open_laptop(settings.data, passphrase, clock, SystemIds(clock))
    try:
        yield laptop
    finally:
        laptop.close()


def examine(settings: Settings, passphrase: str, *, rebuild: bool) -> Iterator[str]:
    """Yield, line by line, what was found; rebuild the derived tables when asked to."""
    with opened(settings, passphrase) as laptop:
        damage = laptop.store.damage()
        yield "Archivo: sin daños" if not damage else f"Archivo: dañado ({len(damage)} hallazgos)"
        with laptop.store.unit() as uow:
            broken = uow.audit.verify()
            yield (
                f"Bitácora: {uow.audit.count()} anotaciones, cadena íntegra"
                if broken is None
                else f"Bitácora: la cadena se rompe en la anotación {broken}"
            )
            yield f"Registro de cambios: {uow.changes.count()} cambios"
            if rebuild:
                count = ledger.rebuild(uow, laptop.desk.definitions)
                uow.commit()
                yield f"Tablas calculadas de nuevo: {count} campos"
            yield f"Contenido: {uow.changes.digest().hex()[:32]}"
