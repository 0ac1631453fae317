"""Initial conditions of 12 June 2015, board by board, as tables ready for a scenario.

    python experiments/initial_conditions/tables.py DATA_FOLDER

Reads four files that are no part of the project (exchange facts, republished without a licence); prints YAML:

- `ashare_float_cap_20150612.csv`: code, float cap in 亿 (1e8 CNY) from volume and turnover; 2,696 names
- `ashare_stock_daily_20150302_20150817.csv.gz`: unadjusted prices, returns and turnover in percent of float
- `ashare_stock_returns_bp_2013_2016.csv.gz`: day × stock matrix of returns in basis points
- `ashare_breadth_2013_2016.csv`: counts a day, of which the listed and suspended stocks are used

Nothing dated after 12 June 2015 enters: the crash must not leak into the state it starts from.

For August 2025 no stock-level data are at hand: the 2015 shapes are scaled to that year's totals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

START = "2015-06-12"
TURNOVER_FROM = "2015-05-01"
BETA_FROM = "2015-03-01"
BUBBLE_FROM = "2014-11-01"
YI = 1e8

BOARDS = ("sse_main", "szse_main", "sme", "chinext")
BREADTH_NAME = {"sse_main": "SH", "szse_main": "SZ", "sme": "SME", "chinext": "GEM"}
PROBABILITIES = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.997, 0.999, 1)
SIZE_EDGES = (0, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 1)
DECILES = tuple(j / 10 for j in range(11))

LISTED = 2780
"""Stocks of the scenario: the files' survivors raised to about the official number."""
MARGINABLE = {"sse": 500, "szse": 400}
"""About 900 in all, shared as the 485 + 388 of December 2016."""
DEBT_SHARES_2015 = (1.3e12 / 2.2205e12, 0.104e12 / 2.2205e12)
"""Of the financing balance: CSI 300 names, ChiNext."""
DEBT_SHARES_2025 = (817.6 / 2388.5, 508.1 / 2388.5)
"""The same on 2025-09-17."""


class Board2025(NamedTuple):
    """A board of August 2025: the 2015 board that lends its shape, and the totals."""

    shape: str
    stocks: int
    marginable: int
    float_cap: float


BOARDS_2025 = {
    "sse_main": Board2025("sse_main", 1692, 1180, 49.7e12),
    "szse_main": Board2025("szse_main", 1479, 1080, 24.2e12),
    "chinext": Board2025("chinext", 1380, 1180, 11.0e12),
    "star": Board2025("chinext", 585, 585, 7.6e12),
    "bse": Board2025("chinext", 264, 125, 0.5e12),
}
PAST_DAYS = 60
"""Trading days before the start that memories begin with."""
PRICE_2025 = 5620.43 / 7984.43
"""CSI All-Share on 2025-08-22 over 2015-06-12."""
TURNOVER_2025 = 1.7766e12 / 0.95
"""CNY a day: mean of CSI All-Share's amount from 2025-07-01 to 08-22, which is about 95 % of the market's."""


def board_of(code: str) -> str:
    """The board of a six-digit code."""
    if code.startswith("60"):
        return "sse_main"
    if code.startswith("300"):
        return "chinext"
    return "sme" if code.startswith("002") else "szse_main"


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """Float caps, daily rows, return matrix and counts, all cut at the start date."""
    caps = pd.read_csv(folder / "ashare_float_cap_20150612.csv", dtype={"code": str}).set_index("code")
    caps["cap"] = caps["float_cap_yi_est"] * YI
    caps["board"] = [board_of(code) for code in caps.index]
    daily = pd.read_csv(folder / "ashare_stock_daily_20150302_20150817.csv.gz", dtype={"code": str})
    returns = pd.read_csv(folder / "ashare_stock_returns_bp_2013_2016.csv.gz", index_col="date") / 1e4
    breadth = pd.read_csv(folder / "ashare_breadth_2013_2016.csv", index_col="date")
    return caps, daily[daily["date"] <= START], returns.loc[:START], breadth.loc[START]


def pairs(table: Iterable[tuple[float, float]], x: str = ".4g", y: str = ".4g") -> str:
    """Rows [x, y] of a scenario table on one line."""
    return "[" + ", ".join(f"[{a:{x}}, {b:{y}}]" for a, b in table) + "]"


