"""The command `monitor`. Heavy libraries are imported inside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.leverage.monitor.scorecard import Monitor
    from pingcang.leverage.thresholds import Thresholds

EXCHANGES = ("SSE", "SZSE")


@app.command()
def monitor(
    source: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Dataset of pingcang run, one or more files of daily margin balances, or a folder of pingcang fetch.",
        ),
    ],
    detail: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="Balances of single stocks: file or folder; repeatable.")
    ] = None,
    series: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Turnover, caps, index, rising stocks, M1, by date; repeatable."),
    ] = None,
    sectors: Annotated[Path | None, typer.Option(metavar="FILE", help="The sector of every stock.")] = None,
    prices: Annotated[Path | None, typer.Option(metavar="PATH", help="Daily prices and volumes of all stocks.")] = None,
    exchange: Annotated[
        str | None, typer.Option(metavar="SSE|SZSE", help="Read one exchange alone.", show_default="both")
    ] = None,
    thresholds: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE|none",
            help="Thresholds behind the light of the balance.",
            show_default="the latest ready-made ones that are not later than the day",
        ),
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day to read.", show_default="the last")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Leave out earlier days.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Leave out later days.")] = None,
    window: Annotated[int, typer.Option(help="Trading days of means.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the tables.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw it: .png, .pdf, .svg.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write monitor.json and the tables as CSV.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="Write it as one page that needs no network: .html.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the page.")] = "en",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a page at that path.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Read a margin balance, real or simulated: how much is borrowed, and how soundly."""
    from pingcang.cli.monitor_show import show_monitor
    from pingcang.cli.study_show import Files, report
    from pingcang.leverage.monitor.scorecard import monitor as monitored
    from pingcang.leverage.monitor.scorecard import up_to

    _check(exchange, plot, out, html, overwrite, lang)
    data = _between(
        _read(source, detail, series, sectors, prices, exchange), _date("--from", first), _date("--to", last)
    )
    data = up_to(data, _date("--on", on))
    chosen = _thresholds(thresholds, data)
    found = monitored(data, thresholds=chosen, window=window)

    def draw() -> Any:
        from pingcang.leverage.monitor.figure import plot_monitor

        return plot_monitor(found, chosen)

    if html is not None:
        files_read = [*source, *(detail or ()), *(series or ()), sectors, prices]
        _write_page(found, html, chosen, [path for path in files_read if path is not None], lang, overwrite)
    files, show = Files("monitor", out, plot), partial(show_monitor, found)
    report(found.to_dict, found.tables, files, draw, show, as_json=as_json, quiet=quiet)
    if html is not None and not quiet and not as_json:
        print(f"page: {html}")


def _check(
    exchange: str | None, plot: Path | None, out: Path | None, html: Path | None, overwrite: bool, lang: str
) -> None:
    if exchange is not None and exchange not in EXCHANGES:
        raise ScenarioError(f"--exchange: found {exchange!r}, must be SSE or SZSE; leave it out for both")
    if plot is not None:
        from pingcang.results.plot import check_picture

        check_picture(plot)
    if out is not None and out.exists() and not out.is_dir():
        raise ScenarioError(f"--out: {out} is a file; name a folder")
    if html is not None:
        from pingcang.report.page import check_page

        check_page(html, overwrite=overwrite, lang=lang)
    elif lang != "en":
        raise ScenarioError("--lang: belongs to --html PAGE, which is not there; leave it out, or name a page")
    elif overwrite:
        raise ScenarioError("--overwrite: belongs to --html PAGE, which is not there; leave it out, or name a page")


def _write_page(
    found: Monitor, html: Path, chosen: Thresholds | None, paths: Sequence[Path], lang: str, overwrite: bool
) -> None:
    from pingcang.cli.study_options import command
    from pingcang.report.monitor.write import write_monitor

    write_monitor(found, html, thresholds=chosen, command=command(), paths=paths, lang=lang, overwrite=overwrite)


def _read(
    source: list[Path],
    detail: list[Path] | None,
    series: list[Path] | None,
    sectors: Path | None,
    prices: Path | None,
    exchange: Any,
) -> xr.Dataset:
    from pingcang.leverage.monitor.source import read_source

    return read_source(
        source, detail=detail or (), series=series or (), sectors=sectors, prices=prices, exchange=exchange
    )


def _between(data: xr.Dataset, first: dt.date | None, last: dt.date | None) -> xr.Dataset:
    from pingcang.leverage.monitor.source import between

    return between(data, first, last)


def _thresholds(asked: str | None, data: xr.Dataset) -> Thresholds | None:
    from pingcang.leverage.monitor.gauge import last_day
    from pingcang.leverage.monitor.source import latest_thresholds
    from pingcang.leverage.thresholds import load_thresholds

    if asked == "none":
        return None
    return latest_thresholds(data, last_day(data)) if asked is None else load_thresholds(asked)


def _date(option: str, text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"{option}: found {text!r}, must be a date; write it as 2015-06-18") from None
