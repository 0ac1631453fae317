"""The picture and the table of the rules' history."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from pingcang.errors import ScenarioError
from pingcang.study.rule_history import history_table, plot_history


def texts(figure: Figure) -> list[list[str]]:
    return [[text.get_text() for text in panel.texts] for panel in figure.axes]


def test_the_table_has_a_row_a_change() -> None:
    table = history_table("CN", ["short_margin"])
    assert table["after"].tolist() == [0.5, 0.8, 1.0]
    assert table.columns.tolist() == [
        "date",
        "rule_set",
        "key",
        "before",
        "after",
        "binding",
        "confidence",
        "source",
    ]


def test_the_picture_tells_every_step_of_four_values() -> None:
    initial, short, line, listed = texts(plot_history("CN"))
    assert initial == ["50 %, 2010-03", "100 %, 2015-11", "80 %, 2023-09", "100 %, 2026-01"]
    assert short == ["50 %, 2010-03", "80 %, 2023-10", "100 %, 2024-07"]
    assert line == ["130 %, 2010-03", "left to the contract, 2019-08"]
    assert (len(listed), listed[0], listed[-1]) == (9, "90, 2010-03", "4,150, 2025-08")


def test_what_no_rule_prescribes_is_dashed() -> None:
    line = plot_history("CN").axes[2]
    assert [drawn.get_linestyle() for drawn in line.lines] == ["-", "--"]


def test_labels_do_not_cover_one_another() -> None:
    figure = plot_history("CN")
    figure.draw_without_rendering()
    for panel in figure.axes:
        boxes = [text.get_window_extent() for text in panel.texts]
        crossing = [(i, j) for i in range(len(boxes)) for j in range(i) if boxes[i].overlaps(boxes[j])]
        assert crossing == []


def test_a_market_with_one_rule_set_and_no_list_is_drawn_too() -> None:
    assert len(plot_history("HK").axes) == 3
    with pytest.raises(ScenarioError, match="market: found 'XX'"):
        plot_history("XX")
