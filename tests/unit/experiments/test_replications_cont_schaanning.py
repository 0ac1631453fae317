"""Threshold against leverage targeting, Cont and Schaanning (2017), on the balance sheets of 48 banks."""

import numpy as np
import pytest
from experiments.replications import cont_schaanning as page
from experiments.replications.stressed_banks import MINIMUM, balance_sheets, stressed


def test_the_balance_sheets_are_those_of_2018():
    """EUR mn of corporate and government bonds."""
    banks = balance_sheets()
    assert banks.bonds.sum(axis=0).tolist() == [670_591.0, 1_605_635.0]
    assert len(banks.cash) == 48
    assert ((banks.assets() - banks.debt) / banks.assets() > MINIMUM).all()


def test_failures_and_sales_are_those_of_the_own_check():
    outcome = page.reproduce()
    assert len(outcome.rows) == 9
    assert [row.what for row in outcome.rows if not row.met] == []
    assert len(outcome.draw().axes) == 3


def test_one_bank_more_is_refused():
    assert not page.listed("failed", [0.375], [0.375 + 1 / 48]).met


def test_without_impact_a_bank_fails_only_by_the_shock_itself():
    banks = balance_sheets()
    assets = banks.assets() - 0.2 * banks.bonds[:, 1]
    by_hand = np.mean((assets - banks.debt) / assets < MINIMUM)
    assert stressed(0.2, 0.0, rounds=1).failed == pytest.approx(by_hand)
    assert stressed(0.2, 0.0).failed == pytest.approx(by_hand)


def test_nothing_sold_is_more_than_there_is():
    for shock in (0.1, 0.9):
        assert 0.0 <= stressed(shock, 0.1).sold <= 1.0 + 1e-12
