"""A cohort's contract and behaviour on one day, in the integers and tables that the engine counts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pingcang.scenario.binding import binding, lent_by_broker
from pingcang.scenario.rules import Rules
from pingcang.scenario.schema import Cohort, Contract, Exchange
from pingcang.scenario.types import basis_points

POLICIES = ("pro_rata", "most_liquid_first", "largest_first")
OWN_HAIRCUT = -1
_LINES = ("warning_line", "immediate_line", "restore_line", "withdrawal_line")


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
    policy: int
    whole_account: bool
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


def terms_of(cohort: Cohort, contract: Contract, rules: Rules, exchange: Exchange) -> Terms:
    """The terms of a cohort under today's rules; the contract's own keys come before the exchange's."""
    rules = binding(rules, cohort, contract)
    return Terms(
        **_who(cohort, contract),
        **_lines(cohort, contract, rules),
        **_credit(contract, rules, exchange),
        **_requirement(contract, rules),
        **_behaviour(cohort),
    )


def is_official(cohort: Cohort, contract: Contract) -> bool:
    """Whether the lender is a broker, so that the cohort counts in official figures."""
    return lent_by_broker(cohort, contract)


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
        "official": is_official(cohort, contract),
        "check_session": contract.check == "session" if contract.check else shadow,
        "whole_account": _chosen(contract.liquidate_whole_account, shadow),
        "marginable_only": _chosen(contract.marginable_only, not shadow),
    }


def _lines(cohort: Cohort, contract: Contract, rules: Rules) -> dict[str, Any]:
    """The exchange's warning and immediate lines bind brokers; a shadow lender has them only by its contract."""
    exchange = rules.model_dump(include=set(_LINES))
    if not is_official(cohort, contract):
        exchange |= {"warning_line": 0.0, "immediate_line": 0.0}
    return {
        **{name: basis_points(_chosen(getattr(contract, name), exchange[name])) for name in _LINES},
        "close_out_line": basis_points(fixed_line(contract, rules)),
        "call_window": _chosen(contract.call_window, rules.call_window),
        "policy": POLICIES.index(_chosen(contract.liquidation, rules.liquidation)),
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
