"""Real stocks and real books: what is wrong in a file is told by place before anything is computed or written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pingcang.cli import main
from pingcang.model import MarginMarket
from pingcang.scenario import load_scenario

HEADER = "code,price,float_shares,board,st"
GOOD = ["000001,10.00,1000000,main,false", "600000,5.20,2000000,main,0"]
BOOK: dict[str, list[Any]] = {
    "account": ["a", "a", "b"],
    "cash": [100.0, 100.0, 5.5],
    "stock": ["000001", "600000", None],
    "shares": [1000, 300, 0],
    "loan": [4000.0, 0.0, 0.0],
}


def scenario(folder: Path, rows: list[str], book: dict[str, list[Any]] | None = None, header: str = HEADER) -> Path:
    (folder / "stocks.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    cohort: dict[str, Any] = {"kind": "retail", "behaviour": {"activity": 0}}
    if book is None:
        cohort["explicit"] = [{"cash": 10}]
    else:
        pq.write_table(pa.table(book), folder / "book.parquet")
        cohort["book"] = "book.parquet"
    path = folder / "mine.yaml"
    told = {
        "name": "mine",
        "calendar": {"start": "2015-06-12", "days": 2},
        "securities": {"csv": "stocks.csv"},
        "cohorts": {"retail": cohort},
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


def test_stocks_and_accounts_come_from_files(tmp_path: Path) -> None:
    market = MarginMarket(load_scenario(scenario(tmp_path, GOOD, BOOK)))
    account, empty = market.populations[0][0], market.populations[0][1]
    assert [position["stock"] for position in account.positions] == ["000001", "600000"]
    assert account.debt == 4000 and account.assets == 100 + 1000 * 10 + 300 * 5.2
    assert empty.positions == [] and empty.cash == 5.5
    market.run()


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


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("loan", [float("nan"), 0.0, 0.0], "account a: positions.0.loan: "),
        ("loan", [-5.0, 0.0, 0.0], "account a: positions.0.loan: "),
        ("shares", [1050, 300, 0], "must be a multiple of the lot of 100 shares"),
        ("stock", ["000001", "000001", None], "account a has two rows of one stock"),
        ("stock", ["000001", "999999", None], "stock '999999' is not listed"),
        ("cash", [100.0, 101.0, 5.5], "account a has different cash in its rows"),
        ("shares", [1000, 9_000_000, 0], "lots of 600000, its float is 20000"),
    ],
)
def test_a_bad_book_is_named_by_account(
    column: str,
    values: list[Any],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert message in refusal(scenario(tmp_path, GOOD, {**BOOK, column: values}), capsys, monkeypatch)


@pytest.mark.parametrize("broken", ["missing", "text", "columns", "empty"])
def test_a_file_that_is_no_book_is_refused(
    broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scenario(tmp_path, GOOD, BOOK)
    book = tmp_path / "book.parquet"
    if broken == "missing":
        book.unlink()
    elif broken == "text":
        book.write_text("no parquet at all")
    elif broken == "columns":
        pq.write_table(pa.table({"account": ["a"], "cash": [1.0]}), book)
    else:
        pq.write_table(pa.table({name: pa.array([], pa.float64()) for name in BOOK}), book)
    told = refusal(path, capsys, monkeypatch)
    assert "book.parquet: " in told
    assert "Traceback" not in told


def test_a_real_book_is_not_thinned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scenario(tmp_path, GOOD, BOOK)
    path.write_text(path.read_text() + "scale: 0.5\n")
    assert "set scale: 1" in refusal(path, capsys, monkeypatch)
