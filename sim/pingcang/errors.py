"""The errors a user can meet; each says the place, what was found, what is allowed, and the way out."""

from __future__ import annotations


class PingcangError(Exception):
    """Anything pingcang raises on purpose."""

    exit_code = 1


class ScenarioError(PingcangError):
    """The input is wrong. `problems` holds one message a problem, place first."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DataError(ScenarioError):
    """A file of real data is wrong: `file:row: column: what was found, what is allowed; the way out`."""


class StorageError(PingcangError):
    """The disk or the cluster failed; finished runs are kept."""

    exit_code = 3


class BooksError(PingcangError):
    """The books do not balance: money or shares appeared or vanished. Names the account or stock."""
