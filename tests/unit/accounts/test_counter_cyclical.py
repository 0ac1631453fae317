"""Initial margin by the state of the market: what each driver is, whom it binds, and that old loans keep theirs."""

from pingcang.model import MarginMarket
from twins.compare import run_together
from twins.written import DATES, busy, cohort, holding, loaded, merged, news, quiet, stock

EAGER = {"activity": 1.0, "appetite": {"base": 1.0}, "minimum_order": 0.0}


def market(curve, *events, **more):
    """A hundred lots of 100 million shares at 10, bought with a loan of 400: B/C is 4e-7 of 1e9 · 10."""
    account = {"cash": 1_000, "positions": [holding("deep", 100, 40_000)]}
    tree = quiet(
        [stock(), stock("other")],
        {"retail": cohort(account)},
        rules={"counter_cyclical": curve, "initial_margin": {"value": 0.5}},
        exchange={"price_limits": False},
        calendar={"days": 3},
        impact={"news_at_open": 1.0, "dmc_volatility": 0.02, "dmc_decay": 0.5},
        events=list(events),
    )
    return merged(tree, more)


def margins(tree):
    return run_together(loaded(tree), seed=0).results()["initial_margin"][:, 0].tolist()


def test_the_balance_over_the_float_cap_is_that_of_the_last_close():
    """B = 40,000, C = 2 · 10^10: 2e-6. A curve of slope 10^5 gives 0.2 at the start; at half the prices 0.4."""
    curve = {"driver": "balance_to_float", "initial_margin": [[0, 0], [1e-5, 1.0]]} | {}
    curve["initial_margin"][0][1] = 0.0001  # margins begin at a basis point
    found = margins(market(curve, news(1, -1.0 + 1e-9) | {"news": {"value": -0.9}}))
    first = 0.0001 + 0.2 * 0.9999  # 0.20008
    second = 0.0001 + 0.38 * 0.9999  # prices fall to 1/1.9: 1000 → 526 ticks, B/C = 40,000/(2e9 · 5.26) = 3.8023e-6
    assert found[:3] == [0.5, round(first, 4), round(0.0001 + 0.38023 * 0.9999, 4)]
    assert abs(found[2] - second) < 1e-3


def test_the_volatility_is_that_of_the_distance_to_the_call():
    """σ² = 0.02² at the start: margin 0.2. After both stocks fall to 909: σ² = ½·0.0004 + ½·0.091² → σ = 0.065889."""
    curve = {"driver": "volatility", "initial_margin": [[0.0, 0.0001], [0.1, 1.0001]]}
    sigma = (0.5 * 0.0004 + 0.5 * 0.091**2) ** 0.5
    assert margins(market(curve, news(1, -0.1)))[:3] == [0.5, 0.2001, round(0.0001 + 10 * sigma, 4)]


def test_the_past_return_reaches_before_the_start():
    """Two days: 1.1 · 0.9 − 1 = −0.01, then 0.9 · 0.909 − 1 = −0.1819, then 0.909 − 1 = −0.091."""
    curve = {"driver": "past_return", "window": 2, "initial_margin": [[-1.0, 0.0001], [1.0, 2.0001]]}
    tree = market(curve, news(1, -0.1), calendar={"past_returns": [0.5, 0.1, -0.1]})
    assert margins(tree) == [0.5, 0.9901, 0.8182, 0.9091]


def test_a_contracts_own_margin_comes_first_and_shadow_lenders_are_not_bound():
    account = {"cash": 1_000, "positions": [holding("deep", 100, 40_000)]}
    curve = {"driver": "volatility", "initial_margin": [[0.0, 0.9]]}
    tree = market(curve)
    tree["cohorts"] = {
        "retail": cohort(account),
        "own": cohort(account, contract={"initial_margin": 0.3}),
        "shadow": cohort(account, kind="shadow", contract={"close_out_line": 1.1}),
    }
    found = run_together(loaded(tree), seed=0).results()["initial_margin"]
    assert found[1].tolist() == [0.9, 0.3, 0.5]


def test_old_loans_keep_the_margin_of_their_origination_and_new_ones_reserve_the_curves():
    """The loan of 40,000 reserved ½; what is borrowed on day 1 reserves 0.8."""
    account = {"cash": 200_000, "positions": [holding("deep", 100, 40_000), holding("other", 100)]}
    tree = market(
        {"driver": "volatility", "initial_margin": [[0.0, 0.8]]},
        rules={"warning_line": 1.3},
        calendar={"days": 1, "sessions": 8},
    )
    tree["cohorts"] = {"retail": cohort(account, slots=3, behaviour=EAGER)}
    found = set()
    for seed in range(6):
        book = run_together(loaded(tree), seed=seed).populations[0].book
        found |= {
            round(reserved / loan, 3)
            for loan, reserved in zip(book.loan[:, 0].tolist(), book.reserved[:, 0].tolist(), strict=True)
            if loan > 0
        }
        assert book.loan[:, 0].sum() == book.debt[0]
    assert found <= {0.5, 0.8} and 0.8 in found


def test_an_event_switches_the_curve_on_and_off():
    curve = {"driver": "volatility", "initial_margin": [[0.0, 0.9]]}
    events = [{"date": DATES[day], "rules": {"counter_cyclical": rule}} for day, rule in ((0, curve), (1, None))]
    assert margins(market(None, *events)) == [0.5, 0.9, 0.5, 0.5]


def test_a_curve_that_says_what_the_rule_says_changes_nothing():
    base = busy()
    same = merged(base, {"rules": {"counter_cyclical": {"driver": "volatility", "initial_margin": [[0, 0.5]]}}})
    results = []
    for tree in (base, same):
        made = MarginMarket(loaded(tree), seed=5, record=("stocks",))
        made.run()
        results.append({name: values.tobytes() for name, values in made.results().items()})
    assert results[0] == results[1]
