"""Names for the arrays that cross module borders; one dtype for one kind of thing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
"""Money in fen, lots, counts."""
Small = npt.NDArray[np.int32]
"""Prices in ticks, lots of a slot, basis points, positions in other arrays."""
Tiny = npt.NDArray[np.int8]
"""Sessions of a day, signs."""
Flags = npt.NDArray[np.uint8]
"""Switches and small codes."""
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def in_order_sum(values: Floats) -> float:
    """Σ values from left to right, so that every machine rounds alike."""
    return float(np.cumsum(values)[-1])
