"""Whatever is wrong in a scenario gives one line: file, line, path, what was found, the way out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from pingcang.errors import ScenarioError
from pingcang.scenario import load_scenario

# Lines 1 to 12; every case below is this text with some of it replaced, or with lines added from line 13 on.
GOOD = """\
name: small
calendar: {start: 2015-06-12, days: 10}
securities:
  stocks:
    - {code: "600000", price: 10.00, float_shares: 100000}
    - {code: "300001", board: chinext, price: 20.50, float_shares: 200000}
cohorts:
  retail:
    kind: retail
    explicit:
      - cash: 100
        positions: [{stock: "600000", shares: 200, loan: 900}]
"""
BOARD = "boards: {main: {stocks: 5, float_cap: [[0, 1.0e9], [1, 2.0e9]], price: [[0, 5], [1, 9]], turnover: [[0, 0.03]]"


class Bad(NamedTuple):
    case: str
    old: str
    new: str
    """Replaces `old`; stands at the end of the file if `old` is empty."""
    line: int
    message: str


# fmt: off
TABLE = [
    # keys
    Bad("unknown key", "days: 10", "days: 10, sesions: 8", 2,
        "calendar.sesions: unknown key; did you mean sessions?"),
    Bad("slip of the pen", "calendar:", "calender:", 2, "calender: unknown key; did you mean calendar?"),
    Bad("unlike any key", "", "rules: {zzz: 1}", 13, "rules.zzz: unknown key; allowed: name, requirement"),
    Bad("wrong level", "", "close_out_line: 1.4", 13,
        "close_out_line: unknown key here; did you mean rules.close_out_line?"),
    Bad("missing key", ", price: 10.00", "", 5, "securities.stocks.0.price: is missing; add it"),
    Bad("missing section", "calendar: {start: 2015-06-12, days: 10}", "", 1, "calendar: is missing; add it"),
    Bad("duplicate key", "", "name: again", 13, "name: given twice, on lines 1 and 13; keep one of them"),
    Bad("duplicate inside", "cash: 100", "cash: 100\n        cash: 200", 12,
        "cash: given twice, on lines 11 and 12"),
    Bad("list as key", "", "? [a]\n: 1", 13, "a key must be a word, no list or mapping"),
    Bad("merge key", "", "<<: {scale: 1}", 13, "<< is not part of YAML 1.2; use extends"),
    # values of the wrong type
    Bad("word for number", "days: 10", "days: ten", 2, "calendar.days: 'ten' is text, not a number"),
    Bad("quoted number", "days: 10", "days: '10'", 2,
        "'10' is text, not a number; write it plainly, as 0.05 or 1.3e9"),
    Bad("broken number", "days: 10", "days: 2.5", 2, "calendar.days: found 2.5, must be a whole number"),
    Bad("truth for number", "days: 10", "days: true", 2, "calendar.days: true/false is not a number"),
    Bad("yes for truth", "", "exchange: {t_plus_one: yes}", 13,
        "exchange.t_plus_one: found 'yes', must be true or false"),
    Bad("1 for truth", "", "exchange: {t_plus_one: 1}", 13,
        "exchange.t_plus_one: found 1, must be true or false"),
    Bad("code without quotes", '"600000", price', "000600, price", 5,
        "found 000600, must be text; put it in quotes"),
    Bad("date as number", "2015-06-12", "20150612", 2,
        "calendar.start: '20150612' is not a date; write it as 2015-06-12"),
    Bad("no such day", "2015-06-12", "2015-02-30", 2, "calendar.start: '2015-02-30' is not a date"),
    Bad("sexagesimal", "days: 10", "days: 1:30", 2, "calendar.days: '1:30' is text, not a number"),
    Bad("list for mapping", "", "impact: [1]", 13,
        "impact: found a list of 1, must be a mapping (keys with values)"),
    Bad("mapping for list", "", "events: {a: 1}", 13, "events: found a mapping (a), must be a list"),
    Bad("nothing for mapping", "", "impact:", 13,
        "impact: found nothing, must be a mapping (keys with values)"),
    Bad("short row", "", "impact: {}\nsources: []\nnational_team: {size_tilt: [[0]]}", 15,
        "a row has two numbers"),
    Bad("wrong choice", "kind: retail", "kind: retial", 9,
        "cohorts.retail.kind: found 'retial', must be 'retail', 'shadow'"),
    Bad("close choice", "kind: retail", "kind: retial", 9, "did you mean retail?"),
    Bad("bad name", "retail:\n", "re tail:\n", 8,
        "the name 're tail' must be letters, digits, _ . and - only"),
    Bad("half of a union", "", "events: [{date: 2015-06-15, suspend: {stocks: al}}]", 13,
        "must be a list or 'all'"),
    Bad("inside a union", "kind: retail", "kind: retail\n    contract: {close_out_line: [[0, 1.1], [1, x]]}",
        10, "cohorts.retail.contract.close_out_line.1.1: 'x' is text, not a number"),
    # impossible values
    Bad("NaN", "", "impact: {trend: .nan}", 13, "impact.trend: found .nan, must be a finite number"),
    Bad("infinity", "", "impact: {depth: .inf}", 13, "impact.depth: found .inf, must be a finite number"),
    Bad("endless digits", "days: 10", "days: " + "9" * 5000, 2, "calendar.days: "),
    Bad("beyond 64 bits", "cash: 100", "cash: 1e30", 11, "1e+30 is beyond 1e+18 in size; check the unit"),
    Bad("negative debt", "loan: 900", "loan: -900", 12, "positions.0.loan: found -900, must be at least 0"),
    Bad("too fine a ratio", "", "rules: {close_out_line: 1.30001}", 13, "not a whole number of basis points"),
    Bad("close-out above warning", "", "rules: {close_out_line: 1.6}", 13,
        "rules.close_out_line: 1.6 is above warning_line 1.5; lines must"),
    Bad("restore below close-out", "", "rules: {restore_line: 1.2}", 13,
        "rules.restore_line: 1.2 must be above 1 and not below"),
    Bad("contract above warning", "kind: retail", "kind: retail\n    contract: {close_out_line: 1.6}", 10,
        "cohorts.retail.contract.close_out_line: 1.6 is above warning_line 1.5 (from rules)"),
    Bad("cap resumes above stop", "", "rules: {single_stock_cap: {resume: 0.3}}", 13,
        "resume: 0.3 is above stop 0.25"),
    Bad("no accounts", "kind: retail\n    explicit:", "kind: retail\n    accounts: 0\n    explicit:", 10,
        "cohorts.retail.accounts: found 0, must be at least 1"),
    Bad("two sources", "kind: retail\n", "kind: retail\n    from: b.parquet\n    positions: p.parquet\n", 8,
        "found from and explicit; give one of"),
    Bad("the former book", "kind: retail\n", "kind: retail\n    book: b.parquet\n", 10,
        "cohorts.retail.book: has been replaced by two tables"),
    Bad("fine tick", "", "exchange: {tick: 0.001}", 13,
        "exchange.tick: found 0.001, must be a whole number of fen"),
    Bad("price between ticks", "20.50", "20.505", 6,
        "price: found 20.505, must be a whole number of ticks of 0.01"),
    Bad("price beyond 32 bits", "20.50", "1e12", 6, "price: found 1e+12, must be at most 2.14748e+07"),
    Bad("float below a lot", "200000", "20", 6,
        "float_shares: found 20, must be at least one lot of 100 shares"),
    Bad("odd lot", " shares: 200", " shares: 250", 12,
        "shares: found 250, must be a whole number of lots of 100 shares"),
    Bad("more than the float", " shares: 200", " shares: 200000", 5,
        "float_shares: found 100000, but the written-out accounts hold"),
    Bad("two slots, one stock", "loan: 900}]", 'loan: 900}, {stock: "600000", shares: 100}]', 12,
        "600000 stands in 2 positions; put them into one"),
    Bad("scale", "", "scale: 0.3", 13,
        "scale: found 0.3, one account in 3.33333: 1/scale must be a whole number"),
    Bad("falling table", "", "national_team: {size_tilt: [[1, 0], [0, 1]]}", 13,
        "the first column must rise"),
    Bad("explosive market", "", "impact: {trend: 0.9, herding_down: 0.5}", 13,
        "impact.trend: 0.9 with herding 0.5 explodes"),
    Bad("exponent", "", "impact: {exponent: 2}", 13, "impact.exponent: found 2, must be 1 (linear) or 0.5"),
    Bad("two stocks, one code", '"300001"', '"600000"', 4,
        "securities.stocks: the code 600000 is given to more than one"),
    # dates
    Bad("start on a Saturday", "2015-06-12", "2015-06-13", 2,
        "calendar.start: 2015-06-13 is not a trading day"),
    Bad("start on a holiday", "days: 10", "days: 10, holidays: [2015-06-12]", 2,
        "calendar.start: 2015-06-12 is not a trading day"),
    Bad("holidays in disorder", "days: 10", "days: 10, holidays: [2015-06-23, 2015-06-22]", 2,
        "calendar.holidays: 2015-06-22 stands after 2015-06-23"),
    Bad("end of time", "2015-06-12", "9999-12-31", 2,
        "calendar.start: found 9999-12-31, must be a day of the years 1900"),
    Bad("event before the start", "", "events: [{date: 2015-06-11}]", 13,
        "2015-06-11 lies outside the calendar"),
    Bad("event after the end", "", "events: [{date: 2015-06-29}]", 13,
        "2015-06-12 to 2015-06-26 (10 days); raise calendar.days"),
    Bad("event on a Sunday", "", "events: [{date: 2015-06-21}]", 13,
        "write the day of the next open, 2015-06-22"),
    Bad("events in disorder", "", "events:\n  - date: 2015-06-16\n  - date: 2015-06-15", 15,
        "events.1.date: 2015-06-15 stands after 2015-06-16; events must be in order of date"),
    Bad("until before date", "", "events: [{date: 2015-06-16, rescue: {budget: 1, until: 2015-06-15}}]", 13,
        "events.0.rescue.until: found 2015-06-15, must not be before the event's date 2015-06-16"),
    # names that nobody defines
    Bad("cohort", "", "events: [{date: 2015-06-15, contract: {retial: {}}}]", 13,
        "no cohort 'retial'; did you mean retail?"),
    Bad("withdrawn cohort", "", "events: [{date: 2015-06-15, credit_withdrawal: {cohort: x, share: 1}}]", 13,
        "there is no cohort 'x'; known: retail"),
    Bad("board", "", "events: [{date: 2015-06-15, news: {value: 0.1, boards: {chinex: 1}}}]", 13,
        "did you mean chinext?"),
    Bad("rescued board", "", "national_team: {boards: {star: 1}}", 13,
        "there is no board 'star'; known: main, chinext"),
    Bad("halted stock", "", 'events: [{date: 2015-06-15, suspend: {stocks: ["600001"]}}]', 13,
        "did you mean 600000?"),
    Bad("held stock", 'stock: "600000"', 'stock: "600001"', 12, "no stock '600001'; did you mean 600000?"),
    # what events change
    Bad("event's unknown key", "", "events:\n  - date: 2015-06-15\n    rules: {close_out_lin: 1.4}", 15,
        "events.0.rules.close_out_lin: unknown key; did you mean close_out_line?"),
    Bad("event's bad value", "", "events:\n  - date: 2015-06-15\n    exchange:\n      stamp_duty: -1", 16,
        "events.0.exchange.stamp_duty: found -1, must be at least 0"),
    Bad("event's inner key", "",
        "events:\n  - date: 2015-06-15\n    rules:\n      initial_margin: {vlue: 1}", 16,
        "events.0.rules.initial_margin.vlue: unknown key; did you mean value?"),
    Bad("event's lines", "", "events:\n  - date: 2015-06-15\n    rules: {close_out_line: 1.6}", 15,
        "events.0.rules.close_out_line: 1.6 is above warning_line 1.5"),
    Bad("event's contract", "", "events:\n  - date: 2015-06-15\n    contract: {retail: {warning_line: 1.2}}",
        15, "events.0.contract.retail.close_out_line: 1.3 is above warning_line 1.2 (the contract's own)"),
    Bad("event's impact", "", "events:\n  - date: 2015-06-15\n    impact: {trend: 0.9, herding_up: 0.9}", 15,
        "events.0.impact.trend: 0.9 with herding 0.9 explodes"),
    # synthetic boards
    Bad("marginable", "stocks:\n", BOARD + ", marginable: 7}}\n  x:\n", 4,
        "securities.boards.main.marginable: found 7, but the board has 5"),
    Bad("ST and marginable", "stocks:\n", BOARD + ", marginable: 4, st: 2}}\n  x:\n", 4,
        "4 and 2 ST stocks exceed 5 stocks"),
    Bad("quantiles", "stocks:\n", BOARD.replace("[1, 9]", "[1, 4]") + "}}\n  x:\n", 4,
        "must not fall from row to row; they are 5, 4"),
    Bad("probabilities", "stocks:\n", BOARD.replace("[1, 9]", "[2, 9]") + "}}\n  x:\n", 4,
        "begins with a row of probability 0"),
    # YAML itself
    Bad("syntax", "name: small", "name: [small", 2, "not YAML:"),
    Bad("tag", "name: small", "name: !!python/object/apply:os.system [ls]", 1,
        "the tag tag:yaml.org,2002:python/object/apply:os.system is not al"),
    Bad("second document", "", "---\nname: b", 13, "a second document begins; a file holds one scenario"),
    Bad("unknown alias", "", "description: *there", 13, "alias *there has no anchor &there"),
    Bad("alias of itself", "", "events: &me [*me]", 13, "alias *me has no anchor &me that ends before it"),
    Bad("nesting", "", "description: " + "[" * 70 + "]" * 70, 13, "nested deeper than 64 levels; flatten it"),
    Bad("many aliases", "", "description: [&a x, " + "*a, " * 101 + "x]", 13,
        "more than 100 aliases; write the values out"),
    # other files
    Bad("parent", "", "extends: nowhere.yaml", 13, "nowhere.yaml: no such file"),
    Bad("ready-made parent", "", "extends: china_2051", 13,
        "extends: 'china_2051' is no ready-made scenario; did you mean china_20"),
    Bad("parent as list", "", "extends: [a, b]", 13, "give one path or ready-made name"),
    Bad("own parent", "", "extends: bad.yaml", 13, "runs in a circle or beyond 100 files:"),
    Bad("rule set", "", "rules: cn_2051", 13,
        "rules: 'cn_2051' is no ready-made rule set; did you mean cn_20"),
    Bad("extended rule set", "", "rules:\n  extends: cn_1915", 14,
        "rules.extends: 'cn_1915' is no ready-made rule set"),
]
# fmt: on


def problems_of(path: Path | str, *settings: str) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, settings=settings)
    assert str(caught.value).splitlines() == list(caught.value.problems), "a problem takes one line"
    return caught.value.problems


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.case)
def test_a_wrong_scenario_is_told_its_line_and_its_way_out(bad: Bad, tmp_path: Path) -> None:
    assert bad.old in GOOD
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace(bad.old, bad.new, 1) if bad.old else f"{GOOD}{bad.new}\n", encoding="utf-8")
    matching = [problem for problem in problems_of(path) if bad.message in problem]
    assert matching, problems_of(path)
    assert matching[0].startswith(f"{path}:{bad.line}: ")


def test_the_scenario_behind_the_table_is_good(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_scenario(path).scenario.name == "small"


def test_twenty_problems_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD + "".join(f"x{number}: 1\n" for number in range(25)), encoding="utf-8")
    problems = problems_of(path)
    assert len(problems) == 21
    assert problems[0].startswith(f"{path}:13: x0: unknown key")
    assert problems[-1] == "and 5 more"


def test_a_drawn_cohort_must_not_vanish_at_its_scale(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    drawn = "accounts: 50\n    debt: 1.0e6\n    maintenance_ratio: [[0, 1.5], [1, 3]]\n"
    path.write_text(GOOD.partition("    explicit")[0] + f"    {drawn}scale: 0.01\n", encoding="utf-8")
    assert problems_of(path) == (
        f"{path}:10: cohorts.retail.accounts: found 50 at scale 0.01, which leaves none; "
        "raise scale to at least 0.02 or leave the cohort out",
    )


def test_loans_need_marginable_stocks(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    drawn = "accounts: 50\n    debt: 1.0e6\n    maintenance_ratio: [[0, 1.5], [1, 3]]\n"
    text = GOOD.partition("    explicit")[0].replace("float_shares", "marginable: false, float_shares")
    path.write_text(f"{text}    {drawn}", encoding="utf-8")
    (problem,) = problems_of(path)
    assert problem.startswith(f"{path}:11: cohorts.retail.debt: its loans need marginable stocks")
