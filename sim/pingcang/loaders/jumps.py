"""Steps from one trading day to the next that no margin balance takes: a unit, a decimal point, an exchange or rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pingcang.arrays import Bools, Floats
from pingcang.loaders.cells import Dates

JUMP = 1.5
"""No balance moves by such a factor from one trading day to the next (largest fall of 2015: 10.9 %)."""
ALLOWED = f"must lie between 1/{JUMP:g} and {JUMP:g}"
_NEXT_DAYS = 12
"""Calendar days that holidays can lie between two trading days."""
_STEADY_FROM = np.datetime64("2010-10-01")
"""Margin trading began on 31 March 2010 with millions; until here balances grow by any factor."""


def young(days: Dates) -> Bools:
    """Where margin trading has just begun, and balances are of any size."""
    found: Bools = days < _STEADY_FROM
    return found


def jumps(days: Dates, balance: Floats) -> npt.NDArray[np.intp]:
    """Positions in ascending days after which the balance jumps."""
    factor = balance[1:] / balance[:-1]
    near = (np.diff(days).astype(np.int64) <= _NEXT_DAYS) & ~young(days[1:])
    return np.flatnonzero(near & ((factor > JUMP) | (factor < 1 / JUMP)))
