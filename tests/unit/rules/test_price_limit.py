"""Limit-down and limit-up, rounded to the nearest tick, numbers as the exchanges publish them; a buyer's ceiling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.rules.price_limit import NO_LIMIT, band, ceiling


@pytest.mark.parametrize(
    ("previous", "limit", "expected"),
    [
        (1000, 1000, (900, 1100)),
        (1005, 1000, (905, 1106)),  # 904.5 and 1105.5: a half is rounded up
        (1004, 1000, (904, 1104)),  # 903.6 and 1104.4
        (1006, 500, (956, 1056)),  # 955.7 and 1056.3
        (999, 2000, (799, 1199)),  # 799.2 and 1198.8
        (4, 1000, (3, 5)),  # 3.6 and 4.4 would be rounded to 4: a price can always move by a tick
        (5, 1000, (4, 6)),  # 4.5 is rounded up to 5, hence a tick lower; 5.5 to 6
        (1, 2000, (1, 2)),  # 0.8 and 1.2: never below one tick
        (1000, 0, (999, 1001)),
        (1000, 10_000, (1, 2000)),  # a price never falls below one tick
        (2_000_000_000, 1000, (1_800_000_000, NO_LIMIT)),
    ],
)
def test_the_band_is_rounded_to_the_nearest_tick(previous, limit, expected):
    assert band(previous, limit) == expected


@given(previous=st.integers(1, 10**9), limit=st.integers(0, 9_999))
def test_a_price_can_move_either_way_and_the_band_is_nearest_to_its_width(previous, limit):
    """The distance is within half a tick of previous · limit, or the one tick that there always is."""
    low, high = band(previous, limit)
    assert 1 <= low <= previous < high
    assert low < previous or previous == 1
    for distance, bounded in ((previous - low, low == 1), (high - previous, high == NO_LIMIT)):
        assert abs(distance * 10_000 - previous * limit) <= 5_000 or bounded or distance == 1 > previous * limit / 5_000


@pytest.mark.parametrize(
    ("last", "high", "expected"),
    [
        (1000, 1100, 1100),  # limit-up is nearer than a fifth above
        (1000, 2000, 1201),
        (1004, NO_LIMIT, 1205),  # a fifth is 200.8, rounded down, and a tick
        (1, 2, 2),
        (1, NO_LIMIT, 2),
    ],
)
def test_a_buyer_reckons_with_limit_up_or_a_fifth_above_the_last_price(last, high, expected):
    assert ceiling(last, high) == expected
