"""What a file of thresholds may say: inputs with their sources, the published rounding, balances to be placed."""

# ruff: noqa: RUF012 - pydantic copies mutable defaults

from __future__ import annotations

import math
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from pingcang.scenario.types import Day, Name, Number, Section, Text, Whole

Confidence = Literal["read", "computed", "stated", "remembered", "carried over", "assumption", "set"]
"""Read in the source; computed from data; stated by an article, not confirmed; remembered, not checked; carried over
unchanged from an earlier day; an assumption; set by --set."""
ResultName = Literal[
    "equal_risk_balance",
    "mpdf_official",
    "mpdf_broad",
    "irf",
    "discounted_official",
    "discounted_broad",
    "threshold_official",
    "threshold_broad",
    "balance_to_m1_now",
    "balance_to_m1_2015",
    "balance_at_m1_2015",
]
LEAST_MONEY, MOST_MONEY = 1e9, 1e16
"""CNY between which balances, caps and money supplies of a market lie."""
MOST_DEBT = 10.0
"""Debt over GDP; beyond it a percentage was written."""
MOST_ELASTICITY = 10.0


def _range(value: Any) -> tuple[float, ...]:
    """A number, [low, high] or [low, mode, high] as a tuple of one, two or three numbers that rise."""
    numbers = list(value) if isinstance(value, (list, tuple)) else [value]
    if not 1 <= len(numbers) <= 3:
        raise ValueError(f"found a list of {len(numbers)}, must be a number, [low, high] or [low, mode, high]")
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise ValueError(f"found {str(number)[:60]!r}, must be a finite number, or a range of such")
    found = tuple(float(number) for number in numbers)
    if list(found) != sorted(found) or (len(found) > 1 and found[0] == found[-1]):
        told = ", ".join(f"{number:g}" for number in found)
        raise ValueError(f"found [{told}], a range rises: [low, high] or [low, mode, high]; put the smallest first")
    return found


def _money(found: tuple[float, ...]) -> tuple[float, ...]:
    for number in found:
        if not LEAST_MONEY <= number <= MOST_MONEY:
            raise ValueError(
                f"found {number:g}, must be CNY between {LEAST_MONEY:g} and {MOST_MONEY:g}; 2.1 trillion is 2.1e12"
            )
    return found


def _percentage_hint(number: float) -> str:
    return f"; a percentage? {number:g} % is {number / 100:.6g}" if number > 0 else ""


def _share(found: tuple[float, ...]) -> tuple[float, ...]:
    for number in found:
        if not 0 < number < 1:
            raise ValueError(f"found {number:g}, must be a fraction above 0 and below 1{_percentage_hint(number)}")
    return found


def _debt(found: tuple[float, ...]) -> tuple[float, ...]:
    for number in found:
        if not 0 < number < MOST_DEBT:
            told = f"must be debt over GDP, a fraction above 0 and below {MOST_DEBT:g}"
            raise ValueError(f"found {number:g}, {told}{_percentage_hint(number)}")
    return found


def _gap(found: tuple[float, ...]) -> tuple[float, ...]:
    for number in found:
        if not -1 < number < 1:
            hint = f"; a percentage? {number:g} % is {number / 100:.6g}"
            raise ValueError(f"found {number:g}, must be a fraction between -1 and 1{hint}")
    return found


def _elasticity(found: tuple[float, ...]) -> tuple[float, ...]:
    for number in found:
        if not 0 <= number <= MOST_ELASTICITY:
            raise ValueError(f"found {number:g}, must be at least 0 and at most {MOST_ELASTICITY:g}")
    return found


