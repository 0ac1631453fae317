"""Two datasets on one page: differences run by run, what the file of a comparison says, and what cannot be compared."""

import json

import numpy as np
import pytest

from pingcang.errors import ScenarioError
from pingcang.report.material import read_material
from pingcang.report.page import render
from pingcang.report.sections.differences import answer_of_two, differences
from pingcang.report.write import page_of as described
from pingcang.report.write import write_report
from pingcang.results.storage import save
from pingcang.study.compare import compared
from pingcang.study.measures import measure
from unit.report.made import Page, dataset, page_of, part_of


@pytest.fixture(scope="module")
def arms():
    return dataset(6), dataset(6, deeper=0.05)


@pytest.fixture(scope="module")
def folder(arms, tmp_path_factory):
    place = tmp_path_factory.mktemp("arms")
    for name, arm in zip(("base", "other"), arms, strict=True):
        save(arm, place / f"{name}.zarr")
    return place


@pytest.fixture(scope="module")
def page(folder):
    return Page.read(write_report(folder / "base.zarr", folder / "two.html", against=folder / "other.zarr"))


def comparison(folder, arms, **changes):
    """The file that `pingcang compare --out` leaves."""
    sides = {
        name: {
            "label": f"the {name} arm",
            "scenario": arm.attrs["scenario"],
            "hash": arm.attrs["scenario_hash"],
            "store": f"elsewhere/{name}.zarr",
        }
        for name, arm in zip(("base", "other"), arms, strict=True)
    }
    told = {**sides, "seed": 0, "runs": 6, "statistic": "mean", "failed_runs": {"base": [], "other": []}, "metrics": {}}
    path = folder / "compare.json"
    path.write_text(json.dumps(told | changes))
    return path


def told_of(path):
    """The sections of a comparison that differ from those of a dataset."""
    material = read_material(path)
    return Page.parsed(render(described(material, [answer_of_two(material), differences(material)])))


def test_differences_are_those_of_the_study(arms, page):
    rows = page.table("difference-table").set_index("metric")
    for name, found in compared(measure(arms[0]), measure(arms[1])).items():
        if found.difference.n:
            assert rows.loc[name, "difference"] == pytest.approx(found.difference.value)
            assert tuple(rows.loc[name, ["ci_low", "ci_high"]]) == pytest.approx(
                (found.difference.low, found.difference.high)
            )


def test_the_answer_says_more_or_less_with_its_interval(arms, page):
    found = compared(measure(arms[0]), measure(arms[1]))["drawdown"]
    told = (
        f"The index falls by {100 * found.base.value:.1f} % in the base and {100 * found.other.value:.1f} % "
        "in the other: "
        f"{100 * found.difference.value:.2f} points more"
    )
    assert told in page.text
    assert "Lenders sell" in page.text and "no difference in any run" in page.text


def test_the_difference_by_day_is_paired_by_run(arms, page):
    gap = 100 * (arms[1]["index"].values - arms[0]["index"].values)
    assert page.table("index-difference")["p95"].to_numpy() == pytest.approx(np.quantile(gap, 0.95, axis=0))


def test_both_fans_stand_over_each_other(arms, page):
    table = page.table("index-both")
    for name, arm in zip(("base", "other"), arms, strict=True):
        assert table[f"median_{name}"].to_numpy() == pytest.approx(np.median(arm["index"].values, axis=0))


def test_differences_are_told_by_cohort_and_board(arms, folder):
    more = arms[1].copy(deep=True)
    more["forced_sales"].loc[{"cohort": "shadow"}] += 1e9
    save(more, folder / "more.zarr")
    page = part_of(folder, arms[0], differences, name="base", against=folder / "more.zarr")
    rows = page.table("difference-cohort").set_index(["of", "metric"])["difference"]
    assert rows["shadow", "forced_sales"] == pytest.approx(6e9)
    assert rows["retail", "forced_sales"] == 0
    assert set(page.table("difference-board")["of"]) == {"sse_main", "szse_main", "sme", "chinext"}


def test_the_first_day_apart_is_told(arms, folder):
    late = arms[0].copy(deep=True)
    late["lender_loss"][:, 3:] += 1
    save(late, folder / "late.zarr")
    page = part_of(folder, arms[0], answer_of_two, name="base", against=folder / "late.zarr")
    assert "the same bit for bit before 15 June 2015 (trading day 3)" in page.text


def test_a_comparison_is_read_from_its_file_with_labels_and_stores_beside_it(folder, arms):
    path = comparison(folder, arms, statistic="median")
    page = told_of(path)
    assert "the base arm against the other arm" in page.text
    assert "Median of both arms, and the difference run by run" in page.text


def test_whatever_else_a_comparison_holds_is_shown(folder, arms):
    number = {"base": 1e9, "other": 3e9, "difference": 2e9, "ci_low": 1.5e9, "ci_high": None, "unit": "CNY", "runs": 6}
    words = "A plain-language paragraph with <b>numbers</b> in it that is longer than any name or label could ever be."
    path = comparison(folder, arms, breakdown={"cohort": {"retail": {"equity_at_end": number}}}, in_words=words)
    page = told_of(path)
    assert words in page.text
    rows = page.table("difference-parts").set_index(["of", "metric"])
    assert rows.loc[("cohort retail", "equity_at_end"), "difference"] == 2e9


def test_only_the_runs_that_were_compared_are_shown(folder, arms):
    page = told_of(comparison(folder, arms, runs=4))
    assert "Means of the 4 runs that both have" in page.text


def test_arms_of_different_length_and_market_are_compared(tmp_path):
    save(dataset(3, days=9, boards=("main",), cohorts=("retail", "fresh")), tmp_path / "long.zarr")
    page = page_of(tmp_path, dataset(3, days=6), against=tmp_path / "long.zarr")
    assert len(page.table("index-both")) == 10 and len(page.table("index-difference")) == 7
    assert set(page.table("difference-cohort")["of"]) == {"retail"}


def test_a_store_that_is_not_the_one_compared_is_refused(folder, arms):
    path = comparison(folder, arms)
    told = json.loads(path.read_text())
    told["other"]["hash"] = "0" * 64
    path.write_text(json.dumps(told))
    with pytest.raises(ScenarioError, match=r"holds scenario hash .*; give the comparison again"):
        write_report(path, folder / "wrong.html")


def test_datasets_of_different_seeds_are_refused(tmp_path):
    save(dataset(2, seed=1), tmp_path / "other.zarr")
    with pytest.raises(ScenarioError, match="their seeds are 0 and 1"):
        page_of(tmp_path, dataset(2), against=tmp_path / "other.zarr")


def test_datasets_of_different_currencies_are_refused(tmp_path):
    save(dataset(2, currency="USD"), tmp_path / "other.zarr")
    with pytest.raises(ScenarioError, match="their amounts are in CNY and USD"):
        page_of(tmp_path, dataset(2), against=tmp_path / "other.zarr")


def test_datasets_without_a_common_run_are_refused(tmp_path):
    save(dataset(4).isel(run=[2, 3]), tmp_path / "other.zarr")
    with pytest.raises(ScenarioError, match="no run in common"):
        page_of(tmp_path, dataset(2), against=tmp_path / "other.zarr")


def test_against_a_comparison_is_refused(folder, arms):
    with pytest.raises(ScenarioError, match="is a comparison and names both datasets; leave it out"):
        write_report(comparison(folder, arms), folder / "x.html", against=folder / "other.zarr")
