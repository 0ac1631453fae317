"""Simulates arms so that one that fails takes no other along, and holds each against its own base, run by run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from experiments.rule_laboratory.markets import MARKETS, Market
from experiments.rule_laboratory.measures import CALM, CRASH, calm_numbers, crash_numbers
from experiments.rule_laboratory.studies import AS_IT_IS, BASE, Rule, Study

from pingcang.cli.study_options import shown_arms
from pingcang.errors import PingcangError, ScenarioError
from pingcang.montecarlo.runner import RunsFailedError
from pingcang.study.arms import simulate_all
from pingcang.study.contrast import contrast
from pingcang.study.paired import Resampling, Statistic

if TYPE_CHECKING:
    from pingcang.study.arms import Arm, Bench

CRASH_TIMES, CALM_TIMES = "crash", "calm"
STATISTIC: Statistic = "median"


@dataclass
class Laboratory:
    """A bench with the size of the study."""

    bench: Bench
    runs: int
    calm_runs: int
    shared: Mapping[str, Any] = field(default_factory=dict)
    """Laid over both markets in every arm."""
    markets: tuple[str, ...] = tuple(MARKETS)
    quiet: bool = False
    tell: Callable[[str], None] = print
    failures: dict[str, str] = field(default_factory=dict)
    """Arm -> why it has no numbers, or which of its runs have none."""
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict)

    def simulate(self, study: Study, times: str) -> None:
        """Compute what is missing of a study, arm by arm, the base of each market first."""
        for key in self.markets:
            market = MARKETS[key]
            for rule in (AS_IT_IS, *study.of(market)):
                self._simulate(rule, market, times)

    def _simulate(self, rule: Rule, market: Market, times: str) -> None:
        name = f"{times} {market.key} {rule.key}"
        try:
            arm = self._arm(rule, market, times)
            if self.bench.missing(arm):
                self.tell(f"{times}, {arm.label}: {self.bench.missing(arm)} runs")
            with shown_arms(arm.label, self.bench, [arm], quiet=self.quiet) as on_progress:
                simulate_all(self.bench, [arm], on_progress)
        except ScenarioError as problem:
            self._failed(name, problem, str(problem).splitlines()[0])
        except RunsFailedError as problem:
            self._failed(name, problem, "all runs failed")

    def _failed(self, name: str, problem: PingcangError, published: str) -> None:
        """Note why an arm has no numbers; where the tracebacks lie is told, and not published."""
        self.failures[name] = published
        self.tell(f"{name} has no result: {problem}")

    def _arm(self, rule: Rule, market: Market, times: str) -> Arm:
        if times == CALM_TIMES:
            return rule.calm_arm(market, self.calm_runs, self.shared)
        return rule.arm(market, self.runs, self.shared)

    def table(self, study: Study, times: str) -> pd.DataFrame:
        """market, rule, label, against, measure, unit, base, other, difference, ci_low, ci_high, se, runs."""
        return pd.DataFrame(list(self._rows(study, times)))

    def _rows(self, study: Study, times: str) -> Iterator[dict[str, Any]]:
        for key in self.markets:
            market = MARKETS[key]
            known = {rule.key: rule for rule in (AS_IT_IS, *study.of(market))}
            read = {name: self._frame(rule, market, times) for name, rule in known.items()}
            frames = {name: frame for name, frame in read.items() if frame is not None}
            for rule in study.of(market):
                if {rule.key, rule.against} <= frames.keys():
                    yield from _held_against(market, rule, known, frames, times)

    def _frame(self, rule: Rule, market: Market, times: str) -> pd.DataFrame | None:
        name = f"{times} {market.key} {rule.key}"
        if name in self.failures and name not in self._frames:
            return None
        if name not in self._frames:
            arm = self._arm(rule, market, times)
            if failed := self.bench.failed(arm):
                self.failures[name] = f"runs {', '.join(map(str, failed))} failed and are in no number"
            with self.bench.open(arm) as dataset:
                self._frames[name] = (calm_numbers if times == CALM_TIMES else crash_numbers)(dataset)
        return self._frames[name]

    def provenance(self, table: pd.DataFrame, times: str) -> dict[str, Any]:
        """What a table must tell of the runs behind it."""
        keys = list(dict.fromkeys(table["market"]))
        market = MARKETS[keys[0]]
        with self.bench.open(self._arm(AS_IT_IS, market, times)) as dataset:
            told = dataset.attrs
            return {
                "scenario": ", ".join(MARKETS[key].source for key in keys),
                "hashes": {key: self._arm(AS_IT_IS, MARKETS[key], times).loaded.hash for key in keys},
                "scale": float(told["scale"]),
                "seed": int(told["seed"]),
                "runs": self.calm_runs if times == CALM_TIMES else self.runs,
                "code_version": told["code_version"],
                "failures": {name: why for name, why in self.failures.items() if name.startswith(times)},
            }


def _held_against(
    market: Market, rule: Rule, known: Mapping[str, Rule], frames: Mapping[str, pd.DataFrame], times: str
) -> Iterator[dict[str, Any]]:
    base, other = frames[rule.against].align(frames[rule.key], join="inner", axis=0)
    resampling = Resampling(len(base))
    against = AS_IT_IS.label if rule.against == BASE else known[rule.against].label
    for measure, shown in (CALM if times == CALM_TIMES else CRASH).items():
        found = contrast(base[measure].to_numpy(), other[measure].to_numpy(), shown.unit, resampling, STATISTIC)
        yield {
            "market": market.key,
            "rule": rule.key,
            "label": rule.label,
            "against": against,
            "measure": measure,
            **found.row(),
        }
