"""The lines that readings are held against: each published, a rule, or derived from one, and said to be so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from pingcang.leverage.monitor.reading import Light

RECORD_DAY = dt.date(2015, 6, 18)
RECORD_FINANCING, RECORD_MARGIN = 2.2664e12, 2.2728e12
"""The record of 2015 without and with securities lending, CNY. Source: daily totals of both exchanges (CSF)."""
MARGIN_SHARE = 0.10
"""Margin purchases over turnover from which the first of the published articles calls trading hot."""
PEAK_TO_FLOAT, PEAK_TO_FREE_FLOAT, PEAK_TO_M1 = 0.0427, 0.10, 0.0638
"""Margin balance of June 2015 over float cap (third article, Wind), free float (first, Morgan Stanley), M1 (third)."""
MEAN_TO_FREE_FLOAT = 0.049
"""Ten-year mean of margin balance over free-float cap to August 2025 (first article, Morgan Stanley)."""
CLOSE_OUT = 1.3
"""Maintenance ratio at which accounts are closed out (exchange rule to 2019, brokers' contracts since)."""
STOCK_CAP, STOCK_RESUMED = 0.25, 0.20
"""Balance over float cap of a stock from which its margin buying may be suspended, and below which it resumes."""
TOP5_2015, TOP5_2025 = 0.1226, 0.1595
"""Share of turnover of the five largest in 2015, and of five AI leaders in September 2025 (published articles).

No line, for the published definition is not known: of the turnover (close × volume) of all stocks the five had 2.9 % to
13.8 % a day from March to August 2015 (median 4.8 %), and 12.26 % on no day, in no month.
"""


def above(line: float, light: Light) -> Callable[[float], Light]:
    """Green below a line, `light` from there."""
    return lambda value: light if value >= line else "green"


def between(first: float, second: float, lights: tuple[Light, Light]) -> Callable[[float], Light]:
    """Green below the first line, then one light, and another from the second line on."""

    def judged(value: float) -> Light:
        return lights[1] if value >= second else lights[0] if value >= first else "green"

    return judged
