"""One round of deleveraging against the closed form of Greenwood, Landier and Thesmar (JFE 115, 2015), section 2.

After a shock every bank n (here: margin account) sells so as to return to its leverage target, pro rata across its
assets, and prices answer linearly, asset by asset:

    F_n = (r·L_n − A_n)/(r − 1),   net sales_s = Σ_n w_ns F_n,   return_s = − sales_s / (p_s · lot · D_s)

Their F is in money and their prices are the first-order ones; ours are p/(1 + N/D) and whole lots, so the linear
limit is approached as N/D → 0. Aggregate vulnerability = Σ_s (value held in s) · return_s / Σ_n equity_n.
"""

import numpy as np
import pytest

from pingcang.model import MarginMarket
from twins.written import cohort, engine, holding, news, quiet, stock

PRICES = (10.0, 25.0, 4.0)
TURNOVER = (0.01, 0.004, 0.02)
KAPPA = 0.25
FLOAT_LOTS = 10_000_000
HOLDINGS = [(4000, 1000, 0), (0, 1600, 9000), (3000, 500, 5000), (2500, 2500, 2500)]
RATIO_BEFORE, SHOCK, RESTORE = 1.5, 0.08, 1.5


def shocked_market() -> MarginMarket:
    """All accounts at m = 1.5 are hit by −8 % (a factor 1/1.08) in the first session and sold in the second."""
    accounts = []
    for lots in HOLDINGS:
        assets = sum(n * 100 * p for n, p in zip(lots, PRICES, strict=True))
        held = [(f"s{s}", n) for s, n in enumerate(lots) if n]
        loan = round(assets / RATIO_BEFORE / len(held), 2)
        accounts.append({"positions": [holding(code, n, loan) for code, n in held]})
    listed = [stock(f"s{s}", p, turnover=t) for s, (p, t) in enumerate(zip(PRICES, TURNOVER, strict=True))]
    lines = dict.fromkeys(("immediate_line", "close_out_line", "warning_line", "restore_line"), RESTORE)
    return engine(
        quiet(
            listed,
            {"retail": cohort(*accounts)},
            rules=lines,
            impact={"depth": KAPPA, "news_at_open": 1.0},
            calendar={"days": 1, "sessions": 2},
            events=[news(1, -SHOCK)],
        ),
        seed=0,
    )


def closed_form() -> tuple[np.ndarray, float]:
    """(first-order return of each stock in the fire sale, aggregate vulnerability), from the formulas alone."""
    lots, price = np.array(HOLDINGS, float), np.round(np.array(PRICES) / (1 + SHOCK), 2)
    value = lots * 100 * price
    assets = value.sum(axis=1)
    debt = (lots * 100 * np.array(PRICES)).sum(axis=1) / RATIO_BEFORE
    sales = (RESTORE * debt - assets) / (RESTORE - 1)
    net = (value * (sales / assets)[:, None]).sum(axis=0)
    depth = FLOAT_LOTS * np.array(TURNOVER) / KAPPA
    returns = -net / (price * 100 * depth)
    return returns, float((value.sum(axis=0) * returns).sum() / (assets - debt).sum())


def test_one_round_of_fire_sales_is_greenwood_landier_thesmar_in_the_linear_limit():
    """Tolerance: N/D is at most 0.3 %, its square 1e-5 against 3e-3; whole lots add half a lot in about 1,000."""
    market = shocked_market()
    market.run()
    reference = np.array(PRICES) * 100 / (1 + SHOCK)
    returns, _ = closed_form()
    assert market.stocks.reference / reference - 1 == pytest.approx(returns, rel=0.01)


def test_aggregate_vulnerability_is_greenwood_landier_thesmar_in_the_linear_limit():
    """Holdings before the sale at reference prices: their equation values what banks hold when the shock has hit."""
    market = shocked_market()
    lots = market.populations[0].book
    held = np.bincount(lots.stock.ravel(), lots.lots.ravel(), 3)
    debt = int(lots.debt.sum())
    market.run()
    start = np.array(PRICES) * 100 / (1 + SHOCK)
    price = np.round(start)
    lost = (held * 100 * price * (market.stocks.reference / start - 1)).sum()
    equity = (held * 100 * price).sum() - debt
    assert lost / equity == pytest.approx(closed_form()[1], rel=0.01)


def test_a_stock_that_no_seller_holds_does_not_move():
    market = shocked_market()
    book = market.populations[0].book
    book_lots = book.lots.copy()
    market.run()
    sold = (book_lots - book.lots).sum(axis=1)
    assert sold.sum() > 0
    apart = engine(
        quiet([stock("s0", 10.0, turnover=0.01), stock("s1", 10.0)],
              {"retail": cohort({"positions": [holding("s0", 1000, 660_000)]})},
              rules={"immediate_line": 1.3, "close_out_line": 1.3}, impact={"depth": KAPPA, "news_at_open": 1.0},
              calendar={"days": 1, "sessions": 2}, events=[news(1, -0.25)], exchange={"price_limits": False}),
        seed=0,
    )  # fmt: skip
    apart.run()
    assert apart.stocks.reference[1] == 800.0
    assert apart.stocks.reference[0] < 800.0


@pytest.mark.parametrize("lots", [100, 400, 1600])
def test_linear_impact_of_a_forced_sale_is_first_order_in_its_share_of_depth(lots):
    """Cont and Wagalath (2013): a sale of N lots moves the price by −N/D + O((N/D)²)."""
    account = {"positions": [holding("s0", lots, lots * 100 * 8.0)]}  # m = 1 after the fall to 8.00: all of it is sold
    market = engine(
        quiet(
            [stock("s0", 10.0, turnover=0.01)],
            {"retail": cohort(account)},
            rules={"immediate_line": 1.1},
            impact={"depth": KAPPA, "news_at_open": 1.0},
            calendar={"days": 1, "sessions": 2},
            events=[news(1, -0.25)],
            exchange={"price_limits": False},
        ),
        seed=0,
    )
    market.run()
    share = lots / (FLOAT_LOTS * 0.01 / KAPPA)
    moved = market.stocks.reference[0] / 800.0 - 1
    assert market.populations[0].book.lots.sum() == 0
    assert abs(moved + share) <= share * share
