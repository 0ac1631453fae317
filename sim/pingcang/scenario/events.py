"""What happens on a date."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from pingcang.scenario.types import Day, Flag, Money, Name, Number, Section, Share, Table, Text


class News(Section):
    """A dated shock to the latent reference prices, symmetric: up is · (1 + v), down is / (1 + |v|)."""

    value: Annotated[Number, Field(gt=-0.95, lt=5)]
    """Move of a stock with beta 1 and all weights 1, were it all to arrive at once."""
    use_beta: Flag = True
    boards: dict[Name, Number] | None = None
    """Weight of each board; default 1."""
    sectors: dict[Name, Number] | None = None
    """Weight of each sector; default 1."""
    size: Table = [(0.0, 1.0)]
    """Weight by float market cap in CNY."""
    stocks: list[Name] | None = None
    """If given, only these stocks are hit."""


class Rescue(Section):
    """Purchases of the national team."""

    budget: Money
    """CNY a day at scale 1."""
    until: Day | None = None
    """Last day; default: the event's date only."""


class CreditWithdrawal(Section):
    """A lender calls in loans whatever their ratio."""

    cohort: Name
    share: Share
    """Share of the cohort's accounts, drawn at random, that are closed out from this day's open."""


class Halt(Section):
    """Stocks that stop or resume trading by order."""

    stocks: list[Name] | Literal["all"]


class Event(Section):
    """Something that happens at the open of a date; everything it says happens together."""

    date: Day
    note: Text = ""
    news: News | None = None
    rules: dict[str, Any] | None = None
    """Keys of `rules` that change from this day."""
    contract: dict[Name, dict[str, Any]] | None = None
    """Keys of `cohorts.NAME.contract` that change from this day."""
    impact: dict[str, Any] | None = None
    """Keys of `impact` that change from this day."""
    exchange: dict[str, Any] | None = None
    """Keys of `exchange` that change from this day."""
    macro: dict[str, Any] | None = None
    """Keys of `macro` that change from this day."""
    rescue: Rescue | None = None
    credit_withdrawal: CreditWithdrawal | None = None
    suspend: Halt | None = None
    resume: Halt | None = None
