import pytest
import yaml

from fake_fit import SPEC, FakeMeasures, FakeModel, write_spec
from pingcang.calibrate import evaluate, load_spec, parameters_of, write_all, write_fitted
from pingcang.calibrate.loaded import with_values
from pingcang.errors import ScenarioError, StorageError
from pingcang.scenario import load_scenario

RICH = """\
kind: calibration
name: rich
scenarios:
  crash: {scenario: base.yaml, set: {scale: 1, calendar.days: 4}}
  calm: {scenario: one_account, set: {events: []}, runs: 1}
targets: fake
parameters:
  noise: {low: 0.01, high: 0.2, start: 0.05, paths: [impact.noise_bids]}
  hazard: {low: 0.1, high: 0.9, start: 0.4, scale: log, scenarios: [crash],
           paths: [cohorts.retail.behaviour.preemptive_hazard.0.1]}
  ratio: {low: 0.1, high: 0.9, start: 0.5, scenarios: [crash],
          paths: [{path: cohorts.retail.behaviour.preemptive_hazard.1.1, formula: ratio * hazard}]}
  shock: {low: -0.4, high: 0, start: -0.25, news: true, scenarios: [crash], paths: [events.0.news.value]}
  window: {low: 0, high: 5, start: 2, step: 1, paths: [rules.call_window]}
"""
BASE = """\
extends: one_account
name: base
cohorts: {retail: {behaviour: {preemptive_hazard: [[0, 0.4], [2, 0.2], [6, 0]]}}}
events:
  - date: 2015-01-06
    note: "Bad news: it falls."
    news: {value: -0.25}
  - {date: 2015-01-08, impact: {noise_bids: 0.1}, rules: {call_window: 3}}
"""
PARAMS = {"noise": 0.07, "hazard": 0.3, "ratio": 0.4, "shock": -0.2, "window": 4.0}


@pytest.fixture
def loaded(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    return load_spec(write_spec(tmp_path, RICH), measures=FakeMeasures())


@pytest.fixture
def fit(loaded):
    return evaluate(loaded, PARAMS, simulate=FakeModel())


def test_the_fitted_scenario_loads_and_is_the_base_with_the_values(loaded, fit, tmp_path):
    written = write_fitted(loaded, fit, tmp_path / "out" / "fitted.yaml", trials=9)
    again = load_scenario(written.path)
    wanted = with_values(loaded.bases["crash"].whole, loaded.space.overrides("crash", PARAMS)).scenario
    assert again.scenario == wanted.model_copy(update={"name": "rich"})
    assert again.hash == written.hash
    assert again.scenario.calendar.days == 6, "what `set` says is no part of it"
    assert again.scenario.cohorts["retail"].behaviour.preemptive_hazard[1] == (2.0, 0.12)
    assert again.scenario.rules.call_window == 4
    assert [event.news.value for event in again.scenario.events if event.news] == [-0.2]


def test_data_files_of_the_base_are_found_from_any_folder(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE + "securities: {csv: stocks.csv, stocks: null}\n")
    loaded = load_spec(write_spec(tmp_path, RICH), measures=FakeMeasures())
    fit = evaluate(loaded, PARAMS, simulate=FakeModel())
    for place in (tmp_path / "beside.yaml", tmp_path / "out" / "fitted.yaml"):
        again = load_scenario(write_fitted(loaded, fit, place).path)
        assert (again.base_folder / again.scenario.securities.csv).resolve() == (tmp_path / "stocks.csv").resolve()


def test_only_what_was_fitted_is_written_with_bounds_and_events_that_give_way(loaded, fit, tmp_path):
    text = write_fitted(loaded, fit, tmp_path / "fitted.yaml").path.read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    assert set(told) == {"extends", "name", "impact", "rules", "cohorts", "events"}
    assert told["extends"] == "base.yaml"
    assert told["impact"] == {"noise_bids": 0.07}
    assert "impact" not in told["events"][1] and "rules" not in told["events"][1]
    assert "noise_bids: 0.07  # fitted: rich, noise in [0.01, 0.2]; loss " in text
    assert "0.1: fitted: rich, hazard in [0.1, 0.9]; loss " in text
    assert "1.1: fitted: rich, ratio * hazard (ratio) in [0.1, 0.9]; loss " in text
    assert "value: -0.2  # fitted: rich, shock in [-0.4, 0]; loss " in text


def test_the_header_says_where_the_numbers_come_from(loaded, fit, tmp_path):
    text = write_fitted(loaded, fit, tmp_path / "f.yaml", trials=9, command="pingcang calibrate x").path.read_text()
    header = [line for line in text.splitlines() if line.startswith("#")]
    assert "rich, trial 0 of 9." in header[0]
    assert "loss " in header[1] and "of 2 rows in their bands" in header[1]
    assert "# runs of a trial: crash 4, calm 1, seed 0; sampler cmaes, seed 0" in header
    assert "# news numbers: 1 fitted, 0 given in the scenarios" in header
    assert f"# calibration: fit.yaml, SHA-256 {loaded.hash}" in header
    assert f"# base scenario (crash): base, SHA-256 {loaded.bases['crash'].whole.hash}" in header
    assert "# command: pingcang calibrate x" in header


def test_every_label_has_its_file(loaded, fit, tmp_path):
    first, second = write_all(loaded, fit, tmp_path / "fitted.yaml")
    assert (first.label, second.label) == ("crash", "calm")
    assert second.path.name == "fitted_calm.yaml"
    calm = load_scenario(second.path).scenario
    assert (calm.name, calm.impact.noise_bids, calm.rules.call_window) == ("rich_calm", 0.07, 4)
    assert second.path.read_text().count("extends: one_account\n") == 1


def test_the_parameters_are_read_back_from_a_fitted_scenario(loaded, fit, tmp_path):
    path = write_fitted(loaded, fit, tmp_path / "fitted.yaml").path
    assert parameters_of(loaded, path) == PARAMS


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("# parameter ratio = 0.4\n", "", "does not tell the parameter ratio"),
        (
            "# parameter ratio = 0.4",
            "# parameter ratio = 0.5",
            "preemptive_hazard.1.1 is 0.12, the parameters give 0.15",
        ),
        ("noise_bids: 0.07", "noise_bids: 0.3", r"noise is 0.3, outside \[0.01, 0.2\]"),
    ],
)
def test_a_scenario_that_is_no_point_of_the_space_is_refused(loaded, fit, tmp_path, old, new, told):
    path = write_fitted(loaded, fit, tmp_path / "fitted.yaml").path
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ScenarioError, match=told):
        parameters_of(loaded, path)


def test_a_place_that_cannot_be_written_is_told(loaded, fit, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        write_fitted(loaded, fit, tmp_path / "file" / "fitted.yaml")


def test_a_path_can_be_fitted_that_the_file_leaves_to_its_default(tmp_path):
    loaded = load_spec(write_spec(tmp_path, SPEC), measures=FakeMeasures())
    best = evaluate(loaded, {"trend": 0.25}, simulate=FakeModel())
    assert load_scenario(write_fitted(loaded, best, tmp_path / "f.yaml").path).scenario.impact.trend == 0.25
