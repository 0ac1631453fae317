"""Tables of a real book: every fault is told by its row, and refuses the scenario or leaves its account out."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from own_books import ACCOUNTS, POSITIONS, own_book, with_rows
from pingcang.accounts.initial import check_data_files
from pingcang.cli import main
from pingcang.errors import ScenarioError
from pingcang.model import MarginMarket
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["pingcang", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def refusal(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What validate and run print when they refuse: exit code 2, nothing on standard output, nothing written."""
    monkeypatch.chdir(path.parent)
    before = sorted(path.parent.iterdir())
    told = []
    for words in (["validate", str(path)], ["run", str(path), "--out", "out.zarr"]):
        assert command(monkeypatch, *words) == 2
        said = capsys.readouterr()
        assert said.out == ""
        told.append(said.err.splitlines())
    assert told[0] == told[1]
    assert sorted(path.parent.iterdir()) == before
    return told[0]


def test_accounts_and_positions_come_from_tables(tmp_path: Path) -> None:
    market = MarginMarket(load_scenario(own_book(tmp_path)))
    (first, empty), (short,) = ([population[i] for i in range(len(population))] for population in market.populations)
    assert [(p["stock"], p["lots"], p["loan"]) for p in first.positions] == [("000001", 10, 4000), ("600000", 3, 0)]
    assert first.debt == 4000 and first.assets == 100 + 1000 * 10 + 300 * 5.2
    assert empty.positions == [] and empty.cash == 5.5
    assert short.assets == 20_000 + 10_400 and short.liabilities == 2000 * 5.2
    market.run()


def account(**cells: Any) -> dict[str, Any]:
    """The accounts with a fourth in row 4."""
    row = {"account": "d", "cohort": "retail", "cash": 1.0, **cells}
    return {"accounts": with_rows(ACCOUNTS, **{name: [cell] for name, cell in row.items()})}


def position(**cells: Any) -> dict[str, Any]:
    """The positions with a fourth in row 4, of account b."""
    row = {"account": "b", "stock": "000001", "shares": 100, "loan": 0.0, **cells}
    return {"positions": with_rows(POSITIONS, **{name: [cell] for name, cell in row.items()})}


NAN = float("nan")
# fmt: off
FAULTS = [
    # changes, what is told, accounts of (retail, short) that are left when it is dropped
    (account(account=None), "accounts.parquet: account: missing value in 1 row: row 4; ", (2, 1)),
    (account(account="a"), "account: duplicate account in 2 rows: row 1, row 4; ", (1, 1)),
    (account(cohort=None), "cohort: missing value in 1 row: row 4; ", (2, 1)),
    (account(cohort="retial"), "cohort: unknown cohort in 1 row: row 4 (retial); cohorts of this", (2, 1)),
    (account(cash=None), "cash: missing value in 1 row: row 4; ", (2, 1)),
    (account(cash=NAN), "cash: missing value in 1 row: row 4; ", (2, 1)),
    (account(cash=-0.01), "cash: negative amount in 1 row: row 4 (-0.01); must be 0 or more", (2, 1)),
    (account(cash=2e13), "cash: too large in 1 row: row 4 (20000000000000.0); ", (2, 1)),
    (account(cash=float("inf")), "cash: too large in 1 row: row 4 (inf); ", (2, 1)),
    (account(interest=-1.0), "interest: negative amount in 1 row: row 4 (-1.0); ", (2, 1)),
    (account(interest=5.0, cash=0.0), "account: debt without assets in 1 row: row 4 (0.00 of 5.00); ", (2, 1)),
    (account(close_out_line=0.9), "close_out_line: close-out line out of range in 1 row: row 4 (0.9); ", (2, 1)),
    (account(close_out_line=1.6), "close_out_line: close-out line out of range in 1 row: row 4 (1.6); ", (2, 1)),
    (account(call_state="margin"), "call_state: unknown call state in 1 row: row 4 (margin); ", (2, 1)),
    (account(call_state="called", days_left=0), "days_left: days left do not fit in 1 row: row 4 (0); ", (2, 1)),
    (account(call_state="normal", days_left=2), "days_left: days left do not fit in 1 row: row 4 (2); ", (2, 1)),
    (account(days_left=2), "days_left: days left do not fit in 1 row: row 4 (2); ", (2, 1)),
    (position(account=None), "positions.parquet: account: missing value in 1 row: row 4; ", (2, 1)),
    (position(account="z"), "positions.parquet: account: unknown account in 1 row: row 4 (z); ", (2, 1)),
    (position(stock=None), "stock: missing value in 1 row: row 4; ", (1, 1)),
    (position(stock="999999"), "stock: unknown stock in 1 row: row 4 (999999); must be a code of securities", (1, 1)),
    (position(account="a"), "stock: duplicate position in 2 rows: row 1, row 4; ", (1, 1)),
    (position(shares=None), "shares: missing value in 1 row: row 4; ", (1, 1)),
    (position(shares=150), "shares: broken lot in 1 row: row 4 (150); must be a multiple of the lot of 100", (1, 1)),
    (position(shares=100.5), "shares: broken lot in 1 row: row 4 (100.5); ", (1, 1)),
    (position(shares=0), "shares: no shares in 1 row: row 4 (0); ", (1, 1)),
    (position(shares=10**12), "shares: too large in 1 row: row 4 (1000000000000); ", (1, 1)),
    (position(loan=None), "loan: missing value in 1 row: row 4; ", (1, 1)),
    (position(loan=NAN), "loan: missing value in 1 row: row 4; ", (1, 1)),
    (position(loan=-5.0), "loan: negative amount in 1 row: row 4 (-5.0); ", (1, 1)),
    (position(loan=1006.0), "account: maintenance ratio below 1 in 1 row: row 2 (1005.50 of 1006.00); ", (1, 1)),
    (position(initial_margin=0.0), "initial_margin: initial margin out of range in 1 row: row 4 (0.0); ", (1, 1)),
    (position(initial_margin=0.12345), "initial margin out of range in 1 row: row 4 (0.12345); ", (1, 1)),
    (position(opened=dt.date(2015, 6, 13)), "opened: opened after the start in 1 row: row 4 (2015-06-13); ", (1, 1)),
]
# fmt: on


