"""When a stock has fallen far enough for the uptick rule: SEC Rule 201, 10 % from the last close."""

import pytest

from pingcang.rules.uptick import has_fallen


@pytest.mark.parametrize(("price", "fallen"), [(1000, False), (901, False), (900, True), (1, True), (1200, False)])
def test_a_tenth_is_reached_at_exactly_nine_tenths_of_the_close(price, fallen):
    """(1000 − 900) · 10000 = 1000 · 1000."""
    assert has_fallen(price, 1000, 1000) is fallen
