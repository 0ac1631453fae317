"""One style for all figures: colours for the colour-blind, line styles for print in grey, small files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE, GREY = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#7F7F7F",
)
"""Okabe and Ito (2008), Color Universal Design; grey apart."""
CYCLE = ((BLUE, "-", "o"), (VERMILION, "--", "s"), (GREEN, "-.", "^"), (PURPLE, ":", "D"), (ORANGE, "-", "v"))
"""Colour, line style, marker: any one of them tells two lines apart."""
POINTS = 100.0
"""Percentage points in one."""

WIDTH = 9.6
"""Of a page's figure, inches."""
DPI = 150
COLOURS = 256
"""Of a picture's palette: a third of the file."""
MOST_BYTES = 200_000

SETTINGS: Any = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.dpi": DPI,
}


@contextmanager
def drawing() -> Iterator[None]:
    """The style, for everything that is drawn and saved within."""
    with rc_context(SETTINGS):
        yield


def new_figure(rows: int, columns: int, *, height: float, sharex: bool = False) -> tuple[Figure, NDArray[Any]]:
    """An empty page with its panels (rows, columns)."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=sharex)


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a PNG with a palette; the same figure gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    picture = Image.open(buffer).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    picture.save(path, format="PNG", optimize=True)
    return path


def fan(panel: Axes, rows: pd.DataFrame, colour: str = BLUE) -> None:
    """Median line over the 25-75 % and the 5-95 % band of the runs; `rows` has date, p05, p25, median, p75, p95."""
    dates = pd.to_datetime(rows["date"]).to_numpy()
    panel.fill_between(
        dates, rows["p05"], rows["p95"], color=colour, alpha=0.16, linewidth=0, label="5–95 % of the runs"
    )
    panel.fill_between(dates, rows["p25"], rows["p75"], color=colour, alpha=0.32, linewidth=0, label="25–75 %")
    panel.plot(dates, rows["median"], color=colour, linestyle="--", linewidth=1.5, label="median")


def places(dates: Sequence[str]) -> list[float]:
    """Where these days stand on an axis of dates."""
    days = pd.to_datetime(list(dates)).to_numpy()
    return [float(place) for place in date2num(days)]  # type: ignore[no-untyped-call]


def date_ticks(panel: Axes, dates: Sequence[str]) -> None:
    """Ticks on these days, as `8 Jul`."""
    days = pd.DatetimeIndex(pd.to_datetime(list(dates)))
    panel.set_xticks(days.to_numpy(), [f"{day.day} {day:%b}" for day in days])


def band(panel: Axes, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str) -> None:
    """A shaded interval around a line."""
    panel.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)


def waterfall(panel: Axes, names: Sequence[str], added: NDArray[np.float64]) -> None:
    """Bars from level to level, the total at the end; `added` has mean, low, high a row, names one more than rows."""
    means, low, high = added.T
    ends = np.cumsum(means)
    starts = ends - means
    places = np.arange(len(means) + 1)
    dress: dict[str, Any] = {"width": 0.62, "edgecolor": BLACK, "linewidth": 0.6}
    panel.bar(places[:-1], means, bottom=starts, color=np.where(means < 0, VERMILION, BLUE), **dress)
    panel.bar(places[-1], ends[-1], color=GREY, **dress)
    panel.errorbar(
        places[:-1], ends, yerr=np.abs(np.stack([means - low, high - means])), fmt="none", ecolor=BLACK, capsize=3
    )
    panel.plot(np.stack([places[:-1], places[1:]]), np.stack([ends, ends]), color=BLACK, linewidth=0.5, linestyle=":")
    above = np.append(np.maximum(starts, ends + high - means), 0.0)
    below = np.append(np.minimum(starts, ends + low - means), 0.0)
    for place, value in enumerate([*means, ends[-1]]):
        falls = value < 0
        panel.annotate(
            f"{value:+.1f}".replace("-", "−"),
            (place, above[place] if falls else below[place]),
            (0, 3 if falls else -3),
            textcoords="offset points",
            ha="center",
            va="bottom" if falls else "top",
            fontsize=8,
        )
    panel.axhline(0, color=BLACK, linewidth=0.8)
    panel.set_xticks(places, names, fontsize=7.8)
    panel.grid(visible=False, axis="x")
    lowest, highest = min(below.min(), ends.min()), max(above.max(), 0.0)
    room = 0.09 * (highest - lowest)
    panel.set_ylim(lowest - room, highest + room)