Range = Annotated[tuple[float, ...], BeforeValidator(_range)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Balance = Annotated[Number, Field(ge=LEAST_MONEY, le=MOST_MONEY)]


class Input(Section):
    """A number, or the range in which it lies, and where it comes from."""

    value: Range
    """A number, [low, high] (every value alike) or [low, mode, high] (triangular)."""
    source: Source
    confidence: Confidence
    note: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _with_source(cls, given: Any) -> Any:
        if given is None or isinstance(given, (int, float, str, list)):
            told = "nothing" if given is None else str(given)[:60]
            raise ValueError(
                f"found {told}; an input has value, source and confidence, as {{value: 2.1e12, source: …}}"
            )
        return given

    @property
    def point(self) -> float:
        """The number itself, the mode of three, the middle of two."""
        return self.value[len(self.value) // 2] if len(self.value) != 2 else math.fsum(self.value) / 2

    @property
    def is_range(self) -> bool:
        """Whether it has a low and a high."""
        return len(self.value) > 1


class Amount(Input):
    """CNY."""

    value: Annotated[Range, AfterValidator(_money)]


class Fraction(Input):
    """A share or a rate: 0.023 for 2.3 %."""

    value: Annotated[Range, AfterValidator(_share)]


class Debt(Input):
    """Debt over GDP: 1.264 for 126.4 %."""

    value: Annotated[Range, AfterValidator(_debt)]


class Gap(Input):
    """Growth of M1 less growth of M2 over a year: -0.05 for five points less."""

    value: Annotated[Range, AfterValidator(_gap)]


class Elasticity(Input):
    """The exponent of the interest rate factor."""

    value: Annotated[Range, AfterValidator(_elasticity)]


class Now(Section):
    """The market whose balance is judged."""

    date: Day
    balance: Amount
    """Margin balance of brokers."""
    float_ratio: Fraction | None = None
    """Balance over float cap; this or `float_cap`."""
    float_cap: Amount | None = None
    """Float market cap; this or `float_ratio`."""
    debt_official: Debt
    """Government and household debt over GDP."""
    debt_broad: Debt
    """The same with hidden debt of local governments."""
    loan_rate: Fraction
    """One-year loan rate."""
    m1: Amount
    """Money supply M1."""
    m1_m2_growth_gap: Gap | None = None
    """M1 growth less M2 growth; shown, in no line."""

    @model_validator(mode="after")
    def _one_float(self) -> Now:
        if (self.float_ratio is None) == (self.float_cap is None):
            found = "is missing" if self.float_ratio is None else "stands beside float_cap"
            raise ValueError(f"float_ratio: {found}; give float_ratio or float_cap, one of the two")
        if self.float_cap is not None and self.float_cap.value[0] <= self.balance.value[-1]:
            raise ValueError(f"float_cap: found {self.float_cap.value[0]:g}, must be above the balance; check the unit")
        if self.float_ratio is not None and self.balance.value[-1] / self.float_ratio.value[0] > MOST_MONEY:
            ratio = (
                f"float_ratio: found {self.float_ratio.value[0]:g}, which means a float cap above {MOST_MONEY:g} CNY"
            )
            raise ValueError(f"{ratio}; check it and the balance")
        return self


class Then(Section):
    """The market at the peak of 2015."""

    date: Day
    balance: Amount
    peak_ratio: Fraction
    """Balance over float cap at the peak."""
    debt_official: Debt
    debt_broad: Debt
    loan_rate: Fraction
    m1: Amount
    m1_m2_growth_gap: Gap | None = None


class PrintedStep(Section):
    """How the source rounded one result before it went on with it."""

    result: ResultName
    digits: Annotated[Whole, Field(ge=0, le=12)]
    """Decimals that are kept; of money in trillion CNY."""
    rounding: Literal["nearest", "down", "up"] = "nearest"
    published: Number
    """As it is printed, money in trillion CNY; the step must lead to it."""
    note: Text = ""


class Placed(Section):
    """A balance of some day that is held against the lines."""

    date: Day
    value: Balance
    source: Source
    confidence: Confidence
    note: Text = ""


class Simulated(Section):
    """What the simulation answered where this file has the equal-risk balance."""

    measure: Source
    """Which statistic of the crash is equal to that of 2015."""
    shadow_debt: Annotated[Number, Field(ge=0, le=MOST_MONEY)]
    """Debt to shadow lenders in the simulated market of today, CNY."""
    balance: Balance | None = None
    interval: tuple[Balance, Balance] | None = None
    """95 % of the resampled answers."""
    answer: Text = ""
    """In words, where there is no such balance."""
    source: Source

    @model_validator(mode="after")
    def _says_something(self) -> Simulated:
        if self.balance is None and not self.answer:
            raise ValueError("balance: is missing; give it, or say in `answer` why there is none")
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise ValueError("interval: is upside down; put the smaller number first")
        return self


class Spec(Section):
    """A set of thresholds: today, 2015, the elasticity, and what is held against them."""

    kind: Literal["thresholds"]
    name: Name
    description: Text = ""
    now: Now
    then: Then
    elasticity: Elasticity
    """α of the interest rate factor."""
    printed: list[PrintedStep] = []
    """The rounding of a published chain; none: nothing is rounded."""
    balances: list[Placed] = []
    simulated: list[Simulated] = []

    @model_validator(mode="after")
    def _each_step_once(self) -> Spec:
        twice = [name for name, count in Counter(step.result for step in self.printed).items() if count > 1]
        if twice:
            raise ValueError(f"printed: {twice[0]} is rounded twice; keep one of the steps")
        return self

    def inputs(self) -> dict[str, Input]:
        """Every input by its path, in the order of the chain."""
        found = {"elasticity": self.elasticity} | {
            f"{section}.{key}": value
            for section, of in (("now", self.now), ("then", self.then))
            for key in type(of).model_fields
            if isinstance(value := getattr(of, key), Input)
        }
        return dict(sorted(found.items(), key=lambda item: ORDER.index(item[0])))


ORDER = (
    "now.balance", "now.float_ratio", "now.float_cap", "then.peak_ratio", "then.debt_official", "now.debt_official",
    "then.debt_broad", "now.debt_broad", "then.loan_rate", "now.loan_rate", "elasticity", "now.m1", "then.balance",
    "then.m1", "now.m1_m2_growth_gap", "then.m1_m2_growth_gap",
)  # fmt: skip
