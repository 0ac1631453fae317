"""Contagion due to overlapping portfolios: Caccioli, Shrestha, Moore and Farmer (2014).

python -m experiments.replications caccioli
"""

from __future__ import annotations

from experiments.replications.caccioli.answers import Plan, outcome
from experiments.replications.frame import Replication

REPLICATION = Replication(
    name="caccioli",
    title="Caccioli, Shrestha, Moore and Farmer: the window of instability",
    source="Caccioli, Shrestha, Moore and Farmer (2014), Journal of Banking and Finance 46, 233-245, arXiv 1210.5987",
    seen="Probability and extent of contagion by leverage and diversification, and for margin accounts in the engine",
    run=lambda: outcome(Plan()),
)
