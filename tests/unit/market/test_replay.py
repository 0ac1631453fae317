"""Real prices in the units of the engine: hand-worked days, and what happens to accounts at them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.errors import ScenarioError
from pingcang.market import replay
from pingcang.model import MarginMarket
from pingcang.reference.market import ReferenceMarket
from pingcang.reference.stock import Demand, Filled
from pingcang.scenario import load_scenario
from replays import Row, flat, replaying, row, write
from twins.written import DATES, cohort, holding, loaded, merged, quiet, stock

A, B = "600000", "600001"
PEER: dict[str, Any] = {"retail": cohort({"positions": [holding(A, 1)]})}


def market(folder: Path, rows: list[Row], *stocks: dict[str, Any], **changes: Any) -> MarginMarket:
    """A quiet market of A (10 CNY, unless written out) that follows the rows."""
    changes = merged({"cohorts": PEER, "calendar": {"days": 1}}, changes)
    told = quiet(list(stocks) or [stock(A)], **changes)
    return MarginMarket(loaded(replaying(told, write(folder / "prices.csv", rows))))


def path_of(folder: Path, sessions: int, price: float = 10.0, **day: Any) -> list[int]:
    """Ticks of each session of the first day."""
    line = row(A, DATES[0], **{"close": 10.3, "change": 0.03, **day})
    made = market(folder, [line], stock(A, price), calendar={"sessions": sessions})
    assert made.days[1].replay is not None
    return made.days[1].replay.ticks[:, 0].tolist()


# ---- the path of a day ---------------------------------------------------------------------------------------------

RISING = {"open": 10.0, "low": 9.7, "high": 10.6, "close": 10.3, "change": 0.03}
FALLING = {"open": 10.0, "low": 9.4, "high": 10.3, "close": 9.7, "change": -0.03}


@pytest.mark.parametrize(
    ("sessions", "ticks"),
    [
        (1, [1030]),
        (2, [1000, 1030]),
        (4, [1000, 970, 1060, 1030]),
        (7, [1000, 985, 970, 1015, 1060, 1045, 1030]),
    ],
)
def test_a_rising_day_runs_from_open_over_low_and_high_to_close(tmp_path: Path, sessions: int, ticks: list[int]):
    assert path_of(tmp_path, sessions, **RISING) == ticks


def test_a_falling_day_reaches_its_high_first(tmp_path: Path):
    assert path_of(tmp_path, 4, **FALLING) == [1000, 1030, 940, 970]


def test_without_open_high_and_low_the_day_runs_straight_from_close_to_close(tmp_path: Path):
    assert path_of(tmp_path, 4, close=10.4, change=0.04, open=None, high=None, low=None) == [1010, 1020, 1030, 1040]


def test_ex_rights_jumps_make_no_return_and_the_days_path_is_scaled_to_the_adjusted_close(tmp_path: Path):
    """Two shares for one: 10.00 becomes 5.00; the printed day 5.00 → 4.90 → 5.20 → 5.05 is +1 %."""
    assert path_of(tmp_path, 4, open=5.0, low=4.9, high=5.2, close=5.05, change=0.01) == [1000, 980, 1040, 1010]


def test_after_a_split_the_turnover_in_yuan_is_that_of_the_file(tmp_path: Path):
    """20,000 new shares at 5.00 are 10,000 old ones, 100 lots, at 10.00: 100,000 CNY."""
    made = market(tmp_path, [row(A, DATES[0], 5.0, 0.0, volume=20_000)])
    made.step()
    assert made.stocks.volume.tolist() == [100]
    assert made.results()["turnover"][1].tolist() == [100_000.0]


def test_volume_is_whole_lots_that_add_up_over_the_sessions(tmp_path: Path):
    made = market(tmp_path, [row(A, DATES[0], 10.0, 0.0, volume=1_190)], calendar={"sessions": 8})
    made.step()
    assert made.stocks.volume.tolist() == [11]


def test_where_volume_is_unknown_the_mean_turnover_stands_in(tmp_path: Path):
    made = market(tmp_path, [row(A, DATES[0], 10.0, 0.0, volume=None)], stock(A, float_shares=1_000_000, turnover=0.02))
    made.step()
    assert made.stocks.volume.tolist() == [200]


def test_the_chain_of_changes_is_not_rounded_from_day_to_day(tmp_path: Path):
    """+0.04 % of 10.00 a day is less than half a tick: after two days it is 10.008, 10.01."""
    rows = [row(A, date, 10.0, 0.0004) for date in DATES[:2]]
    made = market(tmp_path, rows, calendar={"days": 2})
    made.run()
    assert [day.replay.ticks[0, 0] for day in made.days[1:] if day.replay] == [1000, 1001]


# ---- limits --------------------------------------------------------------------------------------------------------


def close_of(folder: Path, price: float, *rows: Row, **changes: Any) -> tuple[int, int, int]:
    """Price, lower limit and `pinned` after the rows' last day."""
    days = len({line["date"] for line in rows if line["date"] in DATES})
    made = market(folder, list(rows), stock(A, price), calendar={"days": days}, **changes)
    made.run()
    return int(made.stocks.price[0]), int(made.stocks.low[0]), int(made.stocks.pinned[0])


