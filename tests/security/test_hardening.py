"""A process that holds keys leaves no core dump, is read by no other, and tells no values."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "tijera molino ladera"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


def run(code: str, checkout: Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    ended: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder or checkout,
        env=os.environ | {"PYTHONFAULTHANDLER": "1", "PYTHONPATH": f"{checkout}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended


DIE = """
import os, resource
if {}:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
if {}:
    from app.hardening import harden
    harden()
words = " ".join(("tijera", "molino", "ladera"))
print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True)
os.kill(os.getpid(), 11)
"""


def _may_raise() -> bool:
    return resource.getrlimit(resource.RLIMIT_CORE)[1] == resource.RLIM_INFINITY


def _dumps_lie_beside() -> bool:
    """Whether this system writes a core dump into the folder of the process."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="ascii").strip()
    return _may_raise() and not pattern.startswith(("|", "/"))


@pytest.mark.parametrize("is_hardened", [True, False])
def test_no_core_dump_and_no_trace_of_the_fault(
    tmp_path: Path, checkout: Path, is_hardened: bool
) -> None:
    """The control: the same process without it dumps what it held, and says where it died. (L2)
    Control: the same process without it dumps what it held."""
    ended = run(DIE.format(_may_raise(), is_hardened), checkout, tmp_path)
    limit, dumps = int(ended.stdout.split()[0]), list(tmp_path.iterdir())
    assert ended.returncode == -11
    if is_hardened:
        assert (limit, dumps) == (0, [])
        assert ended.stderr == ""
        return
    assert limit != 0 or not _may_raise()
    assert "Fatal Python error" in ended.stderr
    if _dumps_lie_beside():
        (dump,) = dumps
        assert SECRET.encode() in dump.read_bytes()
        dump.unlink()


DUMPABLE = """
import ctypes
{}
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_no_other_process_of_the_user_may_read_it(checkout: Path) -> None:
    hardening = "from app.hardening import harden; harden(); harden()"
    assert run(DUMPABLE.format(hardening), checkout).stdout.strip() == "0"
    assert run(DUMPABLE.format(""), checkout).stdout.strip() == "1", "the control"


HELD = """
import gc
words = [" ".join(("tijera", "molino", "ladera")) + str(number) for number in range(200)]
del words
gc.collect()
print("locked in place", flush=True)
input()
"""


def _held_by(process: int) -> int:
    """Return how often the words stand in the memory of a process. Raises OSError when it is
    gone."""
    found = 0
    maps = Path(f"/proc/{process}/maps").read_text(encoding="utf-8").splitlines()
    with Path(f"/proc/{process}/mem").open("rb") as memory:
        for line in maps:
            places, rights, *_ = line.split()
            begin, end = (int(one, 16) for one in places.split("-"))
            if "r" not in rights or line.endswith(("[vvar]", "[vsyscall]")):
                continue
            memory.seek(begin)
            with contextlib.suppress(OSError):
                found += memory.read(end - begin).count(SECRET.encode())
    return found


def test_what_a_process_let_go_is_in_its_memory_until_it_has_ended(checkout: Path) -> None:
    """Why locking ends the process. (control of L4)"""
    with subprocess.Popen(
        [sys.executable, "-c", HELD], cwd=checkout, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            if not os.access(f"/proc/{process.pid}/mem", os.R_OK):
                pytest.skip("this system lets nobody read the memory of another process")
            assert _held_by(process.pid) > 20
        finally:
            process.stdin.close()
            process.wait()
        with pytest.raises(OSError, match="No such"):
            _held_by(process.pid)


BUGS = f"""
import logging, sys, threading
from pathlib import Path
from app.logs import start_logging
start_logging(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
if {{}}:
    from app.hardening import tell_bugs
    told = []
    tell_bugs(told.append)
class Closing:
    def __del__(self):
        raise ValueError("{SECRET}")
def fail():
    raise ValueError("{SECRET}")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Closing()
if {{}}:
    print(len(told))
fail()
"""


@pytest.mark.parametrize("is_told", [True, False])
def test_what_nobody_caught_is_told_by_its_place_and_never_by_its_text(
    checkout: Path, is_told: bool
) -> None:
    """(L6) Control: without it the text is told."""
    ended = run(BUGS.format(is_told, is_told), checkout)
    assert ended.returncode == 1
    assert (SECRET in ended.stderr) is not is_told, "the control tells it"
    if is_told:
        assert ended.stdout.split() == ["2"]
        assert ended.stderr == ""


SLOT = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from app.bootstrap import LaptopDoor
from app.hardening import tell_bugs
from app.logs import start_logging
from app.settings import load_settings
from ui.application import run

folder = Path(sys.argv[1])
start_logging(folder / "log.txt")

def fail():
    raise ValueError("{SECRET}")

def door_of(threads):
    threads.bug.connect(lambda place: (print(place), QCoreApplication.exit(7)))
    QTimer.singleShot(0, fail)
    QTimer.singleShot(20_000, lambda: QCoreApplication.exit(8))
    return LaptopDoor(load_settings(folder, "es"), threads)

sys.exit(run(door_of, language="es", idle_minutes=5, tell_bugs=tell_bugs))
"""


def test_an_exception_in_a_slot_is_shown_to_people_and_logged_without_its_text(
    tmp_path: Path, checkout: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SLOT, f"{tmp_path}"],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert ended.returncode == 7, ended.stderr
    assert ended.stdout.strip().startswith("<string>:")
    assert "kind=ValueError" in log
    assert SECRET not in log + ended.stderr


QT_SAYS = f"""
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer, qWarning
from app.bootstrap import LaptopDoor
from app.logs import start_logging
from app.settings import load_settings
from ui.application import run

folder = Path(sys.argv[1])
start_logging(folder / "log.txt")
qWarning("{SECRET} before" if {{}} else "")

def door_of(threads):
    QTimer.singleShot(0, lambda: (qWarning("{SECRET}"), QCoreApplication.exit(7)))
    return LaptopDoor(load_settings(folder, "es"), threads)

sys.exit(run(door_of, language="es", idle_minutes=5))
"""


@pytest.mark.parametrize("says_before", [True, False])
def test_what_qt_says_is_logged_without_its_text(
    tmp_path: Path, checkout: Path, says_before: bool
) -> None:
    """The desktop keeps what programs print. (L6) Control: before the window there is, it is
    printed."""
    ended = subprocess.run(
        [sys.executable, "-c", QT_SAYS.format(says_before), f"{tmp_path}"],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert ended.returncode == 7, ended.stderr
    assert "qt_message kind=QtWarningMsg reason=default" in log
    assert SECRET not in log
    assert ended.stderr.count(SECRET) == says_before, "the control"
