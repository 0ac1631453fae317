"""The state of the economy around the market, and what of it acts on the simulated agents.

Every link compares the state with that of `reference`, the time at which behaviour was fitted; where both are equal, or
the link is absent, nothing changes. What each does: market/macro.py and docs/macro.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pingcang.scenario.types import Money, Number, Positive, Section

Debt = Annotated[Positive, Field(ge=0.01, le=10)]
HiddenDebt = Annotated[Number, Field(ge=0, le=10)]
Rate = Annotated[Positive, Field(ge=0.0001, le=1)]
Gap = Annotated[Number, Field(ge=-1, le=1)]
Elasticity = Annotated[Number, Field(ge=0, le=5)]


class MacroState(Section):
    """The economy at one time. Debts are shares of GDP (1.264 is 126.4 %), rates fractions a year."""

    government_and_household_debt: Debt | None = None
    """Debt of government and households."""
    hidden_debt: HiddenDebt | None = None
    """Debt of local governments outside their books, on top of it."""
    loan_rate: Rate | None = None
    """Interest rate of loans of one year."""
    m1: Annotated[Money, Field(ge=1e9)] | None = None
    """Narrow money, CNY (72 trillion is 7.2e13). No link reads it; `pingcang validate` tells the balance beside it."""
    m1_m2_growth_gap: Gap | None = None
    """Growth of M1 over a year less that of M2: −0.032 where M1 grows by 5.6 % and M2 by 8.8 %."""


class TopUpLink(Section):
    """The M1−M2 growth gap on the top-up probability: its odds times exp(elasticity · (gap − reference gap))."""

    elasticity: Annotated[Number, Field(ge=0, le=100)]
    """Change of the log odds per unit of gap: at 10 a percentage point is a tenth of the odds."""


class AppetiteLink(Section):
    """The loan rate on the appetite's base: times (reference rate / rate) ^ elasticity."""

    elasticity: Elasticity
    """Share by which the base falls for a rate that is higher by one per cent of itself, in per cent."""


class RescueLink(Section):
    """The debt burden on rescue budgets: times (reference debt / debt) ^ elasticity."""

    elasticity: Elasticity
    """1: budgets in inverse proportion to debt."""
    debt: Literal["official", "broad"] = "official"
    """official: government_and_household_debt; broad: hidden_debt on top."""


class MacroLinks(Section):
    """What acts on agents; a link that is absent is off."""

    top_up: TopUpLink | None = None
    appetite: AppetiteLink | None = None
    rescue: RescueLink | None = None


class Macro(MacroState):
    """The economy now and at the time at which behaviour was fitted, and what the difference acts on."""

    reference: MacroState = MacroState()
    """The economy at the time of the behaviour; a link needs its key here and above."""
    links: MacroLinks = MacroLinks()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for link, key in self._needs():
            for named, state in ((f"{key}:", self), (f"reference: {key}", self.reference)):
                if getattr(state, key) is None:
                    raise ValueError(
                        f"{named} is missing; macro.links.{link} compares {key} now and in reference, add it or "
                        "leave the link out"
                    )
        return self

    def _needs(self) -> Iterator[tuple[str, str]]:
        """Links that are on, with the keys that each compares."""
        links = self.links
        if links.top_up is not None:
            yield "top_up", "m1_m2_growth_gap"
        if links.appetite is not None:
            yield "appetite", "loan_rate"
        if links.rescue is not None:
            yield "rescue", "government_and_household_debt"
            if links.rescue.debt == "broad":
                yield "rescue", "hidden_debt"
