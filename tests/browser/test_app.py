"""The teaching page in a real browser: every control acts, nothing is fetched from elsewhere, sessions do not mix."""

import json
import threading
import time

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from pingcang.app import words
from pingcang.app.serve import make_server, warm_up
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

PATIENCE = 30.0
"""Seconds that a slow machine may take; a failure costs them, a success does not."""
SMALL, FALL = "two_accounts_one_stock", "china_2015"


@pytest.fixture(scope="module")
def address():
    server = make_server("127.0.0.1", 0)
    warm_up()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, address):
    """The page as it begins, drawn; behind the test the console must have stayed silent."""
    opened(browser, address)
    yield browser
    assert browser.get_log("browser") == []


def opened(browser, address, width=1280, height=900):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(address)
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "#accounts-a .scatterlayer .points path"))
    wait(lambda: text(browser, "date").startswith("20 ·"))


def wait(true, told="the page did not answer"):
    """What a condition gives, once it gives something."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := true():
            return found
        time.sleep(0.03)
    raise AssertionError(told)


def text(browser, name):
    return browser.execute_script("return document.getElementById(arguments[0]).innerText", name)


def press(browser, name):
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.find_element(By.ID, name))
    browser.find_element(By.ID, name).click()


def drawn(browser, name):
    """What a picture shows: its traces."""
    script = "return JSON.stringify(document.querySelector('#' + arguments[0] + ' .js-plotly-plot').data)"
    return browser.execute_script(script, name)


def index_of(browser):
    """The y values of the traces of the index."""
    return [len(trace["y"]) if isinstance(trace["y"], list) else None for trace in json.loads(drawn(browser, "index"))]


def choose(browser, dropdown, option):
    press(browser, dropdown)
    path = f"//label[contains(@class, 'dash-dropdown-option')][contains(normalize-space(.), '{option}')]"
    wait(lambda: browser.find_elements(By.XPATH, path))[0].click()


def slider(browser, side, key):
    place = ["close_out_line", "initial_margin", "leverage", "marginable", "shadow", "rescue"].index(key)
    return browser.find_elements(By.CSS_SELECTOR, f"#levers-{side} [role=slider]")[place]


def day_of(browser):
    """Where the slider of the day stands; the pictures follow it."""
    return browser.find_element(By.CSS_SELECTOR, ".day [role=slider]").get_attribute("aria-valuenow")


def type_seed(browser, digits):
    seed = browser.find_element(By.CSS_SELECTOR, "input#seed, #seed input")
    seed.send_keys(Keys.CONTROL, "a")
    seed.send_keys(digits, Keys.ENTER)


def changed(browser, name, before):
    return wait(lambda: drawn(browser, name) != before and drawn(browser, name), f"{name} did not change")


def test_the_first_paint_comes_within_three_seconds_and_nothing_is_asked_of_another_machine(browser, address):
    browser.get_log("performance")
    opened(browser, address)
    paints = browser.execute_script("return performance.getEntriesByType('paint').map(entry => entry.startTime)")
    assert 0 < max(paints) < 3000
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert browser.get_log("browser") == []


def test_every_picture_is_there_with_its_axes(page):
    for name in ("index", "balance", "flow", "map-a", "accounts-a"):
        assert page.find_elements(By.CSS_SELECTOR, f"#{name} .main-svg")
    titles = page.execute_script(
        "return [...document.querySelectorAll('.xtitle, .ytitle, .y2title')].map(t => t.textContent)"
    )
    assert {"date", "index, start = 100", "tn CNY", "bn CNY a day", "accounts"} <= set(titles)
    assert not page.find_element(By.ID, "card-map-b").is_displayed()


def test_step_play_pause_and_reset_move_the_day(page):
    press(page, "reset")
    wait(lambda: text(page, "date").startswith("0 · 2015-06-12"))
    wait(lambda: index_of(page) == [1, 1])
    press(page, "step")
    wait(lambda: text(page, "date").startswith("1 · 2015-06-15"))
    wait(lambda: index_of(page) == [2, 2])
    press(page, "play")
    wait(lambda: text(page, "play") == words.PAUSE)
    wait(lambda: int(text(page, "date").split(" ·")[0]) >= 3)
    press(page, "play")
    wait(lambda: text(page, "play") == words.PLAY)
    stopped = day_of(page)
    time.sleep(1.3)
    assert day_of(page) == stopped


def test_the_day_can_be_moved_from_the_keyboard(page):
    page.find_element(By.CSS_SELECTOR, ".day [role=slider]").send_keys(Keys.HOME)
    wait(lambda: text(page, "date").startswith("0 ·"))
    page.find_element(By.CSS_SELECTOR, ".day [role=slider]").send_keys(Keys.ARROW_RIGHT)
    wait(lambda: text(page, "date").startswith("1 ·"))


def test_every_lever_changes_the_market(page):
    for key in ("close_out_line", "initial_margin", "leverage", "marginable", "shadow", "rescue"):
        before = drawn(page, "index")
        slider(page, "a", key).send_keys(Keys.HOME)
        changed(page, "index", before)
    before = drawn(page, "index")
    page.find_elements(By.CSS_SELECTOR, "#levers-a .bands input")[-1].click()
    changed(page, "index", before)
    assert text(page, "refused") == ""


def test_days_and_seed_change_the_run(page):
    before = drawn(page, "index")
    page.find_elements(By.CSS_SELECTOR, "#shared [role=slider]")[0].send_keys(Keys.HOME)
    changed(page, "index", before)
    wait(lambda: text(page, "date").startswith("5 ·"))
    before = drawn(page, "index")
    type_seed(page, "2")
    changed(page, "index", before)


def test_two_rule_sets_stand_side_by_side_on_the_same_random_numbers(page):
    page.find_element(By.CSS_SELECTOR, "#compare input").click()
    wait(lambda: page.find_element(By.ID, "card-map-b").is_displayed())
    wait(lambda: len(index_of(page)) == 4)
    same = json.loads(drawn(page, "index"))
    assert same[0]["y"] == same[2]["y"]
    before = drawn(page, "index")
    slider(page, "b", "close_out_line").send_keys(Keys.END)
    apart = json.loads(changed(page, "index", before))
    assert apart[0]["y"] == same[0]["y"] != apart[2]["y"]
    assert apart[1]["y"][:10] == apart[3]["y"][:10]  # until the stocks that companies suspend differ


def test_a_clicked_account_tells_its_story(page):
    choose(page, "scenario", SMALL)
    wait(lambda: "2015-01-12" in text(page, "date"))
    point = page.find_elements(By.CSS_SELECTOR, "#accounts-a .scatterlayer .points path")[0]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
    webdriver.ActionChains(page).move_to_element(point).pause(0.2).click().perform()
    wait(lambda: "retail:" in text(page, "story"))
    assert "maintenance ratio" in text(page, "story")


def test_an_account_can_be_chosen_by_name(page):
    choose(page, "scenario", SMALL)
    wait(lambda: "2015-01-12" in text(page, "date"))
    choose(page, "account", "retail:")
    wait(lambda: "CALLED" in text(page, "story"))


def test_an_absurd_setting_is_refused_on_the_page_and_the_last_run_stays(page):
    before = drawn(page, "index")
    hostile = "<img src=x onerror='window.ran = 1'>"
    script = "dash_clientside.set_props({type: 'band', side: 'a'}, {value: arguments[0]})"
    page.execute_script(script, hostile)
    wait(lambda: "price limit: found" in text(page, "refused"))
    assert "<img" in text(page, "refused")
    assert page.execute_script("return window.ran") is None
    assert drawn(page, "index") == before
    page.execute_script(script, "own")
    wait(lambda: text(page, "refused") == "")


def test_an_absurd_seed_that_is_typed_is_refused(page):
    type_seed(page, "123456")
    wait(lambda: "must be a whole number from 0 to 9999" in text(page, "refused"))


def arrived(folder, suffix):
    return wait(lambda: [path for path in folder.iterdir() if path.suffix == suffix], f"no {suffix} arrived")[0]


def test_scenario_and_run_can_be_taken_away(page, downloads):
    page.find_elements(By.CSS_SELECTOR, ".rules.a .buttons button")[0].click()
    loaded = load_scenario(arrived(downloads, ".yaml"))
    assert loaded.scenario.name == FALL and loaded.scenario.calendar.days == 20
    page.find_elements(By.CSS_SELECTOR, ".rules.a .buttons button")[1].click()
    with open_results(arrived(downloads, ".nc")) as run:
        shown = json.loads(drawn(page, "index"))[0]["y"]
        np.testing.assert_allclose(100 * run["index"].values[0], shown)
        assert run.attrs["scenario_hash"] == loaded.hash


def test_two_students_do_not_mix(page, address):
    mine = drawn(page, "index")
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    try:
        opened(page, address)
        slider(page, "a", "close_out_line").send_keys(Keys.END)
        theirs = changed(page, "index", mine)
        page.switch_to.window(first)
        assert drawn(page, "index") == mine
        press(page, "reset")
        wait(lambda: index_of(page) == [1, 1])
        page.switch_to.window(page.window_handles[1])
        assert drawn(page, "index") == theirs
    finally:
        page.switch_to.window(page.window_handles[1])
        page.close()
        page.switch_to.window(first)


def test_two_students_read_the_page_in_two_languages(page, address):
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    try:
        opened(page, f"{address}?lang=zh")
        assert page.execute_script("return document.documentElement.lang") == "zh"
        assert text(page, "play") == "播放" and "平仓线" in text(page, "levers-a")
        press(page, "reset")
        press(page, "play")
        wait(lambda: text(page, "play") == "暂停")
        titles = "return [...document.querySelectorAll('.xtitle, .ytitle, .y2title')].map(t => t.textContent)"
        wait(lambda: {"日期", "指数，起点 = 100", "万亿元", "账户数"} <= set(page.execute_script(titles)))
        page.switch_to.window(first)
        press(page, "step")
        assert text(page, "play") == words.PLAY and "Close-out line" in text(page, "levers-a")
        page.switch_to.window(page.window_handles[1])
        page.find_element(By.LINK_TEXT, "English").click()
        wait(lambda: page.current_url == address and page.find_elements(By.ID, "levers-a"))
        wait(lambda: "Close-out line" in text(page, "levers-a"))
    finally:
        page.switch_to.window(page.window_handles[1])
        page.close()
        page.switch_to.window(first)


@pytest.mark.parametrize("path", ["", "zh/"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_to_the_side_and_no_text_of_a_picture_is_cut(browser, address, width, path):
    opened(browser, address + path, width)
    browser.execute_script("document.querySelector('details').open = true")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    out = """return [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
        const frame = plot.getBoundingClientRect();
        return [...plot.querySelectorAll('.xtitle, .ytitle, .y2title, .legendtext, .ytick text')].filter(text => {
            const box = text.getBoundingClientRect();
            return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
        }).map(text => text.textContent);
    })"""
    assert browser.execute_script(out) == []
    assert browser.get_log("browser") == []
