"""`pingcang thresholds`: the JSON that other programs read, the tables, the picture, and what is refused."""

import csv
import io
import json

import matplotlib.image
import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.leverage.thresholds import load_thresholds
from pingcang.leverage.thresholds.figure import plot_thresholds
from pingcang.leverage.thresholds.uncertainty import uncertainty
from pingcang.results.plot import save_figure

CONTRACT = {
    "equal_risk_balance": 3.9e12,
    "mpdf_official": 0.63,
    "mpdf_broad": 0.51,
    "irf": 1.112,
    "threshold_official": 2.724e12,
    "threshold_broad": 2.212e12,
    "balance_to_m1_now": 0.0292,
    "balance_to_m1_2015": 0.0638,
    "light": "green",
}


def invoke(*words):
    return CliRunner().invoke(app, ["thresholds", *words])


def told(*words):
    outcome = invoke(*words, "--json", "--draws", "200")
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def test_json_has_the_keys_that_scripts_rely_on_as_plain_numbers():
    found = told()
    assert {key: found[key] for key in CONTRACT} == CONTRACT
    assert list(found)[: len(CONTRACT)] == list(CONTRACT)


def test_json_carries_what_leads_to_the_numbers():
    found = told("--balance", "2.5e12")
    assert found["unrounded"]["threshold_official"] == pytest.approx(2.7438e12, abs=5e7)
    assert found["rounded_once"]["threshold_official"] == 2.732e12
    steps = {step["result"]: step for step in found["printed"]}
    assert steps["discounted_official"]["published"] == 2.45e12
    assert steps["discounted_official"]["rounding"] == "down"
    assert found["inputs"]["now.float_ratio"]["low"] == 0.0229
    assert found["balances"][-1]["value"] == 2.5e12
    assert [each["light"] for each in found["balances"]] == ["green", "green", "amber", "orange", "amber"]
    interval = found["uncertainty"]["intervals"]["threshold_official"]
    assert interval["p05"] < interval["p50"] < interval["p95"]
    assert [each["balance"] for each in found["simulated"]] == [3.28e12, 1.05e12, None]


def test_unrounded_switches_the_numbers_at_the_top():
    found = told("--unrounded")
    assert found["equal_risk_balance"] == pytest.approx(3.8987e12, abs=5e7)
    assert found["printed"] == []
    assert found["rounding"] == "unrounded"


def test_a_file_without_ranges_has_no_uncertainty():
    changes = ("now.float_ratio=0.023", "then.peak_ratio=0.0427", "elasticity=0.2")
    assert told(*(word for change in changes for word in ("--set", change)))["uncertainty"] is None


def test_the_table_shows_the_chain_beside_its_roundings():
    outcome = invoke("--draws", "200")
    assert outcome.exit_code == 0
    for text in ("2.45 × 1.112", "2.724", "2.732", "2.7438", "3.9 × 0.63 = 2.457, cut", "+8.0 bn", "+19.8", "0 to 0.4"):
        assert text in outcome.stdout, text
    assert "already exceeded at 0.1tn" in outcome.stdout


def test_the_growth_gap_is_shown_and_explained():
    outcome = invoke("--draws", "200", "--set", "now.m1_m2_growth_gap=-0.03")
    assert "M1 growth less M2 growth: -3.0 points now, -6.1 points 2015. It is in no line" in outcome.stdout


def test_csv_has_a_row_a_result():
    outcome = invoke("--csv", "--draws", "200")
    table = {row["result"]: row for row in csv.DictReader(io.StringIO(outcome.stdout))}
    assert float(table["threshold_broad"]["value"]) == 2.212e12
    assert table["irf"]["unit"] == "1"


@pytest.mark.parametrize(("words", "message"), [
    (("--set", "elasticty=0.3"), "elasticty: unknown key; did you mean elasticity?"),
    (("--balance", "2.5"), "--balance: found 2.5, must be CNY between 1e+09 and 1e+16; 2.5 trillion is 2.5e12"),
    (("--balance", "nan"), "--balance: found nan"),
    (("--json", "--csv"), "--csv: cannot go with --json"),
    (("--history", "x.csv"), "--history: is drawn, so it needs --plot"),
    (("--plot", "x.xls"), "'.xls' is no picture format"),
    (("china_2031",), "'china_2031' is no ready-made set of thresholds"),
])  # fmt: skip
def test_bad_input_is_told_without_a_traceback_and_nothing_is_written(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*words)
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert outcome.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_picture_is_of_its_format_and_always_the_same(suffix, start, tmp_path):
    pictures = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for picture in pictures:
        assert invoke("--plot", str(picture), "--draws", "200").exit_code == 0
    first, second = (picture.read_bytes() for picture in pictures)
    assert first.startswith(start)
    assert first == second


@pytest.fixture
def history():
    days = pd.date_range("2025-01-02", periods=300, freq="B", name="date").delete(slice(100, 140))
    return pd.Series([1.8e12 + 4e9 * day for day in range(len(days))], index=days, name="financing_balance")


def texts(figure):
    return [text.get_text() for panel in figure.axes for text in panel.texts]


def test_every_band_is_told_by_a_name_and_a_hatch_not_by_colour_alone():
    found = load_thresholds("china_2025")
    panel = plot_thresholds(found, uncertainty(found, draws=200)).axes[0]
    names = [text.get_text() for text in panel.texts]
    assert [name for name in names if name in {"green", "amber", "orange", "red"}] == [
        "green",
        "amber",
        "orange",
        "red",
    ]
    hatches = [patch.get_hatch() for patch in panel.patches]
    assert len(set(hatches)) == len(hatches) == 4


def test_every_balance_and_line_has_a_row_of_its_own():
    found = load_thresholds("china_2025")
    panel = plot_thresholds(found, uncertainty(found, draws=200), [2.5e12]).axes[0]
    rows = [label.get_text().replace("\n", " ") for label in panel.get_yticklabels()]
    assert rows.count("Balance of 2026-06-24") == 1
    assert {"Balance asked for", "Threshold, broad", "Threshold, official", "Equal-risk balance"} <= set(rows)
    assert rows[-1] == "Simulated equal-risk, shadow debt 1.12tn"


def test_a_history_goes_through_the_bands_and_is_not_joined_across_its_gaps(history):
    found = load_thresholds("china_2025")
    figure = plot_thresholds(found, None, (), history)
    line = figure.axes[0].lines[-1]
    drawn = line.get_ydata()
    assert len(figure.axes) == 2
    assert len(drawn) == len(history) + 1
    assert pd.isna(drawn[100])
    assert figure.axes[0].get_ylim()[1] > 3.9


def test_a_history_is_read_from_a_file_and_drawn_by_the_command(history, tmp_path):
    table = pd.DataFrame({"date": history.index.strftime("%Y-%m-%d"), "financing_balance": history.to_numpy()})
    table = table.assign(short_balance=1e10, margin_purchases=1e11)
    table.to_csv(tmp_path / "balances.csv", index=False)
    picture = tmp_path / "history.png"
    outcome = invoke("--plot", str(picture), "--history", str(tmp_path / "balances.csv"), "--draws", "200")
    assert outcome.exit_code == 0, outcome.output
    alone = tmp_path / "alone.png"
    save_figure(plot_thresholds(load_thresholds("china_2025")), alone)
    assert matplotlib.image.imread(picture).shape[0] > matplotlib.image.imread(alone).shape[0]
