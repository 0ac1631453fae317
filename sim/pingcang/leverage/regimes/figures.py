"""The rows of the table: what each figure is, in which unit it is shown, and which file it needs."""

from __future__ import annotations

from typing import Literal, NamedTuple

Source = Literal["files", "rules", "formula", "print"]
Group = Literal["balances", "market", "ratios", "accounts", "rules"]
MARGIN = "margin_market_daily.csv"
TURNOVER = "index_csi_all_share_daily.csv"
SSE = "index_sse_composite_daily.csv"
SP500 = "sp500_daily_fred.csv"
FINRA = "finra_margin_debt_monthly.csv"
FILES = (MARGIN, TURNOVER, SSE, SP500, FINRA)
"""The names of `docs/data.md`."""


class Figure(NamedTuple):
    """A row of the table."""

    key: str
    group: Group
    label: str
    unit: str
    """As shown: `bn`, `tn` (of the market's currency), `%`, `×`, `million`, `stocks`, `points`."""
    digits: int
    made: Source
    """From files, from the rule set in force, by a formula from other rows, or printed only."""
    needs: str = ""
    """The file of the Chinese columns; empty for what no file gives."""

    @property
    def heading(self) -> str:
        """Label and unit, as a row is headed."""
        return self.label if self.unit in {"stocks", "points"} else f"{self.label}, {self.unit}"


FIGURES = (
    Figure("financing_balance", "balances", "Financing balance", "bn", 0, "files", MARGIN),
    Figure("short_balance", "balances", "Short balance", "bn", 1, "files", MARGIN),
    Figure("margin_balance", "balances", "Margin balance (both)", "bn", 0, "formula"),
    Figure("financing_mean", "balances", "Financing, mean of window", "bn", 0, "files", MARGIN),
    Figure("short_to_financing", "balances", "Short / financing balance", "%", 2, "formula"),
    Figure("us_margin_debt", "balances", "US margin debt in USD", "bn", 0, "files", FINRA),
    Figure("float_cap", "market", "Float cap", "tn", 2, "print"),
    Figure("total_cap", "market", "Total cap", "tn", 2, "print"),
    Figure("free_float_cap", "market", "Free-float cap", "tn", 1, "print"),
    Figure("m1", "market", "Money supply M1", "tn", 1, "print"),
    Figure("turnover", "market", "Turnover on the day", "bn", 0, "files", TURNOVER),
    Figure("turnover_mean", "market", "Turnover, mean of window", "bn", 0, "files", TURNOVER),
    Figure("margin_purchases", "market", "Margin purchases on the day", "bn", 1, "files", MARGIN),
    Figure("index", "market", "Index (SSE; US: S&P 500)", "points", 0, "files", SSE),
    Figure("balance_to_float", "ratios", "Margin balance / float", "%", 2, "formula"),
    Figure("balance_to_total", "ratios", "Margin balance / total cap", "%", 2, "formula"),
    Figure("balance_to_free_float", "ratios", "Margin balance / free float", "%", 1, "formula"),
    Figure("balance_to_m1", "ratios", "Margin balance / M1", "%", 2, "formula"),
    Figure("margin_share", "ratios", "Margin purchases / turnover", "%", 1, "formula"),
    Figure("margin_share_mean", "ratios", "The same, whole window", "%", 1, "files", f"{MARGIN} and {TURNOVER}"),
    Figure("maintenance_ratio", "accounts", "Mean maintenance ratio", "%", 0, "files", MARGIN),
    Figure("multiple", "accounts", "Implied multiple", "×", 2, "formula"),
    Figure("margin_investors", "accounts", "Margin investors", "million", 2, "print"),
    Figure("listed", "rules", "Listed companies", "stocks", 0, "print"),
    Figure("marginable", "rules", "Marginable stocks", "stocks", 0, "rules"),
    Figure("initial_margin", "rules", "Initial margin", "%", 0, "rules"),
    Figure("short_margin", "rules", "Margin of short sales", "%", 0, "rules"),
    Figure("close_out_line", "rules", "Close-out line, assets/debt", "%", 0, "rules"),
    Figure("largest_multiple", "rules", "Largest multiple, own cash", "×", 2, "formula"),
    Figure("lender_limit", "rules", "Loans / net capital, limit", "×", 0, "print"),
)
BY_KEY = {figure.key: figure for figure in FIGURES}
SIZES = {"tn": 1e12, "bn": 1e9, "million": 1e6, "%": 0.01}


def base_unit(figure: Figure, currency: str) -> str:
    """The unit its values are kept in."""
    if figure.key == "us_margin_debt":
        return "USD"
    if figure.unit in {"tn", "bn"}:
        return currency
    return "stocks" if figure.unit == "stocks" else "1"


def shown(figure: Figure, value: float) -> str:
    """A value in the row's unit."""
    return f"{value / SIZES.get(figure.unit, 1.0):,.{figure.digits}f}"
