"""How a long story is folded."""

import pandas as pd

from pingcang.trace.lines import Line, Traded, cut, fitting, folded_days, merged, without_trading


def forced(day, shares, waiting=0):
    return Line(day, day, "forced order", 1.2, trades={"a": Traded(-shares, -10.0 * shares, waiting)})


def traded(day):
    return Line(day, day, "traded", 1.6, trades={"b": Traded(100, 500.0)})


def call(day):
    return Line(day, day, "CALLED", 1.29, reason="closed below the close-out line")


def test_neighbouring_days_of_an_event_are_summed_and_keep_what_waits_in_the_end():
    (line,) = merged([forced(3, 100, 900), forced(4, 200, 700)], "forced order")
    assert (line.first, line.last, line.times) == (3, 4, 2)
    assert line.trades["a"] == Traded(-300, -3000.0, 700)


def test_other_events_between_keep_days_apart():
    assert len(merged([forced(3, 100), call(3), forced(4, 100)], "forced order")) == 3


def test_routine_trading_goes_before_forced_sales_do():
    lines = [traded(1), call(2), forced(4, 100), traded(5), forced(6, 100)]
    assert [line.event for line in without_trading(lines)] == ["CALLED", "forced order"]


def test_a_story_that_fits_is_told_whole_and_a_long_one_is_folded_no_more_than_it_must_be():
    lines = [line for day in range(1, 60, 3) for line in (call(day), forced(day + 1, 100), forced(day + 2, 100))]
    assert fitting(lines, 60, len) == lines
    assert len(fitting(lines, 45, len)) == 40
    short = fitting(lines, 10, len)
    assert len(short) == 10 and sum(line.event == "…" for line in short) == 1
    assert (short[0], short[-1].last) == (lines[0], lines[-1].last)
    assert sum(line.times for line in short) == sum(line.times for line in lines)


def test_what_is_cut_out_is_counted():
    lines = [call(day) for day in range(1, 11)]
    short = cut(lines, 5)
    assert [line.event for line in short] == ["CALLED", "CALLED", "…", "CALLED", "CALLED"]
    assert (short[2].first, short[2].last, short[2].times) == (3, 8, 6)


def test_the_heaviest_days_stand_alone_and_the_quiet_ones_together():
    days = pd.DataFrame({"day": range(1, 11)})
    weight = [0, 0, 0, 9, 0, 0, 8, 0, 0, 0]
    assert folded_days(days, weight, 5) == [(0, 2), (3, 3), (4, 5), (6, 6), (7, 9)]
    assert folded_days(days, weight, 10) == [(k, k) for k in range(10)]
    for most in range(2, 10):
        ranges = folded_days(days, weight, most)
        assert len(ranges) <= most
        assert [k for first, last in ranges for k in range(first, last + 1)] == list(range(10))
