"""The demo, step by step: two laptops of a centre, a region, paper, a conflict settled."""

from __future__ import annotations

import itertools
import shlex
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.clock import SystemClock
from app.crypto.fingerprint import grouped
from app.demo.actors import Typist
from app.demo.pictures import PASSPHRASE, take_pictures
from app.demo.region_server import RunningServer, running_server
from app.demo.summary import Step, Summary
from app.demo.work import day_of_work, slip_comes_back
from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.region import grant_first_laptop, new_root
from app.samples import Samples, load_samples
from app.services import casework, conflicts
from app.services.ports import FieldKey
from app.services.read_models import CaseFilter, ConflictRow, SyncReport

__all__ = ["PASSPHRASE", "run_demo"]

USUAL_PLACE: Final = Path("out/demo")
REGION: Final = "Región Amazonas (inventada)"
HOURS_A: Final = "lunes, 9 a 10 h (laptop A)"
HOURS_B: Final = "viernes, 15 a 16 h (laptop B)"


class DemoFailed(QispiError):
    """A step did not show what it must; the summary says which."""


def run_demo(
    out: Path | None, *, is_headless: bool, database: str | None, say: Callable[[str], None]
) -> int:
    """Play the whole demo into ``out`` (which must be new or empty); return the exit code.

    Without ``out`` it takes the first free folder of ``out/demo``, ``out/demo-2``, …: somebody may
    have gone on working in the laptops of an earlier one, so nothing is ever cleared.
    """
    out = (out or next(filter(_is_free, _usual_places()))).absolute()
    if not _is_free(out):
        say(f"{out} no está vacía: elija otra carpeta con --out.")
        return 2
    out.mkdir(parents=True, exist_ok=True)
    summary = Summary(say)
    say("Qispi: demostración con personas y casos inventados\n")
    stage = _Stage(out, load_samples(), summary, database)
    try:
        stage.play()
    except DemoFailed as failed:
        say(f"\nLa demostración falló: {failed.message_id}")
        return 1
    finally:
        said = summary.text() + "".join(f"{line}\n" for line in stage.afterwards)
        (out / "resumen.txt").write_text(said, encoding="utf-8")
    say(f"\nPapeles, imágenes y resumen: {out}")
    for line in stage.afterwards:
        say(line)
    if not is_headless:
        return _show_window(out / "laptop-a", say)
    return 0


def _usual_places() -> Iterator[Path]:
    yield USUAL_PLACE
    for number in itertools.count(2):
        yield USUAL_PLACE.with_name(f"{USUAL_PLACE.name}-{number}")


def _is_free(place: Path) -> bool:
    return not place.exists() or (place.is_dir() and not any(place.iterdir()))


def _show_window(data: Path, say: Callable[[str], None]) -> int:
    import os

    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        say("No hay pantalla; la ventana se abre con --headless quitado en un escritorio.")
        return 0
    from app.supervisor import supervise

    say("Se abre la laptop A.")
    return supervise(["--data", str(data), "desk"])


