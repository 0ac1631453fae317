"""The regimes of margin trading side by side: 2015, 2022, 2024, 2025, 2026, the US and Hong Kong.

`regime_table` computes what the user's files give, puts beside it what is printed, and tells of every cell where it
comes from, or why it is empty; `disagreements` is where the sources contradict one another.
"""

from __future__ import annotations

from pingcang.leverage.regimes.known import Disagreement, disagreements, found_in
from pingcang.leverage.regimes.table import RegimeTable, regime_table

__all__ = ["Disagreement", "RegimeTable", "disagreements", "found_in", "regime_table"]
