"""What a scenario file may say.

One class a section, one attribute a key, a sentence under each. Money is in CNY, ratios and rates are plain
numbers (1.30, 0.0835), shares lie between 0 and 1. Curves and distributions are small tables with linear
interpolation.
"""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pingcang.scenario.rules import Rules
from pingcang.scenario.types import (
    Count,
    Day,
    Flag,
    Money,
    Name,
    NotNegative,
    Number,
    Positive,
    PositiveRatio,
    Quantiles,
    Ratio,
    Section,
    Share,
    Shares,
    Table,
    Text,
    Weights,
    Whole,
)

CohortKind = Literal["retail", "shadow", "institution", "short_seller"]


class Calendar(Section):
    """The days that are simulated."""

    start: Day
    """The day whose close is the initial state (day 0)."""
    days: Annotated[Whole, Field(ge=1, le=5000)]
    """Trading days after the start."""
    sessions: Annotated[Whole, Field(ge=1, le=64)] = 8
    """Call auctions a day (K); the crash needs at least 8 to converge."""
    holidays: list[Day] = []
    """Weekdays without trading."""

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
    beta: Table = [(0.0, 1.0)]
    """Sensitivity to market news, trend and herding, by float market cap in CNY."""
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
    haircut: Ratio = 0.65
    """Collateral value as a share of market value (the exchange's 折算率)."""
    st: Flag = False
    suspended: Flag = False
    beta: Number = 1.0
    fundamental_to_price: Positive = 1.0


class Securities(Section):
    """The listed stocks: synthetic boards, or written out, or read from a CSV; exactly one of the three."""

    boards: dict[Name, Board] | None = None
    stocks: Annotated[list[Stock], Field(min_length=1)] | None = None
    csv: str | None = None
    """Path of a CSV with the columns of a written-out stock, relative to the scenario file."""
    sectors: dict[Name, Positive] = {"all": 1.0}
    """Share of each sector in the number of synthetic stocks."""
    haircut: Shares = [(0.0, 0.65)]
    """Collateral value as a share of market value of synthetic stocks, by float market cap in CNY."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [key for key in ("boards", "stocks", "csv") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"found {' and '.join(given) or 'none'}; give exactly one of boards, stocks and csv")
        if self.boards is not None and not self.boards:
            raise ValueError("boards: is empty; name at least one board")
        if not self.sectors:
            raise ValueError("sectors: is empty; name at least one sector, as all: 1")
        twice = [code for code, count in Counter(stock.code for stock in self.stocks or []).items() if count > 1]
        if twice:
            raise ValueError(f"stocks: the code {twice[0]} is given to more than one stock; codes must be distinct")
        return self


class Position(Section):
    """One position of a written-out account."""

    stock: Name
    shares: Whole
    """Shares held; below 0 for shares sold short."""
    loan: Money = 0.0
    """Financing debt of this position; for a short position, its frozen proceeds. CNY."""


class Account(Section):
    """One account written out."""

    cash: Money = 0.0
    positions: list[Position] = []
    close_out_line: Ratio | None = None
    """A line of this account's own contract."""


class Contract(Section):
    """What a cohort's lender demands beside the exchange's rules; unset keys follow `rules`."""

    lender: Literal["broker", "shadow"] | None = None
    """Default: shadow for kind shadow, broker else. Official figures count brokers only."""
    check: Literal["close", "session"] | None = None
    """When maintenance ratios are checked; default: session for shadow, close else."""
    close_out_line: Ratio | Quantiles | None = None
    """One line, or the distribution from which each account's line is drawn."""
    warning_line: Ratio | None = None
    immediate_line: Ratio | None = None
    restore_line: Ratio | None = None
    withdrawal_line: Ratio | None = None
    call_window: Annotated[Whole, Field(ge=0, le=250)] | None = None
    liquidation: Literal["pro_rata", "most_liquid_first", "largest_first"] | None = None
    liquidate_whole_account: Flag | None = None
    """Everything is sold once the line is broken; default: true for shadow, false else."""
    initial_margin: PositiveRatio | None = None
    haircut: Ratio | None = None
    """One haircut for all stocks instead of each stock's own."""
    marginable_only: Flag | None = None
    """Loans buy marginable stocks only; default: false for shadow, true else."""
    financing_rate: Ratio | None = None
    short_margin: PositiveRatio | None = None
    borrow_fee: Ratio | None = None


