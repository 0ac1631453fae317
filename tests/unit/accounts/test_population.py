"""Drawn accounts: debt to the fen, whole lots, and draws that are named by the account."""

import numpy as np
import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.errors import ScenarioError
from pingcang.randomness import cohort_code
from twins.written import busy, cohort, loaded, quiet, stock

COLUMNS = (
    "cash",
    "stock",
    "lots",
    "loan",
    "reserved",
    "own_line",
    "pending_loan",
    "pending_own",
    "frozen",
    "debt",
    "booked",
)
ROOMY = {"securities": {"stocks": [stock(f"S{k}", 5.0 + k, haircut=0.6) for k in range(8)]}}
"""Stocks so large that nobody's accounts crowd a float."""


def books(market, **kwargs):
    return draw_initial_state(loaded(market), seed=7, run=0, scale=market.get("scale", 1.0), **kwargs).books


def same(one, other, accounts=slice(None)):
    return all(np.array_equal(getattr(one, c)[..., accounts], getattr(other, c)[..., accounts]) for c in COLUMNS)


@pytest.mark.parametrize("kind", ["retail", "shadow", "institution", "short_seller"])
def test_adding_a_cohort_leaves_the_other_cohorts_accounts_bit_identical(kind):
    every = {
        name: {"kind": name, "accounts": 50, "debt": 5e6, "maintenance_ratio": [[0, 1.3], [1, 2.5]]}
        for name in ("retail", "shadow", "institution", "short_seller")
    }
    market = busy(**ROOMY) | {"cohorts": every}
    without = market | {"cohorts": {name: drawn for name, drawn in every.items() if name != kind}}
    before, after = books(without), books(market)
    assert set(after) - set(before) == {kind}
    for name, book in before.items():
        assert same(book, after[name]), name


def test_adding_a_cohort_in_front_leaves_the_others_bit_identical():
    base = busy(**ROOMY)
    first = {"mine": cohort({"cash": 10.0})}
    before, after = books(base), books(base | {"cohorts": first | base["cohorts"]})
    assert all(same(book, after[name]) for name, book in before.items())


def test_other_seeds_and_runs_draw_other_accounts():
    scenario = loaded(busy(**ROOMY))
    drawn = [
        draw_initial_state(scenario, seed=s, run=r, scale=1.0).books["retail"]
        for s, r in ((1, 0), (2, 0), (1, 1), (1, 0))
    ]
    assert not same(drawn[0], drawn[1])
    assert not same(drawn[0], drawn[2])
    assert same(drawn[0], drawn[3])


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.1])
def test_a_cohorts_debt_is_the_scenarios_to_the_fen(scale):
    market = busy(**ROOMY) | {"scale": scale}
    for name in ("retail", "shadow"):
        book = books(market)[name]
        assert book.debt.sum() == round(market["cohorts"][name]["debt"] * 100 * scale)
        assert (book.loan.sum(axis=0) == book.debt).all()
        assert (book.loan[book.lots == 0] == 0).all()


def test_positions_of_an_account_are_in_distinct_stocks_and_only_marginable_ones_where_the_contract_says_so():
    listed = [stock(f"S{k}", marginable=k % 2 == 0) for k in range(6)]
    book = books(busy() | {"securities": {"stocks": listed}})["retail"]
    for i in range(len(book)):
        held = book.stock[book.lots[:, i] > 0, i].tolist()
        assert len(held) == len(set(held))
        assert all(s % 2 == 0 for s in held)


def test_initial_ratios_follow_the_quantile_table():
    market = busy(**ROOMY)
    market["cohorts"]["retail"] |= {"accounts": 2000, "debt": 1e10}
    market["cohorts"]["retail"]["behaviour"] = market["cohorts"]["retail"]["behaviour"] | {"activity": 0.0}
    initial = draw_initial_state(loaded(market), seed=7, run=0, scale=1.0)
    book, unit = initial.books["retail"], initial.listing.price.astype(np.int64) * initial.listing.lot_value
    ratio = ((book.lots * unit[book.stock]).sum(axis=0) + book.cash) / book.debt
    quantiles = np.quantile(ratio, [0.1, 0.5, 0.9])
    assert quantiles == pytest.approx([1.32 + 1.28 * q for q in (0.1, 0.5, 0.9)], abs=0.05)  # 2,000 draws: ±0.01 each


