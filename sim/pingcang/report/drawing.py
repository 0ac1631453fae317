"""One style for the figures of a page: told apart in colour by colour-blind readers, in grey by line and hatch.

A figure is as wide as a printed page and drawn with large letters, since a phone shows it at half its size. It goes
into the page as an image: nothing in an image runs, fetches anything, or gets into the page around it.
"""

from __future__ import annotations

import base64
import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from pingcang.language import translated
from pingcang.report.fonts import for_readers, quiet_about_weights, settings
from pingcang.results.plot import BLACK, BLUE, GREEN, ORANGE, VERMILION, dress
from pingcang.said import said

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from pingcang.arrays import Floats

SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#7F7F7F"
ARMS = ((BLUE, "-"), (VERMILION, "--"))
"""Colour and line of the first and the second dataset."""
PARTS = (
    (BLUE, ""), (VERMILION, "////"), (ORANGE, "----"), (GREEN, "\\\\\\\\"), (PURPLE, "xxxx"), (SKY, "||||"),
)  # fmt: skip
"""Colour and hatch of cohorts and boards, in their order."""

WIDTH, ROW = 7.0, 2.5
"""Inches of a figure, and of a row of panels."""
TICKS = 7
BAR = 0.43
"""Half the width of a bar, in days."""
LARGEST_SVG = 160_000
"""Bytes; a figure of more lines than that is sent as points of colour."""
SETTINGS: Any = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "hatch.color": "white",
    "svg.hashsalt": "pingcang",
    "svg.fonttype": "none",
    "text.parse_math": False,
}


@contextmanager
def drawing() -> Iterator[None]:
    """The style, for everything that is drawn and saved within."""
    with rc_context(SETTINGS | settings()), quiet_about_weights(), warnings.catch_warnings():
        # A browser has the letters that the font of the drawing lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def new_figure(
    rows: int, columns: int = 1, *, row: float = ROW, sharex: Any = True, sharey: Any = False
) -> tuple[Figure, NDArray[Any]]:
    """An empty figure with its panels (rows, columns)."""
    figure = Figure(figsize=(WIDTH, row * rows + 0.4), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=sharex, sharey=sharey)
    for panel in panels.ravel():
        dress(panel)
    return figure, panels


def picture(figure: Figure) -> str:
    """The figure as a data: address; the same figure gives the same bytes."""
    image = io.BytesIO()
    figure.savefig(image, format="svg", metadata={"Date": None, "Creator": None})
    kind = "svg+xml"
    if image.tell() > LARGEST_SVG:
        image, kind = io.BytesIO(), "png"
        figure.savefig(image, format="png", dpi=160, metadata={"Software": None})
    drawn = image.getvalue() if kind == "png" else for_readers(image.getvalue().decode("utf-8")).encode("utf-8")
    return f"data:image/{kind};base64,{base64.b64encode(drawn).decode('ascii')}"


def fan(
    panel: Axes, rows: pd.DataFrame, colour: str = BLUE, line: str = "-", *, name: str = "", inner: bool = True
) -> None:
    """Median over the 25–75 % band (if `inner`) and the 5–95 % band of the runs."""
    day = rows["day"]
    if (rows["p05"] != rows["p95"]).any():
        panel.fill_between(day, rows["p05"], rows["p95"], color=colour, alpha=0.18, linewidth=0)
        if inner:
            panel.fill_between(day, rows["p25"], rows["p75"], color=colour, alpha=0.30, linewidth=0)
    panel.plot(day, rows["median"], color=colour, linestyle=line, linewidth=1.8, label=name)


def stacked(panel: Axes, frame: pd.DataFrame, names: Sequence[str], size: float) -> None:
    """Bars of each day (a row), a part on the other, in units of `size`."""
    floor = np.zeros(len(frame))
    for (colour, hatch), part in zip(cycled(len(names)), names, strict=True):
        top = floor + np.nan_to_num(frame[part].to_numpy(np.float64)) / size
        panel.add_patch(PathPatch(_bars(floor, top), facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0))
        floor = top
    panel.grid(visible=False, axis="x")
    panel.set_xlim(-BAR, len(frame) - 1 + BAR)
    highest = floor.max(initial=0)
    panel.set_ylim(0, 1.05 * highest if highest > 0 else 1)
    if not highest > 0:
        panel.text(0.5, 0.5, translated("none"), transform=panel.transAxes, ha="center", va="center", color=GREY)


def _bars(floor: Floats, top: Floats) -> Path:
    """One path around all bars of a part: a path a bar would be ten times as slow."""
    days = np.flatnonzero(top > floor)
    x = days[:, None] + BAR * np.array([-1, -1, 1, 1, -1])
    y = np.stack([floor[days], top[days], top[days], floor[days], floor[days]], axis=1)
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], days.size)
    return Path(np.stack([x.ravel(), y.ravel()], axis=1), codes)


def cycled(count: int) -> list[tuple[str, str]]:
    """Colour and hatch of so many parts."""
    return [PARTS[part % len(PARTS)] for part in range(count)]


def parts_legend(figure: Figure, names: Sequence[str]) -> None:
    """Colours and hatches of parts, above the panels."""
    handles = [Patch(facecolor=colour, hatch=hatch, edgecolor="white") for colour, hatch in cycled(len(names))]
    legend(figure, handles, names)


def legend(place: Figure | Axes, handles: Sequence[Any], names: Sequence[str], **where: Any) -> None:
    """A legend with these names, whatever they begin with (matplotlib hides those that begin with an underscore)."""
    if isinstance(place, Figure):
        where = {"loc": "outside upper left", "ncols": min(4, len(names)), **where}
    box = place.legend(handles, ["x"] * len(names), **where)
    for text, name in zip(box.get_texts(), names, strict=True):
        text.set_text(said(name))


def date_ticks(panel: Axes, dates: Sequence[np.datetime64] | NDArray[Any], *, most: int = TICKS) -> None:
    """Trading days side by side, weekends left out, named by their dates; the year below."""
    step = -(-len(dates) // most)
    places = list(range(0, len(dates), step))
    days = np.asarray(dates)[places].astype("datetime64[s]").tolist()
    panel.set_xticks(places, [translated("{day.day} {day:%b}").format(day=day) for day in days])
    years = dict.fromkeys((str(dates[0])[:4], str(dates[-1])[:4]))
    panel.set_xlabel(translated("trading days of {listed}").format(listed="–".join(years)))


__all__ = [
    "ARMS", "BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PARTS", "PURPLE", "SKY", "VERMILION", "cycled", "date_ticks",
    "drawing", "fan", "legend", "new_figure", "parts_legend", "picture", "stacked",
]  # fmt: skip
