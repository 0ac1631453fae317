"""The facts of 2015 about single margin accounts, asked of the simulated ones: figures and a table of targets.

    python experiments/china_2015/micro.py --runs 20

writes into --out (default results/micro): `selling.png`, `exposure.png`, `spillover.png`; `verdicts.csv`, target
against got; `estimates.csv`, every coefficient of every run; `paths.csv`, the paths of fire-sold stocks. With
--publish the figures and the table of docs/micro_validation.md are renewed as well.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from pingcang.errors import PingcangError
from pingcang.validate.micro.exposure import trough
from pingcang.validate.micro.figures import TITLES, plot_exposure, plot_selling, plot_spillover
from pingcang.validate.micro.measure import Design, RunFindings, measure_run
from pingcang.validate.micro.regression import Estimate
from pingcang.validate.micro.selling import BIN_NAMES
from pingcang.validate.micro.spillover import SHARES
from pingcang.validate.micro.verdict import Verdict, judge

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIGURES = {"selling": plot_selling, "exposure": plot_exposure, "spillover": plot_spillover}
MARKS = ("<!-- verdicts -->", "<!-- end of verdicts -->")


def main(words: Sequence[str] | None = None) -> int:
    """Run, measure, judge, draw; 0 when all is written, 2 when the input is wrong."""
    asked = parser().parse_args(words)
    design = Design(
        scenario=asked.scenario,
        scale=asked.scale,
        seed=asked.seed,
        days=asked.days,
        window=(asked.first, asked.last),
        horizon=asked.horizon,
        settings=tuple(asked.set),
        account_effects=asked.account_effects,
    )
    try:
        design.load_long()
        findings = measure_runs(design, asked.runs, asked.jobs)
        verdicts = judge(findings)
        write(findings, verdicts, asked.out)
        if asked.publish:
            publish(findings, verdicts, design, DOCS)
    except PingcangError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print("\n".join([*table(verdicts), "", *table_of_paths(findings)]))
    return 0


def parser() -> argparse.ArgumentParser:
    """The words of the command."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--scenario", default="china_2015", help="name or file of a scenario")
    asked.add_argument("--runs", type=at_least_one, default=20, help="number of runs (default 20)")
    asked.add_argument("--scale", type=float, help="share of the market that is simulated (default: the scenario's)")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--jobs", type=at_least_one, default=2, help="processes (default 2)")
    asked.add_argument("--days", type=at_least_one, default=60, help="trading days behind the paths (default 60)")
    asked.add_argument("--horizon", type=at_least_one, default=40, help="days a sort is followed (default 40)")
    asked.add_argument("--first", type=dt.date.fromisoformat, default=Design.window[0], help="first day of the sorts")
    asked.add_argument("--last", type=dt.date.fromisoformat, default=Design.window[1], help="last day of the sorts")
    asked.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a key of the scenario")
    asked.add_argument("--account-effects", action="store_true", help="estimate selling with account effects too")
    asked.add_argument("--out", type=Path, default=Path("results/micro"), help="folder of figures and tables")
    asked.add_argument("--publish", action="store_true", help="renew docs/micro_validation.md and its figures")
    return asked


def at_least_one(text: str) -> int:
    """A whole number from 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {number}, must be 1 or more")
    return number


def measure_runs(design: Design, runs: int, jobs: int) -> list[RunFindings]:
    """All runs, in order; progress on standard error."""
    tasks = (delayed(measure_run)(design, run) for run in range(runs))
    findings = []
    for one in Parallel(n_jobs=min(jobs, runs), return_as="generator")(tasks):
        findings.append(one)
        print(f"run {one.run + 1} of {runs}", file=sys.stderr)
    return findings


def write(findings: Sequence[RunFindings], verdicts: Sequence[Verdict], folder: Path) -> None:
    """Figures and tables into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, plot in FIGURES.items():
        plot(findings).savefig(folder / f"{name}.png", dpi=110)
    pd.DataFrame([vars(verdict) for verdict in verdicts]).to_csv(folder / "verdicts.csv", index=False)
    pd.DataFrame(estimates(findings)).to_csv(folder / "estimates.csv", index=False)
    pd.DataFrame(paths(findings)).to_csv(folder / "paths.csv", index=False)


