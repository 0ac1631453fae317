"""Files of real data as arrays: daily prices of stocks, margin balances, float market caps (docs/data.md)."""

from __future__ import annotations

from pingcang.loaders.float_caps import read_float_caps
from pingcang.loaders.margin_history import read_margin_balances
from pingcang.loaders.price_history import PriceHistory, read_prices, read_returns_matrix, write_prices

__all__ = [
    "PriceHistory",
    "read_float_caps",
    "read_margin_balances",
    "read_prices",
    "read_returns_matrix",
    "write_prices",
]
