"""E against R: the cases of tests/golden, worked by hand, against the rule and both engines; then the rule's limits.

Rates of FINRA Rule 4210(c), 25 % long and 30 % short, unless a case says otherwise.
"""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.accounts.book import CLOSED, NORMAL
from pingcang.arithmetic import ONE
from pingcang.rules.distance_to_call import distance_under_requirement
from pingcang.rules.maintenance_ratio import excess_over, is_below, missing_to
from pingcang.rules.requirement import (
    falls_short,
    instead,
    mended_by,
    requirement,
    room_for,
    trade_to_restore,
)
from twins.compare import run_together
from twins.written import cohort, holding, loaded, quiet, stock

with (Path(__file__).parents[2] / "golden" / "requirement_accounts.csv").open(encoding="utf-8") as _file:
    CASES = list(csv.DictReader(_file))
golden = pytest.mark.parametrize("case", CASES, ids=[case["case"].replace(" ", "_") for case in CASES])


def fen(text):
    return round(Fraction(text) * 100)


def basis_points(text):
    return round(Fraction(text) * ONE)


def numbers(case, key, kind):
    return [kind(part) for part in case[key].split("|")]


def rates(case):
    return basis_points(case["long"]), basis_points(case["short"])


def values(case):
    """Values held and sold short, fen."""
    worth = [p * 100 * n for p, n in zip(numbers(case, "prices", fen), numbers(case, "lots", int), strict=True)]
    return sum(max(0, w) for w in worth), sum(max(0, -w) for w in worth)


@golden
def test_equity_and_required_margin_are_those_worked_by_hand(case):
    long, short = values(case)
    loans = zip(numbers(case, "loans", fen), numbers(case, "lots", int), strict=True)
    equity = fen(case["cash"]) + long - short + sum(loan if lots < 0 else -loan for loan, lots in loans)
    assert equity == fen(case["equity"])
    assert requirement(long, short, *rates(case)) == fen(case["required"])


def market(case):
    """The case's account, forced after the first of two sessions if it is below the requirement itself."""
    prices, lots, loans = numbers(case, "prices", float), numbers(case, "lots", int), numbers(case, "loans", float)
    codes = [f"s{k}" for k in range(len(prices))]
    positions = [holding(*position) for position in zip(codes, lots, loans, strict=True)]
    return quiet(
        [stock(code, price) for code, price in zip(codes, prices, strict=True)],
        {"retail": cohort({"cash": float(case["cash"]), "positions": positions}, slots=len(codes))},
        calendar={"days": 1, "sessions": 2},
        exchange={"commission": float(case["commission"]), "stamp_duty": float(case["stamp_duty"])},
        rules={
            "requirement": {"long": float(case["long"]), "short": float(case["short"])},
            **dict.fromkeys(("immediate_line", "close_out_line", "warning_line", "withdrawal_line"), 1.0),
            "restore_line": float(case["restore"]),
        },
    )


@golden
def test_engine_and_reference_trade_the_lots_that_were_worked_by_hand(case):
    done = run_together(loaded(market(case)), seed=0)
    book = done.populations[0].book
    began, ended = numbers(case, "lots", int), book.lots[:, 0].tolist()
    traded = [after - before for before, after in zip(began, ended, strict=True)]
    assert traded == numbers(case, "traded", int)
    assert book.state[0] == (NORMAL if any(ended) else CLOSED)


def test_the_shortfall_of_an_account_whose_equity_is_gone_is_the_lenders_loss():
    (case,) = [case for case in CASES if case["case"] == "equity below nothing"]
    done = run_together(loaded(market(case)), seed=0)
    assert done.results()["lender_loss"].tolist() == [0, 4000]


@pytest.mark.parametrize(
    ("equity", "required", "below"),
    [(250, 250, False), (249, 250, True), (0, 0, False), (-1, 0, True), (-1, 250, True)],
)
def test_below_the_requirement_is_below_it_by_any_fen(equity, required, below):
    """With nothing required it is equity below 0 that falls short."""
    assert falls_short(equity, required, ONE) is below
    assert falls_short(equity, required, 0) is (equity < 0)


amounts = st.integers(0, 10**15)


