"""Fork at a date: the days before it once, the days from it once under every arm.

    from pingcang.montecarlo.fork import eve, forked, restore, run_fork

An *arm* is a scenario that says the same as the others up to the eve of the date. What comes out is bit for bit what
each arm gives from its start. docs/forking.md shows how.
"""

from pingcang.montecarlo.fork.agreement import check_agreement
from pingcang.montecarlo.fork.arms import forked
from pingcang.montecarlo.fork.branches import eve
from pingcang.montecarlo.fork.run import run_fork
from pingcang.montecarlo.fork.state import State, capture, restore
from pingcang.montecarlo.fork.state_file import load_state, save_state

__all__ = ["State", "capture", "check_agreement", "eve", "forked", "load_state", "restore", "run_fork", "save_state"]
