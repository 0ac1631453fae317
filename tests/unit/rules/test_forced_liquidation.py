"""x = (r·L − A)/(r·(1 − c) − 1): the cases of tests/golden, worked by hand, against the rule and both engines."""

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.accounts.book import CLOSED, NORMAL
from pingcang.arithmetic import ONE
from pingcang.rules.forced_liquidation import sale_to_restore
from pingcang.rules.maintenance_ratio import is_below
from twins.compare import run_together
from twins.written import cohort, holding, loaded, quiet, stock

with (Path(__file__).parents[2] / "golden" / "forced_liquidation.csv").open(encoding="utf-8") as _file:
    CASES = list(csv.DictReader(_file))
golden = pytest.mark.parametrize("case", CASES, ids=[case["case"].replace(" ", "_") for case in CASES])


def fen(text):
    return round(Fraction(text) * 100)


def basis_points(text):
    return round(Fraction(text) * ONE)


def numbers(text, kind):
    return [kind(part) for part in text.split("|")]


def test_the_golden_file_has_every_policy_and_at_least_twenty_cases():
    assert len(CASES) >= 20
    assert {case["policy"] for case in CASES} == {"pro_rata", "largest_first", "most_liquid_first"}


@golden
def test_the_rule_sells_what_was_worked_by_hand(case):
    paid = min(fen(case["cash"]), fen(case["debt"]))
    worth = sum(fen(p) * 100 * n for p, n in zip(numbers(case["prices"], str), numbers(case["lots"], int), strict=True))
    sale = sale_to_restore(
        worth + fen(case["cash"]) - paid,
        fen(case["debt"]) - paid,
        basis_points(case["restore"]),
        basis_points(case["commission"]) + basis_points(case["stamp_duty"]),
    )
    if case["whole"] == "no":
        assert sale == (None if case["sale"] == "all" else fen(case["sale"]))


def liquidation_of(case):
    """A market in which the case's account is forced after the first of two sessions; nothing moves a price."""
    prices, lots, turnover = (
        numbers(case["prices"], float),
        numbers(case["lots"], int),
        numbers(case["turnover"], float),
    )
    codes = [f"s{k}" for k in range(len(prices))]
    level = float(case["restore"])
    account = {
        "cash": float(case["cash"]),
        "positions": [
            holding(code, n, float(case["debt"]) if code == "s0" else 0.0) for code, n in zip(codes, lots, strict=True)
        ],
    }
    return quiet(
        [stock(code, price, turnover=share) for code, price, share in zip(codes, prices, turnover, strict=True)],
        {"retail": cohort(account, slots=len(codes), contract={"liquidate_whole_account": case["whole"] == "yes"})},
        calendar={"days": 1, "sessions": 2},
        exchange={"commission": float(case["commission"]), "stamp_duty": float(case["stamp_duty"])},
        rules=dict.fromkeys(("immediate_line", "close_out_line", "warning_line", "restore_line"), level)
        | {"liquidation": case["policy"]},
    )


@golden
def test_engine_and_reference_sell_the_lots_that_were_worked_by_hand(case):
    market = run_together(loaded(liquidation_of(case)), seed=0)
    book = market.populations[0].book
    sold = [before - after for before, after in zip(numbers(case["lots"], int), book.lots[:, 0].tolist(), strict=True)]
    assert sold == numbers(case["sold"], int)
    assert market.stocks.price.tolist() == [fen(price) for price in numbers(case["prices"], str)]
    everything = sold == numbers(case["lots"], int)
    assert book.state[0] == (CLOSED if everything else NORMAL)


@given(
    liabilities=st.integers(1, 10**13),
    above=st.integers(1, 10**13),
    restore=st.integers(10_200, 30_000),
    costs=st.integers(0, 100),
)
def test_the_sale_is_the_smallest_that_restores_the_ratio(liabilities, above, restore, costs):
    assets = liabilities + above
    sale = sale_to_restore(assets, liabilities, restore, costs)

    def below_after(gross):
        """An account that owes nothing is below no line."""
        return is_below(assets - gross, liabilities - Fraction(gross * (ONE - costs), ONE), restore)

    assert sale is not None
    assert (sale - 1) * (ONE - costs) < liabilities * ONE
    assert not below_after(sale)
    assert sale == 0 or below_after(sale - 1)


@given(liabilities=st.integers(0, 10**13), short_of=st.integers(0, 10**13))
def test_everything_is_sold_where_assets_do_not_exceed_liabilities(liabilities, short_of):
    assert sale_to_restore(liabilities - short_of, liabilities, 15_000, 13) is None


def test_the_ratio_is_restored_after_every_golden_sale_that_is_not_everything():
    for case in CASES:
        market = run_together(loaded(liquidation_of(case)), seed=0)
        population = market.populations[0]
        population.mark()
        if population.book.state[0] == NORMAL:
            assert not is_below(
                int(population.assets[0]), int(population.liabilities[0]), basis_points(case["restore"])
            )
        else:
            assert np.count_nonzero(population.book.lots) == 0
