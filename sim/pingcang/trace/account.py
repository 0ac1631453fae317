"""The story of one account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.results.variables import AT_LIMIT_DOWN, SUSPENDED
from pingcang.trace.falls import Fall, falls_of, told
from pingcang.trace.trail import Trail, place_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AccountStory:
    """Everything the audit says of one account, in order of time; CNY, shares."""

    trail: Trail
    cohort: str
    account: int
    assets: float
    """At the start."""
    liabilities: float
    ratio: float
    events: pd.DataFrame
    """The audit's rows with their date, and of orders what the stock was at the close: `sealed` at limit-down."""
    falls: list[Fall]
    """Why each call and each forced liquidation came."""

    @property
    def name(self) -> str:
        """As `--account` takes it."""
        return f"{self.cohort}:{self.account}"

    @property
    def table(self) -> pd.DataFrame:
        """The rows of a CSV file: the events."""
        return self.events

    @property
    def state(self) -> str:
        """At the end."""
        return str(self.events["state_after"].iloc[-1])

    @property
    def lender_loss(self) -> float:
        """What the lender wrote off, CNY."""
        return float(self.events.loc[self.events["state_after"] == "CLOSED", "amount"].sum())

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "scenario": self.trail.scenario,
            "run": self.trail.run,
            "account": self.name,
            "start": {
                "date": str(self.trail.dates[0]),
                "assets": self.assets,
                "liabilities": self.liabilities,
                "ratio": told(self.ratio),
            },
            "state": self.state,
            "lender_loss": self.lender_loss,
            "falls": [fall.to_dict() for fall in self.falls],
            "events": [_event(row) for row in self.events.to_dict("records")],
        }


def trace_account(
    result: str | Path | Trail, account: str | int, *, cohort: str | None = None, run: int = 0
) -> AccountStory:
    """The story of an account, `retail:12` or 12 with its cohort; ScenarioError for what is not there."""
    trail = Trail.open(result, run)
    name, number = trail.account(account, cohort)
    rows = trail.audit(("cohort", "==", name), ("account", "==", number))
    start = rows.iloc[0]
    return AccountStory(
        trail=trail,
        cohort=name,
        account=number,
        assets=float(start["assets"]),
        liabilities=float(start["liabilities"]),
        ratio=float(start["ratio_after"]),
        events=_with_market(trail, rows),
        falls=falls_of(trail, rows),
    )


def _with_market(trail: Trail, rows: pd.DataFrame) -> pd.DataFrame:
    places = place_of(trail.codes)
    stock = rows["stock"].map(lambda code: places.get(code, -1)).to_numpy(dtype=np.int64)
    status = np.where(stock >= 0, trail.status[rows["day"], stock], -1)
    stands = np.where(status == AT_LIMIT_DOWN, "limit-down", np.where(status == SUSPENDED, "suspended", ""))
    dates = np.array(trail.dates)[rows["day"]]
    out = rows.assign(stock_closes=stands)
    out.insert(1, "date", dates)
    return out


_ALWAYS = ("day", "date", "phase", "session", "event", "reason", "state_before", "state_after")
_OF = {
    "start": ("assets", "liabilities", "ratio_after"),
    "state": ("assets", "liabilities", "ratio_before", "ratio_after", "amount", "since_day", "since_ratio"),
    "position": ("stock", "held_shares", "price"),
    "top-up": ("amount", "ratio_before", "ratio_after"),
    "order": ("stock", "ordered_shares", "filled_shares", "price", "ratio_before", "ratio_after", "stock_closes"),
}


def _event(row: dict[Any, Any]) -> dict[str, Any]:
    """An audit row with what its event has."""
    kept = {name: row[name] for name in (*_ALWAYS, *_OF[row["event"]])}
    kept["date"] = str(kept["date"])
    return {name: told(value) if isinstance(value, float) else value for name, value in kept.items()}
