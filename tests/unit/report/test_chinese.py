"""Pages in Chinese: every text has its translation, and no English is left on a page but names and what files bring."""

import ast
import base64
import html
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from matplotlib import font_manager

import pingcang.report.fonts as fonts
from pingcang.errors import ScenarioError
from pingcang.language import LANGUAGES, catalogue, language, translated
from pingcang.report.write import write_report
from pingcang.results.storage import save
from pingcang.said import MADE, said
from unit.report import monitored
from unit.report.made import dataset

SIM = Path(__file__).parents[3] / "sim" / "pingcang"
REPORT = SIM / "report"
PLACES = [*sorted(REPORT.rglob("*.py")), SIM / "leverage/monitor/told.py", SIM / "said.py"]
TEMPLATE = (REPORT / "page.html.j2").read_text(encoding="utf-8")


def passed(tree):
    """The literals that are passed to translated() or said(), either of two included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"translated", "said"}:
            branches = [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else node.args
            yield from (each.value for each in branches if isinstance(each, ast.Constant))


def literals():
    """Every literal of the package, and what f-strings have beside their values."""
    found = set(re.findall(r'_\("(.*?)"\)', TEMPLATE))
    for path in SIM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value.strip() or node.value)
                found.add(node.value)
    return found


def places(text):
    """The names of a text's places for values, without what is asked of them."""
    return sorted(re.split(r"[.\[]", name)[0] for _, name, _, _ in Formatter().parse(text) if name is not None)


def used():
    texts = set(re.findall(r'_\("(.*?)"\)', TEMPLATE)) | set(MADE)
    for path in PLACES:
        texts |= set(passed(ast.parse(path.read_text(encoding="utf-8"))))
    return sorted(texts)


@pytest.mark.parametrize("text", used())
def test_every_text_of_a_page_has_its_translation(text):
    assert text in catalogue("zh")


def test_a_translation_has_the_places_of_its_text():
    wrong = [text for text, told in catalogue("zh").items() if places(text) != places(told)]
    assert wrong == []


def own_catalogue():
    from babel.messages.pofile import read_po

    with (SIM / "locale/zh/report.po").open("rb") as file:
        return {str(entry.id) for entry in read_po(file, locale="zh") if entry.id}


def test_no_translation_is_of_a_text_that_is_gone():
    known = literals()
    told = "\n".join(path.read_text(encoding="utf-8") for path in SIM.rglob("*.py"))
    words = {word.replace("_", " ") for word in re.findall(r"\w+", told)}  # keys of data that heads are made of
    plural = {text.removesuffix("s") for text in own_catalogue()} & known
    stale = [
        text
        for text in own_catalogue()
        if text not in known | words
        and text.removesuffix("s") not in plural
        and not text.startswith(("{number} ", "{count:,} "))
    ]
    assert stale == []


