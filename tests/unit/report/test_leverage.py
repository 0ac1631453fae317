"""The section leverage: a simulated market by the formulas of the monitor, at start, trough and end."""

import numpy as np
import pytest
import xarray as xr

from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.monitor.simulated import from_results
from pingcang.leverage.thresholds import load_thresholds
from pingcang.report.material import read_material
from pingcang.report.page import render
from pingcang.report.sections.leverage import leverage
from pingcang.report.words import in_currency
from pingcang.report.write import page_of
from pingcang.results.metrics import drawdown_path
from pingcang.results.storage import save
from unit.report.made import Page, dataset, part_of
from unit.report.test_page import EVIL


@pytest.fixture(scope="module")
def ds():
    return dataset(5, days=12)


@pytest.fixture(scope="module")
def page(ds, tmp_path_factory):
    return part_of(tmp_path_factory.mktemp("leverage"), ds, leverage)


def two(folder, base, other):
    """The section of a comparison."""
    save(base, folder / "base.zarr")
    save(other, folder / "other.zarr")
    material = read_material(folder / "base.zarr", against=folder / "other.zarr")
    with in_currency(material.currency):
        return Page.parsed(render(page_of(material, [leverage(material)])))


def of(page, reading):
    return page.table("leverage-table").query("variable == @reading").set_index("moment")


@pytest.mark.parametrize("reading", ["balance_to_float", "margin_share", "maintenance_ratio", "shadow_balance"])
def test_readings_are_the_monitor_s_at_start_trough_and_end(ds, page, reading):
    series = monitor(from_results(ds)).series[reading].transpose("run", "date").values
    trough = drawdown_path(ds["index"].values).argmax(axis=1)
    expected = {"start": series[:, 0], "trough": series[np.arange(5), trough], "end": series[:, -1]}
    for moment, values in expected.items():
        low, middle, high = np.quantile(values[np.isfinite(values)], (0.05, 0.5, 0.95))
        assert of(page, reading).loc[moment, ["p05", "median", "p95"]].tolist() == pytest.approx([low, middle, high])


def test_the_balance_over_float_is_that_of_brokers_alone(ds, page):
    brokers = ds.sel(cohort=["retail", "institution", "short_seller"]).isel(day=-1)
    owed = (brokers["financing_balance"] + brokers["short_balance"]).sum("cohort")
    ratio = owed / (ds["float_cap_start"] * ds["index"].isel(day=-1))
    assert of(page, "balance_to_float").loc["end", "median"] == pytest.approx(float(ratio.median()))


def test_sectors_stand_with_their_shares(ds, page):
    balance = ds["financing_balance_sector"].isel(day=0)
    expected = (balance / balance.sum("sector")).median("run")
    table = page.table("leverage-sectors").query("moment == 'start'").set_index("sector")
    for sector in ("electronics", "other"):
        assert table.loc[sector, "median"] == pytest.approx(float(expected.sel(sector=sector)))


def test_the_course_has_the_lines_of_real_markets_and_numbers_by_day(page):
    assert page.all("figure")[0]["id"] == "leverage-path"
    table = page.table("leverage-path")
    assert len(table) == 13 and "margin_share: median" in table
    assert "at the trough" in page.all("img")[0]["alt"]


def test_a_market_before_all_thresholds_has_no_light_and_says_so(page):
    assert "No ready-made thresholds are as early as 2015-06-12" in page.text


def test_a_market_after_them_has_their_light_at_every_moment(ds, tmp_path):
    moved = ds.assign_coords(date=ds["date"] + (np.datetime64("2025-09-01") - ds["date"][0]))
    moved = moved.assign(financing_balance=ds["financing_balance"] * 1.7)
    found = part_of(tmp_path, moved, leverage)
    values = [float(of(found, "financing_balance").loc[moment, "median"]) for moment in ("start", "trough", "end")]
    lights = [load_thresholds("china_2025").light(value) for value in values]
    assert lights[0] == "amber" and lights[2] == "green"
    assert f"thresholds china_2025, of 2025-08-22, the balance is ▲ {lights[0]} at the start" in found.text
    assert "no law and no forecast" in found.text


def test_the_light_is_that_of_the_median_run(ds, tmp_path):
    factors = xr.DataArray([0.8, 0.8, 1.7, 3.4, 3.4], dims="run")
    moved = ds.assign_coords(date=ds["date"] + (np.datetime64("2025-09-01") - ds["date"][0]))
    moved = moved.assign(financing_balance=(ds["financing_balance"] * factors))
    assert "the balance is ▲ amber at the start" in part_of(tmp_path, moved, leverage).text


def test_thresholds_that_are_later_than_the_start_are_none(ds, tmp_path):
    moved = ds.assign_coords(date=ds["date"] + (np.datetime64("2025-08-15") - ds["date"][0]))
    assert "No ready-made thresholds are as early as 2025-08-15" in part_of(tmp_path, moved, leverage).text


def test_another_currency_has_no_lines_of_china(tmp_path):
    found = part_of(tmp_path, dataset(2, currency="USD"), leverage)
    assert "The thresholds are for a balance in CNY; this one has no light" in found.text
    assert "bn USD" in found.text and not set("●▲◆■") & set(found.text)


def test_both_arms_stand_below_each_other(ds, tmp_path):
    found = two(tmp_path, ds, dataset(5, days=12, deeper=0.1))
    table = of(found, "balance_to_float")
    assert table["arm"].tolist() == ["base", "base", "base", "other", "other", "other"]
    assert set(found.table("leverage-path")["arm"]) == {"base", "other"}
    assert found.text.count("No ready-made thresholds are as early as 2015-06-12") == 1


def test_an_old_dataset_without_turnover_and_sectors_has_what_is_left_and_says_what_is_not(ds, tmp_path):
    old = ds.drop_vars(["turnover", "financing_balance_sector", "short_balance", "limit_up"])
    found = two(tmp_path, ds, old)
    told = (
        "Not read: margin purchases over turnover, lent securities over financing, largest sector's share of the "
        "balance and effective number of sectors; the dataset of the other lacks short_balance, turnover, limit_up and "
        "financing_balance_sector."
    )
    assert told in found.text
    assert set(of(found, "balance_to_float")["arm"]) == {"base", "other"}
    assert set(of(found, "margin_share")["arm"]) == {"base"}


def test_one_run_has_no_brackets(tmp_path):
    found = part_of(tmp_path, dataset(1), leverage)
    assert "in brackets" not in found.text and "median and 5–95 %" not in found.all("img")[0]["alt"]


def test_a_market_in_which_nobody_owes_to_brokers_says_so(tmp_path):
    found = part_of(tmp_path, dataset(2, cohorts=()), leverage)
    assert "Nobody owes to brokers" in found.text and found.all("figure") == []


def test_names_of_sectors_are_text(ds, tmp_path):
    evil = ds.assign_coords(sector=[EVIL, "other"])
    found = part_of(tmp_path, evil, leverage)
    assert found.all("script") == [] and EVIL in found.text


def test_a_market_of_one_sector_has_no_table_of_sectors(ds, tmp_path):
    found = part_of(tmp_path, ds.isel(sector=[0]), leverage)
    assert "Share of the balance by sector" not in found.text and "argest sector" not in found.text
    assert "Share of the balance by sector" in part_of(tmp_path, ds, leverage).text