def test_a_printed_close_at_the_printed_limit_is_the_engines_limit_exactly(tmp_path: Path):
    """Printed 10.03 → 9.03, its limit; here 20.07 → 18.069, which rounds to 18.07, while the limit is 18.06."""
    assert close_of(tmp_path, 20.07, row(A, DATES[0], 9.03, -0.0997)) == (1806, 1806, -1)


def test_a_printed_close_one_tick_above_its_limit_is_not_at_the_limit(tmp_path: Path):
    """Printed 10.03 → 9.04; here 1.03 → 0.928, which rounds to the limit 0.93: one tick above it."""
    assert close_of(tmp_path, 1.03, row(A, DATES[0], 9.04, -0.0987)) == (94, 93, 0)


def test_limits_are_reckoned_from_the_close_that_the_exchange_reckoned_from(tmp_path: Path):
    """Shanghai: the last trade was 17.71, the exchange's close 17.72, from which 15.95 is the limit (else 15.94)."""
    before = row(A, "2015-01-05", 17.71, 0.0)
    assert close_of(tmp_path, 17.71, before, row(A, DATES[0], 15.95, -0.0999)) == (1594, 1594, -1)


def test_a_printed_previous_close_counts_where_the_change_confirms_it(tmp_path: Path):
    """300.00 → 270.01 is −10.00 % (−9.997). From 270.01/0.9 = 300.01 the limit would be 270.01."""
    before = row(A, "2015-01-05", 300.0, 0.0)
    price, low, pinned = close_of(tmp_path, 300.0, before, row(A, DATES[0], 270.01, -0.1))
    assert (price, low, pinned) == (27001, 27000, 0)


def test_limit_up_is_found_alike(tmp_path: Path):
    made = market(tmp_path, [row(A, DATES[0], 11.0, 0.1)])
    made.step()
    assert (made.stocks.price[0], made.stocks.pinned[0], made.results()["limit_up"][1].tolist()) == (1100, 1, [1])


def test_st_stocks_have_the_band_of_the_day(tmp_path: Path):
    """Half the usual band; after the change to 10 % the same fall is no limit."""
    rows = [row(A, DATES[0], 9.5, -0.05), row(A, DATES[1], 9.03, -0.0495)]
    wider = [{"date": DATES[1], "exchange": {"st_price_limit": 0.1}}]
    made = market(tmp_path, rows, stock(A, st=True, marginable=False), calendar={"days": 2}, events=wider)
    made.run()
    assert made.results()["limit_down"].sum(axis=1).tolist() == [0, 1, 0]


def test_changes_beyond_the_band_are_cut_to_it(tmp_path: Path):
    assert close_of(tmp_path, 10.0, row(A, DATES[0], 7.0, -0.3)) == (900, 900, -1)


def test_without_price_limits_nothing_is_cut(tmp_path: Path):
    assert close_of(tmp_path, 10.0, row(A, DATES[0], 7.0, -0.3), exchange={"price_limits": False})[0] == 700


def test_the_lowest_price_there_is_seals_a_stock_without_limits_too(tmp_path: Path):
    assert close_of(tmp_path, 0.02, row(A, DATES[0], 0.01, -0.5), exchange={"price_limits": False}) == (1, 1, -1)


# ---- fills ---------------------------------------------------------------------------------------------------------


def followed(demand: Demand, side: int, *, uptick: bool = False, session: int = 0, **state: Any) -> Filled:
    """Fills of the plain stock at 9.00 (lower limit), 11.00 (upper) or 10.10, with 1,000 real lots in 4 sessions."""
    told = quiet([stock(A)], PEER, calendar={"sessions": 4}, impact={"replay_limit_fill": 0.11})
    made = ReferenceMarket(draw_initial_state(loaded(told), seed=0, run=0, scale=1.0), seed=0, run=0)
    plain = made.stocks[0]
    plain.low, plain.high, plain.lendable = 900, 1100, 1000
    for name, value in state.items():
        setattr(plain, name, value)
    return plain.follow(1010, side, 1000.0, demand, made.days[1].impact, session, uptick)


