"""The rule laboratory: its rules load and do what they say, an arm that fails stands alone, its page is its tables."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from experiments.common.page import blocks_of
from experiments.common.tables import Result
from experiments.rule_laboratory import command, levers, studies
from experiments.rule_laboratory.findings import study_text
from experiments.rule_laboratory.laboratory import CALM_TIMES, CRASH_TIMES, Laboratory
from experiments.rule_laboratory.markets import MARKETS, Market, calm
from experiments.rule_laboratory.measures import CALM, CRASH
from experiments.rule_laboratory.studies import AS_IT_IS, STUDIES, Rule, Study

import pingcang.study.arms
from pingcang.montecarlo.runner import run_many
from pingcang.scenario.schema import Scenario
from pingcang.study.arms import Bench
from unit.study.made import MovedMarket

SMALL = {"scale": 0.0005, "calendar.days": 3}
EVERY = [
    (study.key, market, rule) for study in STUDIES.values() for market in MARKETS.values() for rule in study.of(market)
]


def under(rule_of: levers.Lever, market: str = "2015") -> Scenario:
    return Rule("x", "x", rule_of).arm(MARKETS[market], 1, {}).loaded.scenario


@pytest.mark.parametrize(("study", "market", "rule"), EVERY, ids=[f"{s}-{m.key}-{r.key}" for s, m, r in EVERY])
def test_every_rule_loads_in_its_market_and_changes_it_in_the_crash_and_in_calm_times(
    study: str, market: Market, rule: Rule
) -> None:
    base = AS_IT_IS.arm(market, 1, {}).loaded
    changed = rule.arm(market, 1, {}).loaded
    assert changed.hash != base.hash
    assert calm(changed).hash != calm(base).hash


def test_what_an_arm_is_held_against_is_an_arm_of_its_own_study_and_market() -> None:
    for study in STUDIES.values():
        for market in MARKETS.values():
            keys = {AS_IT_IS.key, *(rule.key for rule in study.of(market))}
            assert {rule.against for rule in study.of(market)} <= keys, (study.key, market.key)
            assert study.of(market), (study.key, market.key)


def test_the_highest_line_stays_below_warning_and_restore_or_takes_them_along() -> None:
    alone, moved = under(levers.close_out(1.5)).rules, under(levers.close_out(1.5, move_lines=True)).rules
    assert (alone.close_out_line, alone.warning_line, alone.restore_line) == (1.5, 1.5, 1.5)
    assert (moved.close_out_line, moved.warning_line, moved.restore_line) == (1.5, 1.7, 1.7)


def test_another_window_undoes_the_loosening_of_july_and_t_plus_0_looks_every_session() -> None:
    assert all("call_window" not in (event.rules or {}) for event in under(levers.window(1)).events)
    assert any("call_window" in (event.rules or {}) for event in under(levers.nothing).events)
    now = under(levers.at_once)
    assert now.rules.call_window == 0 and now.cohorts["retail"].contract.check == "session"


def test_the_margin_rises_on_the_day_after_the_first_answer_and_what_that_day_said_stays() -> None:
    event = next(e for e in under(levers.initial_margin_mid_crash(1.0)).events if str(e.date) == "2015-06-29")
    assert event.rules == {"financing_rate": 0.081, "initial_margin": {"value": 1.0}}
    later = next(e for e in under(levers.initial_margin_mid_crash(1.0), "2025").events if str(e.date) == "2025-09-05")
    assert later.rules == {"initial_margin": {"value": 1.0}}


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
def test_leaning_margins_start_at_the_rule_in_force(market: Market) -> None:
    """Each curve passes through the market's own margin at its own first day, but for the buffer, which is full."""
    scenario = AS_IT_IS.arm(market, 1, {}).loaded.scenario
    assert scenario.rules.initial_margin.value == market.initial_margin
    assert scenario.impact.dmc_volatility == market.volatility
    debt = sum(scenario.cohorts[name].debt or 0 for name in ("retail", "institution"))
    float_cap = sum(board.total_float_cap or 0 for board in (scenario.securities.boards or {}).values())
    assert debt / float_cap == pytest.approx(market.balance_to_float, rel=0.01)
    for curve, at in (
        (levers.balance_curve, market.balance_to_float),
        (levers.calm_volatility_curve, market.volatility),
        (levers.risk_volatility_curve, market.volatility),
        (levers.return_curve, 0.0),
    ):
        xs, ys = zip(*curve(market), strict=True)
        assert np.interp(at, xs, ys) == pytest.approx(market.initial_margin)
    xs, ys = zip(*levers.buffer_curve(market), strict=True)
    assert np.interp(market.balance_to_float, xs, ys) == 1.0


