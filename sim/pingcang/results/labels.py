"""How metrics are told: their names, and the unit and decimals that suit their size."""

from __future__ import annotations

from pingcang.results.units import is_money, money_unit

LABELS = {
    "drawdown": "Drawdown of the index",
    "trough_day": "Trough on trading day",
    "financing_change": "Financing balance (brokers)",
    "max_limit_down": "Limit-down, worst day",
    "max_suspended": "Suspended, worst day",
    "margin_calls": "Margin calls",
    "forced_sales": "Forced sales",
    "preemptive_sales": "Pre-emptive sales",
    "lender_loss": "Loss of lenders",
    "amplification": "Amplification by margin orders",
    "amplification_points": "  drawdown added",
}
FURTHER_LABELS = {"time_to_recover": "Trough back to the peak", "p_recovered": "P(back at the peak)"}
DRAWDOWN_OVER = "p_drawdown_over_"

SIGNED = {"financing_change", "amplification_points"}
RATIOS = {"drawdown", "financing_change"}


def label_of(metric: str) -> str:
    """The name of a metric in a table."""
    if metric.startswith(DRAWDOWN_OVER):
        return f"P(drawdown > {metric.removeprefix(DRAWDOWN_OVER)}%)"
    return {**LABELS, **FURTHER_LABELS}.get(metric, metric).strip()


def scale_of(name: str, unit: str, largest: float) -> tuple[float, str, int]:
    """Factor, unit and decimals with which a metric is told, by the largest number told."""
    if is_money(unit):
        size, name_of_unit = money_unit(largest, unit)
        return 1 / size, name_of_unit, 2
    if name in RATIOS:
        return 100.0, "%", 1
    if name == "amplification":
        return 1.0, "×", 2
    if name == "amplification_points":
        return 1.0, "points", 1
    return 1.0, {"1": "calls", "trading days": ""}.get(unit, unit), 0
