"""The page itself: complete, small, the same for the same input, and nothing in it runs."""

import base64
import hashlib
import json
import re

import pytest
import yaml

from pingcang.report import page as pages
from pingcang.report import write
from pingcang.report.numbers import MOST_ROWS, Column, Numbers
from pingcang.report.sections.answer import answer
from pingcang.report.sections.buffers import buffers
from pingcang.report.sections.distribution import distribution
from pingcang.report.sections.flows import flows
from pingcang.report.sections.reproduction import reproduction
from pingcang.report.sections.reverse import reverse
from pingcang.report.sections.scenario import scenario
from pingcang.results.variables import VARIABLES
from pingcang.scenario import load_scenario
from unit.report.made import Page, dataset, page_of, part_of

EVIL = '"><script>window.ran=1</script><img src=x onerror="window.ran=1">'


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("page"), dataset(3))


def evil_dataset():
    made = dataset(2, cohorts=("retail", f"x{EVIL}", "_$a$b", "=1+1"), boards=(EVIL, "sme"))
    text = yaml.safe_load(made.attrs["scenario_text"])
    text |= {"description": EVIL, "sources": [EVIL]}
    text["events"][0]["note"] = EVIL
    made.attrs |= {"scenario": EVIL, "scenario_text": yaml.safe_dump(text, allow_unicode=True), "command": EVIL}
    return made


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    return page_of(tmp_path_factory.mktemp("evil"), evil_dataset())


def test_sections_stand_in_the_order_that_readers_know(page):
    titles = re.findall(r"<h2 id=\"([\w-]+)\">(\d+)\. ", page.html)
    names = ["answer", "scenario", "severity", "first-round", "amplification", "flows", "buffers", "leverage"]
    names += ["distribution", "reverse", "limits", "reproduction"]
    assert titles == [(name, str(at)) for at, name in enumerate(names, start=1)]


def test_every_figure_and_table_names_variables_that_the_dataset_has(page):
    known = {variable.name for variable in VARIABLES} | {"scenario_text", "float_cap_start"}
    shown = [*page.all("figure"), *(each for each in page.all("div") if each.get("class") == "table")]
    assert len(shown) > 12
    for each in shown:
        assert each["id"] and set(each["data-variable"].split()) <= known


def test_every_figure_has_words_a_table_and_numbers_to_take_away(page):
    figures, images = page.all("figure"), page.all("img")
    assert len(figures) == len(images) > 5
    assert all(len(image["alt"]) > 30 and image["src"].startswith("data:image/") for image in images)
    names = {link["download"] for link in page.all("a") if "download" in link}
    assert {f"{figure['id']}.csv" for figure in figures} <= names


