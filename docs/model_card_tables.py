"""The numbers of docs/model_card.md, from the result files of the experiments."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path

import pandas as pd
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent
EXPERIMENTS = ROOT / "experiments"
HEAD = "| question | answer | 95 % interval | runs | page |\n|---|---|---|---|---|"
EVALUATIONS = {
    "score": "china_2015/results/score.json",
    "decomposition": "china_2015/results/decomposition.json",
    "shadow finance": "china_2015/results/shadow.json",
    "absorption": "absorption/results/design.json",
    "equal risk": "equal_risk/results/equal_risk.json",
}


def model_card_page() -> str:
    """docs/model_card.md with its numbers as they are now."""
    page = run_path(str(EXPERIMENTS / "common" / "page.py"))
    text = (HERE / "model_card.md").read_text(encoding="utf-8")
    return str(page["embedded"](text, {"evaluation": evaluation(), "versions": versions()}))


def results(path: str) -> pd.DataFrame:
    """A table of an experiment's results."""
    return pd.read_csv(EXPERIMENTS / path)


def evaluation() -> str:
    """What was found, a row an evaluation."""
    return "\n".join([HEAD, *fit(), *fall_apart(), *absorbed(), *equal_risk()])


def row(question: str, answer: str, interval: str, runs: object, page: str) -> str:
    """One row of the table; the page as `name#anchor`."""
    return f"| {question} | {answer} | {interval} | {runs} | [{page.partition('.')[0]}]({page}) |"


def fit() -> list[str]:
    """Rows in band, and the two headlines of the fall."""
    told = json.loads((EXPERIMENTS / EVALUATIONS["score"]).read_text(encoding="utf-8"))
    score = results("china_2015/results/score.csv").set_index("name")
    facts = results("china_2015/results/score_facts.csv")
    inside, asked = int((facts.in_band == True).sum()), int(facts.z.notna().sum())  # noqa: E712 - the column has gaps
    page = "validation.md#the-score"
    rows = [
        row("targets of the crash of 2015 in their bands", f"{told['rows_in_band']} of 18", "–", told["runs"], page),
        row("of those no shock was chosen for", f"{told['later_rows_in_band']} of 8", "–", told["runs"], page),
        row("stylised facts in their bands", f"{inside} of {asked}", "–", told["runs"], "validation.md#stylised-facts"),
    ]
    for name, words in (
        ("index_fall", "index, 12 June to 8 July"),
        ("balance_fall", "financing balance, 18 June to 8 July"),
    ):
        one = score.loc[name]
        real = f"{words} (real {one.real:.1%})"
        rows.append(row(real, f"{one['median']:.1%}", f"{one.low:.1%} to {one.high:.1%}", one.runs, page))
    return rows


def fall_apart() -> list[str]:
    """What each mechanism adds to the fall, in points of the index on 8 July."""
    table = results("china_2015/results/decomposition.csv").query("measure == 'index_trough'")
    told = json.loads((EXPERIMENTS / EVALUATIONS["decomposition"]).read_text(encoding="utf-8"))
    page = "validation.md#the-fall-taken-apart"
    return [
        row(
            f"index on 8 July, points added by: {one.layer}",
            f"{100 * one.added_mean:+.1f}",
            f"{100 * one.added_low:+.1f} to {100 * one.added_high:+.1f}",
            told["runs"],
            page,
        )
        for one in table.itertuples()
    ]


def absorbed() -> list[str]:
    """The same news on the markets of 2015 and 2025."""
    cells = results("absorption/results/design_cells.csv").set_index(["cell", "measure"])
    page = "absorption.md#the-full-design"
    rows = []
    for year in ("2015", "2025"):
        one = cells.loc[(year, "drawdown")]
        told = (f"{one.value:.1%}", f"{one.low:.1%} to {one.high:.1%}")
        rows.append(row(f"drawdown of the market of {year} under the news of 2015", *told, int(one.runs), page))
    return rows


def equal_risk() -> list[str]:
    """The balance of 2025 at which margin orders add as much to the fall as in 2015."""
    found = results("equal_risk/results/equal_risk.csv").query("statistic == 'median(amplification_points)'")
    return [
        row(
            f"equal-risk balance of 2025 with {one.shadow_debt / 1e12:.2f}tn of shadow debt",
            f"{one.balance / 1e12:.2f}tn",
            f"{one.balance_low / 1e12:.2f} to {one.balance_high / 1e12:.2f}tn",
            one.runs,
            "reverse.md#the-equal-risk-balance",
        )
        for one in found.itertuples()
    ]


def versions() -> str:
    """Version of the software, and the engine behind each evaluation."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    lines = [
        f"Version {citation['version']} of {citation['date-released']}, licence {citation['license']}.",
        "",
        "| evaluation | engine | seed | scale |",
        "|---|---|---|---|",
    ]
    for name, path in EVALUATIONS.items():
        told = json.loads((EXPERIMENTS / path).read_text(encoding="utf-8"))
        lines.append(f"| {name} | `{told['code_version']}` | {told['seed']} | {told['scale']:g} |")
    return "\n".join(lines)
