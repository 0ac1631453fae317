"""What `pingcang fork` shows: the median of each metric, one column an arm."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from pingcang.cli.show import human, summary
from pingcang.results.labels import LABELS
from pingcang.results.storage import open_results

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.montecarlo.runner import Outcome


def show_fork(outcomes: Mapping[str, Outcome], at: dt.date, *, as_json: bool, quiet: bool) -> None:
    """One JSON object, or the table and where the datasets are."""
    if quiet and not as_json:
        return
    with ExitStack() as stack:
        datasets = {label: stack.enter_context(open_results(each.store)) for label, each in outcomes.items()}
        if as_json:
            print(json.dumps(fork_summary(datasets, outcomes, at), allow_nan=False))
        else:
            _show_table(datasets, outcomes, at)


def fork_summary(datasets: Mapping[str, xr.Dataset], outcomes: Mapping[str, Outcome], at: dt.date) -> dict[str, Any]:
    """The object of `--json`: for each arm what `pingcang run --json` says of it, and its scenario's hash."""
    arms = {
        label: {**summary(dataset, outcomes[label]), "scenario_hash": dataset.attrs["scenario_hash"]}
        for label, dataset in datasets.items()
    }
    first = next(iter(arms.values()))
    return {"scenario": first["scenario"], "seed": first["seed"], "runs": first["runs"], "at": str(at), "arms": arms}


def _show_table(datasets: Mapping[str, xr.Dataset], outcomes: Mapping[str, Outcome], at: dt.date) -> None:
    first = next(iter(datasets.values()))
    runs = first.sizes["run"]
    print(
        f"{first.attrs['scenario']}, arms from {at}, seed {first.attrs['seed']}, "
        f"{runs} run{'s' if runs > 1 else ''} each, scale {first.attrs['scale']:g}"
        f"{'; medians' if runs > 1 else ''}"
    )
    table = Table(box=box.SIMPLE_HEAD)
    for place, head in enumerate(("", *datasets, "unit")):
        table.add_column(head, justify="right" if 0 < place <= len(datasets) else "left")
    spreads = {label: dataset.pingcang.summary() for label, dataset in datasets.items()}
    for name, label in LABELS.items():
        if not name.startswith("amplification") or first.attrs["amplification"]:
            table.add_row(label, *_row(name, [spread[name] for spread in spreads.values()]))
    Console().print(table)
    for label, outcome in outcomes.items():
        print(f"{label}: {outcome.store}")


def _row(name: str, spreads: list[dict[str, Any]]) -> list[str]:
    """The medians of a metric in one unit, and the unit."""
    medians = {str(place): spread["median"] for place, spread in enumerate(spreads)}
    return human(name, {**medians, "unit": spreads[0]["unit"]}, tuple(medians))