@pytest.mark.parametrize(("session", "room"), [(0, 27), (1, 28), (2, 27), (3, 28)])
def test_at_the_lower_limit_sellers_share_what_others_buy_and_a_part_of_the_real_volume(session: int, room: int):
    """0.11 × 1,000 lots over four sessions: 27.5 each, in whole lots that add up."""
    assert followed(Demand(buys=40, sells=500), -1, session=session) == Filled(40, 40 + room, 0)


def test_at_the_upper_limit_buyers_share_what_others_sell_and_a_part_of_the_real_volume():
    assert followed(Demand(buys=500, sells=40, shorts=10), 1) == Filled(40 + 10 + 27, 40, 10)


def test_between_the_limits_everything_fills():
    assert followed(Demand(buys=5, sells=500, shorts=3), 0) == Filled(5, 500, 3)


def test_purchases_never_exceed_what_the_rest_holds_and_others_sell():
    assert followed(Demand(buys=500, sells=30), 0, rest_lots=7) == Filled(37, 30, 0)


def test_short_sales_fill_at_an_uptick_never_at_limit_down_and_as_far_as_can_be_borrowed():
    assert followed(Demand(shorts=3), 0, uptick=True, price=1011).shorts == 0
    assert followed(Demand(shorts=3), 0, uptick=True, price=1010).shorts == 3
    assert followed(Demand(shorts=3), -1).shorts == 0
    assert followed(Demand(shorts=3000), 0).shorts == 1000


def test_forced_sales_wait_at_limit_down_until_the_day_on_which_more_is_taken(tmp_path: Path):
    """1,000 real lots a day: 100 of 300 lots on day 1; from day 2 on half the volume, 125 lots a session."""
    rows = [
        row(A, DATES[0], 9.0, -0.1, volume=100_000),
        row(A, DATES[1], 8.1, -0.1, volume=100_000),
    ]
    called_in = {"date": DATES[0], "credit_withdrawal": {"cohort": "retail", "share": 1.0}}
    eased = {"date": DATES[1], "impact": {"replay_limit_fill": 0.5}}
    made = market(
        tmp_path,
        rows,
        calendar={"days": 2, "sessions": 4},
        cohorts={"retail": cohort({"positions": [holding(A, 300, 240_000)]})},
        impact={"replay_limit_fill": 0.1},
        events=[called_in, eased],
    )
    made.step()
    assert made.populations[0].book.lots[0, 0] == 200
    assert made.results()["unfilled_forced"][1].tolist() == [200 * 900.0]
    made.step()
    assert made.populations[0].book.lots[0, 0] == 0
    assert made.results()["forced_sales"].sum(axis=1).tolist() == [0, 100 * 900.0, 200 * 810.0]


# ---- halts, news, what else does nothing ---------------------------------------------------------------------------


def test_a_stock_is_suspended_on_the_days_without_prices_and_on_no_others(tmp_path: Path):
    rows = [
        row(A, DATES[0], 9.0, -0.1),
        row(A, DATES[2], 8.1, -0.1),
        *flat(B, DATES[:4], 10.0),
        row(A, DATES[3], 8.1, 0),
    ]
    hazards = {"base_hazard": 100, "drawdown_threshold": 0, "resume_hazard": 1, "initial_resume_hazard": 1}
    ordered = [{"date": DATES[2], "suspend": {"stocks": "all"}}, {"date": DATES[1], "resume": {"stocks": "all"}}]
    made = market(
        tmp_path,
        rows,
        stock(A),
        stock(B),
        calendar={"days": 4},
        exchange={"suspensions": {**hazards, "resume_after_up_days": 0}},
        events=ordered[::-1],
    )
    while made.running:
        made.step()
        assert not made.stocks.halt_requested.any()
    assert made.results()["suspended"].sum(axis=1).tolist() == [0, 0, 1, 0, 0]
    assert made.stocks.price[0] == 810


def test_the_index_adjusted_value_of_a_stock_counts_from_its_first_day_without_trade(tmp_path: Path):
    """B is suspended from the start to the end: 7.00 times what the index, nearly A alone, has lost since the start."""
    rows = [row(A, DATES[0], 9.5, -0.05), row(A, DATES[1], 9.0, -0.0526), row(A, DATES[2], 9.0, 0.0)]
    made = market(
        tmp_path,
        rows,
        stock(A),
        stock(B, 7.0, float_shares=100, suspended=True),
        calendar={"days": 3},
        exchange={"suspended_valuation": "index_adjusted", "suspensions": {"initial_resume_hazard": 1}},
    )
    made.run()
    assert made.stocks.mark.tolist() == [900, 630]


