"""Leverage causes fat tails and clustered volatility: Thurner, Farmer and Geanakoplos (2012).

python -m experiments.replications thurner
"""

from __future__ import annotations

from experiments.replications.frame import Replication
from experiments.replications.thurner.answers import Plan, outcome

REPLICATION = Replication(
    name="thurner",
    title="Thurner, Farmer and Geanakoplos: fat tails from leverage",
    source="Thurner, Farmer and Geanakoplos (2012), Quantitative Finance 12(5), 695-707, arXiv 0908.1555; sign of "
    "the policy effect: Poledna, Thurner, Farmer and Geanakoplos (2014), JBF 42, arXiv 1301.6114",
    seen="Tails of losses, tail exponent, kurtosis, and defaults added by an adaptive ceiling, by highest leverage",
    run=lambda: outcome(Plan()),
)
