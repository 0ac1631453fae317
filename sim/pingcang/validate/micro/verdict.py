"""The published facts beside the measured ones, and whether they agree.

The numbers of the literature were read in abstracts and digests, or are remembered: `confidence` says which. Their
bands are as wide as that. A sign passes where it holds in 95 of 100 runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pingcang.arrays import Floats
from pingcang.validate.micro.exposure import trough
from pingcang.validate.micro.measure import AS_IS, LIMITS, NO_LIMITS, RunFindings
from pingcang.validate.micro.selling import LENDERS
from pingcang.validate.micro.spillover import SHARES

BHSZ = "Bian, He, Shue, Zhou 2018"
BDHLSZ = "Bian, Da, He, Lou, Shue, Zhou 2021"
READ, REMEMBERED, WEAK = "read in an abstract or digest", "remembered, low", "remembered, low to medium"

LEAST_ROWS = 200
"""A bin with fewer rows a run than this is not compared with its neighbour."""
SMALLEST_RISE = 0.005
"""A rise of selling from one bin to the next below half a percentage point is none."""
NEAREST, FIRST_FAR, LAST_FAR = 1, 4, 10
"""Bins 0 to 1, 3 to 4 and 9 to 10."""


@dataclass(frozen=True)
class Verdict:
    """One fact: what the literature says, what came out (`value`, mean of the runs; `low` and `high`, 5 and 95% of
    them), and whether it is inside the target. Fractions, not percent; NaN where it could not be measured."""

    fact: str
    target: str
    source: str
    confidence: str
    value: float
    low: float
    high: float
    passed: bool


def judge(findings: Sequence[RunFindings]) -> list[Verdict]:
    """Every fact, in the order of the documents; `findings` are runs of one design."""
    if not findings:
        raise ValueError("no runs to judge")
    rows = [verdict for lender in LENDERS for verdict in _selling(findings, lender)]
    return [*rows, _shadow_more(findings), *_exposure(findings), *_spillover(findings)]


def _verdict(
    fact: str,
    target: str,
    source: str,
    confidence: str,
    runs: Floats,
    inside: Callable[[float, float, float], bool],
    value: float | None = None,
) -> Verdict:
    known = runs[np.isfinite(runs)]
    low, high = (float(edge) for edge in np.quantile(known, (0.05, 0.95))) if len(known) else (np.nan, np.nan)
    middle = value if value is not None else float(known.mean()) if len(known) else np.nan
    return Verdict(fact, target, source, confidence, middle, low, high, bool(inside(middle, low, high)))


def _ratio(part: Floats, whole: Floats) -> Floats:
    """part / whole, NaN where there is no whole."""
    ratio: Floats = np.where(whole != 0.0, part / np.where(whole != 0.0, whole, 1.0), np.nan)
    return ratio


def _positive(middle: float, low: float, high: float) -> bool:
    return low > 0.0


# ---- selling ------------------------------------------------------------------------------------------------------


def _selling(findings: Sequence[RunFindings], lender: str) -> list[Verdict]:
    level = np.array([run.selling[lender, "all"].adjusted for run in findings])
    rows = np.mean([run.selling[lender, "all"].rows for run in findings], axis=0)
    whose = f"{lender} accounts"
    drop = level[:, NEAREST] - level[:, LAST_FAR]
    return [
        _verdict(
            f"{whose}: selling falls with the distance; largest rise from a bin to the next",
            "at most 0.005",
            BHSZ,
            READ,
            np.array([_rises(one, rows).max(initial=0.0) for one in level]),
            lambda middle, low, high: middle <= SMALLEST_RISE,
            _sure_rise(level, rows),
        ),
        _verdict(
            f"{whose}: share of the fall of selling between distances 0-1 and 9-10 that lies below 3",
            "above 0.5 (a straight line: 0.33)",
            BHSZ,
            READ,
            _ratio(level[:, NEAREST] - level[:, FIRST_FAR], drop),
            lambda middle, low, high: middle > 0.5,
            float(_ratio((level[:, [NEAREST]] - level[:, [FIRST_FAR]]).mean(axis=0), drop.mean(keepdims=True))[0]),
        ),
        _verdict(
            f"{whose}: selling at distance 0-1 above that at 10 and more, share of the holding a day",
            "0.10 to 0.30 (paper: about 0.20)",
            BHSZ,
            REMEMBERED,
            np.array([run.selling[lender, "all"].bins.coefficients[NEAREST] for run in findings]),
            lambda middle, low, high: 0.10 <= middle <= 0.30,
        ),
        _verdict(
            f"{whose}: selling below distance 3, down days less up days",
            "above 0",
            BHSZ,
            READ,
            _near(findings, lender, "down") - _near(findings, lender, "up"),
            _positive,
        ),
    ]


def _near(findings: Sequence[RunFindings], lender: str, market: str) -> Floats:
    return np.array([run.selling[lender, market].near["near"] for run in findings])


def _rises(level: Floats, rows: Floats) -> Floats:
    """Rises of selling from each bin to the next, of the bins with rows enough."""
    many = rows >= LEAST_ROWS
    rises: Floats = np.diff(level, axis=-1)[..., many[1:] & many[:-1]]
    return rises


def _sure_rise(level: Floats, rows: Floats) -> float:
    """The largest mean rise, less two standard errors between runs; 0 where selling falls throughout."""
    rises = _rises(level, rows)
    error = rises.std(axis=0, ddof=1) / np.sqrt(len(rises)) if len(rises) > 1 else np.zeros(rises.shape[1])
    return float((rises.mean(axis=0) - 2.0 * error).max(initial=0.0))


def _shadow_more(findings: Sequence[RunFindings]) -> Verdict:
    return _verdict(
        "selling below distance 3 against the rest, shadow less broker",
        "above 0",
        BHSZ,
        READ,
        _near(findings, "shadow", "all") - _near(findings, "broker", "all"),
        _positive,
    )


# ---- fire-sale exposure -------------------------------------------------------------------------------------------


def _exposure(findings: Sequence[RunFindings]) -> list[Verdict]:
    """Judged on the mean path of all runs; the spread is that of single runs, whose lowest points are noisier."""
    paths = np.array([run.paths[AS_IS, "matched"] for run in findings])
    mean = trough(paths.mean(axis=0))
    single = [trough(path) for path in paths]
    return [
        _verdict(
            f"top less bottom tenth by fire-sale exposure, cumulated to day {mean.day}",
            "-0.10 to -0.025 (paper: about -0.05), below 0 in 95% of runs",
            BHSZ,
            WEAK,
            paths[:, mean.day],
            lambda middle, low, high: -0.10 <= middle <= -0.025 and high < 0.0,
        ),
        _verdict(
            "its lowest day, trading days from the sort",
            "5 to 20 (paper: about 10 to 15)",
            BHSZ,
            WEAK,
            np.array([float(one.day) for one in single]),
            lambda middle, low, high: 5.0 <= middle <= 20.0,
            float(mean.day),
        ),
        _verdict(
            f"share of it made good by day {paths.shape[1] - 1}",
            "at least 0.5 (paper: reverses over 40 trading days)",
            BHSZ,
            READ,
            np.array([one.reversed for one in single]),
            lambda middle, low, high: middle >= 0.5,
            mean.reversed,
        ),
    ]


# ---- spill-over ---------------------------------------------------------------------------------------------------


def _spillover(findings: Sequence[RunFindings]) -> list[Verdict]:
    rows = []
    for lender in LENDERS:
        bound, free = (
            np.array([run.spillover[lender, regime][SHARES[0]] for run in findings]) for regime in (LIMITS, NO_LIMITS)
        )
        whose = f"{lender} accounts near the line: sold of a stock when all others fell by 9.5%"
        rows += [
            _verdict(f"{whose}, price limits", "above 0", BDHLSZ, READ, bound, _positive),
            _verdict(
                f"{whose}, no price limits, as a share of that",
                "-0.25 to 0.25 (vanishes)",
                BDHLSZ,
                READ,
                _ratio(free, np.full(len(free), bound.mean())),
                lambda middle, low, high: abs(middle) <= 0.25,
            ),
            _verdict(f"{whose}, price limits less none (paired)", "above 0", BDHLSZ, READ, bound - free, _positive),
        ]
    return rows
