"""The variables of a result dataset: one table that the recorder, the store and the documents share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

RATIO_BINS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.8, 2.4, 3.0)
"""Inner edges of the maintenance-ratio bins."""

RATIO_BIN_LABELS = (
    f"< {RATIO_BINS[0]}",
    *(f"{low}-{high}" for low, high in pairwise(RATIO_BINS)),
    f">= {RATIO_BINS[-1]}",
)
"""String coordinate of the dimension ratio_bin; a bin contains its lower edge."""


SUSPENDED, TRADED, AT_LIMIT_DOWN, AT_LIMIT_UP = range(4)
"""Values of stock_status; a stock at a limit trades, too."""


@dataclass(frozen=True)
class Variable:
    """One variable of the dataset: its dimensions (without run), unit, and a long name for axes."""

    name: str
    dims: tuple[str, ...]
    unit: str
    long_name: str
    when: str = "always"
    """always, stocks (--record stocks) or amplification (--amplification)."""
    dtype: str = "float64"


_COHORT = ("day", "cohort")
_BIN = ("day", "cohort", "ratio_bin")
_BOARD = ("day", "board")
_STOCK = ("day", "stock")

VARIABLES: tuple[Variable, ...] = (
    Variable("index", ("day",), "1", "Float-cap weighted index, suspended stocks at last price, 1 at the start"),
    Variable("index_equal_weight", ("day",), "1", "Equal-weight index of traded stocks, 1 at the start"),
    Variable("index_no_feedback", ("day",), "1", "Index without the price impact of margin orders", "amplification"),
    Variable("index_sector", ("day", "sector"), "1", "Float-cap weighted index of each sector, 1 at the start"),
    Variable("financing_balance", _COHORT, "CNY", "Financing balance"),
    Variable("short_balance", _COHORT, "CNY", "Value of securities sold short"),
    Variable("margin_purchases", _COHORT, "CNY", "Purchases paid with new loans"),
    Variable("forced_sales", _COHORT, "CNY", "Forced sales (covers of short positions apart)"),
    Variable("preemptive_sales", _COHORT, "CNY", "Pre-emptive sales ahead of a margin call"),
    Variable("maturity_sales", _COHORT, "CNY", "Sales of holders to repay loans that are due"),
    Variable("unfilled_forced", _COHORT, "CNY", "Forced sales left unfilled by the day's last session"),
    Variable("margin_calls", _COHORT, "1", "Margin calls issued", dtype="int64"),
    Variable("forced_accounts", _COHORT, "1", "Accounts in forced liquidation during the day", dtype="int64"),
    Variable("closed_accounts", _COHORT, "1", "Accounts closed out during the day", dtype="int64"),
    Variable("negative_equity", _COHORT, "1", "Accounts that owe more than they hold at the close", dtype="int64"),
    Variable("maintenance_ratio", _COHORT, "1", "Maintenance ratio of the cohort, assets over liabilities"),
    Variable("investor_equity", _COHORT, "CNY", "Assets less liabilities of the cohort"),
    Variable("lender_loss_cohort", _COHORT, "CNY", "Shortfalls of the cohort written off by its lenders"),
    Variable("accounts_by_ratio", _BIN, "1", "Accounts with liabilities, by maintenance ratio", dtype="int64"),
    Variable("debt_by_ratio", _BIN, "CNY", "Financing balance by maintenance ratio of the account"),
    Variable("limit_down", _BOARD, "stocks", "Stocks closing at limit-down", dtype="int64"),
    Variable(
        "limit_down_one_price", _BOARD, "stocks", "Stocks at limit-down in every session of the day", dtype="int64"
    ),
    Variable("limit_up", _BOARD, "stocks", "Stocks closing at limit-up", dtype="int64"),
    Variable("suspended", _BOARD, "stocks", "Suspended stocks", dtype="int64"),
    Variable("turnover", _BOARD, "CNY", "Turnover"),
    Variable("financing_balance_sector", ("day", "sector"), "CNY", "Financing balance of broker accounts by sector"),
    Variable("initial_margin", _COHORT, "1", "Initial margin that new loans need, as a share of the loan"),
    Variable("market_halted", ("day",), "sessions", "Sessions halted by the circuit breaker", dtype="int64"),
    Variable("lender_loss", ("day",), "CNY", "Shortfalls written off by lenders"),
    Variable("rescue_purchases", ("day",), "CNY", "Purchases of the national team"),
    Variable("close", _STOCK, "CNY", "Closing price, a suspended stock's last", "stocks"),
    Variable("volume", _STOCK, "shares", "Volume traded", "stocks", "int64"),
    Variable("stock_financing_balance", _STOCK, "CNY", "Financing balance of broker accounts in the stock", "stocks"),
    Variable(
        "stock_status",
        _STOCK,
        "1",
        "0 suspended, 1 traded, 2 closed at limit-down, 3 closed at limit-up",
        "stocks",
        "int8",
    ),
    Variable("stock_st", ("stock",), "1", "1 for ST stocks", "stocks", "int8"),
)
