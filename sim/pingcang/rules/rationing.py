"""Exact rationing: how Q lots are shared among orders of T lots in all.

Over cumulated orders C in a fixed order, with a phase R drawn in [0, T):

    fill_i = ⌊(Q·C_i + R)/T⌋ − ⌊(Q·C_{i−1} + R)/T⌋

The fills sum to Q, each is within one lot of its share, and the phase (systematic sampling with a random start)
favours no place in the queue. Source: Madow (1949) for systematic sampling; docs/model.md, Prices.
"""

from __future__ import annotations


def fill(quantity: int, total: int, before: int, order: int, phase: int) -> int:
    """Lots that an order receives when `before` lots were ordered ahead of it."""
    return (quantity * (before + order) + phase) // total - (quantity * before + phase) // total