def publish(findings: Sequence[RunFindings], verdicts: Sequence[Verdict], design: Design, docs: Path) -> None:
    """Renew the figures of the page, and its table between the two marks."""
    for name, plot in FIGURES.items():
        plot(findings).savefig(docs / "images" / f"micro_{name}.png", dpi=110)
    page = docs / "micro_validation.md"
    told = f"`{design.scenario}`, {len(findings)} runs, seed {design.seed}, scale {design.load().scenario.scale:g}."
    lines = [MARKS[0], told, "", *table(verdicts), "", *table_of_paths(findings), MARKS[1]]
    between = re.compile(f"{re.escape(MARKS[0])}.*?{re.escape(MARKS[1])}", re.S)
    text, count = between.subn(lambda _: "\n".join(lines), page.read_text(encoding="utf-8"))
    if count != 1:
        raise PingcangError(
            f"{page}: found {count} tables between {MARKS[0]} and {MARKS[1]}, must be one; restore them"
        )
    page.write_text(text, encoding="utf-8")


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Target against got, as lines of a Markdown table."""
    head = ["| fact | target | got | 5–95% of runs | met | source, how sure |", "|---|---|---|---|---|---|"]
    return head + [
        f"| {one.fact} | {one.target} | {number(one.value)} | {number(one.low)} to {number(one.high)} | "
        f"{mark(one)} | {one.source}; {one.confidence} |"
        for one in verdicts
    ]


def mark(verdict: Verdict) -> str:
    """Whether the fact is met."""
    if not math.isfinite(verdict.value):
        return "–"
    return "pass" if verdict.passed else "FAIL"


def table_of_paths(findings: Sequence[RunFindings]) -> list[str]:
    """Lowest day, size and reversal of the mean path, for every impact and benchmark."""
    lines = ["| impact of trades | abnormal return against | lowest day | size | made good |", "|---|---|---|---|---|"]
    for variant, benchmark in findings[0].paths:
        lowest = trough(np.mean([one.paths[variant, benchmark] for one in findings], axis=0))
        numbers = " | ".join(number(value) for value in (float(lowest.day), lowest.size, lowest.reversed))
        lines.append(f"| {variant} | {TITLES[benchmark].removeprefix('against ')} | {numbers} |")
    return lines


def number(value: float) -> str:
    """Three digits behind the point, or as many as a whole number needs."""
    if not math.isfinite(value):
        return "not measured"
    return f"{value:.0f}" if value == round(value) and abs(value) >= 1 else f"{value:.3f}"


def estimates(findings: Sequence[RunFindings]) -> Iterator[dict[str, object]]:
    """One row a coefficient."""
    for one in findings:
        for (lender, market), selling in one.selling.items():
            place = {"run": one.run, "lender": lender, "case": market}
            yield from coefficients(place | {"kind": "selling"}, selling.bins, BIN_NAMES)
            yield from coefficients(place | {"kind": "selling near the line"}, selling.near, ("near",))
        for lender, selling in one.within_accounts.items():
            place = {"run": one.run, "lender": lender, "case": "all, account effects"}
            yield from coefficients(place | {"kind": "selling"}, selling.bins, BIN_NAMES)
        for (lender, regime), estimate in one.spillover.items():
            place = {"run": one.run, "lender": lender, "case": regime}
            yield from coefficients(place | {"kind": "spill-over"}, estimate, SHARES)


def coefficients(place: dict[str, object], estimate: Estimate, names: Sequence[str]) -> Iterator[dict[str, object]]:
    """Rows of one estimate."""
    for name in names:
        if name in estimate.names:
            numbers = {"value": estimate[name], "error": estimate.error(name)}
            yield place | {"name": name} | numbers | {"rows": estimate.observations, "clusters": estimate.clusters}


def paths(findings: Sequence[RunFindings]) -> Iterator[dict[str, object]]:
    """One row a day of a path."""
    for one in findings:
        for (variant, benchmark), path in one.paths.items():
            for day, value in enumerate(path):
                yield {"run": one.run, "impact": variant, "benchmark": benchmark, "day": day, "value": float(value)}


if __name__ == "__main__":
    sys.exit(main())
