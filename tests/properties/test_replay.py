"""What must hold of every replay: flat prices do nothing, a market's own closes come back, scale and threads do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pingcang.model import MarginMarket
from pingcang.results.recorder import Recorder
from pingcang.rules.price_limit import band
from pingcang.scenario import load_text
from replays import Row, flat, renamed, replaying, row, write
from twins.written import DATES, busy, cohort, holding, quiet, stock


def run(market: dict[str, Any], **kwargs: Any) -> MarginMarket:
    made = MarginMarket(load_text(yaml.safe_dump(market)), **kwargs)
    made.run()
    return made


def falling(market: dict[str, Any], daily: float = -0.07) -> list[Row]:
    """Every stock of a market falls by so much a day, the last two days by the limit."""
    rows = []
    for listed in market["securities"]["stocks"]:
        printed = round(listed["price"] * 100)
        for day, date in enumerate(DATES):
            low, _ = band(printed, round(listed["price_limit"] * 10_000))
            close = low if day >= 5 else max(low, round(printed * (1 + daily)))
            ends = {"open": printed / 100, "high": printed / 100, "low": close / 100}
            rows.append(row(listed["code"], date, close / 100, close / printed - 1, volume=300_000, **ends))
            printed = close
    return rows


def test_flat_prices_without_debt_leave_everything_as_it_was(tmp_path: Path) -> None:
    """Accounts that act every day: without debt they have nothing to repay, to borrow or to fear."""
    accounts = [{"cash": 1000.0 * k, "positions": [holding("600000", 1 + k)]} for k in range(5)]
    market = quiet(
        [stock("600000"), stock("600001", 20.0)],
        {"retail": cohort(*accounts, behaviour={"activity": 0, "preemptive_hazard": [[0, 1.0]]})},
        calendar={"sessions": 4},
    )
    rows = [*flat("600000", DATES[:5], 10.0), *flat("600001", DATES[:5], 20.0)]
    start = MarginMarket(load_text(yaml.safe_dump(market)))
    made = run(replaying(market, write(tmp_path / "p.csv", rows)))
    results = made.results()
    assert results["index"].tolist() == [1.0] * 6
    for name in ("margin_calls", "forced_sales", "preemptive_sales", "financing_balance", "margin_purchases"):
        assert not np.nan_to_num(results[name]).any(), name
    np.testing.assert_array_equal(made.populations[0].book.lots, start.populations[0].book.lots)
    np.testing.assert_array_equal(made.populations[0].book.cash, start.populations[0].book.cash)


def replay_of(made: MarginMarket, halted: np.ndarray, folder: Path) -> Path:
    """The closes of a run as a price file, each day at its close from the first session to the last."""
    close = made.results()["close"]
    rows = flat("601988", DATES, 4.0)  # not listed: it keeps days in the file on which all others are halted
    for s, code in enumerate(made.listing.codes):
        for t in range(1, len(close)):
            if not halted[t, s]:
                price, before = round(close[t, s] * 100), round(close[t - 1, s] * 100)
                rows.append(row(code, DATES[t - 1], price / 100, price / before - 1))
    return write(folder / "p.csv", rows)


@pytest.mark.parametrize("seed", range(4))
def test_the_closes_of_an_endogenous_market_come_back(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its accounts do at them, in a market with limit-downs and halts."""
    halted: list[Any] = []
    close_day = Recorder.close_day
    monkeypatch.setattr(
        Recorder, "close_day", lambda self, x: halted.append(self.market.stocks.suspended > 0) or close_day(self, x)
    )
    market = renamed(busy())
    first = run(market, seed=seed, record=("stocks",))
    was = np.array(halted)
    second = run(replaying(market, replay_of(first, was, tmp_path)), seed=seed + 100, record=("stocks",))
    assert was.any()
    assert first.results()["limit_down"].any()
    for name in ("close", "index", "index_equal_weight", "limit_down", "limit_up", "suspended"):
        np.testing.assert_array_equal(second.results()[name], first.results()[name], err_msg=name)


def test_threads_and_blocks_change_no_bit_of_a_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    market = renamed(busy())
    market = replaying(market, write(tmp_path / "p.csv", falling(market)))
    whole = run(market, seed=5, record=("stocks",))
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", 7)
    cut = run(market, seed=5, threads=3, record=("stocks",))
    assert whole.results()["forced_sales"].sum() > 0
    for name, array in whole.results().items():
        np.testing.assert_array_equal(array, cut.results()[name], err_msg=name)


def test_twice_the_scale_leaves_what_is_told_at_scale_1_nearly_as_it_was(tmp_path: Path) -> None:
    """Prices, halts and turnover exactly; what accounts do within the noise of some thousand accounts."""
    market = renamed(
        busy(
            cohorts={"retail": {"accounts": 20_000, "debt": 6e8}, "shadow": {"accounts": 10_000, "debt": 1e8}},
        )
    )
    for listed in market["securities"]["stocks"]:
        listed["float_shares"] *= 50
    rows = [line | {"volume": 10_000_000} for line in falling(market)]
    market = replaying(market, write(tmp_path / "p.csv", rows))
    half, full = (run({**market, "scale": scale}, seed=2).results() for scale in (0.25, 0.5))
    for name in ("index", "index_equal_weight", "limit_down", "suspended"):
        np.testing.assert_allclose(half[name], full[name], rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(half["turnover"][1:], full["turnover"][1:], rtol=1e-3)
    np.testing.assert_allclose(half["financing_balance"], full["financing_balance"], rtol=0.05)
    assert half["forced_sales"].sum() == pytest.approx(full["forced_sales"].sum(), rel=0.05)
    assert half["margin_calls"].sum() == pytest.approx(full["margin_calls"].sum(), rel=0.05)


def test_no_order_of_anybody_touches_a_price(tmp_path: Path) -> None:
    """A hundred times the debt, another behaviour, another seed: the same closes."""
    market = renamed(busy())
    prices = write(tmp_path / "p.csv", falling(market))
    calm = run(replaying(market, prices), seed=1, record=("stocks",))
    market["cohorts"]["retail"]["debt"] *= 10
    market["cohorts"]["shadow"]["behaviour"]["activity"] = 1.0
    wild = run(replaying(market, prices), seed=9, record=("stocks",))
    assert (calm.results()["forced_sales"] != wild.results()["forced_sales"]).any()
    for name in ("close", "volume", "turnover", "index"):
        np.testing.assert_array_equal(calm.results()[name], wild.results()[name], err_msg=name)
