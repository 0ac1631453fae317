"""Prices that really happened, fed into a run in place of a market that makes its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pingcang.scenario.types import Section

NO_COUNTERFACTUAL = (
    "price_formation: replay: real prices do not feel the orders of margin accounts, so there is no market without "
    "feedback to compare with; leave --amplification (feedback=False) out, or set price_formation: endogenous"
)
"""Why the amplification of a replay is refused."""


class Replay(Section):
    """The price file of `price_formation: replay`."""

    prices: Annotated[str, Field(min_length=1)]
    """Path of a file of daily prices and volumes, one row a stock and day; relative to the scenario file."""