def test_the_policy_forbids_everything_but_images_of_the_page_and_its_own_style(page):
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page.html, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert (
        policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not page.all("script") and not page.all("link") and not [each for _, each in page.tags if "style" in each]


def test_no_address_leads_out_of_the_page(page):
    for _, attributes in page.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:"))


def test_the_page_says_its_language_and_its_headings_are_in_order(page):
    assert page.all("html") == [{"lang": "en"}]
    assert [tag for tag, _ in page.tags if tag == "h1"] == ["h1"]
    assert not [tag for tag, _ in page.tags if tag in {"h4", "h5", "h6"}]


def test_text_of_a_scenario_is_shown_and_not_run(evil):
    assert evil.all("script") == []
    assert not [attributes for _, attributes in evil.tags if "onerror" in attributes]
    assert all(image["src"].startswith("data:image/") for image in evil.all("img"))
    assert evil.text.count(EVIL) >= 6  # title, name, description, source, event, cohort


def test_names_in_figures_are_text_in_the_image(evil):
    images = [base64.b64decode(each["src"].split(",")[1]).decode() for each in evil.all("img")]
    assert not any("<script" in image for image in images)
    assert any("&lt;script&gt;" in image for image in images)
    assert any("_$a$b" in image for image in images)


def test_a_spreadsheet_computes_no_name(evil):
    assert "'=1+1" in set(evil.table("buffers-counts")["cohort"])


def test_amounts_are_in_the_currency_of_the_dataset(tmp_path):
    dollars, sections = dataset(2, currency="USD"), (answer, flows, buffers, distribution)
    page = part_of(tmp_path, dollars, *sections, broker_capital=1e9)
    images = [base64.b64decode(each["src"].split(",")[1]).decode() for each in page.all("img")]
    for text in (page.text, *images):
        assert "CNY" not in text
    assert "bn USD" in page.text and any("bn USD a day" in image for image in images)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    first = page_of(tmp_path, dataset(3)).html
    assert page_of(tmp_path, dataset(3)).html == first


def test_45_days_of_30_runs_make_less_than_3_megabytes(tmp_path):
    assert len(page_of(tmp_path, dataset(30, days=45)).html.encode()) < 3e6


def test_two_years_of_days_make_less_than_3_megabytes_and_tables_are_thinned(tmp_path):
    page = page_of(tmp_path, dataset(2, days=500))
    assert len(page.html.encode()) < 3e6
    assert "one row in 2" in page.text
    assert len(page.table("fan-index")) <= MOST_ROWS + 1


def test_a_scenario_that_this_version_cannot_read_is_shown_as_text(tmp_path):
    made = dataset(2)
    made.attrs["scenario_text"] = "kind: scenario\nname: future\nunheard_of: 1\n"
    page = part_of(tmp_path, made, scenario, reproduction)
    assert "this version of pingcang cannot read it" in page.text and "unheard_of: 1" in page.text


def test_the_economy_that_acts_on_a_market_is_told(tmp_path):
    made = dataset(2)
    assert "economy around it" not in part_of(tmp_path, made, scenario).text
    made.attrs["scenario_text"] = load_scenario("china_2025_macro").text
    page = part_of(tmp_path, made, scenario, name="macro")
    assert "odds of a top-up × 1.336, appetite.base × 1.112, rescue budgets × 0.6329" in page.text


def test_a_market_without_margin_accounts_has_a_page(tmp_path):
    page = page_of(tmp_path, dataset(2, cohorts=()))
    assert page.all("figure")


def test_a_reverse_stress_test_is_shown(tmp_path):
    found = {
        "scenario": "china_2015",
        "lever": "news",
        "condition": "p(drawdown>0.25)<0.1",
        "root": 0.78,
        "interval": [0.66, None],
        "holds_up_to": 0.75,
        "runs": 40,
        "points": [{"x": 1.5, "value": 1.0}, {"x": 0.5, "value": 0.0}],
    }
    (tmp_path / "reverse.json").write_text(json.dumps(found))
    page = part_of(tmp_path, dataset(2), reverse, reverse=tmp_path / "reverse.json")
    assert "p(drawdown>0.25)<0.1 turns at size of all news, × 0.78 (95 % interval 0.66 to beyond)" in page.text
    assert page.table("reverse-points")["x"].tolist() == [0.5, 1.5]


def test_without_a_reverse_stress_test_the_page_gives_the_command(page):
    assert "pingcang reverse china_2015 --lever news" in page.text


def test_numbers_are_written_as_people_read_them():
    import pandas as pd

    numbers = Numbers(pd.DataFrame({"x": [-1234.56, float("nan"), -0.001]}), (Column("x", "x"),))
    assert numbers.rows == [["−1,234.6"], ["–"], ["0.0"]]


def test_a_page_that_fails_to_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "made.html").write_text("the old one")
    monkeypatch.setattr(pages, "render", lambda *_: "\ud800")
    monkeypatch.setattr(write, "sections_of", lambda _: [])
    with pytest.raises(UnicodeEncodeError):
        page_of(tmp_path, dataset(2))
    assert (tmp_path / "made.html").read_text() == "the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.html", "made.zarr"]


def test_the_reader_of_pages_finds_what_stands_there(tmp_path):
    path = tmp_path / "x.html"
    path.write_text('<a download="t.csv" href="data:text/csv,a%0A1">x</a>')
    assert Page.read(path).table("t")["a"].tolist() == [1]
