"""The story of one stock, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingcang.results.variables import AT_LIMIT_DOWN, AT_LIMIT_UP, SUSPENDED
from pingcang.trace.falls import CAUSE
from pingcang.trace.trail import Trail

if TYPE_CHECKING:
    from pingcang.arrays import Array

STATUS = {SUSPENDED: "suspended", AT_LIMIT_DOWN: "limit-down", AT_LIMIT_UP: "limit-up"}


@dataclass(frozen=True)
class StockStory:
    """What moved a stock, who sold it, and whom it hit; of the simulated accounts, not grown to scale 1."""

    trail: Trail
    code: str
    days: pd.DataFrame
    """day, date, close (CNY), log_return, status ("" where it traded freely), sold (CNY, by margin accounts), called
    and forced: accounts holding it that were called or forced that day."""
    causes: pd.DataFrame
    """day, cause, cohort, net_shares, net_value (CNY), log_return, traced_return."""
    sales: pd.DataFrame
    """day, cohort, reason, shares, value (CNY) that margin accounts sold, and unfilled: shares waiting at the end."""

    @property
    def table(self) -> pd.DataFrame:
        """The rows of a CSV file: a day each, with a column of log return for each cause."""
        named = self.causes.assign(cause=(self.causes["cause"] + " " + self.causes["cohort"]).str.strip())
        parts = named.pivot_table(index="day", columns="cause", values="log_return", aggfunc="sum", fill_value=0.0)
        parts = parts.reindex(self.days["day"], fill_value=0.0).reset_index(drop=True)
        return pd.concat([self.days, parts], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "scenario": self.trail.scenario,
            "run": self.trail.run,
            "stock": self.code,
            "days": [{**row, "date": str(row["date"])} for row in self.days.to_dict("records")],
            "causes": self.causes.to_dict("records"),
            "sales": self.sales.to_dict("records"),
        }


def trace_stock(result: str | Path | Trail, stock: str, *, run: int = 0) -> StockStory:
    """The story of a stock by its code; ScenarioError for what is not there."""
    trail = Trail.open(result, run)
    place = trail.stock(stock)
    rows = trail.audit(("stock", "==", stock))
    causes = trail.causes(("stock", "==", stock), ("whole_day", "==", True))
    sales = sales_of(rows, ["day", "cohort", "reason"])
    close = trail.close[:, place]
    days = pd.DataFrame({"day": np.arange(len(close)), "date": trail.dates, "close": close})
    days["log_return"] = np.concatenate([[0.0], np.diff(np.log(close))])
    days["status"] = [STATUS.get(int(s), "") for s in trail.status[:, place]]
    days["sold"] = _by_day(sales, "value", days["day"]).astype(float)
    for name, state in (("called", "CALLED"), ("forced", "FORCED")):
        hit = rows[(rows["event"] == "position") & (rows["state_after"] == state)]
        days[name] = hit.groupby("day").size().reindex(days["day"], fill_value=0).to_numpy()
    kept = ["day", *CAUSE, "net_shares", "net_value", "log_return", "traced_return"]
    return StockStory(trail, stock, days, causes[kept].reset_index(drop=True), sales)


def sales_of(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sales in audit rows, summed by some columns; unfilled: what the last session's orders left waiting."""
    orders = rows[(rows["event"] == "order") & (rows["ordered_shares"] < 0)]
    last = orders.groupby([*by, "account"])["session"].transform("max") if len(orders) else orders["session"]
    waiting = (orders["filled_shares"] - orders["ordered_shares"]).where(orders["session"] == last, 0)
    told = orders.assign(
        shares=-orders["filled_shares"], value=-orders["filled_shares"] * orders["price"], unfilled=waiting
    )
    return told.groupby(by)[["shares", "value", "unfilled"]].sum().reset_index()


def _by_day(rows: pd.DataFrame, column: str, days: pd.Series) -> Array:
    return rows.groupby("day")[column].sum().reindex(days, fill_value=0).to_numpy()