@pytest.mark.parametrize(
    ("tables", "message", "left"), FAULTS, ids=[f"{i} {fault[1]}" for i, fault in enumerate(FAULTS)]
)
def test_a_fault_is_told_by_its_row_and_refuses_all(
    tables: dict[str, Any],
    message: str,
    left: tuple[int, int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = refusal(own_book(tmp_path, **tables), capsys, monkeypatch)
    assert [line for line in told if message in line], told
    assert told[-1] == (
        "pingcang: correct the tables, or leave accounts with faults out by cohorts.on_error: drop (--drop)"
    )
    assert len(told) == 2  # one fault gives one line


@pytest.mark.parametrize(
    ("tables", "message", "left"), FAULTS, ids=[f"{i} {fault[1]}" for i, fault in enumerate(FAULTS)]
)
def test_a_dropped_fault_takes_its_whole_account_along_and_nobody_elses(
    tables: dict[str, Any], message: str, left: tuple[int, int], tmp_path: Path
) -> None:
    market = MarginMarket(load_scenario(own_book(tmp_path, **tables, cohorts={"on_error": "drop"})))
    assert tuple(len(population) for population in market.populations) == left
    (report,) = check_data_files(market.loaded).dropped
    assert len(report.reasons) == 1 and report.reasons[0].reason in message
    assert report.accounts - report.accounts_dropped == sum(left)
    market.run()


def test_every_row_of_a_kind_is_counted_and_twenty_are_named(tmp_path: Path) -> None:
    extra = [f"x{i}" for i in range(30)]
    accounts = with_rows(ACCOUNTS, account=extra, cohort=["retail"] * 30, cash=[-float(i + 1) for i in range(30)])
    with pytest.raises(ScenarioError) as refused:
        MarginMarket(load_scenario(own_book(tmp_path, accounts)))
    told = refused.value.problems[0]
    assert told.startswith(f"{tmp_path}/accounts.parquet: cash: negative amount in 30 rows: row 4 (-1.0), row 5 (-2.0)")
    assert "row 23 (-20.0) and 10 more; " in told


def test_faults_of_all_kinds_are_told_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = refusal(
        own_book(tmp_path, account(cash=-1.0)["accounts"], position(account="z", shares=150)["positions"]),
        capsys,
        monkeypatch,
    )
    assert [line.split(": ")[2:4] for line in told[:-1]] == [
        ["cash", "negative amount in 1 row"],
        ["account", "unknown account in 1 row"],
        ["shares", "broken lot in 1 row"],
    ]


def test_more_positions_than_slots_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"account: more positions than slots in 1 row: row 3; raise slots"):
        MarginMarket(load_scenario(own_book(tmp_path, cohorts={"retail": {"kind": "retail", "slots": 1}})))


@pytest.mark.parametrize(
    ("slot", "message"),
    [
        ([0, 0, 3], r"slot: slot out of range in 1 row: row 3 \(3\); must be 0 to slots - 1"),
        ([1, 0, 1], r"slot: slot taken twice in 2 rows: row 1, row 3; "),
        ([None, 0, 1], r"slot: missing value in 1 row: row 1; "),
    ],
)
def test_slots_that_are_given_are_checked(slot: list[int | None], message: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=message):
        MarginMarket(load_scenario(own_book(tmp_path, positions={**POSITIONS, "slot": slot})))


def test_holdings_above_the_float_are_refused_whatever_is_done_about_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {**POSITIONS, "shares": [2_000_000, -2000, 3_000_000]}
    for on_error in ("strict", "drop"):
        told = refusal(own_book(tmp_path, positions=both, cohorts={"on_error": on_error}), capsys, monkeypatch)
        assert ["20000 lots of 000001, its float is 10000" in told[0], "of 600000, its float is 20000" in told[1]] == [
            True,
            True,
        ]


# ---- the files as a whole -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accounts", "positions", "message"),
    [
        ({"account": ["a"]}, None, "accounts.parquet: column cash: is missing; a table of these has account, cohort, "),
        ({**ACCOUNTS, "intrest": [0.0] * 3}, None, "column intrest: is unknown; .*; did you mean interest?"),
        ({**ACCOUNTS, "cash": ["1", "2", "3"]}, None, "column cash: holds string, must hold decimals, "),
        (
            {**ACCOUNTS, "cash": pa.array([1, 2, 3], pa.float32())},
            None,
            "cash: holds float, .* 32-bit float does not hold",
        ),
        ({**ACCOUNTS, "account": [1.0, 2.0, 3.0]}, None, "account: holds double, must hold text or whole numbers"),
        ({**ACCOUNTS, "account": [1, 2, 3]}, None, "column account: holds string, but .*accounts.parquet has int64; "),
        (None, {**POSITIONS, "stock": [1, 600000, 600000]}, "column stock: holds int64, must hold text"),
        (None, {**POSITIONS, "opened": ["x", "y", "z"]}, "column opened: holds string, must hold dates"),
        ({name: column[:0] for name, column in ACCOUNTS.items()}, None, "accounts.parquet: "),
        (
            {"account": ["a"], "cash": [1.0]},
            None,
            "column cohort: is missing; it says which accounts belong to retail, ",
        ),
    ],
)
def test_a_table_of_another_form_is_refused(
    accounts: dict[str, Any] | None, positions: dict[str, Any] | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError, match=message):
        MarginMarket(load_scenario(own_book(tmp_path, accounts, positions)))


