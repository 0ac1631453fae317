"""Noise alone leaves the expected price where it is: half the variance is taken off every move.

growth(x) is 1 + x upward and 1/(1 − x) downward, so E[growth(σZ)] = 1 + σ²/2 + O(σ³) for standard normal Z; with
(σ² + β²σ_m²)/2 taken off, the mean factor of a session is 1 up to the third order. The constant of σ³ lies below 1:
−E|Z|³/2 + E|Z|/2 = −0.8 + 0.4 of the downward half.
"""

from dataclasses import replace

import numpy as np
import pytest

from pingcang._core.clear import drift
from pingcang._core.rng import TABLE
from pingcang.accounts.initial import draw_initial_state
from pingcang.reference.market import ReferenceMarket
from pingcang.reference.philox import normal
from twins.written import engine, loaded, quiet, stock

STOCKS, DAYS = 2_000, 60
DAILY = 0.03
STRATA = [normal((k + 0.5) / 64) for k in range(64)]
"""Standard normal draws in the middle of equally likely strata; without the tails their variance is 0.98."""


def noisy_market(sessions, seed, **impact):
    return engine(
        quiet(
            [stock(f"s{k}", 10.0) for k in range(STOCKS)],
            {},
            calendar={"days": DAYS, "sessions": sessions},
            exchange={"price_limits": False},
            impact={"stock_volatility": DAILY, "market_volatility": 0.0, "reversion": 0.0, "trend": 0.0, **impact},
        ),
        seed=seed,
    )


@pytest.mark.parametrize("sessions", [1, 8])
@pytest.mark.parametrize("seed", [2, 3])
def test_an_equal_weight_index_without_news_stays_within_three_standard_errors_of_1(sessions, seed):
    """After 60 days the standard error of 2,000 stocks is 0.03·√60/√2,000 = 0.0052; uncorrected, half the variance
    would have lifted the mean by 60·0.00045 = 0.027, five of them. Measured over 150 seeds, the distance in standard
    errors has a standard deviation of 1.03 for either K, and one seed (1, with K = 8) lies beyond three."""
    market = noisy_market(sessions, seed)
    market.run()
    grown = market.stocks.reference / 1000
    error = grown.std() / STOCKS**0.5
    assert error == pytest.approx(DAILY * DAYS**0.5 / STOCKS**0.5, rel=0.15)
    assert abs(grown.mean() - 1) < 3 * error
    assert abs(market.results()["index_equal_weight"][-1] - 1) < 3 * error


def plain_stock():
    scenario = loaded(quiet([stock("a", 10.0, beta=1.5)], {}))
    market = ReferenceMarket(draw_initial_state(scenario, seed=0, run=0, scale=1.0), seed=0, run=0)
    return market.stocks[0], market.days[1].impact


@pytest.mark.parametrize(("own", "common"), [(0.03, 0.0), (0.0, 0.02), (0.03, 0.02)])
def test_the_mean_factor_of_a_session_is_1_to_the_third_order(own, common):
    """β = 1.5; the middles of 64 equally likely strata of own noise, each with 64 of common noise."""
    listed, impact = plain_stock()
    impact = replace(impact, stock_volatility=own, market_volatility=common, reversion=0.0)
    factors = []
    for z in STRATA:
        for y in STRATA:
            listed.reference = 1.0
            listed.drift(common * z, 0.0, own * y, impact)
            factors.append(listed.reference)
    wide = (own**2 + (1.5 * common) ** 2) ** 0.5
    assert abs(np.mean(factors) - 1) < wide**3 < wide**2 / 2 / 10


def test_what_is_taken_off_is_half_the_variance_of_own_and_common_noise():
    """σ = 0.04, β·σ_m = 2·0.03: (0.0016 + 0.0036)/2 = 0.0026, and news of 0.0026 brings the price back to where it
    was. Common noise alone takes 0.0018 off, in the kernel too."""
    listed, impact = plain_stock()
    listed.beta, listed.reference = 2.0, 1000.0
    listed.drift(0.0, 0.0026, 0.0, replace(impact, stock_volatility=0.04, market_volatility=0.03, reversion=0.0))
    assert listed.reference == pytest.approx(1000.0, rel=1e-15)
    reference = np.array([1000.0])
    news = np.array([0.0018])  # (2·0.03)²/2 alone: in the kernel own noise is drawn
    drift(reference, np.array([2.0]), np.array([1000.0]), news, TABLE, 0.0, 1.0, 0.0, 0.03, 0.0, 1, 1, 0)
    assert reference[0] == pytest.approx(1000.0, rel=1e-15)
