"""Levels of a circuit breaker: China 5 and 7 % both ways, US 7, 13 and 20 % downward."""

import pytest

from pingcang.rules.circuit_breaker import level_reached, sessions_halted

CHINA, US = (500, 700), (700, 1300, 2000)


@pytest.mark.parametrize(
    ("index", "level"),
    [(95_001, 0), (95_000, 1), (93_001, 1), (93_000, 2), (104_999, 0), (105_000, 1), (107_000, 2), (200_000, 2)],
)
def test_a_level_is_reached_by_a_move_of_just_its_size_either_way(index, level):
    """Of 100,000: 95,000 is a fall of exactly 5 %, 93,000 of exactly 7 %."""
    assert level_reached(index, 100_000, CHINA, both_ways=True) == level


@pytest.mark.parametrize(("index", "level"), [(93_001, 0), (93_000, 1), (87_000, 2), (80_000, 3), (250_000, 0)])
def test_rises_do_not_count_where_falls_alone_do(index, level):
    assert level_reached(index, 100_000, US, both_ways=False) == level


def test_seven_percent_of_a_number_that_floats_cannot_halve_is_reached():
    """0.93 − 1 is −0.06999999999999995 in floating point; 700 · I ≥ 700 · I is exact."""
    assert 0.93 - 1.0 > -0.07
    assert level_reached(93, 100, US, both_ways=False) == 1


@pytest.mark.parametrize(
    ("minutes", "sessions", "hours", "halted"),
    [
        (15, 8, 4.0, 1),  # a session is half an hour
        (15, 16, 4.0, 1),  # of exactly 15 minutes
        (16, 16, 4.0, 2),
        (15, 32, 4.0, 2),
        (15, 26, 6.5, 1),  # US: 390 minutes
        (15, 8, 6.5, 1),
        (120, 8, 4.0, 4),
        (0.1, 1, 24.0, 1),
        (None, 8, 4.0, 8),
    ],
)
def test_a_halt_takes_the_sessions_that_its_minutes_touch(minutes, sessions, hours, halted):
    """⌈minutes · sessions / (60 · hours)⌉."""
    assert sessions_halted(minutes, sessions, hours) == halted
