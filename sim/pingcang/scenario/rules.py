"""Margin rules as data: what the exchange demands of every broker contract."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.levers import (
    CircuitBreaker,
    ConcentrationLimits,
    ContractTerm,
    CounterCyclical,
    Haircuts,
    InitialMargin,
    PriceLimits,
    Requirement,
    SingleStockCap,
    UptickAfterFall,
    WindowInHours,
)
from pingcang.scenario.types import Count, Flag, Name, PositiveRatio, Ratio, Section, Share, Whole

LINES = ("warning_line", "close_out_line", "immediate_line", "restore_line", "withdrawal_line")


def lines_wrong_under(requirement: Requirement, close_out: float, restore: float) -> Iterator[tuple[str, str]]:
    """Key and message of lines that a requirement cannot have; `close_out` is the highest of an account."""
    if close_out <= 0:
        yield "close_out_line", f"{close_out:g} must be above 0, a multiple of required margin; 1 is the requirement"
    if restore < close_out:
        yield (
            "restore_line",
            f"{restore:g} is below close_out_line {close_out:g}, multiples of required margin; raise it",
        )
    if restore * requirement.long >= 1:
        yield (
            "restore_line",
            f"{restore:g} times requirement.long {requirement.long:g} must be below 1, "
            "else an account would be sold out to restore it; lower one of them",
        )


class Rules(Section):
    """A margin-rule set; ratios are maintenance ratios (维持担保比例), assets over liabilities.

    With `requirement` the five lines are multiples of the required margin instead: equity over requirement.
    """

    name: str = ""
    requirement: Requirement | None = None
    """Accounts are judged by requirement instead of by maintenance ratio."""
    initial_margin: InitialMargin = InitialMargin()
    counter_cyclical: CounterCyclical | None = None
    short_margin: PositiveRatio = 0.5
    """Own margin that a new short sale needs, of its value."""
    warning_line: Ratio = 1.5
    """Below it the broker lends nothing new."""
    close_out_line: Ratio = 1.3
    """The line (平仓线): an account that closes below it is called."""
    immediate_line: Ratio = 1.1
    """An account below it is forced at once, without a call window."""
    restore_line: Ratio = 1.5
    """A call is cured, and a forced liquidation ends, at this level only."""
    withdrawal_line: Ratio = 3.0
    """Cash may be taken out above it."""
    call_window: Annotated[Whole, Field(ge=0, le=250)] | WindowInHours = 2
    """Trading days: called at the close of T, sold from the open of T + call_window. Or {hours: h} of trading."""
    liquidation: Literal["pro_rata", "most_liquid_first", "largest_first"] = "pro_rata"
    """How a forced sale is spread over an account's positions."""
    liquidation_days: Annotated[Whole, Field(ge=1, le=60)] | None = None
    """Over how many days a broker's forced liquidation is spread: each day 1/(days left) of what is left. Default: all
    at once."""
    liquidation_volume_share: Annotated[Share, Field(gt=0)] | None = None
    """Cap of brokers' forced orders in a stock and session, all together, as a share of the session's part of mean
    turnover; default: none."""
    haircuts: Haircuts | None = None
    concentration_limits: ConcentrationLimits | None = None
    """Largest share of one stock in a broker's client's assets to which a purchase may lead, from each maintenance
    ratio upward; default: none."""
    contract_term: ContractTerm | None = None
    """The longest life of a broker's loan; default: none."""
    single_stock_cap: SingleStockCap = SingleStockCap()
    marginable_stocks: Count | None = None
    """Stocks that may be bought on margin: the largest by float market cap; default: those that securities name."""
    marginable_boards: list[Name] | None = None
    """Boards all of whose stocks are marginable besides, ST stocks excepted."""
    price_limits: PriceLimits | None = None
    """Daily price band of a board, in place of the board's own; `st` is that of ST stocks."""
    circuit_breaker: CircuitBreaker | None = None
    uptick_rule: Flag | UptickAfterFall | None = None
    """In place of exchange.uptick_rule."""
    financing_rate: Ratio = 0.0835
    """Interest on loans, a year."""
    borrow_fee: Ratio = 0.0835
    """Fee on shares sold short, a year, of their value."""
    short_cover_t_plus_one: Flag = False
    """Shares sold short today cannot be bought back today."""
    lendable_share: Share = 0.01
    """Share of each marginable stock's float that can be borrowed."""
    lending_stopped: Flag = False
    """No new short sales; open ones are recalled."""

    @model_validator(mode="after")
    def _lines_in_order(self) -> Self:
        ordered = ["immediate_line", "close_out_line", "warning_line"]
        what = "maintenance ratios" if self.requirement is None else "multiples of required margin"
        for lower, higher in pairwise(ordered):
            if getattr(self, lower) > getattr(self, higher):
                raise ValueError(
                    f"{lower}: {getattr(self, lower):g} is above {higher} {getattr(self, higher):g}; "
                    f"lines must satisfy immediate_line <= close_out_line <= warning_line as {what}, "
                    "move one of them"
                )
        if self.requirement is None and (self.restore_line < self.close_out_line or self.restore_line <= 1):
            raise ValueError(
                f"restore_line: {self.restore_line:g} must be above 1 and not below close_out_line "
                f"{self.close_out_line:g}; raise it"
            )
        return self

    @model_validator(mode="after")
    def _lines_of_a_requirement(self) -> Self:
        if self.requirement is None:
            return self
        unset = [key for key in LINES if key not in self.model_fields_set]
        if unset:
            raise ValueError(
                f"requirement: the lines are multiples of it, and {', '.join(unset)} would keep the default of a "
                "maintenance ratio; write all five (1 is the requirement itself)"
            )
        for key, message in lines_wrong_under(self.requirement, self.close_out_line, self.restore_line):
            raise ValueError(f"{key}: {message}")
        return self

    @model_validator(mode="after")
    def _margin_within_the_purchase(self) -> Self:
        rows = [] if self.counter_cyclical is None else [margin for _, margin in self.counter_cyclical.initial_margin]
        if self.initial_margin.of == "purchase" and max(self.initial_margin.value, *rows, 0) > 1:
            raise ValueError("initial_margin: is above 1, more than the whole purchase; lower it, or take of: loan")
        return self
