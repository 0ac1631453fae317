import pytest

from pingcang.errors import ScenarioError
from pingcang.study.sensitivity_spec import load_spec

SPEC = """kind: sensitivity
name: small
scenario: one_account
set: {calendar.days: 3}
parameters:
  depth: {low: 0.05, high: 0.5, scale: log, paths: [impact.depth]}
  line: {low: 1.2, high: 1.3, step: 0.0001, paths: [rules.close_out_line]}
outputs: [mean(drawdown), "p(drawdown>0.1)"]
"""


@pytest.fixture
def load(tmp_path):
    def loaded(*changes):
        text = SPEC
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "spec.yaml"
        file.write_text(text, encoding="utf-8")
        return load_spec(file)

    return loaded


def test_a_spec_is_loaded_with_its_scenario_and_axes(load):
    found = load()
    assert found.loaded.scenario.calendar.days == 3
    assert [(axis.name, axis.log, axis.step) for axis in found.axes] == [("depth", True, None), ("line", False, 0.0001)]
    assert [str(each) for each in found.outputs] == ["mean(drawdown)", "p(drawdown>0.1)"]


def test_a_relative_scenario_starts_from_the_folder_of_the_spec(load, tmp_path):
    (tmp_path / "own.yaml").write_text("extends: one_account\nkind: scenario\nname: own\n", encoding="utf-8")
    assert load(("scenario: one_account", "scenario: own.yaml")).loaded.scenario.name == "own"


def test_the_scale_that_is_asked_for_wins_over_that_of_the_spec(tmp_path):
    file = tmp_path / "spec.yaml"
    text = SPEC.replace("one_account", "china_2015").replace("{calendar.days", "{scale: 0.01, calendar.days")
    file.write_text(text, encoding="utf-8")
    assert load_spec(file).loaded.scenario.scale == 0.01
    assert load_spec(file, scale=0.001).loaded.scenario.scale == 0.001


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: sensitivity", "kind: calibration", r"spec\.yaml:1: kind: found 'calibration'; a sensitivity file"),
        ("kind: sensitivity", "title: x", "a sensitivity file has kind: sensitivity"),
        ("impact.depth", "impact.dept", r"spec\.yaml:6: parameters\.depth\.low: at 0\.05: .*impact\.dept"),
        ("high: 1.3, step: 0.0001", "high: 1.3", "basis points"),
        ("low: 0.05, high: 0.5", "low: 0.5, high: 0.05", "low: 0.5 is not below high 0.05"),
        ("low: 0.05", "low: -0.05", "must be above 0 on a log scale"),
        ("mean(drawdown)", "mean(drawdwn)", "did you mean drawdown"),
        ("mean(drawdown)", "drawdown", "is no statistic"),
        ("rules.close_out_line", "impact.depth", "impact.depth is set by depth and line, 2 times"),
        ("scenario: one_account", "scenario: one_acount", "did you mean one_account"),
        ("set:", "sobol: {samples: 100}\nset:", r"sobol\.samples: .*power of two, as 64"),
        ("set:", "morris: {levels: 5}\nset:", r"morris\.levels: .*must be even"),
        ("set:", "sett:", "sett"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(load, old, new, message):
    with pytest.raises(ScenarioError, match=message):
        load((old, new))
