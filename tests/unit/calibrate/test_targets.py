import numpy as np
import pytest
import xarray as xr

from fake_fit import write_spec
from pingcang.calibrate import load_spec
from pingcang.calibrate.loss import stacked
from pingcang.calibrate.measures import daily
from pingcang.errors import ScenarioError
from pingcang.validate.daily import daily_2015, real_dataset
from pingcang.validate.targets import TARGETS

SPEC = """\
kind: calibration
name: real
scenarios:
  crash: {scenario: china_2015, set: {scale: 0.0005}, runs: 1, record: [stocks]}
  calm: {scenario: china_2015_calm, set: {scale: 0.0005, calendar.days: 20}, runs: 1, record: [stocks]}
targets: china_2015
parameters:
  trend: {low: 0, high: 0.5, paths: [impact.trend]}
  depth: {low: 0.05, high: 0.3, paths: [impact.depth]}
"""
PATH = """\
paths:
  balance: {scenario: crash, variable: financing_balance, table: china_2015, column: financing_balance,
            start: 2015-06-15, end: 2015-07-08, band: 0.05}
"""


def refused(folder, text):
    with pytest.raises(ScenarioError) as caught:
        load_spec(write_spec(folder, text))
    return "\n".join(caught.value.problems)


def test_the_parts_are_those_of_the_targets_with_their_rows(tmp_path):
    parts = load_spec(write_spec(tmp_path, SPEC)).measures.parts
    told = [(f"row_{t.row}", p.name, p.real, p.band, p.dataset) for t in TARGETS for p in t.parts]
    assert [(part.row, part.name, part.real, part.band, part.label) for part in parts] == told


def test_a_row_that_cannot_be_measured_is_refused_unless_its_weight_is_0(tmp_path):
    text = SPEC.replace("  calm:", "  quiet:").replace("record: [stocks]", "record: []")
    told = refused(tmp_path, text)
    assert "row_11, row_12, row_14, row_15: add record: [stocks] to crash, or give weight 0 to leave out" in told
    assert "row_17: add a scenario labelled calm, or give weight 0" in told
    weights = "weights: {row_11: 0, row_12: 0, row_14: 0, row_15: 0, row_17: 0}\n"
    loaded = load_spec(write_spec(tmp_path, text + weights))
    assert loaded.scorer.rows == [f"row_{n}" for n in (*range(1, 11), 13, 16, 18)]


def test_a_scenario_that_does_not_cover_the_days_is_refused(tmp_path):
    told = refused(tmp_path, SPEC.replace("set: {scale: 0.0005}", "set: {scale: 0.0005, calendar.days: 44}"))
    assert "let crash cover the trading days from 2015-06-12 to 2015-08-17" in told
    assert "let calm run for 20 days" in refused(tmp_path, SPEC.replace("calendar.days: 20", "calendar.days: 19"))


def test_an_unknown_set_is_refused(tmp_path):
    assert "no target set 'china_2051'; did you mean china_2015?" in refused(
        tmp_path, SPEC.replace("targets: china_2015", "targets: china_2051")
    )


def test_the_real_market_meets_its_own_path_and_targets(tmp_path):
    weights = ", ".join(f"row_{n}: 0" for n in (11, 12, 14, 15, 17))
    text = (
        SPEC.replace("record: [stocks]", "record: []").replace("  calm:", "  quiet:")
        + PATH
        + f"weights: {{{weights}}}\n"
    )
    loaded = load_spec(write_spec(tmp_path, text))
    numbers = loaded.measures("crash", real_dataset())
    score = loaded.scorer.score(stacked([numbers]))
    assert score.parts["balance"].value == pytest.approx(0)
    assert score.parts["index_fall"].value == pytest.approx(-0.349, abs=0.002)
    assert score.rows_in_band == len(loaded.scorer.rows)
    assert loaded.measures("calm", real_dataset()) == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("variable: financing_balance", "variable: financing_balanse", "no variable 'financing_balanse'; did you mean"),
        ("column: financing_balance", "column: balance", "no column 'balance'"),
        ("start: 2015-06-15", "start: 2014-06-15", "2015-06-01 is no trading day that crash simulates"),
        ("end: 2015-07-08", "end: 2015-06-14", "has no row from 2015-06-15 to 2015-06-14"),
        ("table: china_2015", "table: zero.csv", "zero.csv:2: financing_balance: found '0', must be a number above 0"),
        ("scenario: crash, v", "scenario: crush, v", "no scenario 'crush'; did you mean crash?"),
        ("table: china_2015", "table: none.csv", "none.csv: no such file"),
        ("table: china_2015", "table: mine.csv", "mine.csv:4: 2015-06-16 stands twice"),
        ("table: china_2015", "table: gap.csv", "gap.csv: the row of 2015-06-16 is missing"),
        (
            "table: china_2015",
            "table: text.csv",
            "text.csv:2: financing_balance: found 'n/a', must be a number above 0",
        ),
        ("table: china_2015", "table: day.csv", "day.csv:2: found '15.6.2015', a date is written as 2015-06-12"),
    ],
)
def test_a_path_that_cannot_be_measured_is_refused(tmp_path, old, new, message):
    head = "date,financing_balance\n"
    (tmp_path / "mine.csv").write_text(head + "2015-06-15,1\n2015-06-16,2\n2015-06-16,3\n")
    (tmp_path / "zero.csv").write_text(head + "2015-06-15,0\n")
    (tmp_path / "gap.csv").write_text(head + "2015-06-15,1\n2015-06-17,2\n")
    (tmp_path / "text.csv").write_text(head + "2015-06-15,n/a\n")
    (tmp_path / "day.csv").write_text(head + "15.6.2015,1\n")
    assert message in refused(tmp_path, (SPEC.replace("targets: china_2015\n", "") + PATH).replace(old, new))


def test_a_column_of_a_file_counts_in_its_unit(tmp_path):
    table = daily_2015()["financing_balance"].loc["2015-06-15":"2015-06-18"]
    rows = "".join(f"{day.date()}, {value / 1e8}\n" for day, value in table.items())
    (tmp_path / "mine.csv").write_text(f"# source: made up\ndate, balance\n\n{rows}2015-06-19,\n")
    path = PATH.replace("table: china_2015, column: financing_balance", "table: mine.csv, column: balance, unit: 1e8")
    (part,) = load_spec(write_spec(tmp_path, SPEC.replace("targets: china_2015\n", "") + path)).measures.parts
    assert part.days == ("2015-06-15", "2015-06-16", "2015-06-17", "2015-06-18")
    assert np.allclose(part.series, table)


def test_the_maintenance_ratio_of_a_path_is_that_of_all_brokers_accounts():
    ratio = np.array([[[2.0, 3.0, 1.1], [2.0, np.nan, 1.1], [np.nan, np.nan, 1.1]]])
    equity = np.array([[[100.0, 400.0, 9.0], [100.0, 50.0, 9.0], [10.0, 10.0, 9.0]]])
    dimensions = ("run", "day", "cohort")
    dataset = xr.Dataset(
        {"maintenance_ratio": (dimensions, ratio), "investor_equity": (dimensions, equity)},
        {"cohort": ["retail", "institution", "shadow"]},
        {"official_cohorts": '["retail", "institution"]'},
    )
    found = daily(dataset, "maintenance_ratio")
    # assets 200 + 600 over debt 100 + 200; then retail alone; then nobody owes anything
    np.testing.assert_allclose(found.values, [[800 / 300, 2.0, np.nan]])
