"""What holds in every market, and what must not change a market: on the random small markets of the twins."""

from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pingcang.accounts.conservation import all_cash
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.scenario import load_text
from twins.markets import DATES as RANDOM_DATES
from twins.markets import small_markets
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, news

RANDOM = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
ALLOWED = {
    ("NORMAL", "CALLED"),
    ("CALLED", "NORMAL"),
    ("CALLED", "FORCED"),
    ("NORMAL", "FORCED"),
    ("FORCED", "NORMAL"),
    ("FORCED", "CLOSED"),
}


def market_of(tree: dict[str, Any], **kwargs: Any) -> MarginMarket:
    try:
        return MarginMarket(load_text(yaml.safe_dump(tree)), **kwargs)
    except ScenarioError:
        assume(False)
        raise


def finished(tree: dict[str, Any], **kwargs: Any) -> MarginMarket:
    market = engine(tree, **{"seed": 5, "record": ("stocks", "audit"), **kwargs})
    market.run()
    return market


def assert_same_until(
    one: MarginMarket, other: MarginMarket, day: int | None = None, but: tuple[str, ...] = ()
) -> None:
    """Every recorded variable, and every audit row, is bit-identical on the days before `day`."""
    left, right = one.results(), other.results()
    assert left.keys() == right.keys()
    for name in left.keys() - set(but):
        assert left[name][:day].tobytes() == right[name][:day].tobytes(), name
    if "audit" not in but:
        rows, others = one.audit(), other.audit()
        kept, kept_too = (slice(None) if day is None else audit["day"] < day for audit in (rows, others))
        for column in rows:
            np.testing.assert_array_equal(rows[column][kept], others[column][kept_too], err_msg=column)


# ---- what holds in every market --------------------------------------------------------------------------------


@RANDOM
@given(tree=small_markets(), seed=st.integers(0, 2**64 - 1))
def test_nothing_is_lost_and_nothing_impossible_happens(tree: dict[str, Any], seed: int) -> None:
    """The run itself audits the books after every session; here it is counted once more, from outside."""
    market = market_of(tree, seed=seed, record=("audit",))
    cash, lots = all_cash(market), [p.book.lots.copy() for p in market.populations]
    while market.running:
        market.step()
        assert all_cash(market) == cash
        stocks = market.stocks
        assert ((stocks.low <= stocks.price) & (stocks.price <= stocks.high))[stocks.suspended == 0].all()
        assert stocks.price.min() >= 1
        assert min(stocks.rest_lots.min(), stocks.lendable.min()) >= 0
        held = stocks.rest_lots + sum(holder.lots for holder in market.portfolios)
        for population in market.populations:
            book = population.book
            assert (
                min(book.loan.min(), book.reserved.min(), book.debt.min(), book.interest.min(), book.locked.min()) >= 0
            )
            assert min(book.pending_loan.min(), book.pending_own.min(), book.presell.min()) >= 0
            assert (book.frozen == np.where(book.lots < 0, book.loan, 0).sum(axis=0)).all()
            held = held + np.bincount(book.stock.ravel(), book.lots.ravel(), len(held)).astype(np.int64)
            if tree["cohorts"][population.name]["kind"] != "short_seller":
                began_short = (lots[market.populations.index(population)] < 0).any()
                assert began_short or book.lots.min() >= 0
        assert (held == stocks.float_lots).all()


@RANDOM
@given(tree=small_markets(), seed=st.integers(0, 2**32))
def test_call_states_change_only_as_they_may_and_no_fill_exceeds_its_order(tree: dict[str, Any], seed: int) -> None:
    market = market_of(tree, seed=seed, record=("audit",))
    market.run()
    audit = market.audit()
    changed = audit["event"] == "state"
    assert (
        set(zip(audit["state_before"][changed].tolist(), audit["state_after"][changed].tolist(), strict=True))
        <= ALLOWED
    )
    orders = audit["event"] == "order"
    ordered, filled = audit["ordered_shares"][orders], audit["filled_shares"][orders]
    assert (np.abs(filled) <= np.abs(ordered)).all()
    assert (filled * ordered >= 0).all()
    forced = audit["reason"][orders] == "forced"
    assert (audit["state_before"][orders][forced] == "FORCED").all()


# ---- common random numbers -------------------------------------------------------------------------------------

