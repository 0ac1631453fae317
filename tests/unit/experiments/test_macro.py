"""The machine of the links' study, on two runs of a very small market."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from experiments.common.page import embedded
from experiments.common.style import drawing
from experiments.macro.answers import FAR, SETTINGS, TODAY, Plan, analytic, answers, provenance, tables
from experiments.macro.command import PAGE, _run
from experiments.macro.mechanism import QUANTITIES, mechanism
from experiments.macro.page import draw, markdown, mechanism_markdown
from experiments.macro.pairing import shift

from pingcang.study.bisection import solve
from pingcang.study.equal_risk import EqualRisk
from pingcang.study.search_tables import DIGITS
from pingcang.study.statistic import parse_statistic
from pingcang.study.tables import save_tables

FEW = (SETTINGS[0], SETTINGS[2], SETTINGS[6])
MEDIAN = parse_statistic("median(amplification_points)")
RUNS = np.random.default_rng(1).normal(0, 1, 40)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("macro")
    return Plan(runs=2, seed=7, threads=1, scale=0.0005, days=2, tolerance=2e12, settings=FEW, stores=folder / "runs")


@pytest.fixture(scope="module")
def found(plan):
    return answers(plan, lambda _: None)


def root(slope):
    """A balance at which a made-up statistic, linear in it and noisy by run, reaches 5."""
    return solve(lambda x: RUNS + slope * x / 1e12, MEDIAN.of, RUNS * 0.5 + 5, 1.1e12, 5.1e12, tolerance=0.5e12, seed=3)


def test_links_are_switched_on_one_by_one_then_each_alone():
    assert [setting.links for setting in SETTINGS[:4]] == [
        (),
        ("top_up",),
        ("top_up", "appetite"),
        ("top_up", "appetite", "rescue"),
    ]
    today = Plan(scale=0.0005).load(TODAY)
    for setting in SETTINGS:
        links = setting.of(today).scenario.macro.links
        assert {name for name in ("top_up", "appetite", "rescue") if getattr(links, name) is not None} == set(
            setting.links
        )
        assert links.rescue is None or links.rescue.debt == setting.debt


def test_far_settings_have_elasticities_of_their_own_and_no_analytic_balance(found):
    today = Plan(scale=0.0005).load(TODAY)
    factors = {setting.name: _factors(setting.of(today)) for setting in FAR}
    assert factors["gap, far"].top_up == pytest.approx(math.exp(100 * 0.029), rel=1e-6)
    assert factors["rate, far"].appetite == pytest.approx(5.1 / 3.0, rel=1e-6)
    assert factors["debt, far"].rescue == pytest.approx((80 / 126.4) ** 5, rel=1e-6)
    assert replace(found[0], setting=FAR[0]).analytic is None


# the published thresholds, whose steps are rounded: 3.9, 2.724 and 2.212 trillion
def test_the_analytic_balance_is_the_published_one_within_its_rounding(found):
    assert [round(each.analytic / 1e12, 2) for each in found] == [3.90, 4.34, 2.47]
    today = Plan(scale=0.0005).load(TODAY)
    for setting in SETTINGS:
        if setting.article is not None:
            answer = replace(found[0], setting=setting, factors=_factors(setting.of(today)))
            assert answer.analytic == pytest.approx(setting.article, rel=0.01)


def _factors(loaded):
    from pingcang.market.macro import macro_factors

    return macro_factors(loaded.scenario.macro)


def test_answers_cost_no_more_runs_than_was_said(plan, found):
    mechanism(plan)
    assert len(list(plan.stores.glob("*.zarr"))) * plan.runs <= plan.most_runs


def test_a_shift_is_paired_so_that_it_is_surer_than_either_balance():
    one, other = root(2.0), root(1.9)
    moved = shift(other, one, RUNS * 0.5 + 5, MEDIAN, 3)
    assert moved.value == pytest.approx(other.x - one.x) and moved.sure
    assert moved.interval[0] <= moved.value <= moved.interval[1]
    width = moved.interval[1] - moved.interval[0]
    assert width < 0.5 * min(end.interval[1] - end.interval[0] for end in (one, other))


def test_a_market_does_not_move_against_itself():
    moved = shift(root(2.0), root(2.0), RUNS * 0.5 + 5, MEDIAN, 3)
    assert (moved.value, moved.interval, moved.sure) == (0.0, (0.0, 0.0), False)


def test_the_mechanism_is_told_against_the_market_without_links(plan):
    table = mechanism(plan)
    assert len(table) == len(FEW) * len(QUANTITIES)
    moved = table.set_index(["links", "quantity"])["median"]
    assert moved["+ gap + rate", "margin_purchases"] > 0  # more appetite, more purchases
    assert (moved["debt alone"] == 0).all()  # no rescue in two days


def test_the_page_has_the_places_and_the_tables_have_the_numbers(plan, found, tmp_path):
    told, made = provenance(plan), tables(found)
    save_tables(tmp_path, "macro", told, made, digits=DIGITS)
    assert len(pd.read_csv(tmp_path / "macro.csv")) == len(FEW)
    text = markdown(found, told)
    assert "| none | 1.000 | 1.000 | 1.000 |" in text and text.count("\n| ") == 1 + len(FEW)
    page = embedded(PAGE.read_text(encoding="utf-8"), {"macro": text, "macro_mechanism": "x"})
    assert text in page
    with drawing():
        assert len(draw(found).axes) == 2


def test_a_difference_that_is_sure_stands_in_bold():
    names = [setting.name for setting in SETTINGS if len(setting.links) < 2]
    rows = [
        {"links": links, "quantity": name, "median": 1.0, "low": -0.5 if links == "debt alone" else 0.5, "high": 2.0}
        for links in names
        for name in QUANTITIES
    ]
    line = mechanism_markdown(pd.DataFrame(rows)).splitlines()[2]
    assert line.count("**+1.00 [+0.50, +2.00]**") == 3 and "| +1.00 [−0.50, +2.00] |" in line


def test_answers_with_a_root_are_drawn_and_told(found):
    solved = root(2.0)
    whole = EqualRisk(
        MEDIAN, 5e10, 5.0, 1.1e12, 5.1e12, {each.x: each.number for each in solved.evaluations}, 40, solved
    )
    moved = shift(root(1.9), solved, RUNS * 0.5 + 5, MEDIAN, 3)
    told = [replace(found[0], found=whole), replace(found[1], found=whole, shift=moved)]
    text = markdown(told, {"runs": 40, "seed": 3, "scale": 1.0, "code_version": "x"})
    assert f"| {moved.value / 1e12:+.2f} [" in text and f"{analytic() / 1e12:.2f}" in text
    assert tables(told)["macro"]["shift"].tolist()[1] == moved.value
    with drawing():
        assert len(draw(told).axes[0].lines) >= 4


def test_the_command_leaves_everything_in_the_folder_it_is_given(plan, found, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.macro.page.ONE_BY_ONE", FEW)
    _run(plan, tmp_path, quiet=True)
    names = ["macro.csv", "macro.json", "macro.md", "macro.png", "macro_mechanism.csv", "macro_points.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
