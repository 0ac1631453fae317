"""Small real books for the tests: two Parquet tables, a table of stocks, and the scenario that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

STOCKS = "code,price,float_shares,board,st\n000001,10.00,1000000,main,false\n600000,5.20,2000000,main,0\n"
ACCOUNTS: dict[str, Any] = {
    "account": ["a", "b", "c"],
    "cohort": ["retail", "retail", "short"],
    "cash": [100.0, 5.5, 20_000.0],
}
POSITIONS: dict[str, Any] = {
    "account": ["a", "c", "a"],
    "stock": ["000001", "600000", "600000"],
    "shares": [1000, -2000, 300],
    "loan": [4000.0, 10_400.0, 0.0],
}


def own_book(
    folder: Path,
    accounts: dict[str, Any] | pa.Table | None = None,
    positions: dict[str, Any] | pa.Table | None = None,
    **more: Any,
) -> Path:
    """The scenario `mine.yaml` with its files; `more` are keys of the scenario, `cohorts` merges into its cohorts."""
    (folder / "stocks.csv").write_text(STOCKS, encoding="utf-8")
    for name, given, usual in (("accounts", accounts, ACCOUNTS), ("positions", positions, POSITIONS)):
        told = usual if given is None else given
        pq.write_table(told if isinstance(told, pa.Table) else pa.table(told), folder / f"{name}.parquet")
    still = {"behaviour": {"activity": 0}}
    cohorts = {
        "from": "accounts.parquet",
        "positions": "positions.parquet",
        "retail": {"kind": "retail", **still},
        "short": {"kind": "short_seller", **still},
        **more.pop("cohorts", {}),
    }
    told_scenario = {
        "name": "mine",
        "calendar": {"start": "2015-06-12", "days": 2},
        "securities": {"from": "stocks.csv"},
        "cohorts": {name: cohort for name, cohort in cohorts.items() if cohort is not None},
        **more,
    }
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(told_scenario, sort_keys=False), encoding="utf-8")
    return path


def with_rows(table: dict[str, Any], **columns: list[Any]) -> dict[str, Any]:
    """The table with rows added below; a column that is not given is empty in them."""
    count = len(next(iter(columns.values())))
    names = {**table, **columns}
    height = len(next(iter(table.values())))
    return {n: [*table.get(n, [None] * height), *columns.get(n, [None] * count)] for n in names}
