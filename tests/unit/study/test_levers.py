import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario
from pingcang.study import levers
from pingcang.study.arms import changed


@pytest.fixture(scope="module")
def crash():
    return load_scenario("china_2015")


def with_lever(loaded, lever, x):
    return changed(loaded, lever(x)).scenario


def test_every_lever_at_its_neutral_value_is_the_scenario_itself(crash):
    scenario = crash.scenario
    shadow = scenario.cohorts["shadow"].debt
    for lever, neutral in (
        (levers.news_size(scenario), 1.0),
        (levers.broker_balance(scenario), 1.0),
        (levers.shadow_balance(scenario), shadow),
        (levers.path("impact.depth"), scenario.impact.depth),
    ):
        assert changed(crash, lever(neutral)).hash == crash.hash


def test_news_is_scaled_good_and_bad_alike(crash):
    doubled = with_lever(crash, levers.news_size(crash.scenario), 2.0)
    pairs = [(a.news.value, b.news.value) for a, b in zip(crash.scenario.events, doubled.events, strict=True) if a.news]
    assert len(pairs) > 5 and min(a for a, _ in pairs) < 0 < max(a for a, _ in pairs)
    assert all(b == pytest.approx(2 * a) for a, b in pairs)


def test_news_beyond_what_a_scenario_takes_is_refused_with_the_largest_factor(crash):
    lever = levers.news_size(crash.scenario)
    most = min(-0.95 / event.news.value for event in crash.scenario.events if event.news and event.news.value < 0)
    with_lever(crash, lever, most * 0.999)
    with pytest.raises(ScenarioError, match=f"below {most:.6g}"):
        lever(most)
    with pytest.raises(ScenarioError, match="at least 0"):
        lever(-0.1)


def test_a_scenario_without_news_has_no_shock_to_scale():
    with pytest.raises(ScenarioError, match="no event has news"):
        levers.news_size(load_scenario("china_2015_calm").scenario)


def test_the_balance_scales_debts_and_accounts_of_brokers_and_nobody_else(crash):
    half = with_lever(crash, levers.broker_balance(crash.scenario), 0.5)
    for name in ("retail", "institution"):
        before, after = crash.scenario.cohorts[name], half.cohorts[name]
        assert after.debt == pytest.approx(before.debt / 2)
        assert after.accounts == before.accounts / 2
        assert after.margin_purchases_at_start == pytest.approx(before.margin_purchases_at_start / 2)
        assert after.maintenance_ratio == before.maintenance_ratio
        assert after.debt / after.accounts == pytest.approx(before.debt / before.accounts)
    for name in ("shadow", "short_seller"):
        assert half.cohorts[name] == crash.scenario.cohorts[name]
    assert levers.financing(half) == pytest.approx(levers.financing(crash.scenario) / 2)


def test_shadow_debt_is_given_in_yuan_and_nothing_takes_the_cohort_out(crash):
    lever = levers.shadow_balance(crash.scenario)
    small = with_lever(crash, lever, 5.6e11).cohorts["shadow"]
    assert (small.debt, small.accounts) == (5.6e11, 300_000)
    assert "shadow" not in with_lever(crash, lever, 0.0).cohorts


def test_accounts_that_are_written_out_cannot_be_scaled():
    scenario = load_scenario("one_account").scenario
    with pytest.raises(ScenarioError, match="only drawn cohorts"):
        levers.broker_balance(scenario)


def test_a_path_sets_whole_numbers_as_such(crash):
    lever = levers.path("cohorts.retail.accounts", "cohorts.institution.accounts")
    assert lever(5000.0) == {"cohorts.retail.accounts": 5000, "cohorts.institution.accounts": 5000}
