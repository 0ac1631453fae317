"""The command `report`. Heavy libraries are imported inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pingcang.cli.commands import app


@app.command()
def report(
    result: Annotated[
        Path,
        typer.Argument(
            metavar="RESULT|COMPARISON", help="Dataset of pingcang run, or compare.json of pingcang compare --out."
        ),
    ],
    page: Annotated[
        Path | None, typer.Option("--out", "-o", help="The page.", show_default="RESULT with .html")
    ] = None,
    against: Annotated[Path | None, typer.Option(metavar="RESULT", help="Compare the dataset with this one.")] = None,
    reverse: Annotated[
        Path | None, typer.Option(metavar="FILE", help="reverse.json of pingcang reverse --out.")
    ] = None,
    broker_capital: Annotated[
        float | None, typer.Option(metavar="AMOUNT", help="Hold losses against this capital of brokers.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language of the page.")] = "en",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a page at that path.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Write a dataset or a comparison as one page of HTML that needs no network."""
    from pingcang.report.write import write_report

    written = write_report(
        result,
        page or result.with_suffix(".html"),
        against=against,
        reverse=reverse,
        broker_capital=broker_capital,
        lang=lang,
        overwrite=overwrite,
    )
    if not quiet:
        print(f"page: {written}")
