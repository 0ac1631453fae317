"""Who is sold out under one rule and spared under another: cohort by cohort, and account by account with an audit.

Account i of a cohort is the same account in both arms, with the same draws, as long as both draw the cohort alike.
So the sets of accounts that were forced in run r can be held against each other: B in the base, O in the other arm;
spared: B without O, over B; newly forced: O without B, over O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pingcang.accounts.book import FORCED, STATES
from pingcang.scenario.canonical import written_out
from pingcang.study.paired import Estimate, Resampling, Statistic, estimate, number_or_none, point

if TYPE_CHECKING:
    from pathlib import Path

    from pingcang.arrays import Floats, Ints
    from pingcang.scenario.schema import Scenario

ALL = "all"
MAY_DIFFER = {"contract", "behaviour"}
"""Keys of a cohort that change what its accounts do, not which accounts they are."""
Account = tuple[str, int]
"""Cohort and number."""
AccountsByRun = Mapping[int, set[Account]]


@dataclass(frozen=True)
class Forced:
    """Accounts of a cohort that were forced to sell at any time, means over the runs at scale 1."""

    base: float
    other: float
    both: float
    spared: Estimate
    """Share of those forced in the base that are not in the other arm; over the runs that force anybody."""
    newly: Estimate
    """Share of those forced in the other arm that are not in the base."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        counts = {"base": self.base, "other": self.other, "both": self.both, "unit": "accounts"}
        return {
            **{key: number_or_none(value) if isinstance(value, float) else value for key, value in counts.items()},
            "spared_share": self.spared.to_dict(),
            "newly_forced_share": self.newly.to_dict(),
        }


def forced_accounts(audit: Path, runs: Ints) -> dict[int, set[Account]]:
    """Of each of the runs the accounts that an audit table shows entering forced liquidation."""
    import pyarrow.dataset as parquet

    found: dict[int, set[Account]] = {int(run): set() for run in runs}
    wanted = (parquet.field("event") == "state") & (parquet.field("state_after") == STATES[FORCED])
    table = parquet.dataset(audit, format="parquet")
    for batch in table.to_batches(columns=["run", "cohort", "account"], filter=wanted):
        columns = (batch.column(name).to_pylist() for name in ("run", "cohort", "account"))
        for run, cohort, account in zip(*columns, strict=True):
            if run in found:
                found[run].add((cohort, account))
    return found


def same_accounts(base: Scenario, other: Scenario) -> list[str]:
    """The cohorts whose accounts are drawn alike in both scenarios: one number, one account."""
    if any(getattr(base, key) != getattr(other, key) for key in ("scale", "securities")):
        return []
    return [name for name in base.cohorts if name in other.cohorts and _drawn(base, name) == _drawn(other, name)]


def sellers(
    base: AccountsByRun,
    other: AccountsByRun,
    cohorts: Iterable[str],
    resampling: Resampling,
    statistic: Statistic,
    scale: float,
) -> dict[str, Forced]:
    """Cohort (and `all` of them) -> who was forced where, over the runs of both arms."""
    names = list(cohorts)
    told = {}
    for name in [*names, ALL]:
        kept = set(names) if name == ALL else {name}
        told[name] = _forced([_counts(base[run], other[run], kept) for run in base], resampling, statistic, scale)
    return told


def _forced(
    counts: Sequence[tuple[int, int, int]], resampling: Resampling, statistic: Statistic, scale: float
) -> Forced:
    base, other, both = np.array(counts, dtype=np.float64).T
    return Forced(
        point(base, statistic) / scale,
        point(other, statistic) / scale,
        point(both, statistic) / scale,
        estimate(_share(base - both, base), resampling, statistic),
        estimate(_share(other - both, other), resampling, statistic),
    )


def _counts(base: set[Account], other: set[Account], cohorts: set[str]) -> tuple[int, int, int]:
    first, second = ({account for account in accounts if account[0] in cohorts} for accounts in (base, other))
    return len(first), len(second), len(first & second)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share


def _drawn(scenario: Scenario, cohort: str) -> dict[str, Any]:
    written = written_out(scenario.cohorts[cohort])
    return {key: value for key, value in written.items() if key not in MAY_DIFFER}
