"""A cohort's contract and behaviour on one day, in the integers and tables that the engine counts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pingcang.rules.call_window import each_session, window_sessions
from pingcang.rules.contract_term import NEVER
from pingcang.scenario.binding import binding, lent_by_broker
from pingcang.scenario.levers import WindowInHours
from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Cohort, Contract, Exchange
from pingcang.scenario.types import basis_points

POLICIES = ("pro_rata", "most_liquid_first", "largest_first")
OWN_HAIRCUT = -1
TRADING_HOURS = 4.0
"""Hours of trading a day where exchange.trading_hours is unset."""
_LINES = ("warning_line", "immediate_line", "restore_line", "withdrawal_line")


@dataclass(frozen=True)
class Moment:
    """What terms hang on beside the scenario's sections: the sessions of a day, and which loans are due."""

    sessions: int
    due: int = NEVER
    """Latest day of opening of the loans that are due at today's close (rules/contract_term.py)."""
    matured: int = NEVER
    """The same at yesterday's close."""


@dataclass(frozen=True)
class Terms:
    """Contract in basis points and days, behaviour in floats; what is true of every account of a cohort today."""

    short_seller: bool
    official: bool
    check_session: bool
    warning_line: int
    close_out_line: int
    immediate_line: int
    restore_line: int
    withdrawal_line: int
    call_window: int
    window_sessions: int
    """Sessions of a call window in hours; 0 where the window is call_window days, or none."""
    top_up_each_session: float
    policy: int
    liquidation_days: int
    whole_account: bool
    due: int
    matured: int
    roll_over: bool
    concentration: tuple[tuple[int, int], ...]
    """Rows (maintenance ratio, largest share of one stock), basis points; none: no limit."""
    initial_margin: int
    short_margin: int
    haircut: int
    marginable_only: bool
    financing_rate: int
    borrow_fee: int
    short_cover_t_plus_one: bool
    lending_stopped: bool
    t_plus_one: bool
    commission: int
    stamp_duty: int
    activity: float
    activity_memory: float
    appetite_base: float
    appetite_today: float
    appetite_memory: float
    appetite_decay: float
    appetite_cap: float
    hazard_dmc: tuple[float, ...]
    hazard: tuple[float, ...]
    preemptive_size: float
    relief_return: float
    top_up_probability: float
    withdrawal_share: float
    momentum: float
    heat: float
    value: float
    minimum_order: float
    short_size: float
    cover_profit: float
    of_purchase: bool
    """Whether the initial margin is of the purchase (rules/regulation_t.py), not of the loan."""
    long_requirement: int
    """Required margin of long positions (rules/requirement.py); 0 where accounts are judged by maintenance ratio."""
    short_requirement: int
    minimum_equity: int
    """Fen."""

    @property
    def sale_costs(self) -> int:
        """Commission and stamp duty of a sale, basis points."""
        return self.commission + self.stamp_duty


def terms_of(cohort: Cohort, contract: Contract, rules: Rules, exchange: Exchange, moment: Moment) -> Terms:
    """The terms of a cohort under today's rules; the contract's own keys come before the exchange's."""
    rules = binding(rules, cohort, contract)
    return Terms(
        **_who(cohort, contract),
        **_lines(cohort, contract, rules),
        **_calls(cohort, contract, rules, exchange, moment),
        **_loans(cohort, contract, rules, moment),
        **_credit(contract, rules, exchange),
        **_requirement(contract, rules),
        **_behaviour(cohort),
    )


def checks_sessions(cohort: Cohort, contract: Contract) -> bool:
    """Whether the lender looks at ratios after every session, not at the close only."""
    return contract.check == "session" if contract.check else cohort.kind == "shadow"


def fixed_line(contract: Contract, rules: Rules) -> float:
    """The close-out line where it is one number; 0 where each account has its own."""
    line = rules.close_out_line if contract.close_out_line is None else contract.close_out_line
    return line if isinstance(line, float | int) else 0.0


def _chosen(own: Any, common: Any) -> Any:
    return common if own is None else own


def _who(cohort: Cohort, contract: Contract) -> dict[str, Any]:
    shadow = cohort.kind == "shadow"
    return {
        "short_seller": cohort.kind == "short_seller",
        "official": lent_by_broker(cohort, contract),
        "check_session": checks_sessions(cohort, contract),
        "whole_account": _chosen(contract.liquidate_whole_account, shadow),
        "marginable_only": _chosen(contract.marginable_only, not shadow),
    }


