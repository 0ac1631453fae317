"""The answers to the exercises, each computed by the model (the plain one in tutorials 1 to 4), none typed in.

They are computed in the folder in which their tutorial has just run, and use the files and datasets that it wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

from pingcang import MarginMarket, load_scenario, open_results
from pingcang.accounts.book import CALLED, NORMAL
from pingcang.course import plain_market
from pingcang.montecarlo.runner import run_many
from pingcang.reference.market import ReferenceMarket
from pingcang.study.arms import Arm, Bench
from pingcang.study.compare import Comparison, compare

ABSORPTION = Path(__file__).parents[2] / "docs" / "absorption.md"
SMALL = {"scale": 0.0025, "calendar.days": 20}


def after(days: int, market: ReferenceMarket) -> ReferenceMarket:
    for _ in range(days):
        market.step()
    return market


def ever_called(days: int, market: ReferenceMarket, account: int) -> bool:
    states = []
    for _ in range(days):
        market.step()
        states.append(market.cohorts["retail"][account].state)
    return any(state != NORMAL for state in states)


def rewritten(path: str, text: str) -> ReferenceMarket:
    Path(path).write_text(text, encoding="utf-8")
    return plain_market(path)


def close(market: ReferenceMarket, stock: int) -> float:
    return market.stocks[stock].price / 100


# ---- 1 to 4: the plain market --------------------------------------------------------------------------------------


def lots_sold_to_140() -> int:
    market = plain_market("one_account", rules__restore_line=1.40, rules__warning_line=1.40)
    return 1_000 - after(6, market).cohorts["retail"][0].slots[0].lots


def lowest_line_that_calls_on_day_2() -> float:
    def called(line: int) -> bool:
        market = after(2, plain_market("one_account", rules__close_out_line=line / 100))
        return market.cohorts["retail"][0].state == CALLED

    return next(line for line in count(130) if called(line)) / 100


def fall_to_the_line_with_a_smaller_debt() -> float:
    market = plain_market("one_account")
    (client,) = market.cohorts["retail"]
    client.slots[0].loan = 50_000_000
    stock = market.stocks[0]
    while client.value().assets > 1.30 * client.value().liabilities:
        stock.mark -= 1
    return 100 * (1 - stock.mark / stock.price)


def deeper_market() -> float:
    market = plain_market("two_accounts_one_stock", calendar__days=14, impact__depth=0.25)
    return close(after(14, market), 0)


def lots_sold_by_both() -> int:
    market = after(14, plain_market("two_accounts_one_stock", calendar__days=14))
    return 300 - sum(account.slots[0].lots for account in market.cohorts["retail"])


def largest_safe_debt_of_the_second() -> int:
    text = Path("two.yaml").read_text(encoding="utf-8")

    def safe(thousands: int) -> bool:
        return not ever_called(14, rewritten("safe.yaml", text.replace("121000", f"{thousands}000")), 1)

    return next(debt for debt in range(122, 0, -1) if safe(debt)) * 1_000


def overlap() -> str:
    return Path("overlap.yaml").read_text(encoding="utf-8")


def least_cash_of_the_second() -> int:
    def safe(hundreds: int) -> bool:
        text = overlap().replace("- positions: [{stock: y", f"- cash: {hundreds * 100}\n        positions: [{{stock: y")
        return not ever_called(12, rewritten("cash.yaml", text), 1)

    return next(hundreds for hundreds in count(1) if safe(hundreds)) * 100


def lowest_close_of_x_after_news_of_z() -> float:
    market = rewritten("reverse.yaml", overlap().replace("stocks: [x]}", "stocks: [z]}"))
    return min(close(after(1, market), 0) for _ in range(12))


def least_turnover_of_y() -> float:
    x, y, z = re.findall(r"    - {code: .*\n", overlap())

    def safe(thousandths: int) -> bool:
        deeper = y.replace("turnover: 0.005", f"turnover: {thousandths / 1000}")
        return not ever_called(12, rewritten("deep.yaml", overlap().replace(x + y + z, x + deeper + z)), 1)

    return next(thousandths for thousandths in count(5) if safe(thousandths)) / 1000


def sound_where_a_milder_broker_spares_it() -> float:
    def sound(limits: bool, line: float) -> float:
        lines = {"rules__restore_line": line, "rules__warning_line": line}
        return close(after(5, plain_market("limit_pin", exchange__price_limits=limits, **lines)), 1)

    (better,) = [sound(limits, 1.40) for limits in (True, False) if sound(limits, 1.40) > sound(limits, 1.50)]
    return better


def sick_left_if_the_liquid_goes_first() -> int:
    market = after(5, plain_market("limit_pin", rules__liquidation="most_liquid_first"))
    return market.cohorts["retail"][0].slots[0].lots


def largest_safe_debt_of_the_neighbour() -> int:
    text = Path("neighbour.yaml").read_text(encoding="utf-8")

    def safe(hundreds: int) -> bool:
        return not ever_called(10, rewritten("safe.yaml", text.replace("70000", f"{hundreds}00")), 1)

    return next(debt for debt in range(700, 0, -1) if safe(debt)) * 100


# ---- 5 to 8: the engine ---------------------------------------------------------------------------------------------


def worst_day_of_run_0() -> int:
    return int(open_results("crash.zarr")["limit_down"].sum("board").isel(run=0).argmax("day"))


def shadow_share_of_forced_sales() -> float:
    by_cohort = open_results("crash.zarr")["forced_sales"].sum("day").median("run")
    return float(100 * by_cohort.sel(cohort="shadow") / by_cohort.sum())


def amplification_without_shadow() -> float:
    scenario = load_scenario("china_2015", overrides={"scale": 0.0025, "cohorts.shadow.debt": 0})
    run_many(scenario, runs=4, seed=1, threads=1, out="without.zarr", amplification=True)
    return float(open_results("without.zarr").pingcang.amplification.median())


def small(name: str, label: str, amplification: bool, **more: object) -> Arm:
    return Arm(label, load_scenario(name, overrides={**SMALL, **more}), 4, amplification)


def difference_of(amplification: bool, base: str, other: str, **more: object) -> Comparison:
    bench = Bench(Path("arms"), seed=1, threads=1)
    return compare(small(base, "base", amplification), small(other, "other", amplification, **more), bench)


def share_absorbed() -> float:
    row = difference_of(True, "china_2015", "china_2025").table.loc["amplification_points"]
    return float(100 * (1 - row["other"] / row["base"]))


def effect_of_full_margin() -> float:
    found = difference_of(False, "china_2025", "china_2025", **{"rules.initial_margin.value": 1.0})
    return float(100 * found.table.loc["drawdown", "difference"])


def deepens_the_equal_weight_index() -> str:
    """The one factor with a rise in the column of the equal-weight drawdown of the Shapley table."""
    table = ABSORPTION.read_text(encoding="utf-8").split("<!-- generated: design_shapley -->")[1]
    rows = re.findall(r"^\| (breadth|leverage|shadow finance) \| \d+ \| [^|]+ \| ([^|]+) \|", table, re.M)
    (name,) = [name for name, points in rows if points.startswith("+")]
    return str(name)


def preemptive_for_forced() -> float:
    rule = str(Path("patient.yaml").resolve())
    change = difference_of(False, "china_2025", "china_2025", rules=rule).table["difference"]
    return float(change["preemptive_sales"] / -change["forced_sales"])


def one_rule_alone(change: str) -> Comparison:
    path = Path("alone.yaml")
    path.write_text(f"kind: rules\nextends: cn_2025\ntitle: One change\n{change}\n", encoding="utf-8")
    return difference_of(False, "china_2025", "china_2025", rules=str(path.resolve()))


def effect_of_the_line() -> float:
    return float(100 * one_rule_alone("close_out_line: 1.40").table.loc["drawdown", "difference"])


def first_day_of_the_window() -> int:
    day = one_rule_alone("call_window: 5").first_day_apart
    assert day is not None
    return day


def loss_of_lenders() -> float:
    market = plain_market("supervised.yaml", seed=1)
    lost = 0
    for _ in market.days[1:]:
        market.step()
        lost += market.lender_loss
    return lost / 100


def touched(**changes: object) -> int:
    market = MarginMarket(load_scenario("supervised.yaml", overrides=changes), seed=1)
    retail, seen = market.populations[0], set()
    while market.running:
        market.step()
        seen |= {i for i in range(len(retail)) if retail[i].state != "NORMAL"}
    return len(seen)


def touched_in_a_deep_market() -> int:
    return touched(**{"impact.depth": 0.05})


def smallest_shock_that_calls() -> float:
    return next(k for k in count(1) if touched(**{"events.0.news.value": -k / 100})) / 100


ANSWERS: dict[str, Callable[[], float | str]] = {
    "01.a": lots_sold_to_140,
    "01.b": lowest_line_that_calls_on_day_2,
    "01.c": fall_to_the_line_with_a_smaller_debt,
    "02.a": deeper_market,
    "02.b": lots_sold_by_both,
    "02.c": largest_safe_debt_of_the_second,
    "03.a": least_cash_of_the_second,
    "03.b": lowest_close_of_x_after_news_of_z,
    "03.c": least_turnover_of_y,
    "04.a": sound_where_a_milder_broker_spares_it,
    "04.b": sick_left_if_the_liquid_goes_first,
    "04.c": largest_safe_debt_of_the_neighbour,
    "05.a": worst_day_of_run_0,
    "05.b": shadow_share_of_forced_sales,
    "05.c": amplification_without_shadow,
    "06.a": share_absorbed,
    "06.b": effect_of_full_margin,
    "06.c": deepens_the_equal_weight_index,
    "07.a": preemptive_for_forced,
    "07.b": effect_of_the_line,
    "07.c": first_day_of_the_window,
    "08.a": loss_of_lenders,
    "08.b": touched_in_a_deep_market,
    "08.c": smallest_shock_that_calls,
}
