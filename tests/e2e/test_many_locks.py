"""(F9) A thousand times unlocked and locked: the process that stays, the supervisor, grows by
nothing; the one that held keys ends each time and takes all with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOCKS = 1_000

_PROGRAM = """
import os, resource, sys
from app.supervisor import EXIT_LOCKED, supervise

counted = sys.argv[1]
script = f'n=$(cat {counted}); echo $((n + 1)) > {counted}; ' + (
    f'[ $n -lt $LAST ] && exit {EXIT_LOCKED}; exit 0'
)

def held():
    status = open("/proc/self/status").read()
    (line,) = [one for one in status.splitlines() if one.startswith("RssAnon")]
    return len(os.listdir("/proc/self/fd")), int(line.split()[1])

def lock(times):
    open(counted, "w").write("1")
    os.environ["LAST"] = str(times)
    assert supervise([], ("sh", "-c", script)) == 0
    if len(sys.argv) > 2:
        kept.append((os.dup(1), bytearray(10_000_000)))

kept = []
lock(50)
before = held()
lock(int(sys.argv[3]) if len(sys.argv) > 3 else 1_000)
after = held()
print(open(counted).read().strip(), after[0] - before[0], after[1] - before[1])
"""


def _grown(checkout: Path, *arguments: str) -> tuple[int, int, int]:
    """Return how often it was started, and by how many descriptors and KiB the supervisor grew."""
    said = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=checkout,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    started, descriptors, kib = said.split()
    return int(started) - 1, int(descriptors), int(kib)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.timeout(300)
def test_after_a_thousand_locks_the_supervisor_holds_what_it_held(
    tmp_path: Path, checkout: Path
) -> None:
    """(F9) Control: a supervisor that keeps a descriptor and memory at each lock is found."""
    started, descriptors, kib = _grown(checkout, str(tmp_path / "counted"))
    assert started == LOCKS
    assert descriptors == 0
    assert kib < 1_024
    _, leaked, grown = _grown(checkout, str(tmp_path / "counted"), "leaks", "2")
    assert leaked > 0 and grown > 1_024, "the control: a supervisor that keeps something is found"
