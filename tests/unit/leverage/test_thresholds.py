"""The published chain to its last printed digit, its lights, and what a file of thresholds may not say.

Published: 2.1tn / 2.3 % × 4.27 % = 3.9tn; × 0.63 × 1.112 = 2.724tn; × 0.51 × 1.112 = 2.212tn; 2.92 % and 6.38 % of M1.
"""

import math
import os
import shutil
from pathlib import Path
from typing import get_args

import pytest

from pingcang.errors import ScenarioError
from pingcang.leverage.thresholds import LIGHTS, Lines, load_thresholds
from pingcang.leverage.thresholds.chain import RESULTS
from pingcang.leverage.thresholds.rounding import as_printed, once_each, rounded
from pingcang.leverage.thresholds.spec import PrintedStep, ResultName
from pingcang.loaders import read_margin_balances
from pingcang.scenario import files, ready_made

PUBLISHED = {
    "equal_risk_balance": 3.9e12,
    "mpdf_official": 0.63,
    "mpdf_broad": 0.51,
    "irf": 1.112,
    "discounted_official": 2.45e12,
    "discounted_broad": 1.989e12,
    "threshold_official": 2.724e12,
    "threshold_broad": 2.212e12,
    "balance_to_m1_now": 0.0292,
    "balance_to_m1_2015": 0.0638,
}


@pytest.fixture(scope="module")
def published():
    return load_thresholds("china_2025")


def test_the_published_chain_is_reproduced_to_its_last_printed_digit(published):
    assert published.rounding == "printed"
    assert {name: published.results[name] for name in PUBLISHED} == PUBLISHED


def test_without_rounding_both_lines_lie_higher(published):
    assert published.unrounded["equal_risk_balance"] == pytest.approx(2.1e12 / 0.023 * 0.0427, rel=1e-14)
    assert published.unrounded["threshold_official"] == pytest.approx(2.7438e12, abs=5e7)
    assert published.unrounded["threshold_broad"] == pytest.approx(2.2226e12, abs=5e7)
    assert load_thresholds("china_2025", unrounded=True).results == published.unrounded


def test_rounding_each_factor_once_gives_another_official_line_and_the_same_broad_one(published):
    assert published.rounded_once["threshold_official"] == 2.732e12
    assert published.rounded_once["threshold_broad"] == 2.212e12


def test_no_single_rule_for_the_products_gives_both_published_lines():
    """2.457 and 1.989 with the same number of decimals and the same rounding, whichever."""
    both = []
    for digits in range(1, 4):
        for rounding in ("nearest", "down", "up"):
            lines = [rounded(rounded(3.9 * factor, digits, rounding) * 1.112, 3) for factor in (0.63, 0.51)]
            both.append(lines == [2.724, 2.212])
    assert not any(both)


@pytest.mark.skipif(
    "PINGCANG_DATA" not in os.environ, reason="PINGCANG_DATA names no folder with the files of docs/data.md"
)
def test_the_rounding_decides_whether_the_light_changed_in_january_or_in_may(published):
    """Daily totals of the exchanges; docs/thresholds.md tells these days."""
    balances = read_margin_balances(Path(os.environ["PINGCANG_DATA"]) / "margin_market_daily.csv")["financing_balance"]
    lines = [each["threshold_official"] for each in (published.results, published.rounded_once, published.unrounded)]
    passed = [str(balances[balances >= line].index[0].date()) for line in lines]
    assert passed == ["2026-01-28", "2026-05-06", "2026-05-07"]


def test_every_result_can_have_a_printed_step():
    assert tuple(RESULTS) == get_args(ResultName)


def test_every_ready_made_set_loads_under_its_own_name_with_every_source_given():
    names = ready_made("thresholds")
    assert {"china_2025", "china_2026_06"} <= set(names)
    for name in names:
        found = load_thresholds(name)
        assert found.name == name
        assert set(found.results) == set(RESULTS)
        assert all(given.source for given in found.inputs.values())


def test_a_balance_on_a_line_belongs_to_the_band_above(published):
    below = math.nextafter
    for line, under, on in zip(published.lines, LIGHTS, LIGHTS[1:], strict=False):
        assert published.light(below(line, 0)) == under
        assert published.light(line) == on
    assert published.light(0) == "green"
    assert published.light(9e12) == "red"


def test_where_the_balances_of_2025_and_2026_stand(published):
    assert [published.light(each.value) for each in published.spec.balances] == ["green", "amber", "orange"]
    assert load_thresholds("china_2026_06").light(2.99e12) == "amber"


@pytest.mark.parametrize("balance", [-1.0, math.nan, math.inf])
def test_no_balance_has_no_light(published, balance):
    with pytest.raises(ScenarioError, match=r"balance: found .*must be at least 0 CNY"):
        published.light(balance)


