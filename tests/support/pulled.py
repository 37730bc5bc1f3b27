"""A stick whose system calls fail: pulled out at the k-th, failing once, or cut off from power.

It stands between the program and every call of the operating system that concerns the stick; what
was asked of it is written down, so that the states that a power cut may leave can be made: what was
not synchronised is there, torn, absent, or in another order.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from unittest import mock

__all__ = ["AFTER", "BEFORE", "Pulled"]

BEFORE = "before"
"""The stick is pulled out before the call does anything; everything after it fails, too."""
AFTER = "after"
"""The call is done (of a write, half), it fails all the same, and everything after it."""

SECTOR = 512


@dataclass(slots=True)
class _Node:
    """A file: what is in it, and what is so after a power cut."""

    content: bytes = b""
    safe: bytes = b""
    is_safe: bool = True


@dataclass(slots=True)
class Pulled:
    """The calls to one stick. At call number ``at``, ``fault`` happens: :data:`BEFORE`,
    :data:`AFTER`, or an error number, which is answered once."""

    root: Path
    at: int = 0
    fault: str | int = BEFORE
    names: list[str] = field(default_factory=list)
    """What was called, in order."""
    met: str = ""
    """The name of the call at which it happened."""
    is_gone: bool = False
    _open: dict[int, Path] = field(default_factory=dict)
    _nodes: dict[Path, _Node] = field(default_factory=dict)
    _folders: set[Path] = field(default_factory=set)
    _safe_nodes: dict[Path, _Node] = field(default_factory=dict)
    _safe_folders: set[Path] = field(default_factory=set)
    _pending: dict[Path, list[tuple[str, Path, Path, _Node | None]]] = field(default_factory=dict)
    _real: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def plug_in(self) -> None:
        """The stick is there again, and nothing fails any more."""
        self.at, self.is_gone = 0, False

    # --- a call ----------------------------------------------------------------------------------

    def _call(self, name: str, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        self.names.append(name)
        if self.is_gone:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if len(self.names) != self.at:
            return do()
        self.met = name
        if isinstance(self.fault, int):
            raise OSError(self.fault, os.strerror(self.fault))
        if self.fault == AFTER:
            (half or do)()
        self.is_gone = True
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _is_here(self, path: Any) -> bool:
        return isinstance(path, (str, os.PathLike)) and Path(path).is_relative_to(self.root)

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Have all calls that concern the stick go through here."""
        self._remember()
        names = [
            "open",
            "read",
            "write",
            "fsync",
            "close",
            "fstat",
            "replace",
            "unlink",
            "mkdir",
            "rmdir",
            "stat",
            "lstat",
            "scandir",
        ]
        self._real = {name: getattr(os, name) for name in names}
        with contextmanager_of({name: getattr(self, f"_on_{name}") for name in names}):
            yield

    def _on_open(self, path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        def do() -> int:
            handle: int = self._real["open"](path, flags, *args, **kwargs)
            self._open[handle] = Path(path)
            if flags & os.O_CREAT:
                node = self._nodes[Path(path)] = _Node(is_safe=False)
                self._note("create", Path(path), Path(path), node)
            return handle

        if not self._is_here(path):
            return int(self._real["open"](path, flags, *args, **kwargs))
        # A call that is done and fails leaves no handle behind.
        return int(self._call("open", do, lambda: self._real["close"](do())))

    def _on_read(self, handle: int, size: int) -> bytes:
        if handle not in self._open:
            return bytes(self._real["read"](handle, size))
        return bytes(self._call("read", lambda: self._real["read"](handle, size)))

    def _on_write(self, handle: int, content: Any) -> int:
        if handle not in self._open:
            return int(self._real["write"](handle, content))

        def do(size: int) -> int:
            written: int = self._real["write"](handle, bytes(content)[:size])
            node = self._nodes[self._open[handle]]
            node.content += bytes(content)[:written]
            node.is_safe = False
            return written

        # A system may write less than it is asked to, at any time.
        most = max(1, len(content) * 2 // 3) if len(content) > SECTOR else len(content)
        return int(self._call("write", lambda: do(most), lambda: do(len(content) // 2)))

    def _on_fsync(self, handle: int) -> None:
        def do() -> None:
            path = self._open[handle]
            if path in self._folders:
                for one in self._pending.pop(path, []):
                    self._apply(*one)
                return
            node = self._nodes[path]
            node.safe, node.is_safe = node.content, True

        if handle in self._open:
            self._call("fsync", do)
        else:
            self._real["fsync"](handle)

    def _on_close(self, handle: int) -> None:
        if handle not in self._open:
            self._real["close"](handle)
            return
        del self._open[handle]
        self._real["close"](handle)
        self._call("close", lambda: None)

    def _on_fstat(self, handle: int) -> Any:
        real = self._real["fstat"]
        return self._call("fstat", lambda: real(handle)) if handle in self._open else real(handle)

    def _on_replace(self, source: Any, target: Any, **kwargs: Any) -> None:
        def do() -> None:
            self._real["replace"](source, target, **kwargs)
            node = self._nodes.pop(Path(source))
            self._nodes[Path(target)] = node
            self._note("replace", Path(source), Path(target), node)

        if self._is_here(target):
            self._call("replace", do)
        else:
            self._real["replace"](source, target, **kwargs)

    def _on_unlink(self, path: Any, **kwargs: Any) -> None:
        def do() -> None:
            self._real["unlink"](path, **kwargs)
            self._nodes.pop(Path(path), None)
            self._note("unlink", Path(path), Path(path), None)

        if self._is_here(path):
            self._call("unlink", do)
        else:
            self._real["unlink"](path, **kwargs)

    def _on_mkdir(self, path: Any, *args: Any, **kwargs: Any) -> None:
        def do() -> None:
            self._real["mkdir"](path, *args, **kwargs)
            self._folders.add(Path(path))
            self._note("mkdir", Path(path), Path(path), None)

        if self._is_here(path):
            self._call("mkdir", do)
        else:
            self._real["mkdir"](path, *args, **kwargs)

    def _on_rmdir(self, path: Any, **kwargs: Any) -> None:
        def do() -> None:
            self._real["rmdir"](path, **kwargs)
            self._folders.discard(Path(path))
            self._note("rmdir", Path(path), Path(path), None)

        if self._is_here(path):
            self._call("rmdir", do)
        else:
            self._real["rmdir"](path, **kwargs)

    def _on_stat(self, path: Any, **kwargs: Any) -> Any:
        real = self._real["stat"]
        if not self._is_here(path):
            return real(path, **kwargs)
        return self._call("stat", lambda: real(path, **kwargs))

    def _on_lstat(self, path: Any, **kwargs: Any) -> Any:
        return self._on_stat(path, follow_symlinks=False, **kwargs)

    def _on_scandir(self, path: Any = ".") -> Any:
        real = self._real["scandir"]
        if not self._is_here(path):
            return real(path)
        entries = self._call("scandir", lambda: real(path), lambda: real(path).close())
        return _Scan(self, entries)

    # --- what a power cut leaves -----------------------------------------------------------------

    def _remember(self) -> None:
        """All that is on the stick now is safe."""
        if self._safe_folders:
            return
        for one in (self.root, *self.root.rglob("*")):
            if one.is_dir():
                self._folders.add(one)
            else:
                content = one.read_bytes()
                self._nodes[one] = _Node(content, content)
        self._safe_nodes, self._safe_folders = dict(self._nodes), set(self._folders)

    def _note(self, what: str, source: Path, target: Path, node: _Node | None) -> None:
        self._pending.setdefault(target.parent, []).append((what, source, target, node))

    def _apply(self, what: str, source: Path, target: Path, node: _Node | None) -> None:
        if what == "mkdir":
            self._safe_folders.add(target)
        if what == "rmdir":
            self._safe_folders.discard(target)
        if what in ("unlink", "replace"):
            self._safe_nodes.pop(source, None)
        if what in ("create", "replace") and node is not None:
            self._safe_nodes[target] = node

    def cut_power(self, chance: random.Random) -> None:
        """Put on the stick what a power cut at this moment may leave on it."""
        waiting = [one for pending in self._pending.values() for one in pending]
        self._pending.clear()
        if chance.random() < 0.3:
            chance.shuffle(waiting)
        for one in waiting:
            what, source, target, node = one
            luck = chance.random()
            if luck < 0.4:
                continue
            if what == "replace" and luck < 0.55:
                self._apply("create", source, target, node)  # under both names
            elif what == "replace" and luck < 0.65:
                self._apply("unlink", source, source, None)  # under none
            else:
                self._apply(*one)
        kept = {
            path: node.safe if node.is_safe else _torn(node.content, chance)
            for path, node in self._safe_nodes.items()
            if path.parent in self._safe_folders
        }
        for one in self.root.iterdir():
            shutil.rmtree(one)
        for folder in sorted(self._safe_folders):
            if folder.parent in self._safe_folders or folder == self.root:
                folder.mkdir(exist_ok=True)
        for path, content in kept.items():
            if path.parent.is_dir():
                path.write_bytes(content)
        self._nodes, self._folders = {}, set()
        self._safe_nodes, self._safe_folders = {}, set()


def _torn(content: bytes, chance: random.Random) -> bytes:
    """Return what may be in a file that was written and not synchronised."""
    end = chance.randrange(0, len(content) + 1, SECTOR)
    return chance.choice((b"", content[:end], content[:end] + bytes(len(content) - end), content))


@contextmanager
def contextmanager_of(replacements: dict[str, Callable[..., Any]]) -> Iterator[None]:
    """Have the functions of ``os`` replaced for a while."""
    with mock.patch.multiple(os, **replacements):
        yield


class _Scan:
    """The entries of a folder; each look at one is a call."""

    def __init__(self, stick: Pulled, entries: Any) -> None:
        self._stick, self._entries = stick, entries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._entries.close()

    def __iter__(self) -> Iterator[_Entry]:
        while True:
            entry = self._stick._call("readdir", lambda: next(self._entries, None))
            if entry is None:
                return
            yield _Entry(self._stick, entry)


class _Entry:
    def __init__(self, stick: Pulled, entry: Any) -> None:
        self._stick, self._entry, self.name = stick, entry, entry.name

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return bool(self._entry.is_file(follow_symlinks=follow_symlinks))

    def stat(self, *, follow_symlinks: bool) -> Any:
        return self._stick._call("stat", lambda: self._entry.stat(follow_symlinks=follow_symlinks))

    def is_dir(self, *, follow_symlinks: bool) -> bool:
        return bool(self._entry.is_dir(follow_symlinks=follow_symlinks))
