"""What is measured on a path: tail, kurtosis, clustering, defaults.

Source of the estimator: Hill (1975), Annals of Statistics 3, 1163-1174. It depends on the share of losses that it
takes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from experiments.replications.thurner.parameters import Floats
from numpy.typing import NDArray

TAIL = 0.03
"""Share of the negative returns that counts as the tail."""
PER = 1000
"""Steps to which defaults are counted."""


def hill(losses: Floats, share: float = TAIL) -> float:
    """Tail exponent γ = 1 / mean(ln(x / x_k)) of the k largest of positive losses, x_k the next one; NaN below 2."""
    ordered = np.sort(losses)[::-1]
    k = int(share * len(ordered))
    return float(1 / np.log(ordered[:k] / ordered[k]).mean()) if k > 1 else float("nan")


def kurtosis(returns: Floats) -> float:
    """Fourth central moment over the squared variance; 3 for a normal distribution."""
    centred = returns - returns.mean()
    return float((centred**4).mean() / (centred**2).mean() ** 2)


def losses(price: Floats, value: float) -> Floats:
    """Falls of the log price into or under p < V, where funds hold stock; positive."""
    returns = np.diff(np.log(price))
    return -returns[(returns < 0) & (price[1:] < value)]


def clustering(returns: Floats) -> float:
    """Autocorrelation of |r| at lag 1."""
    size = np.abs(returns)
    return float(np.corrcoef(size[1:], size[:-1])[0, 1])


def measured(price: Floats, defaults: NDArray[np.int8], value: float) -> dict[str, float]:
    """Every measure of one path."""
    returns = np.diff(np.log(price))
    return {
        "hill": hill(losses(price, value)),
        "kurtosis": kurtosis(returns),
        "sd": float(returns.std()),
        "clustering": clustering(returns),
        "defaults": PER * float(defaults[1:].mean()),
    }


def summary(paths: pd.DataFrame) -> pd.DataFrame:
    """Mean and 95 % bootstrap interval over the seeds of each measure, by ceiling and κ."""
    from experiments.common.intervals import paired_mean

    long = paths.melt(["ceiling", "sensitivity", "seed"], var_name="measure")
    rows = [
        dict(zip(("ceiling", "sensitivity", "measure"), key, strict=True)) | paired_mean(group["value"])
        for key, group in long.groupby(["ceiling", "sensitivity", "measure"], sort=True)
    ]
    return pd.DataFrame(rows)


def policy_effect(paths: pd.DataFrame) -> pd.DataFrame:
    """Defaults with an adaptive ceiling less those without, seed by seed: mean and 95 % interval by ceiling and κ."""
    from experiments.common.intervals import paired_mean

    wide = paths.pivot_table(index="seed", columns=["ceiling", "sensitivity"], values="defaults")
    return pd.DataFrame(
        [
            {"ceiling": ceiling, "sensitivity": kappa} | paired_mean(wide[ceiling, kappa] - wide[ceiling, 0.0])
            for ceiling, kappa in wide.columns
            if kappa > 0
        ]
    )
