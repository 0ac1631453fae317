"""Why a call: what an account has lost since its peak, by position and by cause.

Glossary: h_t shares of a stock held through day t (what is held at both of its ends, below 0 if sold short), P_t its
close, r_{t,c} the part of cause c in its log return R_t = ln(P_t / P_{t−1}) = Σ_c r_{t,c} (results/causes.py,
traced_return: what a limit lets through late is charged to what had moved the latent price).

    loss of cause c on day t:    h_t · P_{t−1} · (exp(R_t) − 1)/R_t · r_{t,c}        Σ_c = h_t · (P_t − P_{t−1})

The sum over positions and days, from the peak of the ratio (the highest of the last 20 closes) to the call, is the loss
by cause; divided by the whole loss it is the cause's share. Shares add up to 1; one below 0 is of a cause that helped.
What is bought or sold on a day is left out on that day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pingcang.trace.trail import Trail

CAUSE = ["cause", "cohort"]
LOSS = ["day", "stock", *CAUSE, "loss"]


@dataclass(frozen=True)
class Fall:
    """How an account came to be called or forced."""

    day: int
    date: dt.date
    phase: str
    session: int
    state: str
    """CALLED or FORCED."""
    reason: str
    ratio: float
    since_day: int
    since_date: dt.date
    since_ratio: float
    losses: pd.DataFrame
    """day, stock, cause, cohort, loss: CNY, below 0 lost."""

    @property
    def loss(self) -> float:
        """Change of value of what was held, CNY; below 0 lost."""
        return float(self.losses["loss"].sum())

    @property
    def shares(self) -> pd.Series:
        """Share of each (cause, cohort) in the loss, largest first; empty without one."""
        return shares_of(self.losses)

    @property
    def shares_of_last_day(self) -> pd.Series:
        """The same of the loss on the day of the call alone."""
        return shares_of(self.losses[self.losses["day"] == self.last_day])

    @property
    def last_day(self) -> int:
        """The last day whose prices count: a call at the open is of the day before."""
        return self.day - 1 if self.phase == "open" else self.day

    @property
    def positions(self) -> pd.Series:
        """Change of value of each stock, CNY, the largest loss first."""
        return self.losses.groupby("stock")["loss"].sum().sort_values()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "day": self.day,
            "date": str(self.date),
            "phase": self.phase,
            "session": self.session,
            "state": self.state,
            "reason": self.reason,
            "ratio": told(self.ratio),
            "since_day": self.since_day,
            "since_date": str(self.since_date),
            "since_ratio": told(self.since_ratio),
            "loss": self.loss,
            "shares": listed(self.shares, "share"),
            "shares_of_last_day": listed(self.shares_of_last_day, "share"),
            "positions": {str(stock): float(loss) for stock, loss in self.positions.items()},
        }


def shares_of(losses: pd.DataFrame) -> pd.Series:
    """Loss by (cause, cohort) over the whole loss, largest first; empty where nothing was lost."""
    by_cause = losses.groupby(CAUSE)["loss"].sum()
    whole = float(by_cause.sum())
    if not whole < 0.0:
        return by_cause.iloc[:0].rename("share")
    return (by_cause / whole).sort_values(ascending=False).rename("share")


def split_losses(held: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Losses by day, stock and cause.

    held: day, stock, shares (held through the day), price (the close before), one row a position and day.
    parts: day, stock, cause, cohort, traced_return.
    """
    whole = parts.groupby(["day", "stock"])["traced_return"].sum().rename("whole").reset_index()
    rows = held.merge(whole, on=["day", "stock"]).merge(parts, on=["day", "stock"])
    moved = rows["whole"].to_numpy(dtype=float)
    slope = np.divide(np.expm1(moved), moved, out=np.ones_like(moved), where=moved != 0.0)
    rows["loss"] = rows["shares"] * rows["price"] * slope * rows["traced_return"]
    return rows.loc[rows["loss"] != 0.0, LOSS].reset_index(drop=True)


