"""Readers of real data."""

from pingcang.loaders.price_history import PriceHistory, read_prices

__all__ = ["PriceHistory", "read_prices"]
