"""`pingcang trace`: one screen, JSON, CSV, a file; exit code 2 for what is wrong."""

import io
import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.montecarlo.runner import run_many
from pingcang.scenario import load_scenario
from twins.written import busy, loaded


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    for name in ("two_accounts_one_stock", "limit_pin", "one_account"):
        run_many(load_scenario(name), record=["audit"], out=folder / f"{name}.zarr", threads=1)
    run_many(loaded(busy()), seed=1, record=["audit"], out=folder / "busy.zarr", threads=1)
    return folder


@pytest.fixture
def trace(stores):
    def call(name, *words):
        return CliRunner().invoke(app, ["trace", str(stores / f"{name}.zarr"), *map(str, words)])

    return call


def fits(text):
    lines = text.splitlines()
    return len(lines) <= 40 and max(map(len, lines)) <= 100


def test_the_story_of_the_second_account_names_the_first_one_s_sale(trace):
    told = trace("two_accounts_one_stock", "--account", 1)
    assert told.exit_code == 0 and fits(told.stdout)
    text = " ".join(told.stdout.split())
    assert "retail:1 in two_accounts_one_stock" in text
    assert "01-08 CALLED 1.269 closed below the close-out line" in text
    assert "lost 45,200 CNY since 01-05 (1.639): 88% news, 11% forced sales of retail" in text
    assert "that day: 98% forced sales of retail" in text
    assert "01-12 FORCED 1.259 call expired" in text
    assert "7,700 thin at 7.13" in text


def test_what_waits_at_limit_down_is_told(trace):
    text = " ".join(trace("limit_pin", "--account", "retail:0").stdout.split())
    assert "lost 10,000 CNY since 01-05 (1.351): 100% news" in text
    assert "10,000 sound at 9.30; sick: nothing, 1,600 wait at limit-down" in text
    assert "01-12 NORMAL 1.517 restored" in text


@pytest.mark.parametrize(
    "asked", [("--stock", "S2"), ("--day", "3"), ("--account", "shadow:3"), ("--account", "short_seller:1")]
)
def test_every_story_fits_on_one_screen(trace, asked):
    told = trace("busy", *asked)
    assert told.exit_code == 0 and fits(told.stdout)


def test_every_account_of_a_busy_market_fits_on_one_screen(stores):
    from pingcang.cli.trace_show import account_screen
    from pingcang.trace import Trail, trace_account

    trail = Trail.open(stores / "busy.zarr")
    for account in range(0, 60, 4):
        assert fits(account_screen(trace_account(trail, account, cohort="shadow")))


def test_a_stock_s_screen_has_its_days_its_causes_and_its_sellers(trace):
    told = trace("two_accounts_one_stock", "--stock", "thin").stdout
    assert "01-06" in told and "−20.0%" in told and "news −22.3" in told
    assert "forced retail −3.2" in told and "25,542" in told
    assert "margin accounts sold, CNY: forced retail 87,300" in told


def test_a_day_s_screen_has_its_causes_its_accounts_and_its_stocks(trace):
    told = trace("two_accounts_one_stock", "--day", "2015-01-08").stdout
    text = " ".join(told.split())
    assert "2015-01-08 (day 3)" in text and "forced sales of retail −3.25 −25,542 CNY" in text
    assert "retail 1 1 25,542 CNY" in text and "retail:0 thin 3,300 25,542" in text and "thin −3.2% 1 −5,200" in text


@pytest.mark.parametrize("asked", [("--account", "retail:1"), ("--stock", "thin"), ("--day", "3")])
def test_json_is_one_object_and_csv_is_rows(trace, asked):
    found = json.loads(trace("two_accounts_one_stock", *asked, "--json").stdout)
    assert found["scenario"] == "two_accounts_one_stock" and found["run"] == 0
    rows = pd.read_csv(io.StringIO(trace("two_accounts_one_stock", *asked, "--csv").stdout))
    assert len(rows) > 0


def test_json_of_an_account_holds_its_falls_with_their_shares(trace):
    found = json.loads(trace("two_accounts_one_stock", "--account", 1, "--json").stdout)
    call = found["falls"][0]
    assert (call["state"], call["since_date"], round(call["loss"])) == ("CALLED", "2015-01-05", -45_200)
    assert call["shares"][0]["cause"] == "news" and sum(each["share"] for each in call["shares"]) == pytest.approx(1)
    assert [event["event"] for event in found["events"]][:2] == ["start", "state"]


def test_output_goes_into_a_file_instead(trace, tmp_path):
    told = trace("limit_pin", "--day", 3, "--json", "-o", tmp_path / "x.json")
    assert (told.exit_code, told.stdout) == (0, "")
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["day"] == 3
    told = trace("limit_pin", "--day", 3, "-o", tmp_path / "none" / "x.txt")
    assert told.exit_code == 3 and "cannot be written" in told.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "give one of --account, --stock, --day"),
        (("--day", "1", "--stock", "thin"), "got --stock and --day"),
        (("--day", "1", "--cohort", "retail"), "--cohort: got retail, which goes with --account"),
        (("--day", "1", "--json", "--csv"), "give one of them"),
        (("--day", "9"), "--day: got 9; must be 1 to 5, or a date; the nearest is 5"),
        (("--account", "7"), "--account: got retail:7; retail has accounts 0 to 1"),
        (("--stock", "thick"), "--stock: got 'thick'; must be one of thin"),
        (("--day", "1", "--run", "1"), "--run: got 1"),
    ],
)
def test_what_is_wrong_has_exit_code_2_and_one_line(trace, words, message):
    told = trace("two_accounts_one_stock", *words)
    assert told.exit_code == 2 and told.stdout == "" and message in told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize(("columns", "sold"), [(72, False), (100, True), (120, True)])
def test_a_stock_s_table_gives_up_sales_before_it_gives_up_causes(stores, monkeypatch, columns, sold):
    from pingcang.cli import trace_show_market, trace_words
    from pingcang.trace import trace_stock

    for module in (trace_words, trace_show_market):
        monkeypatch.setattr(module, "width", lambda: columns)
    told = trace_show_market.stock_screen(trace_stock(stores / "busy.zarr", "S2"))
    assert max(map(len, told.splitlines())) <= columns
    assert "accounts" in told and ("sold CNY" in told) == sold
    assert "…  " not in told and "forced CNY" in told


def test_words_of_shares_name_the_largest_and_sum_the_others():
    from pingcang.cli.trace_words import causes_in_words

    shares = {
        ("news", ""): 0.5,
        ("forced", "shadow"): 0.4,
        ("noise", ""): -0.1,
        ("funds", ""): 0.17,
        ("rounding", ""): 0.03,
    }
    told = causes_in_words(pd.Series(shares), most=3)
    assert told == "50% news, 40% forced sales of shadow, 17% funds, −7% other"
    assert causes_in_words(pd.Series({("held back", ""): 1.3, ("news", ""): -0.3})) == (
        "130% let through late by limits, −30% news"
    )
