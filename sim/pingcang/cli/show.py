"""What the user sees on standard output: a short table, or one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from pingcang.results.units import is_money, money_unit

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.montecarlo.runner import Outcome

Spread = dict[str, float | str | None]

LABELS = {
    "drawdown": "Drawdown of the index",
    "trough_day": "Trough on trading day",
    "financing_change": "Financing balance (brokers)",
    "max_limit_down": "Limit-down, worst day",
    "max_suspended": "Suspended, worst day",
    "margin_calls": "Margin calls",
    "forced_sales": "Forced sales",
    "preemptive_sales": "Pre-emptive sales",
    "lender_loss": "Loss of lenders",
    "amplification": "Amplification by margin orders",
    "amplification_points": "  drawdown added",
}

SIGNED = {"financing_change", "amplification_points"}
RATIOS = {"drawdown", "financing_change"}


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


def scale_of(name: str, unit: str, largest: float) -> tuple[float, str, int]:
    """Factor, unit and decimals with which a metric is told, by the largest number told."""
    if is_money(unit):
        size, name_of_unit = money_unit(largest, unit)
        return 1 / size, name_of_unit, 2
    if name in RATIOS:
        return 100.0, "%", 1
    if name == "amplification":
        return 1.0, "×", 2
    if name == "amplification_points":
        return 1.0, "points", 1
    return 1.0, {"1": "calls", "trading days": ""}.get(unit, unit), 0


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
