"""Why a call: losses by cause, worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario
from pingcang.trace import trace_account
from pingcang.trace.falls import held_through, shares_of, split_losses
from twins.written import cohort, holding, loaded, news, quiet, stock

NEWS, FORCED, ROUNDING = ("news", ""), ("forced", "retail"), ("rounding", "")


def parts(*rows):
    return pd.DataFrame(rows, columns=["day", "stock", "cause", "cohort", "traced_return"])


def held(*rows):
    return pd.DataFrame(rows, columns=["day", "stock", "shares", "price"])


@pytest.fixture(scope="module")
def spiral(tmp_path_factory):
    """The teaching case of two accounts, recorded."""

    store = tmp_path_factory.mktemp("spiral") / "two.zarr"
    run_many(load_scenario("two_accounts_one_stock"), record=["audit"], out=store, threads=1)
    return store


def test_a_loss_is_shared_by_parts_of_the_log_return_and_weighed_by_value():
    """1,000 a at 10.00 fall to 8.00, three quarters by news; 500 b at 20.00 fall to 19.00, all by forced sales."""
    fall_a, fall_b = math.log(0.8), math.log(0.95)
    losses = split_losses(
        held((1, "a", 1000, 10.0), (1, "b", 500, 20.0)),
        parts((1, "a", *NEWS, 0.75 * fall_a), (1, "a", *FORCED, 0.25 * fall_a), (1, "b", *FORCED, fall_b)),
    )
    found = losses.set_index(["stock", "cause"])["loss"].to_dict()
    assert found == pytest.approx({("a", "news"): -1500.0, ("a", "forced"): -500.0, ("b", "forced"): -500.0})
    assert shares_of(losses).to_dict() == pytest.approx({NEWS: 0.6, FORCED: 0.4})


def test_days_are_summed_and_a_cause_that_helped_has_a_share_below_0():
    """1,000 at 10.00 to 8.00 by news, then to 8.40 by a rise of routine purchases: −2,000 and +400."""
    routine = ("routine", "retail")
    losses = split_losses(
        held((1, "a", 1000, 10.0), (2, "a", 1000, 8.0)),
        parts((1, "a", *NEWS, math.log(0.8)), (2, "a", *routine, math.log(1.05))),
    )
    assert shares_of(losses).to_dict() == pytest.approx({NEWS: 1.25, routine: -0.25})


def test_what_is_sold_short_loses_by_rises():
    losses = split_losses(held((1, "a", -100, 10.0)), parts((1, "a", "cover", "short_seller", math.log(1.1))))
    assert losses["loss"].tolist() == pytest.approx([-100.0])


def test_parts_that_cancel_leave_no_loss_but_are_told():
    losses = split_losses(held((1, "a", 100, 10.0)), parts((1, "a", *NEWS, -0.1), (1, "a", *FORCED, 0.1)))
    assert losses["loss"].tolist() == pytest.approx([-100.0, 100.0])
    assert not len(shares_of(losses))


def test_only_what_is_held_at_both_ends_of_a_day_counts():
    """In the end 600; 400 were sold on day 3, and 300 of them bought on day 2: 700, 700, 600 held through."""
    fills = pd.DataFrame({"day": [2, 3], "stock": "a", "filled_shares": [300, -400]})
    found = held_through(pd.Series({"a": 600}), fills, 1, 3)
    assert found.to_numpy().tolist() == [[1, "a", 700], [2, "a", 700], [3, "a", 600]]


def test_a_position_that_was_sold_before_the_call_counts_until_then_and_a_short_one_too():
    fills = pd.DataFrame({"day": [2, 2], "stock": ["gone", "short"], "filled_shares": [-500, -100]})
    found = held_through(pd.Series({"short": -300}), fills, 1, 2)
    assert found.to_numpy().tolist() == [[1, "gone", 500], [1, "short", -200], [2, "short", -200]]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4))
def test_shares_add_up_to_1_whatever_the_causes(seed, stocks, days):
    random = np.random.default_rng(seed)
    codes = [f"S{k}" for k in range(stocks)]
    rows = [
        (day, code, *key, random.normal(-0.02, 0.05)) for day in range(days) for code in codes for key in (NEWS, FORCED)
    ]
    positions = [
        (day, code, int(random.integers(-500, 2000)), float(random.uniform(1, 50)))
        for day in range(days)
        for code in codes
    ]
    losses = split_losses(held(*positions), parts(*rows))
    whole = sum(
        shares * price * math.expm1(sum(row[-1] for row in rows if row[:2] == (day, code)))
        for day, code, shares, price in positions
    )
    assert losses["loss"].sum() == pytest.approx(whole, rel=1e-9, abs=1e-6)
    found = shares_of(losses)
    assert len(found) == 0 or found.sum() == pytest.approx(1.0, abs=1e-9)


def test_after_the_shock_the_second_account_s_loss_is_all_the_first_one_s_forced_sale(spiral):
    """Scenario file: 10.00 → 8.00 by news; 8.00 → 7.74 by A's 33 lots: 20,000 shares lose 40,000 and 5,200.

    Of the 5,200 the tick rounds 7.7444 to 7.74, so that A's sale carries all but 0.0017 of it.
    """
    (call, _) = trace_account(spiral, 1).falls
    assert (call.state, call.day, call.since_day) == ("CALLED", 3, 0)
    assert (round(call.ratio, 4), round(call.since_ratio, 4)) == (1.2689, 1.6393)
    assert call.loss == pytest.approx(-45_200, abs=1e-6)
    assert call.positions.to_dict() == pytest.approx({"thin": -45_200})
    assert call.shares[NEWS] == pytest.approx(40_000 / 45_200, abs=1e-12)
    later = call.losses[call.losses["day"] > 1]
    after = shares_of(later)
    assert set(after.index) == {FORCED, ROUNDING}
    assert after[FORCED] + after[ROUNDING] == pytest.approx(1.0, abs=1e-12)
    assert after[FORCED] == pytest.approx(math.log(1.033) / math.log(8 / 7.74), abs=1e-9)
    assert call.shares_of_last_day.to_dict() == pytest.approx(after.to_dict())


def test_a_call_that_expires_at_the_open_counts_the_days_before(spiral):
    _, forced = trace_account(spiral, 1).falls
    assert (forced.state, forced.phase, forced.day, forced.last_day) == ("FORCED", "open", 5, 4)
    assert forced.loss == pytest.approx(20_000 * (7.68 - 10), abs=1e-6)


def test_an_account_that_is_forced_in_a_session_is_charged_with_prices_up_to_it(tmp_path):
    """Half the news at the open: 10.00 → 10/1.06 = 9.43; 1,000 shares lose 566 at most, whatever follows."""
    shadow = cohort({"positions": [holding("a", 10, 8_800)]}, kind="shadow", contract={"close_out_line": 1.1})
    tree = quiet(
        [stock("a", 10.0, price_limit=0.2)],
        {"shadow": shadow},
        calendar={"sessions": 4},
        impact={"news_at_open": 0.5},
        events=[news(1, -0.12)],
    )
    run_many(loaded(tree), record=["audit"], out=tmp_path / "x.zarr", threads=1)
    (fall,) = trace_account(tmp_path / "x.zarr", 0).falls
    assert (fall.state, fall.phase, fall.day) == ("FORCED", "session", 1)
    held_at = fall.ratio * 8_800
    assert fall.loss == pytest.approx(held_at - 10_000, abs=1e-6)
    assert fall.shares[NEWS] == pytest.approx(1.0, abs=0.01)
