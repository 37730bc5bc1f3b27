"""A USB stick in the simulator: a real folder, and what children, dust and age do to it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from sync.client.folder import BATCH, STATEMENT
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id

__all__ = ["SimStick"]

BATCH_ID_BYTES = 32


class SimStick:
    """One stick. Every file on it may be cut, altered, renamed, doubled, lost or of last year."""

    def __init__(self, root: Path, chance: random.Random) -> None:
        self.root = root
        self._chance = chance
        self._old = root.with_name(f"{root.name}-old")
        root.mkdir()

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self.root / FOLDER_NAME

    def files(self, ending: str = "") -> list[Path]:
        """Return the files, in the order of their names."""
        if not self.folder.is_dir():
            return []
        found = (one for one in self.folder.rglob("*") if one.is_file())
        return sorted((one for one in found if one.name.endswith(ending)), key=lambda one: one.name)

    def readable(self) -> list[bytes]:
        """Return what the files of batches hold, but those that bear another batch's name.

        Whoever knows that other batch passes over them unread: a copy that lies nowhere else than
        under a wrong name counts as lost.
        """
        held = [(one, one.read_bytes()) for one in self.files(BATCH)]
        return [
            content
            for one, content in held
            if one.stem == batch_id(content).hex() or len(one.stem) != 2 * BATCH_ID_BYTES
        ]

    def harm(self) -> None:
        """Do something to the stick that happens to sticks."""
        files = self.files()
        if not files:
            return
        one, other = self._chance.choice(files), self._chance.choice(files)
        content = one.read_bytes()
        match self._chance.randrange(10):
            case 0:
                one.write_bytes(content[: self._chance.randrange(len(content) + 1)])
            case 1 if content:
                at = self._chance.randrange(len(content))
                one.write_bytes(content[:at] + bytes([content[at] ^ 0x40]) + content[at + 1 :])
            case 2:
                one.replace(other)
            case 3:
                other.write_bytes(content)
            case 4:
                one.rename(one.with_name(f"copia de {one.name}"))
            case 5:
                one.unlink()
            case 6:
                self._keep_or_replay()
            case 7 | 8:
                # Somebody tidies up: the small files that nobody knows.
                for statement in self.files(STATEMENT):
                    statement.unlink()
            case _:
                name = self._chance.randbytes(32).hex()
                ending = self._chance.choice((BATCH, STATEMENT))
                (self.folder / f"{name}{ending}").write_bytes(
                    self._chance.randbytes(self._chance.choice((0, 10, 300, 5_000)))
                )

    def _keep_or_replay(self) -> None:
        """Keep the stick as it is now, or put it back to what it was then."""
        if self._old.exists():
            shutil.rmtree(self.folder)
            self._old.rename(self.folder)
        else:
            shutil.copytree(self.folder, self._old)
