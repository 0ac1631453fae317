"""What the user sees on standard output: a short table, or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from pingcang.results.labels import LABELS, SIGNED, scale_of

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.montecarlo.runner import Outcome

Spread = dict[str, float | str | None]


def summary(dataset: xr.Dataset, outcome: Outcome) -> dict[str, Any]:
    """The object of `--json`; `failed_runs` and `dropped` only if there are any."""
    failed = {"failed_runs": outcome.failed_runs} if outcome.failures else {}
    dropped = {"dropped": json.loads(dataset.attrs["dropped"])} if "dropped" in dataset.attrs else {}
    return {
        "scenario": dataset.attrs["scenario"],
        "seed": int(dataset.attrs["seed"]),
        "runs": outcome.runs,
        "store": str(outcome.store),
        "metrics": dataset.pingcang.summary(),
        **failed,
        **dropped,
    }


def show_table(dataset: xr.Dataset, outcome: Outcome) -> None:
    """The metrics in human units, and where the dataset is."""
    from pingcang.results.audit import audit_path
    from pingcang.results.dropped import dropped_path

    runs = dataset.sizes["run"]
    told = dataset.attrs
    table = Table(box=box.SIMPLE_HEAD, show_header=runs > 1)
    table.add_column("")
    table.add_column("median" if runs > 1 else "", justify="right")
    if runs > 1:
        table.add_column("5%", justify="right")
        table.add_column("95%", justify="right")
    table.add_column("unit")
    for name, spread in dataset.pingcang.summary().items():
        if name.startswith("amplification") and not told["amplification"]:
            continue
        table.add_row(LABELS[name], *human(name, spread, ("median", "p05", "p95") if runs > 1 else ("median",)))
    print(_title(dataset))
    Console().print(table)
    print(f"dataset: {outcome.store}")
    if "audit" in told["record"]:
        print(f"audit: {audit_path(outcome.store)}; pingcang trace {outcome.store}")
    if "dropped" in told:
        print(f"left out: {_left_out(told['dropped'])}: {dropped_path(outcome.store)}")


def _left_out(dropped: str) -> str:
    """`12 of 10,000 accounts with 3,000.00 CNY of debt`."""
    told = json.loads(dropped)
    accounts, of, debt = (sum(table[key] for table in told) for key in ("accounts_dropped", "accounts", "debt_dropped"))
    return f"{accounts:,} of {of:,} accounts with {debt:,.2f} CNY of debt"


def human(name: str, spread: Spread, keys: tuple[str, ...]) -> list[str]:
    """The cells of a metric's row, unit last: 1.13e12 CNY -> `1.13`, `tn CNY`; a missing number is a dash."""
    numbers = [None if spread[key] is None else float(spread[key] or 0) for key in keys]
    factor, unit, digits = scale_of(name, str(spread["unit"]), max(abs(number or 0.0) for number in numbers))
    sign = "+" if name in SIGNED else ""
    return [*("–" if number is None else f"{number * factor:{sign},.{digits}f}" for number in numbers), unit]


def _title(dataset: xr.Dataset) -> str:
    from pingcang.results.dataset import failed_runs, left_out

    told, runs = dataset.attrs, dataset.sizes["run"]
    days = dataset.sizes["day"] - 1
    missing = f"; {left_out(dataset)}" if failed_runs(dataset) else ""
    return (
        f"{told['scenario']}, {days} trading days from {str(dataset['date'].values[0])[:10]}, "
        f"seed {told['seed']}, {runs} run{'s' if runs > 1 else ''}, scale {told['scale']:g}{missing}"
    )


def show_scenarios(rows: list[tuple[str, str]]) -> None:
    """Names and descriptions."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for name, description in rows:
        table.add_row(name, " ".join(description.split()))
    Console().print(table)
