import functools
import json

import numpy as np
import pytest

import pingcang.study.arms
from pingcang.errors import ScenarioError
from pingcang.montecarlo.runner import run_many
from pingcang.study.arms import Bench
from pingcang.study.effects import lattice
from pingcang.study.factorial import factorial
from pingcang.study.factorial_spec import load_factorial, overrides_of
from pingcang.study.fractions import fraction
from unit.study.made import MovedMarket, arm

SPEC = """\
kind: factorial
name: two_lines
scenario: two_accounts_one_stock
set: {impact.depth: 0.4}
runs: 2
factors:
  line: {high: {rules.close_out_line: 1.2}}
  depth: {low: {impact.trend: 0.0}, high: {impact.trend: 0.2}}
"""
WORTH = (0.05, -0.02, 0.03)


def written(folder, text=SPEC):
    (folder / "spec.yaml").write_text(text)
    return folder / "spec.yaml"


@pytest.fixture
def bench(monkeypatch, tmp_path):
    def made(market=MovedMarket()):  # noqa: B008  it is frozen
        monkeypatch.setattr(pingcang.study.arms, "run_many", functools.partial(run_many, simulate=market))
        return Bench(tmp_path / "arms", seed=3, threads=1)

    return made


def cells(worth=WORTH, runs=4, chosen=None):
    """Arms whose index falls by what their factors are worth together."""
    chosen = chosen or lattice(len(worth))
    shifts = {cell: round(sum(w * level for w, level in zip(worth, cell, strict=True)), 6) for cell in chosen}
    return {cell: arm(shift, runs) for cell, shift in shifts.items()}


def test_effects_and_shares_of_a_made_up_market_are_what_was_put_in(bench):
    found = factorial(cells(), bench(), ("a", "b", "c"))
    effects, parts = found.effects("drawdown"), found.shapley("drawdown")
    for name, worth in zip("abc", WORTH, strict=True):
        assert effects[name,].value == pytest.approx(worth)
        assert parts.parts[name].value == pytest.approx(worth)
        assert (effects[name,].low, effects[name,].high) == pytest.approx((worth, worth))
        assert parts.shares[name].value == pytest.approx(worth / sum(WORTH))
    assert effects["a", "b"].value == pytest.approx(0, abs=1e-12)
    assert found.cells("drawdown")[0, 0, 0].value == pytest.approx(found.values["drawdown"][0, 0, 0].mean())


def test_a_probability_has_effects_too(bench):
    found = factorial(cells((0.2, 0.0001)), bench(), ("a", "b"), threshold=0.5)
    assert found.effects("p_drawdown_over_50")["a",].value == 1.0
    assert found.shapley("p_drawdown_over_50").parts["b"].value == 0.0


def test_runs_that_failed_in_one_cell_are_left_out_of_all_and_named(bench):
    market = MovedMarket(fail=(("0.05", 1),))
    found = factorial(cells(), bench(market), ("a", "b", "c"))
    assert found.runs.tolist() == [0, 2, 3]
    assert found.failed_runs[1, 0, 0] == (1,)
    assert found.to_dict()["failed_runs"] == {"shift 0.05": [1]}


def test_a_fraction_tells_pairs_with_their_aliases_and_no_shares(bench):
    chosen = fraction(4, "IV")
    found = factorial(cells((0.05, -0.02, 0.03, 0.01), chosen=chosen), bench(), ("a", "b", "c", "d"))
    assert not found.full and found.shapley("drawdown") is None
    assert found.effects("drawdown")["a",].value == pytest.approx(0.05)
    assert found.aliases["a", "b"] == [("c", "d")]
    told = found.to_dict()
    assert told["resolution"] == 4 and told["metrics"]["drawdown"]["shapley"] is None
    pair = next(each for each in told["metrics"]["drawdown"]["effects"] if each["factors"] == ["a", "b"])
    assert pair["aliases"] == [["c", "d"]]


def test_table_and_object_tell_the_same(bench):
    found = factorial(cells(), bench(), ("a", "b", "c"))
    told, table = found.to_dict(), found.table
    json.dumps(told, allow_nan=False)
    here = table[table["metric"] == "drawdown"].set_index(["what", "of"])["value"]
    drawdown = told["metrics"]["drawdown"]
    assert here["effect", "a:b"] == drawdown["effects"][3]["value"]
    assert here["cell", "100"] == drawdown["cells"][4]["value"]
    assert here["total", ""] == drawdown["shapley"]["total"]["value"]
    assert here["part"].sum() == pytest.approx(here["total", ""])
    assert here["share"].sum() == pytest.approx(1)


def test_names_are_letters_unless_they_are_given(bench):
    assert factorial(cells((0.1,)), bench()).names == ("A",)
    with pytest.raises(ValueError, match="1 names"):
        factorial(cells(), bench(), ("a",))


def test_a_file_gives_every_cell_its_scenario(tmp_path):
    loaded = load_factorial(written(tmp_path))
    assert loaded.names == ("line", "depth") and sorted(loaded.arms) == lattice(2)
    corner = loaded.arms[1, 1].loaded.scenario
    assert (corner.rules.close_out_line, corner.impact.trend, corner.impact.depth) == (1.2, 0.2, 0.4)
    assert loaded.arms[0, 1].loaded.scenario.rules.close_out_line == 1.3
    assert loaded.arms[0, 1].label == "line=0, depth=1" and loaded.arms[0, 1].runs == 2


def test_runs_and_scale_of_the_command_win_over_the_file(tmp_path):
    text = SPEC.replace("two_accounts_one_stock", "china_2015").replace("set: {", "set: {scale: 0.01, ")
    loaded = load_factorial(written(tmp_path, text), runs=7, scale=0.001)
    assert {arm.runs for arm in loaded.arms.values()} == {7}
    assert {arm.loaded.scenario.scale for arm in loaded.arms.values()} == {0.001}