def held_through(positions: pd.Series, fills: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """day, stock, shares held through each of the days first to last, from what was held in the end.

    positions: shares by stock at the end. fills: day, stock, filled_shares of these days.
    """
    days = np.arange(first, last + 1)
    stocks = sorted({*positions.index, *fills["stock"]})
    traded = fills.pivot_table(index="stock", columns="day", values="filled_shares", aggfunc="sum", fill_value=0)
    flow = traded.reindex(index=stocks, columns=days, fill_value=0).to_numpy(dtype=np.int64)
    end = positions.reindex(stocks, fill_value=0).to_numpy(dtype=np.int64)[:, None]
    after = end - (flow.sum(axis=1, keepdims=True) - np.cumsum(flow, axis=1))
    before = after - flow
    kept = np.where(before * after > 0, np.sign(after) * np.minimum(np.abs(before), np.abs(after)), 0)
    place, column = np.nonzero(kept)
    names = np.array(stocks, dtype=object)
    return pd.DataFrame({"day": days[column], "stock": names[place], "shares": kept[place, column]})


def falls_of(trail: Trail, rows: pd.DataFrame) -> list[Fall]:
    """Every call and forced liquidation in the audit rows of one account, in order of time."""
    found = rows[(rows["event"] == "state") & (rows["since_day"] >= 0)]
    return [_fall(trail, rows, place) for place in found.index]


def _fall(trail: Trail, rows: pd.DataFrame, place: int) -> Fall:
    row: Any = rows.loc[place]
    first, last = int(row["since_day"]) + 1, int(row["day"]) - (row["phase"] == "open")
    before = rows.loc[:place]
    fills = before[(before["event"] == "order") & before["day"].between(first, last)]
    behind = rows.loc[place + 1 :]
    positions = behind[: _run_of_positions(behind)].set_index("stock")["held_shares"]
    held = held_through(positions, fills, first, last)
    held = _with_prices(trail, held)
    return Fall(
        day=int(row["day"]),
        date=trail.dates[int(row["day"])],
        phase=str(row["phase"]),
        session=int(row["session"]),
        state=str(row["state_after"]),
        reason=str(row["reason"]),
        ratio=float(row["ratio_after"]),
        since_day=first - 1,
        since_date=trail.dates[first - 1],
        since_ratio=float(row["since_ratio"]),
        losses=split_losses(held, _parts(trail, held, row, last)),
    )


def _run_of_positions(behind: pd.DataFrame) -> int:
    """How many position rows stand directly behind a state."""
    other = np.flatnonzero((behind["event"] != "position").to_numpy())
    return int(other[0]) if len(other) else len(behind)


def _with_prices(trail: Trail, held: pd.DataFrame) -> pd.DataFrame:
    place = held["stock"].map({code: s for s, code in enumerate(trail.codes)}).to_numpy(dtype=np.int64)
    return held.assign(price=trail.close[held["day"].to_numpy(dtype=np.int64) - 1, place])


def _parts(trail: Trail, held: pd.DataFrame, row: Any, last: int) -> pd.DataFrame:
    """Parts of log returns of the stocks on the days, the last day up to the session of the call."""
    days = [int(day) for day in held["day"].unique()]
    if not days:
        return pd.DataFrame(columns=["day", "stock", *CAUSE, "traced_return"])
    parts = trail.causes(("stock", "in", list(held["stock"].unique())), ("day", "in", days))
    in_session = (row["phase"] == "session") & (parts["day"] == last)
    wanted = np.where(in_session, parts["session"] == row["session"], parts["whole_day"])
    return parts.loc[wanted.astype(bool), ["day", "stock", *CAUSE, "traced_return"]]


def told(number: float) -> float | None:
    """A number as JSON can hold it."""
    return float(number) if np.isfinite(number) else None


def listed(series: pd.Series, name: str) -> list[dict[str, Any]]:
    """A series by (cause, cohort) as a list of objects."""
    labels: Any = series.index
    return [
        {"cause": str(cause), "cohort": str(cohort) or None, name: float(value)}
        for (cause, cohort), value in zip(labels, series, strict=True)
    ]
