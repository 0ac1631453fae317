"""The hazard of a halt request, worked by hand."""

import pytest

from pingcang.rules.suspension import halt_hazard


def test_nobody_asks_before_the_threshold():
    assert halt_hazard(0.365, 0.06, 0.365, 3.0, 50, 1000) == 0.0
    assert halt_hazard(0.1, 0.06, 0.365, 3.0, 50, 1000) == 0.0


def test_ten_points_beyond_the_threshold_the_hazard_is_the_base():
    assert halt_hazard(0.465, 0.06, 0.365, 3.0, 0, 1000) == pytest.approx(0.06)


def test_halts_of_the_day_before_are_contagious():
    """5 % of the stocks halted yesterday, contagion 3: factor 1 + 10·3·0.05 = 2.5."""
    assert halt_hazard(0.465, 0.06, 0.365, 3.0, 50, 1000) == pytest.approx(0.15)


def test_a_hazard_above_one_is_certainty():
    assert halt_hazard(0.9, 1.0, 0.3, 0.0, 0, 10) > 1.0
