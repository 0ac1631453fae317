"""What a rule costs those who lend: losses of brokers and of shadow lenders, against a stated capital.

    share of capital = loss of brokers / broker capital

Brokers are the cohorts whose lender is a broker (official figures); the loss of shadow lenders is not theirs and is
told apart. No capital is assumed: without a stated one losses are told in CNY only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pingcang.errors import ScenarioError
from pingcang.results.metrics import official, official_cohorts
from pingcang.results.units import currency_of
from pingcang.study.contrast import Contrast, contrast, contrast_of_shares
from pingcang.study.paired import Resampling, Statistic, exceeds

if TYPE_CHECKING:
    import xarray as xr

    from pingcang.arrays import Floats


@dataclass(frozen=True)
class Capital:
    """What brokers can lose, CNY, and the share of it beyond which a loss is counted as large."""

    amount: float
    limit: float | None = None


def capital_of(amount: float | None, limit: float | None) -> Capital | None:
    """The capital that was stated; ScenarioError for one that is none, or a limit without it."""
    if amount is None:
        if limit is not None:
            raise ScenarioError(f"--loss-over {limit:g}: a share of what? State the capital: --broker-capital CNY")
        return None
    if not amount > 0:
        raise ScenarioError(f"--broker-capital {amount:g}: must be above 0, CNY")
    return Capital(amount, limit)


@dataclass(frozen=True)
class Lenders:
    """Losses of both arms."""

    total: Contrast
    brokers: Contrast
    shadow: Contrast
    capital: Capital | None
    share: Contrast | None
    """Loss of brokers over their capital."""
    beyond: Contrast | None
    """P(loss of brokers > limit · capital)."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        known = self.capital
        return {
            "loss": {"all": self.total.to_dict(), "brokers": self.brokers.to_dict(), "shadow": self.shadow.to_dict()},
            "broker_capital": None if known is None else known.amount,
            "share_of_capital": None if self.share is None else self.share.to_dict(),
            "limit": None if known is None else known.limit,
            "p_loss_over_limit": None if self.beyond is None else self.beyond.to_dict(),
        }


def lenders(
    base: xr.Dataset, other: xr.Dataset, capital: Capital | None, resampling: Resampling, statistic: Statistic
) -> Lenders:
    """Losses of two datasets that hold the same runs in the same order."""
    (ours_a, others_a), (ours_b, others_b) = _losses(base), _losses(other)

    def told(a: Floats, b: Floats, unit: str | None = None) -> Contrast:
        return contrast(a, b, unit or currency_of(base.attrs), resampling, statistic)

    share = beyond = None
    if capital is not None:
        part_a, part_b = ours_a / capital.amount, ours_b / capital.amount
        share = told(part_a, part_b, "1")
        if capital.limit is not None:
            beyond = contrast_of_shares(exceeds(part_a, capital.limit), exceeds(part_b, capital.limit))
    total, brokers, shadow = (
        told(ours_a + others_a, ours_b + others_b),
        told(ours_a, ours_b),
        told(others_a, others_b),
    )
    return Lenders(total, brokers, shadow, capital, share, beyond)


def _losses(dataset: xr.Dataset) -> tuple[Floats, Floats]:
    """Of brokers and of shadow lenders, by run (CNY)."""
    brokers = official(dataset, "lender_loss_cohort").sum("day").values
    others = dataset.drop_sel(cohort=official_cohorts(dataset))["lender_loss_cohort"].sum(("day", "cohort")).values
    return brokers, others
