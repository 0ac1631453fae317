"""The machine of the 2015 validation, on two runs of a market of one in a thousand."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
import xarray as xr
from experiments.china_2015 import decomposition, fan, invariance, profiles, scoring, stage_one, variants
from experiments.china_2015.bench import CALM, CRASH, ROOT, Bench, Cell, Plan, pair
from experiments.china_2015.command import QUICK, STEPS, app, chosen, elsewhere, reproduce
from experiments.china_2015.events import Marks, marks_of
from experiments.china_2015.progress import largest, simulate_all
from experiments.common import intervals
from experiments.common.page import PageError, blocks_of, embed, embedded, end, marker
from experiments.common.style import MOST_BYTES, drawing
from experiments.common.tables import NoResultError, Result, interval_text, markdown, read, save, signed
from typer.testing import CliRunner

from pingcang import MarginMarket, load_scenario
from pingcang.validate.targets import TARGETS

PAGE = ROOT / "docs" / "validation.md"
BY_HAND = ("profiles", "replay")
SIMULATED = [name for name in STEPS if name not in BY_HAND]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench whose fan and score are done, page and all."""
    folder = tmp_path_factory.mktemp("china_2015")
    small = Plan(runs=2, seed=7, scale=0.001, days=45, threads=1, stores=folder / "runs", inputs=folder / "inputs")
    made = Bench(elsewhere(small, folder / "out"))
    told = reproduce(made, ["fan", "score"], quiet=True)
    assert told == {"fan": "fan.csv, fan_events.csv", "score": "score.csv, score_facts.csv, score_beside.csv"}
    return made


