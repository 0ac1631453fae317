"""How a variable that is absent can be provided: which file and option, or which setting of a simulation."""

from __future__ import annotations

from collections.abc import Mapping

from pingcang.leverage.variables import VARIABLES

SERIES = "--series FILE with "
NOT_SIMULATED = "what a simulation does not record: "
"""How the reason begins for variables that a series would give, and for those that no simulation has."""
_SERIES = f"{SERIES}{{name}}"
_DETAIL = "--detail PATH with the balance of every stock"
_PRICES = "--prices PATH with daily prices of all stocks"
_NOT_SIMULATED = f"{NOT_SIMULATED}{{name}}"
_FILES = {
    "short_balance": "short_balance in the file of balances",
    "margin_purchases": "margin_purchases in the file of balances",
    "margin_repayments": "margin_purchases or margin_repayments in the file of balances",
    "maintenance_ratio": "maintenance_ratio in the file of balances (AkShare stock_margin_account_info has it)",
    "shadow_balance": "loans that no exchange publishes; only a simulation knows them",
    "advancing": f"{SERIES}advancing and declining (or --prices)",
    "declining": f"{SERIES}advancing and declining (or --prices)",
    "sector_financing_balance": f"{_DETAIL}, and --sectors FILE",
    "board_financing_balance": _DETAIL,
    "stock_financing_balance": _DETAIL,
    "stock_short_balance": _DETAIL,
    "stock_margin_purchases": _DETAIL,
    "stock_margin_repayments": _DETAIL,
    "stock_turnover": _PRICES,
    "stock_change": _PRICES,
    "stock_float_cap": "stock_float_cap in a dataset made in Python; no file that is read has it day by day",
}
_SECTORS = "two sectors or more in the scenario (securities.sectors, or the sector of every stock)"
_RECORDED = (
    "board_financing_balance",
    "stock_financing_balance",
    "stock_turnover",
    "stock_change",
    "advancing",
    "declining",
)


def needed(origin: str) -> Mapping[str, str]:
    """Variable -> what would have to be given; `origin` is `files` or `simulation`."""
    if origin == "files":
        return {v.name: _FILES.get(v.name, _SERIES.format(name=v.name)) for v in VARIABLES}
    simulated = {"sector_financing_balance": _SECTORS, **dict.fromkeys(_RECORDED, "--record stocks in pingcang run")}
    return {v.name: simulated.get(v.name, _NOT_SIMULATED.format(name=v.name)) for v in VARIABLES}