def test_lines_may_touch_and_must_not_cross():
    assert Lines(2.0, 2.0, 3.0).in_order()
    assert not Lines(2.1, 2.0, 3.0).in_order()
    with pytest.raises(ScenarioError, match=r"lines out of order: .*check the debts"):
        load_thresholds("china_2025", settings=["then.debt_broad=1.9"])


def test_what_is_set_has_the_command_as_its_source_and_is_not_rounded_as_published():
    found = load_thresholds("china_2025", settings=["now.balance=2.5e12", "elasticity=0.3"])
    given = found.inputs["now.balance"]
    assert (given.point, given.source, given.confidence, given.note) == (2.5e12, "--set now.balance=2.5e12", "set", "")
    assert found.rounding == "unrounded"
    assert found.rounded_once is None
    assert found.results["irf"] == pytest.approx(1.7**0.3)


def test_a_source_that_is_set_with_the_value_is_kept():
    found = load_thresholds("china_2025", settings=["now.m1={value: 7.5e13, source: my bank, confidence: read}"])
    assert (found.inputs["now.m1"].source, found.inputs["now.m1"].confidence) == ("my bank", "read")


def test_settings_beside_the_inputs_leave_the_published_rounding():
    assert load_thresholds("china_2025", settings=["balances.0.value=2.3e12"]).rounding == "printed"


def test_a_float_cap_in_place_of_the_ratio_gives_the_same_balance():
    settings = ["now.float_ratio=", f"now.float_cap={2.1e12 / 0.023!r}"]
    found = load_thresholds("china_2025", settings=settings)
    expected = load_thresholds("china_2025", unrounded=True).results["equal_risk_balance"]
    assert found.results["equal_risk_balance"] == pytest.approx(expected, rel=1e-14)


TEXT = """\
kind: thresholds
name: mine
now:
  date: 2027-01-04
  balance: {value: 3.0e12, source: exchanges, confidence: read}
  float_ratio: {value: 0.027, source: press, confidence: read}
  debt_official: {value: 1.3, source: a, confidence: stated}
  debt_broad: {value: 1.9, source: a, confidence: stated}
  loan_rate: {value: 0.03, source: a, confidence: stated}
  m1: {value: 7.2e13, source: a, confidence: stated}
  m1_m2_growth_gap: {value: -0.02, source: a, confidence: stated}
then:
  date: 2015-06-18
  balance: {value: 2.27e12, source: a, confidence: computed}
  peak_ratio: {value: 0.0427, source: a, confidence: stated}
  debt_official: {value: 0.8, source: a, confidence: stated}
  debt_broad: {value: 0.93, source: a, confidence: stated}
  loan_rate: {value: 0.051, source: a, confidence: stated}
  m1: {value: 3.56e13, source: a, confidence: stated}
elasticity: {value: 0.2, source: a, confidence: assumption}
"""
RATIO = "  float_ratio: {value: 0.027, source: press, confidence: read}\n"
ALPHA = "elasticity: {value: 0.2, source: a, confidence: assumption}"


@pytest.fixture
def written(tmp_path):
    def write(text=TEXT):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_of_ones_own_is_not_rounded(written):
    found = load_thresholds(written())
    assert found.rounding == "unrounded"
    assert found.results is found.unrounded
    assert found.results["threshold_official"] == pytest.approx(3e12 / 0.027 * 0.0427 * 0.8 / 1.3 * 1.7**0.2)
    assert found.inputs["now.m1_m2_growth_gap"].point == -0.02


