"""`dataset.pingcang`: what can be derived from a result dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pingcang.results import metrics
from pingcang.results.dataset import failed_runs


@xr.register_dataset_accessor("pingcang")  # type: ignore[no-untyped-call]
class PingcangAccessor:
    """Derived series (run, day), metrics (run) and intervals over the runs.

    Registered by importing this module, which `open_results` does.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    @property
    def failed_runs(self) -> list[int]:
        """The runs that failed; they are not in the dataset, nor in any statistic."""
        return failed_runs(self._dataset)

    @property
    def official_balance(self) -> xr.DataArray:
        """Financing balance lent by brokers, CNY (run, day)."""
        return metrics.official_balance(self._dataset)

    @property
    def margin_share_of_turnover(self) -> xr.DataArray:
        """Purchases paid with brokers' new loans over turnover, a fraction (run, day); NaN without turnover."""
        bought = metrics.official(self._dataset, "margin_purchases")
        turnover = self._dataset["turnover"].sum("board")
        return _described(bought / turnover.where(turnover > 0), "1", "Margin purchases over turnover")

    @property
    def balance_to_float_cap(self) -> xr.DataArray:
        """Official financing balance over float market cap, a fraction (run, day).

        The float cap of a day is the start's times the index.
        """
        cap = self._dataset["float_cap_start"] * self._dataset["index"]
        return _described(self.official_balance / cap, "1", "Financing balance over float market cap")

    @property
    def drawdown_path(self) -> xr.DataArray:
        """Fall of the index from its highest level so far, a positive fraction (run, day)."""
        index = self._dataset["index"]
        path = index.copy(data=metrics.drawdown_path(index.values))
        return _described(path, "1", "Drawdown of the index")

    @property
    def drawdown(self) -> xr.DataArray:
        """Maximum drawdown of the index, a positive fraction (run)."""
        return self.metrics["drawdown"]

    @property
    def amplification(self) -> xr.DataArray:
        """Drawdown over drawdown without feedback (run); NaN where that is below 5% or was not simulated."""
        return self.metrics["amplification"]

    @property
    def time_to_recover(self) -> xr.DataArray:
        """Trading days from the trough until the index is back at its peak (run); NaN if it never is."""
        index = self._dataset["index"].values
        path = metrics.drawdown_path(index)
        trough = path.argmax(axis=-1)
        days = [_days_to_recover(levels, day) for levels, day in zip(index, trough, strict=True)]
        recovered = xr.DataArray(np.array(days, dtype=np.float64), {"run": self._dataset["run"]}, ("run",))
        return _described(recovered, "trading days", "Time from the trough back to the peak")

    @property
    def metrics(self) -> xr.Dataset:
        """Every metric of every run (run)."""
        return metrics.per_run(self._dataset)

    def summary(self) -> dict[str, dict[str, float | str | None]]:
        """Metric -> median, p05, p95, unit over the runs that succeeded."""
        return metrics.summarise(self._dataset)

    def intervals(self, name: str, quantiles: Sequence[float] = (0.05, 0.5, 0.95)) -> xr.DataArray:
        """Quantiles over the runs of a variable, derived series or metric, along the dimension `quantile`."""
        return self._series(name).quantile(list(quantiles), dim="run", keep_attrs=True)

    def median_interval(
        self, metric: str, level: float = 0.95, resamples: int = 2000, seed: int = 0
    ) -> tuple[float, float]:
        """Confidence interval of the median of a metric over the runs, `metrics.median_interval`."""
        values = self.metrics[metric].values
        known = values[~np.isnan(values)]
        if not known.size:
            raise ValueError(f"no run has the metric {metric!r}; it needs at least one (--amplification records it?)")
        return metrics.median_interval(known, level, resamples, seed)

    def _series(self, name: str) -> xr.DataArray:
        if name in self._dataset:
            return self._dataset[name]
        if name in metrics.UNITS:
            return self.metrics[name]
        derived = getattr(type(self), name, None)
        if not isinstance(derived, property):
            raise ValueError(f"no variable, derived series or metric is named {name!r}")
        series = getattr(self, name)
        if not isinstance(series, xr.DataArray):
            raise ValueError(f"{name!r} is not a series")
        return series


def _days_to_recover(levels: np.ndarray[tuple[int], np.dtype[np.float64]], trough: int) -> float:
    back = np.flatnonzero(levels[trough:] >= levels[: trough + 1].max())
    return float(back[0]) if back.size else float("nan")


def _described(array: xr.DataArray, unit: str, long_name: str) -> xr.DataArray:
    return array.assign_attrs(units=unit, long_name=long_name)
