"""Accounts drawn from a cohort's distributions.

Each account has a debt D, a maintenance ratio m and a number of positions; its assets are m·D, spread evenly over
stocks drawn by float cap, size, board and sector. Every draw is named by the account, so a larger or smaller cohort
leaves the others' accounts, and the first accounts of this one, as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pingcang._core.rng import uniforms
from pingcang.accounts.book import AccountBook
from pingcang.accounts.terms import Terms
from pingcang.arithmetic import ONE
from pingcang.arrays import Bools, Floats, Ints, Small, in_order_sum
from pingcang.market.day import Day
from pingcang.market.orders import MOST_LOTS
from pingcang.market.securities import Listing, curve, group_weights
from pingcang.randomness import ENTITIES_PER_COHORT, Purpose
from pingcang.scenario.schema import Cohort

_SIZE, _RATIO, _POSITIONS, _LINE, _PENDING = range(5)
_TRIES = 8
_MOST_OF_FLOAT = 0.9
"""Accounts are drawn without looking at one another; of what is left by funds and written-out accounts they may
together hold this share of a stock."""


@dataclass
class _Draft:
    """Accounts before lots: relative size, ratio, positions, and who has a purchase pending from yesterday."""

    size: Floats
    ratio: Floats
    positions: Ints
    pending: Bools
    stock: Small
    """(slots, accounts); -1 in a slot that stays empty."""


def draw_accounts(
    name: str, code: int, cohort: Cohort, listing: Listing, start: Day, keys: dict[Purpose, int], scale: float
) -> AccountBook:
    """The cohort's book at a scale; its debt is debt × scale to the fen (value sold short: to the lot)."""
    terms = start.terms[name]
    count = max(1, round((cohort.accounts or 0) * scale))
    draft = _draft(code, cohort, listing, start, terms, keys, count)
    total = round((cohort.debt or 0.0) * 100 * scale)
    book = _short_book if terms.short_seller else _long_book
    columns = book(cohort, listing, terms, draft, total)
    return AccountBook(
        name=name,
        code=code,
        own_line=own_lines(code, cohort, keys, count),
        stock=np.maximum(draft.stock, 0),
        **columns,
    )


def _draft(
    code: int, cohort: Cohort, listing: Listing, start: Day, terms: Terms, keys: dict[Purpose, int], count: int
) -> _Draft:
    def u(attribute: int) -> Floats:
        return uniforms(keys[Purpose.ACCOUNTS], code * ENTITIES_PER_COHORT, count, 0, 0, attribute)

    positions = _positions(cohort, u(_POSITIONS))
    stock = _draw_stocks(code, cohort, listing, terms, keys, positions)
    return _Draft(
        size=curve(cohort.size, u(_SIZE)),
        ratio=curve(cohort.maintenance_ratio or [(0.0, 2.0), (1.0, 2.0)], u(_RATIO)),
        positions=np.maximum(1, (stock >= 0).sum(axis=0)),
        pending=(u(_PENDING) < terms.activity / start.impact.sessions) & (not terms.short_seller),
        stock=stock,
    )


def _positions(cohort: Cohort, u: Floats) -> Ints:
    if cohort.position_counts is None:
        return np.full(len(u), cohort.slots, np.int64)
    counts, weights = np.array(cohort.position_counts).T
    edges = np.cumsum(weights)
    edges = edges / edges[-1]
    drawn: Ints = counts[np.minimum(np.searchsorted(edges, u, side="right"), len(counts) - 1)].astype(np.int64)
    return drawn


def own_lines(code: int, cohort: Cohort, keys: Mapping[Purpose, int], count: int) -> Small:
    """Close-out lines drawn from the contract's distribution, basis points; 0 where it has one line for all."""
    line = cohort.contract.close_out_line
    if not isinstance(line, list):
        return np.zeros(count, np.int32)
    u = uniforms(keys[Purpose.ACCOUNTS], code * ENTITIES_PER_COHORT, count, 0, 0, _LINE)
    return np.rint(curve(line, u) * ONE).astype(np.int32)


def _draw_stocks(
    code: int, cohort: Cohort, listing: Listing, terms: Terms, keys: dict[Purpose, int], positions: Ints
) -> Small:
    """Distinct stocks for each account; a slot in which every try repeats a stock stays empty."""
    edges = np.cumsum(_portfolio_weights(cohort, listing, terms))
    stock = np.full((cohort.slots, len(positions)), -1, np.int32)
    for j in range(cohort.slots):
        for attempt in range(_TRIES):
            open_ = np.flatnonzero((positions > j) & (stock[j] < 0))
            if not len(open_) or edges[-1] <= 0:
                break
            draw = j + attempt * cohort.slots
            u = uniforms(keys[Purpose.PORTFOLIO], code * ENTITIES_PER_COHORT, len(positions), 0, 0, draw)[open_]
            drawn = np.searchsorted(edges, u * edges[-1], side="right").astype(np.int32)
            fresh = ~(stock[:j, open_] == drawn).any(axis=0)
            stock[j, open_[fresh]] = drawn[fresh]
    return stock


