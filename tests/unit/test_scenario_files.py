"""The ready-made scenarios load, and their headline numbers are the published ones."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pingcang.scenario import Scenario, load_scenario, trading_days
from pingcang.scenario.rule_history import dated_changes
from pingcang.scenario.schema import Board, Cohort

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
TEACHING = ("one_account", "two_accounts_one_stock", "limit_pin")
COHORTS = ["retail", "institution", "shadow", "short_seller"]
BLOCKS_WITH_SOURCE = (
    "calendar",
    "exchange",
    "securities",
    "cohorts",
    "funds",
    "national_team",
    "rules",
    "impact",
    "events",
)


def scenario(name: str) -> Scenario:
    return load_scenario(name).scenario


def boards(name: str) -> dict[str, Board]:
    return scenario(name).securities.boards or {}


def total(name: str, key: str) -> Any:
    return sum(getattr(board, key) or 0 for board in boards(name).values())


def mean(quantiles: list[tuple[float, float]]) -> float:
    """The mean of a distribution that is linear between its quantiles."""
    return sum((p1 - p0) * (y0 + y1) / 2 for (p0, y0), (p1, y1) in pairwise(quantiles))


def official_debt(cohorts: dict[str, Cohort]) -> float:
    return (cohorts["retail"].debt or 0) + (cohorts["institution"].debt or 0)


@pytest.mark.parametrize("name", NAMES)
def test_every_ready_made_scenario_loads_under_its_own_name(name):
    assert scenario(name).name == name


def test_the_promised_scenarios_are_there():
    promised = {"china_2015", "china_2015_950", "china_2015_calm", "china_2025", *TEACHING}
    promised |= {"china_2026_initial_100", "hk_2025"}
    assert promised <= set(NAMES)


# CSF and exchange figures of 12 June 2015; float caps summed over 2,696 stocks
def test_china_2015_has_the_published_totals():
    assert total("china_2015", "stocks") == 2780
    assert total("china_2015", "marginable") == 900
    assert total("china_2015", "suspended") == 434
    assert total("china_2015", "total_float_cap") == pytest.approx(56.8e12, rel=0.002)
    assert total("china_2015", "suspended_float_cap") == pytest.approx(4.03e12, rel=0.01)
    cohorts = scenario("china_2015").cohorts
    assert list(cohorts) == COHORTS
    assert official_debt(cohorts) == pytest.approx(2.2205e12, rel=0.001)
    assert cohorts["short_seller"].debt == 9.2e9
    assert 1e12 <= cohorts["shadow"].debt <= 1.5e12


# trading days counted in the daily files: 12 June (not counted) to 17 August 2015, 22 June a holiday
def test_china_2015_ends_on_17_august():
    days = trading_days(scenario("china_2015").calendar)
    assert (str(days[0]), str(days[-1]), len(days)) == ("2015-06-12", "2015-08-17", 46)


# Goldman Sachs 2015-08-05: 860 to 900 bn in June and July
@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_the_rescue_spends_what_was_reported(name):
    days = trading_days(scenario(name).calendar)
    spent = sum(
        event.rescue.budget * sum(event.date <= day <= (event.rescue.until or event.date) for day in days)
        for event in scenario(name).events
        if event.rescue
    )
    assert 860e9 <= spent <= 900e9


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_news_has_few_free_sizes_and_no_event_without_a_note(name):
    events = scenario(name).events
    assert all(event.note for event in events)
    assert sum(event.news is not None for event in events) == 9
    assert sum(event.impact is not None for event in events) == 1  # with the bids at the limit: ten free numbers


def test_china_2015_950_changes_the_list_of_marginable_stocks_only():
    variant, base = scenario("china_2015_950"), scenario("china_2015")
    assert total("china_2015_950", "marginable") == 950
    assert (variant.cohorts, variant.events, variant.impact) == (base.cohorts, base.events, base.impact)


def test_china_2015_calm_is_china_2015_without_events():
    calm, base = scenario("china_2015_calm"), scenario("china_2015")
    assert calm.events == []
    told_apart = {"name", "description", "events"}
    assert calm.model_dump(exclude=told_apart) == base.model_dump(exclude=told_apart)


# CSF 2025-08-22 (balances, 290.69 %), press of August 2025 (4,150 stocks), 2.155tn / 2.32 % of float
def test_china_2025_has_the_published_totals():
    assert total("china_2025", "stocks") == 5400
    assert total("china_2025", "marginable") == 4150
    assert total("china_2025", "total_float_cap") == pytest.approx(93e12)
    cohorts = scenario("china_2025").cohorts
    assert list(cohorts) == COHORTS
    assert official_debt(cohorts) == pytest.approx(2.140e12, rel=0.001)
    assert cohorts["short_seller"].debt == 15e9
    assert mean(cohorts["retail"].maintenance_ratio or []) == pytest.approx(2.9069, abs=0.02)
    assert scenario("china_2025").rules.initial_margin.value == 0.8


def test_china_2025_has_the_wider_bands_of_its_boards():
    limits = {name: board.price_limit for name, board in boards("china_2025").items()}
    assert limits == {"sse_main": 0.1, "szse_main": 0.1, "chinext": 0.2, "star": 0.2, "bse": 0.3}


@pytest.mark.parametrize("name", ["china_2025", "china_2026_initial_100"])
def test_the_news_of_2015_falls_on_the_same_trading_days_in_later_years(name):
    def shocks(name):
        days = trading_days(scenario(name).calendar)
        return [(days.index(event.date), event.news.value) for event in scenario(name).events if event.news]

    assert shocks(name) == shocks("china_2015")


def test_the_rescue_of_2026_is_that_of_2025_on_the_same_trading_days():
    def purchases(name):
        days = trading_days(scenario(name).calendar)
        return [
            (days.index(event.date), event.rescue.budget, event.rescue.until and days.index(event.rescue.until))
            for event in scenario(name).events
            if event.rescue
        ]

    assert purchases("china_2026_initial_100") == purchases("china_2025")


# CSF 2026-01-16: 27,144 亿, short 171 亿, 285.60 %; CSI All-Share 6,246.92 / 5,620.43 times 93tn
def test_china_2026_has_the_published_totals():
    assert total("china_2026_initial_100", "total_float_cap") == pytest.approx(93e12 * 6246.92 / 5620.43, rel=1e-3)
    cohorts = scenario("china_2026_initial_100").cohorts
    assert official_debt(cohorts) == pytest.approx(2.7144e12, rel=1e-3)
    assert cohorts["short_seller"].debt == pytest.approx(17.1e9)
    assert mean(cohorts["retail"].maintenance_ratio or []) == pytest.approx(2.856, abs=0.02)


def test_new_loans_alone_need_100_percent_in_2026():
    """The initial state is drawn under 80 %, the rule changes on the first day."""
    rules = scenario("china_2026_initial_100").rules
    changes = dated_changes(scenario("china_2026_initial_100"))
    assert (rules.name, rules.initial_margin.value) == ("cn_2025", 0.8)
    found = [(str(each.date), each.key, each.after) for each in changes if each.section == "rules"]
    assert found == [("2026-01-19", "initial_margin.value", 1.0)]


def test_hong_kong_has_no_bands_and_brokers_with_lines_of_their_own():
    hong_kong = scenario("hk_2025")
    assert hong_kong.currency == "HKD"
    assert not hong_kong.exchange.price_limits
    assert hong_kong.rules.name == "hk_sfc"
    brokers = hong_kong.cohorts["retail"].contract.brokers
    assert brokers is not None
    assert brokers.count == 100
    assert hong_kong.rules.warning_line >= brokers.close_out_line[-1][1]


def test_behaviour_is_one_set_for_both_years_but_for_the_calm_growth_of_debt():
    then, now = scenario("china_2015").cohorts, scenario("china_2025").cohorts
    for name in COHORTS:
        apart = {"appetite": {"base"}}
        assert now[name].behaviour.model_dump(exclude=apart) == then[name].behaviour.model_dump(exclude=apart)


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_few_accounts_start_near_their_line_and_shadow_loans_are_the_riskier(name):
    cohorts = scenario(name).cohorts
    lowest = {key: (cohort.maintenance_ratio or [])[0][1] for key, cohort in cohorts.items()}
    assert lowest["retail"] >= 1.5
    line = cohorts["shadow"].contract.close_out_line
    assert isinstance(line, list)
    assert lowest["shadow"] > line[-1][1]
    assert mean(cohorts["shadow"].maintenance_ratio or []) == pytest.approx(3.75 / 2.75, abs=0.02)


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_debt_an_account_is_plausible_beside_the_entry_threshold(name):
    """Own funds of a margin client must be half a million CNY when he starts (CSRC, 2013)."""
    retail = scenario(name).cohorts["retail"]
    debt = (retail.debt or 0) / (retail.accounts or 1)
    own = debt * (mean(retail.maintenance_ratio or []) - 1)
    assert 0.5e6 < own < 5e6


@pytest.mark.parametrize("name", TEACHING)
def test_a_teaching_case_has_nothing_random_in_it(name):
    case = scenario(name)
    assert case.scale == 1
    assert case.impact.market_volatility == case.impact.stock_volatility == 0
    assert all(cohort.behaviour.activity == 0 for cohort in case.cohorts.values())
    assert len(case.description) > 200


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_every_block_of_a_historical_scenario_names_its_sources(name):
    """Each top-level block of numbers says source, estimate or assumption, inside or in the comment above."""
    text = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")
    parts = re.split(r"\n\n(?=(?:#[^\n]*\n)*(\w+):)", text)
    blocks = dict(zip(parts[1::2], parts[2::2], strict=True))
    for key in BLOCKS_WITH_SOURCE:
        assert re.search(r"# ?.*(source|estimate|assumption)", blocks[key]), key


@pytest.mark.parametrize("name", ["china_2015", "china_2025"])
def test_no_block_of_numbers_is_long_without_a_comment(name):
    """From the cohorts on, a source or an assumption stands at least every thirty lines."""
    lines = (SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("cohorts:"))
    since = 0
    for line in lines[start:]:
        since = 0 if re.search(r"#.*(source|estimate|assumption|Source)", line) else since + 1
        assert since <= 30, line
