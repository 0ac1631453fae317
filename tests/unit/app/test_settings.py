"""What a browser may set, and that everything else is refused in words."""

import json

import pytest

from pingcang.app.settings import BANDS, LEVER_KEYS, MOST_ACCOUNTS, MOST_DAYS, Settings, teaching
from pingcang.errors import ScenarioError
from pingcang.scenario import ready_made


def asked(**changes):
    return {"scenario": "china_2015", "days": 5, "seed": 1, "levers": {}, "band": "own", **changes}


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "china_2015",
        {},
        asked(scenario="../china_2015.yaml"),
        asked(scenario="/etc/passwd"),
        asked(scenario=["china_2015"]),
        asked(scenario=None),
        asked(days=0),
        asked(days=10**9),
        asked(days=5.5),
        asked(days="5"),
        asked(days=True),
        asked(days=float("nan")),
        asked(days=float("inf")),
        asked(days=None),
        asked(days=[5]),
        asked(seed=-1),
        asked(seed=2**64),
        asked(seed={}),
        asked(levers=[1.3]),
        asked(levers=None),
        asked(levers={"close_out_line": 0.2}),
        asked(levers={"close_out_line": 1e308}),
        asked(levers={"close_out_line": float("nan")}),
        asked(levers={"close_out_line": "1.3"}),
        asked(levers={"close_out_line": [1.3]}),
        asked(levers={"marginable": 0}),
        asked(levers={"leverage": 50}),
        asked(levers={"rules.close_out_line": 1.3}),
        asked(levers={"replay.prices": "/etc/passwd"}),
        asked(band="0.5"),
        asked(band=["own"]),
        asked(band=None),
    ],
)
def test_hostile_or_absurd_settings_are_refused_in_words(raw):
    with pytest.raises(ScenarioError, match="found"):
        Settings.read(raw)


def test_a_refused_value_is_not_repeated_at_length():
    with pytest.raises(ScenarioError) as refused:
        Settings.read(asked(seed="9" * 100_000))
    assert len(str(refused.value)) < 300


def test_every_problem_is_told_at_once():
    with pytest.raises(ScenarioError) as refused:
        Settings.read(asked(days=0, seed=-1, levers={"leverage": 9, "rescue": -1}))
    assert len(refused.value.problems) == 4


def test_settings_survive_the_way_through_a_browser():
    settings = Settings.read(asked(levers={"shadow": 0.5, "close_out_line": 1.4}, band="0.2"))
    assert settings.levers == (("close_out_line", 1.4), ("shadow", 0.5))
    assert Settings.read(json.loads(json.dumps(settings.to_dict()))) == settings


def test_a_slider_where_the_scenario_stands_changes_nothing():
    own = {key: lever.own for key, lever in teaching("china_2025").levers.items()}
    settings = Settings.read(asked(scenario="china_2025", levers=own))
    assert settings.levers == ()
    assert settings.load().hash == Settings.read(asked(scenario="china_2025")).load().hash


@pytest.mark.parametrize("name", ready_made())
def test_every_ready_made_scenario_is_capped_and_loads_at_both_ends_of_every_slider(name):
    base = teaching(name)
    drawn = sum(cohort.accounts or 0 for cohort in base.scenario.cohorts.values())
    assert drawn * base.scale <= MOST_ACCOUNTS and base.days <= MOST_DAYS
    days = min(5, base.days)
    for key, lever in base.levers.items():
        assert lever.low <= lever.own <= lever.high
        for value in () if lever.missing else (lever.low, lever.high):
            assert Settings.read(asked(scenario=name, days=days, levers={key: value})).load().scenario


@pytest.mark.parametrize("band", BANDS)
def test_every_price_limit_loads(band):
    rules = Settings.read(asked(band=band)).load().scenario
    assert rules.exchange.price_limits == (band != "none")
    if band not in {"own", "none"}:
        assert set(rules.rules.price_limits.values()) == {float(band)}


def test_what_a_scenario_lacks_cannot_be_moved_and_says_why():
    with pytest.raises(ScenarioError, match=r"Shadow finance: found 0\.5, cannot be moved here: there are no shadow"):
        Settings.read(asked(scenario="one_account", levers={"shadow": 0.5}))


def test_each_lever_sets_what_it_names():
    def moved(**levers):
        return Settings.read(asked(days=45, levers=levers)).load().scenario

    own = moved()
    line = moved(close_out_line=1.5).rules
    assert (line.close_out_line, line.warning_line, line.restore_line) == (1.5, 1.5, 1.5)
    assert moved(initial_margin=1.0).rules.initial_margin.value == 1.0
    assert moved(marginable=100).rules.marginable_stocks == 100
    assert "shadow" not in moved(shadow=0).cohorts
    assert moved(shadow=2).cohorts["shadow"].debt == 2 * own.cohorts["shadow"].debt
    assert moved(shadow=2).cohorts["shadow"].accounts == 2 * own.cohorts["shadow"].accounts
    assert all(event.rescue is None for event in moved(rescue=0).events)
    budgets = [event.rescue.budget for event in own.events if event.rescue]
    assert [event.rescue.budget for event in moved(rescue=2).events if event.rescue] == [2 * b for b in budgets]
    assert set(LEVER_KEYS) == set(teaching("china_2015").levers)


def test_leverage_is_more_debt_on_the_same_assets():
    own, levered = (
        Settings.read(asked(levers=levers)).load().scenario.cohorts["retail"] for levers in ({}, {"leverage": 1.2})
    )
    assert levered.debt == pytest.approx(1.2 * own.debt)
    for (_, before), (_, after) in zip(own.maintenance_ratio, levered.maintenance_ratio, strict=True):
        assert after * levered.debt == pytest.approx(before * own.debt, rel=1e-4)
