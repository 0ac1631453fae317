"""Margin accounts under one contract: their size, their contract, their behaviour."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.levers import Brokers, Requirement, WindowInHours
from pingcang.scenario.types import (
    Flag,
    Haircut,
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
    Table,
    Weights,
    Whole,
)

OLDEST_LOAN = 3650
"""Calendar days."""
CohortKind = Literal["retail", "shadow", "institution", "short_seller"]


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
    call_window: Annotated[Whole, Field(ge=0, le=250)] | WindowInHours | None = None
    liquidation: Literal["pro_rata", "most_liquid_first", "largest_first"] | None = None
    liquidation_days: Annotated[Whole, Field(ge=1, le=60)] | None = None
    liquidate_whole_account: Flag | None = None
    """Everything is sold once the line is broken; default: true for shadow, false else."""
    initial_margin: PositiveRatio | None = None
    requirement: Requirement | None = None
    brokers: Brokers | None = None
    """Brokers with lines of their own, in place of close_out_line."""
    haircut: Haircut | None = None
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
    """What a purchase is drawn by: float cap · board · sector · (1 + momentum · r20) · sector heat, never below 0.

    r20 is an EWMA of the stock's daily return; sector heat 1 + heat · the sector's own EWMA return.
    """

    momentum: Number = 0.0
    heat: Number = 0.0
    value: Number = 0.0
    """Tilt toward stocks priced below fundamental value."""
    boards: dict[Name, NotNegative] | None = None
    """Relative weight of each board in purchases, per CNY of float cap; default 1."""
    sectors: dict[Name, NotNegative] | None = None
    """Relative weight of each sector in purchases, per CNY of float cap; default 1. With the weights of
    `debt_by_sector` the balance stays as concentrated as it began; without them rotation spreads it over the market."""


class Behaviour(Section):
    """How the holders of a cohort's accounts decide."""

    activity: Share = 0.13
    """Daily probability of one active session: a position is rotated, a short opened or covered."""
    activity_memory: Number = 0.0
    """Response of activity to past returns: a day's probability is clip(activity · (1 + activity_memory · M), 0, 1)."""
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
    """Margin accounts under one contract: drawn from distributions, written out, or from tables of a real book.

    `from`, `positions` and `on_error` can stand directly under `cohorts` too: then they hold for every cohort without
    accounts of its own.
    """

    kind: CohortKind
    accounts: Annotated[Whole, Field(ge=1, le=2**24)] | None = None
    """Number of accounts at scale 1."""
    debt: Money | None = None
    """Financing debt of the cohort at scale 1, CNY; for short sellers the value sold short."""
    slots: Annotated[Whole, Field(ge=1, le=64)] = 3
    """Positions an account can hold."""
    positions: Annotated[list[tuple[Whole, Positive]], Field(min_length=1)] | str | None = None
    """Drawn accounts: distribution of the initial number of positions, rows [positions, weight]; default: all slots.
    With `from`: path of the Parquet table of positions, relative to the scenario file."""
    maintenance_ratio: Quantiles | None = None
    size: Quantiles = [(0.0, 1.0), (1.0, 1.0)]
    """Relative size of an account's debt; only proportions matter."""
    cash_share: Share = 0.0
    """Cash as a share of an account's assets."""
    loan_age: Quantiles | None = None
    """Age of the loans that exist at the start, calendar days since their opening; default: all new at the start."""
    margin_purchases_at_start: Money | None = None
    """Purchases with new loans on the start date, CNY: the historic entry of day 0 in the dataset."""
    debt_by_board: dict[Name, NotNegative] | None = None
    """Relative weight of each board in the initial portfolios, per CNY of float cap; default 1."""
    debt_by_sector: dict[Name, NotNegative] | None = None
    """Relative weight of each sector in the initial portfolios, per CNY of float cap; default 1."""
    size_tilt: Weights = [(0.0, 1.0)]
    """Weight of a stock in initial portfolios and in attention, per CNY of float cap, by float cap in CNY."""
    from_: str | None = Field(None, alias="from")
    """Path of a Parquet table of real accounts, relative to the scenario file."""
    on_error: Literal["strict", "drop"] | None = None
    """What faulty rows of the tables do: they refuse the scenario (strict, the default), or their accounts are left out
    and reported (drop)."""
    explicit: Annotated[list[Account], Field(min_length=1)] | None = None
    """Accounts written out."""
    contract: Contract = Contract()
    behaviour: Behaviour = Behaviour()

    @property
    def position_counts(self) -> list[tuple[int, float]] | None:
        """The distribution of the number of positions of drawn accounts, if one is given."""
        return None if isinstance(self.positions, str) else self.positions

    @property
    def tables(self) -> tuple[str, str] | None:
        """The paths of the tables of accounts and positions, if the accounts come from tables."""
        return (self.from_, self.positions) if self.from_ and isinstance(self.positions, str) else None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = {"accounts (to be drawn)": self.accounts, "from": self.from_, "explicit": self.explicit}
        given = [name for name, value in sources.items() if value is not None]
        if len(given) != 1:
            raise ValueError(
                f"found {' and '.join(given) or 'none'}; give one of accounts (to be drawn), from, explicit; "
                "a cohort without accounts is left out altogether"
            )
        for key in ("debt", "maintenance_ratio"):
            if self.accounts is not None and getattr(self, key) is None:
                raise ValueError(f"{key}: is missing; a drawn cohort needs accounts, debt and maintenance_ratio")
        return self

    @model_validator(mode="after")
    def _two_tables(self) -> Self:
        if self.from_ is not None and not isinstance(self.positions, str):
            raise ValueError("positions: must be the path of the table of positions, since the accounts come from one")
        if self.from_ is None and isinstance(self.positions, str):
            raise ValueError("positions: found a path, but no table of accounts under from; give both or neither")
        if self.from_ is None and self.on_error is not None:
            raise ValueError("on_error: speaks of tables and the cohort comes from none; leave it out")
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
    def _ages(self) -> Self:
        if self.loan_age is None:
            return self
        if self.kind == "short_seller":
            raise ValueError("loan_age: short sellers have no loans with a term; leave it out")
        lowest, highest = self.loan_age[0][1], self.loan_age[-1][1]
        if lowest < 0 or highest > OLDEST_LOAN:
            raise ValueError(
                f"loan_age: runs from {lowest:g} to {highest:g} days, must lie between 0 and {OLDEST_LOAN}; "
                "give calendar days since the opening"
            )
        return self

    @model_validator(mode="after")
    def _fits_the_slots(self) -> Self:
        for count, _ in self.position_counts or []:
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