class SameRuns(Bench):
    """A bench on which every variant comes out as the scenario itself."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.plan)
        self.inner = bench

    def open(self, cell: Cell) -> xr.Dataset:
        both = fan.pair_of(self.plan)
        return self.inner.open(both.calm if cell.source == CALM else both.crash)


# ---- the whole way ---------------------------------------------------------------------------------------------------


def test_tables_pictures_and_page_come_from_the_same_numbers(bench: Bench) -> None:
    page = blocks_of(bench.plan.page.read_text(encoding="utf-8"))
    for name in ("fan", "score"):
        for block, text in STEPS[name].blocks(read(name, bench.plan.results)).items():
            assert page[block] == text.strip()
    for picture in ("fan_market", "fan_margin", "score"):
        assert 10_000 < (bench.plan.pictures / f"{picture}.png").stat().st_size <= MOST_BYTES


def test_the_page_of_a_trial_says_that_it_is_one(bench: Bench) -> None:
    assert "A trial of the machine, not a result" in fan.status(read("fan", bench.plan.results))
    provenance = {"runs": 200, "scale": 0.01, "failed_runs": [], "seed": 1, "scenario": "x"}
    told = fan.status(Result("fan", {}, {**provenance, "scenario_hash": "0" * 64, "code_version": "1"}))
    assert "trial" not in told
    assert "200 runs, scale 0.01" in told


def test_the_same_command_again_simulates_nothing(bench: Bench) -> None:
    assert simulate_all(bench, STEPS["fan"].cells(bench.plan), quiet=True) == 0


def test_fewer_runs_are_the_first_of_many_and_one_store_serves_all(bench: Bench) -> None:
    crash = fan.pair_of(bench.plan).crash
    fewer = replace(crash, name="fewer", runs=1)
    assert bench.open(fewer)["run"].values.tolist() == [0]
    assert largest(bench, [fewer, crash]) == [crash]
    assert bench.store(crash) != bench.store(replace(crash, record=()))
    assert bench.store(crash) != bench.store(replace(crash, amplification=True))


def test_the_fan_stands_on_real_dates_beside_the_real_line(bench: Bench) -> None:
    table = read("fan", bench.plan.results).tables["fan"]
    assert set(table["series"]) == set(fan.SERIES)
    index = table[table["series"] == "index"].set_index("date")
    assert index.loc["2015-06-12", ["real", "p05", "median", "p95"]].tolist() == [100.0] * 4
    assert index.loc["2015-07-08", "real"] == pytest.approx(65.1, abs=0.1)
    assert (index["p05"] <= index["median"]).all()
    assert (index["median"] <= index["p95"]).all()
    ratio = table[(table["series"] == "maintenance_ratio") & table["real"].notna()]
    assert ratio["date"].iloc[0] == "2015-08-04"  # nothing was published before


def test_the_simulated_maintenance_ratio_is_that_of_the_score(bench: Bench) -> None:
    both = fan.pair_of(bench.plan)
    frame = scoring.measured(bench, both)
    last = fan.maintenance_ratio(bench.open(both.crash)).values[:, -1]
    assert last == pytest.approx(frame["maintenance_ratio"].to_numpy(), rel=1e-9)


def test_rows_in_band_are_counted_as_the_score_counts_them(bench: Bench) -> None:
    told = read("score", bench.plan.results).provenance
    medians = scoring.measured(bench, fan.pair_of(bench.plan)).median()
    assert scoring.rows_in_band(medians) == (told["rows_in_band"], told["later_rows_in_band"])


@pytest.mark.parametrize("name", ["shadow", "challengers", "decomposition", "invariance"])
def test_every_step_computes_draws_and_finds_its_places_on_the_page(name: str, bench: Bench, tmp_path: Path) -> None:
    step = STEPS[name]
    save(step.compute(SameRuns(bench)), tmp_path)
    result = read(name, tmp_path)
    with drawing():
        pictures = step.draw(result)
    texts = step.blocks(result)
    for picture in pictures:
        assert any(f"images/validation/{picture}.png" in text for text in texts.values())
    assert (
        blocks_of(embedded(PAGE.read_text(encoding="utf-8"), texts)).items()
        >= {block: text.strip() for block, text in texts.items()}.items()
    )


def test_where_variants_do_not_differ_nothing_is_found(bench: Bench) -> None:
    same = SameRuns(bench)
    fall = decomposition.compute(same).tables["decomposition"].set_index(["measure", "layer"])
    index = bench.open(fan.pair_of(bench.plan).crash)["index"].values[:, 17] - 1
    assert fall.loc[("index_trough", "news"), "added_mean"] == pytest.approx(index.mean())
    assert (fall.drop(index="news", level="layer")["added_mean"] == 0).all()
    assert (fall["last_in_mean"] == 0).all()
    differences = invariance.compute(same).tables["invariance"]
    assert differences["difference"].fillna(0).eq(0).all()
    assert "0 of 92 differences" in invariance.found(differences)


def test_steps_without_their_input_are_skipped_and_the_page_says_so(bench: Bench) -> None:
    told = reproduce(bench, list(BY_HAND), quiet=True)
    assert [text.startswith("skipped: ") for text in told.values()] == [True, True]
    page = blocks_of(bench.plan.page.read_text(encoding="utf-8"))
    assert page["profiles"] == profiles.ABSENT
    assert page["replay"] == stage_one.ABSENT


# ---- variants --------------------------------------------------------------------------------------------------------


def distinct_cells() -> dict[str, Cell]:
    plan = replace(QUICK, days=2)
    cells = [cell for name in SIMULATED for cell in STEPS[name].cells(plan)]
    return {cell.name: cell for cell in cells}


@pytest.mark.parametrize("name", distinct_cells())
def test_every_variant_can_be_simulated(name: str) -> None:
    bench = Bench(replace(QUICK, scale=0.001, days=2))
    cell = distinct_cells()[name]
    small = replace(cell, change=variants.together(cell.change, variants.fixed(scale=0.001)))
    market = MarginMarket(bench.load(small), seed=1, run=0, threads=1)
    market.run()
    assert np.isfinite(market.results()["index"]).all()


def test_the_full_model_of_the_decomposition_is_the_plain_scenario_bit_for_bit(bench: Bench) -> None:
    full = decomposition.ladder(bench.plan).upto[-1]
    decomposition.check_full_model(bench, full)
    plain = load_scenario(CRASH, overrides={"scale": 0.001})
    market = MarginMarket(plain, seed=bench.plan.seed, run=1, threads=1)
    market.run()
    stored = bench.open(full).sel(run=1)
    for name, array in market.results().items():
        assert np.array_equal(array, stored[name].values, equal_nan=array.dtype.kind == "f"), name


def test_a_decomposition_that_ends_elsewhere_is_refused(bench: Bench) -> None:
    class Other(SameRuns):
        def open(self, cell: Cell) -> xr.Dataset:
            return super().open(cell).assign_attrs(scenario_hash="another")

    with pytest.raises(decomposition.NotTheFullModelError, match="all mechanisms together are the scenario another"):
        decomposition.compute(Other(bench))


def test_a_cohort_goes_with_what_events_say_about_it() -> None:
    events = {
        "events.0.contract": {"shadow": {"warning_line": 1.2}, "retail": {"warning_line": 1.6}},
        "events.1.credit_withdrawal": {"cohort": "shadow", "share": 0.1},
    }
    before = load_scenario(CRASH, overrides=events).scenario
    without = variants.without_cohorts(variants.SHADOW)(before)
    after = load_scenario(CRASH, overrides={**events, **without}).scenario
    assert set(before.cohorts) - set(after.cohorts) == {"shadow"}
    assert after.events[0].contract == {"retail": {"warning_line": 1.6}}
    assert after.events[1].credit_withdrawal is None


def test_changes_take_out_one_mechanism_and_nothing_else() -> None:
    before = load_scenario(CRASH).scenario

    def changed(change: variants.Change) -> dict[str, object]:
        after = load_scenario(CRASH, overrides=change(before)).scenario.model_dump()
        return {key: value for key, value in after.items() if value != before.model_dump()[key]}

    assert set(changed(variants.without_rescue)) == {"events"}
    after = load_scenario(CRASH, overrides=variants.without_rescue(before)).scenario
    assert [event.rescue for event in after.events] == [None] * len(before.events)
    assert [event.news for event in after.events] == [event.news for event in before.events]
    after = load_scenario(CRASH, overrides=variants.without_news(before)).scenario
    assert [event.news for event in after.events] == [None] * len(before.events)
    assert [event.rescue for event in after.events] == [event.rescue for event in before.events]
    assert set(changed(variants.without_limits)) == {"exchange"}
    assert set(changed(variants.without_herding)) == {"impact"}
    assert set(changed(variants.without_unlevered_feedback)) == {"impact", "funds"}
    assert set(changed(variants.without_preemptive_sales)) == {"cohorts"}


def test_shadow_debt_is_swept_down_to_no_shadow_finance() -> None:
    before = load_scenario(CRASH).scenario
    half = load_scenario(CRASH, overrides=variants.shadow_debt(0.5e12)(before)).scenario.cohorts["shadow"]
    assert (half.debt, half.accounts) == (0.5e12, before.cohorts["shadow"].accounts)
    assert "shadow" not in load_scenario(CRASH, overrides=variants.shadow_debt(0)(before)).scenario.cohorts


def test_twice_the_accounts_owe_the_same() -> None:
    before = load_scenario(CRASH).scenario
    after = load_scenario(CRASH, overrides=variants.more_accounts(2)(before)).scenario
    for name, cohort in before.cohorts.items():
        assert (after.cohorts[name].debt, after.cohorts[name].accounts) == (cohort.debt, 2 * (cohort.accounts or 0))


def test_a_scenario_of_another_name_is_its_own_calm_market(tmp_path: Path) -> None:
    path = tmp_path / "fitted.yaml"
    path.write_text("kind: scenario\nname: fitted\nextends: china_2015\nimpact: {depth: 0.2}\n", encoding="utf-8")
    both = pair("fitted", 1, crash=str(path))
    bench = Bench(Plan())
    assert bench.load(both.calm).scenario.events == []
    assert bench.load(both.calm).scenario.impact == bench.load(both.crash).scenario.impact


@pytest.mark.parametrize(("scale", "expected"), [(0.04, 0.04), (0.005, 0.005), (0.0013, 1 / 769), (3.0, 1.0)])
def test_a_scale_is_one_in_a_whole_number(scale: float, expected: float) -> None:
    assert invariance.whole_scale(scale) == expected


# ---- numbers ---------------------------------------------------------------------------------------------------------


def test_medians_at_the_real_numbers_are_all_in_their_bands() -> None:
    medians = pd.Series({part.name: part.real for target in TARGETS for part in target.parts})
    assert scoring.rows_in_band(medians) == (18, 8)
    assert scoring.rows_in_band(medians.drop("response_today")) == (17, 7)
    off = medians.copy()
    off["suspended_0708"] += 1.01 * 0.3 * 1318
    assert scoring.rows_in_band(off) == (17, 7)
    assert scoring.row_distances(off)[13] == pytest.approx(1.01)


def test_a_paired_difference_knows_its_error() -> None:
    a = pd.Series(np.random.default_rng(1).normal(size=40))
    assert intervals.median_difference(a, a + 1) == pytest.approx((1, 0))
    shuffled = a.sample(frac=1, random_state=2).set_axis(a.index)
    difference, error = intervals.median_difference(a, shuffled)
    assert difference == pytest.approx(0)
    assert 0.1 < error < 0.5  # two medians of 40 normal draws: √2 · 1.25/√40 = 0.28
    assert all(math.isnan(number) for number in intervals.median_difference(a, a * np.nan))


def test_intervals_leave_out_what_is_not_known() -> None:
    values = [1.0, 2.0, 3.0, np.nan]
    told = intervals.spread(values)
    assert (told["median"], told["low"], told["high"]) == (2.0, 1.0, 3.0)
    assert all(math.isnan(number) for number in intervals.spread([np.nan]).values())
    mean = intervals.paired_mean(values)
    assert mean["mean"] == 2.0
    assert mean["low"] <= 2.0 <= mean["high"]


def test_a_year_is_told_with_its_extremes(bench: Bench) -> None:
    facts = invariance.year_facts(bench.open(fan.pair_of(bench.plan).calm)).set_index("fact")
    growth = facts.loc["balance, growth a day, first 20 days"]
    assert growth["median"] == pytest.approx(scoring.measured(bench, fan.pair_of(bench.plan))["calm_growth"].median())
    assert (facts["least"] <= facts["median"]).all()
    assert (facts["median"] <= facts["most"]).all()


# ---- tables and page -------------------------------------------------------------------------------------------------


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["a", "b"], "value": [1.25, np.nan]})
    save(Result("step", {"table": table}, {"runs": 3}), tmp_path)
    again = read("step", tmp_path)
    pd.testing.assert_frame_equal(again.tables["table"], table)
    assert again.provenance == {"runs": 3}
    with pytest.raises(NoResultError, match=r"--only other"):
        read("other", tmp_path)


def test_markdown_keeps_its_columns() -> None:
    text = markdown(pd.DataFrame({"P(a | b)": ["x | y"], "n": ["−1.0"], "z": [float("nan")]}))
    assert text.splitlines()[1:] == ["| --- | ---: | ---: |", r"| x \| y | −1.0 | – |"]


@pytest.mark.parametrize(
    ("number", "text"), [(-1.25, "−1.2"), (0.04, "0.0"), (-0.04, "0.0"), (3.0, "+3.0"), (float("nan"), "–")]
)
def test_signs_are_true_signs(number: float, text: str) -> None:
    assert signed(number) == text


def test_an_interval_of_nothing_is_a_dash() -> None:
    assert interval_text(float("nan"), 0, 1) == "–"
    assert interval_text(-1, -2, 3) == "−1.0 [−2.0, +3.0]"


def test_texts_are_put_at_their_places_and_only_there(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{marker('a')}\nold\n{end('a')}\n\nafter \\1\n", encoding="utf-8")
    embed(page, {"a": "| x |\n| \\g<0> |"})
    first = page.read_text(encoding="utf-8")
    assert first == f"before\n\n{marker('a')}\n\n| x |\n| \\g<0> |\n\n{end('a')}\n\nafter \\1\n"
    embed(page, blocks_of(first))
    assert page.read_text(encoding="utf-8") == first
    with pytest.raises(PageError, match="one place for b"):
        embedded(first, {"b": "text"})
    with pytest.raises(PageError, match="one place for a"):
        embedded(first + first, {"a": "text"})


def expected_blocks() -> dict[str, str]:
    expected = {}
    for name, step in STEPS.items():
        try:
            texts = step.blocks(read(name, Plan.results))
        except NoResultError:
            texts = {name: step.ABSENT}
        expected |= {block: text.strip() for block, text in texts.items()}
    return expected


def test_the_page_in_the_repository_shows_the_results_in_the_repository() -> None:
    shown = blocks_of(PAGE.read_text(encoding="utf-8"))
    assert shown == expected_blocks(), "run python -m experiments.china_2015 --draw-only"


def test_pictures_of_the_page_are_there_and_light() -> None:
    pictures = sorted(Plan.pictures.glob("*.png"))
    text = PAGE.read_text(encoding="utf-8")
    assert [path.name for path in pictures if f"images/validation/{path.name}" not in text] == []
    assert [path.name for path in pictures if path.stat().st_size > MOST_BYTES] == []


# ---- what others leave for the page ----------------------------------------------------------------------------------


def profile_text(**changes: object) -> str:
    point = {"value": 0.1, "state": "done", "loss": 1.0, "rise": 0.0, "error": 0.0}
    depth = {"optimum": 0.1, "low": 0.0, "high": 0.4, "pinned": "yes", "interval": [0.05, 0.2], "points": [point]}
    trend = {**depth, "pinned": "no", "interval": [None, None], "points": [{**point, "rise": None, "error": None}]}
    told = {"name": "market", "runs": {"crash": 20}, "loss": 1.0, "criterion": 0.05}
    return json.dumps({**told, "parameters": {"depth": depth, "trend": trend}, **changes})


def test_profiles_are_drawn_from_what_the_calibration_printed(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "profile_market.json").write_text(profile_text(), encoding="utf-8")
    result = profiles.compute(Bench(replace(bench.plan, inputs=tmp_path)))
    with drawing():
        assert list(profiles.draw(result)) == ["profiles_market"]
    text = profiles.blocks(result)["profiles"]
    assert "| market | `depth` | 0.1 | 0.05 to 0.2 | 0 to 0.4 | pinned down |" in text
    assert "| market | `trend` | 0.1 | open to open | 0 to 0.4 | not pinned down |" in text


@pytest.mark.parametrize("text", ["[]", "{", profile_text(parameters={"depth": {}}), profile_text(criterion=None)])
def test_a_file_that_is_no_profile_is_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "profile_bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(profiles.ProfileError, match=r"profile_bad\.json: is no output of pingcang profile"):
        profiles.tables_of(path)


def replay_rows(window: str = "crash", series: str = "financing_balance") -> pd.DataFrame:
    dates = pd.bdate_range("2015-06-12", periods=4).strftime("%Y-%m-%d")
    real = np.array([1.0, 1.1, 1.2, 1.3]) * 1e12
    levels = {"p05": real * 0.9, "median": real * 1.02, "p95": real * 1.1}
    return pd.DataFrame({"window": window, "date": dates, "series": series, "real": real, **levels})


def test_replays_are_drawn_window_by_window(bench: Bench, tmp_path: Path) -> None:
    replay_rows().to_csv(tmp_path / "replay_crash.csv", index=False)
    replay_rows("calm").to_csv(tmp_path / "replay_calm.csv", index=False)
    result = stage_one.compute(Bench(replace(bench.plan, inputs=tmp_path)))
    with drawing():
        (figure,) = stage_one.draw(result).values()
    assert len(figure.axes) == 2
    assert "| crash | financing balance | 4 | 2.0% | 2.0% | 100% |" in stage_one.blocks(result)["replay"]


def test_a_replay_table_that_lacks_a_column_or_has_a_strange_series_is_refused() -> None:
    with pytest.raises(stage_one.ReplayTableError, match=r"a\.csv: the column median is missing"):
        stage_one.checked(replay_rows().drop(columns="median"), "a.csv")
    with pytest.raises(stage_one.ReplayTableError, match=r"a\.csv: no series 'index'"):
        stage_one.checked(replay_rows(series="index"), "a.csv")


# ---- marks and command -----------------------------------------------------------------------------------------------


def test_marks_are_the_dated_events_of_the_scenario() -> None:
    scenario = load_scenario(CRASH).scenario
    marks = marks_of(scenario)
    news = {event.date.isoformat(): event.news.value for event in scenario.events if event.news}
    assert set(marks.down) == {date for date, value in news.items() if value < 0}
    assert set(marks.up) == {date for date, value in news.items() if value > 0}
    bought = sorted(event.date.isoformat() for event in scenario.events if event.rescue)
    assert marks.rescue[0][0] == bought[0]
    assert Marks.read(marks.table()) == marks
    assert Marks.read(Marks((), (), ()).table()) == Marks((), (), ())


def test_steps_keep_their_order_and_unknown_ones_are_refused() -> None:
    assert chosen("shadow, fan") == ["fan", "shadow"]
    with pytest.raises(typer.BadParameter, match="fans: no such step"):
        chosen("fans")


def test_the_command_refuses_an_unknown_step_with_exit_code_2(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["--only", "fans", "--out", str(tmp_path / "out")])
    assert outcome.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_command_tells_what_it_skips_and_where_things_are(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["--only", "score", "--draw-only", "--out", str(tmp_path)])
    assert outcome.exit_code == 0, outcome.output
    assert "score: skipped: " in outcome.output
    assert f"page: {tmp_path / 'validation.md'}" in outcome.output
