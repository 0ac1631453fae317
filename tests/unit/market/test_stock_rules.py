"""What the rules say of single stocks: bands, haircuts and the marginable list, by hand and in both engines."""

import numpy as np
import pytest

from pingcang.accounts.initial import draw_initial_state
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import DATES, busy, cohort, engine, holding, loaded, merged, quiet, stock

SIX = [
    stock("big", 10.0, float_shares=5_000_000_000, pe=15),
    stock("mid", 20.0, float_shares=100_000_000, board="chinext", price_limit=0.2, pe=301),
    stock("loss", 10.0, float_shares=150_000_000, pe=-1.5, marginable=False),
    stock("weak", 2.0, float_shares=200_000_000, st=True, pe=-4),
    stock("fund", 1.0, float_shares=9_000_000_000, etf=True, haircut=0.8),
    stock("tie", 10.0, float_shares=200_000_000, board="star", price_limit=0.2),
]
"""Float caps of 50, 2, 1.5, 0.4, 9 and 2 billion."""


def rules_of(rules, *events, day=0, stocks=SIX, **more):
    """(band, haircut, marginable) of a day."""
    tree = quiet(stocks, {"retail": cohort({"positions": [holding("big", 1)]})}, rules=rules, events=list(events))
    state = draw_initial_state(loaded(merged(tree, more)), seed=0, run=0, scale=1.0)
    found = state.days[day].stocks
    return found.price_limit.tolist(), found.haircut.tolist(), found.marginable.tolist()


OWN = ([1000, 2000, 1000, 500, 1000, 2000], [6500, 6500, 6500, 6500, 8000, 6500], [1, 1, 0, 0, 1, 1])
"""As `securities` has them: the ST stock is not marginable, its band is the narrower one."""


def test_without_rules_a_stock_keeps_its_own():
    assert rules_of({}) == OWN


# ---- bands -----------------------------------------------------------------------------------------------------


def test_a_board_of_the_rules_has_its_band_and_st_stocks_the_narrower_one():
    bands, _, _ = rules_of({"price_limits": {"main": 0.12, "chinext": 0.1, "st": 0.15}})
    assert bands == [1200, 1000, 1200, 1200, 1200, 2000]


def test_a_rule_set_may_name_chinese_boards_that_the_market_lacks():
    assert rules_of({"price_limits": {"bse": 0.3, "szse_main": 0.1}})[0] == OWN[0]


def test_bands_change_on_the_day_of_their_event_and_add_up():
    first = {"date": DATES[0], "rules": {"price_limits": {"chinext": 0.3}}}
    second = {"date": DATES[1], "rules": {"price_limits": {"st": 0.1}}}
    assert [rules_of({}, first, second, day=day)[0][1] for day in range(3)] == [2000, 3000, 3000]
    assert [rules_of({}, first, second, day=day)[0][3] for day in range(3)] == [500, 500, 1000]


def test_the_market_trades_within_the_bands_of_the_rules():
    fall = {"date": DATES[0], "news": {"value": -0.9}}
    tree = quiet(
        SIX, {"retail": cohort({"positions": [holding("big", 1)]})}, rules={"price_limits": {"main": 0.03, "st": 0.02}},
        events=[fall],
    )  # fmt: skip
    ended = engine(tree, seed=0)
    ended.step()
    assert ended.stocks.price.tolist() == [970, 1600, 970, 196, 97, 800]
    run_together(loaded(tree), seed=0)


# ---- haircuts --------------------------------------------------------------------------------------------------

CLASSES = {"stock": [[0, 0.65], [1.9e9, 0.65], [2e9, 0.70]], "st": 0.0, "etf": 0.9, "pe_limit": 300}


def test_haircuts_go_by_class_and_size():
    assert rules_of({"haircuts": {k: v for k, v in CLASSES.items() if k != "pe_limit"}})[1] == [
        7000, 7000, 6500, 0, 9000, 7000,
    ]  # fmt: skip


def test_a_price_earnings_ratio_beyond_the_limit_or_below_zero_counts_nothing():
    """mid has 301, loss −1.5; tie has none that is known, fund none at all."""
    assert rules_of({"haircuts": CLASSES})[1] == [7000, 0, 0, 0, 9000, 7000]


