"""Counter-cyclical initial margin: new loans need more of their own when credit, calm or prices run high.

    initial margin = ⌊10000 · f(x) + ½⌋ basis points,   f a curve with linear interpolation, x at the last close:

    balance_to_float   x = B / C      B financing balance of brokers, C float market cap, both fen
    volatility         x = σ          the EWMA daily standard deviation of stocks behind the distance to margin call
    past_return        x = I_t / I_{t−n} − 1, the index over n trading days; days before the start by their returns

New loans alone are bound; a loan keeps the margin of its origination. Which curve is prudent is the user's question:
f may rise or fall.
Source: European Systemic Risk Board, The macroprudential use of margins and haircuts (February 2017), for the tool;
Brumm, Grill, Kubler and Schmedders, Margin regulation and volatility, Journal of Monetary Economics (2015), for a
countercyclical margin on all assets that dampens volatility. Neither gives these curves.
"""

from __future__ import annotations

from collections.abc import Sequence

from pingcang.arithmetic import ONE, floor_int, interpolate


def initial_margin(driver: float, xs: Sequence[float], ys: Sequence[float]) -> int:
    """Initial margin of new loans, basis points."""
    return floor_int(float(ONE) * interpolate(xs, ys, driver) + 0.5)


def past_return(index: Sequence[float], window: int, before: Sequence[float]) -> float:
    """Return of the last `window` days: `index` holds the closes from the start on, `before` the returns up to it."""
    days = len(index) - 1
    if window <= days:
        return float(index[days] / index[days - window] - 1.0)
    level = 1.0
    for day in before[len(before) - (window - days) :]:
        level = level * (1.0 + day)
    return float(level * (index[days] / index[0]) - 1.0)
