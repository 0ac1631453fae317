"""What is sold instead: whether holdings that cannot be sold make an account sell its other stocks.

    δ_ijt = Σ_{x ∈ fallen, halted} Σ_{g ∈ near, far} β_xg · 1[account i is g] · x_ijt + α_jt + γ_cell(i,t) + u_ijt

over positions j that can be sold, of accounts with two positions or more. fallen_ijt: share of the account's other
holdings (value at the close of t − 1) in stocks that fell by FELL or more on day t; halted_ijt: in suspended stocks;
near: DMC below 3 at the close of t − 1. Under price limits of 10% a stock that fell by FELL is one at limit-down;
without them it is one that would have been, and can be sold: the same regressor in both markets.

An account that has lost more sells more, limits or none. So accounts are compared within cells of the same cohort,
number of positions, bin of DMC, call status, bin of DMC⁻ and session in which they crossed their line, if they did:
accounts to which the day did the same, through one stock or through all.
With exposure "sealed", fallen_ijt counts stocks sealed at limit-down in every session, which exist under limits only.
Source: Bian, Da, He, Lou, Shue, Zhou (BFI 2021-29), contagion through price limits; cells and counterfactual are ours.
"""

from __future__ import annotations

import numpy as np

from pingcang.arrays import Bools, Floats, Ints
from pingcang.validate.micro.panel import HALTED, SEALED, SELLING, Panel
from pingcang.validate.micro.regression import Estimate, fit
from pingcang.validate.micro.selling import BINS, bins_of, can_trade, is_near, lender_rows, net_selling

FELL = -0.095
"""Return of a stock that is, or without limits would have been, at a limit-down of 10%."""
EXPOSURES = ("fallen", "sealed")
SHARES = ("fallen, near the line", "fallen, far from it", "halted, near the line", "halted, far from it")
LOWEST, HIGHEST, A_UNIT = -6, 10, 4
"""Bins of DMC⁻ between these, four of them a standard deviation: bins one wide left a difference within them that
looked like a spill-over of a hundredth where there was none."""


def cannot_sell(panel: Panel, exposure: str = "fallen") -> tuple[Bools, Bools]:
    """Of each row: whether its stock fell by FELL (or was sealed at limit-down), and whether it is suspended."""
    state = panel.state[panel.day, panel.stock]
    halted: Bools = state == HALTED
    if exposure == "sealed":
        return state == SEALED, halted
    fallen: Bools = (panel.returns[panel.day, panel.stock] <= FELL) & ~halted
    return fallen, halted


def measure_spillover(panel: Panel, *, lender: str, exposure: str = "fallen") -> Estimate:
    """β of SHARES; standard errors clustered by account."""
    part = panel.rows(lender_rows(panel, lender))
    account = part.account_day
    positions = np.bincount(account)[account] if len(part) else np.zeros(0, np.int64)
    part, account, positions = part.rows(positions >= 2), account[positions >= 2], positions[positions >= 2]
    fallen, halted = cannot_sell(part, exposure)
    keep, near = ~fallen & can_trade(part), is_near(part)
    shares = [_share_of_others(part.value, held, account)[keep] for held in (fallen, halted)]
    columns = [share * group[keep] for share in shares for group in (near, ~near)]
    return fit(
        net_selling(part)[keep],
        dict(zip(SHARES, columns, strict=True)),
        fixed=[part.stock_day[keep], _cells(part, positions)[keep]],
        clusters=part.account[keep].astype(np.int64),
    )


def _share_of_others(value: Floats, held: Bools, account: Ints) -> Floats:
    """Share of the other positions of each row's account that is in those which are `held`."""
    total = np.bincount(account, weights=value)[account] - value
    stuck = np.bincount(account, weights=value * held)[account] - value * held
    share: Floats = stuck / np.maximum(total, 1.0)
    return share


def _cells(panel: Panel, positions: Ints) -> Ints:
    """The cell of each row's account on its day, as one number."""
    low = np.clip(np.floor((panel.dmc_low - LOWEST) * A_UNIT), -1, (HIGHEST - LOWEST) * A_UNIT).astype(np.int64) + 1
    cell = panel.cohort.astype(np.int64)
    for level, size in (
        (positions, int(positions.max(initial=0)) + 1),
        (bins_of(panel), BINS + 1),
        (panel.status.astype(np.int64), SELLING + 1),
        (low, (HIGHEST - LOWEST) * A_UNIT + 2),
        (panel.crossed.astype(np.int64), int(panel.crossed.max(initial=0)) + 1),
    ):
        cell = cell * size + level
    return cell
