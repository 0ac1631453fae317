"""The story of one day of the market."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pingcang.results.variables import AT_LIMIT_DOWN, AT_LIMIT_UP, SUSPENDED
from pingcang.trace.falls import CAUSE, listed
from pingcang.trace.stock import sales_of
from pingcang.trace.trail import Trail, place_of


@dataclass(frozen=True)
class DayStory:
    """What moved the index, who was called and forced, and by which stocks; of the simulated accounts."""

    trail: Trail
    day: int
    date: dt.date
    index: float
    log_return: float
    """Of the index."""
    limit_down: int
    limit_up: int
    suspended: int
    causes: pd.DataFrame
    """cause, cohort, net_value (CNY), log_return: what moved the index, the largest first."""
    accounts: pd.DataFrame
    """cohort, called, forced, restored, closed, top_ups, lender_loss (CNY)."""
    sales: pd.DataFrame
    """cohort, reason, shares, value (CNY), unfilled."""
    forced: pd.DataFrame
    """The forced sales of the day by account and stock, the largest first: cohort, account, stock, shares, value,
    unfilled."""
    triggers: pd.DataFrame
    """stock, accounts: of how many called or forced accounts it was the largest loss of the day; loss (CNY) of all of
    them in it; log_return. The most accounts first."""

    @property
    def table(self) -> pd.DataFrame:
        """The rows of a CSV file: the forced sales by account and stock."""
        return self.forced

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        tables = {name: getattr(self, name).to_dict("records") for name in ("accounts", "sales", "forced", "triggers")}
        return {
            "scenario": self.trail.scenario,
            "run": self.trail.run,
            "day": self.day,
            "date": str(self.date),
            "index": self.index,
            "log_return": self.log_return,
            "limit_down": self.limit_down,
            "limit_up": self.limit_up,
            "suspended": self.suspended,
            "causes": listed(self.causes.set_index(CAUSE)["log_return"], "log_return"),
            **tables,
        }


def trace_day(result: str | Path | Trail, day: str | int | dt.date, *, run: int = 0) -> DayStory:
    """The story of a day, by its number or date; ScenarioError for what is not there."""
    trail = Trail.open(result, run)
    number = trail.day(day)
    rows = trail.audit(("day", "==", number))
    causes = trail.causes(("day", "==", number), ("stock", "==", ""))
    order = causes["log_return"].abs().sort_values(ascending=False).index
    status = trail.status[number]
    sold = sales_of(rows, ["cohort", "account", "stock", "reason"])
    forced = sold[sold["reason"] == "forced"].drop(columns="reason")
    return DayStory(
        trail=trail,
        day=number,
        date=trail.dates[number],
        index=float(trail.index[number]),
        log_return=float(np.log(trail.index[number] / trail.index[number - 1])),
        limit_down=int((status == AT_LIMIT_DOWN).sum()),
        limit_up=int((status == AT_LIMIT_UP).sum()),
        suspended=int((status == SUSPENDED).sum()),
        causes=causes.loc[order, [*CAUSE, "net_value", "log_return"]].reset_index(drop=True),
        accounts=_accounts(trail, rows),
        sales=sold.groupby(["cohort", "reason"])[["shares", "value", "unfilled"]].sum().reset_index(),
        forced=forced.sort_values(["value", "unfilled"], ascending=False, kind="stable").reset_index(drop=True),
        triggers=_triggers(trail, rows, number),
    )


def _accounts(trail: Trail, rows: pd.DataFrame) -> pd.DataFrame:
    """What became of accounts, by cohort."""
    states = rows[rows["event"] == "state"]

    def counted(chosen: pd.DataFrame) -> pd.Series:
        return chosen.groupby("cohort").size().reindex(trail.cohorts, fill_value=0)

    closed = states[states["state_after"] == "CLOSED"]
    table = pd.DataFrame(
        {
            "called": counted(states[states["state_after"] == "CALLED"]),
            "forced": counted(states[states["state_after"] == "FORCED"]),
            "restored": counted(states[states["state_after"] == "NORMAL"]),
            "closed": counted(closed),
            "top_ups": counted(rows[rows["event"] == "top-up"]),
            "lender_loss": closed.groupby("cohort")["amount"].sum().reindex(trail.cohorts, fill_value=0.0),
        }
    )
    return table.rename_axis("cohort").reset_index()


def _triggers(trail: Trail, rows: pd.DataFrame, day: int) -> pd.DataFrame:
    """Stocks by how many of the accounts that were hit lost most of the day in them."""
    held = rows[(rows["event"] == "position") & (rows["phase"] != "open")]
    places = place_of(trail.codes)
    place = held["stock"].map(places).to_numpy(dtype=np.int64)
    before = trail.close[day - 1, place]
    now = np.where(held["phase"] == "close", trail.close[day, place], held["price"])
    held = held.assign(loss=held["held_shares"] * (now - before))
    lost = held[held["loss"] < 0]
    worst = lost.loc[lost.groupby(["cohort", "account"])["loss"].idxmin()] if len(lost) else lost
    table = pd.DataFrame(
        {"accounts": worst.groupby("stock").size(), "loss": lost.groupby("stock")["loss"].sum()}
    ).dropna()
    table = table.astype({"accounts": int}).rename_axis("stock").reset_index()
    at = [places[code] for code in table["stock"]]
    table["log_return"] = np.log(trail.close[day, at] / trail.close[day - 1, at])
    return table.sort_values(["accounts", "loss"], ascending=[False, True]).reset_index(drop=True)
