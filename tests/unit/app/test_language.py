"""The page in Chinese: every text has its translation, and readers of two languages do not mix."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from string import Formatter

import pytest
from typer.testing import CliRunner

from pingcang.app import callbacks, words
from pingcang.app.figures import accounts_figure, balance_figure, flow_figure, index_figure, map_figure
from pingcang.app.play import play_of
from pingcang.app.serve import make_app
from pingcang.cli import app as cli
from pingcang.language import catalogue, language
from pingcang.results.units import MONEY
from pingcang.scenario import load_scenario, ready_made

CURRENCIES = ("CNY", "USD", "HKD")
NAMES = {"LANGUAGE_NAMES"}
"""Texts that are the same in every language."""
KEPT = re.compile(
    r"\b(Pingcang|English|YAML|netCDF|pip install|pingcang|china_\w+|hk_\w+|us_\w+|Regulation T|FINRA Rule)\b"
)


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, words.LeverWords):
        yield from (value.name, value.meaning, value.missing)
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in texts_in(each))
    elif isinstance(value, tuple):
        yield from (text for each in value for text in texts_in(each))


def texts():
    """All that the page may say, but what the audit trail says of an account."""
    constants = {name: value for name, value in vars(words).items() if name.isupper() and name not in NAMES}
    said = {text for value in constants.values() for text in texts_in(value) if text}
    described = {load_scenario(name).scenario.description for name in ready_made()}
    return said | described | {size + currency for _, size in MONEY for currency in CURRENCIES}


def places(text):
    return sorted(f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name is not None)


def test_every_text_has_a_translation_with_the_same_places_for_values():
    known = catalogue("zh")
    assert sorted(texts() - set(known)) == []
    assert [text for text in texts() if places(text) != places(known[text])] == []
    assert [text for text in texts() if not known[text]] == []


def shown(component):
    return json.dumps(component, default=lambda each: each.to_plotly_json(), ensure_ascii=False)


def visible(node):
    """The texts of a served layout: children, labels, placeholders, titles."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for each in node:
            yield from visible(each)
    elif isinstance(node, dict):
        props = node.get("props", node)
        for key in ("children", "label", "placeholder", "title"):
            yield from visible(props.get(key))
        if isinstance(props.get("options"), list) and props["options"] and isinstance(props["options"][0], dict):
            yield from visible(props["options"])


def english(found):
    """Texts with two English words in a row."""
    return [text for text in found if re.search(r"[A-Za-z]{2,} +[A-Za-z]{2,}", KEPT.sub("", text))]


@pytest.fixture(scope="module")
def client():
    return make_app().test_client()


def test_no_english_sentence_is_left_on_the_chinese_page(client):
    found = list(visible(client.get("/zh/_dash-layout").get_json()))
    assert len(found) > 60 and english(found) == []
    assert len(english(visible(client.get("/_dash-layout").get_json()))) > 20


@pytest.mark.parametrize("name", ready_made())
def test_the_controls_of_every_scenario_are_in_chinese(name):
    with language("zh"):
        found = [text for part in callbacks.change_scenario(name) for text in visible(json.loads(shown(part)))]
    assert len(found) > 10 and english(found) == []


def figure_texts(play):
    plays = {"a": play, "b": play}
    drawn = [draw(plays, 3) for draw in (index_figure, balance_figure, flow_figure)]
    drawn += [map_figure(play, 3), accounts_figure(play, "a", 3)]
    for figure in drawn:
        assert "WenQuanYi" in figure.layout.font.family
        titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
        yield from (text for text in (*titles, *(trace.name for trace in figure.data)) if text)


def test_pictures_speak_chinese_with_the_same_numbers_and_a_font_that_draws_it():
    play = play_of({"scenario": "china_2015", "days": 5, "seed": 1})
    with language("zh"):
        chinese = list(figure_texts(play))
        told = callbacks.page.numbers(callbacks.rows_of({"a": play}, 3), ["a"])
    plain = callbacks.page.numbers(callbacks.rows_of({"a": play}, 3), ["a"])
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in chinese)
    assert re.findall(r"[\d.,]*\d", shown(told)) == re.findall(r"[\d.,]*\d", shown(plain))


def test_a_refused_setting_is_told_in_the_language_of_its_reader():
    arguments = ("one_account", 6, 0, [], [99], [], "own", "own", [{"type": "lever", "side": "a", "key": "leverage"}])
    _, told, _ = callbacks.speaking("zh", callbacks.accept)(*arguments)
    assert "杠杆：收到 99，必须是 0.5 到 1.2 的数" in shown(told)
    _, told, _ = callbacks.speaking("en", callbacks.accept)(*arguments)
    assert "Leverage: found 99, must be a number from 0.5 to 1.2" in shown(told)


def test_readers_of_two_languages_at_once_do_not_mix():
    answer = {code: callbacks.speaking(code, callbacks.change_scenario) for code in ("en", "zh")}
    alone = {code: shown(answer[code]("limit_pin")) for code in answer}
    assert alone["en"] != alone["zh"]
    with ThreadPoolExecutor(8) as readers:
        both = list(readers.map(lambda n: shown(answer["zh" if n % 2 else "en"]("limit_pin")), range(64)))
    assert both == [alone["zh" if n % 2 else "en"] for n in range(64)]


def test_the_language_in_the_address_leads_to_its_page_and_an_unknown_one_changes_nothing(client):
    assert client.get("/?lang=zh").headers["Location"] == "/zh/"
    assert client.get("/zh/?lang=en").headers["Location"] == "/"
    assert client.get("/zh/?lang=zh").status_code == client.get("/?lang=//example.org").status_code == 200
    assert '<html lang="zh">' in client.get("/zh/").get_data(as_text=True)
    assert client.get("/zh/").headers["Content-Security-Policy"] == client.get("/").headers["Content-Security-Policy"]


def test_the_default_language_stands_at_the_root():
    client = make_app("zh").test_client()
    assert '<html lang="zh">' in client.get("/").get_data(as_text=True)
    assert '<html lang="en">' in client.get("/en/").get_data(as_text=True)


def test_an_unknown_language_is_refused_before_anything_is_served():
    outcome = CliRunner().invoke(cli, ["app", "--lang", "de", "--no-browser"])
    assert outcome.exit_code == 2 and "found 'de', must be one of en, zh" in outcome.stderr
