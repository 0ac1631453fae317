"""Thurner, Farmer and Geanakoplos (2012) on short paths: exact prices, conservation, defaults, published shapes."""

import numpy as np
import pandas as pd
import pytest
from experiments.common.style import drawing, save_figure
from experiments.replications.thurner.answers import Plan, by_path, outcome, rows, simulated
from experiments.replications.thurner.clearing import HIGHEST, LOWEST, Demand, NoPriceError, all_roots, clear
from experiments.replications.thurner.market import Markets, simulate
from experiments.replications.thurner.measures import hill, kurtosis, losses, policy_effect, summary
from experiments.replications.thurner.parameters import Parameters
from scipy.optimize import brentq

PARAMETERS = Parameters()
SHORT = Plan(seeds=3, steps=4000, dropped=500)


@pytest.fixture(scope="module")
def short():
    return by_path(SHORT, simulated(SHORT))


def markets(count=1, highest=10.0, **changed):
    return Markets(np.full(count, highest), np.zeros(count), Parameters(**changed))


def three_prices():
    """A fund of β = 200 at λ = 10 with 600 shares and a loan of 500; noise traders spend 500, supply is 1,000.

    By hand: broke below 500/600 the fund wants nothing: 500/p = 1,000 at p = 0.5. At its ceiling (p < 0.95)
    500 + 10·(600·p − 500) = 1,000·p at p = 0.9. Above, 500 + 200·(1 − p)·(600·p − 500) = 1,000·p once more, below 1.
    """
    shares, cash = np.full((3, 1), 600.0), np.full((3, 1), -500.0)
    return Demand(np.full(3, 500.0), shares, cash, np.full(3, 10.0), np.array([200.0]), value=1.0, supply=1000.0)


def test_every_price_clears_its_market_exactly():
    several = markets(40)
    shocks = np.random.default_rng(1).standard_normal((400, 40))
    for shock in shocks:
        shares, cash, last, ceiling = several.shares.copy(), several.cash.copy(), several.price, several.ceiling
        several.step(shock)
        noise = np.exp(several.log_noise)
        demand = Demand(noise, shares, cash, ceiling, PARAMETERS.aggression, value=1.0, supply=1000.0)
        assert np.abs(demand.excess(several.price)).max() < 1e-9 * PARAMETERS.shares
        assert (clear(demand, last) == several.price).all()


def told_plainly(seed, highest, steps):
    """One market, fund by fund, with a library's root finder; there is one price at leverage this low."""
    p, price, log_noise = PARAMETERS, 1.0, np.log(1000.0)
    funds = [{"beta": beta, "shares": 0.0, "cash": 2.0, "performance": 0.0, "away": 0} for beta in p.aggression]
    prices = []

    def wanted(fund, at):
        return min(fund["beta"] * max(1 - at, 0), highest) * max(fund["shares"] * at + fund["cash"], 0)

    for shock in np.random.default_rng(seed).standard_normal(steps):
        log_noise = 0.99 * log_noise + 0.035 * shock + 0.01 * np.log(1000.0)
        last = price
        price = brentq(
            lambda at: np.exp(log_noise) + sum(wanted(f, at) for f in funds) - 1000 * at,  # noqa: B023
            0.01, 5, xtol=1e-14,
        )  # fmt: skip
        for fund in funds:
            if fund["away"]:
                fund["away"] -= 1
                fund["cash"] = 0.0 if fund["away"] else 2.0
                continue
            worth, wealth = wanted(fund, price), fund["shares"] * price + fund["cash"]
            gain = fund["shares"] * (price - last) / (fund["shares"] * last + fund["cash"])
            fund["performance"] = 0.9 * fund["performance"] + 0.1 * gain
            flow = max(0.15 * (fund["performance"] - 0.005) * wealth, -wealth)
            fund["shares"], fund["cash"] = worth / price, wealth - worth + flow
            if wealth + flow <= 0.2:
                fund.update(shares=0.0, cash=0.0, performance=0.0, away=100)
        prices.append(price)
    return prices


