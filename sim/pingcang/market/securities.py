"""The listed stocks as arrays: drawn from the scenario's boards, written out, or read from a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pingcang._core.rng import uniforms
from pingcang.arrays import Array, Flags, Floats, Ints, Small, in_order_sum
from pingcang.errors import ScenarioError
from pingcang.market.securities_table import read_stocks
from pingcang.randomness import Purpose
from pingcang.scenario import LoadedScenario
from pingcang.scenario.schema import Board, Exchange, Securities, Stock
from pingcang.scenario.types import basis_points

TRADED, HALTED_AT_START, HALTED_ON_REQUEST, HALTED_BY_ORDER = range(4)
"""Values of `suspended`."""

_CAP, _PRICE, _FUNDAMENTAL, _SECTOR, _MARGINABLE, _BETA, _PE = range(7)
_SWAPS = 200


@dataclass(frozen=True)
class Listing:
    """S stocks at the start; every array has one entry a stock.

    price in ticks, float_lots in lots and turnover in lots a day (mean) at the scenario's scale, float_cap in CNY at
    scale 1, fundamental in ticks, haircut and the board's price_limit in basis points, lot_value in fen per lot and
    tick.
    """

    codes: list[str]
    boards: list[str]
    sectors: list[str]
    board: Small
    sector: Small
    st: Flags
    marginable: Flags
    suspended: Flags
    haircut: Small
    price_limit: Small
    price: Small
    float_lots: Ints
    turnover: Floats
    beta: Floats
    fundamental: Floats
    float_cap: Floats
    etf: Flags
    pe: Floats
    """Static price-earnings ratio; NaN where it is unknown."""
    lot_value: int

    def __len__(self) -> int:
        return len(self.codes)

    def index_of(self, code: str) -> int:
        """Position of a stock in the arrays; ScenarioError if there is none."""
        try:
            return self.codes.index(code)
        except ValueError:
            raise ScenarioError(
                f"stock {code!r} is not listed; use one of the listed codes, e.g. {', '.join(self.codes[:5])}"
            ) from None


@dataclass
class _Columns:
    """Stocks before scaling, in the units of the scenario."""

    code: list[str]
    board: list[str]
    sector: list[str]
    st: Array
    marginable: Array
    suspended: Array
    haircut: Array
    price_limit: Array
    price: Array
    shares: Array
    turnover: Array
    beta: Array
    fundamental: Array
    etf: Array
    pe: Array


def list_securities(loaded: LoadedScenario, keys: dict[Purpose, int], scale: float) -> Listing:
    """The stocks of a scenario at a scale; `keys` holds the run's key of each purpose."""
    columns, sectors = columns_of(loaded, keys)
    return _listing(columns, sectors, loaded.scenario.exchange, scale)


def columns_of(loaded: LoadedScenario, keys: dict[Purpose, int]) -> tuple[_Columns, list[str]]:
    """The stocks before scaling, and their sectors in order."""
    securities = loaded.scenario.securities
    if securities.boards is not None:
        columns = _draw(securities, securities.boards, loaded.scenario.exchange, keys)
        return columns, list(securities.sectors)
    columns = _written_out(securities.stocks or read_stocks(loaded, securities.table or ""))
    return columns, list(dict.fromkeys(columns.sector))


def _listing(columns: _Columns, sectors: list[str], exchange: Exchange, scale: float) -> Listing:
    price = np.maximum(1, np.rint(columns.price / exchange.tick)).astype(np.int32)
    lots = np.maximum(1, np.floor(columns.shares * scale / exchange.lot_size + 1e-6)).astype(np.int64)
    boards = list(dict.fromkeys(columns.board))
    return Listing(
        codes=columns.code,
        boards=boards,
        sectors=sectors,
        board=_positions(columns.board, boards),
        sector=_positions(columns.sector, sectors),
        st=columns.st.astype(np.uint8),
        marginable=columns.marginable.astype(np.uint8),
        suspended=columns.suspended.astype(np.uint8),
        haircut=columns.haircut.astype(np.int32),
        price_limit=columns.price_limit.astype(np.int32),
        price=price,
        float_lots=lots,
        turnover=np.maximum(1.0, lots * columns.turnover),
        beta=columns.beta,
        fundamental=price.astype(np.float64) * columns.fundamental,
        float_cap=(columns.shares * price * exchange.tick).astype(np.float64),
        etf=columns.etf.astype(np.uint8),
        pe=columns.pe.astype(np.float64),
        lot_value=exchange.lot_size * round(exchange.tick * 100),
    )


def _positions(names: list[str], order: list[str]) -> Small:
    place = {name: j for j, name in enumerate(order)}
    return np.array([place[name] for name in names], dtype=np.int32)


