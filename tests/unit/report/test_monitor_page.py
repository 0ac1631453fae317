"""The page of `pingcang monitor`: each number is the monitor's, each light has a word, and no name is run."""

import base64
import importlib.util
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.errors import ScenarioError
from pingcang.leverage.monitor.words import value_text
from pingcang.leverage.variables import BY_NAME
from pingcang.report.monitor.answer import answer
from pingcang.report.monitor.balance import balance
from pingcang.report.monitor.chain import chain
from pingcang.report.monitor.material import bare_command, without_folders
from pingcang.report.monitor.measures import measures
from pingcang.report.monitor.scorecard import missing, quantity
from pingcang.report.monitor.structure import structure
from pingcang.report.monitor.write import page_of, write_monitor
from pingcang.report.page import Page as Described
from pingcang.report.page import policy, render
from pingcang.report.words import tight
from unit.report.made import Page
from unit.report.monitored import COMMAND, EVIL, bare, data, html, of_runs, read, whole


@pytest.fixture(scope="module")
def page():
    return Page.parsed(html())


def part(found, *sections):
    """Some sections of a page."""
    made = [section(found) for section in sections]
    return Page.parsed(render(Described("made", "", made, found.dims, found.monitor.currency, "pingcang monitor")))


def test_sections_stand_in_the_order_of_reading(page):
    names = ["answer", "quantity", "quality", "missing", "balance", "measures", "structure", "thresholds", "inputs"]
    assert re.findall(r'<h2 id="([\w-]+)">', page.html) == [*names, "reproduction"]


def test_the_answer_is_the_monitor_s_own_words_with_its_light_and_a_caution(page):
    told = whole().monitor.told()
    assert " ".join(told.split()) in page.text
    light = whole().monitor["financing_balance"].light
    assert f'class="light {light}"' in page.html
    assert "no law, no rule of an exchange, and no forecast" in page.text


@pytest.mark.parametrize(
    ("tn", "told"),
    [
        (
            2.0,
            "● green below the broad threshold: 2.00 tn CNY is 9.6 % below the next line, the broad threshold of",
        ),
        (2.5, "▲ amber from the broad to the official threshold: 2.50 tn CNY is 8.2 % below the next line"),
        (2.724, "◆ orange from the official threshold to the equal-risk balance: 2.72 tn CNY is 30.2 % below"),
        (3.0, "◆ orange from the official threshold to the equal-risk balance: 3.00 tn CNY is 23.1 % below"),
        (4.29, "■ red from the equal-risk balance on: 4.29 tn CNY is 10.0 % above the last line, the equal-risk"),
    ],
)
def test_a_light_is_a_word_and_a_shape_and_says_how_far_the_next_line_is(tn, told):
    found = part(read(bare(financing_balance=np.full(40, tn * 1e12))), answer)
    assert told in found.text


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"currency": "USD"}, "the thresholds are for a balance in CNY, and this one is in USD"),
        ({"exchange": "SSE"}, "the thresholds are for both exchanges together, and this is SSE alone"),
        ({}, "no thresholds were chosen, or the ready-made ones are of later days than"),
    ],
)
def test_a_balance_without_a_light_says_why(attributes, why):
    values = np.full(40, 2e12)
    found = part(read(bare(financing_balance=values, **attributes), thresholds=None), answer, chain)
    assert found.text.count(why) == 2 and 'class="light' not in found.html


def test_every_reading_stands_with_value_formula_inputs_day_line_and_light(page):
    for group in ("quantity", "quality"):
        table = page.table(group).set_index("key")
        known = [each for each in getattr(whole().monitor, group) if each.value is not None]
        assert list(table.index) == [each.key for each in known] and len(known) > 8
        for each in known:
            assert table.loc[each.key, "value"] == pytest.approx(each.value, rel=1e-8)
            assert table.loc[each.key, "formula"] == each.formula
            for text in (each.label, tight(value_text(each)), each.formula, each.line):
                assert " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split()) in page.text
    assert "From margin_purchases, turnover; 2025-09-17." in page.text
    assert page.html.count('<span class="none">no line</span>') > 10


def test_what_could_not_be_read_is_told_with_what_would_make_it_readable(page):
    table = page.table("missing")
    lacking = [each for each in whole().monitor.readings if each.value is None]
    assert set(table["needed"].str.removeprefix("'")) == {each.missing for each in lacking} and len(lacking) > 5
    assert all(each.label in page.text for each in lacking)
    assert "--series FILE with m1" in page.text