def test_the_market_is_the_one_told_plainly_default_and_return_included():
    paths = simulate(np.array([3.0, 4.0]), np.zeros(2), np.array([10, 18]), 1500)
    assert paths.defaults.sum(axis=0).min() > 0
    assert paths.price[:, 0] == pytest.approx(told_plainly(10, 3.0, 1500), rel=1e-8)
    assert paths.price[:, 1] == pytest.approx(told_plainly(18, 4.0, 1500), rel=1e-8)


def test_several_prices_clear_the_market_rarely_at_high_leverage_and_never_at_low():
    several = {}
    for highest in (3.0, 10.0):
        run, steps = markets(24, highest=highest), 0
        for shock in np.random.default_rng(8).standard_normal((2500, 24)):
            shares, cash = run.shares.copy(), run.cash.copy()
            run.step(shock)
            demand = Demand(
                np.exp(run.log_noise), shares, cash, run.ceiling, PARAMETERS.aggression, value=1.0, supply=1e3
            )
            steps += int((clear(demand, np.full(24, HIGHEST)) - clear(demand, np.full(24, LOWEST)) > 1e-6).sum())
        several[highest] = steps / (2500 * 24)
    assert several[3.0] == 0
    assert 0.0005 < several[10.0] < 0.006


def test_of_three_prices_the_one_nearest_the_last_is_taken():
    demand = three_prices()
    found = clear(demand, np.array([0.55, 0.88, 0.97]))
    assert found[:2] == pytest.approx([0.5, 0.9], abs=1e-12)
    assert 0.95 < found[2] < 1.0
    assert np.abs(demand.excess(found)).max() < 1e-9


@pytest.mark.parametrize(("anchor", "price"), [(LOWEST, 0.5), (HIGHEST, 0.98)])
def test_an_anchor_below_or_above_all_prices_takes_the_lowest_or_the_highest(anchor, price):
    assert clear(three_prices(), np.full(3, anchor)) == pytest.approx(price, abs=0.01)


def test_all_roots_are_those_at_which_excess_demand_changes_its_sign():
    demand = three_prices()
    grid = np.linspace(0.01, 1.5, 4999)
    signs = np.sign([demand.excess(np.full(3, price))[0] for price in grid])
    changes = grid[1:][signs[1:] != signs[:-1]]
    roots = all_roots(demand)[0]
    found = np.unique(roots[np.isfinite(roots)].round(9))
    assert found == pytest.approx(changes, abs=grid[1] - grid[0])


def test_a_market_whose_state_is_not_finite_has_no_price():
    demand = three_prices()
    broken = Demand(
        demand.noise * [1, np.nan, 1],
        demand.shares,
        demand.cash,
        demand.ceiling,
        demand.aggression,
        value=1,
        supply=1000,
    )
    with pytest.raises(NoPriceError, match="market 1: no price clears it"):
        clear(broken, np.ones(3))


def test_noise_traders_and_funds_hold_every_share_between_them():
    several = markets(20, ruin=0.0)
    for shock in np.random.default_rng(2).standard_normal((300, 20)):
        several.step(shock)
        held = several.shares.sum(axis=1) + np.exp(several.log_noise) / several.price
        assert held[several.away.max(axis=1) == 0] == pytest.approx(PARAMETERS.shares, rel=1e-9)


def test_without_investors_a_fund_earns_what_its_shares_earn_and_nothing_else():
    several = markets(20, flow=0.0, ruin=-1e9)
    for shock in np.random.default_rng(3).standard_normal((200, 20)):
        shares, cash = several.shares, several.cash
        several.step(shock)
        assert several.wealth == pytest.approx(np.maximum(shares * several.price[:, None] + cash, 0), abs=1e-9)


def test_no_fund_buys_beyond_its_ceiling():
    several = markets(20, highest=5.0, flow=0.0, ruin=-1e9)
    for shock in np.random.default_rng(4).standard_normal((300, 20)):
        several.step(shock)
        worth = several.shares * several.price[:, None]
        assert (worth <= 5.0 * several.wealth * (1 + 1e-9) + 1e-9).all()


def test_a_ruined_fund_is_away_for_its_absence_and_comes_back_with_what_it_began_with():
    one = markets(absence=5)
    one.cash[0, 3] = 0.1 * PARAMETERS.wealth
    assert one.step(np.zeros(1)) == 1
    for _ in range(4):
        assert one.wealth[0, 3] == 0
        assert one.step(np.zeros(1)) == 0
    assert one.away[0, 3] == 1
    one.step(np.zeros(1))
    assert (one.away[0, 3], one.wealth[0, 3], one.performance[0, 3]) == (0, PARAMETERS.wealth, 0)