def test_the_limit_itself_is_not_beyond_it():
    assert rules_of({"haircuts": CLASSES | {"pe_limit": 301, "pe_haircut": 0.1}})[1] == [
        7000,
        7000,
        1000,
        0,
        9000,
        7000,
    ]


def test_haircuts_of_an_event_bind_from_its_day_and_may_be_lifted():
    events = [
        {"date": DATES[0], "rules": {"haircuts": CLASSES}},
        {"date": DATES[1], "rules": {"haircuts": None}},
    ]
    assert [rules_of({}, *events, day=day)[1][1] for day in range(3)] == [6500, 0, 6500]


def test_a_haircut_of_nothing_takes_the_collateral_out_of_the_available_margin():
    """Cash 0; 100,000 of `mid` without a loan. At 0.65 it stands behind 65,000/0.5 = 130,000; at P/E 301 behind 0."""

    def borrowed(rules):
        account = {"positions": [holding("mid", 50)]}
        eager = {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}
        tree = quiet(SIX, {"retail": cohort(account, slots=2, behaviour=eager)}, rules=rules, calendar={"days": 1})
        market = MarginMarket(loaded(tree), seed=0)
        market.populations[0].book.pending_loan[:] = 10_000_000
        market.populations[0].book.wants[:] = 1
        market.populations[0].book.active_session[:] = -1
        market.open()
        market.populations[0].book.active_session[:] = -1
        market.decide(0)
        market.settle(market.clear(0))
        return int(market.populations[0].book.debt[0])

    assert borrowed({}) > 9_000_000
    assert borrowed({"haircuts": CLASSES}) == 0


def test_synthetic_stocks_draw_their_ratio_and_no_other_draw_moves():
    board = {
        "stocks": 400,
        "float_cap": [[0, 1e9], [1, 9e10]],
        "price": [[0, 5], [1, 50]],
        "turnover": [[0, 0.02]],
        "beta_spread": [[0, 0.5], [1, 1.5]],
        "st": 20,
        "marginable": 100,
    }
    drawn = {}
    for name, pe in (("without", None), ("with", [[0, -50], [0.25, 0], [0.75, 100], [1, 900]])):
        tree = {
            "name": "drawn",
            "calendar": {"start": "2015-01-05", "days": 1},
            "securities": {"boards": {"main": board | {"pe": pe}}},
        }
        drawn[name] = draw_initial_state(loaded(tree), seed=4, run=1, scale=1.0).listing
    one, other = drawn["without"], drawn["with"]
    for column in ("price", "float_lots", "turnover", "beta", "fundamental", "sector", "st", "marginable", "haircut"):
        assert np.array_equal(getattr(one, column), getattr(other, column)), column
    assert np.isnan(one.pe).all() and not other.etf.any()
    assert np.mean(other.pe < 0) == pytest.approx(0.25, abs=0.06)
    assert np.mean(other.pe > 100) == pytest.approx(0.25, abs=0.06)


# ---- the list --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "flags"),
    [
        ({"marginable_stocks": 1}, [1, 0, 0, 0, 1, 0]),  # an ETF keeps its own flag
        ({"marginable_stocks": 2}, [1, 1, 0, 0, 1, 0]),  # mid and tie are of one size: the first of them
        ({"marginable_stocks": 3}, [1, 1, 0, 0, 1, 1]),
        ({"marginable_stocks": 4}, [1, 1, 1, 0, 1, 1]),
        ({"marginable_stocks": 0, "marginable_boards": ["main"]}, [1, 0, 1, 0, 1, 0]),  # ST stocks excepted
        ({"marginable_boards": ["main"]}, [1, 1, 1, 0, 1, 1]),
        ({"marginable_boards": []}, [1, 1, 0, 0, 1, 1]),
    ],
)
def test_the_largest_stocks_and_whole_boards_are_marginable(rules, flags):
    assert rules_of(rules)[2] == flags


def test_a_list_that_is_shortened_stops_new_loans_and_leaves_the_old_ones():
    account = {"cash": 200_000, "positions": [holding("mid", 50, 40_000)]}
    eager = {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}
    tree = quiet(
        SIX, {"retail": cohort(*[account] * 8, slots=3, behaviour=eager)}, calendar={"days": 3, "sessions": 4},
        events=[{"date": DATES[0], "rules": {"marginable_stocks": 1}}],
    )  # fmt: skip
    ended = run_together(loaded(tree), seed=2)
    book = ended.populations[0].book
    names = {ended.listing.codes[s] for s in book.stock[(book.loan > 0) & (book.opened > 0)].tolist()}
    assert names <= {"big", "fund"} and names


