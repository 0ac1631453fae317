"""The command line of the monitor, on files that the tests write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcang.cli import app

DAYS = pd.bdate_range("2025-08-04", periods=30)


def call(*words: object) -> Any:
    return CliRunner().invoke(app, ["monitor", *map(str, words)])


def ask(*words: object) -> dict[str, Any]:
    outcome = call(*words, "--json")
    assert outcome.exit_code == 0, outcome.output
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def values(found: dict[str, Any]) -> dict[str, float | None]:
    return {each["key"]: each["value"] for each in found["readings"]}


@pytest.fixture
def balances(tmp_path: Path) -> Path:
    """30 days from 2.0tn to 2.29tn, a tenth of a trillion bought a day."""
    table = pd.DataFrame(
        {
            "date": DAYS.strftime("%Y-%m-%d"),
            "financing_balance": np.linspace(2.0e12, 2.29e12, 30),
            "short_balance": 1.4e10,
            "margin_purchases": 2.2e11,
            "maintenance_ratio": 2.8,
        }
    )
    table.to_csv(tmp_path / "balances.csv", index=False)
    return tmp_path / "balances.csv"


@pytest.fixture
def series(tmp_path: Path) -> Path:
    table = pd.DataFrame({"date": DAYS.strftime("%Y-%m-%d"), "turnover": 2e12, "float_cap": 95e12, "index": 3800.0})
    table.to_csv(tmp_path / "series.csv", index=False)
    return tmp_path / "series.csv"


@pytest.fixture
def detail(tmp_path: Path) -> Path:
    codes = ["000001", "300750", "600000", "688981"]
    rows = [
        (day, code, balance)
        for day in DAYS.strftime("%Y-%m-%d")
        for code, balance in zip(codes, (1e10, 4e10, 2e10, 1e10), strict=True)
    ]
    pd.DataFrame(rows, columns=["date", "code", "financing_balance"]).to_csv(tmp_path / "detail.csv", index=False)
    return tmp_path / "detail.csv"


@pytest.fixture
def sectors(tmp_path: Path) -> Path:
    path = tmp_path / "sectors.csv"
    path.write_text("code,sector\n000001,bank\n300750,power\n600000,bank\n688981,chips\n", encoding="utf-8")
    return path


def test_the_object_has_the_readings_of_the_files(balances: Path, series: Path, detail: Path, sectors: Path) -> None:
    """(2.29 + 0.014) / 95; 0.22 / 2; 2.29 / 2.19 − 1; shares 1/8, 1/2, 1/4, 1/8."""
    found = ask(balances, "--series", series, "--detail", detail, "--sectors", sectors)
    read = values(found)
    assert read["balance_to_float"] == pytest.approx(2.304 / 95)
    assert read["margin_share"] == pytest.approx(0.11)
    assert read["growth_20"] == pytest.approx(2.29 / 2.09 - 1)
    assert read["hhi_stock"] == pytest.approx(1 / 4 + 1 / 16 + 2 / 64)
    assert read["largest_sector"] == pytest.approx(0.5)
    assert read["largest_board"] == pytest.approx(0.5)
    assert found["on"] == "2025-09-12"
    assert found["thresholds"] == "china_2025"
    assert found["by_sector"][0]["sector"] == "power"
    assert found["by_stock"][0]["stock"] == "300750"
    assert found["origin"] == "files"


def test_the_tables_tell_light_line_source_and_what_lacks(balances: Path, series: Path) -> None:
    shown = call(balances, "--series", series).stdout
    assert "balances.csv on 2025-09-12; data from 2025-08-04" in shown
    assert "amber financing balance: green below 2.212 tn CNY" in shown
    assert "turnover, float_cap, index" in " ".join(shown.split())
    assert "--detail PATH with the balance of every stock" in shown
    assert "--series FILE with total_cap, free_float_cap, m1" in shown
    assert len(shown.splitlines()) <= 45


def test_a_day_and_a_range_can_be_named(balances: Path) -> None:
    assert ask(balances, "--on", "2025-08-29")["on"] == "2025-08-29"
    found = ask(balances, "--from", "2025-08-11", "--to", "2025-08-29")
    assert (found["first"], found["on"]) == ("2025-08-11", "2025-08-29")


def test_the_thresholds_are_those_of_the_time_those_named_or_none(balances: Path) -> None:
    assert ask(balances, "--on", "2025-08-21")["thresholds"] is None
    assert ask(balances, "--on", "2025-08-22")["thresholds"] == "china_2025"
    assert ask(balances, "--thresholds", "none")["thresholds"] is None
    assert ask(balances, "--thresholds", "china_2026_06")["thresholds"] == "china_2026_06"


def test_one_exchange_alone_is_said_and_has_no_light(tmp_path: Path) -> None:
    for exchange, share in (("SSE", 0.52), ("SZSE", 0.48)):
        table = pd.DataFrame(
            {"date": DAYS.strftime("%Y-%m-%d"), "exchange": exchange, "financing_balance": 2e12 * share}
        )
        table.assign(short_balance=1e10, margin_purchases=1e11).to_csv(tmp_path / f"{exchange}.csv", index=False)
    both = ask(tmp_path / "SSE.csv", tmp_path / "SZSE.csv")
    alone = ask(tmp_path / "SSE.csv", "--exchange", "SSE")
    assert (both["exchange"], values(both)["financing_balance"]) == ("all", pytest.approx(2e12))
    assert (alone["exchange"], values(alone)["financing_balance"]) == ("SSE", pytest.approx(1.04e12))
    assert both["readings"][0]["light"] == "green"
    assert alone["readings"][0]["light"] is None
    assert "SSE alone" in call(tmp_path / "SSE.csv", "--exchange", "SSE").stdout


def test_a_folder_of_pingcang_fetch_is_read_with_its_stocks_and_accounts(tmp_path: Path) -> None:
    """The columns and units of AkShare: SSE in CNY, SZSE and the accounts in 亿, one file an exchange and day."""
    for number, day in enumerate(("2025-09-16", "2025-09-17")):
        files = {
            "stock_margin_sse": f"信用交易日期,融资余额,融资买入额,融券余量,融券余量金额,融券卖出量,融资融券余额\n"
            f"{day.replace('-', '')},1200000000000,110000000000,1,7000000000,1,1207000000000\n",
            "stock_margin_szse": "融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
            f"1000,{11000 + 100 * number},1,1,70,11170\n",
            "stock_margin_detail_sse": "信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,"
            "融资偿还额,融券余量,融券卖出量,融券偿还量\n"
            f"{day.replace('-', '')},600000,浦发银行,30000000000,1000000000,1000000000,1,1,1\n",
            "stock_margin_detail_szse": "证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,"
            "融券余额,融资融券余额\n"
            "000001,平安银行,500000000,10000000000,1,1,1000000,10001000000\n",
        }
        for name, text in files.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / f"{day}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "stock_margin_account_info.csv").write_text(
        "日期,融资余额,融券余额,融资买入额,融券卖出额,证券公司数量,营业部数量,个人投资者数量,机构投资者数量,"
        "参与交易的投资者数量,有融资融券负债的投资者数量,担保物总价值,平均维持担保比例\n"
        "2025-09-16,23000,140,2100,1,94,1,760,50000,1,1,1,286\n2025-09-17,23100,140,2100,1,94,1,761,50000,1,1,1,287\n",
        encoding="utf-8",
    )
    read = values(ask(tmp_path))
    assert read["financing_balance"] == pytest.approx(2.31e12)
    assert read["growth_1"] == pytest.approx(23.1 / 23 - 1)
    assert read["maintenance_ratio"] == pytest.approx(2.87)
    assert read["largest_stock"] == pytest.approx(0.75)
    assert read["margin_investors"] == pytest.approx(7_660_000)


def test_a_simulated_dataset_is_read_by_the_same_command(tmp_path: Path) -> None:
    words = ["run", "two_accounts_one_stock", "--runs", "2", "--threads", "1", "--out", str(tmp_path / "run.zarr")]
    assert CliRunner().invoke(app, words).exit_code == 0
    found = ask(tmp_path / "run.zarr")
    assert (found["origin"], found["runs"]) == ("simulation", 2)
    balance = found["readings"][0]
    assert balance["interval"][0] <= balance["value"] <= balance["interval"][1]
    assert "median of 2 runs" in call(tmp_path / "run.zarr").stdout


def test_figure_and_tables_are_written(balances: Path, series: Path, tmp_path: Path) -> None:
    plot, folder = tmp_path / "m.png", tmp_path / "out"
    outcome = call(balances, "--series", series, "--plot", plot, "-o", folder)
    assert outcome.exit_code == 0, outcome.output
    assert plot.stat().st_size > 10_000
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "monitor.json", "readings.csv", "series.csv", "phases.csv", "by_board.csv", "by_sector.csv", "by_stock.csv",
    }  # fmt: skip
    written = pd.read_csv(folder / "series.csv")
    assert written["date"].iloc[-1] == "2025-09-12"
    assert written["margin_share"].iloc[-1] == pytest.approx(0.11)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--on", "2025-08-30"), "on: found 2025-08-30, must be a day of the data, 2025-08-04 to 2025-09-12"),
        (("--on", "now"), "--on: found 'now', must be a date; write it as 2015-06-18"),
        (
            ("--from", "2026-01-01"),
            "--from, --to: no day between 2026-01-01 and the last; the data run from 2025-08-04",
        ),
        (("--exchange", "HKEX"), "--exchange: found 'HKEX', must be SSE or SZSE; leave it out for both"),
        (("--plot", "m.txt"), "m.txt: '.txt' is no picture format"),
        (("--window", "1"), "window: found 1, must be at least 2 trading days"),
        (("--thresholds", "china_1999"), "'china_1999' is no ready-made set of thresholds"),
        (("--detail", "nowhere.csv"), "nowhere.csv: there is no such file"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(
    balances: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    outcome = call(balances, *words, "-o", tmp_path / "out")
    assert outcome.exit_code == 2, outcome.output
    assert message in outcome.stderr
    assert not (tmp_path / "out").exists()
    assert "Traceback" not in outcome.output


def test_sources_that_are_none_are_refused(tmp_path: Path) -> None:
    for source, message in (
        (tmp_path / "a.csv", "there is no such file"),
        (tmp_path / "a.zarr", "there is no dataset"),
    ):
        outcome = call(source)
        assert outcome.exit_code == 2
        assert message in outcome.stderr


def test_a_file_as_folder_is_refused_before_a_page_is_written(balances: Path, tmp_path: Path) -> None:
    outcome = call(balances, "--out", balances, "--html", tmp_path / "page.html", "--plot", tmp_path / "page.png")
    assert outcome.exit_code == 2
    assert f"--out: {balances} is a file; name a folder" in outcome.stderr
    assert outcome.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["balances.csv"]
