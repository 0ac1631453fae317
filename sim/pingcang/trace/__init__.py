"""What the audit trail tells: the story of an account, of a stock, and of a day, from the tables of `--record audit`.

from pingcang.trace import trace_account

story = trace_account("x.zarr", 12, cohort="shadow")
print(story.falls[0].shares)
"""

from __future__ import annotations

from pingcang.trace.account import AccountStory, trace_account
from pingcang.trace.day import DayStory, trace_day
from pingcang.trace.falls import Fall
from pingcang.trace.stock import StockStory, trace_stock
from pingcang.trace.trail import Trail

__all__ = ["AccountStory", "DayStory", "Fall", "StockStory", "Trail", "trace_account", "trace_day", "trace_stock"]
