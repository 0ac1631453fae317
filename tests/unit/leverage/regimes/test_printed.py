"""A printed number knows how exact it is."""

from __future__ import annotations

import pytest

from pingcang.leverage.regimes.printed import Printed


@pytest.mark.parametrize(
    ("text", "unit", "value", "tolerance"),
    [
        ("4.27", "%", 0.0427, 0.00005),
        ("22,664", "1e8 CNY", 2.2664e12, 5e7),
        ("2.4054", "tn CNY", 2.4054e12, 5e7),
        ("−36.3", "%", -0.363, 0.0005),
        ("950", "stocks", 950, 0.5),
        ("11 to 12", "%", 0.115, 0.005),
    ],
)
def test_half_a_unit_of_the_last_digit(text: str, unit: str, value: float, tolerance: float) -> None:
    number = Printed(text, unit)
    assert number.value == pytest.approx(value)
    assert number.tolerance == pytest.approx(tolerance)


def test_a_value_holds_if_it_rounds_to_what_is_printed() -> None:
    number = Printed("4.27", "%")
    assert number.holds(0.0427) and number.holds(0.04265) and number.holds(0.04274)
    assert not number.holds(0.0428) and not number.holds(0.0426)
    assert number.holds(0.0420, 0.0430)
    assert Printed("11 to 12", "%").holds(0.117)
    assert not Printed("11 to 12", "%").holds(0.1260)


@pytest.mark.parametrize("text", ["", "about 4", "4 %", "nan", "1e400x"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no printed number"):
        _ = Printed(text, "1").value
