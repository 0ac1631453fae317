"""The pictures say what the run says."""

import numpy as np
import pytest

from pingcang.app import figures
from pingcang.app.numbers import rows_of
from pingcang.app.play import play_of
from pingcang.results.variables import AT_LIMIT_DOWN

CHINA = {"scenario": "china_2015", "days": 12, "seed": 1}


@pytest.fixture(scope="module")
def plays():
    return {"a": play_of(CHINA), "b": play_of({**CHINA, "levers": {"close_out_line": 1.5}})}


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_index_is_drawn_up_to_the_day_with_and_without_feedback(plays):
    drawn = traces(figures.index_figure({"a": plays["a"]}, 4))
    assert set(drawn) == {"with feedback", "without feedback"}
    assert list(drawn["with feedback"].y) == pytest.approx(list(100 * plays["a"]["index"][:5]))
    assert list(drawn["without feedback"].y) == pytest.approx(list(100 * plays["a"]["index_no_feedback"][:5]))
    assert drawn["with feedback"].line.dash != drawn["without feedback"].line.dash


def test_two_rule_sets_stand_in_one_picture_under_their_names(plays):
    drawn = traces(figures.index_figure(plays, 12))
    assert set(drawn) == {f"{side}: {what}" for side in "AB" for what in ("with feedback", "without feedback")}
    assert drawn["A: with feedback"].y != drawn["B: with feedback"].y
    assert len({trace.line.color for trace in drawn.values()}) == 4


def test_the_axes_of_a_run_do_not_move_with_the_day(plays):
    for draw in (figures.index_figure, figures.balance_figure, figures.flow_figure):
        first, last = draw(plays, 0).layout, draw(plays, 12).layout
        assert first.xaxis.range == last.xaxis.range and first.yaxis.range == last.yaxis.range


def test_axes_have_units_and_dates(plays):
    assert figures.index_figure(plays, 3).layout.yaxis.title.text == "index, start = 100"
    assert figures.balance_figure(plays, 3).layout.yaxis.title.text == "tn CNY"
    assert figures.flow_figure(plays, 3).layout.yaxis.title.text == "bn CNY a day"
    assert figures.flow_figure(plays, 3).data[0].x[0] == plays["a"].dates[0]


def test_loans_of_brokers_and_shadow_lenders_are_told_apart(plays):
    drawn = traces(figures.balance_figure({"a": plays["a"]}, 0))
    assert drawn["brokers"].y[0] == pytest.approx(2.22, abs=0.02)
    assert drawn["shadow lenders"].y[0] == pytest.approx(1.12, abs=0.02)


def test_forced_sales_are_those_of_all_cohorts(plays):
    flow = figures.flow_figure(plays, 12).data[0]
    assert sum(flow.y) * 1e9 == pytest.approx(plays["a"]["forced_sales"].sum())


def test_the_map_has_every_stock_once_by_board_and_size(plays):
    play = plays["a"]
    drawn = figures.map_figure(play, 12).data[0]
    cells = [
        (text, status)
        for row, names in zip(drawn.z, drawn.text, strict=True)
        for status, text in zip(row, names, strict=True)
        if status is not None
    ]
    assert sorted(code for code, _ in cells) == sorted(play.codes)
    assert sum(status == AT_LIMIT_DOWN for _, status in cells) == (play["stock_status"][12] == AT_LIMIT_DOWN).sum() > 0
    place = {code: s for s, code in enumerate(play.codes)}
    order = [place[code] for code, _ in cells]
    boards = [int(play.board[s]) for s in order]
    assert boards == sorted(boards)
    for board in range(len(play.boards)):
        caps = [play.float_cap[s] for s in order if play.board[s] == board]
        assert caps == sorted(caps, reverse=True)


def test_accounts_below_their_line_stand_left_of_it_and_all_are_counted(plays):
    play = plays["a"]
    figure = figures.accounts_figure(play, "a", 12)
    drawn = traces(figure)
    bars = figure.data[0]
    indebted = np.isfinite(play.accounts.distance[12]).sum()
    assert sum(bars.y) == pytest.approx(indebted / play.loaded.scenario.scale)
    assert len(drawn["being sold out"].x) > 0
    assert all(len(trace.x) <= figures.MOST_DOTS for trace in figure.data)
    name = drawn["normal"].customdata[0]
    place = play.accounts.place(name)
    assert drawn["normal"].x[0] == pytest.approx(np.clip(100 * play.accounts.distance[12, place], -20, 80))


def test_accounts_move_toward_their_line_as_prices_fall(plays):
    """Median distance on the day the market has fallen furthest, against the start."""
    distance = plays["a"].accounts.distance
    day = int(np.argmin(plays["a"]["index"]))
    assert np.nanmedian(distance[day]) < np.nanmedian(distance[0])


def test_a_ring_marks_the_account_of_the_story_and_no_other_name(plays):
    accounts = plays["a"].accounts
    name = accounts.name(accounts.nearest(0, 1)[0])
    assert name in traces(figures.accounts_figure(plays["a"], "a", 0, name))
    assert "<img src=x>" not in traces(figures.accounts_figure(plays["a"], "a", 0, "<img src=x>"))


def test_a_market_without_shadow_lenders_or_falls_is_drawn_too():
    play = play_of({"scenario": "one_account", "days": 6, "seed": 0})
    for day in (0, 6):
        assert len(figures.balance_figure({"a": play}, day).data) == 1
        assert figures.flow_figure({"a": play}, day).layout.yaxis.range[1] > 0
        assert figures.map_figure(play, day).data[0].text[0][0] == "deep"
        assert figures.accounts_figure(play, "a", day).data


def test_numbers_are_those_of_the_run(plays):
    rows = {row.name: row.values for row in rows_of(plays, 12)}
    index = plays["a"]["index"]
    deepest = 100 * (1 - index / np.maximum.accumulate(index)).max()
    assert rows["Deepest fall so far"][0] == f"{deepest:.1f} %"
    assert rows["Margin calls so far"][0] == f"{plays['a']['margin_calls'].sum():,}"
    assert len(rows["Index"]) == 2