def test_a_ceiling_of_one_has_no_room_to_adapt():
    paths = simulate(np.ones(2), np.array([0.0, 1000.0]), np.array([7, 7]), 300)
    assert (paths.price[:, 0] == paths.price[:, 1]).all()


def test_markets_with_one_seed_share_their_noise_and_those_with_another_do_not():
    paths = simulate(np.array([1.0, 20.0, 1.0]), np.zeros(3), np.array([7, 7, 8]), 200)
    above = (paths.price[:, 0] > 1) & (paths.price[:, 1] > 1)
    assert above.any()
    assert (paths.price[above, 0] == paths.price[above, 1]).all()  # without funds the price is that of the noise
    assert (paths.price[:, 0] != paths.price[:, 2]).all()


def test_a_market_does_not_know_of_the_others():
    together = simulate(np.array([3.0, 10.0]), np.zeros(2), np.array([1, 2]), 200)
    alone = simulate(np.array([10.0]), np.zeros(1), np.array([2]), 200)
    assert together.price[:, 1] == pytest.approx(alone.price[:, 0], rel=1e-9)


def test_hill_finds_the_exponent_of_a_pareto_tail():
    sample = np.random.default_rng(5).pareto(3.0, 100_000) + 1
    assert hill(sample) == pytest.approx(3.0, abs=3 * 3.0 / np.sqrt(3000))  # three standard errors, γ/√k
    assert np.isnan(hill(sample[:40]))


def test_kurtosis_of_a_coin_is_one_and_of_a_normal_distribution_three():
    assert kurtosis(np.array([-1.0, 1.0] * 8)) == 1
    assert kurtosis(np.random.default_rng(6).standard_normal(100_000)) == pytest.approx(3, abs=0.05)


def test_losses_are_falls_that_end_below_the_value():
    price = np.array([1.2, 1.1, 0.9, 0.95, 0.8, 1.1])
    assert losses(price, 1.0) == pytest.approx([np.log(1.1 / 0.9), np.log(0.95 / 0.8)])


def test_leverage_makes_tails_fat_and_volatility_cluster(short):
    measures = summary(short)
    fixed = measures[measures["sensitivity"] == 0].set_index(["measure", "ceiling"])["mean"]
    assert fixed["kurtosis", 1.0] < 3.5 < 6 < fixed["kurtosis", 10.0]
    assert fixed["hill", 1.0] > 5 > 4 > fixed["hill", 10.0]
    assert fixed["clustering", 10.0] > fixed["clustering", 1.0] + 0.08
    assert fixed["defaults", 1.0] == 0 < 2 < fixed["defaults", 10.0]


def test_an_adaptive_ceiling_saves_funds_at_low_leverage(short):
    effect = policy_effect(short).set_index(["ceiling", "sensitivity"])
    assert effect.loc[(5.0, 1000.0), "high"] < 0
    assert effect.loc[(1.0, 1000.0), "mean"] == 0


def test_an_effect_whose_interval_holds_zero_has_no_sign(short):
    effect = policy_effect(short)
    unsure = effect.assign(mean=0.1, low=-0.1, high=0.3)
    verdicts = {row.what: row.met for row in rows(summary(short), unsure)}
    assert not any(met for what, met in verdicts.items() if what.startswith("defaults"))
    sure = {row.what: row.met for row in rows(summary(short), effect.assign(mean=0.2, low=0.1, high=0.3))}
    signs = [met for what, met in sure.items() if what.startswith("defaults")]
    assert signs == [False, False, True, True, True]


def test_the_outcome_has_its_rows_tables_and_figure(tmp_path):
    found = outcome(Plan(seeds=2, steps=1000, dropped=50))
    assert len(found.rows) == 16
    assert set(found.tables) == {"measures", "policy", "tails", "choices"}
    assert isinstance(found.tables["tails"], pd.DataFrame)
    with drawing():
        assert save_figure(found.draw(), tmp_path / "thurner.png").stat().st_size > 10_000
