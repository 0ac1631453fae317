"""What an arm may change, how it is written into the scenario, and how everything else is refused."""

import datetime as dt

import pytest

from pingcang.errors import ScenarioError
from pingcang.montecarlo.fork import check_agreement, forked
from pingcang.montecarlo.fork.arms import parsed_arms
from pingcang.scenario import load_scenario, sections_on
from pingcang.scenario.canonical import written_out
from twins.written import DATES, busy, loaded, merged

CRASH = load_scenario("china_2015", settings=["scale=0.001"])
AT = dt.date(2015, 7, 2)
EVE = dt.date(2015, 7, 1)


def arm(changes, scenario=CRASH, at=AT):
    return forked(scenario, at, {"x": changes})["x"]


def events_of(scenario):
    return [written_out(event) for event in scenario.scenario.events]


def test_an_arm_without_changes_is_the_scenario_itself():
    assert arm({}) is CRASH


def test_a_change_is_an_event_behind_those_of_its_date():
    more = arm({"rules.close_out_line": 1.4, "cohorts.retail.contract.liquidation": "pro_rata", "news.value": -0.1})
    place = [event["date"] for event in events_of(CRASH)].index(AT) + 1
    wanted = {
        "date": AT,
        "rules": {"close_out_line": 1.4},
        "contract": {"retail": {"liquidation": "pro_rata"}},
        "news": {"value": -0.1, "use_beta": True, "size": [[0.0, 1.0]]},
    }
    assert {key: value for key, value in events_of(more)[place].items() if key != "note"} == wanted
    assert events_of(more)[:place] + events_of(more)[place + 1 :] == events_of(CRASH)
    assert sections_on(more.scenario, EVE).rules == sections_on(CRASH.scenario, EVE).rules
    assert sections_on(more.scenario, AT).rules.close_out_line == 1.4
    assert sections_on(more.scenario, AT).contracts["retail"].liquidation == "pro_rata"


def test_texts_and_values_say_the_same():
    texts = ["rules.close_out_line=1.4", "rules.call_window=1", "contract.retail={initial_margin: 0.8}"]
    values = {"rules": {"close_out_line": 1.4, "call_window": 1}, "cohorts.retail.contract": {"initial_margin": 0.8}}
    assert arm(texts).hash == arm(values).hash


def test_a_change_wins_over_the_events_of_its_date_and_of_later_ones():
    """call_window is changed on 2015-07-02 too, short_cover_t_plus_one on 2015-08-04 only."""
    more = arm({"rules.call_window": 1, "rules.short_cover_t_plus_one": False})
    last = dt.date(2015, 8, 17)
    assert sections_on(CRASH.scenario, last).rules.call_window == 4
    assert sections_on(more.scenario, last).rules.call_window == 1
    assert sections_on(more.scenario, last).rules.short_cover_t_plus_one is False
    news = [event.get("news") for event in events_of(more) if event["date"] == dt.date(2015, 8, 4)]
    assert news[0]["value"] == 0.1  # what else that event says stays


def test_what_happens_on_the_day_comes_beside_what_happens_anyway():
    more = arm({"news.value": -0.1, "rescue.budget": 1e10, "suspend.stocks": "all"})
    assert [event["news"]["value"] for event in events_of(more) if event["date"] == AT] == [-0.1584, -0.1]


def test_events_to_come_can_be_changed_or_called_off():
    place = next(i for i, event in enumerate(events_of(CRASH)) if event["date"] == dt.date(2015, 7, 6))
    more = arm([f"events.{place}.rescue=", f"events.{place}.news.value=-0.1", "rules.call_window=1"])
    changed = next(event for event in events_of(more) if event["date"] == dt.date(2015, 7, 6))
    assert "rescue" not in changed and changed["news"]["value"] == -0.1


def test_the_end_of_a_rescue_that_is_under_way_can_be_changed():
    place = next(i for i, event in enumerate(events_of(CRASH)) if event.get("rescue", {}).get("until"))
    at = dt.date(2015, 7, 20)
    longer = arm([f"events.{place}.rescue.until=2015-08-14"], at=at)
    assert longer.scenario.events[place].rescue.until == dt.date(2015, 8, 14)
    with pytest.raises(ScenarioError, match=f"arm x: events.{place}: differs before or on 2015-07-17"):
        arm([f"events.{place}.rescue.until=2015-07-16"], at=at)


