"""What a scenario file may say.

One class a section, one attribute a key, a sentence under each. Money is in CNY, ratios and rates are plain
numbers (1.30, 0.0835), shares lie between 0 and 1. Curves and distributions are small tables with linear
interpolation.
"""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pingcang.scenario.cohorts import Account, Appetite, Attention, Behaviour, Cohort, Contract, Position
from pingcang.scenario.events import CreditWithdrawal, Event, Halt, News, Rescue
from pingcang.scenario.listing import Board, Securities, Stock
from pingcang.scenario.macro import Macro
from pingcang.scenario.replay import Replay
from pingcang.scenario.rules import Rules
from pingcang.scenario.types import (
    Day,
    Flag,
    Name,
    NotNegative,
    Number,
    Positive,
    Ratio,
    Section,
    Share,
    Text,
    Weights,
    Whole,
)

__all__ = [
    "Account",
    "Appetite",
    "Attention",
    "Behaviour",
    "Board",
    "Calendar",
    "Cohort",
    "Contract",
    "CreditWithdrawal",
    "Event",
    "Exchange",
    "Funds",
    "Halt",
    "Impact",
    "Macro",
    "NationalTeam",
    "News",
    "Position",
    "Redemptions",
    "Replay",
    "Rescue",
    "Rules",
    "Scenario",
    "Securities",
    "Stock",
    "Suspensions",
]


def _linear_or_square_root(exponent: float) -> float:
    if exponent not in {1.0, 0.5}:
        raise ValueError(f"found {exponent:g}, must be 1 (linear) or 0.5 (square root)")
    return exponent


class Calendar(Section):
    """The days that are simulated."""

    start: Day
    """The day whose close is the initial state (day 0)."""
    days: Annotated[Whole, Field(ge=1, le=5000)]
    """Trading days after the start."""
    sessions: Annotated[Whole, Field(ge=1, le=64)] = 8
    """Call auctions a day (K). From 8 to 16 the drawdown of china_2015 moves by half a point, limit-downs by 4 %."""
    holidays: list[Day] = []
    """Weekdays without trading."""
    past_returns: Annotated[list[Annotated[Number, Field(gt=-1, lt=1)]], Field(max_length=1000)] = []
    """Market returns of the trading days up to the start, oldest first: what memories and trends begin with."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 1900 <= self.start.year <= 2200:
            raise ValueError(f"start: found {self.start}, must be a day of the years 1900 to 2200")
        if self.start.weekday() >= 5 or self.start in self.holidays:
            raise ValueError(f"start: {self.start} is not a trading day; take the last trading day before the run")
        for earlier, later in pairwise(self.holidays):
            if later <= earlier:
                raise ValueError(f"holidays: {later} stands after {earlier}; put them in order of date, each once")
        return self


class Suspensions(Section):
    """When companies ask for a halt, and when they come back.

    A stock that closes at limit-down asks with the daily hazard
    base · max(0, drawdown − threshold)/0.1 · (1 + 10 · contagion · halts of the day before / stocks).
    """

    base_hazard: NotNegative = 0.0
    drawdown_threshold: Share = 0.365
    """Fall of the stock from its peak since the start below which nobody asks."""
    contagion: NotNegative = 0.0
    resume_hazard: Share = 0.0
    """Daily probability that a stock halted during the run comes back."""
    resume_after_up_days: Annotated[Whole, Field(ge=0, le=60)] = 2
    """Consecutive days of a rising market that must have passed first."""
    initial_resume_hazard: Share = 0.0
    """Daily probability that a stock which was suspended at the start comes back."""


class Exchange(Section):
    """Trading rules that bind everybody."""

    tick: Positive = 0.01
    """Price tick in CNY; a whole number of fen."""
    lot_size: Annotated[Whole, Field(ge=1, le=1_000_000)] = 100
    """Shares in a lot."""
    trading_hours: Annotated[Positive, Field(le=24)] | None = None
    """Hours of trading a day, default 4; a session is this over calendar.sessions."""
    t_plus_one: Flag = True
    """Shares bought today cannot be sold today."""
    price_limits: Flag = True
    """Daily price bands; the band of each board stands with the board."""
    st_price_limit: Ratio = 0.05
    """Band of ST stocks on boards that have one."""
    uptick_rule: Flag = True
    """A short sale fills only in sessions that clear at or above the last price."""
    commission: Ratio = 0.0003
    """Broker's commission, both sides, of the traded value."""
    stamp_duty: Ratio = 0.001
    """Tax on the seller, of the traded value."""
    suspended_valuation: Literal["last_close", "index_adjusted"] = "last_close"
    """At what price a suspended stock counts in an account."""
    suspensions: Suspensions = Suspensions()

    @model_validator(mode="after")
    def _tick_in_fen(self) -> Self:
        if abs(self.tick * 100 - round(self.tick * 100)) > 1e-9:
            raise ValueError(f"tick: found {self.tick:g}, must be a whole number of fen; take 0.01 or a multiple of it")
        if self.commission + self.stamp_duty >= 0.5:
            raise ValueError(
                f"commission: {self.commission:g} and stamp_duty {self.stamp_duty:g} would eat a sale; "
                "together they must stay below 0.5"
            )
        return self


