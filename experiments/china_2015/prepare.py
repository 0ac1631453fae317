"""Inputs of replay for three windows of 2013 to 2015: the stocks of each, and their daily prices.

    python experiments/china_2015/prepare.py [--data FOLDER] [--out FOLDER]

Reads, from FOLDER or PINGCANG_DATA, four files that are no part of the project (exchange facts, republished without a
licence); what it writes, by default into `work/` beside it, must not be published either:

- `ashare_stock_daily_20150302_20150817.csv.gz`, `ashare_stock_returns_bp_2013_2016.csv.gz`
- `ashare_float_cap_20150612.csv`: float caps of 2015-06-12
- `ashare_breadth_2013_2016.csv`: the market's turnover a day, and counts of limit-downs to compare with

For each window it writes `stocks_WINDOW.csv` (a scenario's `securities.csv`) and `prices_WINDOW.parquet` (read by
`pingcang.loaders.read_prices`). What is assumed:

- *Shares.* Only one day's float caps are known. Shares are those that give them on 2015-06-12, unchanged but for what
  went ex-rights: float cap of a day = float cap of 2015-06-12 / growth by the returns between. Issues and expired
  lock-ups are left out, so floats of 2013 are too large.
- *Stocks.* Those with a float cap that had traded by the start. They are survivors to September 2016.
- *Calm closes* are the first close of March 2015 divided by the returns before it, in whole ticks. A return that is
  missing (no trade, or beyond 10.6 %) counts as none. So they are net of everything that went ex-rights since: right as
  returns, too low as prices. There are no opens, highs, lows or volumes.
- *Turnover*, the mean share of float traded a day: bubble, its own days; crash, 2015-05-01 to 06-12; calm, that of the
  bubble times one factor, which brings the market's total to the window's own.
- *ST stocks* moved by 5 % on some days and never by more from March to 2015-06-12: a lower bound. *Marginable* are the
  largest floats of each board, in the numbers of scenarios/china_2015.yaml; *haircut* as there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from pingcang.errors import PingcangError
from pingcang.loaders import PriceHistory, read_float_caps, read_prices, read_returns_matrix, write_prices
from pingcang.rules.price_limit import band

Floats = npt.NDArray[np.float64]

DAILY = "ashare_stock_daily_20150302_20150817.csv.gz"
MATRIX = "ashare_stock_returns_bp_2013_2016.csv.gz"
CAPS = "ashare_float_cap_20150612.csv"
BREADTH = "ashare_breadth_2013_2016.csv"

CALM_FROM, CALM_DAYS = dt.date(2013, 10, 8), 120
BUBBLE_FROM, TOP, CRASH_TO = dt.date(2015, 3, 2), dt.date(2015, 6, 12), dt.date(2015, 8, 17)
TURNOVER_FROM = dt.date(2015, 5, 1)
WORST_DAY, REPORTED_LIMIT_DOWNS = dt.date(2015, 6, 26), 1822
MARGINABLE = {"sse_main": 500, "szse_main": 162, "sme": 173, "chinext": 65}
HAIRCUT_CAP, HAIRCUT = (2.5e10, 4.0e10), (0.65, 0.70)
LIMIT = 0.10
YI = 1e8
COLUMNS = [
    "code",
    "board",
    "sector",
    "price",
    "float_shares",
    "turnover",
    "price_limit",
    "marginable",
    "haircut",
    "st",
    "suspended",
    "beta",
    "fundamental_to_price",
]


@dataclass(frozen=True)
class Sources:
    """The four files. `caps` is indexed by code, `breadth` by date."""

    daily: PriceHistory
    matrix: PriceHistory
    caps: pd.DataFrame
    breadth: pd.DataFrame


@dataclass(frozen=True)
class Window:
    """A window's S stocks at its start, and their prices.

    history: (T, S), its first date being the start; price (S): CNY at the start (the last close where suspended);
    shares (S); turnover (S): share of float a day; suspended (S).
    """

    name: str
    history: PriceHistory
    price: Floats
    shares: Floats
    turnover: Floats
    suspended: npt.NDArray[np.bool_]

    @property
    def float_cap(self) -> Floats:
        """CNY at the start."""
        return self.price * self.shares


def read(folder: Path) -> Sources:
    """The four files."""
    return Sources(
        daily=read_prices(folder / DAILY),
        matrix=read_returns_matrix(folder / MATRIX),
        caps=read_float_caps(folder / CAPS),
        breadth=pd.read_csv(folder / BREADTH, index_col="date", parse_dates=True),
    )


def growth_to_top(history: PriceHistory) -> Floats:
    """(T, S) price on 2015-06-12 over price on each day, by the returns between."""
    factor = 1 + np.nan_to_num(history.change)
    factor[np.array(history.dates) > TOP] = 1
    after = np.vstack([factor[1:], np.ones((1, factor.shape[1]))])
    return np.cumprod(after[::-1], axis=0)[::-1]


def last_known(prices: Floats) -> Floats:
    """(T, S) the price of each day or, without trade, the last one before; NaN before the first."""
    return pd.DataFrame(prices).ffill().to_numpy()


def turnover_shares(history: PriceHistory, caps: Floats) -> Floats:
    """(T, S) value traded over float cap, NaN where not traded."""
    value = np.where(history.traded, history.volume * history.close, np.nan)
    return value / (caps / growth_to_top(history))


def mean_of_days(values: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """(S) means over some days, or over all where a stock has none of them."""
    chosen = pd.DataFrame(values[where]).mean()
    return chosen.fillna(pd.DataFrame(values).mean()).to_numpy()


def with_caps(sources: Sources) -> PriceHistory:
    """Daily prices of the stocks that have a float cap."""
    return sources.daily.select([code for code in sources.daily.codes if code in sources.caps.index])


def bubble(sources: Sources) -> Window:
    """2015-03-02 to 2015-06-12."""
    whole = with_caps(sources)
    own = whole.between(BUBBLE_FROM, TOP)
    listed = traded_before(sources.matrix, own.codes, BUBBLE_FROM) | own.traded[0]
    own = own.select(list(np.array(own.codes)[listed & own.traded.any(axis=0)]))
    caps = sources.caps.loc[own.codes, "float_cap"].to_numpy()
    price = start_prices(own)
    return Window(
        name="bubble",
        history=own,
        price=price,
        shares=caps / growth_to_top(own)[0] / price,
        turnover=mean_of_days(turnover_shares(own, caps), np.ones(len(own.dates), dtype=bool)),
        suspended=~own.traded[0],
    )


def start_prices(history: PriceHistory) -> Floats:
    """(S) closes of the first day; where suspended, the exchange's previous close of the first day traded."""
    first = np.argmax(history.traded, axis=0)
    stocks = np.arange(len(history.codes))
    return np.where(first == 0, history.close[0], history.previous_close[first, stocks])


