"""The command `fetch`: margin figures of the exchanges, through AkShare, into a folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.leverage.fetch import Fetched

Exchange = Annotated[
    str | None,
    typer.Option(metavar="SSE|SZSE", help="Of one exchange only.", show_default="both, and the series of the market"),
]
Seconds = Annotated[float, typer.Option(help="Seconds between two requests, at least 1.", metavar="SECONDS")]


@app.command()
def fetch(
    folder: Annotated[Path, typer.Argument(help="Where the figures are kept.", metavar="FOLDER")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day, 2010-03-31 or later.")],
    last: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Last day.", show_default="what is published")
    ] = None,
    detail: Annotated[bool, typer.Option("--detail", help="The tables by security, too: two requests a day.")] = False,
    exchange: Exchange = None,
    pause: Seconds = 1.5,
    retries: Annotated[int, typer.Option(min=0, help="How often a request is made again after a fault.")] = 4,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again for what is there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
) -> None:
    """Fetch margin figures through AkShare (extra "data"): each day once; the same command continues.

    The figures belong to the exchanges and to Eastmoney, whose terms of use are yours to keep.
    """
    from pingcang.cli.progress import shown_progress
    from pingcang.leverage.fetch import FetchError
    from pingcang.leverage.fetch import fetch as run_fetch

    with ExitStack() as bar:

        def progress(requests: int) -> Callable[[float], None]:
            return bar.enter_context(shown_progress(f"fetch {folder}", requests, quiet=quiet, unit="request"))

        try:
            fetched = run_fetch(
                folder, _date("--from", first), None if last is None else _date("--to", last), exchange=exchange,
                detail=detail, pause=pause, retries=retries, refresh=refresh, progress=progress,
            )  # fmt: skip
        except FetchError as reason:
            bar.close()
            _show(reason.fetched, quiet=quiet, as_json=as_json)
            raise
    _show(fetched, quiet=quiet, as_json=as_json)


def _date(option: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScenarioError(f"{option}: found {text!r}, must be a date; write it as 2025-09-17") from None


def _show(fetched: Fetched, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps(fetched.told(), ensure_ascii=False))
    elif not quiet:
        from pingcang.cli.fetch_show import show_fetched

        show_fetched(fetched)
