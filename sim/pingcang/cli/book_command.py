"""`pingcang book`: real books, and what is told about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingcang.cli.commands import app
from pingcang.cli.study_options import ScenarioArgument, Seed, Settings

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario

book = typer.Typer(help="Real books of accounts and positions.", no_args_is_help=True)
app.add_typer(book, name="book")


@book.callback()
def commands() -> None:
    """Commands about books."""


@book.command()
def export(
    scenario: ScenarioArgument,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the four files.")],
    seed: Seed = 0,
    run: Annotated[int, typer.Option(min=0, help="Run whose start is written.")] = 0,
    scale: Annotated[float | None, typer.Option(help="Share of the market that is written, as --set scale=X.")] = None,
    settings: Settings = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    """Write the start of a scenario as tables of accounts, positions and stocks, with a scenario that reads them."""
    from pingcang.results.export_book import export_book
    from pingcang.scenario import load_scenario

    changes = [*(settings or []), *([] if scale is None else [f"scale={scale}"])]
    loaded = load_scenario(scenario, settings=changes)
    for path in export_book(loaded, out, seed=seed, run=run, overwrite=overwrite):
        print(path)
    _tell_scale(loaded)


def _tell_scale(loaded: LoadedScenario) -> None:
    scale = loaded.scenario.scale
    if scale < 1:
        print(
            f"one account in {round(1 / scale)}, and the float at that scale; sums of money in the scenario, "
            "such as rescue budgets, and curves by float cap stand as they were: scale them yourself"
        )