def traded_before(matrix: PriceHistory, codes: Sequence[str], day: dt.date) -> npt.NDArray[np.bool_]:
    """(S) whether a stock has a return before a day."""
    earlier = matrix.traded[np.array(matrix.dates) < day].any(axis=0)
    seen = {code for code, flag in zip(matrix.codes, earlier, strict=True) if flag}
    return np.array([code in seen for code in codes])


def crash(sources: Sources) -> Window:
    """2015-06-12 to 2015-08-17."""
    whole = with_caps(sources)
    before = whole.between(whole.dates[0], TOP)
    price = last_known(before.close)[-1]
    listed = ~np.isnan(price)
    before, price = before.select(list(np.array(before.codes)[listed])), price[listed]
    own = whole.select(before.codes).between(TOP, CRASH_TO)
    caps = sources.caps.loc[own.codes, "float_cap"].to_numpy()
    return Window(
        name="crash",
        history=own,
        price=price,
        shares=caps / price,
        turnover=mean_of_days(turnover_shares(before, caps), np.array(before.dates) >= TURNOVER_FROM),
        suspended=~own.traded[0],
    )


def calm(sources: Sources, later: Window) -> Window:
    """120 trading days from 2013-10-08, the closes rebuilt backwards from those of March 2015."""
    matrix = sources.matrix
    days = np.array(matrix.dates)
    start = int(np.argmax(days >= CALM_FROM))
    end = start + CALM_DAYS + 1
    listed = matrix.traded[: start + 1].any(axis=0)
    column = {code: j for j, code in enumerate(later.history.codes)}
    codes = [code for code, flag in zip(matrix.codes, listed, strict=True) if flag and code in column]
    place = [column[code] for code in codes]
    base = matrix.select(codes).between(matrix.dates[0], matrix.dates[int(np.sum(days < BUBBLE_FROM)) - 1])
    closes = rebuilt(base, later.history.previous_close, later.history.traded, place)
    own = replace(base, close=np.where(base.traded, closes, np.nan)).between(matrix.dates[start], matrix.dates[end - 1])
    price = closes[start]
    suspended = ~own.traded[0]
    shares = later.shares[place]
    total = float(sources.breadth.loc[pd.DatetimeIndex(own.dates), "approx_turnover_yi"].mean()) * YI
    turnover = later.turnover[place]
    turnover = turnover * (total / float((turnover * shares * price)[~suspended].sum()))
    return Window("calm", own, price, shares, turnover, suspended)


def rebuilt(base: PriceHistory, previous: Floats, traded: npt.NDArray[np.bool_], place: Sequence[int]) -> Floats:
    """(T, S) closes of the days of `base`, from the previous close of each stock's first traded day after them."""
    first = np.argmax(traded, axis=0)
    anchor = previous[first, np.arange(traded.shape[1])][place]
    factor = 1 + np.nan_to_num(base.change)
    after = np.vstack([factor[1:], np.ones((1, factor.shape[1]))])
    return np.maximum(0.01, np.rint(anchor / np.cumprod(after[::-1], axis=0)[::-1] * 100) / 100)