def test_debts_at_the_start_stand_on_the_list_of_the_rules():
    drawn = {"kind": "retail", "accounts": 200, "debt": 1e7, "maintenance_ratio": [[0, 1.5], [1, 2.5]], "slots": 1}
    tree = quiet(SIX, {"retail": drawn}, rules={"marginable_stocks": 1})
    tree["securities"]["stocks"] = [s | {"marginable": s["code"] == "mid"} for s in SIX]
    state = draw_initial_state(loaded(tree), seed=0, run=0, scale=1.0)
    assert set(state.books["retail"].stock[state.books["retail"].lots > 0].tolist()) == {0}


def test_a_stock_that_joins_the_list_can_be_borrowed():
    sellers = cohort(
        *[{"cash": 1_000_000.0}] * 10, kind="short_seller", behaviour={"activity": 1.0, "cover_profit": 1.0}
    )
    listed = [stock("a"), stock("b", marginable=False)]
    joins = {"date": DATES[1], "rules": {"marginable_stocks": 2}}
    tree = quiet(listed, {"short_seller": sellers}, calendar={"days": 3, "sessions": 2}, events=[joins])
    book = run_together(loaded(tree), seed=0).populations[0].book
    assert (book.lots[book.stock == 1] < 0).any()
    before = run_together(loaded(tree | {"events": []}), seed=0).populations[0].book
    assert not (before.lots[before.stock == 1] < 0).any()


def test_rules_that_repeat_what_the_stocks_have_change_nothing():
    base = busy()
    listed = base["securities"]["stocks"]
    same = {
        "price_limits": {"main": 0.1, "growth": 0.2, "st": 0.05},
        "haircuts": {"stock": [[0, 0.65]]},
        "marginable_stocks": len(listed),
    }
    results = []
    for tree in (base, merged(base, {"rules": same})):
        made = MarginMarket(loaded(tree), seed=5, record=("stocks",))
        made.run()
        results.append({name: values.tobytes() for name, values in made.results().items()})
    assert results[0] == results[1]


# ---- stocks of a file ------------------------------------------------------------------------------------------

CSV = """\
code,board,price,float_shares,pe,etf,haircut
big,main,10.00,5000000000,15,,0.65
mid,chinext,20.00,100000000,301.5,false,0.65
fund,main,1.00,9000000000,,true,0.8
"""


def from_file(tmp_path, rules, text=CSV):
    (tmp_path / "stocks.csv").write_text(text, encoding="utf-8")
    tree = {
        "name": "csv",
        "calendar": {"start": "2015-01-05", "days": 2},
        "securities": {"csv": str(tmp_path / "stocks.csv")},
        "rules": rules,
    }
    return draw_initial_state(loaded(tree), seed=0, run=0, scale=1.0)


def test_a_table_of_stocks_has_ratios_and_funds(tmp_path):
    found = from_file(tmp_path, {"haircuts": CLASSES}).days[0].stocks
    assert found.haircut.tolist() == [7000, 0, 9000]


def test_a_list_longer_than_the_market_is_all_of_it(tmp_path):
    assert from_file(tmp_path, {"marginable_stocks": 1}).days[0].stocks.marginable.tolist() == [1, 0, 1]
    assert from_file(tmp_path, {"marginable_stocks": 4150}).days[0].stocks.marginable.tolist() == [1, 1, 1]


def test_haircuts_without_a_curve_of_stocks_keep_each_stock_s_own(tmp_path):
    assert from_file(tmp_path, {}).days[0].stocks.haircut.tolist() == [6500, 6500, 8000]
    found = from_file(tmp_path, {"haircuts": {"st": 0.0, "etf": 0.9}}).days[0].stocks
    assert found.haircut.tolist() == [6500, 6500, 9000]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"price_limits": {"chinex": 0.1}}, "rules.price_limits: there is no board 'chinex'; did you mean chinext?"),
        ({"marginable_boards": ["st"]}, "rules.marginable_boards: there is no board 'st'"),
    ],
)
def test_what_only_the_table_knows_is_told_when_it_is_read(tmp_path, rules, message):
    with pytest.raises(ScenarioError, match=message.replace("?", r"\?")):
        from_file(tmp_path, rules)