class Visible(HTMLParser):
    """What a reader sees or hears of a page: texts, alternatives of images, and the words in figures."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.hidden = [], 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in {"style", "code", "pre"}
        told = dict(attrs)
        self.texts += [told[name] for name in ("alt", "aria-label") if name in told]
        if told.get("src", "").startswith("data:image/svg+xml;base64,"):
            drawn = base64.b64decode(told["src"].split(",", 1)[1]).decode("utf-8")
            self.texts += [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)<", drawn)]

    def handle_endtag(self, tag):
        self.hidden -= tag in {"style", "code", "pre"}

    def handle_data(self, text):
        if not self.hidden:
            self.texts.append(text)


ENGLISH = re.compile(
    r"\b(the|of|is|are|and|by|in|on|at|to|from|with|without|over|below|above|day|days|run|runs|median|share|balance|"
    r"account|accounts|ratio|drawdown|sales|loss|index|feedback|green|amber|start|end|trough|base|other)\b"
)

FILES = re.compile(r"^(source|assumption|estimate|fitted|remembered): |Source: |\(CSRC|Purchases go on|Policy dates|"
                   r"Margin balances|Stocks, floats|Shadow finance: est|The margin-fuelled|260bn|third article|"
                   r"daily totals|published chain|press of|2\.3 % in|4\.27 % in|M1 \+4|central bank|rounded|"
                   r"^\w+, \w+(, \w+)*$|^index|来自 |模拟不记录的内容")  # fmt: skip
"""Notes and sources of scenarios and thresholds, which stay as their authors wrote them, and lists of variables."""


def left(page):
    """Texts with an English word, but for variables, options, dimensions, and what files bring along."""
    found = []
    for text in Visible(page).texts:
        bare = re.sub(r"\((run × )?(day|date|run)( × [\w × ]+)?\)", "", text)
        bare = re.sub(r"--?[\w-]+( \w+)?|\w+_\w+|[\w.]+\.\w+|pingcang \w+|[A-Z]{3,}", "", bare)
        if ENGLISH.search(bare) and not FILES.search(text):
            found.append(text)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("chinese")
    save(dataset(3, days=6), place / "base.zarr")
    save(dataset(3, days=6, deeper=0.05), place / "other.zarr")
    return place


@pytest.mark.usefixtures("chinese_font")
def test_no_english_is_left_on_the_page_of_a_dataset(folder):
    page = write_report(folder / "base.zarr", folder / "one.html", lang="zh", broker_capital=1e12).read_text("utf-8")
    assert left(page) == []
    assert '<html lang="zh-CN">' in page and "压力测试" in page and "维持担保比例" in page


@pytest.mark.usefixtures("chinese_font")
def test_no_english_is_left_on_the_page_of_two_datasets(folder):
    page = write_report(folder / "base.zarr", folder / "two.html", against=folder / "other.zarr", lang="zh")
    assert left(page.read_text("utf-8")) == []


@pytest.mark.usefixtures("chinese_font")
def test_no_english_is_left_on_the_page_of_a_monitor():
    from pingcang.report.monitor.write import page_of
    from pingcang.report.page import render

    with language("zh"):
        pages = [render(page_of(read)) for read in (monitored.whole(), monitored.read(monitored.of_runs()))]
    assert [text for page in pages for text in left(page)] == []


def test_a_page_in_english_says_nothing_in_chinese(folder):
    page = write_report(folder / "base.zarr", folder / "english.html").read_text("utf-8")
    own = [text for text in Visible(page).texts if re.search("[一-鿿]", text)]
    assert [text for text in own if not FILES.search(text)] == [] and '<html lang="en">' in page


@pytest.mark.usefixtures("chinese_font")
def test_figures_name_the_fonts_that_readers_may_have(folder):
    page = write_report(folder / "base.zarr", folder / "fonts.html", lang="zh", overwrite=True).read_text("utf-8")
    drawn = base64.b64decode(re.search(r"svg\+xml;base64,([^\"]+)", page)[1]).decode("utf-8")
    assert all(f"'{name}'" in drawn for name in fonts.CHINESE)


def test_a_machine_without_the_letters_is_told_where_they_are(folder, monkeypatch):
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    with pytest.raises(ScenarioError, match=r"--lang zh: no font .* fonts-noto-cjk or fonts-wqy-zenhei"):
        write_report(folder / "base.zarr", folder / "never.html", lang="zh")
    assert not (folder / "never.html").exists()


def test_another_language_is_refused(folder):
    with pytest.raises(ScenarioError, match=f"--lang: found 'fr', must be one of {', '.join(LANGUAGES)}"):
        write_report(folder / "base.zarr", folder / "never.html", lang="fr")


def test_a_text_with_values_is_recognised_and_its_variables_keep_their_names():
    with language("zh"):
        assert said("Change over 5 trading days") == "5 个交易日变化"
        assert said("--series FILE with turnover; margin_purchases in the file of balances") == (
            "--series FILE，含 turnover；余额文件中的 margin_purchases"
        )
        assert said("a note that nobody made here; nor this") == "a note that nobody made here; nor this"
    assert said("Change over 5 trading days") == "Change over 5 trading days"
    assert translated("The answer") == "The answer"