@dataclass(slots=True)
class _Stage:
    out: Path
    samples: Samples
    summary: Summary
    database: str | None
    port: int | None = None
    """Where its server listened, and where the laptops look for it: None until there are some."""

    @property
    def afterwards(self) -> tuple[str, ...]:
        """How to go on in what the demo left: the laptops, and the server at their address."""
        if self.port is None:
            return ()
        # An address of PostgreSQL may hold a password: whoever gave it knows it.
        database = " --database DIRECCIÓN" if self.database else ""
        server = shlex.quote(str(self.out / "servidor"))
        serve = f"./run server serve --data {server} --port {self.port}"
        serve += f" --name {shlex.quote(REGION)}{database}"
        laptop = shlex.quote(str(self.out / "laptop-a"))
        return (
            f"Para abrir la laptop A: ./run app --data {laptop}  (palabras: {PASSPHRASE})",
            f"Para que sincronice, en otra terminal: {serve}",
        )

    def play(self) -> None:
        """Play every step, and close both laptops at the end."""
        root = self.out / "raiz-de-la-region"
        with self.summary.step("La región crea su llave raíz y su servidor (TLS 1.3)") as step:
            step.note(f"código de la llave raíz: {grouped(new_root(root, PASSPHRASE))}")
        with running_server(
            self.out / "servidor", root, name=REGION, database=self.database
        ) as server:
            a, b = self._enrol(server, root)
            self.port = server.port
            try:
                self._work(a, b)
            finally:
                a.laptop.close()
                b.laptop.close()
        self._pictures()

    def _work(self, a: Typist, b: Typist) -> None:
        case_id = self._register(a)
        day_of_work(a, case_id, self.summary, self.out)
        slip_comes_back(a, self._refer(a, case_id), self.summary)
        self._first_sync(a, b)
        self._conflict(a, b, case_id)
        self._compare(a, b)

    def _enrol(self, server: RunningServer, root: Path) -> tuple[Typist, Typist]:
        clock = SystemClock()
        with self.summary.step(
            "Dos laptops: bóveda, base cifrada, matrícula por archivo y código"
        ) as step:
            laptops = []
            for name, person in (("laptop-a", "Rosa Inventada"), ("laptop-b", "Luis Inventado")):
                laptops.append(
                    set_up_laptop(
                        self.out / name,
                        PASSPHRASE,
                        person=person,
                        role="social",
                        roles=("social", "psicologia", "legal", "coordinacion", "admision"),
                        centre=self.samples.centre,
                        clock=clock,
                        ids=SystemIds(clock),
                    )
                )
            first, second = laptops
            request, code = first.request()
            reply, reply_code = grant_first_laptop(
                root, PASSPHRASE, request, code, server=server.folder, profile=self.samples.centre
            )
            first = first.accept(reply, reply_code)
            request, code = second.request()
            reply, reply_code = first.grant(request, code)
            second = second.accept(reply, reply_code)
            step.note(f"la laptop A lee a la B por teléfono: {grouped(reply_code)}")
        return Typist.at(first), Typist.at(second)

    def _register(self, a: Typist) -> RecordId:
        with self.summary.step("Doce casos inventados en la laptop A, sin red") as step:
            times = [ms for one in self.samples.cases for ms in a.register(one)[1]]
            step.note(f"{len(times)} campos, cada uno guardado aparte: {_figures(times)}")
        with self.summary.step("Un caso más, campo por campo, y su riesgo") as step:
            case_id, times = a.register(self.samples.one_more)
            today = {"risk_valued_on": a.laptop.desk.clock.today().isoformat()}
            times += a.type_fields(case_id, {**self.samples.risk, **today})
            missing = len(a.ficha(case_id).missing)
            step.note(f"{len(times)} campos: {_figures(times)}; faltan para validar: {missing}")
        return case_id

    def _refer(self, a: Typist, case_id: RecordId) -> RecordId:
        with self.summary.step(
            "Derivación con consentimiento: una página A4, castellano y awajún"
        ) as step:
            referral_id = a.refer(case_id, self.samples.referral)
            for languages in (("es",), ("es", "quy"), ("es", "agr")):
                pdf = a.referral_pdf(referral_id, languages)
                name = f"derivacion-{'+'.join(languages)}.pdf"
                (self.out / name).write_bytes(pdf)
                step.note(f"{name}: {len(pdf):,} bytes")
            blank = a.workplace.documents.blank_referral(a.laptop.centre, ("es",))
            (self.out / "derivacion-en-blanco.pdf").write_bytes(blank)
        return referral_id

    def _first_sync(self, a: Typist, b: Typist) -> None:
        with self.summary.step("Laptop A sincroniza por la red") as step:
            _note_report(step, a.sync())
        stick = self.out / "usb"
        stick.mkdir()
        with self.summary.step(
            "Laptop B sincroniza por USB (A escribe la memoria, B la lee)"
        ) as step:
            _note_report(step, a.use_stick(stick))
            _note_report(step, b.use_stick(stick))
            count = b.run(lambda uow: casework.count_cases(uow, CaseFilter()))
            found = b.run(lambda uow: casework.search_cases(uow, "nunkui", 10))
            step.note(f"en B: {count} casos; «nunkui» encuentra {found[0].code if found else '—'}")
            _require(count == len(self.samples.cases) + 1, "B no tiene todos los casos")

    def _conflict(self, a: Typist, b: Typist, case_id: RecordId) -> None:
        stick = self.out / "usb"
        with self.summary.step("El mismo campo cambia en las dos laptops sin verse") as step:
            a.type_fields(case_id, {"safe_hours": HOURS_A})
            b.type_fields(case_id, {"safe_hours": HOURS_B})
            _note_report(step, b.use_stick(stick))
            _note_report(step, a.use_stick(stick))
            open_ones = a.run(lambda uow: conflicts.list_conflicts(uow, a.laptop.desk))
            _require(len(open_ones) == 1, "no se ve el conflicto")
            for value in open_ones[0].values:
                step.note(f"{open_ones[0].label}: «{value.value}», por {value.author_name}")
            self._picture_of_conflict()
        with self.summary.step(
            "Una persona elige en A; la elección viaja por la red y por USB"
        ) as step:
            self._settle(a, open_ones[0])
            _note_report(step, a.sync())
            _note_report(step, a.use_stick(stick))
            _note_report(step, b.use_stick(stick))
            left = b.run(lambda uow: conflicts.list_conflicts(uow, b.laptop.desk))
            _require(not left, "el conflicto sigue abierto en B")
            step.note("conflicto resuelto en las dos; los dos textos quedan en la historia")

    def _settle(self, a: Typist, conflict: ConflictRow) -> None:
        key = FieldKey(conflict.kind, conflict.record_id, conflict.field)
        seen = tuple(value.change_id for value in conflict.values)
        a.run(lambda uow: conflicts.settle(uow, a.laptop.desk, key, HOURS_A, seen))

    def _compare(self, a: Typist, b: Typist) -> None:
        with self.summary.step(
            "Comparación: las dos laptops, y lo derivado vuelto a calcular"
        ) as step:
            for laptop in (a, b):
                laptop.rebuild()
                _require(
                    laptop.run(lambda uow: uow.audit.verify()) is None, "el registro no es íntegro"
                )
            first, second = a.digest(), b.digest()
            step.note(f"A {first[:32]}")
            step.note(f"B {second[:32]}")
            _require(first == second, "las laptops no tienen lo mismo")
            step.note("IGUALES")

    def _picture_of_conflict(self) -> None:
        """Take it from a copy: laptop A is in use, and the next step settles it there."""
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / "laptop"
            shutil.copytree(self.out / "laptop-a", copy)
            take_pictures(
                copy, PASSPHRASE, self.out / "ventanas" / "con-dos-valores", only="conflicts"
            )

    def _pictures(self) -> None:
        with self.summary.step(
            "Imágenes de cada ventana (1366×768 y 1024×600, tres lenguas)"
        ) as step:
            count = take_pictures(self.out / "laptop-a", PASSPHRASE, self.out / "ventanas")
            step.note(f"{count} imágenes")


def _note_report(step: Step, report: SyncReport) -> None:
    if report.failure:
        raise DemoFailed(report.failure)
    step.note(
        f"lotes ↑{report.batches_sent} ↓{report.batches_received}, "
        f"cambios recibidos {report.changes_received}, bytes ↑{report.bytes_up:,} "
        f"↓{report.bytes_down:,}, {report.duration_ms} ms, apartados {report.set_aside}"
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise DemoFailed(what)


def _figures(times_ms: list[float]) -> str:
    ordered = sorted(times_ms)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"mediana {statistics.median(ordered):.1f} ms, p95 {p95:.1f} ms"
