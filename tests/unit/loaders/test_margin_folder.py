"""A folder as `pingcang fetch` writes it: TABLE/DATE.csv with AkShare's columns, and the series of accounts."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from pingcang.errors import DataError
from pingcang.loaders import read_margin_folder

DAYS = ("2025-09-17", "2025-09-18")
FILES = {
    "stock_margin_sse": "信用交易日期,融资余额,融资买入额,融券余量,融券余量金额,融券卖出量,融资融券余额\n"
    "{compact},1215400000000,140000000000,1,12000000000,1,1\n",
    "stock_margin_szse": "融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
    "1437.19,11730.93,0.1,1,49.14,1\n",
    "stock_margin_detail_sse": "信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,融资偿还额,融券余量\n"
    "{compact},600000,浦发银行,3000000000,100000000,90000000,1\n",
    "stock_margin_detail_szse": "证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
    "000001,平安银行,78800436,4430811000,1,921500,8238210,1\n",
}
ACCOUNTS = (
    "日期,融资余额,融券余额,融资买入额,融券卖出额,平均维持担保比例\n2025-09-17,{balance},169.14,2837.19,1,287.01\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "fetched"
    for name, text in FILES.items():
        (found / name).mkdir(parents=True)
        for day in DAYS:
            (found / name / f"{day}.csv").write_text(text.format(compact=day.replace("-", "")), encoding="utf-8")
    (found / "stock_margin_account_info.csv").write_text(ACCOUNTS.format(balance=23884.93), encoding="utf-8")
    (found / "fetch.json").write_text("{}")
    return found


def test_totals_stocks_and_maintenance_ratio_come_from_one_folder(folder: Path) -> None:
    balances, detail = read_margin_folder(folder)
    assert balances["financing_balance"].tolist() == pytest.approx([2.388493e12] * 2)
    np.testing.assert_allclose(balances["maintenance_ratio"], [2.8701, np.nan])
    assert balances.attrs["exchange"] == "all" and balances.attrs["gaps"] == []
    assert detail is not None and detail["stock"].values.tolist() == ["000001", "600000"]
    assert detail["stock_financing_balance"].shape == (2, 2)


def test_one_exchange_of_the_folder_is_read_as_such(folder: Path) -> None:
    balances, detail = read_margin_folder(folder, exchange="SZSE")
    assert balances["financing_balance"].tolist() == pytest.approx([1.173093e12] * 2)
    assert balances.attrs["exchange"] == "SZSE" and balances["maintenance_ratio"].isna().all()
    assert detail is not None and detail["stock"].values.tolist() == ["000001"]


def test_without_stocks_there_is_no_detail(folder: Path) -> None:
    for name in ("stock_margin_detail_sse", "stock_margin_detail_szse"):
        for file in (folder / name).iterdir():
            file.unlink()
        (folder / name).rmdir()
    assert read_margin_folder(folder)[1] is None


def test_the_accounts_alone_are_the_market(tmp_path: Path) -> None:
    (tmp_path / "stock_margin_account_info.csv").write_text(ACCOUNTS.format(balance=23884.93), encoding="utf-8")
    balances, detail = read_margin_folder(tmp_path)
    assert detail is None and balances["financing_balance"].tolist() == pytest.approx([2.388493e12])


def test_accounts_that_say_another_balance_are_told(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (folder / "stock_margin_account_info.csv").write_text(ACCOUNTS.format(balance=25000), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        read_margin_folder(folder)
    told = f"{folder}: stock_margin_account_info.csv differs from the exchanges' sum by up to 4.7 %"
    assert caplog.messages == [told]


@pytest.mark.parametrize(
    ("lost", "day"),
    [
        ("stock_margin_szse", "2025-09-17"),
        ("stock_margin_sse", "2025-09-17"),
        ("stock_margin_sse", "2025-09-18"),
        ("stock_margin_detail_szse", "2025-09-17"),
        ("stock_margin_detail_sse", "2025-09-18"),
    ],
)
def test_a_day_of_one_exchange_is_refused_and_fetched_again(lost: str, day: str, folder: Path) -> None:
    (folder / lost / f"{day}.csv").unlink()
    with pytest.raises(DataError) as refusal:
        read_margin_folder(folder)
    assert str(refusal.value) == (
        f"{folder / lost}: has no file of {day}, the other exchange has; run pingcang fetch {folder} again, or "
        "read one exchange alone"
    )


def test_a_last_day_that_shanghai_alone_has_published_is_left_out_and_told(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "stock_margin_szse" / "2025-09-18.csv").unlink()
    (folder / "stock_margin_detail_szse" / "2025-09-18.csv").unlink()
    with caplog.at_level(logging.WARNING):
        balances, detail = read_margin_folder(folder)
    assert [str(day.date()) for day in balances.index] == ["2025-09-17"]
    assert detail is not None and detail["stock_financing_balance"].shape == (1, 2)
    assert caplog.messages == [
        f"{folder / name}: 2025-09-18 is left out, which Shenzhen has not published yet"
        for name in ("stock_margin_sse", "stock_margin_detail_sse")
    ]


def test_a_file_that_holds_another_day_than_its_name_is_refused(folder: Path) -> None:
    path = folder / "stock_margin_sse" / "2025-09-18.csv"
    path.write_text(path.read_text().replace("20250918", "20250916"))
    with pytest.raises(DataError) as refusal:
        read_margin_folder(folder)
    assert f"{path}:2: 信用交易日期: found 2025-09-16, but the file is named 2025-09-18.csv" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [("nowhere", "is no folder; name the folder that pingcang fetch has written"), ("", "holds neither")],
)
def test_what_is_no_fetched_folder_is_refused(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        read_margin_folder(tmp_path / name)
    assert f"{tmp_path / name}: {told}" in str(refusal.value)
