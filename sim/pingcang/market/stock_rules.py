"""What the rules of a day say of every stock: its band, its haircut, and whether loans may buy it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pingcang.arrays import Bools, Flags, Small
from pingcang.errors import ScenarioError
from pingcang.market.securities import Listing, curve
from pingcang.scenario.checks_rules import ST, unknown_board
from pingcang.scenario.levers import Haircuts, PriceLimits
from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Exchange
from pingcang.scenario.types import basis_points


@dataclass(frozen=True)
class StockRules:
    """One entry a stock; basis points."""

    price_limit: Small
    """Daily band, that of an ST stock included."""
    haircut: Small
    marginable: Flags


class RulesOfStocks:
    """Works out the rules of a day's stocks; days that say the same share their arrays."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.known: list[tuple[Any, StockRules]] = []

    def on(self, rules: Rules, exchange: Exchange) -> StockRules:
        """The rules of every stock; ScenarioError for a board that is not listed, or more stocks than there are."""
        said = (
            rules.price_limits,
            rules.haircuts,
            rules.marginable_stocks,
            rules.marginable_boards,
            exchange.st_price_limit,
        )
        for other, found in self.known:
            if other == said:
                return found
        _check_boards(rules, self.listing)
        found = StockRules(
            price_limit=_bands(rules.price_limits or {}, basis_points(exchange.st_price_limit), self.listing),
            haircut=self.listing.haircut if rules.haircuts is None else _haircuts(rules.haircuts, self.listing),
            marginable=_marginable(rules, self.listing),
        )
        self.known.append((said, found))
        return found


def _check_boards(rules: Rules, listing: Listing) -> None:
    """A table of stocks has its boards only here; scenario/checks_rules.py has looked at the others."""
    for key in ("price_limits", "marginable_boards"):
        extra = [ST] if key == "price_limits" else []
        for name in getattr(rules, key) or []:
            problem = unknown_board(name, [*listing.boards, *extra])
            if problem:
                raise ScenarioError(f"rules.{key}: {problem}")


def _bands(limits: PriceLimits, st_limit: int, listing: Listing) -> Small:
    """The rules' band of a board, else the stock's own; an ST stock has the narrower of it and that of ST stocks."""
    by_board = np.array([basis_points(limits[name]) if name in limits else -1 for name in listing.boards], np.int32)
    band = by_board[listing.board]
    band = np.where(band >= 0, band, listing.price_limit)
    narrow = basis_points(limits[ST]) if ST in limits else st_limit
    bands: Small = np.where(listing.st > 0, np.minimum(band, narrow), band).astype(np.int32)
    return bands


def _haircuts(haircuts: Haircuts, listing: Listing) -> Small:
    """By class; a P/E that is negative or beyond the limit lowers it to `pe_haircut`."""
    own = listing.haircut.astype(np.float64)
    of_class = own if haircuts.stock is None else np.rint(curve(haircuts.stock, listing.float_cap) * 10_000)
    of_class = np.where(listing.st > 0, basis_points(haircuts.st), of_class)
    of_class = np.where(listing.etf > 0, basis_points(haircuts.etf), of_class)
    if haircuts.pe_limit is not None:
        beyond = (listing.pe < 0) | (listing.pe > haircuts.pe_limit)  # never of NaN, an unknown one
        of_class = np.where(beyond, np.minimum(of_class, basis_points(haircuts.pe_haircut)), of_class)
    found: Small = of_class.astype(np.int32)
    return found


def _marginable(rules: Rules, listing: Listing) -> Flags:
    """The list: the largest stocks or those that securities name, and whole boards beside them; never ST stocks."""
    if rules.marginable_stocks is None and rules.marginable_boards is None:
        return listing.marginable
    allowed = listing.st == 0
    named = listing.marginable > 0
    if rules.marginable_stocks is not None:
        listable = allowed & (listing.etf == 0)
        named = np.where(listable, _largest(rules.marginable_stocks, listable, listing), named)
    whole = np.isin(np.array(listing.boards)[listing.board], rules.marginable_boards or [])
    flags: Flags = (allowed & (named | whole)).astype(np.uint8)
    return flags


def _largest(count: int, eligible: Bools, listing: Listing) -> Bools:
    """The `count` largest eligible stocks by float cap, ties in order of the listing; all if there are fewer."""
    order = np.argsort(-listing.float_cap, kind="stable")
    chosen = np.zeros(len(listing), np.bool_)
    chosen[order[eligible[order]][:count]] = True
    return chosen
