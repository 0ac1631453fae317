"""The command `thresholds`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app

if TYPE_CHECKING:
    import pandas as pd


@app.command()
def thresholds(
    source: Annotated[
        str, typer.Argument(help="A ready-made set (china_2025, china_2026_06), or a YAML file.", metavar="NAME")
    ] = "china_2025",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change an input, as now.balance=2.5e12; repeatable."),
    ] = None,
    balance: Annotated[
        list[float] | None, typer.Option(metavar="CNY", help="A balance to be placed, as 2.5e12; repeatable.")
    ] = None,
    unrounded: Annotated[
        bool, typer.Option("--unrounded", help="Without the rounding that the file has from its source.")
    ] = False,
    draws: Annotated[int, typer.Option(min=1, help="Draws of the inputs that are ranges.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    history: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Daily margin balances, to be drawn through the bands.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it: .png, .pdf, .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the tables.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the chain as CSV instead of the tables.")] = False,
) -> None:
    """Tell which margin balance would be as risky as that of 2015, and which light today's has."""
    from pingcang.cli.thresholds_show import print_csv, show_thresholds
    from pingcang.leverage.thresholds import load_thresholds
    from pingcang.leverage.thresholds.told import standings, told
    from pingcang.leverage.thresholds.uncertainty import uncertainty

    _check(plot, history, as_json=as_json, as_csv=as_csv)
    found = load_thresholds(source, settings=settings or (), unrounded=unrounded)
    asked = [_placed(each) for each in balance or ()]
    standing = standings(found, asked)
    uncertain = uncertainty(found, [each.value for each in standing], draws=draws, seed=seed)
    if plot is not None:
        from pingcang.leverage.thresholds.figure import plot_thresholds
        from pingcang.results.plot import save_figure

        save_figure(plot_thresholds(found, uncertain, asked, _history(history)), plot)
    if as_json:
        print(json.dumps(told(found, uncertain, asked), allow_nan=False, ensure_ascii=False))
    elif as_csv:
        print_csv(found, uncertain)
    else:
        show_thresholds(found, uncertain, standing)
        if plot is not None:
            print(f"plot: {plot}")


def _check(plot: Path | None, history: Path | None, *, as_json: bool, as_csv: bool) -> None:
    from pingcang.errors import ScenarioError

    if as_json and as_csv:
        raise ScenarioError("--csv: cannot go with --json; choose one of the two")
    if history is not None and plot is None:
        raise ScenarioError("--history: is drawn, so it needs --plot FILE; give both")
    if plot is not None:
        from pingcang.results.plot import check_picture

        check_picture(plot)


def _placed(balance: float) -> float:
    """A balance that was asked for; ScenarioError if it cannot be one of a market."""
    from pingcang.errors import ScenarioError
    from pingcang.leverage.thresholds.spec import LEAST_MONEY, MOST_MONEY

    if not LEAST_MONEY <= balance <= MOST_MONEY:
        allowed = f"must be CNY between {LEAST_MONEY:g} and {MOST_MONEY:g}"
        raise ScenarioError(f"--balance: found {balance:g}, {allowed}; 2.5 trillion is 2.5e12")
    return balance


def _history(path: Path | None) -> pd.Series | None:
    if path is None:
        return None
    from pingcang.loaders import read_margin_balances

    return read_margin_balances(path)["financing_balance"]
