"""Counter-cyclical initial margin: hand-worked points of a curve, and returns that begin before the start."""

import pytest

from pingcang.rules.counter_cyclical import initial_margin, past_return


@pytest.mark.parametrize(
    ("driver", "basis_points"),
    [(0.0, 5000), (0.02, 5000), (0.03, 7500), (0.04, 10_000), (0.5, 10_000), (0.025, 6250), (0.020003, 5001)],
)
def test_the_margin_is_the_curve_rounded_to_basis_points(driver, basis_points):
    """50 % up to 2 % of float, 100 % from 4 % on; at 0.020003: 0.5 + 0.5 · 0.000003/0.02 = 0.500075 → 5000.75 + ½."""
    assert initial_margin(driver, (0.02, 0.04), (0.5, 1.0)) == basis_points


def test_half_a_basis_point_is_rounded_up():
    """One row of 0.33335 is 3333.5 basis points."""
    assert initial_margin(7.0, (0.0,), (0.33335,)) == 3334


def test_a_return_within_the_run_needs_no_past():
    """1.2 three closes after 0.8."""
    assert past_return([1.0, 0.8, 0.9, 1.0, 1.2], 3, [0.5]) == 1.2 / 0.8 - 1.0


def test_days_before_the_start_are_compounded():
    """Two of four days lie before it: 1.1 · 0.9 · 1.25 − 1; the older return of 50 % is not asked."""
    assert past_return([1.0, 1.0, 1.25], 4, [0.5, 0.1, -0.1]) == pytest.approx(1.1 * 0.9 * 1.25 - 1.0)


def test_on_the_first_day_all_of_it_lies_before_the_start():
    assert past_return([1.0], 2, [0.5, 0.1, -0.1]) == pytest.approx(1.1 * 0.9 - 1.0)
