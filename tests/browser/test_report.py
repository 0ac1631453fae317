"""The page in a real browser: everything is there, nothing is fetched, nothing runs, nothing sticks out."""

import base64
import re
import time

import pytest
from selenium.webdriver.common.by import By

from pingcang.report.write import write_report
from pingcang.results.storage import save
from unit.report.made import dataset, page_of
from unit.report.monitored import html
from unit.report.test_page import EVIL, evil_dataset

A4 = {"width": 680, "height": 1000}
"""Pixels between the margins of a printed page."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def single(folder):
    page_of(folder, dataset(5, days=20), name="single")
    return folder / "single.html"


@pytest.fixture(scope="module")
def evil(folder):
    page_of(folder, evil_dataset(), name="evil")
    return folder / "evil.html"


@pytest.fixture(scope="module")
def two(folder):
    save(dataset(5, days=20), folder / "base.zarr")
    save(dataset(5, days=20, deeper=0.05), folder / "other.zarr")
    return write_report(folder / "base.zarr", folder / "two.html", against=folder / "other.zarr")


@pytest.fixture(scope="module")
def monitor(folder):
    """The page of a balance whose stocks and sectors have hostile names."""
    path = folder / "monitor.html"
    path.write_text(html(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chinese(folder, chinese_font):
    save(dataset(5, days=20), folder / "chinese.zarr")
    return write_report(folder / "chinese.zarr", folder / "chinese.html", lang="zh")


@pytest.fixture(params=["single", "two", "evil", "monitor", "chinese"])
def page(request):
    return request.getfixturevalue(request.param)


def shown(browser, path, width=1280, height=900):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())
    return browser


def test_everything_is_there_without_a_word_on_the_console(browser, page):
    shown(browser, page)
    assert browser.get_log("browser") == []
    sections, figures = (10, 8) if page.stem == "monitor" else (12, 10)
    assert len(browser.find_elements(By.CSS_SELECTOR, "main section h2")) >= sections
    assert len(browser.find_elements(By.CSS_SELECTOR, "figure[data-variable] img[alt]")) >= figures
    assert len(browser.find_elements(By.CSS_SELECTOR, ".table[data-variable] table tbody tr")) > 20
    whole = "return [...document.images].every(image => image.complete && image.naturalWidth > 100)"
    assert browser.execute_script(whole)


def test_nothing_is_fetched(browser, page):
    shown(browser, page)
    names = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert [name for name in names if not name.startswith("data:")] == []


def test_the_style_sheet_is_the_page_s_own_and_is_in_force(browser, single):
    shown(browser, single)
    heading = browser.find_element(By.TAG_NAME, "header")
    assert heading.value_of_css_property("border-bottom-width") == "3px"


@pytest.mark.parametrize("guarded", [True, False])
def test_a_script_in_a_name_is_shown_and_not_run_with_and_without_the_policy(browser, evil, tmp_path, guarded):
    html = evil.read_text(encoding="utf-8")
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert bare != html
    copy = tmp_path / "evil.html"
    copy.write_text(html if guarded else bare, encoding="utf-8")
    shown(browser, copy)
    assert browser.execute_script("return window.ran") is None
    assert browser.get_log("browser") == []
    assert browser.find_element(By.TAG_NAME, "h1").text == f"Stress test: {EVIL}"
    assert browser.find_elements(By.TAG_NAME, "script") == []


@pytest.mark.parametrize("guarded", [True, False])
def test_names_of_stocks_and_sectors_are_shown_and_not_run_on_the_page_of_a_monitor(
    browser, monitor, tmp_path, guarded
):
    copy = tmp_path / "monitor.html"
    text = monitor.read_text(encoding="utf-8")
    copy.write_text(text if guarded else re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text), "utf-8")
    shown(browser, copy)
    assert browser.execute_script("return window.ran") is None
    assert browser.get_log("browser") == []
    assert browser.find_elements(By.TAG_NAME, "script") == []
    assert EVIL in browser.find_element(By.ID, "inputs").find_element(By.XPATH, "..").text


def test_a_light_has_its_word_and_its_shape_on_the_page_of_a_monitor(browser, monitor):
    shown(browser, monitor)
    lights = browser.find_elements(By.CSS_SELECTOR, ".light")
    assert len(lights) > 2
    shapes = {"green": "●", "amber": "▲", "orange": "◆", "red": "■"}
    for light in lights:
        shape, word = light.text.split()
        assert shapes[word] == shape and light.value_of_css_property("background-color") != "rgba(0, 0, 0, 0)"


def test_the_policy_would_stop_a_script_and_a_fetch(browser, single, tmp_path):
    """A page into which somebody got a script after all, to see that the policy above is in force."""
    html = single.read_text(encoding="utf-8")
    planted = "<script>window.ran = 1</script><img src='https://example.invalid/x.png'></main>"
    copy = tmp_path / "planted.html"
    copy.write_text(html.replace("</main>", planted), encoding="utf-8")
    shown(browser, copy)
    assert browser.execute_script("return window.ran") is None
    told = " ".join(entry["message"] for entry in browser.get_log("browser"))
    assert "script-src" in told and "img-src" in told


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_to_the_side(browser, page, width):
    shown(browser, page, width)
    for details in browser.find_elements(By.TAG_NAME, "details"):
        browser.execute_script("arguments[0].open = true", details)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_letters_of_a_figure_can_be_read_on_a_phone(browser, single):
    shown(browser, single, 390)
    drawn = browser.execute_script("return [...document.images].map(image => image.width / image.naturalWidth)")
    assert min(drawn) * 12.5 >= 9  # 9.5 points, the smallest letters of a figure, in CSS pixels of the phone


def test_numbers_can_be_taken_away(browser, single, downloads):
    shown(browser, single)
    browser.find_element(By.CSS_SELECTOR, "a[download='fan-index.csv']").click()
    written = downloads / "fan-index.csv"
    for _ in range(100):
        if written.exists():
            break
        time.sleep(0.05)
    assert written.read_text(encoding="utf-8").startswith(
        "arm,date,day,p05,p25,median,p75,p95\nsimulated,2015-06-12,0,1,"
    )
    assert browser.get_log("browser") == []


def test_no_figure_is_longer_than_a_printed_page_and_none_is_cut(browser, page):
    shown(browser, page, **A4)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    figures = browser.find_elements(By.TAG_NAME, "figure")
    assert all(figure.value_of_css_property("break-inside") == "avoid" for figure in figures)
    assert max(figure.size["height"] for figure in figures) < A4["height"]
    assert browser.execute_script("return document.documentElement.scrollWidth") <= A4["width"]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("name", ["single", "monitor"])
def test_the_page_prints(browser, request, name):
    shown(browser, request.getfixturevalue(name))
    printed = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert printed.startswith(b"%PDF") and 5 < len(re.findall(rb"/Type\s*/Page\b", printed)) < 30
