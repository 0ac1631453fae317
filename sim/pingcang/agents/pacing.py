"""The cap on forced sales as a share of turnover: one for all brokers together, by stock and session."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pingcang._core.pace import add_forced_sales, cut_forced_sales
from pingcang.agents.accounts import MarginPopulation
from pingcang.arrays import Floats, Ints
from pingcang.randomness import Purpose


def pace(populations: Sequence[MarginPopulation], share: float, turnover: Floats, session: int, sessions: int) -> None:
    """Cut the forced orders of brokers' accounts to rules/liquidation_volume.py; `turnover` in lots a day."""
    brokers = [population for population in populations if population.terms.official]
    wanted = [_forced_sales(population, len(turnover)) for population in brokers]
    total = np.zeros(len(turnover), np.int64)
    for rows in wanted:
        for row in rows:
            ordered = row.copy()
            row[:] = total
            total += ordered
    allowed = lots_allowed(share, turnover, session, sessions)
    if (total <= allowed).all():
        return
    for population, ahead in zip(brokers, wanted, strict=True):
        model = population.model
        key = model.keys[Purpose.RATION]
        cut_forced_sales(
            population.ledger, model.tape, population.sheet, allowed, total, ahead, key, population.threads
        )


def lots_allowed(share: float, turnover: Floats, session: int, sessions: int) -> Ints:
    """rules/liquidation_volume.py for all stocks at once."""
    daily = share * turnover
    allowed: Ints = (np.floor(daily * (session + 1) / sessions) - np.floor(daily * session / sessions)).astype(np.int64)
    return allowed


def _forced_sales(population: MarginPopulation, stocks: int) -> Ints:
    """Lots wanted by block and stock."""
    ordered = np.zeros((population.ledger.blocks, stocks), np.int64)
    add_forced_sales(population.ledger, population.sheet, ordered, population.threads)
    return ordered
