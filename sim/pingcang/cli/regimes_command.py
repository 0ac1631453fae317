"""The command `regimes`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.leverage.regimes import RegimeTable


@app.command()
def regimes(
    data: Annotated[
        Path | None, typer.Option(envvar="PINGCANG_DATA", help="Folder with the daily files of docs/data.md.")
    ] = None,
    told: Annotated[bool, typer.Option("--disagreements", help="Also tell where the sources disagree.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the table.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row a cell, instead of the table.")] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write table, notes and disagreements as Markdown.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the main figures: .png, .pdf, .svg.")] = None,
) -> None:
    """Compare the regimes of margin trading: 2015, 2022, 2024, 2025, 2026, the US and Hong Kong."""
    from pingcang.cli.regimes_show import show_disagreements, show_table
    from pingcang.leverage.regimes import regime_table

    if as_json and as_csv:
        raise ScenarioError("--csv: cannot go with --json; choose one of the two")
    if plot is not None:
        from pingcang.results.plot import check_picture

        check_picture(plot)
    if markdown is not None and markdown.is_dir():
        raise ScenarioError(f"{markdown}: is a folder; name a file in it, as {markdown / 'regimes.md'}")
    table = regime_table(data)
    _write(table, markdown, plot)
    if as_json or as_csv:
        _print(table, as_csv=as_csv)
        return
    show_table(table)
    if told:
        show_disagreements(table)
    for name, path in (("markdown", markdown), ("plot", plot)):
        if path is not None:
            print(f"{name}: {path}")


def _print(table: RegimeTable, *, as_csv: bool) -> None:
    from pingcang.cli.rules_show import print_json
    from pingcang.leverage.regimes.export import as_object, write_rows

    if as_csv:
        write_rows(table, sys.stdout)
    else:
        print_json(as_object(table))


def _write(table: RegimeTable, markdown: Path | None, plot: Path | None) -> None:
    from pingcang.leverage.regimes.told import markdown as page

    if markdown is not None:
        from pingcang.results.files import storage_errors, written_whole

        with storage_errors(markdown):
            markdown.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(markdown) as temporary:
                temporary.write_text(page(table), encoding="utf-8")
    if plot is not None:
        from pingcang.leverage.regimes.picture import plot_regimes
        from pingcang.results.plot import save_figure

        save_figure(plot_regimes(table), plot)
