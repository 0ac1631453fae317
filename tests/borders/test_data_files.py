"""Real stocks: what is wrong in their table is told by place before anything is computed or written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pingcang.cli import main
from pingcang.errors import ScenarioError
from pingcang.market.securities_table import read_stocks
from pingcang.scenario import load_scenario
from pingcang.scenario.schema import Stock

HEADER = "code,price,float_shares,board,st"
GOOD = ["000001,10.00,1000000,main,false", "600000,5.20,2000000,main,0"]


def scenario(folder: Path, rows: list[str], header: str = HEADER, table: str = "stocks.csv") -> Path:
    if table.endswith(".csv"):
        (folder / table).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    path = folder / "mine.yaml"
    told = {
        "name": "mine",
        "calendar": {"start": "2015-06-12", "days": 2},
        "securities": {"from": table},
        "cohorts": {"retail": {"kind": "retail", "explicit": [{"cash": 10}], "behaviour": {"activity": 0}}},
    }
    path.write_text(yaml.safe_dump(told))
    return path


def refusal(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What `pingcang run` prints when it refuses: exit code 2, nothing on standard output, nothing written."""
    monkeypatch.chdir(path.parent)
    for command in (["validate", str(path)], ["run", str(path), "--out", "out.zarr"]):
        monkeypatch.setattr("sys.argv", ["pingcang", *command])
        with pytest.raises(SystemExit) as stopped:
            main()
        told = capsys.readouterr()
        assert stopped.value.code == 2
        assert told.out == ""
    assert sorted(p.name for p in path.parent.iterdir() if p.name.startswith("out")) == []
    return told.err


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("X,nan,1000000,main,false", "stocks.csv:4: price: "),
        ("X,-3,1000000,main,false", "stocks.csv:4: price: "),
        ("X,0,1000000,main,false", "stocks.csv:4: price: "),
        ("X,inf,1000000,main,false", "stocks.csv:4: price: "),
        ("X,,1000000,main,false", "stocks.csv:4: price: "),
        ("X,dear,1000000,main,false", "stocks.csv:4: price: "),
        ("X,3.001,1000000,main,false", "stocks.csv:4: price: found 3.001, must be a whole number of ticks of 0.01"),
        ("X,3,50,main,false", "stocks.csv:4: float_shares: found 50, must be at least one lot of 100 shares"),
        ("000001,3,100000,main,false", "stocks.csv:4: code: 000001 stands in line 2 too; keep one of them"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(
    row: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert message in refusal(scenario(tmp_path, [*GOOD, row]), capsys, monkeypatch)


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("code,price,board", [], "missing 'float_shares'; allowed are"),
        (HEADER + ",colour", [], "unknown 'colour'; allowed are"),
        (HEADER, [], "no stocks below the header"),
    ],
)
def test_a_table_without_its_columns_or_rows_is_refused(
    header: str,
    rows: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert message in refusal(scenario(tmp_path, rows, header=header), capsys, monkeypatch)


COLUMNS: dict[str, list[Any]] = {
    "code": ["000001", "600000", "510300"],
    "price": [10.0, 5.2, 4.0],
    "float_shares": [1_000_000, 2_000_000, 5_000_000],
    "st": [False, True, None],
    "etf": [None, None, True],
    "pe": [12.5, float("nan"), None],
}


def listed(path: Path) -> list[Stock]:
    loaded = load_scenario(path)
    return read_stocks(loaded, str(loaded.scenario.securities.table))


def test_a_table_of_stocks_is_the_same_in_csv_and_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table(COLUMNS), tmp_path / "stocks.parquet")
    lines = ["000001,10,1000000,false,,12.5", "600000,5.2,2000000,true,,", "510300,4.00,5000000,,1,"]
    as_csv = listed(scenario(tmp_path, lines, "code,price,float_shares,st,etf,pe"))
    assert listed(scenario(tmp_path, [], table="stocks.parquet")) == as_csv
    assert [(stock.st, stock.etf, stock.pe) for stock in as_csv] == [
        (False, None, 12.5),
        (True, None, None),
        (False, True, None),
    ]


def test_the_former_key_of_the_table_says_the_same(tmp_path: Path) -> None:
    path = scenario(tmp_path, GOOD)
    stocks = listed(path)
    path.write_text(path.read_text().replace("from:", "csv:"))
    assert listed(path) == stocks


@pytest.mark.parametrize(
    ("column", "cells", "message"),
    [
        ("code", ["000001", "000001", "X"], "stocks.parquet: row 2: code: 000001 stands in row 1 too"),
        ("code", [1, 600000, 510300], "stocks.parquet: row 1: code: "),
        ("price", [10.0, None, 4.0], "stocks.parquet: row 2: price: Field required"),
        ("price", [10.0, 5.2, 4.001], "stocks.parquet: row 3: price: found 4.001, must be a whole number of ticks"),
        ("colour", ["a", "b", "c"], "stocks.parquet: columns: unknown 'colour'; allowed are"),
    ],
)
def test_a_bad_cell_of_parquet_is_named_by_row_and_column(
    column: str,
    cells: list[Any],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pq.write_table(pa.table({**COLUMNS, column: cells}), tmp_path / "stocks.parquet")
    assert message in refusal(scenario(tmp_path, [], table="stocks.parquet"), capsys, monkeypatch)


def test_all_cells_of_a_kind_are_told_and_what_is_more_is_counted(tmp_path: Path) -> None:
    rows = [f"S{i},nan,1000000,main,false" for i in range(25)]
    with pytest.raises(ScenarioError) as refused:
        listed(scenario(tmp_path, rows))
    assert len(refused.value.problems) == 21 and refused.value.problems[-1] == "and 5 more"


def test_a_parquet_table_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stocks.parquet").write_text("code,price")
    with pytest.raises(ScenarioError, match=r"stocks\.parquet: cannot be read as Parquet"):
        listed(scenario(tmp_path, [], table="stocks.parquet"))
