"""The command: simulate study by study, and after each of them write its tables, the figures and the page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from experiments.common.errors import plain_errors
from experiments.common.page import embed
from experiments.common.tables import NoResultError, Result, read, save
from experiments.rule_laboratory.findings import overview, study_text
from experiments.rule_laboratory.laboratory import CALM_TIMES, CRASH_TIMES, Laboratory
from experiments.rule_laboratory.markets import MARKETS
from experiments.rule_laboratory.studies import STUDIES

from pingcang.study.arms import Bench

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED, RUNS, CALM_RUNS = 511, 100, 24
"""A seed of its own: not used in any fit."""
STORES, RESULTS = ROOT / "results" / "rule_laboratory", HERE / "results"
PICTURES, PAGE = ROOT / "docs" / "images" / "rule_laboratory", ROOT / "docs" / "rule_laboratory.md"
ALL_STUDIES = ",".join(STUDIES)


def reproduce(laboratory: Laboratory, studies: list[str], results: Path, pictures: Path, page: Path) -> None:
    """Run these studies, first all of them in the crash, then in calm times; publish after each."""
    for times in (CRASH_TIMES, CALM_TIMES):
        for key in studies:
            started = time.monotonic()
            laboratory.simulate(STUDIES[key], times)
            table = laboratory.table(STUDIES[key], times)
            if len(table):
                step = _step(key, times)
                save(Result(step, {step: table}, laboratory.provenance(table, times)), results)
                publish(results, pictures, page)
            laboratory.tell(f"{times}, {key}: done in {(time.monotonic() - started) / 60:.1f} minutes")


def publish(results: Path, pictures: Path, page: Path) -> None:
    """Figures and page from the tables there are."""
    from experiments.common.style import drawing, save_figure
    from experiments.rule_laboratory.figures import forests

    crash, calm = known(results, CRASH_TIMES), known(results, CALM_TIMES)
    with drawing():
        figures = forests(crash, calm)
        for name, figure in figures.items():
            save_figure(figure, pictures / f"{name}.png")
    if page.exists():
        embed(page, blocks(results))


def blocks(results: Path) -> dict[str, str]:
    """The generated texts of the page."""
    crash, calm = known(results, CRASH_TIMES), known(results, CALM_TIMES)
    markets = {str(key) for result in crash.values() for key in result.tables[result.step]["market"]}
    figures = {f"forest_{key}": None for key in MARKETS if key in markets}
    texts = [study_text(result, calm.get(key)) for key, result in crash.items()]
    return {"overview": overview(figures), "studies": "\n\n".join(texts)}


def known(results: Path, times: str) -> dict[str, Result]:
    """The results there are, by study, in the order of the studies."""
    found = {}
    for key in STUDIES:
        try:
            found[key] = read(_step(key, times), results, "rule_laboratory")
        except NoResultError:
            continue
    return found


def _step(key: str, times: str) -> str:
    return key if times == CRASH_TIMES else f"{key}_calm"


def run(
    runs: Annotated[int, typer.Option(min=2, help="Runs of each arm; more of them extend what is there.")] = RUNS,
    calm_runs: Annotated[
        int | None, typer.Option(min=2, help="Runs of each arm in calm times.", show_default="24, at most --runs")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed, not used in any fit.")] = SEED,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    scale: Annotated[float | None, typer.Option(help="Share of the market.", show_default="as published, 0.01")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Trading days.", show_default="45")] = None,
    only: Annotated[str, typer.Option(metavar="STUDY,STUDY", help=f"Some of {ALL_STUDIES}.")] = ALL_STUDIES,
    markets: Annotated[str, typer.Option(help="2015, 2025, or both.")] = ",".join(MARKETS),
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = STORES,
    out: Annotated[
        Path | None, typer.Option(help="Tables and pictures go here; the page stays as it is.", show_default="the page")
    ] = None,
    draw_only: Annotated[bool, typer.Option("--draw-only", help="Figures and page from the tables there are.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Regenerate docs/rule_laboratory.md; the same command continues where it was interrupted."""
    places = (RESULTS, PICTURES, PAGE) if out is None else (out, out, out / "rule_laboratory.md")
    shared = {key: value for key, value in {"scale": scale, "calendar.days": days}.items() if value is not None}
    laboratory = Laboratory(
        Bench(stores, seed=seed, jobs=jobs, command="python -m experiments.rule_laboratory"),
        runs,
        calm_runs or min(runs, CALM_RUNS),
        shared,
        chosen(markets, tuple(MARKETS)),
        quiet,
        (lambda _: None) if quiet else print,
    )
    with plain_errors():
        if draw_only:
            publish(*places)
        else:
            reproduce(laboratory, list(chosen(only, tuple(STUDIES))), *places)


def chosen(text: str, known_names: tuple[str, ...]) -> tuple[str, ...]:
    """The names that are asked for, in their own order; typer.BadParameter for one that is not known."""
    asked = {name.strip() for name in text.split(",") if name.strip()}
    if unknown := sorted(asked - set(known_names)):
        raise typer.BadParameter(f"{', '.join(unknown)}: not known; there are {', '.join(known_names)}")
    return tuple(name for name in known_names if name in asked)


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command()(run)


def main() -> None:
    """The entry point."""
    app(prog_name="python -m experiments.rule_laboratory")