class Appetite(Section):
    """How much of what was repaid is borrowed again: clip(base + today·r + memory·M, 0, cap).

    r is the market return so far today, M ← (1 − decay)·M + r at each close.
    """

    base: NotNegative = 1.0
    """Above 1 is calm growth; solved from the observed growth of the balance, never fitted on a crash."""
    today: Number = 0.0
    memory: Number = 0.0
    decay: Share = 0.4
    cap: NotNegative = 1.4


class Attention(Section):
    """What a purchase is drawn by: float cap · (1 + momentum · r20) · sector heat, never below 0.

    r20 is an EWMA of the stock's daily return; sector heat 1 + heat · the sector's own EWMA return.
    """

    momentum: Number = 0.0
    heat: Number = 0.0
    value: Number = 0.0
    """Tilt toward stocks priced below fundamental value."""


class Behaviour(Section):
    """How the holders of a cohort's accounts decide."""

    activity: Share = 0.13
    """Daily probability of one active session: a position is rotated, a short opened or covered."""
    appetite: Appetite = Appetite()
    preemptive_hazard: Table = [(0.0, 0.0)]
    """Daily hazard of selling before a call, by distance to margin call (DMC) in standard deviations."""
    preemptive_size: Share = 0.6
    """Share of the debt that such a sale repays."""
    relief_return: NotNegative = 0.02
    """A standing pre-emptive order is withdrawn on a day on which the market is up by more than this."""
    top_up_probability: Share = 0.0
    """Daily probability that a called account is topped up to the restore level."""
    withdrawal_share: Share = 0.0
    """Share of the cash above the withdrawal line that is taken out at the close."""
    attention: Attention = Attention()
    minimum_order: Share = 0.02
    """Smallest purchase, as a share of the account's assets; less stays pending."""
    short_size: Share = 0.3
    """Short sellers: share of the free margin used by a new short position."""
    cover_profit: Share = 0.1
    """Short sellers: fall of the price below the sale price at which the position is covered."""


