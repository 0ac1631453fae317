"""Politeness: pauses between requests, longer ones after faults, and never more tries than were allowed."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable
from typing import TypeVar

from pingcang.leverage.fetch.dates import SHANGHAI
from pingcang.leverage.fetch.faults import UnreachableError

JITTER = 0.5
"""A pause is drawn between 1 and 1.5 times its length, so that many users do not come in step."""
BACK_OFF = 5.0
"""Seconds before the second try; twice as long before each further one."""
LONGEST = 300.0
"""Seconds; a site that wants to be left alone for longer gets its wish: the command ends."""

Answer = TypeVar("Answer")


class Clock:
    """The time, which tests replace."""

    def now(self) -> dt.datetime:
        """The time of day at the exchanges."""
        return dt.datetime.now(SHANGHAI)

    def seconds(self) -> float:
        """Seconds on a clock that is never set back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Pace:
    """Lets requests go one at a time, `pause` seconds or more after the last answer; counts them."""

    def __init__(self, pause: float, clock: Clock, chance: random.Random | None = None) -> None:
        self.requests = 0
        self._pause = pause
        self._clock = clock
        self._chance = chance if chance is not None else random.Random()
        self._answered: float | None = None

    def wait(self) -> None:
        """Wait until the next request may go."""
        if self._answered is not None:
            due = self._answered + self._drawn(self._pause)
            self._clock.sleep(max(0.0, due - self._clock.seconds()))
        self.requests += 1

    def answered(self) -> None:
        """Hear that the last request is over, well or badly."""
        self._answered = self._clock.seconds()

    def persistently(self, ask: Callable[[], Answer], retries: int) -> Answer:
        """Ask; after a fault that may pass ask again, `retries` times at most, and later each time."""
        tries = 0
        while True:
            tries += 1
            try:
                return ask()
            except UnreachableError as reason:
                if tries > retries or not reason.again or reason.after > LONGEST:
                    raise UnreachableError(f"{reason}; asked {tries} time{'s' if tries > 1 else ''}") from reason
                self._clock.sleep(max(reason.after, self._drawn(min(LONGEST, BACK_OFF * 2 ** (tries - 1)))))

    def _drawn(self, seconds: float) -> float:
        return seconds * (1 + JITTER * self._chance.random())
