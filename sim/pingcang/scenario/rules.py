"""Margin rules as data: what the exchange demands of every broker contract."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.types import Flag, PositiveRatio, Ratio, Section, Share, Whole


class InitialMargin(Section):
    """Own margin that a new loan needs (融资保证金比例)."""

    value: PositiveRatio = 0.5
    of: Literal["loan"] = "loan"


class SingleStockCap(Section):
    """Margin buying in a stock stops while its financing balance is a large share of its float."""

    stop: Share = 0.25
    resume: Share = 0.20

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.resume > self.stop:
            raise ValueError(f"resume: {self.resume:g} is above stop {self.stop:g}; buying resumes below its stop")
        return self


class Rules(Section):
    """A margin-rule set; ratios are maintenance ratios (维持担保比例), assets over liabilities."""

    name: str = ""
    initial_margin: InitialMargin = InitialMargin()
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
    call_window: Annotated[Whole, Field(ge=0, le=250)] = 2
    """Trading days: called at the close of T, sold from the open of T + call_window."""
    liquidation: Literal["pro_rata", "most_liquid_first", "largest_first"] = "pro_rata"
    """How a forced sale is spread over an account's positions."""
    single_stock_cap: SingleStockCap = SingleStockCap()
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
        for lower, higher in pairwise(ordered):
            if getattr(self, lower) > getattr(self, higher):
                raise ValueError(
                    f"{lower}: {getattr(self, lower):g} is above {higher} {getattr(self, higher):g}; "
                    "lines must satisfy immediate_line <= close_out_line <= warning_line, move one of them"
                )
        if self.restore_line < self.close_out_line or self.restore_line <= 1:
            raise ValueError(
                f"restore_line: {self.restore_line:g} must be above 1 and not below close_out_line "
                f"{self.close_out_line:g}; raise it"
            )
        return self
