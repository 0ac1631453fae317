"""Selling functions that were put into a panel come out of it."""

import numpy as np
import pytest

from pingcang.validate.micro.panel import DUE, HALTED, SELLING, WAITING, collect_panel
from pingcang.validate.micro.selling import BINS, bins_of, is_near, measure_selling
from unit.validate.micro.made import panel, small

DAYS, STOCKS, HOLDERS = 4, 6, 30


def known(slope_down=1.0, slope_up=1.0, **more):
    """Brokers' and shadow accounts whose net selling is λ(bin) × slope + an effect of the stock and day."""
    draw = np.random.default_rng(2)
    day, stock, cohort, holder = (a.ravel() for a in np.indices((DAYS, STOCKS, 2, HOLDERS)))
    day = day + 1
    dmc = draw.uniform(-1, 13, len(day))
    market = np.array([0.0, -0.05, 0.02, -0.01, 0.03])
    slope = np.where(market[day] < 0, slope_down, slope_up) * np.where(cohort == 0, 0.1, 0.4)
    sold = slope * truth(np.clip(np.floor(dmc) + 1, 0, BINS)) + 0.01 * stock + 0.02 * day
    return panel(
        DAYS,
        STOCKS,
        market_return=market,
        **{"day": day, "stock": stock, "cohort": cohort, "account": holder * 2 + cohort, "dmc": dmc, "sold": sold}
        | more,
    )


def truth(number):
    return 1.0 - number / BINS


@pytest.mark.parametrize(("lender", "size"), [("broker", 0.1), ("shadow", 0.4)])
def test_the_selling_function_comes_out_for_each_lender(lender, size):
    found = measure_selling(known(), lender=lender)
    assert found.bins.coefficients == pytest.approx(size * truth(np.arange(BINS)), abs=1e-6)
    assert found.bins.names[1] == "0 to 1"
    assert found.rows.sum() == DAYS * STOCKS * HOLDERS
    assert found.bins.clusters == DAYS


def test_falling_and_rising_days_are_told_apart():
    both = known(slope_down=2.0, slope_up=0.5)
    down, up = (measure_selling(both, lender="broker", market=market) for market in ("down", "up"))
    assert down.bins.coefficients == pytest.approx(4 * up.bins.coefficients, abs=1e-5)
    assert down.near["near"] > up.near["near"] > 0
    assert down.rows.sum() == up.rows.sum() == DAYS // 2 * STOCKS * HOLDERS


def test_an_account_that_always_sells_does_not_count_with_account_effects():
    plain = known()
    always = plain.account % 5 == 0
    noisy = known(sold=plain.sold + 0.3 * always)
    found = measure_selling(noisy, lender="broker", account_effects=True, cluster="account")
    assert found.bins.coefficients == pytest.approx(0.1 * truth(np.arange(BINS)), abs=1e-4)
    assert found.bins.clusters == HOLDERS


def test_adjusted_selling_has_the_mean_of_what_was_sold():
    found = measure_selling(known(), lender="shadow")
    mean = known().sold[known().cohort == 1].mean()
    assert np.dot(found.adjusted, found.rows) / found.rows.sum() == pytest.approx(mean, abs=1e-6)
    assert found.adjusted[0] - found.adjusted[BINS] == pytest.approx(0.4, abs=1e-6)


def test_suspended_stocks_are_left_out():
    state = np.zeros((DAYS + 1, STOCKS), np.int8)
    state[2, 3] = HALTED
    open_ = known()
    halted = known(state=state, sold=np.where((open_.day == 2) & (open_.stock == 3), 0.9, open_.sold))
    found = measure_selling(halted, lender="broker")
    assert found.bins.observations == (DAYS * STOCKS - 1) * HOLDERS
    assert found.bins.coefficients == pytest.approx(0.1 * truth(np.arange(BINS)), abs=1e-6)


def test_a_purchase_counts_as_a_holding_doubled_at_most():
    bought = panel(stocks=1, account=range(4), dmc=[1.5, 1.5, 20, 20], sold=[0, 0, -50, -1])
    assert measure_selling(bought, lender="broker").bins["1 to 2"] == pytest.approx(1.0)


def test_accounts_in_the_hands_of_their_lender_are_at_the_line():
    rows = panel(account=range(6), dmc=[-0.1, 0, 2.99, 3, 15, 15], status=[0, 0, WAITING, 0, DUE, SELLING])
    assert bins_of(rows).tolist() == [0, 1, 3, 4, 0, 0]
    assert is_near(rows).tolist() == [True, True, True, False, True, True]


def test_a_lender_without_accounts_has_no_selling_function():
    nobody = panel(account=range(3), cohort=[0, 0, 0])
    found = measure_selling(nobody, lender="shadow")
    assert np.isnan(found.bins.coefficients).all()
    assert np.isnan(found.adjusted).all()


def test_fear_of_the_call_is_seen_in_a_real_run():
    """Brokers sell before a call by their hazard of DMC: .55 at 0, hardly any from 6; without it they do not."""
    quiet = {f"cohorts.{name}.behaviour.preemptive_hazard": [[0, 0.0]] for name in ("retail", "institution")}
    fearful, calm = (
        measure_selling(collect_panel(small(**{"scale": 0.002}, **changes), seed=1, run=0), lender="broker")
        for changes in ({}, quiet)
    )
    assert fearful.near["near"] > 2 * fearful.near.error("near")
    assert fearful.near["near"] > calm.near["near"] + 0.02
