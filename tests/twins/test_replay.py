"""Replay: engine and reference follow the same random price files, and agree in every fen and lot."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingcang.errors import ScenarioError
from pingcang.rules.price_limit import band
from pingcang.scenario import load_text
from replays import COLUMNS, Row, renamed, replaying, row, write
from twins.compare import run_together
from twins.markets import DATES, small_markets
from twins.written import busy

SETTINGS = settings(
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def printed_days(draw: st.DrawFn, stock: dict[str, Any], days: int) -> list[Row]:
    """A stock's days: limits, sealed and touched, small and wild moves, ex-rights days, days without trade."""
    rows = []
    printed = round(stock["price"] * 100)
    for date in DATES[:days]:
        what = draw(st.integers(0, 9))
        if what == 0:
            continue
        if what == 1 and printed > 2:  # ex-rights: the exchange reckons from half the close
            printed //= 2
        low, high = band(printed, round(stock["price_limit"] * 10_000))
        close = {2: low, 3: low, 4: high}.get(what) or max(1, draw(st.integers(low, high)))
        if what == 5:
            close = max(1, printed * draw(st.sampled_from([6, 7, 14])) // 10)
        touched = [close] if what == 3 else [close, draw(st.integers(low, high)), draw(st.integers(low, high))]
        first = draw(st.sampled_from(touched))
        change = close / printed - 1
        rows.append(
            row(
                stock["code"],
                date,
                close / 100,
                draw(st.sampled_from([change, round(change, 4)])),
                open=first / 100,
                high=max(touched) / 100,
                low=min(touched) / 100,
                volume=draw(st.integers(1, 3_000_000)),
            )
        )
        printed = close
    return rows


@st.composite
def replayed_markets(draw: st.DrawFn) -> tuple[dict[str, Any], list[Row], tuple[str, ...]]:
    """A small market, the rows of its price file, and the columns that the file has."""
    market = renamed(draw(small_markets()))
    market["calendar"]["holidays"] = []
    market["impact"]["replay_limit_fill"] = draw(st.sampled_from([0.0, 0.15, 1.0]))
    rows: list[Row] = []
    for stock in market["securities"]["stocks"]:
        if not (stock["suspended"] and draw(st.booleans())):
            rows += draw(printed_days(stock, market["calendar"]["days"]))
    without = draw(st.sampled_from([(), (), ("open", "high", "low"), ("volume",)]))
    return market, rows, tuple(name for name in COLUMNS if name not in without)


@SETTINGS
@given(made=replayed_markets(), seed=st.integers(0, 2**64 - 1))
def test_engine_equals_reference_at_replayed_prices(
    made: tuple[dict[str, Any], list[Row], tuple[str, ...]], seed: int
) -> None:
    market, rows, columns = made
    # A day on which nothing traded is no day of the file; a stock that never trades has no column in it.
    idle = [row("601988", date, 4.0, 0.0) for date in DATES[: market["calendar"]["days"]]]
    with tempfile.TemporaryDirectory() as folder:
        prices = write(Path(folder) / "prices.csv", [*rows, *idle], columns)
        try:
            loaded = load_text(yaml.safe_dump(replaying(market, prices)))
            run_together(loaded, seed=seed)
        except ScenarioError as refused:
            assert "float" in str(refused) or "has no prices of 60000" in str(refused)


@pytest.mark.parametrize("seed", range(3))
def test_engine_equals_reference_where_accounts_are_called_in_a_replayed_fall(seed: int, tmp_path: Path) -> None:
    """Five days of limit-down of every stock, with sealed queues, then two of limit-up."""
    market = renamed(busy(impact={"replay_limit_fill": 0.1}))
    dates = ["2015-01-06", "2015-01-07", "2015-01-08", "2015-01-09", "2015-01-12", "2015-01-13", "2015-01-14"]
    rows = []
    for stock in market["securities"]["stocks"]:
        printed, limit = round(stock["price"] * 100), round(stock["price_limit"] * 10_000)
        for day, date in enumerate(dates):
            low, high = band(printed, limit)
            close = high if day >= 5 else low
            first = {"open": printed / 100, "high": max(printed, close) / 100, "low": min(printed, close) / 100}
            rows.append(row(stock["code"], date, close / 100, close / printed - 1, **first, volume=200_000))
            printed = close
    made = run_together(load_text(yaml.safe_dump(replaying(market, write(tmp_path / "p.csv", rows)))), seed=seed)
    results = made.results()
    assert results["limit_down"][1:6].sum(axis=1).tolist() == [6] * 5
    assert results["limit_up"][6:].sum(axis=1).tolist() == [6] * 2
    assert results["margin_calls"].sum() > 0 and results["forced_sales"].sum() > 0
    assert results["unfilled_forced"].sum() > 0