def test_a_balance_alone_has_a_page():
    found = Page.parsed(render(page_of(read(bare(), thresholds=None))))
    assert "The balance by sector is not known: it needs --detail PATH" in found.text
    assert "Over float market cap is not known: it needs --series FILE with float_cap" in found.text


def test_every_figure_and_table_names_its_variables_and_has_words_and_numbers(page):
    known = {*BY_NAME, "thresholds"}
    shown = [*page.all("figure"), *(each for each in page.all("div") if each.get("class") == "table")]
    assert len(shown) >= 15
    downloads = {link["download"] for link in page.all("a") if "download" in link}
    for each in shown:
        assert each["data-variable"] and set(each["data-variable"].split()) <= known, each
        assert f"{each['id']}.csv" in downloads
    assert len(page.all("figure")) == len(page.all("img")) == 8
    assert all(len(image["alt"]) > 30 for image in page.all("img"))


def test_the_figures_hold_the_monitor_s_series(page):
    series = whole().monitor.series
    kept = page.table("over-caps").set_index("date")
    expected = series["balance_to_float"].to_series()
    expected.index = expected.index.strftime("%Y-%m-%d")
    np.testing.assert_allclose(kept["balance_to_float"], expected.loc[kept.index], rtol=1e-8)
    assert set(page.table("share-of-turnover")) == {"date", "margin_share", "margin_share_mean"}


def test_phases_and_gaps_are_told(page):
    phases, (before, after) = whole().monitor.phases, whole().monitor.gaps[0]
    table = page.table("phases")
    assert table["phase"].tolist() == phases["phase"].tolist() and len(phases) > 2
    assert f"nothing between {before} and {after}" in page.text and len(whole().monitor.gaps) == 1


def test_who_owes_it_stands_by_board_sector_and_stock(page):
    monitor = whole().monitor
    assert page.table("by-board")["share"].tolist() == pytest.approx(monitor.by_board["share"].tolist())
    assert len(page.table("by-stock")) == 10 and len(page.table("by-sector")) == 4
    assert page.table("by-stock")["share"].is_monotonic_decreasing


def test_the_chain_stands_with_its_published_rounding(page):
    table = page.table("chain").set_index("result")
    assert table.loc["threshold_official", "value"] == 2.724e12 and table.loc["threshold_broad", "value"] == 2.212e12
    assert ("3.9 × 0.63 = 2.457, cut" in page.text and "The 15 inputs" in page.text) or "inputs, how sure" in page.text
    standing = page.table("standings")
    assert {"2025-08-22", "2025-09-17", "2026-06-24"} <= set(standing["date"])
    assert standing["balance"].iloc[-1] == pytest.approx(whole().monitor["financing_balance"].value)
    assert re.search(r"each input by itself\) the balance is .* in \d+ %", page.text)


def test_runs_are_told_as_medians_with_intervals():
    found = read(of_runs(), thresholds=None)
    made = part(found, quantity, balance)
    reading = found.monitor["balance_to_float"]
    table = made.table("quantity").set_index("key")
    assert (table.loc["balance_to_float", "p05"], table.loc["balance_to_float", "p95"]) == pytest.approx(
        reading.interval
    )
    path = made.table("balance-path")
    values = found.monitor.series["financing_balance"].values
    np.testing.assert_allclose(path["financing_balance: p95"], np.quantile(values, 0.95, axis=0), rtol=1e-9)
    assert "the median of 5 runs, and below it their 5–95 %" in made.text
    assert "(run × date)" in made.text


def test_names_of_sectors_stocks_and_notes_are_shown_and_not_run(page):
    assert page.all("script") == [] and not [attributes for _, attributes in page.tags if "onerror" in attributes]
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert page.text.count(EVIL) >= 4
    images = [base64.b64decode(each["src"].split(",")[1]).decode() for each in page.all("img")]
    assert not any("<script" in image for image in images) and any("_$a$b" in image for image in images)
    assert "'=1+1" in set(page.table("by-sector")["sector"])


def test_the_policy_is_that_of_the_reports(page):
    style = re.search(r"<style>(.*?)</style>", page.html, re.S)[1]
    metas = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert metas == [policy(style)] and not page.all("link")


def test_no_folder_of_its_maker_stands_on_the_page(tmp_path):
    found = read(data())
    path = write_monitor(
        found.monitor, tmp_path / "page.html", thresholds=found.thresholds, command=COMMAND,
        paths=[*map(type(tmp_path), ["/me/secret/series.csv", "/me/secret"])],
    )  # fmt: skip
    text = Page.read(path).text
    assert "secret" not in text and "series.csv: " in text
    assert "pingcang monitor balances.csv --sectors=x.csv --html page.html" in text


