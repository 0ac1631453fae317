import pytest

from fake_fit import SPEC, FakeMeasures, write_spec
from pingcang.calibrate import load_spec
from pingcang.errors import ScenarioError


def load(folder, text=SPEC, **replaced):
    return load_spec(write_spec(folder, text, **replaced), measures=FakeMeasures())


def problems(folder, text=SPEC, **replaced):
    with pytest.raises(ScenarioError) as caught:
        load(folder, text, **replaced)
    return [problem.partition("fit.yaml:")[2] for problem in caught.value.problems]


def test_a_calibration_is_loaded_with_its_scenarios_and_space(tmp_path):
    loaded = load(tmp_path)
    assert loaded.space.start == {"depth": 0.13, "trend": 0.5}
    assert loaded.bases["crash"].loaded.scenario.calendar.days == 5
    assert loaded.bases["crash"].whole.scenario.calendar.days == 6
    assert loaded.scorer.rows == ["row_depth", "row_trend"]
    assert loaded.fixed_news == 1


def test_the_start_is_the_scenario_s_own_value_unless_given(tmp_path):
    loaded = load(tmp_path, **{"start: 0.13, ": ""})
    assert loaded.space.axis("depth").start == 0.13


def test_a_scenario_file_stands_in_the_folder_of_the_calibration(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: one_account\nname: mine\nimpact: {depth: 0.2}\n")
    loaded = load(tmp_path, **{"scenario: one_account": "scenario: mine.yaml", "start: 0.13, ": ""})
    assert loaded.space.axis("depth").start == 0.2


def test_the_hash_is_of_all_but_trials_and_description(tmp_path):
    plain = load(tmp_path).hash
    assert load(tmp_path, **{"trials: 40": "trials: 50\ndescription: better"}).hash == plain
    assert load(tmp_path, **{"seed: 1": "seed: 2"}).hash != plain


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name: made_up", "nmae: made_up", 2, "nmae: unknown key; did you mean name?"),
        ("kind: calibration", "kind: scenario", 1, "kind: found 'scenario'; a calibration has kind: calibration"),
        ("kind: cmaes", "kind: cmeas", 9, "did you mean cmaes?"),
        ("population: 6", "batch: 6", 9, "the sampler cmaes has no such option; it knows population, sigma"),
        ("low: 0.05", "low: 0.9", 7, "parameters.depth.low: 0.9 is not below high 0.8"),
        ("low: 0.05", "low: -1", 7, "parameters.depth.low: -1, must be above 0 on a log scale"),
        ("start: 0.13", "start: 0.9", 7, "parameters.depth.start: 0.9 is not between low 0.05 and high 0.8"),
        (
            "[impact.depth]",
            "[impact.dpeth]",
            7,
            "no number stands at impact.dpeth in crash; did you mean impact.depth?",
        ),
        ("[impact.depth]", "[name]", 7, "no number stands at name in crash"),
        ("[impact.depth]", "[impact.trend]", 8, "impact.trend is set by depth and trend in crash; keep one of them"),
        ("[impact.depth]", "[events.0.news.value]", 7, "lies in a dated event, and is a news number; write news: true"),
        (
            "[impact.depth]",
            "[{path: impact.depth, formula: depth * trnd}]",
            7,
            "no parameter 'trnd'; did you mean trend?",
        ),
        (
            "[impact.depth]",
            "[{path: impact.depth, formula: depth, scenarios: [crush]}]",
            7,
            "no scenario 'crush'; did you mean crash?",
        ),
        ("[impact.depth]", "[{path: impact.depth, formula: depth +}]", 7, "is no arithmetic"),
        ("[impact.depth]", "[impact.depth], scenarios: [crush]", 7, "no scenario 'crush'; did you mean crash?"),
        ("high: 0.6", "high: 70", 8, "parameters.trend.high: crash refuses it: "),
        ("start: 0.5", "start: 0.5, step: 0.2", 8, "0.5 is no whole number of steps above low; the nearest is 0.4"),
        ("scenario: one_account", "scenario: one_acount", 4, "did you mean one_account?"),
        ("calendar.days: 5", "calendar.dyas: 5", 4, "unknown key; did you mean days?"),
        ("targets: fake", "targets: fake\nweights: {row_dpeth: 2}", 6, "no row 'row_dpeth'; did you mean row_depth?"),
        ("targets: fake", "targets: fake\nweights: {row_depth: 0, row_trend: 0}", 6, "every weight is 0"),
        ("trials: 40", "constraints: [impact.trend]", 10, "compares nothing"),
        ("trials: 40", "constraints: [impact.trnd < 1]", 10, "no parameter or path 'impact.trnd'; did you mean"),
        ("trials: 40", "constraints: [trend < 0.4]", 10, "'trend < 0.4' does not hold at the start; move the start"),
        ("trials: 40", "trials: 0", 10, "trials: found 0, must be at least 1"),
        ("runs: 2", "runs: 0", 4, "scenarios.crash.runs: found 0, must be at least 1"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(tmp_path, old, new, line, message):
    (told, *_) = problems(tmp_path, **{old: new})
    assert told.startswith(f"{line}: ") and message in told


def test_several_mistakes_are_told_at_once(tmp_path):
    assert len(problems(tmp_path, **{"impact.depth": "impact.dpeth", "impact.trend": "impact.trnd"})) == 2


def test_a_file_that_is_no_mapping_or_not_there_is_refused(tmp_path):
    assert "a calibration is keys with values" in problems(tmp_path, "[1, 2]")[0]
    with pytest.raises(ScenarioError, match="no such file"):
        load_spec(tmp_path / "none.yaml")


NEWS = SPEC.replace(
    "  trend:", "  shock: {low: -0.3, high: 0.1, start: -0.2, paths: [events.0.news.value], news: true}\n  trend:"
)


def test_news_numbers_are_counted_and_refused_beyond_their_limit(tmp_path):
    loaded = load(tmp_path, NEWS + "news_numbers: 1\n")
    assert (loaded.news, loaded.fixed_news) == (["shock"], 0)
    (told,) = problems(tmp_path, NEWS + "news_numbers: 0\n")
    assert "found 1 parameters with news: true (shock), at most 0 are allowed" in told


TWO = SPEC.replace("targets: fake", "  calm: {scenario: one_account, set: {events: []}}\ntargets: fake")


def test_a_path_that_one_scenario_lacks_belongs_to_the_other_alone(tmp_path):
    text = TWO.replace("[impact.depth]", "[events.0.news.value], news: true").replace(
        "low: 0.05, high: 0.8, start: 0.13, scale: log", "low: -0.3, high: 0"
    )
    (told,) = problems(tmp_path, text)
    assert "if it belongs to crash alone, write scenarios: [crash]" in told
    loaded = load(tmp_path, text.replace("news: true", "news: true, scenarios: [crash]"))
    assert "events.0.news.value" not in loaded.space.overrides("calm", loaded.space.start)


def test_a_formula_may_hold_in_some_scenarios_only(tmp_path):
    other = "targets: fake"
    text = SPEC.replace(other, f"  calm: {{scenario: one_account, runs: 1}}\n{other}")
    formulas = "{path: impact.depth, formula: 1 * depth, scenarios: [crash]}, "
    formulas += "{path: impact.depth, formula: 0.5 * depth, scenarios: [calm]}"
    space = load(tmp_path, text, **{"[impact.depth]": f"[{formulas}]"}).space
    found = {label: space.overrides(label, space.start)["impact.depth"] for label in ("crash", "calm")}
    assert found == {"crash": 0.13, "calm": 0.065}


def test_constraints_see_parameters_and_fixed_paths_of_every_scenario(tmp_path):
    text = TWO + "constraints: ['impact.trend / (1 - impact.herding_down) < 0.6', 'events.0.news.value * trend < 1']\n"
    loaded = load(tmp_path, text)
    herding = loaded.bases["crash"].numbers["impact.herding_down"]
    expected = max(0.0, 0.59 / (1 - herding) - 0.6)
    assert loaded.violation({"depth": 0.1, "trend": 0.59}) == pytest.approx(expected)
    assert loaded.violation(loaded.space.start) == 0


def test_a_fit_needs_something_to_be_held_against(tmp_path):
    path = write_spec(tmp_path, **{"targets: fake\n": ""})
    with pytest.raises(ScenarioError, match="neither targets nor paths are given"):
        load_spec(path)


def test_cmaes_is_refused_for_one_parameter(tmp_path):
    text = SPEC.replace("  trend: {low: 0, high: 0.6, start: 0.5, paths: [impact.trend]}\n", "")
    assert "cmaes needs two parameters" in problems(tmp_path, text)[0]