def _written_out(stocks: list[Stock]) -> _Columns:
    def column(key: str) -> Array:
        return np.array([getattr(stock, key) for stock in stocks], dtype=np.float64)  # None: NaN

    return _Columns(
        code=[stock.code for stock in stocks],
        board=[stock.board for stock in stocks],
        sector=[stock.sector for stock in stocks],
        st=column("st"),
        marginable=column("marginable") * (1 - column("st")),
        suspended=column("suspended") * HALTED_AT_START,
        haircut=np.rint(column("haircut") * 10_000),
        price_limit=np.rint(column("price_limit") * 10_000),
        price=column("price"),
        shares=column("float_shares"),
        turnover=column("turnover"),
        beta=column("beta"),
        fundamental=column("fundamental_to_price"),
        etf=np.array([bool(stock.etf) for stock in stocks]),
        pe=column("pe"),
    )


def _draw(securities: Securities, boards: dict[str, Board], exchange: Exchange, keys: dict[Purpose, int]) -> _Columns:
    parts, first = [], 0
    for name, board in boards.items():
        parts.append(_draw_board(name, board, securities, exchange, keys, first))
        first += board.stocks
    return _Columns(**{f.name: _joined([getattr(part, f.name) for part in parts]) for f in fields(_Columns)})


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], list):
        return [item for part in parts for item in part]
    return np.concatenate(parts)


def _draw_board(
    name: str, board: Board, securities: Securities, exchange: Exchange, keys: dict[Purpose, int], first: int
) -> _Columns:
    count = board.stocks

    def u(attribute: int, purpose: Purpose = Purpose.SECURITIES) -> Floats:
        return uniforms(keys[purpose], first, count, 0, 0, attribute)

    cap = curve(board.float_cap, u(_CAP))
    if board.total_float_cap is not None:
        cap = cap * (board.total_float_cap / in_order_sum(cap))
    price = np.maximum(exchange.tick, np.rint(curve(board.price, u(_PRICE)) / exchange.tick) * exchange.tick)
    rank = np.argsort(-cap, kind="stable")
    st = np.zeros(count)
    st[rank[count - board.st :]] = 1
    return _Columns(
        code=[f"{name}_{j:04d}" for j in range(count)],
        board=[name] * count,
        sector=_draw_sectors(securities.sectors, u(_SECTOR)),
        st=st,
        marginable=_draw_marginable(board, rank, st, u(_MARGINABLE)),
        suspended=_draw_suspended(board, cap, u(0, Purpose.SUSPENDED)) * HALTED_AT_START,
        haircut=np.rint(curve(securities.haircut, cap) * 10_000) * (1 - st),
        price_limit=np.full(count, basis_points(board.price_limit)),
        price=price,
        shares=np.maximum(1.0, np.rint(cap / price)),
        turnover=curve(board.turnover, cap),
        beta=curve(board.beta, cap) * curve(board.beta_spread, u(_BETA)),
        fundamental=curve(board.fundamental_to_price, u(_FUNDAMENTAL)),
        etf=np.zeros(count),
        pe=np.full(count, np.nan) if board.pe is None else curve(board.pe, u(_PE)),
    )


def curve(table: list[tuple[float, float]], x: Floats) -> Floats:
    """A table of the scenario at every x: linear between its rows, constant outside."""
    xs, ys = np.array(table).T
    found: Floats = np.interp(x, xs, ys)
    return found


def group_weights(boards: dict[str, float] | None, sectors: dict[str, float] | None, listing: Listing) -> Floats:
    """Weight of every stock by its board times that by its sector; 1 where a group has none."""
    weights: Floats = np.ones(len(listing))
    for given, names, place in ((boards, listing.boards, listing.board), (sectors, listing.sectors, listing.sector)):
        if given is not None:
            weights = weights * np.array([given.get(name, 1.0) for name in names])[place]
    return weights


def _draw_sectors(sectors: dict[str, float], u: Floats) -> list[str]:
    names = list(sectors)
    edges = np.cumsum(list(sectors.values()))
    return [names[j] for j in np.minimum(np.searchsorted(edges / edges[-1], u, side="right"), len(names) - 1)]


def _draw_marginable(board: Board, rank: Array, st: Array, u: Floats) -> Array:
    order: Iterable[int] = rank if board.marginable_weighting == "largest" else np.argsort(u, kind="stable")
    eligible = [j for j in order if not st[j]]
    marginable = np.zeros(board.stocks)
    marginable[eligible[: board.marginable]] = 1
    return marginable


def _draw_suspended(board: Board, cap: Floats, u: Floats) -> Array:
    """Random stocks; if their float cap is given, the pairs of swaps that bring it nearest are made one by one."""
    order = np.argsort(u, kind="stable")
    chosen, rest = order[: board.suspended].copy(), order[board.suspended :].copy()
    if board.suspended_float_cap is not None and len(chosen) and len(rest):
        for _ in range(_SWAPS):
            gap = cap[chosen].sum() - board.suspended_float_cap
            change = cap[chosen][:, None] - cap[rest][None, :]
            out, into = np.unravel_index(np.argmin(np.abs(change - gap)), change.shape)
            if abs(gap - change[out, into]) >= abs(gap):
                break
            chosen[out], rest[into] = rest[into], chosen[out]
    suspended = np.zeros(board.stocks)
    suspended[chosen] = 1
    return suspended