def test_words_may_differ():
    named = load_scenario("china_2015", settings=["scale=0.001", "name=other", "events.0.note=other words"])
    check_agreement(CRASH, named, EVE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("cohorts.retail.debt=1e9", "arm x: cohorts.retail.debt: cannot change from a date on; allowed are rules.X"),
        ("scale=0.01", "arm x: scale: cannot change from a date on"),
        ("calendar.start=2015-06-11", "arm x: calendar.start: cannot change from a date on"),
        ("rules=cn_2025", "arm x: rules: cannot change from a date on"),
        ("contract.retail=1", "arm x: contract.retail: cannot change from a date on"),
        ("events.0.news.value=-0.1", "arm x: events.0: differs before or on 2015-07-01, so there is no common past"),
        ("events.99.news.value=-0.1", "'99' is no item of the list; allowed: 0 to 14"),
        ("rules.close_out_lin=1.4", "arm x: rules.close_out_lin: unknown key; did you mean close_out_line?"),
        ("rules.close_out_line=high", "arm x: rules.close_out_line: 'high' is text, not a number"),
        ("rules.lendable_share=0.1", "arm x: rules.lendable_share: lendable_share is read at the start only"),
        ("contract.nobody.initial_margin=1", "arm x: contract.nobody: there is no cohort 'nobody'"),
        ("rules.close_out_line", "not a setting; write path=value"),
    ],
)
def test_what_no_event_can_do_is_refused_with_its_key(change, message):
    with pytest.raises(ScenarioError) as told:
        arm([change])
    assert message in str(told.value) and str(told.value).startswith("arm x: ")


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("2015-07-04", "fork at 2015-07-04: is not a trading day; take the next one, 2015-07-06"),
        ("2015-06-12", "fork at 2015-06-12: must lie in the calendar, 2015-06-15 to 2015-08-17"),
        ("2015-08-18", "fork at 2015-08-18: must lie in the calendar, 2015-06-15 to 2015-08-17"),
    ],
)
def test_a_date_that_is_no_trading_day_after_the_start_is_refused(at, message):
    with pytest.raises(ScenarioError, match=message):
        arm({}, at=dt.date.fromisoformat(at))


@pytest.mark.parametrize("label", ["", "a/b", "../a", "a b", ".hidden", "x" * 65])
def test_a_label_that_is_no_file_name_is_refused(label):
    with pytest.raises(ScenarioError, match="must be letters, digits"):
        forked(CRASH, AT, {label: {}})


def test_arms_are_parsed_from_words():
    words = ["a: rules.call_window=1;contract.retail.initial_margin=0.8 ; ", "b:", "c: suspend.stocks=[S0, S1]"]
    assert dict(parsed_arms(words)) == {
        "a": ["rules.call_window=1", "contract.retail.initial_margin=0.8"],
        "b": [],
        "c": ["suspend.stocks=[S0, S1]"],
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rules.call_window=1"], "write LABEL: KEY=VALUE"),
        (["a:", "a: rules.call_window=1"], "there is an arm a already"),
    ],
)
def test_words_that_are_no_arm_are_refused(words, message):
    with pytest.raises(ScenarioError, match=message):
        dict(parsed_arms(words))


@pytest.mark.parametrize("day", [0, 1])
def test_the_order_of_cohorts_is_part_of_the_past(day):
    base = busy()
    turned = merged(base, {})
    turned["cohorts"] = dict(reversed(base["cohorts"].items()))
    with pytest.raises(ScenarioError, match="cohorts: differs before or on"):
        check_agreement(loaded(base), loaded(turned), dt.date.fromisoformat(DATES[day]))


def test_other_data_files_are_another_past(tmp_path):
    folders = []
    for price in ("10.0", "11.0"):
        folder = tmp_path / price
        folder.mkdir()
        (folder / "stocks.csv").write_text(f"code,price,float_shares\nS0,{price},100000000\n")
        (folder / "x.yaml").write_text(
            "kind: scenario\nname: x\ncalendar: {start: 2015-01-05, days: 3}\nsecurities: {csv: stocks.csv}\n"
        )
        folders.append(load_scenario(folder / "x.yaml"))
    with pytest.raises(ScenarioError, match="its data files are not those of"):
        check_agreement(*folders, dt.date(2015, 1, 6))


@pytest.mark.parametrize("turned", [False, True])
def test_a_rule_that_only_one_of_two_pasts_has_is_no_common_past(turned):
    """Sections that are there or not, in place of numbers that differ."""
    rules = {"circuit_breaker": {"levels": [{"move": 0.05}]}, "counter_cyclical": None}
    base = busy()
    other = base | {"events": [{"date": DATES[0], "rules": rules}, *base["events"]]}
    pair = [loaded(base), loaded(other)]
    with pytest.raises(ScenarioError, match=r"events\.0: differs before or on"):
        check_agreement(*(reversed(pair) if turned else pair), dt.date.fromisoformat(DATES[3]))
