"""Limit-down and limit-up, rounded to the nearest tick; numbers as the exchanges publish them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.price_limit import NO_LIMIT, band


@pytest.mark.parametrize(
    ("previous", "limit", "expected"),
    [
        (1000, 1000, (900, 1100)),
        (1005, 1000, (905, 1106)),  # 904.5 and 1105.5: a half is rounded up
        (1004, 1000, (904, 1104)),  # 903.6 and 1104.4
        (1006, 500, (956, 1056)),  # 955.7 and 1056.3
        (999, 2000, (799, 1199)),  # 799.2 and 1198.8
        (4, 1000, (4, 4)),  # 3.6 and 4.4: the band is a single tick
        (1, 2000, (1, 1)),
        (1000, 10_000, (1, 2000)),  # a price never falls below one tick
        (2_000_000_000, 1000, (1_800_000_000, NO_LIMIT)),
    ],
)
def test_the_band_is_rounded_to_the_nearest_tick(previous, limit, expected):
    assert band(previous, limit) == expected


@given(previous=st.integers(1, 10**9), limit=st.integers(0, 9_999))
def test_the_previous_close_lies_in_its_band(previous, limit):
    low, high = band(previous, limit)
    assert 1 <= low <= previous <= high
    assert abs((previous - low) * 10_000 - previous * limit) <= 5_000 or low == 1