def quantiles(values: pd.Series) -> list[tuple[float, float]]:
    """Quantiles at the probabilities of the scenario."""
    return [(p, float(values.quantile(p))) for p in PROBABILITIES]


def by_size(cap: pd.Series, value: pd.Series, edges: Sequence[float] = SIZE_EDGES) -> list[tuple[float, float]]:
    """Cap-weighted mean of a value in buckets of float cap between quantiles, at each bucket's mean cap."""
    frame = pd.DataFrame({"cap": cap, "value": value}).dropna()
    groups = frame.groupby(pd.qcut(frame["cap"].rank(method="first"), edges), observed=True)
    weighted = groups.apply(lambda bucket: np.average(bucket["value"], weights=bucket["cap"]))
    return list(zip(groups["cap"].mean(), weighted, strict=True))


def betas(returns: pd.DataFrame) -> pd.Series:
    """Least-squares slope on the equal-weight mean return, over at least 30 days, moved a third to 1.

    The pull to 1 is Blume's (1971) for short windows: measured betas far from 1 are partly chance.
    """
    window = returns.loc[BETA_FROM:]
    market = window.mean(axis=1)
    enough = window.loc[:, window.notna().sum() >= 30]
    slope = enough.apply(lambda stock: stock.cov(market) / market[stock.notna()].var())
    return (2 * slope + 1) / 3


def beta_spread(returns: pd.DataFrame, cap: pd.Series) -> float:
    """Standard deviation of the slopes among stocks of one size, less what is chance in a measured slope.

    Residuals of the raw slopes from the mean of their twentieth of float cap; the mean squared standard error of a
    slope is taken off their variance.
    """
    window = returns.loc[BETA_FROM:, [code for code in returns.columns if code in cap.index]]
    market = window.mean(axis=1)
    window = window.loc[:, window.notna().sum() >= 40]
    spread = pd.Series({code: market[window[code].notna()].var() for code in window})
    slope = window.apply(lambda stock: stock.cov(market)) / spread
    residual = window.sub(window.mean()) - np.outer(market - market.mean(), slope)
    error = residual.var() / spread / window.notna().sum()
    group = pd.qcut(np.log(cap[slope.index]), 20, labels=False)
    own = slope - slope.groupby(group).transform("mean")
    return float(np.sqrt(own.var() - error.mean()))


def past_returns(returns: pd.DataFrame, caps: pd.DataFrame, days: int) -> list[float]:
    """The market's returns of the last days: mean of the float-cap weighted and the equal-weighted return."""
    held = returns.loc[BETA_FROM:, [code for code in caps.index if code in returns.columns]].fillna(0.0)
    level = (1 + held).cumprod()
    value = level * caps.loc[held.columns, "cap"] / level.iloc[-1]
    index = value.sum(axis=1)
    both = 0.5 * (index.pct_change() + returns.loc[held.index].mean(axis=1))
    return [round(float(r), 4) for r in both.iloc[-days:]]


def volatilities(returns: pd.DataFrame) -> dict[str, float]:
    """Daily volatility in the bubble window; EWMA (weight 0.07) of the rms return at the start."""
    window = returns.loc[BUBBLE_FROM:]
    market = window.mean(axis=1)
    mean_square = (window**2).mean(axis=1)
    return {
        "market_equal_weight": float(market.std()),
        "stock_median": float(window.std().median()),
        "cross_section_mean": float(window.std(axis=1).mean()),
        "residual_median": float(window.sub(market, axis=0).std().median()),
        "ewma_rms_at_start": float(np.sqrt(mean_square.ewm(alpha=0.07).mean().iloc[-1])),
    }


def turnover_response(daily: pd.DataFrame) -> float:
    """The b of turnover = a · mean · (1 + b·|r|), pooled least squares over stock days since May."""
    days = daily[(daily["date"] >= TURNOVER_FROM) & (daily["pct_chg"].abs() <= 10.6)]
    days = days[days["turnover_pct"] > 0]
    relative = days["turnover_pct"] / days.groupby("code")["turnover_pct"].transform("mean")
    slope, intercept = np.polyfit(days["pct_chg"].abs() / 100, relative, 1)
    return float(slope / intercept)


