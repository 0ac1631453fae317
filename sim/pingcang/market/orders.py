"""Sides and kinds of orders, as the kernels and the reference number them."""

from __future__ import annotations

BUY, SELL, SHORT = range(3)
"""Sides; a cover is a BUY, a short sale is SHORT."""

ROTATE, PURCHASE, PREEMPT, FORCE, SHORT_SALE, COVER, MATURITY = range(7)
"""Kinds: routine sale, purchase with loan or own cash, pre-emptive, forced, short sale, voluntary cover, sale for a
loan that is due."""

KINDS = ("rotation", "purchase", "pre-emptive", "forced", "short sale", "cover", "loan due")

MOST_LOTS = 1_000_000_000
"""Largest position an account's slot can hold."""
