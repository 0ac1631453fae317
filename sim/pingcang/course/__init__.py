"""What the tutorials in `docs/tutorials/` need beside the model: a plain market to look into, and checks of exercises.

from pingcang.course import check, plain_market
"""

from pingcang.course.markets import plain_market
from pingcang.course.verdicts import check, verdict

__all__ = ["check", "plain_market", "verdict"]