CHANGES = {
    "a rule": {"rules": {"close_out_line": 1.45}},
    "a contract": {"contract": {"retail": {"financing_rate": 0.5}}},
    "price formation": {"impact": {"depth": 0.5, "herding_down": 0.1}},
    "the exchange": {"exchange": {"price_limits": False, "commission": 0.002}},
    "news": {"news": {"value": -0.3}},
    "a rescue": {"rescue": {"budget": 1e8}},
    "a credit withdrawal": {"credit_withdrawal": {"cohort": "retail", "share": 0.5}},
    "a halt": {"suspend": {"stocks": ["S0", "S1"]}},
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("day", [1, 4])
def test_two_scenarios_are_bit_identical_until_the_day_on_which_they_differ(what: str, day: int) -> None:
    base = busy()
    more = sorted([*base["events"], {"date": DATES[day - 1], **CHANGES[what]}], key=lambda event: event["date"])
    one, other = finished(base), finished(base | {"events": more})
    assert_same_until(one, other, day)
    with pytest.raises(AssertionError):
        assert_same_until(one, other)


@settings(RANDOM, max_examples=12)
@given(tree=small_markets(), seed=st.integers(0, 2**32), place=st.integers(0, 6))
def test_random_markets_are_bit_identical_until_news_tells_them_apart(
    tree: dict[str, Any], seed: int, place: int
) -> None:
    day = min(place + 1, tree["calendar"]["days"])
    more = [*tree["events"], {"date": RANDOM_DATES[day - 1], "news": {"value": -0.2}, "rules": {"close_out_line": 1.4}}]
    other = merged(tree, {"events": sorted(more, key=lambda event: str(event["date"]))})
    markets = [market_of(each, seed=seed, record=("stocks", "audit")) for each in (tree, other)]
    for market in markets:
        market.run()
    assert_same_until(*markets, day)


# ---- what must not change a market -----------------------------------------------------------------------------


def test_without_margin_accounts_there_is_no_amplification():
    base = busy() | {"cohorts": {}}
    assert_same_until(finished(base), finished(base, feedback=False))


def test_accounts_without_debt_that_do_not_trade_amplify_nothing():
    idle = {"retail": cohort({"positions": [holding("S0", 100)]}, {"cash": 1_000.0})}
    base = busy() | {"cohorts": idle}
    assert_same_until(finished(base), finished(base, feedback=False))


def test_with_debt_feedback_deepens_the_fall():
    one, other = finished(busy()), finished(busy(), feedback=False)
    assert one.results()["index"][-1] < other.results()["index"][-1]


DRAWN = ("retail", "shadow", "short_seller")


def all_drawn(**more: Any) -> dict[str, Any]:
    """A change of every drawn cohort."""
    return {"cohorts": dict.fromkeys(DRAWN, more)}


SAFE = {"cohorts": {name: {"maintenance_ratio": [[0, 3.4], [1, 3.6]]} for name in ("retail", "shadow")}}
SAFER = all_drawn(maintenance_ratio=[[0, 4.4], [1, 4.6]], behaviour={"preemptive_hazard": [[0, 0]]})
NO_SHORTS = {"cohorts": {"short_seller": {"behaviour": {"activity": 0.0}}}}
NO_LOANS = all_drawn(behaviour={"appetite": {"base": 0.0, "today": 0.0, "memory": 0.0}})
FEW_SALES = {"cohorts": {"retail": {"debt": 3e6}}}
AGED = {"cohorts": {name: {"loan_age": [[0, 0], [1, 150]]} for name in ("retail", "shadow")}}
AT_EASE = merged(SAFER, all_drawn(behaviour={"withdrawal_share": 0.0}, contract={"close_out_line": 1.1}))
LOW_REQUIREMENT = {
    "requirement": {"long": 0.01, "short": 0.01},
    **dict.fromkeys(("warning_line", "close_out_line", "immediate_line", "restore_line", "withdrawal_line"), 1.2),
    "close_out_line": 1.1,
    "immediate_line": 0.5,
}
NEVER_BINDING = {
    "the line where nobody is near": (SAFE, {"rules": {"close_out_line": 1.29}}),
    "the immediate line where nobody is near": (SAFE, {"rules": {"immediate_line": 1.05}}),
    "the call window without a call": (SAFE, {"rules": {"call_window": 5}}),
    "the liquidation policy without a sale": (SAFER, {"rules": {"liquidation": "largest_first"}}),
    "the single-stock cap that is not reached": ({}, {"rules": {"single_stock_cap": {"stop": 0.9}}}),
    "the lendable share that is not used": (NO_SHORTS, {"rules": {"lendable_share": 0.5}}),
    "the valuation of suspended stocks without any": (
        {"exchange": {"suspensions": {"base_hazard": 0.0}}},
        {"exchange": {"suspended_valuation": "index_adjusted"}},
    ),
    "the transient half-life without a transient part": (
        {"impact": {"transient_share": 0.0}},
        {"impact": {"transient_half_life": 3.0}},
    ),
    "the national team's basket without a budget": ({}, {"national_team": {"size_tilt": [[0, 5.0], [1e9, 1.0]]}}),
    "the withdrawal line where nobody withdraws": (
        all_drawn(behaviour={"withdrawal_share": 0.0}),
        {"rules": {"withdrawal_line": 2.0}},
    ),
    "the uptick rule without short sellers": (NO_SHORTS, {"exchange": {"uptick_rule": False}}),
    "the warning line where nobody is near": (SAFE, {"rules": {"warning_line": 1.4}}),
    "the restore level without a call": (SAFE, {"rules": {"restore_line": 1.7}}),
    "the initial margin where nobody borrows": (NO_LOANS, {"rules": {"initial_margin": {"value": 1.0}}}),
    "the short margin without short sales": (NO_SHORTS, {"rules": {"short_margin": 1.2}}),
    "a liquidation of one day": ({}, {"rules": {"liquidation_days": 1}}),
    "liquidation days without a sale": (SAFER, {"rules": {"liquidation_days": 9}}),
    "a cap on forced sales that is never reached": (FEW_SALES, {"rules": {"liquidation_volume_share": 1.0}}),
    "a call window in hours without a call": (SAFE, {"rules": {"call_window": {"hours": 1}}}),
    "hours of trading without a window in hours": ({}, {"exchange": {"trading_hours": 6.5}}),
    "a term longer than the run": (AGED, {"rules": {"contract_term": {"days": 180}}}),
    "a term that is always rolled over": (SAFE, {"rules": {"contract_term": {"days": 1, "roll_over": True}}}),
    "ages of loans without a term": ({}, AGED),
    "limits of concentration of all assets": ({}, {"rules": {"concentration_limits": [[0.0, 1.0], [1.8, 1.0]]}}),
    "limits of concentration that bind below every ratio": (
        SAFE,
        {"rules": {"concentration_limits": [[0.0, 0.1], [1.6, 1.0]]}},
    ),
    "the requirement instead of the ratio where nobody is near either": (AT_EASE, {"rules": LOW_REQUIREMENT}),
    "the least equity that everybody has": (
        merged(AT_EASE, {"rules": LOW_REQUIREMENT}),
        {"rules": {"requirement": {"minimum_equity": 10.0}}},
    ),
    "of what the initial margin is, where it limits no loan": (
        merged(merged(AT_EASE, NO_SHORTS), {"rules": {"initial_margin": {"value": 0.01}}}),
        {"rules": {"initial_margin": {"of": "purchase"}}},
    ),
}


@pytest.mark.parametrize("what", NEVER_BINDING)
def test_a_rule_that_never_binds_changes_nothing(what: str) -> None:
    common, change = NEVER_BINDING[what]
    base = merged(busy(), common)
    assert_same_until(finished(base), finished(merged(base, change)), but=("initial_margin",))  # recorded as it is


def test_a_cohort_that_never_trades_changes_nothing_for_the_others():
    base = busy()
    more = merged(
        base, {"cohorts": {"idle": cohort({"positions": [holding("S0", 10)], "cash": 5.0}, kind="institution")}}
    )
    one, other = finished(base), finished(more)
    for name, values in one.results().items():
        theirs = other.results()[name]
        assert values.tobytes() == (theirs[:, :3] if theirs.shape[1:2] == (4,) else theirs).tobytes(), name


@pytest.mark.parametrize("threads", [2, 3])
def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """Blocks of seven accounts, so that every cohort has several."""
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", 7)
    one, other = finished(busy(), threads=1), finished(busy(), threads=threads)
    assert_same_until(one, other)
    for left, right in zip(one.populations, other.populations, strict=True):
        for column in ("cash", "debt", "lots", "loan", "state", "interest"):
            assert (getattr(left.book, column) == getattr(right.book, column)).all()


def test_the_size_of_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = finished(busy())
    monkeypatch.setattr("pingcang.agents.accounts.ACCOUNTS_PER_BLOCK", 5)
    assert_same_until(one, finished(busy()))


def test_a_longer_calendar_does_not_change_the_days_that_were_there():
    short = finished(merged(busy(), {"calendar": {"days": 4}}))
    assert_same_until(short, finished(busy()), 5)


def test_a_holiday_after_the_last_day_changes_nothing():
    assert_same_until(finished(busy()), finished(merged(busy(), {"calendar": {"holidays": ["2015-02-20"]}})))


def test_events_that_restate_what_holds_change_nothing():
    base = busy()
    told = [{"date": DATES[0], "rules": {"close_out_line": 1.3}, "impact": {"trend": 0.2}}, *base["events"]]
    assert_same_until(finished(base), finished(base | {"events": told}))


def test_one_event_or_several_on_a_date_are_the_same():
    base, change = busy(), {"rules": {"call_window": 1}, "news": {"value": -0.125}}
    apart = [{"date": DATES[0], key: value} for key, value in change.items()]
    assert_same_until(finished(base | {"events": [{"date": DATES[0], **change}]}), finished(base | {"events": apart}))


def test_other_names_of_stocks_and_sectors_change_nothing():
    base = busy()
    renamed = [
        stock | {"code": f"X{k}", "sector": {"a": "x", "b": "y", "c": "z"}[stock["sector"]]}
        for k, stock in enumerate(base["securities"]["stocks"])
    ]
    assert_same_until(finished(base), finished(base | {"securities": {"stocks": renamed}}), but=("audit",))


def test_recording_more_changes_nothing():
    one, other = finished(busy(), record=()), finished(busy())
    assert all(one.results()[name].tobytes() == other.results()[name].tobytes() for name in one.results())


def test_news_moves_prices_on_its_day_and_not_before():
    one, other = finished(busy() | {"events": []}), finished(busy() | {"events": [news(3, -0.2)]})
    assert_same_until(one, other, 3)
    assert other.results()["index"][3] < one.results()["index"][3]


def test_a_loaded_scenario_and_its_own_text_are_the_same_market():
    first = loaded(busy())
    assert_same_until(finished(busy()), finished(yaml.safe_load(first.text)))
