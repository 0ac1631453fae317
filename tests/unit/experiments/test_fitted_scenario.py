"""The ready-made scenario holds what the calibration wrote, and no more free news than it may."""

from pathlib import Path

import pytest
import yaml

from pingcang.scenario import load_scenario

FOLDER = Path(__file__).parents[3] / "experiments" / "china_2015"
MOST_NEWS_NUMBERS = 10


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}.{place}")
    else:
        yield path, value


def test_china_2015_holds_the_fitted_numbers_to_four_digits():
    ready = dict(leaves(load_scenario("china_2015").scenario.model_dump()))
    fitted = dict(leaves(load_scenario(FOLDER / "fitted.yaml").scenario.model_dump()))
    assert ready.keys() == fitted.keys()
    for path, value in fitted.items():
        if path == ".name":
            continue
        if isinstance(value, float):
            assert ready[path] == pytest.approx(value, rel=6e-4, abs=1e-9), path
        else:
            assert ready[path] == value, path


def test_news_are_ten_numbers_on_ten_dates():
    scenario = load_scenario("china_2015").scenario
    sizes = [event.date for event in scenario.events if event.news is not None]
    liquidity = [event.date for event in scenario.events if event.impact]
    assert len(sizes) == len(set(sizes)) == 9
    assert len(liquidity) == 1
    spec = yaml.safe_load((FOLDER / "stage_two.yaml").read_text())
    marked = [name for name, parameter in spec["parameters"].items() if parameter.get("news")]
    assert len(marked) == spec["news_numbers"] == MOST_NEWS_NUMBERS


def test_no_news_has_a_profile_of_its_own_stocks():
    for event in load_scenario("china_2015").scenario.events:
        if event.news is not None:
            assert event.news.stocks is None and event.news.boards is None and event.news.use_beta
            assert {weight for _, weight in event.news.size} <= {0.0, 1.0}


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_herding_is_symmetric_so_that_noise_alone_does_not_lift_prices(name):
    impact = load_scenario(name).scenario.impact
    assert impact.herding_down == impact.herding_up
