"""A USB stick in the simulator: a real folder, and what children, dust and age do to it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from sync.client.folder import BATCH, STATEMENT
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from sync.protocol.roster import statement_id
from tests.simulation.attacker import altered
from tests.simulation.keys import strange_keyring
from tests.simulation.member import strange_batch, strangers_batch

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

    def _batches(self) -> Iterator[tuple[bytes, bool]]:
        """Give what each file of a batch holds, and whether it bears another batch's name."""
        for one in self.files(BATCH):
            content = one.read_bytes()
            is_name = len(one.stem) == 2 * BATCH_ID_BYTES
            yield content, is_name and one.stem != batch_id(content).hex()

    def misnamed(self) -> frozenset[bytes]:
        """Return the ids of what bears another batch's name."""
        return frozenset(
            batch_id(content) for content, is_misnamed in self._batches() if is_misnamed
        )

    def readable(self) -> list[bytes]:
        """Return what the files of batches hold, but those that bear another batch's name.

        Whoever knows that other batch passes over them unread: a copy that lies nowhere else than
        under a wrong name counts as lost.
        """
        return [content for content, is_misnamed in self._batches() if not is_misnamed]

    def statements(self) -> list[bytes]:
        """Return what the files of statements hold."""
        return [one.read_bytes() for one in self.files(STATEMENT)]

    def harm(self) -> None:
        """Do something to the stick that happens to sticks."""
        files = self.files()
        if not files:
            return
        one, other = self._chance.choice(files), self._chance.choice(files)
        content = one.read_bytes()
        match self._chance.randrange(13):
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
            case 9 | 10:
                self.put(altered(self._chance, content, other.read_bytes()), one.suffix)
            case _:
                self._leave_strange()

    def _leave_strange(self) -> None:
        """Leave what does not belong to the centre, or is nothing at all."""
        match self._chance.randrange(3):
            case 0:
                self.put(strange_batch(self._chance), BATCH)
            case 1:
                self.put(self._chance.choice(strange_keyring().statements), STATEMENT)
            case _:
                name = self._chance.randbytes(32).hex()
                ending = self._chance.choice((BATCH, STATEMENT))
                (self.folder / f"{name}{ending}").write_bytes(
                    self._chance.randbytes(self._chance.choice((0, 10, 300, 5_000)))
                )

    def put(self, content: bytes, ending: str) -> None:
        """Leave a file under the name that its content gives."""
        name = (statement_id if ending == STATEMENT else batch_id)(content).hex()
        place = self.folder / name[:2] / f"{name}{ending}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def take(self, content: bytes) -> None:
        """Leave a batch as a laptop does."""
        self.put(content, BATCH)

    def flood(self, count: int) -> None:
        """Leave batches of the centre that nobody known signed: rubbish that costs room."""
        for _ in range(count):
            self.put(strangers_batch(self._chance), BATCH)

    def _keep_or_replay(self) -> None:
        """Keep the stick as it is now, or put it back to what it was then."""
        if self._old.exists():
            shutil.rmtree(self.folder)
            self._old.rename(self.folder)
        else:
            shutil.copytree(self.folder, self._old)
