"""The machine of the equal-risk balance, on two runs of a very small market."""

import pandas as pd
import pytest
from experiments.common.page import embedded
from experiments.common.style import drawing
from experiments.equal_risk.answers import STATISTICS, Plan, analytic, answers, provenance, tables
from experiments.equal_risk.command import PAGE, _run
from experiments.equal_risk.page import draw, markdown

from pingcang.study.search_tables import DIGITS
from pingcang.study.tables import save_tables


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("equal_risk")
    return Plan(runs=2, seed=7, threads=1, scale=0.0005, days=2, tolerance=4e12, stores=folder / "runs")


@pytest.fixture(scope="module")
def found(plan):
    return answers(plan, lambda _: None)


def test_every_measure_is_answered_at_both_levels_of_shadow_finance(found):
    assert [(str(each.statistic), each.shadow) for each in found] == [
        (statistic, shadow) for shadow in (5e10, 1.12e12) for statistic in STATISTICS
    ]
    assert all(each.told() for each in found)


def test_answers_cost_no_more_runs_than_was_said(plan, found):
    assert len(list(plan.stores.glob("*.zarr"))) * plan.runs <= plan.most_runs


def test_the_page_has_the_place_and_the_tables_have_the_numbers(plan, found, tmp_path):
    told, made = provenance(plan), tables(found)
    save_tables(tmp_path, "equal_risk", told, made, digits=DIGITS)
    assert len(pd.read_csv(tmp_path / "equal_risk.csv")) == 6
    text = markdown(found, told)
    assert f"Analytic: {analytic() / 1e12:.2f}tn" in text and text.count("\n| ") == 7
    assert text in embedded(PAGE.read_text(encoding="utf-8"), {"equal_risk": text})
    with drawing():
        figure = draw(found, made["equal_risk_points"], told)
    titles = [panel.get_title(loc="left") for panel in figure.axes]
    assert titles[:2] == ["median drawdown", "P(drawdown > 25%)"] and len(titles) == 3


def test_the_command_leaves_everything_in_the_folder_it_is_given(plan, found, tmp_path):
    _run(plan, tmp_path, quiet=True)
    names = ["equal_risk.csv", "equal_risk.json", "equal_risk.md", "equal_risk.png", "equal_risk_points.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