@pytest.mark.parametrize("name", ["accounts.parquet", "positions.parquet"])
@pytest.mark.parametrize("broken", ["missing", "text", "cut", "folder"])
def test_a_file_that_is_no_table_is_refused(
    name: str, broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_book(tmp_path)
    table = tmp_path / name
    content = table.read_bytes()
    table.unlink()
    if broken == "text":
        table.write_text("no parquet at all")
    elif broken == "cut":
        table.write_bytes(content[: len(content) // 2])
    elif broken == "folder":
        table.mkdir()
    told = refusal(path, capsys, monkeypatch)
    assert len(told) == 1 and f"{name}: cannot be read as Parquet" in told[0]


def test_a_damaged_page_is_told_as_damage(tmp_path: Path) -> None:
    path = own_book(tmp_path, account(account="d" * 3000)["accounts"])
    content = bytearray((tmp_path / "accounts.parquet").read_bytes())
    content[10:60] = b"\xff" * 50
    (tmp_path / "accounts.parquet").write_bytes(content)
    with pytest.raises(ScenarioError, match=r"accounts\.parquet: is damaged after row 0 \(.*\); write it again"):
        MarginMarket(load_scenario(path))


def test_a_real_book_is_not_thinned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = refusal(own_book(tmp_path, scale=0.5), capsys, monkeypatch)
    assert all("set scale: 1" in line for line in told)


def test_a_cohort_without_accounts_in_the_table_is_refused(tmp_path: Path) -> None:
    path = own_book(
        tmp_path,
        {name: column[:2] for name, column in ACCOUNTS.items()},
        {**POSITIONS, "account": ["a", "a", "b"], "shares": [1000, 2000, 300], "loan": [0.0] * 3},
    )
    with pytest.raises(ScenarioError, match="no account of cohort short is left; leave the cohort out"):
        MarginMarket(load_scenario(path))


# ---- dropped, and told ---------------------------------------------------------------------------------------------


FAULTY: dict[str, Any] = {
    "accounts": with_rows(ACCOUNTS, account=["d", "e"], cohort=["retail", "none"], cash=[-1.0, 7.0]),
    "positions": with_rows(
        POSITIONS,
        account=["b", "d", "z"],
        stock=["000001", "000001", "000001"],
        shares=[150, 200, 300],
        loan=[10.0, 20.0, 40.5],
    ),
}


def test_what_is_dropped_is_printed_saved_and_told_in_the_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = own_book(tmp_path, **FAULTY)
    assert command(monkeypatch, "run", str(path), "--drop", "--out", "out.zarr", "--threads", "1") == 0
    told = capsys.readouterr()
    said = [line.removeprefix("pingcang: ") for line in told.err.splitlines() if ".parquet" in line]
    assert said == [
        "accounts.parquet: 3 of 5 accounts and 3 of 6 positions are left out, with 70.50 CNY of debt (1.73%)",
        "  accounts.parquet: cohort: unknown cohort: 1 accounts, 0 positions, 0.00 CNY of debt; 1 rows: 5",
        "  accounts.parquet: cash: negative amount: 1 accounts, 1 positions, 20.00 CNY of debt; 1 rows: 4",
        "  positions.parquet: account: unknown account: 0 accounts, 1 positions, 40.50 CNY of debt; 1 rows: 6",
        "  positions.parquet: shares: broken lot: 1 accounts, 1 positions, 10.00 CNY of debt; 1 rows: 4",
    ]
    assert "left out: 3 of 5 accounts with 70.50 CNY of debt: out.dropped.csv" in told.out
    with (tmp_path / "out.dropped.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["table"], row["row"], row["column"], row["reason"]) for row in rows] == [
        ("accounts.parquet", "5", "cohort", "unknown cohort"),
        ("accounts.parquet", "4", "cash", "negative amount"),
        ("positions.parquet", "6", "account", "unknown account"),
        ("positions.parquet", "4", "shares", "broken lot"),
    ]
    with open_results(tmp_path / "out.zarr") as dataset:
        (report,) = json.loads(dataset.attrs["dropped"])
    assert (report["accounts"], report["accounts_dropped"], report["debt_dropped"]) == (5, 3, 70.5)
    assert str(tmp_path) not in json.dumps(report)


def test_a_book_without_faults_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = own_book(tmp_path)
    assert command(monkeypatch, "run", str(path), "--drop", "--out", "out.zarr", "--threads", "1", "--json") == 0
    told = capsys.readouterr()
    assert "left out" not in told.err and "dropped" not in json.loads(told.out)
    assert not (tmp_path / "out.dropped.csv").exists()
    with open_results(tmp_path / "out.zarr") as dataset:
        assert "dropped" not in dataset.attrs


def test_the_command_line_overrules_the_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own_book(tmp_path, **FAULTY, cohorts={"on_error": "drop"})
    assert command(monkeypatch, "validate", str(path)) == 0
    assert command(monkeypatch, "validate", str(path), "--drop") == 0
    assert "3 of 5 accounts" in capsys.readouterr().err
    assert command(monkeypatch, "validate", str(path), "--strict") == 2
    assert command(monkeypatch, "validate", "one_account", "--drop") == 2
    assert "--drop: no cohort of one_account comes from a table" in capsys.readouterr().err


def test_strict_by_word_is_strict_by_default(tmp_path: Path) -> None:
    from pingcang.cli.data_files import with_errors

    loaded = load_scenario(own_book(tmp_path))
    assert with_errors(loaded, drop=False).hash == loaded.hash
    dropping = with_errors(loaded, drop=True)
    assert dropping.hash != loaded.hash
    assert {cohort.on_error for cohort in dropping.scenario.cohorts.values()} == {"drop"}


def test_results_of_changed_tables_are_not_continued(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = ("run", str(own_book(tmp_path)), "--out", "out.zarr", "--threads", "1", "--quiet")
    assert command(monkeypatch, *run) == 0
    for name, table, column in (("accounts", ACCOUNTS, "cash"), ("positions", POSITIONS, "loan")):
        changed = [value + 1 for value in table[column]]
        pq.write_table(pa.table({**table, column: changed}), tmp_path / f"{name}.parquet")
        assert command(monkeypatch, *run) == 2
        assert "out.zarr: another dataset is there (data_hash " in capsys.readouterr().err
        pq.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        assert command(monkeypatch, *run) == 0


def test_other_processes_find_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "work").mkdir()
    own_book(tmp_path / "data")
    monkeypatch.chdir(tmp_path / "work")
    words = ["run", "../data/mine.yaml", "--runs", "2", "--jobs", "2", "--threads", "1", "--out", "out.zarr", "--quiet"]
    assert command(monkeypatch, *words) == 0
    with open_results(tmp_path / "work" / "out.zarr") as dataset:
        assert dataset.sizes["run"] == 2


def test_fractions_of_a_fen_are_rounded_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cash = pa.array([Decimal("100.0049"), Decimal("5.5050"), Decimal("20000.015")], pa.decimal128(20, 4))
    path = own_book(tmp_path, {**ACCOUNTS, "cash": cash})
    assert command(monkeypatch, "validate", str(path)) == 0
    assert "3 amounts were no whole number of fen; they are rounded" in capsys.readouterr().err
    market = MarginMarket(load_scenario(path))
    assert [int(fen) for p in market.populations for fen in p.book.cash] == [10_000, 550, 2_000_002]  # half to even
