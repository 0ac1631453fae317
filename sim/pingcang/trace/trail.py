"""The tables of one run, read by row group and filter, never whole; and what may be asked of them."""

from __future__ import annotations

import datetime as dt
import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pingcang.arrays import Array, Floats
from pingcang.errors import ScenarioError, StorageError
from pingcang.results.audit import TABLES, table_path
from pingcang.results.storage import check_suffix, open_results

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Filters = list[tuple[str, str, Any]]


@dataclass(frozen=True)
class Trail:
    """One run of a dataset with its audit tables."""

    store: Path
    run: int
    scenario: str
    scale: float
    seed: int
    dates: tuple[dt.date, ...]
    """Date of every day, day 0 first."""
    cohorts: tuple[str, ...]
    codes: tuple[str, ...]
    close: Floats
    """(days, stocks) CNY."""
    status: Array
    """(days, stocks): results.variables.SUSPENDED …"""
    index: Floats

    @classmethod
    def open(cls, result: str | Path | Trail, run: int = 0) -> Trail:
        """The trail of a run; ScenarioError if there is no such dataset, audit or run. A trail is returned as it is."""
        if isinstance(result, Trail):
            return result
        store = Path(result)
        check_suffix(store)
        try:
            with open_results(store) as dataset:
                _check(store, dataset, run)
                return cls._of(store, dataset.sel(run=run), run)
        except StorageError as reason:
            raise ScenarioError(str(reason)) from reason

    @classmethod
    def _of(cls, store: Path, one: xr.Dataset, run: int) -> Trail:
        return cls(
            store=store,
            run=run,
            scenario=str(one.attrs["scenario"]),
            scale=float(one.attrs["scale"]),
            seed=int(one.attrs["seed"]),
            dates=tuple(dt.date.fromisoformat(str(date)[:10]) for date in one["date"].values),
            cohorts=tuple(str(name) for name in one["cohort"].values),
            codes=tuple(str(code) for code in one["stock"].values),
            close=one["close"].values,
            status=one["stock_status"].values,
            index=one["index"].values,
        )

    # ---- tables -----------------------------------------------------------------------------------------------

    def audit(self, *filters: tuple[str, str, Any], columns: list[str] | None = None) -> pd.DataFrame:
        """Rows of the audit of single accounts; filters as (column, operator, value)."""
        return self._read("audit", filters, columns)

    def causes(self, *filters: tuple[str, str, Any], columns: list[str] | None = None) -> pd.DataFrame:
        """Rows of the table of causes."""
        return self._read("causes", filters, columns)

    def _read(self, table: str, filters: tuple[tuple[str, str, Any], ...], columns: list[str] | None) -> pd.DataFrame:
        """Row groups of other runs are left alone, by their statistics."""
        wanted: Filters = [("run", "==", self.run), *filters]
        path = table_path(self.store, table)
        try:
            found: pd.DataFrame = _plain(pq.read_table(path, columns=columns, filters=wanted)).to_pandas()
        except (OSError, pa.ArrowException) as reason:
            raise ScenarioError(f"{path}: cannot be read ({reason}); run again with --overwrite") from reason
        return found

    # ---- what may be asked ------------------------------------------------------------------------------------

    def account(self, named: str | int, cohort: str | None = None) -> tuple[str, int]:
        """Cohort and number of `retail:12`, or of 12 with its cohort, which may be left out where there is one."""
        given, _, number = str(named).rpartition(":")
        name = given or cohort or (self.cohorts[0] if len(self.cohorts) == 1 else None)
        if given and cohort and given != cohort:
            raise ScenarioError(f"--account: got {named} and --cohort {cohort}; give the cohort once")
        if name is None:
            raise ScenarioError(
                f"--account: got {named}, and there are cohorts {', '.join(self.cohorts)}; "
                f"say which, as {self.cohorts[0]}:{number}"
            )
        if name not in self.cohorts:
            raise ScenarioError(f"--account: got cohort {name!r}; must be {_one_of(name, self.cohorts)}")
        if not number.isdecimal():
            raise ScenarioError(f"--account: got {named!r}; must be a number, or COHORT:NUMBER")
        self._check_number(name, int(number))
        return name, int(number)

    def _check_number(self, cohort: str, number: int) -> None:
        known = self.audit(("event", "==", "start"), ("cohort", "==", cohort), columns=["account"])["account"]
        last = int(known.max()) if len(known) else -1
        if number > last:
            raise ScenarioError(
                f"--account: got {cohort}:{number}; {cohort} has accounts 0 to {last} (of the simulated ones), "
                f"the nearest is {cohort}:{last}"
            )

    def stock(self, code: str) -> int:
        """Place of a stock among the codes."""
        if code not in self.codes:
            raise ScenarioError(f"--stock: got {code!r}; must be {_one_of(code, self.codes)}")
        return self.codes.index(code)

    def day(self, named: str | int | dt.date) -> int:
        """Number of a trading day, given as a number or a date."""
        last = len(self.dates) - 1
        if str(named).isdecimal():
            day = int(str(named))
            if 1 <= day <= last:
                return day
            raise ScenarioError(
                f"--day: got {day}; must be 1 to {last}, or a date; the nearest is {min(day, last) or 1}"
            )
        try:
            date = dt.date.fromisoformat(str(named))
        except ValueError:
            raise ScenarioError(
                f"--day: got {str(named)!r}; must be 1 to {last}, or a date as {self.dates[1]}"
            ) from None
        if date in self.dates[1:]:
            return self.dates.index(date)
        nearest = min(self.dates[1:], key=lambda known: abs((known - date).days))
        raise ScenarioError(
            f"--day: got {date}; must be a trading day from {self.dates[1]} to {self.dates[last]}; "
            f"the nearest is {nearest}"
        )


def _check(store: Path, dataset: xr.Dataset, run: int) -> None:
    missing = [table_path(store, name).name for name in TABLES if not table_path(store, name).exists()]
    if "audit" not in str(dataset.attrs.get("record", "")):
        raise ScenarioError(
            f"{store}: was recorded without the audit; run the same command with --record audit and another --out"
        )
    if missing:
        raise ScenarioError(f"{store}: {' and '.join(missing)} must stand beside it; move them there, or run it again")
    runs = dataset["run"].values.tolist()
    if run not in runs:
        nearest = min(runs, key=lambda known: abs(known - run))
        raise ScenarioError(f"--run: got {run}; {store} has runs {runs[0]} to {runs[-1]}, the nearest is {nearest}")


def _one_of(found: str, names: tuple[str, ...]) -> str:
    """`one of a, b`; of many names those that are most alike."""
    if len(names) <= 8:
        return f"one of {', '.join(names)}"
    alike = difflib.get_close_matches(found, names, n=3, cutoff=0.0)
    return f"a code of the {len(names)} stocks; the nearest are {', '.join(alike)}"


def _plain(table: pa.Table) -> pa.Table:
    """Labels as text: filtered rows are few."""
    kinds = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema([(name, kind) for name, kind in zip(table.column_names, kinds, strict=True)]))


def place_of(codes: tuple[str, ...]) -> dict[str, int]:
    """Place of each code."""
    return {code: s for s, code in enumerate(codes)}


def no_rows(columns: list[str]) -> pd.DataFrame:
    """A table without rows."""
    import pandas as pd

    return pd.DataFrame({name: np.zeros(0) for name in columns})
