"""Ratios of leverage, on plain numbers, numpy arrays and `xarray.DataArray`.

    B balance of loans (CNY)        C market cap (CNY)           A assets of an account (CNY)
    E own money, A − B (CNY)        m maintenance ratio, A / B   k multiple, A / E

A result is of the kind that was given: a float, an array, or a DataArray whose attributes have `units`, `long_name`,
`formula` and `source`. Everything returned is a pure number (unit 1) unless it says CNY.

What cannot be is refused with `ScenarioError` (a cap of 0, a multiple of an account that owes more than it has), and so
is an infinite number anywhere. NaN in an array is a day that is not known and stays NaN; a plain number that is NaN is
refused. DataArrays must have the same coordinates: days are never dropped silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

Numbers: TypeAlias = "float | np.ndarray[Any, Any] | xr.DataArray"
Base = Literal["float", "total", "free-float"]

RULES = "margin rules of the exchanges: assets of an account over what it owes (维持担保比例)"
ARTICLES = "the published articles on the margin balance of 2025"
ARITHMETIC = "arithmetic, no source needed"


class _Bound(NamedTuple):
    """What a value must not be."""

    wrong: Callable[[Any], Any]
    allowed: str
    way_out: str


_POSITIVE = _Bound(lambda v: v <= 0, "above 0", "check the column and its unit (CNY)")
_POSITIVE_RATIO = _Bound(lambda v: v <= 0, "above 0", "write the fraction, 1.3 for 130 %")
_NOT_NEGATIVE = _Bound(lambda v: v < 0, "at least 0", "check the column and its unit (CNY)")
_FINITE = _Bound(lambda v: v < -math.inf, "finite", "check the column")
_SOLVENT = _Bound(lambda v: v <= 1, "above 1", "at 1 or below nothing is left of the own money: there is no multiple")
_A_MULTIPLE = _Bound(lambda v: v < 1, "at least 1", "assets are own money and loans together")
_BORROWING = _Bound(lambda v: v <= 1, "above 1", "a multiple of 1 has no loan, so no maintenance ratio")
_SHARE = _Bound(
    lambda v: (v < 0) | (v >= 1), "at least 0 and below 1", "at 1 nothing is own money: there is no multiple"
)
_BORROWED_SHARE = _Bound(lambda v: v <= 0, "above 0", "without a loan there is no maintenance ratio")
_FRACTION = _Bound(lambda v: (v <= 0) | (v > 1), "above 0 and at most 1", "write the fraction, 0.0427 for 4.27 %")
_REQUIRED = _Bound(lambda v: (v <= 0) | (v > 10), "above 0 and at most 10", "write the fraction, 0.8 for 80 %")


def macro_leverage(balance: Numbers, cap: Numbers, base: Base = "float") -> Any:
    """Macro leverage: balance over market cap, both in CNY; `base` says of what the cap is, for the label.

        λ = B / C

    On the float cap 4.27 % at the peak of 2015 and 2.32 % on 2025-08-22; on the free-float cap about 10 % and 4.8 %.
    *Source:* the published articles (Wind, Morgan Stanley).
    """
    balance, cap = _entered("macro_leverage", balance=(balance, _NOT_NEGATIVE), cap=(cap, _POSITIVE))
    return _labelled(balance / cap, f"Margin balance over {base} market cap", "balance / cap", ARTICLES)


def micro_leverage(borrowed: Numbers, own: Numbers) -> Any:
    """Micro leverage: the borrowed share of what an account holds; above 1 where the own money is lost (E < 0).

        B / (E + B)

    *Source:* the published articles.
    """
    borrowed, own = _entered("micro_leverage", borrowed=(borrowed, _NOT_NEGATIVE), own=(own, _FINITE))
    (assets,) = _entered("micro_leverage", **{"own + borrowed": (own + borrowed, _POSITIVE)})
    return _labelled(borrowed / assets, "Borrowed share of assets", "borrowed / (own + borrowed)", ARTICLES)


def multiple(assets: Numbers, own: Numbers) -> Any:
    """Multiple: assets over own money, k = A / E, at least 1.

    *Source:* the published articles.
    """
    assets, own = _entered("multiple", assets=(assets, _POSITIVE), own=(own, _POSITIVE))
    return _labelled(_multiple(assets / own), "Assets over own money", "assets / own", ARTICLES)


def maintenance_ratio(assets: Numbers, owed: Numbers) -> Any:
    """Maintenance ratio: assets over what is owed, m = A / B (2.8 for 280 %).

    *Source:* margin rules of the exchanges since 2010.
    """
    assets, owed = _entered("maintenance_ratio", assets=(assets, _NOT_NEGATIVE), owed=(owed, _POSITIVE))
    return _labelled(assets / owed, "Maintenance ratio", "assets / owed", RULES)


def multiple_of_maintenance_ratio(ratio: Numbers) -> Any:
    """The multiple of an account with a maintenance ratio above 1: k = m / (m − 1).

    280 % is 1.56, 260 % is 1.63; the line of 130 % is 4.33. *Source:* arithmetic.
    """
    (m,) = _entered("multiple_of_maintenance_ratio", ratio=(ratio, _SOLVENT))
    return _labelled(m / (m - 1.0), "Assets over own money", "m / (m - 1)", ARITHMETIC)


def maintenance_ratio_of_multiple(multiple: Numbers) -> Any:
    """The maintenance ratio of an account with a multiple above 1: m = k / (k − 1). *Source:* arithmetic."""
    (k,) = _entered("maintenance_ratio_of_multiple", multiple=(multiple, _BORROWING))
    return _labelled(k / (k - 1.0), "Maintenance ratio", "k / (k - 1)", ARITHMETIC)


def micro_leverage_of_maintenance_ratio(ratio: Numbers) -> Any:
    """The borrowed share of assets at a maintenance ratio: 1 / m. *Source:* arithmetic."""
    (m,) = _entered("micro_leverage_of_maintenance_ratio", ratio=(ratio, _POSITIVE))
    return _labelled(1.0 / m, "Borrowed share of assets", "1 / m", ARITHMETIC)


def maintenance_ratio_of_micro_leverage(share: Numbers) -> Any:
    """The maintenance ratio at a borrowed share of assets above 0: m = 1 / share. *Source:* arithmetic."""
    (x,) = _entered("maintenance_ratio_of_micro_leverage", share=(share, _BORROWED_SHARE))
    return _labelled(1.0 / x, "Maintenance ratio", "1 / share", ARITHMETIC)


def micro_leverage_of_multiple(multiple: Numbers) -> Any:
    """The borrowed share of assets at a multiple of at least 1: 1 − 1 / k. *Source:* arithmetic."""
    (k,) = _entered("micro_leverage_of_multiple", multiple=(multiple, _A_MULTIPLE))
    return _labelled(1.0 - 1.0 / k, "Borrowed share of assets", "1 - 1 / k", ARITHMETIC)


def multiple_of_micro_leverage(share: Numbers) -> Any:
    """The multiple at a borrowed share of assets below 1: k = 1 / (1 − share). *Source:* arithmetic."""
    (x,) = _entered("multiple_of_micro_leverage", share=(share, _SHARE))
    return _labelled(1.0 / (1.0 - x), "Assets over own money", "1 / (1 - share)", ARITHMETIC)


def highest_multiple(initial_margin: Numbers, collateral: Numbers = 1.0) -> Any:
    """The largest multiple that a new loan can bring about: k = 1 + h / i.

    i initial margin of the loan (China), h the share of the own collateral that counts: 1 for cash, 0.65 to 0.70 for
    stocks. 50 %, 80 %, 100 % with cash: 3.0, 2.25, 2.0; with stocks at 0.65: 2.3, 1.8, 1.65.
    *Source:* arithmetic on the exchanges' rules: a loan may be h · E / i.
    """
    i, h = _entered("highest_multiple", initial_margin=(initial_margin, _REQUIRED), collateral=(collateral, _FRACTION))
    return _labelled(1.0 + h / i, "Largest multiple of a new loan", "1 + collateral / initial_margin", ARITHMETIC)


def fall_to_line(ratio: Numbers, line: Numbers) -> Any:
    """The fall of the price of all assets that brings a maintenance ratio down to a line: 1 − line / m.

    From 200 % to 130 %: 0.35. At the line 0, below it negative: the rise that would be needed, with its sign.
    *Source:* arithmetic; the debt stays, all assets fall alike.
    """
    m, line = _entered("fall_to_line", ratio=(ratio, _POSITIVE_RATIO), line=(line, _POSITIVE_RATIO))
    return _labelled(1.0 - line / m, "Fall of prices to the line", "1 - line / m", ARITHMETIC)


def share_of_turnover(purchases: Numbers, turnover: Numbers) -> Any:
    """Purchases paid with new loans over turnover, both in CNY a day.

    9.85 % was the mean of 2025, 11 to 12 % in September 2025. *Source:* the published articles.
    """
    bought, traded = _entered("share_of_turnover", purchases=(purchases, _NOT_NEGATIVE), turnover=(turnover, _POSITIVE))
    return _labelled(bought / traded, "Share of margin purchases in turnover", "purchases / turnover", ARTICLES)


def balance_to_m1(balance: Numbers, m1: Numbers) -> Any:
    """Balance over the money supply M1, both in CNY: 2.27tn / 35.6tn = 6.38 % in 2015.

    *Source:* the published articles.
    """
    balance, m1 = _entered("balance_to_m1", balance=(balance, _NOT_NEGATIVE), m1=(m1, _POSITIVE))
    return _labelled(balance / m1, "Margin balance over M1", "balance / m1", ARTICLES)


def short_to_financing(short: Numbers, financing: Numbers) -> Any:
    """Value of securities lent and sold short over the financing balance, both in CNY: 0.7 % in 2025.

    *Source:* arithmetic on the exchanges' daily totals.
    """
    short, financing = _entered("short_to_financing", short=(short, _NOT_NEGATIVE), financing=(financing, _POSITIVE))
    return _labelled(short / financing, "Short balance over financing balance", "short / financing", ARITHMETIC)


def analytic_equal_risk_balance(balance: Numbers, ratio: Numbers, peak_ratio: Numbers) -> Any:
    """Today's float cap times the ratio of balance to float cap at the peak of 2015, in the unit of `balance` (CNY).

        B* = (B / λ) · λ_2015

    B balance today, λ its share of the float cap, λ_2015 that share at the peak, both fractions. It takes risk for a
    matter of that ratio alone: breadth, shadow finance and who holds what are not in it.

    *Source:* the chain of the published articles, 2.1tn / 2.3 % · 4.27 % ≈ 3.9tn.
    """
    balance, ratio, peak_ratio = _entered(
        "analytic_equal_risk_balance",
        balance=(balance, _POSITIVE), ratio=(ratio, _FRACTION), peak_ratio=(peak_ratio, _FRACTION),
    )  # fmt: skip
    return _labelled(
        balance / ratio * peak_ratio, "Equal-risk balance", "balance / ratio * peak_ratio", ARTICLES, "CNY"
    )


def _multiple(value: Any) -> Any:
    (checked,) = _entered("multiple", **{"assets / own": (value, _A_MULTIPLE)})
    return checked


def _entered(place: str, **given: tuple[Any, _Bound]) -> list[Any]:
    """The values, each a float, an array or a DataArray, after they were checked against their bounds."""
    values = [_known(place, name, value) for name, (value, _) in given.items()]
    for (name, (_, bound)), value in zip(given.items(), values, strict=True):
        _check(place, name, value, bound)
    labelled = [value for value in values if _is_labelled(value)]
    if len(labelled) > 1:
        _check_aligned(place, labelled)
    return values


def _is_labelled(value: Any) -> bool:
    """Whether it is a DataArray, told without importing xarray."""
    return hasattr(value, "dims") and hasattr(value, "attrs")


def _known(place: str, name: str, value: Any) -> Any:
    if _is_labelled(value) or (hasattr(value, "dtype") and getattr(value, "ndim", 0) > 0 and not _is_pandas(value)):
        return value
    try:
        if isinstance(value, (str, bytes, bool)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        found = type(value).__name__
        raise ScenarioError(
            f"{place}: {name}: found a {found}, must be a number, a numpy array or a DataArray; "
            "convert it (of a pandas table: .to_xarray() or .to_numpy())"
        ) from None


def _is_pandas(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "pandas"


def _check(place: str, name: str, value: Any, bound: _Bound) -> None:
    if isinstance(value, float):
        if not math.isfinite(value) or bound.wrong(value):
            raise ScenarioError(f"{place}: {name}: found {value:g}, must be {bound.allowed}; {bound.way_out}")
        return
    import numpy as np

    plain = np.asarray(value, dtype=float)
    wrong = np.argwhere(np.asarray(bound.wrong(plain) | np.isinf(plain)) & ~np.isnan(plain))
    if len(wrong):
        first = tuple(int(index) for index in wrong[0])
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        where = _where(value, first)
        found = f"{plain[first]:g}"
        raise ScenarioError(
            f"{place}: {name}: found {found} at {where}{more}, must be {bound.allowed}; {bound.way_out}"
        )


def _where(value: Any, index: tuple[int, ...]) -> str:
    """`[3]` of an array, `date 2015-06-12, stock 600000` of a DataArray."""
    if not _is_labelled(value):
        return str(list(index))
    return ", ".join(
        f"{dim} {str(value[dim].values[i]).removesuffix('T00:00:00.000000000')}"
        for dim, i in zip(value.dims, index, strict=True)
    )


def _check_aligned(place: str, values: Sequence[Any]) -> None:
    import xarray as xr

    try:
        xr.align(*values, join="exact", copy=False)
    except ValueError as reason:
        first = str(reason).splitlines()[0]
        raise ScenarioError(
            f"{place}: the coordinates differ ({first}); give the same days, with NaN where a value is not known "
            "(xarray.align with join='outer' does)"
        ) from None


def _labelled(value: Any, long_name: str, formula: str, source: str, units: str = "1") -> Any:
    if _is_labelled(value):
        value.attrs = {"units": units, "long_name": long_name, "formula": formula, "source": source}
        value.name = None
    return value
