"""The dated events of a scenario as marks in figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pandas as pd

from pingcang.scenario.schema import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WANTED_TICKS = ("2015-06-12", "2015-06-26", "2015-07-08", "2015-07-27", "2015-08-17")
"""Start, the first day with more than 1,000 limit-downs, the trough, the second slump, the last day."""


@dataclass(frozen=True)
class Marks:
    """News, down or up, and the days of the rescue purchases."""

    down: tuple[str, ...]
    up: tuple[str, ...]
    rescue: tuple[tuple[str, str], ...]

    def table(self) -> pd.DataFrame:
        """A row a mark."""
        rows = [("news down", date, date) for date in self.down] + [("news up", date, date) for date in self.up]
        rows += [("rescue", first, last) for first, last in self.rescue]
        return pd.DataFrame(rows, columns=["mark", "date", "until"])

    @classmethod
    def read(cls, table: pd.DataFrame) -> Self:
        """What `table` wrote."""
        of = dict(list(table.groupby("mark")))
        none = table.iloc[:0]
        rescue = of.get("rescue", none)
        return cls(
            tuple(of.get("news down", none)["date"]),
            tuple(of.get("news up", none)["date"]),
            tuple(zip(rescue["date"], rescue["until"], strict=True)),
        )

    def draw(self, panel: Axes) -> None:
        """Triangles at the top of the panel on days of news, shading over the days of rescue purchases."""
        from experiments.common.style import BLUE, GREY, VERMILION, places

        for number, (first, last) in enumerate(self.rescue):
            name = "_" * number + "rescue purchases"
            panel.axvspan(*places([first, last]), color=GREY, alpha=0.12, linewidth=0, label=name)
        for days, marker, colour, label in (
            (self.down, "v", VERMILION, "bad news"),
            (self.up, "^", BLUE, "good news"),
        ):
            dates = places(days)
            panel.plot(
                dates, [0.985] * len(dates), marker, color=colour, markersize=5, label=label, clip_on=False,
                transform=panel.get_xaxis_transform(),
            )  # fmt: skip
            for date in dates:
                panel.axvline(date, color=colour, linewidth=0.5, alpha=0.5, linestyle=":")

    def ticks(self, dates: Iterable[str]) -> list[str]:
        """The days that carry a tick, of those simulated."""
        known = set(dates)
        return [date for date in WANTED_TICKS if date in known]


def marks_of(scenario: Scenario) -> Marks:
    """The marks of a scenario's events; neighbouring days of rescue become one stretch."""
    news = [(event.date.isoformat(), event.news.value) for event in scenario.events if event.news is not None]
    bought = [
        (event.date.isoformat(), (event.rescue.until or event.date).isoformat())
        for event in scenario.events
        if event.rescue is not None and event.rescue.budget > 0
    ]
    return Marks(
        tuple(date for date, value in news if value < 0),
        tuple(date for date, value in news if value > 0),
        _joined(bought),
    )


def _joined(stretches: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Stretches that follow each other within four days, weekends included, as one."""
    joined: list[tuple[str, str]] = []
    for first, last in sorted(stretches):
        if joined and (pd.Timestamp(first) - pd.Timestamp(joined[-1][1])).days <= 4:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
