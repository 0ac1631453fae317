"""The maintenance ratio (维持担保比例) of an account and its lines.

    m = A / L,   A = cash + frozen proceeds + securities held,   L = financing debt + securities sold short + interest

Money in fen, lines in basis points; ratios are compared by cross-multiplication, never divided.
Source: Shanghai and Shenzhen stock exchanges, detailed rules of margin trading and securities lending (2011, 2015).
"""

from __future__ import annotations

from pingcang.arithmetic import ONE, ceil_div


def is_below(assets: int, liabilities: int, line: int) -> bool:
    """Whether m < line; an account without liabilities is never below a line."""
    return liabilities > 0 and assets * ONE < line * liabilities


def missing_to(assets: int, liabilities: int, line: int) -> int:
    """The smallest amount of cash that brings m up to the line; 0 if it is there already."""
    return max(0, ceil_div(line * liabilities - assets * ONE, ONE))


def excess_over(assets: int, liabilities: int, line: int) -> int:
    """The largest amount of cash that can leave without m falling below the line."""
    return max(0, (assets * ONE - line * liabilities) // ONE)