class Redemptions(Section):
    """Outflow of a fund: clip(base + response · (−performance), −cap, cap) of its assets a day.

    A negative base, or a good performance, is an inflow.
    """

    base: Number = 0.0
    response: NotNegative = 0.0
    """Outflow per unit of negative EWMA performance."""
    decay: Share = 0.1
    cap: Share = 0.05


class Funds(Section):
    """Unlevered institutions with dense portfolios, redemptions and a value tilt."""

    count: Annotated[Whole, Field(ge=1, le=1000)]
    share_of_float: Share
    """Share of every stock's float that they hold together at the start."""
    cash_share: Share = 0.05
    redemptions: Redemptions = Redemptions()
    value_tilt: Number = 0.0
    """Weight of a stock ∝ float cap · max(0, 1 + tilt · (fundamental/price − 1))."""
    rebalancing: Share = 0.0
    """Share of the gap to the target weights that is traded a day."""


class NationalTeam(Section):
    """The rescue programme's basket; budgets and dates stand under `events`."""

    boards: dict[Name, NotNegative] | None = None
    """Relative weight of each board, per CNY of float cap; default 1."""
    size_tilt: Weights = [(0.0, 1.0)]
    """Weight of a stock per CNY of float cap, by float cap in CNY."""


class Impact(Section):
    """How the rest of the market turns orders and news into prices."""

    exponent: Annotated[Number, AfterValidator(_linear_or_square_root), Field(json_schema_extra={"enum": [1, 0.5]})] = (
        1.0
    )
    """1: linear in the session's net flow; 0.5: square root of the day's cumulative net flow."""
    depth: Positive = 0.13
    """κ: relative price change per day's mean turnover traded net."""
    transient_share: Share = 0.0
    """φ: share of the impact that decays."""
    transient_half_life: Positive = 20.0
    """Half-life of the transient part, trading days."""
    noise_bids: NotNegative = 0.03
    """Bids (offers) of the rest of the market that stand at the limit, as a share of mean daily turnover."""
    trend: NotNegative = 0.0
    """θ: daily response of unlevered holders to the EWMA of the market return."""
    trend_decay: Share = 0.6
    """Weight of the last day's return in that EWMA."""
    herding_down: NotNegative = 0.0
    """Response of unlevered holders to a falling market return of the session before."""
    herding_up: NotNegative = 0.0
    reversion: NotNegative = 0.0
    """ρ: daily pull of the reference price toward fundamental value."""
    market_volatility: NotNegative = 0.0
    """Daily standard deviation of common news."""
    stock_volatility: NotNegative = 0.0
    """Daily standard deviation of a stock's own news."""
    news_at_open: Share = 0.3
    """Share of a day's dated news that arrives in the first session."""
    self_trade_share: Share = 1.0
    """Share of a stock's mean turnover that the rest of the market trades with itself on a still day; the remainder of
    the turnover that is observed is the accounts' own."""
    turnover_response: NotNegative = 0.0
    """b: turnover of the rest with itself is self_trade_share · mean turnover · (1 + b·|r|)."""
    dmc_decay: Share = 0.07
    """Weight of the last day in the EWMA variance behind the distance to margin call."""
    dmc_volatility: Positive = 0.03
    """Daily standard deviation at the start of that EWMA."""
    replay_limit_fill: Share = 0.15
    """With `price_formation: replay`: share of a stock's real volume, spread evenly over the sessions of the day, that
    margin accounts can sell beyond what others buy while it stands at its lower limit; or buy at its upper one."""

    @model_validator(mode="after")
    def _stable(self) -> Self:
        herding = max(self.herding_down, self.herding_up)
        if herding >= 1 or self.trend / (1 - herding) >= 1:
            raise ValueError(
                f"trend: {self.trend:g} with herding {herding:g} explodes; keep trend/(1 − herding) below 1"
            )
        return self


class Scenario(Section):
    """A whole scenario."""

    kind: Literal["scenario"] = "scenario"
    name: Name
    description: Text = ""
    sources: list[Text] = []
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    """ISO 4217 code of the scenario's money, told with results; default CNY. Its hundredth stands for the fen."""
    scale: Annotated[Positive, Field(le=1)] = 1.0
    """Share of the market that is simulated, one account in 1/scale; 1/scale is a whole number."""
    calendar: Calendar
    exchange: Exchange = Exchange()
    securities: Securities
    price_formation: Literal["endogenous", "replay"] = "endogenous"
    """endogenous: orders and news make the prices. replay: the prices of a file; nothing that anybody orders moves
    them."""
    replay: Replay | None = None
    cohorts: dict[Name, Cohort] = {}
    funds: Funds | None = None
    national_team: NationalTeam = NationalTeam()
    rules: Rules = Rules()
    impact: Impact = Impact()
    macro: Macro | None = None
    """Default: nothing outside the market acts on its agents."""
    events: list[Event] = []
    record: list[Literal["stocks", "audit"]] = []
    """What the dataset holds beside its standard variables."""
