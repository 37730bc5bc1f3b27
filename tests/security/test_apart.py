"""A worker that reads a file from outside: whatever becomes of it, the program gets a value or one
refusal in words, in bounded time and memory; and the worker finds nothing to take."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Final

import msgspec
import pytest

from app.apart.frames import frame
from app.apart.requests import CONTENT_BYTES_MAX, Bounds, PictureJob, Request, TableJob
from app.apart.runner import REASONS, Apart, worker_program
from app.apart.windows_job import extended_limits
from app.domain.errors import DomainError
from app.services.file_messages import FILE_REASONS, file_sentence
from app.services.messages import sentence
from tests.support import hostile_worker

HOSTILE: Final = (sys.executable, "-I", str(Path(hostile_worker.__file__)))
MIB: Final = 1024 * 1024
TABLE: Final = TableJob(b"a,b\n1,2\n")
PICTURE: Final = PictureJob(b"\x89PNG\r\n\x1a\n", screen_side=16, thumbnail_side=16)
ROOMY: Final = Bounds(memory_bytes=4096 * MIB, wall_seconds=60)


def hostile(*mode: str, bounds: Bounds = ROOMY) -> Apart:
    return Apart((*HOSTILE, *mode), bounds)


def reason_of(apart: Apart, job: TableJob | PictureJob = TABLE) -> str:
    with pytest.raises(DomainError) as refused:
        apart.picture(job) if isinstance(job, PictureJob) else apart.table(job)
    assert refused.value.message_id == "file_not_shown"
    reason = str(refused.value.parameters["reason"])
    assert reason in REASONS
    return reason


def found(apart: Apart) -> list[str]:
    return [row[0] for row in apart.table(TABLE).rows]


# --- what it takes -----------------------------------------------------------------------------------


def test_a_worker_that_eats_memory_is_refused_and_without_the_bound_it_gets_it() -> None:
    """(I12) Control: without the bound it gets it."""
    small = Bounds(memory_bytes=256 * MIB)

    assert reason_of(hostile("eats_memory", bounds=small)) == "too_much_memory"
    assert found(hostile("eats_memory")) == [str(hostile_worker.ASKED_OF_MEMORY)]


def test_a_worker_that_spins_is_ended_by_the_processor_and_without_the_bound_it_goes_on() -> None:
    before = time.monotonic()

    assert reason_of(hostile("spins", bounds=Bounds(cpu_seconds=1))) == "too_long"
    # The processor's second, not the thirty that the program would wait.
    assert time.monotonic() - before < Bounds().wall_seconds
    assert found(hostile("spins")) == ["done"]


def test_a_worker_that_waits_is_ended_by_the_clock_and_without_the_bound_it_goes_on() -> None:
    assert reason_of(hostile("waits", bounds=Bounds(wall_seconds=1))) == "too_long"
    assert found(hostile("waits")) == ["done"]


def test_an_answer_that_is_too_long_is_refused_and_without_the_bound_it_comes() -> None:
    small = Bounds(answer_bytes=hostile_worker.SAID)

    assert reason_of(hostile("says_a_lot", bounds=small)) == "too_much_answer"
    assert [len(one) for one in found(hostile("says_a_lot"))] == [hostile_worker.SAID]


def test_a_file_that_is_too_large_starts_nothing() -> None:
    large = TableJob(b"x" * (CONTENT_BYTES_MAX + 1))

    assert reason_of(Apart(("/nothing-here",)), large) == "too_large"
    assert reason_of(Apart(("/nothing-here",)), TABLE) == "not_started"


@pytest.mark.parametrize("mode", ["writes_for_ever", "writes_a_frame_for_ever"])
def test_the_program_keeps_its_memory_when_a_worker_writes_gigabytes(mode: str) -> None:
    bounds = Bounds(answer_bytes=2 * MIB)
    tracemalloc.start()
    try:
        reason = reason_of(hostile(mode, bounds=bounds))
        peak = tracemalloc.get_traced_memory()[1]
        # The control: what a reader without the bound holds after 64 MiB of them.
        tracemalloc.reset_peak()
        with subprocess.Popen([*HOSTILE, mode], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert len(process.stdout.read(64 * MIB)) == 64 * MIB
            process.kill()
        without = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert reason in {"too_much_answer", "rubbish"}
    assert peak < 4 * MIB
    assert without > 64 * MIB


# --- how it dies, and what it says -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("falls", "crashed"),
        ("gives_up", "crashed"),
        ("ends_itself", "crashed"),
        ("dies_at_once", "crashed"),
        ("silent", "crashed"),
        ("raises", "damaged"),
        ("rubbish", "rubbish"),
        ("rubbish_inside", "rubbish"),
        ("half", "rubbish"),
        ("half_a_head", "rubbish"),
        ("nested", "rubbish"),
        ("claims_too_much", "too_much_answer"),
        ("more_behind", "too_much_answer"),
        ("another_answer", "rubbish"),
        ("another_reason", "rubbish"),
        ("too_few_pixels", "rubbish"),
        ("too_many_pixels", "rubbish"),
        ("too_wide", "rubbish"),
    ],
)
def test_every_way_of_dying_is_one_refusal(mode: str, reason: str) -> None:
    assert reason_of(hostile(mode), PICTURE) == reason


def test_an_honest_answer_of_the_same_shape_is_taken() -> None:
    assert hostile("honest").picture(PICTURE).screen.rgb == bytes(3)


def test_what_kills_a_worker_kills_whoever_does_it_without_one() -> None:
    alone = subprocess.run([*HOSTILE, "bare", "falls"], input=b"", capture_output=True, check=False)

    assert alone.returncode < 0


def test_a_process_left_behind_that_holds_the_pipe_hangs_nobody() -> None:
    before = time.monotonic()

    assert reason_of(hostile("leaves_a_child", bounds=Bounds(wall_seconds=1))) == "too_long"
    assert time.monotonic() - before < hostile_worker.HOLDS_THE_PIPE / 2


def _children() -> set[str]:
    """Return the processes that this one started and has not heard the end of; some belong to
    other tests of the same run."""
    threads = Path("/proc/self/task").iterdir()
    return {one for thread in threads for one in (thread / "children").read_text().split()}


def _held() -> set[str]:
    """Return what this process holds open; a pipe of another test may go at any time."""
    found = set()
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            found.add(f"{one.name} {one.readlink()}")
    return found


def test_no_worker_is_left_and_no_descriptor() -> None:
    held, children = _held(), _children()
    for mode in ("falls", "rubbish", "writes_for_ever", "honest"):
        with pytest.raises(DomainError):
            hostile(mode, bounds=Bounds(answer_bytes=100)).table(TABLE)

    assert _held() <= held
    assert _children() <= children


def test_every_reason_has_its_words_and_every_word_its_reason() -> None:
    assert set(FILE_REASONS) == REASONS
    for reason in REASONS:
        said = file_sentence({"reason": reason}, str)
        assert said.startswith("No se pudo abrir el archivo")
        assert "rror" not in said
        assert sentence("file_not_shown", {"reason": reason}, str) == said
    assert file_sentence({"reason": "of a newer worker"}, str)


# --- what it finds -----------------------------------------------------------------------------------


def seen(*mode: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in found(hostile(*mode)))


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that has a secret in its environment and a file open for its children."""
    monkeypatch.setenv("QISPI_DATA", str(tmp_path))
    held = os.open(tmp_path / "open", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(held, True)


@pytest.mark.usefixtures("leaky")
def test_a_worker_has_no_environment_and_no_descriptor_of_the_program() -> None:
    """(I12) Control: a bare worker has both."""
    for mode in (["probes"], ["untidy", "probes"]):
        told = seen(*mode)
        assert told["environment"] == "[]"
        # The answer's pipe, and three that lead nowhere.
        assert (told["descriptors"], told["files"]) == ("4", "0")
    given = seen("bare", "probes")  # what the program gives, before a worker throws away
    assert given["environment"] in {"[]", "['LC_CTYPE']"}  # the second is the interpreter's own
    assert (given["descriptors"], given["files"]) == ("3", "0")

    bare = subprocess.run(
        [*HOSTILE, "bare", "probes"],
        input=b"",
        capture_output=True,
        close_fds=False,
        check=True,
    ).stdout
    assert b"QISPI_DATA" in bare
    assert b"HOME" in bare
    assert b"files=0" not in bare


def test_a_worker_opens_no_socket_and_no_file_and_runs_nothing() -> None:
    """(I12) Control: a bare worker does all of it."""
    told = seen("probes")

    assert told["socket"] == told["local_socket"] == told["connect"] == "EMFILE"
    assert told["open"] in {"EMFILE", "EACCES"}
    assert told["list"] in {"EMFILE", "EACCES"}
    assert told["run"] != "done"
    assert told["remove"] in {"EACCES", "ENOTEMPTY"}  # the second without Landlock
    bare = subprocess.run([*HOSTILE, "bare", "probes"], input=b"", capture_output=True, check=True)
    for one in (b"socket=done", b"open=done", b"list=done", b"run=done", b"fork=done"):
        assert one in bare.stdout


def _of_a_bare_process(lines: str) -> list[str]:
    asked = f"import os, socket, errno\nfrom app.apart.confinement import *\n{lines}"
    done = subprocess.run(
        [sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def may_leave() -> bool:
    """Whether the kernel lets whoever runs the tests make a namespace, asked without our code."""
    asked = "import ctypes, sys; sys.exit(bool(ctypes.CDLL(None).unshare(0x50000000)))"
    return subprocess.run([sys.executable, "-I", "-c", asked], check=False).returncode == 0


def landlock() -> int:
    """The version of Landlock that the kernel has, asked without our code."""
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)


def test_a_worker_is_where_there_is_no_network_when_the_kernel_lets_it() -> None:
    """(I12) Control: before, it could connect."""
    before, after, interfaces, reached, rights = _of_a_bare_process(
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "print(os.readlink('/proc/self/ns/net'))\n"
        "socket.create_connection(server.getsockname()).close()  # the control: it could before\n"
        "leave_the_network()\n"
        "status = open('/proc/self/status').read()\n"
        "where = open('/proc/thread-self/net/dev').read().count(':')\n"
        "one = socket.socket()\n"
        "code = one.connect_ex(server.getsockname())\n"
        "print(socket.if_nameindex() and 'same' if not code else 'another', where)\n"
        "print(errno.errorcode.get(code, 'done'))\n"
        "print(status.split('CapEff:')[1].split()[0])\n"
    )
    assert before.startswith("net:")
    if not may_leave():
        pytest.skip("this kernel leaves an ordinary user in the network")
    assert after == "another"
    assert seen("probes")["user"] == "65534"  # the worker itself went: there it is nobody
    assert (interfaces, reached) == ("1", "ENETUNREACH")
    assert int(rights, 16) == 0


def test_a_worker_has_no_path_and_no_neighbour_when_the_kernel_lets_it() -> None:
    """Without the limit of descriptors, which would hide it: both hold by themselves. (I12)
    Control: before, it could open and reach."""
    lines = (
        "from app.apart import confinement\n"
        "confinement.no_more_descriptors = lambda: None\n"
        "def said(work):\n"
        "    try: work(); return 'done'\n"
        "    except OSError as error: return errno.errorcode[error.errno]\n"
        "def look():\n"
        "    print(said(lambda: os.close(os.open('/etc/passwd', os.O_RDONLY))))\n"
        "    print(said(lambda: os.kill(os.getppid(), 0)))\n"
        "look()\n"
        "confinement.shut_in()\n"
        "look()\n"
    )
    opened, neighbour, opened_then, neighbour_then = _of_a_bare_process(lines)

    assert (opened, neighbour) == ("done", "done")
    if landlock() < 1:
        pytest.skip("this kernel has no Landlock")
    assert opened_then == "EACCES"
    assert neighbour_then == ("EPERM" if landlock() >= 6 else "done")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser forks")
def test_a_worker_starts_no_process() -> None:
    assert seen("probes")["fork"] == "EAGAIN"


def test_a_worker_knows_nothing_of_the_program() -> None:
    asked = (
        "import sys\n"
        "from app.apart.jobs import loaded\n"
        "from app.apart.requests import *\n"
        "import app.apart.worker\n"
        "for job in (PictureJob(b''), PdfPageJob(b''), TableJob(b'')): loaded(job)\n"
        "print(*sorted(sys.modules))\n"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {one for one in told if one.split(".")[0] in {"app", "db", "sync", "ui"}}

    assert {one for one in ours if one != "app" and not one.startswith("app.apart")} == set()
    assert not {"sqlalchemy", "sqlcipher3", "cryptography", "httpx2", "PySide6", "ssl"} & set(told)
    assert "PIL.Image" in told  # the list is of the modules that were meant


def test_a_worker_leaves_no_core_dump_and_writes_no_file() -> None:
    def limits() -> None:
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    asked = (
        "import resource\n"
        "from app.apart.limits import apply\n"
        "from app.apart.requests import Bounds\n"
        "apply(Bounds())\n"
        "for one in ('CORE', 'FSIZE', 'NPROC', 'AS', 'CPU'):\n"
        "    print(resource.getrlimit(getattr(resource, 'RLIMIT_' + one))[0])\n"
        "import signal\n"
        "print(30 < signal.getitimer(signal.ITIMER_REAL)[0] <= 32)\n"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=limits,
    ).stdout.split()

    assert told == ["0", "0", "0", str(768 * MIB), "20", "True"]


# --- the start, and Windows --------------------------------------------------------------------------


def test_a_worker_starts_fast() -> None:
    taken: list[float] = []
    # A machine that does much else is asked more often, until it once does nothing else.
    while len(taken) < 7 or (min(taken) >= 0.3 and len(taken) < 70):
        before = time.monotonic()
        Apart().table(TABLE)
        taken.append(time.monotonic() - before)
    print(f"worker: best {min(taken):.3f} s, median {statistics.median(taken):.3f} s")

    assert min(taken) < 0.3


def test_the_command_isolates_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_program() == (sys.executable, "-I", "-B", "-m", "app.apart.worker")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker_program() == (sys.executable, "--read-apart")


_AS_ONE_EXECUTABLE: Final = """
import os, runpy, sys
sys.frozen, sys.argv = {frozen}, ["qispi", "--read-apart"]
end = os._exit
os._exit = lambda code: end(9 if {unwanted} & set(sys.modules) else code)
runpy.run_module("app", run_name="__main__")
"""


def test_one_executable_is_its_own_worker_and_loads_nothing_else() -> None:
    """The controls: what is not frozen is no worker, and what is loaded is seen."""

    def ended(*, frozen: bool, unwanted: set[str]) -> int:
        words = _AS_ONE_EXECUTABLE.format(frozen=frozen, unwanted=unwanted)
        asked = frame(msgspec.msgpack.encode(Request(ROOMY, TABLE)))
        command = (sys.executable, "-I", "-c", words)
        return subprocess.run(command, input=asked, capture_output=True, check=False).returncode

    program = {"app.cli", "app.services.messages", "db", "sync", "ui", "cryptography", "click"}
    assert ended(frozen=True, unwanted=program) == 0
    assert ended(frozen=True, unwanted={"msgspec"}) == 9
    assert ended(frozen=False, unwanted=program) == 2, "click knows no such option"


def test_a_request_is_strict() -> None:
    packed = msgspec.msgpack.encode(
        {"bounds": {}, "job": {"type": "table", "content": b"", "x": 1}}
    )

    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(packed, type=Request)


def test_the_limits_of_a_windows_job_lie_where_windows_reads_them() -> None:
    packed = extended_limits(Bounds(memory_bytes=0x1122334455, cpu_seconds=3), 1)

    assert len(packed) == 144
    assert int.from_bytes(packed[0:8], "little") == 30_000_000
    assert int.from_bytes(packed[16:20], "little") == 0x270A | 0x0400
    assert int.from_bytes(packed[40:44], "little") == 1
    assert int.from_bytes(packed[112:120], "little") == 0x1122334455
    assert int.from_bytes(packed[120:128], "little") == 0x1122334455
