"""What is wrong in rules of the whole market, of boards and of brokers gives one line: place, value, way out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pingcang.cli import app
from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario, load_text
from twins.written import DATES, cohort, holding, merged, quiet, stock

LISTED = [stock("a"), stock("b", board="chinext"), stock("c", st=True), stock("d", etf=True)]
HELD = {"retail": cohort({"positions": [holding("a", 1)]})}


def problems(change):
    with pytest.raises(ScenarioError) as caught:
        load_text(yaml.safe_dump(merged(quiet(LISTED, HELD), change)))
    return [problem.partition(": ")[2] for problem in caught.value.problems]


def rules(**keys):
    return {"rules": keys}


def event(**keys):
    return {"events": [{"date": DATES[2], "rules": keys}]}


LEVELS = [{"move": 0.07, "minutes": 15}, {"move": 0.05}]
PAST = {"driver": "past_return", "window": 20, "initial_margin": [[0, 0.5]]}
BROKERS = {"count": 2, "close_out_line": [[0, 1.2], [1, 1.3]]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        # boards
        (rules(price_limits={"chinex": 0.2}),
         "rules.price_limits.chinex: there is no board 'chinex'; did you mean chinext?"),
        (rules(price_limits={"nasdaq": 0.2}),
         "rules.price_limits.nasdaq: there is no board 'nasdaq'; known: main, chinext, st"),
        (rules(marginable_boards=["main", "str"]),
         "rules.marginable_boards.1: there is no board 'str'; did you mean star?"),
        (event(price_limits={"mian": 0.2}),
         "events.0.rules.price_limits.mian: there is no board 'mian'; did you mean main?"),
        (rules(price_limits={"main": 0}), "rules.price_limits.main: found 0, must be above 0"),
        (rules(price_limits={"main": 0.12345}),
         "rules.price_limits.main: 0.12345 is not a whole number of basis points"),
        ({"securities": {"stocks": [*LISTED, stock("e", board="st")]}, **rules(price_limits={"st": 0.1})},
         "rules.price_limits.st: st stands for ST stocks, but a board has that name too; rename the board"),
        # the circuit breaker
        (rules(circuit_breaker={"levels": LEVELS}),
         "rules.circuit_breaker.levels: 0.05 stands after 0.07; put them in rising order"),
        (rules(circuit_breaker={"levels": [{"move": 0}]}),
         "rules.circuit_breaker.levels.0.move: found 0, must be above 0"),
        (rules(circuit_breaker={"levels": [{"move": 0.05, "minutes": 0}]}),
         "rules.circuit_breaker.levels.0.minutes: found 0, must be above 0"),
        (rules(circuit_breaker={"levels": [{"move": 5.0}]}),
         "rules.circuit_breaker.levels.0.move: found 5.0, must be at most 1"),
        ({"price_formation": "replay", "replay": {"prices": "p.csv"}, **rules(circuit_breaker={"levels": LEVELS[1:]})},
         "rules.circuit_breaker: with price_formation: replay real prices have had their halts already; set it"),
        ({"price_formation": "replay", "replay": {"prices": "p.csv"}, **event(circuit_breaker={"levels": LEVELS[1:]})},
         "events.0.rules.circuit_breaker: with price_formation: replay real prices have had their halts already"),
        # the margin curve
        (rules(counter_cyclical=PAST),
         "rules.counter_cyclical.window: 20 trading days of past_return reach 20 days further back than the run and "
         "calendar.past_returns (0 days); give their returns, or lower window"),
        ({"calendar": {"past_returns": [0.01] * 17}, **event(counter_cyclical=PAST)},
         "events.0.rules.counter_cyclical.window: 20 trading days of past_return reach 1 days further back"),
        (rules(counter_cyclical={"driver": "volatility", "initial_margin": [[0, 0.5], [1, 0]]}),
         "rules.counter_cyclical.initial_margin: found 0, must lie between 0.0001 and 1000 in every row"),
        (rules(counter_cyclical={"driver": "volatlity", "initial_margin": [[0, 0.5]]}),
         "rules.counter_cyclical.driver: found 'volatlity', must be 'balance_to_float', 'volatility'"),
        # haircuts
        (rules(haircuts={"st": 1.5}), "rules.haircuts.st: found 1.5, must be at most 1"),
        (rules(haircuts={"stock": [[0, 1.5]]}), "rules.haircuts.stock: shares lie between 0 and 1; they are 1.5"),
        (rules(haircuts={"pe_limit": 0}), "rules.haircuts.pe_limit: found 0, must be above 0"),
        ({"securities": {"stocks": [*LISTED, stock("f", etf=True, pe=12)]}},
         "securities.stocks.4.pe: found 12 for an exchange-traded fund, which has none; leave it out"),
        # the uptick rule
        (rules(uptick_rule={"after_fall": 1.2}), "rules.uptick_rule.after_fall: found 1.2, must be at most 1"),
        # brokers
        ({"cohorts": {"retail": {"contract": {"brokers": BROKERS, "close_out_line": 1.3}}}},
         "cohorts.retail.contract.brokers: brokers have their own lines, so close_out_line would have no effect; "
         "keep one of the two"),
        ({"cohorts": {"retail": {"contract": {"brokers": BROKERS | {"close_out_line": [[0, 1.2], [1, 1.6]]}}}}},
         "cohorts.retail.contract.brokers: 1.6 is above warning_line 1.5 (from rules); move one of them"),
        ({"cohorts": {"retail": {"contract": {"brokers": BROKERS | {"close_out_line": [[0, 0.9], [1, 1.3]]}}}}},
         "cohorts.retail.contract.brokers: 0.9 is below 1, where an account owes more than it holds; raise it"),
        ({"cohorts": {"retail": {"contract": {"brokers": BROKERS, "immediate_line": 1.25}}}},
         "cohorts.retail.contract.immediate_line: 1.25 (the contract's own) is above close_out_line 1.2; lower it"),
        ({"cohorts": {"retail": {"contract": {"brokers": BROKERS | {"count": 0}}}}},
         "cohorts.retail.contract.brokers.count: found 0, must be at least 1"),
        ({"events": [{"date": DATES[0], "contract": {"retail": {"brokers": BROKERS}}}]},
         "events.0.contract.retail.brokers: brokers is read at the start only and cannot change; "
         "set cohorts.retail.contract.brokers itself"),
    ],
)  # fmt: skip
def test_a_wrong_lever_is_told_its_place_and_its_way_out(change, message):
    found = problems(change)
    assert any(problem.startswith(message) for problem in found), found


def test_debts_need_a_list_that_is_not_empty():
    drawn = {"kind": "retail", "accounts": 10, "debt": 1e6, "maintenance_ratio": [[0, 1.5], [1, 2]]}
    tree = {"cohorts": {"retail": drawn}, "rules": {"marginable_stocks": 0}}
    listed = quiet(LISTED, {}) | {"securities": {"stocks": LISTED[:3]}}
    with pytest.raises(ScenarioError, match=r"cohorts\.retail\.debt: its loans need marginable stocks"):
        load_text(yaml.safe_dump(listed | tree))
    tree["rules"]["marginable_boards"] = ["chinext"]
    load_text(yaml.safe_dump(listed | tree))


@pytest.mark.parametrize("pe", [None, 12.0])
def test_a_limit_of_ratios_that_binds_no_stock_is_noted(tmp_path: Path, pe: float | None) -> None:
    """A rule set speaks of all stocks; a scenario that knows no ratio is told so, and runs."""
    path = tmp_path / "market.yaml"
    listed = [stock("a", **({} if pe is None else {"pe": pe}))]
    path.write_text(yaml.safe_dump(quiet(listed, HELD, rules={"haircuts": {"pe_limit": 300}})), encoding="utf-8")
    load_scenario(path)
    outcome = CliRunner().invoke(app, ["validate", str(path)])
    assert outcome.exit_code == 0
    assert ("note: rules.haircuts.pe_limit: binds no stock, since none has a P/E" in outcome.stderr) is (pe is None)