def test_a_stock_that_is_not_in_the_file_stays_suspended(tmp_path: Path):
    made = market(tmp_path, flat(A, DATES[:2], 10.0), stock(A), stock(B, 7.0, suspended=True), calendar={"days": 2})
    made.run()
    assert made.results()["suspended"].sum(axis=1).tolist() == [1, 1, 1]
    assert made.stocks.price.tolist() == [1000, 700]


def test_news_trend_noise_and_orders_move_nothing(tmp_path: Path):
    loud = {
        "impact": {
            "depth": 10.0,
            "market_volatility": 0.1,
            "stock_volatility": 0.1,
            "herding_down": 0.5,
            "trend": 0.3,
            "reversion": 0.5,
        },
        "events": [{"date": DATES[0], "news": {"value": -0.5}, "rescue": {"budget": 1e9}}],
        "funds": {"count": 2, "share_of_float": 0.1, "redemptions": {"base": 0.05}},
        "cohorts": {"retail": cohort({"positions": [holding(A, 3_000_000, 2.9e9)]})},
        "calendar": {"days": 3},
    }
    rows = [row(A, DATES[0], 10.1, 0.01), row(A, DATES[1], 9.6, -0.0495), row(A, DATES[2], 9.9, 0.03125)]
    made = market(tmp_path, rows, **loud)
    made.run()
    assert made.results()["forced_sales"].sum() > 0
    assert made.results()["rescue_purchases"].sum() > 0
    assert np.rint(made.results()["index"] * 1000).tolist() == [1000, 1010, 960, 990]
    assert made.stocks.reference.tolist() == [990.0]


# ---- what is refused -----------------------------------------------------------------------------------------------


def refusal(folder: Path, rows: list[Row], *stocks: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        market(folder, rows, *stocks, **changes)
    return str(refused.value)


def test_days_that_the_file_lacks_are_named(tmp_path: Path):
    rows = flat(A, [DATES[0], DATES[3]], 10.0)
    told = refusal(tmp_path, rows, calendar={"days": 4})
    assert "prices.csv: has no prices of 2015-01-07, 2015-01-08, trading days of the calendar; complete" in told


def test_days_that_the_calendar_leaves_out_are_named(tmp_path: Path):
    """The return of a day that is skipped would be lost without a word."""
    told = refusal(tmp_path, flat(A, DATES[:4], 10.0), calendar={"days": 3, "holidays": [DATES[1]]})
    assert "prices.csv: has prices of 2015-01-07, which the calendar leaves out" in told


def test_stocks_without_prices_are_named(tmp_path: Path):
    listed = [stock(A), *(stock(f"6000{k}") for k in range(10, 20))]
    told = refusal(tmp_path, flat(A, DATES[:1], 10.0), *listed)
    assert "has no prices of 600010, 600011, 600012, 600013, 600014, 600015, 600016, 600017 and 2 more" in told
    assert "suspended: true" in told


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    told = quiet([stock(A)], PEER)
    for path, message in ((tmp_path / "no.csv", "cannot be read (No such file"), (tmp_path, "is a folder")):
        with pytest.raises(ScenarioError, match=r"replay\.prices|loaders\.write_prices") as refused:
            MarginMarket(loaded(replaying(told, path)))
        assert message in str(refused.value)


def test_a_market_without_feedback_is_refused(tmp_path: Path):
    told = replaying(quiet([stock(A)], PEER, calendar={"days": 1}), write(tmp_path / "p.csv", flat(A, DATES, 10.0)))
    with pytest.raises(ScenarioError, match="real prices do not feel the orders of margin accounts"):
        MarginMarket(loaded(told), feedback=False)


BOARD = {"main": {"stocks": 1, "float_cap": [[0, 1e9], [1, 1e9]], "price": [[0, 5], [1, 5]], "turnover": [[0, 0.02]]}}

FILE = {"price_formation": "replay", "replay": {"prices": "p.csv"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"price_formation": "replay"}, "replay: is missing; price_formation: replay needs a price file"),
        ({"replay": {"prices": "p.csv"}}, "replay: is read with price_formation: replay only"),
        ({"price_formation": "replayed"}, "price_formation: "),
        ({"price_formation": "replay", "replay": {}}, "replay.prices: is missing"),
        ({"price_formation": "replay", "replay": {"prices": ""}}, "replay.prices: "),
        ({"price_formation": "replay", "replay": {"price": "p.csv"}}, "did you mean prices?"),
        (
            {
                "price_formation": "replay",
                "replay": {"prices": "p.csv"},
                "securities": {"boards": BOARD},
                "cohorts": {},
            },
            "securities.boards: drawn stocks have no real prices",
        ),
        ({"impact": {"replay_limit_fill": 1.2}}, "impact.replay_limit_fill: "),
        ({"events": [{"date": DATES[0], "impact": {"replay_limit_fill": -1}}]}, "replay_limit_fill: "),
    ],
)
def test_sections_that_do_not_fit_together_are_refused(change: dict[str, Any], message: str):
    told = {**quiet([stock(A)], PEER), **change}
    with pytest.raises(ScenarioError) as refused:
        loaded(told)
    assert message in str(refused.value)


