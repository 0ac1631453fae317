"""The parts of a margin-rule set that are more than one number: one class a lever, in the order of `rules`."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.types import (
    Flag,
    Haircut,
    Limits,
    Money,
    Positive,
    PositiveRatio,
    Quantiles,
    Section,
    Share,
    Shares,
    Table,
    Whole,
)


class InitialMargin(Section):
    """Own margin that a new loan needs (融资保证金比例)."""

    value: PositiveRatio = 0.5
    of: Literal["loan", "purchase"] = "loan"
    """Of the loan (China), or of the whole purchase (US Regulation T)."""


class SingleStockCap(Section):
    """Margin buying in a stock stops while its financing balance is a large share of its float."""

    stop: Share = 0.25
    resume: Share = 0.20

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.resume > self.stop:
            raise ValueError(f"resume: {self.resume:g} is above stop {self.stop:g}; buying resumes below its stop")
        return self


class Requirement(Section):
    """Margin required of an account by its positions: Σ rate · |position value| (FINRA Rule 4210)."""

    long: PositiveRatio = 0.25
    """Of the value of long positions."""
    short: PositiveRatio = 0.30
    """Of the value sold short."""
    minimum_equity: Money = 0.0
    """Equity below which nothing new is lent, CNY."""


class WindowInHours(Section):
    """A call window in hours of trading."""

    hours: Annotated[Positive, Field(le=24)]


class Haircuts(Section):
    """Collateral value as a share of market value (折算率) by class of security, in place of each stock's own."""

    stock: Shares | None = None
    """Of an ordinary stock, by float market cap in CNY (index constituents are the largest); default: each its own."""
    st: Haircut = 0.0
    etf: Haircut = 0.90
    pe_limit: Positive | None = None
    """Static P/E above which `pe_haircut` holds; it holds for negative P/E too. Default: no such rule."""
    pe_haircut: Haircut = 0.0


class ContractTerm(Section):
    """The longest life of a loan."""

    days: Annotated[Whole, Field(ge=1, le=3650)] = 180
    """Calendar days from the opening of the position."""
    roll_over: Flag = False
    """Whether a loan that is due begins anew while its account stands at or above the close-out line."""


class UptickAfterFall(Section):
    """The uptick rule binds a stock only on days on which it has fallen so far (SEC Rule 201)."""

    after_fall: Haircut = 0.10


class BreakerLevel(Section):
    """One level of a circuit breaker."""

    move: Annotated[Haircut, Field(gt=0)]
    """Move of the index from its last close that triggers it, once a day."""
    minutes: Annotated[Positive, Field(le=1440)] | None = None
    """How long trading stops; default: for the rest of the day."""


class CircuitBreaker(Section):
    """A halt of the whole market by the move of its index."""

    levels: Annotated[list[BreakerLevel], Field(min_length=1, max_length=5)]
    both_ways: Flag = False
    """Rises trigger it too (China in January 2016)."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        for lower, higher in pairwise(self.levels):
            if higher.move <= lower.move:
                raise ValueError(f"levels: {higher.move:g} stands after {lower.move:g}; put them in rising order")
        return self


class CounterCyclical(Section):
    """Initial margin of brokers' new loans as a curve of the state of the market at the last close."""

    driver: Literal["balance_to_float", "volatility", "past_return"]
    """Official balance over float market cap; EWMA daily volatility of stocks; index return of `window` days."""
    window: Annotated[Whole, Field(ge=1, le=250)] = 20
    """Trading days of past_return; days before the start count by calendar.past_returns."""
    initial_margin: Table
    """Rows [driver, initial margin], linear between them; in place of initial_margin.value."""

    @model_validator(mode="after")
    def _within_reason(self) -> Self:
        margins = [value for _, value in self.initial_margin]
        for found in (min(margins), max(margins)):
            if not 0.0001 <= found <= 1000:
                raise ValueError(f"initial_margin: found {found:g}, must lie between 0.0001 and 1000 in every row")
        return self


class Brokers(Section):
    """Brokers that differ: each account belongs to one, and a broker has one close-out line for all its clients."""

    count: Annotated[Whole, Field(ge=1, le=10_000)]
    close_out_line: Quantiles
    """Distribution from which each broker's line is drawn."""


ConcentrationLimits = Limits
"""Rows [maintenance ratio, largest share of one stock in assets], from which a purchase may not lead away."""
PriceLimits = dict[str, PositiveRatio]
__all__ = [
    "Brokers",
    "CircuitBreaker",
    "ConcentrationLimits",
    "ContractTerm",
    "CounterCyclical",
    "Haircuts",
    "InitialMargin",
    "PriceLimits",
    "Requirement",
    "SingleStockCap",
    "UptickAfterFall",
    "WindowInHours",
]