def _lines(cohort: Cohort, contract: Contract, rules: Rules) -> dict[str, Any]:
    """The exchange's warning and immediate lines bind brokers; a shadow lender has them only by its contract."""
    exchange = rules.model_dump(include=set(_LINES))
    if not lent_by_broker(cohort, contract):
        exchange |= {"warning_line": 0.0, "immediate_line": 0.0}
    return {
        **{name: basis_points(_chosen(getattr(contract, name), exchange[name])) for name in _LINES},
        "close_out_line": basis_points(fixed_line(contract, rules)),
        "policy": POLICIES.index(_chosen(contract.liquidation, rules.liquidation)),
    }


def _calls(cohort: Cohort, contract: Contract, rules: Rules, exchange: Exchange, moment: Moment) -> dict[str, Any]:
    """How long is waited, and how fast is sold then. The exchange's liquidation days bind brokers only."""
    official = lent_by_broker(cohort, contract)
    window = _chosen(contract.call_window, rules.call_window)
    hours = window.hours if isinstance(window, WindowInHours) else None
    if hours and contract.call_window is None and not official and checks_sessions(cohort, contract):
        hours = None  # a lender who looks every session waits only if its own contract says so
    open_hours = exchange.trading_hours or TRADING_HOURS
    return {
        "call_window": 0 if isinstance(window, WindowInHours) else window,
        "window_sessions": window_sessions(hours, moment.sessions, open_hours) if hours else 0,
        "top_up_each_session": each_session(cohort.behaviour.top_up_probability, moment.sessions),
        "liquidation_days": _chosen(contract.liquidation_days, rules.liquidation_days if official else None) or 1,
    }


def _loans(cohort: Cohort, contract: Contract, rules: Rules, moment: Moment) -> dict[str, Any]:
    """The exchange's term of loans and limits of concentration; they bind brokers only."""
    term = rules.contract_term if lent_by_broker(cohort, contract) else None
    limits = rules.concentration_limits if lent_by_broker(cohort, contract) else None
    return {
        "due": moment.due if term else NEVER,
        "matured": moment.matured if term else NEVER,
        "roll_over": bool(term and term.roll_over),
        "concentration": tuple((basis_points(ratio), basis_points(share)) for ratio, share in limits or ()),
    }


def _credit(contract: Contract, rules: Rules, exchange: Exchange) -> dict[str, Any]:
    return {
        "initial_margin": basis_points(_chosen(contract.initial_margin, rules.initial_margin.value)),
        "short_margin": basis_points(_chosen(contract.short_margin, rules.short_margin)),
        "haircut": OWN_HAIRCUT if contract.haircut is None else basis_points(contract.haircut),
        "financing_rate": basis_points(_chosen(contract.financing_rate, rules.financing_rate)),
        "borrow_fee": basis_points(_chosen(contract.borrow_fee, rules.borrow_fee)),
        "short_cover_t_plus_one": rules.short_cover_t_plus_one,
        "lending_stopped": rules.lending_stopped,
        "t_plus_one": exchange.t_plus_one,
        "commission": basis_points(exchange.commission),
        "stamp_duty": basis_points(exchange.stamp_duty),
    }


def _requirement(contract: Contract, rules: Rules) -> dict[str, Any]:
    required = _chosen(contract.requirement, rules.requirement)
    return {
        "of_purchase": rules.initial_margin.of == "purchase",
        "long_requirement": basis_points(required.long) if required else 0,
        "short_requirement": basis_points(required.short) if required else 0,
        "minimum_equity": round(required.minimum_equity * 100) if required else 0,
    }


def _behaviour(cohort: Cohort) -> dict[str, Any]:
    behaviour, appetite, attention = cohort.behaviour, cohort.behaviour.appetite, cohort.behaviour.attention
    return {
        "activity": behaviour.activity,
        "activity_memory": behaviour.activity_memory,
        "appetite_base": appetite.base,
        "appetite_today": appetite.today,
        "appetite_memory": appetite.memory,
        "appetite_decay": appetite.decay,
        "appetite_cap": appetite.cap,
        "hazard_dmc": tuple(dmc for dmc, _ in behaviour.preemptive_hazard),
        "hazard": tuple(hazard for _, hazard in behaviour.preemptive_hazard),
        "preemptive_size": behaviour.preemptive_size,
        "relief_return": behaviour.relief_return,
        "top_up_probability": behaviour.top_up_probability,
        "withdrawal_share": behaviour.withdrawal_share,
        "momentum": attention.momentum,
        "heat": attention.heat,
        "value": attention.value,
        "minimum_order": behaviour.minimum_order,
        "short_size": behaviour.short_size,
        "cover_profit": behaviour.cover_profit,
    }
