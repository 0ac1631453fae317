"""The scorecard: quantity and quality of a balance on a day, with everything that they were computed from."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from pingcang.errors import ScenarioError
from pingcang.leverage.monitor import calendar, quality, quantity, tables
from pingcang.leverage.monitor.completed import completed
from pingcang.leverage.monitor.gauge import WHOLE_MARKET, Gauge, measured, not_of_china, read
from pingcang.leverage.monitor.inputs import check
from pingcang.leverage.monitor.needed import needed
from pingcang.leverage.monitor.phases import phases
from pingcang.leverage.monitor.reading import Group, Light, Reading
from pingcang.leverage.monitor.told import told
from pingcang.leverage.thresholds.lights import LIGHTS
from pingcang.results.units import CNY, currency_of

if TYPE_CHECKING:
    from pingcang.leverage.thresholds import Thresholds

WINDOW = 20
"""Trading days of a month, the window of means."""


@dataclass(frozen=True, eq=False)
class Monitor:
    """A balance read on a day."""

    name: str
    """Of the dataset."""
    origin: str
    """`files` or `simulation`."""
    currency: str
    exchange: str
    """`all`, or the one exchange that the balance is of."""
    on: dt.date
    """The day of the readings."""
    first: dt.date
    """The first day of the data."""
    window: int
    """Trading days of means."""
    runs: int
    """Of a simulation; 1 for files."""
    thresholds: str
    """Name of the thresholds behind the light of the balance; empty without."""
    readings: tuple[Reading, ...]
    series: xr.Dataset
    """Every reading that has a value a day, on all days up to `on`, by its key."""
    phases: pd.DataFrame
    """phase, first, last, days, change, per_day, complete; attrs `gaps`. Of several runs, of their median."""
    by_board: pd.DataFrame
    """Index board; financing_balance, share, change. Empty where not known."""
    by_sector: pd.DataFrame
    """Index sector; likewise."""
    by_stock: pd.DataFrame
    """The ten stocks with the largest balances; likewise, with name, board and sector where known."""
    sources: Mapping[str, str]
    """Variable -> where it comes from."""
    notes: tuple[str, ...]
    """What was left out or lacking in the inputs."""

    @property
    def of_china(self) -> bool:
        """Whether it is of China's whole market, for which the published lines are."""
        return (self.currency, self.exchange) == (CNY, WHOLE_MARKET)

    @property
    def quantity(self) -> tuple[Reading, ...]:
        """How much is borrowed."""
        return self._of("quantity")

    @property
    def quality(self) -> tuple[Reading, ...]:
        """How soundly."""
        return self._of("quality")

    @property
    def gaps(self) -> tuple[tuple[dt.date, dt.date], ...]:
        """Last day before and first day after every interruption of the data."""
        return tuple(self.phases.attrs["gaps"])

    def __getitem__(self, key: str) -> Reading:
        """The reading of a key; KeyError names those that there are."""
        found = {reading.key: reading for reading in self.readings}
        if key not in found:
            raise KeyError(f"{key!r} is no reading; there are {', '.join(found)}")
        return found[key]

    def lights(self, group: Group) -> dict[Light, int]:
        """How many readings of a group have each light."""
        counted = Counter(reading.light for reading in self._of(group) if reading.light)
        return {light: counted[light] for light in LIGHTS}

    def told(self) -> str:
        """The scorecard as a paragraph."""
        return told(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name: readings, series (date, and run if there are several), phases, by_board, ..."""
        return {
            "readings": pd.DataFrame([asdict(each) for each in self.readings]),
            "series": tables.series_table(self.series),
            "phases": self.phases,
            **{name: getattr(self, name) for name in ("by_board", "by_sector", "by_stock")},
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything but the series, ready for JSON: dates as text, no NaN."""
        return {
            **{name: getattr(self, name) for name in ("name", "origin", "currency", "exchange", "window", "runs")},
            "on": self.on.isoformat(),
            "first": self.first.isoformat(),
            "thresholds": self.thresholds or None,
            "lights": {group: self.lights(group) for group in ("quantity", "quality")},
            "readings": [{**asdict(each), "date": each.date and each.date.isoformat()} for each in self.readings],
            "phases": tables.rows(self.phases),
            "gaps": [[first.isoformat(), last.isoformat()] for first, last in self.gaps],
            **{name: tables.rows(getattr(self, name).reset_index()) for name in ("by_board", "by_sector", "by_stock")},
            "sources": dict(self.sources),
            "notes": list(self.notes),
            "told": self.told(),
        }

    def _of(self, group: Group) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.readings if reading.group == group)


