"""What goes wrong while asking, by what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.errors import PingcangError

if TYPE_CHECKING:
    from pingcang.leverage.fetch.report import Fetched


class FetchError(PingcangError):
    """Some tables could not be fetched; `fetched` tells what was, and that is kept."""

    exit_code = 3

    def __init__(self, message: str, fetched: Fetched) -> None:
        super().__init__(message)
        self.fetched = fetched


class UnreachableError(Exception):
    """No answer, or one that is not of this kind at all: a fault of the network or of the site, which may pass.

    `again` says whether it is polite to ask again, `after` how many seconds the site wants to be left alone.
    """

    def __init__(self, what: str, *, again: bool = True, after: float = 0.0) -> None:
        super().__init__(what)
        self.again = again
        self.after = after


class ChangedError(Exception):
    """An answer in another shape than the one that is known: asking again gives the same."""
