"""The command `trace`. Heavy libraries are imported inside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.trace import AccountStory, DayStory, StockStory


@app.command()
def trace(
    result: Annotated[Path, typer.Argument(help="Dataset of pingcang run --record audit.", metavar="RESULT")],
    account: Annotated[
        str | None, typer.Option(metavar="COHORT:N", help="The story of one account, as retail:12.")
    ] = None,
    cohort: Annotated[str | None, typer.Option(help="Cohort of the account, if its number stands alone.")] = None,
    stock: Annotated[str | None, typer.Option(metavar="CODE", help="A stock: who moved it, whom it hit.")] = None,
    day: Annotated[str | None, typer.Option(metavar="N|DATE", help="A trading day of the whole market.")] = None,
    run: Annotated[int, typer.Option(min=0, help="Which run.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print rows: the account's events, the stock's days, the day's forced sales.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write into a file instead.")
    ] = None,
) -> None:
    """Tell from the audit trail what caused what: for an account, a stock or a day."""
    asked = {"--account": account, "--stock": stock, "--day": day}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) != 1:
        raise ScenarioError(f"trace: got {' and '.join(given) or 'none of them'}; give one of {', '.join(asked)}")
    if cohort is not None and account is None:
        raise ScenarioError(f"--cohort: got {cohort}, which goes with --account; leave it out")
    if as_json and as_csv:
        raise ScenarioError("trace: got --json and --csv; give one of them")
    text = _told(_story(result, run, account, cohort, stock, day), as_json=as_json, as_csv=as_csv)
    if output is None:
        print(text, end="")
    else:
        _write(output, text)


def _story(
    result: Path, run: int, account: str | None, cohort: str | None, stock: str | None, day: str | None
) -> AccountStory | StockStory | DayStory:
    from pingcang.trace import trace_account, trace_day, trace_stock

    if account is not None:
        return trace_account(result, account, cohort=cohort, run=run)
    return trace_day(result, day, run=run) if day is not None else trace_stock(result, str(stock), run=run)


def _told(story: AccountStory | StockStory | DayStory, *, as_json: bool, as_csv: bool) -> str:
    if as_json:
        return json.dumps(story.to_dict(), allow_nan=False) + "\n"
    if as_csv:
        return story.table.to_csv(index=False, lineterminator="\n")
    from pingcang.cli.trace_show import account_screen
    from pingcang.cli.trace_show_market import day_screen, stock_screen
    from pingcang.trace import AccountStory, StockStory

    if isinstance(story, AccountStory):
        return account_screen(story)
    return stock_screen(story) if isinstance(story, StockStory) else day_screen(story)


def _write(path: Path, text: str) -> None:
    from pingcang.results.files import storage_errors, written_whole

    with storage_errors(path), written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
