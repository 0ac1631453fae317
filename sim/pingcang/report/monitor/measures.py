"""What the balance is measured against, day by day: market caps, turnover, and the assets behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pingcang.language import translated
from pingcang.leverage.monitor import lines
from pingcang.leverage.monitor.figure import draw_series
from pingcang.report.blocks import Block, Chart, Section, Words
from pingcang.report.drawing import BLACK, BLUE, GREEN, ORANGE, SKY, VERMILION, drawing, legend, new_figure, picture
from pingcang.report.over_time import Line, calendar_axis, known, last, numbers_over_time
from pingcang.report.words import number, percent
from pingcang.said import said

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from pingcang.report.monitor.material import Read

LOOKS = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."))
DAY_AND_MEAN = ((SKY, "-"), (VERMILION, "-"))


@dataclass(frozen=True)
class Measure:
    """A figure of one or more series in one unit, with the line that is drawn across it."""

    name: str
    title: str
    axis: str
    keys: tuple[str, ...]
    line: float | None = None
    """Drawn for China's whole market alone, for which it was published."""
    line_label: str = ""
    dotted: str = ""
    """What the title says of the line."""
    factor: float = 100.0
    floor: float | None = 0.0
    """Where the axis begins; None: with the data."""
    looks: tuple[tuple[str, str], ...] = LOOKS


MEASURES = (
    Measure(
        "over-caps",
        "Margin balance over market cap",
        "over market cap (%)",
        ("balance_to_float", "balance_to_free_float", "balance_to_total"),
        lines.PEAK_TO_FLOAT,
        "June 2015, over float",
        "June 2015 over float, 4.27 %",
    ),
    Measure(
        "share-of-turnover",
        "Margin purchases over turnover",
        "over turnover (%)",
        ("margin_share", "margin_share_mean"),
        lines.MARGIN_SHARE,
        "10 % line",
        "10 %, from which an article calls trading hot",
        looks=DAY_AND_MEAN,
    ),
    Measure(
        "maintenance-ratio",
        "Average maintenance ratio",
        "assets over debt (%)",
        ("maintenance_ratio",),
        lines.CLOSE_OUT,
        "close-out line of an account",
        "130 %, at which an account is closed out",
        floor=100.0,
    ),
    Measure(
        "multiple",
        f"Multiple that the average ratio implies, assets over own money; at {percent(lines.CLOSE_OUT, 0)} it would be "
        f"{lines.CLOSE_OUT / (lines.CLOSE_OUT - 1):.2f}",
        "assets over own money",
        ("multiple",),
        factor=1.0,
        floor=None,
    ),
)


def measures(read: Read) -> Section:
    """A figure for each measure that is known; what the others lack."""
    blocks: list[Block] = []
    for measure in MEASURES:
        found = {key: read.monitor.series[key] for key in measure.keys if key in read.monitor.series}
        found = {key: series for key, series in found.items() if known(series)}
        blocks.append(_chart(read, measure, found) if found else Words(_lacking(read, measure), "note"))
    return Section("measures", translated("What it is measured against"), tuple(blocks))


def _lacking(read: Read, measure: Measure) -> str:
    reading = read.monitor[measure.keys[0]]
    return translated("{label} is not known: it needs {missing}.").format(
        label=said(reading.label), missing=said(reading.missing)
    )


def _chart(read: Read, measure: Measure, found: Mapping[str, xr.DataArray]) -> Chart:
    unit, lined = "%" if measure.factor > 1 else "", measure.line is not None and read.monitor.of_china
    readings = {key: read.monitor[key] for key in found}
    lines_of = {
        key: Line(series, f"{said(readings[key].label)}{translated(', %') if unit else ''}", measure.factor)
        for key, series in found.items()
    }
    reduction = "; ".join(dict.fromkeys(reading.formula for reading in readings.values()))
    return Chart(
        measure.name,
        translated("{title}; the dotted line is {dotted}").format(
            title=said(measure.title), dotted=said(measure.dotted)
        )
        if lined
        else measure.title,
        _drawn(measure, lined, found, [reading.label for reading in readings.values()]),
        _alt(measure, found, {key: said(reading.label) for key, reading in readings.items()}),
        numbers_over_time(lines_of),
        read.source(readings.values(), reduction),
    )


def _drawn(measure: Measure, lined: bool, found: Mapping[str, xr.DataArray], labels: list[str]) -> str:
    with drawing():
        figure, panels = new_figure(1, row=2.3)
        panel = panels[0, 0]
        for (colour, style), series in zip(measure.looks, found.values(), strict=False):
            draw_series(panel, measure.factor * series, colour, style)
        handles, names = list(panel.lines), list(labels)
        if lined and measure.line is not None:
            handles.append(panel.axhline(measure.factor * measure.line, color=BLACK, linestyle=":", linewidth=1.4))
            names.append(measure.line_label)
        _limits(panel, measure)
        legend(figure, handles, names, ncols=2)
        calendar_axis(panel)
        return picture(figure)


def _limits(panel: Axes, measure: Measure) -> None:
    if measure.floor is not None:
        panel.set_ylim(measure.floor, 1.05 * panel.get_ylim()[1])
    panel.set_ylabel(said(measure.axis))


def _alt(measure: Measure, found: Mapping[str, xr.DataArray], labels: Mapping[str, str]) -> str:
    def written(value: float) -> str:
        return percent(value, 2) if measure.factor > 1 else number(value, 2)

    told = [
        translated("{labels}: at least {min}, at most {max}, at last {series}").format(
            labels=labels[key],
            min=written(float(series.min())),
            max=written(float(series.max())),
            series=written(last(series)),
        )
        for key, series in found.items()
    ]
    return translated("By day. {listed}.").format(listed="; ".join(told))