# each: what is changed in the file, and what must be told, with the line
@pytest.mark.parametrize(("old", "new", "told"), [
    ("elasticity:", "elasticty:", r"mine\.yaml:20: elasticty: unknown key; did you mean elasticity\?"),
    ("  loan_rate: {value: 0.03,", "  laon_rate: {value: 0.03,", r"yaml:9: now\.laon_rate: unknown key; did you mean"),
    ("{value: 0.027,", "{vlaue: 0.027,", r"yaml:6: now\.float_ratio\.vlaue: unknown key; did you mean value\?"),
    ("  m1: {value: 7.2e13, source: a, confidence: stated}\n", "", r"now\.m1: is missing; add it"),
    ("value: 0.027", "value: 0.000000027", r"now\.float_ratio: found 2\.7e-08, which means a float cap above"),
    (RATIO, "", r"now\.float_ratio: is missing; give float_ratio or float_cap"),
    ("source: press, ", "", r"mine\.yaml:6: now\.float_ratio\.source: is missing"),
    ("source: press", "source: ''", r"yaml:6: now\.float_ratio\.source: found '', must be at least 1 character long"),
    ("value: 0.027", "value: 2.7", r"yaml:6: now\.float_ratio\.value: found 2\.7, .*\? 2\.7 % is 0\.027"),
    ("value: 0.0427", "value: 4.27", r"then\.peak_ratio\.value: found 4\.27, .*4\.27 % is 0\.0427"),
    ("value: 1.3,", "value: 126.4,", r"now\.debt_official\.value: found 126\.4, .*126\.4 % is 1\.264"),
    ("value: 0.051", "value: 5.1", r"then\.loan_rate\.value: found 5\.1, .*5\.1 % is 0\.051"),
    ("value: -0.02", "value: -2", r"now\.m1_m2_growth_gap\.value: found -2, .*-2 % is -0\.02"),
    ("value: 3.0e12", "value: -3.0e12", r"now\.balance\.value: found -3e\+12, must be CNY between"),
    ("value: 3.0e12", "value: 3.0", r"now\.balance\.value: found 3, .*2\.1 trillion is 2\.1e12"),
    ("value: 3.0e12", "value: 30000", r"now\.balance\.value: found 30000, must be CNY"),
    ("value: 0.2,", "value: -0.2,", r"elasticity\.value: found -0\.2, must be at least 0"),
    ("value: 0.2,", "value: [0.4, 0.1],", r"mine\.yaml:20: elasticity\.value: found \[0\.4, 0\.1\], a range rises"),
    ("value: 0.2,", "value: [0, 0.5, 0.4],", r"elasticity\.value: found \[0, 0\.5, 0\.4\], a range rises"),
    ("value: 0.2,", "value: [0.2, 0.2],", r"elasticity\.value: found \[0\.2, 0\.2\], a range rises"),
    ("value: 0.2,", "value: [0, 0.1, 0.2, 0.3],", r"found a list of 4, must be a number, \[low, high\]"),
    ("value: 0.2,", "value: much,", r"elasticity\.value: found 'much', must be a finite number"),
    ("value: 0.2,", "value: .inf,", r"elasticity\.value: "),
    (ALPHA, "elasticity: 0.2", r"yaml:20: elasticity: found 0\.2; an input has value, source"),
    ("e: assumption", "e: asumption", r"elasticity\.confidence: found 'asumption', .*mean assumption\?"),
    ("2027-01-04", "January", r"mine\.yaml:4: now\.date: 'January' is not a date"),
    ("kind: thresholds", "kind: scenario", r"kind: found 'scenario', a set of thresholds has kind: thresholds"),
    ("value: 1.9,", "value: 0.8,", r"lines out of order: found threshold, broad .*check the debts"),
    ("value: 0.2,", "value: 5,", r"lines out of order: .*elasticity"),
])  # fmt: skip
def test_a_file_that_is_wrong_is_told_what_and_where(written, old, new, told):
    assert TEXT.count(old) >= 1
    with pytest.raises(ScenarioError, match=told):
        load_thresholds(written(TEXT.replace(old, new, 1)))


def test_a_printed_step_that_does_not_lead_to_the_published_number_is_refused(written):
    step = "printed:\n  - {result: irf, digits: 3, published: 1.113}\n"
    with pytest.raises(ScenarioError, match=r"printed\.0\.published: found 1\.113, .*give 1\.112 for irf; correct"):
        load_thresholds(written(TEXT + step))
    twice = "printed:\n" + 2 * "  - {result: irf, digits: 3, published: 1.112}\n"
    with pytest.raises(ScenarioError, match=r"printed: irf is rounded twice"):
        load_thresholds(written(TEXT + twice))


def test_a_simulated_answer_is_a_balance_or_words(written):
    simulated = "simulated:\n  - {measure: median drawdown, shadow_debt: 0, source: mine}\n"
    with pytest.raises(ScenarioError, match=r"simulated\.0\.balance: is missing; give it, or say in `answer`"):
        load_thresholds(written(TEXT + simulated))


def test_a_name_that_is_none_is_told_the_names():
    with pytest.raises(ScenarioError, match=r"'china_2024' is no ready-made set of thresholds; did you mean china_202"):
        load_thresholds("china_2024")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ScenarioError, match=r"no such file"):
        load_thresholds(tmp_path / "none.yaml")


def test_an_installed_package_brings_the_ready_made_sets(tmp_path, monkeypatch):
    """setup.py copies the folder scenarios/ with all that is in it into the package."""
    installed = tmp_path / "pingcang" / "scenarios"
    shutil.copytree(files.scenarios_folder(), installed)
    monkeypatch.setattr(files, "_INSTALLED", installed)
    monkeypatch.setattr(files, "_CHECKOUT", tmp_path / "nowhere")
    assert load_thresholds("china_2025").results["threshold_official"] == 2.724e12
    setup = (Path(__file__).parents[3] / "setup.py").read_text(encoding="utf-8")
    assert 'SCENARIOS = Path("scenarios")' in setup
    assert "shutil.copytree(SCENARIOS, target" in setup


def test_rounded_once_is_to_the_nearest_however_it_was_published() -> None:
    steps = [PrintedStep(result="irf", digits=2, rounding="up", published=1.12)]
    assert as_printed(steps)("irf", 1.112) == 1.12
    assert once_each(steps)("irf", 1.112) == 1.11
    assert once_each(steps)("mpdf_official", 0.6329) == 0.6329
