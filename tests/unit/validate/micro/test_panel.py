"""The panel is what the engine did: distances by the rule, holdings by the book, days by hand."""

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.model import MarginMarket
from pingcang.rules.distance_to_call import distance_to_call
from pingcang.scenario import load_scenario
from pingcang.validate.micro.panel import (
    DUE,
    FREE,
    SEALED,
    SELLING,
    UNCALLED,
    WAITING,
    collect_panel,
    distance,
)
from unit.validate.micro.made import small

money = st.integers(1, 10**13)
lines = st.integers(10_100, 20_000)
sigmas = st.floats(0.001, 0.2)


@given(st.lists(st.tuples(money, money, lines, money), min_size=1), sigmas)
def test_distance_is_the_rule_for_every_account(accounts, sigma):
    assets, owed, line, risky = np.array(accounts, np.int64).T
    expected = [distance_to_call(a, owes, at, v, 0, sigma) for a, owes, at, v in accounts]
    assert distance(assets, owed, line, risky, sigma).tolist() == expected


@given(
    risky=st.integers(10**6, 10**12), cash=st.integers(0, 10**12), multiple=st.floats(1.01, 9), line=lines, sigma=sigmas
)
def test_distance_is_the_papers_formula_in_leverage(risky, cash, multiple, line, sigma):
    """Z = (L* − L)/(σ_A·L·(L* − 1)), L = A/E, L* = line/(line − 1), σ_A the daily deviation of all assets."""
    assets = risky + cash
    debt = int(assets * (1 - 1 / multiple)) + 1
    leverage, limit = assets / (assets - debt), (line / 10_000) / (line / 10_000 - 1)
    sigma_assets = sigma * risky / assets
    z = (limit - leverage) / (sigma_assets * leverage * (limit - 1))
    one = (np.array([n], np.int64) for n in (assets, debt, line, risky))
    assert distance(*one, sigma)[0] == pytest.approx(z, rel=1e-6, abs=1e-6 / sigma_assets)


def test_distance_of_a_fully_invested_account_with_numbers():
    """Bought for 200 with a debt of 100 at the line 1.30 and 5% a day: (1 − 0.65)/0.05 = 7; L = 2, L* = 4.33."""
    dmc = distance(*(np.array([n], np.int64) for n in (20_000, 10_000, 13_000, 20_000)), 0.05)
    assert dmc[0] == pytest.approx(7.0)
    leverage, limit = 2.0, 1.3 / 0.3
    z = (limit - leverage) / (0.05 * leverage * (limit - 1))
    assert z == pytest.approx(7.0)


def test_limit_pin_day_by_day():
    """The numbers of scenarios/limit_pin.yaml; its σ stays what the scenario sets, or grows with the fall of `sick`."""
    panel = collect_panel(load_scenario("limit_pin"), seed=0, run=0)
    assert panel.days == 5
    sick, sound = panel.rows(panel.stock == 0), panel.rows(panel.stock == 1)
    assert sick.day.tolist() == [1, 2, 3, 4, 5]
    assert sound.day.tolist() == [1, 2, 3]
    assert sick.lots.tolist() == [100, 100, 100, 100, 100]
    assert sick.sold.tolist() == pytest.approx([0, 0, 0, 0, 0.65])
    assert sound.sold.tolist() == [0, 0, 1]
    assert sick.status.tolist() == [UNCALLED, WAITING, DUE, SELLING, SELLING]
    assert panel.state[1:5, 0].tolist() == [SEALED] * 4
    assert panel.state[:, 1].tolist() == [FREE] * 6
    assert panel.price[:, 0].tolist() == [1000, 900, 810, 729, 656, 625]
    assert sick.crossed.tolist() == [0, 0, 0, 0, 0]
    sigma = load_scenario("limit_pin").scenario.impact.dmc_volatility
    first = distance_to_call(20_000_000, 14_800_000, 13_000, 20_000_000, 0, sigma)
    assert sick.dmc[0] == sound.dmc[0] == pytest.approx(first)
    low = distance_to_call(19_000_000, 14_800_000, 13_000, 19_000_000, 0, sigma)
    assert sick.dmc_low[0] == pytest.approx(low)
    assert panel.value[:2].tolist() == [100 * 1000, 100 * 1000]


def test_every_row_is_what_the_book_says():
    panel = collect_panel(small(), seed=3, run=1)
    market = MarginMarket(small(), seed=3, run=1)
    seen = 0
    for day in range(1, panel.days + 1):
        eve = [_positions(population) for population in market.populations]
        indebted = [_indebted(population) for population in market.populations]
        market.step()
        for cohort, (population, before) in enumerate(zip(market.populations, eve, strict=True)):
            now = _positions(population)
            rows = panel.rows((panel.day == day) & (panel.cohort == cohort))
            first = population.book.code << 24
            for account, stock, lots, sold in zip(rows.account, rows.stock, rows.lots, rows.sold, strict=True):
                assert before[account - first][stock] == lots
                kept = max(0, now.get(account - first, {}).get(stock, 0))
                assert sold == pytest.approx(1 - kept / lots, abs=1e-6)
            seen += len(rows)
            assert set((rows.account - first).tolist()) == indebted[cohort]
    mesa.Agent._ids.pop(market, None)
    assert seen == len(panel) > 1000
    assert np.allclose(panel.price[-1], market.stocks.price)


def _indebted(population):
    book = population.book
    return set(np.flatnonzero((book.debt > 0) & (book.frozen == 0) & (book.lots > 0).any(axis=0)).tolist())


def _positions(population):
    book = population.book
    held = {}
    for j, i in zip(*np.nonzero(book.lots), strict=True):
        held.setdefault(int(i), {})[int(book.stock[j, i])] = int(book.lots[j, i])
    return held


def test_the_first_days_of_a_run_are_the_run_of_those_days():
    long, short = collect_panel(small(), seed=1, run=0), collect_panel(small(**{"calendar.days": 3}), seed=1, run=0)
    cut = long.until(3)
    assert cut.days == short.days == 3
    for name in ("day", "account", "stock", "lots", "dmc", "dmc_low", "crossed", "status", "sold", "price", "state"):
        assert np.array_equal(getattr(cut, name), getattr(short, name)), name


def test_no_market_is_kept_alive():
    before = len(mesa.Agent._ids)
    collect_panel(load_scenario("one_account"), seed=0, run=0)
    assert len(mesa.Agent._ids) == before