def _portfolio_weights(cohort: Cohort, listing: Listing, terms: Terms) -> Floats:
    xs, ys = np.array(cohort.size_tilt).T
    weights = listing.float_cap * np.interp(listing.float_cap, xs, ys)
    weights = weights * group_weights(cohort.debt_by_board, cohort.debt_by_sector, listing)
    allowed: Floats = weights * listing.marginable if terms.marginable_only else weights
    return allowed


def _long_book(cohort: Cohort, listing: Listing, terms: Terms, draft: _Draft, total: int) -> dict[str, Any]:
    """Positions bought with loans; accounts with a pending purchase sold their first position in yesterday's last
    session, repaid, and have not bought again yet."""
    invested = draft.ratio * (1 - cohort.cash_share) / draft.positions
    repaid_share = np.where(draft.pending, np.minimum(1.0, invested), 0.0)
    if np.dot(draft.size, 1 - repaid_share) <= 0:  # all would have repaid everything: then nobody has sold yet
        draft = replace(draft, pending=np.zeros_like(draft.pending))
        repaid_share = np.zeros_like(repaid_share)
    debt = np.floor(draft.size * (total / in_order_sum(draft.size * (1 - repaid_share))))
    worth = debt * invested
    lots = _lots(draft, listing, worth)
    repaid = np.floor(debt * repaid_share).astype(np.int64)
    own = np.where(draft.pending, np.maximum(0, np.floor(worth) - repaid), 0).astype(np.int64)
    lots[0] = np.where(draft.pending, 0, lots[0])
    assets = np.floor(debt * draft.ratio).astype(np.int64) - repaid
    cash = np.maximum(own, assets - (lots * _units(draft, listing)).sum(axis=0))
    loan = _loans(debt.astype(np.int64) - repaid, lots, total)
    appetite = min(max(terms.appetite_base, 0.0), terms.appetite_cap)
    return {
        "lots": lots,
        "cash": cash,
        "loan": loan,
        "reserved": -(-loan * terms.initial_margin // ONE),
        "pending_loan": np.floor(repaid * appetite).astype(np.int64),
        "pending_own": own,
    }


def _short_book(cohort: Cohort, listing: Listing, terms: Terms, draft: _Draft, total: int) -> dict[str, Any]:
    """Positions sold short at today's price, with (m − 1) times their value in cash."""
    value = draft.size * (total / in_order_sum(draft.size))
    lots = _lots(draft, listing, value / draft.positions)
    proceeds = lots * _units(draft, listing)
    none = np.zeros(len(value), np.int64)
    return {
        "lots": -lots,
        "cash": np.floor(proceeds.sum(axis=0) * (draft.ratio - 1)).astype(np.int64),
        "loan": proceeds,
        "reserved": np.zeros_like(proceeds),
        "pending_loan": none,
        "pending_own": none,
    }


def _lots(draft: _Draft, listing: Listing, worth: Floats) -> Small:
    """Whole lots worth about `worth` fen in every held slot, at least one."""
    whole = np.clip(np.floor(worth / _units(draft, listing)), 1, MOST_LOTS)
    return np.where(draft.stock >= 0, whole, 0).astype(np.int32)


def _units(draft: _Draft, listing: Listing) -> Ints:
    """Value of a lot in every slot (fen)."""
    units: Ints = listing.price.astype(np.int64)[np.maximum(draft.stock, 0)] * listing.lot_value
    return units


def fit_into_float(drawn: list[AccountBook], listing: Listing, left: Ints) -> None:
    """Cut the long positions of drawn accounts in stocks of which they would hold too much of the lots `left`.

    What is cut is cash instead, so that assets and debt stay as drawn. Small scales and small stocks need it: there an
    account can be larger than a float.
    """
    total = np.zeros(len(listing), np.int64)
    for book in drawn:
        np.add.at(total, book.stock.ravel(), np.maximum(0, book.lots).ravel())
    share = np.minimum(1.0, np.floor(np.maximum(left, 0) * _MOST_OF_FLOAT) / np.maximum(total, 1))
    unit = listing.price.astype(np.int64) * listing.lot_value
    for book in drawn:
        crowded = (book.lots > 0) & (share[book.stock] < 1)
        kept = np.where(crowded, np.floor(book.lots * share[book.stock]), book.lots).astype(np.int32)
        freed = ((book.lots - kept) * unit[book.stock]).sum(axis=0)
        book.lots[:] = kept
        book.cash += freed
        book.booked += freed


def _loans(debt: Ints, lots: Small, total: int) -> Ints:
    """Each account's debt, split evenly over its positions; the cohort's debt is `total` to the fen."""
    held = lots > 0
    positions = held.sum(axis=0)
    debt = np.where(positions > 0, debt, 0)
    if (positions > 0).any():
        debt[np.argmax(debt)] += total - debt.sum()
    loan = np.where(held, debt // np.maximum(positions, 1), 0)
    first = np.argmax(held, axis=0)
    loan[first, np.arange(len(debt))] += debt - loan.sum(axis=0)
    return loan
