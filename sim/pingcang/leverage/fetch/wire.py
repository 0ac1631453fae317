"""The wire under AkShare: paced, with a time limit, and with the answers kept as the sites sent them.

AkShare's functions for margin figures call `requests.get` without a timeout, go on after HTTP errors, and pause for
nobody. They offer no way to change that, so for the time of one call every request of this process goes through here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pingcang.leverage.fetch.faults import UnreachableError

if TYPE_CHECKING:
    import requests

    from pingcang.leverage.fetch.pace import Pace

TIMEOUT = (10.0, 60.0)
"""Seconds to connect, and between two pieces of an answer."""
MAY_PASS = {408, 425, 429}
"""Client errors after which it makes sense to ask again; the others say: go away."""


@contextmanager
def watched(pace: Pace) -> Iterator[list[requests.Response]]:
    """Give the list of the answers that come while the block runs."""
    from requests import Session

    original = Session.request
    answers: list[requests.Response] = []

    def request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        pace.wait()
        try:
            options["timeout"] = options.get("timeout") or TIMEOUT
            response = original(session, method, url, **options)
        finally:
            pace.answered()
        answers.append(response)
        response.raise_for_status()
        return response

    Session.request = request  # type: ignore[method-assign, assignment, unused-ignore]
    try:
        yield answers
    finally:
        Session.request = original  # type: ignore[method-assign, unused-ignore]


def unreachable(reason: requests.RequestException) -> UnreachableError:
    """What `requests` complains of, in one line."""
    response = reason.response
    if response is None:
        return UnreachableError(f"no answer ({type(reason).__name__}: {_short(str(reason))})")
    again = response.status_code >= 500 or response.status_code in MAY_PASS
    after = _retry_after(response.headers.get("Retry-After", ""))
    asked = f", wants to be left alone for {after:.0f} s" if after else ""
    what = f"HTTP {response.status_code} {response.reason or ''}".rstrip()
    return UnreachableError(what + asked, again=again, after=after)


def _retry_after(header: str) -> float:
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - dt.datetime.now(dt.UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _short(text: str, most: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
