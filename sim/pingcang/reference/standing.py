"""How an account stands to a line: by its maintenance ratio, or by equity against required margin.

Twin: `ext/pingcang/_core/standing.pxd`. One question, two systems: `terms.long_requirement` is 0 in the first.
"""

from __future__ import annotations

from dataclasses import dataclass

from pingcang.accounts.terms import Terms
from pingcang.rules import maintenance_ratio as ratio
from pingcang.rules.distance_to_call import distance_to_call, distance_under_requirement
from pingcang.rules.forced_liquidation import sale_to_restore
from pingcang.rules.regulation_t import largest_loan_above
from pingcang.rules.requirement import falls_short, mended_by, requirement, room_for, trade_to_restore


@dataclass
class Value:
    """An account at today's valuation: assets, liabilities, and the risky part of each (fen)."""

    assets: int
    liabilities: int
    long: int
    short: int

    @property
    def equity(self) -> int:
        """Assets less liabilities."""
        return self.assets - self.liabilities


def required(terms: Terms, value: Value) -> int:
    """Required margin of the positions (fen)."""
    return requirement(value.long, value.short, terms.long_requirement, terms.short_requirement)


def below(terms: Terms, value: Value, line: int) -> bool:
    """Whether the account is below a line; one that owes nothing never is."""
    if not terms.long_requirement:
        return ratio.is_below(value.assets, value.liabilities, line)
    return value.liabilities > 0 and falls_short(value.equity, required(terms, value), line)


def missing(terms: Terms, value: Value, line: int) -> int:
    """Cash that brings the account up to a line."""
    if not terms.long_requirement:
        return ratio.missing_to(value.assets, value.liabilities, line)
    return ratio.missing_to(value.equity, required(terms, value), line)


def excess(terms: Terms, value: Value, line: int) -> int:
    """Cash that can leave above a line."""
    if not terms.long_requirement:
        return ratio.excess_over(value.assets, value.liabilities, line)
    return ratio.excess_over(value.equity, required(terms, value), line)


def distance(terms: Terms, value: Value, line: int, sigma: float) -> float:
    """Distance to margin call."""
    if not terms.long_requirement:
        return distance_to_call(value.assets, value.liabilities, line, value.long, value.short, sigma)
    rates = terms.long_requirement, terms.short_requirement
    return distance_under_requirement(
        value.equity, required(terms, value), line, value.long, value.short, *rates, sigma
    )


def mended_by_sale(terms: Terms) -> int:
    """What a unit of a sale mends, basis points of basis points."""
    return mended_by(terms.restore_line, terms.long_requirement, terms.sale_costs)


def mended_by_cover(terms: Terms) -> int:
    """What a unit of a cover mends."""
    return mended_by(terms.restore_line, terms.short_requirement, terms.commission)


def to_restore(terms: Terms, value: Value) -> int | None:
    """The sale that restores the account, None for everything; what it mends may be covers instead."""
    if not terms.long_requirement:
        return sale_to_restore(value.assets, value.liabilities, terms.restore_line, terms.sale_costs)
    if value.equity <= 0 or mended_by_sale(terms) <= 0 or mended_by_cover(terms) <= 0:
        return None
    return trade_to_restore(value.equity, required(terms, value), terms.restore_line, mended_by_sale(terms))


def lends_nothing(terms: Terms, value: Value) -> bool:
    """Below the warning line, or below the least equity of a margin account."""
    poor = terms.long_requirement > 0 and value.equity < terms.minimum_equity
    return poor or below(terms, value, terms.warning_line)


def largest_loan_to(terms: Terms, value: Value, line: int, own: int) -> int:
    """The largest loan beside own cash of a purchase that does not lead below a line."""
    if not terms.long_requirement:
        return largest_loan_above(value.assets, value.liabilities, own, line, terms.commission)
    rate, costs = terms.long_requirement, terms.commission
    return max(0, room_for(value.equity, required(terms, value), line, rate, costs) - own)


def largest_short_sale_to(terms: Terms, value: Value, line: int) -> int:
    """The largest short sale that does not lead below a line."""
    if not terms.long_requirement:
        return largest_loan_above(value.assets, value.liabilities, 0, line, terms.sale_costs)
    return room_for(value.equity, required(terms, value), line, terms.short_requirement, terms.sale_costs)
