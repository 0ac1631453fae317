"""Files of real data as arrays: prices, margin balances of market and stocks, market series, caps (docs/data.md)."""

from __future__ import annotations

from pingcang.loaders.calendar import missing_days
from pingcang.loaders.float_caps import read_float_caps
from pingcang.loaders.margin_detail import read_margin_detail
from pingcang.loaders.margin_folder import read_margin_folder
from pingcang.loaders.margin_history import read_margin_balances
from pingcang.loaders.market_series import read_market_series
from pingcang.loaders.price_history import PriceHistory, read_prices, read_returns_matrix, write_prices
from pingcang.loaders.sectors import read_sectors

__all__ = [
    "PriceHistory",
    "missing_days",
    "read_float_caps",
    "read_margin_balances",
    "read_margin_detail",
    "read_margin_folder",
    "read_market_series",
    "read_prices",
    "read_returns_matrix",
    "read_sectors",
    "write_prices",
]