def test_shares_that_do_not_fit_into_a_float_become_cash():
    """Debt of five times the float: assets and debt stay as drawn, lots stay below the float."""
    tiny = {"securities": {"stocks": [stock("a", float_shares=100_000), stock("b")]}}
    market = busy() | tiny
    initial = draw_initial_state(loaded(market | {"funds": None}), seed=7, run=0, scale=1.0)
    held = sum(
        np.bincount(b.stock.ravel(), weights=np.maximum(b.lots, 0).ravel(), minlength=2) for b in initial.books.values()
    )
    assert held[0] <= 0.9 * 1000
    for book in initial.books.values():
        assert (book.booked == book.cash + book.frozen - book.debt).all()


def test_written_out_accounts_larger_than_what_the_funds_leave_are_refused():
    market = quiet(
        [stock("a", float_shares=100_000)],
        {"retail": cohort({"positions": [{"stock": "a", "shares": 90_000}]})},
        funds={"count": 1, "share_of_float": 0.5},
    )
    with pytest.raises(
        ScenarioError, match=r"hold 1400 lots of a, its float is 1000; lower the debt or share_of_float"
    ):
        books(market)


def test_short_sellers_start_with_their_proceeds_frozen():
    book = books(busy(**ROOMY))["short_seller"]
    assert (book.lots <= 0).all()
    assert (book.frozen == book.loan.sum(axis=0)).all()
    assert book.debt.sum() == 0


@pytest.mark.parametrize("positions", [1, 3])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_a_drawn_account_has_its_ratio_to_the_fen(positions, scale):
    """Whole lots never fit a value; cash takes the remainder. A = ⌊2.37·L⌋, where one account carries the fen that
    rounding took from the debts of the others."""
    drawn = {
        "kind": "retail", "accounts": 200, "debt": 3e7 + 0.01, "slots": 3, "positions": [[positions, 1.0]],
        "maintenance_ratio": [[0, 2.37], [1, 2.37]], "size": [[0, 0.5], [1, 3.0]], "cash_share": 0.1,
        "behaviour": {"activity": 0.0},
    }  # fmt: skip
    market = quiet(ROOMY["securities"]["stocks"], {"retail": drawn}, scale=scale)
    initial = draw_initial_state(loaded(market), seed=7, run=0, scale=scale)
    book, unit = initial.books["retail"], initial.listing.price.astype(np.int64) * initial.listing.lot_value
    held = book.lots * unit[book.stock]
    missing = held.sum(axis=0) + book.cash - np.floor(book.debt * 2.37).astype(np.int64)
    largest = np.argmax(book.debt)
    assert -2.37 * len(book) <= missing[largest] <= 0
    assert (np.delete(missing, largest) == 0).all()
    least = np.floor(book.debt * 2.37) * 0.1
    assert (book.cash >= np.floor(least)).all()
    assert (book.cash <= least + (held > 0).sum(axis=0) * unit.max()).all()  # less than a lot of each position more


def test_an_account_that_waits_with_a_purchase_has_its_ratio_too():
    """Of 1.6·D in two positions it has sold one, which repaid 0.8·D: 0.8·D stand against 0.2·D."""
    drawn = {
        "kind": "retail", "accounts": 50, "debt": 5e6, "slots": 2, "maintenance_ratio": [[0, 1.6], [1, 1.6]],
        "behaviour": {"activity": 1.0}, "cash_share": 0.0,
    }  # fmt: skip
    initial = draw_initial_state(
        loaded(quiet(ROOMY["securities"]["stocks"], {"retail": drawn}, calendar={"sessions": 1})),
        seed=7, run=0, scale=1.0,
    )  # fmt: skip
    book, unit = initial.books["retail"], initial.listing.price.astype(np.int64) * initial.listing.lot_value
    waiting = (book.lots > 0).sum(axis=0) == 1
    assert waiting.sum() > 40
    worth = (book.lots * unit[book.stock]).sum(axis=0) + book.cash
    ratio = worth / book.debt
    assert ratio[waiting] == pytest.approx(0.8 / 0.2, rel=1e-5)  # a few fen of 20,000 yuan, from rounding


def test_two_cohorts_whose_names_share_a_code_are_refused():
    names: dict[int, str] = {}
    for k in range(300):
        code = cohort_code(f"c{k}")
        if code in names:
            break
        names[code] = f"c{k}"
    pair = {names[code]: cohort({"cash": 1.0}), f"c{k}": cohort({"cash": 1.0})}
    with pytest.raises(
        ScenarioError, match=rf"cohorts.{names[code]}: would share its random numbers with c{k}; rename"
    ):
        books(quiet([stock()], pair))