@given(equity=st.integers(-(10**13), 10**13), required=st.integers(1, 10**13), line=st.integers(1, 30_000))
def test_what_is_missing_cures_a_call_and_a_fen_less_does_not(equity, required, line):
    """missing_to and excess_over are those of the ratio, with E for A and R for L; E may be negative."""
    missing = missing_to(equity, required, line)
    assert not falls_short(equity + missing, required, line)
    assert missing == 0 or falls_short(equity + missing - 1, required, line)
    excess = excess_over(equity, required, line)
    assert excess == 0 or not falls_short(equity - excess, required, line)
    assert falls_short(equity, required, line) == is_below(equity, required, line)


@given(
    long=amounts,
    short=amounts,
    equity=st.integers(1, 10**13),
    restore=st.integers(5_000, 20_000),
    rate=st.sampled_from([2500, 3000, 4000]),
    costs=st.integers(0, 100),
)
def test_the_trade_is_the_smallest_that_mends_the_gap(long, short, equity, restore, rate, costs):
    """E − c·x ≥ r·(R − a·x), with R as it is before the trade; the next R is rounded up by less than a fen."""
    required = requirement(long, short, rate, 3000)
    trade = trade_to_restore(equity, required, restore, mended_by(restore, rate, costs))

    def gap(gross):
        left = required - Fraction(gross * rate, ONE)
        return Fraction(restore, ONE) * left - (equity - Fraction(gross * costs, ONE))

    assert gap(trade) <= 0
    assert trade == 0 or gap(trade - 1) > 0


@given(amount=amounts, restore=st.integers(5_000, 20_000), costs=st.integers(0, 100))
def test_a_cover_mends_as_much_as_the_sale_it_stands_for(amount, restore, costs):
    by_sale, by_cover = mended_by(restore, 2500, costs), mended_by(restore, 3000, costs)
    cover = instead(amount, by_sale, by_cover)
    assert (cover - 1) * by_cover < amount * by_sale <= cover * by_cover


@given(
    long=amounts,
    equity=st.integers(-(10**13), 10**15),
    line=st.integers(1, 20_000),
    rate=st.sampled_from([1, 2500, 4000]),
    costs=st.integers(0, 100),
)
def test_a_purchase_within_the_room_does_not_lead_below_the_line(long, equity, line, rate, costs):
    """Its fee is rounded up, and so is the requirement after it."""
    room = room_for(equity, requirement(long, 0, rate, 0), line, rate, costs)
    fee = -(-room * costs // ONE)
    assert room == 0 or not falls_short(equity - fee, requirement(long + room, 0, rate, 0), line)


def test_distance_is_0_at_the_line_and_counts_the_fall_that_leads_there():
    """100 with a debt of 60: E = 40, R = 25. A fall of 20 % leads to 80, E = 20 = 25 % of 80: 0.2/0.02 = 10 days."""
    assert distance_under_requirement(25, 25, ONE, 100, 0, 2500, 3000, 0.02) == 0.0
    assert distance_under_requirement(20, 25, ONE, 100, 0, 2500, 3000, 0.02) < 0.0
    assert distance_under_requirement(4000, 2500, ONE, 10_000, 0, 2500, 3000, 0.02) == pytest.approx(10)


@given(long=st.integers(0, 10**9), short=st.integers(0, 10**9), equity=st.integers(1, 10**9))
def test_a_move_of_that_distance_against_every_position_leads_to_the_line(long, short, equity):
    if long + short == 0:
        return
    sigma, line, a, b = 0.02, 1.2, 0.25, 0.30
    required = a * long + b * short
    z = distance_under_requirement(equity, requirement(long, short, 2500, 3000), 12_000, long, short, 2500, 3000, sigma)
    move = z * sigma
    after = equity - move * (long + short)
    assert after == pytest.approx(line * (required - move * (a * long - b * short)), abs=2.0, rel=1e-9)


def test_where_no_fall_leads_to_a_call_the_account_is_far_from_it():
    """A requirement of the whole value: what falls is required no longer."""
    assert distance_under_requirement(100, 100, ONE, 100, 0, ONE, ONE, 0.02) == 0.0
    assert distance_under_requirement(200, 100, ONE, 100, 0, ONE, ONE, 0.02) > 1e6
