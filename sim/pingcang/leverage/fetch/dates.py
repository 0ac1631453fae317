"""Which days are asked for. The exchanges' clocks count: T's figures appear on the next trading day's morning."""

from __future__ import annotations

import datetime as dt

from pingcang.errors import ScenarioError
from pingcang.leverage.fetch.tables import START

SHANGHAI = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
SATURDAY = 5


def check_range(first: dt.date, last: dt.date | None, today: dt.date) -> dt.date:
    """The last day that is wanted; a range that cannot be is refused."""
    if first < START:
        raise ScenarioError(f"--from: found {first}, but margin trading began on {START}; give that or a later date")
    for option, date in (("--from", first), ("--to", last)):
        if date is not None and date > today:
            raise ScenarioError(
                f"{option}: found {date}, must not lie after today ({today} in Shanghai); leave out what is to come"
            )
    if last is not None and last < first:
        raise ScenarioError(f"--to: found {last}, must not lie before --from ({first}); exchange the two")
    return last if last is not None else today


def weekdays(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every Monday to Friday from `first` to `last`: the exchanges never trade on weekends, make-up workdays or not."""
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < SATURDAY]
