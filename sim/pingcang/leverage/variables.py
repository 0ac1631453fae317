"""What the monitor reads: an `xarray.Dataset` with these variables, from files or from a simulation.

Dimensions are `date` (datetime64[ns], ascending, trading days), `stock` (six-digit code or a scenario's name),
`sector`, `board` and, for a dataset of several runs, `run`. Every variable has `units`, `long_name` and `source` (which
file or which variable of the simulation it comes from) among its attributes; the dataset has `origin` (`files` or
`simulation`), `name` and `currency`, and may have `exchange` (`all` or the one exchange that it is of) and `notes`
(texts: what was left out). What is not known is absent; what is not known on a day is NaN. Only `financing_balance` is
required.
"""

from __future__ import annotations

from typing import NamedTuple


class Variable(NamedTuple):
    """A variable of the monitor's input, its dimensions (beside `run`), unit and meaning."""

    name: str
    dims: tuple[str, ...]
    units: str
    long_name: str


MARKET, STOCK = ("date",), ("date", "stock")
SECTOR, BOARD = ("date", "sector"), ("date", "board")

VARIABLES = (
    Variable("financing_balance", MARKET, "CNY", "Financing balance of brokers"),
    Variable("short_balance", MARKET, "CNY", "Value of securities lent and sold short"),
    Variable("margin_purchases", MARKET, "CNY", "Purchases paid with new loans"),
    Variable("margin_repayments", MARKET, "CNY", "Loans repaid"),
    Variable("shadow_balance", MARKET, "CNY", "Loans for stocks from lenders other than brokers"),
    Variable("turnover", MARKET, "CNY", "Turnover"),
    Variable("float_cap", MARKET, "CNY", "Float market cap"),
    Variable("total_cap", MARKET, "CNY", "Total market cap"),
    Variable("free_float_cap", MARKET, "CNY", "Free-float market cap"),
    Variable("maintenance_ratio", MARKET, "1", "Average maintenance ratio"),
    Variable("index", MARKET, "1", "Index"),
    Variable("m1", MARKET, "CNY", "Money supply M1"),
    Variable("advancing", MARKET, "stocks", "Stocks that rose"),
    Variable("declining", MARKET, "stocks", "Stocks that fell"),
    Variable("limit_up", MARKET, "stocks", "Stocks closing at limit-up"),
    Variable("limit_down", MARKET, "stocks", "Stocks closing at limit-down"),
    Variable("marginable", MARKET, "stocks", "Marginable stocks"),
    Variable("margin_investors", MARKET, "1", "Investors with margin accounts"),
    Variable("sector_financing_balance", SECTOR, "CNY", "Financing balance in the stocks of the sector"),
    Variable("board_financing_balance", BOARD, "CNY", "Financing balance in the stocks of the board"),
    Variable("stock_financing_balance", STOCK, "CNY", "Financing balance in the stock"),
    Variable("stock_short_balance", STOCK, "CNY", "Value of the stock's shares lent and sold short"),
    Variable("stock_margin_purchases", STOCK, "CNY", "Purchases of the stock paid with new loans"),
    Variable("stock_margin_repayments", STOCK, "CNY", "Loans in the stock repaid"),
    Variable("stock_turnover", STOCK, "CNY", "Turnover of the stock"),
    Variable("stock_float_cap", STOCK, "CNY", "Float market cap of the stock"),
    Variable("stock_change", STOCK, "1", "Return of the stock"),
)
LABELS = ("stock_board", "stock_sector", "stock_name")
"""Coordinates along `stock`, text: board (SSE, SZSE, ChiNext, STAR, ...), sector, name."""
BY_NAME = {variable.name: variable for variable in VARIABLES}
REQUIRED = ("financing_balance",)