class Cohort(Section):
    """Margin accounts under one contract, drawn from distributions or written out or read from Parquet."""

    kind: CohortKind
    accounts: Annotated[Whole, Field(ge=1, le=2**24)] | None = None
    """Number of accounts at scale 1."""
    debt: Money | None = None
    """Financing debt of the cohort at scale 1, CNY; for short sellers the value sold short."""
    slots: Annotated[Whole, Field(ge=1, le=64)] = 3
    """Positions an account can hold."""
    positions: Annotated[list[tuple[Whole, Positive]], Field(min_length=1)] | None = None
    """Distribution of the initial number of positions, rows [positions, weight]; default: all slots."""
    maintenance_ratio: Quantiles | None = None
    size: Quantiles = [(0.0, 1.0), (1.0, 1.0)]
    """Relative size of an account's debt; only proportions matter."""
    cash_share: Share = 0.0
    """Cash as a share of an account's assets."""
    margin_purchases_at_start: Money | None = None
    """Purchases with new loans on the start date, CNY: the historic entry of day 0 in the dataset."""
    debt_by_board: dict[Name, NotNegative] | None = None
    """Relative weight of each board in the initial portfolios, per CNY of float cap; default 1."""
    debt_by_sector: dict[Name, NotNegative] | None = None
    """Relative weight of each sector in the initial portfolios, per CNY of float cap; default 1."""
    size_tilt: Weights = [(0.0, 1.0)]
    """Weight of a stock in initial portfolios and in attention, per CNY of float cap, by float cap in CNY."""
    book: str | None = None
    """Path of a Parquet table of real accounts, relative to the scenario file."""
    explicit: Annotated[list[Account], Field(min_length=1)] | None = None
    """Accounts written out."""
    contract: Contract = Contract()
    behaviour: Behaviour = Behaviour()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"accounts (to be drawn)": self.accounts, "book": self.book, "explicit": self.explicit}
        given = [name for name, value in sources.items() if value is not None]
        if len(given) != 1:
            raise ValueError(
                f"found {' and '.join(given) or 'none'}; give one of accounts (to be drawn), book, explicit; "
                "a cohort without accounts is left out altogether"
            )
        for key in ("debt", "maintenance_ratio"):
            if self.accounts is not None and getattr(self, key) is None:
                raise ValueError(f"{key}: is missing; a drawn cohort needs accounts, debt and maintenance_ratio")
        return self

    @model_validator(mode="after")
    def _above_water(self) -> Self:
        if self.maintenance_ratio is not None and self.maintenance_ratio[0][1] <= 1:
            raise ValueError(
                f"maintenance_ratio: begins at {self.maintenance_ratio[0][1]:g}, must begin above 1: "
                "below it an account owes more than it holds"
            )
        if self.size[0][1] < 0 or self.size[-1][1] <= 0:
            raise ValueError("size: must not be below 0, and must end above 0")
        return self

    @model_validator(mode="after")
    def _fits_the_slots(self) -> Self:
        for count, _ in self.positions or []:
            if not 1 <= count <= self.slots:
                raise ValueError(
                    f"positions: found {count}, must be 1 to {self.slots} (slots); raise slots or lower it"
                )
        for account in self.explicit or []:
            if len(account.positions) > self.slots:
                raise ValueError(
                    f"explicit: an account holds {len(account.positions)} positions, the cohort has "
                    f"{self.slots} slots; raise slots"
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


def _linear_or_square_root(exponent: float) -> float:
    if exponent not in {1.0, 0.5}:
        raise ValueError(f"found {exponent:g}, must be 1 (linear) or 0.5 (square root)")
    return exponent


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

    @model_validator(mode="after")
    def _stable(self) -> Self:
        herding = max(self.herding_down, self.herding_up)
        if herding >= 1 or self.trend / (1 - herding) >= 1:
            raise ValueError(
                f"trend: {self.trend:g} with herding {herding:g} explodes; keep trend/(1 − herding) below 1"
            )
        return self


class News(Section):
    """A dated shock to the latent reference prices, symmetric: up is · (1 + v), down is / (1 + |v|)."""

    value: Annotated[Number, Field(gt=-0.95, lt=5)]
    """Move of a stock with beta 1, board weight 1 and size weight 1, were it all to arrive at once."""
    use_beta: Flag = True
    boards: dict[Name, Number] | None = None
    """Weight of each board; default 1."""
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
    rescue: Rescue | None = None
    credit_withdrawal: CreditWithdrawal | None = None
    suspend: Halt | None = None
    resume: Halt | None = None


class Scenario(Section):
    """A whole scenario."""

    kind: Literal["scenario"] = "scenario"
    name: Name
    description: Text = ""
    sources: list[Text] = []
    scale: Annotated[Positive, Field(le=1)] = 1.0
    """Share of the market that is simulated, one account in 1/scale; 1/scale is a whole number."""
    calendar: Calendar
    exchange: Exchange = Exchange()
    securities: Securities
    cohorts: dict[Name, Cohort] = {}
    funds: Funds | None = None
    national_team: NationalTeam = NationalTeam()
    rules: Rules = Rules()
    impact: Impact = Impact()
    events: list[Event] = []
    record: list[Literal["stocks", "audit"]] = []
    """What the dataset holds beside its standard variables."""