# ---- the file ------------------------------------------------------------------------------------------------------


def test_the_path_of_a_parents_price_file_starts_from_the_parents_folder(tmp_path: Path):
    (tmp_path / "parent").mkdir()
    told = quiet([stock(A)], PEER, calendar={"days": 1}, price_formation="replay", replay={"prices": "prices.csv"})
    write(tmp_path / "parent" / "prices.csv", flat(A, DATES[:1], 10.0))
    (tmp_path / "parent" / "base.yaml").write_text(loaded(told).text, encoding="utf-8")
    (tmp_path / "child.yaml").write_text("extends: parent/base.yaml\nname: child\n", encoding="utf-8")
    made = MarginMarket(load_scenario(tmp_path / "child.yaml"))
    made.run()
    assert made.day == 1


def test_a_file_is_read_once_a_process_and_again_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write(tmp_path / "prices.csv", flat(A, DATES[:1], 10.0))
    scenario = loaded(replaying(quiet([stock(A)], PEER, calendar={"days": 1}), path))
    read: list[str] = []
    real = replay.read_prices
    monkeypatch.setattr(replay, "read_prices", lambda name: read.append(name) or real(name))
    for stamp in (1, 1, 2, 2):
        os.utime(path, ns=(stamp, stamp))
        MarginMarket(scenario)
    assert read == [str(path), str(path)]


# ---- the crash of 2015 ---------------------------------------------------------------------------------------------

DATA = os.environ.get("PINGCANG_DATA", "")
PRICES_2015 = "ashare_stock_daily_20150302_20150817.csv.gz"
CAPS_2015 = "ashare_float_cap_20150612.csv"


@pytest.mark.skipif(not DATA, reason="PINGCANG_DATA names no folder with the files of real prices")
def test_limit_downs_of_june_2015_are_those_of_the_data(tmp_path: Path):
    """Counted otherwise: closes at the day's low that fell by 9.9 % or more. Shenzhen: ashare_breadth_2013_2016.csv."""
    prices = pd.read_csv(Path(DATA) / PRICES_2015, dtype={"code": str})
    before = prices[prices["date"] <= "2015-06-12"].sort_values("date").groupby("code").tail(1)
    caps = pd.read_csv(Path(DATA) / CAPS_2015, dtype={"code": str})
    listed = caps.merge(before[["code", "close"]], on="code")
    listed["price"] = listed["close"].round(2)
    listed["float_shares"] = (listed["float_cap_yi_est"] * 1e8 / listed["close"]).astype(int)
    listed["suspended"] = (listed["traded_on_day"] == 0).astype(int)
    listed = listed[listed["float_shares"] >= 100]
    listed[["code", "price", "float_shares", "suspended"]].to_csv(tmp_path / "stocks.csv", index=False)
    told = {
        "name": "june_2015",
        "calendar": {"start": "2015-06-12", "days": 9, "sessions": 4, "holidays": ["2015-06-22"]},
        "securities": {"csv": str(tmp_path / "stocks.csv")},
    }
    made = MarginMarket(loaded(replaying(told, Path(DATA) / PRICES_2015)))
    made.run()
    assert str(made.date) == "2015-06-26"
    codes = np.array(made.listing.codes)
    down = set(codes[made.stocks.at_limit_down()])
    day = prices[(prices["date"] == "2015-06-26") & prices["code"].isin(codes)]
    fell = set(day[(day["pct_chg"] <= -9.9) & (day["close"] <= day["low"])]["code"])
    assert len(fell) > 1900
    assert len(down ^ fell) <= 10
    assert sum(not code.startswith("6") for code in down) == pytest.approx(1242, abs=8)
    assert set(codes[made.stocks.suspended == 0]) == set(day["code"])