def resume_hazard(returns: pd.DataFrame) -> tuple[float, float]:
    """Daily hazard that a suspended stock resumes, and that a traded one stops, March to 12 June 2015."""
    listed = returns.loc[:, returns.notna().any()]
    traded = listed.loc[BETA_FROM:].notna()
    alive = listed.notna().cummax().loc[BETA_FROM:]
    before, now = traded.shift(fill_value=False).iloc[1:], traded.iloc[1:]
    halted = alive.iloc[1:] & ~before
    resumed, stopped = (halted & now).sum().sum(), (before & ~now).sum().sum()
    return float(resumed / halted.sum().sum()), float(stopped / before.sum().sum())


def st_names(daily: pd.DataFrame) -> pd.Series:
    """Stocks that moved by 4.8 to 5.2 percent on some days and never by more: a lower bound of ST names."""
    moves = daily.assign(size=daily["pct_chg"].abs()).groupby("code")["size"]
    at_limit = moves.apply(lambda size: int(size.between(4.8, 5.2).sum()))
    st = (moves.max() <= 5.2) & (at_limit >= 3)
    return st[st].index.to_series().map(board_of).value_counts()


def listed_stocks(daily: pd.DataFrame, returns: pd.DataFrame) -> pd.DataFrame:
    """Stocks of each board that had traded by the start, in either file, raised to LISTED."""
    seen = set(daily["code"]) | set(returns.columns[returns.notna().any()])
    found = pd.Series([board_of(code) for code in seen]).value_counts().reindex(list(BOARDS))
    exact = found * LISTED / found.sum()
    whole = exact.astype(int)
    for board in (exact - whole).nlargest(LISTED - int(whole.sum())).index:
        whole[board] += 1
    return pd.DataFrame({"in_files": found, "scenario": whole})


def marginable(caps: pd.DataFrame) -> pd.DataFrame:
    """The largest stocks by float cap of each exchange, as a stand-in for the list of marginable stocks."""
    exchange = np.where(caps["board"] == "sse_main", "sse", "szse")
    chosen = [caps[exchange == name].nlargest(number, "cap") for name, number in MARGINABLE.items()]
    return pd.concat(chosen)


def bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Root of an increasing function."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def debt_tilt(stocks: pd.DataFrame, csi300: float, chinext: float) -> tuple[float, float]:
    """γ and w such that debt ∝ cap^(1−γ), × w on ChiNext, gives the known shares of CSI 300 and ChiNext.

    CSI 300 is taken as the 300 largest float caps.
    """
    large = stocks["cap"].rank(ascending=False) <= 300
    growth = stocks["board"] == "chinext"

    def chinext_weight(gamma: float) -> float:
        plain = stocks["cap"] ** (1 - gamma)
        return float(chinext / (1 - chinext) * plain[~growth].sum() / plain[growth].sum())

    def excess(gamma: float) -> float:
        debt = stocks["cap"] ** (1 - gamma) * np.where(growth, chinext_weight(gamma), 1.0)
        return csi300 - float(debt[large].sum() / debt.sum())

    gamma = bisect(excess, 0.0, 2.0)
    return gamma, chinext_weight(gamma)


def print_board(board: str, caps: pd.DataFrame, prices: pd.Series, turnover: pd.Series, beta: pd.Series) -> None:
    """One board's tables."""
    here = caps[caps["board"] == board]
    table = quantiles(here["cap"])
    drawn = float(np.trapezoid([value for _, value in table], [p for p, _ in table])) / here["cap"].mean()
    print(f"{board}:  # {len(here)} names with a float cap; mean of the drawn caps / true mean {drawn:.3f}")
    print("  float_cap:", pairs(table, "g", ".3e"))
    print(f"  total_float_cap: {here['cap'].sum():.5e}")
    print(f"  suspended_float_cap: {here.loc[here['traded_on_day'] == 0, 'cap'].sum():.4e}")
    print("  price:", pairs(quantiles(prices.reindex(here.index).dropna()), "g", ".2f"))
    print("  turnover:", pairs(by_size(here["cap"], turnover), ".3e", ".4f"))
    print("  beta:", pairs(by_size(here["cap"], beta), ".3e", ".2f"))


def scaled_caps(caps: pd.DataFrame) -> pd.DataFrame:
    """Float caps of 2025's stocks: the 2015 shape of a board, read at evenly spread probabilities."""
    frames = []
    for board, (shape, stocks, _, float_cap) in BOARDS_2025.items():
        p, value = zip(*quantiles(caps.loc[caps["board"] == shape, "cap"]), strict=True)
        drawn = np.interp((np.arange(stocks) + 0.5) / stocks, p, value)
        frames.append(pd.DataFrame({"board": board, "cap": drawn * float_cap / drawn.sum()}))
    return pd.concat(frames, ignore_index=True)


