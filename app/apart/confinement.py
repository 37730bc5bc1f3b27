"""What a worker takes from itself, as far as an ordinary user can: never fails when it cannot.

Before the parser is loaded: descriptors, environment, the network, the means to get any of it back.
After it: every path (Landlock without one rule) and every new descriptor.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

from app.apart.limits import no_more_descriptors

__all__ = ["keep_two_pipes", "leave_the_network", "shut_in"]

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWIPC: Final = 0x08000000

_CAPABILITIES_VERSION: Final = 0x20080522

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38

# The three calls of Landlock have these numbers on every processor.
_LANDLOCK_CREATE: Final = 444
_LANDLOCK_RESTRICT: Final = 446
_LANDLOCK_VERSION: Final = 1
# By version: the accesses to files that it knows. 2 renames between folders, 3 truncates, 5 ioctl.
_FILE_ACCESSES: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_SINCE: Final = 4
_SCOPES_SINCE: Final = 6

_MANY_DESCRIPTORS: Final = 65_536


def keep_two_pipes() -> tuple[int, int]:
    """Close every descriptor but the pipes in and out, empty the environment, and return the two.

    Whatever a library prints goes nowhere: it would spoil the answer.
    """
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    requests = os.dup(0)
    os.dup2(nowhere, 0)
    kept = {requests, answers}
    for one in _open_descriptors():
        if one > 2 and one not in kept:
            with contextlib.suppress(OSError):
                os.close(one)
    os.environ.clear()
    return requests, answers


def _open_descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208  # names only
    except OSError:
        highest = os.sysconf("SC_OPEN_MAX") if hasattr(os, "sysconf") else 512
        return list(range(min(max(highest, 256), _MANY_DESCRIPTORS)))


def leave_the_network() -> None:
    """Go where there is no network (Linux, where an ordinary user may), and give up the ways
    back and to the memory of this process."""
    if sys.platform != "linux":
        return
    import ctypes  # no other system needs it

    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC):
        system.unshare(_CLONE_NEWNET)  # only the superuser may without a namespace of users
    # Whoever makes a namespace of users is almighty in it, for the kernel to be tried at.
    head = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    system.capset(head, (ctypes.c_uint32 * 6)())
    # The last: behind it the files of this process in /proc are no longer its own.
    system.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def shut_in() -> None:
    """Give up every path and every new descriptor. The parser is loaded by now."""
    if sys.platform == "linux":
        _give_up_paths()
    no_more_descriptors()


def _give_up_paths() -> None:
    """Rule out what Landlock knows, without an exception: files, TCP, and signals and sockets of
    processes outside."""
    import ctypes  # no other system needs it

    system = ctypes.CDLL(None)
    version = system.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return
    files = (1 << _FILE_ACCESSES.get(version, max(_FILE_ACCESSES.values()))) - 1
    rules = [files]
    if version >= _NET_SINCE:
        rules.append(0b11)
    if version >= _SCOPES_SINCE:
        rules.append(0b11)
    given = (ctypes.c_uint64 * len(rules))(*rules)
    ruleset = system.syscall(_LANDLOCK_CREATE, given, ctypes.c_size_t(ctypes.sizeof(given)), 0)
    if ruleset >= 0:
        system.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
        os.close(ruleset)
