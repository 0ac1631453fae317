"""The figure of a monitor."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from balances import dataset, days
from pingcang.leverage.monitor.figure import PHASES, plot_monitor
from pingcang.leverage.monitor.phases import phases
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.thresholds import load_thresholds

BALANCE = np.concatenate([np.linspace(1e12, 2e12, 40), np.linspace(2e12, 1.5e12, 30)])


def labels(figure: Figure) -> list[str]:
    return [axis.get_ylabel().partition("\n")[0] for axis in figure.axes]


def test_panels_without_data_are_left_out() -> None:
    assert labels(plot_monitor(monitor(dataset(financing_balance=BALANCE)))) == ["financing balance"]
    more = dataset(financing_balance=BALANCE, float_cap=np.full(70, 5e13), maintenance_ratio=np.full(70, 2.5))
    assert labels(plot_monitor(monitor(more))) == ["financing balance", "over float", "average mainte-"]


def test_phases_and_bands_are_named_once() -> None:
    figure = plot_monitor(monitor(dataset(financing_balance=BALANCE)), load_thresholds("china_2025"))
    legend = figure.axes[0].get_legend()
    assert legend is not None
    told = [text.get_text() for text in legend.get_texts()]
    assert told == ["surge", "deleveraging", "broad 2.21 tn", "official 2.72 tn", "equal risk 3.9 tn"]


def test_every_phase_has_a_colour() -> None:
    random = np.random.default_rng(1)
    named = set()
    for _ in range(30):
        walk = 1e12 * np.exp(np.cumsum(random.normal(0, 0.01, 200)))
        named |= set(phases(dataset(financing_balance=walk)["financing_balance"])["phase"])
    assert named <= PHASES.keys()


def test_the_line_is_broken_where_the_data_are_interrupted() -> None:
    dates = np.concatenate([days(10), days(10, "2025-06-02")])
    figure = plot_monitor(monitor(dataset(financing_balance=np.full(20, 1e12), dates=dates)))
    drawn = np.asarray(figure.axes[0].get_lines()[0].get_ydata(), dtype=float)
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [10]


def test_several_runs_are_a_band_and_say_so() -> None:
    figure = plot_monitor(monitor(dataset(runs=2, financing_balance=[BALANCE, 2 * BALANCE])))
    assert len(figure.axes[0].collections) == 1
    assert "median and 5–95 % of 2 runs" in figure.get_suptitle()


def test_lines_of_china_are_drawn_across_no_other_market() -> None:
    given = {"financing_balance": BALANCE, "float_cap": np.full(70, 5e13)}
    drawn = [
        len(plot_monitor(monitor(dataset(**given, **of))).axes[1].get_lines())
        for of in ({}, {"currency": "USD"}, {"exchange": "SSE"})
    ]
    assert drawn == [2, 1, 1]
