"""The absorption study: its levers do what they say, its cells share what they may share, its tables add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from experiments.absorption import design, good_set, levers
from experiments.absorption.cells import (
    FLIPS,
    STEPS,
    Cell,
    Sizes,
    arm,
    full_design,
    nothing,
    square_root,
)
from experiments.absorption.command import PAGE, chosen, reproduce
from experiments.absorption.measures import MEASURES, Numbers, numbers
from experiments.common.page import blocks_of

from pingcang import MarginMarket, load_scenario
from pingcang.scenario.schema import Scenario
from pingcang.study.arms import Bench, changed

SMALL = {"scale": 0.001, "calendar.days": 18}


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load_scenario(levers.BASE).scenario


def under(lever: levers.Lever) -> Scenario:
    loaded = load_scenario(levers.BASE)
    return changed(loaded, lever(loaded.scenario)).scenario


def brokers_debt(scenario: Scenario) -> float:
    return sum(scenario.cohorts[name].debt or 0 for name in levers.BROKERS)


# ---- levers ----------------------------------------------------------------------------------------------------------


def test_breadth_leaves_950_marginable_stocks_and_every_yuan_of_debt(base: Scenario) -> None:
    narrow = under(levers.breadth)
    assert sum(board.marginable or 0 for board in (narrow.securities.boards or {}).values()) == 950
    assert brokers_debt(narrow) == brokers_debt(base)


def test_leverage_reaches_424_basis_points_of_float_with_more_accounts_of_the_same_size(base: Scenario) -> None:
    """With securities lending 2.32 % and 4.27 %, as the press has it."""
    levered = under(levers.leverage)
    assert brokers_debt(base) / levers.FLOAT_2025 == pytest.approx(0.0230, abs=5e-5)
    assert brokers_debt(levered) / levers.FLOAT_2025 == pytest.approx(0.0424, abs=5e-5)
    for name in levers.BROKERS:
        sizes = [(s.cohorts[name].debt or 0) / (s.cohorts[name].accounts or 1) for s in (base, levered)]
        assert sizes[1] == pytest.approx(sizes[0], rel=1e-5)
        assert levered.cohorts[name].maintenance_ratio == base.cohorts[name].maintenance_ratio


def test_ratios_move_and_the_debt_stays(base: Scenario) -> None:
    other = under(levers.ratios)
    assert brokers_debt(other) == brokers_debt(base)
    then = load_scenario(levers.CRASH_2015).scenario
    assert other.cohorts["retail"].maintenance_ratio == then.cohorts["retail"].maintenance_ratio


def test_shadow_finance_has_2015s_share_of_float_and_can_be_taken_out() -> None:
    shadow = under(levers.shadow_2015).cohorts["shadow"]
    assert (shadow.debt or 0) / levers.FLOAT_2025 == pytest.approx(levers.SHADOW_2015 / levers.FLOAT_2015, rel=1e-9)
    assert "shadow" not in under(levers.shadow(0)).cohorts


def test_the_rescue_grows_with_the_float_or_goes(base: Scenario) -> None:
    def total(scenario: Scenario) -> float:
        return sum(event.rescue.budget for event in scenario.events if event.rescue is not None)

    assert total(under(levers.rescue_2015)) / total(base) == pytest.approx(levers.FLOAT_2025 / levers.FLOAT_2015)
    assert total(under(levers.rescue(0))) == 0


def test_depth_per_yuan_of_float_is_that_of_2015(base: Scenario) -> None:
    ratio = base.impact.depth / under(levers.deep).impact.depth
    assert ratio == pytest.approx((1.94 / 56.8) / (1.87 / 93.0))


def test_a_crowded_balance_stays_crowded() -> None:
    """Electronics hold more than a third of the balance at the start, and still after ten days of rotation."""
    loaded = load_scenario(levers.BASE, overrides={"scale": 0.002, "calendar.days": 10, "events": []})
    crowded = changed(loaded, levers.crowded(loaded.scenario))
    market = MarginMarket(crowded, seed=1)
    market.run()
    balance = market.results()["financing_balance_sector"]
    share = balance[:, market.listing.sectors.index("electronics")] / balance.sum(axis=1)
    assert 0.3 < share[0] < 0.45
    assert share[-1] > 0.85 * share[0]


def test_the_technology_shock_keeps_every_size_and_hits_electronics_alone(base: Scenario) -> None:
    hit = under(levers.technology_shock)
    before = [event.news.value for event in base.events if event.news is not None]
    news = [event.news for event in hit.events if event.news is not None]
    assert [each.value for each in news] == before
    assert all(each.sectors == {"other": 0.0} for each in news)


def test_the_square_root_world_has_the_fitted_news_in_order() -> None:
    fitted = load_scenario(str(Path(good_set.FOLDER) / "fitted_sqrt.yaml")).scenario
    there = under(square_root)
    assert there.impact.exponent == 0.5
    sizes = [[e.news.value for e in scenario.events if e.news is not None] for scenario in (fitted, there)]
    assert sizes[0] == sizes[1]


# ---- cells -----------------------------------------------------------------------------------------------------------


def test_every_cell_loads_and_no_two_of_a_step_are_the_same() -> None:
    for step, cells in STEPS.items():
        arms = [arm(cell) for cell in cells(Sizes())]
        names = [each.label for each in arms]
        assert len(set(names)) == len(names), step


def test_corners_and_main_cells_have_500_runs() -> None:
    cells = full_design(Sizes())
    assert sum(cell.runs >= 500 for cell in cells.values()) >= 6
    assert cells[0, 0, 0].runs >= 500 and cells[1, 1, 1].runs >= 500


def test_who_borrows_does_not_move_the_index_without_margin_orders() -> None:
    """The claim by which cells share a counterfactual, at its worst: all three factors at once, in the crash."""
    found = []
    for levels in ((0, 0, 0), (1, 1, 1)):
        market = MarginMarket(arm(full_design(Sizes())[levels], SMALL).loaded, seed=2, feedback=False)
        market.run()
        found.append(market.results()["index"])
    assert found[0].min() < 0.8
    assert np.abs(found[0] - found[1]).max() < 5e-4  # 1e-4 at scale 0.01; fewer lots at this one


def test_worlds_without_a_counterfactual_of_their_own_change_borrowers_only() -> None:
    for name, (lever, own) in FLIPS.items():
        if not own:
            changed_paths = lever(load_scenario(levers.BASE).scenario)
            assert all(path.startswith("cohorts.") for path in changed_paths), name


# ---- the good set ----------------------------------------------------------------------------------------------------


def test_draws_lie_in_what_the_profiles_leave_open_and_keep_the_constraints() -> None:
    open_ = good_set.intervals().set_index("parameter")
    points = good_set.draws()
    assert len(points) > good_set.DRAWS / 2
    for point in points:
        assert all(open_.loc[name, "low"] <= value <= open_.loc[name, "high"] for name, value in point.items())
        assert good_set.spec().violation(point) <= 0


def test_a_draw_means_the_same_in_both_markets(base: Scenario) -> None:
    point = good_set.draws()[0]
    then = load_scenario(levers.CRASH_2015)
    there, here = changed(then, good_set.in_2015(point)(then.scenario)).scenario, under(good_set.in_2025(point))
    assert there.impact.depth == here.impact.depth == point["depth"]
    sizes = [[e.news.value for e in scenario.events if e.news is not None] for scenario in (there, here)]
    assert sizes[0] == sizes[1] == [point[f"news_{n}"] for n in range(1, 10)]
    moved = here.cohorts["retail"].behaviour.appetite.base - base.cohorts["retail"].behaviour.appetite.base
    assert moved == pytest.approx(point["appetite_base"] - good_set.FITTED_APPETITE)


# ---- tables and the command ------------------------------------------------------------------------------------------


def test_numbers_of_a_dataset_are_those_of_the_accessor(tmp_path: Path) -> None:
    found = Numbers(Bench(tmp_path, seed=5, threads=1), {"scale": 0.001})
    cell = Cell("2025", 2, nothing, amplification=True)
    found.bench.simulate(found.arm(cell))
    with found.open(cell) as dataset:
        table, metrics = numbers(dataset), dataset.pingcang.metrics
        assert set(table.columns) == set(MEASURES)
        assert table["drawdown"].to_numpy() == pytest.approx(metrics["drawdown"].values)
        assert table["points"].to_numpy() == pytest.approx(metrics["amplification_points"].values)
        assert table["forced"].to_numpy() == pytest.approx(metrics["forced_sales"].values)
        assert table["balance"].to_numpy() == pytest.approx(metrics["financing_change"].values)


def test_a_failed_run_takes_its_own_counterfactual_along_and_no_other(tmp_path: Path) -> None:
    found = Numbers(Bench(tmp_path, seed=5, threads=1), {"scale": 0.0005, "calendar.days": 16})
    cell = Cell("2025", 3, nothing, amplification=True)
    found.bench.simulate(found.arm(cell))
    with found.open(cell) as dataset:
        whole, lacking = numbers(dataset), dataset.isel(run=[0, 2])
        shared = numbers(lacking.drop_vars("index_no_feedback"), dataset["index_no_feedback"])
        assert shared["points"].to_dict() == whole["points"].drop(index=1).to_dict()
        fewer = numbers(dataset.drop_vars("index_no_feedback"), lacking["index_no_feedback"])
        assert np.isnan(fewer["points"][1]) and fewer["points"][2] == whole["points"][2]


def test_a_step_that_is_not_known_is_refused() -> None:
    assert chosen("design, calm") == {"design", "calm"}
    with pytest.raises(typer.BadParameter, match="nonsense: no such step; there are design, singles"):
        chosen("design,nonsense")


def test_the_command_makes_tables_and_the_page_from_the_same_runs(tmp_path: Path) -> None:
    page = tmp_path / "absorption.md"
    names = (
        "design_answer",
        "design_prices",
        "design_money",
        "design_bridge",
        "design_effects",
        "design_shapley",
        "design_pairing",
    )
    page.write_text("".join(f"<!-- generated: {name} -->\n<!-- end: {name} -->\n" for name in names), encoding="utf-8")
    found = Numbers(Bench(tmp_path / "runs", seed=5, threads=1), {"scale": 0.0005})
    places = {"results": tmp_path, "pictures": tmp_path, "page": page}
    reproduce(found, Sizes().at_most(2), [design.NAME], **places, quiet=True)
    texts = blocks_of(page.read_text(encoding="utf-8"))
    assert all(texts.values())
    assert (tmp_path / "design.png").stat().st_size > 5000
    shares = pd.read_csv(tmp_path / "design_shapley.csv")
    of_drawdown = shares[(shares["measure"] == "drawdown") & (shares["kind"] == "part")].set_index("factor")["value"]
    assert of_drawdown["all three"] == pytest.approx(of_drawdown.drop("all three").sum(), abs=2e-6)
    cells = pd.read_csv(tmp_path / "design_cells.csv").set_index(["cell", "measure"])["value"]
    assert of_drawdown["all three"] == pytest.approx(cells["2025", "drawdown"] - cells["BLS", "drawdown"], abs=2e-6)
    assert of_drawdown["all three"] < 0


def test_the_published_page_has_every_text_of_every_step() -> None:
    there = blocks_of(PAGE.read_text(encoding="utf-8"))
    assert {"design_prices", "design_shapley", "singles", "calm", "flips", "technology", "doses", "shadow"} <= set(
        there
    )
    assert all(text.strip() for text in there.values())
