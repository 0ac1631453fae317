import csv
import functools
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import pingcang.montecarlo.runner
import pingcang.study.arms
from fakes import FakeMarket
from pingcang.cli import app
from pingcang.cli.study_show import Shown
from pingcang.results.labels import label_of
from pingcang.study.measures import metric_names
from pingcang.study.paired import NOTHING, Estimate

SMALL = ("--runs", "2", "--threads", "1")
SPEC = """\
kind: factorial
name: lines
scenario: two_accounts_one_stock
runs: 2
factors:
  line: {high: {rules.close_out_line: 1.2}}
  depth: {high: {impact.depth: 0.4}}
"""


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Calls the command line in an empty folder with spec.yaml; `fail`: runs that fail, on a made-up market."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    run_many = pingcang.montecarlo.runner.run_many

    def call(*arguments, fail=None):
        simulated = run_many if fail is None else functools.partial(run_many, simulate=FakeMarket(fail=fail))
        monkeypatch.setattr(pingcang.study.arms, "run_many", simulated)
        return CliRunner().invoke(app, list(arguments))

    return call


def test_the_help_of_studies_imports_no_heavy_library():
    heavy = {"mesa", "xarray", "matplotlib", "zarr", "pandas", "joblib", "numpy", "pyarrow"}
    for name in ("compare", "sweep", "factorial"):
        code = (
            "import sys\nfrom pingcang.cli import main\n"
            f"sys.argv = ['pingcang', '{name}', '--help']\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            f"print('heavy:', sorted({heavy} & set(sys.modules)))"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert told.endswith("heavy: []\n"), name


def test_compare_tells_a_table_and_writes_tables_and_a_picture(command, tmp_path):
    asked = ("compare", "two_accounts_one_stock", "--set", "rules.close_out_line=1.2", *SMALL)
    told = command(*asked, "--out", "kept", "--plot", "kept/compare.png")
    assert told.exit_code == 0, told.output
    for words in (
        "base:  two_accounts_one_stock\n",
        "other: two_accounts_one_stock with rules.close_out_line=1.2",
        "mean of 2 runs with the same random numbers, seed 0",
        "Drawdown of the index",
        "P(drawdown > 25%)",
        "same bit for bit before 2015-01-06 (day 1).",
        "written: kept/compare.json, kept/compare.csv, kept/compare_breakdown.csv, kept/compare.png",
    ):
        assert words in told.stdout
    assert "time_to_recover" not in told.stdout and "Amplification" not in told.stdout  # no run has one
    drawdown = json.loads((tmp_path / "kept" / "compare.json").read_text())["metrics"]["drawdown"]
    assert drawdown["difference"] == pytest.approx(-0.087)
    with (tmp_path / "kept" / "compare.csv").open() as file:
        rows = {row["metric"]: row for row in csv.DictReader(file)}
    assert sorted(rows) == sorted(metric_names())
    assert float(rows["drawdown"]["difference"]) == drawdown["difference"]
    assert (tmp_path / "kept" / "compare.png").stat().st_size > 10_000


def test_the_same_command_computes_nothing_again(command, tmp_path):
    asked = ("compare", "two_accounts_one_stock", "--set", "rules.close_out_line=1.2", *SMALL, "--json")
    first = command(*asked)
    again = command(*asked, fail=(0, 1))  # it would fail if it simulated
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stdout == again.stdout
    assert again.stderr == ""
    assert len(list((tmp_path / "results" / "studies").glob("*.zarr"))) == 2


def test_base_settings_go_into_both_arms_and_settings_into_the_other(command):
    told = command(
        *("compare", "two_accounts_one_stock", "--base-set", "rules.close_out_line=1.2", "--set", "impact.depth=0.4"),
        *SMALL,
        "--json",
    )
    found = json.loads(told.stdout)
    assert found["base"]["label"] == "two_accounts_one_stock with rules.close_out_line=1.2"
    assert found["other"]["label"] == "two_accounts_one_stock with rules.close_out_line=1.2, impact.depth=0.4"
    assert found["metrics"]["forced_sales"]["base"] == 0.0


def test_two_scenarios_are_compared(command):
    told = command("compare", "one_account", "two_accounts_one_stock", *SMALL, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["other"]["scenario"] == "two_accounts_one_stock"


def test_arms_that_never_differ_are_told_so(command):
    told = command("compare", "two_accounts_one_stock", "--set", "rules.close_out_line=1.3", *SMALL)
    assert "The arms never differ: they are the same bit for bit." in told.stdout


def test_quiet_says_nothing(command):
    told = command("compare", "one_account", "two_accounts_one_stock", *SMALL, "--quiet")
    assert (told.exit_code, told.stdout, told.stderr) == (0, "", "")


def test_runs_that_fail_are_named_with_their_arm_and_exit_code_1(command):
    told = command("compare", "one_account", "two_accounts_one_stock", "--runs", "4", fail=(2,))
    assert told.exit_code == 1
    assert "one_account: 1 of 4 runs failed and are in no statistic of any arm: 2; their tracebacks" in told.stderr
    assert "two_accounts_one_stock: 1 of 4 runs failed" in told.stderr
    assert "mean of 3 runs" in told.stdout


def test_a_run_of_a_sweep_that_failed_is_told_as_missing_where_it_is_missing(command):
    told = command(
        *("sweep", "one_account", "--vary", "rules.close_out_line=1.1,1.2", "--set", "impact.depth=0.4"),
        *("--runs", "4", "--threads", "1"),
        fail=(2,),
    )
    assert told.exit_code == 1
    assert "one_account with impact.depth=0.4: 1 of 4 runs failed" in told.stderr
    assert "in no statistic of this arm, nor of any that is held against it: 2; their tracebacks" in told.stderr


def test_the_seed_of_a_factorial_is_that_of_the_command(command):
    told = command("factorial", "spec.yaml", "--seed", "5", "--threads", "1", "--out", "kept", "--json")
    assert json.loads(told.stdout)["seed"] == 5


def test_an_arm_in_which_all_runs_fail_is_an_error_without_traceback(command):
    told = command("compare", "one_account", "two_accounts_one_stock", *SMALL, fail=(0, 1))
    assert told.exit_code == 1
    assert "all 2 runs failed, so there is no dataset" in told.stderr and "Traceback" not in told.output


def test_sweep_of_one_key_tells_every_point_and_draws_a_line(command, tmp_path):
    told = command(
        *("sweep", "two_accounts_one_stock", "--vary", "rules.close_out_line=1.1,1.2,1.3", *SMALL),
        *("--metric", "drawdown", "--metric", "forced_sales", "--out", "kept", "--plot", "kept/sweep.svg"),
    )
    assert told.exit_code == 0, told.output
    assert "reference: two_accounts_one_stock\n" in told.stdout
    assert "written: kept/sweep.json, kept/sweep.csv, kept/sweep.svg" in told.stdout
    with (tmp_path / "kept" / "sweep.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "drawdown"]
    assert [row["rules.close_out_line"] for row in rows] == ["1.1", "1.2", "1.3"]
    assert float(rows[0]["difference"]) == pytest.approx(-0.087) and float(rows[2]["difference"]) == 0.0
    assert len(list((tmp_path / "kept").glob("*.zarr"))) == 3


def test_sweep_of_two_keys_holds_every_point_against_the_reference_and_draws_a_map(command, tmp_path):
    told = command(
        *(
            "sweep",
            "two_accounts_one_stock",
            "--vary",
            "rules.close_out_line=1.2,1.3",
            "--vary",
            "impact.depth=0.1:0.3:2",
        ),
        *("--reference", "rules.close_out_line=1.2", *SMALL, "--plot", "map.png", "--json"),
    )
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["reference"]["label"] == "two_accounts_one_stock with rules.close_out_line=1.2"
    assert [point["set"]["impact.depth"] for point in found["points"]] == [0.1, 0.3, 0.1, 0.3]
    assert found["points"][3]["metrics"]["forced_sales"]["difference"] > 0
    assert (tmp_path / "map.png").stat().st_size > 10_000


def test_sweep_over_words_stands_on_an_axis_of_words(command, tmp_path):
    told = command(
        "sweep", "two_accounts_one_stock", "--vary", "exchange.t_plus_one=true,false", *SMALL, "--plot", "words.png"
    )
    assert told.exit_code == 0, told.output
    assert (tmp_path / "words.png").exists() and "True" in told.stdout


def test_factorial_tells_cells_effects_and_shares(command, tmp_path):
    told = command("factorial", "spec.yaml", "--threads", "1", "--out", "kept", "--plot", "kept/factorial.png")
    assert told.exit_code == 0, told.output
    for words in (
        "factors: line, depth; 4 cells",
        "line × depth",
        "Shapley part",
        "together",
        "written: kept/factorial.json, kept/factorial.csv, kept/factorial.png",
    ):
        assert words in told.stdout
    parts = json.loads((tmp_path / "kept" / "factorial.json").read_text())["metrics"]["drawdown"]["shapley"]
    assert sum(each["value"] for each in parts["parts"].values()) == pytest.approx(parts["total"]["value"])


def test_factorial_of_a_fraction_says_what_it_cannot_tell(command, tmp_path):
    factors = {
        "line": "rules.close_out_line: 1.2",
        "depth": "impact.depth: 0.4",
        "trend": "impact.trend: 0.2",
        "settle": "exchange.t_plus_one: false",
    }
    text = SPEC[: SPEC.index("factors")] + "resolution: IV\nfactors:\n"
    (tmp_path / "half.yaml").write_text(text + "".join(f"  {k}: {{high: {{{v}}}}}\n" for k, v in factors.items()))
    told = command("factorial", "half.yaml", "--threads", "1", "--plot", "half.png")
    assert told.exit_code == 0, told.output
    assert "8 cells, a fraction of resolution IV" in told.stdout
    assert "trend × settle" in told.stdout and "Shapley shares need all 2^k cells" in told.stdout
    found = json.loads(command("factorial", "half.yaml", "--threads", "1", "--json").stdout)
    assert (found["name"], found["resolution"], len(found["cells"])) == ("lines", 4, 8)


def test_runs_of_a_factorial_that_fail_are_named_with_their_cell(command):
    told = command("factorial", "spec.yaml", "--runs", "3", fail=(1,))
    assert told.exit_code == 1
    assert "line=0, depth=1: 1 of 3 runs failed" in told.stderr and "mean of 2 runs a cell" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("compare", "one_account"), "one scenario is given and no change; name a second one, or add --set KEY=VALUE"),
        (("compare", "one_account", "--set", "rules.close_out_lin=1.2"), "did you mean close_out_line?"),
        (("compare", "one_account", "nobody"), "'nobody' is no ready-made scenario"),
        (("compare", "one_account", "limit_pin", "--statistic", "mode"), "--statistic mode: must be mean or median"),
        (("compare", "one_account", "limit_pin", "--plot", "x.txt"), "x.txt: '.txt' is no picture format"),
        (("sweep", "one_account", "--vary", "rules.close_out_line"), "not a variation; write path=1.2,1.3,1.4"),
        (
            ("sweep", "one_account", "--vary", "impact.depth=0.1,0.2", "--metric", "size"),
            "--metric size: no such metric",
        ),
        (
            ("sweep", "one_account", "--vary", "impact.depth=0.1,0.2", "--metric", "amplification"),
            "--metric amplification: needs every run without feedback, too",
        ),
        (("sweep", "one_account", "--vary", "impact.depth=0.1,-1"), "impact.depth"),
        (("factorial", "none.yaml"), "none.yaml: no such file"),
        (("factorial", "spec.yaml", "--metric", "p_drawdown_over_30"), "--metric p_drawdown_over_30: no such metric"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(command, tmp_path, arguments, message):
    told = command(*arguments)
    assert told.exit_code == 2 and message in told.stderr, told.output
    assert "Traceback" not in told.output and told.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["spec.yaml"]


def test_a_cluster_takes_the_place_of_processes(command):
    told = command("compare", "one_account", "limit_pin", *SMALL, "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2")
    assert told.exit_code == 2 and "--jobs: got 2 together with --scheduler" in told.stderr


def test_a_folder_that_cannot_be_written_is_told_with_exit_code_3(command, tmp_path):
    (tmp_path / "taken").write_text("a file")
    told = command("compare", "one_account", "limit_pin", *SMALL, "--out", "taken")
    assert told.exit_code == 3 and "taken" in told.stderr and "Traceback" not in told.output
    assert (tmp_path / "taken").read_text() == "a file"


def test_numbers_of_a_metric_stand_in_one_unit():
    shown = Shown("forced_sales", "CNY", [4.1e11, 2e9])
    assert (shown.number(4.1e11), shown.unit) == ("410.00", "bn CNY")
    assert shown.number(-2e9, more=1, sign=True) == "−2.000"
    assert shown.number(-1e3, more=1, sign=True) == "0.000"
    assert shown.number(float("nan")) == "–" and shown.interval(NOTHING) == "–"
    assert Shown("drawdown", "1", [0.36]).interval(Estimate(0.1, -0.01, 0.2, 0.1, 4)) == "[−1.00, +20.00]"


def test_every_metric_has_a_label():
    assert all(label_of(name) != name for name in metric_names())
    assert label_of("p_drawdown_over_12.5") == "P(drawdown > 12.5%)"


def test_compare_tells_rules_parts_lenders_audit_and_calm_and_saves_one_object(command, tmp_path):
    told = command(
        *("compare", "two_accounts_one_stock", "--set", "rules.close_out_line=1.2", *SMALL, "--record", "audit"),
        *("--broker-capital", "1e9", "--loss-over", "0.01", "--calm", "same", "--calm-runs", "1", "-o", "kept/c.json"),
    )
    assert told.exit_code == 0, told.output
    for words in (
        "rules.close_out_line: 1.3 → 1.2",
        "by cohort",
        "Brokers' loss, share of 1 bn CNY",
        "P(brokers' loss > 1% of it)",
        "spared: of those forced in the base",
        "calm: same, 1 run",
        "written: kept/c.json",
    ):
        assert words in told.stdout
    found = json.loads((tmp_path / "kept" / "c.json").read_text())
    assert found["changed"] == {"rules.close_out_line": {"from": 1.3, "to": 1.2}}
    assert found["forced_accounts"]["all"]["spared_share"]["value"] == 1.0
    assert {"hash", "store", "label", "scenario"} == set(found["other"])
    assert all((tmp_path / found[arm]["store"]).exists() for arm in ("base", "other"))
    assert all((tmp_path / found["calm"][arm]["store"]).exists() for arm in ("base", "other"))
    assert found["breakdown"]["cohort"]["retail"]["forced_sales"].keys() >= {"base", "other", "ci_low", "unit"}
    assert found["text"].startswith("two_accounts_one_stock with rules.close_out_line from 1.3 to 1.2 (2 runs")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--loss-over", "0.01"), "a share of what? State the capital"),
        (("--broker-capital", "0"), "--broker-capital 0: must be above 0"),
        (("--record", "stocks"), "--record stocks: a comparison records audit or nothing"),
        (("--calm", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_simulated(command, tmp_path, options, reason):
    told = command("compare", "one_account", "--set", "rules.close_out_line=1.2", *options, *SMALL)
    assert told.exit_code == 2 and reason in told.stderr
    assert not (tmp_path / "results").exists()


def test_rules_of_a_second_scenario_cannot_be_laid_over_a_named_calm_one(command):
    told = command("compare", "one_account", "two_accounts_one_stock", "--calm", "limit_pin", *SMALL)
    assert told.exit_code == 2 and "use --calm same, which takes the news out of both" in told.stderr


def test_a_sweep_with_calm_times_draws_the_frontier_and_writes_its_table(command, tmp_path):
    told = command(
        *("sweep", "two_accounts_one_stock", "--vary", "rules.close_out_line=1.2,1.3", *SMALL),
        *("--calm", "same", "--out", "kept", "--plot", "kept/frontier.png"),
    )
    assert told.exit_code == 0, told.output
    assert "1.3 (reference)" in told.stdout and "dominated by" in told.stdout
    with (tmp_path / "kept" / "sweep_frontier.csv").open() as file:
        rows = {row["rules.close_out_line"]: row for row in csv.DictReader(file)}
    assert (rows["1.3"]["dominated_by"], rows["1.2"]["dominated_by"]) == ("1.2", "")
    frontier = json.loads((tmp_path / "kept" / "sweep.json").read_text())["frontier"]
    assert float(rows["1.3"]["credit"]) == frontier["points"][1]["credit"]["value"]
    assert (tmp_path / "kept" / "frontier.png").stat().st_size > 10_000
