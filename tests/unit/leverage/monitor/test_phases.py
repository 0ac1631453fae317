"""Dating of phases."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from balances import days
from pingcang.leverage.monitor.phases import phases, turning_points


def path(*legs: tuple[int, float], dates: np.ndarray | None = None) -> xr.DataArray:
    """Legs of so many days, each with a change of the log a day."""
    steps = np.concatenate([np.full(count, speed) for count, speed in legs])
    values = np.exp(np.concatenate([[0.0], np.cumsum(steps)])) * 1e12
    return xr.DataArray(values, {"date": days(len(values)) if dates is None else dates}, "date")


def test_a_rise_and_a_fall_are_parted_at_the_peak() -> None:
    table = phases(path((40, 0.01), (20, -0.02)))
    assert list(table["phase"]) == ["surge", "deleveraging"]
    assert list(table["days"]) == [40, 20]
    assert table["change"].to_list() == pytest.approx([np.expm1(0.4), np.expm1(-0.4)])
    assert table["per_day"].to_list() == pytest.approx([0.01, -0.02])
    assert list(table["complete"]) == [False, False]


def test_a_slow_build_up_is_told_from_the_surge_after_it() -> None:
    table = phases(path((60, 0.001), (40, 0.01), (30, -0.02)))
    assert list(table["phase"]) == ["build-up", "surge", "deleveraging"]
    assert list(table["days"]) == [60, 40, 30]
    assert list(table["complete"]) == [False, True, False]


def test_what_hardly_moves_is_a_plateau() -> None:
    table = phases(path((30, 0.01), (60, 0.0001), (30, -0.01)))
    assert list(table["phase"]) == ["surge", "plateau", "deleveraging"]


def test_a_dip_below_the_size_is_no_phase() -> None:
    table = phases(path((40, 0.01), (10, -0.006), (40, 0.01)), half_window=5)
    assert list(table["phase"]) == ["surge"]
    assert len(phases(path((40, 0.01), (10, -0.006), (40, 0.01)), half_window=5, size=0.05)) == 3


def test_a_crash_is_a_phase_however_short() -> None:
    """Twice the size in four days."""
    table = phases(path((40, 0.01), (4, -0.05), (40, 0.01)))
    assert list(table["phase"]) == ["surge", "deleveraging", "surge"]
    assert list(table["days"]) == [40, 4, 40]


def test_a_short_fall_of_less_than_twice_the_size_is_none() -> None:
    table = phases(path((40, 0.01), (4, -0.03), (40, 0.01)))
    assert "deleveraging" not in set(table["phase"])


def test_no_phase_spans_a_gap_and_the_gap_is_named() -> None:
    dates = np.concatenate([days(21), days(20, "2025-06-02")])
    table = phases(path((40, 0.01), dates=dates))
    assert table.attrs["gaps"] == ((dt.date(2025, 3, 31), dt.date(2025, 6, 2)),)
    assert list(table["last"]) == [pd.Timestamp("2025-03-31"), pd.Timestamp("2025-06-27")]
    assert list(table["days"]) == [20, 19]


def test_phases_follow_one_another_without_hole_or_overlap() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        steps = [(1, speed) for speed in random.normal(0, 0.02, 300)]
        table = phases(path(*steps))
        assert (table["first"].to_numpy()[1:] == table["last"].to_numpy()[:-1]).all()
        assert table["days"].sum() == 300
        assert np.log1p(table["change"]).sum() == pytest.approx(sum(speed for _, speed in steps))


def test_every_turning_point_is_the_extreme_between_its_neighbours() -> None:
    random = np.random.default_rng(2)
    for _ in range(50):
        logs = np.cumsum(random.normal(0, 0.02, 200))
        turns = turning_points(logs, 0.08, 20, 10)
        for left, here, right in zip(turns, turns[1:], turns[2:], strict=False):
            around = logs[left : right + 1]
            assert logs[here] in {around.max(), around.min()}


def test_turning_points_alternate() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        logs = np.cumsum(random.normal(0, 0.02, 200))
        moves = np.sign(np.diff(logs[turning_points(logs, 0.08, 20, 10)]))
        assert (moves[1:] == -moves[:-1]).all()


def test_a_single_day_has_no_phase() -> None:
    assert phases(path((1, 0.0))).shape[0] == 1
    assert phases(path((1, 0.0)).isel(date=[0])).empty


def test_days_without_a_balance_are_left_out() -> None:
    balance = path((40, 0.01))
    balance[10] = np.nan
    assert phases(balance)["days"].sum() == 39


@pytest.mark.parametrize(
    ("speed", "name"),
    [
        (0.0041, "surge"),
        (0.0039, "build-up"),
        (0.0006, "build-up"),
        (0.0004, "plateau"),
        (-0.0004, "plateau"),
        (-0.0006, "deleveraging"),
    ],
)
def test_a_phase_is_named_by_its_speed(speed: float, name: str) -> None:
    assert list(phases(path((60, speed)))["phase"]) == [name]
