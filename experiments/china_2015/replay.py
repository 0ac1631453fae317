"""Stage one: the margin book of 2013 to 2015 under the real prices, prepared, fitted and told.

    python -m experiments.china_2015.replay prepare [--data FOLDER]
    pingcang calibrate experiments/china_2015/stage_one.yaml --out experiments/china_2015/work/stage_one_fitted.yaml
    python -m experiments.china_2015.replay run --fitted experiments/china_2015/work/stage_one_fitted.yaml
    python -m experiments.china_2015 --only replay

The raw files are no part of the project, nor is what `prepare` makes of them (docs/data.md); the tables that `run`
leaves in results/ are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
from experiments.china_2015.bench import HERE, Bench, Cell, Plan
from experiments.china_2015.progress import simulate_all
from experiments.china_2015.replay_inputs import WINDOWS, ReplayInputError, prepare_replay
from experiments.china_2015.replay_tables import called, fan, regressions
from experiments.common.errors import plain_errors
from experiments.common.tables import DIGITS

from pingcang.cli.errors import say

if TYPE_CHECKING:
    from pingcang.calibrate import LoadedSpec
    from pingcang.scenario.schema import Scenario

WORK = HERE / "work"
SPEC = HERE / "stage_one.yaml"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help="Stage one: the replay of real prices.")


@app.command()
def prepare(
    data: Annotated[
        Path | None, typer.Option(envvar="PINGCANG_DATA", help="Folder with the raw files of docs/data.md.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where stocks, prices, scenarios and margin.csv go.")] = WORK,
) -> None:
    """Make the three scenarios of replay, their prices and margin.csv; none of them may be published."""
    if data is None:
        raise typer.BadParameter("give --data FOLDER, or set PINGCANG_DATA; docs/data.md says what the folder holds")
    with plain_errors():
        print("\n".join(prepare_replay(data, out)))


@app.command()
def run(
    fitted: Annotated[Path, typer.Option(help="The file that pingcang calibrate wrote for stage_one.yaml.")],
    runs: Annotated[int, typer.Option(min=2, help="Runs of a window.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Seed, not used in the fit.")] = Plan.seed,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    scale: Annotated[float | None, typer.Option(min=0.0001, max=1, help="Instead of china_2015's own.")] = None,
    out: Annotated[Path, typer.Option(help="Where the tables go.")] = Plan.results,
    stores: Annotated[Path, typer.Option(help="Datasets of the runs; the same place continues.")] = Plan.stores,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.")] = False,
) -> None:
    """Run the three windows with the fitted values, and write the tables of the page."""
    with plain_errors():
        bench = Bench(Plan(runs, seed, jobs, scale=scale, stores=stores), say)
        written = replay(bench, fitted, out, quiet=quiet)
    if not quiet:
        print("\n".join(map(str, written)))


def replay(bench: Bench, fitted: Path, out: Path, *, spec: Path = SPEC, quiet: bool = False) -> list[Path]:
    """Simulate what is missing of the three windows; the tables that were written.

    replay_WINDOW.csv, replay_regressions.csv, replay_called.csv, and replay_provenance.json. ScenarioError if the file
    is no fit of the spec, ReplayInputError if its scenarios have not been prepared.
    """
    import pingcang.calibrate as fit

    loaded = load_stage_one(spec)
    params = fit.parameters_of(loaded, fitted)
    cells = {window: _cell(loaded, window, params, bench.plan.runs) for window in WINDOWS}
    simulate_all(bench, cells.values(), quiet=quiet)
    book = real_book(spec.parent / "work" / "margin.csv")
    datasets = {window: bench.open(cell) for window, cell in cells.items()}
    tables = {f"replay_{window}": fan(window, dataset, book) for window, dataset in datasets.items()}
    tables["replay_regressions"] = regressions({name: datasets[name] for name in ("bubble", "crash")}, book)
    tables["replay_called"] = called(datasets["crash"])
    return _write(out, tables, _provenance(bench, cells, params, loaded))


def load_stage_one(spec: Path = SPEC) -> LoadedSpec:
    """The calibration; ReplayInputError if what it reads has not been prepared."""
    import pingcang.calibrate as fit

    work = spec.parent / "work"
    names = [*(f"replay_{window}.yaml" for window in WINDOWS), "margin.csv"]
    if absent := [name for name in names if not (work / name).is_file()]:
        raise ReplayInputError(
            f"{work}: {', '.join(absent)} missing; run python -m experiments.china_2015.replay prepare first"
        )
    return fit.load_spec(spec)


def real_book(path: Path) -> pd.DataFrame:
    """margin.csv by date: financing_balance and margin_purchases in CNY, maintenance_ratio where published."""
    return pd.read_csv(path, index_col="date", parse_dates=True)


def _cell(loaded: LoadedSpec, window: str, params: dict[str, float], runs: int) -> Cell:
    return Cell(f"replay {window}", runs, loaded.bases[window].source, _fixed(loaded, window, params), record=())


def _fixed(loaded: LoadedSpec, window: str, params: dict[str, float]) -> Callable[[Scenario], dict[str, Any]]:
    overrides: dict[str, Any] = dict(loaded.space.overrides(window, params))
    return lambda _: overrides


def _provenance(bench: Bench, cells: dict[str, Cell], params: dict[str, float], loaded: LoadedSpec) -> dict[str, Any]:
    """What the numbers depend on; `told` is what the page says."""
    each = {window: bench.provenance(cell) for window, cell in cells.items()}
    first = each[WINDOWS[0]]
    failed = sum(len(told["failed_runs"]) for told in each.values())
    left_out = f", {failed} failed runs left out" if failed else ""
    told = (
        f"{bench.plan.runs} runs a window{left_out}, scale {first['scale']:g}, seed {first['seed']} "
        f"(the fit's was {loaded.spec.seed}), engine {first['code_version']}, "
        f"fitted by stage_one.yaml {loaded.hash[:8]}"
    )
    return {"told": f"{told}.", "calibration_hash": loaded.hash, "parameters": params, "windows": each}


def _write(out: Path, tables: dict[str, pd.DataFrame], provenance: dict[str, Any]) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        path = out / f"{name}.csv"
        table.to_csv(path, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        written.append(path)
    path = out / "replay_provenance.json"
    path.write_text(json.dumps(provenance, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*written, path]


if __name__ == "__main__":
    app(prog_name="python -m experiments.china_2015.replay")