def st_stocks(sources: Sources) -> set[str]:
    """Stocks that moved by 4.8 to 5.2 percent on at least three days and never by more, to 2015-06-12."""
    history = sources.daily.between(BUBBLE_FROM, TOP)
    size = np.abs(np.nan_to_num(history.change))
    at_limit = ((size >= 0.048) & (size <= 0.052)).sum(axis=0)
    st = (size.max(axis=0) <= 0.052) & (at_limit >= 3)
    return {code for code, flag in zip(history.codes, st, strict=True) if flag}


def marginable(table: pd.DataFrame, caps: pd.Series) -> pd.Series:
    """The largest floats of each board that are not ST."""
    chosen: set[str] = set()
    for board, number in MARGINABLE.items():
        here = table.loc[(table["board"] == board) & ~table["st"], "code"]
        chosen |= set(caps.loc[list(here)].nlargest(number).index)
    return table["code"].isin(chosen)


def stock_table(window: Window, sources: Sources, st: set[str]) -> pd.DataFrame:
    """The columns of a written-out stock."""
    codes = window.history.codes
    caps = sources.caps.loc[codes]
    table = pd.DataFrame(
        {
            "code": codes,
            "board": caps["board"].to_numpy(),
            "sector": "all",
            "price": np.rint(window.price * 100) / 100,
            "float_shares": np.rint(window.shares).astype(np.int64),
            "turnover": window.turnover.round(6),
            "price_limit": LIMIT,
            "st": [code in st for code in codes],
            "suspended": window.suspended,
            "beta": 1.0,
            "fundamental_to_price": 1.0,
        }
    )
    table["marginable"] = marginable(table, caps["float_cap"])
    table["haircut"] = np.where(table["st"], 0.0, np.interp(caps["float_cap"], HAIRCUT_CAP, HAIRCUT).round(4))
    return table[COLUMNS]


def limit_downs(previous: Floats, close: Floats) -> int:
    """Closes (S) at limit-down from previous closes (S) by the engine's rule, with the band of 10 % for every stock."""
    known = ~(np.isnan(previous) | np.isnan(close))
    ticks = zip(np.rint(previous[known] * 100).tolist(), np.rint(close[known] * 100).tolist(), strict=True)
    return sum(last <= band(int(before), round(LIMIT * 10_000))[0] for before, last in ticks)


def limit_downs_told(history: PriceHistory) -> str:
    """The count of the worst day, from the exchange's previous close and from the close in the row before.

    The file's Shanghai closes are last trades, the exchange's were averages of the last minute: the row before is a few
    ticks off, and the count from it too low.
    """
    t = history.dates.index(WORST_DAY)
    by_exchange = limit_downs(history.previous_close[t], history.close[t])
    by_row = limit_downs(last_known(history.close)[t - 1], history.close[t])
    return (
        f"limit-down closes on {WORST_DAY} by the engine's rule: {by_exchange} from the exchange's previous closes, "
        f"{by_row} from the closes of the rows before; {BREADTH} counts {REPORTED_LIMIT_DOWNS}"
    )


def index_path(window: Window) -> Floats:
    """(T) float-cap weighted index, 1 at the start, suspended stocks at their last price."""
    factor = 1 + np.nan_to_num(window.history.change)
    factor[0] = 1
    return (np.cumprod(factor, axis=0) * window.float_cap).sum(axis=1) / window.float_cap.sum()


def summary(window: Window, table: pd.DataFrame) -> str:
    """What the window holds, in two lines."""
    cap, trading = window.float_cap / 1e12, ~window.suspended
    dates, index = window.history.dates, index_path(window)
    low = int(np.argmin(index))
    return (
        f"{window.name}: {dates[0]} to {dates[-1]}, {len(dates) - 1} days after the start; {len(table)} stocks, of "
        f"which {int((~trading).sum())} suspended, {int(table['st'].sum())} ST, {int(table['marginable'].sum())} "
        f"marginable\n  float cap {cap.sum():.2f}tn, {cap[trading].sum():.2f}tn of it traded on the first"
        f" day; turnover {(cap * window.turnover)[trading].sum():.2f}tn a day; index at the end {index[-1]:.3f}, "
        f"lowest {index[low]:.3f} on {dates[low]}"
    )


def prepare(data: Path, out: Path) -> list[str]:
    """Write the six files; returns the lines of the summary."""
    sources = read(data)
    rising, st = bubble(sources), st_stocks(sources)
    out.mkdir(parents=True, exist_ok=True)
    said = []
    for window in (calm(sources, rising), rising, crash(sources)):
        table = stock_table(window, sources, st)
        table.to_csv(out / f"stocks_{window.name}.csv", index=False)
        write_prices(window.history, out / f"prices_{window.name}.parquet")
        said.append(summary(window, table))
    return [*said, limit_downs_told(sources.daily)]


def main() -> None:
    """Read the command line, write, and print the summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("PINGCANG_DATA"), help="default: PINGCANG_DATA")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "work")
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data FOLDER, or set PINGCANG_DATA; docs/data.md says what the folder holds")
    try:
        print("\n".join(prepare(Path(options.data), options.out)))
    except PingcangError as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)


if __name__ == "__main__":
    main()
