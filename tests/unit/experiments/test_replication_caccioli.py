"""Caccioli et al. (2014) on small networks: cascades by hand and by a plain loop, the window, the engine's accounts."""

import math

import numpy as np
import pytest
from experiments.common.style import drawing, save_figure
from experiments.replications.caccioli.answers import Plan, crossing, edge, outcome, window
from experiments.replications.caccioli.branching import largest_eigenvalue
from experiments.replications.caccioli.engine_window import EnginePlan
from experiments.replications.caccioli.margin_accounts import LINE, closed_out, portfolios, scenario
from experiments.replications.caccioli.network import COMMON, IMPACT, Network, cascade, erdos_renyi
from scipy.sparse import csr_array

from pingcang import MarginMarket

SMALL = Plan(
    banks=300,
    assets=300,
    networks=8,
    firsts=5,
    degrees=(1, 2, 3, 8, 16),
    leverages=(5.0, 10.0, 20.0, 25.0, 30.0),
    engine=EnginePlan(accounts=60, stocks=60, networks=2, each=(1, 3, 12), cushions=(0.05,)),
)


@pytest.fixture(scope="module")
def cells():
    return window(SMALL)


def told_plainly(network, first, leverage):
    """The cascade, one bank and one asset at a time."""
    holdings = network.holdings.toarray()
    banks, assets = holdings.shape
    failed = {first}
    while True:
        price = []
        for j in range(assets):
            held = sum(holdings[i, j] for i in range(banks))
            sold = sum(holdings[i, j] for i in failed)
            price.append(math.exp(-IMPACT * sold / held) if held else 1.0)
        loss = [sum(holdings[i, j] * (1 - price[j]) for j in range(assets)) for i in range(banks)]
        now = failed | {i for i in range(banks) if loss[i] >= 1 / leverage}
        if now == failed:
            return failed
        failed = now


def test_two_banks_with_one_asset_by_hand():
    network = Network(csr_array(np.full((2, 1), COMMON)))
    loss = COMMON * (1 - math.exp(-IMPACT / 2))  # half of the asset is sold: 0.3276, equity of leverage 3.053
    failed = cascade(network, np.array([0, 0]), np.array([1 / loss * 0.999, 1 / loss * 1.001]))
    assert failed.tolist() == [[True, True], [False, True]]


def test_a_tenth_sold_takes_a_tenth_off_the_price():
    assert math.exp(-IMPACT / 10) == pytest.approx(0.9, abs=1e-5)


def test_the_cascade_is_the_one_told_plainly():
    rng = np.random.default_rng(3)
    sizes = set()
    for leverage in (8.0, 15.0, 25.0):
        network = erdos_renyi(40, 40, 2.5, rng)
        firsts = np.arange(6)
        failed = cascade(network, firsts, np.full(6, leverage))
        for case, first in enumerate(firsts):
            expected = told_plainly(network, int(first), leverage)
            assert set(np.flatnonzero(failed[:, case])) == expected
            sizes.add(len(expected))
    assert min(sizes) < 4 < 20 < max(sizes)


def test_more_leverage_never_saves_a_bank():
    network = erdos_renyi(200, 200, 4, np.random.default_rng(4))
    leverages = np.array([5.0, 10.0, 15.0, 20.0, 30.0, 60.0])
    failed = cascade(network, np.full(6, 11), leverages)
    assert failed[11].all()
    assert (failed[:, :-1] <= failed[:, 1:]).all()


def test_a_bank_spreads_the_common_part_of_its_money_over_its_assets():
    network = erdos_renyi(2000, 500, 3, np.random.default_rng(5))
    total = network.holdings.sum(axis=1)
    assert total[network.degrees > 0] == pytest.approx(COMMON)
    assert (total[network.degrees == 0] == 0).all()
    assert network.degrees.mean() == pytest.approx(3, abs=4 * math.sqrt(3 / 2000))  # four standard errors


def test_there_is_a_window_of_instability(cells):
    p = cells.pivot_table(index="leverage", columns="degree", values="probability")
    assert p.loc[20.0, 1] < 0.3 < 0.6 < p.loc[20.0, 3]
    assert p.loc[20.0, 16] == 0
    assert (p.loc[5.0] == 0).all()
    assert (p.loc[30.0] >= p.loc[20.0]).all()


def test_what_is_robust_is_fragile(cells):
    hit = cells[(cells["leverage"] == 30.0) & (cells["probability"] > 0)]
    assert hit.loc[hit["degree"].idxmax(), "extent"] > 0.98


def test_the_branching_process_has_the_window_too():
    assert max(largest_eigenvalue(degree, 5.0) for degree in (1, 2, 4, 8)) < 1
    assert largest_eigenvalue(0.5, 20.0) < 1 < largest_eigenvalue(3, 20.0)
    assert largest_eigenvalue(12, 20.0) < 1


def test_if_every_holder_fails_the_process_grows_as_on_the_bare_network():
    """Poisson degrees: a failed bank has μ further assets on average, each with μ_a further holders."""
    assert largest_eigenvalue(2.5, 1e12) == pytest.approx(2.5**2, rel=1e-6)
    assert largest_eigenvalue(2.0, 1e12, assets_per_bank=0.5) == pytest.approx(2.0 * 4.0, rel=1e-6)


def test_an_edge_is_where_a_line_between_two_points_meets_the_level():
    x, y = np.array([1.0, 2.0, 4.0, 6.0]), np.array([0.0, 1.0, 0.5, 0.0])
    assert crossing(x, y, 0.25, rising=True) == 1.25
    assert crossing(x, y, 0.25, rising=False) == 5.0
    assert math.isnan(crossing(x, y, 2.0, rising=True))


def test_leverage_opens_the_upper_edge_and_leaves_the_lower(cells):
    lower = [edge(cells, leverage, 0.5, rising=True) for leverage in (20.0, 30.0)]
    assert lower[0] == pytest.approx(lower[1], abs=0.3)
    assert edge(cells, 20.0, 0.5, rising=False) < edge(cells, 30.0, 0.5, rising=False)


def test_an_account_stands_its_cushion_above_the_line():
    loaded = scenario(portfolios(5, 5, 3, np.random.default_rng(6)), 0.05, first=0)
    account = MarginMarket(loaded, seed=0).populations[0][1]
    assert account.maintenance_ratio * (1 - 0.05) == pytest.approx(LINE, abs=1e-6)
    assert len(account.positions) == 3


@pytest.mark.parametrize(("each", "spreads"), [(1, False), (3, True), (12, False)])
def test_margin_accounts_have_a_window_in_diversification(each, spreads):
    network = portfolios(100, 100, each, np.random.default_rng(7))
    closed = closed_out(scenario(network, 0.05, first=0))
    by_rules = cascade(network, np.array([0]), np.array([1 / 0.05]))[:, 0]
    assert closed[0]
    assert closed.mean() > 0.9 if spreads else closed.mean() < 0.05
    assert (closed == by_rules).all()


def test_the_outcome_has_its_rows_tables_and_figure(tmp_path):
    found = outcome(SMALL)
    assert len(found.rows) == 21
    assert set(found.tables) == {"window", "accounts"}
    with drawing():
        assert save_figure(found.draw(), tmp_path / "caccioli.png").stat().st_size > 10_000