def print_2025(caps: pd.DataFrame, prices: pd.Series, turnover: pd.Series, beta: pd.Series) -> None:
    """The boards of August 2025, in the shapes of 2015."""
    stocks = scaled_caps(caps)
    rows = {}
    for board, (shape, *_) in BOARDS_2025.items():
        here, then = stocks.loc[stocks["board"] == board, "cap"], caps[caps["board"] == shape]
        factor = here.mean() / then["cap"].mean()
        rows[board] = [(cap * factor, value) for cap, value in by_size(then["cap"], turnover)]
        print(f"{board}:")
        print("  float_cap:", pairs([(p, cap * factor) for p, cap in quantiles(then["cap"])], "g", ".3e"))
        scaled = prices.reindex(then.index).dropna() * PRICE_2025
        print("  price:", pairs(quantiles(scaled), "g", ".2f"))
        print("  beta:", pairs([(c * factor, b) for c, b in by_size(then["cap"], beta)], ".3e", ".2f"))
    drawn = sum(
        float((cap * np.interp(cap, *zip(*rows[board], strict=True))).sum())
        for board, cap in stocks.groupby("board")["cap"]
    )
    factor = TURNOVER_2025 / drawn
    for board, table in rows.items():
        print(f"  {board} turnover:", pairs([(cap, value * factor) for cap, value in table], ".3e", ".4f"))
    chosen = pd.concat(
        stocks[stocks["board"] == board].nlargest(row.marginable, "cap") for board, row in BOARDS_2025.items()
    )
    gamma, weight = debt_tilt(chosen, *DEBT_SHARES_2025)
    print(f"  turnover factor {factor:.3f}; debt tilt γ {gamma:.3f}, ChiNext weight {weight:.3f}")
    print(f"  smallest of the 300 largest floats: {stocks['cap'].nlargest(300).min():.3e}")


def main() -> None:
    """Print every table."""
    if len(sys.argv) != 2:
        sys.exit("usage: python experiments/initial_conditions/tables.py DATA_FOLDER")
    caps, daily, returns, breadth = read(Path(sys.argv[1]))
    prices = daily.groupby("code")["close"].last()
    turnover = daily[daily["date"] >= TURNOVER_FROM].groupby("code")["turnover_pct"].mean() / 100
    beta = betas(returns)
    for board in BOARDS:
        print_board(board, caps, prices, turnover, beta)
    print("all boards:")
    print("  beta by decile:", pairs(by_size(caps["cap"], beta, DECILES), ".3e", ".2f"))
    print("  turnover by decile:", pairs(by_size(caps["cap"], turnover, DECILES), ".3e", ".4f"))
    print(f"  float cap: {caps['cap'].sum():.5e}")
    trading = caps[caps["traded_on_day"] == 1]
    print(f"  turnover a day, stocks not suspended: {(trading['cap'] * turnover).sum():.4e}")
    print("  suspended:", {board: int(breadth[f"susp_{BREADTH_NAME[board]}"]) for board in BOARDS})
    print(f"  listed in the breadth file: {breadth['n_listed']:.0f}")
    print("  listed:", listed_stocks(daily, returns).to_dict())
    print("  st:", st_names(daily).to_dict())
    stocks = marginable(caps)
    print("  marginable:", stocks["board"].value_counts().to_dict(), f"float {stocks['cap'].sum():.4e}")
    print(f"  smallest of the 300 largest floats: {caps['cap'].nlargest(300).min():.3e}")
    print("  debt tilt γ {:.3f}, ChiNext weight {:.3f}".format(*debt_tilt(stocks, *DEBT_SHARES_2015)))
    print("  volatility:", {name: round(value, 4) for name, value in volatilities(returns).items()})
    print(f"  beta spread within a size: {beta_spread(returns, caps['cap']):.3f}")
    print("  past returns:", past_returns(returns, caps, PAST_DAYS))
    print(f"  turnover response b: {turnover_response(daily):.2f}")
    print("  hazard of resuming, of stopping: {:.4f}, {:.4f}".format(*resume_hazard(returns)))
    print("2025:")
    print_2025(caps, prices, turnover, beta)


if __name__ == "__main__":
    main()
