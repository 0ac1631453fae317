"""Is there a window in diversification for margin accounts in the engine? Beside it the rules of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from experiments.replications.caccioli.margin_accounts import closed_out, portfolios, scenario
from experiments.replications.caccioli.network import cascade
from experiments.replications.frame import Origin, Row, within

from pingcang.study.paired import wilson

EVENT = 0.05
"""Share of the accounts beyond which close-outs are contagion."""
SELDOM, OFTEN = 0.1, 0.5
"""Probabilities outside and within a window."""
MIDDLE = 0.05
"""Cushion that the rows tell of."""


@dataclass(frozen=True)
class EnginePlan:
    """What is run: on every network, at every cushion, account 0 is closed out."""

    accounts: int = 200
    stocks: int = 200
    networks: int = 16
    each: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 10, 12)
    """Stocks of an account."""
    cushions: tuple[float, ...] = (0.10, 0.05, 0.04)

    @property
    def told(self) -> str:
        """The runs in one line."""
        return f"Engine: {self.accounts} accounts, {self.stocks} stocks, {self.networks} networks a point."


def engine_window(plan: EnginePlan) -> pd.DataFrame:
    """P(contagion) with its interval by stocks and cushion; `model`: by the paper's rules; `same`: share that agree."""
    rows = []
    for each in plan.each:
        for cushion in plan.cushions:
            engine, model = _hits(plan, each, cushion)
            p = float(engine.mean())
            low, high = wilson(p, plan.networks)
            found = {
                "probability": p,
                "low": low,
                "high": high,
                "model": model.mean(),
                "same": (engine == model).mean(),
            }
            rows.append({"each": each, "cushion": cushion, **found})
    return pd.DataFrame(rows)


def _hits(plan: EnginePlan, each: int, cushion: float) -> tuple[np.ndarray, np.ndarray]:
    engine, model = [], []
    for number in range(plan.networks):
        network = portfolios(plan.accounts, plan.stocks, each, np.random.default_rng((number, each)))
        engine.append(closed_out(scenario(network, cushion, 0)).mean() > EVENT)
        model.append(cascade(network, np.array([0]), np.array([1 / cushion])).mean() > EVENT)
    return np.array(engine), np.array(model)


def engine_rows(accounts: pd.DataFrame) -> list[Row]:
    """Whether there is a window at the middle cushion."""
    middle = accounts[accounts["cushion"] == MIDDLE].sort_values("each")
    few, largest, many = middle.iloc[0], middle.loc[middle["probability"].idxmax()], middle.iloc[-1]
    asked = (
        (few, "below the window", 0.0, SELDOM),
        (largest, "within the window", OFTEN, 1.0),
        (many, "above the window", 0.0, SELDOM),
    )
    return [
        within(
            f"engine, cushion {100 * MIDDLE:g} %: P, s = {row['each']:g}", Origin.OWN_CHECK, target,
            row["probability"], low, high, told=f"{row['probability']:.3f} [{row['low']:.3f}, {row['high']:.3f}]",
        )
        for row, target, low, high in asked
    ]  # fmt: skip