def test_a_flat_past_month_moves_nothing_but_the_rule_in_2025(tmp_path: Path) -> None:
    history = Rule("x", "x", lambda _: {"calendar.past_returns": [0.0] * levers.WINDOW})
    market, bench = MARKETS["2025"], Bench(tmp_path, seed=3, threads=1)
    arms = [rule.arm(market, 1, SMALL) for rule in (AS_IT_IS, history)]
    assert arms[0].loaded.hash != arms[1].loaded.hash
    for arm in arms:
        bench.simulate(arm)
    with bench.open(arms[0]) as a, bench.open(arms[1]) as b:
        for name in ("index", "financing_balance", "turnover"):
            np.testing.assert_array_equal(a[name].values, b[name].values)


# ---- the laboratory --------------------------------------------------------------------------------------------------


def laboratory(folder: Path, runs: int = 2, **more: object) -> Laboratory:
    given = {"shared": SMALL, "quiet": True, "tell": lambda _: None, **more}
    return Laboratory(Bench(folder / "arms", seed=5, threads=1), runs, 2, **given)  # type: ignore[arg-type]


REFUSED = Rule("refused", "a line above its warning line", lambda _: {"rules.close_out_line": 1.6})
FINE = Rule("fine", "no price limits", levers.no_price_limits)


def test_an_arm_that_is_refused_takes_no_other_along_and_is_named(tmp_path: Path) -> None:
    found = laboratory(tmp_path, markets=("2015",))
    study = Study("no_limits", "t", "q", (REFUSED, FINE))
    found.simulate(study, CRASH_TIMES)
    table = found.table(study, CRASH_TIMES)
    assert set(table["rule"]) == {"fine"} and set(table["measure"]) == set(CRASH)
    assert list(found.failures) == ["crash 2015 refused"] and "1.6" in found.failures["crash 2015 refused"]
    told = study_text(Result("no_limits", {"no_limits": table}, found.provenance(table, CRASH_TIMES)), None)
    assert "*No result or an incomplete one: crash 2015 refused: " in told


def test_an_arm_whose_runs_all_fail_takes_no_other_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = studies.Rule("bad", "bad", levers.no_price_limits).arm(MARKETS["2015"], 2, SMALL).loaded.text

    @functools.wraps(run_many)
    def failing(loaded, **given):  # type: ignore[no-untyped-def]
        market = MovedMarket(fail=((bad, 0), (bad, 1)))
        return run_many(loaded, **given, simulate=replace(market)) if loaded.text == bad else run_many(loaded, **given)

    monkeypatch.setattr(pingcang.study.arms, "run_many", failing)
    found = laboratory(tmp_path, markets=("2015",))
    study = Study("no_limits", "t", "q", (FINE, Rule("other", "line 140 %", levers.close_out(1.4))))
    found.simulate(study, CRASH_TIMES)
    assert set(found.table(study, CRASH_TIMES)["rule"]) == {"other"}
    assert found.failures["crash 2015 fine"] == "all runs failed"  # no path of this machine


def test_differences_are_run_by_run_against_the_arm_that_is_named(tmp_path: Path) -> None:
    found = laboratory(tmp_path, markets=("2015",))
    study = replace(STUDIES["january_2026"], rules=tuple(STUDIES["january_2026"].of(MARKETS["2015"])))
    found.simulate(study, CRASH_TIMES)
    table = found.table(study, CRASH_TIMES).set_index(["rule", "measure"])
    low, step = (
        table.loc[("initial_80", "turnover" if "turnover" in CRASH else "drawdown")],
        table.loc[("step_100", "drawdown")],
    )
    assert step["base"] == low["other"] and step["against"] == "initial margin 80 %, against 50 %"
    assert low["against"] == AS_IT_IS.label


