"""Spill-overs that were put into a panel come out of it, and losses alone are none."""

import numpy as np
import pytest

from pingcang.validate.micro.panel import AT_LIMIT, HALTED, SEALED
from pingcang.validate.micro.spillover import SHARES, cannot_sell, measure_spillover
from unit.validate.micro.made import panel

BETA = (0.30, 0.10, 0.20, 0.05)
DAYS, STOCKS, ACCOUNTS = 6, 12, 400


def known(price_limits=True, loss=0.0):
    """Accounts with three positions; stocks 0-2 fall by 10% every day, 3-4 are suspended. What is sold of the others:
    Σ β·share of what is held besides, an effect of the stock and day, and one of the account's worst distance."""
    draw = np.random.default_rng(4)
    day = np.repeat(np.arange(1, DAYS + 1), ACCOUNTS * 3)
    account = np.tile(np.repeat(np.arange(ACCOUNTS), 3), DAYS)
    stock = np.concatenate([draw.permutation(STOCKS)[:3] for _ in range(DAYS * ACCOUNTS)])
    lots = draw.integers(1, 30, len(day))
    dmc = np.repeat(draw.choice([1.5, 6.5], DAYS * ACCOUNTS), 3)
    fallen, halted = stock < 3, (stock >= 3) & (stock < 5)
    price = np.full((DAYS + 1, STOCKS), 10_000.0)
    price[:, :3] *= 0.9 ** np.arange(DAYS + 1)[:, None]
    price = np.floor(price)
    worth = lots * price[day - 1, stock]
    shares = [of_others(worth, held) for held in (fallen, halted)]
    lost = of_all(worth, fallen)
    low = dmc - 8 * lost
    near = dmc < 3
    beta = [np.where(near, *BETA[:2]), np.where(near, *BETA[2:])] if price_limits else [0.0, 0.0]
    sold = sum(b * share for b, share in zip(beta, shares, strict=True)) + 0.01 * stock + 0.02 * day
    sold = sold + loss * np.floor(low * 4)
    state = np.zeros((DAYS + 1, STOCKS), np.int8)
    state[1:, :3] = SEALED if price_limits else 0
    state[:, 3:5] = HALTED
    rows = {"day": day, "account": account, "stock": stock, "lots": lots, "dmc": dmc, "dmc_low": low}
    return panel(DAYS, STOCKS, price=price, state=state, sold=sold, **rows)


def of_all(worth, held):
    trios = worth.reshape(-1, 3)
    return np.repeat((trios * held.reshape(-1, 3)).sum(axis=1) / trios.sum(axis=1), 3)


def of_others(worth, held):
    trios, stuck = worth.reshape(-1, 3), (worth * held).reshape(-1, 3)
    total, lost = trios.sum(axis=1, keepdims=True) - trios, stuck.sum(axis=1, keepdims=True) - stuck
    return (lost / total).ravel()


@pytest.mark.parametrize("exposure", ["fallen", "sealed"])
def test_the_spill_over_comes_out(exposure):
    found = measure_spillover(known(), lender="broker", exposure=exposure)
    assert found.names == SHARES
    assert found.coefficients == pytest.approx(BETA, abs=1e-4)


def test_without_limits_the_same_regressor_finds_none():
    found = measure_spillover(known(price_limits=False), lender="broker")
    assert found.coefficients == pytest.approx([0, 0, 0, 0], abs=1e-4)


def test_selling_after_a_loss_is_no_spill_over():
    """The cells take out what the worst distance of the day explains; a plain regression would find it."""
    found = measure_spillover(known(price_limits=False, loss=-0.02), lender="broker")
    assert found.coefficients == pytest.approx([0, 0, 0, 0], abs=1e-4)


def test_a_stock_that_fell_to_the_limit_counts_with_limits_and_without():
    price = [[1000] * 4, [900, 904, 906, 900]]
    state = [[0] * 4, [SEALED, AT_LIMIT, 0, HALTED]]
    rows = panel(days=1, price=price, state=state, account=range(4), stock=range(4))
    assert [held.tolist() for held in cannot_sell(rows)] == [[True, True, False, False], [False, False, False, True]]
    assert cannot_sell(rows, "sealed")[0].tolist() == [True, False, False, False]


def test_accounts_with_one_position_and_lenders_without_accounts_say_nothing():
    single = panel(account=range(3), stock=range(3))
    for lender in ("broker", "shadow"):
        found = measure_spillover(single, lender=lender)
        assert np.isnan(found.coefficients).all()
        assert found.observations == 0
