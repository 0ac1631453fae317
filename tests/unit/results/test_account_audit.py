"""The audit of single accounts: what a row says, worked by hand on the teaching cases."""

import numpy as np
import pandas as pd
import pytest

from pingcang.accounts.book import STATES
from pingcang.model import MarginMarket
from pingcang.results.account_audit import PEAK_DAYS
from twins.written import busy, cohort, engine, holding, news, quiet, stock


def audited(market):
    market.run()
    return pd.DataFrame(market.audit())


def changes(audit):
    rows = audit[audit["event"] == "state"]
    return list(zip(rows["day"], rows["phase"], rows["state_before"], rows["state_after"], strict=True))


def test_every_account_has_a_start_with_what_it_owns_and_owes():
    start = audited(MarginMarket("two_accounts_one_stock", record=("audit",)))[:2]
    assert (start["event"] == "start").all() and (start["day"] == 0).all()
    assert start["assets"].tolist() == [100_000, 200_000]
    assert start["liabilities"].tolist() == [62_000, 122_000]
    assert start["ratio_after"].round(4).tolist() == [1.6129, 1.6393]


def test_a_call_carries_the_positions_behind_it_and_the_peak_it_fell_from():
    audit = audited(MarginMarket("two_accounts_one_stock", record=("audit",)))
    call = audit[(audit["account"] == 1) & (audit["state_after"] == "CALLED") & (audit["event"] == "state")].iloc[0]
    assert (call["day"], call["phase"], call["since_day"]) == (3, "close", 0)
    assert (round(call["ratio_after"], 4), round(call["since_ratio"], 4)) == (1.2689, 1.6393)
    held = audit[(audit["account"] == 1) & (audit["event"] == "position")].iloc[0]
    assert (held["day"], held["stock"], held["held_shares"], held["price"]) == (3, "thin", 20_000, 7.74)


def test_the_peak_is_at_most_so_many_days_back():
    """Half a percent a day, 10,000 shares at 10.00 against 73,000: below 1.30 on day 11 of 25 at 9.46."""
    tree = quiet(
        [stock("a", 10.0)],
        {"retail": cohort({"positions": [holding("a", 100, 70_000)]})},
        calendar={"days": 30},
        rules={"close_out_line": 1.26, "restore_line": 1.5},
        events=[
            {"date": d.strftime("%Y-%m-%d"), "news": {"value": -0.005}}
            for d in pd.bdate_range("2015-01-06", periods=30)
        ],
    )
    audit = audited(engine(tree, record=("audit",)))
    call = audit[audit["state_after"] == "CALLED"].iloc[0]
    assert call["day"] > PEAK_DAYS
    assert call["since_day"] == call["day"] - PEAK_DAYS


def test_a_top_up_is_a_row_with_its_amount():
    """limit: 1,000 shares at 10, debt 6,000; news to 7.69; 1.5 · 6,000 − 7,690 = 1,310 to pay in."""
    tree = quiet(
        [stock("a", 10.0, price_limit=0.4)],
        {"retail": cohort({"positions": [holding("a", 10, 6_000)]}, behaviour={"top_up_probability": 1})},
        events=[news(1, -0.3)],
    )
    audit = audited(engine(tree, record=("audit",)))
    paid = audit[audit["event"] == "top-up"].iloc[0]
    assert (paid["day"], paid["phase"], paid["amount"]) == (2, "open", 1_310.0)
    assert round(paid["ratio_after"], 4) == 1.5


def test_the_lender_s_loss_stands_where_the_account_is_closed():
    """1,000 shares at 10, debt 9,500, sold at 6.25: 9,500 − 6,250 = 3,250 lost."""
    tree = quiet(
        [stock("a", 10.0, price_limit=0.5)],
        {"shadow": cohort({"positions": [holding("a", 10, 9_500)]}, kind="shadow", contract={"close_out_line": 1.05})},
        calendar={"sessions": 2},
        impact={"news_at_open": 1},
        events=[news(1, -0.6)],
    )
    market = engine(tree, record=("audit",))
    audit = audited(market)
    closed = audit[audit["state_after"] == "CLOSED"].iloc[0]
    assert closed["amount"] == 3_250.0 == market.results()["lender_loss"].sum()


def test_two_changes_of_a_day_are_two_rows_with_the_states_between():
    """CALLED, forced at the open, restored by the first session's sale, and called again at the close by new news."""
    tree = quiet(
        [stock("a", 10.0, price_limit=0.4)],
        {"retail": cohort({"positions": [holding("a", 100, 70_000)]})},
        calendar={"sessions": 4, "days": 4},
        rules={"call_window": 1, "restore_line": 1.4},
        impact={"news_at_open": 0},
        events=[news(1, -0.2), news(2, -0.3)],
    )
    audit = audited(engine(tree, record=("audit",)))
    assert changes(audit)[:4] == [
        (1, "close", "NORMAL", "CALLED"),
        (2, "open", "CALLED", "FORCED"),
        (2, "session", "FORCED", "NORMAL"),
        (2, "close", "NORMAL", "CALLED"),
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_states_follow_one_another_without_a_gap_and_end_as_the_book_says(seed):
    market = engine(busy(), seed=seed, record=("audit",))
    audit = audited(market)
    for population in market.populations:
        rows = audit[(audit["cohort"] == population.name) & (audit["event"] == "state")]
        twice = rows.groupby(["account", "day"]).size()
        for account, mine in rows.groupby("account"):
            before, after = mine["state_before"].tolist(), mine["state_after"].tolist()
            assert before == ["NORMAL", *after[:-1]]
            assert after[-1] == STATES[population.book.state[account]]
        assert population.name != "shadow" or twice.max() > 1  # the test reaches two changes a day


def test_losses_on_closed_accounts_are_the_lenders_loss():
    market = engine(busy(), seed=1, record=("audit",))
    audit = audited(market)
    lost = audit.loc[audit["state_after"] == "CLOSED", "amount"].sum()
    assert lost == pytest.approx(market.results()["lender_loss"].sum(), abs=0.01)
    assert lost > 0


def test_positions_are_what_orders_have_left():
    """Walking the fills forward from the first position of an account gives its next ones."""
    market = engine(busy(), seed=2, record=("audit",))
    audit = audited(market)
    audit["moment"] = np.arange(len(audit))
    held = audit[audit["event"] == "position"]
    checked = 0
    for (cohort_name, account, code), rows in held.groupby(["cohort", "account", "stock"]):
        if len(rows) < 2:
            continue
        mine = audit[(audit["cohort"] == cohort_name) & (audit["account"] == account) & (audit["stock"] == code)]
        first, last = rows.iloc[0], rows.iloc[-1]
        between = mine[(mine["event"] == "order") & mine["moment"].between(first["moment"], last["moment"])]
        assert first["held_shares"] + between["filled_shares"].sum() == last["held_shares"]
        checked += 1
    assert checked > 3