def test_the_command_computes_publishes_and_computes_nothing_twice(tmp_path: Path) -> None:
    page = tmp_path / "rule_laboratory.md"
    page.write_text("".join(f"<!-- generated: {n} -->\n<!-- end: {n} -->\n" for n in ("overview", "studies")))
    heard: list[str] = []
    found = laboratory(tmp_path, tell=heard.append)
    command.reproduce(found, ["no_limits"], tmp_path, tmp_path, page)
    first = page.read_text(encoding="utf-8")
    assert blocks_of(first) == command.blocks(tmp_path)
    assert "### No price limits: the market of June 2015" in first and "in calm times" in first
    assert all((tmp_path / f"forest_{key}.png").stat().st_size > 5000 for key in MARKETS)
    assert set(pd.read_csv(tmp_path / "no_limits_calm.csv")["measure"]) == set(CALM)
    assert len([line for line in heard if line.endswith("2 runs")]) == 8
    heard.clear()
    command.reproduce(laboratory(tmp_path, tell=heard.append), ["no_limits"], tmp_path, tmp_path, page)
    assert not [line for line in heard if line.endswith("2 runs")] and page.read_text(encoding="utf-8") == first


def test_a_study_that_is_not_known_is_refused() -> None:
    assert command.chosen("window, close_out", tuple(STUDIES)) == ("close_out", "window")
    with pytest.raises(typer.BadParameter, match="nonsense: not known; there are close_out, window"):
        command.chosen("nonsense", tuple(STUDIES))


# ---- what is told ----------------------------------------------------------------------------------------------------


def rows(rule: str, **differences: tuple[float, float, float, float]) -> list[dict[str, object]]:
    """Lines of a table: difference, low, high and standard error by measure, on a base of 1 in its unit."""
    return [
        {
            "market": 2015,
            "rule": rule,
            "label": f"line {rule}",
            "against": AS_IT_IS.label,
            "measure": measure,
            "base": 1.0 / shown.factor,
            "other": 2.0 / shown.factor,
            **dict(
                zip(
                    ("difference", "ci_low", "ci_high", "se"),
                    (number / shown.factor for number in differences.get(measure, (0.0, 0.0, 0.0, 0.0))),
                    strict=True,
                )
            ),
            "runs": 24,
            "unit": shown.unit,
        }
        for measure, shown in CRASH.items()
    ]


PROVENANCE = {"runs": 24, "scale": 0.01, "seed": 511, "code_version": "0", "failures": {}}


def test_a_paragraph_tells_what_can_be_told_and_names_what_cannot() -> None:
    table = pd.DataFrame(
        [
            *rows("140", drawdown=(0.4, 0.3, 0.5, 0.05), forced_sales=(1.0, -1.0, 3.0, 1.0)),
            *rows("120", forced_sales=(1.0, -1.0, 3.0, 1.0)),
            *rows("130"),
        ]
    )
    text = study_text(Result("close_out", {"close_out": table}, PROVENANCE), None)
    assert "- **Line 140**: drawdown +0.40 [+0.30, +0.50] points. No difference can be told at 24 runs in" in text
    assert "- **Line 120**: no difference can be told at 24 runs in drawdown, forced sales," in text
    assert "- **Line 130**: changes nothing in any run." in text
    assert "| line 140 | **+0.40 [+0.30, +0.50]** | +1.0 [−1.0, +3.0] | 0 |" in text
    assert "| *the rules as they are* | 1.00 | 1.0 |" in text


def test_the_published_page_is_what_its_tables_say() -> None:
    there = blocks_of(command.PAGE.read_text(encoding="utf-8"))
    made = command.blocks(command.RESULTS)
    assert there == {name: text.strip() for name, text in made.items()}
    assert all((command.PICTURES / f"forest_{key}.png").exists() for key in MARKETS)


def test_calm_and_crash_are_two_sets_of_arms(tmp_path: Path) -> None:
    bench = Bench(tmp_path, seed=5)
    rule = STUDIES["close_out"].rules[0]
    crash, quiet = rule.arm(MARKETS["2015"], 3, SMALL), rule.calm_arm(MARKETS["2015"], 2, SMALL)
    assert bench.store(crash) != bench.store(quiet) and (crash.runs, quiet.runs) == (3, 2)
    assert CALM_TIMES in quiet.label
