"""Stories of accounts, stocks and days: their numbers are those of the dataset."""

import json

import numpy as np
import pytest

from pingcang.montecarlo.runner import run_many
from pingcang.results.storage import open_results
from pingcang.trace import Trail, trace_account, trace_day, trace_stock
from pingcang.trace.lines import account_lines
from twins.written import busy, loaded


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    place = tmp_path_factory.mktemp("busy") / "busy.zarr"
    run_many(loaded(busy()), runs=2, seed=1, record=["audit"], out=place, threads=1, jobs=1)
    return place


@pytest.fixture(scope="module")
def trail(store):
    return Trail.open(store, 1)


@pytest.fixture(scope="module")
def dataset(store):
    return open_results(store).sel(run=1).load()


def test_the_days_of_all_stocks_add_up_to_the_dataset(trail, dataset):
    stories = [trace_stock(trail, code) for code in trail.codes]
    called = np.sum([story.days["forced"] for story in stories], axis=0)
    assert called.sum() > 0
    for story in stories:
        assert story.days["close"].tolist() == dataset["close"].sel(stock=story.code).values.tolist()
        parts = story.causes.groupby("day")["log_return"].sum().reindex(story.days["day"], fill_value=0.0)
        np.testing.assert_allclose(parts, story.days["log_return"], atol=1e-12)
    forced = sum(story.sales.loc[story.sales["reason"] == "forced", "value"].sum() for story in stories)
    assert forced == pytest.approx(float(dataset["forced_sales"].sum()))


def test_a_day_counts_what_the_dataset_counts(trail, dataset):
    for day in range(1, 8):
        story = trace_day(trail, day)
        accounts = story.accounts.set_index("cohort")
        assert accounts["called"].tolist() == dataset["margin_calls"].sel(day=day).values.tolist()
        assert accounts["closed"].tolist() == dataset["closed_accounts"].sel(day=day).values.tolist()
        assert accounts["lender_loss"].sum() == pytest.approx(float(dataset["lender_loss"].sel(day=day)), abs=0.01)
        assert story.limit_down == int(dataset["limit_down"].sel(day=day).sum())
        assert story.suspended == int(dataset["suspended"].sel(day=day).sum())
        assert story.causes["log_return"].sum() == pytest.approx(story.log_return, abs=1e-12)
        sold = story.sales[story.sales["reason"] == "forced"]["value"].sum()
        assert sold == pytest.approx(float(dataset["forced_sales"].sel(day=day).sum()))
        assert story.forced["value"].sum() == pytest.approx(sold)


def test_triggers_are_the_stocks_in_which_the_accounts_that_were_hit_lost_most(trail):
    day = max(range(1, 8), key=lambda day: trace_day(trail, day).accounts["forced"].sum())
    story = trace_day(trail, day)
    assert len(story.triggers) and (story.triggers["loss"] < 0).all()
    hit = story.accounts[["called", "forced"]].sum().sum()
    assert 0 < story.triggers["accounts"].sum() <= hit
    assert story.triggers["accounts"].is_monotonic_decreasing


def test_every_call_and_forced_liquidation_of_a_market_has_its_causes(trail):
    """Shares add up to 1, and losses to what the prices did to what was held."""
    states = trail.audit(("event", "==", "state"), ("since_day", ">=", 0))
    told = 0
    for cohort, account in sorted(set(zip(states["cohort"], states["account"], strict=True)))[:60]:
        story = trace_account(trail, int(account), cohort=str(cohort))
        assert len(story.falls) == ((states["cohort"] == cohort) & (states["account"] == account)).sum()
        for fall in story.falls:
            assert len(fall.shares) == 0 or fall.shares.sum() == pytest.approx(1.0, abs=1e-9)
            assert fall.since_day < fall.day and fall.day - fall.since_day <= 20
            told += len(fall.shares) > 0
    assert told > 20


def test_lines_hold_every_filled_share_of_an_account(trail):
    orders = trail.audit(("event", "==", "order"), ("cohort", "==", "shadow"))
    for account in orders["account"].unique()[:20]:
        story = trace_account(trail, int(account), cohort="shadow")
        shares = sum(done.shares for line in account_lines(story) for done in line.trades.values())
        assert shares == orders.loc[orders["account"] == account, "filled_shares"].sum()


def test_stories_are_json(trail):
    for story in (trace_account(trail, "shadow:3"), trace_stock(trail, "S1"), trace_day(trail, 3)):
        json.dumps(story.to_dict(), allow_nan=False)
