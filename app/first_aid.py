"""Opening a laptop from the command line: to examine it, rebuild it, make a damaged database anew,
or have it join a centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from app.clock import SystemClock
from app.domain.errors import EnvironmentFault, QispiError
from app.entering import enter_laptop, trying
from app.ids import SystemIds
from app.laptop import Laptop
from app.recovery import Recovered, recover
from app.services import ledger
from app.settings import Settings
from app.swap import swaps_in_clear

__all__ = ["examine", "opened", "rebuild_from_batches"]

_TABLES: Final = {
    "change": "cambios",
    "change_base": "cambios",
    "batch": "paquetes",
    "batch_content": "paquetes",
    "set_aside": "paquetes apartados",
    "audit": "anotaciones del registro",
    "attachment": "adjuntos",
    "dataset": "conjuntos de datos",
    "dataset_block": "conjuntos de datos",
    "local": "borradores y ajustes",
    "disk": "páginas del disco",
}


@contextmanager
def opened(settings: Settings, passphrase: str) -> Iterator[Laptop]:
    """Give the open laptop of a data folder, and close it again.

    Raises as the door does, and EnvironmentFault of the closing; behind another error that is not
    told: what came first is what happened.
    """
    laptop, _ = enter_laptop(settings.data, passphrase, SystemClock())
    try:
        yield laptop
    except BaseException:
        with suppress(QispiError):
            laptop.close()
        raise
    laptop.close()


def examine(settings: Settings, passphrase: str, *, rebuild: bool) -> Iterator[str]:
    """Yield, line by line, what was found; rebuild the derived tables when asked to.

    Raises EnvironmentFault ``file_damaged`` behind the line that counts the damage: nothing more
    is read from such a file, nor written to it. Else as :func:`opened` does.
    """
    with opened(settings, passphrase) as laptop:
        damage = laptop.store.damage()
        if damage:
            yield f"Archivo: dañado ({len(damage)} hallazgos)"
            # After a failed check SQLCipher begins nothing: it would be told as a disk in no order.
            raise EnvironmentFault("file_damaged")
        yield "Archivo: sin daños"
        yield _second_files(laptop)
        for place in swaps_in_clear():
            yield f"Memoria de intercambio sin cifrar: {place} (cifre el disco o desactívela)"
        with laptop.store.unit() as uow:
            broken = uow.audit.verify()
            yield (
                f"Registro: {uow.audit.count()} anotaciones, cadena íntegra"
                if broken is None
                else f"Registro: la cadena se rompe en la anotación {broken}"
            )
            yield f"Registro de cambios: {uow.changes.count()} cambios"
            if rebuild:
                count = ledger.rebuild(uow, laptop.desk.definitions)
                uow.commit()
                yield f"Tablas calculadas de nuevo: {count} campos"
            yield f"Contenido: {uow.changes.digest().hex()[:32]}"


def rebuild_from_batches(settings: Settings, passphrase: str) -> Iterator[str]:
    """Make a damaged database anew, and yield what came back, what did not, and what to do.

    Raises as :func:`app.recovery.recover` does; nothing has changed then, but that whoever tried
    wrong words is counted.
    """
    clock = SystemClock()
    with trying(settings.data, clock):
        done = recover(settings.data, passphrase, clock, SystemIds(clock))
    yield f"Base de datos rehecha. La dañada queda en {done.aside}: no la borre todavía."
    yield f"De los paquetes sellados: {done.batches} paquetes, {done.sealed_changes} cambios"
    if done.frames_damaged:
        yield f"Paquetes que no se pudieron leer: {done.frames_damaged} tramos de lotes.bin"
    if done.waiting:
        yield f"Paquetes que esperan una llave o una versión más nueva: {done.waiting}"
    yield from _of_the_old(done)
    if done.attachments_missing:
        yield (
            f"Adjuntos sin su contenido: {done.attachments_missing}. No van en los paquetes: "
            "adjúntelos de nuevo desde el papel, o búsquelos en el equipo donde se adjuntaron."
        )
    yield (
        f"Registro de la región: verificado hasta la posición {done.position}. "
        "Sincronice ahora: lo que falte llegará."
    )


def _of_the_old(done: Recovered) -> Iterator[str]:
    if not done.is_old_readable:
        yield (
            "De la base dañada no se pudo leer nada: lo que se escribió después del último sellado "
            "(como mucho una hora), los adjuntos y el registro no volvieron."
        )
        return
    yield (
        f"De la base dañada: {done.other_changes} cambios sin sellar, "
        f"{done.copied.get('attachment', 0)} adjuntos, "
        f"{done.copied.get('audit', 0)} anotaciones del registro"
    )
    lost: dict[str, int] = {}
    for table, count in done.lost.items():
        name = _TABLES.get(table, "estado de la sincronización")
        lost[name] = lost.get(name, 0) + count
    if lost:
        what = ", ".join(f"{name} ({count})" for name, count in sorted(lost.items()))
        yield f"Partes dañadas que no se pudieron leer: {what}. Revise los casos más recientes."
    else:
        yield "De la base dañada se pudo leer todo."


def _second_files(laptop: Laptop) -> str:
    """Compare the files beside the database with it, and write what they lack."""
    laptop.store.bring_second_level(reads_all=True)
    trouble = laptop.store.second_trouble
    if trouble is None:
        return "Copia de los paquetes sellados: al día"
    return f"Copia de los paquetes sellados: atrasada ({trouble}); se intentará de nuevo"