def monitor(
    dataset: xr.Dataset,
    *,
    thresholds: Thresholds | None = None,
    on: dt.date | str | None = None,
    window: int = WINDOW,
) -> Monitor:
    """Read a dataset (`leverage.variables`) on a day, the last one if none is named.

    thresholds: for the light of the balance. window: trading days of means, at least 2. ScenarioError names a day that
    is not in the data, with their range.
    """
    check(dataset)
    past = completed(up_to(dataset, on))
    gauges = _gauges(past, thresholds, window)
    found = {gauge.key: measured(gauge, past) for gauge in gauges}
    lacking = needed(str(dataset.attrs["origin"]))
    return Monitor(
        name=str(dataset.attrs.get("name", "")),
        origin=str(dataset.attrs["origin"]),
        currency=currency_of(dataset.attrs),
        exchange=str(dataset.attrs.get("exchange", "all")),
        on=calendar.as_date(past["date"].values[-1]),
        first=calendar.as_date(past["date"].values[0]),
        window=window,
        runs=past.sizes.get("run", 1),
        thresholds="" if thresholds is None else thresholds.name,
        readings=tuple(read(gauge, found[gauge.key], past, lacking) for gauge in gauges),
        series=_series(past, found),
        phases=phases(tables.middle(past["financing_balance"])),
        by_board=tables.by_group(past, "board", window),
        by_sector=tables.by_group(past, "sector", window),
        by_stock=tables.by_stock(past, window),
        sources={str(name): str(past[name].attrs.get("source", "")) for name in past.data_vars},
        notes=tuple(dataset.attrs.get("notes", ())),
    )


def up_to(dataset: xr.Dataset, on: dt.date | str | None) -> xr.Dataset:
    """The days of a dataset up to one of them; ScenarioError names one that is not there, with the range."""
    if on is None:
        return dataset
    days = dataset["date"].values.astype("datetime64[D]")
    wanted = np.datetime64(_date(on), "D")
    if wanted not in days:
        near = days[days < wanted]
        hint = f"; the day before is {near[-1]}" if near.size and wanted < days[-1] else ""
        raise ScenarioError(
            f"on: found {wanted}, must be a day of the data, {days[0]} to {days[-1]}{hint}; name another day"
        )
    return dataset.isel(date=slice(0, int(np.flatnonzero(days == wanted)[0]) + 1))


def _date(on: dt.date | str) -> dt.date:
    try:
        return dt.date.fromisoformat(on) if isinstance(on, str) else on
    except ValueError:
        raise ScenarioError(f"on: found {on!r}, must be a date; write it as 2015-06-18") from None


def _gauges(past: xr.Dataset, thresholds: Thresholds | None, window: int) -> tuple[Gauge, ...]:
    """All gauges; the published lines, which are of China's whole market, judge nothing else."""
    if window < 2 or not math.isfinite(window):
        raise ScenarioError(f"window: found {window}, must be at least 2 trading days; 20 are a month")
    if thresholds is not None and not_of_china(past):
        raise ScenarioError(f"thresholds: {thresholds.name} is for {not_of_china(past)}; leave it out")
    judge, line = (None, "") if thresholds is None else (thresholds.light, light_line(thresholds))
    every = (*quantity.gauges(window, currency_of(past.attrs), judge, line), *quality.gauges(window))
    if not not_of_china(past):
        return every
    return tuple(replace(each, judge=None) for each in every)


def light_line(thresholds: Thresholds) -> str:
    """The bands of the traffic light in words."""
    broad, official, equal_risk = (line / 1e12 for line in thresholds.lines)
    return (
        f"green below {broad:.3f} tn CNY, amber to {official:.3f}, orange to {equal_risk:.3f}, red from there "
        f"(thresholds {thresholds.name}, of {thresholds.spec.now.date})"
    )


def _series(past: xr.Dataset, found: Mapping[str, xr.DataArray | None]) -> xr.Dataset:
    daily = {
        key: each.drop_vars(set(each.coords) - {"date", "run"})
        for key, each in found.items()
        if each is not None and "date" in each.dims
    }
    return xr.Dataset(daily, attrs={"currency": currency_of(past.attrs), "origin": past.attrs["origin"]})
