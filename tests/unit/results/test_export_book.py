"""A market written out as tables: what the files hold, and that a drawn market comes back from them."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from own_books import ACCOUNTS, POSITIONS, own_book
from pingcang.cli import app
from pingcang.errors import ScenarioError, StorageError
from pingcang.model import MarginMarket
from pingcang.results.export_book import FILES, export_book
from pingcang.scenario import LoadedScenario, load_scenario, load_text
from replays import flat, write

DRAWN = """\
name: drawn
calendar: {start: 2015-06-12, days: 6}
securities:
  boards:
    main:
      {stocks: 9, float_cap: [[0, 1.0e9], [1, 5.0e10]], price: [[0, 5], [1, 30]], marginable: 7, st: 1, suspended: 2,
       turnover: [[1.0e9, 0.05], [5.0e10, 0.01]], beta_spread: [[0, 0.5], [1, 1.5]],
       fundamental_to_price: [[0, 0.4], [1, 1.1]]}
    small:
      {stocks: 6, float_cap: [[0, 1.0e8], [1, 5.0e8]], price: [[0, 1], [1, 3]], turnover: [[1.0e8, 0.05]],
       marginable: 3, price_limit: 0.2}
  sectors: {b: 1, a: 2}
  haircut: [[1.0e9, 0.5], [1.0e10, 0.7]]
cohorts:
  retail:
    {kind: retail, accounts: 300, debt: 2.0e9, maintenance_ratio: [[0, 1.32], [1, 3]], size: [[0, 0.1], [1, 4]],
     cash_share: 0.1, positions: [[1, 1], [3, 1]], behaviour: {activity: 0.5, preemptive_hazard: [[0, 0.9], [5, 0]]}}
  shadow:
    {kind: shadow, accounts: 40, debt: 2.0e8, maintenance_ratio: [[0, 1.15], [1, 1.5]],
     contract: {close_out_line: [[0, 1.05], [1, 1.12]]}, behaviour: {activity: 0.5}}
  short_seller:
    {kind: short_seller, accounts: 30, debt: 1.0e8, maintenance_ratio: [[0, 1.4], [1, 2]], behaviour: {activity: 0.5}}
funds: {count: 2, share_of_float: 0.1}
rules: {lendable_share: 0.1}
events:
  - {date: 2015-06-15, news: {value: -0.3}}
  - {date: 2015-06-17, rules: {initial_margin: {value: 1.0}}, news: {value: -0.2}}
"""


def exported(loaded: LoadedScenario, folder: Path, **more: Any) -> LoadedScenario:
    assert [path.name for path in export_book(loaded, folder, **more)] == list(FILES)
    return load_scenario(folder / "scenario.yaml")


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return told


def test_a_drawn_market_comes_back_from_its_tables(tmp_path: Path) -> None:
    drawn = load_text(DRAWN)
    one = MarginMarket(drawn, seed=4, run=2)
    other = MarginMarket(exported(drawn, tmp_path, seed=4, run=2), seed=4, run=2)
    one.run()
    other.run()
    left, right = one.results(), other.results()
    assert left["forced_sales"].sum() > 0 and left["short_balance"].sum() > 0
    for name in left:
        sectors = name.endswith("_sector")  # in the order of the stocks, where the drawn ones have that of the scenario
        order = (
            [other.coordinates()["sector"].index(s) for s in one.coordinates()["sector"]] if sectors else slice(None)
        )
        np.testing.assert_array_equal(left[name], right[name][..., order] if sectors else right[name], err_msg=name)


def test_an_exported_market_exports_to_the_same_files(tmp_path: Path) -> None:
    again = exported(exported(load_text(DRAWN), tmp_path / "one"), tmp_path / "two")
    for name in FILES[:3]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert again.hash == load_scenario(tmp_path / "one" / "scenario.yaml").hash


def test_vintages_calls_and_dates_are_written(tmp_path: Path) -> None:
    opened = pa.array([dt.date(2015, 3, 2), dt.date(2015, 6, 12), None], pa.date32())
    path = own_book(
        tmp_path,
        {
            **ACCOUNTS,
            "call_state": ["called", None, "forced"],
            "interest": [1.5, 0.0, 0.0],
            "wanted_own": [0.0, 5.0, 0.0],
        },
        {**POSITIONS, "initial_margin": [0.8, None, None], "opened": opened},
    )
    exported(load_scenario(path), tmp_path / "out")
    accounts, positions = rows(tmp_path / "out", "accounts"), rows(tmp_path / "out", "positions")
    assert [(row["call_state"], row["days_left"]) for row in accounts] == [
        ("called", 2),
        ("normal", None),
        ("forced", None),
    ]
    assert [float(row["interest"]) for row in accounts] == [1.5, 0, 0]
    assert [float(row["wanted_own"]) for row in accounts] == [0, 5, 0]
    assert [(row["stock"], row["shares"], row["initial_margin"], str(row["opened"])) for row in positions] == [
        ("000001", 1000, 0.8, "2015-03-02"),
        ("600000", 300, None, "2015-06-12"),
        ("600000", -2000, None, "2015-06-12"),
    ]


def test_columns_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    exported(load_scenario("one_account"), tmp_path)
    assert pq.read_schema(tmp_path / "accounts.parquet").names == ["account", "cohort", "cash"]


def test_stocks_are_told_with_every_column_of_a_stock(tmp_path: Path) -> None:
    exported(load_text(DRAWN), tmp_path)
    with (tmp_path / "stocks.csv").open(newline="") as file:
        stocks = list(csv.DictReader(file))
    assert len(stocks) == 15
    assert {"code", "board", "sector", "price", "float_shares", "haircut", "st", "suspended", "beta"} <= stocks[
        0
    ].keys()
    assert sum(stock["suspended"] == "true" for stock in stocks) == 2
    assert {stock["price_limit"] for stock in stocks} == {"0.1", "0.2"}


def test_a_scaled_market_is_written_as_it_is_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "drawn.yaml").write_text(DRAWN)
    said = CliRunner().invoke(app, ["book", "export", "drawn.yaml", "--out", "small", "--scale", "0.1"])
    assert said.exit_code == 0, said.output
    assert "one account in 10, and the float at that scale" in said.stdout
    market = MarginMarket(load_scenario(tmp_path / "small" / "scenario.yaml"))
    assert [len(population) for population in market.populations] == [30, 4, 3]
    assert market.financing_balance == pytest.approx(2.0e8)


def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    loaded = load_scenario("one_account")
    export_book(loaded, tmp_path)
    (tmp_path / "stocks.csv").write_text("mine")
    with pytest.raises(ScenarioError, match=r"stocks\.csv.*: exists; choose another folder, or pass --overwrite"):
        export_book(loaded, tmp_path)
    assert (tmp_path / "stocks.csv").read_text() == "mine"
    export_book(loaded, tmp_path, overwrite=True)
    assert (tmp_path / "stocks.csv").read_text() != "mine"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        export_book(load_scenario("one_account"), tmp_path / "file" / "folder")


def test_paths_of_a_replay_still_lead_to_its_prices(tmp_path: Path) -> None:
    told = {"price_formation": "replay", "replay": {"prices": "prices.csv"}}
    path = own_book(tmp_path, **told)
    dates = ("2015-06-12", "2015-06-15", "2015-06-16")
    days = [flat(code, dates, price) for code, price in (("000001", 10.0), ("600000", 5.2))]
    write(tmp_path / "prices.csv", [*days[0], *days[1]])
    market = MarginMarket(exported(load_scenario(path), tmp_path / "out"))
    market.run()
    assert market.index == 1.0
