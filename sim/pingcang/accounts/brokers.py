"""Brokers that differ: every account belongs to one, and each has one close-out line for all its clients."""

from __future__ import annotations

import numpy as np

from pingcang._core.rng import uniforms
from pingcang.accounts.book import AccountBook
from pingcang.arithmetic import ONE
from pingcang.arrays import Small
from pingcang.market.securities import curve
from pingcang.randomness import ENTITIES_PER_COHORT, Purpose
from pingcang.scenario.levers import Brokers


def give_brokers_lines(book: AccountBook, brokers: Brokers | None, keys: dict[Purpose, int]) -> None:
    """Accounts without a line of their own take that of their broker, in basis points.

    Broker b is the same in every cohort: its line is the quantile of its own draw.
    """
    if brokers is None:
        return
    u = uniforms(keys[Purpose.BROKER_LINE], 0, brokers.count, 0, 0, 0)
    lines: Small = np.rint(curve(brokers.close_out_line, u) * ONE).astype(np.int32)
    own = book.own_line
    own[:] = np.where(own > 0, own, lines[brokers_of(book, brokers.count, keys)])


def brokers_of(book: AccountBook, count: int, keys: dict[Purpose, int]) -> Small:
    """Number of each account's broker, 0 to count − 1, drawn by the account's own number."""
    u = uniforms(keys[Purpose.BROKER], book.code * ENTITIES_PER_COHORT, len(book), 0, 0, 0)
    return np.floor(u * count).astype(np.int32)
