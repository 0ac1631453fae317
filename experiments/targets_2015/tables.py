"""The daily table of the crash of 2015, as it stands in `sim/pingcang/validate/data/china_2015_daily.csv`.

    python experiments/targets_2015/tables.py DATA_FOLDER > sim/pingcang/validate/data/china_2015_daily.csv

Reads files that are no part of the project (exchange facts, republished without a licence):

- `index_sse_composite_daily.csv`, `index_csi300_daily.csv`, `index_csi500_daily.csv`, `index_chinext_daily.csv`: closes
- `index_csi_all_share_daily.csv`: amount traded in 亿 (1e8 CNY)
- `margin_market_daily.csv`: market totals of margin trading in 亿, average maintenance ratio in percent
- `ashare_breadth_2013_2016.csv`: counts a day
- `ashare_stock_daily_20150302_20150817.csv.gz`, `ashare_float_cap_20150612.csv`: stock by stock
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

START, FIRST, LAST = "2015-06-12", "2015-06-01", "2015-08-17"
YI = 10**8

INDICES = {
    "sse_composite": "index_sse_composite_daily.csv",
    "csi300": "index_csi300_daily.csv",
    "csi500": "index_csi500_daily.csv",
    "chinext": "index_chinext_daily.csv",
}
MONEY = {
    "financing_balance": "fin_balance_yi",
    "short_balance": "sec_lending_balance_yi",
    "margin_purchases": "fin_buy_yi",
}
COUNTS = {
    "limit_down": "n_limitdown_close",
    "limit_down_one_price": "n_limitdown_oneprice",
    "limit_up": "n_limitup_close",
    "suspended": "n_suspended",
    "traded": "n_traded",
}
ODD_RATIOS_BEFORE = "2015-08-04"
"""The average maintenance ratio was not published until then, but for one odd point in May."""

HEAD = """# The A-share market day by day in the crash of 2015. Sources, and how each column was made: SOURCES.md
# CNY: turnover, financing_balance, short_balance, margin_purchases. Stocks: limit_down to traded.
# index, index_equal_weight: 1 on 2015-06-12. equal_weight_return: a fraction. maintenance_ratio: assets over debt.
"""


def daily_table(folder: Path) -> pd.DataFrame:
    """All columns by date, 2015-06-01 to 2015-08-17."""
    breadth = _read(folder, "ashare_breadth_2013_2016.csv")
    margin = _read(folder, "margin_market_daily.csv")
    columns = {name: _read(folder, file)["close"].round(2) for name, file in INDICES.items()}
    columns["turnover"] = _yi(_read(folder, "index_csi_all_share_daily.csv")["amount_yi"])
    columns |= {name: _yi(margin[column]) for name, column in MONEY.items()}
    ratio = margin["avg_maintenance_ratio_pct"].where(margin.index >= ODD_RATIOS_BEFORE)
    columns["maintenance_ratio"] = (ratio / 100).round(2)
    columns |= {name: breadth[column] for name, column in COUNTS.items()}
    columns["equal_weight_return"] = breadth["mean_ret"].round(3)
    columns["index"] = float_cap_index(folder).round(4)
    columns["index_equal_weight"] = _level(breadth["mean_ret"]).round(4)
    table = pd.DataFrame({name: series.loc[FIRST:LAST] for name, series in columns.items()})
    whole = [*COUNTS, *MONEY, "turnover"]
    return table.astype(dict.fromkeys(whole, "int64"))


def float_cap_index(folder: Path) -> pd.Series[float]:
    """Level of the A-share market, 1 on 2015-06-12, weighted by the float caps of that day.

    A suspended stock stands at its last price. Returns are those against the ex-rights previous close. The stocks are
    those of the float-cap file that trade on at least one day from 2015-06-12 to 2015-08-17 (2,524 names, 55.2tn CNY).
    """
    rows = pd.read_csv(
        folder / "ashare_stock_daily_20150302_20150817.csv.gz", dtype={"code": str}, parse_dates=["date"]
    )
    returns = rows.pivot(index="date", columns="code", values="pct_chg").loc[FIRST:LAST] / 100
    cap = pd.read_csv(folder / "ashare_float_cap_20150612.csv", dtype={"code": str}).set_index("code")[
        "float_cap_yi_est"
    ]
    traded = returns.columns[returns.loc[START:].notna().any()]
    names = traded.intersection(cap.index)
    level = (1 + returns[names].fillna(0)).cumprod()
    return (level / level.loc[START]).mul(cap[names]).sum(axis="columns") / cap[names].sum()


def _level(returns: pd.Series[float]) -> pd.Series[float]:
    """Compounded returns, 1 on 2015-06-12."""
    level = (1 + returns.loc[FIRST:LAST]).cumprod()
    return level / level.loc[START]


def _yi(series: pd.Series[float]) -> pd.Series[float]:
    """亿, to the whole, as CNY."""
    return series.round(0) * YI


def _read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, parse_dates=["date"]).set_index("date")


if __name__ == "__main__":
    print(HEAD + daily_table(Path(sys.argv[1])).to_csv(lineterminator="\n"), end="")
