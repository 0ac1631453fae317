"""Concentration by hand."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from balances import dataset
from pingcang.leverage.monitor.concentration import (
    effective_number,
    herfindahl,
    largest_share,
    share_of_largest,
    top_share_of_turnover,
)

TWO_DAYS = xr.DataArray([[5.0, 3.0, 2.0], [np.nan, np.nan, np.nan]], dims=("date", "stock"))


def test_hhi_is_the_sum_of_squared_shares() -> None:
    """0.5² + 0.3² + 0.2²."""
    assert herfindahl(TWO_DAYS, "stock").values[0] == pytest.approx(0.38)
    assert effective_number(TWO_DAYS, "stock").values[0] == pytest.approx(1 / 0.38)
    assert largest_share(TWO_DAYS, "stock").values[0] == 0.5


def test_equal_amounts_have_as_many_as_there_are() -> None:
    assert effective_number(xr.DataArray(np.full(7, 3.0), dims="stock"), "stock") == pytest.approx(7)


def test_a_day_without_amounts_has_no_concentration() -> None:
    for found in (herfindahl(TWO_DAYS, "stock"), largest_share(TWO_DAYS, "stock"), share_of_largest(TWO_DAYS)):
        assert np.isnan(found.values[1])


def test_a_stock_that_is_not_listed_counts_for_nothing() -> None:
    listed = xr.DataArray([[5.0, np.nan, 5.0]], dims=("date", "stock"))
    assert herfindahl(listed, "stock").item() == 0.5


def test_the_largest_tenth_is_of_the_stocks_with_an_amount_and_rounded_up() -> None:
    """Eleven with an amount: two of them, 10 + 9 of 56."""
    amounts = xr.DataArray([[10.0, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0]], dims=("date", "stock"))
    assert share_of_largest(amounts).item() == pytest.approx(19 / 56)
    assert share_of_largest(amounts[:, :10]).item() == pytest.approx(10 / 55)


def test_the_five_most_traded_are_over_the_market_s_turnover_where_it_is_known() -> None:
    traded = [[1.0, 2, 3, 4, 5, 6]]
    stocks = list("abcdef")
    alone = dataset(financing_balance=[1e12], stock_turnover=traded, stocks=stocks)
    beside = dataset(financing_balance=[1e12], stock_turnover=traded, turnover=[40.0], stocks=stocks)
    assert top_share_of_turnover(alone).item() == pytest.approx(20 / 21)
    assert top_share_of_turnover(beside).item() == 0.5


def test_runs_are_carried_along() -> None:
    runs = xr.DataArray(np.arange(24.0).reshape(2, 3, 4) + 1, dims=("run", "date", "stock"))
    for run in range(2):
        assert np.array_equal(share_of_largest(runs)[run].values, share_of_largest(runs[run]).values)
        assert np.array_equal(herfindahl(runs, "stock")[run].values, herfindahl(runs[run], "stock").values)
