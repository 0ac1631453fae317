"""The page: a table and a paragraph a market and study, made from the tables; honest where an interval holds 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from experiments.common.page import picture
from experiments.common.tables import Result, interval_text, markdown
from experiments.rule_laboratory.markets import MARKETS
from experiments.rule_laboratory.measures import CALM, CRASH, Measure
from experiments.rule_laboratory.studies import AS_IT_IS, STUDIES

from pingcang.study.contrast import Contrast
from pingcang.study.paired import Estimate

SHOWN = ("drawdown", "forced_sales", "margin_calls", "lender_loss", "closed_accounts", "financing_change")
"""Columns of the tables; the CSV files hold all measures."""
SHOWN_CALM = ("mean_credit", "margin_purchases", "turnover")
FOLDER = "rule_laboratory"


def study_text(crash: Result, calm: Result | None) -> str:
    """One study: its question, and a section a market."""
    study = STUDIES[crash.step]
    table = crash.tables[crash.step]
    parts = [f"## {study.title}", study.question]
    for key in dict.fromkeys(table["market"].astype(str)):
        lines = table[table["market"].astype(str) == key]
        quiet = None if calm is None else calm.tables[calm.step]
        if quiet is not None:
            quiet = quiet[quiet["market"].astype(str) == key]
        parts += [f"### {study.title}: {MARKETS[key].name}", _table(lines, SHOWN, CRASH), _paragraph(lines, quiet)]
        if quiet is not None and len(quiet):
            parts.append(_table(quiet, SHOWN_CALM, CALM, first="in calm times"))
    parts.append(told(crash, calm))
    return "\n\n".join(part for part in parts if part)


def told(crash: Result, calm: Result | None) -> str:
    """The runs in one line, and the arms without a result."""
    p = crash.provenance
    quiet = "" if calm is None else f", {calm.provenance['runs']} in calm times"
    line = (
        f"*{p['runs']} runs of each arm{quiet}, scale {p['scale']:g}, seed {p['seed']}, engine {p['code_version']}; "
        "medians, differences run by run with 95 % intervals.*"
    )
    failures = p["failures"] | ({} if calm is None else calm.provenance["failures"])
    return "\n".join([line, *(f"\n*No result or an incomplete one: {name}: {why}.*" for name, why in failures.items())])


def overview(figures: Mapping[str, Any]) -> str:
    """The figures of all arms."""
    return "\n\n".join(
        picture(name, f"Every rule against its base: {MARKETS[name.removeprefix('forest_')].name}", FOLDER)
        for name in figures
    )


def contrast_of(line: Any) -> Contrast:
    """The contrast in a row of a table."""
    apart = Estimate(float(line.difference), float(line.ci_low), float(line.ci_high), float(line.se), int(line.runs))
    return Contrast(float(line.base), float(line.other), apart, str(line.unit))


def _table(lines: pd.DataFrame, measures: Sequence[str], names: Mapping[str, Measure], *, first: str = "rule") -> str:
    """Levels of the base, then one row a rule: differences with intervals, bold where chance is ruled out."""
    rows = []
    for against, of_base in lines.groupby("against", sort=False):
        found = _by_measure(of_base[of_base["rule"] == of_base["rule"].iloc[0]])
        levels = {names[m].heading: _level(found[m].base, names[m]) for m in measures}
        rows.append({first: f"*{against}*"} | levels)
        for label, of_rule in of_base.groupby("label", sort=False):
            found = _by_measure(of_rule)
            rows.append({first: str(label)} | {names[m].heading: _cell(found[m], names[m]) for m in measures})
    return markdown(pd.DataFrame(rows))


def _by_measure(lines: pd.DataFrame) -> dict[str, Contrast]:
    return {str(line.measure): contrast_of(line) for line in lines.itertuples()}


def _level(value: float, shown: Measure) -> str:
    return f"{value * shown.factor:,.{shown.digits}f}".replace("-", "−")


def _cell(found: Contrast, shown: Measure) -> str:
    if not found.difference.n:
        return "–"
    if found.still:
        return "0"
    apart = _apart(found, shown)
    return f"**{apart}**" if found.known else apart


def _apart(found: Contrast, shown: Measure) -> str:
    apart = found.difference
    value, low, high = (each * shown.factor for each in (apart.value, apart.low, apart.high))
    return interval_text(value, low, high, digits=shown.digits)


def _paragraph(lines: pd.DataFrame, calm: pd.DataFrame | None) -> str:
    """One item a rule."""
    items = []
    for label, of_rule in lines.groupby("label", sort=False):
        name = str(label)[0].upper() + str(label)[1:]
        told = _sentence(_by_measure(of_rule), CRASH, SHOWN)
        items.append(f"- **{name}**{_against(of_rule)}: {told}{_calm(calm, str(label))}")
    return "\n".join(items)


def _against(of_rule: pd.DataFrame) -> str:
    against = str(of_rule["against"].iloc[0])
    return "" if against == AS_IT_IS.label else f" (held against: {against})"


def _sentence(found: Mapping[str, Contrast], names: Mapping[str, Measure], measures: Sequence[str]) -> str:
    """What can be told, then what cannot."""
    if all(found[m].still for m in measures):
        return "changes nothing in any run."
    known = [f"{names[m].name} {_apart(found[m], names[m])} {_unit(names[m])}" for m in measures if found[m].known]
    unknown = [names[m].name for m in measures if not found[m].known]
    runs = max(each.difference.n for each in found.values())
    lacking = f"o difference can be told at {runs} runs in {_and(unknown)}." if unknown else ""
    if not known:
        return f"n{lacking}"
    return f"{'; '.join(known)}.{f' N{lacking}' if lacking else ''}"


def _unit(shown: Measure) -> str:
    return "points" if shown.shown == "%" else shown.shown


def _calm(calm: pd.DataFrame | None, label: str) -> str:
    if calm is None or not len(of_rule := calm[calm["label"] == label]):
        return ""
    return f" In calm times: {_sentence(_by_measure(of_rule), CALM, SHOWN_CALM)}"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