def test_paths_stand_by_their_last_names(tmp_path):
    inner = tmp_path / "folder" / "x.csv"
    assert without_folders(f"from {inner} and {tmp_path / 'folder'}", [tmp_path / "folder", inner]) == (
        "from x.csv and folder"
    )
    assert bare_command("pingcang monitor 'a b/c d.csv' --on 2025-09-17 --quiet") == (
        "pingcang monitor 'c d.csv' --on 2025-09-17"
    )


def test_the_same_monitor_gives_the_same_bytes(tmp_path):
    pages = [tmp_path / name for name in ("a.html", "b.html")]
    for path in pages:
        write_monitor(read(of_runs()).monitor, path, command=COMMAND)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_fourteen_years_of_days_make_less_than_a_megabyte():
    days = 3400
    random = np.random.default_rng(0)
    walk = 1e12 * np.exp(np.cumsum(random.normal(0, 0.01, days)))
    dates = pd.bdate_range(end="2026-06-24", periods=days).to_numpy()
    given = {name: walk * random.uniform(0.9, 1.1, days) for name in ("margin_purchases", "short_balance")}
    given |= {"turnover": 10 * walk, "float_cap": 40 * walk, "maintenance_ratio": 2 + random.random(days)}
    found = read(bare(financing_balance=walk, dates=dates, **given))
    made = render(page_of(found))
    assert len(made.encode()) < 1e6
    assert len(Page.parsed(made).table("balance-path")) <= 401


def test_a_balance_that_is_not_known_on_the_day_has_a_page():
    found = read(bare(financing_balance=np.append(np.full(39, 2e12), np.nan)), thresholds=None)
    made = part(found, answer, quantity, balance, missing)
    assert "it is not known on" in made.text and len(made.all("figure")) == 1


def test_nothing_is_drawn_of_what_nobody_gave():
    assert part(read(bare(), thresholds=None), structure).all("figure") == []


@pytest.fixture
def command(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"2025-09-{day:02d},{2.2e12 + 1e10 * day:.0f},1e10\n" for day in (9, 10, 11, 12, 15, 16, 17))
    (tmp_path / "balances.csv").write_text(f"date,financing_balance,short_balance\n{rows}")
    return lambda *arguments: CliRunner().invoke(app, ["monitor", "balances.csv", *arguments])


def refused(told, *words):
    assert told.exit_code == 2, told.output
    assert told.stderr.startswith("pingcang: ") and "Traceback" not in told.output
    for word in words:
        assert word in told.stderr


def test_the_command_writes_a_page_and_says_where(command, tmp_path):
    told = command("--html", "page.html")
    assert told.exit_code == 0, told.output
    assert told.stdout.endswith("page: page.html\n")
    assert "financing balance" in Page.read(tmp_path / "page.html").text
    assert command("--html", "page.html", "--overwrite", "--json").stdout.startswith("{")


def test_wrong_places_are_refused_before_anything_is_read(command, tmp_path):
    refused(command("--html", "page.pdf"), "page.pdf: the suffix '.pdf' is no page; use .html")
    refused(command("--html", "nowhere/page.html"), "there is no folder nowhere")
    (tmp_path / "page.html").write_text("mine")
    refused(command("--html", "page.html", "--out", "tables"), "page.html: something is there already", "--overwrite")
    assert (tmp_path / "page.html").read_text() == "mine" and not (tmp_path / "tables").exists()


def test_overwrite_without_a_page_is_refused(command):
    refused(command("--overwrite"), "--overwrite: belongs to --html PAGE")


def test_a_machine_without_jinja2_is_told_what_to_install(command, monkeypatch, tmp_path):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    refused(command("--html", "page.html"), "page.html: a page needs a library that is missing", "pingcang[report]")
    assert not (tmp_path / "page.html").exists()


def test_a_place_that_is_taken_is_refused_from_python(tmp_path):
    (tmp_path / "page.html").write_text("mine")
    with pytest.raises(ScenarioError, match="something is there already"):
        write_monitor(read(bare()).monitor, tmp_path / "page.html")


@pytest.mark.parametrize(("attributes", "count"), [({}, 3), ({"currency": "USD"}, 0), ({"exchange": "SSE"}, 0)])
def test_lines_of_china_are_drawn_across_no_other_market(attributes, count):
    found = part(read(data(**attributes), thresholds=None), measures)
    assert found.text.count("; the dotted line is ") == count
