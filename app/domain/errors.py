"""The three kinds of failure, by who can act: the person, the machine, or the programmers.

Anything that is neither :class:`DomainError` nor :class:`EnvironmentFault` is a bug.
Messages are ids with named parameters; the screens hold the sentences, in each language.
No parameter ever carries what is in a case.
"""

from __future__ import annotations

__all__ = ["DefinitionError", "DomainError", "EnvironmentFault", "QispiError"]


class QispiError(Exception):
    """A failure that a person or the machine's keeper can do something about."""

    def __init__(self, message_id: str, **parameters: str | int) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.parameters = parameters


class DomainError(QispiError):
    """What was asked breaks a rule of the work; the person can correct it."""


class EnvironmentFault(QispiError):
    """The machine failed (disk full, read-only, no network): nothing is lost, try again."""


class DefinitionError(QispiError):
    """A data file of the program does not fit: names the file and the line, stops at start."""

    def __init__(self, reason: str, *, file: str, line: int) -> None:
        super().__init__("definition_refused", file=file, line=line, reason=reason)
        self.file = file
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"
