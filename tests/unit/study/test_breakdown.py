"""A comparison taken apart: parts are the dataset's own numbers, add up to the whole, and are paired as it is."""

import numpy as np
import pytest

import fakes
from pingcang.results.audit import audit_path
from pingcang.results.dataset import assemble, provenance
from pingcang.scenario import load_scenario
from pingcang.study.arms import Arm, Bench, changed, simulate_all
from pingcang.study.breakdown import BOARD, COHORT, SECTOR, break_down, by_board, by_cohort, by_sector
from pingcang.study.calm import CalmArms, calm_cost, measured, without_news
from pingcang.study.compare import compare
from pingcang.study.lenders import Capital, lenders
from pingcang.study.paired import Resampling
from pingcang.study.sellers import ALL, forced_accounts, same_accounts, sellers

RUNS = 4


def made_up(runs=RUNS, seed=0):
    """A dataset of the made-up market."""
    loaded = fakes.loaded()
    market = fakes.FakeMarket()
    results = [market(loaded, seed=seed, run=run, threads=1, amplification=False, record=()) for run in range(runs)]
    return assemble(results, provenance(loaded, seed=seed, record=(), amplification=False))


def test_parts_are_sums_over_the_days_after_the_start():
    data = made_up()
    cohort = by_cohort(data)["shadow"]
    assert cohort["forced_sales"] == pytest.approx(data["forced_sales"].sel(cohort="shadow")[:, 1:].sum("day").values)
    assert cohort["negative_equity"] == pytest.approx(data["negative_equity"].sel(cohort="shadow").max("day").values)
    board = by_board(data)["chinext"]
    assert board["limit_down_days"] == pytest.approx(data["limit_down"].sel(board="chinext")[:, 1:].sum("day").values)
    assert board["turnover"] == pytest.approx(data["turnover"].sel(board="chinext")[:, 1:].sum("day").values)
    assert (set(cohort), set(board)) == (set(COHORT), set(BOARD))
    assert set(by_sector(data)["tech"]) == set(SECTOR)


def test_equity_at_the_trough_is_that_of_the_day_on_which_the_index_is_lowest_in_each_run():
    data = made_up()
    day = data["index"].values.argmin(axis=1)  # the made-up index falls from day to day
    expected = data["investor_equity"].sel(cohort="retail").values[np.arange(RUNS), day]
    assert by_cohort(data)["retail"]["equity_at_trough"] == pytest.approx(expected)


def test_a_dataset_held_against_itself_differs_by_nothing_in_any_part():
    table = break_down(made_up(), made_up(), Resampling(RUNS), "mean").table
    known = table[table["runs"] > 0]
    assert (known[["difference", "ci_low", "ci_high"]] == 0).all(axis=None)
    assert set(table["dimension"]) == {"cohort", "board", "sector"}


def test_only_parts_that_both_arms_have_are_compared():
    found = break_down(made_up(), made_up().isel(cohort=[1], board=[0, 2]), Resampling(RUNS), "mean")
    assert (list(found.parts["cohort"]), list(found.parts["board"])) == (["shadow"], ["main", "sme"])


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """China 2015, small, with the audit: the close-out line of 1.30 against 1.40, and both in calm times."""
    small = {"scale": 0.001, "calendar.days": 14}
    base = load_scenario("china_2015", overrides=small)
    bench = Bench(tmp_path_factory.mktemp("arms"), seed=1, threads=1)
    rule = {"rules.close_out_line": 1.40}
    arms = [Arm("1.30", base, 2, record=("audit",)), Arm("1.40", changed(base, rule), 2, record=("audit",))]
    calm = without_news(base)
    quiet = CalmArms("same", Arm("calm 1.30", calm, 2), Arm("calm 1.40", changed(calm, rule), 2))
    return bench, arms, compare(*arms, bench, capital=Capital(1e9, 0.5), calm=quiet)


def test_losses_of_cohorts_add_up_to_that_of_the_lenders(real):
    bench, arms, found = real
    with bench.open(arms[0]) as data:
        whole, parts = data["lender_loss"].values, data["lender_loss_cohort"].sum("cohort").values
    assert whole.sum() > 0
    np.testing.assert_allclose(parts, whole, rtol=1e-12)
    assert found.lenders.total.base == pytest.approx(found.metrics["lender_loss"].base.value)
    assert found.lenders.brokers.base + found.lenders.shadow.base == pytest.approx(found.lenders.total.base)


def test_cohorts_add_up_to_the_headline(real):
    _, _, found = real
    for metric in ("forced_sales", "preemptive_sales", "margin_calls", "lender_loss"):
        parts = [part[metric].difference.value for part in found.breakdown.parts["cohort"].values()]
        assert sum(parts) == pytest.approx(found.metrics[metric].difference.value)
    assert found.metrics["margin_calls"].difference.value > 0


