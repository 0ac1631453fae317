"""Texts that were made in English before their language was asked for: of a dataset, of a reading, of a message."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from pingcang.language import ENGLISH, current, translated

NAMES = {"name", "other", "inputs", "names", "function"}
"""Places of names of variables, which are the same in every language."""
VARIABLES = r"[\w ,]+?"
MADE = (
    "--detail PATH with the balance of every stock, and --sectors FILE",
    "Largest stock's share of the balance",
    "Concentration over stocks, HHI",
    "Effective number of stocks",
    "Largest sector's share of the balance",
    "Concentration over sectors, HHI",
    "Effective number of sectors",
    "Largest board's share of the balance",
    "Concentration over boards, HHI",
    "Effective number of boards",
    "P(drawdown > {share}%)",
    "{count} failed and are left out: {ranges}",
    "max b_i / Σ b over stocks",
    "max b_i / Σ b over sectors",
    "max b_i / Σ b over boards",
    "Σ (b_i / Σ b)² over stocks (Herfindahl and Hirschman)",
    "Σ (b_i / Σ b)² over sectors (Herfindahl and Hirschman)",
    "Σ (b_i / Σ b)² over boards (Herfindahl and Hirschman)",
    "Change over {days} trading day",
    "Change over {days} trading days",
    "trading days in the data since B first stood above {level}",
    "a balance above {level}, which it has not reached",
    "B / {level} − 1",
    "{amount} tn CNY of {day}",
    "red from {line}, the ratio in June 2015 (third article, Wind)",
    "amber from {line}, the mean of ten years, red from {line_2}, about the ratio in June 2015 (first "
    "article, Morgan Stanley)",
    "red from {line}, the ratio in June 2015 (third article)",
    "amber from {line} (first article)",
    "amber from {line}, red from {line_2}, where margin buying of the stock may be suspended and below which "
    "it resumes (exchange rules)",
    "green below {broad} tn CNY, amber to {official}, orange to {equal_risk}, red from there (thresholds "
    "{name}, of {date})",
    "Margin purchases over turnover, mean of {window} days",
    "mean over {window} trading days of margin purchases / turnover",
    "New borrowing over turnover, {window} days",
    "(B(t) − B(t−{window})) / turnover of these {days} trading days: growth against trading",
    "1 − {line} / m: all assets are stocks, and nobody pays in or sells",
    "Σ of the five largest turnovers of stocks / turnover (of the market if known, else Σ of stocks); "
    "published without a definition: {first} in 2015, {second} for five AI leaders in September 2025",
    "mean B / mean repayments a day over {window} trading days (Little 1961: L = λ W); repayments = margin "
    "purchases − change of B where not given",
    "mean margin purchases / mean B over {window} trading days",
    "Rising stocks, mean of {window} days",
    "mean over {window} trading days of rising / (rising + falling)",
    "Stocks whose balance grew over {window} days",
    "stocks with b_i(t) > b_i(t−{window}) / stocks with a b_i on both days",
    "correlation of changes of the quantity S / I with r over up to {days} trading days; below 0: more is "
    "sold short as prices fall; above 0: shorts are covered then",
    "ordinary least squares over up to {days} trading days: B(t)/B(t−1) − 1 = a + β₀ r(t) + β₁ r(t−1) (β₀ + "
    "β₁: 0.13 in the bubble of 2015, 0.50 in its crash, 0.44 in 2025)",
    "a balance in CNY; this one is in {currency}",
    "the balance of both exchanges; this one is of {exchange} alone",
    "{days} trading days before {day} without a gap; the data have {there}",
    "a value of {inputs} that is lacking in the days up to {day}",
    "{names} on any day up to {day}",
    "{names} on {day} (last known on {last}: --on {last_2})",
    "--series FILE with {name}",
    "what a simulation does not record: {name}",
    "{name} in the file of balances",
    "{name} or {other} in the file of balances",
    "{name} in the file of balances (AkShare {function} has it)",
    "--series FILE with {name} and {other} (or --prices)",
    "stock_financing_balance by stock_sector",
    "stock_financing_balance by stock_board",
    "all stocks",
    "all sectors",
    "all boards",
    "Multiple that the average ratio implies, assets over own money; at {line} it would be {multiple}",
)
"""Texts that are made with values elsewhere: labels, formulas, lines and needs of readings, counts of a dataset."""


def said(text: str) -> str:
    """The text in the language that is set: as it stands in the catalogue, or by the template that it was made with."""
    return text if current() == ENGLISH else _said(str(text), current())


@cache
def _said(text: str, code: str) -> str:
    known = translated(text)
    if known != text or not re.search("[A-Za-z]{2}", text):
        return known
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            values = {name: value if name in NAMES else _said(value, code) for name, value in found.groupdict().items()}
            return translated(template).format(**values)
    parts = text.split("; ")
    told = [_said(part, code) for part in parts] if len(parts) > 1 else parts
    return text if told == parts else translated("; ").join(told)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What texts look like, those with the most letters first, and their templates."""
    ordered = sorted(MADE, key=lambda template: -len(re.sub(r"{.*?}", "", template)))
    return [(_pattern(template), template) for template in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    parts = Formatter().parse(template)
    seen: set[str] = set()
    pattern = ""
    for literal, name, _, _ in parts:
        pattern += re.escape(literal)
        if name is not None:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{VARIABLES if name in NAMES else '.*?'})"
            seen.add(name)
    return re.compile(pattern, re.DOTALL)
