"""How balance and shorts answer to returns."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from balances import dataset, days
from pingcang.leverage.monitor.flows import FLOW_DAYS, fit_flows, flow_beta, flow_fit, short_correlation


def made(count: int, seed: int = 3, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A balance that follows returns with 0.3 on the day and 0.2 the day after, and the index."""
    random = np.random.default_rng(seed)
    returns = random.normal(0, 0.02, count)
    flows = 0.001 + 0.3 * returns + 0.2 * np.concatenate([[0], returns[:-1]]) + random.normal(0, 1, count) * noise
    return 1e12 * np.cumprod(1 + flows), np.cumprod(1 + returns)


def arrays(balance: np.ndarray, index: np.ndarray) -> tuple[xr.DataArray, xr.DataArray]:
    return tuple(xr.DataArray(each, {"date": days(len(each))}, "date") for each in (balance, index))  # type: ignore[return-value]


def test_the_fit_finds_the_coefficients_that_were_put_in() -> None:
    found = fit_flows(*arrays(*made(60)))
    assert found[:4] == pytest.approx((0.001, 0.3, 0.2, 1.0), abs=1e-9)
    assert found.days == 58


def test_the_fit_is_that_of_the_normal_equations() -> None:
    balance, index = made(80, noise=0.01)
    flows, returns = balance[1:] / balance[:-1] - 1, index[1:] / index[:-1] - 1
    x = np.column_stack([np.ones(78), returns[1:], returns[:-1]])
    wanted = np.linalg.solve(x.T @ x, x.T @ flows[1:])
    assert fit_flows(*arrays(balance, index))[:3] == pytest.approx(tuple(wanted))


def test_the_reading_uses_the_last_half_year() -> None:
    balance, index = made(400, noise=0.01)
    whole = dataset(financing_balance=balance, index=index)
    recent = dataset(financing_balance=balance[-FLOW_DAYS - 2 :], index=index[-FLOW_DAYS - 2 :])
    assert flow_beta(whole).item() == flow_beta(recent).item()
    assert flow_fit(whole).item() == flow_fit(recent).item()


def test_each_run_is_fitted_alone() -> None:
    one, two = made(60, 3, 0.01), made(60, 4, 0.01)
    runs = dataset(runs=2, financing_balance=[one[0], two[0]], index=[one[1], two[1]])
    wanted = [flow_beta(dataset(financing_balance=b, index=i)).item() for b, i in (one, two)]
    assert flow_beta(runs).values.tolist() == wanted


def test_there_is_no_fit_of_few_days_nor_of_an_index_that_stands_still() -> None:
    assert np.isnan(fit_flows(*arrays(*made(31))).same_day)
    assert np.isfinite(fit_flows(*arrays(*made(32))).same_day)
    assert np.isnan(fit_flows(*arrays(made(60)[0], np.ones(60))).same_day)


def test_shorts_that_grow_as_prices_fall_correlate_below_zero() -> None:
    """The quantity S / I moves against the return by construction."""
    _, index = made(60)
    returns = np.concatenate([[0], index[1:] / index[:-1] - 1])
    quantity = np.cumprod(1 - 2 * returns)
    assert short_correlation(dataset(financing_balance=index, short_balance=quantity * index, index=index)) == (
        pytest.approx(-1)
    )


def test_the_readings_are_both_coefficients_together_and_their_share_of_variance() -> None:
    balance, index = made(60, noise=0.01)
    data, found = dataset(financing_balance=balance, index=index), fit_flows(*arrays(balance, index))
    assert flow_beta(data).item() == found.same_day + found.day_before
    flows, returns = balance[1:] / balance[:-1] - 1, index[1:] / index[:-1] - 1
    explained = found.constant + found.same_day * returns[1:] + found.day_before * returns[:-1]
    assert flow_fit(data).item() == pytest.approx(np.corrcoef(explained, flows[1:])[0, 1] ** 2)


def test_the_correlation_uses_the_last_half_year() -> None:
    balance, index = made(400, noise=0.01)
    whole = dataset(financing_balance=balance, short_balance=balance, index=index)
    changes, returns = (
        np.diff(each) / each[:-1] for each in ((balance / index)[-FLOW_DAYS - 1 :], index[-FLOW_DAYS - 1 :])
    )
    assert short_correlation(whole).item() == pytest.approx(np.corrcoef(changes, returns)[0, 1])


def test_a_fit_does_not_span_a_gap() -> None:
    """Of two stretches of 40 days each the first two are left out: they lack a change or that of the day before."""
    balance, index = made(80)
    balance[40:], index[40:] = 3 * balance[40:], 2 * index[40:]
    dates = np.concatenate([days(40), days(40, "2025-09-01")])
    found = fit_flows(*(xr.DataArray(each, {"date": dates}, "date") for each in (balance, index)))
    assert found.days == 76
    assert found[:3] == pytest.approx((0.001, 0.3, 0.2), abs=1e-9)
