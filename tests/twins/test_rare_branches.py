"""Markets written out so that engine and reference both reach what random markets reach too seldom."""

from typing import Any

import pytest

from twins.compare import run_together
from twins.written import DATES, cohort, holding, loaded, news, quiet, stock

SEEDS = pytest.mark.parametrize("seed", range(4))
EAGER = {"behaviour": {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}}


def together(market: dict[str, Any], seed: int) -> Any:
    return run_together(loaded(market), seed=seed)


@SEEDS
def test_cash_set_aside_for_a_purchase_is_not_withdrawn(seed):
    """The account owes shares, not money, so what it sells is set aside while it has liabilities."""
    account = {"cash": 5_000, "positions": [holding("a", 100), holding("b", -20, 20_000)]}
    waiting = {"behaviour": {"activity": 1.0, "minimum_order": 1.0, "withdrawal_share": 0.5}}
    market = quiet(
        [stock("a"), stock("b")],
        {"retail": cohort(account, **waiting)},
        calendar={"sessions": 2},
        rules={"withdrawal_line": 1.5},
    )
    book = together(market, seed).populations[0].book
    assert book.pending_own[0] == 10_000_000
    assert 0 < book.cash[0] - book.pending_own[0] < 500_000


@SEEDS
def test_attention_finds_the_edges_of_weights_of_a_few_yuan(seed):
    """Float caps of 1, 2, 3 … yuan: the drawn place falls on an edge every few draws."""
    listed = [stock(f"s{k}", 0.01, marginable=k != 1) | {"float_shares": 100 * (k + 1)} for k in range(5)]
    listed.append(stock("big", 0.01) | {"float_shares": 600})
    accounts = [{"cash": 9.0, "positions": [holding("big", 1)]} for _ in range(5)]
    market = quiet(
        listed, {"retail": cohort(*accounts, slots=4, **EAGER)}, calendar={"sessions": 8}, impact={"depth": 0.01}
    )
    together(market, seed)


@SEEDS
@pytest.mark.parametrize("policy", ["largest_first", "most_liquid_first"])
def test_equal_positions_are_sold_in_order_of_slot(seed, policy):
    listed = [stock(f"s{k}") for k in range(4)]
    account = {"positions": [holding(f"s{k}", 100, 79_000) for k in (2, 0, 3, 1)]}
    market = quiet(
        listed,
        {"retail": cohort(account, slots=4)},
        rules={"immediate_line": 1.3, "liquidation": policy},
        calendar={"days": 1, "sessions": 2},
    )
    book = together(market, seed).populations[0].book
    left = book.lots[:, 0].tolist()
    assert left[0] < 100
    assert left[2:] == [100, 100]


@SEEDS
def test_lots_sold_short_today_are_not_covered_in_fear(seed):
    """Every account sells short once and looks at its line in every session, wanting out."""
    market = quiet(
        [stock("a"), stock("b")],
        {
            "short_seller": cohort(
                *[{"cash": 50_000} for _ in range(6)],
                kind="short_seller",
                behaviour={
                    "activity": 1.0,
                    "preemptive_hazard": [[0, 1.0]],
                    "preemptive_size": 1.0,
                    "cover_profit": 1.0,
                },
            )
        },
        rules={"short_cover_t_plus_one": True},
        calendar={"sessions": 8},
    )
    together(market, seed)


@SEEDS
def test_a_stock_sealed_in_one_session_opens_in_another(seed):
    """Wild reference prices in narrow bands: sealed, open and sealed again within a day, on either side."""
    listed = [stock(f"s{k}", 20.0, price_limit=0.02) for k in range(3)]
    eager = {"activity": 1.0, "cover_profit": 0.0, "minimum_order": 0.0, "short_size": 0.9}
    market = quiet(
        listed,
        {
            "retail": cohort(*[{"positions": [holding("s0", 10 + k, 9_000)]} for k in range(5)], behaviour=eager),
            "short_seller": cohort(*[{"cash": 90_000.0 + k} for k in range(5)], kind="short_seller", behaviour=eager),
        },
        exchange={"uptick_rule": False},
        rules={"lendable_share": 0.0005},
        impact={"depth": 0.01, "stock_volatility": 0.15, "noise_bids": 0.001},
        calendar={"sessions": 8},
        events=[news(1, -0.03), news(3, 0.03)],
    )
    together(market, seed)


@SEEDS
def test_called_accounts_with_cash_set_aside_do_not_buy(seed):
    """The warning line is the close-out line, and the level of cure is higher: a called account could still borrow."""
    account = {"cash": 90_000, "positions": [holding("a", 100, 90_000), holding("b", 100, 60_000)]}
    market = quiet(
        [stock("a"), stock("b"), stock("c")],
        {"retail": cohort(*[account] * 6, slots=4, contract={"haircut": 1.0}, **EAGER)},
        rules={
            "close_out_line": 1.9,
            "warning_line": 1.9,
            "restore_line": 2.5,
            "call_window": 4,
            "initial_margin": {"value": 0.1},
        },
        calendar={"sessions": 4},
        events=[news(1, -0.05), news(2, 0.08)],
    )
    together(market, seed)


@SEEDS
def test_loans_stop_at_the_warning_line_where_margin_would_still_allow_them(seed):
    """A tenth of own margin is enough for a loan: only the warning line of 1.5 forbids it."""
    account = {"positions": [holding("a", 100, 70_000), holding("b", 100, 69_000)]}
    market = quiet(
        [stock("a"), stock("b"), stock("c")],
        {"retail": cohort(*[account] * 4, slots=4, contract={"haircut": 1.0}, **EAGER)},
        rules={"initial_margin": {"value": 0.1}, "call_window": 9},
        calendar={"sessions": 4},
        events=[news(1, -0.04), news(3, 0.06)],
    )
    together(market, seed)


@SEEDS
def test_the_immediate_line_binds_where_an_accounts_own_line_is_lower(seed):
    account = {"positions": [holding("a", 100, 80_000)], "close_out_line": 1.05}
    market = quiet(
        [stock("a")],
        {"retail": cohort(account, contract={"check": "session"})},
        rules={"immediate_line": 1.2},
        calendar={"sessions": 2},
        events=[news(1, -0.06)],
    )
    ended = together(market, seed)
    assert ended.results()["forced_sales"].sum() > 0


@SEEDS
def test_recalled_shares_are_bought_back_and_no_others_sold_short(seed):
    market = quiet(
        [stock("a"), stock("b")],
        {
            "short_seller": cohort(
                *[{"cash": 50_000}] * 5, kind="short_seller", behaviour={"activity": 1.0, "cover_profit": 1.0}
            )
        },
        events=[{"date": DATES[2], "rules": {"lending_stopped": True}}],
        calendar={"sessions": 4},
    )
    assert (together(market, seed).populations[0].book.lots == 0).all()
