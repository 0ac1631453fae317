"""The page docs/articles.md, from the register that the replication tests work through; no market data is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REGISTER = Path(__file__).resolve().parents[1] / "tests" / "replication" / "articles.yaml"
HEAD = """# The published articles, figure by figure

Written by `docs/schema_tables.py` from `tests/replication/articles.yaml`; do not edit. `test_articles.py` beside it
computes every figure that can be computed, and holds it to half a unit of its last printed digit.

This project grew from five articles on margin trading, 000 to 004. Their texts are not at hand: the figures are those
which the project's facts and design quote from them. No figure of article 001 is quoted. *Quoted* are figures of the
press, of notices and of plain arithmetic, and those of which it is not sure which article prints them.

- *reproduced*: rounds to the printed digits, in the rounding of the numbers it is computed from.
- *contradicted*: does not; what comes out instead is under *got*.
- *cannot be computed*: with the reason.
- *by data*: from the files of the project's data folder (`PINGCANG_DATA`, [data.md](data.md)); without it these tests
  are skipped. *by print*: from numbers that are printed too. *by rules*: from the dated rule sets, as sure as their
  sources ([rule_sets.md](rule_sets.md)). *by facts*: a source that the facts name, which no test can check.

Which of the contradicting numbers the project uses: [regimes.md](regimes.md).
"""
TITLES = {
    "000": "Article 000",
    "002": "Article 002",
    "003": "Article 003, candidate limits",
    "004": "Article 004",
    "quoted": "Quoted",
}
VERDICTS = {
    "reproduced": "reproduced",
    "contradicted": "contradicted",
    "not computable": "cannot be computed",
}


def articles_page() -> str:
    """Head, counts, then a table an article."""
    figures: list[dict[str, Any]] = yaml.load(REGISTER.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)["figures"]
    tables = (line for article in TITLES for line in _table(article, figures))
    return "\n".join([HEAD, *_counts(figures), *tables])


def _counts(figures: list[dict[str, Any]]) -> Iterator[str]:
    yield f"| | figures | {' | '.join(VERDICTS.values())} |\n|---|---:|{'---:|' * len(VERDICTS)}"
    for article, title in TITLES.items():
        yield _count(title, [figure for figure in figures if figure["article"] == article])
    yield _count("**the articles**", [figure for figure in figures if figure["article"] != "quoted"])
    yield _count("**all**", figures)
    yield ""


def _count(title: str, figures: list[dict[str, Any]]) -> str:
    found = Counter(figure["verdict"] for figure in figures)
    return f"| {title} | {len(figures)} | {' | '.join(str(found[verdict]) for verdict in VERDICTS)} |"


def _table(article: str, figures: list[dict[str, Any]]) -> Iterator[str]:
    yield f"## {TITLES[article]}\n\n| statement | printed | got | verdict | remark |\n|---|---:|---:|---|---|"
    for figure in figures:
        if figure["article"] == article:
            unit = {"1": "", "date": "", "1e8 CNY": "亿"}.get(figure["in"], figure["in"])
            verdict = VERDICTS[figure["verdict"]] + (f", by {figure['by']}" if "by" in figure else "")
            cells = (figure["statement"], _number(figure["printed"], unit), _number(figure.get("got", ""), unit))
            yield f"| {' | '.join(cells)} | {verdict} | {figure.get('why', '')} |"
    yield ""


def _number(text: str, unit: str) -> str:
    return f"{text} {unit}".strip() if text and text != "none" else text
