"""What a page is made from: one dataset or two, and what else was handed in; checked before anything is drawn."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.errors import ScenarioError
from pingcang.language import translated
from pingcang.report.arm import Arm
from pingcang.results.storage import NETCDF, ZARR, opened
from pingcang.study.paired import Statistic
from pingcang.study.statistic import parse_condition

if TYPE_CHECKING:
    import xarray as xr

COMPARISON = {".json"}
NEEDED = (
    "index", "financing_balance", "margin_purchases", "forced_sales", "preemptive_sales", "unfilled_forced",
    "margin_calls", "forced_accounts", "closed_accounts", "negative_equity", "maintenance_ratio", "investor_equity",
    "accounts_by_ratio", "debt_by_ratio", "limit_down", "suspended", "lender_loss", "rescue_purchases",
    "float_cap_start",
)  # fmt: skip
"""Variables that a page shows."""
ATTRIBUTES = ("scenario", "scenario_text", "scenario_hash", "seed", "scale")


@dataclass(frozen=True)
class Material:
    """Everything that a page tells."""

    arms: tuple[Arm, ...]
    """One dataset; or base and other, over the runs that both have."""
    told: Mapping[str, Any]
    """What the file of a comparison says beside the two datasets."""
    statistic: Statistic = "mean"
    """Of a comparison: mean or median of the runs, and of the differences."""
    reversal: Mapping[str, Any] | None = None
    """A reverse stress test, as `pingcang reverse` writes it."""
    broker_capital: float | None = None
    """Capital of brokers, in the currency of the dataset, that losses are held against."""

    @property
    def compared(self) -> bool:
        """Whether there are two datasets."""
        return len(self.arms) == 2

    @property
    def base(self) -> Arm:
        """The dataset, or the first of the two."""
        return self.arms[0]

    @property
    def currency(self) -> str:
        """The currency of all amounts; CNY where the dataset names none."""
        return self.base.currency

    def of(self, arm: Arm) -> str:
        """What follows a title that is of one arm: its name, if there are two."""
        return translated(", {name}").format(name=translated(arm.name)) if self.compared else ""

    def suffix(self, arm: Arm) -> str:
        """The same for the name of a figure."""
        return f"-{arm.name}" if self.compared else ""


def read_material(
    result: Path, *, against: Path | None = None, reverse: Path | None = None, broker_capital: float | None = None
) -> Material:
    """Read a dataset, two datasets, or a comparison that names them; `ScenarioError` for whatever cannot be read."""
    if broker_capital is not None and not (math.isfinite(broker_capital) and broker_capital > 0):
        raise ScenarioError(f"--broker-capital {broker_capital:g}: must be a number above 0")
    reversal = None if reverse is None else _reversal(reverse)
    if result.suffix in COMPARISON:
        if against is not None:
            raise ScenarioError(f"--against {against}: {result} is a comparison and names both datasets; leave it out")
        return _of_comparison(result, reversal, broker_capital)
    if result.suffix not in ZARR | NETCDF:
        raise ScenarioError(
            f"{result}: the suffix {result.suffix!r} names neither a dataset (.zarr, .nc, .nc4) nor a comparison "
            "(.json, as pingcang compare --out writes it)"
        )
    if against is None:
        arms: tuple[Arm, ...] = (_arm("simulated", result),)
    else:
        arms = _paired(_arm("base", result), _arm("other", against))
    return Material(arms, {}, "mean", reversal, broker_capital)


def _of_comparison(path: Path, reversal: Mapping[str, Any] | None, capital: float | None) -> Material:
    told = _json(path, "a comparison; pingcang compare --out FOLDER writes one as FOLDER/compare.json")
    try:
        sides = [
            (str(told[side]["label"]), Path(told[side]["store"]), told[side]["hash"]) for side in ("base", "other")
        ]
        statistic, asked = told["statistic"], _asked(told)
    except (KeyError, TypeError, ValueError) as missing:
        raise ScenarioError(
            f"{path}: is no comparison of pingcang compare ({missing!s} is missing or wrong); a reverse stress test "
            "goes to --reverse"
        ) from None
    if statistic not in {"mean", "median"}:
        raise ScenarioError(f"{path}: statistic: found {statistic!r}, must be mean or median")
    arms = [
        _named(_arm(name, _beside(store, path), label), digest, path)
        for name, (label, store, digest) in zip(("base", "other"), sides, strict=True)
    ]
    first = [_first_runs(arm, asked) for arm in arms]
    return Material(
        _paired(first[0], first[1]), told, statistic, reversal, _capital(told) if capital is None else capital
    )


def _capital(told: Mapping[str, Any]) -> float | None:
    """The capital of brokers that the comparison itself was held against."""
    lenders = told.get("lenders")
    capital = lenders.get("broker_capital") if isinstance(lenders, Mapping) else None
    return float(capital) if isinstance(capital, int | float) and capital > 0 else None


def _asked(told: Mapping[str, Any]) -> int:
    """How many runs of each arm the comparison asked for: those compared, and those that failed in either."""
    failed = told["failed_runs"]
    return int(told["runs"]) + len({*failed["base"], *failed["other"]})


def _beside(store: Path, comparison: Path) -> Path:
    """The store where the comparison says, else under its name beside the comparison."""
    moved = comparison.parent / store.name
    return moved if not store.exists() and moved.exists() else store


def _named(arm: Arm, digest: object, comparison: Path) -> Arm:
    if arm.told["scenario_hash"] != digest:
        raise ScenarioError(
            f"{arm.store}: holds scenario hash {str(arm.told['scenario_hash'])[:12]}, but {comparison} compared "
            f"{str(digest)[:12]}; give the comparison again"
        )
    return arm


def _first_runs(arm: Arm, asked: int) -> Arm:
    return _with(arm, arm.dataset.isel(run=arm.dataset["run"].values < asked))


def _paired(base: Arm, other: Arm) -> tuple[Arm, Arm]:
    """Both over the runs that both have."""
    seeds = [int(arm.told["seed"]) for arm in (base, other)]
    if seeds[0] != seeds[1]:
        raise ScenarioError(
            f"{base.store} and {other.store}: their seeds are {seeds[0]} and {seeds[1]}; run by run only datasets of "
            "the same seed can be compared"
        )
    if base.currency != other.currency:
        raise ScenarioError(
            f"{base.store} and {other.store}: their amounts are in {base.currency} and {other.currency}; only datasets "
            "of one currency can be compared"
        )
    common = np.intersect1d(base.dataset["run"].values, other.dataset["run"].values)
    if not common.size:
        raise ScenarioError(
            f"{base.store} and {other.store}: they have no run in common; simulate the same runs of both"
        )
    return _with(base, base.dataset.sel(run=common)), _with(other, other.dataset.sel(run=common))


def _with(arm: Arm, dataset: xr.Dataset) -> Arm:
    return Arm(arm.name, arm.label, arm.store, dataset)


def _arm(name: str, path: Path, label: str = "") -> Arm:
    with opened(path) as dataset:
        missing = [key for key in ATTRIBUTES if key not in dataset.attrs]
        missing += [variable for variable in NEEDED if variable not in dataset]
        if missing:
            raise ScenarioError(
                f"{path}: lacks {', '.join(missing)}, which every dataset of this version's pingcang run has; give a "
                "dataset of pingcang run, or simulate it again"
            )
        daily = dataset[[variable for variable in dataset.data_vars if "stock" not in dataset[variable].dims]]
        try:
            daily = daily.load()
        except (OSError, ValueError, RuntimeError) as reason:
            raise ScenarioError(f"{path}: is damaged ({reason}); simulate it again") from reason
    if not (daily.sizes["run"] and daily.sizes["day"] > 1):
        raise ScenarioError(f"{path}: holds no run, or no day; simulate it again")
    return Arm(name, label or str(daily.attrs["scenario"]), path.name, daily)


def _reversal(path: Path) -> Mapping[str, Any]:
    told = _json(path, "a reverse stress test; pingcang reverse --out FOLDER writes one as FOLDER/reverse.json")
    wrong = [key for key, right in REVERSAL.items() if not right(told.get(key))]
    if wrong:
        raise ScenarioError(
            f"{path}: is no result of pingcang reverse ({', '.join(wrong)} missing or wrong); give its reverse.json"
        )
    try:
        parse_condition(told["condition"], ("<", "<=", ">", ">=", "="))
    except ScenarioError as reason:
        raise ScenarioError(f"{path}: condition: {reason}") from None
    return told


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_interval(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(end is None or _is_number(end) for end in value)


def _are_points(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(point, dict) and _is_number(point.get("x")) and _is_number(point.get("value")) for point in value
        )
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


REVERSAL: Mapping[str, Callable[[object], bool]] = {
    "condition": _is_text,
    "root": _is_number,
    "interval": _is_interval,
    "points": _are_points,
    "runs": _is_number,
    "lever": _is_text,
}
"""What a reverse stress test must have."""


def _json(path: Path, what: str) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as reason:
        raise ScenarioError(f"{path}: cannot be read ({reason.strerror}); give {what}") from None
    except ValueError as reason:
        raise ScenarioError(f"{path}: is no JSON ({reason}); give {what}") from None
    if not isinstance(told, dict):
        raise ScenarioError(f"{path}: holds {type(told).__name__}, must hold one JSON object: {what}")
    return told