def test_the_loss_is_held_against_the_stated_capital_and_against_its_limit(real):
    _, _, found = real
    brokers, share, beyond = found.lenders.brokers, found.lenders.share, found.lenders.beyond
    assert share.base == pytest.approx(brokers.base / 1e9)
    assert beyond.base in {0.0, 0.5, 1.0}
    told = found.lenders.to_dict()
    assert (told["broker_capital"], told["limit"]) == (1e9, 0.5)


def test_without_a_stated_capital_no_share_is_told():
    found = lenders(made_up(), made_up(), None, Resampling(RUNS), "mean")
    assert (found.share, found.beyond) == (None, None)
    assert found.to_dict()["share_of_capital"] is None


def test_the_audit_names_exactly_the_accounts_that_were_forced(real):
    """Per run and cohort at least as many as were forced on its worst day, at most as many as account-days."""
    bench, arms, found = real
    accounts = forced_accounts(audit_path(bench.store(arms[0])), found.runs)
    assert sorted(accounts) == [0, 1]
    with bench.open(arms[0]) as data:
        by_day = data["forced_accounts"] * 0.001
        for run in (0, 1):
            for cohort in ("retail", "shadow"):
                count = sum(1 for name, _ in accounts[run] if name == cohort)
                there = by_day.sel(run=run, cohort=cohort)
                assert round(float(there.max())) <= count <= round(float(there.sum()))
    assert found.sellers[ALL].base > 0


def test_sets_of_accounts_are_told_as_shares():
    """Run 0: {1, 2} against {2, 3}; run 1: nobody against {4}; run 2: {5} in both."""
    base = {0: {("retail", 1), ("retail", 2)}, 1: set(), 2: {("retail", 5), ("other", 9)}}
    other = {0: {("retail", 2), ("retail", 3)}, 1: {("retail", 4)}, 2: {("retail", 5)}}
    found = sellers(base, other, ["retail"], Resampling(3), "mean", scale=0.1)["retail"]
    assert (found.base, found.other, found.both) == pytest.approx((10, 40 / 3, 20 / 3))
    assert (found.spared.value, found.spared.n) == (0.25, 2)  # 1/2 and 0/1; run 1 forces nobody
    assert found.newly.value == pytest.approx((0.5 + 1 + 0) / 3)


def test_accounts_are_the_same_only_where_a_cohort_is_drawn_alike():
    base = load_scenario("china_2015")
    rules = changed(base, {"rules.close_out_line": 1.4, "cohorts.shadow.contract.close_out_line": 1.1})
    assert same_accounts(base.scenario, rules.scenario) == list(base.scenario.cohorts)
    debt = changed(base, {"cohorts.shadow.debt": 1e12})
    assert "shadow" not in same_accounts(base.scenario, debt.scenario)
    assert same_accounts(base.scenario, changed(base, {"scale": 0.02}).scenario) == []


# ---- calm times ------------------------------------------------------------------------------------------------------


def test_calm_times_have_no_news_and_no_rescue_but_the_dated_rules():
    quiet = without_news(load_scenario("china_2015")).scenario
    assert [(str(event.date), list(event.rules)) for event in quiet.events] == [
        ("2015-06-29", ["financing_rate"]),
        ("2015-07-02", ["call_window"]),
        ("2015-08-04", ["short_cover_t_plus_one"]),
    ]
    assert without_news(load_scenario("china_2025")).scenario.events == []


def test_a_stricter_line_forgoes_credit_in_calm_times(real):
    _, _, found = real
    credit = found.calm.metrics["mean_credit"]
    assert credit.base > 2e12 and credit.difference.value < 0
    assert found.calm.metrics["drawdown"].base < 0.2
    told = found.to_dict()["calm"]
    assert (told["scenario"], told["runs"], told["metrics"]["turnover"]["unit"]) == ("same", 2, "CNY a day")


def test_mean_credit_is_of_brokers_alone(tmp_path):
    data = made_up()
    assert measured(data)["mean_credit"] == pytest.approx(
        data["financing_balance"].sel(cohort="retail").mean("day").values
    )


def test_a_calm_run_that_failed_is_left_out_of_both_calm_arms(tmp_path, monkeypatch):
    import functools

    import pingcang.study.arms
    from pingcang.montecarlo.runner import run_many
    from unit.study.made import MovedMarket, arm

    market = MovedMarket(fail=(("0.1", 2),))
    monkeypatch.setattr(pingcang.study.arms, "run_many", functools.partial(run_many, simulate=market))
    bench, arms = Bench(tmp_path, threads=1), CalmArms("same", arm(runs=4), arm(0.1, runs=4))
    simulate_all(bench, [arms.base, arms.other])
    found = calm_cost(arms, bench, "mean")
    assert found.runs.tolist() == [0, 1, 3]
    assert found.failed_runs == ((), (2,))