def test_a_scenario_beside_the_file_is_found_from_there(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.yaml").write_text("extends: two_accounts_one_stock\nname: mine\n")
    spec = written(tmp_path / "deep", SPEC.replace("scenario: two_accounts_one_stock", "scenario: mine.yaml"))
    monkeypatch.chdir(tmp_path)
    assert load_factorial(spec).arms[0, 0].loaded.scenario.name == "mine"


def test_a_real_factorial_runs_from_its_file(tmp_path):
    loaded = load_factorial(written(tmp_path))
    found = factorial(loaded.arms, Bench(tmp_path / "arms", threads=1), loaded.names)
    assert found.effects("forced_sales")["line",].value < 0
    parts = found.shapley("drawdown")
    total = sum(part.value for part in parts.parts.values())
    assert total == pytest.approx(parts.total.value, abs=1e-12)
    corners = [found.values["drawdown"][cell].mean() for cell in ((1, 1), (0, 0))]
    assert parts.total.value == pytest.approx(corners[0] - corners[1], abs=1e-12)


def test_overrides_of_a_cell_are_those_of_its_levels(tmp_path):
    factors = load_factorial(written(tmp_path)).spec.factors
    assert overrides_of(factors, (1, 0)) == {"rules.close_out_line": 1.2, "impact.trend": 0.0}


FACTORS = "factors:\n" + "".join(f"  f{i}: {{high: {{impact.depth: 0.{i}}}}}\n" for i in range(1, 7))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", r"spec.yaml:1: a factorial file is keys with values"),
        ("name: x\n", r"spec.yaml:1: kind: is missing; a factorial file has kind: factorial"),
        (SPEC.replace("kind: factorial", "kind: scenario"), r"spec.yaml:1: kind: found 'scenario'"),
        (SPEC.replace("runs: 2", "runz: 2"), r"spec.yaml:5: runz: unknown key; did you mean runs\?"),
        (SPEC.replace("runs: 2", "runs: 0"), r"spec.yaml:5: runs: found 0, must be at least 1"),
        (SPEC.replace("runs: 2", "drawdown: 1.5"), r"spec.yaml:5: drawdown: found 1.5, must be below 1"),
        (
            SPEC.replace("runs: 2", "resolution: VII"),
            r"spec.yaml:5: resolution: found 'VII', must be 'full', 'IV' or 'V'",
        ),
        (SPEC.replace("runs: 2", "resolution: V"), r"spec.yaml:5: resolution: V is known for 5 to 10 factors, found 2"),
        (
            SPEC.replace("high: {rules", "hihg: {rules"),
            r"spec.yaml:7: factors.line.hihg: unknown key; did you mean high",
        ),
        (
            SPEC.replace("{high: {rules.close_out_line: 1.2}}", "{}"),
            r"spec.yaml:7: factors.line.high: sets the same as low; a factor has two levels that differ",
        ),
        (
            SPEC.replace("close_out_line: 1.2", "close_out_line: 1.3"),
            r"spec.yaml:7: factors.line: low and high give the same scenario; a factor must change something",
        ),
        (
            SPEC.replace("close_out_line: 1.2", "close_out_lin: 1.2"),
            r"spec.yaml:7: factors.line.high: override rules.close_out_lin: .*did you mean close_out_line",
        ),
        (
            SPEC.replace("impact.trend: 0.0", "rules.close_out_line: 1.25"),
            r"spec.yaml:8: factors.depth: sets rules.close_out_line, and line sets rules.close_out_line; two factors",
        ),
        (
            SPEC.replace("impact.trend: 0.0", "rules: cn_2015"),
            r"spec.yaml:8: factors.depth: sets rules, and line sets rules.close_out_line; two factors cannot",
        ),
        (SPEC.replace("two_accounts", "three_accounts"), r"spec.yaml:3: scenario: .*no ready-made scenario"),
        (SPEC.replace("impact.depth: 0.4", "impact.dept: 0.4"), r"spec.yaml:3: scenario: .*did you mean depth"),
        (
            SPEC[: SPEC.index("factors")] + FACTORS,
            r"resolution: full with 6 factors is 64 cells; write V or IV, or drop factors",
        ),
        (SPEC[: SPEC.index("factors")] + "factors: {}\n", r"factors: found an empty mapping, must be at least 1 long"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line_and_path(tmp_path, text, message):
    with pytest.raises(ScenarioError, match=message):
        load_factorial(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioError, match=r"none.yaml: no such file"):
        load_factorial(tmp_path / "none.yaml")


def test_cells_that_only_together_are_refused_name_the_cell(tmp_path):
    text = """\
kind: factorial
name: clash
scenario: one_account
factors:
  line: {high: {rules.close_out_line: 1.45}}
  call: {high: {rules.warning_line: 1.4}}
"""
    with pytest.raises(ScenarioError, match=r"cell line=1, call=1: .*1.45 is above warning_line 1.4"):
        load_factorial(written(tmp_path, text))


def test_the_shapley_part_is_what_the_odd_effects_share_out(bench):
    """phi_i = sum over odd S with i of effect(S) / |S|: two formulas, two code paths, one number."""
    random = np.random.default_rng(8)
    shifts = {cell: arm(round(float(random.uniform(0.01, 0.2)), 6), 4) for cell in lattice(3)}
    found = factorial(shifts, bench(), ("a", "b", "c"))
    effects, parts = found.effects("drawdown"), found.shapley("drawdown").parts
    for name in "abc":
        odd = [e.value / len(term) for term, e in effects.items() if name in term and len(term) % 2]
        assert parts[name].value == pytest.approx(sum(odd))
