"""From an exchange's answer to a table of balances: the real AkShare, the folder, and the loaders."""

import datetime as dt
import shutil

import pandas as pd
import pytest

from exchanges import bodies
from exchanges.site import HOLIDAY, MONDAY, FakeClock, Site, need_akshare, played
from pingcang.errors import DataError
from pingcang.leverage.fetch import fetch
from pingcang.loaders import read_margin_folder

WEDNESDAY, THURSDAY = dt.date(2025, 9, 24), dt.date(2025, 9, 25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """As fetched on a morning on which Shanghai has published Thursday, and Shenzhen has not."""
    need_akshare()
    place = tmp_path_factory.mktemp("margin")
    patch = pytest.MonkeyPatch()
    with played(patch, Site()):
        fetch(place, MONDAY, detail=True, clock=FakeClock())
    return place


def yi(text):
    return round(float(text.replace(",", "")) * 1e8)


def test_balances_of_both_exchanges_are_added_in_cny(folder):
    balances, _ = read_margin_folder(folder)
    days = [day for day in pd.bdate_range(MONDAY, WEDNESDAY) if day.date() != HOLIDAY]
    assert balances.index.tolist() == days
    for day in days:
        shanghai, shenzhen = bodies.sse_total(day.date()), bodies.szse_total(day.date())
        assert balances.loc[day, "financing_balance"] == pytest.approx(shanghai["rzye"] + yi(shenzhen["jrrzye"]), abs=1)
        assert balances.loc[day, "margin_purchases"] == pytest.approx(shanghai["rzmre"] + yi(shenzhen["jrrzmr"]), abs=1)
    assert balances.attrs["exchange"] == "all"
    assert (balances["maintenance_ratio"] == 2.805).all()


def test_details_of_both_exchanges_stand_side_by_side(folder):
    _, detail = read_margin_folder(folder)
    assert detail.sizes["date"] == 7
    found = detail["stock_financing_balance"].sel(date=str(WEDNESDAY)).to_series()
    assert found["600000"] == bodies.sse_securities(WEDNESDAY)[1]["rzye"]
    assert found["300750"] == int(bodies.szse_securities(WEDNESDAY)[2][3].replace(",", ""))
    assert found["000001"] > 0


def test_one_exchange_alone_can_be_read_up_to_its_own_last_day(folder):
    balances, _ = read_margin_folder(folder, exchange="SSE")
    assert balances.index[-1].date() == THURSDAY and balances.attrs["exchange"] == "SSE"


@pytest.mark.parametrize("day", ["2025-09-22", "2025-09-24"])
def test_other_days_that_one_exchange_lacks_are_not_passed_over(folder, tmp_path, day):
    shutil.copytree(folder, tmp_path / "x")
    (tmp_path / "x" / "stock_margin_szse" / f"{day}.csv").unlink()
    with pytest.raises(DataError, match=f"stock_margin_szse: has no file of {day}.*, the other exchange has; run"):
        read_margin_folder(tmp_path / "x")
