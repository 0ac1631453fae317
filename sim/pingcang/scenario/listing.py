"""What stocks there are: synthetic boards, stocks written out, or a table of them."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.types import (
    Count,
    Flag,
    Haircut,
    Money,
    Name,
    Number,
    Positive,
    Quantiles,
    Ratio,
    Section,
    Shares,
    Table,
    Whole,
)


class Board(Section):
    """A synthetic board: how many stocks, how large, how liquid."""

    stocks: Annotated[Whole, Field(ge=1, le=100_000)]
    price_limit: Ratio = 0.10
    float_cap: Quantiles
    """Float market cap of a stock, CNY."""
    total_float_cap: Money | None = None
    """If given, the board's float market cap; the drawn caps are scaled to it."""
    price: Quantiles
    """Closing price at the start, CNY."""
    turnover: Table
    """Mean daily turnover as a share of float, by float market cap in CNY."""
    marginable: Count = 0
    """Stocks that may be bought on margin: the largest, unless marginable_weighting is uniform."""
    marginable_weighting: Literal["largest", "uniform"] = "largest"
    st: Count = 0
    """ST stocks: the smallest by float market cap; never marginable."""
    suspended: Count = 0
    """Stocks suspended at the start, drawn at random."""
    suspended_float_cap: Money | None = None
    """If given, the float cap of the stocks suspended at the start, as nearly as whole stocks allow."""
    pe: Quantiles | None = None
    """Static price-earnings ratio of a stock, below 0 with a loss; default: unknown, no rule by P/E binds it."""
    beta: Table = [(0.0, 1.0)]
    """Sensitivity to market news, trend and herding, by float market cap in CNY."""
    beta_spread: Quantiles = [(0.0, 1.0), (1.0, 1.0)]
    """Distribution of a stock's own sensitivity as a multiple of what `beta` gives for its size."""
    fundamental_to_price: Quantiles = [(0.0, 1.0), (1.0, 1.0)]
    """Fundamental value of a stock as a multiple of its price at the start."""

    @model_validator(mode="after")
    def _counts(self) -> Self:
        for key in ("marginable", "st", "suspended"):
            count = getattr(self, key)
            if count > self.stocks:
                raise ValueError(f"{key}: found {count}, but the board has {self.stocks} stocks; lower it")
        if self.marginable + self.st > self.stocks:
            raise ValueError(
                f"marginable: {self.marginable} and {self.st} ST stocks exceed {self.stocks} stocks; "
                "ST stocks are never marginable, lower one of the two"
            )
        for key in ("float_cap", "price", "fundamental_to_price"):
            lowest = getattr(self, key)[0][1]
            if lowest <= 0:
                raise ValueError(f"{key}: begins at {lowest:g}, must be above 0 at every probability")
        if min(share for _, share in self.turnover) <= 0:
            raise ValueError("turnover: must be above 0 in every row; a stock that is not traded is suspended")
        if self.total_float_cap == 0:
            raise ValueError("total_float_cap: found 0, must be above 0; leave it out to keep the drawn caps")
        return self


class Stock(Section):
    """One stock written out, for small markets and teaching."""

    code: Name
    board: Name = "main"
    sector: Name = "all"
    price: Positive
    """Closing price at the start, CNY; a whole number of ticks."""
    float_shares: Annotated[Whole, Field(ge=1, le=10**15)]
    turnover: Positive = 0.03
    """Mean daily turnover as a share of float."""
    price_limit: Ratio = 0.10
    marginable: Flag = True
    haircut: Haircut = 0.65
    """Collateral value as a share of market value (the exchange's 折算率)."""
    st: Flag = False
    etf: Flag | None = None
    """An exchange-traded fund: its haircut is that of its class, it has no P/E."""
    pe: Number | None = None
    """Static price-earnings ratio, below 0 with a loss; default: unknown, no rule by P/E binds it."""
    suspended: Flag = False
    beta: Number = 1.0
    fundamental_to_price: Positive = 1.0

    @model_validator(mode="after")
    def _funds_earn_nothing(self) -> Self:
        if self.etf and self.pe is not None:
            raise ValueError(f"pe: found {self.pe:g} for an exchange-traded fund, which has none; leave it out")
        return self


class Securities(Section):
    """The listed stocks: synthetic boards, or written out, or read from a table; exactly one of the three."""

    boards: dict[Name, Board] | None = None
    stocks: Annotated[list[Stock], Field(min_length=1)] | None = None
    from_: str | None = Field(None, alias="from")
    """Path of a table with the columns of a written-out stock, .csv or .parquet, relative to the scenario file."""
    csv: str | None = None
    """The same under its former name."""
    sectors: dict[Name, Positive] = {"all": 1.0}
    """Share of each sector in the number of synthetic stocks."""
    haircut: Shares = [(0.0, 0.65)]
    """Collateral value as a share of market value of synthetic stocks, by float market cap in CNY."""

    @property
    def table(self) -> str | None:
        """The path of the table of stocks, if they come from one."""
        return self.csv if self.from_ is None else self.from_

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"boards": self.boards, "stocks": self.stocks, "from": self.from_, "csv": self.csv}
        given = [key for key, value in sources.items() if value is not None]
        if len(given) != 1:
            raise ValueError(f"found {' and '.join(given) or 'none'}; give exactly one of boards, stocks and from")
        if self.boards is not None and not self.boards:
            raise ValueError("boards: is empty; name at least one board")
        if not self.sectors:
            raise ValueError("sectors: is empty; name at least one sector, as all: 1")
        twice = [code for code, count in Counter(stock.code for stock in self.stocks or []).items() if count > 1]
        if twice:
            raise ValueError(f"stocks: the code {twice[0]} is given to more than one stock; codes must be distinct")
        return self
