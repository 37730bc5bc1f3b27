"""How what leaves as a file is closed: under words drawn for it, or to a recipient's key."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.crypto.age_file import AgeWriter, open_with_words, read_recipient
from app.crypto.recipient import SealError
from app.domain.errors import DomainError
from app.services.chosen_files import open_chosen_file, read_chosen_file
from app.services.exchange_files import new_file
from app.word_list import draw_words, word_list

if TYPE_CHECKING:
    from app.services.exchange_files import Sealed, Write

__all__ = ["ToRecipient", "UnderWords", "open_export"]

_FILE_BYTES_MAX: Final = 4 << 30
_RECIPIENT_BYTES_MAX: Final = 16_384


@dataclass(frozen=True, slots=True)
class UnderWords:
    """Five words, drawn by the program, that are said by telephone and never sent with the file.
    Without accents: age compares what is typed byte by byte."""

    words: str = field(default_factory=lambda: _bare(draw_words()), repr=False)
    kind: str = "words"

    def begin(self, write: Write) -> Sealed:
        """Begin the file. Slow (scrypt)."""
        return AgeWriter.under_words(write, self.words, os.urandom)


@dataclass(frozen=True, slots=True)
class ToRecipient:
    """The key that somebody made with ``age-keygen -pq`` and gave."""

    public: bytes = field(repr=False)
    kind: str = "key"

    @classmethod
    def read(cls, path: Path) -> ToRecipient:
        """Read the file with her ``age1pq…`` line. Raises DomainError ``recipient_unknown`` and as
        :func:`read_chosen_file`."""
        text = read_chosen_file(path, _RECIPIENT_BYTES_MAX).decode("ascii", "replace")
        lines = [one.strip() for one in text.splitlines()]
        said = [one for one in lines if one and not one.startswith("#")]
        try:
            if len(said) != 1:
                raise SealError
            return cls(read_recipient(said[0]))
        except SealError:
            raise DomainError("recipient_unknown") from None

    def begin(self, write: Write) -> Sealed:
        """Begin the file."""
        return AgeWriter.to_recipient(write, self.public, os.urandom)


def open_export(source: Path, target: Path, words: str) -> None:
    """Write what a file under words holds to a new file, for who asked alone. Slow (scrypt).

    Raises DomainError ``export_not_opened``, ``file_exists``, as :func:`open_chosen_file`;
    EnvironmentFault. No file is left then.
    """
    try:
        with open_chosen_file(source, _FILE_BYTES_MAX) as file, new_file(target) as opened:
            for piece in open_with_words(file, _as_sealed(words)):
                opened.write(piece)
    except SealError:
        raise DomainError("export_not_opened") from None


def _as_sealed(typed: str) -> str:
    """Return what somebody means who typed this: five words of the list, however she wrote or
    shortened them, or a phrase of another program as it is."""
    words = word_list().read(typed)
    return _bare(" ".join(words)) if words is not None else typed


def _bare(words: str) -> str:
    parted = unicodedata.normalize("NFD", words)
    return "".join(sign for sign in parted if not unicodedata.combining(sign))
